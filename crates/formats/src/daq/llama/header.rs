//! The header, little-endian:
//!
//! ```text
//! offset  type  meaning
//! 0       u32   0x4972414C
//! 4       u16   patch, 6 minor, 8 major version
//! 10      u16   bytes of a channel's settings (88)
//! 12      u32   channels
//! 16      22 words for each channel: fadc, channel, flags (14 bits 0, open 1), offset of the ADC, sampling frequency (f64, MHz),
//!               gain (f64), format bits, first sample, pretrigger, pretrigger of averages, averaging mode, samples, averaged
//!               samples, moving averages, words of an event, words of its header, offsets of sums 6, sums 2, averages, energies
//! ```

use super::start_time::unix_start;
use crate::daq::columns::{scalar, structure};
use crate::daq::opening::{first_bytes, header_bytes};
use crate::lh5::Object;
use crate::source::ByteStream;
use crate::{Error, Kind};
use germane_columns::NumberType::{F64, U16, U32};
use std::time::Duration;

const MAGIC: u32 = 0x4972_414C;
const FIXED_BYTES: usize = 16;
const CHANNEL_BYTES: usize = 88;
/// Events have 12 bits for it.
const MOST_CHANNELS: usize = 1 << 12;
/// Words of an event: 64 MiB.
const MOST_WORDS: u32 = 1 << 24;
/// The name of a file tells seconds.
pub(super) const START_ACCURACY_S: f64 = 1.0;

/// Names of the settings that are words, with their places.
const WORDS: [(&str, usize); 16] = [
    ("14_bit_flag", 2),
    ("adc_offset", 3),
    ("format_bits", 8),
    ("sample_start_index", 9),
    ("sample_pretrigger", 10),
    ("avg_sample_pretrigger", 11),
    ("avg_mode", 12),
    ("sample_length", 13),
    ("avg_sample_length", 14),
    ("maw_buffer_length", 15),
    ("event_length", 16),
    ("event_header_length", 17),
    ("accum6_offset", 18),
    ("accum2_offset", 19),
    ("maw3_offset", 20),
    ("energy_offset", 21),
];

/// Settings of one channel.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    /// fadc << 4 | channel
    pub(super) id: u32,
    words: [u32; CHANNEL_BYTES / 4],
    frequency_mhz: f64,
    gain: f64,
}

impl Channel {
    fn parse(bytes: &[u8; CHANNEL_BYTES]) -> Self {
        let mut words = [0; CHANNEL_BYTES / 4];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let double = |word: usize| f64::from_bits(u64::from(words[word + 1]) << 32 | u64::from(words[word]));
        let id = words[0].wrapping_shl(4).wrapping_add(words[1]);
        Self { id, frequency_mhz: double(4), gain: double(6), words }
    }

    pub(super) fn format(&self) -> u32 {
        self.words[8] & 0xF
    }

    /// Samples of the waveform.
    pub(super) fn samples(&self) -> usize {
        self.words[13] as usize
    }

    /// Samples of the averaged waveform, 0 if there is none.
    pub(super) fn averaged(&self) -> usize {
        if self.words[12] > 0 { self.words[14] as usize } else { 0 }
    }

    /// Bytes of an event.
    pub(super) fn event_bytes(&self) -> usize {
        4 * self.words[16] as usize
    }

    /// Whether rows of another one have the same columns and meaning.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let of = |channel: &Self| (channel.samples(), channel.words[14], channel.words[12], channel.format());
        of(self) == of(other)
    }

    /// Sampling period in ns.
    pub(super) fn period_ns(&self) -> f64 {
        1.0 / self.frequency_mhz * 1000.0
    }

    /// The same of averages.
    pub(super) fn averaged_period_ns(&self) -> f64 {
        let samples = 1_u64.checked_shl(self.words[12].saturating_add(1));
        self.period_ns() * samples.map_or(f64::INFINITY, |samples| samples as f64)
    }

    /// Time of the first sample, the trigger being at 0.
    pub(super) fn t0_ns(&self) -> f64 {
        (f64::from(self.words[9]) - f64::from(self.words[10])) * self.period_ns()
    }

    /// The same of averages, without what each event adds.
    pub(super) fn averaged_t0_ns(&self) -> f64 {
        -f64::from(self.words[10]) * self.period_ns() - f64::from(self.words[11]) * self.averaged_period_ns()
    }

    fn object(&self) -> Object {
        let word = |(name, at): (&str, usize)| {
            let value = if at == 2 { self.words[at] & 1 } else { self.words[at] };
            (name.to_owned(), scalar(U32, value))
        };
        let doubles = [("sample_freq", self.frequency_mhz), ("gain", self.gain)];
        let doubles = doubles.map(|(name, value)| (name.to_owned(), scalar(F64, value)));
        structure(WORDS.map(word).into_iter().chain(doubles))
    }
}

/// What a file says before its events.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// major, minor, patch
    version: [u16; 3],
    /// from the name of the file
    pub(super) unix_start: f64,
    pub(super) channels: Vec<Channel>,
}

impl Header {
    /// Reads the header and leaves the stream before it.
    ///
    /// # Errors
    /// [`Kind::NotThisFormat`] without the magic, [`Kind::Truncated`], [`Kind::Damaged`] with the byte.
    pub(super) fn read(stream: &mut ByteStream, patience: Duration) -> Result<Self, Error> {
        let name = stream.name().to_owned();
        let damaged = |byte: usize, text: String| Error::new(&name, Kind::Damaged, text).object("LLAMAHeader").at(byte as u64);
        if first_bytes(stream, 4, patience)?.first_chunk() != Some(&MAGIC.to_le_bytes()) {
            let text = "not a llamaDAQ file: it does not begin with its magic";
            return Err(Error::new(&name, Kind::NotThisFormat, text).at(0));
        }
        let fixed = header_bytes(stream, FIXED_BYTES, "header", patience)?;
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let (version, channel_bytes) = ([short(8), short(6), short(4)], short(10) as usize);
        let count = (u32::from(short(12)) | u32::from(short(14)) << 16) as usize;
        if channel_bytes != CHANNEL_BYTES {
            return Err(damaged(10, format!("settings of a channel have {channel_bytes} bytes where {CHANNEL_BYTES} are due")));
        }
        if count > MOST_CHANNELS {
            return Err(damaged(12, format!("{count} channels where {MOST_CHANNELS} are possible")));
        }
        let bytes = header_bytes(stream, FIXED_BYTES + count * CHANNEL_BYTES, "header", patience)?;
        let mut channels: Vec<Channel> = Vec::with_capacity(count);
        for (i, bytes) in bytes[FIXED_BYTES..].as_chunks().0.iter().enumerate() {
            let (channel, at) = (Channel::parse(bytes), FIXED_BYTES + i * CHANNEL_BYTES);
            let id = channel.id;
            if id as usize >= MOST_CHANNELS || channels.iter().any(|other| other.id == id) {
                return Err(damaged(at, format!("channel {id} is not possible, or is there twice")));
            }
            let words = channel.words[16];
            if !(3..=MOST_WORDS).contains(&words) {
                return Err(damaged(at + 64, format!("events of channel {id} have {words} words")));
            }
            channels.push(channel);
        }
        Ok(Self { version, unix_start: unix_start(&name), channels })
    }

    /// Bytes of the header.
    pub(super) fn size(&self) -> usize {
        FIXED_BYTES + self.channels.len() * CHANNEL_BYTES
    }

    /// Number of each channel in `channels` by its id, for quick look-up.
    pub(super) fn places(&self) -> Vec<Option<u16>> {
        let mut places = vec![None; MOST_CHANNELS];
        for (i, channel) in self.channels.iter().enumerate() {
            places[channel.id as usize] = Some(i as u16);
        }
        places
    }

    /// The header as a struct.
    pub(super) fn object(&self) -> Object {
        let [major, minor, patch] = self.version.map(|number| scalar(U16, number));
        let members = [
            ("version_major", major),
            ("version_minor", minor),
            ("version_patch", patch),
            ("length_econf", scalar(U16, CHANNEL_BYTES as u16)),
            ("number_chOpen", scalar(U32, self.channels.len() as u32)),
            ("initial_timestamp", scalar(F64, self.unix_start)),
            ("initial_timestamp_accuracy", scalar(F64, START_ACCURACY_S)),
        ];
        let channels = self.channels.iter().map(|channel| (format!("fch_{:02}", channel.id), channel.object()));
        structure(members.map(|(name, object)| (name.to_owned(), object)).into_iter().chain(channels))
    }
}
