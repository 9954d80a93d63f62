//! Graphs made by hand, run over rows. Expected numbers are written out or counted by plain loops over single rows.

use germane_columns::{Array, Data, Numbers, Unit};
use germane_signals::evaluate::{Evaluator, Made, Problem};
use germane_signals::graph::{
    Binary, Graph, Grid, Input, Kind, Node, Offset, Operand, Operation, Output, Part, Period, Reduction, Rounding, Shape, Unary,
    Variable, VariableId, Written,
};
use germane_signals::{Element, Given, processors};
use std::sync::Arc;

/// A graph that grows.
struct Draft(Graph);

impl Draft {
    fn new() -> Self {
        Self(Graph { variables: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() })
    }

    fn variable(&mut self, name: &str, element: Element, shape: Shape) -> VariableId {
        self.0.variables.push(Variable { name: name.to_owned(), element, shape, kind: Kind::Plain, label: None });
        VariableId(self.0.variables.len() - 1)
    }

    fn input(&mut self, name: &str, element: Element, shape: Shape) -> VariableId {
        let variable = self.variable(name, element, shape);
        let column = self.0.inputs.len();
        self.0.inputs.push(Input { column: name.to_owned(), part: Part::All, variable });
        self.node(Operation::Column(column), &[variable]);
        variable
    }

    fn node(&mut self, operation: Operation, makes: &[VariableId]) {
        let origin = self.0.nodes.len();
        self.0.nodes.push(Node { operation, makes: makes.to_vec(), origin });
    }

    fn make(&mut self, name: &str, element: Element, shape: Shape, operation: Operation) -> VariableId {
        let variable = self.variable(name, element, shape);
        self.node(operation, &[variable]);
        variable
    }

    fn output(&mut self, variable: VariableId) {
        let name = self.0.variables[variable.0].name.clone();
        self.0.outputs.push(Output { name, what: Written::Variable(variable), attributes: indexmap::IndexMap::default() });
    }

    fn trap(&mut self, w: VariableId, rise: Operand, flat: f64, samples: usize) -> VariableId {
        let out = self.variable("wf_trap", Element::F32, Shape::Samples(samples));
        let given_rise = match rise {
            Operand::Number(rise) => Given::Number(rise),
            _ => Given::Varying,
        };
        self.node(
            Operation::Process {
                processor: processors::named("trap_norm").expect("there is one"),
                arguments: vec![Some(Operand::Variable(w)), Some(rise), Some(Operand::Number(flat)), None],
                given: vec![Given::Varying, given_rise, Given::Number(flat), Given::Varying],
                init: vec![],
                lengths: vec![samples, 1, 1, samples],
                wide: false,
            },
            &[out],
        );
        out
    }

    fn evaluator(self) -> Evaluator {
        Evaluator::new(Arc::new(self.0)).expect("the graph is one")
    }
}

fn var(id: VariableId) -> Operand {
    Operand::Variable(id)
}

fn rows_of<T: Copy>(rows: &[Vec<T>]) -> Array
where
    Array: From<Vec<T>>,
{
    let items = Array::from(rows.concat());
    Array::new(Data::FixedList { size: rows[0].len(), len: rows.len(), items: Box::new(items) })
}

fn run(mut evaluator: Evaluator, columns: &[Array], rows: usize) -> Result<Vec<Made>, Problem> {
    evaluator.process(columns, rows, 0)?;
    Ok(evaluator.take().into_iter().map(|made| made.expect("no copies here")).collect())
}

/// Numbers of a column, one after the other.
fn numbers(made: &Made) -> Vec<f64> {
    fn flat(array: &Array) -> Vec<f64> {
        match &array.data {
            Data::Number(numbers) => numbers.to_f64(),
            Data::Bool(bits) => bits.iter().map(|bit| f64::from(u8::from(bit))).collect(),
            Data::FixedList { items, .. } | Data::List { items, .. } => flat(items),
            other => panic!("no numbers: {other:?}"),
        }
    }
    match made {
        Made::Column(array) | Made::Waveform { values: array, .. } => flat(array),
    }
}

/// Deterministic samples without meaning: a linear congruence.
fn noise(rows: usize, samples: usize) -> Vec<Vec<u16>> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 17) as u16
    };
    (0..rows).map(|_| (0..samples).map(|_| next()).collect()).collect()
}

#[test]
fn arithmetic_is_rounded_to_the_element_and_broadcasts_scalars() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::U16, Shape::Samples(3));
    let b = draft.input("b", Element::F64, Shape::Scalar);
    let d = draft.make("d", Element::F32, Shape::Samples(3), Operation::Binary(Binary::Subtract, var(w), var(b)));
    let a = draft.make(
        "a",
        Element::F64,
        Shape::Samples(3),
        Operation::Binary(Binary::Multiply, var(d), Operand::Array(vec![1.0, 2.0, 0.5].into())),
    );
    let less =
        draft.make("less", Element::Bool, Shape::Samples(3), Operation::Binary(Binary::Less, var(d), Operand::Number(10.0)));
    let pick = draft.make("pick", Element::F64, Shape::Samples(3), Operation::Where([var(less), var(d), Operand::Number(-1.0)]));
    let not = draft.make("not", Element::Bool, Shape::Samples(3), Operation::Unary(Unary::Not, var(less)));
    for id in [d, a, less, pick, not] {
        draft.output(id);
    }
    let columns = [rows_of(&[vec![10_u16, 20, 65535], vec![1, 2, 3]]), Array::from(vec![0.1, 1.0])];
    let made = run(draft.evaluator(), &columns, 2).unwrap();
    let first = [f64::from((10.0 - 0.1) as f32), f64::from((20.0 - 0.1) as f32), f64::from((65535.0 - 0.1) as f32)];
    assert_eq!(numbers(&made[0]), [first[0], first[1], first[2], 0.0, 1.0, 2.0]);
    assert_eq!(numbers(&made[1]), [first[0], 2.0 * first[1], 0.5 * first[2], 0.0, 2.0, 1.0]);
    assert_eq!(numbers(&made[2]), [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(numbers(&made[3]), [first[0], -1.0, -1.0, 0.0, 1.0, 2.0]);
    assert_eq!(numbers(&made[4]), [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    let Made::Column(Array { data: Data::FixedList { size: 3, items, .. }, .. }) = &made[0] else { panic!("lists of three") };
    assert!(matches!(items.data, Data::Number(Numbers::F32(_))));
}

#[test]
fn integers_that_do_not_fit_name_the_first_entry() {
    let mut draft = Draft::new();
    let x = draft.input("x", Element::U16, Shape::Scalar);
    let y = draft.make("y", Element::U16, Shape::Scalar, Operation::Binary(Binary::Multiply, var(x), Operand::Number(2.0)));
    let z = draft.make("z", Element::U8, Shape::Scalar, Operation::Cast(var(x)));
    draft.output(y);
    draft.output(z);
    let mut evaluator = draft.evaluator();
    let mut values = vec![5_u16; 40];
    (values[37], values[33]) = (40_000, 256);
    let problem = evaluator.process(&[Array::from(values)], 40, 1000).unwrap_err();
    assert_eq!((problem.entry, problem.name.as_str(), problem.origin), (Some(1033), "z", Some(2)));
    assert!(problem.message.contains("uint8"), "{problem}");
    evaluator.take();
    evaluator.process(&[Array::from(vec![7_u16; 3])], 3, 0).unwrap();
    assert_eq!(numbers(evaluator.take()[0].as_ref().unwrap()), [14.0; 3]);
}

#[test]
fn large_integers_are_refused_not_rounded() {
    let mut draft = Draft::new();
    let x = draft.input("x", Element::I64, Shape::Scalar);
    draft.output(x);
    let mut evaluator = draft.evaluator();
    evaluator.process(&[Array::from(vec![1_i64 << 53])], 1, 0).unwrap();
    let problem = evaluator.process(&[Array::from(vec![1, (1_i64 << 53) + 1])], 2, 10).unwrap_err();
    assert_eq!(problem.entry, Some(11));
}

#[test]
fn casts_cut_to_zero_and_refuse_nan() {
    let mut draft = Draft::new();
    let x = draft.input("x", Element::F64, Shape::Scalar);
    let i = draft.make("i", Element::I32, Shape::Scalar, Operation::Cast(var(x)));
    draft.output(i);
    let mut evaluator = draft.evaluator();
    evaluator.process(&[Array::from(vec![2.7, -2.7, 0.0])], 3, 0).unwrap();
    assert_eq!(numbers(evaluator.take()[0].as_ref().unwrap()), [2.0, -2.0, 0.0]);
    assert_eq!(evaluator.process(&[Array::from(vec![1.0, f64::NAN])], 2, 0).unwrap_err().entry, Some(1));
}

#[test]
fn casts_behind_a_choice_are_faults_only_where_they_are_chosen() {
    let mut draft = Draft::new();
    let x = draft.input("x", Element::F64, Shape::Scalar);
    let ok = draft.make("ok", Element::Bool, Shape::Scalar, Operation::Binary(Binary::Less, var(x), Operand::Number(1e12)));
    let cast = draft.make("cast", Element::I32, Shape::Scalar, Operation::Cast(var(x)));
    let y = draft.make("y", Element::I32, Shape::Scalar, Operation::Where([var(ok), var(cast), Operand::Number(-1.0)]));
    draft.output(y);
    let mut evaluator = draft.evaluator();
    evaluator.process(&[Array::from(vec![2.7, f64::NAN, 1e13])], 3, 0).unwrap();
    assert_eq!(numbers(evaluator.take()[0].as_ref().unwrap()), [2.0, -1.0, -1.0]);
    let problem = evaluator.process(&[Array::from(vec![2.7, 1e11])], 2, 0).unwrap_err();
    assert_eq!((problem.entry, problem.name.as_str()), (Some(1), "y"));
}

#[test]
fn slices_elements_and_reductions_read_the_right_samples() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::F32, Shape::Samples(6));
    let head = draft.make("head", Element::F32, Shape::Samples(3), Operation::Slice { of: w, start: 1, step: 1 });
    let inner = draft.make("inner", Element::F32, Shape::Samples(2), Operation::Slice { of: head, start: 1, step: 1 });
    let back = draft.make("back", Element::F32, Shape::Samples(3), Operation::Slice { of: w, start: 5, step: -2 });
    let second = draft.make("second", Element::F32, Shape::Scalar, Operation::Element { of: w, index: 1 });
    let at = draft.input("at", Element::F64, Shape::Scalar);
    let found = draft.make("found", Element::F32, Shape::Scalar, Operation::ElementAt { of: w, index: var(at), default: None });
    let filled =
        draft.make("filled", Element::F32, Shape::Scalar, Operation::ElementAt { of: w, index: var(at), default: Some(-9.0) });
    let mut outputs = vec![head, inner, back, second, found, filled];
    for (name, reduction) in [
        ("sum", Reduction::Sum),
        ("mean", Reduction::Mean),
        ("std", Reduction::Std),
        ("median", Reduction::Median),
        ("max", Reduction::Max),
        ("min", Reduction::Min),
        ("argmax", Reduction::ArgMax),
        ("argmin", Reduction::ArgMin),
    ] {
        outputs.push(draft.make(name, Element::F64, Shape::Scalar, Operation::Reduce(reduction, w)));
    }
    outputs.iter().for_each(|id| draft.output(*id));
    let rows = [vec![1.0_f32, 5.0, 2.0, 5.0, -3.0, 2.0], vec![1.0, f32::NAN, 2.0, 5.0, -3.0, 2.0]];
    let made = run(draft.evaluator(), &[rows_of(&rows), Array::from(vec![2.5, 6.0])], 2).unwrap();
    let all: Vec<Vec<f64>> = made.iter().map(numbers).collect();
    assert_eq!(all[0][..3], [5.0, 2.0, 5.0]);
    assert_eq!(all[1], [2.0, 5.0, 2.0, 5.0]);
    assert_eq!(all[2][..3], [2.0, 5.0, 5.0]);
    assert_eq!(all[3][0], 5.0);
    assert_eq!(all[4][0], 2.0, "2.5 goes to the even neighbour");
    assert!(all[4][1].is_nan());
    assert_eq!(all[5], [2.0, -9.0]);
    // Of 1, 5, 2, 5, -3, 2: sum 12, mean 2, squares about it 1+9+0+9+25+0 = 44.
    let expected = [12.0, 2.0, (44.0_f64 / 6.0).sqrt(), 2.0, 5.0, -3.0, 1.0, 4.0];
    for (k, expected) in expected.into_iter().enumerate() {
        assert_eq!(all[6 + k][0], expected, "reduction {k}");
    }
    assert!(all[6..12].iter().all(|values| values[1].is_nan()));
    assert_eq!((all[12][1], all[13][1]), (1.0, 1.0), "the first NaN is extreme, as in NumPy");
}

#[test]
fn nan_in_an_input_makes_outputs_nan_in_that_row_only() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::F32, Shape::Samples(8));
    let trap = draft.trap(w, Operand::Number(2.0), 1.0, 8);
    let tail = draft.make("tail", Element::F32, Shape::Samples(2), Operation::Slice { of: trap, start: 6, step: 1 });
    let max = draft.make("max", Element::F32, Shape::Scalar, Operation::Reduce(Reduction::Max, tail));
    draft.output(trap);
    draft.output(max);
    let mut rows = vec![vec![0.0_f32, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]; 20];
    rows[17][7] = f32::NAN;
    let made = run(draft.evaluator(), &[rows_of(&rows)], 20).unwrap();
    let (trap, max) = (numbers(&made[0]), numbers(&made[1]));
    for row in 0..20 {
        let samples = &trap[8 * row..8 * row + 8];
        if row == 17 {
            assert!(samples.iter().all(|x| x.is_nan()) && max[row].is_nan());
        } else {
            assert_eq!(samples, [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0]);
            assert_eq!(max[row], 0.5);
        }
    }
}

#[test]
fn constants_that_vary_are_bound_for_each_value() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::U16, Shape::Samples(40));
    let rise = draft.input("rise", Element::F64, Shape::Scalar);
    let trap = draft.trap(w, var(rise), 2.0, 40);
    draft.output(trap);
    let rows = noise(21, 40);
    let mut rises: Vec<f64> = (0..21).map(|row| f64::from(1 + row % 3)).collect();
    rises[4] = f64::NAN;
    let columns = [rows_of(&rows), Array::from(rises.clone())];
    let made = numbers(&run(draft.evaluator(), &columns, 21).unwrap()[0]);
    for (row, w) in rows.iter().enumerate() {
        let samples = &made[40 * row..40 * row + 40];
        if rises[row].is_nan() {
            assert!(samples.iter().all(|x| x.is_nan()));
            continue;
        }
        let m = rises[row] as usize;
        let sum =
            |end: isize| -> f64 { (end - m as isize + 1..=end).filter(|i| *i >= 0).map(|i| f64::from(w[i as usize])).sum() };
        for (i, found) in samples.iter().enumerate() {
            let expected = (sum(i as isize) - sum(i as isize - m as isize - 2)) / m as f64;
            assert!((found - expected).abs() <= expected.abs() * 2e-7 + 1e-4, "row {row} sample {i}: {found} for {expected}");
        }
    }
}

#[test]
fn faults_of_varying_constants_name_the_entry() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::U16, Shape::Samples(40));
    let rise = draft.input("rise", Element::F64, Shape::Scalar);
    let trap = draft.trap(w, var(rise), 2.0, 40);
    draft.output(trap);
    let mut rises = vec![3.0; 20];
    rises[18] = 30.0;
    let problem = run(draft.evaluator(), &[rows_of(&noise(20, 40)), Array::from(rises)], 20).unwrap_err();
    assert_eq!((problem.entry, problem.name.as_str()), (Some(18), "trap_norm"));
    assert!(problem.message.contains("62 samples wide"), "{problem}");
}

#[test]
fn wrong_constants_are_found_before_any_row() {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::U16, Shape::Samples(40));
    let trap = draft.trap(w, Operand::Number(30.0), 2.0, 40);
    draft.output(trap);
    let problem = Evaluator::new(Arc::new(draft.0)).unwrap_err();
    assert_eq!((problem.entry, problem.origin), (None, Some(1)));
}

#[test]
fn positions_are_written_as_times_and_waveforms_with_their_offset() {
    let ns = Unit::parse("ns").unwrap();
    let us = Unit::parse("us").unwrap();
    let mut draft = Draft::new();
    let t0 = draft.input("t0", Element::F64, Shape::Scalar);
    let grid = Grid { period: Period { value: 16.0, unit: ns.clone() }, offset: Offset { variable: Some(t0), constant: 32.0 } };
    let w = draft.input("w", Element::U16, Shape::Samples(2));
    draft.0.variables[w.0].kind = Kind::Waveform(grid.clone());
    let tp = draft.input("tp", Element::F64, Shape::Scalar);
    draft.0.variables[tp.0].kind = Kind::Point { grid: grid.clone(), unit: us };
    let d = draft.input("d", Element::I32, Shape::Scalar);
    draft.0.variables[d.0].kind = Kind::Duration { period: grid.period.clone(), unit: ns.clone() };
    let other = draft.make(
        "other",
        Element::F64,
        Shape::Scalar,
        Operation::Regrid {
            of: var(tp),
            from: (grid.offset, 16.0),
            to: (Offset { variable: None, constant: 8.0 }, 8.0),
            round: Some(Rounding::Floor),
        },
    );
    for id in [w, tp, d, other] {
        draft.output(id);
    }
    let columns = [
        Array::from(vec![16.0, 0.0]),
        rows_of(&[vec![1_u16, 2], vec![3, 4]]),
        Array::from(vec![10.25, 0.0]),
        Array::from(vec![-3, 5]),
    ];
    let made = run(draft.evaluator(), &columns, 2).unwrap();
    let Made::Waveform { t0, values } = &made[0] else { panic!("a waveform") };
    assert_eq!(t0.as_f64().unwrap(), [48.0, 32.0]);
    assert_eq!(numbers(&Made::Column(values.clone())), [1.0, 2.0, 3.0, 4.0]);
    // 10.25 samples of 16 ns after 48 ns: 212 ns; in us. The other grid counts 8 ns from 8 ns.
    let times = numbers(&made[1]);
    assert!((times[0] - 0.212).abs() < 1e-15 && (times[1] - 0.032).abs() < 1e-15, "{times:?}");
    assert_eq!(numbers(&made[2]), [-48.0, 80.0]);
    assert_eq!(numbers(&made[3]), [25.0, 3.0]);
}

#[test]
fn ragged_variables_keep_their_lengths() {
    let mut draft = Draft::new();
    let length = draft.variable("n", Element::U32, Shape::Scalar);
    let shape = Shape::Ragged { capacity: 4, length };
    let v = draft.input("v", Element::F32, shape);
    let double = draft.make("double", Element::F32, shape, Operation::Binary(Binary::Multiply, var(v), Operand::Number(2.0)));
    let last = draft.make("last", Element::F32, Shape::Scalar, Operation::Element { of: v, index: -1 });
    let max = draft.make("max", Element::F32, Shape::Scalar, Operation::Reduce(Reduction::Max, v));
    for id in [double, last, max, length] {
        draft.output(id);
    }
    let lists = Array::list(&[2, 0, 4], Array::from(vec![1.0_f32, 2.0, 3.0, 4.0, 7.0, 6.0]));
    let mut evaluator = draft.evaluator();
    evaluator.process(&[lists], 3, 0).unwrap();
    let made: Vec<Made> = evaluator.take().into_iter().flatten().collect();
    assert_eq!(made[0], Made::Column(Array::list(&[2, 0, 4], Array::from(vec![2.0_f32, 4.0, 6.0, 8.0, 14.0, 12.0]))));
    let (last, max) = (numbers(&made[1]), numbers(&made[2]));
    assert_eq!((last[0], last[2]), (2.0, 6.0));
    assert_eq!((max[0], max[2]), (2.0, 7.0));
    assert!(last[1].is_nan() && max[1].is_nan());
    assert_eq!(numbers(&made[3]), [2.0, 0.0, 4.0]);
    let long = Array::list(&[1, 5], Array::from(vec![0.0_f32; 6]));
    assert_eq!(evaluator.process(&[long], 2, 0).unwrap_err().entry, Some(1));
}

/// A graph with a bit of everything, for comparisons of bits.
fn mixed() -> Evaluator {
    let mut draft = Draft::new();
    let w = draft.input("w", Element::U16, Shape::Samples(100));
    let rise = draft.input("rise", Element::F64, Shape::Scalar);
    let mean = draft.make("mean", Element::F32, Shape::Scalar, Operation::Reduce(Reduction::Mean, w));
    let flat = draft.make("flat", Element::F32, Shape::Samples(100), Operation::Binary(Binary::Subtract, var(w), var(mean)));
    let trap = draft.trap(flat, Operand::Number(10.0), 3.0, 100);
    let other = draft.trap(flat, var(rise), 1.0, 100);
    let sum = draft.make("sum", Element::F64, Shape::Samples(100), Operation::Binary(Binary::Add, var(trap), var(other)));
    let log = draft.make("log", Element::F64, Shape::Samples(100), Operation::Unary(Unary::Log, var(sum)));
    let std = draft.make("std", Element::F64, Shape::Scalar, Operation::Reduce(Reduction::Std, sum));
    for id in [mean, trap, log, std] {
        draft.output(id);
    }
    draft.evaluator()
}

const ROWS: usize = 75;

/// Bits of what the mixed graph makes of the same rows, given in blocks.
fn bits(block: usize) -> Vec<Vec<u64>> {
    let rows = noise(ROWS, 100);
    let rises: Vec<f64> = (0..ROWS).map(|row| f64::from(2 + (row % 5) as u16)).collect();
    let mut evaluator = mixed();
    let mut found: Vec<Vec<u64>> = vec![Vec::new(); 4];
    for start in (0..ROWS).step_by(block) {
        let count = block.min(ROWS - start);
        let columns = [rows_of(&rows[start..start + count]), Array::from(rises[start..start + count].to_vec())];
        evaluator.process(&columns, count, start as u64).unwrap();
        for (made, found) in evaluator.take().iter().zip(&mut found) {
            found.extend(numbers(made.as_ref().unwrap()).iter().map(|x| x.to_bits()));
        }
    }
    found
}

#[test]
fn bits_do_not_depend_on_blocks_or_registers() {
    let whole = bits(ROWS);
    assert_eq!(whole[1].len(), ROWS * 100);
    for block in [1, 7, 16, 64] {
        assert!(bits(block) == whole, "blocks of {block}");
    }
    germane_numerics::simd::use_narrow_kernels();
    assert!(bits(16) == whole, "narrow registers");
}

#[test]
fn samples_that_are_no_longer_needed_give_their_room() {
    let mut draft = Draft::new();
    let mut w = draft.input("w", Element::U16, Shape::Samples(1000));
    for k in 0..50 {
        w = draft.make(&format!("w{k}"), Element::F32, Shape::Samples(1000), Operation::Unary(Unary::Negate, var(w)));
    }
    let max = draft.make("max", Element::F32, Shape::Scalar, Operation::Reduce(Reduction::Max, w));
    draft.output(max);
    assert!(draft.evaluator().bytes() <= 2 * 1000 * 16 * 4);
}
