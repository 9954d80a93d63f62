//! Label of a support vector machine.

use crate::lanes::{LANES, Lane, Real};
use crate::processor::{Call, Fault, Given, Io, Kernel, LaneFault, LaneKernel, Parameter, Processor, Role};
use germane_numerics::maths;
use germane_texts::{Keys, Source, parse_json};
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static PROCESSOR: Processor = Processor {
    name: "svm_predict",
    about: "label that a support vector machine gives to the waveform",
    formula: "one machine for each pair of classes, f = sum_s c_s k(x, v_s) + b; each votes, the first class with most votes wins. init_args: the \
              JSON text of kernel (linear, rbf, poly, sigmoid), gamma, coef0, degree, support_vectors, n_support, dual_coef, intercept, classes \
              (attributes of scikit-learn's SVC)",
    source: "C.-C. Chang and C.-J. Lin, ACM TIST 2 (2011) 27",
    init: &[Parameter::of("machine", Role::Text)],
    parameters: &[Parameter::samples("x", 'n'), Parameter::scalar_out("label")],
    keeps_finite: true,
    bind,
};

fn bind(call: &Call<'_>) -> Result<Box<dyn Kernel>, Fault> {
    let of_init = PROCESSOR.parameters.len();
    let Some(Given::Text(text)) = call.init.first() else {
        return Err(Fault::at(of_init, "expected the text of an exported machine"));
    };
    if !text.trim_start().starts_with('{') {
        return Err(Fault::at(
            of_init,
            format!(
                "`{text}` is no exported machine: pickles can run any program and are not read; write the attributes of the SVC as JSON"
            ),
        ));
    }
    let machine = Arc::new(Machine::read(text, call.length(0)).map_err(|message| Fault::at(of_init, message))?);
    let wide = machine.clone();
    Ok(call.kernel(|ty| Predict::<f32> { machine, ty }, |ty| Predict::<f64> { machine: wide, ty }))
}

/// How alike two vectors are.
#[derive(Clone, Copy, Debug)]
enum Likeness {
    Linear,
    Gaussian { gamma: f64 },
    Polynomial { gamma: f64, offset: f64, degree: f64 },
    Sigmoid { gamma: f64, offset: f64 },
}

#[derive(Debug)]
struct Machine {
    likeness: Likeness,
    /// support vectors, class after class
    vectors: Vec<Vec<f64>>,
    /// class of each vector
    class_of: Vec<usize>,
    /// for each class but one, a coefficient of each vector
    coefficients: Vec<Vec<f64>>,
    /// one for each pair of classes (0, 1), (0, 2), …, (1, 2), …
    offsets: Vec<f64>,
    labels: Vec<f64>,
}

impl Machine {
    fn read(text: &str, inputs: usize) -> Result<Self, String> {
        let first =
            |problems: Vec<germane_texts::Diagnostic>| problems.first().map_or(String::new(), |problem| problem.message.clone());
        let source = Source::new("machine", text);
        let node = parse_json(&source).map_err(first)?;
        let mut keys = Keys::new(&source, &node, "a support vector machine");
        let kernel = keys.choice("kernel", &["linear", "rbf", "poly", "sigmoid"]);
        let (gamma, offset, degree) = (keys.number("gamma"), keys.number("coef0"), keys.number("degree"));
        let row =
            |node: &germane_texts::Node| -> Option<Vec<f64>> { list(node)?.iter().map(germane_texts::Node::as_f64).collect() };
        let rows = |node: &germane_texts::Node| -> Option<Vec<Vec<f64>>> { list(node)?.iter().map(row).collect() };
        let vectors = keys.required("support_vectors").and_then(rows);
        let coefficients = keys.required("dual_coef").and_then(rows);
        let counts = keys.required("n_support").and_then(row);
        let offsets = keys.required("intercept").and_then(row);
        let labels = keys.required("classes").and_then(row);
        let mut problems = Vec::new();
        keys.finish(&mut problems);
        if !problems.is_empty() {
            return Err(first(problems));
        }
        let (Some(vectors), Some(coefficients), Some(counts), Some(offsets), Some(labels)) =
            (vectors, coefficients, counts, offsets, labels)
        else {
            return Err(
                "support_vectors and dual_coef are lists of lists of numbers, n_support, intercept and classes lists".into()
            );
        };
        let gamma = || gamma.ok_or_else(|| String::from("this kernel needs `gamma` as a number"));
        let likeness = match kernel.ok_or("the kernel is not given")? {
            "linear" => Likeness::Linear,
            "rbf" => Likeness::Gaussian { gamma: gamma()? },
            "poly" => Likeness::Polynomial { gamma: gamma()?, offset: offset.unwrap_or(0.0), degree: degree.unwrap_or(3.0) },
            _ => Likeness::Sigmoid { gamma: gamma()?, offset: offset.unwrap_or(0.0) },
        };
        let class_of: Vec<usize> =
            counts.iter().enumerate().flat_map(|(class, &n)| std::iter::repeat_n(class, n.max(0.0) as usize)).collect();
        let classes = labels.len();
        let fits = classes >= 2
            && counts.len() == classes
            && class_of.len() == vectors.len()
            && coefficients.len() == classes - 1
            && coefficients.iter().all(|row| row.len() == vectors.len())
            && offsets.len() == classes * (classes - 1) / 2;
        if !fits {
            return Err("the numbers of classes, vectors, coefficients and intercepts do not fit together".into());
        }
        if let Some(vector) = vectors.iter().find(|vector| vector.len() != inputs) {
            return Err(format!("the support vectors have {} elements, the waveform {inputs}", vector.len()));
        }
        Ok(Self { likeness, vectors, class_of, coefficients, offsets, labels })
    }

    /// Label from the likeness to each support vector.
    fn label(&self, likeness: impl Fn(usize) -> f64) -> f64 {
        let classes = self.labels.len();
        let mut votes = vec![0_usize; classes];
        let pairs = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b)));
        for ((a, b), offset) in pairs.zip(&self.offsets) {
            let sum: f64 = (0..self.vectors.len())
                .map(|s| match self.class_of[s] {
                    class if class == a => self.coefficients[b - 1][s] * likeness(s),
                    class if class == b => self.coefficients[a][s] * likeness(s),
                    _ => 0.0,
                })
                .sum();
            votes[if sum + offset > 0.0 { a } else { b }] += 1;
        }
        let most = votes.iter().max().copied().unwrap_or(0);
        votes.iter().position(|&n| n == most).map_or(f64::NAN, |class| self.labels[class])
    }
}

fn list(node: &germane_texts::Node) -> Option<&[germane_texts::Node]> {
    match &node.value {
        germane_texts::Value::List(items) => Some(items),
        _ => None,
    }
}

#[derive(Debug)]
struct Predict<T> {
    machine: Arc<Machine>,
    ty: PhantomData<T>,
}

impl<T: Real> LaneKernel for Predict<T> {
    #[inline(always)]
    fn run(&self, io: &mut Io<'_, '_>) -> Result<(), LaneFault> {
        let (x, out) = (io.samples::<T>(0), io.scalar_out(1));
        let alike = &mut io.scratch.lanes;
        alike.clear();
        for vector in &self.machine.vectors {
            let mut sum: Lane<f64> = [0.0; LANES];
            for (x, v) in x.iter().zip(vector) {
                for lane in 0..LANES {
                    let x = x[lane].widen();
                    sum[lane] +=
                        if matches!(self.machine.likeness, Likeness::Gaussian { .. }) { (x - v) * (x - v) } else { x * v };
                }
            }
            alike.push(sum.map(|sum| match self.machine.likeness {
                Likeness::Linear => sum,
                Likeness::Gaussian { gamma } => maths::exp(-gamma * sum),
                Likeness::Polynomial { gamma, offset, degree } => maths::pow(gamma * sum + offset, degree),
                Likeness::Sigmoid { gamma, offset } => maths::tanh(gamma * sum + offset),
            }));
        }
        for lane in 0..LANES {
            out[lane] = self.machine.label(|s| alike[s][lane]);
        }
        Ok(())
    }
}
