//! Asimov data and toys of joint models: those of the parts, and auxiliary data that are thrown once for all parts.
//!
//! Main data of part k come from streams of the seed plus k times an odd number, since channels of two parts may have one name.
//! Auxiliary data belong to the joint parameters: a shared one is thrown once, correlated ones together.

use std::any::Any;
use std::sync::Arc;

use germane_numerics::dense::{Matrix, cholesky};
use germane_numerics::special;

use super::joint::{Combination, Group};
use crate::experiment::Experiment;
use crate::likelihood::{Likelihood, Parameter};
use crate::toys::{AuxiliaryToys, Stream, expect_auxiliary};

/// An [`Experiment`] whose type is not known: a part of a joint model.
pub trait AnyExperiment: Likelihood {
    /// [`Experiment::expecting`].
    ///
    /// # Errors
    /// As there.
    fn any_expecting(&self, x: &[f64]) -> Result<Arc<dyn AnyExperiment>, String>;

    /// [`Experiment::toys`].
    ///
    /// # Errors
    /// As there.
    fn any_toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<Box<dyn Any + Send + Sync>, String>;

    /// The same model with the data of a toy, and with these auxiliary data in the constraints of some parameters.
    ///
    /// # Errors
    /// As [`Experiment::take`], and if the toys are of another model.
    fn any_taking(
        &self,
        toys: &(dyn Any + Send + Sync),
        number: u64,
        auxiliary: &[(usize, f64)],
    ) -> Result<Arc<dyn AnyExperiment>, String>;
}

impl<T: Experiment + 'static> AnyExperiment for T
where
    T::Toys: 'static,
{
    fn any_expecting(&self, x: &[f64]) -> Result<Arc<dyn AnyExperiment>, String> {
        Ok(Arc::new(self.expecting(x)?))
    }

    fn any_toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<Box<dyn Any + Send + Sync>, String> {
        Ok(Box::new(self.toys(x, seed, hypothesis)?))
    }

    fn any_taking(
        &self,
        toys: &(dyn Any + Send + Sync),
        number: u64,
        auxiliary: &[(usize, f64)],
    ) -> Result<Arc<dyn AnyExperiment>, String> {
        let toys = toys.downcast_ref::<T::Toys>().ok_or("the toys are of another model")?;
        let mut model = self.clone();
        model.take(toys, number)?;
        for &(index, datum) in auxiliary {
            if let Some(constraint) = &mut model.parameters_mut()[index].constraint {
                *constraint = constraint.with_datum(datum);
            }
        }
        Ok(Arc::new(model))
    }
}

/// Random data of a joint model at one point, by number.
pub struct JointToys {
    parts: Vec<Box<dyn Any + Send + Sync>>,
    auxiliary: AuxiliaryToys,
    groups: Vec<CorrelatedToys>,
}

impl std::fmt::Debug for JointToys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JointToys({} parts)", self.parts.len())
    }
}

/// Auxiliary data of correlated parameters.
struct CorrelatedToys {
    stream: Stream,
    /// Parameter, its value, its width.
    members: Vec<(usize, f64, f64)>,
    /// The correlation is this times its transpose.
    lower: Matrix,
}

impl CorrelatedToys {
    fn new(group: &Group, parameters: &[Parameter], x: &[f64], seed: u64, hypothesis: u32) -> Result<Self, String> {
        let singular = |_| "correlations that cannot be inverted".to_owned();
        let correlation = cholesky(group.density.precision()).map_err(singular)?.inverse();
        let lower = cholesky(&correlation).map_err(singular)?.lower().clone();
        let names: Vec<&str> = group.members.iter().map(|(index, ..)| parameters[*index].name.as_str()).collect();
        let members = group.members.iter().map(|(index, _, width)| (*index, x[*index], *width)).collect();
        Ok(Self { stream: Stream::new(seed, &names.join("\n"), hypothesis), members, lower })
    }

    fn data(&self, number: u64) -> impl Iterator<Item = (usize, f64)> {
        let quantile = |draw: usize| special::normal_quantile(self.stream.uniform(draw, number).min(1.0 - f64::EPSILON));
        let draws: Vec<f64> = (0..self.members.len()).map(quantile).collect();
        self.members.iter().enumerate().map(move |(row, (index, value, width))| {
            let pull: f64 = (0..=row).map(|column| self.lower[(row, column)] * draws[column]).sum();
            (*index, value + width * pull)
        })
    }
}

/// What the seed of one part is beyond that of the part before.
const APART: u64 = 0x9E37_79B9_7F4A_7C15;

impl Combination {
    /// Takes the auxiliary data of the joint parameters over into the terms beside those of the parts.
    fn update(&mut self) {
        for (index, constraint, _) in &mut self.surplus {
            if let Some(joint) = self.parameters[*index].constraint {
                *constraint = constraint.with_datum(joint.datum());
            }
        }
        for group in &mut self.groups {
            for (index, centre, _) in &mut group.members {
                if let Some(joint) = self.parameters[*index].constraint {
                    *centre = joint.datum();
                }
            }
        }
    }
}

impl Experiment for Combination {
    type Toys = JointToys;

    fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        let mut joint = self.clone();
        for part in &mut joint.parts {
            let of_part = |why: String| format!("model {}: {why}", part.name);
            part.likelihood = part.likelihood.any_expecting(&part.values(x)).map_err(of_part)?;
        }
        expect_auxiliary(&mut joint.parameters, x);
        joint.update();
        Ok(joint)
    }

    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<JointToys, String> {
        let mut parts = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let seed = seed.wrapping_add(APART.wrapping_mul(number as u64));
            let thrown = part.likelihood.any_toys(&part.values(x), seed, hypothesis);
            parts.push(thrown.map_err(|why| format!("model {}: {why}", part.name))?);
        }
        let groups = self.groups.iter().map(|group| CorrelatedToys::new(group, &self.parameters, x, seed, hypothesis));
        Ok(JointToys {
            parts,
            auxiliary: AuxiliaryToys::new(&self.parameters, x, seed, hypothesis),
            groups: groups.collect::<Result<_, _>>()?,
        })
    }

    fn take(&mut self, toys: &JointToys, number: u64) -> Result<(), String> {
        toys.auxiliary.take(number, &mut self.parameters);
        for (index, datum) in toys.groups.iter().flat_map(|group| group.data(number)) {
            let parameter = &mut self.parameters[index];
            if let Some(constraint) = parameter.constraint.filter(|_| !parameter.fixed) {
                parameter.constraint = Some(constraint.with_datum(datum));
            }
        }
        if self.parts.len() != toys.parts.len() {
            return Err("the toys are of another model".to_owned());
        }
        for (part, thrown) in self.parts.iter_mut().zip(&toys.parts) {
            let datum = |(index, (place, sign)): (usize, &(usize, f64))| {
                let datum = self.parameters[*place].constraint?.datum();
                // Only normal and bifurcated constraints of opposite parameters can be one.
                Some((index, sign * datum))
            };
            let auxiliary: Vec<(usize, f64)> = part.places.iter().enumerate().filter_map(datum).collect();
            part.likelihood = part.likelihood.any_taking(&**thrown, number, &auxiliary)?;
        }
        self.update();
        Ok(())
    }

    fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combination::{Correlations, Map};
    use crate::workspace::{Channel, Measurement, Modifier, Sample, Workspace};
    use germane_texts::Source;

    fn part(channel: &str) -> Arc<dyn AnyExperiment> {
        let sample = Sample::new("s", vec![40.0, 60.0])
            .with(Modifier::norm_factor("mu"))
            .with(Modifier::norm_sys("jes", 1.1, 0.9))
            .with(Modifier::norm_sys("jer", 1.05, 0.97))
            .with(Modifier::shape_sys("own", vec![5.0, 6.0]));
        let workspace = Workspace::new()
            .channel(Channel::new(channel).sample(sample), vec![41.0, 57.0])
            .measurement(Measurement::new("m", Some("mu")));
        Arc::new(workspace.model(None).unwrap())
    }

    #[test]
    fn parts_and_terms_beside_them_have_the_auxiliary_data_of_the_joint_parameters() {
        let text = "germane: 1\nmodels: {A: a.json, B: b.json}\n\
                    correlations: {same: [mu], partial: [{pair: [A.jes, B.jes], rho: -1}, {pair: [A.jer, B.jer], rho: 0.4}], default: same}\n";
        let map = Map::read(&Source::new("map.yaml", text)).unwrap();
        // Two channels of one name, and own bins that are one.
        let mut joint = map.join(&[part("SR"), part("SR")], Correlations::Given).unwrap();
        let x: Vec<f64> = joint.parameters().iter().map(|parameter| parameter.start).collect();
        let toys = joint.toys(&x, 9, 1).unwrap();
        for number in 0..4 {
            joint.take(&toys, number).unwrap();
            let datum = |place: usize| joint.parameters[place].constraint.unwrap().datum();
            for part in &joint.parts {
                for (own, (place, sign)) in part.likelihood.parameters().iter().zip(&part.places) {
                    if let Some(constraint) = own.constraint {
                        assert_eq!(constraint.datum(), sign * datum(*place), "{}", own.name);
                    }
                }
            }
            assert!(joint.surplus.iter().all(|(place, constraint, _)| constraint.datum() == datum(*place)));
            assert!(joint.groups[0].members.iter().all(|(place, centre, _)| *centre == datum(*place)));
            assert!(joint.index("jes").is_some_and(|place| datum(place) != 0.0));
        }
        // Main data of the two channels are thrown apart.
        let totals: Vec<f64> = joint.parts.iter().filter_map(|part| part.likelihood.entries()).collect();
        assert_ne!(totals[0], totals[1]);
    }
}
