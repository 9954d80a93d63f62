"""germane beside its peers, in one run: the same files, the answers compared first, CPU seconds of one thread.

usage: run.py [--events 1000000] [--repeats 5] [--out BENCHMARKS.md]

Processes are interleaved and each measures itself after its imports; the median of the repeats counts. Files are written
once into target/bench.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
sys.path.insert(0, str(ROOT / "tests" / "peers"))

from workloads import WORKLOADS  # noqa: E402

BEGIN, END = "<!-- made by benches/run.py: begin -->", "<!-- made by benches/run.py: end -->"
SENTENCES = {
    "zmumu": "read ten columns of the dimuon file into NumPy arrays",
    "hzz": "muons, jets, best dimuon, two regions, five variations, two weighted histograms; boost-histogram fills for the peers",
}


def measure(workload, engine, path):
    """One process: its own CPU after imports, the whole of it with imports, the answer."""
    before = os.times()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GERMANE_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / "workloads.py"), workload, engine, str(path)],
        stdout=subprocess.PIPE,
        check=True,
        env=environment,
    )
    after = os.times()
    document = json.loads(done.stdout)
    whole = after.children_user + after.children_system - before.children_user - before.children_system
    return document["cpu"], whole, document["answer"]


def same(one, other):
    """Equal structure; sums of floats within the rounding of adding a million of them in a row."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str):
        return one == other
    return bool(np.isclose(one, other, rtol=1e-9, atol=1e-9))


def tiled(kind, compression, events):
    """Path of a file with that many events, written if it is not there."""
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{events}-{compression}.root"
    if not path.exists():
        import uproot

        import tile

        level = {"zlib": uproot.ZLIB(1), "zstd": uproot.ZSTD(5)}[compression]
        beside = path.with_suffix(".part")
        {"hzz": tile.tile, "zmumu": tile.tile_flat}[kind](beside, events, 50_000, level)
        beside.rename(path)
    return path


def compare(workload, compression, events, repeats):
    """Rows of the table, one an engine."""
    path = tiled(workload, compression, events)
    engines = list(WORKLOADS[workload])
    seconds = {engine: [] for engine in engines}
    whole = {engine: [] for engine in engines}
    answers = {}
    for _ in range(repeats):
        for engine in engines:
            cpu, total, answers[engine] = measure(workload, engine, path)
            seconds[engine].append(cpu)
            whole[engine].append(total)
        first, *others = (answers[engine] for engine in engines)
        if not all(same(first, other) for other in others):
            raise SystemExit(f"{workload} on {path.name}: the answers differ, there is nothing to compare")
    median = {engine: statistics.median(values) for engine, values in seconds.items()}
    size = path.stat().st_size / 1e6
    for engine in engines:
        ratio = median[engines[0]] / median[engine]
        yield (
            f"| {workload} | {compression}, {size:.0f} MB | {engine} | {median[engine]:.3f}"
            f" | {statistics.median(whole[engine]):.3f} | {ratio:.1f} |"
        )


def kernel():
    """Name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions():
    """Versions of everything that was measured."""
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in ("germane", "uproot", "awkward", "boost-histogram", "numpy"))


def put(path, begin, end, lines):
    """Replace what stands between two markers of a file; they are added at its end where they are missing."""
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in text or end not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    head, rest = text.split(begin, 1)
    path.write_text(f"{head}{begin}\n" + "\n".join(lines) + f"\n{end}{rest.split(end, 1)[1]}")


def main():
    """Measure everything and put the table between the markers of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    options = parser.parse_args()
    begun = time.strftime("%Y-%m-%d")
    lines = [
        f"{begun}, {kernel()}, {os.cpu_count()} cores, one thread, {options.events} events, median of {options.repeats}"
        f" interleaved runs; {versions()}.",
        "",
        *(f"- `{name}`: {sentence}" for name, sentence in SENTENCES.items()),
        "",
        "| workload | file | engine | CPU s after imports | CPU s of the process | times faster |",
        "|---|---|---|---:|---:|---:|",
    ]
    for workload in WORKLOADS:
        for compression in ("zlib", "zstd"):
            for row in compare(workload, compression, options.events, options.repeats):
                print(row, flush=True)
                lines.append(row)
    put(options.out, BEGIN, END, lines)


if __name__ == "__main__":
    main()
