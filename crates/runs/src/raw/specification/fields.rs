//! Whether the steps of a `proc_spec` fit a table: fields that are there, of the right kind.

use super::process::Process;
use germane_columns::NumberType;
use germane_formats::daq::{ColumnKind, ColumnSpec};
use germane_texts::Span;

/// What a check of one reference of a `proc_spec` found in one table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    /// the reference
    pub(crate) span: Span,
    /// its text
    pub(crate) text: String,
    /// what it met
    pub(crate) met: Met,
}

/// See [`Finding`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Met {
    /// a field of the right kind
    Field,
    /// no such field; these are there
    Absent(Vec<String>),
    /// a field of another kind
    Wrong(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Number(NumberType),
    Bool,
    Matrix(NumberType, usize),
    Vectors(NumberType),
    Texts,
    Table,
}

/// Paths of a table and what is there, as the steps change it.
struct Fields(Vec<(String, Kind)>);

impl Fields {
    fn of(columns: &[ColumnSpec]) -> Self {
        let mut fields = Self(Vec::new());
        for column in columns {
            match &column.kind {
                ColumnKind::Number(number) => fields.add(&column.name, Kind::Number(*number)),
                ColumnKind::Bool => fields.add(&column.name, Kind::Bool),
                ColumnKind::Fixed(number, samples) => fields.add(&column.name, Kind::Matrix(*number, *samples)),
                ColumnKind::Texts { .. } => fields.add(&column.name, Kind::Texts),
                ColumnKind::Vector(number) => fields.add(&column.name, Kind::Vectors(*number)),
                ColumnKind::Waveform { t0, dt, sample, samples } => {
                    fields.add_waveform(&column.name, *t0, *dt, *sample, *samples);
                }
            }
        }
        fields
    }

    fn add(&mut self, path: &str, kind: Kind) {
        self.0.push((path.to_owned(), kind));
    }

    fn add_waveform(&mut self, name: &str, t0: NumberType, dt: NumberType, sample: NumberType, samples: usize) {
        self.add(name, Kind::Table);
        self.add(&format!("{name}/dt"), Kind::Number(dt));
        self.add(&format!("{name}/t0"), Kind::Number(t0));
        self.add(&format!("{name}/values"), Kind::Matrix(sample, samples));
    }

    fn get(&self, path: &str) -> Option<&Kind> {
        self.0.iter().find(|(p, _)| p == path).map(|(_, kind)| kind)
    }

    fn number(&self, path: &str) -> Option<NumberType> {
        match self.get(path)? {
            Kind::Number(number) | Kind::Matrix(number, _) | Kind::Vectors(number) => Some(*number),
            Kind::Bool | Kind::Texts | Kind::Table => None,
        }
    }

    fn set_number(&mut self, path: &str, to: NumberType) {
        for (_, kind) in self.0.iter_mut().filter(|(p, _)| p == path) {
            match kind {
                Kind::Number(number) | Kind::Matrix(number, _) | Kind::Vectors(number) => *number = to,
                Kind::Bool | Kind::Texts | Kind::Table => {}
            }
        }
    }

    fn remove(&mut self, name: &str) {
        let below = format!("{name}/");
        self.0.retain(|(path, _)| path != name && !path.starts_with(&below));
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(path, _)| path.clone()).collect()
    }
}

impl Process {
    /// Goes through the steps with the columns of a table.
    pub(crate) fn check(&self, columns: &[ColumnSpec]) -> Vec<Finding> {
        let mut fields = Fields::of(columns);
        let mut found = Vec::new();
        let mut met = |text: &str, span: Span, met: Met| found.push(Finding { span, text: text.to_owned(), met });
        if let Some(window) = &self.window {
            let name = window.field.text.as_str();
            let (samples, is_waveform) = match fields.get(name) {
                Some(Kind::Matrix(_, samples)) => (Some(*samples), false),
                Some(Kind::Table) => match fields.get(&format!("{name}/values")) {
                    Some(Kind::Matrix(_, samples)) => (Some(*samples), true),
                    _ => (None, true),
                },
                _ => (None, false),
            };
            let result = match samples {
                Some(samples) if window.range(samples).is_empty() => {
                    let (start, stop) = (window.start, window.stop);
                    Met::Wrong(format!("the window {start}:{stop} of `{name}` is empty: it has {samples} samples"))
                }
                Some(_) if name != window.new && fields.get(&window.new).is_some() => {
                    Met::Wrong(format!("there is a field `{}` already; the window needs another name", window.new))
                }
                Some(_) => Met::Field,
                None => fields.refusal(name, "samples in each row"),
            };
            if let (Met::Field, Some(samples)) = (&result, samples) {
                let kept = window.range(samples).len();
                let inner = |path: &str| fields.number(&format!("{name}/{path}"));
                if is_waveform {
                    if let (Some(t0), Some(dt), Some(sample)) = (inner("t0"), inner("dt"), inner("values")) {
                        fields.remove(&window.new);
                        fields.add_waveform(&window.new, t0, dt, sample, kept);
                    }
                } else if let Some(number) = fields.number(name) {
                    fields.remove(&window.new);
                    fields.add(&window.new, Kind::Matrix(number, kept));
                }
            }
            met(name, window.field.span, result);
        }
        for (path, to) in &self.convert {
            let result = match fields.number(&path.text) {
                Some(_) => Met::Field,
                None => fields.refusal(&path.text, "numbers"),
            };
            fields.set_number(&path.text, *to);
            met(&path.text, path.span, result);
        }
        for path in &self.drop {
            let result = match fields.get(&path.text) {
                Some(_) if !path.text.contains('/') => Met::Field,
                Some(_) => Met::Wrong(format!("`{}` is inside a field: `drop` takes whole fields", path.text)),
                None => Met::Absent(fields.names()),
            };
            fields.remove(&path.text);
            met(&path.text, path.span, result);
        }
        for (path, _) in &self.encode {
            let result = match fields.get(&path.text) {
                Some(Kind::Matrix(number, _)) if !number.is_float() && number.size() <= 4 => Met::Field,
                Some(Kind::Matrix(number, _)) => {
                    Met::Wrong(format!("`{}` is {}: codecs take integers of at most 32 bits", path.text, number.name()))
                }
                _ => fields.refusal(&path.text, "samples in each row"),
            };
            met(&path.text, path.span, result);
        }
        for (path, settings) in &self.settings {
            let axes = match fields.get(&path.text) {
                Some(Kind::Number(_) | Kind::Bool) => Some(1),
                Some(Kind::Matrix(..) | Kind::Texts) => Some(2),
                // Its two datasets take what fits each.
                Some(Kind::Vectors(_)) => Some(1),
                _ => None,
            };
            let chunked = settings.chunks.as_ref().map_or(0, Vec::len);
            let result = match axes {
                Some(axes) if chunked > axes => {
                    Met::Wrong(format!("chunks of {chunked} axes for `{}`, which has {axes}", path.text))
                }
                Some(_) => Met::Field,
                None => fields.refusal(&path.text, "values"),
            };
            met(&path.text, path.span, result);
        }
        // What the chain makes is known when it is typed, on the first rows.
        if let Some(chain) = &self.chain {
            found.iter_mut().filter(|finding| chain.makes(&finding.text)).for_each(|finding| finding.met = Met::Field);
        }
        found
    }
}

impl Fields {
    fn refusal(&self, path: &str, wanted: &str) -> Met {
        match self.get(path) {
            None => Met::Absent(self.names()),
            Some(Kind::Table) => Met::Wrong(format!("`{path}` is a table; `{path}/values` has {wanted}")),
            Some(_) => Met::Wrong(format!("`{path}` has no {wanted}")),
        }
    }
}
