"""Examples in docstrings print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import germane

MODULES = ["germane", *(f"germane.{module.name}" for module in pkgutil.iter_modules(germane.__path__))]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "germane.__main__"])
def test_examples_of(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0
