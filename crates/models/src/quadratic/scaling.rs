//! combine's `scaling.json`: quadratic forms of the bins of each channel and process.
//!
//! ```json
//! [{"channel": "ch", "process": "ggH", "parameters": ["c0[0,-10,10]", "SM[1]"], "scaling": [[0.2, 0.5, 1.0], …]}]
//! ```
//! A row of `scaling` is the lower triangle of M of one bin: (0,0), (1,0), (1,1), … in the order of `parameters`. A parameter
//! with one number is a constant.

use germane_texts::{Diagnostic, Keys, Node, Source, parse_json};

use super::form::Form;

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

/// The forms of one process in one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingEntry {
    /// Channel.
    pub channel: String,
    /// Process.
    pub process: String,
    /// One form a bin, in the coefficients of the whole file.
    pub forms: Vec<Form>,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// All coefficients, in order of appearance.
    pub coefficients: Vec<Coefficient>,
    /// Channels and processes.
    pub entries: Vec<ScalingEntry>,
}

/// A place in a vector z: a coefficient of the file, or a constant.
#[derive(Clone, Copy)]
enum Component {
    Coefficient(usize),
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
        let mut reader = Reader { source, terms, coefficients: Vec::new(), problems: Vec::new() };
        let entries: Vec<ScalingEntry> = match node.as_list() {
            Some(list) => {
                let raw: Vec<_> = list.iter().filter_map(|node| reader.entry(node)).collect();
                raw.into_iter().map(|(channel, process, rows)| reader.forms(channel, process, &rows)).collect()
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
                reader.report("value", message, &node);
            }
        }
        for name in &terms.linear_in {
            if !reader.coefficients.iter().any(|coefficient| coefficient.name == *name) {
                let problem = Diagnostic::new("name", format!("no coefficient `{name}` in the scaling")).file(&*source.name);
                let near = germane_texts::nearest(name, reader.coefficients.iter().map(|known| known.name.as_str()));
                reader.problems.push(match near {
                    Some(near) => problem.nearest(near),
                    None => problem,
                });
            }
        }
        if reader.problems.is_empty() { Ok(Self { coefficients: reader.coefficients, entries }) } else { Err(reader.problems) }
    }
}

/// Components of z and the triangle of each bin.
type Rows = (Vec<Component>, Vec<Vec<f64>>);

struct Reader<'a> {
    source: &'a Source,
    terms: &'a Terms,
    coefficients: Vec<Coefficient>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, code: &str, message: String, node: &Node) {
        self.problems.push(Diagnostic::new(code, message).at(self.source, node.span));
    }

    fn entry(&mut self, node: &Node) -> Option<(String, String, Rows)> {
        let mut keys = Keys::new(self.source, node, "a scaling");
        let channel = keys.required("channel").and_then(|_| keys.text("channel")).map(str::to_owned);
        let process = keys.required("process").and_then(|_| keys.text("process")).map(str::to_owned);
        let parameters = keys.required("parameters").and_then(|_| keys.list("parameters"));
        let scaling = keys.required("scaling").and_then(|_| keys.list("scaling"));
        keys.finish(&mut self.problems);
        let components: Vec<Component> = parameters?.iter().filter_map(|node| self.component(node)).collect();
        if components.len() != parameters?.len() {
            return None;
        }
        let size = components.len();
        let rows = scaling?.iter().map(|row| self.triangle(row, size)).collect::<Option<Vec<_>>>()?;
        Some((channel?, process?, (components, rows)))
    }

    /// `name[start,lower,upper]`, or `name[value]`, a constant.
    fn component(&mut self, node: &Node) -> Option<Component> {
        let Some(text) = node.as_text() else {
            self.report("kind", format!("a parameter: expected text, got {}", node.kind()), node);
            return None;
        };
        if text.trim_start().starts_with("expr::") {
            let problem = Diagnostic::new("value", "formulas of parameters are not read").at(self.source, node.span);
            self.problems.push(problem.advice("name the coefficients themselves: `name[start,lower,upper]`"));
            return None;
        }
        let parsed = text.trim().strip_suffix(']').and_then(|text| text.split_once('['));
        let numbers = parsed.and_then(|(name, list)| {
            let numbers = list.split(',').map(|number| number.trim().parse::<f64>().ok().filter(|value| value.is_finite()));
            Some((name.trim(), numbers.collect::<Option<Vec<f64>>>()?))
        });
        match numbers {
            Some((name, numbers)) if !name.is_empty() => match numbers.as_slice() {
                [value] => return Some(Component::Constant(*value)),
                [start, lower, upper] if lower < upper && lower <= start && start <= upper => {
                    return self.coefficient(node, name, [*start, *lower, *upper]);
                }
                _ => {}
            },
            _ => {}
        }
        let problem = Diagnostic::new("value", format!("`{text}` is no parameter")).at(self.source, node.span);
        self.problems.push(problem.advice("write `name[start,lower,upper]`, or `name[value]` for a constant"));
        None
    }

    fn coefficient(&mut self, node: &Node, name: &str, [start, lower, upper]: [f64; 3]) -> Option<Component> {
        let wanted = Coefficient { name: name.to_owned(), start, lower, upper };
        let Some(index) = self.coefficients.iter().position(|known| known.name == name) else {
            self.coefficients.push(wanted);
            return Some(Component::Coefficient(self.coefficients.len() - 1));
        };
        if self.coefficients[index] != wanted {
            let Coefficient { start, lower, upper, .. } = self.coefficients[index];
            self.report("value", format!("`{name}` was [{start},{lower},{upper}] before"), node);
            return None;
        }
        Some(Component::Coefficient(index))
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

    fn forms(&self, channel: String, process: String, (components, rows): &Rows) -> ScalingEntry {
        let size = self.coefficients.len();
        let linear = |index: usize| self.terms.linear || self.terms.linear_in.contains(&self.coefficients[index].name);
        let forms = rows.iter().map(|triangle| {
            // The matrix in all coefficients of the file; several components may be one coefficient, or constant.
            let mut matrix = vec![0.0; (size + 1) * (size + 1)];
            for (i, one) in components.iter().enumerate() {
                for (j, other) in components.iter().enumerate() {
                    let entry = triangle[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
                    let ((row, first), (column, second)) = (one.place(size), other.place(size));
                    matrix[row * (size + 1) + column] += entry * first * second;
                }
            }
            Form::new(size, |i, j| {
                let dropped = i < size && j < size && (linear(i) || linear(j));
                if dropped { 0.0 } else { matrix[i * (size + 1) + j] }
            })
        });
        ScalingEntry { channel, process, forms: forms.collect() }
    }
}

impl Component {
    /// Row of the matrix and factor.
    fn place(self, size: usize) -> (usize, f64) {
        match self {
            Self::Coefficient(index) => (index, 1.0),
            Self::Constant(value) => (size, value),
        }
    }
}
