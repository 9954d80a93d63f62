"""Histograms against boost-histogram and hist, the plotting protocol, and what they refuse."""

import copy
import importlib.resources
import json
import pickle

import awkward as ak
import boost_histogram as bh
import hist
import jsonschema
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from uhi.typing.plottable import PlottableHistogram

import germane as ge

RANDOM = np.random.default_rng(8)
# Off the edges of the axes below, where boost-histogram puts values into the bin before.
X = RANDOM.uniform(-0.2, 1.2, 1000)
Y = RANDOM.uniform(-3, 7, 1000)
# Sums of these are exact in any order: the peer adds in order, we do not.
WEIGHTS = RANDOM.integers(1, 64, 1000) / 8


def both(storage="Double", weight=None):
    """The same histogram by us and by boost-histogram: regular, variable, category axes."""
    ours = ge.Histogram(
        ge.axis.Regular(10, 0, 1, name="x"),
        ge.axis.Variable([-2, 0, 1, 4, 6], name="y"),
        ge.axis.StrCategory(["ee", "emu", "mumu"], name="c"),
        storage=storage,
    )
    theirs = bh.Histogram(
        bh.axis.Regular(10, 0, 1),
        bh.axis.Variable([-2, 0, 1, 4, 6]),
        bh.axis.StrCategory(["ee", "emu", "mumu"]),
        storage=getattr(bh.storage, storage)(),
    )
    labels = np.array(["ee", "emu", "mumu", "other"])[np.arange(1000) % 4].tolist()
    ours.fill(X, Y, labels, weight=weight)
    theirs.fill(X, Y, labels, weight=weight)
    return ours, theirs


def assert_same(ours, theirs):
    """Shapes and contents with flow."""
    assert np.array_equal(ours.values(flow=True), theirs.values(flow=True))
    if isinstance(theirs.storage_type(), bh.storage.Weight):
        assert np.array_equal(ours.variances(flow=True), theirs.variances(flow=True))


@pytest.mark.parametrize(("storage", "weight"), [("Double", None), ("Weight", None), ("Weight", WEIGHTS)])
def test_fill_equals_boost_histogram(storage, weight):
    assert_same(*both(storage, weight))


TAGS = {
    "ge": {"loc": ge.loc, "rebin": ge.rebin, "underflow": ge.underflow, "overflow": ge.overflow, "at": ge.tag.at},
    "bh": {"loc": bh.loc, "rebin": bh.rebin, "underflow": bh.underflow, "overflow": bh.overflow, "at": bh.tag.at},
}
INDICES = [
    "3, 1, 0",
    "-1, -1, -1",
    "loc(0.55), loc(2), loc('emu')",
    "underflow, 0, 0",
    "overflow, overflow, 2",
    "at(-1), 0, 1",
    "loc(0.55) + 1, 0, 0",
    "slice(None), 1, 1",
    "slice(2, 5), 1, 1",
    "slice(loc(0.25), loc(0.75)), slice(None), slice(None)",
    "slice(None, None, sum), slice(None), slice(None)",
    "slice(0, len, sum), slice(None), 1",
    "slice(2, None, sum), slice(None), 1",
    "slice(None, 5, sum), slice(None, None, sum), 1",
    "slice(None, None, rebin(2)), slice(None), 0",
    "slice(2, 8, rebin(3)), 0, 0",
    "slice(None), slice(None, None, rebin(2)), 0",
    "slice(None), slice(None), slice(None, None, sum)",
    "..., 1",
    "3, ...",
    "slice(1, -1), 0, ...",
]


@pytest.mark.parametrize("text", INDICES)
@pytest.mark.parametrize("library", ["ge", "bh"])
def test_uhi_index_equals_boost_histogram(text, library):
    ours, theirs = both("Weight", WEIGHTS)
    # Tags of both libraries are understood by ours.
    got = ours[eval(text, dict(TAGS[library]))]
    want = theirs[eval(text, dict(TAGS["bh"]))]
    if isinstance(want, bh.Histogram):
        assert_same(got, want)
    else:
        assert (got.value, got.variance) == (want.value, want.variance)


def test_dict_index_by_number_and_by_name():
    ours, theirs = both("Weight", WEIGHTS)
    assert_same(ours[{0: slice(None, None, sum), 2: 1}], theirs[{0: slice(None, None, sum), 2: 1}])
    assert_same(ours[{"x": slice(None, None, sum), "c": "emu"}], theirs[{0: slice(None, None, sum), 2: bh.loc("emu")}])
    with pytest.raises(IndexError, match="twice"):
        ours[{0: 1, "x": 2}]


def test_imaginary_numbers_are_values_as_in_hist():
    ours, theirs = both()
    assert_same(ours[0.25j:0.75j, 1, 0], theirs[bh.loc(0.25) : bh.loc(0.75), 1, 0])
    assert ours[0.55j, 1, 0] == theirs[bh.loc(0.55), 1, 0]
    assert ours[0.55j + 1, 1, 0] == theirs[bh.loc(0.55) + 1, 1, 0]
    assert_same(ours[::2j, 1, 0], theirs[:: bh.rebin(2), 1, 0])


def test_cell_of_double_is_a_number():
    ours, theirs = both()
    assert ours[3, 1, 0] == theirs[3, 1, 0]
    assert isinstance(ours[3, 1, 0], float)


def test_project_and_sum():
    ours, theirs = both("Weight", WEIGHTS)
    assert_same(ours.project("y"), theirs.project(1))
    assert_same(ours.project("c", "x"), theirs.project(0, 2))
    assert ours.sum(flow=True) == theirs.sum(flow=True).value
    assert ours.sum() == theirs.sum().value


@pytest.mark.parametrize("index", [(10, 0, 0), (-11, 0, 0), (0, 0), (0, 0, 0, 0), (True, 0, 0), (slice(None, None, 2), 0, 0)])
def test_wrong_index_is_refused(index):
    ours, _ = both()
    with pytest.raises(IndexError):
        ours[index]


# boost-histogram#387, hist#330, hist#260 (case H04)
def test_category_that_does_not_exist_names_the_nearest():
    h = ge.Histogram(ge.axis.StrCategory(["data", "ttbar", "wjets"], name="process"))
    for index in ("ttbr", slice("ttbr", None), ge.loc("ttbr")):
        with pytest.raises(ge.CategoryError) as caught:
            h[index]
        assert caught.value.nearest == "ttbar"
        for text in ("process", "ttbr", "`ttbar`", "wjets"):
            assert text in str(caught.value)
        assert isinstance(caught.value, KeyError | IndexError)


# boost-histogram#555, #679 (case H08)
def test_scaling_scales_variances_by_the_square():
    h = ge.Histogram(ge.axis.Regular(2, 0, 1)).fill([0.1, 0.2, 0.6]) * 0.01
    assert h.values().tolist() == [0.02, 0.01]
    assert h.variances().tolist() == pytest.approx([0.0002, 0.0001], rel=1e-15)
    weighted = ge.Histogram(ge.axis.Regular(2, 0, 1), storage="Weight").fill([0.1, 0.2, 0.6], weight=0.01)
    assert h.values().tolist() == weighted.values().tolist()
    assert h.variances().tolist() == pytest.approx(weighted.variances().tolist(), rel=1e-15)


# boost-histogram#752, hist#455
def test_values_on_printed_edges_are_in_their_bin():
    for bins, low, high in [(100, 0, 1), (50, 0, 50), (1000, 0, 10), (64, -np.pi, np.pi), (40, 1e6, 1e6 + 1)]:
        axis = ge.axis.Regular(bins, low, high)
        assert [axis.index(edge) for edge in axis.edges] == list(range(bins + 1))


def test_unknown_variances_are_unknown():
    h = ge.Histogram(ge.axis.Regular(2, 0, 1)).fill([0.1, 0.6], weight=[2, 3])
    assert h.values().tolist() == [2, 3]
    assert h.variances() is None
    assert h.counts() is None


def test_counts_are_effective_numbers():
    h = ge.Histogram(ge.axis.Regular(2, 0, 1), storage="Weight").fill([0.1] * 4, weight=[2] * 4)
    assert h.counts().tolist() == [4, 0]


def test_sums_do_not_depend_on_order():
    h = ge.Histogram(ge.axis.Regular(1, 0, 1), storage="Weight").fill([0.5] * 3, weight=[1e17, 1, -1e17])
    assert h.values().tolist() == [1]
    values, weights = RANDOM.uniform(0, 1, 500), RANDOM.normal(0, 1e3, 500)
    forwards = ge.Histogram(ge.axis.Regular(7, 0, 1), storage="Weight").fill(values, weight=weights)
    backwards = ge.Histogram(ge.axis.Regular(7, 0, 1), storage="Weight").fill(values[::-1], weight=weights[::-1])
    assert forwards == backwards
    halves = sum(
        ge.Histogram(ge.axis.Regular(7, 0, 1), storage="Weight").fill(values[half], weight=weights[half])
        for half in (slice(250, None), slice(250))
    )
    assert halves == forwards


@pytest.mark.parametrize("kind", ["numpy", "float32", "integers", "list", "awkward", "ragged", "arrow", "polars", "scalar"])
def test_fill_takes_everybodys_columns(kind):
    values = [0.5, 1.5, 1.5, 2.5]
    column = {
        "numpy": np.array(values),
        "float32": np.array(values, dtype=np.float32),
        "integers": np.array([0, 1, 1, 2]),
        "list": values,
        "awkward": ak.Array(values),
        "ragged": ak.Array([[0.5, 1.5], [], [1.5, 2.5]]),
        "arrow": pa.array(values),
        "polars": pl.Series(values),
        "scalar": 1.5,
    }[kind]
    h = ge.Histogram(ge.axis.Regular(3, 0, 3)).fill(column)
    assert h.values().tolist() == ([0, 1, 0] if kind == "scalar" else [1, 2, 1])


def test_masked_and_missing_values_are_left_out():
    masked = np.ma.masked_array([0.5, 1.5, 2.5], mask=[False, True, False])
    h = ge.Histogram(ge.axis.Regular(3, 0, 3), storage="Weight").fill(masked, weight=[1, 2, 4])
    assert h.values(flow=True).tolist() == [0, 1, 0, 4, 0]
    h = ge.Histogram(ge.axis.Regular(3, 0, 3), storage="Weight").fill(ak.Array([0.5, None, 2.5]), weight=[1, 2, 4])
    assert h.values(flow=True).tolist() == [0, 1, 0, 4, 0]


def test_fill_by_name_in_any_order():
    h = ge.Histogram(ge.axis.Regular(2, 0, 2, name="x"), ge.axis.Regular(2, 0, 2, name="y"))
    h.fill(y=[0.5], x=[1.5])
    assert h[1, 0] == 1
    with pytest.raises(ge.CategoryError, match="did you mean `x`"):
        h.fill(y=[0.5], X_=[1.5])
    with pytest.raises(ValueError, match="no column for axis `x`"):
        h.fill(y=[0.5])


def test_lengths_types_and_nan_weights_are_refused():
    h = ge.Histogram(ge.axis.Regular(2, 0, 2, name="x"), ge.axis.Regular(2, 0, 2, name="y"))
    with pytest.raises(ValueError, match=r"2, 3|3 and 2|2 and 3"):
        h.fill([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="2 axes"):
        h.fill([1, 2])
    with pytest.raises(TypeError, match="complex"):
        h.fill([1j], [1])
    assert h.entries == 0


def test_nan_is_told_from_overflow():
    h = ge.Histogram(ge.axis.Regular(2, 0, 2)).fill([np.nan, 3.0, np.inf, 1.0])
    assert h.values(flow=True).tolist() == [0, 0, 1, 3]
    assert h.nan == 1


def test_plotting_protocol(tmp_path):
    h = ge.Histogram(ge.axis.Regular(4, 0, 4, name="x", label="x label"), storage="Weight").fill([0.5, 1.5, 1.5], weight=2)
    assert isinstance(h, PlottableHistogram)
    assert h.kind == "COUNT"
    assert h.axes[0].traits.discrete is False
    assert h.axes[0][1] == (1.0, 2.0)
    assert list(h.axes[0]) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import mplhep

    figure, axes = plt.subplots()
    (drawn,) = mplhep.histplot(h, ax=axes)
    assert drawn.stairs.get_data().values.tolist() == [2, 4, 0, 0]
    plt.close(figure)


def test_uhi_document_is_read_by_boost_histogram_and_hist():
    for storage, weight in [("Double", None), ("Weight", WEIGHTS)]:
        ours, theirs = both(storage, weight)
        assert_same(ours, bh.Histogram(ours._to_uhi_()))
        assert_same(ours, hist.Hist(ours))
        assert [axis.name for axis in hist.Hist(ours).axes] == ["x", "y", "c"]
        back = ge.Histogram(theirs)
        assert_same(back, theirs)
        json.dumps(ours._to_uhi_(), allow_nan=False)


def test_uhi_document_follows_the_schema():
    schema = json.loads(importlib.resources.files("uhi").joinpath("resources", "histogram.schema.json").read_text())
    for storage, weight in [("Double", None), ("Weight", WEIGHTS)]:
        jsonschema.validate(both(storage, weight)[0]._to_uhi_(), schema)


def test_copy_and_pickle_are_equal_and_apart():
    ours, _ = both("Weight", WEIGHTS)
    for other in (pickle.loads(pickle.dumps(ours)), copy.copy(ours), copy.deepcopy(ours), ours.copy()):
        assert other == ours
        other.fill(0.5, 0.5, "ee")
        assert other != ours
    axis = pickle.loads(pickle.dumps(ge.axis.Regular(3, 0, 1, name="x", unit="GeV")))
    assert axis == ge.axis.Regular(3, 0, 1, name="x", unit="GeV")


def test_axes_that_do_not_match_are_not_added():
    with pytest.raises((ValueError, TypeError)):
        ge.Histogram(ge.axis.Regular(3, 0, 3)) + ge.Histogram(ge.axis.Regular(3, 0, 4))
    with pytest.raises(TypeError):
        ge.Histogram(ge.axis.Regular(3, 0, 3)) + 1


def test_repr_shows_axes_and_contents():
    h = ge.Histogram(ge.axis.Regular(60, 60, 120, name="mass", unit="GeV"), storage="Weight").fill([91, 92])
    assert repr(h) == ("Histogram(\n  Regular(60, 60, 120, name='mass', unit='GeV'),\n  storage='Weight') # 2 entries, sum 2")
    assert "█" in str(h)
    html = h._repr_html_()
    assert html.startswith("<svg")
    assert "<script" not in html
    assert "http" not in html
