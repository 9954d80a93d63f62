//! Loops over one, two, three arguments, with and without missing values.

use super::column::{Column, Operand, Span};

/// `out[i] = f(a[i])`
pub(crate) fn map1<A: Copy, R>(a: Span<'_, A>, n: usize, out: &mut Vec<R>, f: impl Fn(A) -> R)
where
    R: Clone,
{
    out.clear();
    match a {
        Span::Slice(a) => out.extend(a[..n].iter().map(|&x| f(x))),
        Span::One(x) => out.resize(n, f(x)),
        Span::Gathered(a, i) => out.extend(i[..n].iter().map(|&i| f(a[i as usize]))),
    }
}

/// `out[i] = f(a[i], b[i])`
pub(crate) fn map2<A: Copy, B: Copy, R: Clone>(
    a: Span<'_, A>,
    b: Span<'_, B>,
    n: usize,
    out: &mut Vec<R>,
    f: impl Fn(A, B) -> R,
) {
    out.clear();
    match (a, b) {
        (Span::Slice(a), Span::Slice(b)) => out.extend(a[..n].iter().zip(&b[..n]).map(|(&x, &y)| f(x, y))),
        (Span::Slice(a), Span::One(y)) => out.extend(a[..n].iter().map(|&x| f(x, y))),
        (Span::One(x), Span::Slice(b)) => out.extend(b[..n].iter().map(|&y| f(x, y))),
        (Span::One(x), Span::One(y)) => out.resize(n, f(x, y)),
        (Span::Gathered(a, i), Span::Gathered(b, j)) => {
            out.extend(i[..n].iter().zip(&j[..n]).map(|(&i, &j)| f(a[i as usize], b[j as usize])));
        }
        (Span::Slice(a), Span::Gathered(b, j)) => {
            out.extend(a[..n].iter().zip(&j[..n]).map(|(&x, &j)| f(x, b[j as usize])));
        }
        (a, b) => out.extend((0..n).map(|i| f(a.at(i), b.at(i)))),
    }
}

/// `out[i] = f(a[i], b[i], c[i])`
pub(crate) fn map3<A: Copy, B: Copy, C: Copy, R: Clone>(
    (a, b, c): (Span<'_, A>, Span<'_, B>, Span<'_, C>),
    n: usize,
    out: &mut Vec<R>,
    f: impl Fn(A, B, C) -> R,
) {
    out.clear();
    out.extend((0..n).map(|i| f(a.at(i), b.at(i), c.at(i))));
}

/// `out[i] = f(a[i], b[i], c[i], d[i])`, where the last can be missing
pub(crate) fn map4(args: &[Operand<'_>], n: usize, out: &mut Vec<f64>, f: impl Fn(f64, f64, f64, f64) -> f64) {
    let spans = [0, 1, 2, 3].map(|k| args.get(k).map_or(Span::One(0.0), |arg| arg.floats()));
    out.clear();
    if let [Span::Slice(a), Span::Slice(b), Span::Slice(c), Span::Slice(d)] = spans {
        let rest = c[..n].iter().zip(&d[..n]);
        out.extend(a[..n].iter().zip(&b[..n]).zip(rest).map(|((&a, &b), (&c, &d))| f(a, b, c, d)));
        return;
    }
    let [a, b, c, d] = spans;
    out.extend((0..n).map(|i| f(a.at(i), b.at(i), c.at(i), d.at(i))));
}

/// A value is there where all arguments are.
pub(crate) fn all_there(args: &[Operand<'_>], n: usize, out: &mut Column) {
    out.nulls = false;
    for validity in args.iter().filter_map(|arg| arg.validity()) {
        if !out.nulls {
            out.nulls = true;
            out.valid.clear();
            out.valid.resize(n, true);
        }
        match validity {
            Span::Slice(there) => out.valid.iter_mut().zip(there).for_each(|(valid, there)| *valid &= there),
            there => out.valid.iter_mut().enumerate().for_each(|(i, valid)| *valid &= there.at(i)),
        }
    }
}

/// Integers that can fail to exist: `f` gives none.
pub(crate) fn map2_checked(a: Span<'_, i64>, b: Span<'_, i64>, n: usize, out: &mut Column, f: impl Fn(i64, i64) -> Option<i64>) {
    // The mask of the arguments is in `out` already.
    out.ints.clear();
    for i in 0..n {
        let value = f(a.at(i), b.at(i));
        out.ints.push(value.unwrap_or(0));
        if value.is_none() {
            out.lose(i, n);
        }
    }
}

impl Column {
    /// Marks value `i` of `n` as missing.
    pub(crate) fn lose(&mut self, i: usize, n: usize) {
        if !self.nulls {
            self.nulls = true;
            self.valid.clear();
            self.valid.resize(n, true);
        }
        self.valid[i] = false;
    }
}
