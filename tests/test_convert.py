"""`germane convert` beside pyhf: its own operations on workspaces, and its import of HistFactory's XML."""

import json
import warnings

import numpy as np
import pytest
from test_models_read_by_peers import counting, ours, probes, rich
from test_statistics import workspace


def quiet(function, *arguments, **options):
    """A call of pyhf without the warnings that jsonschema has for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


@pytest.fixture
def convert(germane, tmp_path):
    """Convert documents (a workspace or a text by name) and give the document that comes out."""

    def run(files, *options, code=0):
        for name, content in files.items():
            (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
        done = germane("convert", *files, *options, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr

    return run


def test_prune_and_rename_as_pyhf(convert):
    """Channels, samples, modifiers, types and measurements."""
    import pyhf

    spec = rich()
    theirs = quiet(pyhf.Workspace, spec)
    cases = [
        (["modifier:scale", "sample:free t#bar{t}"], {"modifiers": ["scale"], "samples": ["free t#bar{t}"]}),
        (["type:staterror", "type:histosys"], {"modifier_types": ["staterror", "histosys"]}),
        (["channel:CR-low"], {"channels": ["CR-low"]}),
    ]
    for drops, options in cases:
        found = convert({"ws.json": spec}, *(text for drop in drops for text in ("--drop", drop)))
        expected = json.loads(json.dumps(dict(quiet(theirs.prune, **options))))
        left = {m["name"] for c in expected["channels"] for s in c["samples"] for m in s["modifiers"]}
        for measurement in expected["measurements"]:
            # pyhf keeps settings of parameters that are gone with their samples, and cannot make a model then.
            config = measurement["config"]
            config["parameters"] = [setting for setting in config["parameters"] if setting["name"] in left]
        assert found == expected
    found = convert(
        {"ws.json": spec}, "--rename", "mu=strength", "--rename", "CR-low=control", "--rename", "sample:signal=s", "--to", "pyhf"
    )
    renames = {"modifiers": {"mu": "strength"}, "channels": {"CR-low": "control"}, "samples": {"signal": "s"}}
    assert found == json.loads(json.dumps(dict(quiet(theirs.rename, **renames))))


def test_mistaken_parts_are_told_with_the_nearest(convert):
    """A part that is not there, a name of two kinds, and types of other data."""
    spec = counting()
    assert "did you mean `scale`?" in convert({"ws.json": spec}, "--drop", "modifier:scael", code=6)
    assert "did you mean `scale`?" in convert({"ws.json": spec}, "--rename", "scael=s", code=6)
    spec["channels"][0]["samples"][0]["name"] = "scale"
    assert "write sample:scale" in convert({"ws.json": spec}, "--drop", "scale", code=6)
    assert "their data differ" in convert({"ws.json": spec}, "--rename", "type:normsys=lumi", code=6)
    assert "no OLD=NEW" in convert({"ws.json": spec}, "--rename", "scale", code=2)


def test_join_as_pyhf(convert):
    """Two workspaces with nothing in common but parameters; what is in both is refused, each."""
    import pyhf

    one, other = workspace(), counting()
    expected = quiet(pyhf.Workspace.combine, quiet(pyhf.Workspace, one), quiet(pyhf.Workspace, other))
    assert convert({"a.json": one, "b.json": other}) == json.loads(json.dumps(dict(expected)))
    message = convert({"a.json": one, "c.json": one}, code=6)
    for text in ("channel `sr`", "channel `cr`", "measurement `main`", "germane combine"):
        assert text in message


TOP = """<!DOCTYPE Combination SYSTEM 'HistFactorySchema.dtd'>
<Combination OutputFilePrefix="./results/x">
  <Input>./channel.xml</Input>
  <Measurement Name="Main" Lumi="1." LumiRelErr="0.1" ExportOnly="True">
    <POI>mu</POI>
    <ParamSetting Const="True">alpha_second</ParamSetting>
  </Measurement>
</Combination>
"""
CHANNEL = """<!DOCTYPE Channel SYSTEM 'HistFactorySchema.dtd'>
<Channel Name="SR" InputFile="./histograms.root">
  <Data HistoName="data" />
  <StatErrorConfig RelErrorThreshold="0.01" ConstraintType="STATISTICAL" />
  <Sample Name="signal" HistoName="signal" NormalizeByTheory="True">
    <NormFactor Name="mu" Val="1" Low="0" High="4" />
    <OverallSys Name="first" Low="0.9" High="1.12" />
  </Sample>
  <Sample Name="background" HistoName="background" NormalizeByTheory="True">
    <StatError Activate="True" />
    <OverallSys Name="second" Low="0.97" High="1.05" />
    <HistoSys Name="shape" HistoNameHigh="up" HistoNameLow="down" />
  </Sample>
  <Sample Name="other" HistoName="other" NormalizeByTheory="False">
    <StatError Activate="True" HistoName="relative" />
    <ShapeSys Name="own" HistoName="relative" ConstraintType="Poisson" />
  </Sample>
</Channel>
"""


@pytest.fixture
def xml(tmp_path):
    """A configuration with histograms that uproot writes."""

    def write(statistical):
        import hist
        import uproot

        histograms = {
            "data": [72, 81],
            "signal": [5, 10.5],
            "background": [50, 60.25],
            "up": [55, 58.5],
            "down": [47, 62],
            "other": [12, 9],
            "relative": [0.125, 0.25],
        }
        with uproot.recreate(tmp_path / "histograms.root") as file:
            for name, contents in histograms.items():
                filled = hist.Hist(hist.axis.Regular(2, 0, 2), storage=hist.storage.Weight())
                filled.values()[:], filled.variances()[:] = contents, np.asarray(contents) * 1.5
                file[name] = filled
        (tmp_path / "top.xml").write_text(TOP)
        (tmp_path / "channel.xml").write_text(CHANNEL.replace("STATISTICAL", statistical))
        return tmp_path

    return write


def test_xml_as_pyhf_imports_it(germane, xml):
    """-ln L of our workspace is that of pyhf's own import, at every probe."""
    import pyhf.readxml

    folder = xml("Gaussian")
    done = germane("convert", "top.xml", "--to", "pyhf", "-o", "ws.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    spec = json.loads((folder / "ws.json").read_text())
    imported = quiet(pyhf.readxml.parse, folder / "top.xml", folder, validation_as_error=False)
    # pyhf calls the luminosity `lumi`, too, and keeps the names of the XML; the order is its own.
    mine, theirs = probes(spec), probes(imported)
    assert set(mine[0][0]) == set(theirs[0][0])
    for values, value in mine:
        assert at(imported, values) == pytest.approx(value, rel=1e-10)
        assert ours(germane, folder / "ws.json", values) == pytest.approx(value, rel=1e-12)
    assert [(p, v) for p, v in mine[0][0].items() if p == "second"] == [("second", 0.0)]


def at(spec, values):
    """pyhf's -ln L of a workspace at values by name."""
    import pyhf

    loaded = quiet(pyhf.Workspace, spec)
    model = quiet(loaded.model)
    x = []
    for name in model.config.par_order:
        slice_ = model.config.par_slice(name)
        x += [values[name]] if name in values else [values[f"{name}[{i}]"] for i in range(slice_.stop - slice_.start)]
    return -float(model.logpdf(x, loaded.data(model))[0])


def test_what_is_lost_is_told_and_refused(germane, xml):
    """A Poisson constraint that several samples share: nothing is written without --lossy."""
    folder = xml("Poisson")
    done = germane("convert", "top.xml", "--to", "pyhf", "-o", "ws.json", cwd=folder)
    assert done.returncode == 6
    assert not (folder / "ws.json").exists()
    for text in ("channel.xml:2:", "Poisson constraint of the statistical uncertainties of channel `SR`", "--lossy"):
        assert text in done.stderr
    done = germane("convert", "top.xml", "--to", "pyhf", "-o", "ws.json", "--lossy", cwd=folder)
    assert done.returncode == 0
    assert "Poisson constraint" in done.stderr
    assert json.loads((folder / "ws.json").read_text())["channels"][0]["name"] == "SR"


def exact():
    """What a card can say without loss: factors, luminosity, statistics, whole Poisson data, one symmetric template."""
    mu = {"name": "mu", "type": "normfactor", "data": None}
    scale = {"name": "k_bkg", "type": "normfactor", "data": None}
    lumi = {"name": "lumi", "type": "lumi", "data": None}
    shape = {"name": "slope", "type": "histosys", "data": {"hi_data": [44, 33], "lo_data": [36, 27]}}
    stat = {"name": "staterror_SR", "type": "staterror"}
    signal = {"name": "signal", "data": [5, 7.5], "modifiers": [mu, lumi, {**stat, "data": [0.5, 0.25]}]}
    background = {"name": "background", "data": [40, 30], "modifiers": [scale, {**stat, "data": [2, 1.5]}, shape]}
    # (100 / 10)² and (50 / 12.5)² events are whole.
    counted = {"name": "cr_count", "type": "shapesys", "data": [10, 12.5]}
    control = {"name": "background", "data": [100, 50], "modifiers": [scale, counted]}
    free = {"name": "other", "data": [3, 4], "modifiers": [{"name": "free", "type": "shapefactor", "data": None}]}
    parameters = [
        {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.5, 1.5]], "inits": [1.0]},
        {"name": "k_bkg", "bounds": [[0.2, 3]], "inits": [1.1]},
    ]
    return {
        "channels": [{"name": "SR", "samples": [signal, background]}, {"name": "CR", "samples": [control, free]}],
        "observations": [{"name": "SR", "data": [48, 35]}, {"name": "CR", "data": [108, 49]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": parameters}}],
        "version": "1.0.0",
    }


def on_card(name):
    """The name of a parameter on the card, where a bin is a channel."""
    if name == "mu":
        return "r"
    vector, _, entry = name.partition("[")
    channels = {"staterror_SR": "SR", "cr_count": "CR"}
    bin_ = entry.rstrip("]")
    if vector in channels:
        return f"{vector}_{channels[vector]}_bin{bin_}"
    return f"{vector}_bin{bin_}" if bin_ else vector


def test_datacard_and_back_is_the_same_likelihood(germane, tmp_path):
    """Differences of -ln L by pyhf are those of our card, and of the workspace that the card becomes."""
    spec = exact()
    (tmp_path / "ws.json").write_text(json.dumps(spec))
    for source, target in [("ws.json", "card.txt"), ("card.txt", "back.json")]:
        to = "pyhf" if target.endswith("json") else "datacard"
        done = germane("convert", source, "--to", to, "-o", target, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    back = json.loads((tmp_path / "back.json").read_text())
    # What a count is worth on the card, and the width of a factor 1 + vθ there.
    counts = {"cr_count[0]": 100.0, "cr_count[1]": 16.0}
    widths = {"lumi": 0.02}
    for bin_, errors, total in [(0, (0.5, 2), 45), (1, (0.25, 1.5), 37.5)]:
        widths[f"staterror_SR[{bin_}]"] = np.hypot(*errors) / total
    heights = []
    for values, theirs in probes(spec):
        card, again = {}, {}
        for name, value in values.items():
            moved = counts[name] * value if name in counts else value
            moved = (value - 1) / widths[name] if name in widths else moved
            card[on_card(name)] = moved
            vector = name.startswith(("staterror", "cr_count"))
            again[f"{on_card(name)}[0]" if vector else on_card(name)] = value
        heights.append((theirs, ours(germane, tmp_path / "card.txt", card), at(back, again)))
    assert heights[1][0] != heights[0][0]
    for point in heights[1:]:
        for one in (1, 2):
            rise = point[one] - heights[0][one]
            assert rise == pytest.approx(point[0] - heights[0][0], abs=1e-10)


def test_losses_of_a_datacard(germane, tmp_path):
    """Item by item, and nothing written; with --lossy the numbers of the systematics come back."""
    spec = workspace()
    (tmp_path / "ws.json").write_text(json.dumps(spec))
    done = germane("convert", "ws.json", "-o", "card.txt", cwd=tmp_path)
    assert done.returncode == 6
    assert not (tmp_path / "card.txt").exists()
    for text in ("`scale`", "`slope`", "lnN", "Poisson datum 544", "--lossy"):
        assert text in done.stderr
    assert germane("convert", "ws.json", "-o", "card.txt", "--lossy", cwd=tmp_path).returncode == 0
    done = germane("convert", "card.txt", "--to", "pyhf", "--lossy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "how lnN `scale` is interpolated" in done.stderr
    back = json.loads(done.stdout)
    scales = [m for c in back["channels"] for s in c["samples"] for m in s["modifiers"] if m["name"] == "scale"]
    assert {(m["type"], m["data"]["hi"], m["data"]["lo"]) for m in scales} == {("normsys", 1.08, 0.94)}
    assert [c["name"] for c in back["channels"]] == ["cr_bin0", "cr_bin1", "sr_bin0", "sr_bin1", "sr_bin2"]
    done = germane("convert", "ws.json", "--to", "histfactory", cwd=tmp_path)
    assert done.returncode == 2
    assert "-o FOLDER/" in done.stderr


def test_cards_are_converted_with_their_options(germane, tmp_path):
    """The parameter of interest is that of the physics model; a masked channel is not there."""
    (tmp_path / "card.txt").write_text(
        "bin a b\nobservation 6 9\nbin a a b b\nprocess S B S B\nprocess 0 1 0 1\nrate 1 5.5 2 7\nt trG - 0.1 - -\n"
    )
    physics = ("--physics", "multiSignalModel map=.*/S:mu[2,0,10]")
    done = germane("convert", "card.txt", "--to", "pyhf", "--mask", "b", *physics, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [channel["name"] for channel in found["channels"]] == ["a"]
    config = found["measurements"][0]["config"]
    assert config["poi"] == "mu"
    assert [(p["name"], p["inits"], p["bounds"]) for p in config["parameters"]] == [("mu", [2.0], [[0.0, 10.0]])]
