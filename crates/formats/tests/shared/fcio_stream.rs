//! FCIO streams made record by record.
#![allow(dead_code, reason = "each test file uses a part")]

/// A stream that grows.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    channels: usize,
    samples: usize,
    noise: u64,
    /// where each record begins
    pub(crate) starts: Vec<usize>,
}

/// Dead region that names all channels.
fn region(pps: i32, ticks: i32, channels: usize) -> [i32; 10] {
    [pps, ticks - 900, pps, ticks - 100, 249_999_999, 0, channels as i32, 0, 0, 0]
}

impl Made {
    /// Protocol and configuration: 16 bits, one master and two ADC cards.
    pub(crate) fn new(channels: usize, samples: usize) -> Self {
        let mut made = Self { bytes: Vec::new(), channels, samples, noise: 0x9e37_79b9, starts: Vec::new() };
        made.bytes.extend_from_slice(&(-1_000_000_001_i32).to_le_bytes());
        made.bytes.extend_from_slice(b"FlashCamV1");
        made.bytes.resize(68, 0);
        made.config(samples);
        made
    }

    fn tag(&mut self, tag: i32) {
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(&(-tag).to_le_bytes());
    }

    fn frame(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&(bytes.len() as i32).to_le_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    fn ints(&mut self, numbers: &[i32]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.frame(&bytes);
    }

    fn words(&mut self, words: &[u16]) {
        let bytes: Vec<u8> = words.iter().flat_map(|n| n.to_le_bytes()).collect();
        self.frame(&bytes);
    }

    /// A configuration record.
    pub(crate) fn config(&mut self, samples: usize) {
        self.tag(1);
        for number in [self.channels as i32, 0, samples as i32, 1, 1, 16, 1, 0, 2, 0] {
            self.ints(&[number]);
        }
        let map: Vec<i32> = (0..self.channels as i32).map(|c| (0x210 + c / 6) << 16 | (c % 6)).collect();
        self.ints(&map);
        self.ints(&[1]);
    }

    fn trace(&mut self) -> Vec<u16> {
        (0..self.samples + 2)
            .map(|_| {
                self.noise ^= self.noise << 13;
                self.noise ^= self.noise >> 7;
                self.noise ^= self.noise << 17;
                8000 + (self.noise >> 40) as u16 % 4000
            })
            .collect()
    }

    fn start(&mut self, number: i32) -> (i32, i32) {
        let (pps, ticks) = (3 + number / 50, 1_000_000 * (number % 50) + 1000);
        self.ints(&[1]);
        self.frame(&0_f32.to_le_bytes());
        self.ints(&[1_600_000_000, 250_000, 0, 11, 11, 2, 500_000, 0, 0, 0]);
        self.ints(&[number, pps, ticks, 249_999_999, 0]);
        (pps, ticks)
    }

    /// An event of all channels.
    pub(crate) fn event(&mut self, number: i32) {
        self.tag(3);
        let (pps, ticks) = self.start(number);
        let traces: Vec<u16> = (0..self.channels).flat_map(|_| self.trace()).collect();
        self.words(&traces);
        self.ints(&region(pps, ticks, self.channels));
    }

    /// An event of some channels.
    pub(crate) fn sparse(&mut self, number: i32, channels: &[u16]) {
        self.tag(6);
        let (pps, ticks) = self.start(number);
        self.ints(&region(pps, ticks, self.channels));
        self.ints(&[channels.len() as i32]);
        self.words(channels);
        for _ in channels {
            let trace = self.trace();
            self.words(&trace);
        }
    }

    /// An event without samples.
    pub(crate) fn header(&mut self, number: i32, channels: &[u16]) {
        self.tag(7);
        let (pps, ticks) = self.start(number);
        self.ints(&region(pps, ticks, self.channels));
        self.words(channels);
        let words: Vec<u16> = channels.iter().flat_map(|c| [7000 + c, 40 + c]).collect();
        self.words(&words);
    }

    /// The status of three cards.
    pub(crate) fn status(&mut self) {
        self.tag(4);
        self.ints(&[1]);
        self.ints(&[7, 500_000, 1_600_000_007, 0, 0, 2, 500_000, 0, 0, 0]);
        self.ints(&[3]);
        self.ints(&[1180]);
        for card in [0, 0x2000, 0x2001] {
            let mut numbers = vec![card, 1, 36, 7, 125_000_000, 249_999_999, 15, 2, 12, 0];
            numbers.resize(295, 5);
            self.ints(&numbers);
        }
    }

    /// What the stream processor says about the next event.
    pub(crate) fn processed(&mut self) {
        self.tag(9);
        for size in [24, 32] {
            self.frame(&vec![1; size]);
        }
        self.ints(&[4]);
        self.ints(&[3, 0x0020_0030, 2]);
        self.ints(&[0x4000_0000, 7, 2, 0x3f80_0000, 9]);
        self.ints(&[1, 2]);
        self.words(&[70, 80]);
        for _ in 0..4 {
            self.frame(&[]);
        }
    }

    /// A record of a kind that nobody knows.
    pub(crate) fn unknown(&mut self) {
        self.tag(77);
        self.ints(&[1, 2, 3]);
    }

    /// All kinds of records, `n` of them.
    pub(crate) fn mixed(channels: usize, samples: usize, n: i32) -> Self {
        let mut made = Self::new(channels, samples);
        for i in 0..n {
            let some: Vec<u16> = (0..channels as u16).filter(|c| (i + i32::from(*c)) % 3 != 0).collect();
            match i % 7 {
                0 | 4 => made.event(i),
                1 | 5 => made.sparse(i, &some),
                2 => made.header(i, &some),
                3 => {
                    made.processed();
                    made.sparse(i, &some);
                }
                _ if i % 2 == 0 => made.status(),
                _ => made.unknown(),
            }
        }
        made
    }
}
