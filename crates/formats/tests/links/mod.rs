//! Links between objects, followed with plain loops over the columns that are read.

use crate::shared::Score;
use germane_formats::Table;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// Positions that lead nowhere (negative), to an item, or beyond the end of the collection.
pub(crate) fn nanoaod(
    score: &mut Score,
    name: &str,
    wanted: &Value,
    table: &dyn germane_formats::Table,
    found: &germane_formats::schema::Collections,
) {
    let entries = table.schema().entries;
    for (column, counts) in wanted["links"].as_object().unwrap() {
        let link = found.links.iter().find(|link| table.schema().columns[link.column].field.name == *column);
        let Some(target) = counts["target"].as_str() else {
            score.check(link.is_none(), || format!("{name} {column} leads to {link:?}"));
            continue;
        };
        let Some(link) = link.filter(|link| link.to == target) else {
            // Skims without a counter that is used have no such collection.
            let absent = found.collections.iter().all(|group| group.name != target);
            score.check(absent, || format!("{name} {column}: {link:?} for {target}"));
            continue;
        };
        let to = found.collections.iter().find(|group| group.name == link.to).unwrap();
        let arrays = table.read(&[link.column, to.counter.unwrap()], 0..entries).unwrap();
        let (offsets, positions) = arrays[0].as_list().unwrap();
        let positions = positions.as_numbers().unwrap().to_i64().unwrap();
        let lengths = arrays[1].as_numbers().unwrap().to_i64().unwrap();
        let (mut none, mut valid, mut beyond) = (0, 0, 0);
        for entry in 0..entries as usize {
            for position in &positions[offsets[entry] as usize..offsets[entry + 1] as usize] {
                let position = position.unwrap();
                none += u64::from(position < 0);
                valid += u64::from((0..lengths[entry].unwrap()).contains(&position));
                beyond += u64::from(position >= lengths[entry].unwrap());
            }
        }
        let own = [none, valid, beyond];
        let same = [&counts["none"], &counts["valid"], &counts["beyond"]].iter().zip(own).all(|(a, b)| **a == b);
        score.check(same, || format!("{name} {column}: {own:?} for {counts}"));
    }
}

/// A column of lists of integers, as nested vectors.
fn integers(table: &Arc<dyn Table>, name: &str) -> Option<Vec<Vec<i64>>> {
    let column = table.schema().find(name).ok()?;
    let array = table.read(&[column], 0..table.schema().entries).ok()?.remove(0);
    let (offsets, items) = array.as_list()?;
    let items: Vec<i64> = items.as_numbers()?.to_i64()?.into_iter().map(Option::unwrap).collect();
    Some(offsets.windows(2).map(|o| items[o[0] as usize..o[1] as usize].to_vec()).collect())
}

/// Relations of PODIO: position and collection; -1 leads nowhere.
pub(crate) fn edm4hep(score: &mut Score, path: &Path, wanted: &Value) {
    let file = germane_formats::open(path).unwrap();
    let table = file.table("events").unwrap();
    let mut names: BTreeMap<i64, String> = BTreeMap::new();
    if let Ok(metadata) = file.table("podio_metadata") {
        let ids = integers(&metadata, "events___idTable/m_collectionIDs").unwrap().concat();
        let column = metadata.schema().find("events___idTable/m_names").unwrap();
        let texts = metadata.read(&[column], 0..1).unwrap().remove(0);
        let (_, texts) = texts.as_list().unwrap();
        names.extend(ids.iter().enumerate().map(|(i, &id)| (id, texts.text(i).unwrap().to_owned())));
    }
    let ids: BTreeMap<&String, i64> = names.iter().map(|(id, name)| (name, *id)).collect();
    score.check(wanted["ids"] == json!(ids), || format!("{}: ids {ids:?}", path.display()));
    for (relation, counts) in wanted["relations"].as_object().unwrap() {
        let index = integers(&table, &format!("{relation}/{relation}.index")).unwrap().concat();
        let collection = integers(&table, &format!("{relation}/{relation}.collectionID")).unwrap().concat();
        let mut targets: BTreeMap<String, u64> = BTreeMap::new();
        for (_, id) in index.iter().zip(&collection).filter(|(i, _)| **i >= 0) {
            *targets.entry(names.get(id).cloned().unwrap_or_else(|| id.to_string())).or_default() += 1;
        }
        let links: u64 = targets.values().sum();
        let null = index.iter().filter(|i| **i < 0).count();
        let same = counts["links"] == links && counts["null"] == null && counts["targets"] == json!(targets);
        score.check(same, || format!("{relation}: {links} links, {null} null, {targets:?} for {counts}"));
    }
}

/// Element links of PHYSLITE: key of the container, 0 leads nowhere, and position.
pub(crate) fn physlite(score: &mut Score, path: &Path, wanted: &Value) {
    let table = germane_formats::open(path).unwrap().table("CollectionTree").unwrap();
    score.check(wanted["entries"] == table.schema().entries, || "entries".to_owned());
    for (link, counts) in wanted["links"].as_object().unwrap() {
        let (Some(keys), Some(places)) = (member(&table, link, "m_persKey"), member(&table, link, "m_persIndex")) else {
            score.check(false, || format!("{link} is not read"));
            continue;
        };
        let mut by_key: BTreeMap<String, u64> = BTreeMap::new();
        for key in keys.iter().filter(|key| **key != 0) {
            *by_key.entry(key.to_string()).or_default() += 1;
        }
        let links: u64 = by_key.values().sum();
        let furthest = keys.iter().zip(&places).filter(|(key, _)| **key != 0).map(|(_, place)| *place).max();
        let same = counts["links"] == links
            && counts["null"] == keys.len() as u64 - links
            && counts["keys"] == json!(by_key)
            && counts["max_index"] == json!(furthest);
        score.check(same, || format!("{link}: {links} of {}, {by_key:?}, {furthest:?} for {counts}", keys.len()));
    }
}

fn member(table: &Arc<dyn Table>, link: &str, name: &str) -> Option<Vec<i64>> {
    let full = format!("{link}.{name}");
    if let Some(lists) = integers(table, &full) {
        return Some(lists.concat());
    }
    let column = table.schema().find(&full).ok()?;
    let array = table.read(&[column], 0..table.schema().entries).ok()?.remove(0);
    Some(array.as_numbers()?.to_i64()?.into_iter().map(Option::unwrap).collect())
}

/// TRef and TRefArray by fUniqueID inside the event; 0 leads nowhere.
pub(crate) fn delphes(score: &mut Score, path: &Path, events: &Value) {
    let table = germane_formats::open(path).unwrap().table("Delphes").unwrap();
    let ids = |class: &str| integers(&table, &format!("{class}/{class}.fUniqueID")).unwrap();
    let (particles, towers, jets) = (ids("Particle"), ids("Tower"), ids("Jet"));
    let column = |name: &str| {
        let column = table.schema().find(name).unwrap();
        table.read(&[column], 0..table.schema().entries).unwrap().remove(0)
    };
    let place = |ids: &[i64], id: i64| ids.iter().position(|known| *known == id && id != 0);
    let lists = |name: &str, targets: &[Vec<i64>]| -> Vec<Value> {
        let array = column(name);
        let (outer, items) = array.as_list().unwrap();
        let (inner, refs) = items.field("refs").unwrap().as_list().unwrap();
        let refs = refs.as_numbers().unwrap().to_i64().unwrap();
        let of_item = |event: usize, item: usize| -> Vec<Option<usize>> {
            let range = inner[item] as usize..inner[item + 1] as usize;
            refs[range].iter().map(|id| place(&targets[event], id.unwrap())).collect()
        };
        let of_event = |event: usize| -> Vec<Vec<Option<usize>>> {
            (outer[event] as usize..outer[event + 1] as usize).map(|item| of_item(event, item)).collect()
        };
        (0..targets.len()).map(|event| json!(of_event(event))).collect()
    };
    let (towers_to, jets_to) = (lists("Tower/Tower.Particles", &particles), lists("Jet/Jet.Constituents", &towers));
    let single = column("Jet/Jet.Particle");
    let (outer, items) = single.as_list().unwrap();
    let refs = items.field("ref").unwrap().as_numbers().unwrap().to_i64().unwrap();
    for (event, wanted) in events.as_array().unwrap().iter().enumerate() {
        let sizes = json!([particles[event].len(), towers[event].len(), jets[event].len()]);
        score.check(wanted["sizes"] == sizes, || format!("event {event}: {sizes}"));
        score.check(wanted["Tower.Particles"] == towers_to[event], || format!("event {event}: {}", towers_to[event]));
        score.check(wanted["Jet.Constituents"] == jets_to[event], || format!("event {event}: {}", jets_to[event]));
        let range = outer[event] as usize..outer[event + 1] as usize;
        let own: Vec<Option<usize>> = refs[range].iter().map(|id| place(&particles[event], id.unwrap())).collect();
        score.check(wanted["Jet.Particle"] == json!(own), || format!("event {event}: {own:?}"));
    }
}
