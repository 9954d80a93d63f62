//! Rows of objects in memory: counted, checked, chosen, joined.

use super::memory::{from_sums, integers, joined, rows_of, sums};
use super::{Content, Object, Vectors};
use crate::hdf5::{Attribute, Element, Values};
use crate::{Error, Kind};
use germane_columns::NumberType;
use indexmap::IndexMap;
use std::ops::Range;

/// An error of an object that is in no file.
pub(super) fn in_memory(kind: Kind, path: &str, message: impl Into<String>) -> Error {
    Error::new("memory", kind, message).object(if path.is_empty() { "/" } else { path })
}

impl Object {
    /// Rows of arrays, vectors, encoded arrays and tables; `None` for scalars and structs.
    pub fn rows(&self) -> Option<usize> {
        match &self.content {
            Content::Array(values) => values.shape.first().copied(),
            Content::Vectors(vectors) => Some(vectors.cumulative_length.rows()),
            Content::Encoded { encoded_data, .. } => encoded_data.rows(),
            Content::Table { rows, .. } => Some(*rows),
            Content::Scalar(_) | Content::Struct(_) => None,
        }
    }

    /// A text among the attributes.
    pub fn text_attribute(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Attribute::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The members of a struct or table.
    pub fn members(&self) -> Option<&IndexMap<String, Object>> {
        match &self.content {
            Content::Struct(members) | Content::Table { columns: members, .. } => Some(members),
            _ => None,
        }
    }

    /// An object inside, by names with slashes; vectors have `cumulative_length` (not asked here) and `flattened_data`.
    pub fn at(&self, path: &str) -> Option<&Object> {
        let path = path.trim_matches('/');
        if path.is_empty() {
            return Some(self);
        }
        let members = match &self.content {
            Content::Vectors(vectors) => return vectors.flattened_data.at(path.strip_prefix("flattened_data")?),
            Content::Encoded { encoded_data, decoded_size } => {
                return match path.split_once('/').unwrap_or((path, "")) {
                    ("encoded_data", rest) => encoded_data.at(rest),
                    ("decoded_size", rest) => decoded_size.at(rest),
                    _ => None,
                };
            }
            _ => self.members()?,
        };
        if let Some(member) = members.get(path) {
            return Some(member);
        }
        let (head, rest) = path.split_once('/')?;
        members.get(head)?.at(rest)
    }

    /// Checks that the parts fit: columns of the same length, sums that do not fall and end with the items.
    ///
    /// # Errors
    /// [`Kind::Damaged`] with the path of the part, and the row or the lengths.
    pub fn check(&self) -> Result<(), Error> {
        self.check_at("")
    }

    fn check_at(&self, path: &str) -> Result<(), Error> {
        let inside = |name: &str| format!("{path}/{name}");
        let bad = |path: &str, message: String| Err(in_memory(Kind::Damaged, path, message));
        match &self.content {
            Content::Scalar(values) if !values.shape.is_empty() => bad(path, format!("a scalar of the shape {:?}", values.shape)),
            Content::Array(values) if values.shape.is_empty() => bad(path, "an array without axes".to_owned()),
            Content::Scalar(_) | Content::Array(_) => Ok(()),
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                let place = inside("cumulative_length");
                let found = sums(cumulative_length);
                let found = found.map_err(|(row, why)| in_memory(Kind::Damaged, &place, format!("row {row}: {why}")))?;
                let Some(items) = flattened_data.rows() else { return bad(&inside("flattened_data"), "has no rows".to_owned()) };
                let last = found.last().copied().unwrap_or(0);
                if last > items as u64 {
                    let row = found.partition_point(|sum| *sum <= items as u64);
                    return bad(&place, format!("row {row}: the sum of lengths {} exceeds {items} items", found[row]));
                }
                flattened_data.check_at(&inside("flattened_data"))
            }
            Content::Encoded { encoded_data, decoded_size } => {
                encoded_data.check_at(&inside("encoded_data"))?;
                match (encoded_data.rows(), decoded_size.rows()) {
                    (Some(rows), Some(sizes)) if rows != sizes => {
                        bad(&inside("decoded_size"), format!("{sizes} sizes of {rows} rows"))
                    }
                    _ => decoded_size.check_at(&inside("decoded_size")),
                }
            }
            Content::Struct(members) => members.iter().try_for_each(|(name, member)| member.check_at(&inside(name))),
            Content::Table { rows, columns } => {
                // A struct among columns has no rows of its own.
                let with_rows = || columns.iter().filter(|(_, column)| !matches!(column.content, Content::Struct(_)));
                if with_rows().any(|(_, column)| column.rows() != Some(*rows)) {
                    let lengths = with_rows().map(|(name, column)| (name.as_str(), column.rows().map(|rows| rows as u64)));
                    return bad(path, differing_lengths(lengths));
                }
                columns.iter().try_for_each(|(name, column)| column.check_at(&inside(name)))
            }
        }
    }

    /// The rows of increasing, disjoint ranges. Members of structs that have no rows stay as they are; where rows lie side by side
    /// numbers are shared, not copied.
    ///
    /// # Errors
    /// [`Kind::Unknown`] for rows that are not there, [`Kind::Damaged`] as [`Object::check`].
    pub fn select(&self, ranges: &[Range<usize>]) -> Result<Self, Error> {
        self.check()?;
        self.select_at("", ranges)
    }

    fn select_at(&self, path: &str, ranges: &[Range<usize>]) -> Result<Self, Error> {
        let inside = |name: &str| format!("{path}/{name}");
        if let (Some(rows), Some(last)) = (self.rows(), ranges.last())
            && last.end > rows
        {
            return Err(in_memory(Kind::Unknown, path, format!("row {} of {rows}", last.end - 1)));
        }
        let content = match &self.content {
            Content::Scalar(values) => Content::Scalar(values.clone()),
            Content::Array(values) => Content::Array(rows_of(values, ranges)),
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                let all =
                    sums(cumulative_length).map_err(|(row, why)| in_memory(Kind::Damaged, path, format!("row {row}: {why}")))?;
                let (moved, inner) = inner_ranges(&all, ranges);
                let number = integer_type(cumulative_length);
                let moved = from_sums(&moved, number).map_err(|why| in_memory(Kind::Damaged, path, why))?;
                let flattened_data = Box::new(flattened_data.select_at(&inside("flattened_data"), &inner)?);
                Content::Vectors(Vectors { cumulative_length: moved, flattened_data })
            }
            Content::Encoded { encoded_data, decoded_size } => Content::Encoded {
                encoded_data: Box::new(encoded_data.select_at(&inside("encoded_data"), ranges)?),
                decoded_size: Box::new(decoded_size.select_at(&inside("decoded_size"), ranges)?),
            },
            Content::Struct(members) => {
                let one = |(name, member): (&String, &Object)| Ok((name.clone(), member.select_at(&inside(name), ranges)?));
                Content::Struct(members.iter().map(one).collect::<Result<_, Error>>()?)
            }
            Content::Table { columns, .. } => {
                let one = |(name, column): (&String, &Object)| Ok((name.clone(), column.select_at(&inside(name), ranges)?));
                let rows = ranges.iter().map(ExactSizeIterator::len).sum();
                Content::Table { rows, columns: columns.iter().map(one).collect::<Result<_, Error>>()? }
            }
        };
        Ok(Self { datatype: self.datatype.clone(), attributes: self.attributes.clone(), content })
    }

    /// Objects of the same form, rows one after the other; datatype and attributes are those of the first.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] with the path and what differs: datatypes, elements, inner shapes, columns, attributes. Also for
    /// scalars and structs, which have no rows, and for no objects at all.
    pub fn concatenate(parts: &[&Self]) -> Result<Self, Error> {
        parts.iter().try_for_each(|part| part.check())?;
        concatenate_at("", parts)
    }
}

fn concatenate_at(path: &str, parts: &[&Object]) -> Result<Object, Error> {
    let inside = |name: &str| format!("{path}/{name}");
    let bad = |message: String| in_memory(Kind::Unsupported, path, message);
    let first = parts.first().ok_or_else(|| bad("nothing to join".to_owned()))?;
    let differs = || bad("objects of different forms are not joined".to_owned());
    for part in parts {
        if part.datatype != first.datatype {
            let name = |object: &Object| object.datatype.clone().unwrap_or_else(|| "no datatype".to_owned());
            return Err(bad(format!("{} and {} are not joined", name(first), name(part))));
        }
        if part.attributes != first.attributes {
            return Err(bad("attributes differ".to_owned()));
        }
    }
    let content = match &first.content {
        Content::Array(_) => {
            let all: Option<Vec<&Values>> =
                parts.iter().map(|part| if let Content::Array(values) = &part.content { Some(values) } else { None }).collect();
            Content::Array(joined(&all.ok_or_else(differs)?).map_err(|what| bad(format!("{what} are not joined")))?)
        }
        Content::Vectors(Vectors { cumulative_length, .. }) => {
            let mut all = Vec::new();
            let mut items = Vec::new();
            for part in parts {
                let Content::Vectors(vectors) = &part.content else { return Err(differs()) };
                let before = all.last().copied().unwrap_or(0_u64);
                let own = sums(&vectors.cumulative_length).map_err(|(row, why)| bad(format!("row {row}: {why}")))?;
                let used = own.last().copied().unwrap_or(0) as usize;
                let used = 0..used;
                items.push(vectors.flattened_data.select_at(&inside("flattened_data"), std::slice::from_ref(&used))?);
                all.extend(own.into_iter().map(|sum| sum + before));
            }
            let flattened_data = Box::new(concatenate_at(&inside("flattened_data"), &items.iter().collect::<Vec<_>>())?);
            let cumulative_length = from_sums(&all, integer_type(cumulative_length)).map_err(bad)?;
            Content::Vectors(Vectors { cumulative_length, flattened_data })
        }
        Content::Encoded { decoded_size, .. } => {
            let (mut data, mut sizes) = (Vec::new(), Vec::new());
            for part in parts {
                let Content::Encoded { encoded_data, decoded_size } = &part.content else { return Err(differs()) };
                data.push(&**encoded_data);
                sizes.push(&**decoded_size);
            }
            let one_size = |object: &Object| if let Content::Scalar(values) = &object.content { integers(values) } else { None };
            let decoded_size = match &decoded_size.content {
                Content::Scalar(_) if sizes.iter().all(|size| one_size(size) == one_size(decoded_size)) => decoded_size.clone(),
                Content::Scalar(_) => return Err(bad("waveforms of different lengths are not joined".to_owned())),
                _ => Box::new(concatenate_at(&inside("decoded_size"), &sizes)?),
            };
            Content::Encoded { encoded_data: Box::new(concatenate_at(&inside("encoded_data"), &data)?), decoded_size }
        }
        Content::Table { columns, .. } => {
            let mut made = IndexMap::with_capacity(columns.len());
            for name in columns.keys() {
                let each: Option<Vec<&Object>> = parts.iter().map(|part| part.members()?.get(name)).collect();
                made.insert(name.clone(), concatenate_at(&inside(name), &each.ok_or_else(differs)?)?);
            }
            let rows = parts.iter().filter_map(|part| part.rows()).sum();
            Content::Table { rows, columns: made }
        }
        Content::Scalar(_) | Content::Struct(_) => return Err(bad("scalars and structs have no rows to join".to_owned())),
    };
    Ok(Object { datatype: first.datatype.clone(), attributes: first.attributes.clone(), content })
}

/// Sums of the chosen vectors from 0 on, and the ranges of their items (touching ones as one).
pub(super) fn inner_ranges(sums: &[u64], ranges: &[Range<usize>]) -> (Vec<u64>, Vec<Range<usize>>) {
    let mut moved = Vec::with_capacity(ranges.iter().map(ExactSizeIterator::len).sum());
    let mut inner: Vec<Range<usize>> = Vec::new();
    let mut items = 0;
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        let before = if range.start == 0 { 0 } else { sums[range.start - 1] };
        moved.extend(sums[range.clone()].iter().map(|sum| sum - before + items));
        items = moved[moved.len() - 1];
        let found = before as usize..sums[range.end - 1] as usize;
        match inner.last_mut() {
            _ if found.is_empty() => {}
            Some(last) if last.end == found.start => last.end = found.end,
            _ => inner.push(found),
        }
    }
    (moved, inner)
}

/// The integer type of sums.
pub(super) fn integer_type(values: &Values) -> NumberType {
    match values.element {
        Element::Number(number) => number,
        _ => NumberType::U64,
    }
}

/// The sentence about columns that do not fit together: lengths with the columns that have them.
pub(super) fn differing_lengths<'a>(columns: impl Iterator<Item = (&'a str, Option<u64>)>) -> String {
    let mut lengths: IndexMap<Option<u64>, Vec<&str>> = IndexMap::new();
    for (name, rows) in columns {
        lengths.entry(rows).or_default().push(name);
    }
    let mut list: Vec<(Option<u64>, Vec<&str>)> = lengths.into_iter().collect();
    list.sort_by_key(|(_, names)| names.len());
    let words = list.iter().map(|(rows, names)| {
        let some = names.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
        let verb = if names.len() == 1 { "has" } else { "have" };
        let rows = rows.map_or_else(|| "no rows".to_owned(), |rows| format!("{rows} rows"));
        format!("{some}{more} {verb} {rows}")
    });
    format!("columns of different lengths: {}", words.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn array(values: Values) -> Object {
        Object::new("array<1>{real}", Content::Array(values))
    }

    fn vectors(lengths: &[usize], items: Object) -> Object {
        let mut sum = 0;
        let sums: Vec<u32> = lengths
            .iter()
            .map(|n| {
                sum += *n as u32;
                sum
            })
            .collect();
        let datatype = format!("array<1>{{{}}}", items.datatype.clone().unwrap());
        Object::new(&datatype, Content::Vectors(Vectors { cumulative_length: sums.into(), flattened_data: Box::new(items) }))
    }

    #[test]
    fn columns_that_do_not_fit_are_named_with_their_lengths() {
        let columns: IndexMap<String, Object> =
            [("a", 3), ("b", 3), ("u2", 2)].map(|(name, n)| (name.to_owned(), array(vec![0_u8; n].into()))).into();
        let error = Object::new("table{a,b,u2}", Content::Table { rows: 3, columns }).check().unwrap_err();
        assert_eq!(error.to_string(), "memory: /: columns of different lengths: `u2` has 2 rows; `a`, `b` have 3 rows");
    }

    #[test]
    fn sums_beyond_the_items_are_told_by_row() {
        let error = vectors(&[1, 5], array(vec![0_u8; 3].into())).check().unwrap_err();
        assert_eq!(error.to_string(), "memory: /cumulative_length: row 1: the sum of lengths 6 exceeds 3 items");
    }

    proptest! {
        #[test]
        fn selected_vectors_are_the_vectors(outer in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<i16>(), 0..4), 0..4), 0..12), mask in prop::collection::vec(any::<bool>(), 12)) {
            // Rust's own nested vectors are the truth.
            fn object(rows: &[Vec<Vec<i16>>]) -> Object {
                let middle: Vec<&Vec<i16>> = rows.iter().flatten().collect();
                let items: Vec<i16> = middle.iter().copied().flatten().copied().collect();
                let inner = vectors(&middle.iter().map(|v| v.len()).collect::<Vec<_>>(), array(items.into()));
                vectors(&rows.iter().map(Vec::len).collect::<Vec<_>>(), inner)
            }
            let rows: Vec<usize> = (0..outer.len()).filter(|i| mask[*i]).collect();
            let ranges: Vec<Range<usize>> = rows.iter().map(|i| *i..i + 1).collect();
            let wanted: Vec<Vec<Vec<i16>>> = rows.iter().map(|i| outer[*i].clone()).collect();
            prop_assert_eq!(object(&outer).select(&ranges).unwrap(), object(&wanted));
            let cut = outer.len() / 2;
            let (a, b) = (object(&outer[..cut]), object(&outer[cut..]));
            prop_assert_eq!(Object::concatenate(&[&a, &b]).unwrap(), object(&outer));
        }
    }
}
