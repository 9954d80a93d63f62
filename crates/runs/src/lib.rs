//! tmp
#![forbid(unsafe_code)]
pub mod analysis;
pub mod cache;
pub mod content_key;
mod cutflow;
mod error;
pub mod output;
pub mod partial;
pub mod partition;
pub mod pattern;
mod progress;
pub mod rows;
pub use error::{Error, exit};
pub use progress::Progress;
