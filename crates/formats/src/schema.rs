//! Which columns belong together: counted collections, records, and what remains.
//!
//! ```text
//! nX or NX     integer column                    collection X, its counter
//! X_y          lists counted by it               field y of X
//! X            lists counted by it               the unnamed field of X
//! X_y          no lists, X no collection         field y of record X (NanoAOD only)
//! X/X.y        members of a split collection     field y of X, which has no counter
//! X_yIdx…      integers, lists of one length     link from X to the collection y: position of an item
//! ```
//! Files of writers that count each column apart (`nJet_pt` beside `nJet`) give the same collections; the spare counters are
//! left out.

use crate::TableSchema;
use germane_columns::Type;
use std::collections::{BTreeMap, BTreeSet};

/// Rules to apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// NanoAOD where its key columns are there, else only counted collections.
    #[default]
    Auto,
    /// NanoAOD: also records of flat columns with one prefix.
    Nanoaod,
}

/// Columns that share a counter or a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name, e.g. `Jet`.
    pub name: String,
    /// Column that counts the items; `None` for records and split collections.
    pub counter: Option<usize>,
    /// Field names and columns, in the order of the file. The column that has the group's own name is the field ``.
    pub fields: Vec<(String, usize)>,
}

/// All columns of a table, each in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collections {
    /// Groups of lists with one length an entry.
    pub collections: Vec<Group>,
    /// Groups of values, one an entry.
    pub records: Vec<Group>,
    /// Everything else, by its own name.
    pub event: Vec<(String, usize)>,
    /// Counters that only repeat another one.
    pub spare_counters: Vec<usize>,
    /// Fields that hold positions of items of a collection.
    pub links: Vec<Link>,
}

/// A field of one collection whose values are positions in another; negative ones and those beyond its end lead nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Collection that has the field.
    pub from: String,
    /// Name of the field, e.g. `genPartIdxMother`.
    pub field: String,
    /// Column of the field.
    pub column: usize,
    /// Collection that it leads to.
    pub to: String,
}

/// Names that NanoAOD uses for collections in links, in lower case.
const LINK_NAMES: &[(&str, &str)] = &[("genpartmother", "GenPart")];

/// Sorts columns into collections.
pub fn collections(schema: &TableSchema, rules: Rules) -> Collections {
    let names: Vec<&str> = schema.names().collect();
    let by_name: BTreeMap<&str, usize> = names.iter().enumerate().map(|(i, &n)| (n, i)).collect();
    let nanoaod = rules == Rules::Nanoaod || ["run", "luminosityBlock", "event"].iter().all(|n| by_name.contains_key(n));
    let counter_of = |i: usize| schema.columns[i].counter.as_deref();
    let counters: BTreeSet<&str> = (0..names.len()).filter_map(counter_of).collect();

    let mut collections: Vec<Group> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, &name) in names.iter().enumerate() {
        let integer = matches!(&schema.columns[i].field.ty, Type::Number(n) if !n.is_float());
        let Some(base) = name.strip_prefix(['n', 'N']).filter(|base| integer && begins_a_name(base)) else { continue };
        // A counter of one column is not a collection where the prefix of the column is one.
        let owner = base.split_once('_').is_some_and(|(x, _)| has_counter(&by_name, x) && counters.contains(name));
        if owner || (!counters.contains(name) && !nanoaod) {
            continue;
        }
        place.insert(base, collections.len());
        collections.push(Group { name: base.to_owned(), counter: Some(i), fields: Vec::new() });
    }
    let mut taken = vec![false; names.len()];
    let mut spare_counters = Vec::new();
    for (i, &name) in names.iter().enumerate() {
        let Some(counter) = counter_of(i) else { continue };
        let Some(counted) = counter.strip_prefix(['n', 'N']) else { continue };
        let (group, field) = if counted == name && !place.contains_key(counted) {
            // nJet_pt counts Jet_pt alone; Jet is the collection.
            match name.split_once('_').and_then(|(x, y)| Some((*place.get(x)?, y))) {
                Some(found) => {
                    spare_counters.extend(by_name.get(counter));
                    found
                }
                None => continue,
            }
        } else if let Some(&group) = place.get(counted) {
            match name.strip_prefix(counted) {
                Some("") => (group, ""),
                Some(rest) if rest.starts_with('_') => (group, &rest[1..]),
                _ => continue,
            }
        } else {
            continue;
        };
        collections[group].fields.push((field.to_owned(), i));
        taken[i] = true;
    }
    collections.retain(|group| !group.fields.is_empty());
    for group in &collections {
        if let Some(i) = group.counter {
            taken[i] = true;
        }
    }
    for &i in &spare_counters {
        taken[i] = true;
    }

    split_collections(schema, &names, &mut collections, &mut taken);

    let mut records: Vec<Group> = Vec::new();
    if nanoaod {
        let listed: BTreeSet<&str> = collections.iter().map(|g| g.name.as_str()).collect();
        let mut place: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, &name) in names.iter().enumerate() {
            let flat = !matches!(schema.columns[i].field.ty, Type::List(_));
            let Some((base, field)) = name.split_once('_').filter(|(base, _)| flat && !taken[i] && begins_a_name(base)) else {
                continue;
            };
            if field.is_empty() || listed.contains(base) {
                continue;
            }
            let at = *place.entry(base).or_insert_with(|| {
                records.push(Group { name: base.to_owned(), counter: None, fields: Vec::new() });
                records.len() - 1
            });
            records[at].fields.push((field.to_owned(), i));
            taken[i] = true;
        }
    }
    let event = (0..names.len()).filter(|&i| !taken[i]).map(|i| (names[i].to_owned(), i)).collect();
    let links = links(schema, &collections);
    Collections { collections, records, event, spare_counters, links }
}

/// Fields `yIdx`, `yIdx1`, `yIdxMother`, `yIdxG` of integers, where y is a collection whatever its case.
fn links(schema: &TableSchema, collections: &[Group]) -> Vec<Link> {
    let mut found = Vec::new();
    for group in collections {
        for (field, column) in &group.fields {
            let Some((base, rest)) = field.split_once("Idx") else { continue };
            let known_end = matches!(rest, "" | "Mother" | "G") || rest.chars().all(|c| c.is_ascii_digit());
            let integer = match &schema.columns[*column].field.ty {
                Type::List(item) => matches!(&item.ty, Type::Number(n) if !n.is_float()),
                _ => false,
            };
            if base.is_empty() || !known_end || !integer {
                continue;
            }
            let base = base.to_ascii_lowercase();
            let by_name = || collections.iter().find(|g| g.name.to_ascii_lowercase() == base).map(|g| g.name.as_str());
            let by_table = || LINK_NAMES.iter().find(|(name, _)| *name == base).map(|(_, to)| *to);
            let to = by_name().or_else(|| by_table().filter(|to| collections.iter().any(|g| g.name == *to)));
            if let Some(to) = to {
                found.push(Link { from: group.name.clone(), field: field.clone(), column: *column, to: to.to_owned() });
            }
        }
    }
    found
}

/// Collections that the writer split into one column a member; the column of whole records stays out of the way.
fn split_collections(schema: &TableSchema, names: &[&str], collections: &mut Vec<Group>, taken: &mut [bool]) {
    let is_list = |ty: &Type| matches!(ty, Type::List(_));
    for (i, &name) in names.iter().enumerate() {
        let records = matches!(&schema.columns[i].field.ty, Type::List(item) if matches!(item.ty, Type::Struct(_)));
        let own = name.rsplit('/').next().unwrap_or(name).trim_end_matches('.');
        if !records || taken[i] || collections.iter().any(|group| group.name == own) {
            continue;
        }
        let head = format!("{name}/");
        let below = (i + 1..names.len()).take_while(|&k| names[k].starts_with(&head));
        let mut fields = Vec::new();
        for k in below.filter(|&k| is_list(&schema.columns[k].field.ty) && !taken[k]) {
            let last = names[k].rsplit('/').next().unwrap_or(names[k]);
            let field = last.strip_prefix(own).and_then(|rest| rest.strip_prefix('.')).unwrap_or(last);
            fields.push((field.split('[').next().unwrap_or(field).to_owned(), k));
        }
        if fields.is_empty() {
            continue;
        }
        taken[i] = true;
        for &(_, k) in &fields {
            taken[k] = true;
        }
        collections.push(Group { name: own.to_owned(), counter: None, fields });
    }
}

fn begins_a_name(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphabetic) && !text.starts_with(char::is_lowercase)
}

fn has_counter(names: &BTreeMap<&str, usize>, base: &str) -> bool {
    names.contains_key(format!("n{base}").as_str()) || names.contains_key(format!("N{base}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;
    use germane_columns::{Field, NumberType};

    fn table(columns: &[(&str, Option<&str>)]) -> TableSchema {
        let integer = Type::Number(NumberType::U32);
        let column = |&(name, counter): &(&str, Option<&str>)| Column {
            field: Field::new(name, if counter.is_some() { Type::list(Type::F64) } else { integer.clone() }),
            counter: counter.map(str::to_owned),
            compressed_bytes: 0,
            bytes_per_cluster: vec![],
            problem: None,
            type_name: String::new(),
            compression: String::new(),
            blocks: 1,
            raw_bytes: None,
        };
        TableSchema { entries: 1, columns: columns.iter().map(column).collect(), clusters: vec![1] }
    }

    fn group(name: &str, counter: Option<usize>, fields: &[(&str, usize)]) -> Group {
        Group { name: name.into(), counter, fields: fields.iter().map(|&(n, i)| (n.into(), i)).collect() }
    }

    #[test]
    fn counted_columns_form_collections_whatever_the_case_of_the_counter() {
        let found = collections(&table(&[("NJet", None), ("Jet_Px", Some("NJet")), ("MET_px", None)]), Rules::Auto);
        assert_eq!(found.collections, [group("Jet", Some(0), &[("Px", 1)])]);
        assert_eq!(found.event, [("MET_px".to_owned(), 2)]);
    }

    #[test]
    fn nanoaod_has_records_and_unnamed_lists() {
        let columns = [("nPS", None), ("PS", Some("nPS")), ("MET_pt", None), ("MET_phi", None), ("PV_x_y", None), ("nFoo", None)];
        let found = collections(&table(&columns), Rules::Nanoaod);
        assert_eq!(found.collections, [group("PS", Some(0), &[("", 1)])]);
        assert_eq!(found.records, [group("MET", None, &[("pt", 2), ("phi", 3)]), group("PV", None, &[("x_y", 4)])]);
        assert_eq!(found.event, [("nFoo".to_owned(), 5)]);
    }

    #[test]
    fn members_of_a_split_collection_are_its_fields() {
        let mut schema =
            table(&[("Jet", None), ("Jet/Jet.PT", Some("Jet")), ("Jet/Jet.Edges[4]", Some("Jet")), ("Jet_size", None)]);
        schema.columns[0].field.ty = Type::list(Type::Struct(vec![Field::new("PT", Type::F64)]));
        let found = collections(&schema, Rules::Auto);
        assert_eq!(found.collections, [group("Jet", None, &[("PT", 1), ("Edges", 2)])]);
        assert_eq!(found.event, [("Jet_size".to_owned(), 3)]);
    }

    #[test]
    fn a_counter_for_each_column_is_spare_beside_the_one_of_the_prefix() {
        let columns = [
            ("nJet", None),
            ("nJet_pt", None),
            ("Jet_pt", Some("nJet_pt")),
            ("nJet_eta", None),
            ("Jet_eta", Some("nJet_eta")),
            ("run", None),
            ("luminosityBlock", None),
            ("event", None),
        ];
        let found = collections(&table(&columns), Rules::Auto);
        assert_eq!(found.collections, [group("Jet", Some(0), &[("pt", 2), ("eta", 4)])]);
        assert_eq!(found.spare_counters, [1, 3]);
        assert_eq!(found.event.len(), 3);
    }
}
