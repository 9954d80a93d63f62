//! LH5 objects as columns: numbers and items stay where they are, only offsets, bits and fixed texts are made anew.

use super::{Content, Object, Vectors};
use crate::hdf5::{Attribute, Element, ValueData, Values};
use crate::{Error, Kind};
use germane_columns::buffer::{ArrowNativeType, BooleanBuffer, Buffer, OffsetBuffer, ScalarBuffer};
use germane_columns::{Array, Data, Field, NumberType, Numbers, TextBuilder, Unit};

impl Object {
    /// The object as a column of one value a row, with its unit; `description` becomes the documentation.
    ///
    /// Arrays of more dimensions are lists of a fixed size, vectors lists, tables structures, enumerations their integers,
    /// complex numbers pairs. A text of `units` that is no unit of ours stands in the documentation.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for what has no rows (scalars, structs) or no such form (compound elements), [`Kind::Damaged`]
    /// for sums of lengths that fall or end outside.
    pub fn to_column(&self, name: &str) -> Result<(Field, Array), Error> {
        let array = self.column(name)?;
        Ok((self.named(name, &array), array))
    }

    /// The whole object as one value: scalars as they are, structs as a structure, everything with rows as a list of them.
    ///
    /// # Errors
    /// As [`Object::to_column`], without those for scalars and structs.
    pub fn to_value(&self, name: &str) -> Result<Array, Error> {
        match &self.content {
            Content::Scalar(values) => elements(&Values { shape: vec![1], ..values.clone() }, name),
            Content::Struct(members) => {
                let one = |(field, member): (&String, &Self)| Ok((field.clone(), member.to_value(&format!("{name}/{field}"))?));
                structure(members.iter().map(one).collect::<Result<_, Error>>()?, 1, name)
            }
            _ => {
                let rows = self.column(name)?;
                Ok(Array::list(&[rows.len()], rows))
            }
        }
    }

    fn column(&self, name: &str) -> Result<Array, Error> {
        match &self.content {
            Content::Array(values) if !values.shape.is_empty() => from_values(values, name),
            Content::Vectors(Vectors { cumulative_length, flattened_data }) => {
                let items = flattened_data.column(name)?;
                Ok(Array::new(Data::List { offsets: offsets(cumulative_length, items.len(), name)?, items: Box::new(items) }))
            }
            Content::Encoded { encoded_data, decoded_size } => {
                let data = encoded_data.column(name)?;
                let sizes = match &decoded_size.content {
                    Content::Scalar(value) => repeated(value, data.len(), name)?,
                    _ => decoded_size.column(name)?,
                };
                let len = data.len();
                structure(vec![("encoded_data".to_owned(), data), ("decoded_size".to_owned(), sizes)], len, name)
            }
            Content::Table { rows, columns } => {
                let fields =
                    columns.iter().map(|(field, object)| Ok((field.clone(), object.column(&format!("{name}/{field}"))?)));
                structure(fields.collect::<Result<_, Error>>()?, *rows, name)
            }
            _ => Err(unsupported(name, "an object without rows is no column")),
        }
    }

    /// The field of an array, with the units of all members.
    fn named(&self, name: &str, array: &Array) -> Field {
        let mut field = Field::new(name, array.ty());
        let text = |key: &str| match self.attributes.get(key) {
            Some(Attribute::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        text("description").unwrap_or_default().clone_into(&mut field.doc);
        if let Some(units) = text("units") {
            match Unit::parse(units) {
                Ok(unit) => field.unit = Some(unit),
                Err(_) if field.doc.is_empty() => units.clone_into(&mut field.doc),
                Err(_) => field.doc = format!("{} [{units}]", field.doc),
            }
        }
        match (&self.content, &mut field.ty) {
            (Content::Table { columns, .. }, germane_columns::Type::Struct(fields)) => {
                for field in fields {
                    if let (Some(object), Some(array)) = (columns.get(&field.name), array.field(&field.name)) {
                        *field = object.named(&field.name.clone(), array);
                    }
                }
            }
            (Content::Vectors(vectors), germane_columns::Type::List(item)) => {
                if let Some((_, items)) = array.as_list() {
                    **item = vectors.flattened_data.named("item", items);
                }
            }
            _ => {}
        }
        field
    }
}

fn unsupported(name: &str, message: impl Into<String>) -> Error {
    Error::new("memory", Kind::Unsupported, message).object(name)
}

fn damaged(name: &str, message: impl Into<String>) -> Error {
    Error::new("memory", Kind::Damaged, message).object(name)
}

fn structure(fields: Vec<(String, Array)>, len: usize, name: &str) -> Result<Array, Error> {
    if let Some((field, array)) = fields.iter().find(|(_, array)| array.len() != len) {
        return Err(damaged(name, format!("column `{field}` has {} rows, the table {len}", array.len())));
    }
    Ok(Array::new(Data::Struct { fields, len }))
}

/// Starts of the vectors from the inclusive sums of their lengths.
fn offsets(sums: &Values, items: usize, name: &str) -> Result<OffsetBuffer<i64>, Error> {
    let Data::Number(numbers) = from_values(sums, name)?.data else {
        return Err(damaged(name, "the sums of lengths are no integers"));
    };
    let sums = numbers.to_i64().ok_or_else(|| damaged(name, "the sums of lengths are no integers"))?;
    let mut starts = Vec::with_capacity(sums.len() + 1);
    starts.push(0_i64);
    for (row, sum) in sums.iter().enumerate() {
        let sum = sum.filter(|sum| starts.last().is_some_and(|last| sum >= last) && *sum as u64 <= items as u64);
        starts.push(sum.ok_or_else(|| damaged(name, format!("the sum of lengths at row {row} falls or exceeds {items} items")))?);
    }
    Ok(OffsetBuffer::new(ScalarBuffer::from(starts)))
}

/// One value for each of `len` rows.
fn repeated(value: &Values, len: usize, name: &str) -> Result<Array, Error> {
    let bytes = value.bytes().ok_or_else(|| unsupported(name, "a text is no size"))?;
    let shape = vec![len];
    from_values(&Values::fixed(value.element.clone(), shape, Buffer::from_vec(bytes.repeat(len))), name)
}

/// The values of all axes but the first as lists of fixed sizes.
fn from_values(values: &Values, name: &str) -> Result<Array, Error> {
    let mut array = elements(values, name)?;
    for axis in (1..values.shape.len()).rev() {
        let len = values.shape[..axis].iter().product();
        array = Array::new(Data::FixedList { size: values.shape[axis], len, items: Box::new(array) });
    }
    Ok(array)
}

/// All elements, one after the other.
fn elements(values: &Values, name: &str) -> Result<Array, Error> {
    match &values.data {
        ValueData::Fixed(bytes) => fixed(&values.element, bytes, values.count(), name),
        ValueData::Texts { offsets, bytes } => {
            let mut texts = TextBuilder::default();
            for ends in offsets.windows(2) {
                texts.push(bytes.get(ends[0] as usize..ends[1] as usize).unwrap_or_default());
            }
            Ok(texts.finish())
        }
        ValueData::Lists { offsets, items } => {
            let items = elements(items, name)?;
            let increasing = offsets.windows(2).all(|ends| ends[0] <= ends[1]) && offsets.first() == Some(&0);
            if !increasing || offsets.last() != Some(&(items.len() as i64)) {
                return Err(damaged(name, "the lists do not end with the items"));
            }
            Ok(Array::new(Data::List { offsets: OffsetBuffer::new(ScalarBuffer::from(offsets.clone())), items: Box::new(items) }))
        }
    }
}

fn fixed(element: &Element, bytes: &Buffer, count: usize, name: &str) -> Result<Array, Error> {
    match element {
        Element::Number(number) | Element::Enumeration { base: number, .. } => {
            Ok(Array::new(Data::Number(numbers(*number, bytes, count))))
        }
        Element::Bool => Ok(Array::new(Data::Bool(BooleanBuffer::collect_bool(count, |i| bytes[i] != 0)))),
        Element::Complex(part) => {
            let items = Box::new(Array::new(Data::Number(numbers(*part, bytes, 2 * count))));
            Ok(Array::new(Data::FixedList { size: 2, len: count, items }))
        }
        Element::FixedText { size, .. } => {
            let mut texts = TextBuilder::default();
            for i in 0..count {
                let text = &bytes[i * size..(i + 1) * size];
                let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                texts.push(&text[..end]);
            }
            Ok(texts.finish())
        }
        Element::Repeated { shape, element } => {
            let items: usize = shape.iter().product();
            let inner = Values::fixed((**element).clone(), [&[count][..], shape].concat(), bytes.clone());
            if items == 0 { Err(unsupported(name, "elements without items")) } else { from_values(&inner, name) }
        }
        other => Err(unsupported(name, format!("elements of the type {other:?} have no form as a column"))),
    }
}

fn numbers(number: NumberType, bytes: &Buffer, count: usize) -> Numbers {
    match number {
        NumberType::I8 => Numbers::I8(scalars(bytes, count)),
        NumberType::I16 => Numbers::I16(scalars(bytes, count)),
        NumberType::I32 => Numbers::I32(scalars(bytes, count)),
        NumberType::I64 => Numbers::I64(scalars(bytes, count)),
        NumberType::U8 => Numbers::U8(scalars(bytes, count)),
        NumberType::U16 => Numbers::U16(scalars(bytes, count)),
        NumberType::U32 => Numbers::U32(scalars(bytes, count)),
        NumberType::U64 => Numbers::U64(scalars(bytes, count)),
        NumberType::F32 => Numbers::F32(scalars(bytes, count)),
        NumberType::F64 => Numbers::F64(scalars(bytes, count)),
    }
}

/// The numbers where they lie; a slice that begins between two of them is copied.
fn scalars<T: ArrowNativeType>(bytes: &Buffer, count: usize) -> ScalarBuffer<T> {
    let aligned = bytes.as_ptr().align_offset(align_of::<T>()) == 0;
    ScalarBuffer::new(if aligned { bytes.clone() } else { Buffer::from_slice_ref(bytes.as_slice()) }, 0, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn array(values: Values) -> Object {
        Object::new("array<1>{real}", Content::Array(values))
    }

    fn vectors(sums: Vec<u32>, items: Object) -> Object {
        let content = Vectors { cumulative_length: sums.into(), flattened_data: Box::new(items) };
        Object::new("array<1>{array<1>{real}}", Content::Vectors(content))
    }

    #[test]
    fn numbers_stay_where_they_are() {
        let object = array(vec![1_u16, 2, 3].into()).units("ns");
        let (field, column) = object.to_column("t0").unwrap();
        let Content::Array(values) = &object.content else { unreachable!() };
        assert_eq!(column.as_numbers().unwrap().buffer().as_ptr(), values.bytes().unwrap().as_ptr());
        assert_eq!(field.unit.unwrap().to_string(), "ns");
    }

    #[test]
    fn nested_vectors_become_lists_of_lists() {
        let object = vectors(vec![1, 1, 2], vectors(vec![2, 3], array(vec![1.0, 2.0, 3.0].into())));
        let (_, column) = object.to_column("x").unwrap();
        assert_eq!(column.ty().to_string(), "list<list<float64>>");
        assert_eq!((0..3).map(|i| column.value_text(i)).collect::<Vec<_>>(), ["[[1, 2]]", "[]", "[[3]]"]);
    }

    #[test]
    fn sums_that_fall_are_damage() {
        for sums in [vec![2, 1], vec![1, 9]] {
            let error = vectors(sums, array(vec![1.0, 2.0, 3.0].into())).to_column("x").unwrap_err();
            assert_eq!(error.kind, Kind::Damaged);
            assert!(error.message.contains("row 1"), "{error}");
        }
    }

    #[test]
    fn columns_of_a_table_keep_their_units() {
        let columns = IndexMap::from([
            ("energy".to_owned(), array(vec![1.0, 2.0].into()).units("keV")),
            ("adc".to_owned(), array(vec![1.0, 2.0].into()).units("no unit")),
        ]);
        let (field, _) = Object::new("table{adc,energy}", Content::Table { rows: 2, columns }).to_column("t").unwrap();
        let germane_columns::Type::Struct(fields) = field.ty else { unreachable!() };
        assert_eq!(fields[0].unit.as_ref().unwrap().to_string(), "keV");
        assert_eq!((fields[1].unit.as_ref(), fields[1].doc.as_str()), (None, "no unit"));
    }
}
