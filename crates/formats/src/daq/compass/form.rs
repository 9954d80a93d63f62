//! What records hold, and one record, little-endian:
//!
//! ```text
//! file header      0xCAE0 | energy 1 | calibrated energy 2 | short energy 4 | waveform 8   (2 bytes, not in every file)
//! record           board u16, channel u16, time in ps u64
//!                  [energy u16] [calibrated energy f64] [short energy u16]
//!                  flags u32, [code u8, samples n u32, n · u16]
//! ```
//!
//! Source: CAEN, "CoMPASS user manual" UM5960, binary lists.

use crate::Error;
use crate::daq::opening::first_bytes;
use crate::source::ByteStream;
use std::time::Duration;

/// Samples of a record at most; more are damage.
pub(super) const MOST_SAMPLES: usize = 1 << 24;
/// Records and bytes that tell the form of a file without header.
const LOOKED_AT: usize = 16;
const LOOKED_AT_BYTES: usize = 1 << 22;
/// Boards and channels above it are taken for other bytes.
const LARGEST_NUMBER: u16 = 255;

const ENERGY: u8 = 1;
const CALIBRATED: u8 = 2;
const SHORT: u8 = 4;
const WAVEFORM: u8 = 8;

/// Which parts a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form(u8);

/// One record; its samples as they lie in the stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Event<'a> {
    pub(super) board: u16,
    pub(super) channel: u16,
    pub(super) time_ps: u64,
    pub(super) energy: Option<u16>,
    pub(super) calibrated: Option<f64>,
    pub(super) short: Option<u16>,
    pub(super) flags: u32,
    pub(super) samples: &'a [u8],
}

impl Form {
    /// The form that a file header states.
    pub(super) fn of_header(head: &[u8]) -> Option<Self> {
        let header = u16::from_le_bytes(*head.first_chunk()?);
        (header >> 4 == 0xCAE).then_some(Self((header & 0xF) as u8))
    }

    /// The form of the records that a stream without header begins with: the one that fits most records in a row.
    pub(super) fn guess(stream: &mut ByteStream, patience: Duration) -> Result<Option<Self>, Error> {
        let mut best = None;
        let waveforms = [0x9, 0xD, 0xA, 0xE, 0xB, 0xF].map(Self);
        let lists = [0x1, 0x5, 0x2, 0x6, 0x3, 0x7].map(Self);
        for form in waveforms.into_iter().chain(lists) {
            let fitting = form.fits(stream, patience)?;
            if fitting > 0 && best.is_none_or(|(most, _)| fitting > most) {
                best = Some((fitting, form));
            }
        }
        Ok(best.map(|(_, form)| form))
    }

    /// Records in a row that could be of this form, more if the stream ends with them; 0 if one could not, or if there is one and a
    /// piece.
    fn fits(self, stream: &mut ByteStream, patience: Duration) -> Result<usize, Error> {
        let (mut at, mut samples) = (0, None);
        for count in 0..LOOKED_AT {
            let bytes = first_bytes(stream, (at + self.fixed_bytes()).min(LOOKED_AT_BYTES), patience)?;
            let (is_end, rest) = (bytes.len() == at, bytes.get(at..).unwrap_or_default());
            let Some(event) = self.event_head(rest) else {
                // The end of the file, a cut record, or enough.
                return Ok(if is_end && count > 0 {
                    count + LOOKED_AT
                } else if count > 1 {
                    count
                } else {
                    0
                });
            };
            let code = self.has_waveform().then(|| rest[self.fixed_bytes() - 5]);
            let n = self.samples(rest).unwrap_or(0);
            let is_small = event.board <= LARGEST_NUMBER && event.channel <= LARGEST_NUMBER;
            let is_waveform = code.is_none_or(|code| (1..=15).contains(&code) && (1..=MOST_SAMPLES).contains(&n));
            // Energy and calibrated energy are as long as calibrated and short energy: the value tells.
            let is_energy = event.calibrated.is_none_or(|energy| energy == 0.0 || (1e-6..1e9).contains(&energy.abs()));
            if !is_small || !is_energy || !is_waveform || *samples.get_or_insert(n) != n {
                return Ok(if count > 1 { count } else { 0 });
            }
            at += self.fixed_bytes() + 2 * n;
        }
        Ok(2 * LOOKED_AT)
    }

    pub(super) fn has_energy(self) -> bool {
        self.0 & ENERGY != 0
    }

    pub(super) fn has_calibrated(self) -> bool {
        self.0 & CALIBRATED != 0
    }

    pub(super) fn has_short(self) -> bool {
        self.0 & SHORT != 0
    }

    pub(super) fn has_waveform(self) -> bool {
        self.0 & WAVEFORM != 0
    }

    /// Bytes of a record without its samples.
    #[inline]
    pub(super) fn fixed_bytes(self) -> usize {
        let of = |bit: u8, bytes: usize| if self.0 & bit != 0 { bytes } else { 0 };
        16 + of(ENERGY, 2) + of(CALIBRATED, 8) + of(SHORT, 2) + of(WAVEFORM, 5)
    }

    /// Samples that a record states; `None` if it ends before.
    #[inline]
    pub(super) fn samples(self, bytes: &[u8]) -> Option<usize> {
        if !self.has_waveform() {
            return Some(0);
        }
        let at = self.fixed_bytes() - 4;
        Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
    }

    /// The record that `bytes` are.
    #[inline]
    pub(super) fn event(self, bytes: &[u8]) -> Option<Event<'_>> {
        let event = self.event_head(bytes)?;
        Some(Event { samples: bytes.get(self.fixed_bytes()..)?, ..event })
    }

    #[inline]
    fn event_head(self, bytes: &[u8]) -> Option<Event<'static>> {
        let mut rest = bytes.get(..self.fixed_bytes())?;
        let part = |is_there: bool, rest: &mut &[u8]| if is_there { take(rest).map(Some) } else { Some(None) };
        Some(Event {
            board: u16::from_le_bytes(take(&mut rest)?),
            channel: u16::from_le_bytes(take(&mut rest)?),
            time_ps: u64::from_le_bytes(take(&mut rest)?),
            energy: part(self.has_energy(), &mut rest)?.map(u16::from_le_bytes),
            calibrated: if self.has_calibrated() { Some(f64::from_le_bytes(take(&mut rest)?)) } else { None },
            short: part(self.has_short(), &mut rest)?.map(u16::from_le_bytes),
            flags: u32::from_le_bytes(take(&mut rest)?),
            samples: &[],
        })
    }
}

#[inline]
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (here, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn record(form: Form, channel: u16, time: u64, samples: &[u16]) -> Vec<u8> {
        let mut bytes = [&1_u16.to_le_bytes()[..], &channel.to_le_bytes(), &time.to_le_bytes()].concat();
        if form.has_energy() {
            bytes.extend(300_u16.to_le_bytes());
        }
        if form.has_calibrated() {
            bytes.extend(1460.75_f64.to_le_bytes());
        }
        if form.has_short() {
            bytes.extend(200_u16.to_le_bytes());
        }
        bytes.extend(0x4000_u32.to_le_bytes());
        if form.has_waveform() {
            bytes.push(1);
            bytes.extend((samples.len() as u32).to_le_bytes());
            bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        bytes
    }

    proptest! {
        #[test]
        fn the_form_is_found_without_a_header(
            bits in prop::sample::select(vec![1_u8, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]),
            records in 2..30_usize,
            start in 1_000_000_u64..1 << 50,
            samples in prop::collection::vec(700..16_000_u16, 20..200),
        ) {
            let form = Form(bits);
            let of = |i: usize| record(form, (i % 3) as u16, start + 1_234_567 * i as u64, &samples);
            let bytes: Vec<u8> = (0..records).flat_map(of).collect();
            let mut stream = ByteStream::new("x.BIN", Box::new(Cursor::new(bytes)));
            prop_assert_eq!(Form::guess(&mut stream, Duration::ZERO).unwrap(), Some(form));
        }

        #[test]
        fn a_record_gives_back_its_parts(bits in 0..16_u8, channel in any::<u16>(), time in any::<u64>(),
                                         samples in prop::collection::vec(any::<u16>(), 0..50)) {
            let form = Form(bits);
            let bytes = record(form, channel, time, &samples);
            let event = form.event(&bytes).unwrap();
            prop_assert_eq!((event.board, event.channel, event.time_ps, event.flags), (1, channel, time, 0x4000));
            prop_assert_eq!(event.energy, form.has_energy().then_some(300));
            prop_assert_eq!(event.calibrated, form.has_calibrated().then_some(1460.75));
            prop_assert_eq!(event.short, form.has_short().then_some(200));
            let n = if form.has_waveform() { samples.len() } else { 0 };
            prop_assert_eq!(event.samples.len(), 2 * n);
            for cut in 0..form.fixed_bytes() {
                prop_assert!(form.event(&bytes[..cut]).is_none());
            }
        }
    }
}
