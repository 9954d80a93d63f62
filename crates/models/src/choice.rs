//! Densities that are one of several functions, by an index: discrete profiling.
//!
//! The index is a parameter whose value is the number of the function. -ln L gets c/2 for each free parameter of the chosen
//! function, so that functions with different numbers of parameters can be compared; c is 1 by default, half of Akaike's
//! correction. Source: P. D. Dauncey, M. Kenzie, N. Wardle, G. J. Davies, JINST 10 (2015) P04015, section 4.

use crate::likelihood::Parameter;

/// Most combinations of functions that are tried.
pub const MOST_COMBINATIONS: usize = 1000;

/// One choice between functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The parameter whose value is the number of the function.
    pub index: usize,
    /// The functions, in the order of their numbers.
    pub functions: Vec<ChoiceFunction>,
    /// What -ln L gets for two free parameters of the chosen function.
    pub correction: f64,
}

/// A function that can be chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChoiceFunction {
    /// Name.
    pub name: String,
    /// Parameters on which it depends, each once.
    pub parameters: Vec<usize>,
}

/// All choices of a likelihood.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    all: Vec<Choice>,
    /// Parameters on which something else depends, too.
    always: Vec<usize>,
}

impl Choice {
    /// The number of the function that is chosen at `x`; none if the index is no such number.
    pub fn chosen(&self, x: &[f64]) -> Option<usize> {
        let index = x[self.index];
        let known = index.fract() == 0.0 && index >= 0.0 && index < self.functions.len() as f64;
        known.then_some(index as usize)
    }

    /// Number of free parameters of a function.
    pub fn free(&self, function: usize, parameters: &[Parameter]) -> usize {
        self.functions[function].parameters.iter().filter(|index| !parameters[**index].fixed).count()
    }
}

impl Choices {
    /// Choices, and the parameters on which something beside their functions depends.
    ///
    /// # Errors
    /// In words, if the functions have more than [`MOST_COMBINATIONS`] combinations.
    pub fn new(all: Vec<Choice>, always: Vec<usize>) -> Result<Self, String> {
        let count = all.iter().try_fold(1_usize, |count, choice| count.checked_mul(choice.functions.len()));
        match count {
            Some(count) if count <= MOST_COMBINATIONS => Ok(Self { all, always }),
            _ => Err(format!("the functions have more than {MOST_COMBINATIONS} combinations, each of which would be fitted")),
        }
    }

    /// The choices.
    pub fn all(&self) -> &[Choice] {
        &self.all
    }

    /// Whether a parameter is an index.
    pub fn is_index(&self, parameter: usize) -> bool {
        self.all.iter().any(|choice| choice.index == parameter)
    }

    /// Names of the chosen functions, one a choice; `?` where the index is no number of a function.
    pub fn names(&self, x: &[f64]) -> Vec<&str> {
        let chosen = self.all.iter().map(|choice| choice.chosen(x).map(|function| choice.functions[function].name.as_str()));
        chosen.map(|name| name.unwrap_or("?")).collect()
    }

    /// What -ln L gets for the free parameters of the chosen functions; infinite where an index is no number of a function.
    pub fn penalty(&self, x: &[f64], parameters: &[Parameter]) -> f64 {
        let of = |choice: &Choice| match choice.chosen(x) {
            Some(function) => 0.5 * choice.correction * choice.free(function, parameters) as f64,
            None => f64::INFINITY,
        };
        self.all.iter().map(of).sum()
    }

    /// Which index is no number of a function, in words.
    pub fn complaint(&self, x: &[f64], parameters: &[Parameter]) -> String {
        let wrong = self.all.iter().find(|choice| choice.chosen(x).is_none());
        wrong.map_or_else(String::new, |choice| {
            let (name, last) = (&parameters[choice.index].name, choice.functions.len() - 1);
            format!("the index {name} is {}, no whole number from 0 to {last}", x[choice.index])
        })
    }

    /// Parameters on which nothing depends with the functions that are chosen at `x`, ascending.
    pub fn idle(&self, x: &[f64], parameters: &[Parameter]) -> Vec<usize> {
        let members = |function: &ChoiceFunction| function.parameters.clone();
        let mut idle: Vec<usize> = self.all.iter().flat_map(|choice| choice.functions.iter().flat_map(members)).collect();
        idle.sort_unstable();
        idle.dedup();
        let used = |index: &usize| {
            let by =
                |choice: &Choice| choice.chosen(x).is_some_and(|function| choice.functions[function].parameters.contains(index));
            self.always.contains(index) || parameters[*index].constraint.is_some() || self.all.iter().any(by)
        };
        idle.retain(|index| !used(index));
        idle
    }

    /// `x` with every combination of functions; an index that is fixed stays.
    pub fn points(&self, x: &[f64], parameters: &[Parameter]) -> Vec<Vec<f64>> {
        let mut points = vec![x.to_vec()];
        for choice in self.all.iter().filter(|choice| !parameters[choice.index].fixed) {
            let with = |point: &Vec<f64>, function: usize| {
                let mut point = point.clone();
                point[choice.index] = function as f64;
                point
            };
            let count = choice.functions.len();
            points =
                points.iter().flat_map(|point| (0..count).map(|function| with(point, function)).collect::<Vec<_>>()).collect();
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(index: usize, correction: f64, functions: &[&[usize]]) -> Choice {
        let of = |(k, parameters): (usize, &&[usize])| ChoiceFunction { name: format!("f{k}"), parameters: parameters.to_vec() };
        Choice { index, functions: functions.iter().enumerate().map(of).collect(), correction }
    }

    #[test]
    fn parameters_of_other_functions_are_idle_and_those_of_the_chosen_one_cost() {
        let parameters: Vec<Parameter> = (0..6).map(|k| Parameter::new(format!("p{k}"), 0.0)).collect();
        let both = vec![choice(0, 1.0, &[&[2], &[2, 3]]), choice(1, 0.5, &[&[4], &[5, 4, 3], &[]])];
        let choices = Choices::new(both, vec![4]).unwrap();
        let at = |one: f64, other: f64| vec![one, other, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(choices.idle(&at(0.0, 0.0), &parameters), [3, 5]);
        assert_eq!(choices.idle(&at(1.0, 2.0), &parameters), [5]);
        assert_eq!(choices.idle(&at(0.0, 1.0), &parameters), [0_usize; 0]);
        assert_eq!(choices.penalty(&at(1.0, 1.0), &parameters), 1.0 + 0.75);
        assert_eq!(choices.penalty(&at(0.5, 1.0), &parameters), f64::INFINITY);
        assert_eq!(choices.names(&at(1.0, 3.0)), ["f1", "?"]);
        let points = choices.points(&at(0.0, 0.0), &parameters);
        let indices: Vec<(f64, f64)> = points.iter().map(|point| (point[0], point[1])).collect();
        assert_eq!(indices, [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0)]);
        let mut held = parameters.clone();
        (held[0].fixed, held[3].fixed) = (true, true);
        assert_eq!(choices.points(&at(1.0, 0.0), &held).len(), 3);
        assert_eq!(choices.penalty(&at(1.0, 1.0), &held), 0.5 + 0.5);
        assert!(
            Choices::new([0, 1].map(|index| choice(index, 1.0, &[&[] as &[usize]; 40])).to_vec(), vec![])
                .unwrap_err()
                .contains("1000")
        );
    }
}
