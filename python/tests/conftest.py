"""Files that tests of the Python door need."""

import importlib.metadata
import os
from pathlib import Path

import pytest

# Kernels of the peers that two processes compile and cache at one time crash when they are loaded: a cache for each worker.
CACHE = Path(__file__).resolve().parents[2] / "target" / "numba" / os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["NUMBA_CACHE_DIR"] = str(CACHE)


def example_file(name):
    """A real file of the package scikit-hep-testdata, found without importing it."""
    for file in importlib.metadata.files("scikit-hep-testdata") or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise FileNotFoundError(name)


@pytest.fixture(scope="session")
def zmumu():
    return example_file("uproot-Zmumu.root")


@pytest.fixture(scope="session")
def hzz():
    return example_file("uproot-HZZ.root")
