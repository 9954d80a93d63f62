//! Processors on detector waveforms, the chain language, and how chains run.
//!
//! A chain file names outputs and the processors that make them. [`chain`] reads the text with places, [`language`] turns it,
//! with the description of a table, into a typed [`graph`]; [`evaluate`] runs the graph over blocks of [`LANES`] waveforms side
//! by side, so that no operation crosses waveforms and the bits depend on nothing but the waveform. [`processors`] has one file
//! for each processor.
#![forbid(unsafe_code)]

pub mod chain;
mod element;
pub mod evaluate;
pub mod graph;
mod lanes;
mod language;
pub mod plan;
mod processor;
pub mod processors;

pub use element::Element;
pub use lanes::{LANES, Lane, Real, waveform};
pub use processor::{
    Argument, Call, Dimension, Fault, Given, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role, Scratch, Wide,
    constant_outputs,
};
