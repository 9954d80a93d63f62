//! Histograms: `struct{binning,isdensity,weights}`.
//!
//! ```text
//! binning    struct{axis_0,axis_1,…}, each struct{binedges,closedleft}
//! binedges   array of edges, or struct{first,last,step}; other writers: {first,last} (steps of 1), {first,last,length}
//! weights    array<n>, last axis fastest, no flow
//! ```
//!
//! Source: "LEGEND data format specifications", legend-exp; legend-pydataobj's docstrings.

use super::memory::{Aligned, integers};
use super::rows::in_memory;
use super::{Content, Object};
use crate::hdf5::{Attribute, Element, Values};
use crate::{Error, Kind};
use germane_columns::NumberType;
use germane_histograms::{Axis, Histogram, StorageKind};
use indexmap::IndexMap;

impl Object {
    /// Whether the members are those of a histogram.
    pub fn is_histogram(&self) -> bool {
        matches!(&self.content, Content::Struct(members)
            if members.len() == 3 && ["binning", "isdensity", "weights"].iter().all(|name| members.contains_key(*name)))
    }

    /// The histogram that the object describes, without flow.
    ///
    /// Densities become contents by the widths of the bins. Whether a bin is closed at its left or right edge matters only for
    /// filling, and is not kept.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for an object of another form, [`Kind::Damaged`] where its parts do not fit.
    pub fn histogram(&self) -> Result<Histogram, Error> {
        let Content::Struct(members) = &self.content else {
            return Err(in_memory(Kind::Unsupported, "", "is no histogram"));
        };
        if !self.is_histogram() {
            return Err(in_memory(Kind::Unsupported, "", "is no histogram: that has binning, isdensity, weights"));
        }
        let binning = members["binning"].members().ok_or_else(|| bad("/binning", "is no struct"))?;
        let density = truth(&members["isdensity"]).ok_or_else(|| bad("/isdensity", "is no condition"))?;
        let Content::Array(weights) = &members["weights"].content else { return Err(bad("/weights", "is no array")) };
        if binning.len() != weights.shape.len() {
            return Err(bad("/weights", format!("{} axes for a binning of {}", weights.shape.len(), binning.len())));
        }
        let mut axes = Vec::with_capacity(binning.len());
        for (k, bins) in weights.shape.iter().enumerate() {
            let path = format!("/binning/axis_{k}");
            let axis = binning.get(&format!("axis_{k}")).ok_or_else(|| bad(&path, "is absent"))?;
            axes.push(axis_of(axis, *bins, &path)?);
        }
        let made = |error: germane_histograms::Error| bad("", error.to_string());
        // Without flow, cells with flow are the cells.
        let histogram = Histogram::try_new(axes, StorageKind::Double).map_err(made)?;
        let mut contents = floats(weights).ok_or_else(|| bad("/weights", "are no numbers"))?;
        if density {
            contents.iter_mut().zip(histogram.volumes()).for_each(|(content, volume)| *content *= volume);
        }
        Histogram::from_cells(histogram.axes().to_vec(), StorageKind::Double, &contents, None, 0).map_err(made)
    }

    /// The object of a histogram: contents without flow, as weights in `float64`; units of axes on `binedges`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for axes of texts, which LH5 has not.
    pub fn from_histogram(histogram: &Histogram) -> Result<Self, Error> {
        let mut binning = IndexMap::new();
        for (k, axis) in histogram.axes().iter().enumerate() {
            if axis.labels().is_some() {
                return Err(in_memory(Kind::Unsupported, &format!("/binning/axis_{k}"), "an axis of texts has no form in LH5"));
            }
            let edges = match axis {
                Axis::Regular(regular) if regular.lower() < regular.upper() => {
                    let step = (regular.upper() - regular.lower()) / axis.size() as f64;
                    let members = [("first", regular.lower()), ("last", regular.upper()), ("step", step)];
                    structure(members.map(|(name, value)| (name.to_owned(), scalar(vec![value].into(), "real"))))
                }
                _ => Object::new("array<1>{real}", Content::Array(axis.edges().into())),
            };
            let edges = match axis.unit() {
                Some(unit) if !unit.is_empty() => edges.units(unit),
                _ => edges,
            };
            let members = [("binedges".to_owned(), edges), ("closedleft".to_owned(), condition(true))];
            binning.insert(format!("axis_{k}"), structure(members));
        }
        let shape = histogram.shape(false);
        let datatype = format!("array<{}>{{real}}", shape.len());
        let weights = Values { shape, ..histogram.values(false).into() };
        Ok(structure([
            ("binning".to_owned(), structure(binning)),
            ("isdensity".to_owned(), condition(false)),
            ("weights".to_owned(), Object::new(&datatype, Content::Array(weights))),
        ]))
    }
}

fn bad(path: &str, message: impl Into<String>) -> Error {
    in_memory(Kind::Damaged, path, message)
}

/// A struct of these members.
fn structure(members: impl IntoIterator<Item = (String, Object)>) -> Object {
    let members: IndexMap<String, Object> = members.into_iter().collect();
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    Object::new(&format!("struct{{{}}}", names.join(",")), Content::Struct(members))
}

fn scalar(mut values: Values, datatype: &str) -> Object {
    values.shape.clear();
    Object::new(datatype, Content::Scalar(values))
}

fn condition(value: bool) -> Object {
    let mut byte = Aligned::zeroed(1);
    byte.bytes_mut()[0] = u8::from(value);
    Object::new("bool", Content::Scalar(Values::fixed(Element::Bool, Vec::new(), byte.into_buffer())))
}

fn truth(object: &Object) -> Option<bool> {
    let Content::Scalar(values) = &object.content else { return None };
    values.bytes().map(|bytes| bytes.iter().any(|byte| *byte != 0))
}

fn axis_of(axis: &Object, bins: usize, path: &str) -> Result<Axis, Error> {
    let edges = axis.members().and_then(|members| members.get("binedges")).ok_or_else(|| bad(path, "has no binedges"))?;
    let path = format!("{path}/binedges");
    let made = match &edges.content {
        Content::Array(values) if values.shape.len() == 1 => {
            let edges = floats(values).ok_or_else(|| bad(&path, "are no numbers"))?;
            if edges.len() != bins + 1 {
                return Err(bad(&path, format!("{} edges for {bins} bins", edges.len())));
            }
            Axis::variable(edges)
        }
        Content::Struct(members) => {
            let number = |name: &str| match members.get(name).map(|member| &member.content) {
                Some(Content::Scalar(values)) => floats(values).and_then(|all| all.first().copied()),
                _ => None,
            };
            let first = number("first").ok_or_else(|| bad(&path, "has no number `first`"))?;
            let last = number("last").ok_or_else(|| bad(&path, "has no number `last`"))?;
            let stated = match (number("step"), number("length")) {
                (Some(step), _) => (last - first) / step,
                (None, Some(edges)) => edges - 1.0,
                (None, None) => last - first,
            };
            if (stated - bins as f64).abs() > 1e-6 * bins as f64 + 1e-6 {
                return Err(bad(&path, format!("from {first} to {last} are {stated} bins, the weights have {bins}")));
            }
            Axis::regular(bins, first, last)
        }
        _ => return Err(bad(&path, "are no array and no range")),
    };
    let unit = match edges.attributes.get("units") {
        Some(Attribute::Text(text)) => text.as_str(),
        _ => "",
    };
    Ok(made.map_err(|error| bad(&path, error.to_string()))?.named("", "", unit).with_flow(false, false))
}

/// All numbers as doubles.
fn floats(values: &Values) -> Option<Vec<f64>> {
    let bytes = values.bytes()?;
    match values.element {
        Element::Number(NumberType::F32) => {
            Some(bytes.chunks_exact(4).map(|one| f64::from(bytemuck::pod_read_unaligned::<f32>(one))).collect())
        }
        Element::Number(NumberType::F64) => Some(bytes.chunks_exact(8).map(bytemuck::pod_read_unaligned::<f64>).collect()),
        _ => {
            let line = Values { shape: vec![values.count()], ..values.clone() };
            Some(integers(&line)?.into_iter().map(|number| number as f64).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_comes_back() {
        let axes = vec![
            Axis::regular(4, 0.0, 2.0).unwrap().named("", "", "keV").with_flow(false, false),
            Axis::variable(vec![0.0, 1.0, 5.0]).unwrap().with_flow(false, false),
        ];
        let cells: Vec<f64> = (0..8).map(f64::from).collect();
        let histogram = Histogram::from_cells(axes, StorageKind::Double, &cells, None, 0).unwrap();
        let object = Object::from_histogram(&histogram).unwrap();
        assert_eq!(object.datatype.as_deref(), Some("struct{binning,isdensity,weights}"));
        let again = object.histogram().unwrap();
        assert_eq!((again.axes(), again.values(false)), (histogram.axes(), cells));
    }

    #[test]
    fn densities_become_contents() {
        let axes = vec![Axis::variable(vec![0.0, 1.0, 5.0]).unwrap()];
        let histogram = Histogram::from_cells(axes, StorageKind::Double, &[0.0, 3.0, 2.0, 0.0], None, 0).unwrap();
        let mut object = Object::from_histogram(&histogram).unwrap();
        let Content::Struct(members) = &mut object.content else { unreachable!() };
        members["isdensity"] = condition(true);
        assert_eq!(object.histogram().unwrap().values(false), [3.0, 8.0]);
    }

    #[test]
    fn ranges_of_other_writers_are_read() {
        let range = |members: &[(&str, f64)]| {
            structure(members.iter().map(|(name, value)| ((*name).to_owned(), scalar(vec![*value].into(), "real"))))
        };
        for binedges in [range(&[("first", 0.0), ("last", 2.0)]), range(&[("first", 0.0), ("last", 2.0), ("length", 3.0)])] {
            let axis = structure([("binedges".to_owned(), binedges), ("closedleft".to_owned(), condition(true))]);
            assert_eq!(axis_of(&axis, 2, "").unwrap().edges(), [0.0, 1.0, 2.0]);
            assert!(axis_of(&axis, 3, "").unwrap_err().message.contains("2 bins, the weights have 3"));
        }
    }
}
