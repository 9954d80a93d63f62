//! One transition of the no-U-turn sampler, in coordinates in which the masses are 1.
//!
//! M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593; draws along the trajectory by their weights: M. Betancourt,
//! arXiv:1701.02434, appendix A.

use germane_numerics::dense::{add_scaled, dot};
use germane_numerics::maths;
use germane_numerics::random::Philox4x32;

use super::logarithms::ln_add;

/// -ln of a density with its gradient, at whitened coordinates.
pub(super) trait Target {
    /// Writes the gradient to `slopes`.
    fn evaluate(&self, z: &[f64], slopes: &mut [f64]) -> f64;
}

/// A place with its momentum.
#[derive(Clone)]
pub(super) struct Phase {
    pub(super) z: Vec<f64>,
    pub(super) value: f64,
    slopes: Vec<f64>,
    momentum: Vec<f64>,
}

/// Trajectories end after 2^10 steps.
const DEEPEST: u32 = 10;

/// An energy that has grown by more shows that the steps are too long.
const DIVERGENT: f64 = 1000.0;

/// Random numbers of one transition.
pub(super) struct Randoms<'a> {
    pub(super) generator: &'a Philox4x32,
    pub(super) chain: u32,
    pub(super) draw: u32,
    used: u32,
}

impl<'a> Randoms<'a> {
    pub(super) fn new(generator: &'a Philox4x32, chain: u32, draw: u32) -> Self {
        Self { generator, chain, draw, used: 0 }
    }

    fn uniform(&mut self) -> f64 {
        self.used += 1;
        self.generator.uniform([self.used, self.draw, self.chain, 1])
    }

    pub(super) fn normals(&self, size: usize, purpose: u32) -> Vec<f64> {
        (0..size).map(|index| self.generator.normal([index as u32, self.draw, self.chain, purpose])).collect()
    }
}

/// What a transition did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moved {
    /// Mean probability with which the steps would have been accepted.
    pub(super) acceptance: f64,
    pub(super) divergent: bool,
    /// Evaluations of the density.
    pub(super) steps: usize,
}

impl Phase {
    pub(super) fn new(target: &dyn Target, z: Vec<f64>) -> Self {
        let mut slopes = vec![0.0; z.len()];
        let value = target.evaluate(&z, &mut slopes);
        Self { momentum: vec![0.0; z.len()], z, value, slopes }
    }

    fn energy(&self) -> f64 {
        self.value + 0.5 * dot(&self.momentum, &self.momentum)
    }

    fn leap(&mut self, target: &dyn Target, step: f64) {
        add_scaled(&mut self.momentum, -0.5 * step, &self.slopes);
        add_scaled(&mut self.z, step, &self.momentum);
        self.value = target.evaluate(&self.z, &mut self.slopes);
        add_scaled(&mut self.momentum, -0.5 * step, &self.slopes);
    }
}

/// A piece of a trajectory. `first` and `last` are in the order of time.
struct Piece {
    first: Phase,
    last: Phase,
    /// Sum of the momenta.
    momenta: Vec<f64>,
    /// A draw of the piece.
    draw: Phase,
    /// ln of the sum of the weights.
    weight: f64,
    turned: bool,
}

struct Trajectory<'a, 'r> {
    target: &'a dyn Target,
    step: f64,
    start: f64,
    randoms: Randoms<'r>,
    moved: Moved,
}

impl Trajectory<'_, '_> {
    /// 2^`depth` steps from `from` on, forwards or backwards in time.
    fn piece(&mut self, from: &Phase, depth: u32, forwards: bool) -> Piece {
        if depth == 0 {
            let mut phase = from.clone();
            phase.leap(self.target, if forwards { self.step } else { -self.step });
            let energy = phase.energy();
            let growth = if energy.is_finite() { energy - self.start } else { f64::INFINITY };
            self.moved.steps += 1;
            self.moved.acceptance += maths::exp(-growth.max(0.0));
            let divergent = growth > DIVERGENT;
            self.moved.divergent |= divergent;
            let momenta = phase.momentum.clone();
            return Piece { first: phase.clone(), last: phase.clone(), momenta, draw: phase, weight: -growth, turned: divergent };
        }
        let one = self.piece(from, depth - 1, forwards);
        if one.turned {
            return one;
        }
        let other = self.piece(if forwards { &one.last } else { &one.first }, depth - 1, forwards);
        if other.turned {
            return Piece { turned: true, ..one };
        }
        // Inside a piece draws are taken by their weight.
        let weight = ln_add(one.weight, other.weight);
        let takes = maths::ln(self.randoms.uniform()) < other.weight - weight;
        join(one, other, forwards, takes)
    }
}

/// Two neighbouring pieces as one; the draw is that of the second if `takes`.
fn join(one: Piece, other: Piece, forwards: bool, takes: bool) -> Piece {
    let weight = ln_add(one.weight, other.weight);
    let draw = if takes { other.draw } else { one.draw };
    let (early, late) = if forwards {
        ((one.first, one.last, one.momenta), (other.first, other.last, other.momenta))
    } else {
        ((other.first, other.last, other.momenta), (one.first, one.last, one.momenta))
    };
    let mut momenta = early.2.clone();
    add_scaled(&mut momenta, 1.0, &late.2);
    // The whole has turned, or one half together with the step that begins the other.
    let turned = turns(&momenta, &early.0, &late.1)
        || turns(&with(&early.2, &late.0.momentum), &early.0, &late.0)
        || turns(&with(&late.2, &early.1.momentum), &early.1, &late.1);
    Piece { first: early.0, last: late.1, momenta, draw, weight, turned }
}

fn with(momenta: &[f64], momentum: &[f64]) -> Vec<f64> {
    momenta.iter().zip(momentum).map(|(a, b)| a + b).collect()
}

fn turns(momenta: &[f64], first: &Phase, last: &Phase) -> bool {
    dot(momenta, &first.momentum) <= 0.0 || dot(momenta, &last.momentum) <= 0.0
}

/// The next place of a chain.
pub(super) fn transition(target: &dyn Target, from: &Phase, step: f64, randoms: Randoms<'_>) -> (Phase, Moved) {
    let mut here = from.clone();
    here.momentum = randoms.normals(from.z.len(), 0);
    let start = here.energy();
    let mut all =
        Piece { first: here.clone(), last: here.clone(), momenta: here.momentum.clone(), draw: here, weight: 0.0, turned: false };
    let mut trajectory = Trajectory { target, step, start, randoms, moved: Moved::default() };
    for depth in 0..DEEPEST {
        let forwards = trajectory.randoms.uniform() < 0.5;
        let next = trajectory.piece(if forwards { &all.last } else { &all.first }, depth, forwards);
        if next.turned {
            break;
        }
        // Between pieces the newer one is preferred.
        let takes = maths::ln(trajectory.randoms.uniform()) < next.weight - all.weight;
        all = join(all, next, forwards, takes);
        if all.turned {
            break;
        }
    }
    let mut moved = trajectory.moved;
    moved.acceptance /= moved.steps.max(1) as f64;
    (all.draw, moved)
}

/// A step of which one leap is accepted about every second time.
pub(super) fn first_step(target: &dyn Target, from: &Phase, randoms: &Randoms<'_>) -> f64 {
    let mut step = 0.5;
    let momentum = randoms.normals(from.z.len(), 2);
    let accepted = |step: f64| {
        let mut phase = from.clone();
        phase.momentum.clone_from(&momentum);
        let start = phase.energy();
        phase.leap(target, step);
        phase.energy() - start < std::f64::consts::LN_2
    };
    let longer = accepted(step);
    for _ in 0..60 {
        step *= if longer { 2.0 } else { 0.5 };
        if accepted(step) != longer {
            break;
        }
    }
    step
}
