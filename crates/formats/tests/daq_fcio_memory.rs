//! What decoding FCIO takes: nothing new for each event, little for hostile streams.

#[path = "shared/fcio_stream.rs"]
mod fcio_stream;

use fcio_stream::Made;
use germane_formats::Error;
use germane_formats::daq::{self, Key, Options, Rows, Sink, Step, TableSpec};
use germane_formats::lh5::Object;
use germane_formats::source::ByteStream;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    io::Read,
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering},
};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// The counts are of one test at a time.
static TURN: Mutex<()> = Mutex::new(());

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Takes rows and forgets them, as a consumer that writes them away.
#[derive(Default)]
struct Passing(Vec<Rows>);

impl Sink for Passing {
    fn open(&mut self, table: &TableSpec) -> Option<usize> {
        self.0.push(Rows::new(table.columns.clone()));
        Some(self.0.len() - 1)
    }

    fn rows(&mut self, slot: usize) -> &mut Rows {
        &mut self.0[slot]
    }

    fn object(&mut self, _: &'static str, _: Option<&Key>, _: Object) -> Result<(), Error> {
        Ok(())
    }
}

impl Passing {
    fn forget(&mut self) {
        self.0.iter_mut().filter(|rows| rows.len() >= 8).for_each(Rows::clear);
    }
}

fn pass(input: Box<dyn Read + Send>, mut each: impl FnMut(usize)) -> Result<usize, Error> {
    let mut reader = daq::open_stream(ByteStream::new("made.fcio", input), &Options::default())?;
    let (mut sink, mut n) = (Passing::default(), 0);
    while reader.next(&mut sink)? != Step::End {
        n += 1;
        sink.forget();
        each(n);
    }
    Ok(n)
}

#[test]
fn events_in_a_row_allocate_nothing() {
    let _turn = TURN.lock().unwrap();
    let mut made = Made::new(6, 500);
    for i in 0..2000 {
        match i % 3 {
            0 => made.event(i),
            1 => made.sparse(i, &[0, 2, 5]),
            _ => made.header(i, &[1, 3]),
        }
    }
    let mut before = 0;
    let mut after = 0;
    let packets = pass(Box::new(std::io::Cursor::new(made.bytes)), |n| match n {
        200 => before = CALLS.load(Ordering::Relaxed),
        1900 => after = CALLS.load(Ordering::Relaxed),
        _ => {}
    });
    assert_eq!((packets.unwrap(), after - before), (2000, 0));
}

/// A pattern that never ends, up to a number of bytes.
struct Endless {
    head: Vec<u8>,
    pattern: Vec<u8>,
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if !self.head.is_empty() {
            let n = self.head.len().min(into.len());
            into[..n].copy_from_slice(&self.head[..n]);
            self.head.drain(..n);
            return Ok(n);
        }
        let n = into.len().min(self.left) / self.pattern.len() * self.pattern.len();
        for piece in into[..n].chunks_mut(self.pattern.len()) {
            piece.copy_from_slice(&self.pattern);
        }
        self.left -= n;
        Ok(n)
    }
}

#[test]
fn hostile_streams_stay_small() {
    let _turn = TURN.lock().unwrap();
    let start = Made::new(6, 100).bytes;
    let frames = |numbers: &[i32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let patterns = [
        // Frames of no bytes, tags without frames, frames of 2 GB, small frames of an event, garbage, unknown records of 8 bytes.
        frames(&[0]),
        frames(&[-3]),
        frames(&[-6]),
        frames(&[i32::MAX]),
        frames(&[-3, 4, 1]),
        vec![0xff],
        b"garbage!".to_vec(),
        frames(&[-77, 0]),
        frames(&[-9, 0, 0, 0, 0]),
    ];
    for (i, pattern) in patterns.into_iter().enumerate() {
        let before = NOW.load(Ordering::Relaxed);
        PEAK.store(before, Ordering::Relaxed);
        let input = Endless { head: start.clone(), pattern, left: 12 << 20 };
        let _ = pass(Box::new(input), |_| {});
        let taken = PEAK.load(Ordering::Relaxed) - before;
        assert!(taken < 4 << 20, "pattern {i}: {taken} bytes");
    }
}
