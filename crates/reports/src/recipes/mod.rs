//! Recipes: from plain numbers to a [`Figure`], one file a kind.
//!
//! To add a kind: one file here with a structure of its inputs that implements [`Recipe`], its line in `recipes!` below,
//! a test against formulas.

mod axis_label;
mod bars;
mod chain;
mod cls;
mod compatibility;
mod contour;
mod correlation;
mod cutflow;
mod data_mc;
mod efficiency;
mod fit;
mod histogram;
mod limit;
mod overlay;
mod p_values;
mod peak;
mod posterior;
mod pulls;
mod ranking;
mod resolution;
mod scan;
mod spectrum;
mod templates;
mod toys;
mod two_dimensions;
mod waveforms;

pub use axis_label::{Quantity, events_label};
pub(crate) use axis_label::{significant, significant_formula};
pub use bars::{Bars, Contents};
pub use chain::{Chain, Mark, Place, Stage};
pub use cls::Cls;
pub use compatibility::Compatibility;
pub use contour::Contour;
pub use correlation::Correlation;
pub use cutflow::{CutStep, cutflow};
pub use data_mc::{DataMc, Process};
pub use efficiency::Efficiency;
pub use fit::{Curve, Fit, PullErrors};
pub use histogram::Histogram;
pub use limit::Limit;
pub use overlay::Overlay;
pub use p_values::PValues;
pub use peak::Peak;
pub use posterior::Posterior;
pub use pulls::Pulls;
pub use ranking::Ranking;
pub use resolution::{Resolution, Width};
pub use scan::{Scan, rise};
pub use spectrum::Spectrum;
pub use templates::Templates;
pub use toys::Toys;
pub use two_dimensions::TwoDimensions;
pub use waveforms::{Trace, Waveforms};

use crate::figure::Figure;

/// What makes figures of one kind.
pub trait Recipe {
    /// Name of the kind in analysis files and documents.
    const KIND: &'static str;
    /// What it shows, in one line.
    const ABOUT: &'static str;

    /// Makes the figure. Labels, legend and provenance of the result may be changed afterwards.
    fn figure(&self) -> Figure;
}

macro_rules! recipes {
    ($($recipe:ty),* $(,)?) => {
        /// Every kind with what it shows, in the order of the documentation.
        pub const KINDS: &[(&str, &str)] = &[$((<$recipe as Recipe>::KIND, <$recipe as Recipe>::ABOUT)),*];
    };
}

recipes! {
    Histogram,
    Overlay,
    DataMc,
    Fit,
    Templates,
    Pulls,
    Ranking,
    Correlation,
    Limit,
    Cls,
    PValues,
    Compatibility,
    Scan,
    Contour,
    Efficiency,
    TwoDimensions,
    Peak,
    Resolution,
    Spectrum,
    Waveforms,
    Chain,
    Toys,
    Posterior,
}
