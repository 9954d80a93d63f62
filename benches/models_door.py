"""What the door to Python costs: one evaluation of the smallest model, and a process from its start to a fitted result.

usage: models_door.py [--repeats 7] [--out BENCHMARKS.md]

The same workspaces and points for pyhf; values are compared first.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

from run import kernel, put  # noqa: E402


def workspace(bins):
    """A signal over a background with one uncertainty of its size, and one a bin."""
    strength = {"name": "mu", "type": "normfactor", "data": None}
    scale = {"name": "scale", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}
    own = [{"name": "own", "type": "shapesys", "data": [5.0] * bins}] if bins > 1 else []
    samples = [
        {"name": "signal", "data": [10.0] * bins, "modifiers": [strength]},
        {"name": "background", "data": [50.0] * bins, "modifiers": [scale, *own]},
    ]
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [55.0] * bins}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def each(call, repeats, wanted=0.05):
    """Least CPU microseconds of a call."""
    begun = time.process_time()
    call()
    count = max(3, int(wanted / max(time.process_time() - begun, 1e-6)))
    best = float("inf")
    for _ in range(repeats):
        begun = time.process_time()
        for _ in range(count):
            call()
        best = min(best, (time.process_time() - begun) / count)
    return 1e6 * best


def evaluations(bins, repeats):
    """Row of single evaluations."""
    import germane as ge
    import numpy as np
    import pyhf

    spec = workspace(bins)
    ours = ge.Model.from_pyhf(spec)
    made = pyhf.Workspace(spec)
    theirs, data = made.model(), np.array(made.data(made.model()))
    x = np.array(list(ours.start.values())) + 0.01
    values = dict(zip(ours.names, x, strict=True))
    point = np.array([values[name] for name in theirs.config.par_names])
    call = ge.pyhf.Workspace(spec).model()
    for mine in (ours.nll(x), -float(call.logpdf(point, data)[0])):
        assert abs(mine + float(theirs.logpdf(point, data)[0])) < 1e-9 * abs(mine)
    times = [each(work, repeats) for work in (lambda: ours.nll(x), lambda: ours.grad(x), lambda: ours.grad_templates(x))]
    drop_in, peer = each(lambda: call.logpdf(point, data), repeats), each(lambda: theirs.logpdf(point, data), repeats)
    numbers = " | ".join(f"{time:.2f}" for time in times)
    return f"| {len(x)} parameters, {bins} bins | {numbers} | {drop_in:.2f} | {peer:.0f} ({peer / drop_in:.0f} ×) |"


COLD = {
    "germane": "import germane as ge; print(ge.Model.from_pyhf({path!r}).fit().nll)",
    "pyhf": "import json, pyhf; w = pyhf.Workspace(json.load(open({path!r}))); m = w.model(); "
    "print(float(pyhf.infer.mle.fit(w.data(m), m, return_fitted_val=True)[1]) / 2)",
}


def cold(engine, path):
    """CPU seconds, seconds, and the minimum that a new process finds."""
    words = [sys.executable, "-W", "ignore", "-c", COLD[engine].format(path=str(path))]
    begun, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, capture_output=True, check=True)
    wall, ended = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
    return cpu, wall, float(done.stdout)


def main():
    """Measure, and put the tables between the markers of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    options = parser.parse_args()
    from importlib.metadata import version

    names = ", ".join(f"{name} {version(name)}" for name in ("germane", "pyhf", "numpy"))
    lines = [f"{time.strftime('%Y-%m-%d')}, {kernel()}, one thread, CPU time; {names}. Aims: 5 µs and 0.3 s.", ""]
    lines.append("| µs a call | `m.nll(x)` | `m.grad(x)` | `m.grad_templates(x)` | `ge.pyhf`: `logpdf` | pyhf: `logpdf` |")
    lines.append("|---|---:|---:|---:|---:|---:|")
    lines += [evaluations(bins, options.repeats) for bins in (1, 50)]
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.json"
    path.write_text(json.dumps(workspace(1)))
    found = {engine: min(cold(engine, path) for _ in range(options.repeats)) for engine in COLD}
    assert found["germane"][2] < found["pyhf"][2] + 1e-9, found
    ours, theirs = found["germane"], found["pyhf"]
    lines += [
        "",
        f"A new process, import, JSON, fit: {ours[0]:.3f} CPU s ({ours[1]:.3f} s of time), pyhf {theirs[0]:.2f} CPU s "
        f"({theirs[0] / ours[0]:.0f} ×).",
    ]
    print("\n".join(lines))
    put(options.out, "<!-- made by benches/models_door.py: begin -->", "<!-- made by benches/models_door.py: end -->", lines)


if __name__ == "__main__":
    main()
