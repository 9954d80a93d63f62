//! TH1, TH2, TH3 and TProfile as histograms.
//!
//! ```text
//! cells      (nx + 2) x (ny + 2) x (nz + 2), x fastest; slots 0 and n + 1 are under- and overflow
//! fSumw2     sums of squares of the weights; empty: the error of a cell is the root of its content
//! fXbins     edges, empty for bins of equal width from fXmin to fXmax
//! fLabels    bin number and text: a category axis where every bin has one
//! TProfile   contents sum w y, fSumw2 sum w y^2, fBinEntries sum w, fBinSumw2 sum w^2 (empty: sum w)
//! ```

use germane_columns::{Array, Data, Numbers};
use germane_histograms::{Axis, Histogram, StorageKind};

/// Whether a class is read here.
pub(crate) fn is_histogram(class: &str) -> bool {
    let number = class.strip_prefix("TH1").or_else(|| class.strip_prefix("TH2")).or_else(|| class.strip_prefix("TH3"));
    class == "TProfile" || number.is_some_and(|n| matches!(n, "C" | "S" | "I" | "L" | "F" | "D"))
}

/// The histogram that the members of an object describe.
pub(crate) fn from_members(class: &str, members: &Array) -> Result<Histogram, String> {
    let dimensions = match class {
        "TProfile" => 1,
        _ => class[2..3].parse::<usize>().map_err(|_| format!("class {class} has no dimension"))?,
    };
    let contents = contents(members)?;
    let squares = floats(members, "fSumw2")?;
    let mut axes = Vec::with_capacity(dimensions);
    for name in ["fXaxis", "fYaxis", "fZaxis"].into_iter().take(dimensions) {
        let axis = members.field(name).ok_or_else(|| format!("no member {name}"))?;
        axes.push(RootAxis::of(axis, contents.len())?);
    }
    let cells: usize = axes.iter().map(|axis| axis.bins.saturating_add(2)).fold(1, usize::saturating_mul);
    if contents.len() != cells {
        return Err(format!("{} cells where the axes make {cells}", contents.len()));
    }
    if !squares.is_empty() && squares.len() != cells {
        return Err(format!("{} sums of squares for {cells} cells", squares.len()));
    }
    let entries = number(members, "fEntries")?.max(0.0).round() as u64;
    if class == "TProfile" {
        let (means, variances) = profile(&contents, &squares, members)?;
        return build(&axes, &means, Some(&variances), entries);
    }
    build(&axes, &contents, if squares.is_empty() { None } else { Some(&squares) }, entries)
}

struct RootAxis {
    bins: usize,
    lower: f64,
    upper: f64,
    edges: Vec<f64>,
    title: String,
    /// One a bin, or none at all.
    labels: Vec<String>,
}

impl RootAxis {
    /// An axis of a histogram that stores so many cells.
    fn of(members: &Array, cells: usize) -> Result<Self, String> {
        let bins = number(members, "fNbins")?;
        if !(0.0..=cells as f64).contains(&bins) {
            return Err(format!("an axis of {bins} bins in a histogram of {cells} cells"));
        }
        let title = members.field("fTitle").and_then(|t| t.text(0)).unwrap_or_default().to_owned();
        let axis = Self {
            bins: bins as usize,
            lower: number(members, "fXmin")?,
            upper: number(members, "fXmax")?,
            edges: floats(members, "fXbins")?,
            title,
            labels: Vec::new(),
        };
        Ok(Self { labels: axis.labels_of(members), ..axis })
    }

    fn labels_of(&self, members: &Array) -> Vec<String> {
        let Some((_, pairs)) = members.field("fLabels").and_then(Array::as_list) else { return Vec::new() };
        let (Some(bins), Some(texts)) = (pairs.field("0").and_then(Array::as_numbers), pairs.field("1")) else {
            return Vec::new();
        };
        let mut labels = vec![String::new(); self.bins];
        for k in 0..bins.len() {
            let (bin, text) = (bins.get_f64(k) as usize, texts.text(k).unwrap_or_default());
            if let Some(label) = bin.checked_sub(1).and_then(|bin| labels.get_mut(bin)) {
                text.clone_into(label);
            }
        }
        let mut sorted: Vec<&String> = labels.iter().collect();
        sorted.sort();
        let unique = sorted.windows(2).all(|pair| pair[0] != pair[1]);
        if unique && labels.iter().all(|label| !label.is_empty()) { labels } else { Vec::new() }
    }

    fn axis(&self, underflow_is_empty: bool) -> Result<Axis, germane_histograms::Error> {
        let axis = if !self.labels.is_empty() && underflow_is_empty {
            Axis::category(self.labels.clone(), false)?
        } else if self.edges.is_empty() {
            Axis::regular(self.bins, self.lower, self.upper)?
        } else {
            Axis::variable(self.edges.clone())?
        };
        Ok(axis.named("", &self.title, ""))
    }
}

/// Cells in C order (last axis fastest), without the underflow of category axes.
fn build(axes: &[RootAxis], contents: &[f64], variances: Option<&[f64]>, entries: u64) -> Result<Histogram, String> {
    let slots: Vec<usize> = axes.iter().map(|axis| axis.bins + 2).collect();
    let strides: Vec<usize> = (0..axes.len()).map(|k| slots[..k].iter().product()).collect();
    let underflow_is_empty =
        |k: usize| (0..contents.len()).all(|i| !(i / strides[k]).is_multiple_of(slots[k]) || contents[i] == 0.0);
    let empty: Vec<bool> = (0..axes.len()).map(underflow_is_empty).collect();
    let made = axes.iter().zip(&empty).map(|(axis, &empty)| axis.axis(empty)).collect::<Result<Vec<Axis>, _>>();
    let made = made.map_err(|e| e.to_string())?;
    let first: Vec<usize> = made.iter().map(|axis| usize::from(!axis.underflow())).collect();
    let shape: Vec<usize> = made.iter().map(Axis::extent).collect();
    let order: Vec<usize> = (0..shape.iter().product())
        .map(|flat: usize| {
            let (mut rest, mut at) = (flat, 0);
            for k in (0..shape.len()).rev() {
                at += (rest % shape[k] + first[k]) * strides[k];
                rest /= shape[k];
            }
            at
        })
        .collect();
    let pick = |values: &[f64]| order.iter().map(|&i| values.get(i).copied().unwrap_or(0.0)).collect::<Vec<f64>>();
    let values = pick(contents);
    let is_count = |x: &f64| *x >= 0.0 && *x < 9e15 && x.fract() == 0.0;
    let histogram = match variances {
        Some(variances) => Histogram::from_cells(made, StorageKind::Weight, &values, Some(&pick(variances)), entries),
        None if values.iter().all(is_count) => {
            let counts: Vec<u64> = values.iter().map(|&x| x as u64).collect();
            Histogram::from_counts(made, StorageKind::Double, &counts)
        }
        None => {
            let variances: Vec<f64> = values.iter().map(|x| x.abs()).collect();
            Histogram::from_cells(made, StorageKind::Weight, &values, Some(&variances), entries)
        }
    };
    histogram.map_err(|e| e.to_string())
}

/// Mean of each cell, and the square of its error: variance of y over the effective number of entries.
fn profile(sums: &[f64], squares: &[f64], members: &Array) -> Result<(Vec<f64>, Vec<f64>), String> {
    let weights = floats(members, "fBinEntries")?;
    let weights_squared = floats(members, "fBinSumw2").unwrap_or_default();
    if weights.len() != sums.len() || squares.len() != sums.len() {
        return Err(format!("{} sums of weights for {} cells", weights.len(), sums.len()));
    }
    let cell = |i: usize| {
        let (w, w2) = (weights[i], weights_squared.get(i).copied().unwrap_or(weights[i]));
        if w == 0.0 {
            return (0.0, 0.0);
        }
        let mean = sums[i] / w;
        let variance = (squares[i] / w - mean * mean).max(0.0);
        (mean, variance * w2 / (w * w))
    };
    Ok((0..sums.len()).map(cell).unzip())
}

fn number(members: &Array, name: &str) -> Result<f64, String> {
    let found = members.field(name).and_then(Array::as_numbers).filter(|numbers| !numbers.is_empty());
    found.map(|numbers| numbers.get_f64(0)).ok_or_else(|| format!("no number {name}"))
}

fn floats(members: &Array, name: &str) -> Result<Vec<f64>, String> {
    let list = members.field(name).and_then(Array::as_list).map(|(_, items)| items);
    list.and_then(Array::as_numbers).map(Numbers::to_f64).ok_or_else(|| format!("no array {name}"))
}

/// The base class TArrayX that holds the cells.
fn contents(members: &Array) -> Result<Vec<f64>, String> {
    let Data::Struct { fields, .. } = &members.data else { return Err("no members".to_owned()) };
    let found = fields.iter().find(|(name, _)| name.starts_with("TArray"));
    let items = found.and_then(|(_, array)| array.as_list()).map(|(_, items)| items);
    items.and_then(Array::as_numbers).map(Numbers::to_f64).ok_or_else(|| "no array of cells".to_owned())
}
