//! Pointers between objects of one record.
//!
//! ```text
//! u32 tag: 0 null; otherwise an optional byte count (bit 30), then the tag
//!   0xFFFFFFFF       a new class: zero-terminated name, then the object
//!   bit 31           a class seen before: its offset + 2, then the object
//!   anything else    an object seen before: its offset + 2
//! ```
//! Offsets count from the start of the record, key included.

use super::cursor::{Cursor, Fault, Parsed};
use std::collections::HashMap;

const BYTE_COUNT: u32 = 1 << 30;
const NEW_CLASS: u32 = 0xFFFF_FFFF;
const CLASS: u32 = 1 << 31;

/// What a pointer leads to.
#[derive(Clone, Debug)]
pub(crate) enum Target<'a, T> {
    /// Nothing.
    Null,
    /// An object that was read before, or is being read.
    Known(T),
    /// An object that begins here.
    Object { class: &'a str, tag: u32, end: Option<usize> },
}

/// Classes and objects met so far in one record.
#[derive(Debug)]
pub(crate) struct Pointers<'a, T> {
    origin: usize,
    classes: HashMap<u32, &'a str>,
    objects: HashMap<u32, T>,
}

impl<'a, T: Clone> Pointers<'a, T> {
    /// `origin` is the number of bytes before the payload in its record, i.e. the key length.
    pub(crate) fn new(origin: usize) -> Self {
        Self { origin, classes: HashMap::new(), objects: HashMap::new() }
    }

    pub(crate) fn remember(&mut self, tag: u32, object: T) {
        self.objects.insert(tag, object);
    }

    /// Reads the tag; where an object begins, the caller reads it and calls [`Pointers::remember`].
    pub(crate) fn follow(&mut self, c: &mut Cursor<'a>) -> Parsed<Target<'a, T>> {
        let start = c.pos;
        let first = c.u32()?;
        let (counted, tag, tag_at, end) = if first & BYTE_COUNT != 0 && first != NEW_CLASS {
            let count = (first & !BYTE_COUNT) as usize;
            if count > c.left() {
                return Err(Fault::new(start, format!("object of {count} bytes where {} are left", c.left())));
            }
            let end = c.pos + count;
            (true, c.u32()?, start + 4, Some(end))
        } else {
            (false, first, start, None)
        };
        if tag & CLASS == 0 {
            return match (tag, self.objects.get(&tag)) {
                (0, _) => Ok(Target::Null),
                (_, Some(known)) => Ok(Target::Known(known.clone())),
                // The object is outside what was read, e.g. a parent; some writers leave bytes after such a tag.
                _ => {
                    c.pos = end.unwrap_or(c.pos);
                    Ok(Target::Null)
                }
            };
        }
        let own = if counted { (start + self.origin + 2) as u32 } else { (self.objects.len() + self.classes.len() + 1) as u32 };
        let class = if tag == NEW_CLASS {
            let at = c.pos;
            let name = std::str::from_utf8(c.zero_terminated()?).map_err(|_| Fault::new(at, "a class name is no text"))?;
            let key = if counted { (tag_at + self.origin + 2) as u32 } else { own };
            self.classes.insert(key, name);
            name
        } else {
            let reference = tag & !CLASS;
            match self.classes.get(&reference) {
                Some(name) => name,
                None => return Err(Fault::new(tag_at, format!("class reference {reference} leads to nothing"))),
            }
        };
        Ok(Target::Object { class, tag: own, end })
    }
}
