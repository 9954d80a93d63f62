"""One LEGEND workload by one engine in a process of its own: prints CPU and wall seconds without imports, and the answer.

usage: legend_workloads.py read|raw ENGINE FILE [DTYPE | OUT SETTINGS]
"""

import hashlib
import json
import logging
import resource
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")


def measured(work):
    """CPU and wall seconds of a call, and what it returns; the CPU of all threads counts."""
    begun, cpu = time.perf_counter(), time.process_time()
    result = work()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - begun}, result


def answer(values):
    """SHA-256 of the samples as int32, so that widths of the engines do not matter."""
    digest = hashlib.sha256()
    for begin in range(0, len(values), 1000):
        digest.update(np.ascontiguousarray(values[begin : begin + 1000], dtype="<i4").tobytes())
    return [list(values.shape), digest.hexdigest()]


def read(engine, file, dtype=None):
    """All waveforms of a table."""
    if engine == "lh5":
        import lh5

        lh5.read("ch1/raw", file, n_rows=1)  # compiles the peer's decoders
        seconds, table = measured(lambda: lh5.read("ch1/raw", file))
    else:
        import germane as ge

        ge.lh5.read("ch1/raw", file, n_rows=1, returns="germane")
        seconds, table = measured(lambda: ge.lh5.read("ch1/raw", file, dtype=dtype, returns="germane"))
    return seconds, answer(np.asarray(table["waveform"]["values"].nda))


def raw(engine, file, out, settings):
    """Raw file to LH5, by the peer."""
    from daq2lh5 import build_raw

    assert engine == "daq2lh5"
    logging.disable(logging.CRITICAL)
    options = json.loads(settings)
    build_raw(file, out_spec=out, overwrite=True, **options)  # compiles
    seconds, _ = measured(lambda: build_raw(file, out_spec=out, overwrite=True, **options))
    return seconds, None


if __name__ == "__main__":
    seconds, found = {"read": read, "raw": raw}[sys.argv[1]](*sys.argv[2:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**seconds, "peak_mib": peak, "answer": found}))
