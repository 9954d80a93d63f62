"""LH5 objects: views share memory, other libraries go in and come out with the same values."""

import copy
import pickle

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest

import germane as ge
from germane.lh5 import elements, objects

DTYPES = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "b1", "S5", "V3"]


def through_rust(obj):
    """What becomes of an object that Rust holds."""
    return objects.from_node(obj._node())


@pytest.fixture
def table():
    return ge.lh5.Table(
        {
            "energy": ge.lh5.Array([1.0, 2.5, -3.0], units="keV"),
            "flag": np.array([True, False, True]),
            "hits": ak.Array([[1, 2], [], [3]]),
            "deep": ak.Array([[[1.5], []], [], [[2.5, 3.5]]]),
            "name": np.array([b"a", b"bc", b""]),
            "text": np.array(["µ", "", "x"], dtype=object),
            "phase": np.array([1j, 2, 3 - 1j]),
            "waveform": {
                "t0": ge.lh5.Array(np.zeros(3, "f4"), units="ns"),
                "dt": ge.lh5.Array(np.full(3, 16, "f4"), units="ns"),
                "values": np.arange(12, dtype="u2").reshape(3, 4),
            },
        }
    )


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (3, 0, 2)])
def test_elements_of_every_type_keep_their_bytes(code, shape):
    raw = np.random.default_rng(1).integers(0, 2, (*shape, np.dtype(code).itemsize), dtype=np.uint8)
    array = np.ascontiguousarray(raw).reshape(-1).view(code).reshape(shape)
    back = elements.from_core(elements.to_core(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_foreign_byte_order_and_strides_are_read_right():
    array = np.arange(24, dtype=">i4").reshape(4, 6)[::2, ::-1]
    back = elements.from_core(elements.to_core(array))
    assert back.dtype == np.dtype("i4")
    assert back.tolist() == array.tolist()


def test_records_keep_offsets_and_small_arrays():
    dtype = np.dtype({"names": ["a", "b"], "formats": ["u1", ("f8", (2,))], "offsets": [0, 8], "itemsize": 32})
    array = np.zeros(3, dtype)
    array["b"] = [[1, 2], [3, 4], [5, 6]]
    back = elements.from_core(elements.to_core(array))
    assert back.dtype == dtype
    assert back["b"].tolist() == array["b"].tolist()


def test_texts_of_any_length():
    for texts in (["a", "µé", ""], [b"raw", b"\xff"]):
        back = elements.from_core(elements.to_core(np.array(texts, dtype=object)))
        raw = [text if isinstance(text, bytes) else text.encode() for text in texts]
        assert [text.encode("utf-8", "surrogateescape") for text in back] == raw


@pytest.mark.parametrize("wrong", [np.array([1, "a"], dtype=object), np.array(["2020"], dtype="M8[s]"), np.zeros(2, "g")])
def test_elements_without_a_form_are_refused(wrong):
    with pytest.raises(TypeError):
        elements.to_core(wrong)


def test_views_of_numpy_awkward_and_arrow_share_one_memory(table):
    read = through_rust(table)
    address = read["energy"].nda.ctypes.data
    assert not read["energy"].nda.flags.writeable
    assert read["energy"].view_as("np").ctypes.data == address
    assert ak.to_layout(read.view_as("ak")["energy"]).data.ctypes.data == address
    assert read.view_as("arrow")["energy"].chunk(0).buffers()[1].address == address
    assert read.view_as("pd")["energy"].to_numpy().ctypes.data == address
    # The way back into Rust copies nothing either.
    assert through_rust(read)["energy"].nda.ctypes.data == address
    samples = read["waveform/values"].nda
    arrow = read.view_as("arrow")["waveform"].chunk(0).field("values")
    assert arrow.values.buffers()[1].address == samples.ctypes.data
    hits = read["hits"].flattened_data.nda
    assert np.shares_memory(ak.to_layout(read["hits"].view_as("ak")).content.data, hits)
    assert read["hits"].view_as("arrow").values.buffers()[1].address == hits.ctypes.data


def test_what_python_may_change_is_copied_on_the_way_back():
    array = np.arange(3.0)
    read = through_rust(ge.lh5.Array(array))
    array[0] = 99
    assert read.nda.tolist() == [0, 1, 2]


def test_objects_survive_rust_pickle_and_copy(table):
    for other in (through_rust(table), pickle.loads(pickle.dumps(table)), copy.deepcopy(table)):
        assert other == table
        assert other["waveform"]["dt"].units == "ns"
    changed = copy.deepcopy(table)
    changed["energy"].attrs["units"] = "MeV"
    assert changed != table


def test_datatypes_follow_the_content(table):
    assert table.datatype == "table{deep,energy,flag,hits,name,phase,text,waveform}"
    expected = {
        "energy": "array<1>{real}",
        "flag": "array<1>{bool}",
        "hits": "array<1>{array<1>{real}}",
        "deep": "array<1>{array<1>{array<1>{real}}}",
        "name": "array<1>{string}",
        "phase": "array<1>{complex}",
        "waveform": "table{dt,t0,values}",
        "waveform/values": "array_of_equalsized_arrays<1,1>{real}",
    }
    assert {name: table[name].datatype for name in expected} == expected
    assert ge.lh5.Array(np.zeros((2, 3))).datatype == "array<2>{real}"
    assert ge.lh5.Array([1, 2], members={"A": 1, "B": 2}).datatype == "array<1>{enum{A=1,B=2}}"
    assert [ge.lh5.Scalar(value).datatype for value in (1, True, 2j, "x")] == ["real", "bool", "complex", "string"]
    del table["hits"]
    table["new"] = np.zeros(3)
    assert table.datatype == "table{deep,energy,flag,name,new,phase,text,waveform}"


def test_units_are_parameters_of_awkward_and_metadata_of_arrow(table):
    assert ak.parameters(table.view_as("ak", with_units=True)["energy"])["units"] == "keV"
    schema = table.view_as("arrow").schema
    assert schema.field("energy").metadata[b"unit"] == b"keV"
    assert schema.field("waveform").type.field("dt").metadata[b"unit"] == b"ns"
    odd = ge.lh5.Table({"a": ge.lh5.Array([1.0], units="ADC"), "b": ge.lh5.Array([1.0], units="clicks")})
    assert odd.view_as("arrow").schema.field("a").metadata[b"unit"] == b"ADC"
    assert odd.view_as("arrow").schema.field("b").metadata[b"doc"] == b"clicks"
    assert ge.lh5.as_object(ak.with_parameter([[1], [2, 3]], "units", "mm")).units == "mm"


def test_awkward_arrays_go_in_and_come_out(table):
    array = table.view_as("ak")
    back = ge.lh5.as_object(array[["energy", "flag", "hits", "deep", "phase", "waveform"]])
    assert ak.array_equal(back.view_as("ak"), array[back.view_as("ak").fields])
    assert back["waveform"]["values"].datatype == "array_of_equalsized_arrays<1,1>{real}"
    sliced = ge.lh5.as_object(ak.Array([[1], [2, 3], [], [4]])[1:3])
    assert sliced.view_as("ak").to_list() == [[2, 3], []]
    assert ge.lh5.as_object(ak.Array(["a", "bc"])).nda.tolist() == ["a", "bc"]
    with pytest.raises(TypeError):
        ge.lh5.as_object(ak.Array([1, None]))


def test_vectors_as_a_rectangle_have_nan_where_there_is_nothing():
    values = ge.lh5.as_object(ak.Array([[[1, 2], [3]], [], [[4]]])).view_as("np")
    assert values.shape == (3, 2, 2)
    assert np.nansum(values) == 10
    assert np.isnan(values[1]).all()


def test_data_frames_go_in_and_come_out(table):
    frame = table.view_as("pd")
    assert list(frame.columns[-3:]) == ["waveform_t0", "waveform_dt", "waveform_values"]
    assert frame.attrs["units"] == {"energy": "keV", "waveform_t0": "ns", "waveform_dt": "ns"}
    back = ge.lh5.as_object(frame[["energy", "flag", "hits"]])
    assert back["energy"].nda.tolist() == [1.0, 2.5, -3.0]
    assert back["energy"].units == "keV"
    assert back["hits"].view_as("ak").to_list() == [[1, 2], [], [3]]


def test_tables_speak_the_capsule_interface(table):
    polars = pytest.importorskip("polars")
    assert pa.table(table).num_rows == 3
    assert polars.DataFrame(table)["hits"].to_list() == [[1, 2], [], [3]]


def test_sums_that_fall_become_no_column():
    damaged = ge.lh5.VectorOfVectors(np.arange(3), np.array([2, 1, 3], "u4"))
    with pytest.raises(TypeError, match="row 1"):
        damaged.view_as("arrow")


def test_mappings_with_a_scalar_are_structs():
    struct = ge.lh5.as_object({"a": 1, "b": "x", "c": [1.0, 2.0], "d": {"e": np.zeros(2)}})
    assert struct.datatype == "struct{a,b,c,d}"
    assert struct["b"].value == "x"
    assert struct.d.e.nda.tolist() == [0, 0]


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        ge.lh5.Table({"a": [1, 2], "b": [1]})


def test_wrong_fields_have_the_nearest_name(table):
    for wrong in (lambda: table["enrgy"], lambda: table.enrgy, lambda: table["waveform/dtt"]):
        with pytest.raises(ge.ColumnError) as caught:
            wrong()
        assert caught.value.nearest in {"energy", "dt"}
    assert "waveform/dt" in table
    assert not hasattr(table, "enrgy")


def test_shown_with_shape_type_and_unit(table):
    shown = repr(table)
    assert shown.startswith("3 rows, table{")
    assert "energy: Array([ 1. ,  2.5, -3. ], float64 keV)" in shown


def test_objects_of_lgdo_go_in_and_come_out(table):
    lgdo = pytest.importorskip("lgdo")
    from germane.lh5.lgdo_objects import from_lgdo, to_lgdo

    theirs = to_lgdo(table)
    assert type(theirs["waveform"]) is lgdo.WaveformTable
    assert type(theirs["deep"].flattened_data) is lgdo.VectorOfVectors
    assert theirs["energy"].attrs == {"datatype": "array<1>{real}", "units": "keV"}
    assert np.shares_memory(theirs["energy"].nda, table["energy"].nda)
    back = from_lgdo(theirs)
    assert [text.decode() for text in back["text"].nda] == table["text"].nda.tolist()
    del back["text"], table["text"]
    assert back == table
    # Room behind the rows in use stays behind.
    spare = lgdo.VectorOfVectors([[1, 2], [3]])
    spare.flattened_data.reserve_capacity(50)
    spare.reserve_capacity(10, 50)
    assert ge.lh5.as_object(spare).view_as("ak").to_list() == [[1, 2], [3]]
    histogram = lgdo.Histogram(np.ones((2, 3)), [(0.0, 2.0, 1.0), (0.0, 3.0, 1.0)], attrs={"note": "x"})
    assert to_lgdo(through_rust(ge.lh5.as_object(histogram))) == histogram
