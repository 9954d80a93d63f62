//! A fit as a table for a terminal.

use crate::fit::{Bound, Fit};
use crate::functions::{Chosen, Combination};
use crate::minuit::Report;

/// Parameters with values, errors, pulls and bounds; the certificate; correlations above one half.
pub fn table(fit: &Fit) -> String {
    let mut rows = vec![["parameter", "value", "error", "minos", "pull", ""].map(str::to_owned)];
    for parameter in &fit.parameters {
        let unit = parameter.unit.as_ref().map_or(String::new(), |unit| format!(" [{unit}]"));
        // Two digits of the error, and the value to the same place.
        let number = |value: f64| match parameter.error {
            Some(error) if error > 0.0 && error.is_finite() => to_place(value, 1 - decade(error)),
            _ => short(value, 6),
        };
        let minos = parameter.minos.map_or(String::new(), |ends| {
            let end =
                |value: Option<f64>, sign: char| value.map_or("beyond".to_owned(), |v| format!("{sign}{}", number(v.abs())));
            format!("{} {}", end(ends[0], '−'), end(ends[1], '+'))
        });
        let note = match (parameter.fixed, parameter.at_bound) {
            (true, _) => "fixed",
            (false, Some(Bound::Lower)) => "at lower bound",
            (false, Some(Bound::Upper)) => "at upper bound",
            (false, None) => "",
        };
        rows.push([
            format!("{}{unit}", parameter.name),
            number(parameter.value),
            parameter.error.map_or(String::new(), number),
            minos,
            parameter.pull.map_or(String::new(), |pull| format!("{:+.2}", if pull.abs() < 0.005 { 0.0 } else { pull })),
            note.to_owned(),
        ]);
    }
    let mut text = aligned(&rows);
    text.push_str(&format!("\n{}", fit.state.word().replace('_', " ")));
    if !fit.reason.is_empty() {
        text.push_str(&format!(": {}", fit.reason));
    }
    let certificate = &fit.certificate;
    text.push_str(&format!("\n-ln L = {}", short(fit.nll, 10)));
    if let Some(entries) = fit.entries {
        text.push_str(&format!(", {} entries", if entries.fract() == 0.0 { format!("{entries}") } else { short(entries, 6) }));
    }
    text.push_str(&format!(
        "\nedm {:.1e}, gradient {:.1e}, condition {:.3}, {} iterations\n",
        fit.edm, certificate.gradient, certificate.condition, certificate.iterations
    ));
    if let Some(chosen) = &fit.chosen {
        text.push_str(&functions(chosen));
    }
    if let Some(minuit) = &fit.minuit {
        text.push_str(&flags(minuit));
    }
    if let Some(goodness) = &fit.goodness {
        let p = goodness.p.map_or(String::new(), |p| format!(", p = {}", short(p, 3)));
        text.push_str(&format!(
            "goodness (saturated): {} for {} degrees of freedom{p}\n",
            short(goodness.statistic, 4),
            goodness.ndof
        ));
    }
    text.push_str(&correlations(fit));
    text
}

/// What was chosen between functions, and how far the others lie above; of very many the lowest.
fn functions(chosen: &Chosen) -> String {
    let names = chosen.choices.iter().zip(&chosen.functions).map(|(choice, function)| format!("{choice} = {function}"));
    let mut text = format!("\n{}\n", names.collect::<Vec<_>>().join(", "));
    let mut all: Vec<&Combination> = chosen.combinations.iter().collect();
    all.sort_by(|a, b| a.nll.total_cmp(&b.nll));
    let mut rows = vec![["functions", "ΔNLL", "-ln L", "correction", "", ""].map(str::to_owned)];
    for one in all.iter().take(LISTED) {
        let note = if one.minimum { "" } else { "no minimum" };
        let numbers = [to_place(one.rise, 4), short(one.nll, 10), to_place(one.correction, 1)];
        let [rise, nll, correction] = numbers;
        rows.push([one.functions.join(", "), rise, nll, correction, String::new(), note.to_owned()]);
    }
    text.push_str(&aligned(&rows));
    if all.len() > LISTED {
        text.push_str(&format!("and {} combinations more\n", all.len() - LISTED));
    }
    text
}

/// Combinations of functions that are listed.
const LISTED: usize = 12;

/// The flags of Minuit that are set, and the calls.
fn flags(report: &Report) -> String {
    let all = [
        ("valid", report.is_valid),
        ("accurate covariance", report.has_accurate_covar),
        ("covariance made positive definite", report.has_made_posdef_covar),
        ("HESSE failed", report.hesse_failed),
        ("edm above its limit", report.is_above_max_edm),
        ("call limit reached", report.has_reached_call_limit),
        ("parameters at a limit", report.has_parameters_at_limit),
    ];
    let set: Vec<&str> = all.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    format!("Minuit, strategy {}: {}; {} calls, edm goal {:.1e}\n", report.strategy, set.join(", "), report.nfcn, report.edm_goal)
}

/// Lines for the correlations above one half, largest first, twelve at most.
fn correlations(fit: &Fit) -> String {
    let names = &fit.covariance.names;
    let mut large = Vec::new();
    for (i, one) in names.iter().enumerate() {
        for other in &names[..i] {
            if let Some(value) = fit.correlation(other, one).filter(|value| value.abs() > 0.5) {
                large.push((value, other, one));
            }
        }
    }
    large.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut text = String::new();
    for (value, one, other) in large.iter().take(12) {
        text.push_str(&format!("correlation {one}, {other}: {value:+.2}\n"));
    }
    if large.len() > 12 {
        text.push_str(&format!("and {} more correlations above one half\n", large.len() - 12));
    }
    text
}

/// Columns padded to their widest entry: the first to the right, numbers to the left.
fn aligned(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate().filter(|(column, _)| widths[*column] > 0) {
            let space = " ".repeat(widths[column] - cell.chars().count());
            let gap = if line.is_empty() { "" } else { "  " };
            if column == 0 || column == 5 {
                line.push_str(&format!("{gap}{cell}{space}"));
            } else {
                line.push_str(&format!("{gap}{space}{cell}"));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Power of ten of the first digit.
fn decade(value: f64) -> i32 {
    germane_numerics::maths::log10(value.abs()).floor() as i32
}

/// A number with so many digits behind the point; beyond what can be read so, with an exponent.
fn to_place(value: f64, places: i32) -> String {
    if !(-5..=8).contains(&places) || value.abs() >= 1e15 {
        return short(value, 4);
    }
    let text = format!("{value:.*}", places.max(0) as usize);
    // A rounded zero has no sign.
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// A number with so many significant digits, with an exponent only far from 1.
fn short(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decade = decade(value);
    if (-4..7).contains(&decade) {
        let places = (digits as i32 - 1 - decade).clamp(0, 17) as usize;
        return format!("{value:.places$}");
    }
    format!("{value:.*e}", digits.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_their_errors_end() {
        assert_eq!(to_place(91.18763, 3), "91.188");
        assert_eq!(to_place(-0.0004, 2), "0.00");
        assert_eq!(to_place(1834.2, -1), "1834");
        assert_eq!(to_place(1.5e-12, 14), "1.500e-12");
        assert_eq!(short(5995.161187531724, 10), "5995.161188");
    }
}
