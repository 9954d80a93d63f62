//! Prints the page of processors; `tools/generate.py` writes it to `docs/processors.md`.

#![allow(clippy::print_stdout)] // it is the output

fn main() {
    print!("{}", germane_signals::processors::page());
}
