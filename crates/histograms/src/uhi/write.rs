//! Histogram → UHI JSON.

use crate::axis::Axis;
use crate::histogram::Histogram;
use crate::storage::StorageKind;
use serde_json::{Map, Value, json};

impl Axis {
    /// The axis as UHI JSON.
    pub fn to_uhi(&self) -> Value {
        let mut out = Map::new();
        let mut foreign = Map::new();
        let mut own = Map::new();
        match self {
            Self::Regular(axis) => {
                out.insert("type".into(), "regular".into());
                out.insert("lower".into(), number(axis.lower()));
                out.insert("upper".into(), number(axis.upper()));
                out.insert("bins".into(), self.size().into());
                own.insert("rule".into(), "exact".into());
                let grid = axis.grid();
                if !grid.is_simple(self.size()) {
                    let [lower, upper] = [grid.lower, grid.upper].map(number);
                    let grid =
                        json!({"lower": lower, "upper": upper, "count": grid.count, "first": grid.first, "step": grid.step});
                    own.insert("grid".into(), grid);
                }
            }
            Self::Variable(axis) => {
                out.insert("type".into(), "variable".into());
                out.insert("edges".into(), axis.edges().iter().map(|&edge| number(edge)).collect());
            }
            Self::Integer(axis) => {
                out.insert("type".into(), "regular".into());
                out.insert("lower".into(), axis.lower.into());
                out.insert("upper".into(), axis.upper.into());
                out.insert("bins".into(), self.size().into());
                foreign.insert("orig_type".into(), "Integer".into());
            }
            Self::Category(axis) => {
                out.insert("type".into(), "category_str".into());
                out.insert("categories".into(), axis.labels().to_vec().into());
                out.insert("flow".into(), self.overflow().into());
                if self.growth() {
                    foreign.insert("growth".into(), true.into());
                }
            }
        }
        if !matches!(self, Self::Category(_)) {
            out.insert("underflow".into(), self.underflow().into());
            out.insert("overflow".into(), self.overflow().into());
            out.insert("circular".into(), false.into());
        }
        let mut writers = Map::new();
        if !foreign.is_empty() {
            writers.insert("boost-histogram".into(), foreign.into());
        }
        if !own.is_empty() {
            writers.insert("germane".into(), own.into());
        }
        if !writers.is_empty() {
            out.insert("writer_info".into(), writers.into());
        }
        let title = self.title();
        let mut metadata = Map::new();
        for (key, text) in [("name", &title.name), ("label", &title.label), ("unit", &title.unit)] {
            if !text.is_empty() || key != "unit" {
                metadata.insert(key.into(), text.as_str().into());
            }
        }
        out.insert("metadata".into(), metadata.into());
        out.into()
    }
}

impl Histogram {
    /// The histogram as UHI JSON, with flow. A sum that is not finite (NaN or infinite weights) is written as null, for which
    /// JSON has no number.
    pub fn to_uhi(&self) -> Value {
        let shape = self.shape(true);
        let mut storage = Map::new();
        let kind = match self.storage.kind {
            StorageKind::Double => "double",
            StorageKind::Weight => "weighted",
        };
        storage.insert("type".into(), kind.into());
        storage.insert("values".into(), nested(&self.values(true), &shape));
        if self.storage.kind == StorageKind::Weight {
            let variances = self.variances(true).unwrap_or_default();
            storage.insert("variances".into(), nested(&variances, &shape));
        }
        let germane = json!({
            "version": env!("CARGO_PKG_VERSION"), "entries": self.entries, "nan": self.nan, "unweighted": self.unweighted(),
        });
        let mut out = Map::new();
        out.insert("uhi_schema".into(), 1.into());
        out.insert("writer_info".into(), json!({ "germane": germane }));
        out.insert("axes".into(), self.axes.iter().map(Axis::to_uhi).collect());
        out.insert("storage".into(), storage.into());
        let texts = [("name", &self.name), ("label", &self.label)];
        let metadata: Map<String, Value> = (texts.into_iter().filter(|(_, text)| !text.is_empty()))
            .map(|(key, text)| (key.to_owned(), text.as_str().into()))
            .collect();
        if !metadata.is_empty() {
            out.insert("metadata".into(), metadata.into());
        }
        out.into()
    }
}

fn number(value: f64) -> Value {
    // -0 would read back as another number in some languages, and says nothing in a histogram.
    serde_json::Number::from_f64(value + 0.0).map_or(Value::Null, Value::Number)
}

/// Numbers in C order as lists in lists; a single number for no axes.
fn nested(values: &[f64], shape: &[usize]) -> Value {
    match shape {
        [] => values.first().map_or(Value::Null, |&value| number(value)),
        [_] => values.iter().map(|&value| number(value)).collect(),
        [first, rest @ ..] => {
            let step = rest.iter().product::<usize>();
            (0..*first).map(|index| nested(&values[index * step..(index + 1) * step], rest)).collect()
        }
    }
}
