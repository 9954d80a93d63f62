"""Fit of an exported HistFactory workspace by pyhf and iminuit.

usage: templates.py WORKSPACE.json [DATA.json]; without data the Asimov data of the start values are fitted.
DATA.json is {"main": counts with channels by name, "auxiliary": {parameter: value}}, vectors as name[i].
Prints one JSON document. Nothing here knows of germane.
"""

import json
import sys

import numpy as np
import pyhf


def ordered(model, data):
    """Main and auxiliary data in the order of pyhf."""
    entries = [name for name in model.config.par_names if name in data["auxiliary"]]
    names = [e for name in model.config.auxdata_order for e in entries if e == name or e.startswith(f"{name}[")]
    return [*data["main"], *(data["auxiliary"][name] for name in names)]


def main(workspace_path, data_path=None):
    """Minimum, errors and -ln L with every constant."""
    with open(workspace_path) as file:
        workspace = pyhf.Workspace(json.load(file))
    model = workspace.model()
    start = model.config.suggested_init()
    if data_path is None:
        data = np.asarray(model.expected_data(start)).tolist()
    else:
        with open(data_path) as file:
            data = ordered(model, json.load(file))
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(errordef=0.5, strategy=2, tolerance=1e-4, maxiter=10**6))
    best, twice_nll = pyhf.infer.mle.fit(data, model, return_uncertainties=True, return_fitted_val=True)
    best = np.asarray(best)
    return {
        "names": list(model.config.par_names),
        "start": list(start),
        "data": data,
        "values": best[:, 0].tolist(),
        "errors": best[:, 1].tolist(),
        "nll": float(twice_nll) / 2,
        "nll_at_start": -float(model.logpdf(start, data)[0]),
        "observations": workspace.data(model, include_auxdata=False),
    }


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
