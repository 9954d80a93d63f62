"""`germane dsp` on real waveforms: beside dspeed, and its own ways of writing."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

JOBS = ["simple", "sipm", "windowed"]
# Differences of two single-precision computations: signals.md 2.6, table of refs/signals/hpge_truth.json.
ABSOLUTE, RELATIVE = 0.03, 5e-5


GERMANIUM, SILICON = "LDQTA_r117_20200110T105115Z_cal_geds_raw.lh5", "L200-comm-20211130-phy-spms.lh5"
# Chain files that dspeed tests itself with: raw file, and columns whose `unit` the peer does not look at, as it stands beside an
# expression.
PUBLIC = {
    "icpc-dsp-config.json": (GERMANIUM, ("/dt_eff",)),
    "icpc-dsp-config-yaml.yaml": (GERMANIUM, ()),
    "numpy-parsing.json": (GERMANIUM, ()),
    "sipm-dsp-config.json": (SILICON, ()),
}


def columns(path):
    """Datasets of a file by path, with the units of the object that they belong to."""
    import h5py

    found = {}
    with h5py.File(path) as file:

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = (item[()], item.attrs.get("units"))

        file.visititems(visit)
    return found


def agree(ours, theirs, not_values=(), not_units=()):
    """Types, shapes, units and numbers of all datasets, but for those whose path ends in one of the names."""
    assert ours.keys() == theirs.keys()
    for path, (values, units) in theirs.items():
        mine, my_units = ours[path]
        assert (mine.dtype, mine.shape) == (values.dtype, values.shape), path
        assert my_units == units or path.endswith(tuple(not_units)), path
        if path.endswith(tuple(not_values)):
            continue
        if values.dtype.kind == "f":
            assert np.array_equal(np.isnan(mine), np.isnan(values)), path
            np.testing.assert_allclose(mine, values, rtol=RELATIVE, atol=ABSOLUTE, err_msg=path)
        else:
            assert np.array_equal(mine, values), path


def job(shared, name):
    jobs = json.loads((shared / "refs" / "signals" / "jobs.json").read_text())
    return next(job for job in jobs if job["name"] == name)


def arguments(shared, name, out):
    """The command for a job of the references."""
    folder = shared / "refs" / "signals"
    one = job(shared, name)
    words = ["dsp", folder / one["raw"], "-o", out]
    for table in one.get("tables") or []:
        words += ["-g", table]
    if one.get("base_group") is not None:
        words += ["-b", one["base_group"]]
    if one["database"]:
        words += ["-D", folder / one["database"]]
    return [*words, "-c", folder / one["chain"]]


@pytest.mark.parametrize("name", JOBS)
def test_chain_agrees_with_dspeed(germane, peer, shared, tmp_path_factory, name):
    pytest.importorskip("dspeed")
    pytest.importorskip("h5py")
    folder = tmp_path_factory.mktemp(name)
    theirs = columns(peer("chains.py", shared, name, folder / "peer.lh5")["file"])
    done = germane(*arguments(shared, name, folder / "ours.lh5"))
    assert done.returncode == 0, done.stderr
    # The peer writes the first in samples under the unit ns, and zeros for the second.
    agree(columns(folder / "ours.lh5"), theirs, not_values=("/t_diff", "/psd"))


@pytest.mark.parametrize("chain", PUBLIC)
def test_public_chains_of_dspeed_run_unmodified(germane, peer, shared, tmp_path_factory, chain):
    pytest.importorskip("dspeed")
    pytest.importorskip("h5py")
    configs = os.environ.get("GERMANE_DSPEED_CONFIGS")
    if not configs:
        pytest.skip("not run: GERMANE_DSPEED_CONFIGS names no folder tests/configs of legend-exp/dspeed")
    folder = tmp_path_factory.mktemp(chain)
    raw, other_units = PUBLIC[chain]
    words = Path(configs) / chain, shared / "data" / "signals" / "raw" / raw
    theirs = columns(peer("chain_file.py", shared, *words, folder / "peer.lh5")["file"])
    done = germane("dsp", words[1], "-c", words[0], "-o", folder / "ours.lh5")
    assert done.returncode == 0, done.stderr
    assert len(theirs) > 0
    agree(columns(folder / "ours.lh5"), theirs, not_units=other_units)


def test_modes_of_writing(germane, shared, tmp_path):
    pytest.importorskip("h5py")
    out = tmp_path / "dsp.lh5"
    words = arguments(shared, "simple", out)
    assert germane(*words).returncode == 0
    first = out.read_bytes()
    refused = germane(*words)
    assert refused.returncode == 2
    assert "is there" in refused.stderr
    assert out.read_bytes() == first
    whole = columns(out)
    # Columns that are updated are those of the whole run; all others stay.
    chain, at = words.index("-c"), len(words)
    part = [*words[:chain], "-p", "bl_mean,wf_max", "-u", *words[chain:at]]
    assert germane(*part).returncode == 0
    again = columns(out)
    assert again.keys() == whole.keys()
    assert all(np.array_equal(again[name][0], whole[name][0]) for name in whole)
    # Rows are added behind.
    assert germane(*words[:chain], "-n", "7", "-a", *words[chain:]).returncode == 0
    longer = columns(out)
    for name, (values, _) in whole.items():
        assert np.array_equal(longer[name][0], np.concatenate([values, values[:7]])), name
    assert germane(*words[:chain], "-n", "7", "-w", *words[chain:]).returncode == 0
    assert all(len(values) == 7 for values, _ in columns(out).values())


def test_bits_do_not_depend_on_threads(germane, shared, tmp_path):
    files = []
    for threads in (1, 2, 8):
        out = tmp_path / f"{threads}.lh5"
        words = arguments(shared, "sipm", out)
        chain = words.index("-c")
        assert germane(*words[:chain], "--threads", threads, *words[chain:]).returncode == 0
        files.append(out.read_bytes())
    assert files[0] == files[1] == files[2]


def test_mistakes_are_told_before_rows_are_read(germane, shared, tmp_path):
    chain = tmp_path / "chain.yaml"
    chain.write_text(
        "outputs: [energy, top, third]\n"
        "processors:\n"
        "  wf_trap: {function: trap_nrom, module: dspeed.processors, args: [waveform, 8*us, 2*us, wf_trap], unit: ADC}\n"
        "  energy: {function: amax, module: numpy, args: [wf_trap, 1, energy], signature: '(n),()->()', types: ['fi->f']}\n"
        "  top: {function: min_max, module: dspeed.processors, args: [wavefrom, a, top, b, c]}\n"
    )
    raw = shared / "refs" / "signals" / job(shared, "simple")["raw"]
    done = germane("dsp", raw, "-o", tmp_path / "out.lh5", "--json", "-c", chain)
    assert done.returncode == 6
    errors = json.loads(done.stdout)["errors"]
    assert {error["nearest"] for error in errors} >= {"trap_norm", "waveform"}
    assert all(Path(error["file"]).name == "chain.yaml" and error["line"] for error in errors)
    assert not (tmp_path / "out.lh5").exists()


def test_provenance_names_inputs_and_chains(germane, shared, tmp_path):
    out = tmp_path / "dsp.lh5"
    assert germane(*arguments(shared, "simple", out)).returncode == 0
    document = json.loads((tmp_path / "dsp.lh5.provenance.json").read_text())
    assert document["command"] == "dsp"
    assert [chain["name"] for chain in document["chains"]] == ["simple.yaml"]
    assert document["products"]["geds/dsp"]["rows"] == 100
    assert str(tmp_path) not in json.dumps(document)


def test_an_entry_is_drawn_with_every_step_of_its_chain(germane, shared, tmp_path):
    one = job(shared, "simple")
    folder = shared / "refs" / "signals"
    words = ["show", folder / one["raw"], "geds/raw", "--entry", 3, "--chain", folder / one["chain"]]
    done = germane(*words, "--json")
    assert done.returncode == 0, done.stderr
    figure = json.loads(done.stdout)
    waveforms = [panel["layers"][0] for panel in figure["panels"]]
    assert figure["kind"] == "chain"
    assert [line["name"] for line in waveforms] == ["waveform", "wf_bl", "wf_pz", "wf_trap"]
    assert all(line["x"] == waveforms[0]["x"] for line in waveforms)
    assert (len(waveforms[0]["x"]), waveforms[0]["x"][1] - waveforms[0]["x"][0]) == (5592, 16)
    out = tmp_path / "dsp.lh5"
    assert germane(*arguments(shared, "simple", out)).returncode == 0
    written = columns(out)
    table = germane(*words).stdout
    for name in ("tp_max", "wf_max"):
        shown = next(line.split() for line in table.splitlines() if line.startswith(f"{name} "))
        assert float(shown[1]) == written[f"geds/dsp/{name}"][0][3], name
    picture = tmp_path / "pulse.png"
    assert germane(*words, "-o", picture).returncode == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    missing = germane(*words[:4], 100, *words[5:], "--json")
    assert missing.returncode == 2
    assert "100 entries" in json.loads(missing.stdout)["errors"][0]["message"]
    assert germane("show", words[1], "--entry", 1).returncode == 2
