//! Exact sums, special functions, vector maths, dense algebra: the same bits everywhere
