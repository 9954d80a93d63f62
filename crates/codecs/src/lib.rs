//! Decompression kernels for file blocks, with every size checked first
