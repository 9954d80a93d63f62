//! `germane fit`.

use super::super::options::FitArguments;
use super::super::print::{Console, Stop};
use super::{figures, no_result, workspace, write};
use germane_inference::minuit::{Settings, Strategy, minuit};
use germane_inference::{Fit, Minima, Minos, Options, documents, minima, minimise};
use germane_models::Likelihood;
use germane_reports::Table;
use germane_runs::Error;

pub(in super::super) fn fit(console: &Console, arguments: &FitArguments) -> Result<i32, Stop> {
    let model = workspace::model(console, &arguments.model)?;
    let likelihood = model.likelihood();
    let found = match arguments.starts {
        Some(starts) => Some(minima(likelihood, starts, arguments.seed, &Options::default()).map_err(no_result)?),
        None => None,
    };
    let start = found.as_ref().map(|found| found.best().x.clone());
    let fit = one(likelihood, arguments, start)?;
    if let Some(path) = &arguments.output {
        write(&figures::of_fit(&model, &fit, &arguments.figure), path)?;
    }
    if console.json {
        console.document(&documents::fit(&fit, found.as_ref()))?;
    } else {
        console.out(&germane_inference::table(&fit))?;
        if let Some(found) = &found {
            console.out(&format!("\n{}", minima_table(&fit, found)))?;
        }
    }
    Ok(if fit.is_valid() { 0 } else { germane_runs::exit::FIT })
}

/// The fit itself, from the lowest minimum that is known.
fn one(likelihood: &dyn Likelihood, arguments: &FitArguments, start: Option<Vec<f64>>) -> Result<Fit, Stop> {
    let minos = match arguments.minos.as_slice() {
        [] => Minos::None,
        [all] if all == "all" => Minos::All,
        names => Minos::Named(names.to_vec()),
    };
    if arguments.minuit {
        let mut settings = Settings::default();
        settings.strategy =
            Strategy::of(arguments.strategy).map_err(|number| Error::internal(format!("there is no strategy {number}")))?;
        (settings.start, settings.minos) = (start, minos);
        return Ok(minuit(likelihood, &settings));
    }
    let mut options = Options::default().minos(minos);
    (options.start, options.alone) = (start, true);
    Ok(minimise(likelihood, &options))
}

/// All minima, each with the parameters that differ most from the lowest one in units of their errors.
fn minima_table(fit: &Fit, found: &Minima) -> String {
    let mut table = Table::new(&["minimum", "ΔNLL", "-ln L", "searches", "differs most in"]);
    for (k, minimum) in found.minima.iter().enumerate() {
        let shift = |(parameter, value): (&germane_inference::FittedParameter, &f64)| {
            let unit = parameter.error.unwrap_or(1.0);
            (((value - parameter.value) / unit).abs(), parameter.name.clone(), *value)
        };
        let mut shifts: Vec<_> = fit.parameters.iter().zip(&minimum.x).map(shift).filter(|(size, ..)| *size > 0.1).collect();
        shifts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let names: Vec<String> = shifts.iter().take(3).map(|(_, name, value)| format!("{name} {value:.4}")).collect();
        let number = format!("{}{}", k + 1, if minimum.flat { " (flat)" } else { "" });
        table.row(vec![
            number.into(),
            minimum.rise.into(),
            minimum.nll.into(),
            (minimum.reached as u64).into(),
            names.join(", ").into(),
        ]);
    }
    let without = if found.without > 0 { format!("; {} ended in none", found.without) } else { String::new() };
    format!("{}{} searches{without}\n", table.text(Console::room()), found.searches)
}
