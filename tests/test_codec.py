"""Waveforms of NumPy archives through `germane codec`, beside NumPy and, where it is there, legend-lh5io."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def pulses(rows: int, samples: int) -> np.ndarray:
    """Baseline with noise, then a pulse, as uint16."""
    random = np.random.default_rng(10)
    waveforms = 14000 + random.integers(0, 90, (rows, samples))
    waveforms[:, samples // 3 :] += (20000 * 0.99 ** np.arange(samples - samples // 3)).astype(int)
    return waveforms.astype(np.uint16)


def uleb(row: np.ndarray) -> bytes:
    """The definition of uleb128_zigzag_diff."""
    out = bytearray()
    for difference in np.diff(row.astype(np.int64), prepend=0).tolist():
        rest = (difference << 1) ^ (difference >> 63)
        while rest >= 0x80:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


@pytest.mark.parametrize("codec", ["uleb128_zigzag_diff", "radware_sigcompress"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_numpy_come_back(germane: Callable[..., Any], tmp_path: Path, codec: str, save: Callable[..., None]) -> None:
    """What NumPy writes is encoded and decoded, and NumPy reads it equal; other arrays are handed on."""
    values = pulses(20, 700)
    save(tmp_path / "in.npz", values=values, dt=np.full(20, 16.0, ">f4"), names=np.array(["ä", "ge"]))
    result = germane("codec", "encode", tmp_path / "in.npz", "-o", tmp_path / "e.npz", "--codec", codec, "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["input"]["shape"] == [20, 700]
    with np.load(tmp_path / "e.npz", allow_pickle=False) as encoded:
        assert encoded["codec"].item() == codec
        assert encoded["decoded_size"].item() == 700
        assert encoded["dt"].tolist() == [16.0] * 20
        assert encoded["names"].tolist() == ["ä", "ge"]
        assert encoded["cumulative_length"][-1] == len(encoded["encoded_data"]) < values.nbytes
    result = germane("codec", "decode", tmp_path / "e.npz", "-o", tmp_path / "d.npz", "--to", "uint16", "--deflate")
    assert result.returncode == 0, result.stderr
    with np.load(tmp_path / "d.npz", allow_pickle=False) as decoded:
        assert decoded["values"].dtype == np.uint16
        assert np.array_equal(decoded["values"], values)


def test_rows_of_any_length_are_the_definition(germane: Callable[..., Any], tmp_path: Path) -> None:
    """Flat values with the ends of their rows; bytes by the definition."""
    flat, ends = pulses(1, 900)[0], np.array([0, 1, 400, 900])
    np.savez(tmp_path / "in.npz", values=flat, cumulative_length=ends)
    assert germane("codec", "encode", tmp_path / "in.npz", "-o", tmp_path / "e.npz").returncode == 0
    rows = np.split(flat, ends[:-1])
    with np.load(tmp_path / "e.npz") as encoded:
        assert encoded["encoded_data"].tobytes() == b"".join(map(uleb, rows))
        assert encoded["decoded_size"].tolist() == [0, 1, 399, 500]
    assert germane("codec", "decode", tmp_path / "e.npz", "-o", tmp_path / "d.npz").returncode == 0
    with np.load(tmp_path / "d.npz") as decoded:
        assert decoded["values"].dtype == np.int32
        assert np.array_equal(decoded["values"], flat)
        assert np.array_equal(decoded["cumulative_length"], ends)


def test_bytes_are_those_of_the_peer(germane: Callable[..., Any], tmp_path: Path) -> None:
    """Both codecs against legend-lh5io, row by row; radware's padding word is whatever the peer finds there."""
    varlen, radware = (pytest.importorskip(f"lh5.compression.{name}") for name in ("varlen", "radware"))
    values = pulses(5, 1000)
    np.savez(tmp_path / "in.npz", values=values)
    room = np.zeros((5, 4 * 1000 + 64), np.uint8)
    peers = {
        "uleb128_zigzag_diff": varlen.encode(values),
        "radware_sigcompress": radware.encode(values, room, shift=-32768),
    }
    for codec, (theirs, sizes) in peers.items():
        assert germane("codec", "encode", tmp_path / "in.npz", "-o", tmp_path / "e.npz", "--codec", codec).returncode == 0
        with np.load(tmp_path / "e.npz") as encoded:
            ends = encoded["cumulative_length"].tolist()
            assert np.diff(ends, prepend=0).tolist() == sizes.tolist()
            for row, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
                length = end - start - (2 if codec == "radware_sigcompress" else 0)
                assert np.array_equal(encoded["encoded_data"][start : start + length], theirs[row, :length])


def test_damage_is_named(germane: Callable[..., Any], tmp_path: Path) -> None:
    """A flipped byte under the checksum: exit 4 with the array."""
    np.savez(tmp_path / "in.npz", values=pulses(2, 50))
    bad = bytearray((tmp_path / "in.npz").read_bytes())
    bad[250] ^= 1
    (tmp_path / "in.npz").write_bytes(bad)
    result = germane("codec", "encode", tmp_path / "in.npz", "-o", tmp_path / "e.npz")
    assert result.returncode == 4
    assert "values" in result.stderr
    assert "checksum" in result.stderr
    assert not (tmp_path / "e.npz").exists()
