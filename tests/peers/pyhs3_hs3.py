"""usage: pyhs3_hs3.py DOCUMENT.json POINTS.json     -ln L of pyhs3 of an HS3 document at points, to POINTS.json.out"""

import json
import sys
from pathlib import Path

import numpy as np
import pyhs3
import pytensor

document, points = sys.argv[1:]
text = json.loads(Path(document).read_text())
model = pyhs3.Workspace(**text).model(text["analyses"][0]["name"], progress=False)
log_prob = model.log_prob
given = {**model.data, **model.free_params}
inputs = [v for v in pytensor.graph.traversal.explicit_graph_inputs([log_prob]) if v.name]
function = pytensor.function(inputs, log_prob, on_unused_input="ignore")
values = []
for point in json.loads(Path(points).read_text()):
    at = {**given, **point}
    arguments = [
        np.broadcast_to(np.asarray(at[v.name], dtype=float), (1,) * v.ndim)
        if v.ndim and np.ndim(at[v.name]) == 0
        else np.asarray(at[v.name], dtype=float)
        for v in inputs
    ]
    values.append(-float(np.ravel(function(*arguments))[0]))
Path(f"{points}.out").write_text(json.dumps(values))
