//! No text meets another or leaves the canvas, whatever is drawn; labels and legends are always there.

use germane_numerics::random::Philox4x32;
use germane_reports::figure::Figure;
use germane_reports::recipes::{Contents, Curve, DataMc, Fit, Histogram, Overlay, Process, Pulls, Quantity, Recipe, Templates};
use germane_reports::{png, svg, text_boxes, warnings};

/// Random numbers of the house, so that the figures are the same every time.
struct Dice {
    generator: Philox4x32,
    counter: u64,
}

impl Dice {
    fn share(&mut self) -> f64 {
        self.counter += 1;
        let words = self.generator.words([self.counter as u32, (self.counter >> 32) as u32, 0, 0]);
        f64::from(words[0]) / 4294967296.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.share() * n as f64) as usize
    }

    fn name(&mut self) -> String {
        let words = [
            "$t\\bar{t}$",
            "W + jets",
            "signal",
            "staterror_more_jets",
            "a rather long name of a sample",
            "$Z/\\gamma^*$",
            "jes",
            "μμ",
        ];
        let count = 1 + self.below(3);
        (0..count).map(|_| words[self.below(words.len())]).collect::<Vec<_>>().join(" ")
    }

    fn edges(&mut self) -> Vec<f64> {
        let bins = 1 + self.below(60);
        let (low, width) = ([0.0, -3.0, 60.0, 1e6, 1e-6][self.below(5)], [0.1, 1.0, 12.5, 1e5, 1e-7][self.below(5)]);
        let uneven = self.below(3) == 0;
        let mut edges = vec![low];
        for _ in 0..bins {
            let step = if uneven { width * (0.2 + self.share()) } else { width };
            edges.push(edges[edges.len() - 1] + step);
        }
        edges
    }

    fn values(&mut self, bins: usize) -> Vec<f64> {
        let scale = [0.01, 1.0, 40.0, 3e6][self.below(4)];
        (0..bins)
            .map(|_| match self.below(12) {
                0 => 0.0,
                1 => -0.2 * scale,
                2 if scale < 1.0 => f64::NAN,
                _ => scale * self.share(),
            })
            .collect()
    }

    fn figure(&mut self) -> Figure {
        let edges = self.edges();
        let bins = edges.len() - 1;
        let x = Quantity::new(&self.name(), [None, Some("GeV"), Some("mm")][self.below(3)]);
        let counts = |values: Vec<f64>| Contents::counts(&edges, &values.iter().map(|v| v.abs().round()).collect::<Vec<_>>());
        let mut figure = match self.below(6) {
            0 => {
                let data = counts(self.values(bins));
                let density = self.values(bins + 1);
                let expected = self.values(bins);
                let curve = Curve { name: self.name(), x: edges.clone(), density };
                let lines = (0..self.below(4)).map(|_| self.name()).collect();
                let components = (0..self.below(4)).map(|_| Curve { name: self.name(), ..curve.clone() }).collect();
                Fit { data, model: curve.clone(), components, expected, x, lines, ..Fit::default() }.figure()
            }
            1 | 2 => {
                let processes = (0..=self.below(20))
                    .map(|_| Process { name: self.name(), values: self.values(bins), variances: self.values(bins) })
                    .collect();
                let data = if self.below(3) > 0 { Some(counts(self.values(bins))) } else { None };
                let log = self.below(2) == 0;
                DataMc { edges: edges.clone(), processes, data, x, log, ..DataMc::default() }.figure()
            }
            3 => {
                let variations = (0..=self.below(3)).map(|_| (self.name(), self.values(bins), self.values(bins))).collect();
                Templates { nominal: counts(self.values(bins)), variations, x, lines: vec![self.name()], ..Templates::default() }
                    .figure()
            }
            4 => {
                let rows = 1 + self.below(40);
                let names = (0..rows).map(|_| self.name()).collect();
                Pulls { names, pulls: self.values(rows), errors: self.values(rows) }.figure()
            }
            _ => {
                let histograms: Vec<_> = (0..=self.below(8)).map(|_| (self.name(), counts(self.values(bins)))).collect();
                if self.below(2) == 0 {
                    Overlay { histograms, x, log: self.below(2) == 0, ..Overlay::default() }.figure()
                } else {
                    Histogram { histograms, x, log: self.below(2) == 0, ..Histogram::default() }.figure()
                }
            }
        };
        if self.below(3) == 0 {
            figure.labels.experiment = Some("CMS".into());
            figure.labels.status = Some(self.name());
            figure.labels.right = Some("138 fb$^{-1}$ (13 TeV)".into());
        }
        if self.below(3) == 0 && figure.kind != "pulls" {
            figure.size = [[3.0, 3.0], [4.0, 8.0], [12.0, 4.0]][self.below(3)];
        }
        ["germane", "CMS", "ATLAS", "LHCb"][self.below(4)].clone_into(&mut figure.style);
        figure
    }
}

fn figures(count: usize) -> Vec<Figure> {
    let mut dice = Dice { generator: Philox4x32::new([8, 0]), counter: 0 };
    (0..count).map(|_| dice.figure()).collect()
}

#[test]
fn no_text_meets_another_or_leaves_the_canvas() {
    for (i, figure) in figures(200).iter().enumerate() {
        let boxes = text_boxes(figure);
        let (width, height) = (72.0 * figure.size[0], 72.0 * figure.size[1]);
        for (k, (words, area)) in boxes.iter().enumerate() {
            let inside = area.x >= -0.1 && area.y >= -0.1 && area.right() <= width + 0.1 && area.bottom() <= height + 0.1;
            assert!(inside, "figure {i} ({}): `{words}` leaves the canvas: {area:?}", figure.kind);
            for (others, other) in &boxes[k + 1..] {
                assert!(!area.overlaps(other), "figure {i} ({}): `{words}` meets `{others}`", figure.kind);
            }
        }
    }
}

#[test]
fn labels_legends_and_numbers_are_always_there() {
    for (i, figure) in figures(200).iter().enumerate() {
        let missing = warnings(figure);
        assert!(missing.is_empty(), "figure {i} ({} {:?}): {missing:?}", figure.kind, figure.size);
        let boxes = text_boxes(figure);
        let numbers = boxes.iter().filter(|(words, _)| words.starts_with(|c: char| c.is_ascii_digit() || c == '−')).count();
        assert!(numbers >= 2, "figure {i} ({}) has only {numbers} numbers at its axes", figure.kind);
    }
}

#[test]
fn the_same_figure_has_the_same_bytes_in_every_thread() {
    let figures = figures(5);
    let draw = |figures: &[Figure]| -> Vec<(String, Vec<u8>)> { figures.iter().map(|f| (svg(f), png(f).unwrap())).collect() };
    let first = draw(&figures);
    let again = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| draw(&figures))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(again.iter().all(|pictures| *pictures == first));
}

#[test]
fn figures_that_are_hardly_figures_are_drawn_too() {
    let mut empty = Figure::new("fit", [f64::NAN, -3.0]);
    assert!(svg(&empty).contains("<svg"));
    empty.panels = Histogram::default().figure().panels;
    assert!(png(&empty).is_ok());
    let contents = Contents::counts(&[f64::NAN, f64::INFINITY, 3.0], &[f64::NAN, f64::INFINITY]);
    let figure = Histogram { histograms: vec![("h".into(), contents)], ..Histogram::default() }.figure();
    assert!(png(&figure).is_ok());
    let mut long = figure.clone();
    long.size = [4.0, 400.0];
    assert!(png(&long).is_ok());
}
