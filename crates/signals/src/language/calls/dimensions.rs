//! Lengths of samples in a call: letters of the signature.

use super::super::{Language, MOST_SAMPLES, Value};
use super::binding::Bound;
use super::process::Calling;
use crate::chain::Place;
use crate::graph::Grid;
use crate::processor::Dimension;

/// Lengths of letters and grids of the waveforms that gave them.
pub(super) type Dimensions = Vec<(Dimension, (usize, Option<Grid>))>;

/// Length of a letter and its grid; 1 of a letter that no argument has.
pub(super) fn dimension(known: &Dimensions, letter: Dimension) -> (usize, Option<Grid>) {
    known.iter().find(|(known, _)| *known == letter).map_or((1, None), |(_, found)| found.clone())
}

impl Language<'_> {
    /// Lengths of all letters, and the grid of the waveform that gave each.
    pub(super) fn dimensions(&mut self, calling: &Calling<'_, '_>, bound: &[Option<Bound>]) -> Option<Dimensions> {
        let Calling { processor, places, values, declarations, .. } = calling;
        let mut known: Dimensions = Vec::new();
        let mut failed = false;
        let mut learn =
            |language: &mut Self, letter: Dimension, length: usize, grid: Option<Grid>, name: &str, place: Place| match known
                .iter_mut()
                .find(|(known, _)| *known == letter)
            {
                None => known.push((letter, (length, grid))),
                Some((_, (before, known_grid))) => {
                    if *before != length {
                        let message = format!("`{name}` has {length} samples, the others have {before}");
                        language.wrong("shape", message, place);
                        failed = true;
                    }
                    if known_grid.is_none() {
                        *known_grid = grid;
                    }
                }
            };
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(one) = &bound[k] else { continue };
            let grid = match &values[k] {
                Some(Value::Variable(handle)) => handle.waveform_grid().cloned(),
                _ => None,
            };
            let mut letters = parameter.role.dimensions();
            match (letters.next(), letters.next()) {
                (Some(rows), Some(columns)) => {
                    let count = match &values[k] {
                        Some(Value::Array(array)) => array.rows.unwrap_or(1).max(1),
                        _ => 1,
                    };
                    learn(self, rows, count, None, parameter.name, places[k]);
                    learn(self, columns, one.length / count, None, parameter.name, places[k]);
                }
                (Some(letter), None) => learn(self, letter, one.length, grid, parameter.name, places[k]),
                _ => {}
            }
        }
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(declaration) = &declarations[k] else { continue };
            match (parameter.role.dimensions().next(), declaration.length) {
                (Some(letter), Some((length, place))) => learn(self, letter, length, None, parameter.name, place),
                (None, Some((_, place))) => {
                    self.wrong("shape", format!("`{}` is one number for each event", declaration.name), place);
                    return None;
                }
                _ => {}
            }
        }
        for (k, parameter) in processor.parameters.iter().enumerate() {
            let Some(declaration) = &declarations[k] else { continue };
            let Some(letter) = parameter.role.dimensions().next() else { continue };
            if !known.iter().any(|(known, _)| *known == letter) {
                let message = format!("the length of `{}` cannot be deduced", declaration.name);
                let advice = format!("declare it: {}(length, 'f')", declaration.name);
                self.wrong_do("shape", message, places[k], &advice);
                failed = true;
            }
        }
        let total: usize = known.iter().map(|(_, (length, _))| *length).sum();
        if total > 4 * MOST_SAMPLES {
            self.wrong("shape", format!("{total} samples are too many"), places[0]);
            failed = true;
        }
        (!failed).then_some(known)
    }
}
