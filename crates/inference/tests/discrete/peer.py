"""Makes the document of `discrete.rs` and fits it apart from germane: densities by SciPy's quadrature, minima by iminuit.

    python peer.py > numbers.json     (NumPy 2.4, SciPy 1.17, iminuit 2.33)
"""
import itertools
import json
import pathlib

import numpy as np
from iminuit import Minuit
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import norm

LOW, HIGH = 100.0, 180.0
rng = np.random.default_rng(20240611)


def events(background, falling, signal):
    tail = LOW - np.log1p(-rng.uniform(size=background) * (1 - np.exp(-(HIGH - LOW) / falling))) * falling
    return np.round(np.concatenate([tail, rng.normal(125.0, 1.5, signal)]), 3)


DATA = {"A": events(320, 28.0, 24), "B": events(90, 60.0, 9)}


def bernstein(x, c):
    t = (x - LOW) / (HIGH - LOW)
    if len(c) == 2:
        return c[0] * (1 - t) + c[1] * t
    return c[0] * (1 - t) ** 2 + 2 * c[1] * t * (1 - t) + c[2] * t**2


FUNCTIONS = {
    "A": {
        "exp_A": (lambda x, p: np.exp(-p[0] * x), [0.03]),
        "power_A": (lambda x, p: (x / 100) ** -p[0], [4.0]),
        "bern_A": (lambda x, p: bernstein(x, [1, *p]), [0.3, 0.1]),
    },
    "B": {
        "exp_B": (lambda x, p: np.exp(-p[0] * x), [0.015]),
        "bern_B": (lambda x, p: bernstein(x, [1, *p]), [0.3]),
        "flat_B": (lambda x, p: np.ones_like(x), []),
    },
}
SIGNAL = {"A": 20.0, "B": 8.0}
inside = norm.cdf(HIGH, 125, 1.5) - norm.cdf(LOW, 125, 1.5)


def nll(mu, yields, functions, parameters):
    total = 0.0
    for channel, n, (f, p0), p in zip("AB", yields, functions, parameters):
        x = DATA[channel]
        area = quad(lambda at: float(f(np.asarray(at), p)), LOW, HIGH, epsabs=0, epsrel=1e-12)[0]
        density = mu * SIGNAL[channel] * norm.pdf(x, 125, 1.5) / inside + n * f(x, p) / area
        if area <= 0 or np.any(density <= 0):
            return np.inf
        total += mu * SIGNAL[channel] + n - np.log(density).sum() + gammaln(len(x) + 1) + 0.5 * len(p0)
    return total


def fit(names, mu=None):
    functions = [FUNCTIONS["A"][names[0]], FUNCTIONS["B"][names[1]]]
    cut = len(functions[0][1])
    start = [1.0, 320.0, 90.0, *functions[0][1], *functions[1][1]]

    def cost(v):
        return nll(v[0], v[1:3], functions, [list(v[3 : 3 + cut]), list(v[3 + cut :])])

    m = Minuit(cost, start)
    m.errordef, m.strategy, m.tol = 0.5, 2, 1e-6
    m.limits = [(-5, 10), (0, None), (0, None)] + [(-1, 50)] * len(functions[0][1]) + [(-1, 50)] * len(functions[1][1])
    if mu is not None:
        m.values[0], m.fixed[0] = mu, True
    for _ in range(3):
        m.migrad()
    return float(m.fval), float(m.values[0])


def document():
    point = lambda **values: [{"name": name, "value": value} for name, value in values.items()]
    signal = lambda c: {"name": f"sig_{c}", "type": "gaussian_dist", "x": f"m_{c}", "mean": 125.0, "sigma": 1.5}
    whole = lambda c: {
        "name": f"model_{c}", "type": "mixture_dist", "summands": [f"sig_{c}", f"bkg_{c}"],
        "coefficients": [f"s_{c}", f"n_{c}"], "extended": True,
    }
    exponential = lambda c: {"name": f"exp_{c}", "type": "exponential_dist", "x": f"m_{c}", "c": f"slope_{c}"}
    bern = lambda c, *list: {"name": f"bern_{c}", "type": "bernstein_dist", "x": f"m_{c}", "coefficients": [1, *list]}
    one_of = lambda c, *list: {"name": f"bkg_{c}", "type": "one_of_dist", "index": f"pdf_{c}", "distributions": [*list]}
    distributions = [
        signal("A"), exponential("A"), bern("A", "a1", "a2"), whole("A"),
        {"name": "power_A", "type": "generic_dist", "expression": "(m_A/100)^(-power)"},
        one_of("A", "exp_A", "power_A", "bern_A"),
        signal("B"), exponential("B"), bern("B", "b1"), whole("B"), {"name": "flat_B", "type": "uniform_dist", "x": "m_B"},
        one_of("B", "exp_B", "bern_B", "flat_B"),
    ]
    data = [
        {"name": f"data_{c}", "type": "unbinned", "axes": [{"name": f"m_{c}", "min": LOW, "max": HIGH}],
         "entries": [[float(x)] for x in DATA[c]]}
        for c in "AB"
    ]
    bounds = {"mu": (-5, 10), "n_A": (0, 2000), "n_B": (0, 2000), "a1": (-1, 50), "a2": (-1, 50), "b1": (-1, 50)}
    return {
        "metadata": {"hs3_version": "0.2"},
        "distributions": distributions,
        "functions": [{"name": f"s_{c}", "type": "product", "factors": ["mu", SIGNAL[c]]} for c in "AB"],
        "data": data,
        "likelihoods": [{"name": "both", "distributions": ["model_A", "model_B"], "data": ["data_A", "data_B"]}],
        "domains": [{"name": "bounds", "type": "product_domain",
                     "axes": [{"name": name, "min": low, "max": high} for name, (low, high) in bounds.items()]}],
        "parameter_points": [{"name": "default_values", "parameters": point(
            mu=1.0, n_A=320.0, n_B=90.0, slope_A=0.03, power=4.0, a1=0.3, a2=0.1, slope_B=0.015, b1=0.3)}],
        "analyses": [{"name": "search", "likelihood": "both", "parameters_of_interest": ["mu"], "domains": ["bounds"],
                      "init": "default_values"}],
    }


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("document.json").write_text(json.dumps(document()) + "\n")
    combinations = list(itertools.product(FUNCTIONS["A"], FUNCTIONS["B"]))
    minima = {", ".join(names): fit(names) for names in combinations}
    scans = {mu: {", ".join(names): fit(names, mu)[0] for names in combinations} for mu in (0.0, 0.5, 1.5, 2.5)}
    print(json.dumps({"minima": minima, "scans": scans}, indent=1))
