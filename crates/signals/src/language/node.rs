//! One node of a chain: which form it has, what makes its outputs.

use super::constant::Constant;
use super::functions::is_function;
use super::names::names;
use super::parameters::parameter_name;
use super::{Expression, Language, Script, Value};
use crate::chain::{Form, Labels, Node, Place, Text};
use crate::graph::Kind;
use germane_expressions::syntax::{Syntax, SyntaxId, Tree, Word};
use germane_texts::{Value as TreeValue, nearest};

/// An argument of a call.
#[derive(Clone, Debug)]
pub(crate) struct Argument<'a> {
    /// `k` of `k = value`
    pub(crate) keyword: Option<(String, Place)>,
    pub(crate) what: What<'a>,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) enum What<'a> {
    Expression(Expression<'a>),
    /// a number, truth or list of the file
    Literal(&'a germane_texts::Node),
    /// something was wrong, and said
    Failed,
}

/// What makes outputs.
#[derive(Clone, Debug)]
pub(crate) enum Making<'a> {
    /// an expression
    Expression(Expression<'a>),
    /// `module.function(arguments)`
    Call { module: String, function: String, place: Place, arguments: Vec<Argument<'a>> },
}

/// A node that is needed, read as far as that is possible without knowing variables.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) form: Form<'a>,
    pub(crate) making: Making<'a>,
    pub(crate) init: Vec<Argument<'a>>,
    /// the names it may depend on, and where they stand
    pub(crate) needs: Vec<(String, Place)>,
}

/// Reads a node and finds the names it needs; what is wrong is reported.
pub(crate) fn dependencies<'a>(language: &mut Language<'a>, position: usize) -> Option<Prepared<'a>> {
    let node = &language.chain.nodes()[position];
    language.node = position;
    let form = node.form(language.chain, &mut language.problems, &mut language.warnings)?;
    let making = language.making(node, &form);
    let init: Vec<Argument<'a>> = form.init.iter().map(|text| language.argument(*text)).collect();
    let making = making?;
    let mut needs = Vec::new();
    let mut collect = |language: &mut Language<'a>, expression: &Expression<'a>| {
        language.names_of(&expression.script, expression.id, &mut needs, 0);
    };
    match &making {
        Making::Expression(expression) => collect(language, expression),
        Making::Call { arguments, .. } => {
            for argument in arguments.iter().chain(&init) {
                if let What::Expression(expression) = &argument.what {
                    collect(language, expression);
                }
            }
        }
    }
    if let Some(text) = form.shaping.grid.filter(|text| text.node.as_text().is_some())
        && let Some(script) = language.script(text, 0)
    {
        let root = script.tree.root;
        language.names_of(&script, root, &mut needs, 0);
    }
    Some(Prepared { form, making, init, needs })
}

impl<'a> Language<'a> {
    /// Names in a part of a script, and in the texts of its parameters.
    fn names_of(&mut self, script: &Script<'a>, id: SyntaxId, out: &mut Vec<(String, Place)>, depth: u32) {
        for (name, place) in names(&script.tree, id) {
            if name != "db" {
                out.push((name, script.place_of(place)));
            }
        }
        if depth > 8 {
            return;
        }
        for parameter in parameters(&script.tree, id) {
            let place = script.place(parameter.1);
            // Unknown parameters are reported when their value is asked for.
            let known = self.options.parameters.is_some_and(|tree| {
                crate::chain::look_up(tree, parameter.0.trim_start_matches("db.")).is_some_and(|node| node.as_text().is_some())
            });
            let default = self.chain.nodes()[self.node].default(&parameter.0).is_some_and(|text| text.node.as_text().is_some());
            if known || default {
                let before = self.problems.len();
                if let Some(found) = self.parameter_script(&parameter.0, place) {
                    let root = found.tree.root;
                    self.names_of(&found, root, out, depth + 1);
                }
                // The same is said again where the value is needed.
                self.problems.truncate(before);
            }
        }
    }

    fn making(&mut self, node: &'a Node, form: &Form<'a>) -> Option<Making<'a>> {
        let script = self.script(form.function, 0)?;
        let root = script.tree.root;
        let place = form.function.place();
        let whole = Expression { script: script.clone(), id: root };
        let shown = node.shown();
        let module = form.module.and_then(|text| Some((text.node.as_text()?.to_owned(), text.place())));
        let tree = script.tree.clone();
        if let Some(name) = dotted(&tree, root).filter(|name| !name.starts_with("db.")) {
            let (before, last) = name.rsplit_once('.').map_or((None, name.as_str()), |(before, last)| (Some(before), last));
            let module = match (before, &module) {
                (Some(_), Some((_, module_place))) => {
                    self.wrong_do("module", "the module is given twice", *module_place, "give it in one place");
                    return None;
                }
                (Some(before), None) => Some(before.to_owned()),
                (None, Some((module, _))) => Some(module.clone()),
                (None, None) => None,
            };
            return match (module, &form.args) {
                (Some(module), Some(args)) => {
                    let arguments = args.iter().map(|text| self.argument(*text)).collect();
                    Some(Making::Call { module, function: last.to_owned(), place, arguments })
                }
                (None, Some(_)) => {
                    self.wrong_do("module", format!("`{shown}` has no `module`"), place, "add `module: dspeed.processors`");
                    None
                }
                (Some(module), None) if is_module(&module) && module != "np" && module != "numpy" => {
                    let advice = format!("add `args: [waveform, …, {shown}]`");
                    self.wrong_do("call", format!("`{last}` of `{shown}` has no `args`"), place, &advice);
                    None
                }
                (Some(_), None) if form.module.is_some() => {
                    self.wrong_do("call", format!("`{shown}` has no `args`"), place, "add `args: […]`");
                    None
                }
                _ => Some(Making::Expression(whole)),
            };
        }
        let call = match tree.get(root) {
            Syntax::Call { name, args, keywords } if form.module.is_some() || !is_function(&name.text) => {
                Some((None, name, args, keywords))
            }
            Syntax::Method { of, name, args, keywords } => {
                let own = |id: &SyntaxId| match tree.get(*id) {
                    Syntax::Name(text) => node.names.iter().any(|name| name.text == *text),
                    Syntax::Call { name: word, .. } => node.names.iter().any(|name| name.text == word.text),
                    _ => false,
                };
                let before = dotted(&tree, *of);
                let is_numpy = matches!(before.as_deref(), Some("np" | "numpy"));
                before.filter(|_| !is_numpy || args.iter().any(own)).map(|before| (Some(before), name, args, keywords))
            }
            _ => None,
        };
        if form.args.is_some() {
            let message = format!("`{shown}` has arguments in its function and in `args`");
            self.wrong_do("call", message, place, "leave `args` out, or write the name of the function only");
            return None;
        }
        let Some((before, name, args, keywords)) = call else {
            if let Some((_, module_place)) = module {
                self.wrong_do("module", "an expression has no module", module_place, "leave `module` out");
                return None;
            }
            return Some(Making::Expression(whole));
        };
        let module = match (before, module) {
            (Some(_), Some((_, module_place))) => {
                self.wrong_do("module", "the module is given twice", module_place, "give it in one place");
                return None;
            }
            (Some(before), None) => before,
            (None, Some((module, _))) => module,
            // What is no function of expressions is said to be none.
            (None, None) => return Some(Making::Expression(whole)),
        };
        let arguments = call_arguments(&script, args, keywords);
        let place = script.place_of(name.place());
        Some(Making::Call { module, function: name.text.clone(), place, arguments })
    }

    /// An argument of a list: a number, a text to be parsed, `k = text`.
    pub(crate) fn argument(&mut self, text: Text<'a>) -> Argument<'a> {
        let place = text.place();
        let TreeValue::Text(written) = &text.node.value else {
            return Argument { keyword: None, what: What::Literal(text.node), place };
        };
        let (keyword, shift) = match keyword(written) {
            Some((name, shift)) => (Some((name.to_owned(), place)), shift),
            None => (None, 0),
        };
        let what = match self.script(text, shift) {
            Some(script) => {
                let id = script.tree.root;
                What::Expression(Expression { script, id })
            }
            None => What::Failed,
        };
        Argument { keyword, what, place }
    }

    /// The value of an argument.
    pub(crate) fn argument_value(&mut self, argument: &Argument<'a>) -> Value {
        match &argument.what {
            What::Expression(expression) => self.value(&expression.script, expression.id),
            What::Literal(node) => self.literal(node, argument.place),
            What::Failed => Value::Failed,
        }
    }

    /// Makes the outputs of a node.
    pub(crate) fn make(&mut self, position: usize, prepared: &Prepared<'a>) {
        let node = &self.chain.nodes()[position];
        self.node = position;
        let mut names: Vec<String> = node.names.iter().map(|name| name.text.clone()).collect();
        for (position, name) in &node.lost {
            names[*position].clone_from(name);
        }
        self.check_prerequisites(&prepared.form);
        self.grid = None;
        if let Some(text) = prepared.form.shaping.grid {
            self.grid = self.coordinate_grid(text);
        }
        let values = match &prepared.making {
            Making::Expression(expression) => {
                let value = self.value(&expression.script, expression.id);
                let place = expression.place();
                if names.len() > 1 {
                    self.wrong(
                        "call",
                        format!("an expression makes one output, `{}` are {}", node.shown(), names.len()),
                        node.place,
                    );
                }
                let value = self.labelled(value, &prepared.form.labels, names.len(), place);
                vec![(names[0].clone(), value)]
            }
            Making::Call { module, function, place, arguments } => {
                self.call(module, function, *place, arguments, prepared, &names)
            }
        };
        self.grid = None;
        for name in node.names.iter().map(|word| word.text.clone()).filter(|name| !name.is_empty()) {
            let value = values.iter().find(|(made, _)| *made == name).map_or(Value::Failed, |(_, value)| value.clone());
            if let Value::Variable(handle) = &value {
                self.name_variable(&name, handle);
            }
            self.values.insert(name, value);
        }
    }

    /// Gives a variable of the graph the name that the chain gives it.
    fn name_variable(&mut self, name: &str, handle: &super::Handle) {
        let is_column = self.builder.inputs.iter().any(|input| input.variable == handle.id);
        if !is_column {
            name.clone_into(&mut self.builder.variables[handle.id.0].name);
        }
        self.describe(handle);
    }

    fn check_prerequisites(&mut self, form: &Form<'a>) {
        for text in &form.prerequisites {
            let Some(name) = text.node.as_text() else { continue };
            if self.chain.maker(name).is_none() && self.table.column(name).is_none() {
                let columns = self.table.columns.iter().map(|column| column.name.as_str());
                let made = self.chain.nodes().iter().flat_map(|node| &node.names).map(|word| word.text.as_str());
                let found = nearest(name, made.chain(columns)).map(str::to_owned);
                let mut problem = self.chain.problem("name", format!("`prereqs`: no variable or column `{name}`"), text.place());
                if let Some(found) = found {
                    problem = problem.nearest(found);
                }
                self.report(problem);
            }
        }
    }

    /// `coord_grid`: a waveform, a unit, `[period, offset]`.
    fn coordinate_grid(&mut self, text: Text<'a>) -> Option<crate::graph::Grid> {
        if let Some(items) = text.node.as_list() {
            let [period, offset] = items else {
                self.wrong("grid", "expected [period, offset]", text.place());
                return None;
            };
            let mut grid_of = |node| {
                let script = self.script(Text { source: text.source, node }, 0)?;
                let id = script.tree.root;
                self.declared_grid(&Expression { script, id }).ok()?
            };
            let (period, offset) = (grid_of(period)?, grid_of(offset));
            let unit = period.period.unit.clone();
            let offset = offset.map_or(0.0, |offset| {
                let time = Constant::of_file(offset.period.value, Some(offset.period.unit));
                time.in_unit(&unit).map_or(0.0, |time| time.value)
            });
            return Some(crate::graph::Grid { offset: crate::graph::Offset { variable: None, constant: offset }, ..period });
        }
        let script = self.script(text, 0)?;
        let id = script.tree.root;
        self.declared_grid(&Expression { script, id }).ok()?
    }

    /// The label of output `k` of `count`.
    pub(crate) fn label(&mut self, labels: &Labels<'a>, k: usize, count: usize) -> Option<(String, Place)> {
        let text = match labels {
            Labels::None => return None,
            Labels::One(text) => *text,
            Labels::Each(texts) => {
                if texts.len() != count {
                    let place = texts.first().map_or(Place::default(), Text::place);
                    let message = format!("{} units are given for {count} outputs", texts.len());
                    self.wrong_do("unit", message, place, "give one text for all, or one for each");
                    return None;
                }
                texts[k]
            }
        };
        let label = text.node.scalar_text().unwrap_or_default().to_owned();
        Some((label, text.place()))
    }

    /// A value with the unit that its node gives it.
    pub(crate) fn labelled(&mut self, value: Value, labels: &Labels<'a>, count: usize, place: Place) -> Value {
        let Some((label, _)) = self.label(labels, 0, count) else { return value };
        let unit = germane_columns::Unit::parse(&label).ok().filter(germane_columns::Unit::has_dimension);
        let label = (!label.is_empty()).then_some(label);
        match value {
            Value::Variable(mut handle) => {
                handle.kind = match (handle.kind, &unit) {
                    (Kind::Point { grid, .. }, Some(unit)) if unit.same_dimension(&grid.period.unit) => {
                        Kind::Point { grid, unit: unit.clone() }
                    }
                    (Kind::Duration { period, .. }, Some(unit)) if unit.same_dimension(&period.unit) => {
                        Kind::Duration { period, unit: unit.clone() }
                    }
                    (Kind::Point { .. } | Kind::Duration { .. }, _) => Kind::Plain,
                    (kind, _) => kind,
                };
                handle.label = label.filter(|_| matches!(handle.kind, Kind::Plain | Kind::Waveform(_)));
                Value::Variable(handle)
            }
            Value::Number(constant) => {
                let Some(unit) = unit.filter(|_| constant.unit.is_some()) else {
                    let title = self.title(place);
                    let plain = constant.bare();
                    let Some(handle) = self.variable(Value::Number(plain), &title, place) else { return Value::Failed };
                    return Value::Variable(super::Handle { label, ..handle });
                };
                match constant.in_unit(&unit) {
                    Some(number) => Value::Number(Constant { unit: Some(unit), ..number }),
                    None => self.wrong("unit", format!("`{}` is no number of `{unit}`", constant.shown()), place),
                }
            }
            Value::Array(mut array) => {
                array.label = label;
                Value::Array(array)
            }
            value => value,
        }
    }
}

/// Whether a dotted name is a module whose functions chains use.
pub(crate) fn is_module(name: &str) -> bool {
    let processors = ["dspeed.processors", "pygama.dsp.processors", "germane.processors"];
    let inner = |root: &&str| name == *root || name.strip_prefix(*root).is_some_and(|rest| rest.starts_with('.'));
    processors.iter().any(inner) || matches!(name, "np" | "numpy")
}

/// `a.b.c` or `a`, if the node of the tree is that.
fn dotted(tree: &Tree, id: SyntaxId) -> Option<String> {
    let mut words = Vec::new();
    let mut at = id;
    loop {
        match tree.get(at) {
            Syntax::Field { of, name } => {
                words.push(name.text.as_str());
                at = *of;
            }
            Syntax::Name(name) => {
                words.push(name);
                words.reverse();
                return Some(words.join("."));
            }
            _ => return None,
        }
    }
}

fn call_arguments<'a>(script: &Script<'a>, args: &[SyntaxId], keywords: &[(Word, SyntaxId)]) -> Vec<Argument<'a>> {
    let expression = |id: SyntaxId| What::Expression(Expression { script: script.clone(), id });
    let plain = args.iter().map(|id| Argument { keyword: None, what: expression(*id), place: script.place(*id) });
    let named = keywords.iter().map(|(word, id)| Argument {
        keyword: Some((word.text.clone(), script.place_of(word.place()))),
        what: expression(*id),
        place: script.place(*id),
    });
    plain.chain(named).collect()
}

/// Parameters `db.…` in a part of a tree.
fn parameters(tree: &Tree, id: SyntaxId) -> Vec<(String, SyntaxId)> {
    let mut out = Vec::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if let Some(name) = parameter_name(tree, id) {
            out.push((name, id));
            continue;
        }
        open.extend(tree.children(id));
    }
    out
}

/// `k` and the first character behind `k =` of a text `k = value`.
fn keyword(text: &str) -> Option<(&str, usize)> {
    let (before, after) = text.split_once('=')?;
    let name = before.trim();
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    (is_name && !after.starts_with('=')).then(|| (name, before.chars().count() + 1))
}
