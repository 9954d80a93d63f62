//! Internal coordinates of MIGRAD: parameters with bounds are sines or roots of numbers without.
//!
//! F. James and M. Roos, Comput. Phys. Commun. 10 (1975) 343; F. James, MINUIT reference manual, section 1.3.1.

use germane_models::Parameter;
use germane_numerics::maths;

use super::precision::EPS2;

/// How one parameter is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// As it is.
    Free,
    /// lower + (upper - lower)/2 · (sin u + 1)
    Both(f64, f64),
    /// lower - 1 + √(u² + 1)
    Lower(f64),
    /// upper + 1 - √(u² + 1)
    Upper(f64),
}

/// The parameters that move, and where the others are.
#[derive(Clone, Debug)]
pub(super) struct Coordinates {
    /// Indices of the parameters that move.
    pub(super) moving: Vec<usize>,
    kinds: Vec<Kind>,
    /// Values of all parameters; those that move are overwritten.
    base: Vec<f64>,
}

impl Coordinates {
    pub(super) fn new(parameters: &[Parameter], moving: Vec<usize>, base: Vec<f64>) -> Self {
        let kind = |&index: &usize| {
            let parameter = &parameters[index];
            match (parameter.lower.is_finite(), parameter.upper.is_finite()) {
                (false, false) => Kind::Free,
                (true, true) => Kind::Both(parameter.lower, parameter.upper),
                (true, false) => Kind::Lower(parameter.lower),
                (false, true) => Kind::Upper(parameter.upper),
            }
        };
        Self { kinds: moving.iter().map(kind).collect(), moving, base }
    }

    /// The same with one parameter of the model held at a value.
    pub(super) fn holding(&self, index: usize, value: f64) -> Self {
        let mut other = self.clone();
        if let Some(place) = other.moving.iter().position(|&known| known == index) {
            other.moving.remove(place);
            other.kinds.remove(place);
        }
        other.base[index] = value;
        other
    }

    /// Number of parameters that move.
    pub(super) fn len(&self) -> usize {
        self.moving.len()
    }

    pub(super) fn has_bounds(&self, place: usize) -> bool {
        self.kinds[place] != Kind::Free
    }

    /// Value of a parameter at an internal coordinate.
    pub(super) fn external(&self, place: usize, u: f64) -> f64 {
        match self.kinds[place] {
            Kind::Free => u,
            Kind::Both(lower, upper) => lower + 0.5 * (upper - lower) * (maths::sin(u) + 1.0),
            Kind::Lower(lower) => lower - 1.0 + (u * u + 1.0).sqrt(),
            Kind::Upper(upper) => upper + 1.0 - (u * u + 1.0).sqrt(),
        }
    }

    /// Internal coordinate of a value. One at a bound gets a coordinate at which the slope does not quite vanish.
    pub(super) fn internal(&self, place: usize, x: f64) -> f64 {
        let aside = 8.0 * EPS2.sqrt();
        let root = |y: f64| if y * y < 1.0 + EPS2 { aside } else { (y * y - 1.0).sqrt() };
        match self.kinds[place] {
            Kind::Free => x,
            Kind::Both(lower, upper) => {
                let y = 2.0 * (x - lower) / (upper - lower) - 1.0;
                let edge = std::f64::consts::FRAC_PI_2 - aside;
                if y * y > 1.0 - EPS2 { edge.copysign(y) } else { maths::asin(y) }
            }
            Kind::Lower(lower) => root(x - lower + 1.0),
            Kind::Upper(upper) => root(upper - x + 1.0),
        }
    }

    /// Derivative of the value by the internal coordinate.
    pub(super) fn slope(&self, place: usize, u: f64) -> f64 {
        match self.kinds[place] {
            Kind::Free => 1.0,
            Kind::Both(lower, upper) => 0.5 * (upper - lower) * maths::cos(u),
            Kind::Lower(_) => u / (u * u + 1.0).sqrt(),
            Kind::Upper(_) => -u / (u * u + 1.0).sqrt(),
        }
    }

    /// Error of the value, from an error of the internal coordinate: half the way between both ends.
    pub(super) fn error(&self, place: usize, u: f64, du: f64) -> f64 {
        let here = self.external(place, u);
        let (above, below) = (self.external(place, u + du) - here, self.external(place, u - du) - here);
        match self.kinds[place] {
            Kind::Free => du,
            // More than a quarter turn says nothing but the whole range.
            Kind::Both(lower, upper) if du > 1.0 => 0.5 * ((upper - lower) + below.abs()),
            _ => 0.5 * (above.abs() + below.abs()),
        }
    }

    /// Values of all parameters of the model at internal coordinates.
    pub(super) fn all(&self, u: &[f64]) -> Vec<f64> {
        let mut x = self.base.clone();
        for (place, (&index, &u)) in self.moving.iter().zip(u).enumerate() {
            x[index] = self.external(place, u);
        }
        x
    }

    /// Internal coordinates of the values of all parameters.
    pub(super) fn of(&self, x: &[f64]) -> Vec<f64> {
        self.moving.iter().enumerate().map(|(place, &index)| self.internal(place, x[index])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_there_and_back() {
        let parameters = [
            Parameter::new("free", 0.0),
            Parameter::new("both", 0.0).within(-2.0, 5.0),
            Parameter::new("lower", 0.0).within(-2.0, f64::INFINITY),
            Parameter::new("upper", 0.0).within(f64::NEG_INFINITY, 5.0),
        ];
        let coordinates = Coordinates::new(&parameters, vec![0, 1, 2, 3], vec![0.0; 4]);
        for x in [-1.9, -0.3, 0.0, 1.0, 4.7] {
            let u = coordinates.of(&[x; 4]);
            for (place, back) in coordinates.all(&u).into_iter().enumerate() {
                assert!((back - x).abs() < 1e-12, "{place} {x} {back}");
                // The slope against a difference quotient.
                let step = 1e-6;
                let quotient =
                    (coordinates.external(place, u[place] + step) - coordinates.external(place, u[place] - step)) / (2.0 * step);
                assert!((quotient - coordinates.slope(place, u[place])).abs() < 1e-7 * (1.0 + quotient.abs()), "{place} {x}");
            }
        }
    }

    #[test]
    fn a_value_at_a_bound_keeps_a_slope() {
        let parameters = [Parameter::new("both", 0.0).within(0.0, 10.0)];
        let coordinates = Coordinates::new(&parameters, vec![0], vec![0.0]);
        let u = coordinates.internal(0, 0.0);
        assert!(coordinates.slope(0, u) > 0.0 && coordinates.external(0, u) < 1e-4);
    }
}
