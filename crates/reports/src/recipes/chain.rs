//! `chain`: the waveform after every step of a processing chain, one below the other, with what was found on each.

use super::{Quantity, Recipe, significant_formula};
use crate::figure::{Axes, Axis, Beside, Figure, Layer, Line, Look, Panel, Points, Straight};

/// A waveform of a chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stage {
    /// Its name in the chain.
    pub name: String,
    /// Unit of the samples.
    pub unit: Option<String>,
    /// Time of each sample.
    pub x: Vec<f64>,
    /// The samples.
    pub y: Vec<f64>,
    /// What was found on it.
    pub marks: Vec<Mark>,
}

/// Something that was found on a waveform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Its name in the chain.
    pub name: String,
    /// What it is.
    pub place: Place,
    /// Unit of a height or a number.
    pub unit: Option<String>,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// at times: a vertical line each, and a point where it meets the waveform
    Times(Vec<f64>),
    /// a height at a time
    Point(f64, f64),
    /// a height
    Height(f64),
    /// a number that is on no axis
    Number(f64),
}

impl Default for Place {
    fn default() -> Self {
        Self::Number(f64::NAN)
    }
}

/// Inputs of a `chain` figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    /// What stands above the frame.
    pub title: String,
    /// From top to bottom.
    pub stages: Vec<Stage>,
    /// The time.
    pub time: Quantity,
}

/// Share of the range of the samples that stays free above and below.
const MARGIN: f64 = 0.08;
/// Width of the picture, height of a panel, height of all else, in inches.
const SIZE: [f64; 3] = [12.0, 1.65, 0.9];
/// Colour of waveforms, the same in every panel.
const WAVEFORM: &str = "#3f90da";
/// Colours of marks, one after the other.
const COLOURS: [&str; 9] = ["#ffa90e", "#bd1f01", "#832db6", "#717581", "#e76300", "#a96b59", "#0b7d6c", "#b9ac70", "#94a4a2"];
/// Marks that have room beside a panel; one with more is higher.
const MARKS: f64 = 9.0;

impl Recipe for Chain {
    const KIND: &'static str = "chain";
    const ABOUT: &'static str = "the waveform after every step of a chain, with the time points and values found on it";

    fn figure(&self) -> Figure {
        let panels: f64 = self.stages.iter().map(|stage| (stage.marks.len() as f64 / MARKS).max(1.0)).sum();
        let mut figure = Figure::new(Self::KIND, [SIZE[0], SIZE[1] * panels.max(1.0) + SIZE[2]]);
        figure.labels.title = (!self.title.is_empty()).then(|| self.title.clone());
        let all = self.stages.iter().flat_map(|stage| &stage.x);
        let (first, last) = ends(all);
        let x = if first < last { self.time.axis(&[first, last]) } else { self.time.axis(&[]) };
        figure.panels = self.stages.iter().map(|stage| stage.panel(x.clone(), &self.time)).collect();
        figure
    }
}

impl Stage {
    fn panel(&self, x: Axis, time: &Quantity) -> Panel {
        let mut y = Axis { label: self.name.clone(), unit: self.unit.clone(), ..Axis::default() };
        let (low, high) = ends(&self.y);
        if low < high {
            let free = MARGIN * (high - low);
            (y.low, y.high) = (Some(low - free), Some(high + free));
        }
        let look = Look::role("model").named(&self.name).colour(WAVEFORM);
        let mut layers = vec![Layer::Line(Line { look, x: self.x.clone(), y: self.y.clone() })];
        let mut entries = Vec::new();
        let mut shown = 0;
        for mark in &self.marks {
            let text = mark.text(time);
            let look = |name: &str| Look::role("reference").named(name).colour(COLOURS[shown % COLOURS.len()]);
            let holds = |value: f64| y.low.is_none_or(|low| value >= low) && y.high.is_none_or(|high| value <= high);
            let point = |x: Vec<f64>, values: Vec<f64>| Points { look: look(&text), x, values, ..Points::default() };
            match &mark.place {
                Place::Times(times) if times.iter().any(|time| time.is_finite()) => {
                    for at in times.iter().copied().filter(|at| at.is_finite()) {
                        layers.push(Layer::Vline(Straight { look: look("").pattern("dotted"), at }));
                    }
                    let heights = times.iter().map(|time| self.height(*time)).collect();
                    layers.push(Layer::Points(point(times.clone(), heights)));
                }
                Place::Point(time, value) if time.is_finite() && holds(*value) => {
                    layers.push(Layer::Points(Points { hollow: true, ..point(vec![*time], vec![*value]) }));
                }
                Place::Height(value) if holds(*value) => {
                    layers.push(Layer::Hline(Straight { look: look(&text).pattern("dashed"), at: *value }));
                }
                _ => {
                    // No place in this frame: the number alone is told.
                    entries.push(text);
                    continue;
                }
            }
            shown += 1;
            entries.push(text);
        }
        layers.push(Layer::Beside(Beside { entries }));
        Panel { kind: "main".into(), axes: Axes { x, y, top: None }, layers }
    }

    /// The waveform at a time, linear between samples; NaN outside.
    fn height(&self, time: f64) -> f64 {
        let after = self.x.partition_point(|x| *x <= time);
        match (self.x.get(after.wrapping_sub(1)), self.x.get(after)) {
            (Some(a), Some(b)) => {
                let share = (time - a) / (b - a);
                self.y[after - 1] + share * (self.y[after] - self.y[after - 1])
            }
            (Some(last), None) if time == *last => self.y[after - 1],
            _ => f64::NAN,
        }
    }
}

impl Mark {
    fn text(&self, time: &Quantity) -> String {
        let (numbers, unit) = match &self.place {
            Place::Times(times) => (times.as_slice(), time.unit.as_deref()),
            Place::Point(_, value) | Place::Height(value) | Place::Number(value) => {
                (std::slice::from_ref(value), self.unit.as_deref())
            }
        };
        let numbers: Vec<String> = numbers.iter().map(|number| significant_formula(*number, 6)).collect();
        let unit = unit.filter(|unit| !unit.is_empty()).map_or(String::new(), |unit| format!(" {unit}"));
        format!("{} = {}{unit}", self.name, numbers.join(", "))
    }
}

fn ends<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(name: &str, place: Place) -> Mark {
        Mark { name: name.into(), place, unit: Some("ADC".into()) }
    }

    #[test]
    fn marks_lie_on_the_waveform_and_are_named_beside_it() {
        let stage = Stage {
            name: "wf_pz".into(),
            unit: Some("ADC".into()),
            x: vec![0.0, 16.0, 32.0],
            y: vec![0.0, 100.0, 50.0],
            marks: vec![
                mark("tp_50", Place::Times(vec![8.0])),
                mark("late", Place::Times(vec![f64::NAN])),
                mark("top", Place::Point(16.0, 100.0)),
                mark("level", Place::Height(60.0)),
                mark("baseline", Place::Height(13000.0)),
                Mark { name: "n".into(), place: Place::Number(3.0), unit: None },
            ],
        };
        let figure = Chain { title: "entry 7".into(), stages: vec![stage], time: Quantity::new("Time", Some("ns")) }.figure();
        let layers = &figure.panels[0].layers;
        assert!(matches!(&layers[1], Layer::Vline(line) if line.at == 8.0));
        // Half way from 0 to 100.
        assert!(matches!(&layers[2], Layer::Points(points) if points.x == [8.0] && points.values == [50.0]));
        assert!(matches!(&layers[3], Layer::Points(points) if points.values == [100.0] && points.hollow));
        assert!(matches!(&layers[4], Layer::Hline(line) if line.at == 60.0));
        let Layer::Beside(beside) = &layers[5] else { panic!("names") };
        let due = ["tp_50 = 8 ns", "late = nan ns", "top = 100 ADC", "level = 60 ADC", "baseline = 13000 ADC", "n = 3"]
            .map(str::to_owned);
        assert_eq!(beside.entries, due);
        assert_eq!(figure.panels[0].axes.y.high, Some(108.0));
        assert!(crate::warnings(&figure).is_empty(), "{:?}", crate::warnings(&figure));
    }
}
