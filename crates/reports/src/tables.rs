//! Tables as text for a terminal, HTML, and LaTeX.

use crate::recipes::significant;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words, to the left.
    Text(String),
    /// A whole number, to the right, in groups of three digits.
    Count(u64),
    /// A number, to the right, with up to six significant digits.
    Number(f64),
    /// A number, to the right, with so many significant digits.
    Rounded(f64, i32),
    /// A number with its error: both end at the same digit, the error has two digits.
    Measured(f64, f64),
    /// A part of a whole, in percent with two decimals.
    Share(f64),
}

impl Cell {
    /// As it is shown.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => grouped(*count),
            Self::Number(value) => significant(*value, 6),
            Self::Rounded(value, digits) => significant(*value, *digits),
            Self::Measured(value, error) => measured(*value, *error),
            Self::Share(share) => format!("{:.2} %", 100.0 * share),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Number(_) | Self::Rounded(..) | Self::Measured(..) | Self::Share(_))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; short ones are filled with nothing.
    pub rows: Vec<Vec<Cell>>,
}

/// 1234567 as `1 234 567`, with narrow unbreakable spaces from five digits on.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// `90.912 ± 0.063`: the error with two digits, the value to the same place.
pub fn measured(value: f64, error: f64) -> String {
    if !(error > 0.0 && error.is_finite() && value.is_finite()) {
        return if error.is_nan() {
            significant(value, 6)
        } else {
            format!("{} ± {}", significant(value, 6), significant(error, 2))
        };
    }
    // Written with two significant digits: 9.96e-2 rounds to 1.0e-1, so the digits are taken after rounding.
    let written = format!("{error:.1e}");
    let power: i32 = written.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    if (-7..=7).contains(&power) && value.abs() < 1e9 {
        let digits = (1 - power).max(0) as usize;
        return format!("{value:.digits$} ± {error:.digits$}").replace('-', "−");
    }
    format!("{} ± {}", significant(value, 6), significant(error, 2))
}

impl Table {
    /// A table with named columns.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|&c| c.to_owned()).collect(), rows: Vec::new() }
    }

    /// Appends a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Whether a column holds numbers only.
    fn numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).filter(|cell| **cell != Cell::Empty).peekable();
        cells.peek().is_some() && cells.all(Cell::is_number)
    }

    /// Text for a terminal of `width` characters: the widest text columns are cut first, numbers stay whole.
    pub fn text(&self, width: usize) -> String {
        let count = self.columns.len();
        let shown: Vec<Vec<String>> = self.rows.iter().map(|row| (0..count).map(|c| cell(row, c).text()).collect()).collect();
        let mut widths: Vec<usize> = (0..count)
            .map(|c| shown.iter().map(|row| length(&row[c])).chain([length(&self.columns[c])]).max().unwrap_or(0))
            .collect();
        let gaps = 2 * count.saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            let candidates = (0..count).filter(|&c| !self.numeric(c) && widths[c] > 8);
            let Some(widest) = candidates.max_by_key(|&c| (widths[c], count - c)) else { break };
            widths[widest] -= 1;
        }
        let mut out = String::new();
        let line = |out: &mut String, cells: &[String]| {
            let mut text = String::new();
            for (c, cell) in cells.iter().enumerate() {
                let cell = cut(cell, widths[c]);
                let room = " ".repeat(widths[c] - length(&cell));
                if c > 0 {
                    text.push_str("  ");
                }
                if self.numeric(c) { text.push_str(&(room + &cell)) } else { text.push_str(&(cell + &room)) }
            }
            out.push_str(text.trim_end());
            out.push('\n');
        };
        line(&mut out, &self.columns);
        let rules: Vec<String> = widths.iter().map(|&w| "─".repeat(w)).collect();
        line(&mut out, &rules);
        for row in &shown {
            line(&mut out, row);
        }
        out
    }

    /// A `<table>` element.
    pub fn html(&self) -> String {
        use crate::svg::escaped;
        let mut out = String::from("<div class=\"scroll\"><table>\n<thead><tr>");
        let class = |c: usize| if self.numeric(c) { " class=\"number\"" } else { "" };
        for (c, name) in self.columns.iter().enumerate() {
            out.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(c), escaped(name)));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for c in 0..self.columns.len() {
                out.push_str(&format!("<td{}>{}</td>", class(c), escaped(&cell(row, c).text())));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table></div>\n");
        out
    }

    /// A `tabular` for LaTeX with the rules of booktabs.
    pub fn latex(&self) -> String {
        let columns: String = (0..self.columns.len()).map(|c| if self.numeric(c) { 'r' } else { 'l' }).collect();
        let line = |cells: Vec<String>| cells.iter().map(|cell| tex(cell)).collect::<Vec<_>>().join(" & ") + r" \\" + "\n";
        let mut out = format!("\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n", line(self.columns.clone()));
        for row in &self.rows {
            out.push_str(&line((0..self.columns.len()).map(|c| cell(row, c).text()).collect()));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n");
        out
    }
}

/// The cell of a column; short rows end in nothing.
fn cell(row: &[Cell], column: usize) -> &Cell {
    row.get(column).unwrap_or(&Cell::Empty)
}

/// Width of a text on a terminal: its characters (no wide ones are expected in names and numbers).
fn length(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn tex(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '\\' => out.push_str(r"\textbackslash{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '±' => out.push_str(r"$\pm$"),
            '×' => out.push_str(r"$\times$"),
            '−' => out.push_str("$-$"),
            '\u{202f}' => out.push_str(r"\,"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["parameter", "value", "note"]);
        table.row(vec!["m_z".into(), Cell::Measured(90.91234, 0.0631), "within its range".into()]);
        table.row(vec!["n".into(), Cell::Measured(1800.4, 44.2)]);
        table
    }

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let expected = "\
parameter           value  note
─────────  ──────────────  ────────────────
m_z        90.912 ± 0.063  within its range
n               1800 ± 44
";
        assert_eq!(table().text(80), expected);
    }

    #[test]
    fn a_narrow_terminal_cuts_words_and_never_numbers() {
        let text = table().text(36);
        assert!(text.lines().all(|line| line.chars().count() <= 36), "{text}");
        assert!(text.contains("90.912 ± 0.063"));
        assert!(text.contains('…'));
    }

    #[test]
    fn errors_have_two_digits() {
        assert_eq!(measured(1.0, 0.0996), "1.00 ± 0.10");
        assert_eq!(measured(-0.0213, 0.00145), "−0.0213 ± 0.0014");
        assert_eq!(measured(123456.0, 1234.0), "123456 ± 1234");
        assert_eq!(measured(1.5, f64::NAN), "1.5");
        assert_eq!(measured(2.0, 0.0), "2 ± 0");
        assert_eq!(grouped(1234567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn html_and_latex_escape_what_they_must() {
        let mut table = Table::new(&["a<b", "x_1"]);
        table.row(vec!["50 %".into(), 2.5.into()]);
        assert!(table.html().contains("<th scope=\"col\">a&lt;b</th>"));
        assert!(table.latex().contains("50 \\% & 2.5 \\\\"));
        assert!(table.latex().contains("\\begin{tabular}{lr}"));
    }
}
