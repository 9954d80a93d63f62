//! Lanes into columns: what is written is transposed back, positions become times.

use super::layout::Layout;
use super::memory::{LaneSet, Memory, Samples};
use super::store::Store;
use super::{FirstFault, Made, Problem};
use crate::element::Element;
use crate::graph::{Graph, Grid, Kind, Offset, Period, Shape, VariableId};
use crate::lanes::{LANES, Lane};
use germane_columns::{Array, Data, Unit};

/// Samples that are transposed at once.
const TILE: usize = 16;

/// What was made of one output.
#[derive(Debug)]
pub(super) struct Collector {
    id: VariableId,
    shape: Shape,
    complex: bool,
    values: Values,
    imaginary: Option<Values>,
    lengths: Vec<usize>,
    t0: Option<Vec<f64>>,
    rows: usize,
}

/// Values in the type of the element.
#[derive(Debug)]
enum Values {
    Bool(Vec<bool>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs a body with the vector and the conversion from `f64` of each type.
macro_rules! each {
    ($values:expr, $vector:ident, $convert:ident => $body:expr) => {
        match $values {
            Values::Bool($vector) => {
                let $convert = |x: f64| x != 0.0;
                $body
            }
            Values::U8($vector) => {
                let $convert = |x: f64| x as u8;
                $body
            }
            Values::U16($vector) => {
                let $convert = |x: f64| x as u16;
                $body
            }
            Values::U32($vector) => {
                let $convert = |x: f64| x as u32;
                $body
            }
            Values::U64($vector) => {
                let $convert = |x: f64| x as u64;
                $body
            }
            Values::I8($vector) => {
                let $convert = |x: f64| x as i8;
                $body
            }
            Values::I16($vector) => {
                let $convert = |x: f64| x as i16;
                $body
            }
            Values::I32($vector) => {
                let $convert = |x: f64| x as i32;
                $body
            }
            Values::I64($vector) => {
                let $convert = |x: f64| x as i64;
                $body
            }
            Values::F32($vector) => {
                let $convert = |x: f64| x as f32;
                $body
            }
            Values::F64($vector) => {
                let $convert = |x: f64| x;
                $body
            }
        }
    };
}

impl Values {
    fn of(element: Element) -> Self {
        match element {
            Element::Bool => Self::Bool(Vec::new()),
            Element::U8 => Self::U8(Vec::new()),
            Element::U16 => Self::U16(Vec::new()),
            Element::U32 => Self::U32(Vec::new()),
            Element::U64 => Self::U64(Vec::new()),
            Element::I8 => Self::I8(Vec::new()),
            Element::I16 => Self::I16(Vec::new()),
            Element::I32 => Self::I32(Vec::new()),
            Element::I64 => Self::I64(Vec::new()),
            Element::F32 | Element::C64 => Self::F32(Vec::new()),
            Element::F64 | Element::C128 => Self::F64(Vec::new()),
        }
    }

    fn take(&mut self) -> Array {
        each!(self, vector, _convert => Array::from(std::mem::take(vector)))
    }

    fn reserve(&mut self, more: usize) {
        each!(self, vector, _convert => vector.reserve(more));
    }

    /// Adds rows of samples: of `stride` rows of lanes each one from `first` is an element.
    fn extend(&mut self, samples: Samples<'_>, first: usize, stride: usize, count: usize, change: impl Fn(f64, usize) -> f64) {
        each!(self, vector, convert => {
            let base = vector.len();
            let rows = match samples {
                Samples::Narrow(rows) => rows.len() / stride,
                Samples::Wide(rows) => rows.len() / stride,
            };
            vector.resize(base + rows * count, convert(0.0));
            let out = &mut vector[base..];
            // A few rows of all lanes at a time, so that each lane writes a stretch.
            for begin in (0..rows).step_by(TILE) {
                let end = (begin + TILE).min(rows);
                let mut tile: [Lane<f64>; TILE] = [[0.0; LANES]; TILE];
                for (i, lanes) in (begin..end).zip(&mut tile) {
                    *lanes = match samples {
                        Samples::Narrow(rows) => rows[i * stride + first].map(f64::from),
                        Samples::Wide(rows) => rows[i * stride + first],
                    };
                }
                for lane in 0..count {
                    for (item, lanes) in out[lane * rows + begin..lane * rows + end].iter_mut().zip(&tile) {
                        *item = convert(change(lanes[lane], lane));
                    }
                }
            }
        });
    }

    /// Adds the first `length` elements of one lane.
    fn extend_lane(&mut self, samples: Samples<'_>, lane: usize, length: usize, change: impl Fn(f64) -> f64) {
        each!(self, vector, convert => match samples {
            Samples::Narrow(rows) => vector.extend(rows[..length].iter().map(|row| convert(change(f64::from(row[lane]))))),
            Samples::Wide(rows) => vector.extend(rows[..length].iter().map(|row| convert(change(row[lane])))),
        });
    }
}

/// How positions become times.
struct Times {
    /// offset in samples
    shift: Lane<f64>,
    /// time of a sample in the written unit
    factor: f64,
}

impl Times {
    fn new(memory: &Memory, period: &Period, offset: Option<Offset>, unit: &Unit) -> Self {
        let factor = period.value * period.unit.factor_to(unit).unwrap_or(1.0);
        let shift = offset.map_or([0.0; LANES], |offset| lanes_of(memory, offset).map(|time| time / period.value));
        Self { shift, factor }
    }

    fn of(&self, position: f64, lane: usize) -> f64 {
        (position + self.shift[lane]) * self.factor
    }
}

/// Time of sample 0 of each lane.
pub(super) fn lanes_of(memory: &Memory, offset: Offset) -> Lane<f64> {
    match offset.variable {
        Some(id) => memory.scalar(id).map(|time| time + offset.constant),
        None => [offset.constant; LANES],
    }
}

impl Collector {
    /// Of a variable.
    pub(super) fn new(graph: &Graph, id: VariableId) -> Self {
        let variable = graph.variable(id);
        let complex = variable.element.is_complex();
        Self {
            id,
            shape: variable.shape,
            complex,
            values: Values::of(variable.element),
            imaginary: complex.then(|| Values::of(variable.element)),
            lengths: Vec::new(),
            t0: matches!(variable.kind, Kind::Waveform(_)).then(Vec::new),
            rows: 0,
        }
    }

    /// Makes room for more rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        match self.shape {
            Shape::Scalar => self.values.reserve(rows),
            Shape::Samples(samples) => {
                self.values.reserve(rows * samples);
                if let Some(imaginary) = &mut self.imaginary {
                    imaginary.reserve(rows * samples);
                }
            }
            Shape::Ragged { .. } => self.lengths.reserve(rows),
        }
        if let Some(t0) = &mut self.t0 {
            t0.reserve(rows);
        }
    }

    /// Adds the rows of a block.
    pub(super) fn collect(&mut self, graph: &Graph, layout: &Layout, memory: &Memory, count: usize, fault: &mut FirstFault) {
        self.rows += count;
        let variable = graph.variable(self.id);
        let times = match &variable.kind {
            Kind::Point { grid, unit } => Some(Times::new(memory, &grid.period, Some(grid.offset), unit)),
            Kind::Duration { period, unit } => Some(Times::new(memory, period, None, unit)),
            Kind::Waveform(Grid { offset, .. }) => {
                if let Some(t0) = &mut self.t0 {
                    t0.extend_from_slice(&lanes_of(memory, *offset)[..count]);
                }
                None
            }
            Kind::Plain => None,
        };
        let store = Store::of(variable.element);
        let mut refuse = |lane: usize, message: String| {
            fault.note(lane, || Problem { entry: None, name: variable.name.clone(), message, origin: None });
        };
        let scalar = [*memory.scalar(self.id)];
        let samples = memory.samples(layout, self.id).unwrap_or(Samples::Wide(&scalar));
        if let (Some(times), Store::Integer(..)) = (&times, store) {
            // Times of integer type can leave it; these are few numbers.
            let rows = match samples {
                Samples::Narrow(rows) => rows.len(),
                Samples::Wide(rows) => rows.len(),
            };
            for i in 0..rows {
                let positions: Lane<f64> = match samples {
                    Samples::Narrow(rows) => rows[i].map(f64::from),
                    Samples::Wide(rows) => rows[i],
                };
                let mut bad: LaneSet = 0;
                store.store(&mut std::array::from_fn(|lane| times.of(positions[lane], lane)), &mut bad);
                bad &= LaneSet::MAX >> (LANES - count);
                if bad != 0 {
                    refuse(bad.trailing_zeros() as usize, format!("a time does not fit into {}", variable.element));
                }
            }
        }
        let change = |x: f64, lane: usize| times.as_ref().map_or(x, |times| times.of(x, lane));
        match self.shape {
            Shape::Scalar | Shape::Samples(_) => {
                let stride = 1 + usize::from(self.complex);
                if times.is_some() {
                    self.values.extend(samples, 0, stride, count, change);
                } else {
                    self.values.extend(samples, 0, stride, count, |x, _| x);
                }
                if let Some(imaginary) = &mut self.imaginary {
                    imaginary.extend(samples, 1, stride, count, |x, _| x);
                }
            }
            Shape::Ragged { capacity, length } => {
                for lane in 0..count {
                    let wanted = memory.scalar(length)[lane];
                    let kept = if wanted >= 0.0 { (wanted as usize).min(capacity) } else { 0 };
                    if kept as f64 != wanted {
                        refuse(lane, format!("{wanted} values are asked for, there is room for {capacity}"));
                    }
                    self.values.extend_lane(samples, lane, kept, |x| change(x, lane));
                    self.lengths.push(kept);
                }
            }
        }
    }

    /// What was collected, which is forgotten.
    pub(super) fn take(&mut self) -> Made {
        let rows = std::mem::take(&mut self.rows);
        let items = self.values.take();
        let items = match &mut self.imaginary {
            None => items,
            Some(imaginary) => {
                let fields = vec![("real".to_owned(), items), ("imag".to_owned(), imaginary.take())];
                let len = fields[0].1.len();
                Array::new(Data::Struct { fields, len })
            }
        };
        let values = match self.shape {
            Shape::Scalar => items,
            Shape::Samples(size) => Array::new(Data::FixedList { size, len: rows, items: Box::new(items) }),
            Shape::Ragged { .. } => Array::list(&std::mem::take(&mut self.lengths), items),
        };
        match &mut self.t0 {
            None => Made::Column(values),
            Some(t0) => Made::Waveform { t0: Array::from(std::mem::take(t0)), values },
        }
    }
}
