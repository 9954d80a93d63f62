//! Contents of templates → a HistFactory model as a workspace.
//!
//! A systematic with templates is split into its yield (normsys) and its shape with the nominal yield (histosys), as
//! cabinetry and TRExFitter do; a mirrored side is `2 - k` and `2 nominal - shape`, after the split.

use super::{Change, Contents, Effect, Region, Sample, TemplateFit, Variation};
use crate::templates::{self, Split};
use crate::workspace::{Channel, Measurement, Modifier, Workspace};
use germane_texts::Diagnostic;

/// A workspace, and what was done on the way to it.
#[derive(Clone, Debug)]
pub struct Built {
    /// The workspace.
    pub workspace: Workspace,
    /// What was left out, and why.
    pub warnings: Vec<Diagnostic>,
    /// What is on the axes of the channels, in their order.
    pub axes: Vec<ChannelAxis>,
}

/// What is on the axis of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelAxis {
    /// Name of the channel.
    pub channel: String,
    /// Edges of the bins.
    pub edges: Vec<f64>,
    /// What is on the axis, in words; empty if that is not said.
    pub label: String,
}

impl TemplateFit {
    /// The workspace of these contents, one for each of [`TemplateFit::templates`], in their order.
    ///
    /// # Errors
    /// Templates of one region with different bins, contents that are not finite, regions without any content, and yields
    /// whose ratio to the nominal one is not positive.
    pub fn workspace(&self, contents: &[Contents]) -> Result<Built, Vec<Diagnostic>> {
        let mut builder = Builder { fit: self, contents, problems: Vec::new() };
        builder.check();
        if !builder.problems.is_empty() {
            return Err(builder.problems);
        }
        let mut workspace = Workspace::new();
        for region in &self.regions {
            let (channel, observed) = builder.channel(region);
            workspace = workspace.channel(channel, observed);
        }
        let mut measurement = Measurement::new(&self.name, self.interest.as_deref());
        for setting in &self.parameters {
            measurement = measurement.set(setting.clone());
        }
        let axis = |region: &Region| {
            let edges = region.samples.first().map_or_else(Vec::new, |sample| contents[sample.template].edges.clone());
            ChannelAxis { channel: region.name.clone(), edges, label: region.label.clone() }
        };
        let axes = self.regions.iter().map(axis).collect();
        let (errors, warnings): (Vec<_>, Vec<_>) = builder.problems.into_iter().partition(Diagnostic::is_error);
        if errors.is_empty() { Ok(Built { workspace: workspace.measurement(measurement), warnings, axes }) } else { Err(errors) }
    }
}

struct Builder<'a> {
    fit: &'a TemplateFit,
    contents: &'a [Contents],
    problems: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// Templates that belong together have the same bins, and numbers in them.
    fn check(&mut self) {
        for (template, contents) in self.fit.templates.iter().zip(self.contents) {
            if contents.values.is_empty() || contents.variances.len() != contents.values.len() {
                let message = format!("{} has no bins, or not a variance for each", template.name);
                self.problems.push(Diagnostic::new("value", message).at(&self.fit.source, template.span));
                continue;
            }
            if let Some(bin) = contents.values.iter().chain(&contents.variances).position(|value| !value.is_finite()) {
                let bin = bin % contents.values.len();
                let message = format!("bin {bin} of {} is not a finite number", template.name);
                self.problems.push(Diagnostic::new("value", message).at(&self.fit.source, template.span));
            }
        }
        if !self.problems.is_empty() {
            return;
        }
        for region in &self.fit.regions {
            let Some(first) = region.samples.first() else { continue };
            let bins = self.contents[first.template].values.len();
            for index in region_templates(region) {
                let template = &self.fit.templates[index];
                let other = self.contents[index].values.len();
                if other != bins {
                    let message =
                        format!("{} has {other} bins, {} has {bins}", template.name, self.fit.templates[first.template].name);
                    self.problems.push(Diagnostic::new("value", message).at(&self.fit.source, template.span));
                }
            }
            let nothing = |sample: &Sample| self.contents[sample.template].values.iter().all(|value| *value == 0.0);
            if region.samples.iter().all(nothing) {
                let message = format!("all templates of region `{}` are empty", region.name);
                let problem = Diagnostic::new("value", message).at(&self.fit.source, region.span);
                self.problems.push(problem.advice("no event of any sample passes its filter, or all are outside of the bins"));
            }
        }
        self.problems.dedup();
    }

    fn channel(&mut self, region: &Region) -> (Channel, Vec<f64>) {
        let mut channel = Channel::new(&region.name);
        let bins = region.samples.first().map_or(0, |sample| self.contents[sample.template].values.len());
        let column = |bin: usize, pick: fn(&Contents) -> &[f64]| -> Vec<f64> {
            region.samples.iter().map(|sample| pick(&self.contents[sample.template])[bin]).collect()
        };
        let sum = |bin: usize| crate::pairwise::sum(&column(bin, |contents| &contents.values));
        let variance = |bin: usize| crate::pairwise::sum(&column(bin, |contents| &contents.variances));
        let kept: Vec<bool> = (0..bins).map(|bin| variance(bin).sqrt() >= self.fit.smallest_error * sum(bin).abs()).collect();
        let expected: Vec<f64> = (0..bins).map(sum).collect();
        for sample in &region.samples {
            channel = channel.sample(self.sample(region, sample, &kept));
        }
        let observed = region.data.map_or(expected, |data| self.contents[data].values.clone());
        (channel, observed)
    }

    fn sample(&mut self, region: &Region, sample: &Sample, kept: &[bool]) -> crate::workspace::Sample {
        let nominal = &self.contents[sample.template];
        let mut made = crate::workspace::Sample::new(&sample.name, nominal.values.clone());
        if sample.errors {
            let errors =
                nominal.variances.iter().zip(kept).map(|(variance, kept)| if *kept { variance.max(0.0).sqrt() } else { 0.0 });
            // cabinetry's name of the modifier.
            made = made.with(Modifier::stat_error(format!("staterror_{}", region.name.replace(' ', "-")), errors.collect()));
        }
        for factor in &sample.factors {
            made = made.with(Modifier::norm_factor(factor));
        }
        for effect in &sample.effects {
            for modifier in self.modifiers(region, sample, effect) {
                made = made.with(modifier);
            }
        }
        made
    }

    fn modifiers(&mut self, region: &Region, sample: &Sample, effect: &Effect) -> Vec<Modifier> {
        match &effect.change {
            Change::Norm { high, low } => vec![Modifier::norm_sys(&effect.parameter, *high, *low)],
            Change::Templates(variation) => {
                let nominal = &self.contents[sample.template].values;
                let what = format!("`{}` on `{}` in region `{}`", effect.parameter, sample.name, region.name);
                let found = self.sides(nominal, variation, &what, effect);
                found.map_or_else(Vec::new, |[high, low]| self.kept(nominal, variation, &high, &low, &what, effect))
            }
        }
    }

    /// Yield and shape at both sides; `None` where the nominal template is empty, so that there is nothing to vary.
    fn sides(&mut self, nominal: &[f64], variation: &Variation, what: &str, effect: &Effect) -> Option<[Split; 2]> {
        if crate::pairwise::sum(nominal) == 0.0 {
            self.report(format!("{what} is left out: the nominal template is empty"), effect, true);
            return None;
        }
        let mut contents = [variation.high, variation.low].map(|side| side.map(|index| self.contents[index].values.clone()));
        if variation.smooth && nominal.contains(&0.0) {
            self.report(format!("{what} is not smoothed: the nominal template has an empty bin"), effect, true);
        } else if variation.smooth {
            contents = contents.map(|side| side.map(|values| templates::smoothed(nominal, &values)));
        }
        if let Some(rule) = variation.symmetry {
            let [high, low] = &contents;
            let (high, low) = (high.as_ref().or(low.as_ref())?, low.as_ref().or(high.as_ref())?);
            let (first, second) = templates::symmetrise(rule, nominal, high, low);
            // The one side that is given stays where it is.
            contents = if variation.high.is_some() { [Some(first), Some(second)] } else { [Some(second), Some(first)] };
        }
        let [high, low] = contents.map(|side| side.map(|values| templates::split(nominal, &values)));
        let (high, low) = match (high, low) {
            (Some(high), Some(low)) => (high, low),
            (Some(side), None) => (side.clone(), mirrored(nominal, &side)),
            (None, Some(side)) => (mirrored(nominal, &side), side),
            (None, None) => return None,
        };
        for (side, split) in [("up", &high), ("down", &low)] {
            if split.norm <= 0.0 {
                let message = format!("{what}: the yield is {} times the nominal one at the side `{side}`", split.norm);
                self.report(message, effect, false);
            }
        }
        Some([high, low])
    }

    /// Modifiers of what is asked for and not pruned; a single bin has no shape.
    fn kept(
        &mut self,
        nominal: &[f64],
        variation: &Variation,
        high: &Split,
        low: &Split,
        what: &str,
        effect: &Effect,
    ) -> Vec<Modifier> {
        let (mut norm, mut shape) = (variation.norm, variation.shape && nominal.len() > 1);
        if let Some(thresholds) = self.fit.pruning {
            let whole = |split: &Split| -> Vec<f64> { split.shape.iter().map(|value| value * split.norm).collect() };
            let kept = templates::prune(nominal, &whole(high), &whole(low), thresholds);
            if kept.large {
                self.report(format!("{what} is large: {} and {} times the nominal yield", high.norm, low.norm), effect, true);
            }
            for (kept, wanted, part) in [(kept.norm, &mut norm, "yield"), (kept.shape, &mut shape, "shape")] {
                if *wanted && !kept {
                    self.report(format!("the {part} of {what} is pruned"), effect, true);
                    *wanted = false;
                }
            }
        }
        let mut modifiers = Vec::new();
        if norm {
            modifiers.push(Modifier::norm_sys(&effect.parameter, high.norm, low.norm));
        }
        if shape {
            modifiers.push(Modifier::histo_sys(&effect.parameter, high.shape.clone(), low.shape.clone()));
        }
        modifiers
    }

    fn report(&mut self, message: String, effect: &Effect, warning: bool) {
        let problem = Diagnostic::new("value", message).at(&self.fit.source, effect.span);
        self.problems.push(if warning { problem.warning() } else { problem });
    }
}

/// The mirror image of a side that was split already (cabinetry's rule).
fn mirrored(nominal: &[f64], side: &Split) -> Split {
    let shape = nominal.iter().zip(&side.shape).map(|(nominal, value)| 2.0 * nominal - value).collect();
    Split { norm: 2.0 - side.norm, shape }
}

/// All templates that a region is made of.
fn region_templates(region: &Region) -> impl Iterator<Item = usize> + '_ {
    let of_effect = |effect: &Effect| match &effect.change {
        Change::Norm { .. } => [None, None],
        Change::Templates(variation) => [variation.high, variation.low],
    };
    let of_samples = region
        .samples
        .iter()
        .flat_map(move |sample| std::iter::once(sample.template).chain(sample.effects.iter().flat_map(of_effect).flatten()));
    of_samples.chain(region.data)
}
