//! Bytes as a raw file of any digitizer: opened, decoded, listed. Nothing may panic, rows must be whole, gaps must lie in the file.
#![no_main]

use germane_formats::Error;
use germane_formats::daq::{self, Format, Key, Options, Rows, Sink, Step, TableSpec};
use germane_formats::lh5::Object;
use germane_formats::source::ByteStream;
use libfuzzer_sys::fuzz_target;

/// Takes every second table.
#[derive(Default)]
struct Tables(Vec<Rows>, bool);

impl Sink for Tables {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        self.1 = !self.1;
        if self.1 {
            self.0.push(Rows::new(table.columns.clone()));
        }
        self.1.then(|| self.0.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.0[slot]
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    // The first byte says how the others are read.
    let Some((&how, bytes)) = data.split_first() else { return };
    let mut options = Options::default();
    options.patience = std::time::Duration::ZERO;
    options.format = match how % 8 {
        0 => Some(Format::FlashCam),
        1 => Some(Format::Orca),
        2 => Some(Format::Compass),
        3 => Some(Format::Llama),
        _ => None,
    };
    let input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let stream = match how {
        128.. => ByteStream::unpacking("fuzz.raw", input),
        _ => ByteStream::new("fuzz.raw", input),
    };
    let Ok(mut reader) = daq::open_stream(stream, &options) else { return };
    let mut tables = Tables::default();
    while reader.next(&mut tables).is_ok_and(|step| step == Step::Packet) {}
    // A packed file may be longer than it looks.
    if how < 128 {
        for gap in reader.gaps() {
            assert!(gap.offset + gap.bytes <= bytes.len() as u64, "{gap:?} of {} bytes", bytes.len());
        }
    }
    for rows in &mut tables.0 {
        let due = rows.len();
        let germane_formats::lh5::Content::Table { rows, .. } = rows.take().content else { panic!("a table") };
        assert_eq!(rows, due);
    }
});
