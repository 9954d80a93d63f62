//! Types of the columns that a chain will write: what later tiers and the analysis are planned against.

use super::job::Job;
use germane_columns::{Field, NumberType, Type, Unit};
use germane_signals::Element;
use germane_signals::graph::{ColumnShape, Kind, Shape, Written};

/// The columns of the processed table in the order of the chain; waveforms and what else has no values of a row are left out.
pub(super) fn fields(job: &Job) -> Vec<Field> {
    let one = |output: &germane_signals::graph::Output| match &output.what {
        Written::Variable(id) => {
            let variable = job.graph.variable(*id);
            let (element, units) = match &variable.kind {
                Kind::Waveform(_) => return None,
                Kind::Plain => (variable.element, variable.label.clone()),
                // Times are written as numbers of their unit.
                Kind::Point { unit, .. } | Kind::Duration { unit, .. } => (Element::F64, Some(unit.to_string())),
            };
            let ty = element_type(element)?;
            let ty = match variable.shape {
                Shape::Scalar => ty,
                Shape::Samples(n) => Type::fixed_list(ty, n),
                Shape::Ragged { .. } => Type::list(ty),
            };
            Some(named(&output.name, ty, units.as_deref(), output.attributes.get("description")))
        }
        Written::Copy(name) => {
            let column = job.described.table.column(name).filter(|column| column.waveform.is_none())?;
            let ty = element_type(column.element)?;
            let ty = match column.shape {
                ColumnShape::Scalar => ty,
                ColumnShape::Samples(n) => Type::fixed_list(ty, n),
                ColumnShape::Ragged(_) => Type::list(ty),
                ColumnShape::Other => return None,
            };
            Some(named(&output.name, ty, column.units.as_deref(), output.attributes.get("description")))
        }
    };
    job.graph.outputs.iter().filter_map(one).collect()
}

fn named(name: &str, ty: Type, units: Option<&str>, description: Option<&String>) -> Field {
    let unit = units.and_then(|text| Unit::parse(text).ok());
    Field { unit, doc: description.cloned().unwrap_or_default(), ..Field::new(name, ty) }
}

fn element_type(element: Element) -> Option<Type> {
    Some(Type::Number(match element {
        Element::Bool => return Some(Type::Bool),
        Element::U8 => NumberType::U8,
        Element::U16 => NumberType::U16,
        Element::U32 => NumberType::U32,
        Element::U64 => NumberType::U64,
        Element::I8 => NumberType::I8,
        Element::I16 => NumberType::I16,
        Element::I32 => NumberType::I32,
        Element::I64 => NumberType::I64,
        Element::F32 => NumberType::F32,
        Element::F64 => NumberType::F64,
        Element::C64 | Element::C128 => return None,
    }))
}
