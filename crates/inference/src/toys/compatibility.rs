//! Whether channels agree on a parameter: one value for all of them against one for each.
//!
//! The statistic is 2 [L(one for all) - L(one for each)], each with all other parameters at their best (ChannelCompatibilityCheck
//! of combine). If the channels agree it is distributed as χ² with one degree of freedom less than there are channels, unless a
//! bound holds a value; toys are thrown at the best point of one value for all.

use std::ops::Range;

use germane_models::{Experiment, Likelihood, Model};
use germane_numerics::Executor;
use germane_numerics::special::chi2_survival;

use super::evaluate::Around;
use super::p_value::PValue;
use super::sample::{Failure, Sample};
use super::throw::each;
use crate::fit::{Fit, FittedParameter};
use crate::minimise::{Minos, Options, minimise};
use crate::minimum::NoResult;

/// The value of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelValue {
    /// Name of the channel.
    pub channel: String,
    /// The parameter of this channel, with its interval of the profiled likelihood.
    pub fitted: FittedParameter,
}

/// A test of the agreement of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Compatibility {
    /// The parameter with one value for all channels.
    pub common: FittedParameter,
    /// With one value for each that depends on it, in the order of the data.
    pub channels: Vec<ChannelValue>,
    /// 2 [L(one for all) - L(one for each)].
    pub statistic: f64,
    /// Channels minus one.
    pub ndof: i64,
    /// Probability of a larger statistic by χ²; none where a channel's value is at a bound.
    pub asymptotic: Option<f64>,
    /// The statistic of toys.
    pub toys: Sample,
}

impl Compatibility {
    /// p-value by toys.
    pub fn p(&self) -> PValue {
        self.toys.p_value(self.statistic)
    }
}

/// Fits one value for all channels and one for each, and throws toys at the best point of the first.
///
/// # Errors
/// If fewer than two channels depend on the parameter, it has a constraint, or a fit has no minimum.
pub fn channel_compatibility(
    model: &Model,
    parameter: usize,
    seed: u64,
    toys: Range<u64>,
    options: &Options,
    executor: &dyn Executor,
) -> Result<Compatibility, NoResult> {
    let name = model.parameters()[parameter].name.clone();
    let (apart, own) = model.by_channel(parameter).map_err(NoResult)?;
    if own.len() < 2 {
        return Err(NoResult(format!("{} of the channels depend on {name}: nothing to compare", own.len())));
    }
    let valid = |fit: Fit, which: &str| {
        if fit.is_valid() { Ok(fit) } else { Err(NoResult(format!("{which}: {} {}", fit.state.word(), fit.reason))) }
    };
    let common = valid(minimise(model, &options.clone().minos(Minos::Named(vec![name.clone()]))), "one value for all channels")?;
    // Each channel begins at the common value.
    let at = |x: &[f64]| -> Vec<f64> { x.iter().copied().chain(own.iter().map(|_| x[parameter])).collect() };
    let names = own.iter().map(|one| apart.parameters()[one.index].name.clone()).collect();
    let mut from = options.clone().minos(Minos::Named(names));
    (from.start, from.alone) = (Some(at(&common.values())), true);
    let each_own = valid(minimise(&apart, &from), "one value for each channel")?;
    let statistic = (2.0 * (common.nll - each_own.nll)).max(0.0);
    let channels: Vec<ChannelValue> = own
        .iter()
        .map(|one| ChannelValue { channel: one.channel.clone(), fitted: each_own.parameters[one.index].clone() })
        .collect();
    let ndof = channels.len() as i64 - 1;
    let bounded = channels.iter().any(|one| one.fitted.at_bound.is_some());
    let asymptotic = (!bounded).then(|| chi2_survival(statistic, ndof as f64));
    let sample = if toys.is_empty() {
        Sample { first: toys.start, toys: Vec::new() }
    } else {
        let x = common.values();
        let ensemble = model.toys(&x, seed, 0).map_err(NoResult)?;
        let around = [Around::new(model, &x, options.limits()), Around::new(&apart, &at(&x), options.limits())];
        each(
            toys,
            executor,
            || (model.clone(), apart.clone()),
            |(model, apart), number| {
                let data = ensemble.data(number);
                let taken = model.set_data(&data).and_then(|()| apart.set_data(&data));
                taken.map_err(|_| Failure::NotFinite)?;
                Ok((2.0 * (around[0].lowest(model)? - around[1].lowest(apart)?)).max(0.0))
            },
        )
    };
    let fitted = common.parameters[parameter].clone();
    Ok(Compatibility { common: fitted, channels, statistic, ndof, asymptotic, toys: sample })
}

#[cfg(test)]
mod tests {
    use super::*;
    use germane_models::workspace::{Channel, Measurement, Modifier, Sample as Template, Workspace};
    use germane_numerics::{Inline, maths};

    fn counting(counts: [f64; 3]) -> Model {
        let channel = |name: &str| Channel::new(name).sample(Template::new("s", vec![50.0]).with(Modifier::norm_factor("mu")));
        let mut workspace = Workspace::new().measurement(Measurement::new("main", Some("mu")));
        for (name, count) in ["A", "B", "C"].into_iter().zip(counts) {
            workspace = workspace.channel(channel(name), vec![count]);
        }
        workspace.model(None).unwrap()
    }

    /// 2 Σ n ln(n/mean): the ratio of Poisson likelihoods with means of their own and one mean.
    fn by_formula(counts: [f64; 3]) -> f64 {
        let mean = counts.iter().sum::<f64>() / 3.0;
        2.0 * counts.iter().map(|n| n * maths::ln(n / mean)).sum::<f64>()
    }

    #[test]
    fn channels_of_counts_are_compared_by_the_formula() {
        let counts = [41.0, 66.0, 52.0];
        let found = channel_compatibility(&counting(counts), 0, 4, 0..4000, &Options::default(), &Inline).unwrap();
        assert!((found.statistic - by_formula(counts)).abs() < 1e-9);
        assert_eq!(found.ndof, 2);
        // χ² of two degrees of freedom.
        assert!((found.asymptotic.unwrap() - maths::exp(-0.5 * by_formula(counts))).abs() < 1e-12);
        for (one, count) in found.channels.iter().zip(counts) {
            assert!((one.fitted.value - count / 50.0).abs() < 1e-9);
            assert!((one.fitted.error.unwrap() - count.sqrt() / 50.0).abs() < 1e-9);
        }
        assert!((found.common.value - 53.0 / 50.0).abs() < 1e-9);
        // Fifty events a channel: χ² is right to about a hundredth; five binomial errors of the toys.
        let p = found.p();
        assert_eq!(p.toys, 4000);
        assert!((p.ratio() - found.asymptotic.unwrap()).abs() < 0.01 + 5.0 * p.error(), "{} {:?}", p.ratio(), found.asymptotic);
    }

    #[test]
    fn toys_are_those_that_a_formula_tells() {
        let model = counting([41.0, 66.0, 52.0]);
        let found = channel_compatibility(&model, 0, 4, 10..40, &Options::default(), &Inline).unwrap();
        let ensemble = model.toys(&[53.0 / 50.0], 4, 0).unwrap();
        for (number, value) in (10..40).zip(found.toys.values()) {
            let data = ensemble.data(number).main;
            assert!((value - by_formula([data[0], data[1], data[2]])).abs() < 1e-7, "{number} {value}");
        }
    }

    #[test]
    fn one_channel_is_refused() {
        let signal = Template::new("s", vec![5.0]).with(Modifier::norm_factor("mu"));
        let workspace = Workspace::new()
            .channel(Channel::new("A").sample(signal), vec![4.0])
            .measurement(Measurement::new("main", Some("mu")));
        let found = channel_compatibility(&workspace.model(None).unwrap(), 0, 0, 0..0, &Options::default(), &Inline);
        assert!(found.unwrap_err().0.contains("nothing to compare"));
    }
}
