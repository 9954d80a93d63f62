//! ROOT files: TFile, streamer info, TTree; [`Writer`] makes files of histograms.

mod basket;
mod builder;
mod built_in;
mod bytes;
mod collector;
mod compile;
mod cursor;
mod file;
mod group;
mod histogram;
mod key;
mod node;
mod object;
mod packed;
mod pointers;
mod reading;
mod shape;
mod special;
mod starts;
mod streamed;
mod streamer;
mod table;
mod tree;
mod type_name;
mod write;

use crate::{Error, Kind, ObjectInfo, Table, source::Source};
use file::{Entry, Store};
pub use germane_codecs::Codec;
use germane_columns::Array;
use germane_histograms::Histogram;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
pub(crate) use table::TreeTable;
pub use write::{Precision, Writer};

/// An open ROOT file.
pub(crate) struct RootFile {
    store: Arc<Store>,
    entries: Vec<Entry>,
    tables: Mutex<HashMap<u64, Arc<TreeTable>>>,
}

fn is_tree(class: &str) -> bool {
    matches!(class, "TTree" | "TNtuple" | "TNtupleD")
}

impl RootFile {
    pub(crate) fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        let store = Arc::new(Store::open(source)?);
        let entries = store.entries()?;
        Ok(Self { store, entries, tables: Mutex::default() })
    }

    pub(crate) fn name(&self) -> &str {
        self.store.name()
    }

    pub(crate) fn compression(&self) -> i32 {
        self.store.compression
    }

    pub(crate) fn objects(&self) -> Vec<ObjectInfo> {
        let mut highest: BTreeMap<&str, i16> = BTreeMap::new();
        for entry in &self.entries {
            let cycle = highest.entry(&entry.path).or_insert(entry.key.cycle);
            *cycle = entry.key.cycle.max(*cycle);
        }
        let info = |entry: &Entry| {
            let tree = is_tree(&entry.key.class);
            let table = tree.then(|| self.tree(entry));
            let (entries, problem) = match table {
                Some(Ok(table)) => (Some(table.schema().entries), None),
                Some(Err(error)) => (None, Some(error.message.clone())),
                None => (None, None),
            };
            ObjectInfo {
                path: entry.path.clone(),
                class: entry.key.class.clone(),
                title: entry.key.title.clone(),
                cycle: entry.key.cycle,
                newest: highest.get(entry.path.as_str()) == Some(&entry.key.cycle),
                entries,
                bytes: entry.key.nbytes.into(),
                is_table: tree,
                problem,
                stored: None,
            }
        };
        self.entries.iter().map(info).collect()
    }

    /// The key of `path` or `path;cycle`; without a cycle the highest.
    fn entry(&self, path: &str) -> Result<&Entry, Error> {
        let (plain, cycle) = match path.rsplit_once(';') {
            Some((plain, cycle)) => (plain, cycle.parse::<i16>().ok()),
            None => (path, None),
        };
        let fits = |e: &&Entry| e.path == plain && cycle.is_none_or(|c| c == e.key.cycle);
        self.entries.iter().filter(fits).max_by_key(|e| e.key.cycle).ok_or_else(|| {
            let names = self.entries.iter().map(|e| e.path.clone()).collect();
            self.store.error(Kind::Unknown, format!("no object \"{path}\"")).candidates(names)
        })
    }

    /// The members of any object as a structure with one value.
    pub(crate) fn object(&self, path: &str) -> Result<Array, Error> {
        object::read(&self.store, self.entry(path)?)
    }

    pub(crate) fn histogram(&self, path: &str) -> Result<Histogram, Error> {
        let entry = self.entry(path)?;
        let class = entry.key.class.as_str();
        if !histogram::is_histogram(class) {
            let names = self.entries.iter().filter(|e| histogram::is_histogram(&e.key.class)).map(|e| e.path.clone()).collect();
            let error = self.store.error(Kind::Unsupported, format!("is a {class}, no histogram that can be read"));
            return Err(error.object(path).candidates(names));
        }
        let members = object::read(&self.store, entry)?;
        histogram::from_members(class, &members)
            .map_err(|reason| self.store.error(Kind::Unsupported, reason).object(path).at(entry.key.payload_at()))
    }

    pub(crate) fn tree_table(&self, path: &str) -> Result<Arc<TreeTable>, Error> {
        let entry = self.entry(path)?;
        if !is_tree(&entry.key.class) {
            let names = self.entries.iter().filter(|e| is_tree(&e.key.class)).map(|e| e.path.clone()).collect();
            let message = format!("is a {}, no table that can be read", entry.key.class);
            return Err(self.store.error(Kind::Unsupported, message).object(path).candidates(names));
        }
        self.tree(entry)
    }

    fn tree(&self, entry: &Entry) -> Result<Arc<TreeTable>, Error> {
        let known = self.tables.lock().unwrap_or_else(PoisonError::into_inner).get(&entry.key.seek).cloned();
        if let Some(table) = known {
            return Ok(table);
        }
        let table = Arc::new(TreeTable::open(&self.store, entry)?);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.key.seek, table.clone());
        Ok(table)
    }
}
