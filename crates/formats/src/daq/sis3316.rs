//! Events of a Struck SIS3316, as ORCA and llamaDAQ store them. Words of 32 bits, little-endian:
//!
//! ```text
//! bits 32…47 of the time << 16 | channel << 4 | format bits
//! bits 0…31 of the time
//! format 1   peak index << 16 | peak value; information << 24 | sum 1; sums 2…6
//! format 2   sums 7, 8
//! format 4   moving average: maximum, before the trigger, after it
//! format 8   energy: at the start of the trigger gate, maximum in it
//! 0xE or 0xA << 28 | moving averages follow << 27 | status << 26 | words of samples
//! after 0xA  0xE << 28 | status << 16 | words of averaged samples
//! samples, averaged samples, 16 bits each; moving averages
//! ```
//!
//! Source: Struck, "SIS3316 16-channel VME digitizer", user manual, event format.

/// One event, its samples as they lie in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    /// bits 0…3 of the first word
    pub(super) format: u32,
    /// clock ticks, 48 bits
    pub(super) time: u64,
    /// peak; information and sum 1; sums 2…6
    pub(super) first_sums: Option<[u32; 7]>,
    pub(super) last_sums: Option<[u32; 2]>,
    pub(super) maw: Option<[u32; 3]>,
    /// at the start, maximum
    pub(super) energies: Option<[u32; 2]>,
    pub(super) status: u32,
    pub(super) samples: &'a [u8],
    /// Status and samples of the averaged waveform.
    pub(super) averaged: Option<(u32, &'a [u8])>,
}

impl<'a> Event<'a> {
    /// Takes the words of an event apart.
    ///
    /// # Errors
    /// Why its parts do not make these words.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let mut rest = bytes;
        let words = bytes.len() / 4;
        let cut = || format!("an event of {words} words ends inside its header");
        let [first, low] = take(&mut rest).ok_or_else(cut)?;
        let first_sums = optional(first & 1 != 0, &mut rest).map_err(|Cut| cut())?;
        let last_sums = optional(first & 2 != 0, &mut rest).map_err(|Cut| cut())?;
        let maw = optional(first & 4 != 0, &mut rest).map_err(|Cut| cut())?;
        let energies = optional(first & 8 != 0, &mut rest).map_err(|Cut| cut())?;
        let [about] = take(&mut rest).ok_or_else(cut)?;
        let second = match about >> 28 {
            0xE => None,
            0xA => Some(take::<1>(&mut rest).ok_or_else(cut)?[0]),
            mark => return Err(format!("mark {mark:#x} before the samples where 0xe or 0xa is due")),
        };
        if let Some(mark) = second.map(|word| word >> 28).filter(|mark| *mark != 0xE) {
            return Err(format!("mark {mark:#x} before the averaged samples where 0xe is due"));
        }
        let (raw, averaged) = ((about & 0x03FF_FFFF) as usize, second.map_or(0, |word| word as usize & 0xFFFF));
        let has_maw = about >> 27 & 1 == 1;
        let there = rest.len() / 4;
        if raw + averaged > there || (raw + averaged < there && !has_maw) {
            return Err(format!("{raw} words of samples and {averaged} of averaged ones where {there} words are due"));
        }
        let (samples, rest) = rest.split_at(4 * raw);
        Ok(Self {
            format: first & 0xF,
            time: u64::from(first >> 16) << 32 | u64::from(low),
            first_sums,
            last_sums,
            maw,
            energies,
            status: about >> 26 & 1,
            samples,
            averaged: second.map(|word| (word >> 16 & 0xFF, &rest[..4 * averaged])),
        })
    }
}

/// The next `N` words.
#[inline]
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u32; N]> {
    let (here, behind) = rest.split_at_checked(4 * N)?;
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(here.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    *rest = behind;
    Some(words)
}

/// The words end.
struct Cut;

/// The next `N` words if the format has them.
#[inline]
fn optional<const N: usize>(is_there: bool, rest: &mut &[u8]) -> Result<Option<[u32; N]>, Cut> {
    if is_there { take(rest).map(Some).ok_or(Cut) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn parts_come_in_the_order_of_the_format_bits() {
        let words = [
            5 << 16 | 3 << 4 | 15,
            6,
            10,
            11,
            12,
            13,
            14,
            15,
            16,
            17,
            18,
            20,
            21,
            22,
            30,
            31,
            0xA << 28 | 1 << 26 | 2,
            0xE << 28 | 7 << 16 | 1,
            100,
            101,
            102,
        ];
        let bytes = bytes(&words);
        let event = Event::parse(&bytes).unwrap();
        assert_eq!((event.format, event.time, event.status), (15, 5 << 32 | 6, 1));
        assert_eq!(event.first_sums, Some([10, 11, 12, 13, 14, 15, 16]));
        assert_eq!((event.last_sums, event.maw, event.energies), (Some([17, 18]), Some([20, 21, 22]), Some([30, 31])));
        assert_eq!(event.samples, &bytes[4 * 18..4 * 20]);
        assert_eq!(event.averaged, Some((7, &bytes[4 * 20..])));
    }

    #[test]
    fn every_cut_and_every_surplus_is_refused() {
        let bytes = bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 0xE << 28 | 2, 11, 12]);
        assert!(Event::parse(&bytes).is_ok());
        for words in 0..12 {
            assert!(Event::parse(&bytes[..4 * words]).is_err(), "{words} words");
        }
        assert!(Event::parse(&[&bytes[..], &[0; 4]].concat()).is_err());
    }
}
