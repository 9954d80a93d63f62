//! Evaluations allocate nothing once they have run.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use germane_models::density::{Argument, ComponentSpec, DensityChannel, DensityModel, DensitySpec, Observations, ShapeSpec};
use germane_models::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
use germane_models::{Curvature, Likelihood, Parameter};
use germane_numerics::dense::Matrix;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator unchanged; the counter is a plain cell of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

fn steady(likelihood: &dyn Likelihood) {
    let x: Vec<f64> = likelihood.parameters().iter().map(|parameter| parameter.start).collect();
    let (mut gradient, mut hessian) = (vec![0.0; x.len()], Matrix::zeros(x.len(), x.len()));
    let mut evaluate = || {
        likelihood.nll(&x);
        likelihood.evaluate(&x, Curvature::Exact, &mut gradient, &mut hessian);
        likelihood.evaluate(&x, Curvature::Fisher, &mut gradient, &mut hessian);
    };
    evaluate();
    assert_eq!(allocations(evaluate), 0);
}

#[test]
fn a_binned_model_reuses_its_memory() {
    let signal = Sample::new("s", vec![5.0, 12.0]).with(Modifier::norm_factor("mu"));
    let background = Sample::new("b", vec![50.0, 40.0])
        .with(Modifier::norm_sys("n", 1.1, 0.9))
        .with(Modifier::histo_sys("h", vec![56.0, 38.0], vec![45.0, 42.0]))
        .with(Modifier::stat_error("stat", vec![2.0, 1.5]))
        .with(Modifier::shape_sys("driven", vec![5.0, 4.0]));
    let workspace = Workspace::new()
        .channel(Channel::new("c").sample(signal).sample(background), vec![61.0, 48.0])
        .measurement(Measurement::new("m", Some("mu")));
    steady(&workspace.model(None).unwrap());
}

#[test]
fn a_density_reuses_its_memory() {
    let p = Argument::parameter;
    let line = ShapeSpec::new("breit_wigner", [("mean", p("m")), ("width", Argument::Constant(2.5))]);
    let shape = line.convolved(ShapeSpec::new("gaussian", [("sigma", p("s"))]));
    let components = vec![ComponentSpec::new("line", p("n"), shape)];
    let values: Vec<f64> = (0..200).map(|k| 80.0 + 0.1 * f64::from(k)).collect();
    let parameters = vec![Parameter::new("n", 200.0), Parameter::new("m", 91.0), Parameter::new("s", 1.5)];
    let events = Observations::Events { low: 80.0, high: 100.0, values };
    let channel = DensityChannel { name: "c".into(), density: DensitySpec { components }, observations: events };
    steady(&DensityModel::new(parameters, vec![channel]).unwrap());
}
