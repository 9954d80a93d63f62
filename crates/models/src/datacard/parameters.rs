//! Lines of parameters: `rateParam`, `param`, `extArg`, `group`, `autoMCStats`.

use germane_texts::{Diagnostic, nearest};

use super::card::{BinStatistics, Card, Extra, Group, Origin, Param, Rate, RateValue};
use super::lines::Line;
use super::pattern::glob;

impl Card {
    /// `NAME rateParam CHANNEL PROCESS VALUE [LOW,HIGH]` or `… FORMULA ARGUMENTS`.
    pub(super) fn rate_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        if line.words.len() < 5 {
            let problem = line.problem(5, "card", "the line ends too early");
            return Err(problem.advice("write `NAME rateParam CHANNEL PROCESS VALUE [LOW,HIGH]` or `… FORMULA ARGUMENTS`"));
        }
        let (channel, process, text) = (line.words[2].text, line.words[3].text, line.words[4].text);
        let fits = |column: &usize| {
            let found = &self.processes[*column];
            glob(channel, &self.channels[found.channel].name) && glob(process, &found.name)
        };
        let columns: Vec<usize> = (0..self.processes.len()).filter(fits).collect();
        if columns.is_empty() {
            return Err(self.no_column(line, channel, process));
        }
        let name = line.words[0].text.to_owned();
        let origin = line.origin(line.words[0]);
        let value = if let Ok(value) = text.parse::<f64>() {
            line.number(4, "the start of the parameter")?;
            let range = line.range(5)?;
            if range.is_some_and(|(low, high)| !(low..=high).contains(&value)) {
                return Err(line.problem(4, "value", format!("{value} is outside the range")));
            }
            RateValue::Free { value, range }
        } else if text.contains(':') && !text.contains('?') {
            let problem = line.problem(4, "unsupported", "functions of RooFit workspaces are not read");
            return Err(problem.advice("write a value or a formula"));
        } else {
            let Some(list) = line.words.get(5) else {
                let message = format!("`{text}` is no number, and the arguments of a formula are missing");
                return Err(line.problem(4, "value", message));
            };
            let arguments = separated(list.text).map(|(start, word)| {
                let span = germane_texts::Span::new(list.span.start + start, list.span.start + start + word.len());
                (word.to_owned(), Origin { source: line.source.clone(), span })
            });
            RateValue::Formula { text: text.to_owned(), origin: line.origin(line.words[4]), arguments: arguments.collect() }
        };
        self.rates.push(Rate { name, columns, value, origin });
        Ok(())
    }

    fn no_column(&self, line: &Line<'_>, channel: &str, process: &str) -> Diagnostic {
        let channels: Vec<&str> = self.channels.iter().map(|channel| channel.name.as_str()).collect();
        let names = self.processes.iter().map(|process| process.name.as_str());
        let (index, what, near) = if channels.iter().any(|name| glob(channel, name)) {
            (3, format!("no process `{process}` in channel `{channel}`"), nearest(process, names))
        } else {
            (2, format!("no channel `{channel}`"), nearest(channel, channels))
        };
        let problem = line.problem(index, "name", what);
        match near {
            Some(near) => problem.nearest(near),
            None => problem,
        }
    }

    /// `NAME param MEAN WIDTH [LOW,HIGH]`, where WIDTH may be `-BELOW/+ABOVE`.
    pub(super) fn param_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let mean = line.number(2, "the mean of the parameter")?;
        let Some(text) = line.text(3) else {
            return Err(line.problem(3, "value", "the width of the parameter is missing"));
        };
        let positive = |text: &str| text.parse::<f64>().ok().filter(|width| *width > 0.0 && width.is_finite());
        let widths = match text.split_once('/') {
            Some((below, above)) => below.strip_prefix('-').and_then(positive).zip(above.strip_prefix('+').and_then(positive)),
            None => positive(text).map(|width| (width, width)),
        };
        let Some(widths) = widths else {
            return Err(line.problem(3, "value", format!("expected a positive width or -BELOW/+ABOVE, got `{text}`")));
        };
        let range = line.range(4)?;
        if range.is_some_and(|(low, high)| !(low..=high).contains(&mean)) {
            return Err(line.problem(4, "value", format!("the mean {mean} is outside the range")));
        }
        let (name, origin) = (line.words[0].text.to_owned(), line.origin(line.words[0]));
        if let Some(other) = self.params.iter().find(|other| other.name == name) {
            return Err(line
                .problem(0, "name", format!("parameter `{name}` is constrained twice"))
                .also(other.origin.span, "the first"));
        }
        self.params.push(Param { name, mean, widths, range, origin });
        Ok(())
    }

    /// `NAME extArg VALUE [LOW,HIGH]`, or `[const]`.
    pub(super) fn extra_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        if line.text(2).is_some_and(|text| text.contains(':')) {
            let problem = line.problem(2, "unsupported", "objects of RooFit workspaces are not read");
            return Err(problem.advice("write its value and range: `NAME extArg VALUE [LOW,HIGH]`"));
        }
        let value = line.number(2, "the value of the parameter")?;
        let fixed = matches!(line.text(3), Some("[const]" | "const"));
        let range = if fixed { None } else { line.range(3)? };
        if let (None, false, Some(text)) = (range, fixed, line.text(3)) {
            let problem = line.problem(3, "value", format!("expected a range or [const], got `{text}`"));
            return Err(problem.advice("write `NAME extArg VALUE [LOW,HIGH]`"));
        }
        if range.is_some_and(|(low, high)| !(low..=high).contains(&value)) {
            return Err(line.problem(2, "value", format!("{value} is outside the range")));
        }
        let (name, origin) = (line.words[0].text.to_owned(), line.origin(line.words[0]));
        self.extras.push(Extra { name, value, range, fixed, origin });
        Ok(())
    }

    /// `NAME group = MEMBER …`, or `+=`.
    pub(super) fn group_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let name = line.words[0].text;
        let known = self.groups.iter().position(|group| group.name == name);
        let members = line.words.iter().skip(3).map(|word| word.text.to_owned());
        match (line.text(2), known) {
            (Some("="), None) => {
                let origin = line.origin(line.words[0]);
                self.groups.push(Group { name: name.to_owned(), members: members.collect(), origin });
                Ok(())
            }
            (Some("+="), Some(index)) => {
                let group = &mut self.groups[index].members;
                let new: Vec<String> = members.filter(|member| !group.contains(member)).collect();
                group.extend(new);
                Ok(())
            }
            (Some("="), Some(index)) => {
                let problem = line.problem(0, "name", format!("group `{name}` is there already"));
                Err(problem.also(self.groups[index].origin.span, "the first").advice("write `+=` to add members"))
            }
            (Some("+="), None) => {
                let problem = line.problem(0, "name", format!("no group `{name}` to add to"));
                Err(problem.advice("write `=` for a new one"))
            }
            _ => Err(line.problem(2, "card", "expected `=` or `+=` and members")),
        }
    }

    /// `CHANNEL autoMCStats THRESHOLD [INCLUDE-SIGNAL] [HIST-MODE]`.
    pub(super) fn statistics_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let threshold = line.number(2, "the threshold of autoMCStats")?;
        let flag = |index: usize, what: &str| -> Result<f64, Diagnostic> {
            if line.text(index).is_some() { line.number(index, what) } else { Ok(0.0) }
        };
        let signals = flag(3, "whether autoMCStats includes signals")? != 0.0;
        let mode = line.text(4).map_or(Ok(1.0), |_| line.number(4, "the mode of autoMCStats"))?;
        let absolute = mode == 2.0;
        if !absolute && mode != 1.0 {
            // Published cards have other numbers here; they mean nothing where no template moves.
            let problem = line.problem(4, "value", format!("{mode} is no mode of autoMCStats, and is taken for 1")).warning();
            self.warnings.push(problem.advice("write 1 (fractions and integral move apart) or 2 (contents move)"));
        }
        let pattern = line.words[0].text;
        let mut found = false;
        for channel in self.channels.iter_mut().filter(|channel| glob(pattern, &channel.name)) {
            channel.statistics = Some(BinStatistics { threshold, signals, absolute });
            found = true;
        }
        if found {
            return Ok(());
        }
        let problem = line.problem(0, "name", format!("no channel `{pattern}`"));
        Err(match nearest(pattern, self.channels.iter().map(|channel| channel.name.as_str())) {
            Some(near) => problem.nearest(near),
            None => problem,
        })
    }
}

/// The words of a list with commas, with their offsets.
pub(super) fn separated(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(',').filter_map(move |word| {
        let at = start;
        start += word.len() + 1;
        (!word.is_empty()).then_some((at, word))
    })
}
