"""LH5, codecs and raw formats beside legend-lh5io and legend-daq2lh5, in one run: answers compared first.

usage: legend.py [reads] [conversions] [large] [codecs] [--megabytes 250] [--raw-megabytes 40] [--repeats 3] [--large 2000]
                 [--out BENCHMARKS.md]

Each part has a section of its own in BENCHMARKS.md; without names all of them are measured.

Rates are MB of uint16 samples (reads) or of raw bytes (conversions) per CPU second on one thread. Raw files are tiled from
the shared ones; without them their rows are not run.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
sys.path.insert(0, str(HERE))

import pulses  # noqa: E402
from run import kernel, put  # noqa: E402

HEAD = [
    "| work | file | peer, MB per CPU s | germane, MB per CPU s | ratio | two threads, times faster | peak, MiB |",
    "|---|---|---:|---:|---:|---:|---:|",
]
# Name, settings of the peer's writer, the types that ours decodes to.
FORMATS = {
    "none": ({"compression": None, "shuffle": False}, [None]),
    "gzip": ({"compression": "gzip", "shuffle": False}, [None]),
    "shuffle_gzip": ({"compression": "gzip", "shuffle": True}, [None]),
    "lzf_shuffle": ({"compression": "lzf", "shuffle": True}, [None]),
    "zstd": ({"zstd": False}, [None]),
    "shuffle_zstd": ({"zstd": True}, [None]),
    "uleb": ("ULEB128ZigZagDiff", ["u2", "i4"]),
    "radware": ("RadwareSigcompress", ["u2", "i4"]),
}
HEADERS = "orca/l200-p13-r007-aph-20250101T003931Z.trimmed.orca"
# File, options of the peer, records that are repeated, share of the wanted size.
RAW = {
    "FCIO, one channel": ("fcio/th228.trimmed.fcio", {}, {"event"}, 1),
    "FCIO, sparse": ("fcio/L200-comm-20211130-phy-spms.trimmed.fcio", {}, {"sparse_event"}, 1),
    "ORCA FlashCam": ("orca/L200-comm-20220519-phy-geds.orca", {}, {"ORFlashCamADCWaveformDecoder"}, 1),
    "CoMPASS": ("compass/compass_test_data.BIN", {}, {"event"}, 1),
    "LLAMA": ("llama/20241218-150158-pulser.bin", {"in_stream_type": "LlamaDaq"}, {"event"}, 1),
    # The peer needs too long for more.
    "FCIO-in-ORCA headers": (HEADERS, {}, {"ORFCIOEventHeaderDecoder"}, 0.25),
}
UNCOMPRESSED = {"compression": None, "shuffle": False}


def write_waveforms(path, name, megabytes):
    """A table of waveforms in one format, written by the peer."""
    import hdf5plugin
    import lgdo
    import lh5
    from lh5.compression import RadwareSigcompress, ULEB128ZigZagDiff

    settings, _ = FORMATS[name]
    codecs = {"ULEB128ZigZagDiff": ULEB128ZigZagDiff(), "RadwareSigcompress": RadwareSigcompress(codec_shift=-32768)}
    for block in pulses.copies(megabytes):
        waveform = lgdo.WaveformTable(t0=0, t0_units="ns", dt=16, dt_units="ns", values=block)
        if isinstance(settings, str):
            waveform.values.attrs["compression"] = codecs[settings]
        elif "zstd" in settings:
            waveform.values.attrs["hdf5_settings"] = {"shuffle": settings["zstd"], **hdf5plugin.Zstd(clevel=3)}
        else:
            waveform.values.attrs["hdf5_settings"] = settings
        lh5.write(lgdo.Table({"waveform": waveform}), "raw", str(path), group="ch1", wo_mode="append")


def process(command, threads=1):
    """A process of its own: what it printed, its CPU seconds, its wall seconds."""
    environment = {**os.environ, "GERMANE_THREADS": str(threads), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    cores = os.sched_getaffinity(0)
    begun = time.perf_counter()
    try:
        # Engines take as many threads as they have cores.
        os.sched_setaffinity(0, sorted(cores)[:threads])
        child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, env=environment)
    finally:
        os.sched_setaffinity(0, cores)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"{command} ended with {child.returncode}")
    return text, usage.ru_utime + usage.ru_stime, time.perf_counter() - begun


def workload(*arguments, threads=1):
    """The document of a workload."""
    return json.loads(process([sys.executable, HERE / "legend_workloads.py", *arguments], threads)[0])


def reads(folder, megabytes, repeats):
    """Rows of the table of reads."""
    for name, (_, types) in FORMATS.items():
        path = folder / f"{name}.lh5"
        write_waveforms(path, name, megabytes)
        peer = workload("read", "lh5", path, str(repeats))
        for dtype in types:
            arguments = ["read", "germane", path, str(repeats), *([dtype] if dtype else [])]
            ours, two = workload(*arguments), workload(*arguments, threads=2)
            if ours["answer"] != peer["answer"] or two["answer"] != peer["answer"]:
                raise SystemExit(f"{name}: the waveforms differ, there is nothing to compare")
            rate = [megabytes / peer["cpu"], megabytes / ours["cpu"]]
            label = f"read {name}" + (f" to {dtype}" if dtype else "")
            yield (
                f"| {label} | {path.stat().st_size / 1e6:.0f} MB | {rate[0]:.0f} | {rate[1]:.0f} | {rate[1] / rate[0]:.1f}"
                f" | {ours['wall'] / two['wall']:.2f} | {ours['peak_mib']:.0f} |"
            )
        path.unlink()


def tiled(germane, source, kinds, megabytes):
    """Bytes of a raw file whose records of some kinds are repeated: head, body, how often."""
    listed = json.loads(process([germane, "records", source, "--json"])[0])
    records = [record for record in listed["list"] if record["kind"] in kinds]
    data = source.read_bytes()
    begin, end = records[0]["offset"], records[-1]["offset"] + records[-1]["size"]
    return data[:begin], data[begin:end], max(1, int(megabytes * 1e6 / (end - begin)))


def write_tiled(path, head, body, times):
    """The file, not held in memory as a whole."""
    with path.open("wb") as file:
        file.write(head)
        for _ in range(times):
            file.write(body)
    return path.stat().st_size / 1e6


def same_tables(germane, ours, theirs):
    """Every dataset of the peer's file is in ours with the same values."""
    digests = [json.loads(process([germane, "digest", path])[0])["files"][str(path)] for path in (ours, theirs)]
    # What the peer never fills, or cuts to 32 bits.
    unfilled = ("n_link_errors", "FCConfig", "fpga_time_nsec", "energy_calibrated")
    differ = [
        name
        for name, record in digests[1].items()
        if "sha256" in record and not any(word in name for word in unfilled)
        if digests[0].get(name, {}).get("sha256") != record["sha256"]
    ]
    if differ:
        raise SystemExit(f"{ours}: {len(differ)} datasets differ from the peer's, first {differ[0]}")


def conversions(germane, data, folder, megabytes, repeats):
    """Rows of the table of raw conversions."""
    for name, (file, options, kinds, share) in RAW.items():
        source = folder / Path(file).name
        size = write_tiled(source, *tiled(germane, data / file, kinds, share * megabytes))
        for label, settings in (("shuffle + gzip", None), ("no compression", UNCOMPRESSED)):
            ours, theirs = folder / "ours.lh5", folder / "theirs.lh5"
            extra = ["--hdf5-settings", json.dumps(settings)] if settings else []
            command = [germane, "raw", source, "-o", ours, *extra, "--json"]
            given = {**options, **({"hdf5_settings": settings} if settings else {})}
            peer = workload("raw", "daq2lh5", source, str(repeats), theirs, json.dumps(given))
            own = []
            for _ in range(repeats):
                ours.unlink(missing_ok=True)
                own.append(process(command))
            same_tables(germane, ours, theirs)
            rate = [size / peer["cpu"], size / statistics.median(one[1] for one in own)]
            peak, ratio = max(json.loads(one[0])["peak_mib"] for one in own), rate[1] / rate[0]
            yield f"| {name} → LH5, {label} | {size:.1f} MB | {rate[0]:.1f} | {rate[1]:.0f} | {ratio:.0f} | | {peak:.0f} |"
        source.unlink()


def large(germane, data, folder, megabytes):
    """Peak memory of a large conversion, and what reading its output takes beside that output."""
    file, _, kinds, _ = RAW["FCIO, one channel"]
    source, out = folder / "large.fcio", folder / "large.lh5"
    size = write_tiled(source, *tiled(germane, data / file, kinds, megabytes))
    threads = os.cpu_count()
    text, cpu, wall = process([germane, "raw", source, "-o", out, "--json"], threads=threads)
    peak = json.loads(text)["peak_mib"]
    work = f"FCIO → LH5, shuffle + gzip, {threads} threads, {wall:.0f} s"
    yield f"| {work} | {size:.0f} MB | | {size / cpu:.0f} | | | {peak:.0f} |"
    source.unlink()
    read = workload("memory", "germane", out, "1")
    output, more = read["answer"]["output"], read["answer"]["more"]
    work = f"read that table: {output:.0f} MiB of columns, and so much more at the peak"
    yield f"| {work} | {out.stat().st_size / 1e6:.0f} MB | | {output * 1.048576 / read['cpu']:.0f} | | | {more:.0f} |"


def codecs(folder):
    """Lines of the codecs in memory."""
    path = folder / "waveforms.lh5"
    write_waveforms(path, "none", 2)
    text = process([sys.executable, HERE / "waveform_codecs.py", path, "ch1/raw/waveform/values"])[0].decode()
    yield from ["```text", *text.strip().splitlines(), "```"]


def main():
    """Measure the parts and put each between its markers of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=["reads", "conversions", "large", "codecs"])
    parser.add_argument("--megabytes", type=float, default=250)
    parser.add_argument("--raw-megabytes", type=float, default=40)
    parser.add_argument("--large", type=float, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    options = parser.parse_args()
    from importlib.metadata import version

    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    germane = target / "release" / "germane"
    names = ("germane", "legend-lh5io", "legend-daq2lh5", "h5py", "numpy", "numba")
    where = f"{time.strftime('%Y-%m-%d')}, {kernel()}, {os.cpu_count()} cores"
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    shared = pulses.shared()
    data = shared / "data" / "legend-io" if shared else None
    with tempfile.TemporaryDirectory(dir=target) as name:
        folder = Path(name)
        known = {
            "reads": (
                f"LH5 files read, {where}, {pulses.hundred()[1]} waveforms, {options.megabytes:.0f} MB of samples",
                lambda: chain(HEAD, reads(folder, options.megabytes, options.repeats)),
            ),
            "conversions": (
                f"Raw files to LH5, {where}; MB of raw bytes, ours with the start of the process",
                lambda: chain(HEAD, conversions(germane, data, folder, options.raw_megabytes, options.repeats)),
            ),
            "large": (f"Memory, {where}", lambda: chain(HEAD, large(germane, data, folder, options.large))),
            "codecs": (f"Codecs in memory, {where}", lambda: codecs(folder)),
        }
        for part in options.parts:
            sentence, measure = known[part]
            if part in ("conversions", "large") and not (data and data.is_dir()):
                print(f"not run: {part} (no raw files)")
                continue
            often = f"; median of {options.repeats}" if part in ("reads", "conversions") else ""
            lines = [f"{sentence}{often}; {versions}.", ""]
            for line in measure():
                print(line, flush=True)
                lines.append(line)
            put(options.out, f"<!-- made by benches/legend.py, {part}: begin -->", f"<!-- {part}: end -->", lines)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
