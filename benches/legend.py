"""LH5, codecs and raw formats beside legend-lh5io and legend-daq2lh5, in one run: answers compared first.

usage: legend.py [--megabytes 250] [--raw-megabytes 40] [--repeats 3] [--large 2000] [--out BENCHMARKS.md]

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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
sys.path.insert(0, str(HERE))

import pulses  # noqa: E402
from run import kernel, put  # noqa: E402

BEGIN, END = "<!-- made by benches/legend.py: begin -->", "<!-- made by benches/legend.py: end -->"
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
RAW = {
    "FCIO, one channel": ("fcio/th228.trimmed.fcio", {}, {"event"}),
    "FCIO, sparse": ("fcio/L200-comm-20211130-phy-spms.trimmed.fcio", {}, {"sparse_event"}),
    "ORCA FlashCam": ("orca/L200-comm-20220519-phy-geds.orca", {}, {"ORFlashCamADCWaveformDecoder"}),
    "CoMPASS": ("compass/compass_test_data.BIN", {}, {"event"}),
    "LLAMA": ("llama/20241218-150158-pulser.bin", {"in_stream_type": "LlamaDaq"}, {"event"}),
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
    """A process of its own: what it printed, its CPU seconds, its wall seconds, its peak in MiB."""
    environment = {**os.environ, "GERMANE_THREADS": str(threads), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    begun = time.perf_counter()
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, env=environment)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"{command} ended with {child.returncode}")
    return text, usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss / 1024


def workload(*arguments, threads=1):
    """The document of a workload."""
    return json.loads(process([sys.executable, HERE / "legend_workloads.py", *arguments], threads)[0])


def reads(folder, megabytes, repeats):
    """Rows of the table of reads."""
    for name, (_, types) in FORMATS.items():
        path = folder / f"{name}.lh5"
        write_waveforms(path, name, megabytes)
        peer = [workload("read", "lh5", path) for _ in range(repeats)]
        for dtype in types:
            arguments = ["read", "germane", path, *([dtype] if dtype else [])]
            ours = [workload(*arguments) for _ in range(repeats)]
            if ours[0]["answer"] != peer[0]["answer"]:
                raise SystemExit(f"{name}: the waveforms differ, there is nothing to compare")
            two = min(workload(*arguments, threads=2)["wall"] for _ in range(repeats))
            rate = [megabytes / statistics.median(one["cpu"] for one in runs) for runs in (peer, ours)]
            wall = min(one["wall"] for one in ours)
            label = f"read {name}" + (f" to {dtype}" if dtype else "")
            yield (
                f"| {label} | {path.stat().st_size / 1e6:.0f} MB | {rate[0]:.0f} | {rate[1]:.0f} | {rate[1] / rate[0]:.1f}"
                f" | {wall / two:.2f} | {ours[0]['peak_mib']:.0f} |"
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
    unfilled = ("n_link_errors", "FCConfig")
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
    for name, (file, options, kinds) in RAW.items():
        source = folder / Path(file).name
        size = write_tiled(source, *tiled(germane, data / file, kinds, megabytes))
        for label, settings in (("shuffle + gzip", None), ("no compression", UNCOMPRESSED)):
            ours, theirs = folder / "ours.lh5", folder / "theirs.lh5"
            extra = ["--hdf5-settings", json.dumps(settings)] if settings else []
            command = [germane, "raw", source, "-o", ours, *extra, "-q"]
            own, peer = [], []
            for _ in range(repeats):
                ours.unlink(missing_ok=True)
                own.append(process(command))
                given = {**options, **({"hdf5_settings": settings} if settings else {})}
                peer.append(workload("raw", "daq2lh5", source, theirs, json.dumps(given)))
            same_tables(germane, ours, theirs)
            rate = [size / statistics.median(one["cpu"] for one in peer), size / statistics.median(one[1] for one in own)]
            peak, ratio = max(one[3] for one in own), rate[1] / rate[0]
            yield f"| {name} → LH5, {label} | {size:.0f} MB | {rate[0]:.1f} | {rate[1]:.0f} | {ratio:.0f} | | {peak:.0f} |"
        source.unlink()


def large(germane, data, folder, megabytes):
    """Peak memory of a large conversion."""
    file, _, kinds = RAW["FCIO, one channel"]
    source, out = folder / "large.fcio", folder / "large.lh5"
    size = write_tiled(source, *tiled(germane, data / file, kinds, megabytes))
    threads = os.cpu_count()
    _, cpu, wall, peak = process([germane, "raw", source, "-o", out, "-q"], threads=threads)
    work = f"FCIO → LH5, shuffle + gzip, {threads} threads, {wall:.0f} s"
    yield f"| {work} | {size:.0f} MB | | {size / cpu:.0f} | | | {peak:.0f} |"


def codecs(folder):
    """Lines of the codecs in memory."""
    path = folder / "waveforms.lh5"
    write_waveforms(path, "none", 2)
    text = process([sys.executable, HERE / "waveform_codecs.py", path, "ch1/raw/waveform/values"])[0].decode()
    return ["```text", *text.strip().splitlines(), "```"]


def main():
    """Measure everything and put the tables between the markers of the file."""
    parser = argparse.ArgumentParser()
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
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {kernel()}, {os.cpu_count()} cores, {pulses.hundred()[1]} waveforms,"
        f" {options.megabytes:.0f} MB of samples, median of {options.repeats}; "
        f"{', '.join(f'{name} {version(name)}' for name in names)}.",
        "",
        "| work | file | peer, MB per CPU s | germane, MB per CPU s | ratio | two threads, times faster | peak, MiB |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory(dir=target) as name:
        folder = Path(name)
        parts = [reads(folder, options.megabytes, options.repeats)]
        shared = pulses.shared()
        data = shared / "data" / "legend-io" if shared else None
        if data and data.is_dir():
            parts.append(conversions(germane, data, folder, options.raw_megabytes, options.repeats))
            parts.append(large(germane, data, folder, options.large))
        else:
            print("not run: raw conversions (no raw files)")
        for row in (row for part in parts for row in part):
            print(row, flush=True)
            lines.append(row)
        memory = codecs(folder)
        print("\n".join(memory))
        lines += ["", "Codecs in memory:", "", *memory]
    put(options.out, BEGIN, END, lines)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
