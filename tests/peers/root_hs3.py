"""usage: root_hs3.py DOCUMENT.json POINTS.json     RooFit's -ln L of an HS3 document at points, to POINTS.json.out"""

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import ROOT  # noqa: E402

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
document, points = sys.argv[1:]
workspace = ROOT.RooWorkspace("workspace")
ROOT.RooJSONFactoryWSTool(workspace).importJSON(document)
config = workspace.obj("ModelConfig")
nll = config.GetPdf().createNLL(
    workspace.data("obsData"),
    ROOT.RooFit.GlobalObservables(config.GetGlobalObservables()),
    ROOT.RooFit.Offset("none"),
    ROOT.RooFit.EvalBackend("cpu"),
)
values = []
for point in json.loads(Path(points).read_text()):
    for name, value in point.items():
        variable = workspace.var(name)
        if not variable:
            sys.exit(f"ROOT has no variable {name}")
        variable.setVal(value)
    values.append(nll.getVal())
Path(f"{points}.out").write_text(json.dumps(values))
