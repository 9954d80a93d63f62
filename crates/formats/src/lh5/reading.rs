//! Chosen rows of one object in one or several files: each value is read to where it stays.

use super::agreement::{Agreed, agreed};
use super::codec::Codec;
use super::leaf::{self, Share};
use super::memory::{from_sums, integers, sums};
use super::opened::{Body, Opened};
use super::selection::{Selection, count, push};
use super::{Content, Object, Vectors, encoded, view};
use crate::hdf5::{Dataset, Element, Rows};
use crate::{Error, Kind};
use germane_columns::NumberType;
use germane_numerics::Executor;
use indexmap::IndexMap;
use std::ops::Range;

/// The same object in each file, with the rows that are wanted of it.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) of: &'a Opened,
    pub(super) ranges: Vec<Range<u64>>,
}

/// What holds for the whole of a read.
pub(super) struct Reading<'a> {
    pub(super) executor: &'a dyn Executor,
    /// type of decoded samples; `None`: waveforms stay encoded
    pub(super) decode: Option<NumberType>,
    /// samples that do not fit wrap around
    pub(super) wrap: bool,
    /// fields that a later file lacks are null
    pub(super) missing_is_null: bool,
    pub(super) rows: &'a Selection,
    pub(super) start: u64,
    pub(super) count: Option<u64>,
    /// wanted rows that are not there
    pub(super) dropped: u64,
    /// what was converted
    pub(super) notes: Vec<String>,
    /// rows of fields that a file lacks
    pub(super) nulls: Vec<(String, Range<u64>)>,
}

impl Reading<'_> {
    /// Reads an object; the selection is applied to it, or to the members of a struct.
    pub(super) fn object(&mut self, of: &[&Opened], inside: &str) -> Result<Object, Error> {
        if of[0].rows().is_some() {
            let totals: Result<Vec<u64>, Error> =
                of.iter().map(|one| one.rows().ok_or_else(|| leaf::differ(of[0], one, "forms", "rows", "no rows"))).collect();
            let picked = self.rows.of_files(&totals?, self.start, self.count);
            let picked = picked.map_err(|why| of[0].error(Kind::Unknown, why))?;
            self.dropped = self.dropped.max(picked.iter().map(|one| one.dropped).sum());
            let parts: Vec<Part<'_>> = of.iter().zip(picked).map(|(of, one)| Part { of, ranges: one.ranges }).collect();
            return self.rows_of(&parts, inside);
        }
        let agreed = agreed(of)?;
        let content = match &of[0].body {
            Body::Scalar(..) => Content::Scalar(self.scalar(of)?),
            Body::Struct(members) => {
                if of.len() > 1 && is_histogram(members) {
                    return Err(of[0].error(Kind::Unsupported, "histograms of several files are not joined"));
                }
                let mut made = IndexMap::with_capacity(members.len());
                for name in members.keys() {
                    let each: Result<Vec<&Opened>, Error> = of.iter().map(|one| member(of[0], one, name)).collect();
                    // The parts of a histogram belong together.
                    let path = format!("{inside}{name}/");
                    let object = if is_histogram(members) { self.whole(&each?, &path)? } else { self.object(&each?, &path)? };
                    made.insert(name.clone(), object);
                }
                Content::Struct(made)
            }
            _ => unreachable!("invariant: what has rows was read above"),
        };
        Ok(finish(of[0], agreed, content))
    }

    fn whole(&self, of: &[&Opened], inside: &str) -> Result<Object, Error> {
        let all = Selection::All;
        let mut reading = Reading {
            executor: self.executor,
            decode: self.decode,
            wrap: self.wrap,
            missing_is_null: false,
            rows: &all,
            start: 0,
            count: None,
            dropped: 0,
            notes: Vec::new(),
            nulls: Vec::new(),
        };
        reading.object(of, inside)
    }

    fn scalar(&self, of: &[&Opened]) -> Result<crate::hdf5::Values, Error> {
        let mut found: Option<crate::hdf5::Values> = None;
        for one in of {
            let Body::Scalar(dataset, kind) = &one.body else {
                return Err(leaf::differ(of[0], one, "forms", "a scalar", "none"));
            };
            let values = dataset.read(&Rows::All, self.executor)?;
            let values = leaf::typed(crate::hdf5::Values { shape: Vec::new(), ..values }, kind);
            match &found {
                Some(first) if *first != values => return Err(leaf::differ(of[0], one, "scalars", "another", "a value")),
                _ => found = Some(values),
            }
        }
        found.ok_or_else(|| of[0].error(Kind::Unknown, "no files"))
    }

    /// Reads the rows of parts that have rows.
    pub(super) fn rows_of(&mut self, parts: &[Part<'_>], inside: &str) -> Result<Object, Error> {
        let of: Vec<&Opened> = parts.iter().map(|part| part.of).collect();
        if of.iter().any(|one| matches!(one.body, Body::View { .. })) {
            return self.rows_of(&behind_views(parts)?, inside);
        }
        let agreed = agreed(&of)?;
        self.notes.extend(agreed.notes.iter().map(|note| format!("{}: {note}", inside.trim_end_matches('/'))));
        let rows: u64 = parts.iter().map(|part| count(&part.ranges)).sum();
        let other = |one: &Opened| leaf::differ(of[0], one, "forms", kind_name(of[0]), kind_name(one));
        let content = match &of[0].body {
            Body::Array(_, kind) => {
                let mut shares = Vec::with_capacity(parts.len());
                for (part, factor) in parts.iter().zip(&agreed.factors) {
                    let Body::Array(dataset, _) = &part.of.body else { return Err(other(part.of)) };
                    shares.push(Share { of: part.of, dataset, ranges: &part.ranges, factor: *factor });
                }
                Content::Array(leaf::read(&shares, kind, self.executor)?)
            }
            Body::Vectors { sums, .. } => {
                let mut all = Vec::with_capacity(rows as usize);
                let mut inner = Vec::with_capacity(parts.len());
                for part in parts {
                    let Body::Vectors { sums, items } = &part.of.body else { return Err(other(part.of)) };
                    let ranges = item_ranges(sums, items.rows().unwrap_or(0), &part.ranges, &mut all, self.executor)?;
                    inner.push(Part { of: items, ranges });
                }
                let flattened_data = Box::new(self.items(&inner, &agreed.factors, inside)?);
                Content::Vectors(Vectors { cumulative_length: typed_sums(&all, sums.element()), flattened_data })
            }
            Body::Encoded { .. } => return self.encoded(parts, agreed, inside),
            Body::Table { columns, .. } => {
                let names: Vec<String> = columns.keys().cloned().collect();
                let mut made = IndexMap::with_capacity(names.len());
                for name in names {
                    let column = self.column(parts, &name, &format!("{inside}{name}/"))?;
                    made.insert(name, column);
                }
                self.no_other_fields(&of)?;
                Content::Table { rows: rows as usize, columns: made }
            }
            Body::Struct(members) => {
                // A struct among columns: rows of what has rows, scalars as they are.
                let mut made = IndexMap::with_capacity(members.len());
                for (name, first) in members {
                    let path = format!("{inside}{name}/");
                    made.insert(
                        name.clone(),
                        match first.rows() {
                            Some(_) => self.column(parts, name, &path)?,
                            None => {
                                let each: Result<Vec<&Opened>, Error> = of.iter().map(|one| member(of[0], one, name)).collect();
                                self.object(&each?, &path)?
                            }
                        },
                    );
                }
                Content::Struct(made)
            }
            Body::Scalar(..) => Content::Scalar(self.scalar(&of)?),
            Body::View { .. } => unreachable!("invariant: views were followed above"),
        };
        Ok(finish(of[0], agreed, content))
    }

    /// A column of tables; null where a later file lacks it and that is allowed.
    fn column(&mut self, parts: &[Part<'_>], name: &str, inside: &str) -> Result<Object, Error> {
        let first = parts[0].of;
        let mut found = Vec::with_capacity(parts.len());
        let mut nulls = Vec::new();
        let mut before = 0;
        for part in parts {
            let rows = count(&part.ranges);
            match member(first, part.of, name) {
                Ok(of) => found.push(Part { of, ranges: part.ranges.clone() }),
                Err(error) if !self.missing_is_null => return Err(error),
                Err(_) => nulls.push((before, rows)),
            }
            before += rows;
        }
        let object = self.rows_of(&found, inside)?;
        if nulls.is_empty() {
            return Ok(object);
        }
        let path = inside.trim_end_matches('/').to_owned();
        self.nulls.extend(nulls.iter().map(|(start, rows)| (path.clone(), *start..start + rows)));
        super::nulls::with_nulls(object, &nulls).map_err(|why| first.error(Kind::Unsupported, format!("{name}: {why}")))
    }

    fn no_other_fields(&self, of: &[&Opened]) -> Result<(), Error> {
        let names = |one: &Opened| match &one.body {
            Body::Table { columns, .. } | Body::Struct(columns) => columns.keys().cloned().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let known = names(of[0]);
        for one in &of[1..] {
            if let Some(more) = names(one).iter().find(|name| !known.contains(name))
                && !self.missing_is_null
            {
                let message = format!("has the field `{more}`, which {} has not", of[0].file);
                return Err(one.error(Kind::Unsupported, message));
            }
        }
        Ok(())
    }

    /// Items of vectors; a unit that stands on the vectors holds for them.
    fn items(&mut self, parts: &[Part<'_>], factors: &[f64], inside: &str) -> Result<Object, Error> {
        let own_unit = parts[0].of.attributes.contains_key("units");
        if own_unit || factors.iter().all(|factor| *factor == 1.0) {
            return self.rows_of(parts, inside);
        }
        let mut each = Vec::with_capacity(parts.len());
        for (part, factor) in parts.iter().zip(factors) {
            let mut object = self.rows_of(std::slice::from_ref(part), inside)?;
            leaf::scale(&mut object, *factor).map_err(|why| part.of.error(Kind::Unsupported, why))?;
            each.push(object);
        }
        Object::concatenate(&each.iter().collect::<Vec<_>>())
            .map_err(|error| parts[0].of.error(error.kind, error.message.clone()))
    }

    fn encoded(&mut self, parts: &[Part<'_>], mut agreed: Agreed, inside: &str) -> Result<Object, Error> {
        let first = parts[0].of;
        let (mut data, mut sizes) = (Vec::new(), Vec::new());
        for part in parts {
            let Body::Encoded { data: own, sizes: size } = &part.of.body else {
                return Err(leaf::differ(first, part.of, "forms", kind_name(first), kind_name(part.of)));
            };
            data.push(Part { of: own, ranges: part.ranges.clone() });
            sizes.push(Part { of: size, ranges: part.ranges.clone() });
        }
        let rows: u64 = parts.iter().map(|part| count(&part.ranges)).sum();
        let scalar = matches!(sizes[0].of.body, Body::Scalar(..));
        let path = format!("{inside}decoded_size/");
        let decoded_size = if scalar {
            self.object(&sizes.iter().map(|part| part.of).collect::<Vec<_>>(), &path)?
        } else {
            self.rows_of(&sizes, &path)?
        };
        let Some(number) = self.decode else {
            let encoded_data = Box::new(self.rows_of(&data, &format!("{inside}encoded_data/"))?);
            let content = Content::Encoded { encoded_data, decoded_size: Box::new(decoded_size) };
            return Ok(finish(first, agreed, content));
        };
        let (Content::Scalar(values) | Content::Array(values)) = &decoded_size.content else {
            return Err(sizes[0].of.error(Kind::Damaged, "is no number and no array"));
        };
        let lengths: Option<Vec<u64>> = integers(values).and_then(|all| all.into_iter().map(|n| u64::try_from(n).ok()).collect());
        let lengths = lengths.ok_or_else(|| sizes[0].of.error(Kind::Damaged, "numbers of samples are integers"))?;
        let lengths = if scalar { encoded::Lengths::Equal(lengths[0]) } else { encoded::Lengths::Each(lengths) };
        let codec = Codec::of(&agreed.attributes).map_err(|why| first.error(Kind::Damaged, why))?;
        for name in ["codec", "codec_shift"] {
            agreed.attributes.shift_remove(name);
        }
        let (mut ends, mut bytes) = (Vec::with_capacity(rows as usize), Vec::new());
        for part in &data {
            let Body::Vectors { sums, items } = &part.of.body else { unreachable!("invariant: checked when it was opened") };
            let Body::Array(dataset, _) = &items.body else { unreachable!("invariant: checked when it was opened") };
            let before = ends.len();
            let ranges = item_ranges(sums, items.rows().unwrap_or(0), &part.ranges, &mut ends, self.executor)?;
            bytes.push(encoded::Bytes { of: part.of, dataset, ranges, rows: before..ends.len(), row_numbers: &part.ranges });
        }
        let decoding = encoded::Decoding { of: first, codec, number, wrap: self.wrap, executor: self.executor };
        let content = decoding.decode(&bytes, &ends, &lengths)?;
        let element = first.text.as_deref().and_then(|text| text.split_once('{')).map_or("real}", |(_, element)| element);
        let element = element.rsplit('{').next().unwrap_or("real}").trim_end_matches('}');
        let datatype = match content {
            Content::Array(_) => format!("array_of_equalsized_arrays<1,1>{{{element}}}"),
            _ => format!("array<1>{{array<1>{{{element}}}}}"),
        };
        Ok(Object { datatype: Some(datatype), attributes: agreed.attributes, content })
    }
}

fn finish(of: &Opened, agreed: Agreed, content: Content) -> Object {
    Object { datatype: of.text.clone(), attributes: agreed.attributes, content }
}

fn kind_name(of: &Opened) -> &'static str {
    match of.body {
        Body::Scalar(..) => "a scalar",
        Body::Array(..) => "an array",
        Body::Vectors { .. } => "vectors",
        Body::Encoded { .. } => "encoded arrays",
        Body::Struct(_) => "a struct",
        Body::Table { .. } => "a table",
        Body::View { .. } => "a view",
    }
}

/// The member of one file, or the error that names the file that has it.
fn member<'a>(first: &Opened, of: &'a Opened, name: &str) -> Result<&'a Opened, Error> {
    let members = match &of.body {
        Body::Struct(members) | Body::Table { columns: members, .. } => members,
        _ => return Err(leaf::differ(first, of, "forms", kind_name(first), kind_name(of))),
    };
    members.get(name).ok_or_else(|| {
        let message = format!("no field `{name}`, which {} has", first.file);
        of.error(Kind::Unknown, message).candidates(members.keys().cloned().collect())
    })
}

/// Whether members are those of a histogram.
pub(super) fn is_histogram(members: &IndexMap<String, Opened>) -> bool {
    members.len() == 3 && ["binning", "isdensity", "weights"].iter().all(|name| members.contains_key(*name))
}

/// The objects behind views, with the rows that the views choose.
fn behind_views<'a>(parts: &[Part<'a>]) -> Result<Vec<Part<'a>>, Error> {
    let one = |part: &Part<'a>| match &part.of.body {
        Body::View { of, entries, slices, .. } => Ok(Part { of, ranges: view::behind(of, entries, *slices, &part.ranges)? }),
        _ => Ok(part.clone()),
    };
    parts.iter().map(one).collect()
}

/// Reads the sums of wanted rows, adds them (from the last of `all` on) to `all`, and gives the ranges of items.
fn item_ranges(
    dataset: &Dataset,
    items: u64,
    wanted: &[Range<u64>],
    all: &mut Vec<u64>,
    executor: &dyn Executor,
) -> Result<Vec<Range<u64>>, Error> {
    let bad = |row: u64, why: String| {
        Err(Error::new(dataset.file().name(), Kind::Damaged, format!("row {row}: {why}")).object(dataset.path()))
    };
    // The sum before a range says where its first vector starts.
    let mut needed: Vec<Range<u64>> = Vec::with_capacity(wanted.len());
    for range in wanted.iter().filter(|range| !range.is_empty()) {
        let start = range.start.saturating_sub(1);
        match needed.last_mut() {
            Some(last) if last.end >= start => last.end = range.end,
            _ => needed.push(start..range.end),
        }
    }
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let values = dataset.read(&leaf::rows(dataset, &needed), executor)?;
    let number = |i: usize| {
        let mut left = i as u64;
        for range in &needed {
            if left < range.end - range.start {
                return range.start + left;
            }
            left -= range.end - range.start;
        }
        left
    };
    let found = match sums(&values) {
        Ok(found) => found,
        Err((i, why)) => return bad(number(i), why),
    };
    if found.last().is_some_and(|last| *last > items) {
        let i = found.partition_point(|sum| *sum <= items);
        return bad(number(i), format!("the sum of lengths {} exceeds {items} items", found[i]));
    }
    let mut inner = Vec::new();
    let mut total = all.last().copied().unwrap_or(0);
    let (mut at, mut block) = (0_usize, 0_usize);
    for range in wanted.iter().filter(|range| !range.is_empty()) {
        while range.end > needed[block].end {
            at += (needed[block].end - needed[block].start) as usize;
            block += 1;
        }
        let first = at + (range.start - needed[block].start) as usize;
        let before = if range.start == 0 { 0 } else { found[first - 1] };
        let rows = (range.end - range.start) as usize;
        all.extend(found[first..first + rows].iter().map(|sum| total + (sum - before)));
        let end = found[first + rows - 1];
        total += end - before;
        push(&mut inner, before..end);
    }
    Ok(inner)
}

/// Sums in the type of the file, or in the widest where several files exceed it.
fn typed_sums(all: &[u64], element: &Element) -> crate::hdf5::Values {
    let number = match element {
        Element::Number(number) => *number,
        _ => NumberType::U64,
    };
    from_sums(all, number).unwrap_or_else(|_| all.to_vec().into())
}
