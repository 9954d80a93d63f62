//! Text → card: the lines in their order, all mistakes at once.

use std::collections::BTreeSet;

use germane_texts::{Diagnostic, Source, nearest, sort_by_place};

use super::card::{Card, Effect, Nuisance, NuisanceKind, OF_BINS, RateValue, Shapes, Size};
use super::columns::Header;
use super::lines::Line;

/// Words that stand second on a line below the rates.
const TYPES: [&str; 19] = [
    "lnN",
    "lnU",
    "gmN",
    "gmM",
    "trG",
    "unif",
    "shape",
    "shapeN",
    "shapeU",
    "shape?",
    "shapeN?",
    "param",
    "flatParam",
    "extArg",
    "rateParam",
    "group",
    "autoMCStats",
    "edit",
    "discrete",
];

impl Card {
    /// Whether a text looks like a card: it has a line of channels, processes or their numbers.
    ///
    /// ```
    /// # use germane_models::datacard::Card;
    /// assert!(Card::recognises("A title\nimax 1\njmax *\n"));
    /// assert!(!Card::recognises("{\"channels\": []}"));
    /// ```
    pub fn recognises(text: &str) -> bool {
        let known = |line: &str| {
            let mut words = line.split_whitespace();
            let first = words.next();
            match first {
                Some("imax" | "jmax" | "kmax") => words.next().is_some_and(|n| n == "*" || n.parse::<usize>().is_ok()),
                Some("process" | "rate" | "observation" | "Observation") => {
                    words.next().is_some_and(|next| next != ":" && next != "=")
                }
                Some("shapes") => words.count() >= 3,
                _ => false,
            }
        };
        !text.trim_start().starts_with(['{', '[', '<']) && text.lines().any(known)
    }

    /// Reads a card.
    ///
    /// ```
    /// use germane_models::datacard::Card;
    /// use germane_texts::Source;
    /// let text = "bin a\nobservation 6\nbin a a\nprocess S B\nprocess 0 1\nrate 1 5.5\nlumi lnN 1.1 -\n";
    /// let card = Card::read(&Source::new("card.txt", text)).unwrap();
    /// assert_eq!((card.channels.len(), card.processes.len(), card.nuisances.len()), (1, 2, 1));
    /// let wrong = Card::read(&Source::new("card.txt", text.replace("lnN", "lnM"))).unwrap_err();
    /// assert_eq!(wrong[0].to_string(), "card.txt:7:6: `lnM` is no type of nuisance; did you mean `lnN`?");
    /// ```
    ///
    /// # Errors
    /// Every mistake, with line and column, in the order of the text.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let mut header = Header::default();
        let mut edited = false;
        let mut lines = Line::all(source);
        let mut problems = Vec::new();
        for line in lines.by_ref() {
            header.line(&line, &mut problems);
            if header.is_complete() {
                break;
            }
        }
        let mut card = Self::default();
        header.finish(source, &mut card, &mut problems);
        if !card.processes.is_empty() {
            for line in lines {
                edited |= line.text(1) == Some("edit");
                if let Err(problem) = card.line(&line) {
                    problems.push(problem);
                }
            }
            if problems.is_empty() {
                // Edits change the number.
                if !edited {
                    header.count_nuisances(&mut card);
                }
                card.check(&mut problems);
            }
        }
        if problems.is_empty() {
            return Ok(card);
        }
        sort_by_place(&mut problems);
        Err(problems)
    }

    /// A line below the rates.
    fn line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        if line.text(0) == Some("shapes") {
            self.shapes.push(super::columns::shapes(line)?);
            return Ok(());
        }
        let Some(word) = line.text(1) else {
            return Err(line.problem(0, "card", "a line of one word: expected NAME TYPE VALUE …"));
        };
        match word {
            "rateParam" => self.rate_line(line),
            "param" => self.param_line(line),
            "extArg" => self.extra_line(line),
            "flatParam" => {
                self.flat.push((line.words[0].text.to_owned(), line.origin(line.words[0])));
                Ok(())
            }
            "group" => self.group_line(line),
            "autoMCStats" => self.statistics_line(line),
            "edit" => self.edit(line),
            "discrete" => {
                self.discrete.push((line.words[0].text.to_owned(), line.origin(line.words[0])));
                Ok(())
            }
            "constr" | "dFD" | "dFD2" => {
                let message = format!("nuisances of type `{word}` need densities of RooFit, which a card of histograms has not");
                Err(line.problem(1, "unsupported", message))
            }
            _ => self.nuisance_line(line),
        }
    }

    fn nuisance_line(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let (kind, first) = kind(line)?;
        let name = line.words[0].text;
        let name = name.strip_suffix("[nofloat]").unwrap_or(name).to_owned();
        let columns = self.processes.len();
        let mut effects = Vec::with_capacity(columns);
        for column in 0..columns {
            let index = first + column;
            let Some(text) = line.text(index) else {
                let message = format!("{column} values for {columns} columns");
                return Err(line.problem(index, "card", message).advice("write `-` where there is no effect"));
            };
            effects.push(effect(line, index, text, &kind)?.map(|size| Effect { size, template: None }));
        }
        self.clash(line, &name, &kind)?;
        self.nuisances.push(Nuisance { name, kind, effects, origin: line.origin(line.words[0]) });
        Ok(())
    }

    /// A name that is both log-normal and a shape on the same card must say which where.
    fn clash(&self, line: &Line<'_>, name: &str, kind: &NuisanceKind) -> Result<(), Diagnostic> {
        let Some(other) = self.nuisances.iter().find(|other| other.name == name) else { return Ok(()) };
        let plain = |kind: &NuisanceKind| matches!(kind, NuisanceKind::Shape { optional: false, flat: false, .. });
        let log = |kind: &NuisanceKind| *kind == NuisanceKind::LogNormal;
        let mixed = plain(kind) && log(&other.kind) || log(kind) && plain(&other.kind);
        if mixed {
            let message = format!("`{name}` is of type {} here and {} above", kind.word(), other.kind.word());
            let problem = line.problem(1, "card", message).also(other.origin.span, "the first");
            return Err(problem.advice("write one line of type `shape?`"));
        }
        Ok(())
    }

    /// What only the whole card shows.
    fn check(&mut self, problems: &mut Vec<Diagnostic>) {
        let names: BTreeSet<&str> = self.declared().into_iter().collect();
        let mut odd = Vec::new();
        // Documents of densities have parameters of their own.
        let documents = self.shapes.iter().any(Shapes::is_of_density);
        for (name, origin) in self.flat.iter().filter(|(name, _)| !documents && !names.contains(name.as_str())) {
            odd.push(origin.problem("name", format!("no parameter `{name}` that could be flat")).warning());
        }
        for group in &self.groups {
            let statistics = |name: &str| name.starts_with(OF_BINS);
            for member in group.members.iter().filter(|member| !names.contains(member.as_str()) && !statistics(member)) {
                let problem = group.origin.problem("name", format!("group `{}`: no nuisance `{member}`", group.name));
                problems.push(match nearest(member, names.iter().copied()) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
            }
            let formula =
                |name: &str| self.rates.iter().any(|rate| rate.name == name && matches!(rate.value, RateValue::Formula { .. }));
            for member in group.members.iter().filter(|member| formula(member)) {
                let message = format!("group `{}`: `{member}` is a formula", group.name);
                problems.push(group.origin.problem("name", message).advice("name the parameters that it depends on"));
            }
        }
        self.warnings.extend(odd);
        for channel in 0..self.channels.len() {
            let rates =
                |signal: bool| self.processes.iter().any(|p| p.channel == channel && p.signal == signal && p.rate != Some(0.0));
            let name = &self.channels[channel].name;
            if !rates(true) && !rates(false) {
                problems
                    .push(self.channels[channel].origin.problem("card", format!("no process contributes to channel `{name}`")));
            }
        }
    }
}

/// The kind of a nuisance, and the word with which its values begin.
fn kind(line: &Line<'_>) -> Result<(NuisanceKind, usize), Diagnostic> {
    let word = line.words[1].text;
    let (base, optional) = word.strip_suffix('?').map_or((word, false), |base| (base, true));
    let kind = match base {
        "shape" | "shapeN" => NuisanceKind::Shape { log: base == "shapeN", flat: false, optional },
        "shapeU" => NuisanceKind::Shape { log: false, flat: true, optional },
        _ if optional => return Err(unknown(line)),
        "lnN" => NuisanceKind::LogNormal,
        "lnU" => NuisanceKind::LogUniform,
        "gmM" => NuisanceKind::Gamma,
        "trG" => NuisanceKind::Gaussian,
        "gmN" => {
            let count = line.number(2, "the number of events of gmN")?;
            if !(count >= 0.0 && count.fract() == 0.0) {
                return Err(line.problem(2, "value", "the number of events of gmN is a whole number that is not negative"));
            }
            return Ok((NuisanceKind::GammaCount(count), 3));
        }
        "unif" => {
            let (low, high) = (line.number(2, "the lower end of unif")?, line.number(3, "the upper end of unif")?);
            if !(low < high) {
                return Err(line.problem(3, "value", "the upper end of unif is not above the lower one"));
            }
            return Ok((NuisanceKind::Uniform(low, high), 4));
        }
        "shape2" | "shapeN2" | "shapeL" | "shape*" | "shapeN*" => {
            let message = format!("the old interpolation `{word}` is not known");
            return Err(line.problem(1, "unsupported", message).advice("`shape` and `shapeN` are"));
        }
        _ => return Err(unknown(line)),
    };
    Ok((kind, 2))
}

fn unknown(line: &Line<'_>) -> Diagnostic {
    let word = line.words[1].text;
    let problem = line.problem(1, "name", format!("`{word}` is no type of nuisance"));
    match nearest(word, TYPES) {
        Some(near) => problem.nearest(near),
        None => problem.advice(format!("the types are {}", TYPES.join(", "))),
    }
}

/// The effect that a word says; nothing for dashes and 0.
fn effect(line: &Line<'_>, index: usize, text: &str, kind: &NuisanceKind) -> Result<Option<Size>, Diagnostic> {
    if text.bytes().all(|byte| byte == b'-') {
        return Ok(None);
    }
    let wrong = |message: String| line.problem(index, "value", message);
    if let Some((low, high)) = text.split_once('/') {
        let optional = matches!(kind, NuisanceKind::Shape { optional: true, .. });
        if !(matches!(kind, NuisanceKind::LogNormal | NuisanceKind::LogUniform) || optional) {
            return Err(wrong(format!("`{text}`: nuisances of type {} have one value a column", kind.word())));
        }
        let positive = |text: &str| text.parse::<f64>().ok().filter(|value| *value > 0.0 && value.is_finite());
        return match (positive(low), positive(high)) {
            (Some(low), Some(high)) => Ok(Some(Size::Two(low, high))),
            _ => Err(wrong(format!("expected two positive numbers LOW/HIGH, got `{text}`"))),
        };
    }
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
    let value = value.ok_or_else(|| wrong(format!("expected a number, LOW/HIGH or `-`, got `{text}`")))?;
    if value < 0.0 && !matches!(kind, NuisanceKind::Gaussian | NuisanceKind::Uniform(..)) {
        return Err(wrong(format!("{value} is negative, which {} cannot be", kind.word())));
    }
    Ok((value != 0.0).then_some(Size::One(value)))
}
