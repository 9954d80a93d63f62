//! XML as a tree with places: elements, their attributes and their text. Comments, processing instructions and the document type
//! are passed over; namespaces are part of the names.

use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// Elements inside each other.
const DEEPEST: usize = 127;

/// An element with all that is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// Name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Attributes in the order of the file; their names are unique.
    pub attributes: Vec<Attribute>,
    /// Elements inside this one.
    pub children: Vec<Element>,
    /// All text directly inside this element.
    pub text: String,
    /// Where that text is written, from its first to its last character that is no blank; behind the name if there is none.
    pub text_span: Span,
}

/// An attribute of an element.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Where the name is written.
    pub name_span: Span,
    /// Value, with references resolved.
    pub value: String,
    /// Where the value is written, without its quotes.
    pub span: Span,
}

impl Element {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// Reads an XML text and gives its root.
///
/// ```
/// use germane_texts::{Source, parse_xml};
/// let root = parse_xml(&Source::new("a.xml", "<Channel Name='SR'><Data/></Channel>")).unwrap();
/// assert_eq!((root.name.as_str(), root.attribute("Name").unwrap().value.as_str()), ("Channel", "SR"));
/// assert_eq!(root.children[0].name, "Data");
///
/// let mistakes = parse_xml(&Source::new("a.xml", "<Channel>\n<Data></Channel>")).unwrap_err();
/// assert!(mistakes[0].to_string().starts_with("a.xml:2:7: "));
/// ```
///
/// # Errors
/// The first thing that is not well-formed; what follows it cannot be trusted.
pub fn parse_xml(source: &Source) -> Result<Element, Vec<Diagnostic>> {
    let mut reader = Reader { source, open: vec![Element::default()] };
    reader.read().map_err(|problem| vec![problem])?;
    let mut document = reader.open.swap_remove(0);
    if !document.text.trim().is_empty() {
        return Err(vec![Diagnostic::new("xml", "text outside of the root element").at(source, document.text_span)]);
    }
    if let Some(second) = document.children.get(1) {
        return Err(vec![Diagnostic::new("xml", format!("a second root element `{}`", second.name)).at(source, second.span)]);
    }
    document.children.pop().ok_or_else(|| vec![Diagnostic::new("xml", "no element").at(source, Span::default())])
}

struct Reader<'a> {
    source: &'a Source,
    /// Elements that are not closed yet, below one without name for the document.
    open: Vec<Element>,
}

impl Reader<'_> {
    fn problem(&self, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new("xml", message).at(self.source, span)
    }

    /// Where a part of the text, borrowed from it, is written.
    fn span_of(&self, part: &str) -> Span {
        let start = (part.as_ptr() as usize).wrapping_sub(self.source.text.as_ptr() as usize);
        if start > self.source.text.len() { Span::default() } else { Span::new(start, start + part.len()) }
    }

    fn read(&mut self) -> Result<(), Diagnostic> {
        let source = self.source;
        let mut reader = quick_xml::Reader::from_str(&source.text);
        loop {
            let start = reader.buffer_position() as usize;
            let event = reader.read_event().map_err(|error| {
                let at = (reader.error_position() as usize).min(source.text.len());
                self.problem(error.to_string(), Span::new(at, at))
            })?;
            let span = Span::new(start, reader.buffer_position() as usize);
            match event {
                Event::Start(tag) => {
                    let element = self.element(&tag)?;
                    if self.open.len() > DEEPEST {
                        return Err(self.problem(format!("elements lie more than {DEEPEST} deep"), element.span));
                    }
                    self.open.push(element);
                }
                Event::Empty(tag) => {
                    let element = self.element(&tag)?;
                    self.top().children.push(element);
                }
                Event::End(_) => {
                    let done = self.open.pop().unwrap_or_default();
                    match self.open.last_mut() {
                        Some(top) => top.children.push(done),
                        None => return Err(self.problem("an end without a beginning", span)),
                    }
                }
                Event::Text(text) => self.add_text(&text.xml10_content(), span),
                Event::CData(text) => self.add_text(&text.xml10_content(), span),
                Event::GeneralRef(reference) => {
                    let resolved = reference.resolve_char_ref().map_err(|error| self.problem(error.to_string(), span))?;
                    match (resolved, resolve_predefined_entity(&reference)) {
                        (Some(c), _) => self.add_text(c.encode_utf8(&mut [0; 4]), span),
                        (None, Some(text)) => self.add_text(text, span),
                        (None, None) => {
                            return Err(self.problem(format!("unknown entity `{}`", &*reference), span));
                        }
                    }
                }
                Event::Eof if self.open.len() == 1 => return Ok(()),
                Event::Eof => {
                    let open = self.top();
                    let (name, span) = (open.name.clone(), open.span);
                    return Err(self.problem(format!("`{name}` is not closed"), span));
                }
                _ => {}
            }
        }
    }

    fn top(&mut self) -> &mut Element {
        self.open.last_mut().expect("invariant: the document itself stays open")
    }

    fn element(&self, tag: &BytesStart<'_>) -> Result<Element, Diagnostic> {
        let name = tag.name();
        let span = self.span_of(name.as_ref());
        let mut element = Element { name: name.as_ref().to_owned(), span, ..Element::default() };
        element.text_span = Span::new(span.end, span.end);
        for attribute in tag.attributes() {
            let attribute =
                attribute.map_err(|error| self.problem(format!("an attribute of `{}`: {error}", element.name), span))?;
            let value_span = self.span_of(&attribute.value);
            let value = unescape(&attribute.value).map_err(|error| self.problem(error.to_string(), value_span))?;
            element.attributes.push(Attribute {
                name: attribute.key.as_ref().to_owned(),
                name_span: self.span_of(attribute.key.as_ref()),
                value: value.into_owned(),
                span: value_span,
            });
        }
        Ok(element)
    }

    fn add_text(&mut self, text: &str, span: Span) {
        let top = self.top();
        let blank = text.trim().is_empty();
        if !blank {
            let (before, behind) = (text.len() - text.trim_start().len(), text.len() - text.trim_end().len());
            // Of a text with references or other line ends the blanks have other lengths than in the source.
            let exact = span.end - span.start == text.len();
            let span = if exact { Span::new(span.start + before, span.end - behind) } else { span };
            top.text_span = if top.text.trim().is_empty() { span } else { top.text_span.to(span) };
        }
        top.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        parse_xml(&Source::new("a.xml", text)).unwrap_err()[0].to_string()
    }

    #[test]
    fn places_of_names_values_and_texts_are_those_of_the_file() {
        let source = Source::new(
            "a.xml",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE A SYSTEM 'a.dtd'>\n<A>\n <POI b = \"1 &lt; 2\"> mu  nu </POI></A>",
        );
        let root = parse_xml(&source).unwrap();
        let poi = &root.children[0];
        assert_eq!((source.slice(poi.span), source.slice(poi.text_span)), ("POI", "mu  nu"));
        let value = poi.attribute("b").unwrap();
        assert_eq!((value.value.as_str(), source.slice(value.span), source.slice(value.name_span)), ("1 < 2", "1 &lt; 2", "b"));
        assert_eq!(source.place(poi.text_span).line, 4);
    }

    #[test]
    fn references_and_sections_of_characters_are_text() {
        let root = parse_xml(&Source::new("a.xml", "<a>1 &amp; &#65;<![CDATA[<b>]]></a>")).unwrap();
        assert_eq!(root.text, "1 & A<b>");
    }

    #[test]
    fn texts_that_are_not_well_formed_are_refused_with_their_place() {
        assert_eq!(mistake(""), "a.xml:1:1: no element");
        assert_eq!(mistake("<a/>\n<b/>"), "a.xml:2:2: a second root element `b`");
        assert_eq!(mistake("<a/>\nb"), "a.xml:2:1: text outside of the root element");
        assert_eq!(mistake("<a>\n<b>"), "a.xml:2:2: `b` is not closed");
        assert_eq!(mistake("<a>&b;</a>"), "a.xml:1:4: unknown entity `b`");
        assert!(mistake("<a b='1' b='2'/>").starts_with("a.xml:1:2: an attribute of `a`: "));
        assert!(mistake("<a b=1/>").starts_with("a.xml:1:2: an attribute of `a`: "));
        for text in ["<a></b>", "</a>", "<a", "<a><!-- b</a>", "<a>\u{0}<", "<a b='&b;'/>"] {
            assert!(mistake(text).starts_with("a.xml:1:"), "{text}");
        }
    }

    #[test]
    fn a_million_elements_inside_each_other_are_refused() {
        assert_eq!(mistake(&"<a>".repeat(1_000_000)), format!("a.xml:1:{}: elements lie more than 127 deep", 3 * 127 + 2));
    }
}
