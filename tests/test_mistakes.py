"""Mistakes that everybody makes: answered before any event is read, with the place and the right name, in few lines.

A case is a text in cases/mistakes: what is wrong, the files, the analysis, the exit code and what must be said.
"""

import shutil
from pathlib import Path

import pytest
import yaml

CASES = sorted((Path(__file__).parent / "cases" / "mistakes").glob("*.yaml"))


def place(file, folder, example_file, damaged):
    """Put a file into the folder; with damaged baskets, so that whoever reads events complains about these instead."""
    entry = file if isinstance(file, dict) else {"name": file, "of": file}
    data = bytearray(example_file(entry["of"]).read_bytes())
    if "bytes" in entry:
        data = data[: entry["bytes"]]
    elif damaged:
        # Between the head of the file and the tree's own record lie baskets alone.
        data[1000:100_000] = bytes(byte ^ 0x55 for byte in data[1000:100_000])
    (folder / entry["name"]).write_bytes(data)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_mistake_is_answered(germane, example_file, tmp_path, case):
    wanted = yaml.safe_load(case.read_text())
    reads_events = wanted.get("reads_events", False)
    for file in wanted["files"]:
        place(file, tmp_path, example_file, damaged=not reads_events)
    (tmp_path / "analysis.yaml").write_text(wanted["analysis"])

    done = germane("run", "analysis.yaml", "-o", "out", "--cache", "cache", cwd=tmp_path)

    assert done.returncode == wanted["exit"], done.stderr
    for text in wanted["message"]:
        assert text in done.stderr, f"{text!r} is not in\n{done.stderr}"
    for word in ("Traceback", "panicked", "RUST_BACKTRACE", "\x1b["):
        assert word not in done.stderr
    if wanted["exit"]:
        assert not (tmp_path / "out" / "result.json").exists()
        messages = [m for m in f"\n{done.stderr}".split("\nerror") if m.strip()]
        assert all(len(m.strip().splitlines()) <= 8 for m in messages), done.stderr


# Bad files and values are found where they are read.
OF_TEXTS = [case for case in CASES if yaml.safe_load(case.read_text())["exit"] == 6]


@pytest.mark.parametrize("case", OF_TEXTS, ids=lambda path: path.stem)
def test_plan_says_the_same(germane, example_file, tmp_path, case):
    wanted = yaml.safe_load(case.read_text())
    for file in wanted["files"]:
        place(file, tmp_path, example_file, damaged=True)
    (tmp_path / "analysis.yaml").write_text(wanted["analysis"])
    planned, run = (germane(word, "analysis.yaml", cwd=tmp_path) for word in ("plan", "run"))
    assert (planned.returncode, planned.stderr) == (run.returncode, run.stderr)
    shutil.rmtree(tmp_path / "analysis-out", ignore_errors=True)
