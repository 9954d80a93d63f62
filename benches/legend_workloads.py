"""One LEGEND workload by one engine in a process of its own: prints CPU and wall seconds without imports, and the answer.

usage: legend_workloads.py read|raw|memory ENGINE FILE REPEATS [DTYPE | OUT SETTINGS]
"""

import hashlib
import json
import logging
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")


def measured(work, repeats=1):
    """Median of the CPU seconds (of all threads), least wall seconds of some calls, and what the last one returns."""
    cpu, wall, result = [], [], None
    for _ in range(repeats):
        result = None  # two results at a time would be a higher peak
        begun, used = time.perf_counter(), time.process_time()
        result = work()
        cpu.append(time.process_time() - used)
        wall.append(time.perf_counter() - begun)
    return {"cpu": statistics.median(cpu), "wall": min(wall)}, result


def answer(values):
    """SHA-256 of the samples as int32, so that widths of the engines do not matter."""
    digest = hashlib.sha256()
    for begin in range(0, len(values), 1000):
        digest.update(np.ascontiguousarray(values[begin : begin + 1000], dtype="<i4").tobytes())
    return [list(values.shape), digest.hexdigest()]


def read(engine, file, repeats, dtype=None):
    """All waveforms of a table."""
    if engine == "lh5":
        import lh5

        lh5.read("ch1/raw", file, n_rows=1)  # compiles the peer's decoders
        seconds, table = measured(lambda: lh5.read("ch1/raw", file), repeats)
    else:
        import germane as ge

        ge.lh5.read("ch1/raw", file, n_rows=1, returns="germane")
        seconds, table = measured(lambda: ge.lh5.read("ch1/raw", file, dtype=dtype, returns="germane"), repeats)
    return seconds, answer(np.asarray(table["waveform"]["values"].nda))


def peak():
    """Largest resident size so far, MiB; getrusage would count that of the process that started this one."""
    text = Path("/proc/self/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def memory(engine, file, repeats):
    """All events of a converted file: MiB of their columns, and MiB that reading them takes beside these."""
    import germane as ge
    import h5py

    assert engine == "germane"
    sizes = []
    with h5py.File(file) as opened:
        opened["FCEvent"].visititems(lambda _, one: sizes.append(one.nbytes if isinstance(one, h5py.Dataset) else 0))
    ge.lh5.read("FCEvent", file, n_rows=1, returns="germane")
    before = peak()
    seconds, table = measured(lambda: ge.lh5.read("FCEvent", file, returns="germane"), repeats)
    assert np.asarray(table["waveform"]["values"].nda).nbytes > 0.9 * sum(sizes)
    return seconds, {"output": sum(sizes) / 2**20, "more": peak() - before - sum(sizes) / 2**20}


def raw(engine, file, repeats, out, settings):
    """Raw file to LH5, by the peer."""
    from daq2lh5 import build_raw

    assert engine == "daq2lh5"
    logging.disable(logging.CRITICAL)
    options = json.loads(settings)
    build_raw(file, out_spec=out, overwrite=True, **options)  # compiles
    seconds, _ = measured(lambda: build_raw(file, out_spec=out, overwrite=True, **options), repeats)
    return seconds, None


if __name__ == "__main__":
    work, engine, file, repeats, *more = sys.argv[1:]
    seconds, found = {"read": read, "raw": raw, "memory": memory}[work](engine, file, int(repeats), *more)
    print(json.dumps({**seconds, "peak_mib": peak(), "answer": found}))
