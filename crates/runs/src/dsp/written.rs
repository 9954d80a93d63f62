//! What a chain has made, as columns of an LH5 table.

use germane_columns::buffer::Buffer;
use germane_columns::{Array, Data, NumberType, Numbers};
use germane_formats::hdf5::{Attribute, Element, Values};
use germane_formats::lh5::{Content, Object, Vectors};
use germane_signals::evaluate::Made;
use germane_signals::graph::{Kind, Variable};
use indexmap::IndexMap;

/// A table of columns by name; the file holds them sorted.
pub(super) fn table(rows: usize, mut columns: IndexMap<String, Object>) -> Object {
    columns.sort_unstable_keys();
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    Object::new(&format!("table{{{}}}", names.join(",")), Content::Table { rows, columns })
}

/// A column with its attributes. Waveforms become `table{dt,t0,values}` with `dt` and `t0` in single precision.
///
/// The error says which form cannot be written.
pub(super) fn column(variable: &Variable, made: Made, attributes: &IndexMap<String, String>) -> Result<Object, String> {
    let units = match &variable.kind {
        Kind::Point { unit, .. } | Kind::Duration { unit, .. } => Some(unit.to_string()),
        Kind::Plain | Kind::Waveform(_) => variable.label.clone(),
    };
    let mut object = match made {
        Made::Column(array) => object(&array)?,
        Made::Waveform { t0, values } => {
            let Kind::Waveform(grid) = &variable.kind else { return Err("samples without a grid".to_owned()) };
            let rows = values.len();
            let time_unit = grid.period.unit.to_string();
            let single = |numbers: Vec<f32>| Object::new("array<1>{real}", Content::Array(numbers.into())).units(&time_unit);
            let starts = t0.as_numbers().ok_or("start times that are no numbers")?.to_f64();
            let mut samples = object(&values)?;
            if let Some(units) = &units {
                samples = samples.units(units);
            }
            let columns = IndexMap::from([
                ("dt".to_owned(), single(vec![grid.period.value as f32; rows])),
                ("t0".to_owned(), single(starts.into_iter().map(|start| start as f32).collect())),
                ("values".to_owned(), samples),
            ]);
            table(rows, columns)
        }
    };
    if let Some(units) = units {
        object = object.units(&units);
    }
    for (name, text) in attributes {
        object.attributes.insert(name.clone(), Attribute::Text(text.clone()));
    }
    Ok(object)
}

/// Rows that hold NaN in one of their numbers, by position.
pub(super) fn rows_with_nan(made: &Made, mark: &mut dyn FnMut(usize)) {
    let values = match made {
        Made::Column(array) => array,
        Made::Waveform { values, .. } => values,
    };
    let nan = |numbers: &Numbers, range: std::ops::Range<usize>| match numbers {
        Numbers::F32(values) => values[range].iter().any(|x| x.is_nan()),
        Numbers::F64(values) => values[range].iter().any(|x| x.is_nan()),
        _ => false,
    };
    match &values.data {
        Data::Number(numbers) => (0..numbers.len()).filter(|row| nan(numbers, *row..row + 1)).for_each(mark),
        Data::FixedList { size, len, items } => {
            if let Data::Number(numbers) = &items.data {
                (0..*len).filter(|row| nan(numbers, row * size..(row + 1) * size)).for_each(mark);
            }
        }
        Data::List { offsets, items } => {
            if let Data::Number(numbers) = &items.data {
                let rows = (0..offsets.len() - 1).filter(|row| nan(numbers, offsets[*row] as usize..offsets[row + 1] as usize));
                rows.for_each(mark);
            }
        }
        _ => {}
    }
}

fn object(array: &Array) -> Result<Object, String> {
    if let Data::List { offsets, items } = &array.data {
        let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
        let items = if first == 0 && last as usize == items.len() {
            (**items).clone()
        } else {
            items.slice(first as usize, (last - first) as usize)
        };
        let sums: Vec<i64> = offsets.iter().skip(1).map(|end| end - first).collect();
        let flattened = object(&items)?;
        let inner = flattened.datatype.clone().unwrap_or_default();
        let content = Vectors { cumulative_length: sums.into(), flattened_data: Box::new(flattened) };
        return Ok(Object::new(&format!("array<1>{{{inner}}}"), Content::Vectors(content)));
    }
    let mut shape = Vec::new();
    let values = values(array, &mut shape)?;
    let word = match &values.element {
        Element::Bool => "bool",
        Element::Complex(_) => "complex",
        _ => "real",
    };
    let datatype = match shape.len() {
        1 => format!("array<1>{{{word}}}"),
        axes => format!("array_of_equalsized_arrays<1,{}>{{{word}}}", axes - 1),
    };
    Ok(Object::new(&datatype, Content::Array(values)))
}

/// Numbers in one or more axes of fixed lengths.
fn values(array: &Array, shape: &mut Vec<usize>) -> Result<Values, String> {
    match &array.data {
        Data::FixedList { size, len, items } => {
            if shape.is_empty() {
                shape.push(*len);
            }
            shape.push(*size);
            // The innermost axis counts all rows; its own shape is known from outside.
            let mut inner = Vec::new();
            let mut found = values(items, &mut inner)?;
            shape.extend_from_slice(&inner[1..]);
            found.shape.clone_from(shape);
            Ok(found)
        }
        Data::Number(numbers) => {
            shape.push(numbers.len());
            Ok(Values::fixed(Element::Number(numbers.number_type()), shape.clone(), numbers.buffer().clone()))
        }
        Data::Bool(bits) => {
            shape.push(bits.len());
            let bytes: Vec<u8> = bits.iter().map(u8::from).collect();
            Ok(Values::fixed(Element::Bool, shape.clone(), Buffer::from_vec(bytes)))
        }
        // Complex numbers.
        Data::Struct { len, .. } => {
            let parts = ["real", "imag"].map(|name| array.field(name).and_then(Array::as_numbers));
            let (element, bytes) = match parts {
                [Some(Numbers::F32(re)), Some(Numbers::F32(im))] => (NumberType::F32, Buffer::from_vec(pairs(re, im))),
                [Some(Numbers::F64(re)), Some(Numbers::F64(im))] => (NumberType::F64, Buffer::from_vec(pairs(re, im))),
                _ => return Err("a structure that is no complex number".to_owned()),
            };
            shape.push(*len);
            Ok(Values::fixed(Element::Complex(element), shape.clone(), bytes))
        }
        _ => Err("texts cannot be made by a chain".to_owned()),
    }
}

fn pairs<T: Copy>(real: &[T], imaginary: &[T]) -> Vec<T> {
    real.iter().zip(imaginary).flat_map(|(re, im)| [*re, *im]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_columns::Unit;
    use germane_signals::graph::{Grid, Offset, Period, Shape};

    fn variable(kind: Kind, label: Option<&str>) -> Variable {
        let element = germane_signals::Element::F32;
        Variable { name: "x".into(), element, shape: Shape::Scalar, kind, label: label.map(str::to_owned) }
    }

    #[test]
    fn ragged_rows_become_vectors_with_sums_in_64_bits() {
        let made = Made::Column(Array::list(&[2, 0, 1], Array::from(vec![1_f32, 2.0, 3.0])));
        let object = column(&variable(Kind::Plain, Some("ADC")), made, &IndexMap::new()).unwrap();
        assert_eq!(object.datatype.as_deref(), Some("array<1>{array<1>{real}}"));
        assert_eq!(object.text_attribute("units"), Some("ADC"));
        let Content::Vectors(vectors) = object.content else { unreachable!() };
        assert_eq!(vectors.cumulative_length, vec![2_i64, 2, 3].into());
        assert_eq!(vectors.flattened_data.text_attribute("units"), None);
    }

    #[test]
    fn waveforms_have_dt_and_t0_in_single_precision() {
        let grid = Grid { period: Period { value: 16.0, unit: Unit::parse("ns").unwrap() }, offset: Offset::default() };
        let items = Box::new(Array::from(vec![1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]));
        let values = Array::new(Data::FixedList { size: 3, len: 2, items });
        let made = Made::Waveform { t0: Array::from(vec![0.5, 1.5]), values };
        let object = column(&variable(Kind::Waveform(grid), Some("ADC")), made, &IndexMap::new()).unwrap();
        assert_eq!(object.datatype.as_deref(), Some("table{dt,t0,values}"));
        let of = |name: &str| object.at(name).unwrap();
        assert_eq!(of("dt").content, Content::Array(vec![16_f32, 16.0].into()));
        assert_eq!(of("t0").content, Content::Array(vec![0.5_f32, 1.5].into()));
        assert_eq!(of("t0").text_attribute("units"), Some("ns"));
        let Content::Array(samples) = &of("values").content else { unreachable!() };
        assert_eq!((samples.shape.as_slice(), of("values").text_attribute("units")), ([2, 3].as_slice(), Some("ADC")));
    }
}
