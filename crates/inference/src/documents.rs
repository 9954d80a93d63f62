//! Results as the JSON documents that the command prints and Python reads, `germane_limit`, `germane_scan`, ….
//!
//! Numbers that are not finite are the words `nan`, `inf`, `-inf`; what is missing is null.

use germane_models::combination::{Combination, Shared, Tie};
use germane_models::{Likelihood, Model};
use serde_json::{Map, Value, json};

use crate::fit::{Fit, FittedParameter};
use crate::hypothesis::asymptotic::significance as significance_of;
use crate::hypothesis::{Discovery, Statistic, Tested, UpperLimit};
use crate::information::InformationBasis;
use crate::minima::{LocalMinimum, Minima};
use crate::ranking::{GroupImpact, Impact, Kind, Ranking};
use crate::sampling::Posterior;
use crate::scan::{Contour, FunctionCurve, Scan};
use crate::segments::Segment;
use crate::toys::{ChannelValue, Compatibility, PValue, Piece, Region, Sample, TestedValue, ToyGoodness, ToyLimit, ToyTest};
use crate::yields::Yield;

/// A number of a document: what is not finite is a word.
pub fn number(value: f64) -> Value {
    let word = || {
        if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "inf"
        } else {
            "-inf"
        }
    };
    serde_json::Number::from_f64(value).map_or_else(|| word().into(), Value::Number)
}

fn numbers(values: &[f64]) -> Vec<Value> {
    values.iter().copied().map(number).collect()
}

/// A minimum with the values of all parameters in their order.
fn minimum(minimum: &LocalMinimum) -> Value {
    json!({
        "nll": number(minimum.nll), "rise": number(minimum.rise), "searches": minimum.reached, "flat": minimum.flat,
        "values": numbers(&minimum.x),
    })
}

/// A fit, with all minima where several starts were asked for.
pub fn fit(fit: &Fit, found: Option<&Minima>) -> Value {
    let mut document = json!(fit);
    if let Some(found) = found {
        document["searches"] = json!(found.searches);
        document["without_minimum"] = json!(found.without);
        document["minima"] = found.minima.iter().map(minimum).collect();
    }
    document
}

/// Draws of a posterior, by parameter.
pub fn sample(found: &Posterior) -> Value {
    json!(found)
}

/// Asymptotic limits on the parameter of interest, whose best value is `best`.
pub fn limit(poi: &str, best: f64, found: &UpperLimit) -> Value {
    json!({
        "germane_limit": 1, "poi": poi, "level": found.level, "observed": number(found.observed),
        "expected": found.expected.map(number), "best": number(best),
        "points": found.points.iter().map(tested).collect::<Vec<_>>(), "notes": found.notes,
    })
}

/// Asymptotic tests of some values of the parameter of interest.
pub fn tests(poi: &str, best: f64, found: &[Tested]) -> Value {
    let point = |one: &Tested| {
        let mut point = tested(one);
        point["q"] = number(one.statistic);
        point["q_asimov"] = number(one.asimov);
        point
    };
    json!({"germane_tests": 1, "poi": poi, "best": number(best), "points": found.iter().map(point).collect::<Vec<_>>()})
}

fn tested(tested: &Tested) -> Value {
    json!({
        "poi": number(tested.value), "cls": number(tested.p.cls), "clsb": number(tested.p.signal),
        "clb": number(tested.p.background), "expected": tested.expected.map(number),
    })
}

/// Limits by `count` toys of each hypothesis.
pub fn toy_limit(poi: &str, best: f64, count: u64, seed: u64, found: &ToyLimit) -> Value {
    let point = |test: &ToyTest| {
        json!({
            "poi": number(test.value), "cls": number(test.cls()), "cls_error": number(test.cls_error()),
            "clsb": p_value(&test.signal, test.p_signal()), "clb": p_value(&test.background, test.p_background()),
            "expected": test.expected_cls().map(|(cls, _)| number(cls)),
        })
    };
    json!({
        "germane_limit": 1, "poi": poi, "level": found.level, "toys": count, "seed": seed,
        "observed": number(found.observed.value), "observed_error": number(found.observed.error),
        "expected": found.expected.map(|one| number(one.value)),
        "expected_error": found.expected.map(|one| number(one.error)), "best": number(best),
        "points": found.tests.iter().map(point).collect::<Vec<_>>(), "notes": [],
    })
}

/// A discovery test, with q0 of toys without signal and their seed where some were thrown.
pub fn significance(poi: &str, found: &Discovery, toys: Option<(&Sample, u64)>) -> Value {
    let mut document = json!({
        "germane_significance": 1, "poi": poi,
        "observed": {"q0": number(found.statistic), "p": number(found.p), "z": number(found.significance)},
        "expected": {
            "q0": number(found.expected_statistic), "p": number(found.expected_p), "z": number(found.expected_significance),
        },
    });
    if let Some((sample, seed)) = toys {
        let p = sample.p_value(found.statistic);
        document["toys"] = p_value(sample, p);
        document["toys"]["z"] = number(significance_of(p.p()));
        document["seed"] = json!(seed);
    }
    document
}

/// A profile along a parameter.
pub fn scan(found: &Scan) -> Value {
    let point = |(value, rise): (&f64, &Option<f64>)| json!({"value": number(*value), "rise": rise.map(number)});
    let mut document = json!({
        "germane_scan": 1, "parameter": found.name, "best": number(found.best), "error": found.error.map(number),
        "points": found.values.iter().zip(&found.rises).map(point).collect::<Vec<_>>(),
    });
    if !found.curves.is_empty() {
        let curve = |curve: &FunctionCurve| {
            let rises: Vec<Option<Value>> = curve.rises.iter().map(|rise| rise.map(number)).collect();
            json!({"functions": curve.functions, "rises": rises})
        };
        document["curves"] = found.curves.iter().map(curve).collect();
    }
    document
}

/// Contours of one pair of parameters with the names of their levels.
pub fn contours(found: &[(&str, Contour)]) -> Value {
    let ring = |(name, ring): &(&str, Contour)| {
        let points = ring.points.iter().map(|point| json!({"at": point.at.map(number), "on_bound": point.on_bound}));
        json!({"level": name, "rise": number(ring.rise), "points": points.collect::<Vec<_>>()})
    };
    let first = found.first().map(|(_, ring)| ring);
    json!({
        "germane_contour": 1, "parameters": first.map(|ring| &ring.names), "best": first.map(|ring| ring.best.map(number)),
        "contours": found.iter().map(ring).collect::<Vec<_>>(),
    })
}

/// Impacts of parameters and groups.
pub fn ranking(found: &Ranking, kind: Kind) -> Value {
    let row = |row: &Impact| {
        json!({
            "name": row.name, "value": number(row.value), "error": number(row.error), "pull": row.pull.map(number),
            "prefit": row.prefit.map(|sides| sides.map(number)), "postfit": row.postfit.map(number),
            "covariance": number(row.covariance), "auxiliary": row.auxiliary.map(|sides| sides.map(number)),
        })
    };
    let group = |group: &GroupImpact| {
        json!({
            "name": group.name, "members": group.members, "frozen": number(group.frozen), "auxiliary": number(group.auxiliary),
        })
    };
    json!({
        "germane_ranking": 1, "poi": found.poi, "value": number(found.value), "error": found.error.map(number),
        "kind": if kind == Kind::Covariance { "covariance" } else { "refit" },
        "rows": found.rows.iter().map(row).collect::<Vec<_>>(),
        "groups": found.groups.iter().map(group).collect::<Vec<_>>(),
        "failed": found.failed.iter().map(|(name, reason)| json!({"name": name, "reason": reason})).collect::<Vec<_>>(),
    })
}

/// A goodness of fit, with its toys if there are some.
pub fn goodness(found: &ToyGoodness, seed: u64) -> Value {
    let mut document = json!({
        "germane_goodness": 1, "kind": found.test.name(), "statistic": number(found.statistic), "ndof": found.ndof,
        "p": found.asymptotic.map(number),
    });
    if !found.toys.toys.is_empty() {
        document["seed"] = json!(seed);
        document["toys"] = ensemble(&found.toys, found.statistic);
    }
    document
}

/// The agreement of channels on a parameter.
pub fn compatibility(poi: &str, found: &Compatibility, seed: u64) -> Value {
    let value = |fitted: &FittedParameter| {
        json!({
            "value": number(fitted.value), "error": fitted.error.map(number),
            "minos": fitted.minos.map(|ends| ends.map(|end| end.map(number))), "at_bound": fitted.at_bound,
        })
    };
    let channel = |one: &ChannelValue| {
        let mut document = value(&one.fitted);
        document["channel"] = json!(one.channel);
        document
    };
    let mut document = json!({
        "germane_compatibility": 1, "poi": poi, "common": value(&found.common),
        "channels": found.channels.iter().map(channel).collect::<Vec<_>>(),
        "statistic": number(found.statistic), "ndof": found.ndof, "p": found.asymptotic.map(number),
    });
    if !found.toys.toys.is_empty() {
        document["seed"] = json!(seed);
        document["toys"] = ensemble(&found.toys, found.statistic);
    }
    document
}

/// A test by toys; `best` is the best value of the parameter of interest.
pub fn toys(poi: &str, best: f64, seed: u64, test: &ToyTest) -> Value {
    let mut document = json!({
        "germane_toys": 1, "poi": poi, "statistic": test.statistic.name(), "value": number(test.value), "best": number(best),
        "observed": number(test.observed), "seed": seed, "background": ensemble(&test.background, test.observed),
    });
    if test.statistic != Statistic::Q0 {
        document["signal"] = ensemble(&test.signal, test.observed);
        document["cls"] = number(test.cls());
        document["cls_error"] = number(test.cls_error());
        document["expected"] = test.expected_cls().iter().map(|(cls, _)| number(*cls)).collect();
    }
    document
}

/// A region of Feldman and Cousins, from so many toys of a seed at each value, or exact.
pub fn region(poi: &str, best: f64, found: &Region, toys: Option<(u64, u64)>) -> Value {
    let piece = |piece: &Piece| {
        let [low, high] = piece.ends;
        json!({
            "low": number(low.value), "high": number(high.value), "low_error": number(low.error), "high_error": number(high.error),
            "at_bound": piece.at_bound,
        })
    };
    let point = |one: &TestedValue| {
        let mut point = json!({"poi": number(one.value), "t": number(one.statistic)});
        match &one.toys {
            Some(sample) => point["p"] = p_value(sample, sample.p_value(one.statistic)),
            None => point["p"] = number(one.p),
        }
        point
    };
    let mut document = json!({
        "germane_region": 1, "method": "feldman_cousins", "poi": poi, "level": found.level, "best": number(best),
        "segments": found.pieces.iter().map(piece).collect::<Vec<_>>(),
        "points": found.tested.iter().map(point).collect::<Vec<_>>(), "notes": found.notes,
    });
    if let Some((count, seed)) = toys {
        document["toys"] = json!(count);
        document["seed"] = json!(seed);
    }
    document
}

/// Counts and values of the toys of an ensemble.
fn ensemble(sample: &Sample, observed: f64) -> Value {
    let mut document = p_value(sample, sample.p_value(observed));
    document["values"] = sample.values().map(number).collect();
    document
}

/// A p-value with its counts, and the toys that have failed.
fn p_value(sample: &Sample, p: PValue) -> Value {
    let (low, high) = p.interval();
    let failed: Map<String, Value> =
        sample.failures().into_iter().map(|(failure, count)| (failure.word().to_owned(), json!(count))).collect();
    json!({
        "p": number(p.p()), "ratio": number(p.ratio()), "interval": [number(low), number(high)], "reached": p.reached,
        "toys": p.toys, "failed": failed,
    })
}

/// Yields of a model before (`prefit`) or after a fit.
pub fn yields(model: &Model, prefit: bool, found: &[Yield]) -> Value {
    let row = |one: &Yield| {
        json!({
            "channel": one.channel, "sample": one.sample, "contents": numbers(&one.contents), "errors": numbers(&one.errors),
            "sum": number(one.contents.iter().sum()), "sum_error": number(one.total_error),
        })
    };
    let observed = |(name, range): (&str, std::ops::Range<usize>)| (name.to_owned(), json!(numbers(&model.observed()[range])));
    json!({
        "germane_yields": 1, "kind": if prefit { "prefit" } else { "postfit" },
        "observed": model.channels().map(observed).collect::<Map<_, _>>(), "rows": found.iter().map(row).collect::<Vec<_>>(),
    })
}

/// What the models of a combination share, and named fits.
pub fn combination(joint: &Combination, fits: &[(&str, Fit)]) -> Value {
    let shared = |shared: &Shared| {
        let tie = match shared.tie {
            Tie::Same => "same",
            Tie::Opposite => "opposite",
            Tie::Partial => "partial",
        };
        let rows: Vec<Vec<Value>> = shared.correlation.iter().map(|row| numbers(row)).collect();
        json!({"tie": tie, "parameters": shared.parameters, "members": shared.members, "correlation": rows})
    };
    let fits: Map<String, Value> = fits.iter().map(|(name, fit)| ((*name).to_owned(), json!(fit))).collect();
    json!({"germane_combination": 1, "shared": joint.shared().iter().map(shared).collect::<Vec<_>>(), "fits": fits})
}

/// Minima of a likelihood in coefficients; the unions of intervals of some, each at several levels; directions.
pub fn coefficients(
    likelihood: &dyn Likelihood,
    found: &Minima,
    intervals: &[(usize, Vec<(f64, Vec<Segment>)>)],
    basis: &InformationBasis,
) -> Value {
    let names = || likelihood.parameters().iter().map(|parameter| parameter.name.as_str());
    let piece = |piece: &Segment| json!({"low": number(piece.low), "high": number(piece.high), "at_bound": [piece.low_at_bound, piece.high_at_bound]});
    let interval = |(index, levels): &(usize, Vec<(f64, Vec<Segment>)>)| {
        let level = |(level, pieces): &(f64, Vec<Segment>)| json!({"level": level, "segments": pieces.iter().map(piece).collect::<Vec<_>>()});
        json!({
            "parameter": likelihood.parameters()[*index].name, "best": number(found.best().x[*index]),
            "intervals": levels.iter().map(level).collect::<Vec<_>>(),
        })
    };
    let rows = (0..basis.eigenvalues.len()).map(|k| basis.directions.row(k).to_vec()).collect::<Vec<_>>();
    json!({
        "germane_eft": 1, "parameters": names().collect::<Vec<_>>(), "searches": found.searches,
        "without_minimum": found.without, "minima": found.minima.iter().map(minimum).collect::<Vec<_>>(),
        "coefficients": intervals.iter().map(interval).collect::<Vec<_>>(),
        "information": {"parameters": basis.names, "eigenvalues": basis.eigenvalues, "directions": rows, "flat": basis.flat},
    })
}
