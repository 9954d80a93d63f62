"""Waveform chains beside dspeed, in one run: answers compared first, CPU time of one thread, data in memory.

usage: signals.py [--rounds 20] [--repeats 3] [--out BENCHMARKS.md]

Rows are whole chains and the processors in them, microseconds per waveform. Ours is the example `chain_speed` of the crate
`germane-signals`; both take the best of their blocks or repeats, as other work on a machine only makes some slower. A grid of ten
rises by ten flat tops is run at once and point by point (`grid_speed`). Without the shared chains and raw files nothing is run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
sys.path.insert(0, str(HERE))

import pulses  # noqa: E402
from run import kernel, put  # noqa: E402

BEGIN, END = "<!-- made by benches/signals.py: begin -->", "<!-- made by benches/signals.py: end -->"
GERMANIUM = ("LDQTA_r117_20200110T105115Z_cal_geds_raw.lh5", "geds/raw")
CHAINS = {
    "simple": GERMANIUM,
    "hpge": GERMANIUM,
    "sipm": ("L200-comm-20211130-phy-spms.lh5", "ch0/raw"),
}
# The peer's differences of times are in samples, whatever their unit says.
NOT_COMPARED = {"drift"}


def raw(data, chain):
    """Waveforms of a chain and the time of a sample in ns."""
    import h5py

    file, group = CHAINS[chain]
    with h5py.File(data / "raw" / file) as opened:
        waveform = opened[f"{group}/waveform"]
        return waveform["values"][:].astype("<u2"), float(waveform["dt"][0])


def without_crash():
    """dspeed 2.4 ends the process when it takes `log_check` from the cache of compiled processors: that one is compiled anew."""
    from dspeed.utils import numba_defaults

    numba_defaults.cache = False
    from dspeed.processors.log_check import log_check

    numba_defaults.cache = True
    import dspeed.processors

    dspeed.processors.log_check = log_check


def peer(data, chain, repeats):
    """In a process of its own: microseconds per waveform, of each output too, and the numbers of all rows."""
    import lgdo
    import numpy as np
    import yaml

    without_crash()
    from dspeed.processing_chain import build_processing_chain

    values, dt = raw(data, chain)
    times = max(1, 2000 // len(values))
    rows = len(values) * times
    columns = {
        "waveform": lgdo.WaveformTable(values=np.tile(values, (times, 1)), dt=dt, dt_units="ns", t0=0, t0_units="ns"),
        "baseline": lgdo.Array(np.full(rows, 13000, "u2")),
        "timestamp": lgdo.Array(np.zeros(rows)),
    }
    table = lgdo.Table(col_dict=columns)
    config = yaml.safe_load((data / "chains" / f"{chain}.yaml").read_text())
    begun = time.process_time()
    built, _, out = build_processing_chain(config["processors"], table, outputs=config["outputs"], block_width=16)
    start = time.process_time() - begun
    built(table, out)
    best, before = float("inf"), dict(built.get_timing())
    for _ in range(repeats):
        begun = time.process_time()
        built(table, out)
        best = min(best, time.process_time() - begun)
    spent = {name: (after - before.get(name, 0)) / repeats for name, after in built.get_timing().items()}
    answers = {
        name: [float(value) for value in column.nda[: len(values)]]
        for name, column in out.items()
        if isinstance(column, lgdo.Array) and not isinstance(column, lgdo.ArrayOfEqualSizedArrays) and column.nda.ndim == 1
    }
    # The peer's clock of nodes is wall time: their parts of the CPU time are told.
    shares = {name: seconds / sum(spent.values()) * best / rows * 1e6 for name, seconds in spent.items()}
    print(json.dumps({"start_ms": start * 1e3, "us_per_waveform": best / rows * 1e6, "nodes": shares, "answers": answers}))


def example(program, data, chain, folder, *more):
    """The document of an example of `germane-signals` that runs a chain over its raw file."""
    values, dt = raw(data, chain)
    path = folder / f"{chain}.u16"
    values.tofile(path)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    words = [target / "release" / "examples" / program, data / "chains" / f"{chain}.yaml", values.shape[1], dt, path, *more]
    return json.loads(subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, check=True).stdout)


def grid(data, folder):
    """A sentence about a grid of energy filters beside a run for each of its points."""
    rises, flats = ([f"{start + step * k:.3f}*us" for k in range(10)] for start, step in ((4.0, 0.8), (0.48, 0.32)))
    points = folder / "points.json"
    points.write_text(json.dumps([{"etrap": {"rise": rise, "flat": flat}} for rise in rises for flat in flats]))
    one = example("grid_speed", data, "hpge", folder, points, "trapEmax,trapEftp")
    return (
        f"`trapEmax` and `trapEftp` of `hpge` for 10 rises by 10 flat tops: {one['us_per_waveform']:.0f} µs per waveform in one"
        f" run, {one['separate_us_per_waveform']:.0f} µs in {one['points']} runs, a share of {one['share']:.2f} (aim: 0.35);"
        " all numbers have the same bits."
    )


def differing(one, other):
    """Outputs of which more than 3 % of the rows are farther apart than the peer's rounding: 2e-5 or 0.05."""
    import numpy as np

    for name in sorted(one.keys() & other.keys() - NOT_COMPARED):
        a, b = (np.array([np.nan if value is None else value for value in answers[name]], float) for answers in (one, other))
        count = min(len(a), len(b))
        near = np.isclose(a[:count], b[:count], rtol=2e-5, atol=0.05, equal_nan=True)
        if near.mean() < 0.97:
            yield name


def compare(data, chain, options, folder):
    """Rows of the table."""
    words = [sys.executable, __file__, "--peer", chain, "--repeats", str(options.repeats)]
    cache = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench" / "numba"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, env=environment)
    theirs = json.loads(done.stdout.splitlines()[-1])
    own = example("chain_speed", data, chain, folder, options.rounds)
    differ = list(differing(own["answers"], theirs["answers"]))
    if differ:
        raise SystemExit(f"{chain}: {', '.join(differ)} differ, there is nothing to compare")
    compared = len(own["answers"].keys() & theirs["answers"].keys() - NOT_COMPARED)

    def row(label, peer_us, own_us):
        return f"| {label} | {peer_us:.1f} | {own_us:.2f} | {peer_us / own_us:.0f} |"

    yield row(f"**`{chain}`**, {compared} outputs compared", theirs["us_per_waveform"], own["us_per_waveform"])
    yield f"| `{chain}`: start, ms | {theirs['start_ms']:.0f} | {own['start_ms']:.1f} | |"
    for name, spent in sorted(theirs["nodes"].items(), key=lambda item: -item[1])[:24]:
        function, _, words = name.partition("(")
        made = {word.strip() for word in words.rstrip(")").split(",")}
        found = [node for node in own["nodes"] if node["what"] == function and node["makes"] and set(node["makes"]) <= made]
        if len(found) == 1 and spent > 1:
            yield row(f"`{chain}`: `{function}` → {', '.join(found[0]['makes'])}", spent, found[0]["us"])


def main():
    """Measure everything and put the table between the markers of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", choices=CHAINS)
    parser.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    options = parser.parse_args()
    shared = pulses.shared()
    data = shared / "data" / "signals" if shared else None
    if data is None or not data.is_dir():
        print("not run: chains (no chains and raw files)")
        return
    if options.peer:
        peer(data, options.peer, options.repeats)
        return
    from importlib.metadata import version

    names = ("dspeed", "numba", "numpy")
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {kernel()}, {os.cpu_count()} cores, one thread, best of {options.repeats} repeats (peer)"
        f" and of {options.rounds * 8} blocks of 32 (germane); {', '.join(f'{name} {version(name)}' for name in names)}.",
        "",
        "| chain or processor in it | dspeed, µs per waveform | germane, µs per waveform | times faster |",
        "|---|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as name:
        for chain in CHAINS:
            for row in compare(data, chain, options, Path(name)):
                print(row, flush=True)
                lines.append(row)
        lines += ["", grid(data, Path(name))]
        print(lines[-1])
    put(options.out, BEGIN, END, lines)


if __name__ == "__main__":
    main()
