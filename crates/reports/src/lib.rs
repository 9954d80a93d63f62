//! Figures as data, their SVG and PNG; tables; terminal pictures; the report page.
//!
//! A [`Figure`] is one JSON document that holds every number that is drawn. [`recipes`] make figures from plain numbers,
//! [`svg`] and [`png`] draw them with embedded fonts (the same bytes on every machine), [`html`](html()) makes one page
//! of figures and tables that needs no other file. This room knows no event files and no plans.
//!
//! ```
//! use germane_reports::recipes::{Contents, Histogram, Quantity, Recipe};
//! let figure = Histogram {
//!     histograms: vec![("Data".into(), Contents::counts(&[60.0, 80.0, 100.0, 120.0], &[3.0, 40.0, 5.0]))],
//!     x: Quantity::new("m(μμ)", Some("GeV")),
//!     ..Histogram::default()
//! }
//! .figure();
//! assert_eq!(figure.panels[0].axes.y.label, "Events / 20 GeV");
//! assert!(germane_reports::svg(&figure).starts_with("<svg"));
//! ```
#![forbid(unsafe_code)]

pub mod colour;
mod draw;
pub mod figure;
mod font;
pub mod html;
mod mathtext;
mod number;
mod png;
mod read;
pub mod recipes;
mod scale;
mod scene;
pub mod style;
mod svg;
pub mod tables;
pub mod terminal;
mod text;
pub mod ticks;

pub use draw::{text_boxes, warnings};
pub use figure::{Figure, png, svg};
pub use html::{Report, Section, html};
pub use png::Error as PngError;
pub use read::read;
pub use scene::Rect;
pub use tables::Table;
