//! A density that a histogram gives: constant in its bins (order 0), or linear between their centres (order 1). It has no
//! arguments.
//!
//! The height of a bin is its content over its width. With order 1, outside the first and the last centre the density keeps their
//! heights, as a histogram does that is mirrored at its edges. Beyond the edges it is 0.

use super::jet::Jet;

/// How a histogram is read between the centres of its bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Constant in each bin.
    #[default]
    Constant,
    /// Linear between the centres.
    Linear,
}

/// Straight pieces: their ends, and the height at each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    pieces: Vec<[f64; 4]>,
}

impl Histogram {
    /// # Errors
    /// In words: edges that do not ascend, another number of contents, contents that are negative or not finite, or all 0.
    pub(super) fn new(edges: &[f64], contents: &[f64], order: Order) -> Result<Self, String> {
        if edges.len() != contents.len() + 1 || contents.is_empty() {
            return Err(format!("a histogram of {} bins with {} edges", contents.len(), edges.len()));
        }
        if !edges.windows(2).all(|pair| pair[0] < pair[1]) || edges.iter().any(|edge| !edge.is_finite()) {
            return Err("the edges of a histogram must ascend".to_owned());
        }
        if let Some(bin) = contents.iter().position(|content| !(*content >= 0.0 && content.is_finite())) {
            return Err(format!("the content of bin {bin} is {}", contents[bin]));
        }
        if contents.iter().all(|content| *content == 0.0) {
            return Err("a histogram without content is no density".to_owned());
        }
        let heights: Vec<f64> = edges.windows(2).zip(contents).map(|(bin, content)| content / (bin[1] - bin[0])).collect();
        let pieces = match order {
            Order::Constant => edges.windows(2).zip(&heights).map(|(bin, &y)| [bin[0], bin[1], y, y]).collect(),
            Order::Linear => {
                let mut nodes = vec![(edges[0], heights[0])];
                nodes.extend(edges.windows(2).zip(&heights).map(|(bin, &y)| (0.5 * (bin[0] + bin[1]), y)));
                nodes.push((edges[contents.len()], heights[contents.len() - 1]));
                nodes.windows(2).map(|pair| [pair[0].0, pair[1].0, pair[0].1, pair[1].1]).collect()
            }
        };
        Ok(Self { pieces })
    }

    pub(super) fn density(&self, x: f64, out: &mut Jet) {
        *out = Jet { value: self.value(x), ..Jet::ZERO };
    }

    pub(super) fn value(&self, x: f64) -> f64 {
        let after = self.pieces.partition_point(|piece| piece[0] <= x);
        match after.checked_sub(1).map(|place| self.pieces[place]) {
            Some(piece) if x <= piece[1] => height(piece, x),
            _ => 0.0,
        }
    }

    pub(super) fn integral(&self, low: f64, high: f64, out: &mut Jet) {
        let first = self.pieces.partition_point(|piece| piece[1] <= low);
        let mut sum = 0.0;
        for &piece in self.pieces[first..].iter().take_while(|piece| piece[0] < high) {
            let (from, to) = (low.max(piece[0]), high.min(piece[1]));
            sum += 0.5 * (to - from) * (height(piece, from) + height(piece, to));
        }
        *out = Jet { value: sum, ..Jet::ZERO };
    }
}

fn height([x0, x1, y0, y1]: [f64; 4], x: f64) -> f64 {
    let t = (x - x0) / (x1 - x0);
    (1.0 - t) * y0 + t * y1
}
