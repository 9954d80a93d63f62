//! `germane codec`: waveforms of NumPy archives, encoded and decoded as LH5 files hold them.

use super::options::{CodecArguments, CodecCommand, DecodeArguments, EncodeArguments};
use super::print::{Console, Stop};
use germane_columns::buffer::Buffer;
use germane_formats::hdf5::{Element, Values};
use germane_formats::npz::{self, Arrays, Storage, waveforms};
use germane_runs::{Error, file_diagnostic};
use germane_texts::Diagnostic;
use serde_json::json;
use std::path::Path;
use waveforms::{Codec, OutOfRange, Problem};

/// Shift that takes uint16 samples to 16 bits with sign.
const SHIFT_OF_UINT16: i32 = -32768;

pub(super) fn codec(console: &Console, arguments: &CodecArguments) -> Result<i32, Stop> {
    match &arguments.command {
        CodecCommand::Encode(arguments) => encode(console, arguments),
        CodecCommand::Decode(arguments) => decode(console, arguments),
    }
}

fn encode(console: &Console, arguments: &EncodeArguments) -> Result<i32, Stop> {
    let plain = read(&arguments.input)?;
    let unsigned = plain.get("values").is_some_and(|values| type_name(values) == "uint16");
    let shift = arguments.shift.unwrap_or(if unsigned { SHIFT_OF_UINT16 } else { 0 });
    let codec = named(&arguments.codec, shift)?;
    let encoded = waveforms::encode(&plain, codec, rule(arguments.wrap)).map_err(|problem| wrong(&arguments.input, &problem))?;
    write(&arguments.output, &encoded, arguments.deflate)?;
    report(console, "encode", codec, [(&arguments.input, &plain["values"]), (&arguments.output, &encoded["encoded_data"])])
}

fn decode(console: &Console, arguments: &DecodeArguments) -> Result<i32, Stop> {
    let encoded = read(&arguments.input)?;
    let mut codec = match &arguments.codec {
        Some(name) => named(name, 0)?,
        None => waveforms::codec_of(&encoded).map_err(|problem| wrong(&arguments.input, &problem))?,
    };
    if let (Codec::RadwareSigcompress { shift }, Some(asked)) = (&mut codec, arguments.shift) {
        *shift = asked;
    }
    let number = arguments.to.number();
    let plain =
        waveforms::decode(&encoded, codec, number, rule(arguments.wrap)).map_err(|problem| wrong(&arguments.input, &problem))?;
    write(&arguments.output, &plain, arguments.deflate)?;
    report(console, "decode", codec, [(&arguments.input, &encoded["encoded_data"]), (&arguments.output, &plain["values"])])
}

fn rule(wrap: bool) -> OutOfRange {
    if wrap { OutOfRange::Wrap } else { OutOfRange::Refuse }
}

fn named(name: &str, shift: i32) -> Result<Codec, Error> {
    Codec::named(name, shift)
        .ok_or_else(|| super::usage(format!("no waveform codec `{name}`"), &format!("there are {}", Codec::NAMES.join(", "))))
}

fn read(path: &Path) -> Result<Arrays, Error> {
    npz::read(path).map_err(|error| Error::input(vec![file_diagnostic(&error)]))
}

fn write(path: &Path, arrays: &Arrays, deflate: bool) -> Result<(), Error> {
    let storage = if deflate { Storage::Deflated } else { Storage::Stored };
    npz::write(path, arrays, storage).map_err(|error| Error::input(vec![file_diagnostic(&error)]))
}

fn wrong(path: &Path, problem: &Problem) -> Error {
    let diagnostic = Diagnostic::new("file", format!("{}: {problem}", path.display()));
    let advice = match problem.array {
        "values" => {
            "wanted: values (rows by samples, or flat with cumulative_length); --shift moves samples, --wrap keeps their lowest bits"
        }
        _ => "wanted: encoded_data, cumulative_length, decoded_size and codec, as `germane codec encode` writes them",
    };
    Error::input(vec![diagnostic.advice(advice)])
}

fn type_name(values: &Values) -> &'static str {
    match values.element {
        Element::Number(number) => number.name(),
        _ => "other",
    }
}

/// One line, or one document: what was read and what was written.
fn report(console: &Console, action: &str, codec: Codec, files: [(&std::path::PathBuf, &Values); 2]) -> Result<i32, Stop> {
    let shift = match codec {
        Codec::RadwareSigcompress { shift } => Some(shift),
        Codec::Uleb128ZigzagDiff => None,
    };
    let bytes = |values: &Values| values.bytes().map_or(0, Buffer::len);
    if console.json {
        let [input, output] = files.map(|(path, values)| {
            json!({"file": path.display().to_string(), "type": type_name(values), "shape": values.shape, "bytes": bytes(values)})
        });
        let document = json!({
            "germane_codec": 1, "action": action, "codec": codec.name(), "codec_shift": shift, "input": input, "output": output,
        });
        console.document(&document)?;
    } else {
        let [(_, input), (path, output)] = files;
        let (before, after) = (bytes(input), bytes(output));
        console.note(&format!("{}: {} bytes of {} from {before}", path.display(), after, codec.name()));
    }
    Ok(0)
}
