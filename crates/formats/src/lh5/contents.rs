//! An LH5 file among the other formats: objects, tables, histograms by name.

use super::datatype::Datatype;
use super::file::{Lh5File, ReadOptions};
use super::listing::Listed;
use super::table::Lh5Table;
use crate::source::Source;
use crate::{Error, Kind, ObjectInfo, Stored, Table};
use germane_columns::Array;
use germane_histograms::Histogram;
use germane_numerics::Inline;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// An open file with the tables that were asked for.
pub(crate) struct Contents {
    pub(crate) file: Lh5File,
    tables: Mutex<HashMap<String, Arc<Lh5Table>>>,
}

/// What an entry of a listing is.
enum Form {
    Folder,
    Histogram,
    Table,
    Other,
}

fn form(listed: &Listed) -> Form {
    match listed.datatype.as_deref().map(Datatype::parse) {
        Some(Ok(Datatype::Struct(mut names))) => {
            names.sort_unstable();
            if names == ["binning", "isdensity", "weights"] { Form::Histogram } else { Form::Folder }
        }
        Some(Ok(Datatype::Table(_) | Datatype::View(_))) => Form::Table,
        None if listed.element.is_none() => Form::Folder,
        _ => Form::Other,
    }
}

impl Contents {
    pub(crate) fn open(source: Arc<dyn Source>) -> Result<Self, Error> {
        Ok(Self { file: Lh5File::open(source)?, tables: Mutex::default() })
    }

    /// Filters that most bytes of the file went through.
    pub(crate) fn compression(&self) -> String {
        fn count(listed: &Listed, bytes: &mut Vec<(String, u64)>) {
            if let (Some(filters), Some(_)) = (&listed.filters, &listed.element) {
                match bytes.iter_mut().find(|(name, _)| name == filters) {
                    Some((_, sum)) => *sum += listed.stored,
                    None => bytes.push((filters.clone(), listed.stored)),
                }
            }
            listed.members.iter().for_each(|member| count(member, bytes));
        }
        let mut bytes = Vec::new();
        if let Ok(listed) = self.file.list("/") {
            count(&listed, &mut bytes);
        }
        bytes.into_iter().max_by_key(|(_, sum)| *sum).map_or_else(|| "none".to_owned(), |(name, _)| name)
    }

    /// Tables, histograms, arrays; folders are in the paths, empty ones are listed.
    pub(crate) fn objects(&self) -> Result<Vec<ObjectInfo>, Error> {
        let mut found = Vec::new();
        self.walk(&self.file.list("/")?, &mut found);
        Ok(found)
    }

    fn walk(&self, listed: &Listed, found: &mut Vec<ObjectInfo>) {
        let form = form(listed);
        if matches!(form, Form::Folder) && (!listed.members.is_empty() || listed.path == "/") && listed.problem.is_none() {
            listed.members.iter().for_each(|member| self.walk(member, found));
            return;
        }
        let is_table = matches!(form, Form::Table);
        let problem = match (&listed.problem, is_table) {
            (Some(problem), _) => Some(problem.clone()),
            (None, true) => self.table(&listed.path).err().map(|error| error.message.clone()),
            (None, false) => None,
        };
        let class = listed.datatype.clone().or_else(|| listed.element.clone()).unwrap_or_else(|| "group".to_owned());
        found.push(ObjectInfo {
            path: listed.path.trim_start_matches('/').to_owned(),
            class,
            title: String::new(),
            cycle: 0,
            newest: true,
            entries: listed.shape.as_ref().and_then(|shape| shape.first().copied()).filter(|_| is_table && problem.is_none()),
            bytes: listed.stored,
            is_table,
            problem,
            stored: Some(Stored {
                shape: listed.shape.clone(),
                element: listed.element.clone(),
                units: listed.units.clone(),
                filters: listed.filters.clone(),
                raw_bytes: listed.raw,
                link: listed.link.clone(),
            }),
        });
    }

    /// The names of an error of an absent object are those of the same kind.
    fn named(&self, error: Error, of_kind: fn(&ObjectInfo) -> bool) -> Error {
        if error.kind != Kind::Unknown && error.kind != Kind::Unsupported {
            return error;
        }
        let names = self.objects().unwrap_or_default();
        error.candidates(names.into_iter().filter(of_kind).map(|object| object.path).collect())
    }

    pub(crate) fn table(&self, path: &str) -> Result<Arc<dyn Table>, Error> {
        let key = path.trim_matches('/').to_owned();
        let known = self.tables.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(table) = known {
            return Ok(table);
        }
        let table = Arc::new(Lh5Table::open(&self.file, &key).map_err(|error| match error.kind {
            Kind::Unknown => self.named(error, |object| object.is_table),
            _ => error,
        })?);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(key, table.clone());
        Ok(table)
    }

    pub(crate) fn histogram(&self, path: &str) -> Result<Histogram, Error> {
        let is_histogram = |object: &ObjectInfo| object.class.starts_with("struct{") && object.class.contains("isdensity");
        let found =
            self.file.read(path, &ReadOptions::default(), &Inline).map_err(|error| self.named(error, is_histogram))?.object;
        let place = |error: Error| {
            let inside = error.object.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
            Error::new(self.file.name(), error.kind, error.message.clone())
                .object(format!("{}{inside}", path.trim_end_matches('/')))
        };
        found.histogram().map_err(place).map_err(|error| self.named(error, is_histogram))
    }

    pub(crate) fn object(&self, path: &str) -> Result<Array, Error> {
        let found = self.file.read(path, &ReadOptions::default(), &Inline).map_err(|error| self.named(error, |_| true))?.object;
        found.to_value(path)
    }
}
