"""The command, the peers' numbers and the files that tests of the whole house need."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import ROOT


def command_path() -> Path | None:
    """GERMANE_BIN, else the one built here, else the one of the wheel."""
    given = os.environ.get("GERMANE_BIN")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    beside = shutil.which("germane", path=str(Path(sys.executable).parent))
    for path in [given, target / "debug" / "germane", beside]:
        if path and Path(path).is_file():
            return Path(path)
    return None


@pytest.fixture(scope="session")
def germane() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command and return exit code, standard output and standard error."""
    path = command_path()
    assert path is not None, "no command: set GERMANE_BIN, or `cargo build`"

    def run(*arguments: Any, cwd: Path | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GERMANE_", "CLICOLOR", "COLUMNS"))}
        return subprocess.run(
            [str(path), *map(str, arguments)],
            cwd=cwd,
            env={**environment, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture(scope="session")
def germane_path() -> Path:
    """Path of the command, for tests that start and kill it themselves."""
    path = command_path()
    assert path is not None, "no command: set GERMANE_BIN, or `cargo build`"
    return path


@pytest.fixture(scope="session")
def example_file() -> Callable[[str], Path]:
    """Real files of the package scikit-hep-testdata, found without importing it."""

    def find(name: str) -> Path:
        for file in importlib.metadata.files("scikit-hep-testdata") or ():
            if file.name == name:
                return Path(str(file.locate()))
        raise FileNotFoundError(name)

    return find


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of references and cases beside the repository."""
    path = Path(os.environ.get("GERMANE_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip(f"not run: no folder {path} (GERMANE_SHARED)")
    return path.resolve()


@pytest.fixture(scope="session")
def peer() -> Callable[..., Any]:
    """Run a script of tests/peers once and return its document."""
    known: dict[tuple[str, ...], Any] = {}

    def run(*arguments: Any) -> Any:
        key = tuple(map(str, arguments))
        if key not in known:
            script, *rest = key
            done = subprocess.run(
                [sys.executable, str(ROOT / "tests" / "peers" / script), *rest], capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, done.stderr
            known[key] = json.loads(done.stdout)
        return known[key]

    return run


@pytest.fixture
def example(tmp_path: Path, example_file: Callable[[str], Path]) -> Callable[..., Path]:
    """Write an example's analysis file to a new folder: its data found, more keys, a region that all events pass."""

    def write(name: str, more: str = "", everything: str = "") -> Path:
        text = (ROOT / "examples" / name / "analysis.yaml").read_text()
        for file in ("uproot-Zmumu.root", "uproot-HZZ.root"):
            text = text.replace(f"../data/{file}", str(example_file(file)))
        if everything:
            text = text.replace("regions:\n", f"regions:\n  everything: [{everything}]\n", 1)
        path = tmp_path / "analysis.yaml"
        path.write_text(f"{text}\n{more}")
        return path

    return write
