//! `nuisance edit COMMAND …`: changes of the nuisances above the line.

use germane_numerics::maths;
use germane_texts::{Diagnostic, nearest};

use super::card::{Card, Effect, Nuisance, NuisanceKind, Size};
use super::lines::Line;
use super::pattern::Pattern;

const COMMANDS: [(&str, &str); 8] = [
    ("add", "PROCESS CHANNEL NAME TYPE VALUE [addq|overwrite]"),
    ("drop", "PROCESS CHANNEL NAME [ifexists]"),
    ("rename", "[PROCESS CHANNEL] OLD NEW [ifexists]"),
    ("changepdf", "NAME TYPE"),
    ("split", "PROCESS CHANNEL OLD NEW1 NEW2 VALUE1 VALUE2 [ifexists]"),
    ("freeze", "NAME [ifexists]"),
    ("merge", "PROCESS CHANNEL NAME1 NAME2 [ifexists]"),
    ("flip", "PROCESS CHANNEL NAME p2n|n2p [ifexists]"),
];

/// What an existing effect becomes where another is added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    Refuse,
    Overwrite,
    Quadrature,
}

impl Card {
    /// A line whose second word is `edit`; the third is the command.
    pub(super) fn edit(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let Some(command) = line.text(2) else {
            return Err(line.problem(2, "card", "the command of the edit is missing").advice(names()));
        };
        let Some((_, usage)) = COMMANDS.iter().find(|(name, _)| *name == command) else {
            let problem = line.problem(2, "name", format!("no edit `{command}`"));
            return Err(match nearest(command, COMMANDS.map(|(name, _)| name)) {
                Some(near) => problem.nearest(near),
                None => problem.advice(names()),
            });
        };
        let least = usage.split_whitespace().filter(|word| !word.starts_with('[') && !word.ends_with(']')).count();
        if line.words.len() < 3 + least {
            let problem = line.problem(line.words.len(), "card", "the edit ends too early");
            return Err(problem.advice(format!("write `nuisance edit {command} {usage}`")));
        }
        match command {
            "add" => self.add(line),
            "drop" => self.drop_effects(line),
            "rename" => self.rename(line),
            "changepdf" => self.change_kind(line),
            "split" => self.split(line),
            "freeze" => self.freeze(line),
            "merge" => self.merge(line),
            _ => self.flip(line),
        }
    }

    /// The columns that patterns of process and channel (words `index` and the next) choose.
    fn chosen(&self, line: &Line<'_>, index: usize) -> Result<Vec<usize>, Diagnostic> {
        let process = pattern(line, index)?;
        let channel = pattern(line, index + 1)?;
        let fits = |pattern: &Option<Pattern>, name: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches_whole(name));
        let holds = |column: &usize| {
            let found = &self.processes[*column];
            fits(&process, &found.name) && fits(&channel, &self.channels[found.channel].name)
        };
        Ok((0..self.processes.len()).filter(holds).collect())
    }

    /// The nuisances whose names fit the pattern in a word.
    fn named(&self, line: &Line<'_>, index: usize) -> Result<Vec<usize>, Diagnostic> {
        let pattern = pattern(line, index)?;
        let fits = |i: &usize| pattern.as_ref().is_none_or(|pattern| pattern.matches_whole(&self.nuisances[*i].name));
        Ok((0..self.nuisances.len()).filter(fits).collect())
    }

    /// Nothing was found: an error, or with `ifexists` a warning.
    fn nothing(&mut self, line: &Line<'_>, index: usize) -> Result<(), Diagnostic> {
        let name = line.text(index).unwrap_or_default();
        let problem = line.problem(index, "name", format!("the edit of `{name}` finds nothing"));
        let problem = match nearest(name, self.declared()) {
            Some(near) => problem.nearest(near),
            None => problem.advice("write `ifexists` at the end if that is no mistake"),
        };
        if line.words.iter().any(|word| word.text == "ifexists") {
            self.warnings.push(problem.warning());
            return Ok(());
        }
        Err(problem)
    }

    fn add(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let columns = self.chosen(line, 3)?;
        let kind = kind(line, 6)?;
        let size = size(line, 7)?;
        let has = |option: &str| line.words[8..].iter().any(|word| word.text == option);
        let meeting = match (has("addq"), has("overwrite")) {
            (true, _) => Meeting::Quadrature,
            (_, true) => Meeting::Overwrite,
            _ => Meeting::Refuse,
        };
        if columns.is_empty() {
            return self.nothing(line, 3);
        }
        let index = self.place(line, 5, line.words[5].text, &kind)?;
        columns.into_iter().try_for_each(|column| self.put(line, index, column, size, meeting))
    }

    /// Index of the nuisance of a name and kind; a new one without effects if there is none.
    fn place(&mut self, line: &Line<'_>, word: usize, name: &str, kind: &NuisanceKind) -> Result<usize, Diagnostic> {
        if let Some(index) = self.nuisances.iter().position(|nuisance| nuisance.name == name) {
            let other = &self.nuisances[index];
            if other.kind == *kind {
                return Ok(index);
            }
            let message = format!("`{name}` is of type {}, not {}", other.kind.word(), kind.word());
            return Err(line.problem(word, "card", message).also(other.origin.span, "its line"));
        }
        let effects = vec![None; self.processes.len()];
        let origin = line.origin(line.words[word]);
        self.nuisances.push(Nuisance { name: name.to_owned(), kind: kind.clone(), effects, origin });
        Ok(self.nuisances.len() - 1)
    }

    fn put(&mut self, line: &Line<'_>, index: usize, column: usize, size: Size, meeting: Meeting) -> Result<(), Diagnostic> {
        if size.is_nothing() {
            return Ok(());
        }
        let name = self.column(column);
        let nuisance = &mut self.nuisances[index];
        let old = nuisance.effects[column].as_ref().map(|effect| effect.size).filter(|old| !old.is_nothing());
        let size = match (old, meeting) {
            (None, _) | (_, Meeting::Overwrite) => size,
            (Some(_), Meeting::Refuse) => {
                let problem = line.problem(2, "card", format!("`{}` affects {name} already", nuisance.name));
                return Err(problem.advice("write `overwrite` or `addq` at the end"));
            }
            (Some(old), Meeting::Quadrature) => {
                let log = matches!(nuisance.kind, NuisanceKind::LogNormal | NuisanceKind::LogUniform);
                let sum = if log { quadrature(old, size) } else { None };
                sum.ok_or_else(|| {
                    let message = format!("the effects of `{}` on {name} cannot be added in quadrature", nuisance.name);
                    line.problem(2, "value", message).advice("both must be log-normal and go the same way")
                })?
            }
        };
        nuisance.effects[column] = Some(Effect { size, template: None });
        Ok(())
    }

    fn drop_effects(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let (columns, found) = (self.chosen(line, 3)?, self.named(line, 5)?);
        if columns.is_empty() || found.is_empty() {
            return self.nothing(line, 5);
        }
        for index in found {
            columns.iter().for_each(|&column| self.nuisances[index].effects[column] = None);
        }
        Ok(())
    }

    fn rename(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let rest = line.words[3..].iter().filter(|word| word.text != "ifexists").count();
        let everywhere = rest == 2;
        if !everywhere && rest < 4 {
            let problem = line.problem(line.words.len(), "card", "the edit ends too early");
            return Err(problem.advice("write `nuisance edit rename [PROCESS CHANNEL] OLD NEW`"));
        }
        let (old, new) = if everywhere { (3, 4) } else { (5, 6) };
        let (old_name, new_name) = (line.words[old].text, line.words[new].text);
        let columns = if everywhere { (0..self.processes.len()).collect() } else { self.chosen(line, 3)? };
        let mut found = false;
        if everywhere {
            for param in self.params.iter_mut().filter(|param| param.name == old_name) {
                new_name.clone_into(&mut param.name);
                found = true;
            }
        }
        for index in 0..self.nuisances.len() {
            if self.nuisances[index].name != old_name || columns.is_empty() {
                continue;
            }
            found = true;
            let kind = self.nuisances[index].kind.clone();
            if matches!(kind, NuisanceKind::Gaussian | NuisanceKind::GammaCount(_)) {
                let message = format!("nuisances of type {} are not renamed by edits", kind.word());
                return Err(line.problem(old, "unsupported", message).advice("rename it in its line"));
            }
            let target = self.place(line, new, new_name, &kind)?;
            for &column in &columns {
                let Some(mut effect) = self.nuisances[index].effects[column].take() else { continue };
                if kind.is_shape() {
                    effect.template.get_or_insert_with(|| old_name.to_owned());
                }
                self.nuisances[target].effects[column] = Some(effect);
            }
        }
        if found { Ok(()) } else { self.nothing(line, old) }
    }

    fn change_kind(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let found = self.named(line, 3)?;
        let kind = kind(line, 4)?;
        if found.is_empty() {
            return self.nothing(line, 3);
        }
        let is_log = |kind: &NuisanceKind| matches!(kind, NuisanceKind::LogNormal | NuisanceKind::LogUniform);
        let is_linear = |kind: &NuisanceKind| matches!(kind, NuisanceKind::Gaussian | NuisanceKind::Uniform(..));
        for index in found {
            let nuisance = &mut self.nuisances[index];
            let convert: Option<fn(f64) -> f64> = match (&nuisance.kind, &kind) {
                (from, to)
                    if is_log(from) && is_log(to) || is_linear(from) && is_linear(to) || from.is_shape() && to.is_shape() =>
                {
                    None
                }
                (from, to) if is_log(from) && is_linear(to) => Some(maths::ln),
                (from, to) if is_linear(from) && is_log(to) => Some(maths::exp),
                (from, to) => {
                    let message = format!("`{}` of type {} cannot become {}", nuisance.name, from.word(), to.word());
                    return Err(line.problem(4, "unsupported", message));
                }
            };
            nuisance.kind = kind.clone();
            let Some(convert) = convert else { continue };
            for effect in &mut nuisance.effects {
                match effect.as_ref().map(|effect| effect.size) {
                    None => {}
                    Some(Size::One(size)) if size == 0.0 || size == 1.0 => *effect = None,
                    Some(Size::One(size)) => *effect = Some(Effect { size: Size::One(convert(size)), template: None }),
                    Some(Size::Two(..)) => {
                        let message = format!("`{}` has effects of two values, which {} cannot have", nuisance.name, kind.word());
                        return Err(line.problem(4, "unsupported", message));
                    }
                }
            }
        }
        Ok(())
    }

    fn split(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let (columns, found) = (self.chosen(line, 3)?, self.named(line, 5)?);
        let sizes = [size(line, 8)?, size(line, 9)?];
        if columns.is_empty() || found.is_empty() {
            return self.nothing(line, 5);
        }
        for index in found {
            let kind = self.nuisances[index].kind.clone();
            let places = [self.place(line, 6, line.words[6].text, &kind)?, self.place(line, 7, line.words[7].text, &kind)?];
            for &column in &columns {
                if self.nuisances[index].effects[column].take().is_some_and(|effect| !effect.size.is_nothing()) {
                    for (place, size) in places.into_iter().zip(sizes) {
                        self.put(line, place, column, size, Meeting::Overwrite)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn freeze(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let pattern = pattern(line, 3)?;
        let fits = |name: &&str| pattern.as_ref().is_none_or(|pattern| pattern.matches_whole(name));
        let found: Vec<String> = self.declared().into_iter().filter(fits).map(str::to_owned).collect();
        if found.is_empty() {
            return self.nothing(line, 3);
        }
        self.frozen.extend(found);
        Ok(())
    }

    fn merge(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let (columns, found) = (self.chosen(line, 3)?, self.named(line, 6)?);
        if columns.is_empty() || found.is_empty() {
            return self.nothing(line, 6);
        }
        for index in found {
            let kind = self.nuisances[index].kind.clone();
            let target = self.place(line, 5, line.words[5].text, &kind)?;
            if target == index {
                return Err(line.problem(6, "name", "a nuisance cannot be merged with itself"));
            }
            for &column in &columns {
                if let Some(effect) = self.nuisances[index].effects[column].take() {
                    self.put(line, target, column, effect.size, Meeting::Quadrature)?;
                }
            }
        }
        Ok(())
    }

    fn flip(&mut self, line: &Line<'_>) -> Result<(), Diagnostic> {
        let (columns, found) = (self.chosen(line, 3)?, self.named(line, 5)?);
        let has = |option: &str| line.words[6..].iter().any(|word| word.text == option);
        let (down, up) = (has("p2n"), has("n2p"));
        if !down && !up {
            return Err(line.problem(6, "card", "flip needs `p2n`, `n2p` or both"));
        }
        if columns.is_empty() || found.is_empty() {
            return self.nothing(line, 5);
        }
        for index in found {
            let nuisance = &mut self.nuisances[index];
            if nuisance.kind != NuisanceKind::LogNormal {
                let message = format!("`{}` is of type {}; lnN alone is flipped", nuisance.name, nuisance.kind.word());
                return Err(line.problem(5, "unsupported", message));
            }
            for &column in &columns {
                let Some(effect) = nuisance.effects[column].as_mut() else { continue };
                effect.size = match effect.size {
                    Size::One(k) if k > 1.0 && down || k < 1.0 && k > 0.0 && up => Size::One(1.0 / k),
                    // What the value at -1 does decides.
                    Size::Two(low, high) if low < 1.0 && down || low > 1.0 && up => Size::Two(1.0 / low, 1.0 / high),
                    same => same,
                };
            }
        }
        Ok(())
    }
}

fn names() -> String {
    format!("the edits are {}", COMMANDS.map(|(name, _)| name).join(", "))
}

/// The pattern in a word; nothing for `*`, which fits all.
fn pattern(line: &Line<'_>, index: usize) -> Result<Option<Pattern>, Diagnostic> {
    let Some(text) = line.text(index).filter(|text| *text != "*") else { return Ok(None) };
    Pattern::read(text).map(Some).map_err(|(_, message)| line.problem(index, "value", format!("pattern `{text}`: {message}")))
}

/// A type to which an edit can lead.
fn kind(line: &Line<'_>, index: usize) -> Result<NuisanceKind, Diagnostic> {
    const KINDS: [&str; 8] = ["lnN", "lnU", "trG", "unif", "shape", "shapeN", "shape?", "shapeU"];
    let shape = |log, flat, optional| NuisanceKind::Shape { log, flat, optional };
    let text = line.text(index).unwrap_or_default();
    Ok(match text {
        "lnN" => NuisanceKind::LogNormal,
        "lnU" => NuisanceKind::LogUniform,
        "trG" => NuisanceKind::Gaussian,
        // The range of lnU: an edit has no place for another.
        "unif" => NuisanceKind::Uniform(-1.0, 1.0),
        "shape" => shape(false, false, false),
        "shapeN" => shape(true, false, false),
        "shape?" => shape(false, false, true),
        "shapeU" => shape(false, true, false),
        _ => {
            let problem = line.problem(index, "name", format!("`{text}` is no type that an edit can give"));
            return Err(match nearest(text, KINDS) {
                Some(near) => problem.nearest(near),
                None => problem.advice(format!("the types are {}", KINDS.join(", "))),
            });
        }
    })
}

fn size(line: &Line<'_>, index: usize) -> Result<Size, Diagnostic> {
    let text = line.text(index).unwrap_or_default();
    let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let size = match text.split_once('/') {
        Some((low, high)) => {
            number(low).zip(number(high)).filter(|(low, high)| *low > 0.0 && *high > 0.0).map(|(low, high)| Size::Two(low, high))
        }
        None => number(text).map(Size::One),
    };
    size.ok_or_else(|| line.problem(index, "value", format!("expected a number or LOW/HIGH, got `{text}`")))
}

/// Sum in quadrature of the logarithms of two effects that go the same way.
fn quadrature(one: Size, other: Size) -> Option<Size> {
    let sum = |a: f64, b: f64| {
        let (a, b) = (maths::ln(a), maths::ln(b));
        let both = maths::exp(maths::hypot(a, b));
        (a * b >= 0.0).then_some(if a > 0.0 { both } else { 1.0 / both })
    };
    Some(match (one, other) {
        (Size::One(a), Size::One(b)) => Size::One(sum(a, b)?),
        (Size::Two(low, high), Size::Two(other_low, other_high)) => Size::Two(sum(low, other_low)?, sum(high, other_high)?),
        (Size::Two(low, high), Size::One(b)) | (Size::One(b), Size::Two(low, high)) => {
            Size::Two(sum(low, 1.0 / b)?, sum(high, b)?)
        }
    })
}
