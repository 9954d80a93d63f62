//! Waveform codecs as the specification writes them: `RadwareSigcompress(codec_shift=-32768)`, `ULEB128ZigZagDiff()`.

use germane_formats::lh5::Codec;
use germane_texts::nearest;
use std::ops::Range;

const NAMES: [&str; 2] = ["RadwareSigcompress", "ULEB128ZigZagDiff"];

/// What is wrong with a text and which of its characters.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) nearest: Option<String>,
    pub(super) advice: Option<String>,
}

/// Reads `NAME(setting=value, …)`.
pub(super) fn parse(text: &str) -> Result<Codec, Wrong> {
    let wrong = |at: Range<usize>, message: String| Wrong { at, message, nearest: None, advice: None };
    let count = |part: &str| part.chars().count();
    let total = count(text);
    let Some((name, rest)) = text.split_once('(') else {
        let near = NAMES.into_iter().find(|n| *n == text.trim()).or_else(|| nearest(text.trim(), NAMES));
        let advice = near.map_or("codecs are written NAME(setting=value)".into(), |n| format!("write `{n}(…)`"));
        return Err(Wrong { advice: Some(advice), ..wrong(0..total, format!("`{text}` is no codec: no brackets")) });
    };
    let Some(inner) = rest.trim_end().strip_suffix(')').filter(|inner| !inner.contains(['(', ')'])) else {
        return Err(wrong(count(name)..total, format!("`{text}` is no codec: its brackets do not match")));
    };
    let mut settings = Vec::new();
    let mut at = count(name) + 1;
    for part in inner.split(',') {
        let here = at..at + count(part);
        at = here.end + 1;
        if part.trim().is_empty() && inner.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = part.split_once('=') else {
            return Err(wrong(here, format!("`{}` is no setting: write name=value", part.trim())));
        };
        settings.push((key.trim().to_owned(), value.trim().to_owned(), here));
    }
    match name.trim() {
        "RadwareSigcompress" => radware(&settings),
        "ULEB128ZigZagDiff" => match settings.into_iter().find(|(key, value, _)| key != "codec" || plain(value) != ULEB) {
            None => Ok(Codec::Uleb128ZigzagDiff),
            Some((key, _, at)) => Err(wrong(at, format!("ULEB128ZigZagDiff has no setting `{key}`"))),
        },
        other => Err(Wrong {
            nearest: nearest(other, NAMES).map(str::to_owned),
            advice: Some(format!("codecs are {}", NAMES.join(" and "))),
            ..wrong(0..count(name), format!("no codec `{other}`"))
        }),
    }
}

const ULEB: &str = "uleb128_zigzag_diff";

/// Without quotes.
fn plain(value: &str) -> &str {
    value.trim_matches(['\'', '"'])
}

fn radware(settings: &[(String, String, Range<usize>)]) -> Result<Codec, Wrong> {
    let mut shift = 0;
    for (key, value, at) in settings {
        let wrong = |message: String| Wrong { at: at.clone(), message, nearest: None, advice: None };
        match key.as_str() {
            "codec_shift" => match value.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 && number.abs() <= 65536.0 => shift = number as i32,
                Ok(number) => return Err(wrong(format!("`codec_shift` cannot be {number}: a whole number of at most 16 bits"))),
                Err(_) => return Err(wrong(format!("`codec_shift`: `{value}` is no number"))),
            },
            "codec" if plain(value) == "radware_sigcompress" => {}
            other => {
                let nearest = nearest(other, ["codec_shift"]).map(str::to_owned);
                return Err(Wrong { nearest, ..wrong(format!("RadwareSigcompress has no setting `{other}`")) });
            }
        }
    }
    Ok(Codec::RadwareSigcompress { shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_read_as_the_peer_reads_them() {
        for text in ["RadwareSigcompress(codec_shift=-32768)", " RadwareSigcompress( codec_shift = -32768.0 ) "] {
            assert_eq!(parse(text), Ok(Codec::RadwareSigcompress { shift: -32768 }), "{text}");
        }
        assert_eq!(parse("RadwareSigcompress()"), Ok(Codec::RadwareSigcompress { shift: 0 }));
        assert_eq!(parse("ULEB128ZigZagDiff()"), Ok(Codec::Uleb128ZigzagDiff));
        assert_eq!(parse("ULEB128ZigZagDiff(codec='uleb128_zigzag_diff')"), Ok(Codec::Uleb128ZigzagDiff));
    }

    #[test]
    fn wrong_codecs_say_where() {
        let wrong = |text: &str| parse(text).unwrap_err();
        assert_eq!(wrong("RadwareSigcompres(codec_shift=0)").nearest.as_deref(), Some("RadwareSigcompress"));
        assert_eq!(wrong("RadwareSigcompress(codec_shft=0)").nearest.as_deref(), Some("codec_shift"));
        assert_eq!(wrong("RadwareSigcompress(codec_shift=x)").at, 19..32);
        for text in ["RadwareSigcompress", "ULEB128ZigZagDiff(a=1)", "ULEB128ZigZagDiff(", "X()", "ULEB128ZigZagDiff(,)"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
