//! Functions that interpolate between values at -1, 0 and +1, as formulas. Codes are RooFit's.

/// A factor that is 1 at 0, `low` and `high` at -1 and +1, of the parameter `x`; nothing for a code that multiplies nothing.
pub(super) fn factor(x: &str, low: &str, high: &str, code: i64) -> Option<String> {
    let outside = format!("({x}>=0 ? ({high})^({x}) : ({low})^(-({x})))");
    match code {
        1 => Some(outside),
        4 | 5 => {
            // Value, slope and curvature at ±1, odd and even part apart: see `crate::interpolation`.
            let sides = |of: &dyn Fn(&str) -> String| {
                let (up, down) = (of(high), of(low));
                (format!("(({up})-({down}))/2"), format!("(({up})+({down}))/2"))
            };
            let [(o0, e0), (o1, e1), (o2, e2)] = [
                sides(&|side| format!("({side})-1")),
                sides(&|side| format!("({side})*log({side})")),
                sides(&|side| format!("({side})*log({side})*log({side})")),
            ];
            let a = [
                format!("(15*({o0})-7*({o1})+({o2}))/8"),
                format!("(24*({e0})-9*({e1})+({e2}))/8"),
                format!("(5*({o1})-5*({o0})-({o2}))/4"),
                format!("(7*({e1})-12*({e0})-({e2}))/4"),
                format!("(3*({o0})-3*({o1})+({o2}))/8"),
                format!("(8*({e0})-5*({e1})+({e2}))/8"),
            ];
            let inside = a.iter().rev().fold(String::from("0"), |rest, a| format!("({x})*({a}+{rest})"));
            Some(format!("(abs({x})<1 ? 1+{inside} : {outside})"))
        }
        _ => None,
    }
}

/// What is added to `nominal` by the parameter `x`; nothing for codes that multiply or are not known.
pub(super) fn change(x: &str, nominal: &str, low: &str, high: &str, code: i64) -> Option<String> {
    let (up, down) = (format!("(({high})-({nominal}))"), format!("(({nominal})-({low}))"));
    let straight = format!("({x}>=0 ? ({x})*{up} : ({x})*{down})");
    match code {
        0 => Some(straight),
        2 | 3 => {
            let (s, d) = (format!("({up}-{down})/2"), format!("({up}+{down})/2"));
            let right = format!("({d}+2*{s})*({x}-1)+{up}");
            let left = format!("({d}-2*{s})*({x}+1)-{down}");
            Some(format!("({x}>1 ? {right} : ({x}<-1 ? {left} : ({x})*({d}+({x})*{s})))"))
        }
        4 => {
            let inside = format!("({x})*(({up}+{down})/2+({x})*({up}-{down})/16*(15+({x})^2*(3*({x})^2-10)))");
            Some(format!("(abs({x})<=1 ? {inside} : {straight})"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Formula, Stack};
    use crate::interpolation::{Factor, FactorCode, TemplateCode, template_weights};

    fn values(text: &str, x: f64) -> [f64; 3] {
        let formula = Formula::read(text, &["x"]).unwrap();
        let mut stack = Stack::default();
        let found = formula.evaluate(&[x], &mut stack);
        [found.value, found.gradient[0], found.second(0, 0)]
    }

    #[test]
    fn formulas_are_the_codes_of_templates_and_factors() {
        for x in [-2.5, -1.0, -0.3, 0.0, 0.4, 0.999, 1.0, 1.7] {
            for (code, known) in [(1, FactorCode::Code1), (4, FactorCode::Code4), (5, FactorCode::Code4)] {
                let ours = values(&factor("x", "0.9", "1.25", code).unwrap(), x);
                let truth = Factor::new(0.9, 1.25, known).at(x);
                // Sides of a kink may differ: the value does not.
                assert!((ours[0] - truth[0]).abs() < 1e-14, "{code} {x}: {ours:?} {truth:?}");
                assert!(x.abs() == 1.0 || x == 0.0 || ours.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-12), "{code} {x}");
            }
            for (code, known) in [(0, TemplateCode::Code0), (2, TemplateCode::Code2), (4, TemplateCode::Code4p)] {
                let ours = values(&change("x", "10", "8.5", "13", code).unwrap(), x);
                let weights = template_weights(known, x);
                let truth = weights.map(|[high, low]| high * 3.0 + low * 1.5);
                assert!((ours[0] - truth[0]).abs() < 1e-13, "{code} {x}: {ours:?} {truth:?}");
            }
        }
    }
}
