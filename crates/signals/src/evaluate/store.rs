//! How numbers are stored as an element: floats are rounded, integers are cut to zero and must fit.

use super::memory::LaneSet;
use super::{FirstFault, Problem};
use crate::element::Element;
use crate::graph::{Graph, Node, VariableId};
use crate::lanes::{LANES, Lane};

/// Largest magnitude of integers that are held exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How an element is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Store {
    /// rounded to `f32`
    Narrow,
    /// as it is
    Wide,
    /// 0 or 1
    Bool,
    /// cut to zero, inside these
    Integer(f64, f64),
    /// the same; what does not fit is kept as NaN, for a choice that may not take it
    Guarded(f64, f64),
}

impl Store {
    /// For an element.
    pub(super) fn of(element: Element) -> Self {
        match element {
            Element::Bool => Self::Bool,
            Element::F32 | Element::C64 => Self::Narrow,
            Element::F64 | Element::C128 => Self::Wide,
            _ => {
                let (low, high) = element.integer_range().unwrap_or((0, 0));
                Self::Integer((low as f64).max(-EXACT), (high as f64).min(EXACT))
            }
        }
    }

    /// The same where numbers that do not fit wait for a choice.
    pub(super) fn guarded(self) -> Self {
        match self {
            Self::Integer(low, high) => Self::Guarded(low, high),
            other => other,
        }
    }

    /// Whether what is stored can be NaN.
    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::Narrow | Self::Wide | Self::Guarded(..))
    }

    /// Stores lanes; the lanes that do not fit are added to `bad`.
    #[inline(always)]
    pub(super) fn store(self, lanes: &mut Lane<f64>, bad: &mut LaneSet) {
        match self {
            Self::Narrow => lanes.iter_mut().for_each(|x| *x = f64::from(*x as f32)),
            Self::Wide => {}
            Self::Bool => lanes.iter_mut().for_each(|x| *x = f64::from(u8::from(*x != 0.0))),
            Self::Integer(low, high) => {
                for lane in 0..LANES {
                    let whole = lanes[lane].trunc();
                    if whole >= low && whole <= high {
                        lanes[lane] = whole + 0.0;
                    } else {
                        *bad |= 1 << lane;
                        lanes[lane] = 0.0;
                    }
                }
            }
            Self::Guarded(low, high) => {
                for x in lanes {
                    let whole = x.trunc();
                    *x = if whole >= low && whole <= high { whole + 0.0 } else { f64::NAN };
                }
            }
        }
    }
}

/// Notes that numbers of lanes did not fit into a variable.
pub(super) fn note_unfit(graph: &Graph, node: &Node, id: VariableId, bad: LaneSet, fault: &mut FirstFault) {
    if bad == 0 {
        return;
    }
    fault.note(bad.trailing_zeros() as usize, || {
        let variable = graph.variable(id);
        let message =
            format!("a value is not a number or does not fit into {}; convert it with astype(…) first", variable.element);
        Problem { entry: None, name: variable.name.clone(), message, origin: Some(node.origin) }
    });
}
