//! The list of class descriptions that a file carries: [`super::super::streamer`] the other way round.

use super::super::{
    built_in,
    streamer::{Element, Info},
};
use super::record::Record;
use std::collections::BTreeMap;

/// Name and title of the record, whose class is `TList`.
pub(super) const NAME: [&str; 2] = ["StreamerInfo", "Doubly linked list"];

/// Version and checksum of arrays, which are bases without a description.
fn array_of(class: &str) -> Option<(i32, u32)> {
    match class {
        "TArrayD" => Some((1, 0x7139_ef34)),
        "TArrayF" => Some((1, 0x5a0b_f6f1)),
        _ => None,
    }
}

/// Descriptions of these classes and of all that are inside them, in the order in which they are met.
pub(super) fn write(record: &mut Record, classes: &[&str]) {
    let known: BTreeMap<String, Info> = built_in::infos().into_iter().map(|info| (info.class.clone(), info)).collect();
    let mut wanted: Vec<&Info> = Vec::new();
    classes.iter().for_each(|class| gather(class, &known, &mut wanted));
    record.list(&wanted, |record, info| {
        record.pointer("TStreamerInfo", |record| {
            record.object(9, |record| {
                record.tnamed(0, &info.class, "");
                record.u32(info.checksum);
                record.i32(info.version);
                record.pointer("TObjArray", |record| {
                    record.object(3, |record| {
                        record.tobject(0, 0);
                        record.text("");
                        record.u32(info.elements.len() as u32);
                        record.u32(0);
                        info.elements.iter().for_each(|element| member(record, info, element, &known));
                    });
                });
            });
        });
    });
}

fn gather<'a>(class: &str, known: &'a BTreeMap<String, Info>, wanted: &mut Vec<&'a Info>) {
    let Some(info) = known.get(class) else { return };
    if wanted.iter().any(|other| other.class == info.class) {
        return;
    }
    wanted.push(info);
    for element in &info.elements {
        let inside = if is_base(element) { &element.name } else { element.type_name.trim_end_matches('*') };
        let inside = if element.ty == 65 { "TString" } else { inside };
        gather(inside, known, wanted);
    }
}

fn is_base(element: &Element) -> bool {
    matches!(element.ty, 0 | 66 | 67)
}

fn member(record: &mut Record, info: &Info, element: &Element, known: &BTreeMap<String, Info>) {
    let base = known.get(&element.name).map(|base| (base.version, base.checksum));
    let (version, checksum) = base.or_else(|| array_of(&element.name)).unwrap_or_default();
    let (class, own_version) = match element.ty {
        0 | 66 | 67 => ("TStreamerBase", 3),
        40..=59 => ("TStreamerBasicPointer", 2),
        61 => ("TStreamerObject", 2),
        62 => ("TStreamerObjectAny", 2),
        63 | 64 => ("TStreamerObjectPointer", 2),
        65 => ("TStreamerString", 2),
        _ => ("TStreamerBasicType", 2),
    };
    // What ROOT reads from a title: the counter of an array, and a pointer that is never null.
    let title = match element.ty {
        40..=59 => format!("[{}]", element.counter),
        63 => "->".to_owned(),
        _ => String::new(),
    };
    let (type_name, size) = type_of(element);
    record.pointer(class, |record| {
        record.object(own_version, |record| {
            record.object(4, |record| {
                record.tnamed(0, &element.name, &title);
                record.i32(element.ty);
                record.u32(size);
                record.u32(0);
                record.u32(0);
                let stored = if is_base(element) { checksum } else { 0 };
                [0, stored, 0, 0, 0].into_iter().for_each(|number| record.u32(number));
                record.text(type_name);
            });
            match element.ty {
                0 | 66 | 67 => record.i32(version),
                40..=59 => {
                    record.i32(info.version);
                    record.text(&element.counter);
                    record.text(&info.class);
                }
                _ => {}
            }
        });
    });
}

/// Name of the type of a member, and bytes that it takes in memory on 64-bit systems.
fn type_of(element: &Element) -> (&str, u32) {
    let named = |name| if element.type_name.is_empty() { name } else { element.type_name.as_str() };
    match element.ty {
        0 | 66 | 67 => ("BASE", 0),
        2 => (named("short"), 2),
        3 | 6 => (named("int"), 4),
        5 => (named("float"), 4),
        8 => (named("double"), 8),
        12 => (named("unsigned short"), 2),
        13 | 15 => (named("unsigned int"), 4),
        18 => (named("bool"), 1),
        48 => (named("double*"), 8),
        61 => (named("TAxis"), 216),
        62 => (named("TArrayD"), 24),
        65 => ("TString", 24),
        _ => (named(""), 8),
    }
}
