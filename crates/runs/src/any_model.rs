//! A model of any kind as a likelihood, and its data where they can be exchanged.

use crate::open_model::AnyModel;
use germane_models::combination::JointToys;
use germane_models::hs3;
use germane_models::{Choices, Curvature, Ensemble, Experiment, Hessian, Likelihood, Parameter, Saturated};
use germane_numerics::dense::Matrix;

/// Random data of a model of any kind.
#[derive(Debug)]
pub enum AnyToys {
    /// Of bins.
    Binned(Ensemble),
    /// Of densities.
    Densities(hs3::ModelToys),
    /// Of several models.
    Joint(JointToys),
}

/// Why tests of some models have no result.
const FIXED: &str = "the data of quadratic models are not exchanged: there are neither Asimov data nor toys of them";

impl Likelihood for AnyModel {
    fn parameters(&self) -> &[Parameter] {
        self.likelihood().parameters()
    }

    fn nll(&self, x: &[f64]) -> f64 {
        self.likelihood().nll(x)
    }

    fn evaluate(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Matrix) -> f64 {
        self.likelihood().evaluate(x, curvature, gradient, hessian)
    }

    fn new_hessian(&self) -> Hessian {
        self.likelihood().new_hessian()
    }

    fn evaluate_into(&self, x: &[f64], curvature: Curvature, gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        self.likelihood().evaluate_into(x, curvature, gradient, hessian)
    }

    fn complaint(&self, x: &[f64]) -> Option<String> {
        self.likelihood().complaint(x)
    }

    fn saturated(&self) -> Option<Saturated> {
        self.likelihood().saturated()
    }

    fn choices(&self) -> Option<&Choices> {
        self.likelihood().choices()
    }

    fn entries(&self) -> Option<f64> {
        self.likelihood().entries()
    }

    fn score_products(&self, x: &[f64]) -> Option<Matrix> {
        self.likelihood().score_products(x)
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) -> f64 {
        self.likelihood().gradient(x, out)
    }

    fn hessian(&self, x: &[f64], out: &mut Matrix) {
        self.likelihood().hessian(x, out);
    }
}

impl Experiment for AnyModel {
    type Toys = AnyToys;

    fn expecting(&self, x: &[f64]) -> Result<Self, String> {
        match self {
            Self::Binned(model) => Ok(Self::Binned(Box::new(model.expecting(x)?))),
            Self::Densities(model) => Ok(Self::Densities(Box::new(model.expecting(x)?))),
            Self::Joint(model) => Ok(Self::Joint(Box::new(model.expecting(x)?))),
            Self::Quadratic(_) => Err(FIXED.to_owned()),
        }
    }

    fn toys(&self, x: &[f64], seed: u64, hypothesis: u32) -> Result<AnyToys, String> {
        match self {
            Self::Binned(model) => Ok(AnyToys::Binned(model.toys(x, seed, hypothesis)?)),
            Self::Densities(model) => Ok(AnyToys::Densities(model.toys(x, seed, hypothesis)?)),
            Self::Joint(model) => Ok(AnyToys::Joint(model.toys(x, seed, hypothesis)?)),
            Self::Quadratic(_) => Err(FIXED.to_owned()),
        }
    }

    fn take(&mut self, toys: &AnyToys, number: u64) -> Result<(), String> {
        match (self, toys) {
            (Self::Binned(model), AnyToys::Binned(toys)) => model.take(toys, number),
            (Self::Densities(model), AnyToys::Densities(toys)) => model.take(toys, number),
            (Self::Joint(model), AnyToys::Joint(toys)) => model.take(toys, number),
            _ => Err("the toys are of another model".to_owned()),
        }
    }

    fn parameters_mut(&mut self) -> &mut [Parameter] {
        match self {
            Self::Binned(model) => model.parameters_mut(),
            Self::Densities(model) => model.parameters_mut(),
            Self::Joint(model) => model.parameters_mut(),
            Self::Quadratic(model) => model.parameters_mut(),
        }
    }
}
