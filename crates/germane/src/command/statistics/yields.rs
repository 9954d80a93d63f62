//! `germane yields`.

use super::super::options::YieldsArguments;
use super::super::print::{Console, Stop};
use super::{figures, no_result, workspace, write};
use germane_inference::{Options, documents, minimise, postfit_yields, prefit_yields};
use germane_reports::Table;
use germane_reports::tables::Cell;

pub(in super::super) fn yields(console: &Console, arguments: &YieldsArguments) -> Result<i32, Stop> {
    let (model, axes) = workspace::model_with_axes(console, &arguments.model)?;
    let mut exit = 0;
    let found = if arguments.prefit {
        prefit_yields(&model)
    } else {
        let fit = minimise(&model, &Options::default());
        if !fit.is_valid() {
            console.note(&format!("note: the fit is not valid ({}): {}", fit.state.word(), fit.reason));
            exit = germane_runs::exit::FIT;
        }
        postfit_yields(&model, &fit).map_err(no_result)?
    };
    let observed = |channel: &str| {
        let range = model.channels().find(|(name, _)| *name == channel).map(|(_, range)| range);
        range.map_or_else(Vec::new, |range| model.observed()[range].to_vec())
    };
    if let Some(path) = &arguments.output {
        for (channel, figure) in figures::of_yields(&model, &found, &axes, arguments.log) {
            write(&figure, &figures::path_of(path, &channel, model.channels().count()))?;
        }
    }
    if console.json {
        console.document(&documents::yields(&model, arguments.prefit, &found))?;
        return Ok(exit);
    }
    let mut table = Table::new(&["channel", "bin", "sample", "yield", "observed"]);
    for one in &found {
        let sample = one.sample.as_deref().unwrap_or("all samples");
        let counts = if one.sample.is_none() { observed(&one.channel) } else { Vec::new() };
        let count = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        if arguments.bins || one.contents.len() == 1 {
            for (bin, (content, error)) in one.contents.iter().zip(&one.errors).enumerate() {
                let cells = [one.channel.as_str().into(), (bin as u64).into(), sample.into()];
                table.row(cells.into_iter().chain([Cell::Measured(*content, *error), count(counts.get(bin).copied())]).collect());
            }
        } else {
            let sum = (!counts.is_empty()).then(|| counts.iter().sum());
            let cells = [one.channel.as_str().into(), "all".into(), sample.into()];
            let total = Cell::Measured(one.contents.iter().sum(), one.total_error);
            table.row(cells.into_iter().chain([total, count(sum)]).collect());
        }
    }
    let text = match arguments.format.as_str() {
        "latex" => table.latex(),
        "html" => table.html(),
        _ => table.text(Console::room()),
    };
    console.out(&text)?;
    Ok(exit)
}
