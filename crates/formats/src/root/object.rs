//! Objects that are records of their own, read by the descriptions in the file.

use super::{
    builder::Builder,
    compile::Compiler,
    cursor::{Cursor, Fault},
    file::{Entry, Store},
    node::{Context, Node},
};
use crate::{Error, Kind};
use germane_columns::Array;

/// The members of one object as a structure with one value.
pub(crate) fn read(store: &Store, entry: &Entry) -> Result<Array, Error> {
    let infos = store.infos()?;
    let payload = store.payload(&entry.key, &entry.path)?;
    let unsupported = |reason: String| store.error(Kind::Unsupported, reason).object(&entry.path).at(entry.key.seek);
    let node = Compiler::new(&infos).class(&entry.key.class).map(Node::Class).map_err(unsupported)?;
    let mut builder = Builder::of(&node);
    let mut context = Context::new(entry.key.keylen.into());
    let mut c = Cursor::new(&payload, 0);
    node.read(&mut c, &mut builder, &mut context).map_err(|fault: Fault| {
        let plain = payload.len() as u64 == entry.key.stored();
        let at = if plain { fault.at as u64 } else { 0 };
        store.error(Kind::Damaged, fault.reason).object(&entry.path).at(entry.key.payload_at() + at)
    })?;
    Ok(builder.finish(&node))
}
