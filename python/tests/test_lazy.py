"""Python's operators on lazy columns give what the text gives."""

import numpy as np
import pytest

import germane as ge

SPELLINGS = [
    ("events.NJet > 2", "NJet > 2"),
    ("events.Jet.Px", "Jet.Px"),
    ("events['Jet_Px']", "Jet.Px"),
    ("events.Jet[events.Jet.Px > 30].Px", "Jet[Jet.Px > 30].Px"),
    ("events.Jet[(events.Jet.Px > 30) & (abs(events.Jet.Pz) < 24)].Px", "Jet[Jet.Px > 30 and abs(Jet.Pz) < 24].Px"),
    ("events.Jet['Px > 30'].E", "Jet[Px > 30].E"),
    ("events.Jet[lambda j: j.Px > 30].E", "Jet[Px > 30].E"),
    ("events.Jet.count()", "count(Jet)"),
    ("events.Jet.count(lambda j: j.Px > 0)", "Jet.count(Px > 0)"),
    ("events.Jet.Px.sum()", "sum(Jet.Px)"),
    ("abs(events.Jet.Px)", "abs(Jet.Px)"),
    ("~events.triggerIsoMu24", "not triggerIsoMu24"),
    ("events.triggerIsoMu24 | (events.NJet > 1)", "triggerIsoMu24 or NJet > 1"),
    ("events.Jet[0].Px", "Jet[0].Px"),
    ("events.Jet[-1].Px", "Jet[-1].Px"),
    ("events.Jet[:2].Px", "Jet[:2].Px"),
    ("events.Jet.sort(by=lambda j: -j.Px)[0].Px", "Jet.sort(by=-Px)[0].Px"),
    ("events.Jet.sort(by='-Px')[0].Px", "Jet.sort(by=-Px)[0].Px"),
    ("events.Muon[0].Px.fill_null(-1)", "Muon[0].Px ?? -1"),
    ("events.Muon[0].is_null()", "Muon[0] is null"),
    ("events.Muon.Charge.isin([1, -2])", "Muon.Charge in (1, -2)"),
    ("events.Jet.Px.max()", "max(Jet.Px)"),
    ("events.Jet.E.argmax()", "argmax(Jet.E)"),
    ("-events.Jet.Px ** 2", "-Jet.Px ** 2"),
    ("events.NJet // 4 % 2", "NJet // 4 % 2"),
    ("2 - events.NJet", "2 - NJet"),
    ("1 / (events.NJet + 1)", "1 / (NJet + 1)"),
    ("np.float64(2) * events.NJet", "2.0 * NJet"),
]


@pytest.fixture(scope="module")
def events(hzz):
    return ge.open(hzz)["events"]


@pytest.mark.parametrize(("python", "text"), SPELLINGS)
def test_spelling_gives_the_values_of_the_text(events, python, text):
    ours = eval(python, {"events": events, "np": np})
    theirs = events.expr(text)
    assert ours.unit == theirs.unit
    assert ours.compute().to_list() == theirs.compute().to_list()


def test_quantities_carry_their_unit(hzz):
    events = ge.open(hzz)["events"].units(Muon_Px="GeV")
    hard = events.Muon[lambda m: m.Px > 30 * ge.GeV].count()
    assert hard.compute().to_list() == events.expr("Muon.count(Px > 30 GeV)").compute().to_list()
    with pytest.raises(ge.UnitError):
        events.Muon.Px > 3 * ge.ns  # noqa: B015
    assert repr(30 * ge.GeV) == "30 GeV"


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ("len(events.Jet)", "count"),
        ("1 if events.triggerIsoMu24 else 2", "if c else b"),
        ("30 < events.Jet.Px < 60", "chain"),
        ("events.Jet.Px > 30 and events.triggerIsoMu24", "&"),
        ("[j for j in events.Jet]", "compute"),
    ],
)
def test_python_words_that_need_a_value_now_are_refused(events, wrong, advice):
    with pytest.raises(TypeError, match=advice):
        eval(wrong, {"events": events})


def test_field_that_does_not_exist_is_an_attribute_error(events):
    with pytest.raises(AttributeError) as caught:
        events.Jet.Pxx  # noqa: B018
    assert isinstance(caught.value, ge.ColumnError)
    assert caught.value.nearest in {"Px", "Py", "Pz"}
    assert not hasattr(events.Jet, "nonsense")
