//! Energy calibrations: the energies of each channel from all files, its lines fitted, the scale put into the tables.

use super::detectors::{Calibrated, DetectorTable};
use crate::analysis::{Analysis, Calibration, Written};
use crate::error::Error;
use crate::inputs::{Bound, file_diagnostic};
use crate::plan::{problem_at, schema_of};
use germane_columns::Data;
use germane_expressions::{EnvironmentId, Graph, Kind, NodeId, Program};
use germane_inference::calibration::{self, CalibrationState, Curve, CurveKind, Line, Settings};
use germane_models::peaks::PeakFunction;
use germane_numerics::Executor;
use germane_texts::Diagnostic;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// The expressions of a calibration, checked against the columns.
#[derive(Clone)]
pub(crate) struct Compiled {
    /// the column that it makes
    pub name: String,
    /// the energy that is not calibrated
    pub of: Arc<Program>,
    /// rows whose energies count
    pub condition: Option<Arc<Program>>,
}

/// A calibration with what became of each channel.
pub(crate) struct Calibrations {
    /// its place in the analysis
    pub index: usize,
    /// channels in the order of the files
    pub channels: Vec<Channel>,
}

/// One channel.
pub(crate) struct Channel {
    /// its name
    pub name: String,
    /// its energies, not calibrated, of the rows that count
    pub energies: Vec<f64>,
    /// what came out
    pub result: calibration::Calibration,
}

impl Channel {
    /// Coefficients of the powers of the energy, where there is a calibration.
    pub(crate) fn scale(&self) -> Option<&[f64]> {
        self.result.scale.as_ref().map(|scale| scale.coefficients.as_slice())
    }

    /// The scale as an operation of a hit configuration.
    pub(crate) fn operation(&self) -> Option<Value> {
        let of = self.result.operation.as_ref()?;
        Some(json!({"expression": of.expression, "parameters": of.parameters, "lgdo_attrs": {"units": of.unit}}))
    }

    /// Why there is no calibration.
    pub(crate) fn failure(&self) -> Option<&str> {
        (self.result.state == CalibrationState::Failed).then_some(self.result.reason.as_str())
    }

    /// The resolution curve that was asked for.
    pub(crate) fn curve(&self, of: &Calibration) -> Option<&Curve> {
        self.result.curve(kind(of))
    }
}

fn kind(of: &Calibration) -> CurveKind {
    if of.quadratic { CurveKind::Quadratic } else { CurveKind::Linear }
}

fn fit(of: &Calibration, energies: &[f64]) -> calibration::Calibration {
    let function = if of.shape == "gauss_on_step" { PeakFunction::GaussOnStep } else { PeakFunction::HpgePeak };
    let mut lines: Vec<Line> = (of.lines.iter())
        .map(|(energy, _)| {
            let line = Line::new(*energy).function(function);
            of.window.map_or(line.clone(), |half| line.window(half, half))
        })
        .collect();
    lines.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    let mut settings = Settings::default();
    settings.degree = of.degree;
    let plain = of.of.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    settings.parameter = if plain { of.of.text.clone() } else { format!("({})", of.of.text) };
    settings.interpolate = of.report_at.iter().map(|energy| (format!("{energy} keV"), *energy)).collect();
    calibration::calibrate(energies, &lines, &settings)
}

/// Checks the expressions of all calibrations.
///
/// # Errors
/// All mistakes, with their places.
pub(crate) fn compile(analysis: &Analysis, bound: &Bound) -> Result<Arc<[Compiled]>, Vec<Diagnostic>> {
    let mut graph = Graph::new(schema_of(bound, &[]));
    let environment = match graph.environment(&[], &[]) {
        Ok(environment) => environment,
        Err(_) => return Err(vec![Diagnostic::new("internal", "an environment without definitions is wrong")]),
    };
    let (mut compiled, mut found) = (Vec::new(), Vec::new());
    for calibration in &analysis.calibrations {
        if bound.columns.iter().any(|c| c.name == calibration.name.text) {
            let message = format!("`{}` is a column already", calibration.name.text);
            let diagnostic = Diagnostic::new("name", message).at(&analysis.source, calibration.name.span);
            found.push(diagnostic.advice("a calibration makes a column of its name: choose another"));
        }
        let mut expression = |written: &Written, wanted: &str, fits: fn(&Kind) -> bool| {
            one(&mut graph, environment, analysis, written, wanted, fits).map_err(|wrong| found.extend(wrong)).ok()
        };
        let of = expression(&calibration.of, "a number", |kind| matches!(kind, Kind::Int | Kind::Float));
        let condition = calibration.condition.as_ref().map(|w| expression(w, "a condition", |kind| *kind == Kind::Bool));
        let program = |node: NodeId| Arc::new(Program::new(&graph, &[node]));
        if let Some(of) = of {
            let condition = condition.flatten().map(program);
            compiled.push(Compiled { name: calibration.name.text.clone(), of: program(of), condition });
        }
    }
    if found.is_empty() { Ok(compiled.into()) } else { Err(found) }
}

fn one(
    graph: &mut Graph,
    environment: EnvironmentId,
    analysis: &Analysis,
    written: &Written,
    wanted: &str,
    fits: fn(&Kind) -> bool,
) -> Result<NodeId, Vec<Diagnostic>> {
    let place = |start, end| written.node.span_in_text(start, end);
    let node = graph
        .compile(environment, &written.text)
        .map_err(|problems| problems.iter().map(|p| problem_at(p, &analysis.source, place)).collect::<Vec<_>>())?;
    let ty = graph.value_type(node);
    if ty.axes.is_empty() && fits(&ty.kind) {
        return Ok(node);
    }
    let message = format!("expected {wanted} a row, this is {ty}");
    Err(vec![Diagnostic::new("type", message).at(&analysis.source, written.node.span)])
}

/// The columns of calibrations before anything is fitted: no row has a value.
pub(crate) fn uncalibrated(compiled: &[Compiled]) -> Vec<Calibrated> {
    compiled.iter().map(|c| Calibrated { name: c.name.clone(), of: c.of.clone(), scales: Vec::new() }).collect()
}

/// The columns of calibrations for the detectors of a table.
pub(crate) fn calibrated(compiled: &[Compiled], all: &[Calibrations], table: &DetectorTable) -> Vec<Calibrated> {
    let scale = |of: &Calibrations, name: &str| -> Option<Vec<f64>> {
        of.channels.iter().find(|c| c.name == name).and_then(Channel::scale).map(<[f64]>::to_vec)
    };
    (compiled.iter().zip(all))
        .map(|(c, of)| Calibrated {
            name: c.name.clone(),
            of: c.of.clone(),
            scales: table.ranges().map(|(detector, _)| scale(of, &detector.name)).collect(),
        })
        .collect()
}

/// Fits the lines of every channel; `tables` are those of the datasets that count, with the expressions checked against them.
///
/// # Errors
/// Damage of the tables. A channel without a valid calibration is a result.
pub(crate) fn calibrate(
    of: &Calibration,
    index: usize,
    tables: &[(&DetectorTable, &Compiled)],
    executor: &dyn Executor,
) -> Result<Calibrations, Error> {
    let mut channels: Vec<(String, Vec<f64>)> = Vec::new();
    for (table, compiled) in tables {
        for (detector, rows) in table.ranges() {
            let bad = |error: germane_formats::Error| Error::input(vec![file_diagnostic(&error)]);
            let array = table.evaluate(&compiled.of, rows.clone()).map_err(bad)?;
            let counts = compiled.condition.as_ref().map(|c| table.evaluate(c, rows)).transpose().map_err(bad)?;
            let chosen = |row: usize| match &counts {
                None => true,
                Some(flags) => flags.is_valid(row) && matches!(&flags.data, Data::Bool(bits) if bits.value(row)),
            };
            let values = array.as_numbers().map(germane_columns::Numbers::to_f64).unwrap_or_default();
            let energies = values.into_iter().enumerate().filter(|(i, x)| array.is_valid(*i) && x.is_finite() && chosen(*i));
            let at = match channels.iter().position(|(name, _)| *name == detector.name) {
                Some(at) => at,
                None => {
                    channels.push((detector.name.clone(), Vec::new()));
                    channels.len() - 1
                }
            };
            channels[at].1.extend(energies.map(|(_, x)| x));
        }
    }
    let done: Vec<Mutex<Option<calibration::Calibration>>> = channels.iter().map(|_| Mutex::new(None)).collect();
    executor.run(channels.len(), &|i| {
        let result = fit(of, &channels[i].1);
        *done[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    let channels = (channels.into_iter().zip(done))
        .filter_map(|((name, energies), result)| {
            let result = result.into_inner().unwrap_or_else(PoisonError::into_inner)?;
            Some(Channel { name, energies, result })
        })
        .collect();
    Ok(Calibrations { index, channels })
}
