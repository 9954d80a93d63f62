//! What Minuit takes for the precision of the function.

/// Relative precision of the function.
pub(super) const EPS: f64 = 4.0 * f64::EPSILON;

/// Twice its square root: relative size of steps below which nothing can be seen (2·√EPS).
pub(super) const EPS2: f64 = 5.960_464_477_539_063e-8;

#[cfg(test)]
mod tests {
    #[test]
    fn the_second_is_twice_the_root_of_the_first() {
        assert_eq!(super::EPS2, 2.0 * super::EPS.sqrt());
    }
}
