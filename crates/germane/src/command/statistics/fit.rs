//! `germane fit`.

use super::super::options::FitArguments;
use super::super::print::{Console, Stop};
use super::workspace;
use germane_inference::{Minos, Options, minimise};
use germane_runs::Error;

pub(in super::super) fn fit(console: &Console, arguments: &FitArguments) -> Result<i32, Stop> {
    let model = workspace::any_model(console, &arguments.model)?;
    let minos = match arguments.minos.as_slice() {
        [] => Minos::None,
        [all] if all == "all" => Minos::All,
        names => Minos::Named(names.to_vec()),
    };
    let fit = minimise(model.likelihood(), &Options::default().minos(minos));
    if console.json {
        console.document(&serde_json::to_value(&fit).map_err(|e| Error::internal(e.to_string()))?)?;
    } else {
        console.out(&germane_inference::table(&fit))?;
    }
    Ok(if fit.is_valid() { 0 } else { germane_runs::exit::FIT })
}
