//! The path of `General` with its placeholders filled in by region, sample and systematic.

use super::super::{FilePath, Text};
use super::entries::{General, Region, Sample, Side};
use germane_texts::{Diagnostic, Source, Span};

/// Fills in placeholders and reports those that nothing fills.
pub(super) struct Paths<'a> {
    pub(super) source: &'a Source,
    pub(super) general: &'a General,
}

impl Paths<'_> {
    /// Files of events of a template.
    pub(super) fn files(
        &self,
        region: &Region,
        sample: &Sample,
        side: Option<&Side>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<FilePath>> {
        let path = self.with_region(region, side, problems)?;
        let names = sample_paths(sample, side);
        if !self.holds("{SamplePath}") {
            names.iter().for_each(|name| problems.push(self.useless("SamplePath", name)));
            return Some(vec![path]);
        }
        if names.is_empty() {
            problems.push(self.unfilled("SamplePath", &format!("sample `{}`", sample.name.text), sample.name.span()));
            return None;
        }
        let fill = |name: &Text| FilePath { path: path.path.replace("{SamplePath}", &name.text), span: name.span() };
        Some(names.iter().map(fill).collect())
    }

    /// File and name of the histogram of a template.
    pub(super) fn histogram(
        &self,
        region: &Region,
        sample: &Sample,
        side: Option<&Side>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<(FilePath, String)> {
        let files = self.files(region, sample, side, problems)?;
        let [file] = files.as_slice() else {
            let names = sample_paths(sample, side);
            let message = format!("`SamplePath` of `{}`: histograms are read from one file", sample.name.text);
            problems.push(Diagnostic::new("value", message).at(self.source, names[1].span()));
            return None;
        };
        let of_side = side.and_then(|side| side.variation_path.as_ref());
        if let Some(name) = of_side.filter(|_| !self.holds("{VariationPath}")) {
            problems.push(self.useless("VariationPath", name));
        }
        let variation = of_side.or(self.general.variation.as_ref());
        let path = file.path.replace("{VariationPath}", variation.map_or("", |text| text.text.as_str()));
        let span = of_side.map_or(file.span, Text::span);
        match path.rsplit_once(':') {
            Some((file, name)) if !file.is_empty() && !name.is_empty() => {
                Some((FilePath { path: file.to_owned(), span }, name.to_owned()))
            }
            _ => {
                let message = format!("`{path}` names no histogram");
                let problem = Diagnostic::new("value", message).at(self.source, self.general.input.span());
                problems.push(problem.advice("write FILE.root:HISTOGRAM, or give every sample a `Tree` if these are events"));
                None
            }
        }
    }

    fn with_region(&self, region: &Region, side: Option<&Side>, problems: &mut Vec<Diagnostic>) -> Option<FilePath> {
        let name = side.and_then(|side| side.region_path.as_ref()).or(region.path.as_ref());
        let input = &self.general.input;
        match (name, self.holds("{RegionPath}")) {
            (Some(name), true) => Some(FilePath { path: input.text.replace("{RegionPath}", &name.text), span: name.span() }),
            (None, true) => {
                problems.push(self.unfilled("RegionPath", &format!("region `{}`", region.name.text), region.name.span()));
                None
            }
            (name, false) => {
                problems.extend(name.map(|name| self.useless("RegionPath", name)));
                Some(FilePath { path: input.text.clone(), span: input.span() })
            }
        }
    }

    fn holds(&self, placeholder: &str) -> bool {
        self.general.input.text.contains(placeholder)
    }

    fn unfilled(&self, key: &str, what: &str, span: Span) -> Diagnostic {
        let problem = Diagnostic::new("key", format!("{what} has no `{key}`")).at(self.source, span);
        problem.also(self.general.input.span(), format!("which `{{{key}}}` stands for")).advice(format!("add `{key}: …`"))
    }

    fn useless(&self, key: &str, name: &Text) -> Diagnostic {
        let message = format!("`{key}` has no effect: `InputPath` does not hold `{{{key}}}`");
        Diagnostic::new("value", message).at(self.source, name.span()).warning()
    }
}

fn sample_paths<'a>(sample: &'a Sample, side: Option<&'a Side>) -> &'a [Text] {
    side.map(|side| side.sample_paths.as_slice()).filter(|paths| !paths.is_empty()).unwrap_or(&sample.paths)
}
