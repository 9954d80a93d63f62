//! The expression language: text, syntax, typed graph, block evaluator
