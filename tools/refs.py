"""Run the reference suites of the rooms and add up what they say: `make refs [AREA=…] [SHARED=…]`.

Each suite is an integration test of a room that prints a line a file:
`refs/AREA/FILE  N passed  N failed  N pending (FEATURE N, …)  worst X`. Which files hold cases stands in reference_files.toml.
"""

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# libtest writes the name of the test before the first line that the test prints.
LINE = re.compile(
    r"(?:^|\s)(?:refs/)?(?P<file>[a-z-]+/\S+)(?: \([^)]*\))?\s+(?P<passed>\d+) passed\s+(?P<failed>\d+) failed"
    r"(?:\s+(?P<pending>\d+) pending)?(?P<rest>.*)"
)


def run_suites(rooms, shared):
    """Run the suites of some rooms; lines by file, names of failed tests, and whether all were built and run."""
    command = ["cargo", "test", "--locked", "--no-fail-fast"]
    for room in rooms:
        command += ["-p", f"germane-{room}"]
    command += ["--test", "*", "--", "--nocapture", "--test-threads=1"]
    environment = os.environ | {"GERMANE_SHARED": str(shared), "INSTA_UPDATE": "no"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=None, text=True)
    lines, broken, listed = {}, [], False
    for line in process.stdout:
        if found := LINE.search(line):
            keep(lines, found)
        if line.startswith("failures:"):
            listed = True
        elif line.startswith("test result"):
            listed = False
        elif listed and (found := re.fullmatch(r"    (\w[\w:]*)", line.rstrip())):
            broken.append(found[1])
        elif line.startswith(("not run", "thread ", "error", "assertion")):
            print("  ", line.rstrip())
    return lines, sorted(set(broken)), process.wait() == 0


def keep(lines, found):
    """Keep a line; if several rooms answer for a file, each for what it knows of its cases, they add up."""
    row = lines.setdefault(found["file"], {"passed": 0, "failed": 0, "pending": 0, "rest": ""})
    for name in ("passed", "failed", "pending"):
        row[name] += int(found[name] or 0)
    row["rest"] = f"{row['rest']} {found['rest'].strip()}".strip()


def count_cases(path):
    """Count the cases of a file that no suite reads: its longest list of cases, at least one."""
    if path.suffix != ".json":
        return 1
    content = json.loads(path.read_text())
    parts = content.values() if isinstance(content, dict) else [content]
    return max([1, *(len(part) for part in parts if isinstance(part, list | dict))])


def kind_of(name, table):
    """Row of the table for a file, or None."""
    for row in table["files"]:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in row["match"]):
            return row
    return None


def main():
    """Print a line a file and the total; 1 if anything failed."""
    table = tomllib.loads((ROOT / "tools" / "reference_files.toml").read_text())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--area", default="", help=f"one of {', '.join(table['areas'])}; default all")
    shared = os.environ.get("GERMANE_SHARED", "../shared")
    parser.add_argument("--shared", default=shared, help="folder that holds refs/ and data/")
    options = parser.parse_args()
    shared = (ROOT / options.shared).resolve()
    if options.area and options.area not in table["areas"]:
        print(f"no area `{options.area}`; there are {', '.join(table['areas'])}")
        return 2
    areas = [options.area] if options.area else list(table["areas"])
    there = [area for area in areas if (shared / "refs" / area).is_dir()]
    for area in areas:
        if area not in there:
            print(f"not run: refs/{area} is not in {options.shared}")
    if not there:
        print("0 passed, 0 failed, 0 pending")
        return 0
    rooms = sorted({room for area in there for room in table["areas"][area] if (ROOT / "crates" / room).is_dir()})
    lines, broken, ran = run_suites(rooms, shared) if rooms else ({}, [], True)
    total = {"passed": 0, "failed": 0, "pending": 0}
    for path in sorted(path for area in there for path in (shared / "refs" / area).rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        name = path.relative_to(shared / "refs").as_posix()
        row, line = kind_of(name, table), lines.pop(name, None)
        if row is None:
            line = {"passed": 0, "failed": 1, "pending": 0, "rest": "in no row of tools/reference_files.toml"}
        elif line is None and row["kind"] == "cases":
            cases = count_cases(path)
            line = {"passed": 0, "failed": 0, "pending": cases, "rest": f"({row['pending']} {cases})"}
        elif line is None:
            continue
        if line["passed"] + line["failed"] + line["pending"] == 0:
            line = line | {"failed": 1, "rest": "no case passed and none is pending"}
        counts = "  ".join(f"{line[kind]} {kind}" for kind in total)
        print(f"refs/{name}  {counts}  {line['rest']}".rstrip())
        for kind in total:
            total[kind] += line[kind]
    for name in broken:
        print(f"test failed: {name}")
    if not ran and not broken:
        print("a suite could not be built or ended early")
    if not ran and total["failed"] == 0:
        total["failed"] = max(1, len(broken))
    print(f"{total['passed']} passed, {total['failed']} failed, {total['pending']} pending")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
