//! Rows that are asked for, and which parts of chunks they are.

use crate::{Error, Kind};
use std::ops::Range;

/// Rows of the first axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// every row
    All,
    /// increasing, disjoint ranges
    Ranges(Vec<Range<u64>>),
}

impl Rows {
    /// One range.
    pub fn range(range: Range<u64>) -> Self {
        Self::Ranges(vec![range])
    }

    /// The ranges without empty ones, neighbours joined; compared with the `rows` that there are.
    pub(crate) fn ranges(&self, file: &str, rows: u64) -> Result<Vec<Range<u64>>, Error> {
        let given = match self {
            Self::All => return Ok(std::iter::once(0..rows).filter(|all| !all.is_empty()).collect()),
            Self::Ranges(given) => given,
        };
        let mut ranges: Vec<Range<u64>> = Vec::with_capacity(given.len());
        for range in given {
            if range.start > range.end || range.end > rows {
                return Err(Error::new(
                    file,
                    Kind::Short,
                    format!("rows {} to {} are asked for of {rows}", range.start, range.end),
                ));
            }
            if range.is_empty() {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end > range.start => {
                    let message = format!("rows from {} on are asked for after row {}", range.start, last.end - 1);
                    return Err(Error::new(file, Kind::Unsupported, message));
                }
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range.clone()),
            }
        }
        Ok(ranges)
    }
}

/// A run of rows with its place in the output, which has only the selected rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) out: u64,
}

/// Runs inside bands of `band` rows: each band that has any, with its number.
pub(crate) fn bands(ranges: &[Range<u64>], band: u64) -> Vec<(u64, Vec<Run>)> {
    let mut bands: Vec<(u64, Vec<Run>)> = Vec::new();
    let mut out = 0;
    for range in ranges {
        let mut first = range.start;
        while first < range.end {
            let number = first / band;
            let end = range.end.min(number.saturating_add(1).saturating_mul(band));
            let run = Run { first, count: end - first, out };
            match bands.last_mut() {
                Some((last, runs)) if *last == number => runs.push(run),
                _ => bands.push((number, vec![run])),
            }
            out += end - first;
            first = end;
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_at_bands() {
        let run = |first, count, out| Run { first, count, out };
        assert_eq!(
            bands(&[1..3, 4..11], 5),
            [(0, vec![run(1, 2, 0), run(4, 1, 2)]), (1, vec![run(5, 5, 3)]), (2, vec![run(10, 1, 8)])]
        );
    }

    #[test]
    fn ranges_that_fall_or_end_behind_the_last_row_are_refused() {
        let ask = |ranges: &[Range<u64>]| Rows::Ranges(ranges.to_vec()).ranges("x.lh5", 10);
        assert_eq!(ask(&[0..2, 2..2, 2..4, 6..7]).unwrap(), [0..4, 6..7]);
        assert!(ask(&[3..5, 4..6]).unwrap_err().to_string().contains("from 4 on are asked for after row 4"));
        assert!(ask(&[3..4, 5..11]).unwrap_err().to_string().contains("rows 5 to 11 are asked for of 10"));
    }
}
