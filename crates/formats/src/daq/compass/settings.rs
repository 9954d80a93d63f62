//! The settings of a CoMPASS run: the XML file beside its data.

use crate::daq::columns::{scalar, structure, text};
use crate::lh5::Object;
use crate::{Error, Kind};
use germane_columns::NumberType::F64;
use indexmap::IndexMap;
use quick_xml::events::Event;
use std::{fs, path::Path};

/// Elements in each other at most.
const DEEPEST: usize = 100;
/// Length of the record in ns.
const RECORD_LENGTH: &str = "SRV_PARAM_RECLEN";

/// Boards and channels of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    boards: Vec<Board>,
}

#[derive(Clone, Debug, PartialEq)]
struct Board {
    model: String,
    bits: String,
    /// samples in a ns
    rate: f64,
    /// samples of a record
    samples: f64,
    /// Channels that are switched on, with what is set of each.
    channels: Vec<(String, IndexMap<String, String>)>,
}

/// An element with its text, without its attributes.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Self> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// [`Kind::Gone`], [`Kind::Io`], [`Kind::NotThisFormat`] if it is not the XML of CoMPASS, [`Kind::Unsupported`] for a board
    /// whose sampling rate is not known.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| {
            let kind = if error.kind() == std::io::ErrorKind::NotFound { Kind::Gone } else { Kind::Io };
            Error::new(&name, kind, error.to_string())
        })?;
        Self::parse(&name, &bytes)
    }

    /// Reads settings from the bytes of such a file; `name` is for messages.
    ///
    /// # Errors
    /// As [`Settings::open`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |text: String| Error::new(name, Kind::NotThisFormat, format!("not the settings of a CoMPASS run: {text}"));
        let root = element(bytes).map_err(wrong)?;
        let missing = |what: &str| wrong(format!("no {what}"));
        let configuration = root.child("configuration").ok_or_else(|| missing("`configuration`"))?;
        let mut boards = Vec::new();
        for board in configuration.all("board") {
            let model = board.text_of("modelName").ok_or_else(|| missing("`modelName` of a board"))?;
            let bits = board.text_of("adcBitCount").ok_or_else(|| missing("`adcBitCount` of a board"))?;
            let rate = rate(model, board.text_of("sampleTime")).ok_or_else(|| {
                Error::new(name, Kind::Unsupported, format!("the sampling rate of a board `{model}` is not known"))
            })?;
            let defaults = defaults(board);
            let length = defaults.get(RECORD_LENGTH).and_then(|text| text.parse::<f64>().ok()).filter(|ns| *ns >= 0.0);
            let length = length.ok_or_else(|| missing(&format!("`{RECORD_LENGTH}` of a board")))?;
            let channels = board.all("channel").filter_map(|channel| channel_of(channel, &defaults)).collect();
            boards.push(Board { model: model.to_owned(), bits: bits.to_owned(), rate, samples: length * rate, channels });
        }
        if boards.is_empty() { Err(missing("`board`")) } else { Ok(Self { boards }) }
    }

    /// Board, channel and samples of every channel that is switched on.
    pub(super) fn channels(&self) -> Vec<(u64, u64, usize)> {
        let of = |(i, board): (usize, &Board)| {
            let samples = board.samples as usize;
            let numbers = board.channels.iter().filter_map(|(number, _)| number.parse().ok());
            numbers.map(move |channel| (i as u64, channel, samples)).collect::<Vec<_>>()
        };
        self.boards.iter().enumerate().flat_map(of).collect()
    }

    /// The boards as a struct.
    pub(super) fn object(&self) -> Object {
        let board = |(i, board): (usize, &Board)| {
            let channels = board.channels.iter().map(|(number, values)| {
                let values = values.iter().map(|(key, value)| (key.clone(), text(value)));
                (number.clone(), structure(values))
            });
            let members = [
                ("modelName", text(&board.model)),
                ("adcBitCount", text(&board.bits)),
                ("sample_rate", scalar(F64, board.rate)),
                ("wf_len", scalar(F64, board.samples)),
                ("channels", structure(channels)),
            ];
            (i.to_string(), structure(members.map(|(name, object)| (name.to_owned(), object))))
        };
        structure(self.boards.iter().enumerate().map(board))
    }
}

/// Samples in a ns: of models that are known, else from the sampling period in ps.
fn rate(model: &str, period_ps: Option<&str>) -> Option<f64> {
    match model {
        "DT5730" => Some(0.5),
        "DT5725" => Some(0.25),
        _ => period_ps?.parse::<f64>().ok().filter(|ps| *ps > 0.0).map(|ps| 1000.0 / ps),
    }
}

/// Values of the board by name; channels that do not set them have these.
fn defaults(board: &Element) -> IndexMap<String, String> {
    let entries = board.child("parameters").into_iter().flat_map(|parameters| parameters.all("entry"));
    let value = |entry: &Element| {
        let key = entry.text_of("key")?.to_owned();
        Some((key, entry.child("value")?.text_of("value").unwrap_or_default().to_owned()))
    };
    entries.filter_map(value).collect()
}

/// A channel, unless it is switched off: it has then one entry or none.
fn channel_of(channel: &Element, defaults: &IndexMap<String, String>) -> Option<(String, IndexMap<String, String>)> {
    let entries: Vec<&Element> = channel.child("values")?.all("entry").collect();
    if entries.len() < 2 {
        return None;
    }
    let value = |entry: &&Element| {
        let key = entry.text_of("key")?;
        let value = entry.text_of("value").or_else(|| defaults.get(key).map(String::as_str))?;
        Some((key.to_owned(), value.to_owned()))
    };
    Some((channel.text_of("index")?.to_owned(), entries.iter().filter_map(value).collect()))
}

/// The elements of a document, below one without name.
fn element(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open = vec![Element::default()];
    let named = |name: &str| Element { name: name.to_owned(), ..Element::default() };
    loop {
        let event = reader.read_event().map_err(|error| format!("at byte {}: {error}", reader.buffer_position()))?;
        let depth = open.len();
        let top = open.last_mut().expect("invariant: the document itself stays open");
        match event {
            Event::Start(start) => open.push(named(start.name().as_ref())),
            Event::Empty(start) => top.children.push(named(start.name().as_ref())),
            Event::End(_) if depth > 1 => {
                let done = open.pop().expect("invariant: more than one is open");
                open.last_mut().expect("invariant: the document itself stays open").children.push(done);
            }
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::CData(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let named = quick_xml::escape::resolve_predefined_entity(&reference);
                match reference.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(c) => top.text.push(c),
                    None => top.text.push_str(named.ok_or_else(|| format!("unknown entity `{}`", &*reference))?),
                }
            }
            Event::Eof if depth == 1 => return Ok(open.remove(0)),
            Event::Eof => return Err(format!("`{}` is not closed", top.name)),
            _ => {}
        }
        if open.len() > DEEPEST {
            return Err(format!("more than {DEEPEST} elements in each other"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(model: &str, channels: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><configuration><board><modelName>{model}</modelName><adcBitCount>14</adcBitCount>\
             <sampleTime>4000</sampleTime><parameters><entry><key>SRV_PARAM_RECLEN</key><value><value a=\"b\">2000.0</value>\
             </value></entry><entry><key>A</key><value><value>7 &amp; 8</value></value></entry></parameters>{channels}\
             </board></configuration>"
        )
    }

    #[test]
    fn channels_with_one_entry_are_off_and_values_of_the_board_are_taken() {
        let channels = "<channel><index>0</index><values><entry><key>A</key></entry><entry><key>B</key><value>x</value>\
                        </entry></values></channel><channel><index>1</index><values/></channel>\
                        <channel><index>2</index><values><entry><key>A</key></entry></values></channel>";
        let settings = Settings::parse("settings.xml", document("DT5725", channels).as_bytes()).unwrap();
        assert_eq!(settings.channels(), [(0, 0, 500)]);
        let values = &settings.boards[0].channels[0].1;
        assert_eq!((values["A"].as_str(), values["B"].as_str()), ("7 & 8", "x"));
    }

    #[test]
    fn unknown_boards_have_the_rate_of_their_period() {
        let settings = Settings::parse("settings.xml", document("V1725", "").as_bytes()).unwrap();
        assert_eq!((settings.boards[0].rate, settings.boards[0].samples), (0.25, 500.0));
    }

    #[test]
    fn other_documents_are_refused() {
        for text in ["", "<a>", "<a></b>", "<configuration/>", "<configuration><board/></configuration>", "\u{0}"] {
            assert_eq!(Settings::parse("x", text.as_bytes()).unwrap_err().kind, Kind::NotThisFormat, "{text}");
        }
        let deep = "<a>".repeat(100_000);
        assert!(Settings::parse("x", deep.as_bytes()).unwrap_err().message.contains("in each other"));
    }
}
