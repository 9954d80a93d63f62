//! What a processor is: a name, parameters, a check of constants and shapes, and a kernel that runs over a block.
//!
//! The planner knows all constants and lengths: it makes a [`Call`] and asks [`Processor::bind`] for the kernel, so that wrong
//! constants and shapes are mistakes of the text, not of an event. A constant parameter that varies from event to event is
//! bound again for each value while running.
//!
//! Rule N: a NaN in any input (but those that are `nan_ok`) makes every float output of that waveform NaN and every integer
//! output 0. The evaluator applies it after the kernel; kernels may meet NaN and must end, but need not care about it.

use crate::lanes::{LANES, Lane, Real};
use germane_numerics::fourier::{BLOCK, Complex};
use germane_numerics::simd;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A processor of the field.
#[derive(Debug)]
pub struct Processor {
    /// Name in chains.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// The formula in a line or two; `w` is the waveform, `n` its length, `i` a sample from 0.
    pub formula: &'static str,
    /// Where the method comes from.
    pub source: &'static str,
    /// `init_args` of a factory; mostly none.
    pub init: &'static [Parameter],
    /// Arguments in the order of chains, outputs among them.
    pub parameters: &'static [Parameter],
    /// Whether finite inputs can only give finite outputs; if not, outputs are searched for NaN.
    pub keeps_finite: bool,
    /// Checks constants and shapes and makes the kernel.
    pub bind: fn(&Call<'_>) -> Result<Box<dyn Kernel>, Fault>,
}

/// One argument of a processor.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Name for messages and documentation.
    pub name: &'static str,
    /// What it is.
    pub role: Role,
    /// Whether NaN there is a value like others (rule N).
    pub nan_ok: bool,
    /// Whether a dimensionful constant becomes a number of samples (time over period); all but those that say otherwise.
    pub in_samples: bool,
    /// Whether an output is certainly no time: a unit such as `ns` is a mistake there.
    pub no_time: bool,
}

/// Letter of a dimension in a signature: equal letters have equal lengths.
pub type Dimension = char;

/// What a parameter is. "Real" is `f32` or `f64`, whichever the call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// real samples of each waveform; constant arrays are spread over the lanes
    Samples(Dimension),
    /// complex samples; element `i` lies at `2i` (real part) and `2i+1` of a sample array twice as long
    ComplexSamples(Dimension),
    /// integer samples of each waveform (held as `f64`)
    IntegerSamples(Dimension),
    /// one real number for each waveform, or a constant
    Scalar,
    /// a number known while planning
    Constant,
    /// the same, rounded half to even
    Integer,
    /// an array known while planning
    Array(Dimension),
    /// a matrix known while planning, row by row
    Matrix(Dimension, Dimension),
    /// a text of one letter
    Letter,
    /// a text
    Text,
    /// real samples that come out
    SamplesOut(Dimension),
    /// complex samples that come out, as in `ComplexSamples`
    ComplexOut(Dimension),
    /// one real number that comes out
    ScalarOut,
    /// one count that comes out (`uint32`)
    CountOut,
}

impl Role {
    /// Whether it comes out.
    pub fn is_output(self) -> bool {
        matches!(self, Self::SamplesOut(_) | Self::ComplexOut(_) | Self::ScalarOut | Self::CountOut)
    }

    /// Whether it must be known while planning.
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Constant | Self::Integer | Self::Array(_) | Self::Matrix(..) | Self::Letter | Self::Text)
    }

    /// Its dimensions, outermost first.
    pub fn dimensions(self) -> impl Iterator<Item = Dimension> {
        let (first, second) = match self {
            Self::Samples(n) | Self::ComplexSamples(n) | Self::IntegerSamples(n) | Self::Array(n) => (Some(n), None),
            Self::SamplesOut(n) | Self::ComplexOut(n) => (Some(n), None),
            Self::Matrix(m, n) => (Some(m), Some(n)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }
}

impl Parameter {
    const fn new(name: &'static str, role: Role) -> Self {
        Self { name, role, nan_ok: false, in_samples: true, no_time: false }
    }

    /// Waveform `name` of dimension `n`.
    pub const fn samples(name: &'static str, n: Dimension) -> Self {
        Self::new(name, Role::Samples(n))
    }

    /// A number for each waveform.
    pub const fn scalar(name: &'static str) -> Self {
        Self::new(name, Role::Scalar)
    }

    /// A constant.
    pub const fn constant(name: &'static str) -> Self {
        Self::new(name, Role::Constant)
    }

    /// A whole number.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Role::Integer)
    }

    /// A constant array.
    pub const fn array(name: &'static str, n: Dimension) -> Self {
        Self::new(name, Role::Array(n))
    }

    /// One letter, e.g. a mode.
    pub const fn letter(name: &'static str) -> Self {
        Self::new(name, Role::Letter)
    }

    /// Samples that come out.
    pub const fn samples_out(name: &'static str, n: Dimension) -> Self {
        Self::new(name, Role::SamplesOut(n))
    }

    /// A number that comes out.
    pub const fn scalar_out(name: &'static str) -> Self {
        Self::new(name, Role::ScalarOut)
    }

    /// A count that comes out.
    pub const fn count_out(name: &'static str) -> Self {
        Self::new(name, Role::CountOut)
    }

    /// Any other role.
    pub const fn of(name: &'static str, role: Role) -> Self {
        Self::new(name, role)
    }

    /// The same where NaN is a value like others.
    #[must_use]
    pub const fn with_nan(mut self) -> Self {
        self.nan_ok = true;
        self
    }

    /// The same for outputs that are certainly no times: amplitudes, slopes.
    #[must_use]
    pub const fn never_time(mut self) -> Self {
        self.no_time = true;
        self
    }

    /// The same for numbers that are no times on the grid.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.in_samples = false;
        self
    }
}

/// One argument as the planner knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// a number, in samples where it was a time
    Number(f64),
    /// an array, row by row, rounded to the type of the call
    Array(Arc<[f64]>),
    /// a text
    Text(Arc<str>),
    /// known only while running
    Varying,
}

/// A call of a processor: everything that is known before events are.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whether real numbers are `f64`, else `f32`.
    pub wide: bool,
    /// Arguments in the order of [`Processor::parameters`].
    pub given: &'a [Given],
    /// `init_args` in the order of [`Processor::init`].
    pub init: &'a [Given],
    /// Elements of each argument (complex ones count once); 1 for scalars.
    pub lengths: &'a [usize],
}

/// Why a call cannot be: about an argument, or about all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Position in [`Processor::parameters`], or in [`Processor::init`] after those.
    pub argument: Option<usize>,
    /// What is wrong, with the numbers.
    pub message: String,
}

impl Fault {
    /// A fault of one argument.
    pub fn at(argument: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(argument), message: message.into() }
    }

    /// A fault of the call.
    pub fn new(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into() }
    }
}

impl Call<'_> {
    /// Constant `k`, `None` where it varies.
    pub fn known(&self, k: usize) -> Option<f64> {
        match self.given[k] {
            Given::Number(value) => Some(value),
            _ => None,
        }
    }

    /// Constant `k` of a constant parameter.
    ///
    /// # Errors
    /// Not a number.
    pub fn number(&self, k: usize) -> Result<f64, Fault> {
        match self.given[k] {
            Given::Number(value) if !value.is_nan() => Ok(value),
            Given::Number(_) => Err(Fault::at(k, "this is not a number (NaN)")),
            _ => Err(Fault::at(k, "expected a constant")),
        }
    }

    /// Constant `k` as a whole number of at least `least`.
    ///
    /// # Errors
    /// Not whole, or too small.
    pub fn count(&self, k: usize, least: usize) -> Result<usize, Fault> {
        let value = self.number(k)?;
        if value.fract() != 0.0 {
            return Err(Fault::at(k, format!("expected a whole number, this is {value}")));
        }
        if value < least as f64 || value > 1e15 {
            return Err(Fault::at(k, format!("expected at least {least}, this is {value}")));
        }
        Ok(value as usize)
    }

    /// Array `k`.
    ///
    /// # Errors
    /// No array.
    pub fn array(&self, k: usize) -> Result<Arc<[f64]>, Fault> {
        match &self.given[k] {
            Given::Array(values) => Ok(values.clone()),
            _ => Err(Fault::at(k, "expected a constant array")),
        }
    }

    /// The letter of text `k`, one of `choices`.
    ///
    /// # Errors
    /// No text, or another letter.
    pub fn letter(&self, k: usize, choices: &str) -> Result<char, Fault> {
        let Given::Text(text) = &self.given[k] else { return Err(Fault::at(k, "expected a letter in quotes")) };
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if choices.contains(letter) => Ok(letter),
            _ => {
                let names: Vec<String> = choices.chars().map(|letter| format!("'{letter}'")).collect();
                Err(Fault::at(k, format!("expected one of {}, this is '{text}'", names.join(", "))))
            }
        }
    }

    /// Elements of argument `k`.
    pub fn length(&self, k: usize) -> usize {
        self.lengths[k]
    }

    /// The kernel of this call: `narrow` for `f32`, `wide` for `f64`.
    pub fn kernel<N: LaneKernel + 'static, W: LaneKernel + 'static>(
        &self,
        narrow: impl FnOnce(PhantomData<f32>) -> N,
        wide: impl FnOnce(PhantomData<f64>) -> W,
    ) -> Box<dyn Kernel> {
        if self.wide { Box::new(Wide(wide(PhantomData))) } else { Box::new(Wide(narrow(PhantomData))) }
    }
}

/// One argument of a running kernel, in the order of [`Processor::parameters`].
#[derive(Debug, Default)]
pub enum Argument<'a> {
    /// a number for each waveform
    Scalar(Lane<f64>),
    /// samples
    F32(&'a [Lane<f32>]),
    /// samples
    F64(&'a [Lane<f64>]),
    /// a number that comes out
    ScalarOut(&'a mut Lane<f64>),
    /// samples that come out
    F32Out(&'a mut [Lane<f32>]),
    /// samples that come out
    F64Out(&'a mut [Lane<f64>]),
    /// known since the call was bound, or taken already
    #[default]
    Gone,
}

/// Arguments and room of a running kernel.
#[derive(Debug)]
pub struct Io<'a, 's> {
    /// The arguments.
    pub arguments: &'s mut [Argument<'a>],
    /// Room that stays from block to block.
    pub scratch: &'s mut Scratch,
}

/// Room that kernels use while they run; it grows once. What is in it at the start of a run means nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    /// numbers
    pub numbers: Vec<f64>,
    /// numbers for each waveform
    pub lanes: Vec<Lane<f64>>,
    /// positions
    pub positions: Vec<usize>,
    /// complex numbers of some waveforms of the block
    pub spectra: Vec<Complex<BLOCK>>,
}

impl<'a> Io<'a, '_> {
    /// Samples `k`.
    ///
    /// # Panics
    /// If the argument is none: the evaluator broke its promise.
    pub fn samples<T: Real>(&self, k: usize) -> &'a [Lane<T>] {
        T::samples(&self.arguments[k]).expect("invariant: samples of the bound type")
    }

    /// Number `k` of each waveform.
    ///
    /// # Panics
    /// As [`Io::samples`].
    pub fn scalar(&self, k: usize) -> Lane<f64> {
        match self.arguments[k] {
            Argument::Scalar(lanes) => lanes,
            _ => panic!("invariant: a scalar"),
        }
    }

    /// Room for output samples `k`, once.
    ///
    /// # Panics
    /// As [`Io::samples`].
    pub fn samples_out<T: Real>(&mut self, k: usize) -> &'a mut [Lane<T>] {
        T::samples_out(std::mem::take(&mut self.arguments[k])).expect("invariant: output samples of the bound type")
    }

    /// Room for output number `k`, once.
    ///
    /// # Panics
    /// As [`Io::samples`].
    pub fn scalar_out(&mut self, k: usize) -> &'a mut Lane<f64> {
        match std::mem::take(&mut self.arguments[k]) {
            Argument::ScalarOut(lanes) => lanes,
            _ => panic!("invariant: an output number"),
        }
    }
}

/// A waveform that cannot be processed, in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneFault {
    /// Which waveform of the block.
    pub lane: usize,
    /// Why.
    pub message: String,
}

/// A bound processor.
pub trait Kernel: fmt::Debug + Send + Sync {
    /// Runs over one block.
    ///
    /// # Errors
    /// The first waveform that cannot be processed.
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault>;
}

/// A kernel written over lanes: it is compiled for narrow and wide registers, with the same bits.
pub trait LaneKernel: fmt::Debug + Send + Sync {
    /// Runs over one block; to be marked `#[inline(always)]`.
    ///
    /// # Errors
    /// As [`Kernel::run`].
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault>;
}

/// Makes a [`Kernel`] of a [`LaneKernel`].
#[derive(Debug)]
pub struct Wide<K>(pub K);

impl<K: LaneKernel> Kernel for Wide<K> {
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        struct Pass<'k, 'i, 'a, 's, K>(&'k K, &'i mut Io<'a, 's>);
        impl<K: LaneKernel> simd::Work for Pass<'_, '_, '_, '_, K> {
            type Output = Result<(), LaneFault>;

            #[inline(always)]
            fn run(self) -> Self::Output {
                self.0.run(self.1)
            }
        }
        simd::wide(Pass(&self.0, io))
    }
}

/// Outputs of a call all arguments of which are constant: arrays by output, in the order of the parameters, rounded to the type
/// of the call.
///
/// # Errors
/// What the check of the call finds, or the run.
pub fn constant_outputs(processor: &Processor, call: &Call<'_>) -> Result<Vec<Arc<[f64]>>, Fault> {
    let kernel = (processor.bind)(call)?;
    let spread = |values: &[f64]| -> Vec<Lane<f64>> { values.iter().map(|value| [*value; LANES]).collect() };
    let narrow = |values: &[Lane<f64>]| -> Vec<Lane<f32>> { values.iter().map(|lanes| lanes.map(|x| x as f32)).collect() };
    let mut inputs: Vec<Vec<Lane<f64>>> = Vec::new();
    for (parameter, given) in processor.parameters.iter().zip(call.given) {
        inputs.push(match (parameter.role, given) {
            (Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_), Given::Array(values)) => spread(values),
            _ => Vec::new(),
        });
    }
    let inputs32: Vec<Vec<Lane<f32>>> = if call.wide { Vec::new() } else { inputs.iter().map(|values| narrow(values)).collect() };
    let elements = |k: usize| match processor.parameters[k].role {
        Role::ComplexOut(_) => 2 * call.lengths[k],
        Role::SamplesOut(_) => call.lengths[k],
        _ => 1,
    };
    let mut outputs: Vec<Vec<Lane<f64>>> = (0..processor.parameters.len()).map(|k| spread(&vec![0.0; elements(k)])).collect();
    let mut outputs32: Vec<Vec<Lane<f32>>> = outputs.iter().map(|values| narrow(values)).collect();
    let mut arguments: Vec<Argument<'_>> = Vec::new();
    for (k, (out, out32)) in outputs.iter_mut().zip(&mut outputs32).enumerate() {
        let argument = match (processor.parameters[k].role, &call.given[k]) {
            (Role::Samples(_) | Role::ComplexSamples(_), Given::Array(_)) if !call.wide => Argument::F32(&inputs32[k]),
            (Role::Samples(_) | Role::ComplexSamples(_) | Role::IntegerSamples(_), Given::Array(_)) => Argument::F64(&inputs[k]),
            (Role::Scalar, Given::Number(value)) => Argument::Scalar([*value; LANES]),
            (Role::SamplesOut(_) | Role::ComplexOut(_), _) if !call.wide => Argument::F32Out(out32),
            (Role::SamplesOut(_) | Role::ComplexOut(_), _) => Argument::F64Out(out),
            (Role::ScalarOut | Role::CountOut, _) => Argument::ScalarOut(&mut out[0]),
            (role, _) if role.is_constant() => Argument::Gone,
            _ => return Err(Fault::at(k, "expected a constant")),
        };
        arguments.push(argument);
    }
    let run = kernel.run(&mut Io { arguments: &mut arguments, scratch: &mut Scratch::default() });
    run.map_err(|fault| Fault::new(fault.message))?;
    let rounded = |value: f64| if call.wide { value } else { f64::from(value as f32) };
    let mut all = Vec::new();
    for (k, parameter) in processor.parameters.iter().enumerate() {
        match parameter.role {
            Role::SamplesOut(_) | Role::ComplexOut(_) if !call.wide => {
                all.push(outputs32[k].iter().map(|lanes| f64::from(lanes[0])).collect());
            }
            role if role.is_output() => all.push(outputs[k].iter().map(|lanes| rounded(lanes[0])).collect()),
            _ => {}
        }
    }
    Ok(all)
}
