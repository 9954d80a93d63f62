//! The attributes of an element read one by one: what is unknown, missing or of the wrong kind is reported, all at once.

use germane_texts::{Attribute, Diagnostic, Element, Source, Span, nearest, sort_by_place};

/// A reader of one element. Each question names a known attribute; [`Attributes::finish`] reports those that nobody asked for.
pub(super) struct Attributes<'a> {
    source: &'a Source,
    element: &'a Element,
    asked: Vec<&'static str>,
    problems: Vec<Diagnostic>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(source: &'a Source, element: &'a Element) -> Self {
        Self { source, element, asked: Vec::new(), problems: Vec::new() }
    }

    /// Names attributes that are known, but mean nothing here.
    pub(super) fn know(&mut self, names: &[&'static str]) {
        self.asked.extend_from_slice(names);
    }

    fn report(&mut self, code: &str, message: String, span: Span) -> &mut Diagnostic {
        self.problems.push(Diagnostic::new(code, message).at(self.source, span));
        self.problems.last_mut().expect("invariant: one was pushed")
    }

    /// An attribute; an empty one counts as absent.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<&'a Attribute> {
        self.asked.push(name);
        self.element.attribute(name).filter(|attribute| !attribute.value.trim().is_empty())
    }

    pub(super) fn required(&mut self, name: &'static str) -> Option<&'a Attribute> {
        let found = self.optional(name);
        if found.is_none() {
            // A misspelt attribute is reported once, as the unknown one that it is.
            let misspelt = self.element.attributes.iter().any(|attribute| nearest(&attribute.name, [name]).is_some());
            if !misspelt {
                let (what, span) = (&self.element.name, self.element.span);
                self.report("key", format!("`{what}` has no `{name}`"), span).advice = Some(format!("add {name}=\"…\""));
            }
        }
        found
    }

    /// The text of an attribute without blanks around it, and its place.
    pub(super) fn text(&mut self, name: &'static str) -> Option<(String, Span)> {
        self.optional(name).map(|attribute| (attribute.value.trim().to_owned(), attribute.span))
    }

    fn number_in(&mut self, attribute: &Attribute) -> Option<f64> {
        let value = attribute.value.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        if value.is_none() {
            let (name, what, text) = (&attribute.name, &self.element.name, &attribute.value);
            self.report("kind", format!("`{name}` of `{what}`: expected a number, got `{text}`"), attribute.span);
        }
        value
    }

    /// A finite number; `default` where it is absent or wrong.
    pub(super) fn number(&mut self, name: &'static str, default: f64) -> f64 {
        self.optional(name).and_then(|attribute| self.number_in(attribute)).unwrap_or(default)
    }

    /// A finite number that must be there, and its place.
    pub(super) fn required_number(&mut self, name: &'static str) -> Option<(f64, Span)> {
        let attribute = self.required(name)?;
        Some((self.number_in(attribute)?, attribute.span))
    }

    /// `True` or `False`.
    pub(super) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        let Some(attribute) = self.optional(name) else { return default };
        match attribute.value.trim() {
            "True" | "true" | "TRUE" | "1" => true,
            "False" | "false" | "FALSE" | "0" => false,
            other => {
                let message = format!("`{name}` of `{}`: expected True or False, got `{other}`", self.element.name);
                self.report("kind", message, attribute.span);
                default
            }
        }
    }

    /// One of some texts.
    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let attribute = self.optional(name)?;
        let given = attribute.value.trim();
        let found = choices.iter().find(|(text, _)| *text == given).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(text, _)| *text).collect();
            let near = nearest(given, names.iter().copied()).map(str::to_owned);
            let problem =
                self.report("value", format!("`{name}` of `{}` cannot be `{given}`", self.element.name), attribute.span);
            problem.advice = near.is_none().then(|| format!("one of {}", names.join(", ")));
            problem.nearest = near;
        }
        found
    }

    /// Adds a mistake that the caller found.
    pub(super) fn mistake(&mut self, code: &str, message: impl Into<String>, span: Span) {
        self.report(code, message.into(), span);
    }

    /// Reports unknown attributes and hands all mistakes over.
    pub(super) fn finish(mut self, problems: &mut Vec<Diagnostic>) {
        for attribute in &self.element.attributes {
            if self.asked.contains(&attribute.name.as_str()) {
                continue;
            }
            let near = nearest(&attribute.name, self.asked.iter().copied()).map(str::to_owned);
            let known = format!("known: {}", self.asked.join(", "));
            let message = format!("unknown attribute `{}` of `{}`", attribute.name, self.element.name);
            let problem = self.report("key", message, attribute.name_span);
            problem.advice = near.is_none().then_some(known);
            problem.nearest = near;
        }
        sort_by_place(&mut self.problems);
        problems.append(&mut self.problems);
    }
}

/// The mistake of an element that does not belong where it is.
pub(super) fn unknown_element(source: &Source, element: &Element, inside: &str, known: &[&str]) -> Diagnostic {
    let message = format!("unknown element `{}` in `{inside}`", element.name);
    let problem = Diagnostic::new("key", message).at(source, element.span);
    match nearest(&element.name, known.iter().copied()) {
        Some(near) => problem.nearest(near),
        None => problem.advice(format!("known: {}", known.join(", "))),
    }
}
