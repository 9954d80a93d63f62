//! The `germane` command.
#![forbid(unsafe_code)]

fn main() {
    std::process::exit(germane::command::main(std::env::args_os()));
}
