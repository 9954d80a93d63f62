"""Lazy tables: the same values as uproot, shared memory, and mistakes with the nearest name."""

import pickle

import awkward as ak
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import uproot

import germane as ge

MASS = "(p4(px1, py1, pz1, E1) + p4(px2, py2, pz2, E2)).mass"


@pytest.fixture(scope="module")
def events(zmumu):
    return ge.open(zmumu)["events"]


@pytest.fixture(scope="module")
def jagged(hzz):
    return ge.open(hzz)["events"]


def test_values_equal_uproot(events, zmumu):
    theirs = uproot.open(zmumu)["events"].arrays(library="np")
    ours = events.arrays()
    assert list(ours) == list(theirs)
    for name, column in theirs.items():
        assert np.array_equal(ours[name].to_numpy(), column), name


def test_jagged_values_equal_uproot(jagged, hzz):
    theirs = uproot.open(hzz)["events"].arrays()
    ours = jagged.arrays().to_awkward()
    assert ours.fields == theirs.fields
    for name in theirs.fields:
        assert ak.array_equal(ours[name], theirs[name]), name


def test_numpy_awkward_arrow_and_polars_share_one_memory(events):
    column = events.arrays(["px1"])["px1"]
    address = column.to_numpy().__array_interface__["data"][0]
    assert np.asarray(column).__array_interface__["data"][0] == address
    assert column.to_arrow().buffers()[1].address == address
    assert ak.to_layout(column.to_awkward()).data.__array_interface__["data"][0] == address
    assert pl.Series(column).to_arrow().buffers()[1].address == address
    assert np.shares_memory(column.to_numpy(), np.asarray(column))
    assert not column.to_numpy().flags.writeable


def test_offsets_are_shared_too(jagged):
    column = jagged.arrays(["Jet_Px"])["Jet_Px"]
    arrow, layout = column.to_arrow(), ak.to_layout(column.to_awkward())
    assert arrow.buffers()[1].address == layout.offsets.data.__array_interface__["data"][0]
    assert arrow.buffers()[3].address == layout.content.data.__array_interface__["data"][0]


def test_memory_outlives_the_objects(zmumu):
    view = ge.open(zmumu)["events"]["px1"].compute().to_numpy()
    assert view[:3].tolist() == uproot.open(zmumu)["events"]["px1"].array(entry_stop=3).to_list()


def test_table_speaks_the_capsule_interface(events):
    arrays = events.arrays(["px1", "Q1"])
    table = pa.table(arrays)
    assert table.column_names == ["px1", "Q1"]
    assert table.num_rows == 2304
    address = arrays["px1"].to_numpy().__array_interface__["data"][0]
    assert table["px1"].chunk(0).buffers()[1].address == address
    assert pa.schema(arrays).names == ["px1", "Q1"]
    assert pl.DataFrame(arrays)["Q1"].to_list() == arrays["Q1"].to_list()
    reader = pa.RecordBatchReader.from_stream(arrays)
    assert [batch.num_rows for batch in reader] == [2304]


def test_streams_that_nobody_reads_are_released(events):
    arrays = events.arrays(["px1"])
    for _ in range(100):
        arrays.__arrow_c_stream__()
        arrays.__arrow_c_array__()
        arrays["px1"].__arrow_c_array__()
        arrays["px1"].__arrow_c_schema__()


def test_units_travel_as_metadata(events):
    arrays = events.units(px1="GeV").arrays(["px1"])
    assert arrays["px1"].unit == "GeV"
    assert pa.schema(arrays).field("px1").metadata[b"unit"] == b"GeV"


def test_define_is_lazy_and_computes(events, zmumu):
    mass = events.define(mass=MASS)["mass"]
    assert "lazy mass" in repr(mass)
    import vector

    c = uproot.open(zmumu)["events"].arrays(library="np")
    one, two = (vector.array({"px": c[f"px{i}"], "py": c[f"py{i}"], "pz": c[f"pz{i}"], "E": c[f"E{i}"]}) for i in (1, 2))
    theirs = (one + two).mass
    bound = np.maximum(1e-12, 8 * np.finfo(float).eps * ((c["E1"] + c["E2"]) / theirs) ** 2)
    assert np.all(abs(mass.compute().to_numpy() / theirs - 1) <= bound)


def test_hist_of_a_lazy_column(events):
    h = events.define(mass=MASS)["mass"].hist(ge.axis.Regular(60, 60, 120, name="mass", unit="GeV"))
    assert h.entries == 2304
    values = events.define(mass=MASS)["mass"].compute().to_numpy()
    assert np.array_equal(h.values(), np.histogram(values, h.axes[0].edges)[0])


def test_ragged_and_missing_values_are_filled_one_by_one(jagged, hzz):
    pt = jagged.expr("hypot(Jet.Px, Jet.Py)")
    h = pt.hist(ge.axis.Regular(50, 0, 200))
    assert h.sum(flow=True) == ak.sum(uproot.open(hzz)["events"]["NJet"].array())
    leading = jagged.expr("max(hypot(Jet.Px, Jet.Py))")
    with_jets = int(np.sum(uproot.open(hzz)["events"]["NJet"].array() > 0))
    assert leading.hist(ge.axis.Regular(50, 0, 200)).sum(flow=True) == with_jets


def test_ranges_are_those_of_slices(events):
    part = events.arrays(["px1"], 10, 20)
    assert part.rows == 10
    assert part["px1"].to_list() == events.arrays(["px1"])["px1"].to_list()[10:20]
    assert events["px1"].compute(2300, 9999).to_list() == events["px1"].compute().to_list()[2300:]
    assert len(events["px1"].compute(5, 5)) == 0


def test_column_that_does_not_exist_names_the_nearest(events):
    for wrong in (lambda: events["pxx1"], lambda: events.expr("pxx1 + 1"), lambda: events.define(a="2 * pxx1")):
        with pytest.raises(ge.ColumnError) as caught:
            wrong()
        assert caught.value.nearest == "px1"
        assert caught.value.code == "name"
        assert isinstance(caught.value, KeyError | AttributeError)
    with pytest.raises(ge.ColumnError) as caught:
        events.expr("2 * pxx1")
    assert caught.value.place.column == 5
    assert "^^^^" in str(caught.value)


def test_all_mistakes_of_a_text_at_once(events):
    with pytest.raises(ge.Error) as caught:
        events.expr("pxx1 + pyy1")
    assert [error["nearest"] for error in caught.value.errors] == ["px1", "py1"]


def test_units_that_do_not_fit(events):
    with pytest.raises(ge.UnitError):
        events.units(E1="GeV").expr("E1 > 3 ns")
    with pytest.raises(ge.Error):
        events.units(E1="GeVV")


def test_missing_and_damaged_files(tmp_path, zmumu):
    with pytest.raises(ge.FileError) as caught:
        ge.open(tmp_path / "nothing.root")
    assert "nothing.root" in str(caught.value)
    assert isinstance(caught.value, OSError)
    (tmp_path / "half.root").write_bytes(zmumu.read_bytes()[:89485])
    with pytest.raises(ge.FileError, match=r"half\.root"):
        ge.open(tmp_path / "half.root")["events"]


def test_object_behind_a_colon(zmumu):
    assert len(ge.open(f"{zmumu}:events")) == 2304
    with pytest.raises(ge.Error) as caught:
        ge.open(f"{zmumu}:evnts")
    assert caught.value.nearest == "events"


def test_file_is_a_mapping(zmumu):
    file = ge.open(zmumu)
    assert list(file) == ["events"]
    assert "events" in file
    assert "events: TTree, 2304 entries" in repr(file)


def test_show_prints_names_types_and_units(events, capsys):
    events.units(px1="GeV").show()
    out = capsys.readouterr().out
    assert "events: 2304 entries" in out
    line = next(line for line in out.splitlines() if line.split()[:1] == ["px1"])
    assert line.split()[1:3] == ["float64", "GeV"]


def test_ragged_column_says_how_to_take_it(jagged):
    with pytest.raises(TypeError, match="to_awkward"):
        jagged["Jet_Px"].compute().to_numpy()
    with pytest.raises(TypeError, match="to_awkward"):
        np.asarray(jagged["Jet_Px"].compute())


def test_truth_of_a_lazy_column_is_refused(events):
    with pytest.raises(TypeError, match="lazy"):
        bool(events["px1"])


def test_tables_and_errors_pickle(events):
    table = events.units(px1="GeV").define(double="2 * px1")
    again = pickle.loads(pickle.dumps(table))
    assert again["double"].compute().to_list() == table["double"].compute().to_list()
    assert again["double"].unit == "GeV"
    with pytest.raises(ge.ColumnError) as caught:
        events.expr("pxx1")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (type(error), str(error), error.nearest) == (ge.ColumnError, str(caught.value), "px1")


def test_reprs(events, jagged):
    assert repr(events) == "<table events: 2304 entries, 20 columns>"
    assert repr(events.arrays(["Q1"], 0, 2)["Q1"]) == "<Q1: 2 × int32 [1, -1]>"
    assert "list<float32>" in repr(jagged["Jet_Px"])
    assert "2304 entries, 2 columns" in repr(events.arrays(["Q1", "Q2"]))
