//! indexing.json: single bins, slices, sums, coarser bins, picked categories.

use crate::axes;
use crate::python_text::{Item, Parser};
use crate::tally::{Outcome, Tally, compare, number, numbers, read};
use germane_histograms::{Histogram, Index, Indexed, Place, Step, StorageKind};
use serde_json::Value;

/// Operations that the specification refuses or allows other than the peer (faults 8; section 2.3), with the reason.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    ("r", "h[True]", "a condition is no bin"),
    ("r", "h[underflow:overflow:sum]", "the peer takes underflow in, but not overflow"),
    ("i", "h[::2j]", "whole numbers can be merged: the edges stay whole"),
    ("rs", "h[:, ['ee', 'ee']]", "an axis has no two equal labels"),
];

/// A starting histogram and how the names of its axes are.
fn base(name: &str, d: &Value) -> Result<Histogram, &'static str> {
    let names: &[&str] = match name {
        "rs" => &["x", "c"],
        "rr" => &["x", "y"],
        "rvi" => &["x", "v", "n"],
        "sr" => &["c", "x"],
        "v" => &["v"],
        "i" => &["n"],
        "s" | "s_growth" => &["c"],
        _ => &["x"],
    };
    let axes = d["axes"].as_array().unwrap().iter().zip(names).map(|(d, name)| axes::shown(d, name)).collect::<Result<_, _>>()?;
    // Counts are doubles in all but the storage's name.
    let kind = match d["storage_type"].as_str().unwrap() {
        "Int64" => StorageKind::Double,
        _ => axes::storage(&d["storage_type"])?,
    };
    let variances = (kind == StorageKind::Weight).then(|| numbers(&d["storage"]["variance"]));
    Ok(Histogram::from_cells(axes, kind, &numbers(&d["storage"]["value"]), variances.as_deref(), 0).unwrap())
}

/// Why a text is not an operation of ours.
pub(crate) enum Unfit {
    Pending(&'static str),
    Refused(String),
}

fn place(item: &Item) -> Result<Place, Unfit> {
    let refused = || Unfit::Refused(format!("{item:?} is no place"));
    Ok(match item {
        Item::Integer(bin) => Place::Bin(*bin),
        Item::Imaginary(offset, x) if offset.fract() == 0.0 => Place::Loc(*x, *offset as i64),
        Item::Text(label) if label.contains(['*', '?']) => return Err(Unfit::Pending("wildcards")),
        Item::Text(label) => Place::Label(label.clone(), 0),
        Item::Name(name) if name == "underflow" => Place::Underflow(0),
        Item::Name(name) if name == "overflow" || name == "len" => Place::Overflow(0),
        Item::Call(name, arguments, _) if name == "at" => match arguments.as_slice() {
            [Item::Integer(bin)] => Place::At(*bin),
            _ => return Err(refused()),
        },
        Item::Call(name, arguments, _) if name == "loc" => match arguments.as_slice() {
            [Item::Float(x)] => Place::Loc(*x, 0),
            [Item::Integer(x)] => Place::Loc(*x as f64, 0),
            [Item::Text(label)] => Place::Label(label.clone(), 0),
            _ => return Err(refused()),
        },
        Item::Moved(item, by) => match place(item)? {
            Place::Loc(x, offset) => Place::Loc(x, offset + by),
            Place::Label(label, offset) => Place::Label(label, offset + by),
            Place::Underflow(offset) => Place::Underflow(offset + by),
            Place::Overflow(offset) => Place::Overflow(offset + by),
            _ => return Err(refused()),
        },
        _ => return Err(refused()),
    })
}

fn step(item: &Item) -> Result<Step, Unfit> {
    let refused = || Unfit::Refused(format!("{item:?} is no step"));
    let whole = |item: &Item| match item {
        Item::Integer(n) => usize::try_from(*n).map_err(|_| refused()),
        _ => Err(refused()),
    };
    Ok(match item {
        Item::None => Step::Keep,
        Item::Name(name) if name == "sum" => Step::Sum,
        Item::Imaginary(0.0, n) if n.fract() == 0.0 && *n > 0.0 => Step::Rebin(*n as usize),
        Item::Call(name, positional, named) if name == "rebin" => match (positional.as_slice(), named.as_slice()) {
            ([n], []) => Step::Rebin(whole(n)?),
            ([], [(key, Item::List(list))]) if key == "groups" => Step::Groups(list.iter().map(whole).collect::<Result<_, _>>()?),
            ([], [(key, Item::List(list))]) if key == "edges" => Step::Edges(edges(list)),
            ([], [(key, Item::Call(_, _, _))]) if key == "axis" => return Err(Unfit::Pending("rebinning onto an axis")),
            _ => return Err(Unfit::Pending("rebinning onto an axis")),
        },
        _ => return Err(refused()),
    })
}

fn edges(list: &[Item]) -> Vec<f64> {
    let value = |item: &Item| match item {
        Item::Float(x) => *x,
        Item::Integer(i) => *i as f64,
        _ => f64::NAN,
    };
    list.iter().map(value).collect()
}

fn index(item: &Item) -> Result<Index, Unfit> {
    Ok(match item {
        Item::Slice(parts) => {
            let [start, stop, by] = parts.as_ref();
            let end = |item: &Item| if matches!(item, Item::None) { Ok(None) } else { place(item).map(Some) };
            Index::Slice { start: end(start)?, stop: end(stop)?, step: step(by)? }
        }
        Item::Name(name) if name == "sum" => Index::sum(),
        Item::Call(name, _, _) if name == "rebin" => Index::Slice { start: None, stop: None, step: step(item)? },
        Item::List(list) => Index::Pick(list.iter().map(place).collect::<Result<_, _>>()?),
        Item::Call(name, _, _) if name.starts_with("np.") => return Err(Unfit::Pending("integer arrays")),
        Item::None => return Err(Unfit::Refused("None".into())),
        _ => Index::Place(place(item)?),
    })
}

/// One index an axis: `...` and maps are spread out.
pub(crate) fn indices(histogram: &Histogram, items: &[Item]) -> Result<Vec<Index>, Unfit> {
    let axes = histogram.axes().len();
    if let [Item::Map(map)] = items {
        let mut out = vec![Index::all(); axes];
        let mut set = vec![false; axes];
        for (key, item) in map {
            let axis = match key {
                Item::Integer(number) if *number < 0 => number + axes as i64,
                Item::Integer(number) => *number,
                Item::Text(name) => histogram.axis_number(name).map_err(|error| Unfit::Refused(error.to_string()))? as i64,
                _ => return Err(Unfit::Refused("a key".into())),
            };
            let axis = usize::try_from(axis).ok().filter(|axis| *axis < axes).ok_or(Unfit::Refused("no such axis".into()))?;
            if std::mem::replace(&mut set[axis], true) {
                return Err(Unfit::Refused("an axis twice".into()));
            }
            out[axis] = index(item)?;
        }
        return Ok(out);
    }
    let mut out = Vec::new();
    for (number, item) in items.iter().enumerate() {
        if matches!(item, Item::Ellipsis) {
            let after = items.len() - number - 1;
            while out.len() + after < axes {
                out.push(Index::all());
            }
        } else {
            out.push(index(item)?);
        }
    }
    Ok(out)
}

fn result(histogram: &Histogram, expression: &str) -> Result<Result<Indexed, String>, &'static str> {
    let items = Parser::new(&expression[2..]).items(b']');
    match indices(histogram, &items) {
        Err(Unfit::Pending(feature)) => Err(feature),
        Err(Unfit::Refused(reason)) => Ok(Err(reason)),
        Ok(indices) => Ok(histogram.index(&indices).map_err(|error| error.to_string())),
    }
}

fn equal(ours: &Indexed, expect: &Value) -> Outcome {
    match (ours, expect["type"].as_str().unwrap()) {
        (Indexed::Cell(cell), "scalar") => compare("value", &[cell.value], &[number(&expect["value"])], 1e-13),
        (Indexed::Cell(cell), "accumulator") => {
            let truth = [number(&expect["value"]), number(&expect["variance"])];
            compare("sum", &[cell.value, cell.variance.unwrap_or(f64::NAN)], &truth, 1e-13)
        }
        (Indexed::Histogram(histogram), "histogram") => {
            for (axis, truth) in histogram.axes().iter().zip(expect["axes"].as_array().unwrap()) {
                let same = axis.size() as u64 == truth["size"].as_u64().unwrap()
                    && axis.underflow() == truth["underflow"].as_bool().unwrap()
                    && axis.overflow() == truth["overflow"].as_bool().unwrap();
                if !same {
                    let flow = (axis.underflow(), axis.overflow());
                    return Outcome::Failed(format!("{} bins, flow {flow:?}, truth {truth}", axis.size()));
                }
                if truth["edges"].is_array()
                    && let Outcome::Failed(reason) = compare("edge", &axis.edges(), &numbers(&truth["edges"]), 1e-14)
                {
                    return Outcome::Failed(reason);
                }
            }
            let storage = &expect["storage"];
            let outcome = compare("value", &histogram.values(true), &numbers(&storage["value"]), 1e-13);
            match (&outcome, storage["variance"].is_array()) {
                (Outcome::Passed(_), true) => {
                    compare("variance", &histogram.variances(true).unwrap_or_default(), &numbers(&storage["variance"]), 1e-13)
                }
                _ => outcome,
            }
        }
        (Indexed::Cell(_), kind) => Outcome::Failed(format!("a cell, truth {kind}")),
        (Indexed::Histogram(_), kind) => Outcome::Failed(format!("a histogram, truth {kind}")),
    }
}

#[test]
fn indexing_gives_what_users_are_used_to() {
    let Some(truth) = read("histograms/indexing.json") else { return };
    let mut tally = Tally::new("histograms/indexing.json");
    for case in truth["cases"].as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap();
        let name = format!("{} {}", text("base"), text("expr"));
        let expect = &case["expect"];
        if text("op") == "set" {
            let outcome = match base(text("base"), &truth["bases"][text("base")]) {
                Err(feature) => Outcome::Pending(feature),
                Ok(histogram) => crate::setting::set(histogram, text("expr"), expect),
            };
            tally.add(&name, outcome);
            continue;
        }
        let outcome = match base(text("base"), &truth["bases"][text("base")]) {
            Err(feature) => Outcome::Pending(feature),
            Ok(histogram) => match result(&histogram, text("expr")) {
                Err(feature) => Outcome::Pending(feature),
                Ok(ours) => match DEVIATIONS.iter().find(|(base, expr, _)| (*base, *expr) == (text("base"), text("expr"))) {
                    Some((_, _, reason)) => deviating(&histogram, ours, expect, reason),
                    None => match ours {
                        Err(_) if !expect["error"].is_null() => Outcome::Passed(0.0),
                        Err(error) => Outcome::Failed(format!("refused: {error}")),
                        Ok(_) if !expect["error"].is_null() => Outcome::Failed(format!("not refused, truth {}", expect["error"])),
                        Ok(indexed) => match equal(&indexed, expect) {
                            Outcome::Failed(_) if keeps_what_the_peer_loses(&histogram, &indexed, expect) => Outcome::Passed(0.0),
                            outcome => outcome,
                        },
                    },
                },
            },
        };
        tally.add(&name, outcome);
    }
    tally.finish();
}

/// Fault 7: the peer's slices, coarser bins and picks lose contents without a word where there is no flow slot; ours add one.
fn keeps_what_the_peer_loses(before: &Histogram, ours: &Indexed, expect: &Value) -> bool {
    let (Indexed::Histogram(after), Some(_)) = (ours, expect["storage"]["value"].as_array()) else { return false };
    let kept: f64 = numbers(&expect["storage"]["value"]).iter().sum();
    after.sum(true) == before.sum(true) && kept < before.sum(true) && inner_bins_are_equal(after, expect)
}

/// Whether inner bins have the sizes and contents of the peer's.
fn inner_bins_are_equal(ours: &Histogram, expect: &Value) -> bool {
    let axes = expect["axes"].as_array().unwrap();
    let sizes: Vec<usize> = axes.iter().map(|axis| axis["size"].as_u64().unwrap() as usize).collect();
    if ours.shape(false) != sizes {
        return false;
    }
    // Flat places of the inner bins in the peer's storage, C order with flow.
    let mut places = vec![0usize];
    for axis in axes {
        let flow = |key: &str| usize::from(axis[key].as_bool().unwrap());
        let size = axis["size"].as_u64().unwrap() as usize;
        let (first, extent) = (flow("underflow"), flow("underflow") + size + flow("overflow"));
        places = places.iter().flat_map(|place| (first..first + size).map(move |slot| place * extent + slot)).collect();
    }
    let values = numbers(&expect["storage"]["value"]);
    ours.values(false).iter().zip(places).all(|(&value, place)| value == values[place])
}

/// Ours is refused, or keeps the sum over all slots, and is another than the peer's: else the entry is not needed.
fn deviating(before: &Histogram, ours: Result<Indexed, String>, expect: &Value, reason: &str) -> Outcome {
    match ours {
        Err(_) if expect["error"].is_null() => Outcome::Passed(0.0),
        Ok(Indexed::Histogram(after)) if expect["error"].is_null() => {
            if matches!(equal(&Indexed::Histogram(after.clone()), expect), Outcome::Passed(_)) {
                return Outcome::Failed(format!("is no deviation ({reason})"));
            }
            compare("total", &[after.sum(true)], &[before.sum(true)], 0.0)
        }
        Ok(Indexed::Histogram(after)) => compare("total", &[after.sum(true)], &[before.sum(true)], 0.0),
        _ => Outcome::Failed(format!("is no deviation ({reason})")),
    }
}
