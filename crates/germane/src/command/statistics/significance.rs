//! `germane significance`.

use super::super::options::SignificanceArguments;
use super::super::print::{Console, Stop};
use super::toys::{Throw, failures};
use super::{no_result, workspace};
use germane_inference::hypothesis::asymptotic::significance as significance_of;
use germane_inference::hypothesis::{Statistic, discovery};
use germane_inference::{Options, documents};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_runs::Pool;

pub(in super::super) fn significance(console: &Console, arguments: &SignificanceArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let poi = workspace::poi(&model, &arguments.model)?;
    let name = &model.parameters()[poi].name;
    let found = discovery(&model, poi, &Options::default()).map_err(no_result)?;
    let toys = match arguments.toys.toys {
        None => None,
        Some(count) => {
            let throw = Throw { model: &model, poi, statistic: Statistic::Q0, seed: arguments.toys.seed, count };
            let pool = Pool::new(arguments.toys.threads.unwrap_or(0))?;
            let sample = throw.test(0.0, arguments.toys.keep.as_deref(), &pool)?.1.background;
            failures(console, std::iter::once(&sample));
            Some((sample.p_value(found.statistic), sample))
        }
    };
    if console.json {
        let sample = toys.as_ref().map(|(_, sample)| (sample, arguments.toys.seed));
        console.document(&documents::significance(name, &found, sample))?;
        return Ok(0);
    }
    let mut table = Table::new(&["", "significance [σ]", "p-value", "q0"]);
    table.row(vec!["observed".into(), found.significance.into(), found.p.into(), found.statistic.into()]);
    if let Some((p, _)) = &toys {
        let label = format!("observed, {} toys", p.toys);
        table.row(vec![label.into(), significance_of(p.p()).into(), p.p().into(), found.statistic.into()]);
    }
    let expected = [found.expected_significance, found.expected_p, found.expected_statistic];
    table.row(std::iter::once(format!("expected, {name} = 1").into()).chain(expected.map(Into::into)).collect());
    console.out(&table.text(Console::room()))?;
    Ok(0)
}
