//! Names in an analysis file that refer to other parts of it: regions, histograms, fits, processes.

use crate::analysis::{Analysis, Figure, Region, Written};
use germane_texts::{Diagnostic, nearest};

/// All names that lead nowhere, and all parts that contradict each other.
pub(super) fn references(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut checker = Checker { analysis, found: Vec::new() };
    checker.datasets();
    checker.regions();
    checker.histograms();
    checker.tables();
    checker.model();
    checker.figures();
    checker.found
}

/// The regions that make up a selection, outermost first.
///
/// `references` has refused unknown names and circles, so the chain ends.
pub(crate) fn chain<'a>(analysis: &'a Analysis, region: &'a Region) -> Vec<&'a Region> {
    let mut chain = vec![region];
    while let Some(from) = &chain[chain.len() - 1].from {
        match analysis.regions.iter().find(|r| r.name.text == from.text) {
            Some(parent) if chain.len() <= analysis.regions.len() => chain.push(parent),
            _ => break,
        }
    }
    chain.reverse();
    chain
}

struct Checker<'a> {
    analysis: &'a Analysis,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Index of the named part, or a diagnostic with the nearest name.
    fn find(&mut self, what: &str, written: &Written, names: &[String]) -> Option<usize> {
        if let Some(index) = names.iter().position(|n| *n == written.text) {
            return Some(index);
        }
        let diagnostic = Diagnostic::new(what.split(' ').next().unwrap_or(what), format!("no {what} `{}`", written.text))
            .at(&self.analysis.source, written.node.span);
        self.found.push(match nearest(&written.text, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.nearest(near),
            None if names.is_empty() => diagnostic.advice(format!("the file defines no {what}")),
            None => diagnostic.advice(format!("there are {}", names.join(", "))),
        });
        None
    }

    /// Tiers and calibrations are made of tables of detectors.
    fn datasets(&mut self) {
        let analysis = self.analysis;
        for dataset in analysis.datasets.iter().filter(|d| !d.tables.is_empty()) {
            let clash =
                dataset.tree.as_ref().map(|t| ("tree", t.node.span)).or(dataset.rename.first().map(|(n, _)| ("rename", n.span)));
            if let Some((key, span)) = clash {
                let message = format!("a dataset with `tables` has no `{key}`");
                self.found.push(Diagnostic::new("key", message).at(&analysis.source, span));
            }
        }
        let with_tables: Vec<String> =
            analysis.datasets.iter().filter(|d| !d.tables.is_empty()).map(|d| d.name.text.clone()).collect();
        let tier = analysis.tiers.dsp.as_ref().map(|t| (t.chain.first(), "tiers"));
        let tier = tier.or(analysis.tiers.hit.as_ref().map(|t| (Some(&t.config), "tiers")));
        let wanting = tier.and_then(|(written, key)| Some((written?.node.span, key)));
        let wanting = wanting.or(analysis.calibrations.first().map(|c| (c.name.span, "calibrations")));
        if let Some((span, key)) = wanting
            && with_tables.is_empty()
        {
            let message = format!("no dataset has the tables of detectors that `{key}` are made of");
            let diagnostic = Diagnostic::new("key", message).at(&analysis.source, span);
            self.found.push(diagnostic.advice("add `tables: \"ch*/raw\"` to a dataset"));
        }
        for on in analysis.calibrations.iter().filter_map(|c| c.on.as_ref()) {
            self.find("dataset with tables", on, &with_tables);
        }
    }

    fn region_names(&self) -> Vec<String> {
        self.analysis.regions.iter().map(|r| r.name.text.clone()).collect()
    }

    fn histogram_names(&self) -> Vec<String> {
        self.analysis.histograms.iter().map(|h| h.name.text.clone()).collect()
    }

    fn regions(&mut self) {
        let names = self.region_names();
        for region in &self.analysis.regions {
            let Some(from) = &region.from else { continue };
            if self.find("region", from, &names).is_none() {
                continue;
            }
            let mut seen = vec![region.name.text.as_str()];
            let mut current = region;
            while let Some(parent) =
                current.from.as_ref().and_then(|f| self.analysis.regions.iter().find(|r| r.name.text == f.text))
            {
                if seen.contains(&parent.name.text.as_str()) {
                    seen.push(&parent.name.text);
                    let message = format!("regions continue each other in a circle: {}", seen.join(" → "));
                    self.found.push(Diagnostic::new("circle", message).at(&self.analysis.source, from.node.span));
                    break;
                }
                seen.push(&parent.name.text);
                current = parent;
            }
        }
    }

    fn histograms(&mut self) {
        let names = self.region_names();
        for histogram in &self.analysis.histograms {
            for region in &histogram.regions {
                self.find("region", region, &names);
            }
        }
    }

    fn tables(&mut self) {
        let names = self.region_names();
        for table in &self.analysis.tables {
            self.find("region", &table.region, &names);
            let message = if let Some(reason) = crate::output::refusal(&table.to.text) {
                format!("`{}` cannot be a product's name: {reason}", table.to.text)
            } else if !table.to.text.ends_with(".json") {
                format!("`{}`: this version writes tables as .json", table.to.text)
            } else {
                continue;
            };
            self.found.push(Diagnostic::new("name", message).at(&self.analysis.source, table.to.node.span));
        }
    }

    fn model(&mut self) {
        let (regions, histograms) = (self.region_names(), self.histogram_names());
        let Some(model) = &self.analysis.model else {
            for fit in &self.analysis.fits {
                let diagnostic = Diagnostic::new("key", format!("fit `{}` has no model to fit", fit.name.text));
                self.found.push(diagnostic.at(&self.analysis.source, fit.name.span).advice("add `model:`"));
            }
            return;
        };
        let densities = model.channels.iter().filter(|c| c.density.is_some()).count();
        if densities > 0 && densities < model.channels.len() {
            let message = "channels with and without `density` in one model";
            let diagnostic = Diagnostic::new("key", message).at(&self.analysis.source, model.span);
            self.found.push(diagnostic.advice("give each channel a density, or none"));
        }
        for channel in &model.channels {
            let histogram = self.find("histogram", &channel.histogram, &histograms);
            let region = match &channel.region {
                Some(region) => self.find("region", region, &regions),
                None => self.named_region(channel, &regions),
            };
            let (Some(histogram), Some(region)) = (histogram, region) else { continue };
            let filled = &self.analysis.histograms[histogram];
            if !filled.regions.iter().any(|r| r.text == regions[region]) {
                let message = format!("histogram `{}` is not filled in region `{}`", filled.name.text, regions[region]);
                let diagnostic = Diagnostic::new("name", message).at(&self.analysis.source, channel.histogram.node.span);
                self.found.push(diagnostic.advice(format!("add `{}` to its `regions`", regions[region])));
            }
        }
        if let Some((_, process)) = &model.parameter_of_interest {
            let names: Vec<String> = self.analysis.datasets.iter().map(|d| d.process().to_owned()).collect();
            self.find("process", process, &names);
        }
    }

    /// A channel without `region:` is named like its region.
    fn named_region(&mut self, channel: &crate::analysis::Channel, regions: &[String]) -> Option<usize> {
        let found = regions.iter().position(|n| *n == channel.name.text);
        if found.is_none() {
            let message = format!("no region `{}`", channel.name.text);
            let diagnostic = Diagnostic::new("region", message).at(&self.analysis.source, channel.name.span);
            self.found.push(match nearest(&channel.name.text, regions.iter().map(String::as_str)) {
                Some(near) => diagnostic.nearest(near),
                None => diagnostic.advice("a channel is named like its region, or has `region:`"),
            });
        }
        found
    }

    fn figures(&mut self) {
        let fits: Vec<String> = self.analysis.fits.iter().map(|f| format!("fits.{}", f.name.text)).collect();
        let histograms: Vec<String> = self.analysis.histograms.iter().map(|h| format!("histograms.{}", h.name.text)).collect();
        let calibrations: Vec<String> =
            self.analysis.calibrations.iter().map(|c| format!("calibrations.{}", c.name.text)).collect();
        let tiers: Vec<String> = self.analysis.tiers.dsp.iter().map(|_| "tiers.dsp".to_owned()).collect();
        let shown = [fits.clone(), calibrations.clone()].concat();
        for figure in &self.analysis.figures {
            let (what, names) = match figure.kind.as_str() {
                "fit" => ("fit", &shown),
                "pulls" => ("fit", &fits),
                "curve" => ("calibration", &calibrations),
                "waveforms" => ("tier", &tiers),
                _ => ("histogram", &histograms),
            };
            if let Some(index) = self.find(what, &figure.of, names)
                && what == "histogram"
            {
                self.figure_region(figure, index);
            }
        }
    }

    fn figure_region(&mut self, figure: &Figure, histogram: usize) {
        let filled: Vec<String> = self.analysis.histograms[histogram].regions.iter().map(|r| r.text.clone()).collect();
        match &figure.region {
            Some(region) => drop(self.find("region of this histogram", region, &filled)),
            // A spectrum shows all of them, one over the other.
            None if filled.len() > 1 && figure.kind != "spectrum" => {
                let message =
                    format!("histogram `{}` is filled in {}", self.analysis.histograms[histogram].name.text, filled.join(", "));
                let diagnostic = Diagnostic::new("key", message).at(&self.analysis.source, figure.name.span);
                self.found.push(diagnostic.advice("say which with `region:`"));
            }
            None => {}
        }
    }
}
