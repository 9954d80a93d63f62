//! Which rows to read: everything, a list, ranges or a mask; then from a row on, then so many.

use std::ops::Range;

/// Rows that are wanted, before `start` and `count` are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// all rows
    #[default]
    All,
    /// these rows, strictly increasing
    List(Vec<u64>),
    /// half-open ranges of rows, increasing and disjoint
    Ranges(Vec<Range<u64>>),
    /// rows at which it is true
    Mask(Vec<bool>),
    /// one for each of several files, rows counted from the start of each file
    PerFile(Vec<Selection>),
}

/// Rows that are there and wanted: increasing, disjoint ranges that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// the ranges
    pub ranges: Vec<Range<u64>>,
    /// wanted rows beyond the last one
    pub dropped: u64,
}

impl Picked {
    /// Rows in all.
    pub fn rows(&self) -> u64 {
        count(&self.ranges)
    }
}

/// Rows of ranges.
pub(super) fn count(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

impl Selection {
    /// Checks that rows increase.
    ///
    /// # Errors
    /// The reason with the place in the list or among the ranges.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::All | Self::Mask(_) => Ok(()),
            Self::List(rows) => match rows.windows(2).position(|pair| pair[0] >= pair[1]) {
                Some(i) => Err(format!("rows increase strictly; number {} is {} after {}", i + 1, rows[i + 1], rows[i])),
                None => Ok(()),
            },
            Self::Ranges(ranges) => {
                if let Some(i) = ranges.iter().position(|range| range.start > range.end) {
                    return Err(format!("range {i} ends at row {} before it starts at {}", ranges[i].end, ranges[i].start));
                }
                match ranges.windows(2).position(|pair| pair[0].end > pair[1].start) {
                    Some(i) => Err(format!(
                        "ranges increase and are disjoint; range {} starts at row {} before the end {} of the one before it",
                        i + 1,
                        ranges[i + 1].start,
                        ranges[i].end
                    )),
                    None => Ok(()),
                }
            }
            Self::PerFile(each) => each.iter().enumerate().try_for_each(|(i, one)| match one {
                Self::PerFile(_) => Err(format!("file {i}: a list of lists of rows")),
                one => one.check().map_err(|reason| format!("file {i}: {reason}")),
            }),
        }
    }

    /// Rows of files of `totals` rows each, which number through: one [`Picked`] a file. Rows of the selection first, then those
    /// from `start` on, then the first `count` of them.
    ///
    /// # Errors
    /// As [`Selection::check`]; selections for another number of files.
    pub fn of_files(&self, totals: &[u64], start: u64, count: Option<u64>) -> Result<Vec<Picked>, String> {
        self.check()?;
        let all = totals.iter().try_fold(0_u64, |sum, rows| sum.checked_add(*rows)).ok_or("more than 2^64 rows")?;
        // Rows that number through, and how many are wanted beyond the last.
        let (mut through, mut beyond) = (Vec::new(), 0_u64);
        let mut add = |first: u64, rows: u64, range: Range<u64>| {
            push(&mut through, first + range.start.min(rows)..first + range.end.min(rows));
            beyond = beyond.saturating_add(range.end.saturating_sub(range.start.max(rows)));
        };
        match self {
            Self::PerFile(each) if each.len() != totals.len() => {
                return Err(format!("rows of {} files are given, {} are read", each.len(), totals.len()));
            }
            Self::PerFile(each) => {
                let mut first = 0;
                for (one, rows) in each.iter().zip(totals) {
                    one.each(*rows, &mut |range| add(first, *rows, range));
                    first += rows;
                }
            }
            one => one.each(all, &mut |range| add(0, all, range)),
        }
        let mut left = count.unwrap_or(u64::MAX);
        for range in &mut through {
            range.start = range.start.max(start).min(range.end);
            range.end = range.end.min(range.start.saturating_add(left));
            left -= range.end - range.start;
        }
        let mut found = vec![Picked::default(); totals.len()];
        split(&through, totals, &mut found);
        if let Some(last) = found.last_mut() {
            last.dropped = beyond.min(left);
        }
        Ok(found)
    }

    /// Rows of one object of `total` rows.
    ///
    /// # Errors
    /// As [`Selection::of_files`].
    pub fn of(&self, total: u64, start: u64, count: Option<u64>) -> Result<Picked, String> {
        Ok(self.of_files(&[total], start, count)?.pop().unwrap_or_default())
    }

    /// Calls with each range, in order.
    fn each(&self, total: u64, take: &mut dyn FnMut(Range<u64>)) {
        match self {
            Self::All => take(0..total),
            Self::List(rows) => {
                let mut rest = &rows[..];
                while let Some(&first) = rest.first() {
                    let run = 1 + rest.windows(2).take_while(|pair| pair[1] - pair[0] == 1).count();
                    take(first..first.saturating_add(run as u64));
                    rest = &rest[run..];
                }
            }
            Self::Ranges(ranges) => ranges.iter().for_each(|range| take(range.clone())),
            Self::Mask(mask) => {
                let mut at = 0;
                while let Some(first) = mask[at..].iter().position(|wanted| *wanted).map(|i| at + i) {
                    let run = mask[first..].iter().take_while(|wanted| **wanted).count();
                    take(first as u64..(first + run) as u64);
                    at = first + run;
                }
            }
            Self::PerFile(_) => {}
        }
    }
}

/// Adds a range; touching ranges become one.
pub(super) fn push(ranges: &mut Vec<Range<u64>>, range: Range<u64>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// Ranges that number through, as ranges of each file.
fn split(through: &[Range<u64>], totals: &[u64], found: &mut [Picked]) {
    let (mut file, mut first) = (0, 0);
    for range in through {
        let mut range = range.clone();
        while !range.is_empty() && file < totals.len() {
            let end = first + totals[file];
            if range.start >= end {
                (file, first) = (file + 1, end);
                continue;
            }
            let until = range.end.min(end);
            push(&mut found[file].ranges, range.start - first..until - first);
            range.start = until;
        }
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_chosen_then_start_and_count_apply() {
        let list = Selection::List(vec![0, 3, 4, 9, 24, 30]);
        assert_eq!(list.of(25, 3, Some(2)).unwrap(), Picked { ranges: vec![3..5], dropped: 0 });
        assert_eq!(list.of(25, 0, None).unwrap(), Picked { ranges: vec![0..1, 3..5, 9..10, 24..25], dropped: 1 });
        let ranges = Selection::Ranges(vec![1..6, 8..20]);
        assert_eq!(ranges.of(25, 3, Some(8)).unwrap().ranges, vec![3..6, 8..13]);
        assert_eq!(Selection::All.of(25, 20, Some(100)).unwrap(), Picked { ranges: vec![20..25], dropped: 0 });
        assert_eq!(
            Selection::Mask(vec![true, false, true, true]).of(3, 0, None).unwrap(),
            Picked { ranges: vec![0..1, 2..3], dropped: 1 }
        );
    }

    #[test]
    fn rows_number_through_files() {
        let found = Selection::Ranges(vec![1..4, 5..9]).of_files(&[3, 0, 4], 2, None).unwrap();
        assert_eq!(found[0].ranges, vec![2..3]);
        assert_eq!(found[1].ranges, Vec::<Range<u64>>::new());
        assert_eq!(found[2], Picked { ranges: vec![0..1, 2..4], dropped: 2 });
        let each = Selection::PerFile(vec![Selection::List(vec![0, 9]), Selection::All]);
        let found = each.of_files(&[3, 4], 0, Some(3)).unwrap();
        assert_eq!((found[0].ranges.clone(), found[1].ranges.clone(), found[1].dropped), (vec![0..1], vec![0..2], 0));
        assert!(each.of_files(&[3], 0, None).unwrap_err().contains("rows of 2 files"));
    }

    #[test]
    fn rows_that_do_not_increase_are_refused() {
        assert!(Selection::List(vec![1, 1]).check().unwrap_err().contains("number 1 is 1 after 1"));
        assert!(Selection::Ranges(vec![0..3, 2..4]).check().unwrap_err().contains("range 1 starts at row 2"));
        #[allow(clippy::reversed_empty_ranges, reason = "that is the mistake")]
        let reversed = Selection::Ranges(vec![3..1]);
        assert!(reversed.check().unwrap_err().contains("ends at row 1"));
    }

    proptest! {
        #[test]
        fn all_forms_agree_with_a_filter(mask in prop::collection::vec(any::<bool>(), 0..60), totals in prop::collection::vec(0..20_u64, 1..5),
                                         start in 0..50_u64, count in prop::option::of(0..40_u64)) {
            let all: u64 = totals.iter().sum();
            let rows: Vec<u64> = (0..mask.len()).filter(|i| mask[*i]).map(|i| i as u64).collect();
            let ranges: Vec<Range<u64>> = rows.iter().map(|row| *row..row + 1).collect();
            let wanted: Vec<u64> = rows.iter().copied().filter(|row| *row >= start && *row < all).take(count.unwrap_or(99) as usize).collect();
            for selection in [Selection::Mask(mask), Selection::List(rows), Selection::Ranges(ranges)] {
                let found = selection.of_files(&totals, start, count).unwrap();
                let mut first = 0;
                let mut through = Vec::new();
                for (picked, total) in found.iter().zip(&totals) {
                    through.extend(picked.ranges.iter().flat_map(|range| range.clone().map(|row| first + row)));
                    prop_assert!(picked.ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
                    first += total;
                }
                prop_assert_eq!(&through, &wanted);
            }
        }
    }
}
