//! A quadratic model from its files: forms, yields, measured strengths.
//!
//! ```json
//! {"channel": "ch", "signal_sm": [297], "background": [131], "data": [420]}
//! {"observable": ["mu_0"], "bins": [0], "value": [1.26], "covariance": [[0.0116]]}
//! ```
//! `signal_sm` is a list, or a map of processes to lists. A background with errors has `background_covariance` and, if it is
//! skewed, `background_third_moments`. A measurement may have `errors` and a `correlation` instead of the `covariance`, and names
//! `channel` and `process` where the forms have several.

use germane_numerics::dense::Matrix;
use germane_texts::{Diagnostic, Keys, Node, Source, Value, nearest, parse_json};

use super::background::Background;
use super::form::Form;
use super::model::{Counting, Measured, Process, QuadraticModel};
use super::scaling::{Scaling, ScalingEntry, Terms};
use super::simplified::{Moments, Simplified};
use crate::likelihood::Parameter;

impl QuadraticModel {
    /// Reads a model: forms (combine's `scaling.json`), and any number of files with yields or measured strengths.
    ///
    /// # Errors
    /// All mistakes of a file with their places; names that do not fit together; a singular covariance with its null directions.
    pub fn read(scaling: &Source, parts: &[Source], terms: &Terms) -> Result<Self, Vec<Diagnostic>> {
        let forms = Scaling::read(scaling, terms)?;
        let (mut counting, mut measured, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for amplitude in &forms.amplitudes {
            let problem = Diagnostic::new("unsupported", format!("`{}` is a formula of coefficients", amplitude.name));
            problems.push(
                problem
                    .at(scaling, amplitude.span)
                    .advice("with a datacard it is read: `--physics 'interferenceModel scalingData=…'`"),
            );
        }
        for source in parts {
            match parse_json(source) {
                Err(mistakes) => problems.extend(mistakes),
                Ok(node) => {
                    let mut reader = Reader { source, forms: &forms, problems: Vec::new() };
                    if node.get("observable").is_some() || node.get("value").is_some() {
                        measured.extend(reader.measured(&node));
                    } else {
                        counting.extend(reader.counting(&node));
                    }
                    problems.extend(reader.problems);
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let coefficient = |known: &super::scaling::Coefficient| {
            Parameter::new(known.name.as_str(), known.start).within(known.lower, known.upper)
        };
        let coefficients = forms.coefficients.iter().map(coefficient).collect();
        Self::new(coefficients, counting, measured)
            .map_err(|message| vec![Diagnostic::new("value", message).file(&*scaling.name)])
    }
}

struct Reader<'a> {
    source: &'a Source,
    forms: &'a Scaling,
    problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn report(&mut self, message: String, node: &Node) {
        self.problems.push(Diagnostic::new("value", message).at(self.source, node.span));
    }

    fn numbers(&mut self, node: &Node, what: &str) -> Vec<f64> {
        let list = node.as_list().unwrap_or_default();
        let numbers: Vec<f64> = list.iter().filter_map(Node::as_f64).filter(|value| value.is_finite()).collect();
        if node.as_list().is_none() || numbers.len() != list.len() {
            let wrong = list.iter().find(|node| node.as_f64().is_none_or(|value| !value.is_finite())).unwrap_or(node);
            self.report(format!("{what}: expected numbers, got {}", wrong.kind()), wrong);
        }
        numbers
    }

    /// A symmetric matrix with this number of rows.
    fn matrix(&mut self, node: &Node, what: &str, size: usize) -> Option<Matrix> {
        let rows = node.as_list().unwrap_or_default();
        let lists: Vec<Vec<f64>> = rows.iter().map(|row| self.numbers(row, what)).collect();
        if node.as_list().is_none() || lists.len() != size || lists.iter().any(|row| row.len() != size) {
            self.report(format!("{what}: expected {size} rows of {size} numbers"), node);
            return None;
        }
        let matrix = Matrix::from_rows(size, size, lists.into_iter().flatten().collect())?;
        for i in 0..size {
            for j in 0..i {
                let (one, other) = (matrix[(i, j)], matrix[(j, i)]);
                if (one - other).abs() > 1e-9 * (one.abs() + other.abs()) {
                    self.report(
                        format!("{what} is not symmetric: entries ({i}, {j}) and ({j}, {i}) are {one} and {other}"),
                        node,
                    );
                    return None;
                }
            }
        }
        Some(matrix)
    }

    fn counting(&mut self, node: &Node) -> Option<Counting> {
        let mut keys = Keys::new(self.source, node, "the yields");
        let channel = keys.required("channel").and_then(|_| keys.scalar("channel"));
        let signal = keys.required("signal_sm");
        let background = keys.required("background");
        let covariance = keys.optional("background_covariance");
        let third = keys.optional("background_third_moments");
        let data = keys.required("data");
        keys.finish(&mut self.problems);
        let data = self.numbers(data?, "`data`");
        let contents = self.numbers(background?, "`background`");
        let background = match covariance {
            None => Background::Known(contents),
            Some(matrix) => {
                let moments = Moments {
                    covariance: self.matrix(matrix, "`background_covariance`", contents.len())?,
                    third: third
                        .map_or_else(|| vec![0.0; contents.len()], |node| self.numbers(node, "`background_third_moments`")),
                    mean: contents,
                };
                match Simplified::new(&moments) {
                    Ok(simplified) => Background::Simplified(simplified),
                    Err(message) => {
                        self.report(message, matrix);
                        return None;
                    }
                }
            }
        };
        let (place, name) = channel?;
        let signal = signal?;
        let processes = match &signal.value {
            Value::Map(entries) => {
                entries.iter().filter_map(|entry| self.process(name, Some(&entry.key), place, &entry.value)).collect()
            }
            _ => self.process(name, None, place, signal).into_iter().collect(),
        };
        Some(Counting { name: name.to_owned(), background, processes, data })
    }

    fn process(&mut self, channel: &str, process: Option<&str>, place: &Node, yields: &Node) -> Option<Process> {
        let entry = self.entry(Some(channel), process, place)?;
        let yields = self.numbers(yields, "`signal_sm`");
        Some(Process { name: entry.process.clone(), yields, forms: entry.forms.clone() })
    }

    /// The forms of a channel and process; either may be left out where there is only one.
    fn entry(&mut self, channel: Option<&str>, process: Option<&str>, place: &Node) -> Option<&'a ScalingEntry> {
        let of_channel: Vec<&ScalingEntry> =
            self.forms.entries.iter().filter(|entry| channel.is_none_or(|name| entry.channel == name)).collect();
        let found: Vec<&ScalingEntry> =
            of_channel.iter().copied().filter(|entry| process.is_none_or(|name| entry.process == name)).collect();
        if let [one] = found.as_slice() {
            return Some(one);
        }
        let problem = match (channel, process) {
            (Some(channel), _) if of_channel.is_empty() => {
                let problem = Diagnostic::new("name", format!("no forms of channel `{channel}`"));
                match nearest(channel, self.forms.entries.iter().map(|entry| entry.channel.as_str())) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                }
            }
            (_, Some(process)) if found.is_empty() => {
                let problem = Diagnostic::new("name", format!("no forms of process `{process}`"));
                match nearest(process, of_channel.iter().map(|entry| entry.process.as_str())) {
                    Some(near) => problem.nearest(near),
                    None => problem,
                }
            }
            _ => Diagnostic::new("value", format!("{} forms fit, one is needed", found.len())).advice("name channel and process"),
        };
        self.problems.push(problem.at(self.source, place.span));
        None
    }

    fn measured(&mut self, node: &Node) -> Option<Measured> {
        let mut keys = Keys::new(self.source, node, "the measurement");
        let names = keys.required("observable").and_then(|_| keys.list("observable"));
        let bins = keys.required("bins").and_then(|_| keys.list("bins"));
        let values = keys.required("value");
        let channel = keys.text("channel");
        let process = keys.text("process");
        let (covariance, errors, correlation) =
            (keys.optional("covariance"), keys.optional("errors"), keys.optional("correlation"));
        if covariance.is_none() && errors.is_none() {
            let problem = keys.problem("key", "the measurement has no `covariance`", node.span);
            keys.report(problem.advice("or give `errors`, and their `correlation`"));
        }
        keys.finish(&mut self.problems);
        let values = self.numbers(values?, "`value`");
        let size = values.len();
        let names: Vec<String> = names?.iter().filter_map(Node::scalar_text).map(str::to_owned).collect();
        let entry = self.entry(channel, process, node)?;
        let forms: Vec<Form> = bins?.iter().filter_map(|node| self.form(entry, node)).collect();
        if names.len() != size || bins?.len() != size {
            self.report(format!("{size} values, but {} names and {} bins", names.len(), bins?.len()), node);
            return None;
        }
        let covariance = match (covariance, errors) {
            (Some(matrix), _) => self.matrix(matrix, "`covariance`", size)?,
            (None, Some(list)) => {
                let errors = self.errors(list, size)?;
                let correlation = correlation.map(|matrix| self.matrix(matrix, "`correlation`", size));
                let mut covariance = correlation.unwrap_or_else(|| Some(Matrix::identity(size)))?;
                for i in 0..size {
                    for j in 0..size {
                        covariance[(i, j)] *= errors[i] * errors[j];
                    }
                }
                covariance
            }
            (None, None) => return None,
        };
        (forms.len() == size).then_some(Measured { names, forms, values, covariance })
    }

    fn form(&mut self, entry: &ScalingEntry, node: &Node) -> Option<Form> {
        let form = node.as_i64().and_then(|bin| usize::try_from(bin).ok()).and_then(|bin| entry.forms.get(bin));
        if form.is_none() {
            let (found, bins) = (node.scalar_text().unwrap_or(node.kind()), entry.forms.len());
            self.report(format!("`{found}` is no bin of channel `{}`, which has {bins}", entry.channel), node);
        }
        form.cloned()
    }

    /// Numbers, or HEPData's lists of `symerror` and `asymerror`, which are added in squares (asymmetric ones by their mean).
    fn errors(&mut self, node: &Node, size: usize) -> Option<Vec<f64>> {
        let list = node.as_list().unwrap_or_default();
        let mut errors = Vec::with_capacity(list.len());
        for node in list {
            let parts = match &node.value {
                Value::List(parts) => parts.as_slice(),
                _ => std::slice::from_ref(node),
            };
            let squares = parts.iter().map(|part| self.error(part)).collect::<Option<Vec<f64>>>()?;
            errors.push(squares.iter().map(|error| error * error).sum::<f64>().sqrt());
        }
        if errors.len() != size {
            self.report(format!("`errors`: expected {size}, got {}", errors.len()), node);
            return None;
        }
        Some(errors)
    }

    fn error(&mut self, node: &Node) -> Option<f64> {
        let sides = node.get("asymerror").and_then(|sides| {
            let side = |key: &str| sides.get(key).and_then(Node::as_f64).map(f64::abs);
            Some(0.5 * (side("plus")? + side("minus")?))
        });
        let error = node.as_f64().or_else(|| node.get("symerror").and_then(Node::as_f64)).or(sides);
        let error = error.map(f64::abs).filter(|error| *error > 0.0 && error.is_finite());
        if error.is_none() {
            self.report("`errors`: expected a positive number, `symerror` or `asymerror`".to_owned(), node);
        }
        error
    }
}
