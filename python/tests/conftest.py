"""Files that tests of the Python door need."""

import importlib.metadata
from pathlib import Path

import pytest


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
