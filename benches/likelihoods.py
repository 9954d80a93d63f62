"""Fits and limits beside pyhf with iminuit, NextStat and cabinetry, in one run: minima compared first, CPU seconds of one thread.

usage: likelihoods.py [big] [public] [toys] [--parameters 100 1000 3000 10000] [--seconds 120] [--repeats 3] [--out BENCHMARKS.md]

Each part has a section of its own in BENCHMARKS.md. The models come from the shared folder; without it nothing is run. A peer
that needs longer than `--seconds` is stopped and gets no larger models.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
sys.path.insert(0, str(HERE))

import pulses  # noqa: E402
from run import kernel, put  # noqa: E402

PUBLIC = {
    "susy-2018-14": None,
    "susy-2018-31-A": "signal_300_100",
    "susy-2018-16-ewkinos": "signal_300_100",
    "susy-2019-09-offshell": "signal_300_100",
}
PEERS = ["pyhf", "nextstat"]


def timed(work, repeats=1):
    """Least CPU seconds of some calls, and what the last one returned."""
    best, found = float("inf"), None
    for _ in range(repeats):
        begun = time.process_time()
        found = work()
        best = min(best, time.process_time() - begun)
    return best, found


def worker(engine, path, repeats):
    """In a process of its own: seconds to read and compile, to fit, the minimum, and what else the engine tells."""
    text = Path(path).read_text()
    if engine == "germane":
        import germane as ge

        read, model = timed(lambda: ge.Model.from_pyhf(path))
        fit, found = timed(model.fit, repeats)
        certificate = found.certificate
        best = [found.values[name] for name in model.names]
        more = {
            "parameters": len(model.names),
            "bins": sum(model.channels.values()),
            "iterations": certificate["iterations"],
            "gradient": float(abs(model.grad(best)).max()) if not found.reason else None,
            "edm": found.edm,
        }
        nll, valid = found.nll, found.valid
    elif engine == "pyhf":
        import pyhf

        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-3))
        made = {}

        def build():
            workspace = pyhf.Workspace(json.loads(text))
            made["model"] = workspace.model()
            made["data"] = workspace.data(made["model"])

        read, _ = timed(build)
        fit, (_, twice) = timed(
            lambda: pyhf.infer.mle.fit(made["data"], made["model"], return_fitted_val=True, return_uncertainties=True), repeats
        )
        nll, valid, more = float(twice) / 2, True, {}
    else:
        import nextstat

        read, model = timed(lambda: nextstat.from_pyhf(text))
        fit, found = timed(lambda: nextstat.fit(model), repeats)
        nll, valid, more = found.nll, bool(found.converged), {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"read": read, "fit": fit, "nll": nll, "valid": valid, "peak": peak, **more}))


def run(engine, path, repeats, seconds):
    """The document of a worker, or None if it needed too long or failed."""
    command = [sys.executable, __file__, "--worker", engine, str(path), str(repeats)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GERMANE_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"not done in {seconds:.0f} s"
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else "fails"


def beside(path, repeats, seconds, skipped):
    """Results of all engines; their minima are compared, and a worse one is told as such."""
    found = {"germane": run("germane", path, repeats, 600)}
    for engine in PEERS:
        if find_spec(engine) is None:
            found[engine] = "not installed"
        elif engine in skipped:
            found[engine] = skipped[engine]
        else:
            found[engine] = run(engine, path, 1, seconds)
            if isinstance(found[engine], str):
                skipped[engine] = "not run"
    ours = found["germane"]
    if isinstance(ours, str):
        raise SystemExit(f"{path.name}: {ours}")
    for engine in PEERS:
        if isinstance(found[engine], dict) and found[engine]["nll"] < ours["nll"] - 1e-7:
            raise SystemExit(f"{path.name}: {engine} has a lower minimum ({found[engine]['nll']} < {ours['nll']})")
    return found


def cell(found, ours):
    """Seconds, the ratio, and how far above our minimum."""
    if isinstance(found, str):
        return found
    above = found["nll"] - ours["nll"]
    state = "" if found["valid"] else ", not converged"
    return f"{found['fit']:.3g} ({found['fit'] / ours['fit']:.0f} ×, +{above:.0e}{state})"


def big(folder, parameters, repeats, seconds, refs):
    """Rows of the large models."""
    skipped = {}
    for n in parameters:
        path = folder / f"big-{n}.json"
        if not path.exists():
            done = subprocess.run([sys.executable, refs / "make_big_model.py", str(n)], stdout=subprocess.PIPE, check=True)
            path.write_bytes(done.stdout)
        found = beside(path, repeats, seconds, skipped)
        ours = found["germane"]
        yield (
            f"| {ours['parameters']}, {ours['bins']} | {path.stat().st_size / 1e6:.1f} MB | {ours['read']:.3f}"
            f" | **{ours['fit']:.4f}**"
            f" | {ours['iterations']} | {ours['gradient']:.0e} | {ours['edm']:.0e} | {ours['peak']:.0f}"
            f" | {cell(found['pyhf'], ours)} | {cell(found['nextstat'], ours)} |"
        )


def by_cabinetry(word, path):
    """In a process of its own: CPU seconds of a limit or a ranking by cabinetry, and the observed limit or the largest impact."""
    import cabinetry

    model, data = cabinetry.model_utils.model_and_data(json.loads(Path(path).read_text()))
    if word == "limit":
        cpu, found = timed(lambda: cabinetry.fit.limit(model, data))
        answer = float(found.observed_limit)
    else:
        cpu, found = timed(lambda: cabinetry.fit.ranking(model, data))
        answer = float(max(abs(found.postfit_up).max(), abs(found.postfit_down).max()))
    print(json.dumps({"cpu": cpu, "answer": answer}))


def beside_cabinetry(word, path, ours, seconds):
    """Seconds of cabinetry and how often ours fits into them, if both find the same to the precision of cabinetry's fits."""
    if find_spec("cabinetry") is None:
        return "not installed"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = [sys.executable, __file__, "--cabinetry", word, str(path)]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"not done in {seconds:.0f} s"
    if done.returncode:
        return "fails"
    found = json.loads(done.stdout.splitlines()[-1])
    cpu, document = ours
    impacts = (abs(shift) for one in document.get("rows", []) for shift in one["postfit"])
    answer = document["observed"] if word == "limit" else max(impacts)
    # Impacts on a parameter at its bound are 0 but for rounding.
    if abs(found["answer"] - answer) > 0.01 * abs(answer) + 1e-3:
        return f"other answer: {found['answer']:.4g} for {answer:.4g}"
    return f"{found['cpu']:.3g} ({found['cpu'] / cpu:.0f} ×)"


def command(arguments):
    """CPU seconds of the command from its start to its end, and the document that it gives."""
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "germane"
    words = [str(program), *map(str, arguments), "--json"]
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "GERMANE_THREADS": "1"}, check=True
    )
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime, json.loads(done.stdout)


def patched(folder, data, name, patch):
    """File of a public likelihood with one of its signals."""
    import pyhf

    document = json.loads((data / f"{name}.json").read_text())
    patches = data / f"{name}.patchset.json"
    if patches.exists():
        patchset = pyhf.PatchSet(json.loads(patches.read_text()))
        names = [one.name for one in patchset.patches]
        document = patchset.apply(document, patch if patch in names else names[0])
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document))
    return path


def public(folder, data, repeats, seconds):
    """Rows of the public likelihoods: fits beside the peers, and limits and rankings by the command as a whole."""
    for name, patch in PUBLIC.items():
        path = patched(folder, data, name, patch)
        found = beside(path, repeats, seconds, {})
        ours = found["germane"]
        runs = {word: [command([word, path]) for _ in range(repeats)] for word in ("limit", "rank")}
        middle = {word: (statistics.median(cpu for cpu, _ in done), done[0][1]) for word, done in runs.items()}
        cabinetry = [beside_cabinetry(word, path, middle[word], seconds) for word in ("limit", "rank")]
        yield (
            f"| {name} | {ours['parameters']} | {ours['read']:.4f} | **{ours['fit']:.4f}** | {middle['limit'][0]:.3f}"
            f" | {middle['rank'][0]:.3f} | {cell(found['pyhf'], ours)} | {cell(found['nextstat'], ours)}"
            f" | {cabinetry[0]} | {cabinetry[1]} |"
        )


def thrown_by_numpy(pyhf, model, data, count):
    """p-values by pyhf's fits to toys that NumPy throws: pyhf's own calculator of toys ends with an error from NumPy 2.4 on."""
    import numpy

    config, fit = model.config, pyhf.infer.mle
    auxiliary = [config.param_set(name) for name in config.auxdata_order]
    normal = numpy.concatenate([[one.pdf_type == "normal"] * one.n_parameters for one in auxiliary])
    sigmas = numpy.concatenate([getattr(one, "sigmas", None) or [1.0] * one.n_parameters for one in auxiliary])
    random = numpy.random.default_rng(1)

    def statistic(counts):
        best, lowest = fit.fit(counts, model, return_fitted_val=True)
        _, held = fit.fixed_poi_fit(1.0, counts, model, return_fitted_val=True)
        return 0.0 if best[config.poi_index] > 1.0 else max(0.0, float(held) - float(lowest))

    observed, tails = statistic(data), []
    for signal in (1.0, 0.0):
        expected = numpy.asarray(model.expected_data(fit.fixed_poi_fit(signal, data, model)))
        main, aux = expected[: config.nmaindata], expected[config.nmaindata :]
        above = 0
        for _ in range(count):
            measured = numpy.where(normal, random.normal(aux, sigmas), random.poisson(numpy.abs(aux)))
            above += statistic(numpy.concatenate([random.poisson(main), measured])) >= observed - 1e-9
        tails.append(above / count)
    return tails


def thrown(engine, path, count):
    """In a process of its own: CPU seconds of toys of q~ at a signal of 1, half with it and half without, and both p-values."""
    text = Path(path).read_text()
    if engine == "pyhf":
        import pyhf

        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer())
        workspace = pyhf.Workspace(json.loads(text))
        model = workspace.model()
        data = workspace.data(model)
        cpu, (signal, background) = timed(lambda: thrown_by_numpy(pyhf, model, data, count // 2))
    else:
        import nextstat

        model = nextstat.from_pyhf(text)
        cpu, (_, (signal, background)) = timed(
            lambda: nextstat.hypotest_toys(1.0, model, n_toys=count // 2, seed=1, return_tail_probs=True)
        )
    print(json.dumps({"cpu": cpu, "p": [signal, background], "toys": count}))


def toys(folder, data, refs):
    """Rows of toys: by the command as a whole beside fewer of the peers, whose p-values must agree within the error of theirs."""
    big = folder / "big-100.json"
    big.write_bytes(
        subprocess.run([sys.executable, refs / "make_big_model.py", "100"], stdout=subprocess.PIPE, check=True).stdout
    )
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "germane"
    for name, path, counts in (
        ("susy-2018-14", patched(folder, data, "susy-2018-14", None), {"pyhf": 400, "nextstat": 2000}),
        ("big_models, 100", big, {"nextstat": 20}),
    ):
        words = [program, "toys", path, "--value", "1", "--toys", "10000", "--json"]
        begun, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        wall, ended = time.monotonic() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
        document = json.loads(done.stdout)
        failed = sum(sum(document[side]["failed"].values()) for side in ("signal", "background"))
        cells = []
        for engine in PEERS:
            if engine not in counts or find_spec(engine) is None:
                cells.append("not run")
                continue
            command = [sys.executable, __file__, "--toys", engine, str(path), str(counts[engine])]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
            if done.returncode:
                cells.append("fails")
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            for p, side in zip(found["p"], ("signal", "background"), strict=True):
                ours = document[side]["ratio"]
                if abs(p - ours) > 5 * (max(ours * (1 - ours), 0.01) / (found["toys"] / 2)) ** 0.5:
                    cells.append(f"other p-value: {p:.3f} for {ours:.3f}")
                    break
            else:
                each = found["cpu"] / found["toys"]
                cells.append(f"{found['toys']}: {found['cpu']:.3g} ({each / (cpu / 20000):.0f} × a toy)")
        parameters = len(
            json.loads(subprocess.run([program, "fit", path, "--json"], stdout=subprocess.PIPE).stdout)["parameters"]
        )
        yield f"| {name} | {parameters} | 20000 | **{cpu:.2f}** | {wall:.2f} | {failed} | {cells[0]} | {cells[1]} |"


def main():
    """Measure the parts and put each between its markers of the file."""
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        worker(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    if len(sys.argv) > 1 and sys.argv[1] == "--cabinetry":
        by_cabinetry(sys.argv[2], sys.argv[3])
        return
    if len(sys.argv) > 1 and sys.argv[1] == "--toys":
        thrown(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--parameters", type=int, nargs="+", default=[100, 1000, 3000, 10000])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    options = parser.parse_args()
    shared = pulses.shared()
    refs, data = (shared / part / "statistics" for part in ("refs", "data")) if shared else (None, None)
    if refs is None or not refs.is_dir():
        print("not run: likelihoods (no models)")
        return
    from importlib.metadata import version

    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    engines = ("germane", "pyhf", "iminuit", "nextstat", "cabinetry")
    names = ", ".join(f"{name} {version(name)}" for name in engines if find_spec(name))
    head = f"{time.strftime('%Y-%m-%d')}, {kernel()}, {os.cpu_count()} cores, one thread, CPU seconds; {names}."
    note = "Beside a peer's seconds: how often ours fits into them, and how far its -ln L ends above ours."
    tables = {
        "big": (
            "| parameters, bins | JSON | read and compiled | fit with errors | iterations | largest gradient | EDM | peak, MiB"
            " | pyhf, iminuit | NextStat |",
            lambda: big(folder, options.parameters, options.repeats, options.seconds, refs),
        ),
        "public": (
            "| likelihood | parameters | read and compiled | fit with covariance | `germane limit` | `germane rank`"
            " | pyhf, iminuit: fit | NextStat: fit | cabinetry: limit | cabinetry: ranking |",
            lambda: public(folder, data / "pyhf", options.repeats, options.seconds),
        ),
        "toys": (
            "| model | parameters | toys | CPU s | wall s, all cores | failed | pyhf, iminuit | NextStat |",
            lambda: toys(folder, data / "pyhf", refs),
        ),
    }
    for part, (columns, rows) in tables.items():
        if options.parts and part not in options.parts:
            continue
        lines = [f"{head} {note}", "", columns, "|---|---" + "|---:" * (columns.count("|") - 3) + "|"]
        print("\n".join(lines[2:]))
        for row in rows():
            print(row, flush=True)
            lines.append(row)
        begin, end = (f"<!-- made by benches/likelihoods.py, {part}: {word} -->" for word in ("begin", "end"))
        put(options.out, begin, end, lines)


if __name__ == "__main__":
    main()
