//! Likelihood descriptions, their readers and writers, and the compiled likelihood
