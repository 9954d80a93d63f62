"""examples/germanium against the truth of its simulation: energies, resolutions, flags; the same bits; what fails and how."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
from house import ROOT, read

EXAMPLE = ROOT / "examples" / "germanium"
DATA = ROOT / "examples" / "data"
# How a run went, not what it found.
ABOUT_THE_RUN = {"report.json", "report.html", "provenance.json"}
QBB = 2039.0


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the simulated files."""
    if not (DATA / "germanium_raw.lh5").is_file():
        pytest.skip("not run: no examples/data/germanium_raw.lh5 (make examples/data/germanium_raw.lh5)")
    return DATA


@pytest.fixture(scope="session")
def truth(data):
    """What is known of the detectors."""
    return read(data / "germanium_truth.json")


def copy(folder: Path, data: Path, **replaced: str) -> Path:
    """The example in a new folder, with parts of its texts replaced: `analysis="old => new"`."""
    for name in ("analysis", "chain", "hit", "database"):
        text = (EXAMPLE / f"{name}.yaml").read_text().replace("../data/", f"{data}/")
        old, arrow, new = replaced.get(name, "").partition(" => ")
        assert not arrow or old in text, f"{name}: no {old!r}"
        (folder / f"{name}.yaml").write_text(text.replace(old, new) if arrow else text)
    return folder / "analysis.yaml"


def products(folder: Path) -> dict[str, bytes]:
    """Bytes of every product by its name."""
    files = {str(f.relative_to(folder)): f for f in sorted(folder.rglob("*")) if f.is_file()}
    named = {name: f for name, f in files.items() if name not in ABOUT_THE_RUN and ".germane" not in name}
    return {name: f.read_bytes() for name, f in named.items()}


@pytest.fixture(scope="module")
def out(germane, data, tmp_path_factory):
    """Products of the example, on one thread."""
    folder = tmp_path_factory.mktemp("germanium")
    done = germane("run", copy(folder, data), "-o", folder / "out", "--cache", folder / "cache", "--threads", 1, timeout=600)
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def channels(out):
    """Calibrations by channel."""
    return read(out / "result.json")["calibrations"]["energy"]


def kernel_noise(detector, period: float) -> float:
    """Standard deviation in keV of the energy from white noise and rounding of the samples.

    The filters are linear: weights of the samples in the value on the flat top, from the response to each sample alone.
    """
    samples, rise, flat, at = 1200, 300, 75, 838
    a, b = np.exp(-period / detector["tau1"]), np.exp(-period / detector["tau2"])
    c = detector["frac"] * (b - a) - b
    unit = np.eye(samples)
    unit -= unit[:400].mean(axis=0)[None, :]  # less the baseline of each
    flat_charge = np.zeros_like(unit)
    flat_charge[:2] = unit[:2]
    for i in range(2, samples):
        flat_charge[i] = (
            unit[i] - (a + b) * unit[i - 1] + a * b * unit[i - 2] + (1 - c) * flat_charge[i - 1] + c * flat_charge[i - 2]
        )
    late, early = slice(at - rise + 1, at + 1), slice(at - 2 * rise - flat + 1, at - rise - flat + 1)
    energy = (flat_charge[late].sum(axis=0) - flat_charge[early].sum(axis=0)) / rise
    return float(np.sqrt((energy**2).sum() * (detector["noise"] ** 2 + 1 / 12)) / detector["gain"])


def test_database_is_that_of_the_simulation(truth):
    text = (EXAMPLE / "database.yaml").read_text()
    for channel, detector in truth["detectors"].items():
        (line,) = [line for line in text.splitlines() if line.startswith(channel)]
        tau1, tau2 = (1000 * float(value) for value in re.findall(r"tau\d: ([\d.]+)\*us", line))
        assert (tau1, tau2) == (detector["tau1"], detector["tau2"])
        assert float(re.search(r"frac: ([\d.]+)", line)[1]) == detector["frac"]


def test_energy_scale_is_the_true_one(channels, truth):
    for name, detector in truth["detectors"].items():
        a, b = channels[name]["scale"]["coefficients"]
        for line in (583.191, 1620.5, 2614.511):
            assert abs((a + b * detector["gain"] * line) / line - 1) < 1e-4, (name, line)


def test_resolution_is_the_true_one_within_its_errors(channels, truth):
    pulls = []
    for name, detector in truth["detectors"].items():
        noise = kernel_noise(detector, truth["period"])
        expected = np.sqrt(8 * np.log(2) * (detector["a"] + detector["b"] * QBB + noise**2))
        (at,) = [point for point in channels[name]["resolution"][0]["at"] if point["energy"] == QBB]
        pulls.append((at["fwhm"]["value"] - expected) / at["fwhm"]["error"])
    assert np.all(np.abs(pulls) < 3), pulls
    assert np.sum(np.abs(pulls) < 2) >= 7, pulls
    assert np.sum(np.square(pulls)) < 24, pulls  # chi2 of 8: 99.8 %


def test_flags_find_pile_up_and_saturation(out, data, truth):
    with h5py.File(out / "tiers" / "germanium_hit.lh5") as hits, h5py.File(data / "germanium_truth.lh5") as true:
        for name, detector in truth["detectors"].items():
            table, of = hits[f"{name}/hit"], true[f"{name}/truth"]
            good, quality = table["is_good"][:].astype(bool), table["quality"][:]
            saturated, piled = of["saturated"][:].astype(bool), of["pile_up"][:].astype(bool)
            assert table["quality"].attrs["bit_names"] == "is_quiet,is_single,is_saturated"
            # What leaves the range below is not seen by a flag on the highest sample; there is none.
            assert np.array_equal((quality & 4) > 0, saturated)
            assert not np.any(good & saturated)
            assert good[~piled & ~saturated].mean() > 0.98
            energy = table["trapEftp"][:] / detector["gain"]
            wrong = np.abs(energy - of["energy"][:]) > 3
            # Pulses nearer than the shaping are one pulse: a tenth of all that pile up.
            assert wrong[good].mean() < 0.1 * wrong.mean()


def test_spectrum_holds_the_lines(out, truth):
    document = read(out / "histograms" / "spectrum.json")
    regions = next(axis["categories"] for axis in document["axes"] if axis.get("categories", [""])[0] == "all_pulses")
    values = np.array(document["storage"]["values"]).reshape(len(regions), -1)[regions.index("good"), 1:-1]
    assert len(values) == 3000
    pulses = truth["pulses"] * len(truth["detectors"])
    for line in truth["lines"]:
        if line["share"] < 0.03:
            continue
        near = values[int(line["energy"]) - 8 : int(line["energy"]) + 9].sum()
        assert 0.8 < near / (line["share"] * pulses) < 1.3, line


def test_threads_change_no_bit(germane, data, out, tmp_path):
    done = germane(
        "run", copy(tmp_path, data), "-o", tmp_path / "out", "--cache", tmp_path / "cache", "--threads", 2, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert products(tmp_path / "out") == products(out)


def test_a_killed_run_resumes_to_the_same_bits(germane, germane_path, data, out, tmp_path):
    options = ["-o", tmp_path / "out", "--cache", tmp_path / "cache"]
    analysis = copy(tmp_path, data)
    for wait in (0.5, 2.0, 4.0):
        process = subprocess.Popen(
            [str(germane_path), "run", str(analysis), *map(str, options)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert germane("run", analysis, *options, timeout=600).returncode == 0
    assert products(tmp_path / "out") == products(out)


def test_a_second_run_makes_no_tier_again(germane, data, out, tmp_path):
    shutil.copytree(out, tmp_path / "out")
    before = {f: f.stat().st_mtime_ns for f in (tmp_path / "out" / "tiers").iterdir()}
    done = germane("run", copy(tmp_path, data), "-o", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert before == {f: f.stat().st_mtime_ns for f in (tmp_path / "out" / "tiers").iterdir()}
    assert products(tmp_path / "out") == products(out)


def test_other_flags_make_the_hits_again_and_no_waveform(germane, data, out, tmp_path):
    shutil.copytree(out, tmp_path / "out")
    before = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "out" / "tiers").iterdir()}
    analysis = copy(tmp_path, data, hit="slope: 0.015 => slope: 0.016")
    assert germane("run", analysis, "-o", tmp_path / "out", "--cache", tmp_path / "cache").returncode == 0
    after = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "out" / "tiers").iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"germanium_hit.lh5", "germanium_hit.lh5.key.json"}


def test_a_failed_calibration_is_a_state_and_no_number(germane, data, out, tmp_path):
    shutil.copytree(out / "tiers", tmp_path / "out" / "tiers")
    analysis = copy(tmp_path, data, analysis='where: is_good => where: is_good and channel != "ch1104003"')
    done = germane("run", analysis, "-o", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.returncode == 7, done.stderr
    result = read(tmp_path / "out" / "result.json")
    failed = result["calibrations"]["energy"]["ch1104003"]
    assert failed["state"] == "failed"
    assert failed["reason"]
    assert failed["scale"] is None
    others = [c for name, c in result["calibrations"]["energy"].items() if name != "ch1104003"]
    assert len(others) == 7
    assert all(c["state"] != "failed" for c in others)
    assert "ch1104003" not in read(tmp_path / "out" / "calibrations" / "energy.json")
    report = read(tmp_path / "out" / "report.json")
    assert any("ch1104003" in warning for warning in report["warnings"])
    assert 7000 < result["histograms"]["spectrum"]["nulls"] < 15000  # its rows in both regions


@pytest.mark.parametrize(
    ("replaced", "code", "words"),
    [
        ({"analysis": "of: trapEftp => of: trapEftpp"}, 6, ["no column `trapEftpp`", "did you mean `trapEftp`?"]),
        ({"analysis": "where: is_good => where: trapEftp"}, 6, ["expected a condition"]),
        ({"analysis": "2614.511 keV] => 2614.511 m]"}, 6, ["an energy has a unit"]),
        ({"analysis": "config: hit.yaml => config: hits.yaml"}, 4, ["`hits.yaml`"]),
        ({"analysis": '"ch*/raw" => "det*/raw"'}, 6, ["no table", "ch1104000/raw"]),
        ({"hit": "bl_std < noise => bl_stdd < noise"}, 6, ["hit.yaml", "no column `bl_stdd`", "did you mean `bl_std`?"]),
        ({"hit": "bit0: is_quiet, bit1: is_single => bit1: is_quiet, bit0: is_single"}, 6, ["`bit1` stands where bit 0 is"]),
        ({"hit": "noise: db.quality.bl_std, slope => noise: db.quality.blstd, slope"}, 6, ["`db.quality.blstd`"]),
        ({"chain": "function: bl_subtract => function: bl_substract"}, 6, ["chain.yaml", "bl_substract", "`bl_subtract`"]),
    ],
)
def test_mistakes_are_told_before_waveforms_are_read(germane, data, tmp_path, replaced, code, words):
    done = germane("run", copy(tmp_path, data, **replaced), "-o", tmp_path / "out")
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_plan_prints_what_will_be_made(germane, data, tmp_path):
    done = germane("plan", copy(tmp_path, data))
    assert done.returncode == 0, done.stderr
    assert "ch1104000/raw → ch1104000/dsp → ch1104000/hit (is_good, quality, trapEftp" in done.stdout
    assert "calibration energy of trapEftp" in done.stdout


def test_the_form_takes_a_real_dsp_file(germane, shared, tmp_path):
    file = shared / "data" / "legend-chain" / "tiers" / "l200-p03-r000-cal-20230311T235840Z-tier_dsp.trimmed.lh5"
    if not file.is_file():
        pytest.skip(f"not run: no {file.name}")
    (tmp_path / "analysis.yaml").write_text(
        f"""germane: 1
datasets: {{cal: {{files: {file}, tables: "ch*/dsp", kind: data}}}}
calibrations:
  energy:
    of: cuspEmax
    lines: [860.564 keV, 1592.53 keV, 1620.50 keV, 2103.53 keV, 2614.50 keV]
    degree: 0
    report_at: [2039 keV]
regions: {{all_rows: [cuspEmax > 0]}}
histograms: {{spectrum: {{fill: energy, axis: [3000, 0 keV, 3000 keV], regions: [all_rows]}}}}
figures: {{spectrum: {{kind: spectrum, of: histograms.spectrum}}}}
"""
    )
    done = germane("run", tmp_path / "analysis.yaml", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    channel = read(tmp_path / "out" / "result.json")["calibrations"]["energy"]["ch1104000"]
    peer = read(shared / "refs" / "legend-chain" / "calibration.json")["peer"]
    (at,) = channel["resolution"][0]["at"]
    assert abs(channel["scale"]["coefficients"][1] / peer["pars"][1] - 1) < 1e-4
    assert abs(at["fwhm"]["value"] - peer["FWHMLinear"]["Qbb_fwhm_in_kev"]) < 0.1


def test_the_form_takes_a_real_raw_file(germane, shared, tmp_path):
    folder = shared / "data" / "signals"
    files = list(folder.glob("raw/LDQTA*_raw.lh5"))
    if not files:
        pytest.skip("not run: no real raw file")
    (tmp_path / "hit.yaml").write_text(
        "outputs: [is_valid, trapEmax]\noperations: {is_valid: {expression: '(trapEmax > 0) & (bl_std < 1000)'}}\n"
    )
    (tmp_path / "analysis.yaml").write_text(
        f"""germane: 1
datasets: {{cal: {{files: {files[0]}, tables: "geds/raw", kind: data}}}}
tiers: {{dsp: {{chain: {folder / "chains" / "hpge.yaml"}}}, hit: {{config: hit.yaml}}}}
regions: {{valid: [is_valid]}}
histograms: {{energy: {{fill: trapEmax, axis: [100, 0 ADC, 20000 ADC], regions: [valid]}}}}
figures: {{energy: {{kind: spectrum, of: histograms.energy}}}}
"""
    )
    done = germane("run", tmp_path / "analysis.yaml", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    with h5py.File(tmp_path / "out" / "tiers" / f"{files[0].stem.removesuffix('_raw')}_hit.lh5") as hits:
        energy, valid = hits["geds/hit/trapEmax"][:], hits["geds/hit/is_valid"][:]
    assert len(energy) == 100
    assert np.array_equal(valid > 0, energy > 0)
    assert read(tmp_path / "out" / "result.json")["cutflow"][0]["steps"][0]["entries"] == 100
