//! The head of a card: channels, observations, columns and their rates.

use germane_texts::{Diagnostic, Source, Span, nearest};

use super::card::{Card, Channel, Origin, Process, Shapes};
use super::lines::Line;

/// A row of words with its line.
#[derive(Debug)]
struct Row {
    words: Vec<(String, Origin)>,
    origin: Origin,
}

impl Row {
    fn of(line: &Line<'_>) -> Self {
        let words = line.words[1..].iter().map(|word| (word.text.to_owned(), line.origin(*word))).collect();
        Self { words, origin: line.origin(line.words[0]) }
    }
}

/// What the head of a card has said so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Declared numbers of channels, of processes less one, and of nuisances.
    declared: [Option<(usize, Origin)>; 3],
    bins: Vec<Row>,
    observation: Option<Row>,
    processes: Vec<Row>,
    rate: Option<Row>,
    shapes: Vec<Shapes>,
    warnings: Vec<Diagnostic>,
}

const KEYWORDS: [&str; 8] = ["imax", "jmax", "kmax", "shapes", "bin", "observation", "process", "rate"];

impl Header {
    /// Whether the rates were read: they are the last of the head.
    pub(super) fn is_complete(&self) -> bool {
        self.rate.is_some()
    }

    pub(super) fn line(&mut self, line: &Line<'_>, problems: &mut Vec<Diagnostic>) {
        let word = line.words[0].text;
        match word {
            "imax" | "jmax" | "kmax" => {
                let place = KEYWORDS.iter().position(|known| *known == word).unwrap_or(0);
                match line.text(1) {
                    Some("*") => {}
                    Some(text) => match text.parse() {
                        Ok(count) => self.declared[place] = Some((count, line.origin(line.words[1]))),
                        Err(_) => {
                            problems.push(line.problem(1, "value", format!("{word}: expected a number or `*`, got `{text}`")));
                        }
                    },
                    None => problems.push(line.problem(1, "value", format!("{word}: a number or `*` is missing"))),
                }
            }
            "shapes" => match shapes(line) {
                Ok(shapes) => self.shapes.push(shapes),
                Err(problem) => problems.push(problem),
            },
            "bin" => self.bins.push(Row::of(line)),
            "process" if self.processes.len() < 2 => self.processes.push(Row::of(line)),
            "process" => problems.push(line.problem(0, "card", "a third line `process`: names and numbers are two")),
            "rate" => self.rate = Some(Row::of(line)),
            _ if word.eq_ignore_ascii_case("observation") => self.observation = Some(Row::of(line)),
            // Titles and dates stand here, too; a misspelt keyword has a number behind it.
            _ => {
                let near = nearest(word, KEYWORDS).filter(|_| line.text(1).is_some_and(|next| next.parse::<f64>().is_ok()));
                if let Some(near) = near {
                    let problem = line.problem(0, "card", format!("a line that begins with `{word}` is a comment here"));
                    self.warnings.push(problem.nearest(near).warning());
                }
            }
        }
    }

    /// Channels and columns of the card; what is missing or does not fit is reported.
    pub(super) fn finish(&mut self, source: &Source, card: &mut Card, problems: &mut Vec<Diagnostic>) {
        card.warnings = std::mem::take(&mut self.warnings);
        card.shapes = std::mem::take(&mut self.shapes);
        let end = source.text.len();
        let mut missing = |word: &str, what: &str| {
            let problem = Diagnostic::new("card", format!("the card has no line `{word}`")).at(source, Span::new(end, end));
            problems.push(problem.advice(format!("add `{word} …`, {what}")));
        };
        let columns = self.bins.pop();
        if columns.is_none() {
            missing("bin", "the channel of each column");
        }
        if self.processes.len() < 2 {
            missing("process", "once with names and once with numbers (not positive for signals)");
        }
        if self.rate.is_none() {
            missing("rate", "the expected events of each column, -1 for the integral of the histogram");
        }
        let (Some(columns), [first, second], Some(rate)) = (columns, self.processes.as_slice(), &self.rate) else { return };
        let (names, numbers) = if is_numbers(first) && !is_numbers(second) { (second, first) } else { (first, second) };
        for (what, row) in [("names of processes", names), ("numbers of processes", numbers), ("rates", rate)] {
            if row.words.len() != columns.words.len() {
                let message = format!("{} {what} for {} columns of the line `bin`", row.words.len(), columns.words.len());
                problems.push(row.origin.problem("card", message).also(columns.origin.span, "the columns"));
            }
        }
        self.channels(card, &columns, problems);
        for (index, (bin, bin_origin)) in columns.words.iter().enumerate() {
            let Some(channel) = card.channels.iter().position(|channel| channel.name == *bin) else {
                let problem = bin_origin.problem("name", format!("no channel `{bin}`"));
                problems.push(match nearest(bin, card.channels.iter().map(|channel| channel.name.as_str())) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice("the first line `bin` names the channels"),
                });
                continue;
            };
            let (Some((name, origin)), Some((number, number_origin)), Some((rate, rate_origin))) =
                (names.words.get(index), numbers.words.get(index), rate.words.get(index))
            else {
                continue;
            };
            let number = number.parse::<i64>().ok();
            if number.is_none() {
                problems.push(number_origin.problem("value", "expected the whole number of a process"));
            }
            let value = rate.parse::<f64>().ok().filter(|rate| rate.is_finite() && (*rate >= 0.0 || *rate == -1.0));
            if value.is_none() {
                let message = format!("expected a rate that is not negative, or -1 for the integral, got `{rate}`");
                problems.push(rate_origin.problem("value", message));
            }
            let signal = number.is_some_and(|number| number <= 0);
            let same = |other: &&Process| other.name == *name;
            if card.processes.iter().any(|other| other.channel == channel && other.name == *name) {
                problems.push(origin.problem("name", format!("process `{name}` stands twice in channel `{bin}`")));
            } else if let Some(other) =
                card.processes.iter().find(same).filter(|other| other.signal != signal && number.is_some())
            {
                let kind = |signal: bool| if signal { "a signal" } else { "a background" };
                let message = format!("process `{name}` is {} here and {} elsewhere", kind(signal), kind(other.signal));
                problems.push(number_origin.problem("value", message));
            }
            let rate = value.filter(|rate| *rate >= 0.0);
            card.processes.push(Process { channel, name: name.clone(), signal, rate, origin: origin.clone() });
        }
        if problems.is_empty() && !card.processes.iter().any(|process| process.signal) {
            let problem = numbers.origin.problem("card", "no process is a signal").warning();
            card.warnings.push(problem.advice("signals have a number that is not positive"));
        }
        self.counts(card, problems);
    }

    fn channels(&self, card: &mut Card, columns: &Row, problems: &mut Vec<Diagnostic>) {
        let listed = self.bins.last().unwrap_or(columns);
        for (name, origin) in &listed.words {
            let known = card.channels.iter().any(|channel| channel.name == *name);
            if known && !std::ptr::eq(listed, columns) {
                problems.push(origin.problem("name", format!("channel `{name}` is named twice")));
            }
            if !known {
                let channel = Channel { name: name.clone(), observation: None, statistics: None, origin: origin.clone() };
                card.channels.push(channel);
            }
        }
        let Some(observation) = &self.observation else {
            let problem = columns.origin.problem("card", "the card has no line `observation`");
            problems.push(problem.advice("add `observation …`, -1 for the integral of the histogram"));
            return;
        };
        if observation.words.len() != card.channels.len() {
            let message = format!("{} observations for {} channels", observation.words.len(), card.channels.len());
            problems.push(observation.origin.problem("card", message).also(listed.origin.span, "the channels"));
        }
        for (channel, (text, origin)) in card.channels.iter_mut().zip(&observation.words) {
            let value = text.parse::<f64>().ok().filter(|count| count.is_finite() && (*count >= 0.0 || *count == -1.0));
            match value {
                Some(count) => channel.observation = (count >= 0.0).then_some(count),
                None => {
                    let message = format!("expected a number of events, or -1 for the integral, got `{text}`");
                    problems.push(origin.problem("value", message));
                }
            }
        }
    }

    /// Declared numbers of channels and processes.
    fn counts(&self, card: &Card, problems: &mut Vec<Diagnostic>) {
        let mut names: Vec<&str> = card.processes.iter().map(|process| process.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for (declared, found, what) in [
            (&self.declared[0], card.channels.len(), "imax: there are {} channels"),
            (&self.declared[1], names.len().saturating_sub(1), "jmax: there are {} processes besides the first"),
        ] {
            if let Some((count, origin)) = declared.as_ref().filter(|(count, _)| *count != found) {
                // The counts of a card whose columns are wrong are wrong, too.
                if problems.is_empty() {
                    let message = what.replace("{}", &found.to_string());
                    problems.push(origin.problem("card", format!("{message}, not {count}")).advice("write the number, or `*`"));
                }
            }
        }
    }

    /// A declared number of nuisances that is not right is odd, but harmless: lines are often commented out.
    pub(super) fn count_nuisances(&self, card: &mut Card) {
        let found = card.nuisances.len() + card.params.len();
        if let Some((count, origin)) = self.declared[2].as_ref().filter(|(count, _)| *count != found) {
            let problem = origin.problem("card", format!("kmax: there are {found} nuisances, not {count}"));
            card.warnings.push(problem.warning());
        }
    }
}

fn is_numbers(row: &Row) -> bool {
    row.words.iter().all(|(word, _)| word.parse::<i64>().is_ok())
}

/// A line `shapes PROCESS CHANNEL FILE NOMINAL [SYSTEMATIC]`.
pub(super) fn shapes(line: &Line<'_>) -> Result<Shapes, Diagnostic> {
    let word = |index: usize| line.text(index).map(str::to_owned);
    let (Some(process), Some(channel), Some(file)) = (word(1), word(2), word(3)) else {
        let problem = line.problem(4, "card", "the line ends too early");
        return Err(problem.advice("write `shapes PROCESS CHANNEL FILE NOMINAL [SYSTEMATIC]`"));
    };
    let nominal = match word(4) {
        Some(nominal) => nominal,
        None if file == "FAKE" => String::new(),
        None => {
            let problem = line.problem(4, "card", "the name of the nominal histogram is missing");
            return Err(problem.advice("write `shapes PROCESS CHANNEL FILE NOMINAL [SYSTEMATIC]`"));
        }
    };
    for index in 4..line.words.len().min(6) {
        // `WORKSPACE:OBJECT` is RooFit's.
        if line.words[index].text.contains(':') {
            let problem = line.problem(index, "unsupported", "objects of RooFit workspaces are not read");
            return Err(problem.advice(
                "write histograms (TH1), or the workspace as JSON by RooJSONFactoryWSTool(w).exportJSON(\"w.json\") and `shapes PROCESS \
                 CHANNEL w.json NAME`",
            ));
        }
    }
    let origin = Origin { source: line.source.clone(), span: line.span() };
    Ok(Shapes { process, channel, file, nominal, systematic: word(5), origin })
}
