//! Blocks of rows over files and groups, several tables side by side, with memory for one block.

use super::file::{Decode, Lh5File, Missing, ReadOptions, open};
use super::memory::aligned;
use super::opened::{Body, Opened};
use super::reading::{Part, Reading};
use super::rows::in_memory;
use super::selection::{Selection, count, push};
use super::{Content, Object};
use crate::hdf5::{Element, ValueData, Values};
use crate::{Error, Kind};
use germane_columns::{NumberType, buffer::Buffer};
use germane_numerics::Executor;
use indexmap::IndexMap;
use std::ops::Range;
use std::path::PathBuf;

/// A value that is the same in all rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// a condition
    Bool(bool),
    /// an integer
    Integer(i64),
    /// a number
    Number(f64),
    /// a text
    Text(String),
}

/// Where a file is.
#[derive(Clone, Debug)]
pub enum FileAt {
    /// opened when it is needed
    Path(PathBuf),
    /// open already
    Open(Lh5File),
}

/// One object of one file, in the order in which rows number through.
#[derive(Clone, Debug)]
pub struct Group {
    /// the file
    pub file: FileAt,
    /// the object
    pub object: String,
    /// columns that are added to its rows; all groups have the same names
    pub labels: IndexMap<String, Label>,
}

/// How many rows a block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockSize {
    /// so many, fewer in the last
    Rows(u64),
    /// as many as take about so many bytes in memory
    Bytes(u64),
}

/// Rows of one block.
#[derive(Clone, Debug)]
pub struct Block {
    /// the rows: a table with the columns of friends and labels, or the object itself where there are none
    pub object: Object,
    /// number of the first row among the chosen ones
    pub first: u64,
    /// groups, and their rows, in order
    pub parts: Vec<(usize, Vec<Range<u64>>)>,
    /// conversions of units that were made
    pub notes: Vec<String>,
    /// rows of fields that a file lacks
    pub nulls: Vec<(String, Range<u64>)>,
}

/// Another iteration whose rows stand beside the first one's.
pub struct Friend<'a> {
    /// it has as many chosen rows
    pub rows: Iteration<'a>,
    /// put before the names of its columns
    pub prefix: String,
    /// put behind them
    pub suffix: String,
}

/// Iterates over blocks of rows.
pub struct Iteration<'a> {
    groups: Vec<Group>,
    /// chosen rows of each group
    picked: Vec<Vec<Range<u64>>>,
    /// with which all others must agree
    first: Opened,
    options: ReadOptions,
    block_rows: u64,
    friends: Vec<Friend<'a>>,
    executor: &'a dyn Executor,
    /// group, range in it, rows taken of the range
    at: (usize, usize, u64),
    taken: u64,
    /// the last file that was opened by its path
    open: Option<(PathBuf, Lh5File)>,
    /// the group that the last block ended in: its chunk indexes are known
    current: Option<(usize, Opened)>,
    dropped: u64,
}

/// Iterates over the rows of groups; `options.rows` chooses among all of them, numbered through.
///
/// # Errors
/// As [`super::read`], for the metadata; no values are read here.
pub fn iterate(
    groups: Vec<Group>,
    options: ReadOptions,
    size: BlockSize,
    executor: &dyn Executor,
) -> Result<Iteration<'_>, Error> {
    let mut first = None;
    let mut totals = Vec::with_capacity(groups.len());
    let mut open = None;
    for (number, group) in groups.iter().enumerate() {
        let opened = opened(group, &options, &mut open, number > 0)?;
        let rows = opened.rows().ok_or_else(|| opened.error(Kind::Unsupported, "has no rows to iterate over"))?;
        totals.push(rows);
        if first.is_none() {
            first = Some(opened);
        }
        if groups[0].labels.keys().ne(group.labels.keys()) {
            let message = format!("labels of group {number} ({}) have other names than those of the first", group.object);
            return Err(in_memory(Kind::Unsupported, &group.object, message));
        }
    }
    let first = first.ok_or_else(|| in_memory(Kind::Unknown, "", "no files to read"))?;
    let picked = options.rows.of_files(&totals, options.start, options.count);
    let picked = picked.map_err(|why| first.error(Kind::Unknown, why))?;
    let dropped = picked.iter().map(|one| one.dropped).sum();
    let block_rows = match size {
        BlockSize::Rows(rows) => rows.max(1),
        BlockSize::Bytes(bytes) => (bytes as f64 / bytes_per_row(&first, options.decode).max(1.0)).max(1.0) as u64,
    };
    let picked = picked.into_iter().map(|one| one.ranges).collect();
    Ok(Iteration {
        groups,
        picked,
        first,
        options,
        block_rows,
        friends: Vec::new(),
        executor,
        at: (0, 0, 0),
        taken: 0,
        open,
        current: None,
        dropped,
    })
}

fn opened(
    group: &Group,
    options: &ReadOptions,
    open_file: &mut Option<(PathBuf, Lh5File)>,
    later: bool,
) -> Result<Opened, Error> {
    let file = match &group.file {
        FileAt::Open(file) => file.clone(),
        FileAt::Path(path) => match open_file {
            Some((last, file)) if last == path => file.clone(),
            _ => {
                let file = open(path)?;
                *open_file = Some((path.clone(), file.clone()));
                file
            }
        },
    };
    match file.opened(&group.object, &options.fields) {
        Err(error) if later && options.missing == Missing::Null && error.kind == Kind::Unknown => {
            file.opened(&group.object, &super::Fields::all())
        }
        other => other,
    }
}

/// Bytes of a row in memory, vectors at their mean length.
fn bytes_per_row(of: &Opened, decode: Decode) -> f64 {
    let rows = of.rows().unwrap_or(1).max(1) as f64;
    let dataset = |dataset: &crate::hdf5::Dataset| {
        let items: f64 = dataset.shape().unwrap_or_default().iter().map(|axis| *axis as f64).product();
        items * dataset.element().size().unwrap_or(16) as f64 / rows
    };
    match &of.body {
        Body::Scalar(..) => 0.0,
        Body::Array(values, _) => dataset(values),
        Body::Vectors { sums, items } => dataset(sums) + bytes_per_row(items, decode) * items.rows().unwrap_or(0) as f64 / rows,
        Body::Encoded { data, .. } => match decode {
            Decode::Keep => bytes_per_row(data, decode),
            // A byte is about a sample in either codec.
            Decode::To(number) | Decode::Wrapped(number) => bytes_per_row(data, decode) * number.size() as f64,
        },
        Body::Struct(members) | Body::Table { columns: members, .. } => {
            members.values().map(|one| bytes_per_row(one, decode)).sum()
        }
        Body::View { of, .. } => bytes_per_row(of, decode),
    }
}

impl<'a> Iteration<'a> {
    /// Rows that are chosen.
    pub fn rows(&self) -> u64 {
        self.picked.iter().map(|ranges| count(ranges)).sum()
    }

    /// Chosen rows beyond the last one.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Rows of a block.
    pub fn block_rows(&self) -> u64 {
        self.block_rows
    }

    /// Puts the columns of another iteration beside; its blocks become as long as these.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it has another number of rows.
    pub fn add_friend(&mut self, mut friend: Friend<'a>) -> Result<(), Error> {
        let (own, other) = (self.rows(), friend.rows.rows());
        if own != other {
            return Err(friend.rows.first.error(Kind::Unsupported, format!("{other} rows beside {own} of {}", self.first.path)));
        }
        self.block_rows = self.block_rows.min(friend.rows.block_rows);
        friend.rows.block_rows = self.block_rows;
        self.friends.push(friend);
        for friend in &mut self.friends {
            friend.rows.set_block_rows(self.block_rows);
        }
        Ok(())
    }

    fn set_block_rows(&mut self, rows: u64) {
        self.block_rows = rows;
        self.friends.iter_mut().for_each(|friend| friend.rows.set_block_rows(rows));
    }

    /// Rows of the next block: groups and ranges in them.
    fn next_parts(&mut self) -> Vec<(usize, Vec<Range<u64>>)> {
        let mut parts: Vec<(usize, Vec<Range<u64>>)> = Vec::new();
        let mut left = self.block_rows;
        while left > 0 && self.at.0 < self.picked.len() {
            let (group, number, used) = self.at;
            let Some(range) = self.picked[group].get(number) else {
                self.at = (group + 1, 0, 0);
                continue;
            };
            let start = range.start + used;
            let end = range.end.min(start.saturating_add(left));
            match parts.last_mut() {
                Some((last, ranges)) if *last == group => push(ranges, start..end),
                _ => parts.push((group, std::iter::once(start..end).collect())),
            }
            left -= end - start;
            self.at = if end == range.end { (group, number + 1, 0) } else { (group, number, used + end - start) };
        }
        parts
    }

    fn block(&mut self) -> Result<Option<Block>, Error> {
        let parts = self.next_parts();
        if parts.is_empty() {
            return Ok(None);
        }
        let mut of = Vec::with_capacity(parts.len());
        for (group, _) in &parts {
            of.push(match self.current.take() {
                Some((number, opened)) if number == *group => opened,
                _ => opened(&self.groups[*group], &self.options, &mut self.open, *group > 0)?,
            });
        }
        let all = Selection::All;
        let (decode, wrap) = match self.options.decode {
            Decode::Keep => (None, false),
            Decode::To(number) => (Some(number), false),
            Decode::Wrapped(number) => (Some(number), true),
        };
        let mut reading = Reading {
            executor: self.executor,
            decode,
            wrap,
            missing_is_null: self.options.missing == Missing::Null,
            rows: &all,
            start: 0,
            count: None,
            dropped: 0,
            notes: Vec::new(),
            nulls: Vec::new(),
        };
        // The first group gives the units and the fields of all blocks.
        let shares = of.iter().zip(&parts).map(|(of, (_, ranges))| Part { of, ranges: ranges.clone() });
        let with_first = parts[0].0 > 0;
        let leading = with_first.then(|| Part { of: &self.first, ranges: Vec::new() });
        let shares: Vec<Part<'_>> = leading.into_iter().chain(shares).collect();
        let mut object = reading.rows_of(&shares, "")?;
        let Reading { notes, nulls, .. } = reading;
        self.current = parts.last().map(|(group, _)| *group).zip(of.pop());
        let first = self.taken;
        let rows: u64 = parts.iter().map(|(_, ranges)| count(ranges)).sum();
        self.taken += rows;
        let (mut notes, mut nulls) = (notes, nulls);
        if !self.friends.is_empty() || !self.groups[0].labels.is_empty() {
            let mut columns = into_columns(object, rows as usize)?;
            for (name, column) in self.label_columns(&parts) {
                add_column(&mut columns, name, column)?;
            }
            for friend in &mut self.friends {
                let Some(block) = friend.rows.block()? else { break };
                for (name, column) in into_columns(block.object, rows as usize)? {
                    add_column(&mut columns, format!("{}{name}{}", friend.prefix, friend.suffix), column)?;
                }
                notes.extend(block.notes);
                nulls.extend(block.nulls);
            }
            columns.sort_unstable_keys();
            let names: Vec<&str> = columns.keys().map(String::as_str).collect();
            object = Object::new(&format!("table{{{}}}", names.join(",")), Content::Table { rows: rows as usize, columns });
        }
        Ok(Some(Block { object, first, parts, notes, nulls }))
    }

    fn label_columns(&self, parts: &[(usize, Vec<Range<u64>>)]) -> Vec<(String, Object)> {
        let rows: Vec<(usize, usize)> = parts.iter().map(|(group, ranges)| (*group, count(ranges) as usize)).collect();
        let names = self.groups[0].labels.keys();
        names
            .map(|name| {
                (name.clone(), column(&rows.iter().map(|(group, n)| (&self.groups[*group].labels[name], *n)).collect::<Vec<_>>()))
            })
            .collect()
    }
}

impl Iterator for Iteration<'_> {
    type Item = Result<Block, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.block();
        if block.is_err() {
            // An error ends the iteration.
            self.at = (self.picked.len(), 0, 0);
        }
        block.transpose()
    }
}

fn into_columns(object: Object, rows: usize) -> Result<IndexMap<String, Object>, Error> {
    match object.content {
        Content::Table { columns, rows: own } if own == rows => Ok(columns),
        _ => Err(in_memory(Kind::Unsupported, "", "only tables stand side by side, or have labels")),
    }
}

fn add_column(columns: &mut IndexMap<String, Object>, name: String, column: Object) -> Result<(), Error> {
    if columns.contains_key(&name) {
        let message = format!("two columns `{name}` stand side by side: give a prefix or suffix");
        return Err(in_memory(Kind::Unsupported, &name, message));
    }
    columns.insert(name, column);
    Ok(())
}

/// Values, each so many times; integers among floats are floats, anything among texts is a text.
fn column(runs: &[(&Label, usize)]) -> Object {
    let rows = runs.iter().map(|(_, n)| n).sum();
    let all = |test: fn(&Label) -> bool| runs.iter().all(|(label, _)| test(label));
    fn repeat<T: bytemuck::Pod>(runs: &[(&Label, usize)], of: impl Fn(&Label) -> T) -> Buffer {
        let values: Vec<T> = runs.iter().flat_map(|(label, n)| std::iter::repeat_n(of(label), *n)).collect();
        aligned(bytemuck::cast_slice(&values))
    }
    let made =
        |datatype: &str, element, buffer| Object::new(datatype, Content::Array(Values::fixed(element, vec![rows], buffer)));
    if all(|label| matches!(label, Label::Bool(_))) {
        made("array<1>{bool}", Element::Bool, repeat(runs, |label| u8::from(matches!(label, Label::Bool(true)))))
    } else if all(|label| matches!(label, Label::Integer(_))) {
        let of = |label: &Label| if let Label::Integer(n) = label { *n } else { 0 };
        made("array<1>{real}", Element::Number(NumberType::I64), repeat(runs, of))
    } else if all(|label| matches!(label, Label::Integer(_) | Label::Number(_))) {
        let of = |label: &Label| match label {
            Label::Integer(n) => *n as f64,
            Label::Number(x) => *x,
            _ => f64::NAN,
        };
        made("array<1>{real}", Element::Number(NumberType::F64), repeat(runs, of))
    } else {
        let (mut offsets, mut bytes) = (vec![0], Vec::new());
        for (label, n) in runs {
            let text = match label {
                Label::Text(text) => text.clone(),
                Label::Bool(truth) => truth.to_string(),
                Label::Integer(n) => n.to_string(),
                Label::Number(x) => x.to_string(),
            };
            for _ in 0..*n {
                bytes.extend_from_slice(text.as_bytes());
                offsets.push(bytes.len() as i64);
            }
        }
        let data = ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) };
        Object::new("array<1>{string}", Content::Array(Values { element: Element::Text { utf8: true }, shape: vec![rows], data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_columns_of_one_kind() {
        let values = |object: Object| if let Content::Array(values) = object.content { values } else { unreachable!() };
        let integers = values(column(&[(&Label::Integer(3), 2), (&Label::Integer(4), 1)]));
        assert_eq!(integers, vec![3_i64, 3, 4].into());
        let mixed = values(column(&[(&Label::Integer(3), 1), (&Label::Number(0.5), 1)]));
        assert_eq!(mixed, vec![3.0, 0.5].into());
        let texts = values(column(&[(&Label::Text("a".into()), 2), (&Label::Bool(true), 1)]));
        assert!(matches!(texts.data, ValueData::Texts { offsets, .. } if offsets == [0, 1, 2, 6]));
    }
}
