//! Datacards of CMS combine: read with all mistakes at once, edited, combined, and compiled to a [`crate::Model`].
//!
//! ```text
//! imax 1                                   numbers of channels, of processes less one, of nuisances; or *
//! shapes PROCESS CHANNEL FILE NOMINAL [SYSTEMATIC]
//! bin          ch1                         channels and their counts; -1 is the integral of the histogram
//! observation  85
//! bin          ch1     ch1                 one column a process in a channel
//! process      signal  background
//! process      0       1                   signals have no positive number
//! rate         10      100
//! lumi   lnN   1.1     1.0                 nuisances, one a line: effects on the columns
//! norm rateParam ch1 background 1 [0,5]    and parameters, groups, statistics of templates, edits
//! ```
//! [`Card::read`] gives the description, [`Card::combine`] joins several, [`Card::model`] compiles one; histograms come from a
//! [`crate::HistogramSource`]. Semantics are those of combine (documentation and sources of 2026-04) unless a comment says why not.

mod bin_statistics;
mod card;
mod channels;
mod columns;
mod combine;
mod compile;
mod densities;
mod edit;
mod effects;
mod from_workspace;
mod interference;
mod lines;
mod names;
mod parameters;
mod pattern;
mod physics;
mod read;
mod templates;
mod to_workspace;

pub use bin_statistics::best_shift;
pub use card::{
    BinStatistics, Card, Channel, Effect, Extra, Group, Nuisance, NuisanceKind, Origin, Param, Process, Rate, RateValue, Shapes,
    Size,
};
pub use from_workspace::FromWorkspace;
pub use physics::Physics;

/// What a card leaves open, and how its signals are scaled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CardOptions {
    /// What `$MASS` stands for.
    pub mass: f64,
    /// Other keywords of file and histogram names: `$NAME` → text.
    pub keywords: Vec<(String, String)>,
    /// How the yields depend on parameters of interest.
    pub physics: Physics,
    /// Channels that are left out of the likelihood.
    pub masked: Vec<String>,
}

impl Default for CardOptions {
    /// A mass of 120, one strength `r` for all signals, no other keywords, nothing masked.
    fn default() -> Self {
        Self { mass: 120.0, keywords: Vec::new(), physics: Physics::default(), masked: Vec::new() }
    }
}

impl CardOptions {
    /// The same with another mass.
    #[must_use]
    pub fn mass(mut self, mass: f64) -> Self {
        self.mass = mass;
        self
    }

    /// The same with a physics model.
    #[must_use]
    pub fn physics(mut self, physics: Physics) -> Self {
        self.physics = physics;
        self
    }

    /// The same with a keyword of names.
    #[must_use]
    pub fn keyword(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.keywords.push((name.into(), value.into()));
        self
    }

    /// The same without a channel.
    #[must_use]
    pub fn mask(mut self, channel: impl Into<String>) -> Self {
        self.masked.push(channel.into());
        self
    }
}
