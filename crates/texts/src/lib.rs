//! YAML and JSON trees in which every node knows its place, and the diagnostics made from them
