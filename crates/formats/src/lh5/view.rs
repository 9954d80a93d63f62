//! Rows of a view as rows of the object behind it.

use super::memory::integers;
use super::opened::Opened;
use super::selection::{count, push};
use crate::hdf5::{Dataset, Rows, Values};
use crate::{Error, Kind};
use germane_numerics::Inline;
use std::ops::Range;

fn bad(entries: &Dataset, message: impl Into<String>) -> Error {
    Error::new(entries.file().name(), Kind::Damaged, message).object(entries.path())
}

fn flat(values: Values, entries: &Dataset) -> Result<Vec<u64>, Error> {
    let line = Values { shape: vec![values.count()], ..values };
    let wide = integers(&line).ok_or_else(|| bad(entries, "rows of a view are integers"))?;
    let one = |(i, row): (usize, i128)| u64::try_from(row).map_err(|_| bad(entries, format!("number {i} is {row}, no row")));
    wide.into_iter().enumerate().map(one).collect()
}

fn slices(entries: &Dataset) -> Result<Vec<Range<u64>>, Error> {
    let numbers = flat(entries.read(&Rows::All, &Inline)?, entries)?;
    let ranges: Vec<Range<u64>> = numbers.chunks_exact(2).map(|ends| ends[0]..ends[1]).collect();
    let wrong = ranges.iter().position(|range| range.start > range.end);
    let wrong = wrong.or_else(|| ranges.windows(2).position(|pair| pair[0].end > pair[1].start).map(|i| i + 1));
    match wrong {
        Some(i) => {
            Err(bad(entries, format!("slice {i} is {}..{}: slices increase and are disjoint", ranges[i].start, ranges[i].end)))
        }
        None => Ok(ranges),
    }
}

/// Rows of a view by slices.
pub(super) fn rows_of_slices(entries: &Dataset) -> Result<u64, Error> {
    Ok(count(&slices(entries)?))
}

/// The rows of the object behind a view that stand at `wanted` rows of the view.
///
/// # Errors
/// [`Kind::Damaged`] for rows that do not increase or are not there.
pub(super) fn behind(of: &Opened, entries: &Dataset, by_slices: bool, wanted: &[Range<u64>]) -> Result<Vec<Range<u64>>, Error> {
    let mut found = Vec::new();
    if by_slices {
        let mut first = 0;
        let mut wanted = wanted.iter().peekable();
        for slice in slices(entries)? {
            let rows = slice.end - slice.start;
            while let Some(range) = wanted.peek() {
                let (from, until) = (range.start.max(first), range.end.min(first + rows));
                if from < until {
                    push(&mut found, slice.start + (from - first)..slice.start + (until - first));
                }
                if range.end > first + rows {
                    break;
                }
                wanted.next();
            }
            first += rows;
        }
    } else {
        let rows = flat(entries.read(&Rows::Ranges(wanted.to_vec()), &Inline)?, entries)?;
        if let Some(i) = rows.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(bad(entries, format!("row {} after row {}: rows of a view increase", rows[i + 1], rows[i])));
        }
        for row in rows {
            push(&mut found, row..row.saturating_add(1));
        }
    }
    let total = of.rows().unwrap_or(0);
    match found.last() {
        Some(last) if last.end > total => Err(bad(entries, format!("row {} of an object of {total} rows", last.end - 1))),
        _ => Ok(found),
    }
}
