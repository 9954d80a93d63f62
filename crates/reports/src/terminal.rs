//! A histogram as text: one line a bin, bars of block characters in eighths.

use crate::recipes::significant;

/// Draws a histogram for a terminal of `width` characters, with at most `rows` lines of bins; neighbours are added up
/// where there are more bins. `flow` is what lies below and above the axis.
pub fn histogram(edges: &[f64], values: &[f64], flow: Option<(f64, f64)>, width: usize, rows: usize) -> String {
    let bins = values.len().min(edges.len().saturating_sub(1));
    if bins == 0 {
        return "(no bins)\n".to_owned();
    }
    let group = bins.div_ceil(rows.max(1));
    let mut lines: Vec<(String, f64)> = Vec::new();
    if let Some((below, _)) = flow.filter(|(below, _)| *below != 0.0) {
        lines.push(("below".to_owned(), below));
    }
    for first in (0..bins).step_by(group) {
        let end = (first + group).min(bins);
        let label = format!("[{}, {})", significant(edges[first], 6), significant(edges[end], 6));
        lines.push((label, values[first..end].iter().sum()));
    }
    if let Some((_, above)) = flow.filter(|(_, above)| *above != 0.0) {
        lines.push(("above".to_owned(), above));
    }
    drawn(&lines, width)
}

/// Draws named values, as of a category axis.
pub fn categories(names: &[String], values: &[f64], width: usize) -> String {
    let lines: Vec<(String, f64)> = names.iter().cloned().zip(values.iter().copied()).collect();
    drawn(&lines, width)
}

fn drawn(lines: &[(String, f64)], width: usize) -> String {
    let numbers: Vec<String> = lines.iter().map(|(_, value)| significant(*value, 5)).collect();
    let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let names = longest(&mut lines.iter().map(|(name, _)| name.chars().count())).min(width / 2);
    let digits = longest(&mut numbers.iter().map(|text| text.chars().count()));
    let room = width.saturating_sub(names + digits + 3).max(4);
    let largest = lines.iter().map(|(_, value)| *value).filter(|v| v.is_finite()).fold(0.0f64, f64::max);
    let lowest = lines.iter().map(|(_, value)| *value).filter(|v| v.is_finite()).fold(0.0f64, f64::min);
    let mut out = String::new();
    for ((name, value), number) in lines.iter().zip(&numbers) {
        let name: String = if name.chars().count() > names {
            name.chars().take(names.saturating_sub(1)).chain(['…']).collect()
        } else {
            name.clone()
        };
        let pad = " ".repeat(names - name.chars().count());
        let room_before = " ".repeat(digits - number.chars().count());
        let line = format!("{name}{pad} {room_before}{number} │{}", bar(*value, lowest, largest, room));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A bar from zero; negative values are marked by a lighter shade.
fn bar(value: f64, lowest: f64, largest: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let scale = largest.max(-lowest);
    if !(value.is_finite() && scale > 0.0) || value == 0.0 {
        return String::new();
    }
    // A filled bin is never invisible.
    let eighths = ((value.abs() / scale * room as f64 * 8.0).round() as usize).max(1);
    if value < 0.0 {
        return "░".repeat(eighths.div_ceil(8));
    }
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_small_bins_are_seen() {
        let text = histogram(&[0.0, 1.0, 2.0, 3.0], &[8.0, 4.0, 0.001], None, 30, 40);
        let expected = "\
[0, 1)     8 │████████████████
[1, 2)     4 │████████
[2, 3) 0.001 │▏
";
        // 30 characters less 6 for names, 5 for numbers and 3 between them are 16.
        assert_eq!(text, expected);
    }

    #[test]
    fn many_bins_are_added_up_and_flow_is_shown() {
        let edges: Vec<f64> = (0..=100).map(f64::from).collect();
        let text = histogram(&edges, &[1.0; 100], Some((0.0, 7.0)), 60, 20);
        assert_eq!(text.lines().count(), 21);
        assert!(text.starts_with("[0, 5)"));
        assert!(text.lines().last().unwrap().starts_with("above"));
    }

    #[test]
    fn odd_inputs_are_drawn_without_panic() {
        for values in [vec![f64::NAN, f64::INFINITY], vec![-1.0, 2.0], vec![0.0, 0.0]] {
            histogram(&[0.0, 1.0, 2.0], &values, None, 10, 1);
        }
        assert_eq!(histogram(&[], &[], None, 80, 10), "(no bins)\n");
        categories(&["a very long name of a category".to_owned()], &[1.0], 12);
    }
}
