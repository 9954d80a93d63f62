//! One pass over a partition: evaluate blocks, count cuts, fill histograms, keep rows.

use crate::cutflow::{Cutflow, Reached};
use crate::inputs::{Bound, Input};
use crate::plan::{DatasetPlan, Fill, Read, Selection};
use crate::rows::{self, Columns};
use germane_columns::buffer::{BooleanBuffer, NullBuffer};
use germane_columns::{Array, Data, Field, Numbers, Type};
use germane_histograms::{Histogram, StorageKind, Values};
use std::borrow::Cow;
use std::ops::Range;

/// Entries of a block: their columns stay in the second-level cache.
pub(crate) const BLOCK: usize = 4096;

/// Why a partition has no partial.
#[derive(Debug)]
pub(crate) enum Failure {
    /// the file is damaged
    File(germane_formats::Error),
    /// a value that must not be filled: what, and the entry in the file
    Value(String, u64),
    /// the user asked to stop
    Cancelled,
}

impl From<germane_formats::Error> for Failure {
    fn from(error: germane_formats::Error) -> Self {
        Self::File(error)
    }
}

/// Products of some entries of one dataset.
pub(crate) struct Products {
    /// one a selection
    pub cutflows: Vec<Cutflow>,
    /// one a fill
    pub histograms: Vec<Histogram>,
    /// nulls that were not filled, one a fill
    pub nulls: Vec<u64>,
    /// one for each kept rows
    pub rows: Vec<Vec<Columns>>,
}

impl Products {
    /// Empty products of a plan.
    pub(crate) fn new(plan: &DatasetPlan) -> Self {
        Self {
            cutflows: plan.selections.iter().map(|s| Cutflow::new(s.cuts.len())).collect(),
            histograms: plan.fills.iter().map(|f| Histogram::new(f.axes.clone(), StorageKind::Weight)).collect(),
            nulls: vec![0; plan.fills.len()],
            rows: vec![Vec::new(); plan.rows.len()],
        }
    }

    /// Packed content of every product, in the order cutflows, histograms, rows.
    pub(crate) fn pack(&self, plan: &DatasetPlan) -> Vec<(crate::content_key::Key, Vec<u8>)> {
        let mut sections = Vec::new();
        for (selection, cutflow) in plan.selections.iter().zip(&self.cutflows) {
            sections.push((selection.key, cutflow.pack()));
        }
        for (i, fill) in plan.fills.iter().enumerate() {
            let mut bytes = self.nulls[i].to_le_bytes().to_vec();
            self.histograms[i].pack(&mut bytes);
            sections.push((fill.key, bytes));
        }
        for (kept, parts) in plan.rows.iter().zip(&self.rows) {
            let mut bytes = Vec::new();
            for column in 0..kept.columns.len() {
                let arrays: Vec<Array> = parts.iter().map(|p| p.0[column].clone()).collect();
                if let Some(joined) = rows::concatenate(&arrays) {
                    rows::pack(&joined, &mut bytes);
                }
            }
            sections.push((kept.key, bytes));
        }
        // Two products of equal content share a key, and need be stored once.
        sections.sort_by_key(|(key, _)| *key);
        sections.dedup_by_key(|(key, _)| *key);
        sections
    }

    /// Adds the sections of a partial. Rows must be added in the order of files and entries.
    pub(crate) fn add(&mut self, plan: &DatasetPlan, partial: &crate::partial::Partial) -> Option<()> {
        let section = |key| partial.sections.iter().find(|(k, _)| *k == key).map(|(_, bytes)| bytes.as_slice());
        for (selection, cutflow) in plan.selections.iter().zip(&mut self.cutflows) {
            cutflow.merge(&Cutflow::unpack(section(selection.key)?, selection.cuts.len())?);
        }
        for (i, fill) in plan.fills.iter().enumerate() {
            let (head, body) = section(fill.key)?.split_at_checked(8)?;
            self.nulls[i] += u64::from_le_bytes(head.try_into().ok()?);
            let part = Histogram::unpack(fill.axes.clone(), StorageKind::Weight, &mut &*body)?;
            self.histograms[i].merge(&part).ok()?;
        }
        for (kept, parts) in plan.rows.iter().zip(&mut self.rows) {
            let mut bytes = section(kept.key)?;
            if bytes.is_empty() {
                continue;
            }
            let columns = kept.columns.iter().map(|_| rows::unpack(&mut bytes, 16)).collect::<Option<Vec<_>>>()?;
            parts.push(Columns(columns));
        }
        Some(())
    }
}

/// Reads a range of a file and fills its products.
///
/// # Errors
/// Damage of the file, a weight that is NaN, or a wish to stop.
pub(crate) fn run(
    plan: &DatasetPlan,
    input: &Input,
    range: Range<u64>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Products, Failure> {
    let columns = read(&plan.bound, &plan.reads, input, range.clone())?;
    let mut products = Products::new(plan);
    let (mut evaluator, mut filler) = (plan.program.evaluator(), Filler::new(plan));
    let entries = (range.end - range.start) as usize;
    let mut start = 0;
    while start < entries {
        if cancelled() {
            return Err(Failure::Cancelled);
        }
        let length = BLOCK.min(entries - start);
        let block: Vec<Array> = columns.iter().map(|c| c.slice(start, length)).collect();
        let first = range.start + start as u64;
        let outputs = evaluator.evaluate(&block, length).map_err(|e| Failure::Value(e.to_string(), first))?;
        filler.block(plan, &mut products, &outputs, length, first)?;
        start += length;
    }
    for (reached, cutflow) in filler.reached.into_iter().zip(&mut products.cutflows) {
        reached.finish(cutflow);
    }
    Ok(products)
}

/// The program's inputs; a column that this file lacks is null throughout.
///
/// # Errors
/// Damage of the file.
pub(crate) fn read(bound: &Bound, reads: &[Read], input: &Input, range: Range<u64>) -> Result<Vec<Array>, Failure> {
    let counter = |read: &Read| read.counter.and_then(|c| input.columns[c]);
    let mut wanted: Vec<usize> = reads.iter().filter_map(|r| input.columns[r.column].or_else(|| counter(r))).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let arrays = input.table.read(&wanted, range.clone())?;
    let of = |physical: usize| wanted.iter().position(|w| *w == physical).map(|i| arrays[i].clone());
    let entries = (range.end - range.start) as usize;
    Ok((reads.iter())
        .map(|read| match input.columns[read.column].and_then(of) {
            Some(array) => array,
            None => nulls(&bound.columns[read.column], entries, counter(read).and_then(of).as_ref()),
        })
        .collect())
}

/// Missing values in the place of a column; in a collection as many as its counter says.
pub(crate) fn nulls(field: &Field, entries: usize, counter: Option<&Array>) -> Array {
    let flat = |ty: &Type, n: usize| {
        let values = match ty {
            Type::Text => std::iter::repeat_n("", n).collect(),
            Type::Bool => Array::from(vec![false; n]),
            Type::Number(number) if !number.is_float() => Array::from(vec![0_i64; n]),
            _ => Array::from(vec![0.0_f64; n]),
        };
        values.with_validity(Some(NullBuffer::new_null(n)))
    };
    match (&field.ty, counter.and_then(Array::as_numbers)) {
        (Type::List(items), Some(counts)) => {
            let lengths: Vec<usize> = counts.to_f64().iter().map(|&n| n as usize).collect();
            Array::list(&lengths, flat(&items.ty, lengths.iter().sum()))
        }
        (ty, _) => flat(ty, entries),
    }
}

/// What a list of cuts leaves of a block. Lists that begin alike are evaluated once as far as they are alike.
struct Marks {
    /// outputs that hold the cuts
    cuts: Vec<usize>,
    /// an earlier list that this one continues
    parent: Option<usize>,
    /// number of cuts in a row that each entry of the block passes
    passed: Vec<usize>,
    /// positions of the entries that are left
    rows: Vec<usize>,
    /// entries left behind each cut
    left: Vec<usize>,
    /// entries for which each cut is null
    nulls: Vec<u64>,
}

impl Marks {
    /// The distinct lists of cuts of a plan, shorter ones first, and which of them each selection has.
    fn of(plan: &DatasetPlan) -> (Vec<Self>, Vec<usize>) {
        let mut lists: Vec<&[usize]> = plan.selections.iter().map(|s| s.cuts.as_slice()).collect();
        lists.sort_by_key(|cuts| (cuts.len(), *cuts));
        lists.dedup();
        let index = |cuts: &[usize]| lists.iter().position(|l| *l == cuts);
        let of = plan.selections.iter().filter_map(|s| index(&s.cuts)).collect();
        let marks = (lists.iter())
            .map(|cuts| {
                let parent = (0..cuts.len()).rev().find_map(|n| index(&cuts[..n]));
                Self { cuts: cuts.to_vec(), parent, passed: Vec::new(), rows: Vec::new(), left: Vec::new(), nulls: Vec::new() }
            })
            .collect();
        (marks, of)
    }

    fn evaluate(&mut self, before: &[Self], outputs: &[Array], entries: usize) {
        let done = match self.parent {
            Some(parent) => {
                let parent = &before[parent];
                self.passed.clone_from(&parent.passed);
                self.rows.clone_from(&parent.rows);
                self.left.clone_from(&parent.left);
                self.nulls.clone_from(&parent.nulls);
                parent.cuts.len()
            }
            None => {
                self.passed.clear();
                self.passed.resize(entries, 0);
                self.rows.clear();
                self.rows.extend(0..entries);
                self.left.clear();
                self.nulls.clear();
                0
            }
        };
        for k in done..self.cuts.len() {
            let cut = &outputs[self.cuts[k]];
            let nulls = match &cut.data {
                Data::Bool(bits) => self.cut(bits, cut.validity.as_ref()),
                _ => 0,
            };
            self.nulls.push(nulls);
            self.left.push(self.rows.len());
        }
    }

    /// Leaves the rows that pass a cut, and returns for how many it is null.
    fn cut(&mut self, bits: &BooleanBuffer, validity: Option<&NullBuffer>) -> u64 {
        let (mut left, mut nulls) = (0, 0);
        for k in 0..self.rows.len() {
            let row = self.rows[k];
            let there = validity.is_none_or(|mask| mask.is_valid(row));
            nulls += u64::from(!there);
            // No branch: whether an event passes cannot be foreseen.
            let passes = usize::from(there && bits.value(row));
            self.rows[left] = row;
            left += passes;
            self.passed[row] += passes;
        }
        self.rows.truncate(left);
        nulls
    }
}

/// Counts what the cuts of a selection leave, with its weights.
fn count(
    plan: &DatasetPlan,
    selection: &Selection,
    marks: &Marks,
    cutflow: &mut Cutflow,
    reached: &mut Reached,
    outputs: &[Array],
    first: u64,
) -> Result<(), Failure> {
    let weight = selection.weight.map(|w| &outputs[w]);
    for (step, nulls) in cutflow.steps[1..].iter_mut().zip(&marks.nulls) {
        step.nulls += nulls;
    }
    match weight {
        None => {
            cutflow.steps[0].count(marks.passed.len());
            cutflow.steps[1..].iter_mut().zip(&marks.left).for_each(|(step, left)| step.count(*left));
        }
        Some(weight) => {
            check_weights(plan, weight, 0..weight.len(), first)?;
            reached.add(&marks.passed, &numbers_of(weight));
        }
    }
    Ok(())
}

/// Buffers that live as long as the pass.
struct Filler {
    /// weighted entries by the cuts they pass, one a selection
    reached: Vec<Reached>,
    /// what the cuts leave, one a distinct list of cuts
    marks: Vec<Marks>,
    /// which of these each selection has
    marks_of: Vec<usize>,
    /// positions of the values to fill, in the flat arrays
    places: Vec<usize>,
    weights: Vec<f64>,
    values: Vec<Vec<f64>>,
}

impl Filler {
    fn new(plan: &DatasetPlan) -> Self {
        let (marks, marks_of) = Marks::of(plan);
        Self {
            marks,
            marks_of,
            reached: plan.selections.iter().map(|s| Reached::new(s.cuts.len())).collect(),
            places: Vec::new(),
            weights: Vec::new(),
            values: Vec::new(),
        }
    }

    fn block(
        &mut self,
        plan: &DatasetPlan,
        products: &mut Products,
        outputs: &[Array],
        entries: usize,
        first: u64,
    ) -> Result<(), Failure> {
        for k in 0..self.marks.len() {
            let (before, rest) = self.marks.split_at_mut(k);
            rest[0].evaluate(before, outputs, entries);
        }
        for (index, selection) in plan.selections.iter().enumerate() {
            let marks = &self.marks[self.marks_of[index]];
            count(plan, selection, marks, &mut products.cutflows[index], &mut self.reached[index], outputs, first)?;
            for (k, fill) in plan.fills.iter().enumerate().filter(|(_, f)| f.selection == index) {
                products.nulls[k] += self.fill(plan, index, fill, &mut products.histograms[k], outputs, first)?;
            }
            for (k, kept) in plan.rows.iter().enumerate().filter(|(_, r)| r.selection == index) {
                let columns = Columns(kept.columns.iter().map(|&c| outputs[c].clone()).collect());
                products.rows[k].push(columns.take(&self.marks[self.marks_of[index]].rows));
            }
        }
        Ok(())
    }

    /// Fills what passed; returns the number of nulls.
    fn fill(
        &mut self,
        plan: &DatasetPlan,
        selection: usize,
        fill: &Fill,
        histogram: &mut Histogram,
        outputs: &[Array],
        first: u64,
    ) -> Result<u64, Failure> {
        let arrays: Vec<&Array> = fill.values.iter().map(|&v| &outputs[v]).collect();
        let weights = fill.weight.map(|w| numbers_of(&outputs[w]));
        if let Some(weight) = fill.weight.filter(|weight| plan.selections[selection].weight != Some(*weight)) {
            check_weights(plan, &outputs[weight], self.marks[self.marks_of[selection]].rows.iter().copied(), first)?;
        }
        let nulls = self.place(selection, &arrays, weights.as_deref());
        self.values.resize_with(arrays.len(), Vec::new);
        let mut texts: Vec<Vec<&str>> = Vec::new();
        for ((array, factor), buffer) in arrays.iter().zip(&fill.factors).zip(&mut self.values) {
            let flat = flatten(array);
            buffer.clear();
            match &flat.data {
                Data::Number(Numbers::F64(values)) if *factor == 1.0 => buffer.extend(self.places.iter().map(|&k| values[k])),
                Data::Number(numbers) => buffer.extend(self.places.iter().map(|&k| numbers.get_f64(k) * factor)),
                Data::Bool(bits) => buffer.extend(self.places.iter().map(|&k| f64::from(u8::from(bits.value(k))))),
                _ => texts.push(self.places.iter().map(|&k| flat.text(k).unwrap_or("")).collect()),
            }
        }
        let mut texts = texts.iter();
        let is_text = |array: &Array| matches!(flatten(array).data, Data::Text { .. });
        let values: Vec<Values<'_>> = (arrays.iter().zip(&self.values))
            .map(|(array, numbers)| match is_text(array).then(|| texts.next()).flatten() {
                Some(texts) => Values::Text(texts),
                None => Values::F64(numbers),
            })
            .collect();
        let weights = weights.is_some().then_some(self.weights.as_slice());
        histogram.fill(&values, weights).map_err(|e| Failure::Value(e.to_string(), first))?;
        Ok(nulls)
    }

    /// Finds the values of all entries that passed, with their weights; returns how many are null.
    fn place(&mut self, selection: usize, arrays: &[&Array], weights: Option<&[f64]>) -> u64 {
        let rows = &self.marks[self.marks_of[selection]].rows;
        self.places.clear();
        self.weights.clear();
        let offsets = arrays.first().and_then(|a| a.as_list()).map(|(offsets, _)| offsets);
        let all_valid = arrays.iter().all(|a| flatten(a).validity.is_none());
        let mut nulls = 0;
        if offsets.is_none() && all_valid {
            self.places.extend_from_slice(rows);
            if let Some(weights) = weights {
                self.weights.extend(rows.iter().map(|&row| weights[row]));
            }
            return 0;
        }
        for &row in rows {
            let items = offsets.map_or(row..row + 1, |o| o[row] as usize..o[row + 1] as usize);
            for place in items {
                if all_valid || arrays.iter().all(|a| flatten(a).is_valid(place)) {
                    self.places.push(place);
                    self.weights.extend(weights.map(|w| w[row]));
                } else {
                    nulls += 1;
                }
            }
        }
        nulls
    }
}

/// The values below the innermost list that is filled.
fn flatten(array: &Array) -> &Array {
    array.as_list().map_or(array, |(_, items)| items)
}

/// Weights as numbers; a condition weighs 1 or 0.
fn numbers_of(array: &Array) -> Cow<'_, [f64]> {
    match &array.data {
        Data::Number(Numbers::F64(values)) => Cow::Borrowed(values),
        Data::Number(numbers) => Cow::Owned(numbers.to_f64()),
        Data::Bool(bits) => Cow::Owned(bits.iter().map(|b| f64::from(u8::from(b))).collect()),
        _ => Cow::Owned(vec![1.0; array.len()]),
    }
}

/// Refuses weights of `rows` that are NaN or null.
fn check_weights(plan: &DatasetPlan, weight: &Array, rows: impl IntoIterator<Item = usize>, first: u64) -> Result<(), Failure> {
    let Some(numbers) = weight.as_numbers() else { return Ok(()) };
    if weight.validity.is_none() && weight.as_f64().is_some_and(|values| values.iter().all(|w| !w.is_nan())) {
        return Ok(());
    }
    let bad = rows.into_iter().find(|&i| !weight.is_valid(i) || numbers.get_f64(i).is_nan());
    match bad {
        None => Ok(()),
        Some(i) => {
            let what = if weight.is_valid(i) { "NaN" } else { "null" };
            Err(Failure::Value(format!("the weight is {what} in tree `{}`", plan.bound.tree), first + i as u64))
        }
    }
}
