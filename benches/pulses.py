"""Germanium waveforms for benchmarks: real ones where GERMANE_SHARED has them, else made here; tiled to any size."""

import os
from pathlib import Path

import numpy as np

REAL = "data/legend-io/lh5/LDQTA_r117_20200110T105115Z_cal_geds_raw.lh5"


def shared():
    """Folder of the reference material, or None."""
    folder = Path(os.environ.get("GERMANE_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
    return folder if folder.is_dir() else None


def hundred():
    """100 waveforms of 5592 samples (uint16), and where they come from."""
    folder = shared()
    if folder and (folder / REAL).exists():
        import h5py

        with h5py.File(folder / REAL) as file:
            return file["geds/raw/waveform/values"][:], "real"
    random = np.random.default_rng(2039)
    time = np.arange(5592)
    start = random.integers(2600, 2900, 100)[:, None]
    height = random.uniform(300, 9000, 100)[:, None]
    rise = random.uniform(10, 60, 100)[:, None]
    after = np.clip(time - start, 0, None)
    pulse = height * (1 - np.exp(-after / rise)) * np.exp(-after / 3100)
    noise = random.normal(0, 3.0, (100, 5592))
    slow = np.cumsum(random.normal(0, 0.3, (100, 5592)), axis=1)
    return np.clip(13000 + pulse + noise + slow, 0, 65535).round().astype(np.uint16), "made"


def copy_of(waveforms, number):
    """The rows in another order, their baselines shifted cyclically, some counts higher: no two rows are equal."""
    k = np.arange(len(waveforms))
    rows = waveforms[(k * 37 + 11 * number) % len(waveforms)].copy()
    rows[:, :1500] = np.roll(rows[:, :1500], (13 * number) % 64, axis=1)
    return rows + ((number * 7 + k) % 23).astype(np.uint16)[:, None]


def copies(megabytes):
    """Blocks of up to 1000 rows that add up to so many megabytes of samples."""
    waveforms, _ = hundred()
    count = max(1, round(megabytes * 1e6 / waveforms.nbytes))
    for begin in range(0, count, 10):
        yield np.concatenate([copy_of(waveforms, number) for number in range(begin, min(count, begin + 10))])
