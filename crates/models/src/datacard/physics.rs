//! How yields depend on parameters of interest: combine's default model, `multiSignalModel` and `interferenceModel`.

use germane_texts::{Diagnostic, Source, nearest};

use super::interference::Scaled;
use super::pattern::Pattern;
use crate::formula::Formula;
use crate::formula::factory::Declaration;
use crate::likelihood::Parameter;

/// A physics model.
///
/// ```
/// use germane_models::datacard::Physics;
/// use germane_texts::Diagnostic;
/// let no_files = |file: &str| Err(Diagnostic::new("file", format!("no file `{file}`")));
/// let physics = Physics::read("multiSignalModel map=.*/ggH:r_ggH[1,0,10] map=.*/qqH:r_qqH[1,0,10]", no_files).unwrap();
/// assert_eq!(physics.parameters().len(), 2);
/// assert!(Physics::read("multiSignalModle", no_files).unwrap_err()[0].nearest.is_some());
/// ```
#[derive(Clone, Debug)]
pub struct Physics {
    parameters: Vec<Parameter>,
    functions: Vec<(String, Formula, Vec<String>)>,
    yields: Yields,
}

/// What decides about the yield of a process in a channel.
#[derive(Clone, Debug)]
enum Yields {
    /// Signals are multiplied by [`STRENGTH`].
    Strength,
    /// Patterns of `channel/process`; the last that fits decides.
    Patterns(Vec<(Pattern, Scale)>),
    /// Quadratic forms, bin by bin.
    Forms(Scaled),
}

/// What a yield is multiplied by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scale {
    One,
    Zero,
    /// A parameter or function by name.
    Named(String),
}

/// Name of the strength of the default model.
const STRENGTH: &str = "r";

const MODELS: [&str; 3] = ["defaultModel", "multiSignalModel", "interferenceModel"];

impl Default for Physics {
    fn default() -> Self {
        Self::strength()
    }
}

impl Physics {
    /// One strength `r` in \[0, 20\] for all signals.
    pub fn strength() -> Self {
        let strength = Parameter::new(STRENGTH, 1.0).within(0.0, 20.0);
        Self { parameters: vec![strength], functions: Vec::new(), yields: Yields::Strength }
    }

    /// Reads `NAME OPTION …` as `text2workspace.py -P NAME --PO OPTION` takes them.
    ///
    /// - `multiSignalModel`: `map=PATTERN[,PATTERN]:POI[START,LOW,HIGH]`, `map=PATTERN:0`,
    ///   `map=PATTERN:NAME=expr::NAME("FORMULA",ARGUMENT,…)`, `turnoff=PROCESS,…`
    /// - `interferenceModel`: `scalingData=FILE`, whose text `files` gives ([`crate::quadratic::Scaling`]), and
    ///   `POIs=NAME[START,LOW,HIGH]:…`
    ///
    /// # Errors
    /// An unknown model or option, with the nearest name; a rule that cannot be read (all with the code `physics`); all mistakes of
    /// the file.
    pub fn read(text: &str, files: impl Fn(&str) -> Result<Source, Diagnostic>) -> Result<Self, Vec<Diagnostic>> {
        let mut words =
            text.split_whitespace().filter(|word| *word != "--PO").map(|word| word.strip_prefix("--PO=").unwrap_or(word));
        let full = words.next().unwrap_or("defaultModel");
        let name = full.rsplit(':').next().unwrap_or(full);
        let options = words.filter(|option| *option != "verbose");
        match name {
            "defaultModel" => Self::default_model(options).map_err(|problem| vec![problem]),
            "multiSignalModel" => Self::multi_signal(options).map_err(|problem| vec![problem]),
            "interferenceModel" => {
                let (parameters, scaled) = Scaled::read(options, files)?;
                Ok(Self { parameters, functions: Vec::new(), yields: Yields::Forms(scaled) })
            }
            _ => {
                let problem = Diagnostic::new("physics", format!("no physics model `{name}`"));
                Err(vec![match nearest(name, MODELS) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("the models are {}", MODELS.join(", "))),
                }])
            }
        }
    }

    /// The parameters with which fits begin, those of interest first.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn default_model<'a>(mut options: impl Iterator<Item = &'a str>) -> Result<Self, Diagnostic> {
        match options.next() {
            None => Ok(Self::strength()),
            Some(option) => Err(Diagnostic::new("physics", format!("the default model has no option `{option}`"))),
        }
    }

    fn multi_signal<'a>(options: impl Iterator<Item = &'a str>) -> Result<Self, Diagnostic> {
        let mut model = Self { parameters: Vec::new(), functions: Vec::new(), yields: Yields::Strength };
        let mut rules = Vec::new();
        for option in options {
            if let Some(rule) = option.strip_prefix("map=") {
                model.rule(option, rule, &mut rules)?;
            } else if let Some(list) = option.strip_prefix("turnoff=") {
                rules.push((pattern(option, &format!(".*/({})", list.replace(',', "|")))?, Scale::Zero));
            } else {
                let problem = Diagnostic::new("physics", format!("multiSignalModel has no option `{option}`"));
                return Err(problem.advice("there are map=PATTERN:POI[START,LOW,HIGH] and turnoff=PROCESS,…"));
            }
        }
        if model.parameters.is_empty() {
            let problem = Diagnostic::new("physics", "multiSignalModel has no parameter of interest");
            return Err(problem.advice("add map=PATTERN:POI[START,LOW,HIGH]"));
        }
        Ok(Self { yields: Yields::Patterns(rules), ..model })
    }

    fn rule(&mut self, option: &str, rule: &str, rules: &mut Vec<(Pattern, Scale)>) -> Result<(), Diagnostic> {
        let wrong = |what: &str| {
            let problem = Diagnostic::new("physics", format!("`{option}`: {what}"));
            problem.advice(
                "write map=PATTERN:POI[START,LOW,HIGH], map=PATTERN:0, or map=PATTERN:NAME=expr::NAME(\"FORMULA\",ARGUMENT,…)",
            )
        };
        let (patterns, poi) = rule.split_once(':').ok_or_else(|| wrong("there is no `:`"))?;
        let scale = match poi {
            "1" => Scale::One,
            "0" => Scale::Zero,
            "super" => return Err(wrong("`super` is not known")),
            _ => {
                // `NAME=` before a function only repeats its name.
                let (name, text) = poi
                    .split_once('=')
                    .filter(|(name, _)| !name.contains('('))
                    .map_or((None, poi), |(name, text)| (Some(name), text));
                let declaration = Declaration::read(&text.replace(';', ":")).map_err(|what| wrong(&what))?;
                if name.is_some_and(|name| name != declaration.name()) {
                    return Err(wrong("a function is NAME=expr::NAME(\"FORMULA\",ARGUMENT,…)"));
                }
                Scale::Named(self.declare(declaration).map_err(|what| wrong(&what))?)
            }
        };
        for text in patterns.split(',') {
            rules.push((pattern(option, text)?, scale.clone()));
        }
        Ok(())
    }

    /// Takes up what is not known yet; gives its name.
    fn declare(&mut self, declaration: Declaration) -> Result<String, String> {
        let name = declaration.name().to_owned();
        let known = self.parameters.iter().any(|parameter| parameter.name == name);
        if known || self.functions.iter().any(|(function, ..)| *function == name) {
            return Ok(name);
        }
        match declaration {
            // The mass, which every card has.
            Declaration::Known(_) if name == "MH" => {}
            Declaration::Known(_) => return Err(format!("`{name}` is neither a known parameter nor NAME[START,LOW,HIGH]")),
            Declaration::Constant { value, .. } => self.parameters.push(Parameter::new(&name, value).fix()),
            Declaration::Variable { start, lower, upper, .. } => {
                self.parameters.push(Parameter::new(&name, start).within(lower, upper));
            }
            Declaration::Function { formula, arguments, .. } => {
                let arguments = arguments.into_iter().map(|argument| self.declare(argument)).collect::<Result<Vec<_>, _>>()?;
                self.functions.push((name.clone(), formula, arguments));
            }
        }
        Ok(name)
    }

    /// What the yield of a process in a channel is multiplied by.
    pub(super) fn scale(&self, channel: &str, process: &str, signal: bool) -> Scale {
        match &self.yields {
            Yields::Strength if signal => Scale::Named(STRENGTH.to_owned()),
            Yields::Patterns(rules) => {
                let name = format!("{channel}/{process}");
                let found = rules.iter().rev().find(|(pattern, _)| pattern.matches_beginning(&name));
                found.map_or(Scale::One, |(_, scale)| scale.clone())
            }
            Yields::Strength | Yields::Forms(_) => Scale::One,
        }
    }

    /// Functions of parameters by name: formula and arguments.
    pub(super) fn functions(&self) -> &[(String, Formula, Vec<String>)] {
        &self.functions
    }

    /// The forms that scale bins.
    pub(super) fn forms(&self) -> Option<&Scaled> {
        match &self.yields {
            Yields::Forms(scaled) => Some(scaled),
            Yields::Strength | Yields::Patterns(_) => None,
        }
    }
}

fn pattern(option: &str, text: &str) -> Result<Pattern, Diagnostic> {
    Pattern::read(text).map_err(|(_, message)| Diagnostic::new("physics", format!("`{option}`: pattern `{text}`: {message}")))
}
