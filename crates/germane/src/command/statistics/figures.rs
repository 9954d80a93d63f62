//! What a fit and its yields look like: pulls, correlations, data with stacked samples.

use germane_inference::{Fit, Yield};
use germane_models::template_fit::ChannelAxis;
use germane_models::{Likelihood, Model};
use germane_reports::Figure;
use germane_reports::figure::Layer;
use germane_reports::recipes::{Contents, Correlation, DataMc, Process, Pulls, Quantity, Recipe};
use germane_runs::AnyModel;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Parameters beyond which only those are shown that are correlated with another by a tenth.
const MANY: usize = 30;

/// Pulls of the constrained parameters, or correlations of the free ones. Parameters of single bins are left out, unless there
/// are no others.
pub(super) fn of_fit(model: &AnyModel, fit: &Fit, kind: &str) -> Figure {
    let likelihood = model.likelihood();
    let name = |index: usize| likelihood.parameters()[index].name.as_str();
    let of_bins: BTreeSet<&str> =
        model.binned().map(germane_models::Model::bin_parameters).unwrap_or_default().into_iter().map(name).collect();
    if kind == "correlation" { correlation(fit, &of_bins) } else { pulls(likelihood, fit, &of_bins) }
}

fn pulls(model: &dyn Likelihood, fit: &Fit, of_bins: &BTreeSet<&str>) -> Figure {
    let row = |(fitted, parameter): (&germane_inference::FittedParameter, &germane_models::Parameter)| {
        let width = parameter.constraint.filter(|_| !fitted.fixed)?.width();
        Some((fitted.name.clone(), fitted.pull?, fitted.error.unwrap_or(f64::NAN) / width))
    };
    let rows: Vec<_> = fit.parameters.iter().zip(model.parameters()).filter_map(row).collect();
    let shared: Vec<_> = rows.iter().filter(|(name, ..)| !of_bins.contains(name.as_str())).cloned().collect();
    let rows = if shared.is_empty() { rows } else { shared };
    Pulls {
        names: rows.iter().map(|(name, ..)| name.clone()).collect(),
        pulls: rows.iter().map(|(_, pull, _)| *pull).collect(),
        errors: rows.iter().map(|(.., error)| *error).collect(),
    }
    .figure()
}

fn correlation(fit: &Fit, of_bins: &BTreeSet<&str>) -> Figure {
    let covariance = &fit.covariance;
    let all: Vec<usize> = (0..covariance.names.len()).collect();
    let shared: Vec<usize> = all.iter().copied().filter(|&index| !of_bins.contains(covariance.names[index].as_str())).collect();
    let shown = if shared.is_empty() { all } else { shared };
    let value = |row: usize, column: usize| {
        covariance.values[row][column] / (covariance.values[row][row] * covariance.values[column][column]).sqrt()
    };
    let matrix = shown.iter().map(|&row| shown.iter().map(|&column| value(row, column)).collect()).collect();
    let names: Vec<String> = shown.iter().map(|&index| covariance.names[index].clone()).collect();
    let prune_below = if names.len() > MANY { 0.1 } else { 0.0 };
    Correlation { names, matrix, prune_below }.figure()
}

/// Data with stacked samples and the error of their sum, a figure for each channel.
pub(super) fn of_yields(model: &Model, yields: &[Yield], axes: &[ChannelAxis], log: bool) -> Vec<(String, Figure)> {
    // A sample has one colour in the figures of all channels.
    let mut names: Vec<&str> = Vec::new();
    for name in yields.iter().filter_map(|one| one.sample.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let figure = |(channel, range): (&str, std::ops::Range<usize>)| {
        let rows = yields.iter().filter(|one| one.channel == channel);
        let processes = rows
            .clone()
            .filter_map(|one| Some(Process { name: one.sample.clone()?, values: one.contents.clone(), variances: Vec::new() }));
        let total = rows.clone().find(|one| one.sample.is_none());
        let axis = axes.iter().find(|axis| axis.channel == channel && axis.edges.len() == range.len() + 1);
        let edges = axis.map_or_else(|| (0..=range.len()).map(|edge| edge as f64).collect(), |axis| axis.edges.clone());
        let x = axis.map_or_else(|| Quantity::new("bin", None), |axis| quantity(&axis.label));
        let data = DataMc {
            processes: processes.collect(),
            systematic: total.map_or_else(Vec::new, |one| one.errors.clone()),
            data: Some(Contents::counts(&edges, &model.observed()[range])),
            edges,
            x,
            log,
            ..DataMc::default()
        };
        let mut figure = data.figure();
        for layer in figure.panels.iter_mut().flat_map(|panel| &mut panel.layers) {
            if let Layer::Stack(stack) = layer {
                for sample in &mut stack.samples {
                    let place = names.iter().position(|name| *name == sample.look.name).unwrap_or(0);
                    sample.look = sample.look.clone().colour(&format!("C{place}"));
                }
            }
        }
        (channel.to_owned(), figure)
    };
    model.channels().map(figure).collect()
}

/// `m [GeV]` as a quantity with its unit.
fn quantity(label: &str) -> Quantity {
    // `Jet[0]` is an expression, `m [GeV]` is not.
    let unit = label.strip_suffix(']').and_then(|rest| rest.rsplit_once(" ["));
    match unit {
        Some((name, unit)) if !name.trim().is_empty() => Quantity::new(name.trim(), Some(unit.trim())),
        _ => Quantity::new(label, None),
    }
}

/// The file of a channel's figure: the given one, with the name of the channel where there are several.
pub(super) fn path_of(path: &Path, channel: &str, channels: usize) -> PathBuf {
    if channels < 2 {
        return path.to_owned();
    }
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let (stem, suffix) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
    let name = format!("{}_{}.{}", stem.display(), channel.chars().map(plain).collect::<String>(), suffix.display());
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_channels_have_a_file_each() {
        assert_eq!(path_of(Path::new("out/y.png"), "SR", 1), Path::new("out/y.png"));
        assert_eq!(path_of(Path::new("out/y.png"), "signal region/1", 2), Path::new("out/y_signal-region-1.png"));
    }

    #[test]
    fn a_unit_in_brackets_is_a_unit() {
        assert_eq!(quantity("m [GeV]"), Quantity::new("m", Some("GeV")));
        assert_eq!(quantity("Jet[0]"), Quantity::new("Jet[0]", None));
        assert_eq!(quantity("jet_pt"), Quantity::new("jet_pt", None));
    }
}
