//! MINOS: where the profile of -ln L, minimised by MIGRAD over the other parameters, has risen by 1/2.

use super::migrad::migrad;
use super::objective::{Objective, UP};
use super::state::State;
use super::{Settings, call_limit};

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    /// Signed distance from the minimum.
    pub(super) distance: f64,
    pub(super) is_valid: bool,
    /// The profile does not rise by 1/2 before the bound, to which the distance is.
    pub(super) at_limit: bool,
    /// The profile fell below the minimum.
    pub(super) new_minimum: bool,
}

/// The crossing is found when the rise is within this of 1/2.
const ENOUGH: f64 = 1e-3;

/// Most points of the profile.
const MOST: usize = 20;

/// The end below (`side` = -1) or above (1) of a moving parameter, and the calls that were needed.
pub(super) fn end(objective: &Objective<'_>, state: &State, place: usize, side: f64, settings: &Settings) -> (End, usize) {
    let coordinates = &objective.coordinates;
    let index = coordinates.moving[place];
    let parameter = &objective.likelihood.parameters()[index];
    let centre = coordinates.external(place, state.u[place]);
    let errors = state.errors(coordinates);
    let room = side * (if side < 0.0 { parameter.lower } else { parameter.upper } - centre);
    let profile = Profile { objective, state, place, errors: &errors, settings };
    let limited = |distance: f64| End { distance: side * distance, is_valid: true, at_limit: true, new_minimum: false };
    let lost = End { distance: side * errors[place], is_valid: false, at_limit: false, new_minimum: false };
    if !(errors[place] > 0.0) {
        return (lost, 0);
    }
    if room <= 0.0 {
        return (limited(room.max(0.0)), 0);
    }
    let mut distance = errors[place].min(room);
    let mut calls = 0;
    let mut warm = None;
    // Distance and root of the rise of a point below the crossing and of one above.
    let (mut low, mut high): ((f64, f64), Option<(f64, f64)>) = ((0.0, 0.0), None);
    for _ in 0..MOST {
        let value = if distance >= room { centre + side * room } else { centre + side * distance };
        let Some((found, used)) = profile.at(value, warm.as_ref()) else { return (lost, calls) };
        calls += used;
        let rise = found.value - state.value;
        if rise < -0.1 * UP {
            return (End { new_minimum: true, ..lost }, calls);
        }
        if (rise - UP).abs() < ENOUGH {
            // The last part of the way by the slope of a parabola.
            let exact = distance * (UP / rise).sqrt();
            return (End { distance: side * exact.min(room), is_valid: true, at_limit: false, new_minimum: false }, calls);
        }
        warm = Some(found.u);
        let root = rise.max(0.0).sqrt();
        if rise < UP {
            if distance >= room {
                return (limited(room), calls);
            }
            low = (distance, root);
        } else {
            high = Some((distance, root));
        }
        let target = UP.sqrt();
        distance = match high {
            // The root of a parabola is a line; its ends are kept apart.
            Some(high) => {
                let part = (target - low.1) / (high.1 - low.1);
                low.0 + part.clamp(0.05, 0.95) * (high.0 - low.0)
            }
            None if root > 0.0 => (distance * target / root).min(3.0 * distance).min(room),
            None => (2.0 * distance).min(room),
        };
    }
    (lost, calls)
}

struct Profile<'a> {
    objective: &'a Objective<'a>,
    state: &'a State,
    place: usize,
    errors: &'a [f64],
    settings: &'a Settings,
}

impl Profile<'_> {
    /// The minimum over the other parameters at a value of this one, and the calls that were needed; none if there is none.
    fn at(&self, value: f64, warm: Option<&Vec<f64>>) -> Option<(State, usize)> {
        let coordinates = &self.objective.coordinates;
        let held = Objective::new(self.objective.likelihood, coordinates.holding(coordinates.moving[self.place], value));
        let others: Vec<usize> = (0..coordinates.len()).filter(|&other| other != self.place).collect();
        let inverse = &self.state.matrix.inverse;
        let offset = coordinates.internal(self.place, value) - self.state.u[self.place];
        let predicted = |&other: &usize| {
            let moved = self.state.u[other] + inverse[(self.place, other)] / inverse[(self.place, self.place)] * offset;
            // Not across the turning point of a sine.
            if coordinates.has_bounds(other) { moved.clamp(self.state.u[other] - 0.5, self.state.u[other] + 0.5) } else { moved }
        };
        let start = warm.cloned().unwrap_or_else(|| others.iter().map(predicted).collect());
        let errors: Vec<f64> = others.iter().map(|&other| self.errors[other]).collect();
        let how = (self.settings.strategy, self.settings.slopes);
        let seed = State::seed(&held, start, &errors, how);
        if others.is_empty() {
            return Some((seed, held.calls()));
        }
        let found = migrad(&held, seed, how, 0.5 * self.settings.goal(), call_limit(others.len()));
        found.is_valid().then(|| (found.state, held.calls()))
    }
}
