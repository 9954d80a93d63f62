//! Histograms against the truth files of ../shared; says "not run" where they are absent.
//!
//! Cases of features that do not exist yet are counted as pending, by feature. Where the specification wants another answer
//! than the peer that wrote a case, the case is listed in `deviations` with the reason and checked against our answer.

#![allow(clippy::print_stdout)] // the tallies are the output of this suite

mod arithmetic;
mod axes;
mod edges;
mod fills;
mod indexing;
mod intervals;
mod python_text;
mod serialized;
mod setting;
mod tally;
