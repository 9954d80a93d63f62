"""Build the fuzz targets and run each for a while: `make fuzz SECONDS=60`. Works with stable rustc and gcc alone."""

import os
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUZZ = ROOT / "fuzz"
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "fuzz"
HOST = "x86_64-unknown-linux-gnu"
# Coverage counters for libFuzzer; `--target` keeps build scripts and macros free of them.
COVERAGE = " ".join(
    [
        "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Ccodegen-units=1 -Cdebug-assertions",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
    ]
)
# Longest input of each target.
TARGETS = {
    "root_reader": 262144,
    "expression": 512,
    "analysis_yaml": 8192,
    "chain_text": 4096,
    "datacard_text": 4096,
    "template_fit": 4096,
    "documents": 8192,
    "model_texts": 8192,
    "hs3_text": 8192,
    "histfactory_xml": 4096,
    "codecs": 4096,
    "raw_reader": 65536,
    "hdf5_reader": 65536,
}


def seeds(target):
    """First inputs: pieces of our own texts, the examples, the example events."""
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    texts = []
    if target == "expression":
        texts = (FUZZ / "seeds" / "expression.txt").read_text().splitlines()
    elif target not in ("root_reader", "codecs", "raw_reader", "hdf5_reader"):
        texts = (FUZZ / "seeds" / f"{target}.txt").read_text().split("===\n")
    if target == "analysis_yaml":
        texts += [path.read_text() for path in sorted((ROOT / "examples").glob("*/*.yaml"))]
    for number, text in enumerate(texts):
        (folder / f"seed-{number}").write_text(text)
    if target == "codecs":
        # One row or block for each decoder: its number, the size of the output in steps of 37, a parameter, the bytes.
        chunk = "02 01 10 0000000000000005 00000005 00000005 0102030405"
        rows = ["18 01 01 28b52ffd2001090000ff", "03 01 01 140203fe02", "04 01 01 0001 0001 0022 fffb 3e80 0000", chunk]
        for number, row in enumerate(rows):
            (folder / f"seed-{number}").write_bytes(bytes.fromhex(row))
    if target == "raw_reader":
        # A configuration of one channel with four samples and an event of it, as FCIO.
        start = struct.pack("<i64s", -1000000001, b"FlashCamV1") + struct.pack("<i", -1)
        config = b"".join(struct.pack("<ii", 4, n) for n in (1, 0, 4, 1, 1, 16, 1, 0, 1, 0, 34603008, 1))
        event = struct.pack("<iiiif", -3, 4, 1, 4, 0) + struct.pack("<i10i", 40, *range(10))
        event += struct.pack("<i5i", 20, 0, 5, 1000, 249999999, 0) + struct.pack("<i6H", 12, 8000, 40, *range(8000, 8004))
        event += struct.pack("<i10i", 40, 5, 100, 5, 200, 249999999, 0, 1, 0, 0, 0)
        (folder / "seed-fcio").write_bytes(b"\0" + start + config + 4 * event)
        llama = struct.pack("<IHHHHI", 0x4972414C, 0, 1, 1, 88, 0)
        (folder / "seed-llama").write_bytes(b"\3" + llama)
        compass = struct.pack("<HHHQHIBI4H", 0xCAE9, 0, 1, 17, 3000, 0x4000, 1, 4, 1, 2, 3, 4)
        (folder / "seed-compass").write_bytes(b"\2" + compass)
    if target == "hdf5_reader":
        for path in sorted((ROOT / "crates" / "formats" / "tests" / "hdf5_small").glob("*.h5")):
            (folder / path.name).write_bytes(path.read_bytes())
    if target == "root_reader":
        for path in sorted((ROOT / "examples" / "data").glob("*.root")):
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


def main():
    """Run all targets, or those named; 1 if any found something."""
    seconds = os.environ.get("SECONDS_EACH", "60")
    names = sys.argv[1:] or list(TARGETS)
    build = ["cargo", "build", "--release", "--locked", "--target", HOST, "--target-dir", str(BUILT)]
    for name in names:
        build += ["--bin", name]
    subprocess.run(build, cwd=FUZZ, env=os.environ | {"RUSTFLAGS": COVERAGE}, check=True)
    found = []
    for name in names:
        artifacts = FUZZ / "artifacts" / name
        artifacts.mkdir(parents=True, exist_ok=True)
        command = [BUILT / HOST / "release" / name, seeds(name)]
        command += [f"-dict={FUZZ / 'dictionaries' / name}.dict", f"-artifact_prefix={artifacts}/", f"-max_len={TARGETS[name]}"]
        command += [f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=10", "-use_value_profile=1"]
        command += ["-print_final_stats=1", "-print_funcs=0", "-verbosity=0"]
        print(f"== {name}: {seconds} s", flush=True)
        if subprocess.run(command, cwd=FUZZ, check=False).returncode != 0:
            found.append(name)
    print(f"{len(names)} targets, {seconds} s each: " + (f"found something in {', '.join(found)}" if found else "clean"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
