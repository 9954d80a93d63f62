//! Export over the Arrow C data interface, without copying a value.
//!
//! Source: "The Arrow C data interface", Apache Arrow format documentation.

use crate::{Array, Data, Field, NumberType, Numbers, Type};
use arrow_buffer::Buffer;
use arrow_data::{ArrayData, ArrayDataBuilder};
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Fields};
use std::{collections::HashMap, sync::Arc};

pub use arrow_data::ffi::FFI_ArrowArray;
pub use arrow_schema::ffi::FFI_ArrowSchema;

/// The two C structures of one column; their release callbacks drop our share of the buffers.
///
/// Unit and documentation travel as field metadata `unit` and `doc`.
///
/// # Errors
/// If a metadata text cannot be written into a C string.
pub fn export(array: &Array, field: &Field) -> Result<(FFI_ArrowArray, FFI_ArrowSchema), ArrowError> {
    let data = to_arrow(array);
    // Units and documentation of members are in the field; where it is of another type, the values decide.
    let named = arrow_field(field).with_nullable(true);
    let own = named.data_type().equals_datatype(data.data_type());
    let named = if own { named } else { named.with_data_type(data.data_type().clone()) };
    Ok((FFI_ArrowArray::new(&data), FFI_ArrowSchema::try_from(&named)?))
}

fn arrow_field(field: &Field) -> ArrowField {
    let mut metadata = HashMap::new();
    if let Some(unit) = &field.unit {
        metadata.insert("unit".to_owned(), unit.to_string());
    }
    if !field.doc.is_empty() {
        metadata.insert("doc".to_owned(), field.doc.clone());
    }
    ArrowField::new(&field.name, arrow_type(&field.ty), field.nullable).with_metadata(metadata)
}

fn arrow_type(ty: &Type) -> DataType {
    match ty {
        Type::Bool => DataType::Boolean,
        Type::Number(number) => match number {
            NumberType::I8 => DataType::Int8,
            NumberType::I16 => DataType::Int16,
            NumberType::I32 => DataType::Int32,
            NumberType::I64 => DataType::Int64,
            NumberType::U8 => DataType::UInt8,
            NumberType::U16 => DataType::UInt16,
            NumberType::U32 => DataType::UInt32,
            NumberType::U64 => DataType::UInt64,
            NumberType::F32 => DataType::Float32,
            NumberType::F64 => DataType::Float64,
        },
        Type::Text => DataType::LargeUtf8,
        Type::Binary => DataType::LargeBinary,
        Type::List(items) => DataType::LargeList(Arc::new(arrow_field(items))),
        Type::FixedList(items, size) => DataType::FixedSizeList(Arc::new(arrow_field(items)), *size as i32),
        Type::Struct(fields) => DataType::Struct(Fields::from(fields.iter().map(arrow_field).collect::<Vec<_>>())),
    }
}

fn to_arrow(array: &Array) -> ArrayData {
    let builder = ArrayDataBuilder::new(arrow_type(&array.ty())).len(array.len()).nulls(array.validity.clone());
    let builder = match &array.data {
        // A bit buffer may begin inside a byte; the interface has one offset an array, so realign.
        Data::Bool(bits) => builder.add_buffer(bits.sliced()),
        Data::Number(numbers) => builder.add_buffer(numbers_buffer(numbers)),
        Data::Text { offsets, bytes } | Data::Binary { offsets, bytes } => {
            builder.add_buffer(offsets.inner().inner().clone()).add_buffer(bytes.clone())
        }
        Data::List { offsets, items } => builder.add_buffer(offsets.inner().inner().clone()).add_child_data(to_arrow(items)),
        Data::FixedList { items, .. } => builder.add_child_data(to_arrow(items)),
        Data::Struct { fields, .. } => builder.child_data(fields.iter().map(|(_, child)| to_arrow(child)).collect()),
    };
    // Array keeps the layout rules (lengths, offsets, UTF-8 of Text) when it is built.
    builder.build().expect("invariant: an Array is in Arrow's layout")
}

fn numbers_buffer(numbers: &Numbers) -> Buffer {
    numbers.buffer().clone()
}
