//! Germanium pulses with a known truth: what eight detectors would record of a Th-228 source.
//!
//! `cargo run --example germanium_pulses -- FOLDER` writes `germanium_raw.lh5` (the tables `chNNNNNNN/raw`), the truth of each
//! pulse `germanium_truth.lh5` (`chNNNNNNN/truth`, the same rows) and that of the detectors `germanium_truth.json`. Every number
//! is a function of the seed, the detector and the pulse, so that the files are the same wherever they are made.
//!
//! A pulse, in this order:
//! 1. **Energy**: a line of the Tl-208, Pb-212, Bi-212 chain, the continuum below a line (even between 60 keV and the line), an
//!    exponential continuum, or an energy beyond the range of the digitiser. The escape peaks are broadened (Doppler).
//! 2. **Resolution**: a normal shift of variance a + b E. White noise of the samples adds a constant to a.
//! 3. **Charge**: collected within 0.2 to 0.64 µs with a current 12 u² (1 − u), u = time / collection time; its sum is exact.
//! 4. **Preamplifier**: each charge decays as (1 − f) exp(−t/τ1) + f exp(−t/τ2).
//! 5. **Pile-up**: in 3 % of the pulses a second one somewhere in the window, in 3 % the tail of an earlier one.
//! 6. **Digitiser**: gain, baseline, white noise, rounding, 16 bits: what leaves the range is saturated.

use germane::columns::buffer::Buffer;
use germane::formats::Error;
use germane::formats::hdf5::{Attribute, Element, FormatVersion, Values};
use germane::formats::lh5::{Codec, Content, Mode, Object, Storage, WriteOptions, Writer};
use germane::numerics::random::Philox4x32;
use germane::numerics::{Inline, maths};
use serde_json::json;
use std::path::{Path, PathBuf};

const SEED: u32 = 228;
/// Pulses of a detector.
const PULSES: u32 = 7500;
/// Samples of a waveform.
const SAMPLES: usize = 1200;
/// Time between samples, ns.
const PERIOD: f64 = 16.0;
/// Where pulses begin, in samples.
const TRIGGER: f64 = 480.0;
/// Pulses that are written at once.
const BLOCK: u32 = 500;
/// Share of pulses with a second one in the window, and with the tail of an earlier one.
const PILE_UP: f64 = 0.03;
/// Lowest energy of the continuum, keV.
const THRESHOLD: f64 = 60.0;

/// A detector and its electronics.
struct Detector {
    /// number in the names of its tables
    rawid: u32,
    /// ADC/keV
    gain: f64,
    /// ADC
    baseline: f64,
    /// white noise of a sample, ADC
    noise: f64,
    /// long decay time, ns
    tau1: f64,
    /// short decay time, ns
    tau2: f64,
    /// share of the short one
    frac: f64,
    /// keV²
    a: f64,
    /// keV
    b: f64,
}

const fn detector(
    rawid: u32,
    (gain, baseline, noise): (f64, f64, f64),
    (tau1, tau2, frac): (f64, f64, f64),
    (a, b): (f64, f64),
) -> Detector {
    Detector { rawid, gain, baseline, noise, tau1, tau2, frac, a, b }
}

const DETECTORS: [Detector; 8] = [
    detector(1104000, (11.20, 13100.0, 6.5), (52_000.0, 1_800.0, 0.030), (0.12, 4.2e-4)),
    detector(1104001, (10.43, 12650.0, 7.0), (57_500.0, 2_100.0, 0.025), (0.15, 4.6e-4)),
    detector(1104002, (12.31, 13900.0, 8.5), (49_000.0, 1_600.0, 0.035), (0.10, 3.9e-4)),
    detector(1104003, (9.78, 12200.0, 6.0), (61_000.0, 2_400.0, 0.020), (0.18, 5.0e-4)),
    detector(1105600, (11.87, 14350.0, 7.5), (54_000.0, 1_900.0, 0.028), (0.14, 4.4e-4)),
    detector(1105601, (10.95, 13400.0, 8.0), (66_000.0, 2_200.0, 0.022), (0.20, 5.4e-4)),
    detector(1105602, (12.74, 13750.0, 9.0), (47_500.0, 1_500.0, 0.040), (0.11, 4.0e-4)),
    detector(1105603, (10.12, 12900.0, 6.8), (59_000.0, 2_000.0, 0.026), (0.16, 4.8e-4)),
];

/// Energy in keV, share of all pulses, Doppler width in keV.
///
/// Energies: Nuclear Data Sheets of A = 208 and 212; escape peaks: less one and two electron masses (510.999 keV).
const LINES: [(f64, f64, f64); 11] = [
    (238.632, 0.110, 0.0),
    (277.371, 0.020, 0.0),
    (300.087, 0.018, 0.0),
    (583.191, 0.100, 0.0),
    (727.330, 0.040, 0.0),
    (785.370, 0.010, 0.0),
    (860.564, 0.032, 0.0),
    (1592.513, 0.020, 0.5),
    (1620.500, 0.020, 0.0),
    (2103.512, 0.020, 0.8),
    (2614.511, 0.140, 0.0),
];
/// Share of the continuum below a line for each share of the line.
const BELOW: f64 = 0.6;
/// Share of pulses beyond the lines, up to 6 MeV.
const BEYOND: f64 = 0.006;
/// Mean of the exponential continuum, which has the other pulses, keV.
const CONTINUUM: f64 = 600.0;

/// Numbers drawn one after the other for one pulse.
struct Draw {
    generator: Philox4x32,
    pulse: u32,
    next: u32,
}

impl Draw {
    fn counter(&mut self) -> [u32; 4] {
        self.next += 1;
        [self.pulse, self.next, 0, 0]
    }

    /// Uniform in (0, 1].
    fn uniform(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.uniform(counter)
    }

    /// Standard normal.
    fn normal(&mut self) -> f64 {
        let counter = self.counter();
        self.generator.normal(counter)
    }

    fn exponential(&mut self) -> f64 {
        -maths::ln(self.uniform())
    }

    /// The line a pulse belongs to (−1: none), and the energy in keV without resolution.
    fn energy(&mut self) -> (i8, f64) {
        let mut share = self.uniform();
        for (number, (energy, of_all, doppler)) in LINES.iter().enumerate() {
            if share <= *of_all {
                return (number as i8, energy + doppler * self.normal());
            }
            share -= of_all;
            if share <= BELOW * of_all {
                return (-1, THRESHOLD + (energy - THRESHOLD) * self.uniform());
            }
            share -= BELOW * of_all;
        }
        if share <= BEYOND {
            return (-1, 2650.0 + 3350.0 * self.uniform());
        }
        (-1, THRESHOLD + CONTINUUM * self.exponential())
    }
}

/// What happened in one pulse.
struct Truth {
    line: i8,
    deposited: f64,
    energy: f64,
    start: f64,
    collection: f64,
    pile_up: bool,
    saturated: bool,
}

/// Charges by sample that one energy leaves from `start` on, both in samples.
fn collect(charges: &mut [f64], amplitude: f64, start: f64, duration: f64) {
    let collected = |sample: f64| {
        let u = ((sample - start) / duration).clamp(0.0, 1.0);
        u * u * u * (4.0 - 3.0 * u)
    };
    let first = (start.max(0.0) as usize).min(charges.len());
    let last = ((start + duration).ceil().max(0.0) as usize + 1).min(charges.len());
    for sample in first..last {
        charges[sample] += amplitude * (collected(sample as f64) - collected(sample as f64 - 1.0));
    }
}

/// Simulates one pulse into `samples`.
fn simulate(of: &Detector, pulse: u32, charges: &mut [f64], samples: &mut Vec<u16>) -> Truth {
    let mut draw = Draw { generator: Philox4x32::new([SEED, of.rawid]), pulse, next: 0 };
    let (line, deposited) = draw.energy();
    let energy = deposited + (of.a + of.b * deposited).sqrt() * draw.normal();
    let start = TRIGGER + draw.uniform() - 0.5;
    let collection = 12.0 + 28.0 * draw.uniform();
    charges.fill(0.0);
    collect(charges, of.gain * energy, start, collection);
    let (mut long, mut short) = (0.0, 0.0);
    let (second, earlier) = (draw.uniform() <= PILE_UP, draw.uniform() <= PILE_UP);
    if second {
        let (_, other) = draw.energy();
        let at = charges.len() as f64 * draw.uniform();
        collect(charges, of.gain * other, at, 12.0 + 28.0 * draw.uniform());
    }
    let (decay1, decay2) = (maths::exp(-PERIOD / of.tau1), maths::exp(-PERIOD / of.tau2));
    if earlier {
        let (_, other) = draw.energy();
        let ago = 2.0 * of.tau1 * draw.uniform();
        long = of.gain * other * maths::exp(-ago / of.tau1);
        short = of.gain * other * maths::exp(-ago / of.tau2);
    }
    let baseline = of.baseline + 20.0 * draw.normal();
    let mut saturated = false;
    for (sample, charge) in charges.iter().enumerate() {
        long = long * decay1 + charge;
        short = short * decay2 + charge;
        let noise = of.noise * draw.generator.normal([pulse, 0, sample as u32, 1]);
        let value = (baseline + (1.0 - of.frac) * long + of.frac * short + noise).round();
        saturated |= !(0.0..=65535.0).contains(&value);
        samples.push(value.clamp(0.0, 65535.0) as u16);
    }
    Truth {
        line,
        deposited,
        energy,
        start: start * PERIOD,
        collection: collection * PERIOD,
        pile_up: second || earlier,
        saturated,
    }
}

fn column(values: impl Into<Values>) -> Object {
    Object::new("array<1>{real}", Content::Array(values.into()))
}

fn flags(values: Vec<bool>) -> Object {
    let bytes: Vec<u8> = values.into_iter().map(u8::from).collect();
    let values = Values::fixed(Element::Bool, vec![bytes.len()], Buffer::from_vec(bytes));
    Object::new("array<1>{bool}", Content::Array(values))
}

fn table(rows: usize, columns: Vec<(&str, Object)>) -> Object {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let datatype = format!("table{{{}}}", names.join(","));
    let columns = columns.into_iter().map(|(name, object)| (name.to_owned(), object)).collect();
    Object::new(&datatype, Content::Table { rows, columns })
}

/// The table of some pulses as the data acquisition writes it.
fn raw(of: &Detector, first: u32, samples: Vec<u16>, times: Vec<f64>) -> Object {
    let rows = samples.len() / SAMPLES;
    let waveforms = || samples.chunks_exact(SAMPLES);
    let baseline: Vec<u16> = waveforms().map(|w| (w[..64].iter().map(|&x| u32::from(x)).sum::<u32>() / 64) as u16).collect();
    let highest = waveforms().map(|w| w.iter().copied().max().unwrap_or(0));
    let daqenergy: Vec<u16> = highest.zip(&baseline).map(|(high, low)| high - low).collect();
    let mut values: Values = samples.into();
    values.shape = vec![rows, SAMPLES];
    let mut values = Object::new("array_of_equalsized_arrays<1,1>{real}", Content::Array(values)).units("ADC");
    values.attributes.insert("description".to_owned(), Attribute::Text("digitised charge signal".to_owned()));
    let grid = [("t0", column(vec![0.0; rows]).units("ns")), ("dt", column(vec![PERIOD; rows]).units("ns")), ("values", values)];
    table(
        rows,
        vec![
            ("eventnumber", column((first..first + rows as u32).collect::<Vec<u32>>())),
            ("timestamp", column(times).units("s")),
            ("channel", column(vec![of.rawid; rows])),
            ("baseline", column(baseline).units("ADC")),
            ("daqenergy", column(daqenergy).units("ADC")),
            ("waveform", table(rows, grid.into())),
        ],
    )
}

fn truth(pulses: &[Truth]) -> Object {
    let numbers = |of: fn(&Truth) -> f64| column(pulses.iter().map(of).collect::<Vec<f64>>());
    table(
        pulses.len(),
        vec![
            ("deposited", numbers(|t| t.deposited).units("keV")),
            ("energy", numbers(|t| t.energy).units("keV")),
            ("line", column(pulses.iter().map(|t| t.line).collect::<Vec<i8>>())),
            ("start", numbers(|t| t.start).units("ns")),
            ("collection", numbers(|t| t.collection).units("ns")),
            ("pile_up", flags(pulses.iter().map(|t| t.pile_up).collect())),
            ("saturated", flags(pulses.iter().map(|t| t.saturated).collect())),
        ],
    )
}

/// What is known of the detectors, as JSON.
fn detectors() -> String {
    let one = |d: &Detector| json!({"gain": d.gain, "baseline": d.baseline, "noise": d.noise, "tau1": d.tau1, "tau2": d.tau2, "frac": d.frac, "a": d.a, "b": d.b});
    let all: serde_json::Map<_, _> = DETECTORS.iter().map(|d| (format!("ch{}", d.rawid), one(d))).collect();
    let units =
        json!({"gain": "ADC/keV", "baseline": "ADC", "noise": "ADC", "tau1": "ns", "tau2": "ns", "a": "keV^2", "b": "keV"});
    let lines: Vec<_> =
        LINES.iter().map(|(energy, share, doppler)| json!({"energy": energy, "share": share, "doppler": doppler})).collect();
    format!(
        "{:#}\n",
        json!({"seed": SEED, "pulses": PULSES, "samples": SAMPLES, "period": PERIOD, "units": units, "lines": lines, "detectors": all})
    )
}

fn write(folder: &Path) -> Result<(), Error> {
    let mut raw_file = Writer::create(&folder.join("germanium_raw.lh5"), FormatVersion::Earliest)?;
    let mut truth_file = Writer::create(&folder.join("germanium_truth.lh5"), FormatVersion::Earliest)?;
    let codec = Storage { codec: Some(Codec::RadwareSigcompress { shift: -32768 }), ..Storage::default() };
    let options = WriteOptions {
        mode: Mode::Append,
        fields: [("waveform/values".to_owned(), codec)].into_iter().collect(),
        growing: true,
        ..WriteOptions::default()
    };
    let mut charges = vec![0.0; SAMPLES];
    for of in &DETECTORS {
        let mut now = 0.0;
        for first in (0..PULSES).step_by(BLOCK as usize) {
            let (mut samples, mut pulses, mut times) = (Vec::new(), Vec::new(), Vec::new());
            for pulse in first..(first + BLOCK).min(PULSES) {
                pulses.push(simulate(of, pulse, &mut charges, &mut samples));
                // 500 pulses a second.
                now += Draw { generator: Philox4x32::new([SEED, of.rawid]), pulse, next: 1 << 20 }.exponential() / 500.0;
                times.push(now);
            }
            let raw = raw(of, first, samples, times);
            raw_file.write("/", &format!("ch{}/raw", of.rawid), &raw, &options, &Inline)?;
            truth_file.write("/", &format!("ch{}/truth", of.rawid), &truth(&pulses), &options, &Inline)?;
        }
    }
    raw_file.finish()?;
    truth_file.finish()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give the folder to write to")?);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("germanium_truth.json"), detectors())?;
    write(&folder)?;
    Ok(())
}
