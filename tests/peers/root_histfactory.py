"""usage: root_histfactory.py COMBINATION.xml POINTS.json     RooFit's -ln L at points (pyhf's names), to POINTS.json.out

The wheel of ROOT has HistFactory's classes, but not its reader of XML: elements become calls here.
"""

import json
import re
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

warnings.filterwarnings("ignore")
import ROOT  # noqa: E402

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
hf = ROOT.RooStats.HistFactory
CONSTRAINTS = {"Gaussian": hf.Constraint.Gaussian, "Poisson": hf.Constraint.Poisson}
top, points = sys.argv[1:]


def sample_of(element, file):
    """A sample with its effects."""
    sample = hf.Sample(element.get("Name"), element.get("HistoName"), file)
    sample.SetNormalizeByTheory(element.get("NormalizeByTheory") == "True")
    for effect in element:
        name = effect.get("Name")
        match effect.tag:
            case "NormFactor":
                sample.AddNormFactor(name, *(float(effect.get(key)) for key in ("Val", "Low", "High")))
            case "OverallSys":
                sample.AddOverallSys(name, float(effect.get("Low")), float(effect.get("High")))
            case "HistoSys":
                sample.AddHistoSys(name, effect.get("HistoNameLow"), file, "", effect.get("HistoNameHigh"), file, "")
            case "ShapeFactor":
                sample.AddShapeFactor(name)
            case "ShapeSys":
                sample.AddShapeSys(name, CONSTRAINTS[effect.get("ConstraintType")], effect.get("HistoName"), file, "")
            case "StatError":
                sample.ActivateStatError()
    return sample


combination = ET.parse(top).getroot()
described = combination.find("Measurement")
measurement = hf.Measurement(described.get("Name"), "")
measurement.SetLumi(float(described.get("Lumi")))
measurement.SetLumiRelErr(float(described.get("LumiRelErr")))
measurement.SetPOI(described.findtext("POI").split()[0])
for setting in described.findall("ParamSetting"):
    for name in setting.text.split():
        if setting.get("Const") == "True":
            measurement.AddConstantParam(name)
for file in combination.findall("Input"):
    root = ET.parse(file.text).getroot()
    inputs = root.get("InputFile")
    channel = hf.Channel(root.get("Name"))
    channel.SetData(root.find("Data").get("HistoName"), inputs)
    statistics = root.find("StatErrorConfig")
    channel.SetStatErrorConfig(float(statistics.get("RelErrorThreshold")), statistics.get("ConstraintType"))
    for element in root.findall("Sample"):
        channel.AddSample(sample_of(element, inputs))
    measurement.AddChannel(channel)
measurement.CollectHistograms()
workspace = hf.MakeModelAndMeasurementFast(measurement)
config = workspace.obj("ModelConfig")
nll = config.GetPdf().createNLL(
    workspace.data("obsData"),
    ROOT.RooFit.GlobalObservables(config.GetGlobalObservables()),
    ROOT.RooFit.Offset("none"),
    ROOT.RooFit.EvalBackend("cpu"),
)


def variable(name):
    """The variable of a parameter by pyhf's name."""
    vector, _, entry = name.partition("[")
    bin_ = entry.rstrip("]")
    vector = re.sub("^staterror_", "stat_", vector)
    known = ["Lumi"] if name == "lumi" else [f"gamma_{vector}_bin_{bin_}"] if entry else [name, f"alpha_{name}"]
    found = [one for one in map(workspace.var, known) if one]
    return found[0] if found else sys.exit(f"ROOT has no variable for {name}")


values = []
for point in json.loads(Path(points).read_text()):
    for name, value in point.items():
        variable(name).setVal(value)
    values.append(nll.getVal())
Path(f"{points}.out").write_text(json.dumps(values))
