//! Leaving out and renaming what has a name, and the order of names.

use std::collections::BTreeSet;

use germane_texts::{Diagnostic, nearest};

use super::{Effect, Workspace, check};

/// Parts of a workspace that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A channel, with its observations.
    Channel,
    /// A sample, in all channels.
    Sample,
    /// Modifiers of a name, with what measurements say of their parameter.
    Modifier,
    /// Modifiers of a type.
    ModifierType,
    /// A measurement.
    Measurement,
}

impl PartKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Channel, Self::Sample, Self::Modifier, Self::ModifierType, Self::Measurement];

    /// Its word in options.
    pub fn word(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Sample => "sample",
            Self::Modifier => "modifier",
            Self::ModifierType => "type",
            Self::Measurement => "measurement",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A part by its kind and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    /// What it is.
    pub kind: PartKind,
    /// How it is called.
    pub name: String,
}

impl PartName {
    /// A part of a name.
    pub fn new(kind: PartKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl Workspace {
    /// All names of a kind.
    pub fn names(&self, kind: PartKind) -> BTreeSet<&str> {
        let samples = || self.channels.iter().flat_map(|channel| &channel.samples);
        let modifiers = || samples().flat_map(|sample| &sample.modifiers);
        match kind {
            PartKind::Channel => self.channels.iter().map(|channel| channel.name.as_str()).collect(),
            PartKind::Sample => samples().map(|sample| sample.name.as_str()).collect(),
            PartKind::Modifier => modifiers().map(|modifier| modifier.name.as_str()).collect(),
            PartKind::ModifierType => modifiers().map(|modifier| modifier.effect.type_name()).collect(),
            PartKind::Measurement => self.measurements.iter().map(|measurement| measurement.name.as_str()).collect(),
        }
    }

    /// The workspace without some parts. A measurement whose parameter of interest is left out has none; channels without samples
    /// go, too.
    ///
    /// ```
    /// use germane_models::workspace::*;
    /// let signal = Sample::new("signal", vec![5.0]).with(Modifier::norm_factor("mu"));
    /// let background = Sample::new("background", vec![50.0]).with(Modifier::norm_sys("scale", 1.1, 0.9));
    /// let workspace = Workspace::new()
    ///     .channel(Channel::new("SR").sample(signal).sample(background), vec![52.0])
    ///     .measurement(Measurement::new("main", Some("mu")));
    /// let smaller = workspace.without(&[PartName::new(PartKind::Modifier, "scale")]).unwrap();
    /// assert!(smaller.channels[0].samples[1].modifiers.is_empty());
    /// ```
    ///
    /// # Errors
    /// Names that are not there, with the nearest, and what is wrong with the rest.
    pub fn without(mut self, parts: &[PartName]) -> Result<Self, Vec<Diagnostic>> {
        self.known(parts.iter())?;
        let dropped = |kind: PartKind, name: &str| parts.iter().any(|part| part.kind == kind && part.name == name);
        self.channels.retain(|channel| !dropped(PartKind::Channel, &channel.name));
        for channel in &mut self.channels {
            channel.samples.retain(|sample| !dropped(PartKind::Sample, &sample.name));
            for sample in &mut channel.samples {
                sample.modifiers.retain(|modifier| {
                    !dropped(PartKind::Modifier, &modifier.name) && !dropped(PartKind::ModifierType, modifier.effect.type_name())
                });
            }
        }
        self.channels.retain(|channel| !channel.samples.is_empty());
        let channels: BTreeSet<String> = self.channels.iter().map(|channel| channel.name.clone()).collect();
        self.observations.retain(|observation| channels.contains(&observation.name));
        self.measurements.retain(|measurement| !dropped(PartKind::Measurement, &measurement.name));
        let left: BTreeSet<String> = self.names(PartKind::Modifier).into_iter().map(str::to_owned).collect();
        for measurement in &mut self.measurements {
            measurement.parameters.retain(|setting| left.contains(&setting.name));
            measurement.poi = measurement.poi.take().filter(|poi| left.contains(poi));
        }
        self.checked()
    }

    /// The workspace with other names, all changed at once. A modifier that gets the name of another one shares its parameter; the
    /// settings of the one that is named first stay. A type can become one of the same data: `shapesys` and `staterror`;
    /// `normfactor`, `shapefactor` and `lumi`.
    ///
    /// # Errors
    /// Names that are not there, with the nearest, and what is wrong with the new ones.
    pub fn renamed(mut self, names: &[(PartName, String)]) -> Result<Self, Vec<Diagnostic>> {
        self.known(names.iter().map(|(part, _)| part))?;
        let new = |kind: PartKind, name: &str| {
            names.iter().find(|(part, _)| part.kind == kind && part.name == name).map(|(_, new)| new.clone())
        };
        let rename = |kind: PartKind, name: &mut String| {
            if let Some(new) = new(kind, name) {
                *name = new;
            }
        };
        let mut problems = Vec::new();
        for channel in &mut self.channels {
            rename(PartKind::Channel, &mut channel.name);
            for sample in &mut channel.samples {
                rename(PartKind::Sample, &mut sample.name);
                for modifier in &mut sample.modifiers {
                    rename(PartKind::Modifier, &mut modifier.name);
                    let Some(wanted) = new(PartKind::ModifierType, modifier.effect.type_name()) else { continue };
                    match modifier.effect.clone().into_type(&wanted) {
                        Ok(effect) => modifier.effect = effect,
                        Err(problem) => problems.push(problem),
                    }
                }
            }
        }
        for observation in &mut self.observations {
            rename(PartKind::Channel, &mut observation.name);
        }
        for measurement in &mut self.measurements {
            rename(PartKind::Measurement, &mut measurement.name);
            for setting in &mut measurement.parameters {
                rename(PartKind::Modifier, &mut setting.name);
            }
            let mut seen = BTreeSet::new();
            measurement.parameters.retain(|setting| seen.insert(setting.name.clone()));
            if let Some(poi) = &mut measurement.poi {
                rename(PartKind::Modifier, poi);
            }
        }
        problems.dedup();
        if problems.is_empty() { self.checked() } else { Err(problems) }
    }

    /// The same workspace in the order of names: channels, samples, modifiers (then types), observations, measurements, parameters.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.channels.sort_by(|a, b| a.name.cmp(&b.name));
        for channel in &mut self.channels {
            channel.samples.sort_by(|a, b| a.name.cmp(&b.name));
            for sample in &mut channel.samples {
                sample.modifiers.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.effect.type_name().cmp(b.effect.type_name())));
            }
        }
        self.observations.sort_by(|a, b| a.name.cmp(&b.name));
        self.measurements.sort_by(|a, b| a.name.cmp(&b.name));
        for measurement in &mut self.measurements {
            measurement.parameters.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self
    }

    /// Whether all parts are there.
    fn known<'a>(&self, parts: impl Iterator<Item = &'a PartName>) -> Result<(), Vec<Diagnostic>> {
        let missing = parts.filter(|part| !self.names(part.kind).contains(part.name.as_str())).map(|part| {
            let problem = Diagnostic::new("name", format!("no {} `{}`", part.kind.word(), part.name));
            match nearest(&part.name, self.names(part.kind)) {
                Some(near) => problem.nearest(near),
                None => problem,
            }
        });
        let missing: Vec<Diagnostic> = missing.collect();
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    /// The workspace, if nothing is wrong with it.
    pub(super) fn checked(self) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        check::all(&self, &[], &mut problems);
        problems.retain(Diagnostic::is_error);
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}

impl Effect {
    /// The same data as an effect of another type.
    fn into_type(self, wanted: &str) -> Result<Self, Diagnostic> {
        let own = self.type_name();
        match (self, wanted) {
            (same, _) if own == wanted => Ok(same),
            (Self::ShapeSys(data), "staterror") => Ok(Self::StatError(data)),
            (Self::StatError(data), "shapesys") => Ok(Self::ShapeSys(data)),
            (Self::NormFactor | Self::ShapeFactor | Self::Lumi, "normfactor") => Ok(Self::NormFactor),
            (Self::NormFactor | Self::ShapeFactor | Self::Lumi, "shapefactor") => Ok(Self::ShapeFactor),
            (Self::NormFactor | Self::ShapeFactor | Self::Lumi, "lumi") => Ok(Self::Lumi),
            _ => {
                let problem = Diagnostic::new("value", format!("a {own} cannot become a `{wanted}`: their data differ"));
                Err(match nearest(wanted, Self::TYPES) {
                    Some(near) if near != wanted => problem.nearest(near),
                    _ => problem,
                })
            }
        }
    }
}
