//! One file for each processor, named as the field names it.

mod trap_norm;

use crate::processor::Processor;

/// All processors, by name.
pub static ALL: &[&Processor] = &[&trap_norm::PROCESSOR];

/// The processor of a name.
pub fn named(name: &str) -> Option<&'static Processor> {
    ALL.iter().copied().find(|processor| processor.name == name)
}
