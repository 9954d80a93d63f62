//! The report: one page that needs no other file and no program in the browser.

use crate::draw;
use crate::figure::Figure;
use crate::svg::{self, escaped};
use crate::tables::Table;

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Title of the page.
    pub title: String,
    /// The command that repeats what the page shows.
    pub command: String,
    /// From top to bottom.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Section {
    /// A heading; the page has a list of them.
    Heading(String),
    /// A table, with a caption if it is not empty.
    Table(String, Table),
    /// A figure with its caption.
    Figure(String, Box<Figure>),
    /// A paragraph.
    Text(String),
    /// A paragraph that must be seen: excluded files, fits without a minimum.
    Notice(String),
    /// Text as typed: versions, listings.
    Code(String),
}

const STYLE: &str = include_str!("report.css");

/// Writes the page.
pub fn html(report: &Report) -> String {
    let title = escaped(if report.title.is_empty() { "Report" } else { &report.title });
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"germane {}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        env!("CARGO_PKG_VERSION"),
    );
    if !report.command.is_empty() {
        out.push_str(&format!("<p class=\"command\">Made by <code>{}</code></p>\n", escaped(&report.command)));
    }
    contents(&mut out, report);
    let (mut heading, mut figures) = (0, 0);
    for section in &report.sections {
        match section {
            Section::Heading(text) => {
                heading += 1;
                out.push_str(&format!("<h2 id=\"s{heading}\">{}</h2>\n", escaped(text)));
            }
            Section::Text(text) => out.push_str(&format!("<p>{}</p>\n", escaped(text))),
            Section::Notice(text) => out.push_str(&format!("<p class=\"notice\" role=\"note\">{}</p>\n", lines(text))),
            Section::Code(text) => out.push_str(&format!("<pre>{}</pre>\n", code(text))),
            Section::Table(caption, table) => {
                if !caption.is_empty() {
                    out.push_str(&format!("<h3>{}</h3>\n", escaped(caption)));
                }
                out.push_str(&table.html());
            }
            Section::Figure(caption, figure) => {
                figures += 1;
                let scene = draw::scene(figure);
                // A figure is as wide as it is printed, never wider than the page.
                out.push_str(&format!("<figure style=\"max-width:{:.0}px\">\n", (scene.width * 4.0 / 3.0).min(760.0)));
                out.push_str(&svg::write(&scene, &format!("f{figures}-")));
                if !caption.is_empty() {
                    out.push_str(&format!("<figcaption>{}</figcaption>\n", escaped(caption)));
                }
                out.push_str("</figure>\n");
            }
        }
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Links to the headings, if there are several.
fn contents(out: &mut String, report: &Report) {
    let headings: Vec<&str> =
        report.sections.iter().filter_map(|s| if let Section::Heading(text) = s { Some(text.as_str()) } else { None }).collect();
    if headings.len() < 3 {
        return;
    }
    out.push_str("<nav aria-label=\"Contents\">\n");
    for (i, heading) in headings.iter().enumerate() {
        out.push_str(&format!("<a href=\"#s{}\">{}</a>\n", i + 1, escaped(heading)));
    }
    out.push_str("</nav>\n");
}

fn lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("<br>")
}

fn code(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipes::{Contents, Histogram, Recipe};
    use crate::tables::Cell;

    fn page() -> String {
        let mut table = Table::new(&["file", "entries"]);
        table.row(vec!["<a>.root".into(), Cell::Count(2304)]);
        let histograms = vec![("Data".to_owned(), Contents::counts(&[0.0, 1.0, 2.0], &[3.0, 4.0]))];
        let figure = Histogram { histograms, ..Histogram::default() }.figure();
        html(&Report {
            title: "Z & muons".into(),
            command: "germane run analysis.yaml".into(),
            sections: vec![
                Section::Heading("Inputs".into()),
                Section::Table("Files".into(), table),
                Section::Notice("1 file was excluded\nsecond line".into()),
                Section::Heading("Figures".into()),
                Section::Figure("mass".into(), Box::new(figure.clone())),
                Section::Figure("again".into(), Box::new(figure)),
                Section::Heading("Versions".into()),
                Section::Code("a\n  b".into()),
            ],
        })
    }

    #[test]
    fn the_page_asks_for_nothing_from_elsewhere() {
        let page = page();
        for word in ["src=", "@import", "url(http", "<link", "<script"] {
            assert!(!page.contains(word), "{word}");
        }
        // The only addresses are the names of XML vocabularies.
        assert!(page.match_indices("http").all(|(i, _)| page[i..].starts_with("http://www.w3.org/")));
    }

    #[test]
    fn texts_are_escaped_and_identifiers_differ() {
        let page = page();
        assert!(page.contains("<title>Z &amp; muons</title>") && page.contains("&lt;a&gt;.root"));
        let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
