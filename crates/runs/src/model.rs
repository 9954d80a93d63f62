//! Histograms of a run → templates of a HistFactory model, as a pyhf workspace.
//!
//! A sample's variation is split into its yield (normsys) and its shape (histosys); bins without content get a millionth
//! of the sample's mean bin, so that the logarithm of the expectation exists.

use crate::analysis::{Analysis, Channel, Kind, Model};
use crate::assemble::Assembled;
use crate::error::Error;
use crate::plan::NOMINAL;
use germane_columns::Unit;
use germane_histograms::Histogram;
use germane_numerics::ExactSum;
use serde_json::{Value, json};

/// A workspace and what was done to make it fit-able.
pub(crate) struct Templates {
    /// pyhf JSON
    pub workspace: Value,
    /// bins that were raised, in words
    pub warnings: Vec<String>,
}

/// Region of a channel by name.
pub(crate) fn region(channel: &Channel) -> &str {
    channel.region.as_ref().map_or(&channel.name.text, |r| &r.text)
}

/// The workspace of all channels.
///
/// # Errors
/// If coarser bins are no union of the histogram's bins (exit 6).
pub(crate) fn templates(analysis: &Analysis, model: &Model, histograms: &[Assembled]) -> Result<Templates, Error> {
    let (mut channels, mut observations, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for channel in &model.channels {
        let Some(of) = histograms.iter().find(|h| analysis.histograms[h.index].name.text == channel.histogram.text) else {
            continue;
        };
        let mut samples = Vec::new();
        let mut observed: Option<Vec<f64>> = None;
        for process in &of.processes {
            let contents = |variation: &str| -> Result<Option<Contents>, Error> {
                match of.get(process, region(channel), variation) {
                    Some(histogram) => Ok(Some(Contents::of(analysis, channel, histogram)?)),
                    None => Ok(None),
                }
            };
            let Some(nominal) = contents(NOMINAL)? else { continue };
            if is_data(analysis, process) {
                observed = Some(
                    observed
                        .map_or_else(|| nominal.values.clone(), |o| o.iter().zip(&nominal.values).map(|(a, b)| a + b).collect()),
                );
                continue;
            }
            let sample = Sample { model, channel: &channel.name.text, process, nominal: &nominal };
            let raised = nominal.values.iter().filter(|v| **v <= 0.0).count();
            if raised > 0 {
                warnings.push(format!(
                    "{}: {raised} bins of `{process}` are ≤ 0 and were raised to 1e-6 of its mean bin",
                    channel.name.text
                ));
            }
            let mut varied = Vec::new();
            for name in pairs(&of.variations) {
                let (up, down) = (contents(&format!("{name}_up"))?, contents(&format!("{name}_down"))?);
                varied.push((name, up, down));
            }
            samples.push(sample.document(&varied, &of.variations));
        }
        let expected = |samples: &[Value]| -> Vec<f64> {
            let rows: Vec<Vec<f64>> =
                samples.iter().map(|s| s["data"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()).collect();
            (0..rows.first().map_or(0, Vec::len)).map(|b| rows.iter().map(|r| r[b]).collect::<ExactSum>().value()).collect()
        };
        let data = observed.unwrap_or_else(|| expected(&samples));
        observations.push(json!({"name": channel.name.text, "data": data}));
        channels.push(json!({"name": channel.name.text, "samples": samples}));
    }
    let interest = model.parameter_of_interest.as_ref().map_or("", |(name, _)| &name.text);
    let parameters: Vec<Value> =
        if interest.is_empty() { Vec::new() } else { vec![json!({"name": interest, "inits": [1.0], "bounds": [[0.0, 10.0]]})] };
    let workspace = json!({
        "channels": channels, "observations": observations,
        "measurements": [{"name": "main", "config": {"poi": interest, "parameters": parameters}}], "version": "1.0.0",
    });
    Ok(Templates { workspace, warnings })
}

/// Whether all datasets of a process are data.
pub(crate) fn is_data(analysis: &Analysis, process: &str) -> bool {
    analysis.datasets.iter().filter(|d| d.process() == process).all(|d| d.kind == Kind::Data)
}

/// Names of variations that come as up and down, or as up alone.
fn pairs(variations: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for variation in variations {
        let name = variation.strip_suffix("_up").or_else(|| variation.strip_suffix("_down"));
        if let Some(name) = name
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Inner bins of a histogram in the channel's binning.
struct Contents {
    values: Vec<f64>,
    variances: Vec<f64>,
}

impl Contents {
    fn of(analysis: &Analysis, channel: &Channel, histogram: &Histogram) -> Result<Self, Error> {
        let coarser;
        let histogram = match &channel.bins {
            None => histogram,
            Some((bins, low, high, span)) => {
                let unit = histogram.axes()[0].unit().and_then(|u| Unit::parse(u).ok());
                let wrong = |message: String| {
                    Error::text(vec![germane_texts::Diagnostic::new("bins", message).at(&analysis.source, *span)])
                };
                let end = |q| crate::plan::in_unit(q, unit.as_ref()).map_err(wrong);
                let axis =
                    germane_histograms::Axis::regular(*bins as usize, end(low)?, end(high)?).map_err(|e| wrong(e.to_string()))?;
                coarser = histogram.rebin_to(0, &axis.edges()).map_err(|e| wrong(e.to_string()))?;
                &coarser
            }
        };
        Ok(Self { values: histogram.values(false), variances: histogram.variances(false).unwrap_or_default() })
    }
}

struct Sample<'a> {
    model: &'a Model,
    channel: &'a str,
    process: &'a str,
    nominal: &'a Contents,
}

impl Sample<'_> {
    fn document(&self, varied: &[(&str, Option<Contents>, Option<Contents>)], reached: &[String]) -> Value {
        let mean = total(&self.nominal.values) / self.nominal.values.len() as f64;
        let small = 1e-6 * mean;
        let raise = |values: &[f64]| -> Vec<f64> { values.iter().map(|&v| if v > 0.0 { v } else { small }).collect() };
        let nominal = raise(&self.nominal.values);
        let mut modifiers = Vec::new();
        if let Some((name, process)) = &self.model.parameter_of_interest
            && process.text == self.process
        {
            modifiers.push(json!({"name": name.text, "type": "normfactor", "data": null}));
        }
        if let Some(luminosity) = &self.model.luminosity {
            let relative = luminosity
                .unit
                .as_ref()
                .and_then(|u| u.factor_to(&Unit::one()))
                .map_or(luminosity.value, |f| luminosity.value * f);
            modifiers.push(json!({"name": "lumi", "type": "normsys", "data": {"hi": 1.0 + relative, "lo": 1.0 - relative}}));
        }
        let errors: Vec<f64> = self.nominal.variances.iter().map(|v| v.sqrt()).collect();
        modifiers.push(json!({"name": format!("staterror_{}", self.channel), "type": "staterror", "data": errors}));
        for (name, up, down) in varied {
            let has = |direction: &str| reached.iter().any(|v| *v == format!("{name}_{direction}"));
            let (Some(up), down) = (up.as_ref().filter(|_| has("up")), down.as_ref().filter(|_| has("down"))) else { continue };
            modifiers.extend(self.split(name, &nominal, &raise(&up.values), down.map(|d| raise(&d.values)).as_deref(), small));
        }
        json!({"name": self.process, "data": nominal, "modifiers": modifiers})
    }

    /// A variation as its effect on the yield and on the shape; a missing down is the mirrored up.
    fn split(&self, name: &str, nominal: &[f64], up: &[f64], down: Option<&[f64]>, small: f64) -> Vec<Value> {
        if !self.model.normalisation {
            let low: Vec<f64> = down.map_or_else(|| mirrored(nominal, up, small), <[f64]>::to_vec);
            return vec![json!({"name": name, "type": "histosys", "data": {"hi_data": up, "lo_data": low}})];
        }
        let sum = total(nominal);
        let hi = total(up) / sum;
        let lo = down.map_or(2.0 - hi, |d| total(d) / sum);
        let high: Vec<f64> = up.iter().map(|u| u / hi).collect();
        let low: Vec<f64> = down.map_or_else(|| mirrored(nominal, &high, small), |d| d.iter().map(|x| x / lo).collect());
        vec![
            json!({"name": name, "type": "normsys", "data": {"hi": hi, "lo": lo}}),
            json!({"name": name, "type": "histosys", "data": {"hi_data": high, "lo_data": low}}),
        ]
    }
}

fn mirrored(nominal: &[f64], up: &[f64], small: f64) -> Vec<f64> {
    nominal.iter().zip(up).map(|(n, u)| (2.0 * n - u).max(small)).collect()
}

fn total(values: &[f64]) -> f64 {
    values.iter().copied().collect::<ExactSum>().value()
}
