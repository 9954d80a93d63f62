//! One processor on a few waveforms, as the evaluator runs it: bound to constants and lengths, one block, rule N after it.
#![allow(dead_code, reason = "each suite uses its part")]

use germane_signals::{Argument, Call, Given, Io, LANES, Lane, Processor, Role, Scratch};

/// What a case gives for one argument.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// a number, the same for all waveforms
    Number(f64),
    /// a text
    Text(String),
    /// an array, the same for all waveforms
    Array(Vec<f64>),
    /// an array for each waveform; of one number for scalars
    Rows(Vec<Vec<f64>>),
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// found while planning
    Bind(String),
    /// found at a waveform
    Lane(String),
}

/// Samples of up to 16 waveforms side by side; the last one stands in the lanes that are left.
fn side_by_side(rows: &[Vec<f64>]) -> Vec<Lane<f64>> {
    (0..rows[0].len()).map(|i| std::array::from_fn(|lane| rows[lane.min(rows.len() - 1)][i])).collect()
}

/// Runs `processor`; `arguments` are those that go in, `lengths` those of the outputs (complex elements count once).
///
/// Outputs by parameter, waveform and element; complex ones as pairs.
pub(crate) fn run(
    processor: &Processor,
    wide: bool,
    init: &[Given],
    arguments: &[Value],
    lengths: &[usize],
) -> Result<Vec<Vec<Vec<f64>>>, Refusal> {
    let rows =
        arguments.iter().find_map(|value| if let Value::Rows(rows) = value { Some(rows.len()) } else { None }).unwrap_or(1);
    let round = |x: f64| if wide { x } else { f64::from(x as f32) };
    let (mut given, mut elements, mut samples) = (Vec::new(), Vec::new(), Vec::new());
    let (mut inputs, mut outputs) = (arguments.iter(), lengths.iter());
    for parameter in processor.parameters {
        let mut lanes = Vec::new();
        let (what, length) = if parameter.role.is_output() {
            (Given::Varying, (*outputs.next().expect("a length for each output")).max(1))
        } else {
            match (parameter.role, inputs.next().expect("a value for each input")) {
                (Role::Scalar, Value::Number(value)) => {
                    lanes = vec![[*value; LANES]];
                    (Given::Number(*value), 1)
                }
                (Role::Scalar, Value::Array(values)) => {
                    lanes = side_by_side(&values.iter().map(|value| vec![*value]).collect::<Vec<_>>());
                    (Given::Varying, 1)
                }
                (Role::Scalar, Value::Rows(values)) => {
                    lanes = side_by_side(values);
                    (Given::Varying, 1)
                }
                (_, Value::Number(value)) => (Given::Number(*value), 1),
                (_, Value::Text(text)) => (Given::Text(text.as_str().into()), 1),
                (Role::Array(_) | Role::Matrix(..), Value::Array(values)) => (Given::Array(values.clone().into()), values.len()),
                (_, Value::Array(values)) => {
                    lanes = values.iter().map(|value| [round(*value); LANES]).collect();
                    (Given::Array(values.iter().map(|value| round(*value)).collect()), values.len())
                }
                (_, Value::Rows(rows)) => {
                    lanes = side_by_side(rows);
                    if !matches!(parameter.role, Role::IntegerSamples(_)) {
                        lanes.iter_mut().for_each(|lanes| *lanes = lanes.map(round));
                    }
                    (Given::Varying, rows[0].len())
                }
            }
        };
        given.push(what);
        elements.push(length);
        samples.push(lanes);
    }
    let call = Call { wide, given: &given, init, lengths: &elements };
    let kernel = (processor.bind)(&call).map_err(|fault| Refusal::Bind(fault.message))?;
    let narrow: Vec<Vec<Lane<f32>>> =
        samples.iter().map(|samples| samples.iter().map(|lanes| lanes.map(|x| x as f32)).collect()).collect();
    // What stood in the outputs before must not matter.
    let room = |k: usize| if matches!(processor.parameters[k].role, Role::ComplexOut(_)) { 2 * elements[k] } else { elements[k] };
    let mut made: Vec<Vec<Lane<f64>>> = (0..elements.len()).map(|k| vec![[777.0; LANES]; room(k)]).collect();
    let mut made_narrow: Vec<Vec<Lane<f32>>> = (0..elements.len()).map(|k| vec![[777.0; LANES]; room(k)]).collect();
    let mut ends: Vec<Argument<'_>> = Vec::new();
    for (k, (out, out_narrow)) in made.iter_mut().zip(&mut made_narrow).enumerate() {
        ends.push(match processor.parameters[k].role {
            Role::Samples(_) | Role::ComplexSamples(_) if !wide => Argument::F32(&narrow[k]),
            Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_) => Argument::F64(&samples[k]),
            Role::Scalar => Argument::Scalar(samples[k][0]),
            Role::SamplesOut(_) | Role::ComplexOut(_) if !wide => Argument::F32Out(out_narrow),
            Role::SamplesOut(_) | Role::ComplexOut(_) => Argument::F64Out(out),
            Role::ScalarOut | Role::CountOut => Argument::ScalarOut(&mut out[0]),
            _ => Argument::Gone,
        });
    }
    let mut scratch = Scratch::default();
    scratch.numbers.resize(3, f64::NAN);
    scratch.lanes.resize(3, [f64::NAN; LANES]);
    scratch.positions.resize(3, usize::MAX);
    kernel.run(&mut Io { arguments: &mut ends, scratch: &mut scratch }).map_err(|fault| Refusal::Lane(fault.message))?;
    let missing: [bool; LANES] = std::array::from_fn(|lane| {
        let mut inputs = processor.parameters.iter().zip(&samples).filter(|(parameter, _)| !parameter.nan_ok);
        inputs.any(|(_, samples)| samples.iter().any(|lanes| lanes[lane].is_nan()))
    });
    let mut results = Vec::new();
    for (k, parameter) in processor.parameters.iter().enumerate().filter(|(_, parameter)| parameter.role.is_output()) {
        let is_samples = matches!(parameter.role, Role::SamplesOut(_) | Role::ComplexOut(_));
        let at = |i: usize, lane: usize| match (is_samples && !wide, parameter.role) {
            (_, Role::CountOut) => {
                if missing[lane] {
                    0.0
                } else {
                    made[k][i][lane]
                }
            }
            _ if missing[lane] => f64::NAN,
            (true, _) => f64::from(made_narrow[k][i][lane]),
            (false, _) => round(made[k][i][lane]),
        };
        results.push((0..rows).map(|lane| (0..room(k)).map(|i| at(i, lane)).collect()).collect());
    }
    Ok(results)
}
