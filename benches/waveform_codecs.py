"""Waveform codecs beside their peer: real germanium waveforms, tiled; bytes compared first, then GB per CPU second.

Usage: waveform_codecs.py RAW.lh5 PATH_TO_VALUES [copies], with an interpreter that has h5py and legend-lh5io. Ours is the
example `waveform_speed` of the room `codecs`, built with --release and run here on the same rows.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from lh5.compression import radware, varlen

ROOT = Path(__file__).resolve().parent.parent
SHIFT = -32768


def copy_of(real, number):
    """The rows in another order, their baseline shifted cyclically, a few counts higher: no two rows are equal."""
    k = np.arange(len(real))
    rows = real[(k * 37 + 11 * number) % len(real)].copy()
    rows[:, :1500] = np.roll(rows[:, :1500], (13 * number) % 64, axis=1)
    return rows + ((number * 7 + k) % 23).astype(np.uint16)[:, None]


def best(work, repeats=3):
    """Least CPU seconds of some repeats, after one that compiles."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def digest(encoded, sizes):
    """Of all rows, one after the other."""
    sha = hashlib.sha256()
    for row, size in zip(encoded, sizes, strict=True):
        sha.update(row[:size].tobytes())
    return sha.hexdigest()


def main():
    """Write the rows, run ours, then the peer."""
    with h5py.File(sys.argv[1]) as file:
        real = file[sys.argv[2]][:]
    copies = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    x = np.concatenate([copy_of(real, number) for number in range(copies)])
    size = x.nbytes / 1e9
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "waveforms.u16"
        path.write_bytes(x.astype("<u2").tobytes())
        command = ["cargo", "run", "--release", "-q", "-p", "germane-codecs", "--example", "waveform_speed", "--"]
        print("germane", flush=True)
        subprocess.run([*command, path, str(x.shape[1])], cwd=ROOT, env=os.environ, check=True)
    print("legend-lh5io", flush=True)
    room = np.zeros((len(x), 4 * x.shape[1] + 64), np.uint8)
    narrow, wide = np.empty(x.shape, np.uint16), np.empty(x.shape, np.int32)
    encoded, sizes = varlen.encode(x)
    print(f"  sha256 of all rows {digest(encoded, sizes)}")
    rates = {
        "uleb128_zigzag_diff encode": best(lambda: varlen.encode(x, encoded)),
        "uleb128_zigzag_diff decode uint16": best(lambda: varlen.decode((encoded, sizes), narrow)),
        "uleb128_zigzag_diff decode int32": best(lambda: varlen.decode((encoded, sizes), wide)),
    }
    encoded, sizes = radware.encode(x, room, shift=SHIFT)
    print(f"  sha256 of all rows {digest(encoded, sizes)} (padding words hold anything)")
    rates |= {
        "radware_sigcompress encode": best(lambda: radware.encode(x, encoded, shift=SHIFT)),
        "radware_sigcompress decode int32": best(lambda: radware.decode((encoded, sizes), wide, shift=SHIFT)),
    }
    for name, seconds in rates.items():
        print(f"{name:<42} {size / seconds:7.2f} GB/s")


if __name__ == "__main__":
    main()
