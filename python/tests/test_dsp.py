"""Processing chains through Python: files and tables in memory, the peer's arguments, grids of parameters."""

import collections
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

import germane as ge

CHAIN = {
    "outputs": ["baseline_mean", "amplitude", "top", "eventnumber"],
    "processors": {
        "baseline_mean, sigma, slope, intercept": {
            "function": "linear_slope_fit",
            "module": "dspeed.processors",
            "args": ["waveform[0:50]", "baseline_mean", "sigma", "slope", "intercept"],
            "unit": "ADC",
        },
        "bottom, top, low, high": {
            "function": "min_max",
            "module": "dspeed.processors",
            "args": ["waveform", "bottom", "top", "low", "high"],
            "unit": ["ns", "ns", "ADC", "ADC"],
        },
        "amplitude": "high - baseline_mean",
    },
}


def waveforms(rows=40, samples=200):
    """Steps of known height at known times on a flat baseline, as a raw table."""
    random = np.random.default_rng(7)
    start = random.integers(60, 150, rows)
    height = random.integers(100, 5000, rows)
    values = np.full((rows, samples), 1000, "u2")
    for row in range(rows):
        values[row, start[row]] = 1000 + height[row] + 1
        values[row, start[row] + 1 :] = 1000 + height[row]
    ns = {"units": "ns"}
    waveform = ge.lh5.Table(
        {
            "t0": ge.lh5.Array(np.full(rows, 32, "f4"), attrs=ns),
            "dt": ge.lh5.Array(np.full(rows, 16, "f4"), attrs=ns),
            "values": ge.lh5.Array(values, attrs={"datatype": "array_of_equalsized_arrays<1,1>{real}"}),
        }
    )
    numbers = ge.lh5.Array(np.arange(rows, dtype="i4"), attrs={"description": "number of the event"})
    return ge.lh5.Table({"waveform": waveform, "eventnumber": numbers}), start, height


@pytest.fixture
def raw(tmp_path):
    table, start, height = waveforms()
    path = tmp_path / "raw.lh5"
    for channel in ("ch1", "ch22"):
        ge.lh5.write(table, f"{channel}/raw", path)
    return path, start, height


def test_columns_are_those_of_the_chain(raw, tmp_path):
    path, start, height = raw
    out = tmp_path / "dsp.lh5"
    assert ge.build_dsp(path, out, CHAIN) is None
    table = ge.lh5.read("ch1/dsp", out, returns="germane")
    assert set(table) == set(CHAIN["outputs"])
    assert np.array_equal(table["baseline_mean"].nda, np.full(40, 1000, "f4"))
    assert np.array_equal(table["amplitude"].nda, height + 1)
    assert np.array_equal(table["top"].nda, start * 16 + 32)
    assert table["top"].units == "ns"
    assert table["eventnumber"].attrs["description"] == "number of the event"
    assert json.loads((tmp_path / "dsp.lh5.provenance.json").read_text())["command"] == "dsp"


def test_without_a_file_tables_are_returned(raw):
    path, start, _ = raw
    made = ge.build_dsp(path, dsp_config=CHAIN, returns="germane")
    assert set(made) == {"ch1", "ch22"}
    assert np.array_equal(made["ch22"]["dsp"]["top"].nda, start * 16 + 32)


def test_a_table_in_memory_gives_a_table(raw):
    table, start, _ = waveforms()
    made = ge.build_dsp(table, dsp_config=CHAIN, returns="germane", buffer_len=7)
    assert np.array_equal(made["top"].nda, start * 16 + 32)
    named = ge.build_dsp(table, dsp_config=CHAIN, lh5_tables="geds/raw", returns="germane")
    assert np.array_equal(named["geds"]["dsp"]["top"].nda, start * 16 + 32)


def test_blocks_of_rows_are_one_table(raw, tmp_path):
    path, start, _ = raw
    times = start * 16 + 32
    blocks = ge.lh5.iterate(path, "ch1/raw", buffer_len=7)
    assert np.array_equal(ge.build_dsp(blocks, dsp_config=CHAIN, returns="germane")["top"].nda, times)
    chosen = ge.lh5.iterate(path, ["ch1/raw", "ch22/raw"], buffer_len=16, i_start=30, n_entries=20)
    made = ge.build_dsp(chosen, tmp_path / "dsp.lh5", CHAIN, lh5_tables="both/raw")
    assert made is None
    top = ge.lh5.read("both/dsp/top", tmp_path / "dsp.lh5", returns="germane").nda
    assert np.array_equal(top, np.concatenate([times[30:], times[:10]]))
    with pytest.raises(ValueError, match="no block"):
        ge.build_dsp(iter([]), dsp_config=CHAIN)
    with pytest.raises(TypeError, match="no tables"):
        ge.build_dsp(iter([3.0]), dsp_config=CHAIN)


def test_the_iterator_of_the_peer_is_read(raw):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lh5 = pytest.importorskip("lh5")
    path, start, _ = raw
    blocks = lh5.LH5Iterator(str(path), "ch1/raw", buffer_len=9, entry_list=[0, 3, 5, 7, 20, 21, 22, 30, 31, 32, 33, 39])
    made = ge.build_dsp(blocks, dsp_config=CHAIN, returns="germane")
    assert np.array_equal(made["top"].nda, start[[0, 3, 5, 7, 20, 21, 22, 30, 31, 32, 33, 39]] * 16 + 32)


def test_rows_are_chosen_by_number_condition_and_range(raw):
    path, start, _ = raw
    times = start * 16 + 32

    def top(**words):
        return ge.build_dsp(path, dsp_config=CHAIN, lh5_tables="ch1", returns="germane", **words)["ch1"]["dsp"]["top"].nda

    assert np.array_equal(top(entry_list=[1, 5, 39]), times[[1, 5, 39]])
    mask = np.arange(40) % 3 == 0
    assert np.array_equal(top(entry_mask=mask), times[mask])
    assert np.array_equal(top(i_start=10, n_entries=4, buffer_len=3), times[10:14])
    with pytest.raises(TypeError, match="entry_list or by entry_mask"):
        top(entry_list=[1], entry_mask=mask)


def test_chains_and_parameters_by_channel(raw):
    path, _, height = raw
    scaled = {"outputs": ["scaled"], "processors": {**CHAIN["processors"], "scaled": "amplitude * db.gain"}}
    database = {"ch1": {"gain": 2}, "ch22": {"gain": 3}}
    made = ge.build_dsp(path, dsp_config=scaled, database=database, returns="germane")
    assert np.array_equal(made["ch1"]["dsp"]["scaled"].nda, 2 * (height + 1))
    assert np.array_equal(made["ch22"]["dsp"]["scaled"].nda, 3 * (height + 1))
    only = {"ch22": {"gain": 3}}
    made = ge.build_dsp(path, dsp_config=CHAIN, chan_config={"ch2*": scaled}, database=only, returns="germane")
    assert set(made["ch1"]["dsp"]) == set(CHAIN["outputs"])
    assert set(made["ch22"]["dsp"]) == {"scaled"}
    with pytest.warns(ge.GermaneWarning, match="no chain for"):
        made = ge.build_dsp(path, chan_config={"ch2*": CHAIN}, returns="germane")
    assert set(made) == {"ch22"}


def test_mistakes_are_told_at_once(raw):
    path, _, _ = raw
    wrong = {"outputs": ["a", "b"], "processors": {"a": "wavefrom[3]", "b": "round(eventnumbr)"}}
    with pytest.raises(ge.Error) as error:
        ge.build_dsp(path, dsp_config=wrong)
    assert error.value.exit == 6
    assert {one["nearest"] for one in error.value.errors} == {"waveform", "eventnumber"}


def test_rows_of_another_dt_have_their_own_times():
    table, start, _ = waveforms()
    dt = table["waveform"]["dt"].nda
    dt[17:30] = 8
    made = ge.build_dsp(table, dsp_config=CHAIN, returns="germane")
    assert np.array_equal(made["top"].nda, start * dt + 32)
    grid = {"db.trap.rise": [4], "db.trap.flat": [2]}
    with pytest.raises(ge.FileError, match="row 17 has dt = 8"):
        ge.optimise_chain(table, TRAPEZOID, grid, total)


def test_empty_tables_have_all_columns(tmp_path):
    table, _, _ = waveforms(rows=0)
    full, _, _ = waveforms()
    ge.lh5.write(table, "ch1/raw", tmp_path / "raw.lh5")
    ge.lh5.write(full, "ch2/raw", tmp_path / "raw.lh5")
    made = ge.build_dsp(tmp_path / "raw.lh5", dsp_config=CHAIN, returns="germane")
    assert {name: len(made["ch1"]["dsp"][name]) for name in CHAIN["outputs"]} == dict.fromkeys(CHAIN["outputs"], 0)


TRAPEZOID = {
    "outputs": ["energy"],
    "processors": {
        "shaped": {
            "function": "trap_norm",
            "module": "dspeed.processors",
            "args": ["waveform", "db.trap.rise", "db.trap.flat", "shaped"],
        },
        "energy": {
            "function": "amax",
            "module": "numpy",
            "args": ["shaped", 1, "energy"],
            "signature": "(n),()->()",
            "types": ["fi->f"],
        },
    },
}


def total(made):
    return float(made["energy"].nda.sum())


def test_a_grid_gives_the_numbers_of_separate_runs():
    table, _, _ = waveforms()
    rises, flats = [4, "160*ns", 5000], ["32*ns", "0.16*us"]
    with pytest.warns(ge.GermaneWarning, match=r"rise = 5000"):
        merits = ge.optimise_chain(table, TRAPEZOID, {"db.trap.rise": rises, "db.trap.flat": flats}, total)
    assert merits.shape == (3, 2)
    assert np.isnan(merits[2]).all()
    for i, rise in enumerate(rises[:2]):
        for k, flat in enumerate(flats):
            alone = ge.build_dsp(table, dsp_config=TRAPEZOID, database={"trap": {"rise": rise, "flat": flat}}, returns="germane")
            assert merits[i, k] == total(alone)


class ParGrid:
    """Dimensions in the form of pygama's grid of parameters (pargen.dsp_optimize)."""

    Dimension = collections.namedtuple("Dimension", "name parameter value_strs")

    def __init__(self):
        self.dims = []

    def add_dimension(self, name, parameter, value_strs):
        self.dims.append(self.Dimension(name, parameter, value_strs))


def test_a_grid_of_pygama_is_read():
    table, _, _ = waveforms()
    grid = ParGrid()
    grid.add_dimension("trap", "rise", ["4", "160*ns", "0.32*us"])
    grid.add_dimension("trap", "flat", ["32*ns", "0.16*us"])
    merits = ge.optimise_chain(table, TRAPEZOID, grid, total)
    mapping = {"db.trap.rise": ["4", "160*ns", "0.32*us"], "db.trap.flat": ["32*ns", "0.16*us"]}
    assert np.array_equal(merits, ge.optimise_chain(table, TRAPEZOID, mapping, total))
    grid.add_dimension("trap", "flat", ["64*ns"])
    with pytest.raises(ValueError, match=r"two dimensions db\.trap\.flat"):
        ge.optimise_chain(table, TRAPEZOID, grid, total)
    with pytest.raises(TypeError, match="ParGrid"):
        ge.optimise_chain(table, TRAPEZOID, [1, 2], total)


def test_build_dsp_agrees_with_dspeed(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dspeed = pytest.importorskip("dspeed")
        import lh5

    shared = Path(os.environ.get("GERMANE_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data" / "signals"
    if not shared.is_dir():
        pytest.skip(f"not run: no folder {shared}")
    raw, chain = shared / "raw" / "LDQTA_r117_20200110T105115Z_cal_geds_raw.lh5", shared / "chains" / "simple.yaml"
    ours, theirs = tmp_path / "ours.lh5", tmp_path / "theirs.lh5"
    words = {"n_entries": 20, "write_mode": "r", "outputs": ["trapEmax", "tp_max", "bl_mean", "timestamp"]}
    ge.build_dsp(raw, ours, chain, **words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dspeed.build_dsp(str(raw), str(theirs), str(chain), **words)
    mine, peer = (lh5.read("geds/dsp", str(file)) for file in (ours, theirs))
    assert set(mine) == set(peer)
    for name in peer:
        assert mine[name].nda.dtype == peer[name].nda.dtype
        assert mine[name].attrs == peer[name].attrs
        # The peer computes in single precision: up to 0.03 ADC on baselines of 13 000 ADC.
        np.testing.assert_allclose(mine[name].nda, peer[name].nda, rtol=1.3e-6, atol=0.03)
