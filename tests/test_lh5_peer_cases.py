"""Cases that users of the LEGEND peers ran into, through the command."""

import json
import shutil

import pytest
from house import read


@pytest.fixture
def case(shared, tmp_path):
    """Put the files of a case, and an analysis of two of them, into a new folder."""

    def write(*names, fill, axis, cut, more=""):
        for name in names:
            shutil.copy(shared / "cases" / "inputs" / name, tmp_path / name)
        (tmp_path / "analysis.yaml").write_text(f"""\
germane: 1
datasets:
  d: {{files: [{", ".join(names)}], tree: t{more}}}
regions:
  all: [{cut}]
histograms:
  h: {{fill: {fill}, axis: {json.dumps(axis)}, regions: [all]}}
""")
        return tmp_path

    return write


def filled(folder, regular):
    """Contents of the bins, underflow first."""
    values = read(folder / "out" / "histograms" / "h.json")["storage"]["values"][0][0][0]
    assert len(values) == regular + 2
    return values


# observed in the peer: a later file that lacks a field is filled with 0.0
def test_d08_field_that_a_later_file_lacks_is_refused(germane, case):
    folder = case("list_1.lh5", "list_2.lh5", fill="b", axis=[4, 0, 40], cut="a > -1 keV")
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode == 4, done.stderr
    for text in ("`b`", "list_2.lh5", "1 of 2 files", "missing: null"):
        assert text in done.stderr, done.stderr
    assert not (folder / "out" / "result.json").exists()


def test_d08_missing_null_keeps_the_rows_and_never_fills_zero(germane, case):
    folder = case("list_1.lh5", "list_2.lh5", fill="b", axis=[4, 0, 40], cut="a > -1 keV", more=", missing: null")
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    result = read(folder / "out" / "result.json")
    assert result["cutflow"][0]["steps"][-1]["entries"] == 7
    assert result["histograms"]["h"]["nulls"] == 4
    assert filled(folder, 4) == [0, 0, 3, 0, 0, 0]


# observed in the peer: eV are appended to keV unconverted, a factor of 1000
def test_d08_values_in_another_unit_are_converted_and_that_is_said(germane, case, shared):
    truth = read(shared / "cases" / "expected.json")["D08"]["a of 1 + 3 in keV"]
    folder = case("list_1.lh5", "list_3.lh5", fill="a", axis=[4, "-0.5 keV", "3.5 keV"], cut="a > -1 keV")
    done = germane("run", "analysis.yaml", "-o", "out", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert filled(folder, 4) == [0, *(truth.count(value) for value in range(4)), 0]
    (warning,) = read(folder / "out" / "report.json")["warnings"]
    for text in ("dataset `d`", "`a`", "eV to keV", "1 of 2 files", "list_3.lh5"):
        assert text in warning
    assert warning in done.stderr


def test_d08_a_unit_declared_by_the_user_is_that_of_all_files(germane, case):
    more = ", units: {a: ms}"
    folder = case("list_1.lh5", "list_3.lh5", fill="a", axis=[1, "999 ms", "3001 ms"], cut="a > -1 ms", more=more)
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert filled(folder, 1) == [4, 3, 0]
    assert "converted" not in done.stderr


def test_d08_a_file_is_cached_for_each_unit_that_it_is_read_in(germane, case):
    folder = case("list_1.lh5", "list_3.lh5", fill="a", axis=[4, "-0.5 keV", "3.5 keV"], cut="a > -1 keV")
    text = (folder / "analysis.yaml").read_text()
    contents = []
    for files in ("list_3.lh5", "list_1.lh5, list_3.lh5", "list_3.lh5, list_1.lh5"):
        (folder / "analysis.yaml").write_text(text.replace("list_1.lh5, list_3.lh5", files))
        done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
        assert done.returncode == 0, done.stderr
        contents.append(filled(folder, 4))
    # list_1: 0, 1, 2 keV; list_3: 0, 1000, 2000, 3000 eV
    assert contents == [[0, 1, 1, 1, 1, 0], [0, 2, 2, 2, 1, 0], [0, 2, 2, 2, 1, 0]]


@pytest.mark.parametrize(
    ("dtype", "unit", "reason"), [("f8", "mm", "units of another kind"), ("i4", "eV", "integers are not converted")]
)
def test_d08_what_cannot_be_converted_is_refused(germane, case, dtype, unit, reason):
    h5py = pytest.importorskip("h5py")
    folder = case("list_1.lh5", "list_3.lh5", fill="a", axis=[4, "0 keV", "4 keV"], cut="a > -1 keV")
    with h5py.File(folder / "list_3.lh5", "a") as file:
        attributes = dict(file["t/a"].attrs) | {"units": unit}
        values = file["t/a"][:]
        del file["t/a"]
        file["t"].create_dataset("a", data=values.astype(dtype)).attrs.update(attributes)
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode in {4, 6}, done.stderr
    for text in ("`a`", "list_3.lh5", unit, "keV", reason):
        assert text in done.stderr, done.stderr
    assert not (folder / "out" / "result.json").exists()
