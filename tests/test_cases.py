"""Cases that users of the peers ran into, through the command. Each names the public thread it comes from."""

import json
import shutil

import pytest
from house import read


@pytest.fixture
def case(shared, tmp_path):
    """Put inputs of the cases, and an analysis file, into a new folder."""

    def write(*names, analysis=None):
        for name in names:
            shutil.copy(shared / "cases" / "inputs" / name, tmp_path / name)
        if analysis is not None:
            (tmp_path / "analysis.yaml").write_text(analysis)
        return tmp_path

    return write


@pytest.fixture
def expected(shared):
    return read(shared / "cases" / "expected.json")


def refused(done, exit_code, *texts):
    """A refusal: its exit code, all texts in the message, short, no traceback of any language."""
    assert done.returncode == exit_code, (done.returncode, done.stderr)
    for text in texts:
        assert text in done.stderr, (text, done.stderr)
    assert "panicked" not in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def column(germane, file, table, expression, cwd):
    done = germane("show", file, table, "--expr", expression, "--rows", "0:1000", "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    (values,) = (c["values"] for c in json.loads(done.stdout)["columns"].values())
    return values


def histogram(bins, fill, files, cuts, more=""):
    return f"""\
germane: 1
datasets:
  Z: {{files: [{files}], tree: events{more}}}
regions:
  all: {json.dumps(cuts)}
histograms:
  h: {{fill: {json.dumps(fill)}, axis: {bins}, regions: [all]}}
"""


# scikit-hep/uproot5#1243, uproot3#205
def test_r03_branch_without_baskets_leaves_the_tree_readable(germane, case, expected):
    folder = case("short_branch.root")
    assert sum(column(germane, "short_branch.root", "ntuple", "x", folder)) == expected["R03"]["x_sum"]
    done = germane("show", "short_branch.root", "ntuple", "--expr", "y", cwd=folder)
    assert done.returncode in {4, 6}
    for text in ("short_branch.root", "ntuple/y", "0 of 18"):
        assert text in done.stderr, done.stderr
    listed = germane("ls", "short_branch.root", cwd=folder)
    assert listed.returncode == 0
    line = next(line for line in listed.stdout.splitlines() if line.split()[:1] == ["y"])
    assert "0" in line
    assert "18" in line


# scikit-hep/uproot5#263, #1554, uproot3#388
def test_r04_column_missing_in_one_of_two_files(germane, case):
    analysis = histogram("[3, -1.5, 1.5]", "q2", "good.root, no_q2.root", ["m > 0"])
    folder = case("good.root", "no_q2.root", analysis=analysis)
    refused(germane("run", "analysis.yaml", "-o", "out", cwd=folder), 4, "q2", "no_q2.root", "1 of 2 files")
    assert not (folder / "out" / "result.json").exists()


def test_r04_missing_null_keeps_all_rows(germane, case):
    analysis = histogram("[3, -1.5, 1.5]", "q2", "good.root, no_q2.root", ["m > -inf"], ", missing: null")
    folder = case("good.root", "no_q2.root", analysis=analysis)
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    result = read(folder / "out" / "result.json")
    assert result["cutflow"][0]["steps"][-1]["entries"] == 600
    assert result["histograms"]["h"]["entries"] == 500
    assert result["histograms"]["h"]["nulls"] == 100


# root-project/root#3696, #1700, uproot5#282
def test_r10_dots_in_names_are_usable_and_never_ambiguous(germane, case, expected):
    folder = case("colon_dots.root")
    for name in ("jet.pt", "jet.a.b", "jet"):
        values = column(germane, "colon_dots.root", "RNT:tree", f'column("{name}")', folder)
        assert sum(values) == expected["R10"][f"sum {name}"]
    passed = germane(
        "show", "colon_dots.root", "RNT:tree", "--expr", "jet", "--where", 'column("jet.pt") > 1', "--json", cwd=folder
    )
    assert passed.returncode == 0, passed.stderr


# scikit-hep/awkward-0.x#158
def test_e04_leading_object_of_empty_events_is_missing(germane, case, expected):
    folder = case("jets.root")
    leading = column(germane, "jets.root", "events", "max(Jet_pt)", folder)
    present = [value for value in leading if value is not None]
    assert len(leading) == 200
    assert len(present) == expected["E04"]["events_with_a_jet"]
    # Two hundred additions of values with three decimals.
    assert sum(present) == pytest.approx(expected["E04"]["sum_of_leading_pt"], rel=1e-12)


# root-project/root#22710
def test_e06_integer_is_no_cut(germane, case):
    folder = case("good.root", "bad_cut_integer.yaml")
    message = refused(germane("run", "bad_cut_integer.yaml", "-o", "out", cwd=folder), 6, "bad_cut_integer.yaml", "<")
    assert "q1*q2<<0" in message
    assert "^" in message
    assert len(message.strip().splitlines()) <= 8
    assert not (folder / "out" / "result.json").exists()


def test_e06_comparison_is_a_cut(germane, case, expected):
    folder = case("good.root", analysis=histogram("[60, 60, 120]", "m", "good.root", ["q1*q2<0"]))
    done = germane("run", "analysis.yaml", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    steps = read(folder / "out" / "result.json")["cutflow"][0]["steps"]
    assert [step["entries"] for step in steps] == [expected["E06"]["entries"], expected["E06"]["q1*q2<0"]]


# scikit-hep/pyhf#2379
def test_l01_factor_zero_is_refused_before_the_fit(germane, case):
    folder = case("ws_lo_zero.json")
    message = refused(germane("fit", "ws_lo_zero.json", cwd=folder), 6, "ws_lo_zero.json", "SR", "background", "half_known")
    assert "ws_lo_zero.json:" in message


# scikit-hep/pyhf#763
def test_l07_one_name_with_two_meanings_is_refused_with_both_places(germane, case):
    folder = case("ws_a.json", "ws_b.json", "ws_ab.json")
    text = (folder / "ws_ab.json").read_text().splitlines()
    first, second = (line + 1 for line, content in enumerate(text) if '"tune"' in content)
    message = refused(germane("fit", "ws_ab.json", cwd=folder), 6, "`tune`", "shapesys", "histosys", "channel `A`", "channel `B`")
    assert f"ws_ab.json:{second}:" in message
    assert f"{first} |" in message
    rules = {
        "default: same": ("`tune`", "shapesys", "histosys", "channel `A`", "channel `B`"),
        "same: [[A.tune, B.tune]], default: same": ("B.tune", "tune[0]", "normal constraint", "Poisson constraint"),
        "": ("several models have `mu`", "no rule"),
    }
    for rule, words in rules.items():
        (folder / "map.yaml").write_text(f"germane: 1\nmodels: {{A: ws_a.json, B: ws_b.json}}\ncorrelations: {{{rule}}}\n")
        refused(germane("combine", "map.yaml", "-o", "joint.json", cwd=folder), 6, *words)
        assert not (folder / "joint.json").exists()


# pyhf 0.7.6
def test_l08_parameter_of_the_measurement_that_does_not_exist(germane, case):
    folder = case("ws_parameter_typo.json")
    refused(germane("fit", "ws_parameter_typo.json", cwd=folder), 6, "bkg_nrom", "bkg_norm", "ws_parameter_typo.json:")


# CoffeaTeam/coffea#1382, #1446, #375
def test_s01_bad_files_stop_the_run_and_are_all_listed(germane, case):
    folder = case(*BAD, analysis=histogram("[60, 60, 120]", "m", ", ".join(BAD), ["m > 0"]))
    refused(germane("run", "analysis.yaml", "-o", "out", cwd=folder), 4, "cut_in_half.root", "no_tree.root")
    assert not (folder / "out" / "result.json").exists()


def test_s01_allowed_bad_files_are_left_out_whole_and_listed(germane, case):
    folder = case(*BAD, analysis=histogram("[60, 60, 120]", "m", ", ".join(BAD), ["m > 0"]))
    done = germane("run", "analysis.yaml", "-o", "out", "--allow-bad-files", cwd=folder)
    assert done.returncode == 3, done.stderr
    report = read(folder / "out" / "report.json")
    assert {excluded["url"] for excluded in report["excluded"]} == {"cut_in_half.root", "no_tree.root"}
    assert all(excluded["reason"] for excluded in report["excluded"])
    result = read(folder / "out" / "result.json")
    assert result["inputs"]["Z"]["entries"] == 500
    alone = case(analysis=histogram("[60, 60, 120]", "m", "good.root", ["m > 0"]))
    assert germane("run", "analysis.yaml", "-o", "alone", cwd=alone).returncode == 0
    assert read(folder / "out" / "histograms" / "h.json") == read(folder / "alone" / "histograms" / "h.json")


BAD = ("good.root", "cut_in_half.root", "no_tree.root")


# pyhf's command
def test_c01_trailing_comma_of_a_workspace(germane, case):
    folder = case("ws_trailing_comma.json")
    message = refused(
        germane("fit", "ws_trailing_comma.json", cwd=folder), 6, "ws_trailing_comma.json:46:20", "trailing comma", "^"
    )
    assert len(message.strip().splitlines()) <= 8


# pyhf's command
def test_c02_both_mistyped_modifiers_are_named(germane, case):
    folder = case("ws_modifier_typo.json")
    message = refused(germane("fit", "ws_modifier_typo.json", cwd=folder), 6, "normfacto", "normfactor", "normsyst", "normsys")
    assert message.count("ws_modifier_typo.json:") == 2
