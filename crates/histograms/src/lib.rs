//! Axes, storages, filling, UHI indexing and its JSON form, intervals.
//!
//! Bins are decided by the printed edges, sums are exact: a histogram does not depend on the order of its entries, on
//! threads or on partitions.
//!
//! ```
//! use germane_histograms::{Axis, Histogram, StorageKind, Values};
//! let mut mass = Histogram::new(vec![Axis::regular(3, 0.0, 0.3)?], StorageKind::Weight);
//! mass.fill(&[Values::F64(&[0.1, 0.2, 0.25, f64::NAN])], None)?;
//! assert_eq!(mass.values(false), [0.0, 1.0, 2.0]);
//! assert_eq!(mass.nan(), 1);
//! # Ok::<(), germane_histograms::Error>(())
//! ```
#![forbid(unsafe_code)]

mod arithmetic;
mod axis;
mod error;
mod fill;
mod histogram;
mod index;
pub mod intervals;
mod locate;
mod merge;
mod packed;
mod rebin;
mod remap;
mod setting;
mod stack;
mod storage;
mod uhi;
mod values;

pub use axis::{Axis, Category, Integer, Regular, Title, Variable};
pub use error::{Error, ErrorKind};
pub use histogram::Histogram;
pub use index::{Cell, Index, Indexed, Place, Step};
pub use setting::Contents;
pub use storage::StorageKind;
pub use values::Values;
