//! Labels of axes from what a quantity is and how wide its bins are.

use germane_numerics::maths::{log10, powi};

/// What stands on the horizontal axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    /// Name; mathematics between dollar signs.
    pub label: String,
    /// Its unit.
    pub unit: Option<String>,
}

impl Quantity {
    /// A named quantity.
    pub fn new(label: &str, unit: Option<&str>) -> Self {
        Self { label: label.to_owned(), unit: unit.filter(|unit| !unit.is_empty()).map(str::to_owned) }
    }

    pub(super) fn axis(&self, edges: &[f64]) -> crate::figure::Axis {
        let (low, high) = (edges.first().copied(), edges.last().copied());
        crate::figure::Axis { label: self.label.clone(), unit: self.unit.clone(), low, high, ..Default::default() }
    }
}

/// The common width of bins, if they have one (to 1e-6 of it: edges are rounded).
pub(super) fn common_width(edges: &[f64]) -> Option<f64> {
    let count = edges.len().checked_sub(1).filter(|&n| n > 0)?;
    let width = (edges[count] - edges[0]) / count as f64;
    let even = edges.windows(2).all(|pair| (pair[1] - pair[0] - width).abs() <= 1e-6 * width);
    (even && width > 0.0 && width.is_finite()).then_some(width)
}

/// What is counted in a bin: `Events / 2 GeV`; bins of several widths are shown per unit: `Events / GeV`.
pub fn events_label(edges: &[f64], unit: Option<&str>) -> String {
    per_width("Events", edges, unit)
}

pub(super) fn per_width(what: &str, edges: &[f64], unit: Option<&str>) -> String {
    let width = common_width(edges).unwrap_or(1.0);
    let shown = short(width);
    match (shown.as_str(), unit) {
        ("1", Some(unit)) => format!("{what} / {unit}"),
        (_, Some(unit)) => format!("{what} / {shown} {unit}"),
        ("1", None) if common_width(edges).is_some() => what.to_owned(),
        ("1", None) => format!("{what} / unit"),
        (_, None) => format!("{what} / {shown}"),
    }
}

/// Four significant digits without needless zeros.
pub(crate) fn short(value: f64) -> String {
    significant(value, 4)
}

/// `digits` significant digits without needless zeros; very large and small numbers as m × 10^n.
pub(crate) fn significant(value: f64, digits: i32) -> String {
    written(value, digits, |power| format!(" × 10{}", superscript(power)))
}

/// The same with the power of ten as a formula, which the embedded fonts have.
pub(crate) fn significant_formula(value: f64, digits: i32) -> String {
    written(value, digits, |power| format!("$\\times 10^{{{power}}}$"))
}

fn written(value: f64, digits: i32, ten_to: impl Fn(i32) -> String) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let mut power = log10(value.abs()).floor() as i32;
    // 9.9996 of four digits is 10.
    if (value.abs() / power_of_ten(power) * power_of_ten(digits - 1)).round() >= power_of_ten(digits) {
        power += 1;
    }
    let trimmed = |text: String| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    let text = if (-4..=6).contains(&power) {
        let decimals = (digits - 1 - power).max(0) as usize;
        trimmed(format!("{value:.decimals$}"))
    } else {
        let mantissa = trimmed(format!("{:.*}", (digits - 1) as usize, value / power_of_ten(power)));
        return mantissa.replace('-', "−") + &ten_to(power);
    };
    text.replace('-', "−")
}

fn power_of_ten(power: i32) -> f64 {
    if power >= 0 { powi(10.0, power) } else { 1.0 / powi(10.0, -power) }
}

fn superscript(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let sign = if power < 0 { "⁻" } else { "" };
    let digits: String = power.unsigned_abs().to_string().bytes().map(|b| DIGITS[usize::from(b - b'0')]).collect();
    format!("{sign}{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_says_the_width() {
        assert_eq!(events_label(&[60.0, 62.0, 64.0], Some("GeV")), "Events / 2 GeV");
        assert_eq!(events_label(&[0.0, 1.0, 2.0], Some("GeV")), "Events / GeV");
        assert_eq!(events_label(&[0.0, 0.25], None), "Events / 0.25");
        assert_eq!(events_label(&[0.0, 1.0, 2.0], None), "Events");
        assert_eq!(events_label(&[0.0, 1.0, 5.0], Some("GeV")), "Events / GeV");
        assert_eq!(events_label(&[0.0, 0.1, 0.2, 0.3], Some("mm")), "Events / 0.1 mm");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(significant(2.4952, 3), "2.5");
        assert_eq!(significant(-0.001234, 2), "−0.0012");
        assert_eq!(significant(9.9999e-7, 3), "1 × 10⁻⁶");
        assert_eq!(significant_formula(-9.9999e-7, 3), "−1$\\times 10^{-6}$");
        assert_eq!(significant(123456.0, 2), "123456");
        assert_eq!(significant(f64::NAN, 2), "nan");
    }
}
