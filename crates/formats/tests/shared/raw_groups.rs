//! A sink that groups keys as daq2lh5 does without an output specification, and remembers the order of rows.

use germane_formats::Error;
use germane_formats::daq::{DecoderInfo, Key, RawReader, Rows, Sink, Step, TableSpec};
use germane_formats::lh5::Object;
use serde_json::Value;

/// Tables by decoder and list of keys.
#[derive(Default)]
pub(crate) struct Groups {
    infos: Vec<DecoderInfo>,
    tables: Vec<(TableSpec, usize, Rows)>,
    objects: Vec<(&'static str, Object)>,
    /// table and row, in the order of the stream
    pub(crate) order: Vec<(usize, usize)>,
    seen: Vec<usize>,
}

impl Groups {
    /// Reads a stream to its end.
    pub(crate) fn of(reader: &mut dyn RawReader) -> Self {
        let mut groups = Self { infos: reader.decoders().to_vec(), ..Self::default() };
        while reader.next(&mut groups).unwrap() == Step::Packet {
            for (i, (.., rows)) in groups.tables.iter().enumerate() {
                groups.seen.resize(groups.tables.len(), 0);
                groups.order.extend((groups.seen[i]..rows.len()).map(|row| (i, row)));
                groups.seen[i] = rows.len();
            }
        }
        groups
    }

    /// Decoder of a table.
    pub(crate) fn decoder(&self, table: usize) -> &'static str {
        self.tables[table].0.decoder
    }

    /// All tables.
    pub(crate) fn take_all(&mut self) -> Vec<Object> {
        self.tables.iter_mut().map(|(.., rows)| rows.take()).collect()
    }

    /// Tables and objects under the names that they have without an output specification.
    pub(crate) fn named(mut self, infos: &[DecoderInfo]) -> Vec<(String, Object)> {
        let short = |decoder: &str| decoder.strip_suffix("Decoder").unwrap_or(decoder).to_owned();
        let mut named: Vec<(String, Object)> = self.objects.drain(..).map(|(name, object)| (short(name), object)).collect();
        for (spec, list, rows) in &mut self.tables {
            let lists = &infos.iter().find(|info| info.decoder == spec.decoder).unwrap().key_lists;
            let suffix = match lists.get(*list) {
                Some(keys) if lists.len() > 1 && keys.len() == 1 => format!("_{}", keys[0]),
                Some(_) if lists.len() > 1 => format!("_{list}"),
                _ => String::new(),
            };
            named.push((short(spec.decoder) + &suffix, rows.take()));
        }
        named
    }
}

impl Sink for Groups {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        let lists = &self.infos.iter().find(|info| info.decoder == table.decoder).expect("an announced decoder").key_lists;
        let list = match &table.key {
            // A key that is not announced is not wanted.
            Some(key) => lists.iter().position(|keys: &Vec<Key>| keys.contains(key))?,
            None => 0,
        };
        let same = self.tables.iter().position(|(spec, of, _)| (spec.decoder, *of) == (table.decoder, list));
        if let Some(same) = same {
            assert_eq!(self.tables[same].2.columns(), table.columns, "keys of one list have the same columns");
            return Some(same);
        }
        self.tables.push((table.clone(), list, Rows::new(table.columns.clone())));
        Some(self.tables.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.tables[slot].2
    }

    fn object(&mut self, decoder: &'static str, _: Option<&Key>, object: Object) -> Result<(), Error> {
        self.objects.push((decoder, object));
        Ok(())
    }
}

/// Bytes after the operations of a recipe of `damaged.json`.
pub(crate) fn apply(mut bytes: Vec<u8>, recipe: &Value) -> Vec<u8> {
    let hex = |text: &Value| -> Vec<u8> {
        let text = text.as_str().unwrap();
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    for step in recipe.as_array().unwrap() {
        let at = step[1].as_u64().unwrap() as usize;
        match step[0].as_str().unwrap() {
            "cut" => bytes.truncate(at),
            "flip" => bytes[at] ^= step[2].as_u64().unwrap() as u8,
            "set" => {
                let new = hex(&step[2]);
                bytes[at..at + new.len()].copy_from_slice(&new);
            }
            "drop" => drop(bytes.drain(at..at + step[2].as_u64().unwrap() as usize)),
            "insert" => drop(bytes.splice(at..at, hex(&step[2]))),
            other => panic!("{other}"),
        }
    }
    bytes
}
