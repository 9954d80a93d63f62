//! The tables of many detectors, and of several tiers, as one table: a row a waveform, with the text column `channel`.
//!
//! Rows are in the order of the detectors, then of their tables. A column of a higher tier hides that of a lower one of the same
//! name; what a detector lacks is missing there. Calibrated columns are computed while they are read.

use crate::rows::concatenate;
use germane_columns::buffer::NullBuffer;
use germane_columns::{Array, Data, Field, NumberType, Type, Unit};
use germane_expressions::Program;
use germane_formats::{Column, Error as FileError, Kind, PayloadDigest, Table, TableSchema};
use std::ops::Range;
use std::sync::Arc;

/// The text column that names the detector.
pub(crate) const CHANNEL: &str = "channel";

/// One table of a detector: of a file, or still to be made.
#[derive(Clone)]
pub(crate) enum Part {
    /// it is there
    Stored(Arc<dyn Table>),
    /// it will have these columns
    Planned(Vec<Field>),
}

impl Part {
    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Planned(fields) => fields.clone(),
            Self::Stored(table) => crate::hit::fields(&**table),
        }
    }
}

/// A detector with its tables, the highest tier first; all have the same rows.
#[derive(Clone)]
pub(crate) struct Detector {
    /// first part of the path of its tables
    pub name: String,
    /// number of rows
    pub rows: u64,
    /// tables
    pub parts: Vec<Part>,
}

/// A column that is computed from others: the energy in keV.
#[derive(Clone)]
pub(crate) struct Calibrated {
    /// its name
    pub name: String,
    /// the energy that is not calibrated
    pub of: Arc<Program>,
    /// coefficients of the powers of that, by detector; `None` where there is no calibration (yet)
    pub scales: Vec<Option<Vec<f64>>>,
}

/// Where the values of a column are.
enum Values {
    Channel,
    /// (part, its column) of each detector
    Stored(Vec<Option<(usize, usize)>>),
    Calibrated(usize),
}

/// The table.
pub(crate) struct DetectorTable {
    path: String,
    file: String,
    detectors: Vec<Detector>,
    calibrated: Vec<Calibrated>,
    schema: TableSchema,
    values: Vec<Values>,
    identity: String,
}

impl DetectorTable {
    /// Puts the tables together.
    ///
    /// # Errors
    /// A column that has other kinds of values in other detectors.
    pub(crate) fn new(file: &str, path: &str, detectors: Vec<Detector>, calibrated: Vec<Calibrated>) -> Result<Self, FileError> {
        let (fields, mut values) = columns(file, &detectors)?;
        let mut fields: Vec<Field> = fields;
        for (number, one) in calibrated.iter().enumerate() {
            let field = Field { unit: Unit::parse("keV").ok(), ..Field::new(&one.name, Type::F64).nullable() };
            fields.push(field);
            values.push(Values::Calibrated(number));
        }
        let mut clusters = Vec::new();
        let mut before = 0;
        for detector in &detectors {
            if let Some(Part::Stored(table)) = detector.parts.first() {
                clusters.extend(table.schema().clusters.iter().map(|end| before + end));
            }
            before += detector.rows;
            if clusters.last().is_none_or(|last| *last < before) && detector.rows > 0 {
                clusters.push(before);
            }
        }
        let columns = (fields.into_iter().zip(&values))
            .map(|(field, values)| describe(field, values, &detectors, &clusters, before))
            .collect();
        let identity = identity(path, &detectors, &calibrated);
        let schema = TableSchema { entries: before, columns, clusters };
        Ok(Self { path: path.to_owned(), file: file.to_owned(), detectors, calibrated, schema, values, identity })
    }

    /// The same detectors with other calibrations.
    ///
    /// # Errors
    /// As [`DetectorTable::new`].
    pub(crate) fn with(&self, calibrated: Vec<Calibrated>) -> Result<Self, FileError> {
        Self::new(&self.file, &self.path, self.detectors.clone(), calibrated)
    }

    /// The detectors with the ranges of their rows.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (&Detector, Range<u64>)> {
        self.detectors.iter().scan(0, |before, detector| {
            let start = *before;
            *before += detector.rows;
            Some((detector, start..*before))
        })
    }

    /// Values of columns in some rows of one detector.
    fn piece(&self, number: usize, columns: &[usize], rows: Range<u64>) -> Result<Vec<Array>, FileError> {
        let detector = &self.detectors[number];
        let length = (rows.end - rows.start) as usize;
        // Columns of one table are read at once.
        let mut out: Vec<Option<Array>> = vec![None; columns.len()];
        for (which, part) in detector.parts.iter().enumerate() {
            let wanted: Vec<(usize, usize)> = (columns.iter().enumerate())
                .filter_map(|(at, &column)| match &self.values[column] {
                    Values::Stored(of) => of[number].filter(|(part, _)| *part == which).map(|(_, inner)| (at, inner)),
                    _ => None,
                })
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let Part::Stored(table) = part else { return Err(self.unmade()) };
            let inner: Vec<usize> = wanted.iter().map(|(_, inner)| *inner).collect();
            for ((at, _), array) in wanted.iter().zip(table.read(&inner, rows.clone())?) {
                out[*at] = Some(widened(array));
            }
        }
        for (at, &column) in columns.iter().enumerate() {
            match &self.values[column] {
                Values::Channel => out[at] = Some(std::iter::repeat_n(detector.name.as_str(), length).collect()),
                Values::Calibrated(which) => out[at] = Some(self.calibrate(number, *which, rows.clone())?),
                Values::Stored(_) => {}
            }
        }
        Ok((out.into_iter().zip(columns))
            .map(|(array, &column)| array.unwrap_or_else(|| crate::pass::nulls(&self.schema.columns[column].field, length, None)))
            .collect())
    }

    /// Energies in keV; a detector without a calibration has none.
    fn calibrate(&self, number: usize, which: usize, rows: Range<u64>) -> Result<Array, FileError> {
        let one = &self.calibrated[which];
        let length = (rows.end - rows.start) as usize;
        let scale = one.scales.get(number).and_then(Option::as_ref);
        let Some(scale) = scale else {
            return Ok(Array::from(vec![0.0; length]).with_validity(Some(NullBuffer::new_null(length))));
        };
        let columns = self.inputs(&one.of)?;
        let arrays = self.piece(number, &columns, rows)?;
        let energies = self.run(&one.of, &arrays, length)?;
        let values = energies.as_numbers().map(germane_columns::Numbers::to_f64).unwrap_or_default();
        let calibrated: Vec<f64> = values.iter().map(|x| scale.iter().rev().fold(0.0, |sum, c| sum * x + c)).collect();
        Ok(Array::from(calibrated).with_validity(energies.validity))
    }

    /// The value of an expression in some rows.
    ///
    /// # Errors
    /// Damage of the tables.
    pub(crate) fn evaluate(&self, program: &Program, rows: Range<u64>) -> Result<Array, FileError> {
        let columns = self.inputs(program)?;
        let length = (rows.end - rows.start) as usize;
        let arrays = self.read(&columns, rows)?;
        self.run(program, &arrays, length)
    }

    /// The columns that a program reads.
    fn inputs(&self, program: &Program) -> Result<Vec<usize>, FileError> {
        let index = |name: &str| self.schema.columns.iter().position(|c| c.field.name == name);
        let columns: Option<Vec<usize>> = program.inputs().iter().map(|input| index(&input.field)).collect();
        columns.ok_or_else(|| self.error("an expression reads a column that is not there"))
    }

    fn run(&self, program: &Program, arrays: &[Array], length: usize) -> Result<Array, FileError> {
        let mut made = program.evaluate(arrays, length).map_err(|e| self.error(&e.to_string()))?;
        made.pop().ok_or_else(|| self.error("an expression gave nothing"))
    }

    fn error(&self, message: &str) -> FileError {
        FileError::new(&self.file, Kind::Unsupported, message).object(&self.path)
    }

    fn unmade(&self) -> FileError {
        self.error("this tier is not made yet")
    }
}

/// Floats as f64, integers as i64: what expressions take.
fn widened(array: Array) -> Array {
    let Data::Number(numbers) = &array.data else { return array };
    match numbers.number_type() {
        NumberType::F64 | NumberType::I64 => array,
        ty if ty.is_float() => Array::from(numbers.to_f64()).with_validity(array.validity),
        _ => {
            let values = numbers.to_i64().unwrap_or_default();
            let mask = values
                .iter()
                .any(Option::is_none)
                .then(|| NullBuffer::from(values.iter().map(Option::is_some).collect::<Vec<_>>()));
            Array::from(values.into_iter().map(|v| v.unwrap_or(0)).collect::<Vec<i64>>()).with_validity(mask.or(array.validity))
        }
    }
}

/// All columns by name, and where they are.
fn columns(file: &str, detectors: &[Detector]) -> Result<(Vec<Field>, Vec<Values>), FileError> {
    let mut fields: Vec<Field> = vec![Field::new(CHANNEL, Type::Text)];
    let mut places: Vec<Vec<Option<(usize, usize)>>> = vec![Vec::new()];
    for (number, detector) in detectors.iter().enumerate() {
        for (which, part) in detector.parts.iter().enumerate() {
            for field in part.fields() {
                let inner = match part {
                    Part::Stored(table) => table.schema().columns.iter().position(|c| c.field.name == field.name).unwrap_or(0),
                    Part::Planned(_) => 0,
                };
                let name = field.name.replace('/', "__");
                // Raw tables have a number `channel`; the name of the detector stands for it.
                if name == CHANNEL {
                    continue;
                }
                let at = match fields.iter().position(|f| f.name == name) {
                    Some(at) => at,
                    None => {
                        fields.push(Field { name: name.clone(), ..field.clone() });
                        places.push(vec![None; detectors.len()]);
                        fields.len() - 1
                    }
                };
                if places[at][number].is_some() {
                    continue;
                }
                if kind(&fields[at].ty) != kind(&field.ty) {
                    let message = format!("column `{name}` is {} in `{}`, {} before", field.ty, detector.name, fields[at].ty);
                    return Err(FileError::new(file, Kind::Unsupported, message).object(&detector.name));
                }
                places[at][number] = Some((which, inner));
            }
        }
    }
    for (field, places) in fields.iter_mut().zip(&places).skip(1) {
        field.nullable |= places.iter().any(Option::is_none);
    }
    let mut values = vec![Values::Channel];
    values.extend(places.into_iter().skip(1).map(Values::Stored));
    Ok((fields, values))
}

/// What expressions make of a type.
fn kind(ty: &Type) -> u8 {
    match ty {
        Type::Bool => 0,
        Type::Number(number) if number.is_float() => 1,
        Type::Number(_) => 2,
        Type::Text => 3,
        _ => 4,
    }
}

fn describe(field: Field, values: &Values, detectors: &[Detector], clusters: &[u64], entries: u64) -> Column {
    let mut bytes = 0;
    if let Values::Stored(of) = values {
        for (detector, place) in detectors.iter().zip(of) {
            if let Some((part, inner)) = place
                && let Part::Stored(table) = &detector.parts[*part]
            {
                bytes += table.schema().columns[*inner].compressed_bytes;
            }
        }
    }
    let share = |row: u64| (u128::from(bytes) * u128::from(row) / u128::from(entries.max(1))) as u64;
    let mut before = 0;
    let bytes_per_cluster = clusters
        .iter()
        .map(|end| {
            let own = share(*end) - share(before);
            before = *end;
            own
        })
        .collect();
    Column {
        type_name: field.ty.to_string(),
        field,
        counter: None,
        compressed_bytes: bytes,
        bytes_per_cluster,
        problem: None,
        compression: String::new(),
        blocks: 0,
        raw_bytes: None,
    }
}

fn identity(path: &str, detectors: &[Detector], calibrated: &[Calibrated]) -> String {
    let mut hash = blake3::Hasher::new();
    let mut put = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    for detector in detectors {
        put(&detector.name);
        for part in &detector.parts {
            match part {
                Part::Stored(table) => put(table.identity()),
                Part::Planned(_) => put("planned"),
            }
        }
    }
    for one in calibrated {
        put(&one.name);
        for scale in &one.scales {
            put(&format!("{scale:?}"));
        }
    }
    format!("detectors|{path}|{}", &hash.finalize().to_hex().as_str()[..32])
}

/// Blocks are numbered through the detectors.
const DETECTOR: u32 = 32;

impl Table for DetectorTable {
    fn schema(&self) -> &TableSchema {
        &self.schema
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn read(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<Array>, FileError> {
        let mut pieces: Vec<Vec<Array>> = vec![Vec::new(); columns.len()];
        let ranges: Vec<Range<u64>> = self.ranges().map(|(_, rows)| rows).collect();
        for (number, rows) in ranges.into_iter().enumerate() {
            let (start, end) = (rows.start.max(range.start), rows.end.min(range.end));
            if start < end {
                let read = self.piece(number, columns, start - rows.start..end - rows.start)?;
                pieces.iter_mut().zip(read).for_each(|(all, one)| all.push(one));
            }
        }
        (pieces.into_iter().zip(columns))
            .map(|(mut parts, &column)| match parts.len() {
                0 => Ok(crate::pass::nulls(&self.schema.columns[column].field, 0, None)),
                1 => Ok(parts.remove(0)),
                _ => concatenate(&parts).ok_or_else(|| self.error("detectors have columns of other types")),
            })
            .collect()
    }

    fn payload_digests(&self, columns: &[usize], range: Range<u64>) -> Result<Vec<PayloadDigest>, FileError> {
        let mut out = Vec::new();
        for (number, (detector, rows)) in self.ranges().enumerate() {
            let (start, end) = (rows.start.max(range.start), rows.end.min(range.end));
            if start >= end {
                continue;
            }
            for &column in columns {
                let Values::Stored(of) = &self.values[column] else { continue };
                let Some((part, inner)) = of[number] else { continue };
                let Part::Stored(table) = &detector.parts[part] else { return Err(self.unmade()) };
                let name = &self.schema.columns[column].field.name;
                for digest in table.payload_digests(&[inner], start - rows.start..end - rows.start)? {
                    let basket = number << DETECTOR | digest.basket;
                    out.push(PayloadDigest { column: name.clone(), basket, ..digest });
                }
            }
        }
        Ok(out)
    }

    fn verify_payloads(&self, expected: &[PayloadDigest]) -> Result<(), FileError> {
        for digest in expected {
            let (number, basket) = (digest.basket >> DETECTOR, digest.basket & ((1 << DETECTOR) - 1));
            let at = self.schema.columns.iter().position(|c| c.field.name == digest.column);
            let place = at.and_then(|at| match &self.values[at] {
                Values::Stored(of) => of.get(number).copied().flatten(),
                _ => None,
            });
            let Some((part, inner)) = place else { return Err(self.error("no such block")) };
            let Part::Stored(table) = &self.detectors[number].parts[part] else { return Err(self.unmade()) };
            let column = table.schema().columns[inner].field.name.clone();
            table.verify_payloads(&[PayloadDigest { column, basket, ..digest.clone() }])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_expressions::{ColumnType, Graph, Kind as ValueKind, Schema};
    use germane_formats::lh5::{Content, Object, WriteOptions, Writer};
    use germane_numerics::Inline;

    fn table(columns: &[(&str, Vec<f64>)]) -> Object {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let rows = columns[0].1.len();
        let made = columns
            .iter()
            .map(|(name, values)| ((*name).to_owned(), Object::new("array<1>{real}", Content::Array(values.clone().into()))));
        Object::new(&format!("table{{{}}}", names.join(",")), Content::Table { rows, columns: made.collect() })
    }

    /// Two detectors with two tiers: three and two rows; the second one has no column `b`.
    fn detectors() -> Vec<Detector> {
        let mut writer = Writer::create_memory("two.lh5");
        let mut put = |name: &str, object: Object| writer.write("/", name, &object, &WriteOptions::default(), &Inline).unwrap();
        put("ch1/dsp", table(&[("a", vec![1.0, 2.0, 3.0]), ("b", vec![10.0, 20.0, 30.0]), ("channel", vec![1.0; 3])]));
        put("ch1/hit", table(&[("a", vec![-1.0, -2.0, -3.0])]));
        put("ch2/dsp", table(&[("a", vec![4.0, 5.0])]));
        put("ch2/hit", table(&[("a", vec![-4.0, -5.0])]));
        let file = germane_formats::open_bytes("two.lh5", writer.finish_bytes().unwrap().into()).unwrap();
        let one = |name: &str| {
            let parts: Vec<_> = ["hit", "dsp"].iter().map(|tier| file.table(&format!("{name}/{tier}")).unwrap()).collect();
            let rows = parts[0].schema().entries;
            Detector { name: name.to_owned(), rows, parts: parts.into_iter().map(Part::Stored).collect() }
        };
        vec![one("ch1"), one("ch2")]
    }

    /// Calibrates `a`.
    fn calibrated(scales: Vec<Option<Vec<f64>>>) -> Calibrated {
        let mut schema = Schema::default();
        schema.event.insert("a".to_owned(), ColumnType::new(ValueKind::Float));
        let mut graph = Graph::new(schema);
        let environment = graph.environment(&[], &[]).unwrap();
        let node = graph.compile(environment, "a").unwrap();
        Calibrated { name: "energy".to_owned(), of: Arc::new(Program::new(&graph, &[node])), scales }
    }

    fn values(array: &Array) -> Vec<Option<f64>> {
        let numbers = array.as_numbers().unwrap().to_f64();
        numbers.into_iter().enumerate().map(|(i, x)| array.is_valid(i).then_some(x)).collect()
    }

    #[test]
    fn detectors_and_tiers_are_one_table() {
        let table = DetectorTable::new("two.lh5", "ch*/raw", detectors(), Vec::new()).unwrap();
        let names: Vec<&str> = table.schema().names().collect();
        assert_eq!((names.as_slice(), table.schema().entries), (&["channel", "a", "b"][..], 5));
        let read = table.read(&[0, 1, 2], 1..5).unwrap();
        assert_eq!((0..4).map(|i| read[0].text(i).unwrap()).collect::<Vec<_>>(), ["ch1", "ch1", "ch2", "ch2"]);
        // The higher tier hides the lower one; what a detector lacks is missing.
        assert_eq!(values(&read[1]), [Some(-2.0), Some(-3.0), Some(-4.0), Some(-5.0)]);
        assert_eq!(values(&read[2]), [Some(20.0), Some(30.0), None, None]);
        assert_eq!(table.schema().clusters, [3, 5]);
    }

    #[test]
    fn a_detector_without_a_calibration_has_no_energies() {
        let scales = vec![Some(vec![0.5, 2.0]), None];
        let table = DetectorTable::new("two.lh5", "ch*/raw", detectors(), vec![calibrated(scales)]).unwrap();
        let read = table.read(&[3], 0..5).unwrap();
        assert_eq!(values(&read[0]), [Some(-1.5), Some(-3.5), Some(-5.5), None, None]);
        let other = table.with(vec![calibrated(vec![Some(vec![0.0, 1.0]), None])]).unwrap();
        assert_ne!(table.identity(), other.identity());
    }

    #[test]
    fn blocks_of_the_second_detector_are_told_from_those_of_the_first() {
        let table = DetectorTable::new("two.lh5", "ch*/raw", detectors(), Vec::new()).unwrap();
        let digests = table.payload_digests(&[1], 0..5).unwrap();
        assert_eq!(digests.len(), 2);
        assert_ne!(digests[0].basket, digests[1].basket);
        table.verify_payloads(&digests).unwrap();
        let mut wrong = digests.clone();
        wrong[1].digest[0] ^= 1;
        assert!(table.verify_payloads(&wrong).is_err());
    }
}
