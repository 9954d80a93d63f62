//! Minimiser, errors, intervals and the certificate of a minimum
