//! Objects in the form in which files have them: conditions as bytes, texts of one size, names sorted.

use super::datatype::{Datatype, Form, Kind as ElementKind};
use super::memory::Aligned;
use super::{Attributes, Content, Object};
use crate::hdf5::{Attribute, Element, ValueData, Values};
use germane_columns::{NumberType, buffer::Buffer};

/// Attributes that settings are read from and that never reach a file.
const SETTINGS: [&str; 2] = ["compression", "hdf5_settings"];

/// The attributes that a file gets, `datatype` first.
pub(super) fn attributes(datatype: &str, own: &Attributes) -> Vec<(String, Attribute)> {
    let own = own.iter().filter(|(name, _)| !SETTINGS.contains(&name.as_str()) && name.as_str() != "datatype");
    let own = own.map(|(name, attribute)| (name.clone(), attribute.clone()));
    std::iter::once(("datatype".to_owned(), Attribute::Text(datatype.to_owned()))).chain(own).collect()
}

/// `struct{…}` or `table{…}` with sorted names.
pub(super) fn folder<S: AsRef<str>>(head: &str, names: impl IntoIterator<Item = S>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    names.sort_unstable();
    format!("{head}{{{}}}", names.join(","))
}

/// The datatype that is written; the object's own text where it has one that fits.
///
/// # Errors
/// The reason why the text does not fit the content.
pub(super) fn datatype(object: &Object) -> Result<String, String> {
    let own =
        object.datatype.as_deref().map(|text| Datatype::parse(text).map_err(|mistake| format!("datatype `{text}`: {mistake}")));
    let own = own.transpose()?;
    let made = made(object);
    let Some(own) = own else { return Ok(made.to_string()) };
    let fits = match (&own, &made) {
        (Datatype::Scalar(_), Datatype::Scalar(_)) | (Datatype::Vectors(_), Datatype::Vectors(_)) => true,
        (Datatype::Array { axes, .. }, Datatype::Array { axes: real, .. }) => axes == real,
        (Datatype::Encoded { equal_sized, .. }, Datatype::Encoded { equal_sized: real, .. }) => equal_sized == real,
        (Datatype::Struct(_), Datatype::Struct(_)) | (Datatype::Table(_), Datatype::Table(_)) => return Ok(made.to_string()),
        _ => false,
    };
    if fits { Ok(own.to_string()) } else { Err(format!("datatype `{own}` for what is `{made}`")) }
}

/// The datatype that follows from the content.
fn made(object: &Object) -> Datatype {
    let members = |names: indexmap::map::Keys<'_, String, Object>| {
        let mut names: Vec<String> = names.cloned().collect();
        names.sort_unstable();
        names
    };
    match &object.content {
        Content::Scalar(values) => Datatype::Scalar(kind(&values.element)),
        Content::Array(values) => Datatype::Array { form: Form::Array, axes: values.shape.len(), element: kind(&values.element) },
        Content::Vectors(vectors) => Datatype::Vectors(Box::new(made(&vectors.flattened_data))),
        Content::Encoded { decoded_size, .. } => {
            Datatype::Encoded { equal_sized: matches!(decoded_size.content, Content::Scalar(_)), element: ElementKind::Real }
        }
        Content::Struct(inside) => Datatype::Struct(members(inside.keys())),
        Content::Table { columns, .. } => Datatype::Table(members(columns.keys())),
    }
}

fn kind(element: &Element) -> ElementKind {
    match element {
        Element::Bool => ElementKind::Bool,
        Element::Complex(_) => ElementKind::Complex,
        Element::Text { .. } | Element::FixedText { .. } => ElementKind::Text,
        Element::Enumeration { members, .. } => ElementKind::Enumeration(members.clone()),
        _ => ElementKind::Real,
    }
}

/// Values of an array as a new dataset has them.
///
/// # Errors
/// The reason for elements that LH5 has not.
pub(super) fn array(values: &Values) -> Result<Values, String> {
    match &values.element {
        Element::Bool => Ok(as_element(values, Element::Number(NumberType::U8))),
        Element::Enumeration { base, .. } => Ok(as_element(values, Element::Number(*base))),
        Element::Text { utf8 } => {
            let longest = texts(values).iter().map(|text| text.len()).max().unwrap_or(0);
            fixed_texts(values, longest.max(1), *utf8)
        }
        Element::FixedText { size: 0, utf8 } => fixed_texts(values, 1, *utf8),
        Element::List(_) => Err("lists of HDF5 are not written: make them vectors".to_owned()),
        _ => Ok(values.clone()),
    }
}

/// Values of an array as the dataset in the file has them.
///
/// # Errors
/// What the file has and what was given, where these are other types.
pub(super) fn array_as(values: &Values, stored: &Element) -> Result<Values, String> {
    let given = array(values)?;
    match (&given.element, stored) {
        (a, b) if a == b => Ok(given),
        (Element::FixedText { .. }, Element::FixedText { size, utf8 }) => fixed_texts(&given, *size, *utf8),
        (Element::FixedText { .. }, Element::Text { utf8 }) => Ok(free_texts(&given, *utf8)),
        // Conditions are bytes or the enumeration of h5py.
        (Element::Number(NumberType::U8), Element::Bool) if values.element == Element::Bool => Ok(values.clone()),
        (Element::Number(NumberType::U8), Element::Number(NumberType::I8)) if values.element == Element::Bool => {
            Ok(as_element(&given, Element::Number(NumberType::I8)))
        }
        (Element::Number(number), Element::Enumeration { base, .. }) if number == base => Ok(as_element(&given, stored.clone())),
        (given, stored) => Err(format!("{} to {}", super::leaf::name(given), super::leaf::name(stored))),
    }
}

/// The same bytes as another element of that size.
fn as_element(values: &Values, element: Element) -> Values {
    Values { element, shape: values.shape.clone(), data: values.data.clone() }
}

/// All texts, without padding.
fn texts(values: &Values) -> Vec<&[u8]> {
    match (&values.data, &values.element) {
        (ValueData::Texts { offsets, bytes }, _) => {
            offsets.windows(2).map(|ends| &bytes[ends[0] as usize..ends[1] as usize]).collect()
        }
        (ValueData::Fixed(bytes), Element::FixedText { size, .. }) if *size > 0 => bytes
            .chunks_exact(*size)
            .map(|text| &text[..text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)])
            .collect(),
        _ => vec![&[]; values.count()],
    }
}

fn fixed_texts(values: &Values, size: usize, utf8: bool) -> Result<Values, String> {
    let list = texts(values);
    let mut made = Aligned::zeroed(size * list.len());
    for (number, (text, into)) in list.iter().zip(made.bytes_mut().chunks_exact_mut(size)).enumerate() {
        if text.len() > size {
            return Err(format!("a text of {} bytes (number {number}) to texts of {size} bytes", text.len()));
        }
        into[..text.len()].copy_from_slice(text);
    }
    Ok(Values::fixed(Element::FixedText { size, utf8 }, values.shape.clone(), made.into_buffer()))
}

fn free_texts(values: &Values, utf8: bool) -> Values {
    let (mut offsets, mut bytes) = (vec![0], Vec::new());
    for text in texts(values) {
        bytes.extend_from_slice(text);
        offsets.push(bytes.len() as i64);
    }
    let data = ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) };
    Values { element: Element::Text { utf8 }, shape: values.shape.clone(), data }
}

/// A scalar as a dataset has it: texts of any length, conditions as the enumeration of h5py.
pub(super) fn scalar(values: &Values) -> Values {
    match &values.element {
        Element::FixedText { utf8, .. } => free_texts(values, *utf8),
        Element::Enumeration { base, .. } => as_element(values, Element::Number(*base)),
        _ => values.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn list(items: &[&str]) -> Values {
        let (mut offsets, mut bytes) = (vec![0], Vec::new());
        for item in items {
            bytes.extend_from_slice(item.as_bytes());
            offsets.push(bytes.len() as i64);
        }
        let data = ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) };
        Values { element: Element::Text { utf8: true }, shape: vec![items.len()], data }
    }

    #[test]
    fn texts_take_the_size_of_the_longest_or_of_the_file() {
        let fixed = array(&list(&["ab", "", "cde"])).unwrap();
        assert_eq!(fixed.element, Element::FixedText { size: 3, utf8: true });
        assert_eq!(fixed.bytes().unwrap().as_slice(), b"ab\0\0\0\0cde");
        assert!(
            array_as(&fixed, &Element::FixedText { size: 2, utf8: true }).unwrap_err().contains("a text of 3 bytes (number 2)")
        );
        assert_eq!(free_texts(&fixed, true), list(&["ab", "", "cde"]));
    }

    #[test]
    fn other_types_are_named() {
        let error = array_as(&vec![1.0_f64].into(), &Element::Number(NumberType::I32)).unwrap_err();
        assert_eq!(error, "float64 to int32");
    }

    #[test]
    fn datatypes_are_checked_and_sorted() {
        let column = |_| Object::new("array<1>{real}", Content::Array(vec![1_u8].into()));
        let columns: IndexMap<String, Object> = ["z", "a"].map(|name| (name.to_owned(), column(name))).into();
        let mut object = Object::new("table{z,a}", Content::Table { rows: 1, columns });
        assert_eq!(datatype(&object).unwrap(), "table{a,z}");
        object.datatype = Some("array<1>{real}".to_owned());
        assert!(datatype(&object).unwrap_err().contains("`array<1>{real}` for what is `table{a,z}`"));
        object.datatype = None;
        assert_eq!(datatype(&object).unwrap(), "table{a,z}");
    }
}
