//! YAML, JSON and XML trees in which every node knows its place, and the diagnostics made from them.
//!
//! This room knows how texts are written, not what they mean. [`parse_yaml`] reads YAML 1.2 (core schema), [`parse_json`]
//! strict JSON; both report all mistakes of a text at once as [`Diagnostic`]s, [`parse_xml`] the first one. [`render`] shows
//! them to people, [`to_json`] to programs. [`Keys`] reads a map and says which keys are unknown, missing or of the wrong kind.
#![forbid(unsafe_code)]

mod diagnostic;
mod document;
mod json;
mod keys;
mod nearest;
mod node;
mod render;
mod scalar;
mod source;
mod xml;
mod yaml;

pub use diagnostic::{Diagnostic, Level, sort_by_place};
pub use document::to_json;
pub use json::{parse_json, parse_json_items};
pub use keys::Keys;
pub use nearest::{nearest, nearest_of_groups};
pub use node::{Entry, Node, Value};
pub use render::render;
pub use source::{Place, Source, Span};
pub use xml::{Attribute, Element, parse_xml};
pub use yaml::{Reading, parse_yaml, read_yaml};
