//! Texts in files, as they are or packed.

use crate::error::Error;
use germane_formats::source::ByteStream;
use germane_models::datacard::Physics;
use germane_texts::{Diagnostic, Source};
use std::io::Cursor;
use std::path::Path;

/// The text of a file, unpacked if it is gzip, bzip2 or zstd (`scaling.json.gz`).
///
/// # Errors
/// With the code `file`, if it cannot be read, its packing is damaged, or it is not UTF-8.
pub fn read_text(path: &Path) -> Result<Source, Diagnostic> {
    let name = path.display().to_string();
    let problem = |reason: String| Diagnostic::new("file", format!("{name}: {reason}"));
    let bytes = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
    let mut stream = ByteStream::unpacking(name.as_str(), Box::new(Cursor::new(bytes)));
    let unpacked = stream.peek(usize::MAX).map_err(|error| problem(error.to_string()))?.to_vec();
    if let Some(damage) = stream.damage() {
        return Err(problem(format!("byte {}: {}", damage.byte, damage.reason)));
    }
    let text = String::from_utf8(unpacked).map_err(|error| problem(format!("not UTF-8: {error}")))?;
    Ok(Source::new(name, text))
}

/// A physics model of cards, `NAME OPTION …`; files that it names are looked for here.
///
/// # Errors
/// An unknown model or option, files that cannot be read, all their mistakes.
pub fn card_physics(text: &str) -> Result<Physics, Error> {
    Physics::read(text, |name| read_text(Path::new(name))).map_err(|problems| {
        let all = |code: &str| problems.iter().all(|problem| problem.code == code);
        match (all("physics"), all("file")) {
            (true, _) => Error { exit: 2, diagnostics: problems },
            (_, true) => Error::input(problems),
            _ => Error::text(problems),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '{"a": 1}' | gzip -n | xxd -p`
    const PACKED: [u8; 28] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x52, 0x30, 0xac, 5, 0, 0x97, 0x8e, 0xa1, 0xfb, 8, 0,
        0, 0,
    ];

    #[test]
    fn packed_texts_are_unpacked_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json.gz");
        std::fs::write(&path, PACKED).unwrap();
        assert_eq!(&*read_text(&path).unwrap().text, "{\"a\": 1}");
        std::fs::write(&path, &PACKED[..20]).unwrap();
        assert!(read_text(&path).unwrap_err().message.contains("a.json.gz: byte"));
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read_text(&path).unwrap_err().message.contains("not UTF-8"));
        assert!(read_text(&folder.path().join("none")).unwrap_err().message.contains("No such file"));
    }
}
