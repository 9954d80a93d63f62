//! Bytes as the input of every decoder: blocks, chunks of HDF5 filters, waveforms. What is decoded is encoded and decoded again.
#![no_main]

use germane_codecs::{Codec, Decoder, Encoder, OutOfRange, bitshuffle, fletcher32, lz4_blocks, shuffle};
use germane_codecs::{radware_sigcompress as radware, uleb128_zigzag_diff as uleb};
use libfuzzer_sys::fuzz_target;

const CODECS: [Codec; 6] = [Codec::Zlib, Codec::Deflate, Codec::Xz, Codec::Lz4Block, Codec::Zstd, Codec::Lzf];
const PACKINGS: [bitshuffle::Packing; 3] =
    [bitshuffle::Packing::Bits, bitshuffle::Packing::Lz4, bitshuffle::Packing::Zstd { level: 1 }];

// The first byte picks the decoder, the next two the size of the output and the parameters.
fuzz_target!(|data: &[u8]| {
    let [pick, size, parameter, input @ ..] = data else { return };
    let (pick, size, parameter) = (usize::from(*pick), 37 * usize::from(*size), usize::from(*parameter));
    let (mut decoder, mut encoder, mut again) = (Decoder::default(), Encoder::default(), Vec::new());
    let mut out = vec![0; size];
    match pick % 6 {
        0 => {
            let codec = CODECS[pick / 6 % CODECS.len()];
            let _ = decoder.decompress_some(codec, input, &mut out);
            if encoder.compress(codec, 1, input, &mut again).is_ok() {
                let mut back = vec![0; input.len()];
                decoder.decompress(codec, &again, &mut back).expect("what we write we read");
                assert_eq!(back, input);
            }
        }
        1 => {
            let packing = PACKINGS[pick / 6 % PACKINGS.len()];
            let _ = bitshuffle::decode(&mut decoder, parameter, 0, packing, input, &mut out);
            if bitshuffle::encode(&mut encoder, parameter, 64, packing, input, &mut again).is_ok() {
                let mut back = vec![0; input.len()];
                bitshuffle::decode(&mut decoder, parameter, 64, packing, &again, &mut back).expect("what we write we read");
                assert_eq!(back, input);
            }
        }
        2 => {
            let _ = lz4_blocks::decode(&mut decoder, input, &mut out);
            lz4_blocks::encode(&mut encoder, parameter, input, &mut again).expect("any bytes");
            let mut back = vec![0; input.len()];
            lz4_blocks::decode(&mut decoder, &again, &mut back).expect("what we write we read");
            assert_eq!(back, input);
        }
        3 => {
            let mut samples = vec![0_i32; uleb::samples(input)];
            if uleb::decode_into(input, &mut samples, OutOfRange::Refuse).is_ok() {
                uleb::encode(&samples, &mut again).expect("32 bits");
                let mut back = vec![0_i64; samples.len()];
                uleb::decode_into(&again, &mut back, OutOfRange::Refuse).expect("what we write we read");
                assert!(back.iter().zip(&samples).all(|(a, b)| *a == i64::from(*b)));
            }
            let _ = uleb::decode_into(input, &mut vec![0_u16; size], OutOfRange::Refuse);
        }
        4 => {
            let count = radware::samples(input).unwrap_or(size);
            let mut samples = vec![0_i32; count];
            if radware::decode_into(input, -32768, &mut samples, OutOfRange::Refuse).is_ok()
                && radware::encode(&samples, -32768, OutOfRange::Refuse, &mut again).is_ok()
            {
                let mut back = vec![0_u16; count];
                radware::decode_into(&again, -32768, &mut back, OutOfRange::Refuse).expect("what we write we read");
                assert!(back.iter().zip(&samples).all(|(a, b)| i32::from(*a) == *b));
            }
            let _ = radware::decode_into(input, 0, &mut vec![0_f32; size], OutOfRange::Refuse);
        }
        _ => {
            let (mut planes, mut back) = (vec![0; input.len()], vec![0; input.len()]);
            shuffle::shuffle(parameter, input, &mut planes);
            shuffle::unshuffle(parameter, &planes, &mut back);
            assert_eq!(back, input);
            assert!(fletcher32::matches(input, fletcher32::checksum(input)));
        }
    }
});
