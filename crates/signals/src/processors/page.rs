//! The table of processors as a page of the documentation.

use super::ALL;
use crate::processor::{Parameter, Processor, Role};

/// Markdown: the arguments of each processor in the order of chains, what it does, its formula and where it comes from.
pub fn page() -> String {
    let mut page = String::from(
        "# Processors\n\nMade from the table of the program (`make gen`). Arguments stand in the order of chains; what comes out is *slanted*. \
         `w` is the waveform, `n` its length, `i` a sample from 0. A time may be given with its unit; it is counted in samples of the grid. \
         A NaN in what goes in makes all that comes out NaN, and counts 0, unless it is said otherwise.\n",
    );
    for processor in ALL {
        describe(processor, &mut page);
    }
    page
}

fn describe(processor: &Processor, page: &mut String) {
    let arguments: Vec<String> = processor.parameters.iter().map(argument).collect();
    let mut formula = String::new();
    for word in processor.formula.split_whitespace() {
        formula.push_str(word);
        formula.push(' ');
    }
    page.push_str(&format!("\n## {}\n\n`{}`({})\n\n", processor.name, processor.name, arguments.join(", ")));
    page.push_str(&format!("{}.\n\n", capital(processor.about)));
    if !processor.init.is_empty() {
        let init: Vec<String> = processor.init.iter().map(argument).collect();
        page.push_str(&format!("`init_args`: {}\n\n", init.join(", ")));
    }
    page.push_str(&format!("    {}\n\nSource: {}.\n", formula.trim_end(), processor.source));
}

fn argument(parameter: &Parameter) -> String {
    let what = match parameter.role {
        Role::Samples(n) => format!("[{n}]"),
        Role::ComplexSamples(n) => format!("[{n}] complex"),
        Role::IntegerSamples(n) => format!("[{n}] whole"),
        Role::Scalar | Role::ScalarOut => String::new(),
        Role::Constant => " constant".into(),
        Role::Integer => " whole constant".into(),
        Role::Array(n) => format!("[{n}] constant"),
        Role::Matrix(m, n) => format!("[{m}, {n}] constant"),
        Role::Letter => " letter".into(),
        Role::Text => " text".into(),
        Role::SamplesOut(n) => format!("[{n}]"),
        Role::ComplexOut(n) => format!("[{n}] complex"),
        Role::CountOut => " count".into(),
    };
    let nan = if parameter.nan_ok { " (NaN allowed)" } else { "" };
    if parameter.role.is_output() { format!("*{}*{what}{nan}", parameter.name) } else { format!("{}{what}{nan}", parameter.name) }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
