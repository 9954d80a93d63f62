"""Everything that must hold before a change is taken; last lines: suite, passed, failed, not run (why)."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
LOGS = ROOT / "target" / "test-logs"
ROOMS = ["--locked", "--workspace", "--exclude", "germane-python"]
GENERATED = ["THIRD_PARTY.md", "schemas", "completions"]


class Suite:
    """Counts of one suite, and why parts of it were not run."""

    def __init__(self, name):
        """Begin with nothing."""
        self.name, self.passed, self.failed, self.not_run, self.seconds = name, 0, 0, [], 0.0

    def run(self, command, cwd=ROOT, count=None):
        """Run a command into a log; one passed or failed, or what `count` reads from the log."""
        start = time.monotonic()
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"{self.name.replace(' ', '-')}.log"
        print(f"== {self.name}: {' '.join(str(word) for word in command)}", flush=True)
        environment = os.environ | {"INSTA_UPDATE": "no", "CARGO_TERM_COLOR": "never", "NO_COLOR": "1"}
        # maturin takes the environment that is active, and looks for uv on the path.
        environment["VIRTUAL_ENV"] = str(BIN.parent)
        environment["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        with log.open("w") as out:
            code = subprocess.run(command, cwd=cwd, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
        text = log.read_text(errors="replace")
        passed, failed = count(text) if count else (int(code == 0), int(code != 0))
        self.passed, self.failed = self.passed + passed, self.failed + max(failed, int(code != 0))
        self.not_run += sorted({line.strip()[9:] for line in text.splitlines() if line.strip().startswith("not run: ")})
        self.not_run += re.findall(r"^SKIPPED \[\d+\] \S+ (.*)$", text, re.MULTILINE)
        if code != 0:
            print("\n".join(text.splitlines()[-120:]), flush=True)
        self.seconds += time.monotonic() - start
        return code == 0


def cargo_counts(text):
    """Sum of the result lines of `cargo test` or of nextest's summary."""
    passed = failed = 0
    for line in re.findall(r"^test result:.*", text, re.MULTILINE):
        numbers = re.search(r"(\d+) passed; (\d+) failed", line)
        passed, failed = passed + int(numbers[1]), failed + int(numbers[2])
    for line in re.findall(r"^ +Summary .*", text, re.MULTILINE):
        passed += int((re.search(r"(\d+) passed", line) or [0, 0])[1])
        failed += sum(int(n) for n in re.findall(r"(\d+) (?:failed|timed out|exec failed)", line))
    return passed, failed


def pytest_counts(text):
    """Counts of pytest's last line."""
    last = next((line for line in reversed(text.splitlines()) if re.search(r"\d+ (passed|failed|error)", line)), "")
    passed, failed = re.findall(r"(\d+) passed", last), re.findall(r"(\d+) (?:failed|error)", last)
    return sum(map(int, passed)), sum(map(int, failed))


def rust(suites):
    """Format, foreign crates, lints, tests and documentation of the Rust rooms."""
    suites.append(Suite("format"))
    suites[-1].run(["cargo", "fmt", "--all", "--check"])
    suites.append(Suite("crates"))
    suites[-1].run([sys.executable, "tools/check_dependencies.py"])
    suites.append(Suite("clippy"))
    suites[-1].run(["cargo", "clippy", *ROOMS, "--all-targets", "--", "-D", "warnings"])
    suites.append(Suite("rust tests"))
    nextest = subprocess.run(["cargo", "nextest", "--version"], capture_output=True, check=False).returncode == 0
    if nextest:
        runner = ["cargo", "nextest", "run", *ROOMS, "--no-fail-fast", "--success-output", "immediate"]
        # What failed stands at the end of the log, where it is shown.
        runner += ["--failure-output", "final"]
    else:
        runner = ["cargo", "test", *ROOMS, "--no-fail-fast", "--lib", "--bins", "--tests", "--", "--show-output"]
    suites[-1].run(runner, count=cargo_counts)
    suites.append(Suite("rust documentation"))
    suites[-1].run(["cargo", "test", *ROOMS, "--doc"], count=cargo_counts)


def python(suites):
    """Build of the extension, tests against it, lints and stubs."""
    folder = ROOT / "python"
    suites.append(Suite("python build"))
    if not suites[-1].run([BIN / "maturin", "develop", "--uv", "--locked", "--profile", "dev"], cwd=folder):
        return
    suites.append(Suite("python tests"))
    suites[-1].run([BIN / "pytest", "-q", "-n", "2"], cwd=folder, count=pytest_counts)
    suites.append(Suite("ruff"))
    suites[-1].run([BIN / "ruff", "check", "python", "tests", "benches", "tools"])
    suites.append(Suite("types"))
    suites[-1].run([BIN / "mypy"], cwd=folder)
    suites[-1].run([BIN / "stubtest", "germane._core"], cwd=folder)


def generated(suites):
    """Generated files are those that the code makes now."""
    suite = Suite("generated files")
    suites.append(suite)
    before = contents()
    if suite.run([sys.executable, "tools/generate.py"]):
        after = contents()
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                print(f"stale: {name}; `make gen` has made it again")
                suite.failed, suite.passed = suite.failed + 1, 0


def contents():
    """Bytes of all generated files by name."""
    found = [path for name in GENERATED for path in [ROOT / name, *(ROOT / name).rglob("*")]]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found if path.is_file()}


def main():
    """Run all suites and print the table."""
    suites = []
    rust(suites)
    python(suites)
    generated(suites)
    print(f"\n{'suite':20} {'passed':>7} {'failed':>7} {'seconds':>8}  not run")
    for suite in suites:
        why = "; ".join(sorted(set(suite.not_run))) or "-"
        print(f"{suite.name:20} {suite.passed:7} {suite.failed:7} {suite.seconds:8.0f}  {why}")
    (LOGS / "summary.json").write_text(json.dumps([vars(suite) for suite in suites], indent=1))
    return 1 if any(suite.failed for suite in suites) else 0


if __name__ == "__main__":
    sys.exit(main())
