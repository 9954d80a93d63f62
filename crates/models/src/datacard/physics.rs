//! How yields depend on parameters of interest: combine's default model and `multiSignalModel`.

use germane_texts::{Diagnostic, nearest};

use super::pattern::Pattern;
use crate::formula::Formula;
use crate::likelihood::Parameter;

/// A physics model.
///
/// ```
/// use germane_models::datacard::Physics;
/// let physics = Physics::read("multiSignalModel map=.*/ggH:r_ggH[1,0,10] map=.*/qqH:r_qqH[1,0,10]").unwrap();
/// assert_eq!(physics.parameters().len(), 2);
/// assert!(Physics::read("multiSignalModle").unwrap_err().nearest.is_some());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Physics {
    parameters: Vec<Parameter>,
    functions: Vec<(String, Formula, Vec<String>)>,
    /// Patterns of `channel/process`; the last that fits decides. None in the default model.
    rules: Option<Vec<(Pattern, Scale)>>,
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

impl Physics {
    /// One strength `r` in \[0, 20\] for all signals.
    pub fn strength() -> Self {
        Self { parameters: vec![Parameter::new(STRENGTH, 1.0).within(0.0, 20.0)], functions: Vec::new(), rules: None }
    }

    /// Reads `NAME OPTION …` as `text2workspace.py -P NAME --PO OPTION` takes them: `map=PATTERN[,PATTERN]:POI[START,LOW,HIGH]`,
    /// `map=PATTERN:0`, `map=PATTERN:NAME=expr::NAME("FORMULA",ARGUMENT,…)`, `turnoff=PROCESS,…`.
    ///
    /// # Errors
    /// An unknown model or option, with the nearest name; a rule that cannot be read.
    pub fn read(text: &str) -> Result<Self, Diagnostic> {
        const MODELS: [&str; 2] = ["defaultModel", "multiSignalModel"];
        let mut words = text.split_whitespace();
        let full = words.next().unwrap_or("defaultModel");
        let name = full.rsplit(':').next().unwrap_or(full);
        match name {
            "defaultModel" => match words.next() {
                None => Ok(Self::strength()),
                Some(option) => Err(Diagnostic::new("physics", format!("the default model has no option `{option}`"))),
            },
            "multiSignalModel" => Self::multi_signal(words),
            _ => {
                let problem = Diagnostic::new("physics", format!("no physics model `{name}`"));
                Err(match nearest(name, MODELS) {
                    Some(near) => problem.nearest(near),
                    None => problem.advice(format!("the models are {}", MODELS.join(", "))),
                })
            }
        }
    }

    /// The parameters of interest.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn multi_signal<'a>(options: impl Iterator<Item = &'a str>) -> Result<Self, Diagnostic> {
        let mut model = Self { rules: Some(Vec::new()), ..Self::default() };
        for option in options {
            if let Some(rule) = option.strip_prefix("map=") {
                model.rule(option, rule)?;
            } else if let Some(list) = option.strip_prefix("turnoff=") {
                let pattern = format!(".*/({})", list.replace(',', "|"));
                model.push(option, &pattern, Scale::Zero)?;
            } else if option != "verbose" {
                let problem = Diagnostic::new("physics", format!("multiSignalModel has no option `{option}`"));
                return Err(problem.advice("there are map=PATTERN:POI[START,LOW,HIGH] and turnoff=PROCESS,…"));
            }
        }
        if model.parameters.is_empty() {
            let problem = Diagnostic::new("physics", "multiSignalModel has no parameter of interest");
            return Err(problem.advice("add map=PATTERN:POI[START,LOW,HIGH]"));
        }
        Ok(model)
    }

    fn push(&mut self, option: &str, pattern: &str, scale: Scale) -> Result<(), Diagnostic> {
        let pattern = Pattern::read(pattern)
            .map_err(|(_, message)| Diagnostic::new("physics", format!("`{option}`: pattern `{pattern}`: {message}")))?;
        self.rules.get_or_insert_default().push((pattern, scale));
        Ok(())
    }

    fn rule(&mut self, option: &str, rule: &str) -> Result<(), Diagnostic> {
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
                if let Some((name, definition)) = poi.split_once('=') {
                    self.function(name, &definition.replace(';', ":")).map_err(|what| wrong(&what))?;
                    Scale::Named(name.to_owned())
                } else {
                    Scale::Named(self.parameter(poi).map_err(|what| wrong(&what))?)
                }
            }
        };
        for pattern in patterns.split(',') {
            self.push(option, pattern, scale.clone())?;
        }
        Ok(())
    }

    /// `NAME[START,LOW,HIGH]`, or the name of one that is known.
    fn parameter(&mut self, text: &str) -> Result<String, String> {
        let name = text.split('[').next().unwrap_or(text);
        let known = self.parameters.iter().any(|parameter| parameter.name == name);
        if known || self.functions.iter().any(|(function, ..)| function == name) {
            return Ok(name.to_owned());
        }
        let inside = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.strip_suffix(']'));
        let values = inside.map(|inside| inside.split(',').map(|v| v.trim().parse::<f64>().ok().filter(|v| v.is_finite())));
        let values: Option<Vec<f64>> = values.and_then(Iterator::collect);
        match values.as_deref() {
            Some(&[start, low, high]) if low < high && (low..=high).contains(&start) => {
                self.parameters.push(Parameter::new(name, start).within(low, high));
            }
            Some(&[value]) => self.parameters.push(Parameter::new(name, value).fix()),
            _ => return Err(format!("`{text}` is neither a known parameter nor NAME[START,LOW,HIGH]")),
        }
        Ok(name.to_owned())
    }

    /// `expr::NAME("FORMULA",ARGUMENT,…)`.
    fn function(&mut self, name: &str, definition: &str) -> Result<(), String> {
        let inside =
            definition.strip_prefix("expr::").and_then(|rest| rest.strip_prefix(name)).and_then(|rest| rest.strip_prefix('('));
        let inside =
            inside.and_then(|inside| inside.strip_suffix(')')).ok_or("a function is expr::NAME(\"FORMULA\",ARGUMENT,…)")?;
        let quote = inside.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("the formula is not quoted")?;
        let (formula, arguments) = inside[1..].split_once(quote).ok_or("the quotation does not end")?;
        let mut names = Vec::new();
        // Commas inside brackets belong to ranges.
        let (mut depth, mut argument) = (0_i32, String::new());
        for sign in arguments.trim_start_matches(',').chars().chain([',']) {
            depth += i32::from(sign == '[') - i32::from(sign == ']');
            if sign == ',' && depth == 0 {
                if !argument.is_empty() {
                    names.push(self.parameter(&argument)?);
                }
                argument.clear();
            } else {
                argument.push(sign);
            }
        }
        let list: Vec<&str> = names.iter().map(String::as_str).collect();
        let formula = Formula::read(formula, &list).map_err(|error| error.diagnostic.to_string())?;
        self.functions.push((name.to_owned(), formula, names));
        Ok(())
    }

    /// What the yield of a process in a channel is multiplied by.
    pub(super) fn scale(&self, channel: &str, process: &str, signal: bool) -> Scale {
        let Some(rules) = &self.rules else {
            return if signal { Scale::Named(STRENGTH.to_owned()) } else { Scale::One };
        };
        let name = format!("{channel}/{process}");
        let found = rules.iter().rev().find(|(pattern, _)| pattern.matches_beginning(&name));
        found.map_or(Scale::One, |(_, scale)| scale.clone())
    }

    /// Functions of parameters by name: formula and arguments.
    pub(super) fn functions(&self) -> &[(String, Formula, Vec<String>)] {
        &self.functions
    }

    /// The parameters with which fits begin; those of the default model where nothing was said.
    pub(super) fn declared(&self) -> Vec<Parameter> {
        if self.rules.is_none() { Self::strength().parameters } else { self.parameters.clone() }
    }
}
