//! What is filled along one axis.

/// The values that fill one axis: a column, or one value for all entries.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Values<'a> {
    /// Doubles.
    F64(&'a [f64]),
    /// Single precision numbers, widened exactly.
    F32(&'a [f32]),
    /// Whole numbers.
    I64(&'a [i64]),
    /// Texts.
    Text(&'a [&'a str]),
    /// One number for all entries.
    Number(f64),
    /// One whole number for all entries.
    Whole(i64),
    /// One text for all entries.
    Label(&'a str),
}

impl Values<'_> {
    /// Number of entries; nothing for one value that serves all.
    pub(crate) fn length(&self) -> Option<usize> {
        match self {
            Self::F64(values) => Some(values.len()),
            Self::F32(values) => Some(values.len()),
            Self::I64(values) => Some(values.len()),
            Self::Text(values) => Some(values.len()),
            Self::Number(_) | Self::Whole(_) | Self::Label(_) => None,
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Label(_))
    }

    /// The first value that is not a whole number; NaN is none either.
    pub(crate) fn broken(&self) -> Option<f64> {
        let not_whole = |value: &f64| value.fract() != 0.0 || value.is_nan();
        match self {
            Self::F64(values) => values.iter().copied().find(|value| not_whole(value)),
            Self::F32(values) => values.iter().map(|&value| f64::from(value)).find(not_whole),
            Self::Number(value) => Some(*value).filter(not_whole),
            _ => None,
        }
    }

    /// Whether the value of an entry is NaN.
    pub(crate) fn is_nan(&self, row: usize) -> bool {
        match self {
            Self::F64(values) => values[row].is_nan(),
            Self::F32(values) => values[row].is_nan(),
            Self::Number(value) => value.is_nan(),
            _ => false,
        }
    }
}
