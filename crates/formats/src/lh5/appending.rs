//! What a write changes in a file: planned and checked as a whole, then carried out.

use super::codec::Codec;
use super::memory::{from_sums, integers, sums};
use super::storage::Storage;
use super::stored::{Held, Stored};
use super::writer::{Mode, WriteOptions, spec};
use super::{Attributes, Content, Object, Vectors, written};
use crate::hdf5::{Attribute, DatasetSpec, Element, Values};
use crate::{Error, Kind};
use germane_columns::NumberType;
use germane_numerics::Executor;
use indexmap::IndexMap;

/// One change of a file.
#[derive(Debug)]
pub(super) enum Change {
    Group(String),
    Attribute(String, String, Attribute),
    Dataset(String, DatasetSpec),
    Rows { path: String, start: u64, values: Values },
    Scalar(String, Values),
    Resize(String, u64),
    Unlink(String),
}

/// The sum of lengths before a row of vectors in the file.
pub(super) type SumBefore<'a> = dyn FnMut(&str, u64) -> Result<u64, Error> + 'a;

/// Changes, in the order in which they are made: items before the sums that reveal them.
pub(super) struct Changes<'a> {
    file: String,
    options: &'a WriteOptions,
    executor: &'a dyn Executor,
    pub(super) list: Vec<Change>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(file: &str, options: &'a WriteOptions, executor: &'a dyn Executor) -> Self {
        Self { file: file.to_owned(), options, executor, list: Vec::new() }
    }

    fn refuse(&self, path: &str, message: impl Into<String>) -> Error {
        Error::new(&self.file, Kind::Unsupported, message).object(path)
    }

    /// Plans the write of `object` where `stored` is; gives what is there afterwards.
    pub(super) fn write(
        &mut self,
        path: &str,
        object: &Object,
        stored: Option<&Stored>,
        sum_before: &mut SumBefore<'_>,
    ) -> Result<Stored, Error> {
        let Some(stored) = stored else {
            return match self.options.mode {
                Mode::AppendColumn => Err(self.refuse(path, "there is nothing to which columns could be added")),
                _ => self.create(path, object, ""),
            };
        };
        if let (Mode::Append | Mode::AppendColumn | Mode::Overwrite { start: 1.. }, Held::Struct { histogram: true, .. }) =
            (self.options.mode, &stored.form)
        {
            return Err(self.refuse(path, "rows cannot be added to a histogram: overwrite it"));
        }
        match self.options.mode {
            Mode::WriteSafe => Err(self.refuse(path, "is there already, and must not be replaced")),
            Mode::Overwrite { start: 0 } => {
                self.list.push(Change::Unlink(path.to_owned()));
                self.create(path, object, "")
            }
            Mode::Overwrite { start } => match stored.rows() {
                Some(rows) if start <= rows => self.put(path, object, stored, Some(start), "", sum_before),
                Some(rows) => Err(self.refuse(path, format!("rows from {start} on would leave a gap behind its {rows} rows"))),
                None => Err(self.refuse(path, format!("{} has no rows from which it could be replaced", stored.name()))),
            },
            Mode::Append => self.put(path, object, stored, None, "", sum_before),
            Mode::AppendColumn => self.add_members(path, object, stored),
        }
    }

    /// Settings of an object: its own win over those of the call.
    fn settings(&self, path: &str, object: &Object, inside: &str) -> Result<Storage, Error> {
        let own = Storage::of(&object.attributes).map_err(|why| self.refuse(path, why))?;
        let named = self.options.fields.get(inside).map(|named| named.or(&own));
        let mut call = self.options.storage.clone();
        if !inside.is_empty() {
            // A codec is for one object, not for all columns.
            call.codec = None;
        }
        let mut settings = named.unwrap_or(own).or(&call);
        if let (Some(Codec::RadwareSigcompress { shift: 0 }), Some(shift)) =
            (settings.codec, object.attributes.get("codec_shift").and_then(super::codec::whole_number))
        {
            settings.codec = Some(Codec::RadwareSigcompress { shift });
        }
        Ok(settings)
    }

    /// Plans a new object.
    fn create(&mut self, path: &str, object: &Object, inside: &str) -> Result<Stored, Error> {
        let settings = self.settings(path, object, inside)?;
        self.create_with(path, object, inside, &settings)
    }

    fn create_with(&mut self, path: &str, object: &Object, inside: &str, settings: &Storage) -> Result<Stored, Error> {
        let below =
            |name: &str| (format!("{path}/{name}"), if inside.is_empty() { name.to_owned() } else { format!("{inside}/{name}") });
        if let Some(codec) = settings.codec
            && matches!(&object.content, Content::Array(values) if values.shape.len() == 2)
                | matches!(object.content, Content::Vectors(_))
        {
            let encoded = self.encoded(path, object, codec)?;
            return self.create_with(path, &encoded, inside, &Storage { codec: None, ..settings.clone() });
        }
        let datatype = written::datatype(object).map_err(|why| self.refuse(path, why))?;
        let form = match &object.content {
            Content::Scalar(values) => {
                self.list.push(Change::Scalar(path.to_owned(), written::scalar(values)));
                Held::Scalar
            }
            Content::Array(values) => {
                let values = written::array(values).map_err(|why| self.refuse(path, why))?;
                let shape: Vec<u64> = values.shape.iter().map(|axis| *axis as u64).collect();
                let mut spec = spec(settings, &shape, &values.element, self.options.growing);
                if datatype.starts_with("fixedsize_array") {
                    spec.max_shape = shape.iter().map(|axis| Some(*axis)).collect();
                }
                self.list.push(Change::Dataset(path.to_owned(), spec));
                let held = Held::Array { element: values.element.clone(), inner: shape[1..].to_vec(), rows: shape[0] };
                self.rows(path, 0, values);
                held
            }
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                self.list.push(Change::Group(path.to_owned()));
                let ((items_path, items_inside), (sums_path, sums_inside)) =
                    (below("flattened_data"), below("cumulative_length"));
                let all = sums(cumulative_length).map_err(|(row, why)| self.refuse(path, format!("row {row}: {why}")))?;
                let used = all.last().copied().unwrap_or(0);
                let items = self.used_items(path, flattened_data, used)?;
                let inner_settings = match self.options.fields.get(&items_inside) {
                    Some(named) => named.or(settings),
                    None => Storage::of(&items.attributes).map_err(|why| self.refuse(&items_path, why))?.or(settings),
                };
                let inner = Box::new(self.create_with(&items_path, &items, &items_inside, &inner_settings)?);
                let sums_settings =
                    self.options.fields.get(&sums_inside).map_or_else(|| settings.clone(), |named| named.or(settings));
                let rows = all.len() as u64;
                let spec = spec(&sums_settings, &[rows], &cumulative_length.element, self.options.growing);
                self.list.push(Change::Dataset(sums_path.clone(), spec));
                self.rows(&sums_path, 0, cumulative_length.clone());
                self.attributes(&sums_path, "array<1>{real}", &Attributes::new());
                Held::Vectors { element: cumulative_length.element.clone(), rows, items: used, inner }
            }
            Content::Encoded { encoded_data, decoded_size } => {
                self.list.push(Change::Group(path.to_owned()));
                let ((data_path, data_inside), (size_path, size_inside)) = (below("encoded_data"), below("decoded_size"));
                // Encoded bytes do not become smaller again, and single bytes have nothing to shuffle.
                let plain = Storage { filters: Some(Vec::new()), chunks: None, ..Storage::default() };
                let sums = Storage { codec: None, chunks: None, ..settings.clone() };
                let data = Box::new(self.create_encoded_data(&data_path, encoded_data, &data_inside, &plain, &sums)?);
                let sizes = Box::new(self.create_with(&size_path, decoded_size, &size_inside, &sums)?);
                Held::Encoded { data, samples: samples(decoded_size), sizes }
            }
            Content::Struct(members) | Content::Table { columns: members, .. } => {
                self.list.push(Change::Group(path.to_owned()));
                let mut made = IndexMap::with_capacity(members.len());
                for (name, member) in members {
                    super::writer::check_name(name).map_err(|why| self.refuse(path, why))?;
                    let (path, inside) = below(name);
                    made.insert(name.clone(), self.create(&path, member, &inside)?);
                }
                match &object.content {
                    Content::Table { rows, .. } => Held::Table { rows: *rows as u64, columns: made },
                    _ => Held::Struct { members: made, histogram: object.is_histogram() },
                }
            }
        };
        self.attributes(path, &datatype, &object.attributes);
        Ok(Stored { datatype: Some(datatype), attributes: object.attributes.clone(), form })
    }

    fn create_encoded_data(
        &mut self,
        path: &str,
        data: &Object,
        inside: &str,
        bytes: &Storage,
        sums: &Storage,
    ) -> Result<Stored, Error> {
        let Content::Vectors(vectors) = &data.content else { return Err(self.refuse(path, "encoded data are vectors of bytes")) };
        let items_inside = format!("{inside}/flattened_data");
        let named = self.options.fields.get(&items_inside).map_or_else(|| bytes.clone(), |named| named.or(bytes));
        let (items_path, sums_path) = (format!("{path}/flattened_data"), format!("{path}/cumulative_length"));
        self.list.push(Change::Group(path.to_owned()));
        let inner = Box::new(self.create_with(&items_path, &vectors.flattened_data, &items_inside, &named)?);
        let items = vectors.flattened_data.rows().unwrap_or(0) as u64;
        let rows = vectors.cumulative_length.rows() as u64;
        let spec = spec(sums, &[rows], &vectors.cumulative_length.element, self.options.growing);
        self.list.push(Change::Dataset(sums_path.clone(), spec));
        self.rows(&sums_path, 0, vectors.cumulative_length.clone());
        self.attributes(&sums_path, "array<1>{real}", &Attributes::new());
        let datatype = written::datatype(data).map_err(|why| self.refuse(path, why))?;
        self.attributes(path, &datatype, &data.attributes);
        let form = Held::Vectors { element: vectors.cumulative_length.element.clone(), rows, items, inner };
        Ok(Stored { datatype: Some(datatype), attributes: data.attributes.clone(), form })
    }

    fn encoded(&self, path: &str, object: &Object, codec: Codec) -> Result<Object, Error> {
        object.encode(codec, self.executor).map_err(|error| self.refuse(path, error.message.clone()))
    }

    /// The items that vectors use.
    fn used_items(&self, path: &str, items: &Object, used: u64) -> Result<Object, Error> {
        match items.rows() {
            Some(rows) if rows as u64 == used => Ok(items.clone()),
            _ => {
                let used = 0..used as usize;
                items.select(std::slice::from_ref(&used)).map_err(|error| self.refuse(path, error.message.clone()))
            }
        }
    }

    fn rows(&mut self, path: &str, start: u64, values: Values) {
        if values.rows() > 0 {
            self.list.push(Change::Rows { path: path.to_owned(), start, values });
        }
    }

    fn attributes(&mut self, path: &str, datatype: &str, own: &Attributes) {
        for (name, attribute) in written::attributes(datatype, own) {
            self.list.push(Change::Attribute(path.to_owned(), name, attribute));
        }
    }

    /// Plans rows from `start` on (`None`: behind the last), after which there are no others.
    fn put(
        &mut self,
        path: &str,
        object: &Object,
        stored: &Stored,
        start: Option<u64>,
        inside: &str,
        sum_before: &mut SumBefore<'_>,
    ) -> Result<Stored, Error> {
        let below =
            |name: &str| (format!("{path}/{name}"), if inside.is_empty() { name.to_owned() } else { format!("{inside}/{name}") });
        self.same_units(path, object, stored)?;
        let other = || self.refuse(path, format!("{} cannot be written into {} of the file", name_of(object), stored.name()));
        let mut after = stored.clone();
        match (&object.content, &stored.form, &mut after.form) {
            (Content::Scalar(_), Held::Scalar, _) => {
                self.list.push(Change::Unlink(path.to_owned()));
                return self.create(path, object, inside);
            }
            (Content::Array(values), Held::Array { element, inner, rows }, Held::Array { rows: rows_after, .. }) => {
                if stored.datatype.as_deref().is_some_and(|text| text.starts_with("fixedsize_array")) {
                    return Err(self.refuse(path, "rows cannot be added to an array of fixed size"));
                }
                let given: Vec<u64> = values.shape[1..].iter().map(|axis| *axis as u64).collect();
                if given != *inner {
                    return Err(self.refuse(path, format!("rows of the shape {given:?} to rows of the shape {inner:?}")));
                }
                let values = written::array_as(values, element)
                    .map_err(|types| self.refuse(path, format!("other types: {types}; values are not converted")))?;
                let start = start.unwrap_or(*rows);
                let end = start + values.rows() as u64;
                if end < *rows {
                    self.list.push(Change::Resize(path.to_owned(), end));
                }
                *rows_after = end;
                self.rows(path, start, values);
            }
            (
                Content::Vectors(Vectors { cumulative_length, flattened_data }),
                Held::Vectors { element, rows, items, inner },
                Held::Vectors { rows: rows_after, items: items_after, inner: inner_after, .. },
            ) => {
                let start = start.unwrap_or(*rows);
                let before = match start {
                    0 => 0,
                    start if start == *rows => *items,
                    start => sum_before(path, start)?,
                };
                let own = sums(cumulative_length).map_err(|(row, why)| self.refuse(path, format!("row {row}: {why}")))?;
                let used = own.last().copied().unwrap_or(0);
                let moved: Vec<u64> = own.iter().map(|sum| sum + before).collect();
                let Element::Number(number) = element else { return Err(other()) };
                let moved = from_sums(&moved, *number).map_err(|why| self.refuse(path, format!("{why} in the file")))?;
                let flattened = self.used_items(path, flattened_data, used)?;
                let ((items_path, items_inside), (sums_path, _)) = (below("flattened_data"), below("cumulative_length"));
                **inner_after = self.put(&items_path, &flattened, inner, Some(before), &items_inside, sum_before)?;
                let end = start + own.len() as u64;
                if end < *rows {
                    self.list.push(Change::Resize(sums_path.clone(), end));
                }
                (*rows_after, *items_after) = (end, before + used);
                self.rows(&sums_path, start, moved);
            }
            (Content::Array(_) | Content::Vectors(_), Held::Encoded { .. }, _) => {
                let codec = Codec::of(&stored.attributes).map_err(|why| self.refuse(path, why))?;
                let encoded = self.encoded(path, object, codec)?;
                return self.put(path, &encoded, stored, start, inside, sum_before);
            }
            (
                Content::Encoded { encoded_data, decoded_size },
                Held::Encoded { data, samples: known, sizes },
                Held::Encoded { data: data_after, sizes: sizes_after, .. },
            ) => {
                let codecs = [Codec::of(&object.attributes), Codec::of(&stored.attributes)];
                let [given, there] = codecs.map(|codec| codec.map_err(|why| self.refuse(path, why)));
                let (given, there) = (given?, there?);
                if given != there {
                    return Err(self.refuse(path, format!("waveforms of {given:?} to waveforms of {there:?}")));
                }
                match (samples(decoded_size), known) {
                    (Some(given), Some(there)) if given != *there => {
                        return Err(self.refuse(path, format!("waveforms of {given} samples to waveforms of {there}")));
                    }
                    (Some(_), Some(_)) => {}
                    (None, None) => {
                        let (sizes_path, sizes_inside) = below("decoded_size");
                        **sizes_after = self.put(&sizes_path, decoded_size, sizes, start, &sizes_inside, sum_before)?;
                    }
                    _ => return Err(self.refuse(path, "waveforms of one length and waveforms of any length are not mixed")),
                }
                let (data_path, data_inside) = below("encoded_data");
                **data_after = self.put(&data_path, encoded_data, data, start, &data_inside, sum_before)?;
            }
            (
                Content::Table { rows: given, columns },
                Held::Table { rows, columns: there },
                Held::Table { rows: rows_after, columns: columns_after },
            ) => {
                let overwriting = matches!(self.options.mode, Mode::Overwrite { .. });
                for name in there.keys().filter(|name| !columns.contains_key(*name)) {
                    if !overwriting {
                        return Err(self.refuse(path, format!("column `{name}` of the file is not among the new ones")));
                    }
                    self.list.push(Change::Unlink(format!("{path}/{name}")));
                    columns_after.shift_remove(name);
                }
                for (name, column) in columns {
                    let (column_path, column_inside) = below(name);
                    let there = there.get(name).ok_or_else(|| self.refuse(path, format!("the file has no column `{name}`")))?;
                    let made = self.put(&column_path, column, there, start, &column_inside, sum_before)?;
                    columns_after.insert(name.clone(), made);
                }
                *rows_after = start.unwrap_or(*rows) + *given as u64;
                if overwriting {
                    let datatype = written::folder("table", columns_after.keys());
                    self.list.push(Change::Attribute(path.to_owned(), "datatype".to_owned(), Attribute::Text(datatype.clone())));
                    after.datatype = Some(datatype);
                }
            }
            (
                Content::Struct(members),
                Held::Struct { members: there, histogram: false },
                Held::Struct { members: members_after, .. },
            ) => {
                for (name, member) in members {
                    let (member_path, member_inside) = below(name);
                    let made = match there.get(name) {
                        Some(there) => self.put(&member_path, member, there, start, &member_inside, sum_before)?,
                        None => self.create(&member_path, member, &member_inside)?,
                    };
                    members_after.insert(name.clone(), made);
                }
                let datatype = written::folder("struct", members_after.keys());
                self.list.push(Change::Attribute(path.to_owned(), "datatype".to_owned(), Attribute::Text(datatype)));
            }
            _ => return Err(other()),
        }
        Ok(after)
    }

    /// Values in another unit than those in the file would be wrong there.
    fn same_units(&self, path: &str, object: &Object, stored: &Stored) -> Result<(), Error> {
        let given = object.text_attribute("units");
        let there = match stored.attributes.get("units") {
            Some(Attribute::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let rows = object.rows().is_some();
        match (given, there) {
            (Some(given), Some(there)) if rows && given != there => {
                Err(self.refuse(path, format!("values in {given} to values in {there}")))
            }
            _ => Ok(()),
        }
    }

    fn add_members(&mut self, path: &str, object: &Object, stored: &Stored) -> Result<Stored, Error> {
        let mut after = stored.clone();
        let (head, there, rows) = match (&object.content, &mut after.form) {
            (Content::Table { .. }, Held::Table { rows, columns }) => ("table", columns, Some(*rows)),
            (Content::Struct(_), Held::Struct { members, .. }) => ("struct", members, None),
            _ => {
                let message = format!("members of {} cannot be added to {}", name_of(object), stored.name());
                return Err(self.refuse(path, message));
            }
        };
        let members = object.members().ok_or_else(|| self.refuse(path, "has no members"))?;
        if let Some(name) = members.keys().find(|name| there.contains_key(*name)) {
            return Err(self.refuse(path, format!("has a member `{name}` already")));
        }
        if let (Some(rows), Some(given)) = (rows, object.rows())
            && rows != given as u64
            && !there.is_empty()
        {
            return Err(self.refuse(path, format!("columns of {given} rows to a table of {rows} rows")));
        }
        for (name, member) in members {
            super::writer::check_name(name).map_err(|why| self.refuse(path, why))?;
            there.insert(name.clone(), self.create(&format!("{path}/{name}"), member, name)?);
        }
        let datatype = written::folder(head, there.keys());
        self.list.push(Change::Attribute(path.to_owned(), "datatype".to_owned(), Attribute::Text(datatype.clone())));
        if let (Held::Table { rows, .. }, Some(given)) = (&mut after.form, object.rows()) {
            *rows = given as u64;
        }
        after.datatype = Some(datatype);
        Ok(after)
    }
}

/// The one number of samples of waveforms.
fn samples(size: &Object) -> Option<i128> {
    match &size.content {
        Content::Scalar(values) => integers(values).and_then(|all| all.first().copied()),
        _ => None,
    }
}

fn name_of(object: &Object) -> &'static str {
    match object.content {
        Content::Scalar(_) => "a scalar",
        Content::Array(_) => "an array",
        Content::Vectors(_) => "vectors",
        Content::Encoded { .. } => "encoded arrays",
        Content::Struct(_) => "a struct",
        Content::Table { .. } => "a table",
    }
}

/// The element of numbers of rows.
pub(super) const ROW_NUMBER: Element = Element::Number(NumberType::I64);
