//! Bytes to columns and histograms, one folder a format
