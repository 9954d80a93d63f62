//! What the commands find, as their documents.

use super::{Fitted, Model, no_result};
use crate::array::Buffer;
use crate::error::raise;
use germane::inference::hypothesis::{Statistic, Tests, UpperLimit, discovery, upper_limit, without_signal};
use germane::inference::minuit::{Settings, Strategy, minuit};
use germane::inference::toys::{
    GoodnessTest, TestedValue, ToyTests, channel_compatibility as compatibility_of, feldman_cousins as region, toy_discovery,
    toy_distance, toy_goodness, toy_limit,
};
use germane::inference::{
    ImpactKind, Minos, NoResult, Options, Segment, documents, information_basis, minima, minimise, postfit_yields, prefit_yields,
    ranking, segments,
};
use germane::models::Likelihood;
use germane::reports::recipes::rise;
use germane::runs::{AnyModel, Pool};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use serde_json::Value;

/// Number of toys, their seed, number of threads (0: one a core).
type Toys = (u64, u64, usize);

/// Works without the interpreter, and gives the document as text.
fn work(py: Python<'_>, work: impl FnOnce() -> Result<Value, NoResult> + Send) -> PyResult<String> {
    py.detach(work).map(|document| document.to_string()).map_err(|reason| no_result(py, reason))
}

fn pool(py: Python<'_>, threads: usize) -> PyResult<Pool> {
    Pool::new(threads).map_err(|error| raise(py, error.exit, &error.diagnostics))
}

fn probability(level: f64) -> PyResult<f64> {
    if level > 0.0 && level < 1.0 { Ok(level) } else { Err(PyValueError::new_err(format!("{level} is no probability"))) }
}

pub(super) fn fit(
    py: Python<'_>,
    likelihood: &dyn Likelihood,
    minos: Minos,
    start: Option<Vec<f64>>,
    starts: Option<(usize, u64)>,
    strategy: Option<u8>,
) -> PyResult<(String, Buffer, Fitted)> {
    let unknown = |number: u8| PyValueError::new_err(format!("Minuit has the strategies 0, 1 and 2, not {number}"));
    let strategy = strategy.map(|number| Strategy::of(number).map_err(unknown)).transpose()?;
    let found = py.detach(|| -> Result<_, NoResult> {
        let found = starts.map(|(count, seed)| minima(likelihood, count, seed, &Options::default())).transpose()?;
        let alone = start.is_none();
        let start = start.or_else(|| found.as_ref().map(|found| found.best().x.clone()));
        let mut fit = match strategy {
            Some(strategy) => {
                let mut settings = Settings::default();
                (settings.strategy, settings.start, settings.minos) = (strategy, start, minos);
                minuit(likelihood, &settings)
            }
            None => {
                let mut options = Options::default().minos(minos);
                (options.start, options.alone) = (start, alone);
                minimise(likelihood, &options)
            }
        };
        let covariance = std::mem::take(&mut fit.covariance.values).concat();
        Ok((documents::fit(&fit, found.as_ref()).to_string(), covariance, fit))
    });
    let (document, covariance, fit) = found.map_err(|reason| no_result(py, reason))?;
    Ok((document, Buffer::doubles(covariance), Fitted { fit }))
}

fn limits(model: &AnyModel, poi: usize, level: f64, points: &[f64]) -> Result<(f64, UpperLimit), NoResult> {
    let options = Options::default();
    let asimov = without_signal(model, poi, &options)?;
    let mut tests = Tests::new(model, &asimov, poi, &options)?;
    let mut found = upper_limit(&mut tests, level)?;
    for &value in points {
        found.points.push(tests.test(value)?);
    }
    found.points.sort_by(|a, b| a.value.total_cmp(&b.value));
    Ok((tests.best(), found))
}

pub(super) fn limit(py: Python<'_>, model: &Model, poi: Option<&str>, level: f64, points: &[f64]) -> PyResult<String> {
    let (poi, level, model) = (model.interest(py, poi)?, probability(level)?, &model.any);
    let name = &model.parameters()[poi].name;
    work(py, || limits(model, poi, level, points).map(|(best, found)| documents::limit(name, best, &found)))
}

pub(super) fn limit_by_toys(py: Python<'_>, model: &Model, poi: Option<&str>, level: f64, toys: Toys) -> PyResult<String> {
    let (poi, level, model) = (model.interest(py, poi)?, probability(level)?, &model.any);
    let (name, (count, seed, threads)) = (&model.parameters()[poi].name, toys);
    let pool = pool(py, threads)?;
    work(py, || {
        let (_, found) = limits(model, poi, level, &[])?;
        let mut tests = ToyTests::new(model, poi, Statistic::QTilde, seed, &Options::default())?;
        let mut values: Vec<f64> = found.expected.into_iter().chain([found.observed]).collect();
        let (least, most) = values.iter().fold((f64::INFINITY, 0.0f64), |(least, most), v| (least.min(*v), most.max(*v)));
        values.extend([0.7 * least, 1.3 * most]);
        let found = toy_limit(&mut tests, level, &values, 0..count, &pool)?;
        Ok(documents::toy_limit(name, tests.best(), count, seed, &found))
    })
}

pub(super) fn test(py: Python<'_>, model: &Model, poi: Option<&str>, values: &[f64]) -> PyResult<String> {
    let (poi, model) = (model.interest(py, poi)?, &model.any);
    let name = &model.parameters()[poi].name;
    work(py, || {
        let options = Options::default();
        let asimov = without_signal(model, poi, &options)?;
        let mut tests = Tests::new(model, &asimov, poi, &options)?;
        let found = values.iter().map(|value| tests.test(*value)).collect::<Result<Vec<_>, _>>()?;
        Ok(documents::tests(name, tests.best(), &found))
    })
}

pub(super) fn significance(py: Python<'_>, model: &Model, poi: Option<&str>, toys: Option<Toys>) -> PyResult<String> {
    let (poi, model) = (model.interest(py, poi)?, &model.any);
    let name = &model.parameters()[poi].name;
    let toys = toys.map(|(count, seed, threads)| Ok::<_, PyErr>((count, seed, pool(py, threads)?))).transpose()?;
    work(py, || {
        let options = Options::default();
        let found = discovery(model, poi, &options)?;
        let thrown = toys.map(|(count, seed, pool)| {
            let (_, sample) = toy_discovery(model, poi, seed, 0..count, &options, &pool)?;
            Ok::<_, NoResult>((sample, seed))
        });
        let thrown = thrown.transpose()?;
        Ok(documents::significance(name, &found, thrown.as_ref().map(|(sample, seed)| (sample, *seed))))
    })
}

pub(super) fn scan(py: Python<'_>, model: &Model, parameter: Option<&str>, values: &[f64], points: usize) -> PyResult<String> {
    let index = model.interest(py, parameter)?;
    let likelihood = model.any.likelihood();
    work(py, || {
        let found = germane::inference::scan(likelihood, index, values, points, &Options::default())?;
        Ok(documents::scan(&found))
    })
}

pub(super) fn contour(py: Python<'_>, model: &Model, pair: (&str, &str), levels: &[f64], points: usize) -> PyResult<String> {
    let pair = [model.index(py, pair.0)?, model.index(py, pair.1)?];
    let levels = levels.iter().map(|level| probability(*level)).collect::<PyResult<Vec<_>>>()?;
    let names: Vec<String> = levels.iter().map(|level| format!("{:.1} %", 100.0 * level)).collect();
    let likelihood = model.any.likelihood();
    work(py, || {
        let mut found = Vec::new();
        for (level, name) in levels.iter().zip(&names) {
            let ring = germane::inference::contour(likelihood, pair, rise(*level, 2), points.max(4), &Options::default())?;
            found.push((name.as_str(), ring));
        }
        Ok(documents::contours(&found))
    })
}

pub(super) fn rank(
    py: Python<'_>,
    model: &Model,
    poi: Option<&str>,
    covariance: bool,
    groups: Option<Vec<(String, Vec<String>)>>,
    threads: usize,
) -> PyResult<String> {
    let (poi, likelihood, pool) = (model.interest(py, poi)?, model.any.likelihood(), pool(py, threads)?);
    let kind = if covariance { ImpactKind::Covariance } else { ImpactKind::Refit };
    let members = |names: Vec<String>| names.iter().map(|name| model.index(py, name)).collect::<PyResult<Vec<_>>>();
    let groups = groups.unwrap_or_else(|| model.groups.clone());
    let groups = groups.into_iter().map(|(name, names)| Ok((name, members(names)?))).collect::<PyResult<Vec<_>>>()?;
    work(py, || {
        let options = Options::default();
        let found = ranking(likelihood, poi, &minimise(likelihood, &options), kind, &groups, &options, &pool)?;
        Ok(documents::ranking(&found, kind))
    })
}

pub(super) fn gof(py: Python<'_>, model: &Model, test: &str, (count, seed, threads): Toys) -> PyResult<String> {
    let pool = pool(py, threads)?;
    let Some(&(_, test)) = GoodnessTest::NAMES.iter().find(|(name, _)| *name == test) else {
        let names: Vec<&str> = GoodnessTest::NAMES.iter().map(|(name, _)| *name).collect();
        return Err(PyValueError::new_err(format!("no test `{test}`: there are {}", names.join(", "))));
    };
    if test == GoodnessTest::Saturated {
        let model = &model.any;
        return work(py, || {
            let found = toy_goodness(model, seed, 0..count, &Options::default(), &pool)?;
            Ok(documents::goodness(&found, seed))
        });
    }
    let model = model.binned()?;
    work(py, || {
        let found = toy_distance(model, test, seed, 0..count, &Options::default(), &pool)?;
        Ok(documents::goodness(&found, seed))
    })
}

pub(super) fn channel_compatibility(
    py: Python<'_>,
    model: &Model,
    poi: Option<&str>,
    (count, seed, threads): Toys,
) -> PyResult<String> {
    let (poi, model, pool) = (model.interest(py, poi)?, model.binned()?, pool(py, threads)?);
    let name = &model.parameters()[poi].name;
    work(py, || {
        let found = compatibility_of(model, poi, seed, 0..count, &Options::default(), &pool)?;
        Ok(documents::compatibility(name, &found, seed))
    })
}

pub(super) fn toys(
    py: Python<'_>,
    model: &Model,
    poi: Option<&str>,
    value: f64,
    statistic: &str,
    (count, seed, threads): Toys,
) -> PyResult<String> {
    let (poi, model, pool) = (model.interest(py, poi)?, &model.any, pool(py, threads)?);
    let Some((_, statistic)) = Statistic::NAMES.iter().find(|(name, _)| *name == statistic) else {
        let names: Vec<&str> = Statistic::NAMES.iter().map(|(name, _)| *name).collect();
        return Err(PyValueError::new_err(format!("no statistic `{statistic}`: there are {}", names.join(", "))));
    };
    let name = &model.parameters()[poi].name;
    work(py, || {
        let mut tests = ToyTests::new(model, poi, *statistic, seed, &Options::default())?;
        let test = tests.test(value, 0..count, &pool)?;
        Ok(documents::toys(name, tests.best(), seed, &test))
    })
}

pub(super) fn feldman_cousins(
    py: Python<'_>,
    model: &Model,
    poi: Option<&str>,
    level: f64,
    (points, halvings): (usize, usize),
    toys: Option<Toys>,
) -> PyResult<String> {
    let (poi, level) = (model.interest(py, poi)?, probability(level)?);
    let name = &model.parameters_of()[poi].name;
    let options = Options::default();
    let Some((count, seed, threads)) = toys else {
        let (binned, pool) = (model.binned()?, pool(py, 0)?);
        return work(py, || {
            let mut tests = ToyTests::new(binned, poi, Statistic::T, 0, &options)?;
            let search = tests.search(level, points, halvings)?;
            let region = region(level, &search, &mut |value| {
                let p = tests.enumerated(value, value, &pool)?;
                Ok::<_, NoResult>(TestedValue::exact(value, tests.observed(value)?, p))
            })?;
            Ok(documents::region(name, search.best, &region, None))
        });
    };
    let (model, pool) = (&model.any, pool(py, threads)?);
    work(py, || {
        let mut tests = ToyTests::new(model, poi, Statistic::T, seed, &options)?;
        let search = tests.search(level, points, halvings)?;
        let region = region(level, &search, &mut |value| {
            let toys = tests.toys(value, value, 0..count, &pool)?;
            Ok::<_, NoResult>(TestedValue::of_toys(value, tests.observed(value)?, toys))
        })?;
        Ok(documents::region(name, search.best, &region, Some((count, seed))))
    })
}

pub(super) fn yields(py: Python<'_>, model: &Model, prefit: bool) -> PyResult<String> {
    let model = model.binned()?;
    work(py, || {
        let found = if prefit { prefit_yields(model) } else { postfit_yields(model, &minimise(model, &Options::default()))? };
        Ok(documents::yields(model, prefit, &found))
    })
}

pub(super) fn coefficients(
    py: Python<'_>,
    model: &Model,
    names: Option<Vec<String>>,
    levels: &[f64],
    (starts, seed): (usize, u64),
) -> PyResult<String> {
    let AnyModel::Quadratic(quadratic) = &model.any else {
        return Err(PyTypeError::new_err("only a model of `from_scaling` has coefficients"));
    };
    let all: Vec<usize> = (0..quadratic.coefficients()).collect();
    let wanted = match names {
        Some(names) => names.iter().map(|name| model.index(py, name)).collect::<PyResult<Vec<_>>>()?,
        None => all.clone(),
    };
    let levels = levels.iter().map(|level| probability(*level)).collect::<PyResult<Vec<_>>>()?;
    work(py, || {
        let options = Options::default();
        let mut found = minima(&**quadratic, starts, seed, &options)?;
        let mut intervals = Vec::new();
        for index in wanted {
            let mut unions: Vec<(f64, Vec<Segment>)> = Vec::new();
            for &level in &levels {
                unions.push((level, segments(&**quadratic, index, 0.5 * rise(level, 1), &mut found, &options)?));
            }
            intervals.push((index, unions));
        }
        let start: Vec<f64> = quadratic.parameters().iter().map(|parameter| parameter.start).collect();
        let basis = information_basis(&**quadratic, &start, &all)?;
        Ok(documents::coefficients(&**quadratic, &found, &intervals, &basis))
    })
}
