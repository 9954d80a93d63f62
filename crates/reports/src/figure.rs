//! A figure is data: one JSON document that holds every number that is drawn (`germane_figure: 1`).
//!
//! ```json
//! {"germane_figure": 1, "kind": "fit", "style": "germane", "size": [8, 8], "legend": ["data", "model"],
//!  "panels": [{"kind": "main", "axes": {"x": {"label": "m", "unit": "GeV"}, "y": {"label": "Events / GeV"}},
//!    "layers": [{"kind": "points", "role": "data", "edges": [60, 61], "values": [12], "low": [8.6], "high": [16.5]}]}]}
//! ```
//! Pictures ([`svg`], [`png`]) need nothing else, so a figure can be drawn again, compared and read by other programs.

use serde::{Deserialize, Serialize};

use crate::number;

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// A figure: panels one above another with a common x axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Version of the document, [`VERSION`].
    pub germane_figure: u32,
    /// Which recipe made it: `fit`, `templates`, `pulls`, …
    pub kind: String,
    /// Name of the style: `germane`, `CMS`, `ATLAS`, `LHCb`, `ALICE`, `DUNE`.
    #[serde(default = "default_style")]
    pub style: String,
    /// Width and height in inches.
    #[serde(with = "number::pair")]
    pub size: [f64; 2],
    /// What stands above the frame.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Entries of the legend in order: names of layers or samples, or roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legend: Vec<String>,
    /// What the numbers were made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

fn default_style() -> String {
    "germane".to_owned()
}

/// What stands above the frame. All are optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// Bold, at the left: `CMS`, `LEGEND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// Italic, after the experiment: `Preliminary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// At the right: `138 fb⁻¹ (13 TeV)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// Plain, at the left when there is no experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Labels {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a figure's numbers come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Path of the product, as `fits.unbinned`.
    pub product: String,
    /// Its content key.
    pub key: String,
}

/// A frame with its axes and what is drawn in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// `main`, `pulls` or `ratio`: lower panels are flatter.
    pub kind: String,
    /// The two axes.
    pub axes: Axes,
    /// Drawn in this order.
    pub layers: Vec<Layer>,
}

/// The axes of a panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// Horizontal; of lower panels only the lowest one's label is shown.
    #[serde(default)]
    pub x: Axis,
    /// Vertical.
    #[serde(default)]
    pub y: Axis,
    /// A second horizontal axis at the top, for `bars`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Axis>,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Name of the quantity; mathematics between dollar signs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Shown in brackets after the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Lower end; from the layers when absent.
    #[serde(default, with = "number::maybe", skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end; from the layers, with room for the legend, when absent.
    #[serde(default, with = "number::maybe", skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Logarithmic.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log: bool,
    /// Names at 0, 1, 2, … instead of numbers; on a vertical axis from the top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What every layer may have: who it is and how it looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What it stands for, decides the colour: `data`, `model`, `component`, `signal`, `nominal`, `up`, `down`, `uncertainty`, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Name in the legend.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `#rrggbb`, or `C0`, `C1`, … of the style's cycle, instead of the role's colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dashdot` for lines; `solid`, `hatch` for areas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

impl Look {
    /// A look of a role.
    pub fn role(role: &str) -> Self {
        Self { role: role.to_owned(), ..Self::default() }
    }

    /// The same with a name for the legend.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The same with a pattern.
    pub fn pattern(mut self, pattern: &str) -> Self {
        self.pattern = Some(pattern.to_owned());
        self
    }

    /// The same with a colour.
    pub fn colour(mut self, colour: &str) -> Self {
        self.colour = Some(colour.to_owned());
        self
    }
}

/// One thing drawn in a panel. Numbers that are missing are NaN here and null in the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Layer {
    /// Markers with bars.
    Points(Points),
    /// A line through points.
    Line(Line),
    /// A histogram's outline.
    Steps(Steps),
    /// Histograms on top of each other.
    Stack(Stack),
    /// The area between two curves or step functions.
    Band(Band),
    /// Horizontal line over the whole panel.
    Hline(Straight),
    /// Vertical line over the whole panel.
    Vline(Straight),
    /// Horizontal stripe over the whole panel.
    Hspan(Span),
    /// Vertical stripe over the whole panel.
    Vspan(Span),
    /// Lines of text in a corner.
    Text(TextBlock),
    /// A legend of this panel alone, beside it at the right.
    Beside(Beside),
    /// Horizontal bars from zero, one a row, on the axis at the top if there is one.
    Bars(Bars),
    /// Cells of a two-dimensional histogram or matrix.
    Image(Image),
}

/// Markers with bars, at bin centres or at given places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Role, name, colour.
    #[serde(flatten)]
    pub look: Look,
    /// Edges of the bins, one more than values; empty if `x` is given.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<f64>,
    /// Places of the points, if they are no bins.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub x: Vec<f64>,
    /// Ends of horizontal bars at `x`.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub x_low: Vec<f64>,
    /// Ends of horizontal bars at `x`.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub x_high: Vec<f64>,
    /// The y values.
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
    /// Lower ends of the bars, in the axis' numbers; empty for no bars.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub low: Vec<f64>,
    /// Upper ends of the bars.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub high: Vec<f64>,
    /// How the bars were made: `garwood`, `sqrt_sumw2`, `given`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
    /// First bin drawn and the one behind the last; all when absent. Bins outside are empty and say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<[usize; 2]>,
    /// Bars over the width of the bin.
    #[serde(default, skip_serializing_if = "is_false")]
    pub widths: bool,
    /// Hollow markers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hollow: bool,
}

/// A line through points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Role, name, colour, pattern.
    #[serde(flatten)]
    pub look: Look,
    /// The x values.
    #[serde(with = "number::list")]
    pub x: Vec<f64>,
    /// The y values.
    #[serde(with = "number::list")]
    pub y: Vec<f64>,
}

/// A histogram's outline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Role, name, colour, pattern.
    #[serde(flatten)]
    pub look: Look,
    /// Edges, one more than values.
    #[serde(with = "number::list")]
    pub edges: Vec<f64>,
    /// Heights.
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
    /// Filled down to zero.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filled: bool,
}

/// Histograms on top of each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Edges, one more than values.
    #[serde(with = "number::list")]
    pub edges: Vec<f64>,
    /// From the bottom to the top.
    pub samples: Vec<Sample>,
}

/// One histogram of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Role, name, colour.
    #[serde(flatten)]
    pub look: Look,
    /// Heights.
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
}

/// The area between two curves (at `x`) or step functions (in `edges`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Role, name, colour, pattern (`solid`, `hatch`).
    #[serde(flatten)]
    pub look: Look,
    /// Edges, one more than low and high; empty if `x` is given.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<f64>,
    /// Places of low and high of a smooth band.
    #[serde(default, with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub x: Vec<f64>,
    /// Lower curve.
    #[serde(with = "number::list")]
    pub low: Vec<f64>,
    /// Upper curve.
    #[serde(with = "number::list")]
    pub high: Vec<f64>,
}

/// A line over the whole panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Straight {
    /// Role, name, colour, pattern.
    #[serde(flatten)]
    pub look: Look,
    /// Where.
    #[serde(with = "number::one")]
    pub at: f64,
}

/// A stripe over the whole panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Role, name, colour.
    #[serde(flatten)]
    pub look: Look,
    /// Lower or left end.
    #[serde(with = "number::one")]
    pub low: f64,
    /// Upper or right end.
    #[serde(with = "number::one")]
    pub high: f64,
}

/// Horizontal bars from zero at rows 0, 1, 2, …
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// Role, name, colour.
    #[serde(flatten)]
    pub look: Look,
    /// Ends of the bars.
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
    /// Outlines only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hollow: bool,
}

/// Lines of text in a corner of the panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextBlock {
    /// From top to bottom; mathematics between dollar signs.
    pub lines: Vec<String>,
}

/// A legend of one panel, at the right of its frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Names of layers, from top to bottom; one that no layer has is a plain text.
    pub entries: Vec<String>,
}

/// Cells with colours.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Edges in x.
    #[serde(with = "number::list")]
    pub x_edges: Vec<f64>,
    /// Edges in y.
    #[serde(with = "number::list")]
    pub y_edges: Vec<f64>,
    /// Cell by cell, y fastest; a missing cell stays white.
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
    /// Values at the ends of the colour map.
    #[serde(with = "number::pair")]
    pub limits: [f64; 2],
    /// `sequential` or `diverging`.
    pub map: String,
    /// Label of the colour bar.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What is written into the cells, in the order of the values; empty for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
}

impl Figure {
    /// An empty figure of a kind in the style `germane`.
    pub fn new(kind: &str, size: [f64; 2]) -> Self {
        Self {
            germane_figure: VERSION,
            kind: kind.to_owned(),
            style: default_style(),
            size,
            labels: Labels::default(),
            legend: Vec::new(),
            provenance: None,
            panels: Vec::new(),
        }
    }

    /// The document on one line, with a newline at the end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The picture as SVG, text drawn as outlines, so that it looks the same everywhere.
pub fn svg(figure: &Figure) -> String {
    crate::svg::write(&crate::draw::scene(figure), "")
}

/// The picture as PNG with 192 pixels an inch (fewer where a side would pass 16384 pixels).
///
/// # Errors
/// A size that is no size, or too large to be drawn.
pub fn png(figure: &Figure) -> Result<Vec<u8>, crate::png::Error> {
    crate::png::write(&crate::draw::scene(figure))
}
