//! Columns into lanes: rows are transposed, 16 at a time; missing lanes of the last block repeat its last row.

use super::layout::Layout;
use super::memory::{Memory, Room, Unusual};
use super::{FirstFault, Problem};
use crate::graph::{Graph, Input, Shape, VariableId};
use crate::lanes::{LANES, Lane, Real};
use germane_columns::{Array, Data, Numbers};
use germane_numerics::simd;

/// Samples that are transposed at once, so that a tile stays in the first cache.
const TILE: usize = 16;

/// Integers beyond this are not held exactly.
const EXACT: i128 = 1 << 53;

/// A column opened for reading.
#[derive(Debug)]
pub(super) struct InputColumn<'a> {
    values: Values<'a>,
    rows: Rows<'a>,
    name: &'a str,
}

/// Which items belong to a row.
#[derive(Clone, Copy, Debug)]
enum Rows<'a> {
    /// one
    Scalar,
    /// always as many
    Fixed(usize),
    /// from an offset to the next, at most as many
    Lists(&'a [i64], usize),
}

/// Items by their type.
#[derive(Clone, Copy, Debug)]
enum Values<'a> {
    Bool(&'a arrow_buffer::BooleanBuffer),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    F32(&'a [f32]),
    F64(&'a [f64]),
}

/// A number of a column.
trait Item: Copy {
    /// Whether it can be NaN or very large.
    const FLOAT: bool = false;
    /// The same value as `f32`, where the element is held so.
    fn narrow(self) -> f32;
    /// The same value.
    fn wide(self) -> f64;
    /// Whether the value is exact as `f64`.
    fn is_exact(self) -> bool {
        true
    }
}

macro_rules! items {
    ($($ty:ty),*) => {$(
        impl Item for $ty {
            #[inline(always)]
            fn narrow(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
        }
    )*};
    (float $($ty:ty),*) => {$(
        impl Item for $ty {
            const FLOAT: bool = true;
            #[inline(always)]
            fn narrow(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
        }
    )*};
    (long $($ty:ty),*) => {$(
        impl Item for $ty {
            #[inline(always)]
            fn narrow(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
            fn is_exact(self) -> bool {
                (-EXACT..=EXACT).contains(&(self as i128))
            }
        }
    )*};
}

items!(u8, u16, u32, i8, i16, i32);
items!(float f32, f64);
items!(long u64, i64);

macro_rules! each {
    ($values:expr, $items:ident => $body:expr, $bits:ident => $bool:expr) => {
        match $values {
            Values::Bool($bits) => $bool,
            Values::U8($items) => $body,
            Values::U16($items) => $body,
            Values::U32($items) => $body,
            Values::U64($items) => $body,
            Values::I8($items) => $body,
            Values::I16($items) => $body,
            Values::I32($items) => $body,
            Values::I64($items) => $body,
            Values::F32($items) => $body,
            Values::F64($items) => $body,
        }
    };
}

impl<'a> InputColumn<'a> {
    /// Checks that a column is what the graph says.
    pub(super) fn open(graph: &Graph, input: &'a Input, array: &'a Array, rows: usize) -> Result<Self, Problem> {
        let refuse = |message: String| Problem { entry: None, name: input.column.clone(), message, origin: None };
        if array.null_count() > 0 {
            return Err(refuse("has missing values".to_owned()));
        }
        if array.len() < rows {
            return Err(refuse(format!("has {} rows, expected {rows}", array.len())));
        }
        let variable = graph.variable(input.variable);
        let (items, layout) = match (&array.data, variable.shape) {
            (Data::Number(_) | Data::Bool(_), Shape::Scalar) => (array, Rows::Scalar),
            (Data::FixedList { size, items, .. }, Shape::Samples(samples)) if *size == samples => {
                (&**items, Rows::Fixed(samples))
            }
            (Data::FixedList { size, .. }, Shape::Samples(samples)) => {
                return Err(refuse(format!("has {size} values in each row, expected {samples}")));
            }
            (Data::List { offsets, items }, Shape::Ragged { capacity, .. }) => (&**items, Rows::Lists(offsets, capacity)),
            _ => return Err(refuse("has another shape than planned".to_owned())),
        };
        let values = match &items.data {
            Data::Bool(bits) => Values::Bool(bits),
            Data::Number(numbers) => match numbers {
                Numbers::U8(values) => Values::U8(values),
                Numbers::U16(values) => Values::U16(values),
                Numbers::U32(values) => Values::U32(values),
                Numbers::U64(values) => Values::U64(values),
                Numbers::I8(values) => Values::I8(values),
                Numbers::I16(values) => Values::I16(values),
                Numbers::I32(values) => Values::I32(values),
                Numbers::I64(values) => Values::I64(values),
                Numbers::F32(values) => Values::F32(values),
                Numbers::F64(values) => Values::F64(values),
            },
            _ => return Err(refuse("holds no numbers".to_owned())),
        };
        Ok(Self { values, rows: layout, name: &input.column })
    }

    /// Item range of a row.
    fn range(&self, row: usize) -> std::ops::Range<usize> {
        match self.rows {
            Rows::Scalar => row..row + 1,
            Rows::Fixed(samples) => row * samples..(row + 1) * samples,
            Rows::Lists(offsets, _) => offsets[row] as usize..offsets[row + 1] as usize,
        }
    }

    /// Rows `start..start + count` into the variable.
    pub(super) fn fill(
        &self,
        graph: &Graph,
        layout: &Layout,
        memory: &mut Memory,
        id: VariableId,
        start: usize,
        count: usize,
        fault: &mut FirstFault,
    ) {
        let row_of = |lane: usize| start + lane.min(count - 1);
        let refuse = |message: String| Problem { entry: None, name: self.name.to_owned(), message, origin: None };
        if let (Rows::Lists(offsets, capacity), Shape::Ragged { length, .. }) = (self.rows, graph.variable(id).shape) {
            let mut lengths = [0.0; LANES];
            for (lane, length) in lengths.iter_mut().enumerate() {
                let found = (offsets[row_of(lane) + 1] - offsets[row_of(lane)]) as usize;
                *length = found.min(capacity) as f64;
                if found > capacity {
                    fault.note(lane, || refuse(format!("has {found} values, planned for {capacity} at most")));
                }
            }
            memory.set_scalar(length, lengths);
        }
        let float = graph.variable(id).element.is_float();
        let mut room = memory.take(layout, id);
        let rows = layout.place(id).rows();
        let found = each!(self.values, items => self.transpose(items, &mut room, rows, &row_of, float, fault), bits => {
            // Bools come one by one: they are few.
            for lane in 0..LANES {
                for (i, item) in self.range(row_of(lane)).take(rows).enumerate() {
                    set(&mut room, i, lane, f64::from(u8::from(bits.value(item))));
                }
            }
            Unusual::default()
        });
        memory.put(layout, id, room);
        memory.set_unusual(id, found);
    }

    fn transpose<T: Item>(
        &self,
        items: &[T],
        room: &mut Room,
        rows: usize,
        row_of: &dyn Fn(usize) -> usize,
        float: bool,
        fault: &mut FirstFault,
    ) -> Unusual {
        let lanes: [&[T]; LANES] = std::array::from_fn(|lane| {
            let range = self.range(row_of(lane));
            &items[range.start..range.end.min(range.start + rows)]
        });
        for (lane, items) in lanes.iter().enumerate() {
            if let Some(at) = items.iter().position(|item| !item.is_exact()) {
                fault.note(lane, || {
                    let message = format!("value {at} is beyond 2^53, where integers are no longer exact");
                    Problem { entry: None, name: self.name.to_owned(), message, origin: None }
                });
            }
        }
        match room {
            Room::Scalar(out) => {
                *out = lanes.map(|items| items[0].wide());
                Unusual::of_lanes(out)
            }
            Room::Narrow(out) => {
                fill_samples(&lanes, &mut out[..rows], Item::narrow, matches!(self.rows, Rows::Lists(..)), float)
            }
            Room::Wide(out) => fill_samples(&lanes, &mut out[..rows], Item::wide, matches!(self.rows, Rows::Lists(..)), float),
        }
    }
}

/// Transposes rows of items; behind the end of shorter rows come NaN in floats and 0 in integers.
fn fill_samples<T: Item, R: Real>(
    lanes: &[&[T]; LANES],
    out: &mut [Lane<R>],
    convert: impl Fn(T) -> R,
    ragged: bool,
    float: bool,
) -> Unusual {
    if ragged {
        let pad = if float { R::NAN } else { R::default() };
        for (lane, items) in lanes.iter().enumerate() {
            for (i, row) in out.iter_mut().enumerate() {
                row[lane] = items.get(i).map_or(pad, |item| convert(*item));
            }
        }
    } else {
        simd::wide(Transpose { lanes, out: &mut *out, convert });
    }
    if T::FLOAT || (ragged && float) { Unusual::of_samples(out) } else { Unusual::default() }
}

struct Transpose<'a, 'o, T, R, F> {
    lanes: &'a [&'a [T]; LANES],
    out: &'o mut [Lane<R>],
    convert: F,
}

impl<T: Item, R: Real, F: Fn(T) -> R> simd::Work for Transpose<'_, '_, T, R, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let samples = self.out.len();
        for start in (0..samples).step_by(TILE) {
            let end = (start + TILE).min(samples);
            let tile = &mut self.out[start..end];
            for lane in 0..LANES {
                let items = &self.lanes[lane][start..end];
                for (row, item) in tile.iter_mut().zip(items) {
                    row[lane] = (self.convert)(*item);
                }
            }
        }
    }
}

fn set(room: &mut Room, i: usize, lane: usize, value: f64) {
    match room {
        Room::Scalar(lanes) => lanes[lane] = value,
        Room::Narrow(rows) => rows[i][lane] = value as f32,
        Room::Wide(rows) => rows[i][lane] = value,
    }
}
