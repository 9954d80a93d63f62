//! Densities that points or bins give: kernel estimates with a width for each point, and histograms.
//!
//! Numbers of kernel estimates: mpmath 1.3, 40 digits, from the formulas of K. Cranmer, Comput. Phys. Commun. 136 (2001) 198, in the
//! convention of RooKeysPdf; those of histograms by hand.

use germane_models::density::*;
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

const POINTS: [f64; 6] = [0.3, 0.5, 0.55, 0.56, 1.2, 2.9];

/// One event of a shape with its arguments as parameters.
fn model(shape: ShapeSpec, parameters: Vec<Parameter>, range: [f64; 2], values: Vec<f64>) -> DensityModel {
    let component = ComponentSpec::new("all", Argument::Constant(1.0), shape);
    let observations = Observations::Events { low: range[0], high: range[1], values };
    let channel = DensityChannel { name: "main".into(), density: DensitySpec { components: vec![component] }, observations };
    DensityModel::new(parameters, vec![channel]).unwrap()
}

fn keys(points: &[f64], high: f64, mirror: Mirror, rho: f64, bandwidth: f64) -> DensityModel {
    let shape = ShapeSpec::adaptive_kernel_estimate(points, (0.0, high), mirror, rho, Argument::parameter("b")).unwrap();
    model(shape, vec![Parameter::new("b", bandwidth)], [0.0, high], vec![0.1, 1.0, 3.3])
}

fn close(ours: f64, truth: f64) -> bool {
    (ours / truth - 1.0).abs() < 1e-13
}

#[test]
fn adaptive_kernel_estimates_are_those_of_their_formulas() {
    // Mirror, rho, bandwidth; the density at 0.1, 1 and 3.3, and the part of it between 0.25 and 1.5.
    let cases = [
        (
            Mirror::None,
            1.0,
            1.0,
            [0.4286643819865697387, 0.40116871677283497523, 0.091622926615404399081],
            0.67984673289325490384,
        ),
        (
            Mirror::Lower,
            1.2,
            1.0,
            [0.69710452570224244578, 0.42442921329336650555, 0.066248796322436334797],
            0.63449037058872863493,
        ),
        (
            Mirror::Both,
            0.7,
            1.5,
            [0.64648654071839699066, 0.37672091073934592858, 0.084381494854609839142],
            0.62166597780423122052,
        ),
        (
            Mirror::Upper,
            1.0,
            0.4,
            [0.19044981505890012906, 0.2042458350159581295, 0.089001188361274035111],
            0.75720202520876391374,
        ),
    ];
    for (mirror, rho, bandwidth, heights, part) in cases {
        let model = keys(&POINTS, 4.0, mirror, rho, bandwidth);
        let x = model.start();
        for (ours, truth) in model.curve(0, None, &[0.1, 1.0, 3.3], &x).into_iter().zip(heights) {
            assert!(close(ours, truth), "{mirror:?}: {ours} {truth}");
        }
        let ours = model.bin_integrals(0, None, &[0.25, 1.5], &x)[0];
        assert!(close(ours, part), "{mirror:?}: {ours} {part}");
    }
}

#[test]
fn no_kernel_is_narrower_than_a_part_of_the_spread() {
    let model = keys(&[1.0, 1.01, 1.02, 1.05, 1.1, 9.0], 10.0, Mirror::None, 0.05, 1.0);
    let x = model.start();
    // The five near ones have the least width.
    let truth = LEAST;
    for (ours, truth) in model.curve(0, None, &[0.99, 1.06, 9.02], &x).into_iter().zip(truth) {
        assert!(close(ours, truth), "{ours} {truth}");
    }
    assert!(close(model.bin_integrals(0, None, &[0.25, 1.03], &x)[0], LEAST_PART));
}

const LEAST: [f64; 3] = [6.0135645582623967586, 3.816755445505387584, 1.9659966022228493501];
const LEAST_PART: f64 = 0.45222825375856599444;

#[test]
fn the_bandwidth_of_an_adaptive_estimate_has_exact_derivatives() {
    let model = keys(&POINTS, 4.0, Mirror::Lower, 1.0, 1.1);
    let evaluate = |b: f64| {
        let (mut gradient, mut hessian) = (vec![0.0], Matrix::zeros(1, 1));
        let value = model.evaluate(&[b], Curvature::Exact, &mut gradient, &mut hessian);
        (value, gradient[0], hessian[(0, 0)])
    };
    let h = 1e-3;
    let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|k| evaluate(1.1 + k * h));
    // Fourth order: the error is h⁴ times a fifth derivative of order one.
    let slope = (8.0 * (c.0 - b.0) - (d.0 - a.0)) / (12.0 * h);
    let curve = (8.0 * (c.1 - b.1) - (d.1 - a.1)) / (12.0 * h);
    let (_, first, second) = evaluate(1.1);
    assert!((slope - first).abs() < 1e-9 && (curve - second).abs() < 1e-9, "{slope} {first}, {curve} {second}");
}

#[test]
fn histograms_are_steps_or_straight_lines_between_centres() {
    let (edges, contents) = ([0.0, 1.0, 3.0, 4.0], [2.0, 6.0, 1.0]);
    let of = |order| model(ShapeSpec::histogram(&edges, &contents, order).unwrap(), vec![], [0.0, 4.0], vec![0.2]);
    // Heights 2, 3, 1; centres 0.5, 2, 3.5; the areas are 9 and 1 + 3.75 + 3 + 0.5.
    let at = [0.2, 0.999, 1.25, 2.0, 2.6, 3.9];
    for (order, area, heights, part) in [
        (Order::Constant, 9.0, [2.0, 2.0, 3.0, 3.0, 3.0, 1.0], 2.0 + 3.0 * 1.7),
        (Order::Linear, 8.25, [2.0, 2.0 + 0.499 / 1.5, 2.5, 3.0, 2.2, 1.0], 1.0 + 3.75 + 0.7 * (3.0 + 31.0 / 15.0) / 2.0),
    ] {
        let model = of(order);
        for ((ours, truth), at) in model.curve(0, None, &at, &[]).into_iter().zip(heights).zip(at) {
            assert!(close(ours, truth / area), "{order:?} {at}: {ours} {}", truth / area);
        }
        let cumulated = model.cumulated(0, None, &[2.7, 4.0], &[]);
        assert!(close(cumulated[0], part / area) && close(cumulated[1], 1.0), "{cumulated:?}");
    }
    // Cut to a part of the bins, the rest is normalised again: between 2 and 3.5 lies an area of 3.
    let cut = model(ShapeSpec::histogram(&edges, &contents, Order::Linear).unwrap(), vec![], [2.0, 3.5], vec![2.5]);
    assert!(close(cut.curve(0, None, &[2.6], &[])[0], 2.2 / 3.0));
    // Beyond the edges there is nothing.
    let wide = model(ShapeSpec::histogram(&edges, &contents, Order::Linear).unwrap(), vec![], [-1.0, 5.0], vec![4.5]);
    assert_eq!((wide.nll(&[]), wide.curve(0, None, &[-0.5, 4.5], &[])), (f64::INFINITY, vec![0.0, 0.0]));
    assert!(wide.complaint(&[]).unwrap().contains("the density of the event at 4.5 is 0"));
}

#[test]
fn what_is_no_estimate_is_refused_in_words() {
    let histogram = |edges: &[f64], contents: &[f64]| ShapeSpec::histogram(edges, contents, Order::Linear).unwrap_err();
    assert!(histogram(&[0.0, 1.0], &[1.0, 2.0]).contains("2 bins with 2 edges"));
    assert!(histogram(&[0.0, 1.0, 1.0], &[1.0, 2.0]).contains("ascend"));
    assert!(histogram(&[0.0, 1.0, 2.0], &[1.0, -2.0]).contains("bin 1 is -2"));
    assert!(histogram(&[0.0, 1.0, 2.0], &[0.0, 0.0]).contains("without content"));
    let keys = |points: &[f64], rho: f64| {
        ShapeSpec::adaptive_kernel_estimate(points, (0.0, 1.0), Mirror::None, rho, Argument::Constant(1.0)).unwrap_err()
    };
    assert!(keys(&[0.5, 0.5], 1.0).contains("all the same"));
    assert!(keys(&[], 1.0).contains("all the same"));
    assert!(keys(&[0.5, f64::NAN], 1.0).contains("point 1"));
    assert!(keys(&[0.5, 0.6], 0.0).contains("not positive"));
    assert!(ShapeSpec::new("histogram", []).check()[0].message.contains("no bins"));
}
