//! Figures of an analysis: recipes of the `reports` room fed with products of the run.

mod calibration;
mod waveforms;

use crate::analysis::Figure as Wanted;
use crate::assemble::Assembled;
use crate::error::Error;
use crate::fits::{Fitted, Named};
use crate::model::{is_data, region};
use crate::plan::{NOMINAL, Plan};
use crate::tiers::Tiered;
use germane_histograms::Histogram;
use germane_reports::figure::{Figure, Provenance};
use germane_reports::recipes::{self, Contents, Curve, Quantity, Recipe};

/// A figure and its pictures.
pub(crate) struct Drawn {
    /// name in the analysis file
    pub name: String,
    /// the document
    pub figure: Figure,
    /// as SVG
    pub svg: String,
    /// as PNG
    pub png: Vec<u8>,
}

/// Points of a curve between the ends of the axis.
const POINTS: usize = 481;

/// Draws all figures.
///
/// # Errors
/// A picture that cannot be made (our own fault).
pub(crate) fn draw(plan: &Plan, histograms: &[Assembled], fitted: &Fitted, tiered: &Tiered) -> Result<Vec<Drawn>, Error> {
    let mut drawn = Vec::new();
    let key = crate::plan::hash(plan);
    for wanted in &plan.analysis.figures {
        let (of, product) = wanted.of.text.split_once('.').unwrap_or(("", &wanted.of.text));
        let name = wanted.name.text.clone();
        let assembled = || histograms.iter().find(|h| plan.analysis.histograms[h.index].name.text == product);
        let calibrated = || {
            let index = plan.analysis.calibrations.iter().position(|c| c.name.text == product)?;
            Some((tiered.calibrations.get(index)?, &plan.analysis.calibrations[index]))
        };
        let figures: Vec<(String, Figure)> = match (wanted.kind.as_str(), of) {
            ("fit", "calibrations") => calibrated().map(|(made, _)| calibration::lines(made, wanted)).unwrap_or_default(),
            ("curve", _) => named(name, calibrated().and_then(|(made, of)| calibration::resolution(made, of, wanted))),
            ("fit", _) => {
                let fitted = fitted.fits.iter().find(|f| f.name == product);
                named(name, fitted.and_then(|f| fit(plan, histograms, f, wanted)))
            }
            ("waveforms", _) => named(name, waveforms::waveforms(plan, wanted)),
            ("pulls", _) => named(name, fitted.fits.iter().find(|f| f.name == product).map(pulls)),
            ("templates", _) => named(name, assembled().and_then(|h| varied(plan, h, wanted))),
            ("spectrum", _) => named(name, assembled().and_then(|h| spectrum(plan, h, wanted))),
            _ => named(name, assembled().and_then(|h| histogram(plan, h, wanted))),
        };
        // A fit that was not made (an empty channel) has no figure; the report says why.
        for (name, mut figure) in figures {
            figure.provenance = Some(Provenance { product: wanted.of.text.clone(), key: key.clone() });
            let svg = germane_reports::svg(&figure);
            let png = germane_reports::png(&figure).map_err(|e| Error::internal(e.to_string()))?;
            drawn.push(Drawn { name, figure, svg, png });
        }
    }
    Ok(drawn)
}

fn named(name: String, figure: Option<Figure>) -> Vec<(String, Figure)> {
    figure.map(|figure| (name, figure)).into_iter().collect()
}

/// Energies of all processes together, in one region or in each of them.
fn spectrum(plan: &Plan, assembled: &Assembled, wanted: &Wanted) -> Option<Figure> {
    let chosen = wanted.region.as_ref().map(|r| r.text.as_str());
    let regions: Vec<&String> = assembled.regions.iter().filter(|r| chosen.is_none_or(|c| c == r.as_str())).collect();
    let totals: Vec<(String, Histogram)> =
        regions.iter().filter_map(|region| Some(((*region).replace('_', " "), assembled.total(region, NOMINAL)?))).collect();
    let x = quantity(&totals.first()?.1, wanted);
    let spectra = totals.iter().map(|(name, total)| (name.clone(), contents(total))).collect();
    let calibrated = x.unit.as_deref() == Some("keV");
    let mut lines: Vec<f64> = plan
        .analysis
        .calibrations
        .iter()
        .filter(|_| calibrated)
        .flat_map(|c| c.lines.iter().map(|(energy, _)| *energy))
        .collect();
    lines.sort_by(f64::total_cmp);
    lines.dedup();
    Some(recipes::Spectrum { spectra, lines, x, what: "Counts".into() }.figure())
}

fn contents(histogram: &Histogram) -> Contents {
    let (edges, values) = (histogram.axes()[0].edges(), histogram.values(false));
    match histogram.variances(false) {
        _ if histogram.unweighted() => Contents::counts(&edges, &values),
        Some(variances) => Contents::weighted(&edges, &values, &variances),
        None => Contents { edges, values, variances: None, unweighted: false },
    }
}

fn quantity(histogram: &Histogram, wanted: &Wanted) -> Quantity {
    let axis = &histogram.axes()[0];
    Quantity::new(wanted.label.as_deref().unwrap_or(axis.label()), axis.unit())
}

/// Data, fitted density and components of its first channel.
fn fit(plan: &Plan, histograms: &[Assembled], of: &Named, wanted: &Wanted) -> Option<Figure> {
    let (model, analysis) = (of.densities.as_ref()?, &plan.analysis);
    let density = plan.densities.as_ref()?.channels.first()?;
    let channel = &analysis.model.as_ref()?.channels[density.channel];
    let assembled = histograms.iter().find(|h| analysis.histograms[h.index].name.text == channel.histogram.text)?;
    let data = assembled.total(region(channel), NOMINAL)?.rebin_to(0, &density.axis.edges()).ok()?;
    let edges = data.axes()[0].edges();
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    let x: Vec<f64> = (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64).collect();
    let values = of.fit.values();
    let curve = |name: &str, component: Option<usize>| Curve {
        name: name.to_owned(),
        x: x.clone(),
        density: model.curve(0, component, &x, &values),
    };
    let components = model.components(0).into_iter().enumerate().filter(|(i, _)| model.is_there(0, *i, &values));
    let components = components.map(|(i, name)| curve(name, Some(i))).collect();
    Some(
        recipes::Fit {
            data: contents(&data),
            model: curve("model", None),
            components,
            expected: model.bin_integrals(0, None, &edges, &values),
            x: quantity(&data, wanted),
            lines: parameter_lines(of),
            ..recipes::Fit::default()
        }
        .figure(),
    )
}

/// Free parameters with their errors, as the frame of a fit shows them.
fn parameter_lines(of: &Named) -> Vec<String> {
    (of.fit.parameters.iter())
        .filter(|p| !p.fixed)
        .filter_map(|p| {
            let unit = p.unit.as_deref().map_or_else(String::new, |u| format!(" {u}"));
            Some(format!("{} = {}{unit}", p.name, germane_reports::tables::measured(p.value, p.error?)))
        })
        .collect()
}

fn pulls(of: &Named) -> Figure {
    let free = of.fit.parameters.iter().zip(&of.widths).filter(|(p, _)| !p.fixed);
    let rows: Vec<_> =
        free.filter_map(|(p, width)| Some((p.name.clone(), p.pull?, p.error.unwrap_or(f64::NAN) / (*width)?))).collect();
    recipes::Pulls {
        names: rows.iter().map(|(name, _, _)| name.clone()).collect(),
        pulls: rows.iter().map(|(_, pull, _)| *pull).collect(),
        errors: rows.iter().map(|(_, _, error)| *error).collect(),
    }
    .figure()
}

/// The region a figure shows: named, or the only one.
fn shown<'a>(assembled: &'a Assembled, wanted: &'a Wanted) -> Option<&'a str> {
    wanted.region.as_ref().map(|r| r.text.as_str()).or_else(|| assembled.regions.first().map(String::as_str))
}

fn varied(plan: &Plan, assembled: &Assembled, wanted: &Wanted) -> Option<Figure> {
    let region = shown(assembled, wanted)?;
    let nominal = assembled.total(region, NOMINAL)?;
    let mut variations: Vec<(String, Vec<f64>, Vec<f64>)> = Vec::new();
    for variation in assembled.variations.iter().filter(|v| *v != NOMINAL) {
        let values = assembled.total(region, variation)?.values(false);
        let (name, up) = match variation.strip_suffix("_down") {
            Some(name) => (name, false),
            None => (variation.strip_suffix("_up").unwrap_or(variation), true),
        };
        if !variations.iter().any(|(n, _, _)| n == name) {
            variations.push((name.to_owned(), Vec::new(), Vec::new()));
        }
        let of = variations.iter_mut().find(|(n, _, _)| n == name)?;
        *(if up { &mut of.1 } else { &mut of.2 }) = values;
    }
    let processes: Vec<&str> = assembled.processes.iter().filter(|p| !is_data(&plan.analysis, p)).map(String::as_str).collect();
    let lines = vec![processes.join(" + "), region.to_owned()];
    Some(
        recipes::Templates {
            nominal: contents(&nominal),
            variations,
            x: quantity(&nominal, wanted),
            lines,
            ..recipes::Templates::default()
        }
        .figure(),
    )
}

fn histogram(plan: &Plan, assembled: &Assembled, wanted: &Wanted) -> Option<Figure> {
    let region = shown(assembled, wanted)?;
    let x = quantity(assembled.get(assembled.processes.first()?, region, NOMINAL)?, wanted);
    let histograms = (assembled.processes.iter())
        .filter_map(|process| {
            let name = if is_data(&plan.analysis, process) { "Data".to_owned() } else { process.clone() };
            Some((name, contents(assembled.get(process, region, NOMINAL)?)))
        })
        .collect();
    Some(recipes::Histogram { histograms, x, log: wanted.log, ..recipes::Histogram::default() }.figure())
}
