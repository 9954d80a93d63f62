//! Stored elements become [`Values`]: converted, or fetched from the global heap where they are texts and lists of any length.
//!
//! ```text
//! element of any length: length 4, address of a global heap, index 4
//! ```

use super::{
    conversion,
    cursor::{Cursor, Parsed, before_zero},
    file::Inner,
    global_heap::{self, Collection},
    memory::{buffer, zeroed},
    message::datatype::{Class, Datatype},
    values::{Element, ValueData, Values},
};
use crate::{Error, Kind};
use germane_columns::buffer::Buffer;
use std::sync::Arc;

/// Bytes of texts and lists beyond the size of the file that are still believed: only repeated references need them.
const REPEATED: u64 = 64 << 20;

/// Values of the stored bytes of elements, which begin at absolute offset `at`.
pub(crate) fn values(inner: &Inner, datatype: &Datatype, stored: &[u8], at: u64, shape: Vec<usize>) -> Result<Values, Error> {
    let mut left = inner.storage.source.size().saturating_add(REPEATED);
    fetched(inner, datatype, stored, at, shape, &mut left)
}

fn fetched(
    inner: &Inner,
    datatype: &Datatype,
    stored: &[u8],
    at: u64,
    shape: Vec<usize>,
    left: &mut u64,
) -> Result<Values, Error> {
    let (element, conversion) = conversion::plan(datatype)
        .map_err(|what| inner.storage.error(Kind::Unsupported, format!("{what} cannot be read")).at(at))?;
    match (&datatype.class, element) {
        (Class::AnyText { .. }, element @ Element::Text { .. }) => {
            let mut offsets = vec![0];
            let mut bytes = Vec::new();
            each(inner, datatype, stored, at, left, &mut |_, object| {
                bytes.extend_from_slice(before_zero(object));
                offsets.push(bytes.len() as i64);
                Ok(())
            })?;
            Ok(Values { element, shape, data: ValueData::Texts { offsets, bytes: Buffer::from_vec(bytes) } })
        }
        (Class::AnyList(base), element @ Element::List(_)) => {
            let mut offsets = vec![0];
            let mut items = Vec::new();
            let size = base.size as usize;
            each(inner, datatype, stored, at, left, &mut |count, object| {
                let Some(bytes) = count.checked_mul(size).and_then(|len| object.get(..len)) else {
                    return Err(format!("a list of {count} items of {size} bytes in {} bytes of a heap", object.len()));
                };
                items.extend_from_slice(bytes);
                offsets.push((items.len() / size) as i64);
                Ok(())
            })?;
            let count = items.len() / size;
            let items = Box::new(fetched(inner, base, &items, at, vec![count], left)?);
            Ok(Values { element, shape, data: ValueData::Lists { offsets, items } })
        }
        (_, element) => {
            let len = shape.iter().product::<usize>() * conversion.size();
            let mut memory = zeroed(len);
            let out = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut memory)[..len];
            conversion.convert(stored, out);
            Ok(Values::fixed(element, shape, buffer(memory, len)))
        }
    }
}

/// Calls `take` with the length and the bytes of each element of any length.
fn each(
    inner: &Inner,
    datatype: &Datatype,
    stored: &[u8],
    at: u64,
    left: &mut u64,
    take: &mut dyn FnMut(usize, &[u8]) -> Result<(), String>,
) -> Result<(), Error> {
    let storage = &inner.storage;
    let size = datatype.size as usize;
    let list = matches!(datatype.class, Class::AnyList(_));
    let mut last: Option<(u64, Arc<Collection>)> = None;
    for (k, element) in stored.chunks_exact(size).enumerate() {
        let at = at.saturating_add((k * size) as u64);
        let mut c = Cursor::new(element, storage.widths);
        let parsed = (|| -> Parsed<(u32, Option<u64>, u32)> { Ok((c.u32()?, c.address()?, c.u32()?)) })();
        let (count, address, index) = parsed.map_err(|fault| storage.fault(at, fault))?;
        let damaged = |reason: String| storage.error(Kind::Damaged, reason).at(at);
        // Elements that were never written are all zero.
        let (Some(address), true) = (address.filter(|a| *a != 0), count > 0) else {
            take(0, &[]).map_err(damaged)?;
            continue;
        };
        if last.as_ref().is_none_or(|(known, _)| *known != address) {
            last = Some((address, inner.heap.collection(storage, address)?));
        }
        let (_, collection) = last.as_ref().expect("invariant: set above");
        let object = collection.object(index).ok_or_else(|| global_heap::missing(storage, address, index))?;
        let object = if list { object } else { object.get(..count as usize).unwrap_or(object) };
        let Some(rest) = left.checked_sub(object.len() as u64) else {
            return Err(damaged("texts and lists are longer than the file".to_owned()));
        };
        *left = rest;
        take(count as usize, object).map_err(damaged)?;
    }
    Ok(())
}
