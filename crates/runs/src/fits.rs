//! The model of an analysis and its fits.

use crate::analysis::{Fit as Wanted, FitData};
use crate::assemble::Assembled;
use crate::densities::{Densities, Density};
use crate::engine::Merged;
use crate::error::Error;
use crate::model::templates;
use crate::plan::{Plan, Purpose};
use crate::publish::kept;
use germane_columns::Numbers;
use germane_inference::{Fit, Minos, Options, minimise};
use germane_models::density::{DensityChannel, DensityModel, Observations};
use germane_models::workspace::Workspace;
use germane_models::{Likelihood, Model};
use germane_texts::{Diagnostic, Source};
use serde_json::Value;

/// All fits of a run.
#[derive(Default)]
pub(crate) struct Fitted {
    /// the workspace, where the model is made of templates
    pub model: Option<Value>,
    /// in the order of the file
    pub fits: Vec<Named>,
    /// remarks
    pub warnings: Vec<String>,
}

/// A fit with its name.
pub(crate) struct Named {
    /// name in the analysis file
    pub name: String,
    /// the result
    pub fit: Fit,
    /// width of each parameter's constraint, where it has one
    pub widths: Vec<Option<f64>>,
    /// the density model that was fitted, for its curves
    pub densities: Option<DensityModel>,
}

impl Named {
    /// The `germane_fit` document.
    pub(crate) fn document(&self) -> Value {
        serde_json::to_value(&self.fit).unwrap_or(Value::Null)
    }
}

/// Builds the model and fits it.
///
/// # Errors
/// A model that does not hold together (exit 6). A fit without a valid minimum is a result, not an error.
pub(crate) fn run(plan: &Plan, merged: &[Merged], histograms: &[Assembled]) -> Result<Fitted, Error> {
    let analysis = &plan.analysis;
    let Some(model) = &analysis.model else { return Ok(Fitted::default()) };
    if let Some(densities) = &plan.densities {
        let fits = analysis.fits.iter().map(|w| fit_density(plan, merged, histograms, densities, w)).collect::<Result<_, _>>()?;
        return Ok(Fitted { model: None, fits, warnings: Vec::new() });
    }
    let made = templates(analysis, model, histograms)?;
    let mut warnings = made.warnings;
    let empty =
        made.workspace["channels"].as_array().is_none_or(|c| c.iter().any(|c| c["samples"].as_array().is_none_or(Vec::is_empty)));
    if empty {
        warnings.push("a channel of the model has no sample: nothing is fitted".into());
        return Ok(Fitted { model: Some(made.workspace), fits: Vec::new(), warnings });
    }
    let source = Source::new("models/model.json", format!("{:#}", made.workspace));
    let compiled = Workspace::read(&source).and_then(|w| w.model(None)).map_err(Error::text)?;
    let has_data = histograms.iter().flat_map(|h| &h.processes).any(|p| crate::model::is_data(analysis, p));
    let mut fits = Vec::new();
    for wanted in &analysis.fits {
        let model = with_data(&compiled, wanted, has_data).map_err(|message| wrong(plan, wanted, message))?;
        let widths = model.parameters().iter().map(|p| p.constraint.map(|c| c.width())).collect();
        fits.push(Named { name: wanted.name.text.clone(), fit: fitted(&model, wanted), widths, densities: None });
    }
    Ok(Fitted { model: Some(made.workspace), fits, warnings })
}

fn wrong(plan: &Plan, wanted: &Wanted, message: impl Into<String>) -> Error {
    Error::text(vec![Diagnostic::new("data", message).at(&plan.analysis.source, wanted.name.span)])
}

/// A fit asks for observed data by default where the analysis has some, else for the model's expectation.
fn with_data(model: &Model, wanted: &Wanted, has_data: bool) -> Result<Model, String> {
    let start = model.start();
    match wanted.data {
        FitData::Toy(seed) => model.with_data(&model.toy(&start, seed, 0)),
        FitData::Asimov => model.with_data(&model.asimov(&start)),
        FitData::Observed if !has_data => Err("no dataset of `kind: data` is there to be fitted; write `data: asimov`".into()),
        FitData::Observed | FitData::Default => Ok(model.clone()),
    }
}

fn fitted(likelihood: &dyn Likelihood, wanted: &Wanted) -> Fit {
    let options = Options::default();
    minimise(likelihood, &if wanted.minos { options.minos(Minos::All) } else { options })
}

fn fit_density(
    plan: &Plan,
    merged: &[Merged],
    histograms: &[Assembled],
    densities: &Densities,
    wanted: &Wanted,
) -> Result<Named, Error> {
    let analysis = &plan.analysis;
    if !matches!(wanted.data, FitData::Default | FitData::Observed) {
        return Err(wrong(plan, wanted, "densities are fitted to the observed data; asimov and toys are for template models"));
    }
    let channels = (densities.channels.iter())
        .map(|density| {
            let channel = &analysis.model.as_ref().expect("invariant: densities come from a model").channels[density.channel];
            let observations = if wanted.binned {
                let of = histograms.iter().find(|h| analysis.histograms[h.index].name.text == channel.histogram.text);
                let total = of.and_then(|h| h.total(crate::model::region(channel), crate::plan::NOMINAL));
                let counts = total.map(|t| t.rebin_to(0, &density.axis.edges()).map(|t| t.values(false)));
                let counts = counts.ok_or_else(|| Error::internal("a channel without its histogram"))?;
                let counts = counts.map_err(|e| {
                    Error::text(vec![Diagnostic::new("bins", e.to_string()).at(&analysis.source, channel.name.span)])
                })?;
                Observations::Counts { edges: density.axis.edges(), counts }
            } else {
                let edges = density.axis.edges();
                let (low, high) = (edges[0], edges[edges.len() - 1]);
                let (values, columns) = events(plan, merged, density);
                if columns.is_empty() {
                    Observations::Events { low, high, values }
                } else {
                    Observations::Conditional { low, high, values, columns }
                }
            };
            Ok(DensityChannel { name: channel.name.text.clone(), density: density.specification.clone(), observations })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let model = DensityModel::new(densities.parameters.clone(), channels).map_err(|found| {
        Error::text(
            found.into_iter().map(|d| if d.span.is_some() { d } else { d.at(&analysis.source, wanted.name.span) }).collect(),
        )
    })?;
    Ok(Named { name: wanted.name.text.clone(), fit: fitted(&model, wanted), widths: Vec::new(), densities: Some(model) })
}

/// Values of all selected events of a channel, in the unit of its axis, and the columns of its density by name; events with a null
/// are left out.
fn events(plan: &Plan, merged: &[Merged], density: &Density) -> (Vec<f64>, Vec<(String, Vec<f64>)>) {
    let purpose = Purpose::Channel(density.channel);
    let Some(rows) = plan.datasets.iter().flat_map(|d| &d.rows).rfind(|r| r.purpose == purpose) else { return <_>::default() };
    let mut out = vec![Vec::new(); rows.columns.len()];
    for columns in kept(plan, merged, purpose) {
        let flat: Vec<_> = columns.iter().map(|array| array.as_list().map_or(array, |(_, items)| items)).collect();
        let numbers: Vec<_> = flat.iter().map(|array| array.as_numbers().map(Numbers::to_f64).unwrap_or_default()).collect();
        for i in 0..numbers[0].len() {
            if flat.iter().all(|array| array.is_valid(i)) {
                for ((out, numbers), factor) in out.iter_mut().zip(&numbers).zip(&rows.factors) {
                    out.push(numbers[i] * factor);
                }
            }
        }
    }
    let mut named = rows.names.iter().cloned().zip(out);
    (named.next().map(|(_, values)| values).unwrap_or_default(), named.collect())
}
