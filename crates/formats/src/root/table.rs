//! A TTree as a table.

use super::{
    cursor::Fault,
    file::{Entry, Store},
    group::Group,
    reading::{Reading, edges},
    shape::{Shape, Shapes},
    streamer::Infos,
    tree::{self, Branch, Tree},
};
use crate::{Column, Error, Kind, PayloadDigest, Table, TableSchema};
use germane_columns::{Array, Field, Type};
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// A tree, opened: metadata parsed, layouts known.
pub(crate) struct TreeTable {
    reading: Reading,
    schema: TableSchema,
    /// Where each column comes from.
    sources: Vec<Source>,
    identity: String,
}

/// Where a column comes from.
enum Source {
    Branch(usize),
    /// A record, and the branches that hold it.
    Group(Group, Vec<usize>),
    /// Branches below, but no record that can be shown.
    Nothing,
}

impl Source {
    fn branches(&self) -> &[usize] {
        match self {
            Self::Branch(branch) => std::slice::from_ref(branch),
            Self::Group(_, branches) => branches,
            Self::Nothing => &[],
        }
    }
}

impl TreeTable {
    pub(crate) fn open(store: &Arc<Store>, entry: &Entry) -> Result<Self, Error> {
        let infos = store.infos()?;
        let payload = store.payload(&entry.key, &entry.path)?;
        let keylen = usize::from(entry.key.keylen);
        let place = |fault: &Fault| {
            let plain = payload.len() as u64 == entry.key.stored();
            let at = if plain { fault.at as u64 } else { 0 };
            store.error(Kind::Damaged, &fault.reason).object(&entry.path).at(entry.key.payload_at() + at)
        };
        let tree = tree::parse(&payload, keylen, &entry.key.class, &infos).map_err(|f| place(&f))?;
        let names = full_names(&tree);
        let (mut shapes, mut all_edges) = (Vec::new(), Vec::new());
        let mut layouts = Shapes::new(&tree, &infos);
        for (number, branch) in tree.branches.iter().enumerate() {
            let found = edges(branch);
            shapes.push(match &found {
                Err(reason) => Err(reason.clone()),
                Ok(_) if !branch.file_name.is_empty() => Err(format!("its data are in another file, {}", branch.file_name)),
                Ok(_) => layouts.of(number),
            });
            all_edges.push(found.unwrap_or_else(|_| vec![0]));
        }
        let mut reading = Reading { store: store.clone(), path: entry.path.clone(), tree, shapes, names, edges: all_edges };
        for b in 0..reading.tree.branches.len() {
            let branch = &reading.tree.branches[b];
            if branch.class_name == "TClonesArray" && branch.branches.is_empty() && matches!(branch.ty, 0 | -1) {
                // Only the data say of what class the items are.
                if let Some(class) = reading.clones_class(b) {
                    reading.shapes[b] = Shapes::new(&reading.tree, &infos).clones(b, &class);
                }
            }
        }
        let identity = identity(&reading);
        let (schema, sources) = schema(&reading, &infos);
        Ok(Self { reading, schema, sources, identity })
    }

    /// A column with those entries that it has.
    pub(crate) fn read_available(&self, column: usize) -> Result<(Array, u64), Error> {
        let covered = self.sources[column].branches().iter().map(|&b| self.reading.covered(b)).min().unwrap_or(0);
        let covered = covered.min(self.schema.entries);
        let mut arrays = self.columns(&[column], &(0..covered))?;
        Ok((arrays.remove(0), covered))
    }

    fn source(&self, column: usize) -> Result<&Source, Error> {
        self.sources.get(column).ok_or_else(|| {
            let message = format!("no column number {column} of {}", self.sources.len());
            self.reading.store.error(Kind::Unknown, message).object(&self.reading.path)
        })
    }

    fn columns(&self, columns: &[usize], range: &Range<u64>) -> Result<Vec<Array>, Error> {
        let mut branches = Vec::new();
        for &column in columns {
            branches.extend_from_slice(self.source(column)?.branches());
        }
        let mut arrays = self.reading.read(&branches, range)?.into_iter();
        let entries = (range.end - range.start) as usize;
        let mut found = Vec::with_capacity(columns.len());
        for &column in columns {
            let refuse = |kind, reason: &str| {
                let error = self.reading.store.error(kind, reason).object(&self.reading.path);
                error.branch(&self.schema.columns[column].field.name)
            };
            found.extend(match self.source(column)? {
                Source::Branch(_) => arrays.next(),
                Source::Group(group, branches) => {
                    let own: Vec<Array> = arrays.by_ref().take(branches.len()).collect();
                    Some(group.array(&own, entries).map_err(|reason| refuse(Kind::Damaged, &reason))?)
                }
                Source::Nothing => {
                    let problem = self.schema.columns[column].problem.as_deref();
                    return Err(refuse(Kind::Unsupported, problem.unwrap_or("holds nothing that can be shown")));
                }
            });
        }
        Ok(found)
    }

    fn check_range(&self, range: &Range<u64>) -> Result<(), Error> {
        if range.start <= range.end && range.end <= self.schema.entries {
            return Ok(());
        }
        let message = format!("entries {} to {} of {} do not exist", range.start, range.end, self.schema.entries);
        Err(self.reading.store.error(Kind::Unknown, message).object(&self.reading.path))
    }
}

/// Names with the names of all parents before them.
fn full_names(tree: &Tree) -> Vec<String> {
    let mut names = vec![String::new(); tree.branches.len()];
    let mut todo: Vec<(usize, Option<usize>)> = tree.top.iter().map(|&b| (b, None)).collect();
    let mut done = vec![false; tree.branches.len()];
    while let Some((b, parent)) = todo.pop() {
        if std::mem::replace(&mut done[b], true) {
            continue;
        }
        let own = &tree.branches[b].name;
        names[b] = parent.map_or_else(|| own.clone(), |p: usize| format!("{}/{own}", names[p]));
        todo.extend(tree.branches[b].branches.iter().map(|&child| (child, Some(b))));
    }
    names
}

/// Branches in the order of the file, each before its children.
fn in_order(tree: &Tree) -> Vec<usize> {
    let (mut order, mut done) = (Vec::new(), vec![false; tree.branches.len()]);
    let mut todo: Vec<usize> = tree.top.iter().rev().copied().collect();
    while let Some(b) = todo.pop() {
        if std::mem::replace(&mut done[b], true) {
            continue;
        }
        order.push(b);
        todo.extend(tree.branches[b].branches.iter().rev());
    }
    order
}

fn schema(reading: &Reading, infos: &Infos) -> (TableSchema, Vec<Source>) {
    let tree = &reading.tree;
    let clusters = clusters(reading);
    let (mut columns, mut sources) = (Vec::new(), Vec::new());
    for b in in_order(tree) {
        let branch = &tree.branches[b];
        let (ty, source, mut problem) = if branch.branches.is_empty() {
            match &reading.shapes[b] {
                Ok(shape) => (shape.ty(), Source::Branch(b), None),
                Err(reason) => (Type::Binary, Source::Branch(b), Some(reason.clone())),
            }
        } else {
            match Group::of(reading, infos, b) {
                Ok((group, branches)) => {
                    let shape_type = |&b: &usize| reading.shapes[b].as_ref().map_or(Type::Binary, Shape::ty);
                    let types: Vec<Type> = branches.iter().map(shape_type).collect();
                    (group.ty(&types), Source::Group(group, branches), None)
                }
                Err(reason) => (Type::Binary, Source::Nothing, Some(reason)),
            }
        };
        let covered = source.branches().iter().map(|&b| reading.covered(b)).min().unwrap_or(0);
        if problem.is_none() && covered < tree.entries {
            problem = Some(format!("branch ends at entry {covered} of {}", tree.entries));
        }
        let counter = match &reading.shapes[b] {
            Ok(Shape::Jagged { counter: Some(counter), .. }) if branch.branches.is_empty() => {
                Some(reading.names[*counter].clone())
            }
            _ => None,
        };
        let field = Field { doc: documentation(tree, branch), ..Field::new(&reading.names[b], ty) };
        columns.push(Column {
            field,
            counter,
            compressed_bytes: branch.bytes.iter().map(|&n| u64::from(n)).sum(),
            bytes_per_cluster: bytes_per_cluster(branch, &reading.edges[b], &clusters),
            problem,
            type_name: type_name(tree, branch),
            compression: compression(branch.compress),
            blocks: reading.edges[b].len() - 1,
            raw_bytes: None,
        });
        sources.push(source);
    }
    (TableSchema { entries: tree.entries, columns, clusters }, sources)
}

fn bytes_per_cluster(branch: &Branch, edges: &[u64], clusters: &[u64]) -> Vec<u64> {
    let mut sums = vec![0; clusters.len()];
    for (&bytes, &end) in branch.bytes.iter().zip(&edges[1..]) {
        if let Some(sum) = sums.get_mut(clusters.partition_point(|&e| e < end)) {
            *sum += u64::from(bytes);
        }
    }
    sums
}

/// Ends of the ranges where every branch has a basket boundary.
fn clusters(reading: &Reading) -> Vec<u64> {
    let mut common: Option<BTreeSet<u64>> = None;
    for edges in reading.edges.iter().filter(|edges| edges.len() > 1) {
        common = Some(match common {
            None => edges.iter().copied().collect(),
            Some(before) => edges.iter().copied().filter(|e| before.contains(e)).collect(),
        });
    }
    let entries = reading.tree.entries;
    let mut ends: Vec<u64> = common.unwrap_or_default().into_iter().filter(|&e| e > 0 && e <= entries).collect();
    if entries > 0 && ends.last() != Some(&entries) {
        ends.push(entries);
    }
    ends
}

/// A title that is not only the list of leaves.
fn documentation(tree: &Tree, branch: &Branch) -> String {
    let title = &branch.title;
    let is_list = match branch.leaves[..] {
        [] => false,
        [first, ..] => {
            let leaf = &tree.leaves[first];
            *title == leaf.title || title.strip_prefix(leaf.title.as_str()).is_some_and(|rest| rest.starts_with(['/', ':']))
        }
    };
    if is_list || *title == branch.name { String::new() } else { title.clone() }
}

fn type_name(tree: &Tree, branch: &Branch) -> String {
    if !branch.class_name.is_empty() {
        return branch.class_name.clone();
    }
    let one = |leaf: &tree::Leaf| {
        let name = match (leaf.class.as_str(), leaf.unsigned) {
            ("TLeafB", false) => "Char_t",
            ("TLeafB", true) => "UChar_t",
            ("TLeafS", false) => "Short_t",
            ("TLeafS", true) => "UShort_t",
            ("TLeafI", false) => "Int_t",
            ("TLeafI", true) => "UInt_t",
            ("TLeafL", false) => "Long64_t",
            ("TLeafL", true) => "ULong64_t",
            ("TLeafG", false) => "Long_t",
            ("TLeafG", true) => "ULong_t",
            ("TLeafF", _) => "Float_t",
            ("TLeafD", _) => "Double_t",
            ("TLeafO", _) => "Bool_t",
            ("TLeafC", _) => "char*",
            ("TLeafF16", _) => "Float16_t",
            ("TLeafD32", _) => "Double32_t",
            (other, _) => other,
        };
        format!("{name}{}", leaf.title.find('[').map_or("", |at| &leaf.title[at..]))
    };
    branch.leaves.iter().map(|&i| one(&tree.leaves[i])).collect::<Vec<_>>().join(" ")
}

fn compression(setting: i64) -> String {
    let (algorithm, level) = (setting / 100, setting % 100);
    let name = match algorithm {
        _ if level == 0 => return "none".to_owned(),
        0 | 1 => "zlib",
        2 => "xz",
        3 => "deflate",
        4 => "lz4",
        5 => "zstd",
        _ => "unknown",
    };
    format!("{name}-{level}")
}

/// `root|size|uuid|object|d`, d over `["name",[[seek,bytes,first,end],…]]` of all branches by name.
fn identity(reading: &Reading) -> String {
    let mut order: Vec<usize> = (0..reading.names.len()).collect();
    order.sort_by(|&a, &b| reading.names[a].cmp(&reading.names[b]));
    let mut hash = blake3::Hasher::new();
    for b in order {
        let (branch, edges) = (&reading.tree.branches[b], &reading.edges[b]);
        let mut text = format!("[{},[", serde_json::Value::from(reading.names[b].as_str()));
        for (k, (&seek, &bytes)) in branch.seeks.iter().zip(&branch.bytes).enumerate() {
            let comma = if k > 0 { "," } else { "" };
            let (first, end) = (edges.get(k).copied().unwrap_or(0), edges.get(k + 1).copied().unwrap_or(0));
            text.push_str(&format!("{comma}[{seek},{bytes},{first},{end}]"));
        }
        text.push_str("]]");
        hash.update(text.as_bytes());
    }
    let (size, uuid) = (reading.store.source.size(), reading.store.uuid);
    let uuid = crate::digest::hex(&uuid);
    format!("root|{size}|{uuid}|{}|{}", reading.path, &hash.finalize().to_hex().as_str()[..32])
}

impl Table for TreeTable {
    fn schema(&self) -> &TableSchema {
        &self.schema
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn path(&self) -> &str {
        &self.reading.path
    }

    fn read(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<Array>, Error> {
        self.check_range(&range)?;
        self.columns(columns, &range)
    }

    fn payload_digests(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<PayloadDigest>, Error> {
        self.check_range(&range)?;
        let mut all = Vec::new();
        for &column in columns {
            for &branch in self.source(column)?.branches() {
                all.extend(self.reading.records(branch, &range, |basket, seek, record| {
                    let digest = *blake3::hash(record).as_bytes();
                    let column = self.reading.names[branch].clone();
                    Ok(PayloadDigest { column, basket, byte: payload_at(seek, record), digest })
                })?);
            }
        }
        Ok(all)
    }

    fn verify_payloads(&self, expected: &[PayloadDigest]) -> Result<(), Error> {
        for wanted in expected {
            let place = |kind, reason: &str| {
                let error = self.reading.store.error(kind, reason).object(&self.reading.path);
                error.branch(&wanted.column).basket(wanted.basket).at(wanted.byte)
            };
            let Some(branch) = self.reading.names.iter().position(|name| *name == wanted.column) else {
                return Err(place(Kind::Unknown, "no such column"));
            };
            let edges = &self.reading.edges[branch];
            let range = match (edges.get(wanted.basket), edges.get(wanted.basket + 1)) {
                (Some(&first), Some(&end)) if wanted.basket < self.reading.tree.branches[branch].seeks.len() => first..end,
                _ => return Err(place(Kind::Damaged, "no such basket")),
            };
            self.reading.records(branch, &range, |basket, seek, record| {
                if basket != wanted.basket {
                    return Ok(());
                }
                let now = blake3::hash(record);
                if payload_at(seek, record) == wanted.byte && now == blake3::Hash::from(wanted.digest) {
                    return Ok(());
                }
                Err(place(Kind::Damaged, "the stored bytes differ from the catalogue's digest (BLAKE3)"))
            })?;
        }
        Ok(())
    }
}

/// The key length is at offset 14 of the record.
fn payload_at(seek: u64, record: &[u8]) -> u64 {
    seek + record.get(14..16).map_or(0, |b| u64::from(u16::from_be_bytes([b[0], b[1]])))
}
