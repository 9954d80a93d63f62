//! Values as a person reads them, and as JSON.

use crate::{Array, Data, Numbers};
use std::fmt::Write;

impl Array {
    /// Value `i` in short: `41.5`, `[1, 2]`, `{pt: 3}`, `null`.
    pub fn value_text(&self, i: usize) -> String {
        let mut out = String::new();
        self.write_value(&mut out, i);
        out
    }

    fn write_value(&self, out: &mut String, i: usize) {
        if !self.is_valid(i) {
            out.push_str("null");
            return;
        }
        match &self.data {
            Data::Bool(bits) => out.push_str(if bits.value(i) { "true" } else { "false" }),
            Data::Number(numbers) => write_number(out, numbers, i),
            Data::Text { .. } => write!(out, "{:?}", self.text(i).unwrap_or("")).expect("writing to a String"),
            Data::Binary { offsets, .. } => write!(out, "<{} bytes>", offsets[i + 1] - offsets[i]).expect("writing to a String"),
            Data::List { offsets, items } => write_list(out, items, offsets[i] as usize..offsets[i + 1] as usize),
            Data::FixedList { size, items, .. } => write_list(out, items, i * size..(i + 1) * size),
            Data::Struct { fields, .. } => {
                out.push('{');
                for (k, (name, array)) in fields.iter().enumerate() {
                    if k > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(name);
                    out.push_str(": ");
                    array.write_value(out, i);
                }
                out.push('}');
            }
        }
    }
}

fn write_list(out: &mut String, items: &Array, range: std::ops::Range<usize>) {
    out.push('[');
    for (k, j) in range.enumerate() {
        if k > 0 {
            out.push_str(", ");
        }
        items.write_value(out, j);
    }
    out.push(']');
}

fn write_number(out: &mut String, numbers: &Numbers, i: usize) {
    let result = match numbers {
        Numbers::I8(b) => write!(out, "{}", b[i]),
        Numbers::I16(b) => write!(out, "{}", b[i]),
        Numbers::I32(b) => write!(out, "{}", b[i]),
        Numbers::I64(b) => write!(out, "{}", b[i]),
        Numbers::U8(b) => write!(out, "{}", b[i]),
        Numbers::U16(b) => write!(out, "{}", b[i]),
        Numbers::U32(b) => write!(out, "{}", b[i]),
        Numbers::U64(b) => write!(out, "{}", b[i]),
        Numbers::F32(b) => write!(out, "{}", b[i]),
        Numbers::F64(b) => write!(out, "{}", b[i]),
    };
    result.expect("writing to a String");
}
