"""`germane dsp` on real waveforms: beside dspeed, and its own ways of writing."""

import json
from pathlib import Path

import numpy as np
import pytest

JOBS = ["simple", "sipm", "windowed"]
# Differences of two single-precision computations: signals.md 2.6, table of refs/signals/hpge_truth.json.
ABSOLUTE, RELATIVE = 0.03, 5e-5


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
    ours = columns(folder / "ours.lh5")
    assert ours.keys() == theirs.keys()
    for path, (values, units) in theirs.items():
        mine, my_units = ours[path]
        assert (mine.dtype, mine.shape, my_units) == (values.dtype, values.shape, units), path
        # The peer writes the first in samples under the unit ns, and zeros for the second.
        if path.endswith(("/t_diff", "/psd")):
            continue
        if values.dtype.kind == "f":
            assert np.array_equal(np.isnan(mine), np.isnan(values)), path
            np.testing.assert_allclose(mine, values, rtol=RELATIVE, atol=ABSOLUTE, err_msg=path)
        else:
            assert np.array_equal(mine, values), path


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
