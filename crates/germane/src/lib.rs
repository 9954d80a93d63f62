//! The facade of the Rust crates and the command
