//! Reading entry ranges of several branches: all baskets are planned at once, fetched in few requests, then decoded.

use super::{
    basket::Header,
    collector::{Collector, Counts, Trouble},
    cursor::{Cursor, Fault},
    file::Store,
    key::Key,
    shape::Shape,
    special,
    starts::Raw,
    tree::{Branch, Tree},
};
use crate::{Error, Kind};
use germane_columns::{Array, Numbers};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// Requests closer than this are one.
const GAP: u64 = 64 << 10;
/// Largest request, unless one basket is larger; it stays in the processor's cache.
const REQUEST: u64 = 1 << 20;

/// A tree with its file: what is needed to read columns.
pub(crate) struct Reading {
    pub(crate) store: Arc<Store>,
    /// Path of the tree in the file.
    pub(crate) path: String,
    pub(crate) tree: Tree,
    /// Layout of each branch, or why it cannot be read.
    pub(crate) shapes: Vec<Result<Shape, String>>,
    /// Full name of each branch.
    pub(crate) names: Vec<String>,
    /// First entry of each basket (disk, then embedded) and the end of the last.
    pub(crate) edges: Vec<Vec<u64>>,
}

/// First entries of all baskets of a branch, and where the last one ends.
pub(crate) fn edges(branch: &Branch) -> Result<Vec<u64>, String> {
    let mut edges = branch.starts.clone();
    let unflushed: u64 = branch.embedded.iter().map(|basket| basket.header.count as u64).sum();
    let mut end = match (edges.last(), branch.stop) {
        (None, _) => 0,
        (Some(&last), Some(stop)) if stop > last => stop,
        _ => branch.entries.saturating_sub(unflushed),
    };
    if edges.is_empty() && !branch.embedded.is_empty() {
        end = branch.first_entry.max(0) as u64;
    }
    edges.push(end);
    for basket in &branch.embedded {
        if end >= branch.entries {
            break;
        }
        end += basket.header.count as u64;
        edges.push(end);
    }
    if edges.windows(2).all(|pair| pair[0] <= pair[1]) {
        Ok(edges)
    } else {
        Err("baskets are not in the order of entries".into())
    }
}

/// One basket of one branch.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    seek: u64,
    len: u64,
    branch: usize,
    basket: usize,
}

/// Baskets (in the order of the file) that are read with one request each.
fn requests(wanted: &[Wanted]) -> impl Iterator<Item = &[Wanted]> {
    let mut rest = wanted;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let (mut end, mut n) = (first.seek + first.len, 1);
        while let Some(next) = rest.get(n).filter(|w| w.seek <= end + GAP && w.seek + w.len - first.seek <= REQUEST) {
            end = end.max(next.seek + next.len);
            n += 1;
        }
        let (now, later) = rest.split_at(n);
        rest = later;
        Some(now)
    })
}

impl Reading {
    /// Entries that the baskets of a branch hold.
    pub(crate) fn covered(&self, branch: usize) -> u64 {
        self.edges[branch].last().copied().unwrap_or(0)
    }

    pub(crate) fn error(&self, branch: usize, kind: Kind, message: impl Into<String>) -> Error {
        self.store.error(kind, message).object(&self.path).branch(&self.names[branch])
    }

    /// Baskets (numbers) with entries in `range`.
    pub(crate) fn baskets(&self, branch: usize, range: &Range<u64>) -> Range<usize> {
        let edges = &self.edges[branch];
        if range.is_empty() {
            return 0..0;
        }
        let first = edges.partition_point(|&e| e <= range.start).saturating_sub(1);
        let last = edges.partition_point(|&e| e < range.end).min(edges.len() - 1);
        first.min(last)..last
    }

    /// Columns of whole or partial entries, one array a branch.
    pub(crate) fn read(&self, branches: &[usize], range: &Range<u64>) -> Result<Vec<Array>, Error> {
        let mut unique: Vec<usize> = branches.to_vec();
        unique.sort_unstable();
        unique.dedup();
        let mut collectors = Vec::with_capacity(unique.len());
        for &branch in &unique {
            collectors.push(self.collector(branch, range)?);
        }
        let place = |branch| unique.binary_search(&branch).expect("invariant: every branch is among the unique ones");
        let wanted = self.wanted(&unique, range)?;
        let mut next: Vec<usize> = unique.iter().map(|&b| self.baskets(b, range).start).collect();
        // Baskets out of the order of their entries wait for those before them.
        let mut waiting: BTreeMap<(usize, usize), Vec<u8>> = BTreeMap::new();
        let mut buffer = Vec::new();
        for group in requests(&wanted) {
            let start = self.fetch(group, &mut buffer)?;
            for w in group {
                let record = &buffer[(w.seek - start) as usize..][..w.len as usize];
                let at = place(w.branch);
                if w.basket != next[at] {
                    waiting.insert((w.branch, w.basket), record.to_vec());
                    continue;
                }
                self.basket(w.branch, w.basket, range, record, &mut collectors[at])?;
                next[at] += 1;
                while let Some(record) = waiting.remove(&(w.branch, next[at])) {
                    self.basket(w.branch, next[at], range, &record, &mut collectors[at])?;
                    next[at] += 1;
                }
            }
        }
        let mut arrays = Vec::with_capacity(unique.len());
        for ((&branch, mut collector), next) in unique.iter().zip(collectors).zip(next) {
            for basket in next..self.baskets(branch, range).end {
                self.basket(branch, basket, range, &[], &mut collector)?;
            }
            arrays.push(collector.finish());
        }
        Ok(branches.iter().map(|&branch| arrays[place(branch)].clone()).collect())
    }

    fn collector(&self, branch: usize, range: &Range<u64>) -> Result<Collector<'_>, Error> {
        let shape = match &self.shapes[branch] {
            Ok(shape) => shape,
            Err(reason) => return Err(self.error(branch, Kind::Unsupported, reason)),
        };
        let covered = self.covered(branch);
        if range.end > covered {
            let message = format!("branch ends at entry {covered} of {}", self.tree.entries);
            return Err(self.error(branch, Kind::Short, message));
        }
        let b = &self.tree.branches[branch];
        // What the branch says of itself is a hint, never more than a bound that its bytes on disk allow.
        let (entries, of) = (range.end - range.start, covered.max(1));
        let stored: u64 = self.baskets(branch, range).filter_map(|k| b.bytes.get(k)).map(|&n| u64::from(n)).sum();
        let share = u64::try_from(b.total_bytes).unwrap_or(0) as u128 * u128::from(entries) / u128::from(of);
        let bound = (stored * 16 + 4096) as usize;
        Ok(Collector::new(shape, bound.min(usize::try_from(share).unwrap_or(0)), bound.min(entries as usize)))
    }

    /// Baskets on disk with entries in `range`, by their place.
    fn wanted(&self, branches: &[usize], range: &Range<u64>) -> Result<Vec<Wanted>, Error> {
        let mut wanted = Vec::new();
        for &branch in branches {
            let on_disk = self.tree.branches[branch].seeks.len();
            for basket in self.baskets(branch, range).filter(|&k| k < on_disk) {
                let (seek, len) = (self.tree.branches[branch].seeks[basket], self.tree.branches[branch].bytes[basket].into());
                if seek.checked_add(len).is_none_or(|end| end > self.store.source.size()) {
                    let message = format!("truncated: a basket of {len} bytes, the file ends at {}", self.store.source.size());
                    return Err(self.error(branch, Kind::Truncated, message).basket(basket).at(seek));
                }
                wanted.push(Wanted { seek, len, branch, basket });
            }
        }
        wanted.sort_unstable_by_key(|w| (w.seek, w.len, w.branch, w.basket));
        Ok(wanted)
    }

    /// Reads the bytes of one request; returns where they start.
    fn fetch(&self, group: &[Wanted], buffer: &mut Vec<u8>) -> Result<u64, Error> {
        let start = group[0].seek;
        let end = group.iter().map(|w| w.seek + w.len).max().unwrap_or(start);
        buffer.resize((end - start) as usize, 0);
        self.store.source.read_into(start, buffer).map_err(|mut error| {
            error.object = Some(self.path.clone());
            error.branch = Some(self.names[group[0].branch].clone());
            error.basket = Some(group[0].basket);
            error
        })?;
        Ok(start)
    }

    /// Class of the items in a branch of whole TClonesArrays, from the first basket.
    pub(crate) fn clones_class(&self, branch: usize) -> Option<String> {
        let b = &self.tree.branches[branch];
        let named = b.class == "TBranchObject";
        let data = if let Some(embedded) = b.embedded.first().filter(|_| b.seeks.is_empty()) {
            embedded.data.clone()
        } else {
            let record = self.store.bytes(*b.seeks.first()?, (*b.bytes.first()?).into()).ok()?;
            let raw = raw(&record, b.seeks[0]).ok()?;
            let mut data = Vec::new();
            super::file::decompress(raw.stored, raw.len, &mut data).ok()?;
            data
        };
        special::clones_class(&mut Cursor::new(&data, 0), named).ok()
    }

    fn basket(
        &self,
        branch: usize,
        basket: usize,
        range: &Range<u64>,
        record: &[u8],
        collector: &mut Collector<'_>,
    ) -> Result<(), Error> {
        let (first, end) = (self.edges[branch][basket], self.edges[branch][basket + 1]);
        let b = &self.tree.branches[branch];
        let (raw, at) = if let Some(&seek) = b.seeks.get(basket) {
            let raw = raw(record, seek)
                .map_err(|fault| self.error(branch, Kind::Damaged, fault.reason).basket(basket).at(seek + fault.at as u64))?;
            (raw, Some(seek + u64::from(raw.keylen)))
        } else {
            let embedded = &b.embedded[basket - b.seeks.len()];
            let raw = Raw {
                header: embedded.header,
                keylen: embedded.keylen,
                stored: &embedded.data,
                len: embedded.data.len(),
                starts: embedded.starts.as_deref(),
            };
            (raw, None)
        };
        let place = |fault: Fault| {
            let mut error = self.error(branch, Kind::Damaged, fault.reason).basket(basket);
            let plain = raw.stored.len() == raw.len;
            error.byte = at.map(|at| if plain || fault.at < raw.stored.len() { at + fault.at as u64 } else { at });
            error
        };
        if raw.header.count as u64 != end - first {
            let reason = format!("the basket has {} entries where the branch lists {}", raw.header.count, end - first);
            return Err(place(Fault::new(0, reason)));
        }
        let wanted = (range.start.max(first) - first) as usize..(range.end.min(end) - first) as usize;
        let counts = BasketCounts { reading: self, range: first..end };
        collector.append(raw, wanted, &counts).map_err(|trouble| match trouble {
            Trouble::Fault(fault) => place(fault),
            Trouble::Error(error) => *error,
        })
    }

    /// Every basket on disk with entries in `range`: number, offset and bytes of its record.
    pub(crate) fn records<T>(
        &self,
        branch: usize,
        range: &Range<u64>,
        mut each: impl FnMut(usize, u64, &[u8]) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut buffer = Vec::new();
        let mut all = Vec::new();
        for group in requests(&self.wanted(&[branch], range)?) {
            let start = self.fetch(group, &mut buffer)?;
            for w in group {
                all.push((w.basket, each(w.basket, w.seek, &buffer[(w.seek - start) as usize..][..w.len as usize])?));
            }
        }
        all.sort_by_key(|(basket, _)| *basket);
        Ok(all.into_iter().map(|(_, found)| found).collect())
    }
}

/// Branches that count, read for the entries of one basket.
struct BasketCounts<'r> {
    reading: &'r Reading,
    range: Range<u64>,
}

impl BasketCounts<'_> {
    fn array(&self, branch: usize, fits: impl Fn(&Shape) -> bool) -> Result<Array, Error> {
        if !self.reading.shapes[branch].as_ref().is_ok_and(fits) {
            return Err(self.unfit(branch));
        }
        self.reading.read(&[branch], &self.range)?.pop().ok_or_else(|| self.unfit(branch))
    }

    fn unfit(&self, branch: usize) -> Error {
        self.reading.error(branch, Kind::Unsupported, "does not hold integers, but counts another branch")
    }

    fn integers(&self, branch: usize, array: &Array) -> Result<Vec<i64>, Error> {
        let numbers = array.as_numbers().and_then(Numbers::to_i64).and_then(|all| all.into_iter().collect::<Option<_>>());
        numbers.ok_or_else(|| self.unfit(branch))
    }
}

impl Counts for BasketCounts<'_> {
    fn values(&self, branch: usize) -> Result<Vec<i64>, Error> {
        let array = self.array(branch, |shape| matches!(shape, Shape::Flat(_)))?;
        self.integers(branch, &array)
    }

    fn lists(&self, branch: usize) -> Result<(Vec<i64>, Vec<i64>), Error> {
        let array = self.array(branch, |shape| matches!(shape, Shape::Jagged { .. }))?;
        let (offsets, items) = array.as_list().ok_or_else(|| self.unfit(branch))?;
        Ok((offsets.to_vec(), self.integers(branch, items)?))
    }
}

/// Checks key and header of a basket on disk.
fn raw(record: &[u8], seek: u64) -> Result<Raw<'_>, Fault> {
    let mut c = Cursor::new(record, 0);
    let key = Key::parse(&mut c)?;
    if key.seek != seek {
        return Err(Fault::new(0, format!("the record here says that it belongs to byte {}", key.seek)));
    }
    if key.nbytes as usize != record.len() {
        let reason = format!("record of {} bytes where the branch lists {}", key.nbytes, record.len());
        return Err(Fault::new(0, reason));
    }
    if key.class != "TBasket" {
        return Err(Fault::new(0, format!("a {} where a TBasket is listed", key.class)));
    }
    // The name is no check: baskets keep theirs when a branch is renamed (uproot-issue519.root).
    let header = Header::parse(&mut c, key.keylen)?;
    if c.pos > key.keylen.into() {
        return Err(Fault::new(c.pos, "the basket's header is longer than its key says"));
    }
    let stored = &record[key.keylen.into()..];
    Ok(Raw { header, keylen: key.keylen, stored, len: key.objlen as usize, starts: None })
}
