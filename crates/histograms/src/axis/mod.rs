//! Axes: how a value finds its slot.
//!
//! Slots are numbered [underflow] bins [overflow]; bins are numbered from 0, -1 is underflow, the number of bins is overflow.

mod bounds;
mod category;
mod integer;
mod regular;
mod variable;

pub use category::Category;
pub use integer::Integer;
pub(crate) use regular::Grid;
pub use regular::Regular;
pub use variable::Variable;

use crate::error::Error;

/// Most bins an axis may have.
pub(crate) const MOST_BINS: usize = 1 << 27;

/// Name, label and unit of an axis; empty where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// By which the axis is addressed.
    pub name: String,
    /// What a figure shows.
    pub label: String,
    /// Unit of the edges.
    pub unit: String,
}

/// One axis of a histogram.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Axis {
    /// Bins of equal width.
    Regular(Regular),
    /// Bins between given edges.
    Variable(Variable),
    /// One bin a whole number.
    Integer(Integer),
    /// One bin a text.
    Category(Category),
}

impl Axis {
    /// `bins` bins of equal width from `lower` to `upper` with both flow slots. The limits may be reversed: then bin i
    /// holds e_i >= x > e_(i+1). Refused: no bins, limits that are equal or not finite, edges that no double can tell apart.
    pub fn regular(bins: usize, lower: f64, upper: f64) -> Result<Self, Error> {
        Regular::new(bins, lower, upper).map(Self::Regular)
    }

    /// Bins between strictly increasing finite edges, at least two, with both flow slots.
    pub fn variable(edges: Vec<f64>) -> Result<Self, Error> {
        Variable::new(edges).map(Self::Variable)
    }

    /// One bin for each whole number from `lower` up to, not including, `upper`, with both flow slots.
    pub fn integer(lower: i64, upper: i64) -> Result<Self, Error> {
        Integer::new(lower, upper).map(Self::Integer)
    }

    /// One bin a label. With `growth`, unknown labels are appended in the order in which they come; without, they go to
    /// the overflow slot. Refused: a label given twice.
    pub fn category(labels: Vec<String>, growth: bool) -> Result<Self, Error> {
        Category::new(labels, growth).map(Self::Category)
    }

    /// The axis with a name, label and unit.
    pub fn named(mut self, name: &str, label: &str, unit: &str) -> Self {
        *self.title_mut() = Title { name: name.to_owned(), label: label.to_owned(), unit: unit.to_owned() };
        self
    }

    /// The axis with flow slots as given; what falls in a slot that is missing is dropped, but x equal to the last edge
    /// goes to the last bin. A category axis has no underflow and, if it grows, no overflow: there this changes nothing.
    pub fn with_flow(mut self, underflow: bool, overflow: bool) -> Self {
        match &mut self {
            Self::Regular(axis) => (axis.underflow, axis.overflow) = (underflow, overflow),
            Self::Variable(axis) => (axis.underflow, axis.overflow) = (underflow, overflow),
            Self::Integer(axis) => (axis.underflow, axis.overflow) = (underflow, overflow),
            Self::Category(axis) => axis.overflow = overflow && !axis.growth,
        }
        self
    }

    /// Name, label and unit.
    pub fn title(&self) -> &Title {
        match self {
            Self::Regular(axis) => &axis.title,
            Self::Variable(axis) => &axis.title,
            Self::Integer(axis) => &axis.title,
            Self::Category(axis) => &axis.title,
        }
    }

    pub(crate) fn title_mut(&mut self) -> &mut Title {
        match self {
            Self::Regular(axis) => &mut axis.title,
            Self::Variable(axis) => &mut axis.title,
            Self::Integer(axis) => &mut axis.title,
            Self::Category(axis) => &mut axis.title,
        }
    }

    /// Name; empty if none was given.
    pub fn name(&self) -> &str {
        &self.title().name
    }

    /// Label; empty if none was given.
    pub fn label(&self) -> &str {
        &self.title().label
    }

    /// Unit of the edges, if one was given.
    pub fn unit(&self) -> Option<&str> {
        Some(self.title().unit.as_str()).filter(|unit| !unit.is_empty())
    }

    /// Number of bins, without flow slots.
    pub fn size(&self) -> usize {
        match self {
            Self::Regular(axis) => axis.size(),
            Self::Variable(axis) => axis.size(),
            Self::Integer(axis) => axis.size(),
            Self::Category(axis) => axis.size(),
        }
    }

    /// Number of slots, with flow slots.
    pub fn extent(&self) -> usize {
        self.size() + usize::from(self.underflow()) + usize::from(self.overflow())
    }

    /// Whether there is an underflow slot.
    pub fn underflow(&self) -> bool {
        match self {
            Self::Regular(axis) => axis.underflow,
            Self::Variable(axis) => axis.underflow,
            Self::Integer(axis) => axis.underflow,
            Self::Category(_) => false,
        }
    }

    /// Whether there is an overflow slot.
    pub fn overflow(&self) -> bool {
        match self {
            Self::Regular(axis) => axis.overflow,
            Self::Variable(axis) => axis.overflow,
            Self::Integer(axis) => axis.overflow,
            Self::Category(axis) => axis.overflow,
        }
    }

    /// Whether bins are appended while filling.
    pub fn growth(&self) -> bool {
        matches!(self, Self::Category(axis) if axis.growth)
    }

    /// Edges of the bins, one more than there are bins; of a category axis 0, 1, 2, ….
    pub fn edges(&self) -> Vec<f64> {
        match self {
            Self::Regular(axis) => axis.edges(),
            Self::Variable(axis) => axis.edges().to_vec(),
            Self::Integer(axis) => axis.edges(),
            Self::Category(axis) => (0..=axis.size()).map(|index| index as f64).collect(),
        }
    }

    /// Middles of the bins.
    pub fn centres(&self) -> Vec<f64> {
        self.edges().windows(2).map(|pair| 0.5 * pair[0] + 0.5 * pair[1]).collect()
    }

    /// Widths of the bins, positive also where the limits are reversed.
    pub fn widths(&self) -> Vec<f64> {
        self.edges().windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect()
    }

    /// Labels of a category axis.
    pub fn labels(&self) -> Option<&[String]> {
        match self {
            Self::Category(axis) => Some(axis.labels()),
            _ => None,
        }
    }

    /// Bin of a value: -1 for underflow, the number of bins for overflow and NaN. On a category axis the value is the
    /// number of a bin.
    pub fn index(&self, x: f64) -> i64 {
        match self {
            Self::Regular(axis) => axis.index(x),
            Self::Variable(axis) => axis.index(x),
            Self::Integer(axis) => axis.index(x),
            Self::Category(axis) => {
                if x >= 0.0 && x < axis.size() as f64 {
                    x as i64
                } else {
                    axis.size() as i64
                }
            }
        }
    }

    /// Bin of a label; an error with the nearest label and the list of all if there is none.
    pub fn position(&self, label: &str) -> Result<usize, Error> {
        match self {
            Self::Category(axis) => axis.position(label).ok_or_else(|| {
                let existing: Vec<&str> = axis.labels().iter().map(String::as_str).collect();
                Error::missing(&self.spoken(), label, &existing)
            }),
            _ => Err(Error::kind_of(format!("{} has no labels, so `{label}` cannot be looked up", self.spoken()))),
        }
    }

    /// How a message calls the axis.
    pub(crate) fn spoken(&self) -> String {
        match self.name() {
            "" => "the axis".to_owned(),
            name => format!("axis `{name}`"),
        }
    }

    /// Storage slot of bin `bin` (-1 underflow, size overflow); nothing where the axis has no such slot.
    pub(crate) fn slot(&self, bin: i64) -> Option<usize> {
        let size = self.size() as i64;
        match bin {
            -1 => self.underflow().then_some(0),
            bin if bin == size => self.overflow().then(|| self.extent() - 1),
            bin if (0..size).contains(&bin) => Some(bin as usize + usize::from(self.underflow())),
            _ => None,
        }
    }

    /// The axis in one line: kind, bins and limits.
    pub fn describe(&self) -> String {
        match self {
            Self::Regular(axis) => format!("regular [{}, {}, {}]", axis.size(), axis.lower(), axis.upper()),
            Self::Variable(axis) => format!("variable {:?}", axis.edges()),
            Self::Integer(axis) => format!("integer [{}, {}]", axis.lower, axis.upper),
            Self::Category(axis) => format!("categories {:?}", axis.labels()),
        }
    }

    /// Same bins and slots, whatever the titles.
    pub(crate) fn same_bins(&self, other: &Self) -> bool {
        if self.underflow() != other.underflow() || self.overflow() != other.overflow() || self.size() != other.size() {
            return false;
        }
        match (self, other) {
            (Self::Regular(a), Self::Regular(b)) => a.same_edges(b),
            (Self::Variable(a), Self::Variable(b)) => a.edges() == b.edges(),
            (Self::Integer(a), Self::Integer(b)) => (a.lower, a.upper) == (b.lower, b.upper),
            (Self::Category(a), Self::Category(b)) => a.labels() == b.labels(),
            (Self::Regular(_), Self::Variable(_)) | (Self::Variable(_), Self::Regular(_)) => self.edges() == other.edges(),
            _ => false,
        }
    }
}
