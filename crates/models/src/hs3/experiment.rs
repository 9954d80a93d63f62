//! Asimov data and toys of an analysis: those of its parts, at the values that their quantities have.

use super::model::{Model, PartLikelihood};
use crate::density::{DensityToys, JointToys};
use crate::experiment::Experiment;
use crate::formula::Stack;
use crate::histfactory::Ensemble;
use crate::likelihood::Parameter;
use crate::toys::{AuxiliaryToys, Stream, expect_auxiliary};

/// Random data of an analysis at one point, by number.
#[derive(Debug)]
pub struct ModelToys {
    parts: Vec<PartToys>,
    auxiliary: AuxiliaryToys,
    /// Values of the parameters of each constraint of several, with its stream.
    joint: Vec<(Vec<f64>, Stream)>,
}

#[derive(Debug)]
enum PartToys {
    Binned(Ensemble),
    Density(DensityToys),
    Joint(JointToys),
}

impl Experiment for Model {
    type Toys = ModelToys;

    fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        let mut model = self.clone();
        let mut stack = Stack::default();
        for part in &mut model.parts {
            let inner = part.inner(x, &mut stack);
            match &mut part.likelihood {
                PartLikelihood::Binned(likelihood) => **likelihood = likelihood.expecting(&inner)?,
                PartLikelihood::Density(likelihood) => **likelihood = likelihood.expecting(&inner)?,
                PartLikelihood::Joint(likelihood) => **likelihood = likelihood.expecting(&inner)?,
            }
        }
        expect_auxiliary(&mut model.parameters, x);
        model.joint.iter_mut().for_each(|joint| joint.expect(x));
        Ok(model)
    }

    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<ModelToys, String> {
        let mut stack = Stack::default();
        let mut parts = Vec::new();
        for part in &self.parts {
            let inner = part.inner(x, &mut stack);
            parts.push(match &part.likelihood {
                PartLikelihood::Binned(likelihood) => PartToys::Binned(likelihood.toys(&inner, seed, hypothesis)?),
                PartLikelihood::Density(likelihood) => PartToys::Density(likelihood.toys(&inner, seed, hypothesis)?),
                PartLikelihood::Joint(likelihood) => PartToys::Joint(likelihood.toys(&inner, seed, hypothesis)?),
            });
        }
        let auxiliary = AuxiliaryToys::new(&self.parameters, x, seed, hypothesis);
        let joint = self.joint.iter().map(|joint| {
            let at = joint.members.iter().map(|index| x[*index]).collect();
            (at, Stream::new(seed, &joint.name, hypothesis))
        });
        Ok(ModelToys { parts, auxiliary, joint: joint.collect() })
    }

    fn take(&mut self, toys: &ModelToys, number: u64) -> Result<(), String> {
        for (part, toys) in self.parts.iter_mut().zip(&toys.parts) {
            match (&mut part.likelihood, toys) {
                (PartLikelihood::Binned(likelihood), PartToys::Binned(toys)) => likelihood.take(toys, number)?,
                (PartLikelihood::Density(likelihood), PartToys::Density(toys)) => likelihood.take(toys, number)?,
                (PartLikelihood::Joint(likelihood), PartToys::Joint(toys)) => likelihood.take(toys, number)?,
                _ => return Err("the toys are of another model".to_owned()),
            }
        }
        toys.auxiliary.take(number, &mut self.parameters);
        for (joint, (at, stream)) in self.joint.iter_mut().zip(&toys.joint) {
            joint.throw(at, stream, number);
            joint.spread(&mut self.parameters);
        }
        Ok(())
    }

    fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }
}
