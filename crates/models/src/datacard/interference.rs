//! combine's `interferenceModel`: bins that scale with quadratic forms of amplitudes.

use germane_texts::{Diagnostic, Source, nearest};

use super::card::Card;
use super::compile::Compiler;
use crate::formula::Formula;
use crate::formula::factory::Declaration;
use crate::histfactory::card::{Amplitude, Interference};
use crate::histfactory::compile::local;
use crate::likelihood::Parameter;
use crate::quadratic::{Scaling, ScalingEntry, Terms};

/// The forms of a file with its text.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    source: Source,
    scaling: Scaling,
}

impl Scaled {
    /// The options of the model, and its parameters: those of interest first.
    pub(super) fn read<'a>(
        options: impl Iterator<Item = &'a str>,
        files: impl Fn(&str) -> Result<Source, Diagnostic>,
    ) -> Result<(Vec<Parameter>, Self), Vec<Diagnostic>> {
        let (mut file, mut interest) = (None, Vec::new());
        let problem = |message: String| Diagnostic::new("physics", message);
        for option in options {
            if let Some(name) = option.strip_prefix("scalingData=") {
                file = Some(name);
            } else if let Some(list) = option.strip_prefix("POIs=") {
                for text in list.split(':') {
                    interest.push(of_interest(text).map_err(|what| vec![problem(format!("`{option}`: {what}"))])?);
                }
            } else {
                let problem = problem(format!("interferenceModel has no option `{option}`"));
                return Err(vec![problem.advice("there are scalingData=FILE and POIs=NAME[START,LOW,HIGH]:…")]);
            }
        }
        let Some(file) = file else {
            let problem = problem("interferenceModel has no file of its forms".to_owned());
            return Err(vec![problem.advice("add scalingData=FILE (.json or .json.gz)")]);
        };
        if file.ends_with(".pkl.gz") || file.ends_with(".pkl") {
            let problem = problem(format!("{file}: pickled forms are not read"));
            return Err(vec![problem.advice("write the list as JSON (.json or .json.gz)")]);
        }
        let source = files(file).map_err(|problem| vec![problem])?;
        let scaling = Scaling::read(&source, &Terms::default())?;
        let mut parameters = interest;
        for coefficient in &scaling.coefficients {
            let parameter =
                Parameter::new(coefficient.name.as_str(), coefficient.start).within(coefficient.lower, coefficient.upper);
            match parameters.iter().find(|known| known.name == parameter.name) {
                None => parameters.push(parameter),
                Some(known) if *known == parameter => {}
                Some(known) => {
                    let Parameter { name, start, lower, upper, .. } = known;
                    let message = format!("`{name}` is [{start},{lower},{upper}] among the POIs and otherwise in the forms");
                    return Err(vec![problem(message).note(format!("the forms are in {file}"))]);
                }
            }
        }
        if parameters.is_empty() {
            return Err(vec![Diagnostic::new("value", "no form has a parameter").file(&*source.name)]);
        }
        Ok((parameters, Self { source, scaling }))
    }

    /// The forms of a process of a channel.
    pub(super) fn of(&self, channel: &str, process: &str) -> Option<&ScalingEntry> {
        self.scaling.entries.iter().find(|entry| entry.channel == channel && entry.process == process)
    }

    /// Forms of channels and processes that the card has not.
    pub(super) fn check(&self, card: &Card, problems: &mut Vec<Diagnostic>) {
        for entry in &self.scaling.entries {
            let channel = card.channels.iter().position(|channel| channel.name == entry.channel);
            let processes =
                card.processes.iter().filter(|process| Some(process.channel) == channel).map(|process| process.name.as_str());
            let (message, near) = match channel {
                None => {
                    let channels = card.channels.iter().map(|channel| channel.name.as_str());
                    (format!("the card has no channel `{}`", entry.channel), nearest(&entry.channel, channels))
                }
                Some(_) if processes.clone().any(|name| name == entry.process) => continue,
                Some(_) => {
                    let message = format!("channel `{}` of the card has no process `{}`", entry.channel, entry.process);
                    (message, nearest(&entry.process, processes))
                }
            };
            let problem = Diagnostic::new("name", message).at(&self.source, entry.span);
            problems.push(match near {
                Some(near) => problem.nearest(near),
                None => problem,
            });
        }
    }
}

/// A parameter of interest, `NAME[START,LOW,HIGH]`.
fn of_interest(text: &str) -> Result<Parameter, String> {
    match Declaration::read(text)? {
        Declaration::Variable { name, start, lower, upper } => Ok(Parameter::new(name, start).within(lower, upper)),
        Declaration::Constant { name, .. } | Declaration::Known(name) | Declaration::Function { name, .. } => {
            Err(format!("`{name}` has no range; write {name}[START,LOW,HIGH]"))
        }
    }
}

impl Compiler<'_> {
    /// The forms of a process, if it has any.
    pub(super) fn interference(&mut self, column: usize, bins: usize, scalars: &mut Vec<usize>) -> Option<Interference> {
        let options = self.options;
        let Scaled { source, scaling } = options.physics.forms()?;
        let process = &self.card.processes[column];
        let entry = options.physics.forms()?.of(&self.card.channels[process.channel].name, &process.name)?;
        if entry.forms.len() != bins {
            let message = format!("{} bins of {}, whose channel has {bins}", entry.forms.len(), self.card.column(column));
            self.report(Diagnostic::new("value", message).at(source, entry.span));
            return None;
        }
        let size = scaling.coefficients.len();
        let mut made =
            Interference { locals: Vec::new(), parameters: Vec::new(), amplitudes: Vec::new(), forms: entry.forms.clone() };
        for index in 0..size + scaling.amplitudes.len() {
            if !entry.forms.iter().any(|form| form.active().contains(&index)) {
                made.amplitudes.push(Amplitude { places: Vec::new(), formula: Some(Formula::number(0.0, 0)) });
                continue;
            }
            let own = index.checked_sub(size).map(|index| &scaling.amplitudes[index]);
            let coefficients = own.map_or(std::slice::from_ref(&index), |amplitude| amplitude.coefficients.as_slice());
            let mut places = Vec::with_capacity(coefficients.len());
            for &coefficient in coefficients {
                let parameter = self.names.index(&scaling.coefficients[coefficient].name)?;
                let place = made.parameters.iter().position(|known| *known == parameter).unwrap_or_else(|| {
                    made.parameters.push(parameter);
                    made.locals.push(local(scalars, parameter));
                    made.parameters.len() - 1
                });
                places.push(place);
            }
            made.amplitudes.push(Amplitude { places, formula: own.map(|amplitude| amplitude.formula.clone()) });
        }
        Some(made)
    }
}
