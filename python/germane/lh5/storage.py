"""How datasets are stored: chunks and filters in the words of h5py, hdf5plugin and the codecs of waveforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from germane.lh5.objects import Array, Encoded, Object, Struct, VectorOfVectors

__all__ = ["RadwareSigcompress", "ULEB128ZigZagDiff", "settings", "storage_of"]

Storage = dict[str, Any]

# Numbers that The HDF Group registers for filters that have a word of their own.
WORDS = {1: "gzip", 32000: "lzf"}
KNOWN = {"chunks", "compression", "compression_opts", "fletcher32", "maxshape", "shuffle"}
KEYS = ("compression", "filter", "level", "shuffle", "fletcher32", "chunks", "codec")


@dataclass(frozen=True)
class RadwareSigcompress:
    """Codec ``radware_sigcompress`` for waveforms whose samples plus ``codec_shift`` are 16-bit integers."""

    codec_shift: int = 0
    codec: str = "radware_sigcompress"


@dataclass(frozen=True)
class ULEB128ZigZagDiff:
    """Codec ``uleb128_zigzag_diff`` for waveforms of integers up to 32 bits."""

    codec: str = "uleb128_zigzag_diff"


def settings(words: Mapping[str, Any]) -> Storage:
    """Chunks and filters of the keywords of `h5py.Group.create_dataset`.

    Parameters
    ----------
    words : mapping
        ``compression`` (``"gzip"``, a level, ``"lzf"``, ``"zstd"``, the number of a registered filter, an object of hdf5plugin,
        or a codec of waveforms), ``compression_opts``, ``shuffle``, ``fletcher32``, ``chunks``.

    Returns
    -------
    dict
        What Rust takes; None where the words say nothing.

    Raises
    ------
    TypeError
        For words that are not known.
    ValueError
        For a compression that is not known.
    """
    unknown = sorted(words.keys() - KNOWN)
    if unknown:
        raise TypeError(f"no setting {', '.join(map(repr, unknown))}: there is {', '.join(sorted(KNOWN))}")
    made: Storage = dict.fromkeys(KEYS)
    if words.get("chunks") not in (None, True):
        made["chunks"] = [int(n) for n in words["chunks"]]
    for word in ("shuffle", "fletcher32"):
        if word in words:
            made[word] = bool(words[word])
    if "compression" in words:
        made |= _compression(words["compression"], words.get("compression_opts"))
    elif words.get("compression_opts") is not None:
        made["level"] = int(words["compression_opts"])
    return made


def storage_of(obj: Object, path: str = "") -> list[tuple[str, Storage]]:
    """Settings that objects carry in ``compression`` and ``hdf5_settings`` (which wins), by their paths."""
    found: list[tuple[str, Storage]] = []
    words: dict[str, Any] = {}
    if "compression" in obj.attrs:
        compression = obj.attrs["compression"]
        words |= compression if isinstance(compression, dict) else {"compression": compression}
    words |= obj.attrs.get("hdf5_settings") or {}
    if words:
        found.append((path, settings(words)))
    inside = f"{path}/" if path else ""
    if isinstance(obj, Struct):
        for name, member in obj.items():
            found += storage_of(member, f"{inside}{name}")
    elif isinstance(obj, VectorOfVectors):
        found += storage_of(obj.flattened_data, f"{inside}flattened_data")
        found += storage_of(obj.cumulative_length, f"{inside}cumulative_length")
    elif isinstance(obj, Encoded):
        found += storage_of(obj.encoded_data, f"{inside}encoded_data")
        if isinstance(obj.decoded_size, Array):
            found += storage_of(obj.decoded_size, f"{inside}decoded_size")
    return found


def _compression(compression: Any, options: Any) -> Storage:
    codec = getattr(compression, "codec", compression)
    if codec in ("radware_sigcompress", "uleb128_zigzag_diff"):
        return {"codec": (codec, int(getattr(compression, "codec_shift", 0)))}
    if compression is None or compression is False:
        return {"compression": "none"}
    number = getattr(compression, "filter_id", None)  # hdf5plugin
    if number is not None:
        return _filter(int(number), compression.filter_options)
    if isinstance(compression, str):
        if compression not in ("gzip", "lzf", "zstd", "lz4", "none"):
            raise ValueError(f"no compression {compression!r}: there is 'gzip', 'lzf', 'zstd', 'lz4', 'none'")
        level = None if options is None or compression not in ("gzip", "zstd") else int(options)
        return {"compression": compression, "level": level}
    level = 4 if compression is True else int(compression)
    return {"compression": "gzip", "level": level} if level < 10 else _filter(level, options)


def _filter(number: int, options: Any) -> Storage:
    values = [] if options is None else [int(options)] if isinstance(options, int) else [int(value) for value in options]
    if number in WORDS:
        return {"compression": WORDS[number], "level": values[0] if values and number == 1 else None}
    return {"filter": (number, values)}
