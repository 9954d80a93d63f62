"""The same bits: after SIGKILL at random moments, on any number of threads, with any partition size."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from house import ROOT, read

EVENTS, CLUSTER = 20_000, 500
# How a run went, not what it found: times, threads, which partials came from the cache.
ABOUT_THE_RUN = {"report.json", "report.html", "provenance.json"}


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """examples/hzz on a file with forty clusters, a table of its events beside."""
    folder = tmp_path_factory.mktemp("tiled")
    tile = ROOT / "tests" / "peers" / "tile.py"
    done = subprocess.run([sys.executable, str(tile), str(folder / "tiled.root"), str(EVENTS), str(CLUSTER)], check=False)
    assert done.returncode == 0
    text = (ROOT / "examples" / "hzz" / "analysis.yaml").read_text().replace("../data/uproot-HZZ.root", "tiled.root")
    path = folder / "analysis.yaml"
    path.write_text(f"{text}\ntables: {{selected: {{region: few_jets, columns: [ht, jets.pt], to: selected.json}}}}\n")
    return path


def products(folder: Path) -> dict[str, bytes]:
    """Bytes of every product by its name; `.germane` holds what has no final name yet."""
    files = {str(f.relative_to(folder)): f for f in sorted(folder.rglob("*")) if f.is_file()}
    named = {name: f for name, f in files.items() if name not in ABOUT_THE_RUN and not name.startswith(".germane/")}
    return {name: f.read_bytes() for name, f in named.items()}


@pytest.fixture(scope="module")
def reference(germane, analysis, tmp_path_factory):
    """Products of an undisturbed run on one thread, and how long it took."""
    folder = tmp_path_factory.mktemp("reference")
    begun = time.monotonic()
    done = germane(
        "run", analysis, "-o", folder / "out", "--cache", folder / "cache", "--threads", 1, "--partition-size", "20KiB"
    )
    assert done.returncode == 0, done.stderr
    return products(folder / "out"), time.monotonic() - begun


def test_killed_runs_resume_to_the_same_bits(germane, germane_path, analysis, reference, tmp_path):
    expected, duration = reference
    moments = random.Random(8)
    killed = 0
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        options = ["-o", folder / "out", "--cache", folder / "cache", "--threads", "2", "--partition-size", "20KiB"]
        process = subprocess.Popen(
            [str(germane_path), "run", str(analysis), *map(str, options)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=moments.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        # What lies under a final name is complete, whenever the process ended.
        for name, data in products(folder / "out").items() if (folder / "out").exists() else ():
            assert data == expected[name], (attempt, name)
        done = germane("run", analysis, *options)
        assert done.returncode == 0, done.stderr
        assert products(folder / "out") == expected, attempt
    assert killed >= 5, "the moments must fall into the run"


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("size", ["1KiB", "100KiB", "64MiB"])
def test_threads_and_partition_sizes_change_no_bit(germane, analysis, reference, tmp_path, threads, size):
    options = ["-o", tmp_path / "out", "--cache", tmp_path / "cache", "--threads", threads, "--partition-size", size]
    done = germane("run", analysis, *options)
    assert done.returncode == 0, done.stderr
    assert products(tmp_path / "out") == reference[0]


def test_second_run_computes_nothing(germane, analysis, tmp_path):
    options = ["-o", tmp_path / "out", "--cache", tmp_path / "cache", "--partition-size", "20KiB"]
    for cached in (False, True):
        assert germane("run", analysis, *options).returncode == 0
        partitions = read(tmp_path / "out" / "report.json")["partitions"]
        assert partitions["cached" if cached else "computed"] == partitions["total"] > 1
