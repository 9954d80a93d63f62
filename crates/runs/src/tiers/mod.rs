//! Tiers: raw tables of waveforms → `dsp` → `hit` → calibrated energies, before the pass over entries.
//!
//! What each tier will hold is known from headers and texts alone, so that the analysis is planned against columns that are still
//! to be made. The tables of all detectors and tiers then are one table (`detectors`), over which the pass runs as over any other.

mod calibrate;
mod detectors;
mod making;
mod planning;
mod run;

pub(crate) use calibrate::{Calibrations, Channel, compile, uncalibrated};
pub(crate) use planning::{FilePlan, Refusal, Texts};
pub(crate) use run::{Tiered, run};
