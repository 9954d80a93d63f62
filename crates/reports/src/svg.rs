//! The SVG writer. Glyphs are outlines in `<defs>`, used by reference; each text keeps its words in an `aria-label`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::colour::Colour;
use crate::font::{self, Glyph};
use crate::scene::{Command, Item, Path, PlacedText, Scene, Stroke};

/// Writes a scene. `prefix` makes identifiers differ between pictures of one page.
pub(crate) fn write(scene: &Scene, prefix: &str) -> String {
    let mut writer = Writer { out: String::new(), prefix, clips: 0 };
    let (width, height) = (number(scene.width), number(scene.height));
    // 96 units of CSS are an inch, 72 points are an inch.
    let _ = writeln!(
        writer.out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {width} {height}" role="img" aria-label="{}">"#,
        number(scene.width * 4.0 / 3.0),
        number(scene.height * 4.0 / 3.0),
        escaped(&scene.title),
    );
    let _ = writeln!(writer.out, "<title>{}</title>", escaped(&scene.title));
    writer.glyphs(scene);
    let _ = writeln!(writer.out, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##);
    writer.items(&scene.items);
    writer.out.push_str("</svg>\n");
    writer.out
}

struct Writer<'a> {
    out: String,
    prefix: &'a str,
    clips: usize,
}

impl Writer<'_> {
    fn glyphs(&mut self, scene: &Scene) {
        fn collect(items: &[Item], out: &mut BTreeSet<Glyph>) {
            for item in items {
                match item {
                    Item::Text(text) => out.extend(text.runs.iter().flat_map(|run| run.glyphs.iter().map(|g| g.0))),
                    Item::Clip { items, .. } => collect(items, out),
                    Item::Path { .. } => {}
                }
            }
        }
        let mut used = BTreeSet::new();
        collect(&scene.items, &mut used);
        self.out.push_str("<defs>\n");
        for glyph in used {
            // Outlines are in thousandths of the font size, so that two digits suffice.
            let data = data(&font::outline(glyph), 1000.0);
            let _ = writeln!(self.out, r#"<path id="{}{}{}" d="{data}"/>"#, self.prefix, glyph.face.letter(), glyph.id);
        }
        self.out.push_str("</defs>\n");
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Path { path, fill, stroke } => self.path(path, *fill, stroke.as_ref()),
                Item::Text(text) => self.text(text),
                Item::Clip { path, items, label } => {
                    let id = format!("{}c{}", self.prefix, self.clips);
                    self.clips += 1;
                    let _ = writeln!(self.out, r#"<clipPath id="{id}"><path d="{}"/></clipPath>"#, data(path, 1.0));
                    let _ = write!(self.out, r#"<g clip-path="url(#{id})""#);
                    if let Some(label) = label {
                        let _ = write!(self.out, r#" aria-label="{}""#, escaped(label));
                    }
                    self.out.push_str(">\n");
                    self.items(items);
                    self.out.push_str("</g>\n");
                }
            }
        }
    }

    fn path(&mut self, path: &Path, fill: Option<Colour>, stroke: Option<&Stroke>) {
        if path.is_empty() {
            return;
        }
        let _ = write!(self.out, r#"<path d="{}""#, data(path, 1.0));
        self.paint("fill", fill);
        if let Some(stroke) = stroke {
            self.paint("stroke", Some(stroke.colour));
            let _ = write!(self.out, r#" stroke-width="{}" stroke-linejoin="round""#, number(stroke.width));
            if !stroke.dash.is_empty() {
                let dashes: Vec<String> = stroke.dash.iter().map(|&d| number(d)).collect();
                let _ = write!(self.out, r#" stroke-dasharray="{}""#, dashes.join(" "));
            }
        }
        self.out.push_str("/>\n");
    }

    fn paint(&mut self, what: &str, colour: Option<Colour>) {
        match colour {
            None => {
                let _ = write!(self.out, r#" {what}="none""#);
            }
            Some(colour) => {
                let _ = write!(self.out, r#" {what}="{}""#, colour.hex());
                if colour.3 != 255 {
                    let _ = write!(self.out, r#" {what}-opacity="{}""#, number(f64::from(colour.3) / 255.0));
                }
            }
        }
    }

    fn text(&mut self, text: &PlacedText) {
        let (x, y) = (number(text.origin.0), number(text.origin.1));
        let turn = if text.upright { " rotate(-90)" } else { "" };
        let _ = write!(self.out, r#"<g aria-label="{}" transform="translate({x} {y}){turn}""#, escaped(&text.words));
        self.paint("fill", Some(text.colour));
        self.out.push('>');
        for run in &text.runs {
            let scale = decimals(run.size / 1000.0, 5);
            for (glyph, x, y) in &run.glyphs {
                let _ = write!(
                    self.out,
                    r##"<use href="#{}{}{}" transform="translate({} {}) scale({scale} -{scale})"/>"##,
                    self.prefix,
                    glyph.face.letter(),
                    glyph.id,
                    number(*x),
                    number(*y)
                );
            }
        }
        for rule in &text.rules {
            let _ = write!(self.out, r#"<path d="{}"/>"#, data(rule, 1.0));
        }
        self.out.push_str("</g>\n");
    }
}

/// Path data with two digits behind the point.
fn data(path: &Path, scale: f64) -> String {
    let mut out = String::new();
    let point = |out: &mut String, x: f64, y: f64| {
        let _ = write!(out, "{} {}", number(x * scale), number(y * scale));
    };
    for command in path.commands() {
        match *command {
            Command::Move(x, y) => {
                out.push('M');
                point(&mut out, x, y);
            }
            Command::Line(x, y) => {
                out.push('L');
                point(&mut out, x, y);
            }
            Command::Curve(a, b, c) => {
                out.push('C');
                point(&mut out, a.0, a.1);
                out.push(' ');
                point(&mut out, b.0, b.1);
                out.push(' ');
                point(&mut out, c.0, c.1);
            }
            Command::Close => out.push('Z'),
        }
    }
    out
}

fn number(value: f64) -> String {
    decimals(value, 2)
}

/// Fixed point without needless zeros; what is not finite (never in a scene) is 0.
fn decimals(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text inside XML; characters that XML forbids are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_needless_digits() {
        assert_eq!(["1", "1.5", "-0.25", "0", "100"].map(str::to_owned), [1.0, 1.5, -0.25, -0.001, 100.0].map(number));
    }

    #[test]
    fn texts_cannot_leave_their_attribute() {
        assert_eq!(escaped("a<b>\"'&\u{0}\u{1b}"), "a&lt;b&gt;&quot;&#39;&amp;");
    }
}
