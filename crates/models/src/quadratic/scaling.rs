//! combine's `scaling.json`: quadratic forms of the bins of each channel and process.
//!
//! ```json
//! [{"channel": "ch", "process": "ggH", "parameters": ["c0[0,-10,10]", "SM[1]"], "scaling": [[0.2, 0.5, 1.0], …]}]
//! ```
//! A row of `scaling` is the lower triangle of M of one bin: (0,0), (1,0), (1,1), … in the order of `parameters`, whose texts are
//! declarations of RooFit's factory. A parameter with one number is a constant; a function (`expr::a("@0*@1",kv[1,0,2],kl[1,0,2])`)
//! is an amplitude of its own.

use germane_texts::{Diagnostic, Keys, Node, Source, Span, nearest, parse_json};

use super::form::Form;
use crate::formula::factory::Declaration;
use crate::formula::{Formula, Stack};

/// Which parts of the forms are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Only what is linear in the coefficients: interference with the Standard Model.
    pub linear: bool,
    /// Coefficients that enter linearly only (of dimension 8, say), whatever the others do.
    pub linear_in: Vec<String>,
}

/// A coefficient as a file declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficient {
    /// Name.
    pub name: String,
    /// Where fits start.
    pub start: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// An amplitude that is a formula of coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Amplitude {
    /// Name.
    pub name: String,
    /// The formula.
    pub formula: Formula,
    /// Indices of its coefficients.
    pub coefficients: Vec<usize>,
    /// Where it stands first.
    pub span: Span,
}

/// The forms of one process in one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingEntry {
    /// Channel.
    pub channel: String,
    /// Process.
    pub process: String,
    /// One form a bin, in the coefficients and, behind them, the amplitudes of the whole file.
    pub forms: Vec<Form>,
    /// Where it stands.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// All coefficients, in order of appearance.
    pub coefficients: Vec<Coefficient>,
    /// All amplitudes that are formulas, in order of appearance.
    pub amplitudes: Vec<Amplitude>,
    /// Channels and processes.
    pub entries: Vec<ScalingEntry>,
}

/// A place in a vector z: a coefficient or an amplitude of the file, or a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Component {
    Coefficient(usize),
    Amplitude(usize),
    Constant(f64),
}

impl Scaling {
    /// Reads a file; on mistakes all of them, with their places.
    ///
    /// ```
    /// use germane_models::quadratic::{Scaling, Terms};
    /// use germane_texts::Source;
    /// let text = r#"[{"channel": "SR", "process": "s", "parameters": ["c[0,-5,5]", "SM[1]"], "scaling": [[0.25, 0.5, 1]]}]"#;
    /// let scaling = Scaling::read(&Source::new("scaling.json", text), &Terms::default()).unwrap();
    /// assert_eq!(scaling.coefficients[0].upper, 5.0);
    /// assert_eq!(scaling.entries[0].forms[0].value(&[2.0]), 4.0);
    /// ```
    pub fn read(source: &Source, terms: &Terms) -> Result<Self, Vec<Diagnostic>> {
        let node = parse_json(source)?;
        let mut reader = Reader {
            source,
            terms,
            coefficients: Vec::new(),
            amplitudes: Vec::new(),
            constants: Vec::new(),
            problems: Vec::new(),
        };
        let entries: Vec<ScalingEntry> = match node.as_list() {
            Some(list) => {
                let raw: Vec<_> = list.iter().filter_map(|node| reader.entry(node)).collect();
                raw.into_iter().map(|entry| reader.forms(entry)).collect()
            }
            None => {
                reader.report("kind", format!("the scaling: expected a list of channels, got {}", node.kind()), &node);
                Vec::new()
            }
        };
        for (index, entry) in entries.iter().enumerate() {
            let same = |other: &&ScalingEntry| (&other.channel, &other.process) == (&entry.channel, &entry.process);
            if entries[..index].iter().any(|other| same(&other)) {
                let message = format!("process `{}` of channel `{}` is there twice", entry.process, entry.channel);
                reader.problems.push(Diagnostic::new("value", message).at(source, entry.span));
            }
        }
        for name in &terms.linear_in {
            if !reader.coefficients.iter().any(|coefficient| coefficient.name == *name) {
                let problem = Diagnostic::new("name", format!("no coefficient `{name}` in the scaling")).file(&*source.name);
                let near = nearest(name, reader.coefficients.iter().map(|known| known.name.as_str()));
                reader.problems.push(match near {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
            }
        }
        let Reader { coefficients, amplitudes, problems, .. } = reader;
        if problems.is_empty() { Ok(Self { coefficients, amplitudes, entries }) } else { Err(problems) }
    }
}

/// An entry before all coefficients are known.
struct Raw {
    channel: String,
    process: String,
    components: Vec<Component>,
    /// The triangle of each bin.
    rows: Vec<Vec<f64>>,
    span: Span,
}

struct Reader<'a> {
    source: &'a Source,
    terms: &'a Terms,
    coefficients: Vec<Coefficient>,
    amplitudes: Vec<Amplitude>,
    constants: Vec<(String, f64)>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, code: &str, message: String, node: &Node) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, node.span));
    }

    fn entry(&mut self, node: &Node) -> Option<Raw> {
        let mut keys = Keys::new(self.source, node, "a scaling");
        let channel = keys.required("channel").and_then(|_| keys.text("channel")).map(str::to_owned);
        let process = keys.required("process").and_then(|_| keys.text("process")).map(str::to_owned);
        let parameters = keys.required("parameters").and_then(|_| keys.list("parameters"));
        let scaling = keys.required("scaling").and_then(|_| keys.list("scaling"));
        keys.finish(&mut self.problems);
        let components: Vec<Component> = parameters?.iter().filter_map(|node| self.parameter(node)).collect();
        if components.len() != parameters?.len() {
            return None;
        }
        let size = components.len();
        let rows = scaling?.iter().map(|row| self.triangle(row, size)).collect::<Option<Vec<_>>>()?;
        Some(Raw { channel: channel?, process: process?, components, rows, span: node.span })
    }

    /// A declaration of RooFit's factory.
    fn parameter(&mut self, node: &Node) -> Option<Component> {
        let Some(text) = node.as_text() else {
            self.report("kind", format!("a parameter: expected text, got {}", node.kind()), node);
            return None;
        };
        match Declaration::read(text) {
            Ok(declaration) => self.component(node, declaration),
            Err(reason) => {
                let problem = Diagnostic::new("value", format!("`{text}` is no parameter: {reason}")).at(self.source, node.span);
                self.problems.push(problem.advice("write `name[start,lower,upper]`, or `name[value]` for a constant"));
                None
            }
        }
    }

    fn component(&mut self, node: &Node, declaration: Declaration) -> Option<Component> {
        let name = declaration.name().to_owned();
        let known = self.known(&name);
        match declaration {
            Declaration::Known(_) => {
                if known.is_none() {
                    let problem =
                        Diagnostic::new("name", format!("no parameter `{name}` before this")).at(self.source, node.span);
                    let coefficients = self.coefficients.iter().map(|coefficient| &coefficient.name);
                    let names = coefficients.chain(self.amplitudes.iter().map(|amplitude| &amplitude.name));
                    self.problems.push(match nearest(&name, names.map(String::as_str)) {
                        Some(near) => problem.nearest(near),
                        None => problem.advice(format!("declare it: `{name}[start,lower,upper]`")),
                    });
                }
                known
            }
            Declaration::Constant { value, .. } => self.constant(node, name, value),
            Declaration::Variable { start, lower, upper, .. } => {
                if known.is_none() {
                    self.coefficients.push(Coefficient { name, start, lower, upper });
                    return Some(Component::Coefficient(self.coefficients.len() - 1));
                }
                let wanted = Coefficient { name: name.clone(), start, lower, upper };
                match known {
                    Some(Component::Coefficient(index)) if self.coefficients[index] == wanted => known,
                    _ => self.otherwise(node, &name, known),
                }
            }
            Declaration::Function { formula, arguments, .. } => self.amplitude(node, name, &formula, arguments),
        }
    }

    /// What a name was declared to be.
    fn known(&self, name: &str) -> Option<Component> {
        let coefficient = self.coefficients.iter().position(|known| known.name == name).map(Component::Coefficient);
        let amplitude = || self.amplitudes.iter().position(|known| known.name == name).map(Component::Amplitude);
        let constant = || self.constants.iter().find(|(known, _)| known == name).map(|(_, value)| Component::Constant(*value));
        coefficient.or_else(amplitude).or_else(constant)
    }

    fn constant(&mut self, node: &Node, name: String, value: f64) -> Option<Component> {
        let wanted = Some(Component::Constant(value));
        let known = self.known(&name);
        if known.is_none() {
            self.constants.push((name, value));
            return wanted;
        }
        if known == wanted { known } else { self.otherwise(node, &name, known) }
    }

    /// A name that is declared again, and not as before.
    fn otherwise(&mut self, node: &Node, name: &str, known: Option<Component>) -> Option<Component> {
        let before = match known {
            Some(Component::Coefficient(index)) => {
                let Coefficient { start, lower, upper, .. } = self.coefficients[index];
                format!("[{start},{lower},{upper}]")
            }
            Some(Component::Constant(value)) => format!("[{value}]"),
            _ => "another formula".to_owned(),
        };
        self.report("value", format!("`{name}` was {before} before"), node);
        None
    }

    /// A function of coefficients, with its constants and functions put in.
    fn amplitude(&mut self, node: &Node, name: String, formula: &Formula, arguments: Vec<Declaration>) -> Option<Component> {
        let parts: Vec<Component> = arguments.into_iter().map(|part| self.component(node, part)).collect::<Option<_>>()?;
        let mut coefficients = Vec::new();
        for part in &parts {
            let of_part = match part {
                Component::Coefficient(index) => std::slice::from_ref(index),
                Component::Amplitude(index) => self.amplitudes[*index].coefficients.as_slice(),
                Component::Constant(_) => &[],
            };
            coefficients.extend_from_slice(of_part);
        }
        coefficients.sort_unstable();
        coefficients.dedup();
        let size = coefficients.len();
        let place = |coefficient: &usize| coefficients.iter().position(|known| known == coefficient);
        let variable = |coefficient: &usize| Some(Formula::variable(place(coefficient)?, size));
        let part = |part: &Component| match part {
            Component::Coefficient(index) => variable(index),
            Component::Constant(value) => Some(Formula::number(*value, size)),
            Component::Amplitude(index) => {
                let Amplitude { formula, coefficients, .. } = &self.amplitudes[*index];
                formula.with(&coefficients.iter().map(variable).collect::<Option<Vec<_>>>()?)
            }
        };
        let written: Option<Vec<Formula>> = parts.iter().map(part).collect();
        let Some(formula) = written.and_then(|parts| if parts.is_empty() { Some(formula.clone()) } else { formula.with(&parts) })
        else {
            self.report("value", format!("the formula of `{name}` is too long"), node);
            return None;
        };
        let known = self.known(&name);
        if coefficients.is_empty() {
            return self.constant(node, name, formula.value(&[], &mut Stack::default()));
        }
        let amplitude = Amplitude { name, formula, coefficients, span: node.span };
        match known {
            None => {
                self.amplitudes.push(amplitude);
                Some(Component::Amplitude(self.amplitudes.len() - 1))
            }
            Some(Component::Amplitude(index)) if self.amplitudes[index].is(&amplitude) => known,
            _ => self.otherwise(node, &amplitude.name, known),
        }
    }

    fn triangle(&mut self, node: &Node, size: usize) -> Option<Vec<f64>> {
        let wanted = size * (size + 1) / 2;
        let list = node.as_list().unwrap_or_default();
        let numbers: Vec<f64> = list.iter().filter_map(Node::as_f64).filter(|value| value.is_finite()).collect();
        if node.as_list().is_none() || numbers.len() != list.len() || numbers.len() != wanted {
            let found = node.as_list().map_or_else(|| node.kind().to_owned(), |_| format!("{} of {}", numbers.len(), list.len()));
            let message = format!("a bin of {size} parameters has {wanted} numbers (a lower triangle), here are {found}");
            self.report("value", message, node);
            return None;
        }
        Some(numbers)
    }

    fn forms(&self, entry: Raw) -> ScalingEntry {
        let Raw { channel, process, components, rows, span } = entry;
        let coefficients = self.coefficients.len();
        let size = coefficients + self.amplitudes.len();
        let name = |index: usize| match self.coefficients.get(index) {
            Some(coefficient) => &coefficient.name,
            None => &self.amplitudes[index - coefficients].name,
        };
        let linear = |index: usize| self.terms.linear || self.terms.linear_in.contains(name(index));
        // Row of the matrix and factor.
        let place = |component: Component| match component {
            Component::Coefficient(index) => (index, 1.0),
            Component::Amplitude(index) => (coefficients + index, 1.0),
            Component::Constant(value) => (size, value),
        };
        let forms = rows.iter().map(|triangle| {
            // The matrix in all coefficients of the file; several components may be one coefficient, or constant.
            let mut matrix = vec![0.0; (size + 1) * (size + 1)];
            for (i, one) in components.iter().enumerate() {
                for (j, other) in components.iter().enumerate() {
                    let entry = triangle[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
                    let ((row, first), (column, second)) = (place(*one), place(*other));
                    matrix[row * (size + 1) + column] += entry * first * second;
                }
            }
            Form::new(size, |i, j| {
                let dropped = i < size && j < size && (linear(i) || linear(j));
                if dropped { 0.0 } else { matrix[i * (size + 1) + j] }
            })
        });
        ScalingEntry { forms: forms.collect(), channel, process, span }
    }
}

impl Amplitude {
    /// Whether two amplitudes are the same, wherever they stand.
    fn is(&self, other: &Self) -> bool {
        self.formula == other.formula && self.coefficients == other.coefficients
    }
}
