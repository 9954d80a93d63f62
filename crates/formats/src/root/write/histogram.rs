//! TH1, TH2 and TH3 as bytes; the layout of their cells is in [`super::super::histogram`].
//!
//! ```text
//! TH1D   TH1 (8) · TArrayD            TH2D   TH2 (5): TH1, scale factor, 3 sums · TArrayD      TH3D   TH3 (6): TH1, TAtt3D, 7 sums · TArrayD
//! TH1    TNamed · TAttLine · TAttFill · TAttMarker · cells · three TAxis · bar offset and width · entries · 4 sums of statistics
//!        maximum, minimum (-1111: none) · fNormFactor · fContour · fSumw2 · fOption · fFunctions · buffer · two options
//! ```

use super::Precision;
use super::record::{MOST, Record};
use germane_histograms::{Axis, Histogram};

/// Bit of a TObject that a list owns; histograms have it in their directory.
const MUST_CLEAN_UP: u32 = 1 << 3;

/// What is written of a histogram.
pub(super) struct Cells<'a> {
    axes: Vec<RootAxis<'a>>,
    /// With flow, the first axis running fastest.
    contents: Vec<f64>,
    /// Sums of squares of the weights; empty for counts.
    squares: Vec<f64>,
    entries: f64,
    title: &'a str,
    /// What is written at the axis of contents.
    label: &'a str,
    precision: Precision,
}

struct RootAxis<'a> {
    bins: usize,
    /// All of them; equal bins are written as their ends alone.
    edges: Vec<f64>,
    equal: bool,
    labels: &'a [String],
    title: String,
}

impl<'a> RootAxis<'a> {
    fn of(axis: &'a Axis) -> Result<Self, String> {
        let edges = axis.edges();
        let bins = axis.size();
        let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else { return Err("an axis without edges".to_owned()) };
        if bins == 0 {
            return Err("an axis without bins; ROOT has none".to_owned());
        }
        if first > last {
            return Err(format!("an axis from {first} down to {last}; those of ROOT ascend"));
        }
        let labels = axis.labels().unwrap_or_default();
        if let Some(bin) = labels.iter().position(String::is_empty) {
            return Err(format!("category {bin} has an empty label, which ROOT takes for none"));
        }
        // What ROOT, uproot and this program make of the ends alone must be the same edges.
        let equal =
            !matches!(axis, Axis::Variable(_)) && Axis::regular(bins, first, last).is_ok_and(|same| same.edges() == edges);
        let name = if axis.label().is_empty() { axis.name() } else { axis.label() };
        let title = axis.unit().map_or_else(|| name.to_owned(), |unit| format!("{name} [{unit}]").trim_start().to_owned());
        Ok(Self { bins, edges, equal, labels, title })
    }

    /// The middle of each slot with flow; of under- and overflow nothing.
    fn centre(&self, slot: usize) -> Option<f64> {
        let bin = slot.checked_sub(1).filter(|bin| *bin < self.bins)?;
        Some(0.5 * self.edges[bin] + 0.5 * self.edges[bin + 1])
    }

    fn write(&self, record: &mut Record, name: &str) {
        record.object(10, |record| {
            record.tnamed(0, name, &self.title);
            record.object(4, |record| {
                record.u32(510); // fNdivisions and so on: what every new axis of ROOT has
                [1, 1, 42].into_iter().for_each(|number| record.u16(number));
                [0.005, 0.035, 0.03, 1.0, 0.035].into_iter().for_each(|size| record.f32(size));
                [1, 42].into_iter().for_each(|number| record.u16(number));
            });
            record.u32(self.bins as u32);
            record.f64(self.edges[0]);
            record.f64(self.edges[self.bins]);
            record.doubles(if self.equal { &[] } else { &self.edges });
            record.u32(0); // fFirst, fLast: all bins are shown
            record.u32(0);
            record.u16(0); // fBits2
            record.u8(0); // fTimeDisplay
            record.text("");
            if self.labels.is_empty() {
                record.null();
            } else {
                let numbered: Vec<(usize, &String)> = self.labels.iter().enumerate().collect();
                record.pointer("THashList", |record| {
                    record.list(&numbered, |record, (bin, label)| {
                        record.pointer("TObjString", |record| {
                            record.object(1, |record| {
                                record.tobject(*bin as u32 + 1, 0);
                                record.text(label);
                            });
                        });
                    });
                });
            }
            record.null(); // fModLabs
        });
    }

    /// The axis of a dimension that a histogram does not have.
    fn unused(title: &str) -> Self {
        Self { bins: 1, edges: vec![0.0, 1.0], equal: true, labels: &[], title: title.to_owned() }
    }
}

impl<'a> Cells<'a> {
    /// What ROOT shall know of a histogram; the reason if its classes cannot hold it.
    pub(super) fn of(histogram: &'a Histogram, precision: Precision) -> Result<Self, String> {
        let axes: Vec<RootAxis<'a>> = histogram.axes().iter().map(RootAxis::of).collect::<Result<_, _>>()?;
        if !(1..=3).contains(&axes.len()) {
            return Err(format!("{} axes; ROOT's histograms have one, two or three", axes.len()));
        }
        let slots: Vec<usize> = axes.iter().map(|axis| axis.bins + 2).collect();
        let cells = slots.iter().fold(1_usize, |cells, &slots| cells.saturating_mul(slots));
        if cells.saturating_mul(16) > MOST - (1 << 20) {
            return Err(format!("{cells} cells with flow: an object of ROOT has at most 1 GiB"));
        }
        let order = order(histogram, &slots);
        let place = |values: Vec<f64>| {
            let mut out = vec![0.0; cells];
            order.iter().zip(values).for_each(|(&cell, value)| out[cell] = value);
            out
        };
        let contents = place(histogram.values(true));
        let counts = histogram.unweighted() && histogram.storage_kind() != germane_histograms::StorageKind::Weight;
        let squares = histogram.variances(true).filter(|_| !counts).map(place).unwrap_or_default();
        Ok(Self {
            axes,
            contents,
            squares,
            entries: histogram.entries() as f64,
            title: &histogram.name,
            label: &histogram.label,
            precision,
        })
    }

    pub(super) fn title(&self) -> &'a str {
        self.title
    }

    pub(super) fn class(&self) -> &'static str {
        match (self.axes.len(), self.precision) {
            (1, Precision::Double) => "TH1D",
            (1, Precision::Single) => "TH1F",
            (2, Precision::Double) => "TH2D",
            (2, Precision::Single) => "TH2F",
            (_, Precision::Double) => "TH3D",
            (_, Precision::Single) => "TH3F",
        }
    }

    /// Classes beside its own that the bytes name.
    pub(super) fn labelled(&self) -> bool {
        self.axes.iter().any(|axis| !axis.labels.is_empty())
    }

    pub(super) fn write(&self, record: &mut Record, name: &str) {
        let version = if self.axes.len() == 1 { 3 } else { 4 };
        record.object(version, |record| {
            match self.axes.len() {
                1 => self.base(record, name),
                2 => record.object(5, |record| {
                    self.base(record, name);
                    record.f64(1.0); // fScalefactor
                    for along in [&[1][..], &[1, 1], &[0, 1]] {
                        record.f64(self.moment(along));
                    }
                }),
                _ => record.object(6, |record| {
                    self.base(record, name);
                    record.object(1, |_| {}); // TAtt3D
                    for along in [&[1][..], &[1, 1], &[0, 1], &[2], &[2, 2], &[0, 2], &[1, 2]] {
                        record.f64(self.moment(along));
                    }
                }),
            }
            match self.precision {
                Precision::Double => record.doubles(&self.contents),
                Precision::Single => record.floats(&self.contents),
            }
        });
    }

    fn base(&self, record: &mut Record, name: &str) {
        record.object(8, |record| {
            record.tnamed(MUST_CLEAN_UP, name, self.title);
            record.object(2, |record| [602, 1, 1].into_iter().for_each(|number| record.u16(number)));
            record.object(2, |record| [0, 1001].into_iter().for_each(|number| record.u16(number)));
            record.object(2, |record| {
                record.u16(1);
                record.u16(1);
                record.f32(1.0);
            });
            record.u32(self.contents.len() as u32);
            let unused = [RootAxis::unused(self.label), RootAxis::unused("")];
            for (axis, name) in self.axes.iter().chain(&unused).zip(["xaxis", "yaxis", "zaxis"]) {
                axis.write(record, name);
            }
            record.u16(0); // fBarOffset, fBarWidth
            record.u16(1000);
            record.f64(self.entries);
            record.f64(self.moment(&[]));
            record.f64(self.sum(&[], if self.squares.is_empty() { &self.contents } else { &self.squares }));
            record.f64(self.moment(&[0]));
            record.f64(self.moment(&[0, 0]));
            record.f64(-1111.0); // fMaximum, fMinimum: none
            record.f64(-1111.0);
            record.f64(0.0); // fNormFactor
            record.doubles(&[]); // fContour
            record.doubles(&self.squares);
            record.text(""); // fOption
            record.list(&[(); 0], |_, ()| {}); // fFunctions
            record.u32(0); // fBufferSize and fBuffer
            record.u8(0);
            record.u32(0); // fBinStatErrOpt: normal
            record.u32(2); // fStatOverflows: as the program that reads it has it
        });
    }

    fn moment(&self, along: &[usize]) -> f64 {
        self.sum(along, &self.contents)
    }

    /// Sum over the inner cells, each times its middles along these axes.
    fn sum(&self, along: &[usize], cells: &[f64]) -> f64 {
        let (mut total, mut index) = (0.0, vec![0_usize; self.axes.len()]);
        for &cell in cells {
            let inner = self.axes.iter().zip(&index).all(|(axis, &slot)| axis.centre(slot).is_some());
            if inner && cell != 0.0 {
                total +=
                    along.iter().filter_map(|&k| self.axes[k].centre(index[k])).fold(cell, |product, middle| product * middle);
            }
            for (slot, axis) in index.iter_mut().zip(&self.axes) {
                *slot += 1;
                if *slot < axis.bins + 2 {
                    break;
                }
                *slot = 0;
            }
        }
        total
    }
}

/// ROOT's cell of each cell of the histogram.
fn order(histogram: &Histogram, slots: &[usize]) -> Vec<usize> {
    let shape = histogram.shape(true);
    let first: Vec<usize> = histogram.axes().iter().map(|axis| usize::from(!axis.underflow())).collect();
    (0..shape.iter().product())
        .map(|flat: usize| {
            let (mut rest, mut index) = (flat, vec![0; shape.len()]);
            for k in (0..shape.len()).rev() {
                index[k] = rest % shape[k] + first[k];
                rest /= shape[k];
            }
            (0..shape.len()).rev().fold(0, |cell, k| cell * slots[k] + index[k])
        })
        .collect()
}
