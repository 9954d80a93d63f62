//! Transforms of products: leaves of one factor, then passes that combine them.

use super::LARGEST_DIRECT;
use super::complex::Complex;
use super::prime::Direct;
use super::roots::root;
use crate::simd;

/// Transform of a large prime length.
pub(super) trait LargePrime {
    fn room(&self) -> usize;
    fn forward<const W: usize>(&self, x: impl Fn(usize) -> Complex<W>, out: &mut [Complex<W>], room: &mut [Complex<W>]);
}

/// No large primes are left.
#[derive(Clone, Debug)]
pub(super) enum NoneLeft {}

impl LargePrime for NoneLeft {
    fn room(&self) -> usize {
        match *self {}
    }

    #[inline(always)]
    fn forward<const W: usize>(&self, _: impl Fn(usize) -> Complex<W>, _: &mut [Complex<W>], _: &mut [Complex<W>]) {
        match *self {}
    }
}

impl Factored<NoneLeft> {
    /// Transform of one sequence.
    pub(super) fn spectrum(&self, x: &[Complex<1>]) -> Vec<(f64, f64)> {
        let (mut out, mut room) = (vec![Complex::default(); self.length], vec![Complex::default(); self.room]);
        self.forward(|j| x[j], &mut out, &mut room);
        out.iter().map(|value| (value.re[0], value.im[0])).collect()
    }

    /// Cyclic convolution of `first` with what has the transform `spectrum` (divided by the length), its parts exchanged, in
    /// `second`; the first bin of the transform of `first` comes back. Compiled once for each kind of registers: it is large.
    #[inline(never)]
    pub(super) fn convolve<const W: usize>(
        &self,
        spectrum: &[(f64, f64)],
        first: &mut [Complex<W>],
        second: &mut [Complex<W>],
        room: &mut [Complex<W>],
    ) -> Complex<W> {
        struct Pass<'a, const W: usize> {
            plan: &'a Factored<NoneLeft>,
            spectrum: &'a [(f64, f64)],
            first: &'a mut [Complex<W>],
            second: &'a mut [Complex<W>],
            room: &'a mut [Complex<W>],
        }
        impl<const W: usize> simd::Work for Pass<'_, W> {
            type Output = Complex<W>;

            #[inline(always)]
            fn run(self) -> Complex<W> {
                let Self { plan, spectrum, first, second, room } = self;
                let mut bin = Complex::default();
                for backwards in [false, true] {
                    plan.forward(|j| first[j], second, room);
                    if !backwards {
                        bin = second[0];
                        // Backwards: the forward transform of the exchanged parts, exchanged.
                        for ((first, second), &factor) in first.iter_mut().zip(second.iter()).zip(spectrum) {
                            *first = second.times(factor).exchanged();
                        }
                    }
                }
                bin
            }
        }
        simd::wide(Pass { plan: self, spectrum, first, second, room })
    }
}

/// Transform of one factor.
#[derive(Clone, Debug)]
enum Factor<L> {
    One,
    Two,
    Three,
    Four,
    Five,
    Direct(Direct),
    Large(usize, L),
}

impl<L: LargePrime> Factor<L> {
    fn length(&self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Five => 5,
            Self::Direct(direct) => direct.length(),
            Self::Large(length, _) => *length,
        }
    }

    fn room(&self) -> usize {
        match self {
            Self::Direct(direct) => direct.room(),
            Self::Large(_, large) => large.room(),
            _ => 0,
        }
    }
}

/// One pass: blocks of `factor` times `part` elements are made of `factor` transforms of `part` elements.
#[derive(Clone, Debug)]
struct Pass<L> {
    factor: Factor<L>,
    part: usize,
    /// `exp(-2 pi i q k / (factor * part))` for `q` from 1 on, for each `k < part`
    roots: Vec<(f64, f64)>,
}

/// Plan of one length; primes beyond the direct ones are transformed by `L`.
#[derive(Clone, Debug)]
pub(super) struct Factored<L> {
    length: usize,
    leaf: Factor<L>,
    /// first element of each leaf; the next ones lie `length / leaf` apart
    starts: Vec<usize>,
    /// from small blocks to the whole
    passes: Vec<Pass<L>>,
    room: usize,
}

/// Prime factors, fours taken together, the largest last.
pub(super) fn factors(mut n: usize) -> Vec<usize> {
    let mut found = Vec::new();
    while n.is_multiple_of(4) {
        found.push(4);
        n /= 4;
    }
    let mut prime = 2;
    while prime * prime <= n {
        while n.is_multiple_of(prime) {
            found.push(prime);
            n /= prime;
        }
        prime += 1;
    }
    if n > 1 {
        found.push(n);
    }
    found.sort_unstable();
    found
}

impl<L: LargePrime> Factored<L> {
    pub(super) fn new(length: usize, large: impl Fn(usize) -> L) -> Self {
        let factor = |f: usize| match f {
            1 => Factor::One,
            2 => Factor::Two,
            3 => Factor::Three,
            4 => Factor::Four,
            5 => Factor::Five,
            prime if prime <= LARGEST_DIRECT => Factor::Direct(Direct::new(prime)),
            prime => Factor::Large(prime, large(prime)),
        };
        let mut outer = factors(length);
        let leaf = factor(outer.pop().unwrap_or(1));
        // The first of `outer` is the whole's: leaf (q1, q2, …), q1 counting slowest, starts at q1 + r1 (q2 + r2 (q3 + …)).
        let mut starts = vec![0];
        let mut stride = 1;
        for &r in &outer {
            starts = starts.iter().flat_map(|&start| (0..r).map(move |q| start + stride * q)).collect();
            stride *= r;
        }
        let mut passes = Vec::new();
        let mut part = leaf.length();
        for &r in outer.iter().rev() {
            let roots = (0..part).flat_map(|k| (1..r).map(move |q| (q, k))).map(|(q, k)| root(q * k, r * part)).collect();
            passes.push(Pass { factor: factor(r), part, roots });
            part *= r;
        }
        let needs = |factor: &Factor<L>| 2 * factor.length() + factor.room();
        let room = passes.iter().map(|pass| needs(&pass.factor)).chain([needs(&leaf)]).max().unwrap_or(0);
        Self { length, leaf, starts, passes, room }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn room(&self) -> usize {
        self.room
    }

    #[inline(always)]
    pub(super) fn forward<const W: usize>(
        &self,
        x: impl Fn(usize) -> Complex<W>,
        out: &mut [Complex<W>],
        room: &mut [Complex<W>],
    ) {
        let out = &mut out[..self.length];
        let stride = self.starts.len();
        let leaves = self.starts.iter();
        match &self.leaf {
            Factor::One => out[0] = x(0),
            Factor::Two => leaves.zip(out.chunks_exact_mut(2)).for_each(|(s, out)| {
                out.copy_from_slice(&two([x(*s), x(s + stride)]));
            }),
            Factor::Three => leaves.zip(out.chunks_exact_mut(3)).for_each(|(s, out)| {
                out.copy_from_slice(&three([x(*s), x(s + stride), x(s + 2 * stride)]));
            }),
            Factor::Four => leaves.zip(out.chunks_exact_mut(4)).for_each(|(s, out)| {
                out.copy_from_slice(&four([x(*s), x(s + stride), x(s + 2 * stride), x(s + 3 * stride)]));
            }),
            Factor::Five => leaves.zip(out.chunks_exact_mut(5)).for_each(|(s, out)| {
                out.copy_from_slice(&five([x(*s), x(s + stride), x(s + 2 * stride), x(s + 3 * stride), x(s + 4 * stride)]));
            }),
            Factor::Direct(direct) => leaves.zip(out.chunks_exact_mut(direct.length())).for_each(|(s, out)| {
                direct.forward(|j| x(s + j * stride), out, room);
            }),
            Factor::Large(length, large) => leaves.zip(out.chunks_exact_mut(*length)).for_each(|(s, out)| {
                large.forward(|j| x(s + j * stride), out, room);
            }),
        }
        for pass in &self.passes {
            let (m, roots) = (pass.part, &pass.roots);
            let blocks = out.chunks_exact_mut(m * pass.factor.length());
            match &pass.factor {
                Factor::One => {}
                Factor::Two => blocks.for_each(|block| small::<2, W>(block, m, roots, two)),
                Factor::Three => blocks.for_each(|block| small::<3, W>(block, m, roots, three)),
                Factor::Four => blocks.for_each(|block| small::<4, W>(block, m, roots, four)),
                Factor::Five => blocks.for_each(|block| small::<5, W>(block, m, roots, five)),
                Factor::Direct(direct) => {
                    let p = direct.length();
                    blocks.for_each(|block| any(block, m, p, roots, room, |x, out, room| direct.forward(|j| x[j], out, room)));
                }
                Factor::Large(p, large) => {
                    blocks.for_each(|block| any(block, m, *p, roots, room, |x, out, room| large.forward(|j| x[j], out, room)));
                }
            }
        }
    }
}

/// Combines `R` parts of `m` elements by a formula.
#[inline(always)]
fn small<const R: usize, const W: usize>(
    block: &mut [Complex<W>],
    m: usize,
    roots: &[(f64, f64)],
    formula: impl Fn([Complex<W>; R]) -> [Complex<W>; R],
) {
    for (k, roots) in roots.chunks_exact(R - 1).enumerate().take(m) {
        let mut x = [Complex::default(); R];
        x[0] = block[k];
        for q in 1..R {
            x[q] = block[q * m + k].times(roots[q - 1]);
        }
        for (q, value) in formula(x).into_iter().enumerate() {
            block[q * m + k] = value;
        }
    }
}

/// Combines `p` parts of `m` elements by any transform of `p` elements.
#[inline(always)]
fn any<const W: usize>(
    block: &mut [Complex<W>],
    m: usize,
    p: usize,
    roots: &[(f64, f64)],
    room: &mut [Complex<W>],
    transform: impl Fn(&[Complex<W>], &mut [Complex<W>], &mut [Complex<W>]),
) {
    let (x, room) = room.split_at_mut(p);
    let (y, room) = room.split_at_mut(p);
    for (k, roots) in roots.chunks_exact(p - 1).enumerate().take(m) {
        x[0] = block[k];
        for q in 1..p {
            x[q] = block[q * m + k].times(roots[q - 1]);
        }
        transform(x, y, room);
        for q in 0..p {
            block[q * m + k] = y[q];
        }
    }
}

#[inline(always)]
fn two<const W: usize>([a, b]: [Complex<W>; 2]) -> [Complex<W>; 2] {
    [a.plus(b), a.minus(b)]
}

#[inline(always)]
fn three<const W: usize>([a, b, c]: [Complex<W>; 3]) -> [Complex<W>; 3] {
    const SIN: f64 = 0.866_025_403_784_438_6;
    let (sum, difference) = (b.plus(c), b.minus(c).scaled(SIN));
    let middle = a.plus_scaled(sum, -0.5);
    [a.plus(sum), middle.minus_turned(difference), middle.plus_turned(difference)]
}

#[inline(always)]
fn four<const W: usize>([a, b, c, d]: [Complex<W>; 4]) -> [Complex<W>; 4] {
    let (ac, a_c, bd, b_d) = (a.plus(c), a.minus(c), b.plus(d), b.minus(d));
    [ac.plus(bd), a_c.minus_turned(b_d), ac.minus(bd), a_c.plus_turned(b_d)]
}

#[inline(always)]
fn five<const W: usize>([a, b, c, d, e]: [Complex<W>; 5]) -> [Complex<W>; 5] {
    // Cosines and sines of a fifth and of two fifths of the circle.
    const COS: (f64, f64) = (0.309_016_994_374_947_45, -0.809_016_994_374_947_5);
    const SIN: (f64, f64) = (0.951_056_516_295_153_5, 0.587_785_252_292_473_1);
    let (be, b_e, cd, c_d) = (b.plus(e), b.minus(e), c.plus(d), c.minus(d));
    let one = a.plus_scaled(be, COS.0).plus_scaled(cd, COS.1);
    let two = a.plus_scaled(be, COS.1).plus_scaled(cd, COS.0);
    let turn_one = b_e.scaled(SIN.0).plus_scaled(c_d, SIN.1);
    let turn_two = b_e.scaled(SIN.1).plus_scaled(c_d, -SIN.0);
    [
        a.plus(be).plus(cd),
        one.minus_turned(turn_one),
        two.minus_turned(turn_two),
        two.plus_turned(turn_two),
        one.plus_turned(turn_one),
    ]
}
