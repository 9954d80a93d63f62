//! UHI JSON → histogram. Sizes in the document are believed only as far as its arrays go.

use crate::axis::{Axis, Grid, Regular, Title};
use crate::error::Error;
use crate::histogram::Histogram;
use crate::storage::StorageKind;
use serde_json::{Map, Value};

/// Most cells of a document whose arrays do not have them all.
const MOST_MISSING: usize = 1 << 22;

impl Axis {
    /// The axis of UHI JSON.
    pub fn from_uhi(document: &Value) -> Result<Self, Error> {
        axis(document, MOST_MISSING)
    }
}

impl Histogram {
    /// The histogram of UHI JSON. Storages `int`, `double` and `weighted` are read, dense and sparse; circular, growing regular
    /// and boolean axes and the storages of means are refused. Contents that another library wrote as whole numbers in `double`
    /// are taken for counts.
    pub fn from_uhi(document: &Value) -> Result<Self, Error> {
        let top = object(document, "the histogram")?;
        if field(top, "uhi_schema")?.as_f64() != Some(1.0) {
            return Err(Error::value("the UHI schema is not version 1"));
        }
        let storage = object(field(top, "storage")?, "the storage")?;
        let kind = text(storage, "type")?;
        let (kind, arrays): (StorageKind, &[&str]) = match kind {
            "int" | "double" => (StorageKind::Double, &["values"]),
            "weighted" => (StorageKind::Weight, &["values", "variances"]),
            other => return Err(Error::value(format!("storage `{other}` cannot be read yet"))),
        };
        let index = storage.get("index");
        let dense = storage.contains_key("values") && index.is_none();
        let filled = storage.get("values").map_or(0, count);
        let most = if dense { filled } else { MOST_MISSING };
        let list = field(top, "axes")?.as_array().ok_or_else(|| Error::kind_of("`axes` is no list"))?;
        if list.len() > 32 {
            return Err(Error::value(format!("{} axes are more than a histogram can have (32)", list.len())));
        }
        let axes = list.iter().map(|document| axis(document, most)).collect::<Result<Vec<_>, _>>()?;
        let mut histogram = Self::new(axes, kind);
        let cells = histogram.storage.cells;
        if (dense && cells != filled) || (!dense && cells > MOST_MISSING) {
            return Err(Error::value(format!("the axes have {cells} cells (with flow), the storage has {filled}")));
        }
        let shape = histogram.shape(true);
        let mut contents = Vec::new();
        if storage.contains_key("values") {
            for name in arrays {
                let array = field(storage, name)?;
                contents.push(match index {
                    None => flat(array, &shape)?,
                    Some(index) => scattered(array, index, &shape, &histogram.strides(), cells)?,
                });
            }
        }
        let own = top.get("writer_info").and_then(|writers| writers.get("germane"));
        let flag = own.and_then(|own| own.get("unweighted")).and_then(Value::as_bool);
        histogram.put_contents(&contents, flag)?;
        let whole = |name: &str| own.and_then(|own| own.get(name)).and_then(Value::as_u64);
        histogram.entries = whole("entries").unwrap_or(histogram.entries);
        histogram.nan = whole("nan").unwrap_or(0);
        let metadata = top.get("metadata");
        let said = |key: &str| metadata.and_then(|map| map.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned();
        (histogram.name, histogram.label) = (said("name"), said("label"));
        Ok(histogram)
    }

    fn put_contents(&mut self, contents: &[Vec<f64>], flag: Option<bool>) -> Result<(), Error> {
        let Some(values) = contents.first() else { return Ok(()) };
        let variances = contents.get(1);
        let whole = |value: &f64| *value >= 0.0 && value.fract() == 0.0 && *value <= 9_007_199_254_740_992.0;
        let counts = values.iter().all(whole) && variances.is_none_or(|variances| variances == values);
        if counts && flag != Some(false) {
            let counts: Vec<u64> = values.iter().map(|&value| value as u64).collect();
            let axes = std::mem::take(&mut self.axes);
            *self = Self::from_counts(axes, self.storage.kind, &counts)?;
            return Ok(());
        }
        let axes = std::mem::take(&mut self.axes);
        *self = Self::from_cells(axes, self.storage.kind, values, variances.map(Vec::as_slice), 0)?;
        Ok(())
    }
}

fn axis(document: &Value, most: usize) -> Result<Axis, Error> {
    let map = object(document, "an axis")?;
    let writer = |library: &str, key: &str| map.get("writer_info").and_then(|w| w.get(library)).and_then(|w| w.get(key));
    if map.get("circular").and_then(Value::as_bool) == Some(true) {
        return Err(Error::value("circular axes cannot be read yet"));
    }
    let flow = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(true);
    let bounded = |bins: usize| {
        if bins > most { Err(Error::value(format!("an axis of {bins} bins, but only {most} contents"))) } else { Ok(bins) }
    };
    let axis = match text(map, "type")? {
        "regular" => {
            let bins = field(map, "bins")?.as_f64().filter(|bins| *bins >= 1.0 && bins.fract() == 0.0 && *bins < 1e15);
            let bins = bounded(bins.ok_or_else(|| Error::value("`bins` is no whole number above 0"))? as usize)?;
            let (lower, upper) = (real(field(map, "lower")?)?, real(field(map, "upper")?)?);
            if writer("boost-histogram", "orig_type").and_then(Value::as_str) == Some("Integer") {
                if writer("boost-histogram", "growth").and_then(Value::as_bool) == Some(true) {
                    return Err(Error::value("growing integer axes cannot be read yet"));
                }
                if lower.fract() != 0.0 || upper - lower != bins as f64 || lower.abs().max(upper.abs()) > 9_007_199_254_740_992.0
                {
                    return Err(Error::value("an integer axis needs whole limits, one bin apart"));
                }
                Axis::integer(lower as i64, upper as i64)?
            } else if writer("boost-histogram", "growth").and_then(Value::as_bool) == Some(true) {
                return Err(Error::value("growing regular axes cannot be read yet"));
            } else if let Some(grid) = writer("germane", "grid") {
                Axis::Regular(Regular::on_grid(read_grid(grid)?, bins)?)
            } else {
                Axis::regular(bins, lower, upper)?
            }
        }
        "variable" => {
            let edges = field(map, "edges")?.as_array().ok_or_else(|| Error::kind_of("`edges` is no list"))?;
            Axis::variable(edges.iter().map(real).collect::<Result<_, _>>()?)?
        }
        "category_str" => {
            let labels = field(map, "categories")?.as_array().ok_or_else(|| Error::kind_of("`categories` is no list"))?;
            let labels = labels.iter().map(|label| label.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
            let labels = labels.ok_or_else(|| Error::kind_of("a category is no text"))?;
            let growth = writer("boost-histogram", "growth").and_then(Value::as_bool) == Some(true);
            Axis::category(labels, growth)?.with_flow(false, flow("flow"))
        }
        other => return Err(Error::value(format!("an axis of type `{other}` cannot be read yet"))),
    };
    let mut axis = if matches!(axis, Axis::Category(_)) { axis } else { axis.with_flow(flow("underflow"), flow("overflow")) };
    bounded(axis.extent())?;
    let metadata = map.get("metadata");
    let said = |key: &str| metadata.and_then(|map| map.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned();
    *axis.title_mut() = Title { name: said("name"), label: said("label"), unit: said("unit") };
    Ok(axis)
}

fn read_grid(document: &Value) -> Result<Grid, Error> {
    let map = object(document, "the grid")?;
    let whole = |key: &str| field(map, key)?.as_i64().ok_or_else(|| Error::kind_of(format!("`{key}` is no whole number")));
    let positive = |key: &str| {
        whole(key)?
            .try_into()
            .ok()
            .filter(|value: &u64| *value > 0)
            .ok_or_else(|| Error::value(format!("`{key}` is not above 0")))
    };
    Ok(Grid {
        lower: real(field(map, "lower")?)?,
        upper: real(field(map, "upper")?)?,
        count: positive("count")?,
        first: whole("first")?,
        step: positive("step")?,
    })
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| Error::kind_of(format!("{what} is no JSON object")))
}

fn field<'a>(map: &'a Map<String, Value>, key: &str) -> Result<&'a Value, Error> {
    map.get(key).ok_or_else(|| Error::value(format!("`{key}` is missing")))
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Result<&'a str, Error> {
    field(map, key)?.as_str().ok_or_else(|| Error::kind_of(format!("`{key}` is no text")))
}

/// A number; null and the texts that stand for numbers that JSON does not have.
fn real(value: &Value) -> Result<f64, Error> {
    match value {
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::NAN)),
        Value::Null => Ok(f64::NAN),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "nan" => Ok(f64::NAN),
            "inf" | "infinity" => Ok(f64::INFINITY),
            "-inf" | "-infinity" => Ok(f64::NEG_INFINITY),
            _ => Err(Error::kind_of(format!("`{text}` is no number"))),
        },
        _ => Err(Error::kind_of("a content is no number")),
    }
}

/// Numbers in lists in lists.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) if list.first().is_some_and(Value::is_array) => list.iter().map(count).sum(),
        Value::Array(list) => list.len(),
        _ => 1,
    }
}

/// Lists in lists of the given lengths, in C order.
fn flat(value: &Value, shape: &[usize]) -> Result<Vec<f64>, Error> {
    let mut level = vec![value];
    for &length in shape {
        let mut next = Vec::new();
        for value in level {
            let list = value.as_array().filter(|list| list.len() == length);
            next.extend(list.ok_or_else(|| Error::value(format!("contents are not of shape {shape:?} (with flow)")))?);
        }
        level = next;
    }
    level.into_iter().map(real).collect()
}

/// Contents of the cells that `index` lists: one list of slots an axis.
fn scattered(value: &Value, index: &Value, shape: &[usize], strides: &[usize], cells: usize) -> Result<Vec<f64>, Error> {
    let wrong = || Error::value("`index` is not one list of slots an axis, each as long as the contents");
    let values = value.as_array().ok_or_else(wrong)?;
    let lists = index.as_array().filter(|lists| lists.len() == shape.len()).ok_or_else(wrong)?;
    let mut places = vec![0usize; values.len()];
    for ((list, &length), &stride) in lists.iter().zip(shape).zip(strides) {
        let list = list.as_array().filter(|list| list.len() == values.len()).ok_or_else(wrong)?;
        for (place, slot) in places.iter_mut().zip(list) {
            let slot = slot.as_u64().filter(|slot| *slot < length as u64).ok_or_else(wrong)?;
            *place += slot as usize * stride;
        }
    }
    let mut out = vec![0.0; cells];
    for (place, value) in places.into_iter().zip(values) {
        out[place] = real(value)?;
    }
    Ok(out)
}
