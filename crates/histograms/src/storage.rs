//! What the cells hold: entries of weight one are counted, other weights are summed exactly.

use germane_numerics::{ExactSum, ExactSums, WeightSums};

/// What a cell keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageKind {
    /// Sum of weights. Its variance is known only as long as no weights were given.
    Double,
    /// Sum of weights and sum of their squares.
    Weight,
}

/// Cells in C order with flow, last axis fastest. Memory is taken at the first fill.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    pub(crate) kind: StorageKind,
    pub(crate) cells: usize,
    /// Entries filled without weights, by cell; empty until there is one.
    pub(crate) plain: Vec<u64>,
    pub(crate) weighted: Option<Weighted>,
}

/// Entries filled with weights, by cell.
#[derive(Clone, Debug)]
pub(crate) struct Weighted {
    pub(crate) entries: Vec<u64>,
    pub(crate) sums: ExactSums,
    /// Sums of fl(w w); none in `Double`.
    pub(crate) squares: Option<ExactSums>,
}

impl Weighted {
    fn new(kind: StorageKind, cells: usize) -> Self {
        let squares = (kind == StorageKind::Weight).then(|| ExactSums::new(cells));
        Self { entries: vec![0; cells], sums: ExactSums::new(cells), squares }
    }

    /// Adds entries one by one; cells that do not exist are passed over.
    pub(crate) fn add(&mut self, cells: &[usize], weights: &[f64]) {
        for (&cell, &weight) in cells.iter().zip(weights) {
            if let Some(entries) = self.entries.get_mut(cell) {
                *entries += 1;
                self.sums.add(cell, weight);
                if let Some(squares) = &mut self.squares {
                    squares.add(cell, weight * weight);
                }
            }
        }
    }

    /// For adding many entries at once.
    pub(crate) fn parts(&mut self) -> WeightSums<'_> {
        WeightSums { entries: &mut self.entries, sums: &mut self.sums, squares: self.squares.as_mut() }
    }
}

impl Storage {
    pub(crate) fn new(kind: StorageKind, cells: usize) -> Self {
        Self { kind, cells, plain: Vec::new(), weighted: None }
    }

    /// Counters of entries without weights.
    pub(crate) fn plain_mut(&mut self) -> &mut [u64] {
        if self.plain.len() < self.cells {
            self.plain.resize(self.cells, 0);
        }
        &mut self.plain
    }

    /// Sums of weights.
    pub(crate) fn weighted_mut(&mut self) -> &mut Weighted {
        self.weighted.get_or_insert_with(|| Weighted::new(self.kind, self.cells))
    }

    /// Whether contents are counts: in `Double`, no weights were ever given; in `Weight`, all weights were one, which the
    /// sums tell: in each cell both are the number of entries.
    pub(crate) fn unweighted(&self) -> bool {
        let Some(weighted) = &self.weighted else { return true };
        let Some(squares) = &weighted.squares else { return false };
        (0..self.cells).all(|cell| {
            let entries = weighted.entries[cell];
            weighted.sums.is_count(cell, entries) && squares.is_count(cell, entries)
        })
    }

    /// Entries in a cell.
    pub(crate) fn entries(&self, cell: usize) -> u64 {
        let weighted = self.weighted.as_ref().map_or(0, |weighted| weighted.entries[cell]);
        self.plain.get(cell).copied().unwrap_or(0).saturating_add(weighted)
    }

    /// Exact sum of weights of a cell.
    pub(crate) fn sum(&self, cell: usize) -> ExactSum {
        self.with_plain(cell, self.weighted.as_ref().map(|weighted| &weighted.sums))
    }

    /// Exact sum of squared weights of a cell; nothing where it is not kept.
    pub(crate) fn sum_of_squares(&self, cell: usize) -> Option<ExactSum> {
        match &self.weighted {
            None => Some(self.with_plain(cell, None)),
            Some(weighted) => weighted.squares.as_ref().map(|squares| self.with_plain(cell, Some(squares))),
        }
    }

    fn with_plain(&self, cell: usize, sums: Option<&ExactSums>) -> ExactSum {
        let mut sum = sums.map_or_else(ExactSum::new, |sums| sums.get(cell));
        sum.add_count(self.plain.get(cell).copied().unwrap_or(0));
        sum
    }

    /// Sum of weights of a cell, rounded once.
    pub(crate) fn value(&self, cell: usize) -> f64 {
        let plain = self.plain.get(cell).copied().unwrap_or(0);
        match &self.weighted {
            None => plain as f64,
            Some(weighted) if plain == 0 => weighted.sums.value(cell),
            Some(_) => self.sum(cell).value(),
        }
    }

    /// Sum of squared weights of a cell, rounded once; nothing where it is not kept.
    pub(crate) fn variance(&self, cell: usize) -> Option<f64> {
        let plain = self.plain.get(cell).copied().unwrap_or(0);
        match &self.weighted {
            None => Some(plain as f64),
            Some(weighted) => match &weighted.squares {
                Some(squares) if plain == 0 => Some(squares.value(cell)),
                Some(_) => self.sum_of_squares(cell).map(|sum| sum.value()),
                None => None,
            },
        }
    }

    /// Appends the packed sums of a cell.
    pub(crate) fn pack_sums(&self, cell: usize, out: &mut Vec<u8>) {
        match &self.weighted {
            Some(weighted) if self.plain.get(cell).is_none_or(|&count| count == 0) => {
                weighted.sums.pack_at(cell, out);
                if let Some(squares) = &weighted.squares {
                    squares.pack_at(cell, out);
                }
            }
            _ => {
                self.sum(cell).pack(out);
                if self.kind == StorageKind::Weight {
                    self.sum_of_squares(cell).unwrap_or_default().pack(out);
                }
            }
        }
    }

    /// Makes counts of sums of weights that were all one; says whether they were.
    pub(crate) fn settle_counts(&mut self) -> bool {
        let Some(weighted) = &self.weighted else { return true };
        let counts = (0..self.cells).all(|cell| {
            let entries = weighted.entries[cell];
            let squares = weighted.squares.as_ref().is_none_or(|squares| squares.is_count(cell, entries));
            squares && weighted.sums.is_count(cell, entries)
        });
        if counts && self.plain.is_empty() {
            self.plain = self.weighted.take().map(|weighted| weighted.entries).unwrap_or_default();
        }
        counts
    }

    /// Puts sums into a cell as if they had been filled with weights.
    pub(crate) fn put(&mut self, cell: usize, entries: u64, sum: &ExactSum, squares: Option<&ExactSum>) {
        let weighted = self.weighted_mut();
        weighted.entries[cell] = weighted.entries[cell].saturating_add(entries);
        weighted.sums.merge_at(cell, sum);
        if let (Some(own), Some(squares)) = (&mut weighted.squares, squares) {
            own.merge_at(cell, squares);
        }
    }

    /// Replaces what a cell holds; returns how many entries it counts for.
    pub(crate) fn replace(&mut self, cell: usize, value: f64, variance: Option<f64>) -> u64 {
        let whole = value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0;
        if self.weighted.is_none() && whole && variance.is_none_or(|variance| variance == value) {
            self.plain_mut()[cell] = value as u64;
            return value as u64;
        }
        if let Some(count) = self.plain.get_mut(cell) {
            *count = 0;
        }
        let exactly = |value: f64| std::iter::once(value).collect::<ExactSum>();
        let weighted = self.weighted_mut();
        weighted.entries[cell] = 0;
        weighted.sums.clear_at(cell);
        if let Some(squares) = &mut weighted.squares {
            squares.clear_at(cell);
        }
        self.put(cell, 0, &exactly(value), variance.map(exactly).as_ref());
        0
    }

    /// Adds the cells of another storage of the same kind: cell i there to `target(i)` here.
    pub(crate) fn add_cells(&mut self, other: &Self, target: impl Fn(usize) -> Option<usize>) {
        if !other.plain.is_empty() {
            let plain = self.plain_mut();
            for (from, &count) in other.plain.iter().enumerate() {
                if count != 0
                    && let Some(to) = target(from)
                {
                    plain[to] = plain[to].saturating_add(count);
                }
            }
        }
        if let Some(weighted) = &other.weighted {
            let own = self.weighted_mut();
            for (from, &entries) in weighted.entries.iter().enumerate() {
                if entries != 0
                    && let Some(to) = target(from)
                {
                    own.entries[to] = own.entries[to].saturating_add(entries);
                }
            }
            own.sums.merge_by(&weighted.sums, &target);
            if let (Some(own), Some(squares)) = (&mut own.squares, &weighted.squares) {
                own.merge_by(squares, &target);
            }
        }
    }
}
