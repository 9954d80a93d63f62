//! Ten thousand flips and cuts of good input for every decoder: an answer or a fault, never a panic, never more output than
//! was asked for (the places behind it stay as they were).

use germane_codecs::{
    Codec, Decoder, Encoder, Fault, OutOfRange, bitshuffle, lz4_blocks, radware_sigcompress, uleb128_zigzag_diff,
};

const ROUNDS: usize = 10_000;
/// Places behind the output that must not change.
const GUARD: usize = 64;

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Some bytes changed, or the end cut off, or bytes added.
fn damaged(good: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=numbers.below(4) {
        match numbers.below(8) {
            0 => bytes.truncate(numbers.below(bytes.len() + 1)),
            1 => bytes.extend((0..numbers.below(40)).map(|_| numbers.below(256) as u8)),
            2 if !bytes.is_empty() => bytes.drain(..numbers.below(bytes.len().min(6))).for_each(drop),
            _ if !bytes.is_empty() => {
                // The beginning holds sizes: it is hit as often as all the rest.
                let range = if numbers.below(2) == 0 { bytes.len().min(16) } else { bytes.len() };
                let at = numbers.below(range);
                bytes[at] = if numbers.below(2) == 0 { bytes[at] ^ 1 << numbers.below(8) } else { numbers.below(256) as u8 };
            }
            _ => {}
        }
    }
    bytes
}

/// Decodes damaged forms of `good` into `count` places between guards; `decode` gets the input and those places.
fn torture<T: Copy + PartialEq + std::fmt::Debug>(
    name: &str,
    good: &[u8],
    count: usize,
    guard: T,
    mut decode: impl FnMut(&[u8], &mut [T]) -> Result<(), Fault>,
) {
    let mut numbers = Numbers(good.len() as u64);
    let mut room = vec![guard; count + GUARD];
    decode(good, &mut room[..count]).unwrap_or_else(|fault| panic!("{name}: good input is refused: {fault}"));
    let mut refused = 0;
    for _ in 0..ROUNDS {
        let bytes = damaged(good, &mut numbers);
        let wanted = if numbers.below(8) == 0 { numbers.below(count + 1) } else { count };
        let (out, behind) = room.split_at_mut(wanted);
        let before = behind.to_vec();
        if let Err(fault) = decode(&bytes, out) {
            refused += 1;
            assert!(fault.at <= bytes.len(), "{name}: {fault:?} is outside {} bytes", bytes.len());
            assert!(!fault.reason.is_empty());
        }
        assert_eq!(behind, before, "{name}: written behind the output");
    }
    assert!(refused > ROUNDS / 20, "{name}: only {refused} of {ROUNDS} refused");
}

/// A pulse with noise.
fn waveform(n: usize) -> Vec<u16> {
    let mut numbers = Numbers(5);
    (0..n).map(|i| (14000 + numbers.below(90) + if i > n / 3 { 9000 * n / (n + 3 * i) } else { 0 }) as u16).collect()
}

fn raw() -> Vec<u8> {
    waveform(1500).iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[test]
fn uleb_rows() {
    let samples = waveform(1500);
    let mut row = Vec::new();
    uleb128_zigzag_diff::encode(&samples, &mut row).unwrap();
    torture("uleb to uint16", &row, samples.len(), 7_u16, |row, out| {
        uleb128_zigzag_diff::decode_into(row, out, OutOfRange::Refuse)
    });
    torture("uleb to int32", &row, samples.len(), 7_i32, |row, out| uleb128_zigzag_diff::decode_into(row, out, OutOfRange::Wrap));
}

#[test]
fn radware_rows() {
    let samples = waveform(1500);
    let mut row = Vec::new();
    radware_sigcompress::encode(&samples, -32768, OutOfRange::Refuse, &mut row).unwrap();
    for rule in [OutOfRange::Refuse, OutOfRange::Wrap] {
        torture("radware to uint16", &row, samples.len(), 7_u16, |row, out| {
            radware_sigcompress::decode_into(row, -32768, out, rule)
        });
        torture("radware to float32", &row, samples.len(), 7.0_f32, |row, out| {
            radware_sigcompress::decode_into(row, i32::MIN, out, rule)
        });
    }
}

#[test]
fn blocks_of_every_codec() {
    let raw = raw();
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    for codec in [Codec::Zlib, Codec::Deflate, Codec::Xz, Codec::Lz4Block, Codec::Zstd, Codec::Lzf] {
        let mut packed = Vec::new();
        encoder.compress(codec, 3, &raw, &mut packed).unwrap();
        torture(codec.name(), &packed, raw.len(), 7, |packed, out| decoder.decompress(codec, packed, out));
        torture(codec.name(), &packed, raw.len(), 7, |packed, out| {
            let n = decoder.decompress_some(codec, packed, out)?;
            assert!(n <= out.len());
            Ok(())
        });
    }
}

#[test]
fn chunks_of_hdf5_filters() {
    let raw = raw();
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    let mut packed = Vec::new();
    lz4_blocks::encode(&mut encoder, 500, &raw, &mut packed).unwrap();
    torture("lz4 chunk", &packed, raw.len(), 7, |packed, out| lz4_blocks::decode(&mut decoder, packed, out));
    for packing in [bitshuffle::Packing::Bits, bitshuffle::Packing::Lz4, bitshuffle::Packing::Zstd { level: 1 }] {
        packed.clear();
        bitshuffle::encode(&mut encoder, 2, 64, packing, &raw, &mut packed).unwrap();
        let name = format!("bit shuffle {packing:?}");
        torture(&name, &packed, raw.len(), 7, |packed, out| bitshuffle::decode(&mut decoder, 2, 64, packing, packed, out));
    }
}
