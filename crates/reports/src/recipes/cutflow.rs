//! `cutflow`: what each cut leaves, as a table.

use crate::tables::{Cell, Table};

/// What is left behind one cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CutStep {
    /// The cut as typed; `all` before the first.
    pub cut: String,
    /// Entries that pass.
    pub entries: u64,
    /// Sum of their weights.
    pub sumw: f64,
    /// Sum of their squared weights.
    pub sumw2: f64,
    /// Entries for which the cut had no value; they do not pass.
    pub nulls: u64,
}

/// The table of one region and process. Weighted sums are shown where weights are not 1, nulls where there are any.
pub fn cutflow(steps: &[CutStep]) -> Table {
    let weighted = steps.iter().any(|step| step.sumw != step.entries as f64 || step.sumw2 != step.sumw);
    let nulls = steps.iter().any(|step| step.nulls > 0);
    let mut columns = vec!["cut", "entries"];
    if weighted {
        columns.push("weighted");
    }
    if nulls {
        columns.push("no value");
    }
    columns.extend(["of the cut before", "of all"]);
    let mut table = Table::new(&columns);
    let content = |step: &CutStep| if weighted { step.sumw } else { step.entries as f64 };
    let share = |part: f64, whole: f64| if whole > 0.0 { Cell::Share(part / whole) } else { Cell::Empty };
    for (i, step) in steps.iter().enumerate() {
        let mut row = vec![Cell::from(step.cut.as_str()), Cell::Count(step.entries)];
        if weighted {
            row.push(Cell::Measured(step.sumw, step.sumw2.max(0.0).sqrt()));
        }
        if nulls {
            row.push(Cell::Count(step.nulls));
        }
        row.push(if i == 0 { Cell::Empty } else { share(content(step), content(&steps[i - 1])) });
        row.push(share(content(step), content(&steps[0])));
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_cut_before_and_of_all() {
        let step =
            |cut: &str, entries: u64| CutStep { cut: cut.into(), entries, sumw: entries as f64, sumw2: entries as f64, nulls: 0 };
        let table = cutflow(&[step("all", 2304), step("Q1 * Q2 < 0", 2004), step("none", 0), step("more", 0)]);
        assert_eq!(table.columns, ["cut", "entries", "of the cut before", "of all"]);
        assert_eq!(table.rows[1][2].text(), "86.98 %");
        assert_eq!(table.rows[3][2], Cell::Empty);
    }

    #[test]
    fn weights_and_missing_values_have_columns_when_there_are_any() {
        let steps = [CutStep { cut: "all".into(), entries: 9, sumw: 4.5, sumw2: 2.25, nulls: 1 }];
        let table = cutflow(&steps);
        assert_eq!(table.columns, ["cut", "entries", "weighted", "no value", "of the cut before", "of all"]);
        assert_eq!(table.rows[0][2].text(), "4.5 ± 1.5");
    }
}
