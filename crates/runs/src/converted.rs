//! Tables of later files in the units of the first one.

use germane_columns::{Array, Data, Field, Numbers, Type};
use germane_formats::{Error, PayloadDigest, Table, TableSchema};
use std::ops::Range;
use std::sync::Arc;

/// A table some columns of which are multiplied, because its file has them in other units than the first file of the dataset.
pub(crate) struct Converted {
    table: Arc<dyn Table>,
    schema: TableSchema,
    identity: String,
    /// by column
    factors: Vec<f64>,
}

/// A column that differs from the first file's in its unit.
pub(crate) struct Difference {
    /// name in the file
    pub(crate) column: String,
    /// its unit, and that of the first file
    pub(crate) units: (String, String),
    /// why it cannot be converted
    pub(crate) problem: Option<&'static str>,
}

/// A column that is converted in some files of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// index in the columns of the dataset
    pub column: usize,
    /// unit in these files, and in the first file of the dataset
    pub units: (String, String),
    /// the first of these files
    pub url: String,
    /// how many they are
    pub files: usize,
}

impl Conversion {
    /// A line for the report; `name` is the column's, `all` the number of files of the dataset.
    pub(crate) fn note(&self, name: &str, all: usize) -> String {
        let Self { units: (own, first), url, files, .. } = self;
        format!("`{name}` is converted from {own} to {first} in {files} of {all} files, first {url}")
    }
}

impl Converted {
    /// The table with its columns in the units of `first` (the first file's field of a column, where there is one), and what
    /// differed; the table itself where nothing was converted. Columns that cannot be converted stay as they are.
    pub(crate) fn to_units_of<'a>(
        table: Arc<dyn Table>,
        first: impl Fn(&str) -> Option<&'a Field>,
    ) -> (Arc<dyn Table>, Vec<Difference>) {
        let mut schema = table.schema().clone();
        let mut factors = vec![1.0; schema.columns.len()];
        let mut identity = table.identity().to_owned();
        let mut differences = Vec::new();
        for (column, factor) in schema.columns.iter_mut().zip(&mut factors) {
            let field = &mut column.field;
            let (own, unit) = match (&field.unit, first(&field.name).and_then(|first| first.unit.as_ref())) {
                (Some(own), Some(unit)) => (own, unit),
                _ => continue,
            };
            let found = own.factor_to(unit);
            if found == Some(1.0) {
                continue;
            }
            let problem = match found {
                None => Some("units of another kind"),
                Some(_) if !is_float(&field.ty) => Some("integers are not converted"),
                Some(_) => None,
            };
            differences.push(Difference { column: field.name.clone(), units: (own.to_string(), unit.to_string()), problem });
            if let (Some(found), None) = (found, problem) {
                *factor = found;
                // Cached products of the file in other units are other products.
                identity = format!("{identity}|{} in {unit}", field.name);
                field.unit = Some(unit.clone());
            }
        }
        if factors.iter().all(|factor| *factor == 1.0) {
            return (table, differences);
        }
        (Arc::new(Self { table, schema, identity, factors }), differences)
    }
}

impl Table for Converted {
    fn schema(&self) -> &TableSchema {
        &self.schema
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn path(&self) -> &str {
        self.table.path()
    }

    fn read(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<Array>, Error> {
        let arrays = self.table.read(columns, range)?;
        Ok(columns.iter().zip(arrays).map(|(column, array)| scaled(array, self.factors[*column])).collect())
    }

    fn payload_digests(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<PayloadDigest>, Error> {
        self.table.payload_digests(columns, range)
    }

    fn verify_payloads(&self, expected: &[PayloadDigest]) -> Result<(), Error> {
        self.table.verify_payloads(expected)
    }
}

fn is_float(ty: &Type) -> bool {
    match ty {
        Type::Number(number) => number.is_float(),
        Type::List(item) | Type::FixedList(item, _) => is_float(&item.ty),
        _ => false,
    }
}

fn scaled(array: Array, factor: f64) -> Array {
    if factor == 1.0 {
        return array;
    }
    let Array { data, validity } = array;
    let data = match data {
        Data::Number(Numbers::F64(values)) => Data::Number(Numbers::F64(values.iter().map(|x| x * factor).collect())),
        Data::Number(Numbers::F32(values)) => {
            Data::Number(Numbers::F32(values.iter().map(|x| (f64::from(*x) * factor) as f32).collect()))
        }
        Data::List { offsets, items } => Data::List { offsets, items: Box::new(scaled(*items, factor)) },
        Data::FixedList { size, len, items } => Data::FixedList { size, len, items: Box::new(scaled(*items, factor)) },
        other => other,
    };
    Array { data, validity }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_at_any_depth_are_multiplied() {
        let array = Array::list(&[2, 0, 1], Array::from(vec![1000.0, 2000.0, 3000.0]));
        assert_eq!(scaled(array, 1e-3), Array::list(&[2, 0, 1], Array::from(vec![1.0, 2.0, 3.0])));
        assert_eq!(scaled(Array::from(vec![1500.0_f32]), 1e-3), Array::from(vec![1.5_f32]));
    }
}
