//! One bin for each text.

use super::{MOST_BINS, Title};
use crate::error::Error;
use std::collections::HashMap;

/// An axis with one bin for each label.
#[derive(Clone, Debug)]
pub struct Category {
    pub(super) title: Title,
    pub(super) overflow: bool,
    pub(super) growth: bool,
    labels: Vec<String>,
    positions: HashMap<String, usize>,
}

impl PartialEq for Category {
    fn eq(&self, other: &Self) -> bool {
        self.title == other.title && self.overflow == other.overflow && self.growth == other.growth && self.labels == other.labels
    }
}

impl Category {
    pub(crate) fn new(labels: Vec<String>, growth: bool) -> Result<Self, Error> {
        if labels.len() > MOST_BINS {
            return Err(Error::value(format!("{} labels are more than an axis can have", labels.len())));
        }
        let mut positions = HashMap::with_capacity(labels.len());
        for (index, label) in labels.iter().enumerate() {
            if positions.insert(label.clone(), index).is_some() {
                return Err(Error::value(format!("the label `{label}` is given twice")));
            }
        }
        Ok(Self { title: Title::default(), overflow: !growth, growth, labels, positions })
    }

    /// The labels, in order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    pub(super) fn size(&self) -> usize {
        self.labels.len()
    }

    /// Bin of a label.
    pub fn position(&self, label: &str) -> Option<usize> {
        // A few labels are compared faster than one is hashed.
        if self.labels.len() <= 8 {
            return self.labels.iter().position(|own| own == label);
        }
        self.positions.get(label).copied()
    }

    pub(crate) fn grows(&self) -> bool {
        self.growth
    }

    /// Appends a label that is not there yet.
    pub(crate) fn append(&mut self, label: &str) {
        self.positions.insert(label.to_owned(), self.labels.len());
        self.labels.push(label.to_owned());
    }
}
