//! `germane fit`.

use super::options::FitArguments;
use super::print::{Console, Stop};
use germane_models::Likelihood;
use germane_runs::Error;
use germane_texts::{Diagnostic, Source, nearest};

pub(super) fn fit(console: &Console, arguments: &FitArguments) -> Result<i32, Stop> {
    let source = read(&arguments.workspace)?;
    let workspace = germane_models::workspace::Workspace::read(&source).map_err(Error::text)?;
    for warning in &workspace.warnings {
        console.note(&format!("note: {warning}"));
    }
    let mut model = workspace.model(arguments.measurement.as_deref()).map_err(Error::text)?;
    for assignment in &arguments.fix {
        let (name, value) = assignment
            .split_once('=')
            .and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?)))
            .ok_or_else(|| super::usage(format!("`{assignment}` is no NAME=VALUE"), "write --fix mu=1"))?;
        if model.index(name).is_none() {
            let diagnostic = Diagnostic::new("name", format!("no parameter `{name}`"));
            let names: Vec<String> = model.parameters().iter().map(|p| p.name.clone()).collect();
            return Err(Error::text(vec![match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => diagnostic.nearest(near),
                None => diagnostic.advice(format!("there are {}", names.join(", "))),
            }])
            .into());
        }
        model = model.fix(name, value).map_err(|message| super::usage(message, "write --fix NAME=VALUE"))?;
    }
    if arguments.data == "asimov" {
        let expected = model.asimov(&model.start());
        model = model.with_data(&expected).map_err(Error::internal)?;
    }
    let fit = germane_inference::minimise(&model, &germane_inference::Options::default());
    if console.json {
        console.document(&serde_json::to_value(&fit).map_err(|e| Error::internal(e.to_string()))?)?;
    } else {
        console.out(&germane_inference::table(&fit))?;
    }
    Ok(if fit.is_valid() { 0 } else { germane_runs::exit::FIT })
}

/// A workspace from a file or standard input.
fn read(name: &str) -> Result<Source, Error> {
    let text = if name == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(name) };
    match text {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => Err(Error::input(vec![Diagnostic::new("file", format!("{name}: {error}"))])),
    }
}
