"""Limits, significances, rankings, yields, scans and contours of the command beside pyhf, cabinetry and iminuit."""

import gzip
import json
import math
import warnings

import numpy as np
import pytest


def workspace():
    """Two channels, shared and own systematics, Monte-Carlo statistics."""
    norm = {"name": "scale", "type": "normsys", "data": {"hi": 1.08, "lo": 0.94}}
    shape = {"name": "slope", "type": "histosys", "data": {"hi_data": [46, 53, 61], "lo_data": [54, 50, 45]}}
    stat = {"name": "staterror_sr", "type": "staterror", "data": [2.5, 2.0, 1.5]}
    signal = {
        "name": "signal",
        "data": [4, 12, 6],
        "modifiers": [{"name": "mu", "type": "normfactor", "data": None}, norm],
    }
    background = {"name": "background", "data": [50, 52, 53], "modifiers": [norm, shape, stat]}
    control = {
        "name": "background",
        "data": [210, 190],
        "modifiers": [norm, {"name": "shapesys_cr", "type": "shapesys", "data": [9, 8]}],
    }
    return {
        "channels": [{"name": "cr", "samples": [control]}, {"name": "sr", "samples": [signal, background]}],
        "observations": [{"name": "cr", "data": [201, 196]}, {"name": "sr", "data": [52, 60, 57]}],
        "measurements": [{"name": "main", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The workspace as a file."""
    path = tmp_path_factory.mktemp("statistics") / "workspace.json"
    path.write_text(json.dumps(workspace()))
    return path


@pytest.fixture(scope="module")
def peer():
    """pyhf with Minuit at a tight tolerance."""
    import pyhf

    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jsonschema, about pyhf
        spec = pyhf.Workspace(workspace())
        model = spec.model()
    return pyhf, model, spec.data(model)


def document(germane, *arguments):
    """The JSON that a command prints."""
    done = germane(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_limit(germane, file, peer):
    """CLs at each printed point is pyhf's, and 0.05 at the limits."""
    pyhf, model, data = peer
    found = document(germane, "limit", file)
    assert found["poi"] == "mu"
    points = {point["poi"]: point for point in found["points"]}
    for value in [found["observed"], *found["expected"]]:
        cls, (tail_s, tail_b), bands = pyhf.infer.hypotest(
            value, data, model, test_stat="qtilde", return_tail_probs=True, return_expected_set=True
        )
        ours = points[value]
        assert ours["cls"] == pytest.approx(float(cls), rel=2e-4)
        assert ours["clsb"] == pytest.approx(float(tail_s), rel=2e-4)
        assert ours["clb"] == pytest.approx(float(tail_b), rel=2e-4)
        assert ours["expected"] == pytest.approx([float(band) for band in bands], rel=2e-4)
    assert points[found["observed"]]["cls"] == pytest.approx(0.05, rel=1e-8)
    for band, value in enumerate(found["expected"]):
        assert points[value]["expected"][band] == pytest.approx(0.05, rel=1e-8)


def test_significance(germane, file, peer):
    """p-value of the background alone, observed and expected."""
    pyhf, model, data = peer
    found = document(germane, "significance", file)
    observed, expected = pyhf.infer.hypotest(0.0, data, model, test_stat="q0", return_expected=True)
    assert found["observed"]["p"] == pytest.approx(float(observed), rel=2e-4)
    assert found["expected"]["p"] == pytest.approx(float(expected), rel=2e-4)


def test_rank_and_yields(germane, file):
    """Impacts and errors of yields as cabinetry gives them."""
    import cabinetry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, data = cabinetry.model_utils.model_and_data(workspace())
        fit = cabinetry.fit.fit(model, data, tolerance=1e-6, strategy=2)
        ranking = cabinetry.fit.ranking(model, data, fit_results=fit, tolerance=1e-6)
        prefit = cabinetry.model_utils.prediction(model)
        postfit = cabinetry.model_utils.prediction(model, fit_results=fit)
    found = document(germane, "rank", file)
    sigma = found["error"]
    rows = {row["name"]: row for row in found["rows"]}
    assert set(rows) == set(ranking.labels)
    for i, name in enumerate(ranking.labels):
        theirs = [ranking.postfit_up[i], ranking.postfit_down[i], ranking.prefit_up[i], ranking.prefit_down[i]]
        assert [*rows[name]["postfit"], *rows[name]["prefit"]] == pytest.approx(theirs, abs=2e-3 * sigma)
    sizes = [max(map(abs, row["postfit"])) for row in found["rows"]]
    assert sizes == sorted(sizes, reverse=True)

    # cabinetry takes half the difference of yields one error up and down, after the fit we take the derivative.
    for option, theirs, tolerance, linear in [("--prefit", prefit, 1e-6, 1e-6), (None, postfit, 1e-3, 2e-2)]:
        rows = document(germane, "yields", file, *filter(None, [option]))["rows"]
        for c, channel in enumerate(model.config.channels):
            ours = [row for row in rows if row["channel"] == channel]
            samples = [row for row in ours if row["sample"]]
            samples.sort(key=lambda row: model.config.samples.index(row["sample"]))
            present = [i for i, s in enumerate(model.config.samples) if np.any(np.asarray(theirs.model_yields[c][i]) != 0)]
            for i, row in zip(present, samples, strict=True):
                assert row["contents"] == pytest.approx(list(theirs.model_yields[c][i]), rel=tolerance)
                assert row["errors"] == pytest.approx(list(theirs.total_stdev_model_bins[c][i]), rel=linear)
            total = next(row for row in ours if row["sample"] is None)
            assert total["errors"] == pytest.approx(list(theirs.total_stdev_model_bins[c][-1]), rel=linear)
            assert total["sum_error"] == pytest.approx(theirs.total_stdev_model_channels[c][-1], rel=linear)


def test_scan_and_contour(germane, file, peer):
    """Heights of the profiled likelihood as pyhf's fits with parameters held."""
    pyhf, model, data = peer
    _, best = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    found = document(germane, "scan", file, "--range", "0:2", "--points", 5)
    for point in found["points"]:
        _, height = pyhf.infer.mle.fixed_poi_fit(point["value"], data, model, return_fitted_val=True)
        assert point["rise"] == pytest.approx(float(height - best), abs=2e-4)

    order = {name: i for i, name in enumerate(model.config.par_names)}
    ring = document(germane, "contour", file, "mu", "scale", "--points", 8)["contours"][0]
    assert ring["rise"] == pytest.approx(-2 * math.log(1 - 0.682689492137086), rel=1e-12)
    for point in ring["points"]:
        start, fixed = model.config.suggested_init(), model.config.suggested_fixed()
        for name, value in zip(["mu", "scale"], point["at"], strict=True):
            start[order[name]], fixed[order[name]] = value, True
        _, height = pyhf.infer.mle.fit(data, model, init_pars=start, fixed_params=fixed, return_fitted_val=True)
        if not point["on_bound"]:
            assert float(height - best) == pytest.approx(ring["rise"], abs=5e-4)


def test_figures_and_mistakes(germane, file, tmp_path):
    """Every command draws; what cannot be answered is said with the nearest name."""
    for command in ("limit", "rank", "scan"):
        assert germane(command, file, "-o", tmp_path / f"{command}.svg").returncode == 0
        assert (tmp_path / f"{command}.svg").read_text().startswith("<svg")
    done = germane("contour", file, "mu", "scael")
    assert done.returncode == 6
    assert "did you mean `scale`?" in done.stderr
    done = germane("limit", file, "--poi", "scale", "--fix", "scale=0")
    assert done.returncode == 2
    assert "fixed" in done.stderr
    done = germane("rank", file, "-o", tmp_path / "ranking.gif")
    assert done.returncode == 2
    assert ".svg" in done.stderr


def test_toys(germane, file, peer, tmp_path):
    """The statistic is pyhf's; toys depend on seed and number alone, and agree with those of pyhf."""
    pyhf, model, data = peer
    config = model.config
    observed = pyhf.infer.test_statistics.qmu_tilde(
        1.0, data, model, config.suggested_init(), config.suggested_bounds(), config.suggested_fixed()
    )
    keep = tmp_path / "toys.json"
    found = document(germane, "toys", file, "--toys", 2000, "--threads", 2, "--keep", keep)
    assert found["observed"] == pytest.approx(float(observed), abs=2e-4)
    assert found == document(germane, "toys", file, "--toys", 2000, "--threads", 1)
    kept = keep.read_bytes()
    assert found == document(germane, "toys", file, "--toys", 2000, "--keep", keep)
    assert keep.read_bytes() == kept
    more = document(germane, "toys", file, "--toys", 2500, "--keep", keep)
    assert more["signal"]["values"][:2000] == found["signal"]["values"]
    assert germane("toys", file, "--toys", 10, "--seed", 1, "--keep", keep).returncode == 6

    np.random.seed(1)  # noqa: NPY002 - what pyhf draws from
    calculator = pyhf.infer.calculators.ToyCalculator(data, model, ntoys=80, test_stat="qtilde", track_progress=False)
    theirs = calculator.pvalues(observed, *calculator.distributions(1.0))
    for key, p in zip(["signal", "background"], theirs, strict=False):
        width = math.sqrt(max(p * (1 - p), 0.01) * (1 / 80 + 1 / 2000))
        assert found[key]["ratio"] == pytest.approx(float(p), abs=5 * width)


def test_toys_of_limits_and_goodness(germane, file, tmp_path):
    """Limits by toys are near the asymptotic ones, p-values by toys near those of chi square."""
    asymptotic = document(germane, "limit", file)
    found = document(germane, "limit", file, "--toys", 1000)
    for band, value in enumerate(asymptotic["expected"]):
        assert found["expected"][band] == pytest.approx(value, rel=0.3)
    assert abs(found["observed"] - asymptotic["observed"]) < 5 * found["observed_error"] + 0.1 * asymptotic["observed"]
    goodness = document(germane, "gof", file, "--toys", 1000)
    assert goodness["toys"]["ratio"] == pytest.approx(goodness["p"], abs=0.1)
    assert goodness["toys"]["failed"] == {}
    significance = document(germane, "significance", file, "--toys", 1000)
    assert significance["toys"]["p"] == pytest.approx(significance["observed"]["p"], abs=0.06)
    for command in ("toys", "gof"):
        assert germane(command, file, "--toys", 100, "-o", tmp_path / f"{command}.svg").returncode == 0


def test_combine(germane, tmp_path):
    """Two equal experiments: the strength is that of one, its error smaller by the square root of two."""
    one = workspace()
    other = json.loads(json.dumps(one))
    (tmp_path / "a.json").write_text(json.dumps(one))
    (tmp_path / "b.json").write_text(json.dumps(other))
    text = "germane: 1\nmodels: {A: a.json, B: b.json}\ncorrelations: {same: [[A.mu, B.mu]], default: different}\n"
    (tmp_path / "map.yaml").write_text(text)
    alone = document(germane, "fit", tmp_path / "a.json")
    found = document(germane, "combine", tmp_path / "map.yaml", "-o", tmp_path / "joint.json")
    joint = document(germane, "fit", tmp_path / "joint.json")
    assert joint["nll"] == pytest.approx(found["fits"]["given"]["nll"], rel=1e-12)
    mu = {fit: next(p for p in found["fits"][fit]["parameters"] if p["name"] == "mu") for fit in ("given", "different")}
    single = next(p for p in alone["parameters"] if p["name"] == "mu")
    for parameter in mu.values():
        assert parameter["value"] == pytest.approx(single["value"], rel=1e-8)
        assert parameter["error"] == pytest.approx(single["error"] / math.sqrt(2), rel=1e-8)
    assert found["fits"]["given"]["nll"] == pytest.approx(2 * alone["nll"], rel=1e-12)
    assert [shared["members"] for shared in found["shared"]] == [["A.mu", "B.mu"]]
    (tmp_path / "map.yaml").write_text(text.replace(", default: different", ""))
    done = germane("combine", tmp_path / "map.yaml")
    assert done.returncode == 6
    assert "no rule" in done.stderr


def test_eft(germane, tmp_path):
    """(1 + c/2)^2 100 = 225 at c = 1 and c = -5; both lie in the interval."""
    scaling = [{"channel": "SR", "process": "s", "parameters": ["c[0,-10,10]", "SM[1]"], "scaling": [[0.25, 0.5, 1]]}]
    yields = {"channel": "SR", "signal_sm": [100], "background": [0], "data": [225]}
    (tmp_path / "scaling.json").write_text(json.dumps(scaling))
    (tmp_path / "yields.json").write_text(json.dumps(yields))
    files = (tmp_path / "scaling.json", tmp_path / "yields.json")
    found = document(germane, "eft", *files, "--scan", "c", "-o", tmp_path / "scan.svg")
    assert sorted(minimum["values"][0] for minimum in found["minima"]) == pytest.approx([-5, 1], abs=1e-9)
    one, two = found["coefficients"][0]["intervals"][0]["segments"]
    # 225 - nu + 225 ln(nu/225) = -1/2 has its roots where both pieces end.
    for low, high in [(one["low"], one["high"]), (two["low"], two["high"])]:
        for end in (low, high):
            nu = 100 * (1 + end / 2) ** 2
            assert nu - 225 - 225 * math.log(nu / 225) == pytest.approx(0.5, abs=1e-8)
    # dnu/dc = 100 at 0, nu = 100.
    assert found["information"]["eigenvalues"] == pytest.approx([100.0])
    assert (tmp_path / "scan.svg").exists()


def test_inspect_says_what_pyhf_says(germane, file, peer):
    """Channels, samples, modifiers and parameters are those of pyhf's workspace and model."""
    pyhf, model, _ = peer
    found = document(germane, "inspect", file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jsonschema, about pyhf
        theirs = pyhf.Workspace(workspace())
    assert found["format"] == "pyhf"
    assert {channel["name"]: channel["bins"] for channel in found["channels"]} == theirs.channel_nbins
    assert found["samples"] == theirs.samples
    assert {(one["name"], one["type"]) for one in found["modifiers"]} == set(theirs.modifiers)
    assert [one["name"] for one in found["measurements"]] == theirs.measurement_names
    assert found["poi"] == model.config.poi_name
    parameters = {one["name"]: one for one in found["parameters"]}
    assert set(parameters) == set(model.config.par_names)
    for name, start, (low, high) in zip(
        model.config.par_names, model.config.suggested_init(), model.config.suggested_bounds(), strict=True
    ):
        assert (parameters[name]["start"], parameters[name]["lower"], parameters[name]["upper"]) == (start, low, high)
    assert parameters["scale"]["constraint"] == {"type": "normal", "centre": 0, "width": 1}
    # (210/9)² and its datum, which is the same.
    assert parameters["shapesys_cr[0]"]["constraint"]["rate"] == pytest.approx((210 / 9) ** 2, rel=1e-14)
    signal = next(one for one in found["channels"][1]["samples"] if one["name"] == "signal")
    assert signal["expected"] == 22
    assert sorted(one["name"] for one in signal["modifiers"]) == ["mu", "scale"]


CARD = """imax 1
jmax 1
kmax *
bin a
observation 6
bin a a
process S B
process 0 1
rate 1 5.5
sys lnN - 1.3
"""


def test_inspect_takes_other_formats_and_prints_tables(germane, file, tmp_path):
    """A card has processes with norms; tables name everything, and what does not exist is a mistake."""
    card = tmp_path / "card.txt"
    card.write_text(CARD)
    found = document(germane, "inspect", card)
    assert found["format"] == "datacard"
    samples = found["channels"][0]["samples"]
    assert {one["name"]: [m["name"] for m in one["modifiers"]] for one in samples} == {"S": ["r"], "B": ["sys"]}
    assert sum(one["expected"] for one in samples) == pytest.approx(6.5)
    done = germane("inspect", file)
    assert done.returncode == 0
    for word in ("sr", "signal", "shapesys_cr (shapesys)", "mu", "of interest", "poisson", "main"):
        assert word in done.stdout
    assert germane("inspect", tmp_path / "none.json").returncode == 4
    assert germane("inspect", file, "--measurement", "mian").returncode == 6


TWO_CHANNELS = """bin a b
observation 6 9
bin a a b b
process S B S B
process 0 1 0 1
rate 1 5.5 2 7
sys lnN - 1.3 - 1.1
theory group = sys
"""


def test_groups_of_a_card_are_ranked_without_asking(germane, tmp_path):
    """One count of n = ν = 6: the variance of r is 6 + (5.5 ln 1.3)², the second part from the group."""
    card = tmp_path / "card.txt"
    card.write_text(CARD + "theory group = sys\n")
    group = document(germane, "rank", card)["groups"][0]
    assert (group["name"], group["members"]) == ("theory", 1)
    assert group["frozen"] == pytest.approx(5.5 * np.log(1.3), rel=1e-6)
    assert document(germane, "rank", card, "--group", "theory")["groups"] == [group]
    done = germane("rank", card, "--group", "theori")
    assert done.returncode == 2
    assert "did you mean `theory`" in done.stderr


def test_a_channel_of_a_card_is_masked_by_either_name(germane, tmp_path):
    """Without the second channel -ln L is that of the card that never had it."""
    for name, text in [("two.txt", TWO_CHANNELS), ("one.txt", CARD)]:
        (tmp_path / name).write_text(text)
    wanted = document(germane, "fit", tmp_path / "one.txt")["nll"]
    for option in [("--mask", "b"), ("--fix", "mask_b=1")]:
        assert document(germane, "fit", tmp_path / "two.txt", *option)["nll"] == pytest.approx(wanted, abs=1e-12)
    assert document(germane, "fit", tmp_path / "two.txt", "--fix", "mask_b=0")["nll"] != pytest.approx(wanted, abs=0.1)
    done = germane("fit", tmp_path / "two.txt", "--mask", "c")
    assert done.returncode == 6
    assert "no channel `c` to mask" in done.stderr


def test_bins_of_a_card_scale_with_forms(germane, tmp_path):
    """(1 + c/2)² + 5.5 events are best at 6: c = 2 (√½ - 1); the forms are packed."""
    card = tmp_path / "card.txt"
    card.write_text(CARD)
    entry = {"channel": "a", "process": "S", "parameters": ["c[0,-5,5]", "SM[1]"], "scaling": [[0.25, 0.5, 1]]}
    (tmp_path / "forms.json.gz").write_bytes(gzip.compress(json.dumps([entry]).encode()))
    model = "HiggsAnalysis.CombinedLimit.InterferenceModels:interferenceModel --PO verbose --PO scalingData="
    fit = document(germane, "fit", card, "--physics", f"{model}{tmp_path}/forms.json.gz")
    assert fit["parameters"][0]["name"] == "c"
    assert fit["parameters"][0]["value"] == pytest.approx(2 * (np.sqrt(0.5) - 1), abs=1e-7)
    (tmp_path / "forms.json").write_text(json.dumps([{**entry, "channel": "b"}]))
    done = germane("fit", card, "--physics", f"{model}{tmp_path}/forms.json")
    assert done.returncode == 6
    assert "the card has no channel `b`" in done.stderr
    assert "forms.json:1:2" in done.stderr
    assert germane("fit", card, "--physics", f"{model}{tmp_path}/none.json").returncode == 4


def test_combined_cards_take_options(germane, tmp_path):
    """A physics model for all cards of a map, a mask for one."""
    for name, text in [("two.txt", TWO_CHANNELS), ("one.txt", CARD)]:
        (tmp_path / name).write_text(text)
    text = "germane: 1\nmodels: {A: one.txt, B: two.txt}\ncorrelations: {default: same}\n"
    (tmp_path / "map.yaml").write_text(text)
    physics = ("--physics", "multiSignalModel map=.*/S:mu[1,0,10]")
    found = document(germane, "combine", tmp_path / "map.yaml", *physics, "--mask", "B:b")
    # Twice the same count.
    parameters = found["fits"]["given"]["parameters"]
    assert {p["name"]: round(p["value"], 6) for p in parameters} == {"mu": 0.5, "sys": 0}


def test_shapes_of_a_card_may_be_densities(germane, tmp_path):
    """Ten events of strength r, flat in x, of which six were seen: r = 0.6 ± √6/10, and q0 = 2 (6 ln 0.6 - 6 + 10) at r = 1."""
    axis = {"name": "x", "min": 0, "max": 2}
    point = {"name": "default_values", "parameters": [{"name": "unused", "value": 1}]}
    flat = {
        "metadata": {"hs3_version": "0.2"},
        "distributions": [{"name": "S", "type": "uniform_dist", "x": "x"}],
        "data": [{"name": "data_obs", "type": "unbinned", "axes": [axis], "entries": [[0.1 * k] for k in range(6)]}],
        "parameter_points": [point],
    }
    (tmp_path / "flat.json").write_text(json.dumps(flat))
    card = tmp_path / "card.txt"
    text = "shapes * a flat.json $PROCESS\nbin a\nobservation -1\nbin a\nprocess S\nprocess 0\nrate 10\n"
    card.write_text(text)
    strength = document(germane, "fit", card)["parameters"][0]
    assert (strength["name"], round(strength["value"], 7)) == ("r", 0.6)
    assert strength["error"] == pytest.approx(np.sqrt(6) / 10, rel=1e-6)
    heights = [document(germane, "fit", card, "--fix", f"r={r}")["nll"] for r in (1, 0.6)]
    assert heights[0] - heights[1] == pytest.approx(10 - 6 + 6 * np.log(0.6), abs=1e-9)
    assert document(germane, "inspect", card)["format"] == "datacard"
    card.write_text(text.replace("$PROCESS", "$PROCES"))
    done = germane("fit", card)
    assert done.returncode == 6
    assert "nothing is known for the keyword `$PROCES`" in done.stderr
    done = germane("convert", card, "--to", "pyhf")
    assert done.returncode == 6
