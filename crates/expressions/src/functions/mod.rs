//! The table of functions. A function is a file with its check and kernel, and one line here.

mod angles;
mod collections;
mod elementary;
mod four_vectors;
mod numbers;
pub(crate) mod reductions;
mod special_forms;

use crate::Problem;
use crate::check::{Checker, Value};
use crate::syntax::{SyntaxId, Word};
use std::ops::Range;

/// A call as written: `name(args, keyword=…)`, or `of.name(…)`.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) id: SyntaxId,
    pub(crate) name: &'a Word,
    pub(crate) of: Option<SyntaxId>,
    pub(crate) args: &'a [SyntaxId],
    pub(crate) keywords: &'a [(Word, SyntaxId)],
    pub(crate) place: Range<usize>,
}

/// A function of the language.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// how it is called
    pub(crate) usage: &'static str,
    /// what it gives, one sentence
    pub(crate) doc: &'static str,
    pub(crate) check: fn(&mut Checker<'_>, &Call<'_>) -> Value,
}

/// Functions that are no reduction and no elementary function; those have tables of their own in their files.
static FUNCTIONS: [&Function; 29] = [
    &numbers::ABS,
    &numbers::SIGN,
    &numbers::FLOOR,
    &numbers::CEIL,
    &numbers::ROUND,
    &numbers::ISNAN,
    &numbers::ISFINITE,
    &numbers::BIT,
    &numbers::CLAMP,
    &numbers::HYPOT,
    &numbers::ATAN2,
    &numbers::SQRT,
    &angles::DPHI,
    &angles::DETA,
    &angles::DR,
    &angles::MT,
    &four_vectors::P4,
    &collections::PAIRS,
    &collections::TRIPLES,
    &collections::COMBINATIONS,
    &collections::CROSS,
    &collections::UNION,
    &collections::SORT,
    &collections::BEST,
    &collections::NEAREST,
    &special_forms::COUNT,
    &special_forms::FIRST,
    &special_forms::LAST,
    &special_forms::NOMINAL,
];

/// `column("a name with signs")` is a function only by its looks.
static COLUMN: &Function = &special_forms::COLUMN;

/// Parts of the language that are named but not evaluated yet.
const LATER: [&str; 7] = ["match", "boost", "optional", "normal", "uniform", "soft", "btag_weight"];

/// Names of other languages, and what is written here.
const FOREIGN: [(&str, &str); 20] = [
    ("fabs", "abs"),
    ("num", "count"),
    ("Sum", "sum"),
    ("Max", "max"),
    ("Min", "min"),
    ("len", "count"),
    ("size", "count"),
    ("power", "**"),
    ("pow", "**"),
    ("DeltaR", "dr"),
    ("delta_r", "dr"),
    ("deltaR", "dr"),
    ("delta_phi", "dphi"),
    ("ArgMax", "argmax"),
    ("arctan2", "atan2"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
    ("Any", "any"),
    ("All", "all"),
];

/// Functions that can stand behind a collection: `C.sum(x)`.
const METHODS: [&str; 3] = ["sort", "best", "count"];

fn names() -> impl Iterator<Item = &'static str> {
    let functions = FUNCTIONS.iter().map(|function| function.name).chain([COLUMN.name]);
    functions.chain(elementary::TABLE.iter().map(|one| one.name)).chain(reductions::TABLE.iter().map(|one| one.name))
}

fn method_names() -> impl Iterator<Item = &'static str> {
    METHODS.into_iter().chain(["first", "last"]).chain(reductions::TABLE.iter().map(|one| one.name))
}

pub(crate) fn is_function(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Name, usage and one sentence of every function, for documentation and completion.
///
/// ```
/// let functions = germane_expressions::functions();
/// assert!(functions.iter().any(|(name, usage, _)| *name == "best" && usage.contains("min=")));
/// ```
pub fn functions() -> Vec<(&'static str, String, &'static str)> {
    let mut all: Vec<_> =
        FUNCTIONS.iter().copied().chain([COLUMN]).map(|known| (known.name, known.usage.to_owned(), known.doc)).collect();
    all.extend(elementary::TABLE.iter().map(|known| (known.name, format!("{}(x)", known.name), known.doc)));
    all.extend(reductions::TABLE.iter().map(|known| {
        let usage = format!("{0}(list) or C.{0}(x)", known.name);
        (known.name, usage, known.doc)
    }));
    all.sort_by_key(|known| known.0);
    all
}

/// Checks a call.
pub(crate) fn call(checker: &mut Checker<'_>, call: &Call<'_>) -> Value {
    let name = call.name.text.as_str();
    if checker.graph.numpy
        && call.of.is_none()
        && let Some(value) = numpy(checker, call)
    {
        return value;
    }
    if let Some(of) = call.of
        && !method_names().any(|known| known == name)
    {
        checker.check(of);
        let place = call.name.place();
        if name == "take" {
            return checker.bad(Problem::new("call", call.place.clone(), "use `[…]`"));
        }
        if LATER.contains(&name) {
            return checker.bad(Problem::unsupported(place, name));
        }
        let problem = Problem::new("function", place, format!("no method `{name}`"));
        return checker.bad(problem.nearest(name, method_names()));
    }
    if let Some(function) = FUNCTIONS.iter().copied().chain([COLUMN]).find(|known| known.name == name) {
        return (function.check)(checker, call);
    }
    if let Some(reduction) = reductions::TABLE.iter().find(|known| known.name == name) {
        return reductions::check(checker, reduction, call);
    }
    if let Some(function) = elementary::TABLE.iter().find(|known| known.name == name) {
        return elementary::check(checker, function, call);
    }
    for id in call.args.iter().chain(call.keywords.iter().map(|(_, id)| id)) {
        if checker.check(*id).is_bad() {
            return Value::bad();
        }
    }
    let place = call.name.place();
    if LATER.contains(&name) {
        return checker.bad(Problem::unsupported(place, name));
    }
    let problem = Problem::new("function", place, format!("no function `{name}`"));
    let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, ours)| *ours);
    let problem = match foreign {
        Some(ours) => problem.instead(ours),
        None if name == "where" => problem.instead("a if c else b"),
        None => problem.nearest(name, names()),
    };
    checker.bad(problem)
}

/// A call in NumPy's spelling, where the graph allows it: `where(condition, a, b)`, `arctan2(y, x)`.
fn numpy(checker: &mut Checker<'_>, call: &Call<'_>) -> Option<Value> {
    let name = call.name.text.as_str();
    if let ("where", [condition, a, b], []) = (name, call.args, call.keywords) {
        return Some(checker.choose(*condition, *a, *b, call.place.clone()));
    }
    let (_, ours) = FOREIGN.iter().find(|(foreign, ours)| *foreign == name && *ours != "**")?;
    let renamed = Word { text: (*ours).to_owned(), ..call.name.clone() };
    Some(self::call(checker, &Call { name: &renamed, ..call.clone() }))
}

impl Checker<'_> {
    /// Values of the arguments; none if one of them has a mistake.
    pub(crate) fn arguments(&mut self, call: &Call<'_>) -> Option<Vec<Value>> {
        let values: Vec<Value> = call.args.iter().map(|id| self.check(*id)).collect();
        let keywords: Vec<Value> = call.keywords.iter().map(|(_, id)| self.check(*id)).collect();
        if values.iter().chain(&keywords).any(Value::is_bad) {
            return None;
        }
        if let Some((word, _)) = call.keywords.first() {
            let message = format!("`{}` has no argument `{}`", call.name.text, word.text);
            self.problems.push(Problem::new("call", word.place(), message));
            return None;
        }
        Some(values)
    }

    /// Complains unless there are `count` arguments.
    pub(crate) fn has_arguments(&mut self, call: &Call<'_>, values: &[Value], count: usize) -> bool {
        if values.len() != count {
            let plural = if count == 1 { "" } else { "s" };
            let message = format!("`{}` takes {count} argument{plural}, not {}", call.name.text, values.len());
            self.problems.push(Problem::new("call", call.place.clone(), message));
        }
        values.len() == count
    }
}

/// Kernel of an elementary function.
pub(crate) fn elementary_kernel(name: &str) -> fn(f64) -> f64 {
    elementary::kernel(name)
}
