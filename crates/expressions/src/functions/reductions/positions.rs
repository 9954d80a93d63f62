//! `argmin` and `argmax`: place of the extreme in its list, the first of equal ones; NaN and null are never chosen.

use super::{Kernel, Reduction, Segment};

pub(super) static ARGMIN: Reduction = Reduction {
    name: "argmin",
    doc: "place of the least value, the first of equal ones, null if there is none",
    keeps_unit: false,
    nullable: true,
    float: Some(Kernel::Int(|list| position(list, |x, held| x < held))),
    int: Some(Kernel::Int(|list| whole(list, |x, held| x < held))),
    bool: None,
};

pub(super) static ARGMAX: Reduction = Reduction {
    name: "argmax",
    doc: "place of the greatest value, the first of equal ones, null if there is none",
    keeps_unit: false,
    nullable: true,
    float: Some(Kernel::Int(|list| position(list, |x, held| x > held))),
    int: Some(Kernel::Int(|list| whole(list, |x, held| x > held))),
    bool: None,
};

fn position(list: Segment<'_, f64>, better: fn(f64, f64) -> bool) -> Option<i64> {
    let mut held: Option<(usize, f64)> = None;
    for (k, x) in list.present() {
        if !x.is_nan() && held.is_none_or(|(_, best)| better(x, best)) {
            held = Some((k, x));
        }
    }
    held.map(|(k, _)| k as i64)
}

fn whole(list: Segment<'_, i64>, better: fn(i64, i64) -> bool) -> Option<i64> {
    let mut held: Option<(usize, i64)> = None;
    for (k, x) in list.present() {
        if held.is_none_or(|(_, best)| better(x, best)) {
            held = Some((k, x));
        }
    }
    held.map(|(k, _)| k as i64)
}
