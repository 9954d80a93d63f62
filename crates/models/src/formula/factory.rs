//! Declarations in the language of RooFit's factory: `NAME[START,LOW,HIGH]`, `NAME[VALUE]`, `expr::NAME("FORMULA",ARGUMENT,…)`,
//! `prod::NAME(…)`, `sum::NAME(…)`.

use super::Formula;

/// What a text declares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Declaration {
    /// A parameter in a range.
    Variable { name: String, start: f64, lower: f64, upper: f64 },
    /// A number with a name.
    Constant { name: String, value: f64 },
    /// Something that was declared before.
    Known(String),
    /// A formula of its arguments.
    Function { name: String, formula: Formula, arguments: Vec<Self> },
}

/// Functions of functions are read so deep.
const DEEPEST: usize = 20;

impl Declaration {
    /// Reads a declaration.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        read(text.trim(), DEEPEST)
    }
}

fn read(text: &str, deepest: usize) -> Result<Declaration, String> {
    if let Some((kind, rest)) = text.split_once("::") {
        return function(kind, rest, deepest);
    }
    let wrong = || format!("`{text}` is no NAME[START,LOW,HIGH]");
    let (name, values) = match text.split_once('[') {
        None => (text, None),
        Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(']').ok_or_else(wrong)?)),
    };
    if name.is_empty() || name.contains(|sign: char| sign.is_whitespace() || "[](){},\"'".contains(sign)) {
        return Err(wrong());
    }
    let name = name.to_owned();
    let Some(values) = values else { return Ok(Declaration::Known(name)) };
    let values = values.split(',').map(|value| value.trim().parse::<f64>().ok().filter(|value| value.is_finite()));
    match values.collect::<Option<Vec<f64>>>().as_deref() {
        Some(&[value]) => Ok(Declaration::Constant { name, value }),
        Some(&[start, lower, upper]) if lower < upper && (lower..=upper).contains(&start) => {
            Ok(Declaration::Variable { name, start, lower, upper })
        }
        _ => Err(wrong()),
    }
}

fn function(kind: &str, rest: &str, deepest: usize) -> Result<Declaration, String> {
    let form = "a function is expr::NAME(\"FORMULA\",ARGUMENT,…)";
    let (name, inside) = rest.split_once('(').ok_or(form)?;
    let inside = inside.trim_end().strip_suffix(')').ok_or(form)?.trim();
    let deeper = deepest.checked_sub(1).ok_or("functions of functions are too deep")?;
    let (formula, list) = match kind {
        "expr" => {
            let quote = inside.chars().next().filter(|sign| matches!(sign, '"' | '\'')).ok_or("the formula is not quoted")?;
            let (formula, list) = inside[1..].split_once(quote).ok_or("the quotation does not end")?;
            (Some(formula), list.trim_start().trim_start_matches(','))
        }
        "prod" | "sum" => (None, inside),
        _ => return Err(format!("`{kind}::` is none of expr, prod, sum")),
    };
    let arguments = separated(list).map(|text| read(text, deeper)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = arguments.iter().map(Declaration::name).collect();
    let sign = if kind == "prod" { "*" } else { "+" };
    let written =
        formula.map_or_else(|| (0..names.len()).map(|index| format!("@{index}")).collect::<Vec<_>>().join(sign), str::to_owned);
    let formula = Formula::read(&written, &names).map_err(|error| error.diagnostic.to_string())?;
    Ok(Declaration::Function { name: name.trim().to_owned(), formula, arguments })
}

impl Declaration {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Variable { name, .. } | Self::Constant { name, .. } | Self::Known(name) | Self::Function { name, .. } => name,
        }
    }
}

/// The parts of a list; commas inside brackets and quotations separate nothing.
fn separated(list: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quote) = (0_i32, None);
    list.split(move |sign: char| {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            _ => {}
        }
        sign == ',' && depth == 0 && quote.is_none()
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_those_of_the_factory() {
        let variable =
            |name: &str, start: f64, lower: f64, upper: f64| Declaration::Variable { name: name.into(), start, lower, upper };
        assert_eq!(Declaration::read(" kl[1, 0,2]").unwrap(), variable("kl", 1.0, 0.0, 2.0));
        assert_eq!(Declaration::read("SM[1]").unwrap(), Declaration::Constant { name: "SM".into(), value: 1.0 });
        assert_eq!(Declaration::read("kl").unwrap(), Declaration::Known("kl".into()));
        let text = "expr::a('@0*@1+max(@1,2)', kv[1,0,2], prod::b(kv,kl[1,0,2]))";
        let Declaration::Function { name, arguments, .. } = Declaration::read(text).unwrap() else { panic!("{text}") };
        assert_eq!((name.as_str(), arguments.len()), ("a", 2));
        assert_eq!(arguments[0], variable("kv", 1.0, 0.0, 2.0));
        let Declaration::Function { formula, .. } = &arguments[1] else { panic!("{text}") };
        assert_eq!(formula.value(&[3.0, 4.0], &mut crate::formula::Stack::default()), 12.0);
        for wrong in ["", "a[1,2]", "a[3,0,2]", "a b", "x[1", "expr::a(@0,b)", "expr::a('@0',b", "expr::a('@1',b)", "pow::a(b,c)"]
        {
            assert!(Declaration::read(wrong).is_err(), "{wrong}");
        }
        assert!(Declaration::read(&"prod::a(".repeat(100_000)).is_err());
    }
}
