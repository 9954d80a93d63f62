"""The package itself: names, lazy loading, the command."""

import subprocess
import sys

import pytest

import germane as ge


def test_every_public_name_is_there():
    for name in ge.__all__:
        assert getattr(ge, name) is not None
    assert set(ge.__all__) == set(dir(ge))


def test_import_loads_neither_numpy_nor_peers():
    code = "import sys, germane; print([m for m in ('numpy', 'awkward', 'pyarrow', 'json', 'polars') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="Histogramm"):
        ge.Histogramm  # noqa: B018


def test_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "germane", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip() == f"germane {ge.__version__}"
    done = subprocess.run([sys.executable, "-m", "germane", "shwo"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "show" in done.stderr
