//! Codecs of waveforms, as attributes name them.

use super::Attributes;
use crate::hdf5::{Attribute, Element};
use germane_columns::NumberType;

/// How waveforms are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// `uleb128_zigzag_diff`: differences in as few bytes as each needs
    Uleb128ZigzagDiff,
    /// `radware_sigcompress`: sections of bits, for 16-bit samples
    RadwareSigcompress {
        /// added to each sample before it is encoded (−32768 for unsigned samples)
        shift: i32,
    },
}

impl Codec {
    /// Name, as in the attribute `codec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uleb128ZigzagDiff => "uleb128_zigzag_diff",
            Self::RadwareSigcompress { .. } => "radware_sigcompress",
        }
    }

    /// The codec that the attributes `codec` and `codec_shift` (an integer, or a float as in real files) name.
    ///
    /// # Errors
    /// The reason: no `codec`, one that is not known, a shift that is no integer.
    pub fn of(attributes: &Attributes) -> Result<Self, String> {
        match attributes.get("codec") {
            Some(Attribute::Text(name)) => match name.as_str() {
                "uleb128_zigzag_diff" => Ok(Self::Uleb128ZigzagDiff),
                "radware_sigcompress" => {
                    let shift = attributes
                        .get("codec_shift")
                        .map_or(Ok(0), |shift| whole_number(shift).ok_or_else(|| "its `codec_shift` is no integer".to_owned()))?;
                    Ok(Self::RadwareSigcompress { shift })
                }
                other => Err(format!("no codec `{other}`: there is `radware_sigcompress`, `uleb128_zigzag_diff`")),
            },
            Some(_) => Err("its attribute `codec` is no text".to_owned()),
            None => Err("encoded without an attribute `codec`".to_owned()),
        }
    }

    /// Puts the attributes that [`Codec::of`] reads.
    pub fn describe(self, attributes: &mut Attributes) {
        attributes.insert("codec".to_owned(), Attribute::Text(self.name().to_owned()));
        if let Self::RadwareSigcompress { shift } = self {
            let mut values: crate::hdf5::Values = vec![i64::from(shift)].into();
            values.shape.clear();
            attributes.insert("codec_shift".to_owned(), Attribute::Values(values));
        }
    }

    /// Most samples that `bytes` bytes can hold.
    pub(super) fn most_samples(self, bytes: u64) -> u64 {
        match self {
            // A sample takes at least a byte.
            Self::Uleb128ZigzagDiff => bytes,
            // A section of 128 samples takes at least four words.
            Self::RadwareSigcompress { .. } => (16 * bytes).min(65535),
        }
    }
}

/// A codec's name for a listing.
pub(super) fn shown(attribute: &Attribute) -> String {
    match attribute {
        Attribute::Text(name) => name.clone(),
        _ => "encoded".to_owned(),
    }
}

pub(super) fn whole_number(attribute: &Attribute) -> Option<i32> {
    let Attribute::Values(values) = attribute else { return None };
    if values.count() != 1 {
        return None;
    }
    let line = crate::hdf5::Values { shape: Vec::new(), ..values.clone() };
    if let Some(numbers) = super::memory::integers(&line) {
        return numbers.first().and_then(|number| i32::try_from(*number).ok());
    }
    let bytes = values.bytes()?;
    let number = match values.element {
        Element::Number(NumberType::F32) => f64::from(bytemuck::pod_read_unaligned::<f32>(bytes)),
        Element::Number(NumberType::F64) => bytemuck::pod_read_unaligned::<f64>(bytes),
        _ => return None,
    };
    (number.trunc() == number && number.abs() <= f64::from(i32::MAX)).then_some(number as i32)
}
