//! Writes one figure of each kind, as JSON, SVG and PNG, and a page of them: `cargo run --example gallery -- DIR`.

use std::path::PathBuf;

use germane_numerics::maths::{exp, sin};
use germane_numerics::special::normal_cdf;
use germane_reports::recipes::{
    Contents, Correlation, Curve, DataMc, Efficiency, Fit, Histogram, KINDS, Limit, Overlay, Peak, Process, Pulls, Quantity,
    Ranking, Recipe, Resolution, Scan, Spectrum, Templates, TwoDimensions,
};
use germane_reports::tables::Cell;
use germane_reports::{Figure, Report, Section, Table, html, png, svg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "gallery-out".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let mut sections = vec![Section::Heading("Kinds".into())];
    let mut kinds = Table::new(&["kind", "shows"]);
    for (kind, about) in KINDS {
        kinds.row(vec![(*kind).into(), (*about).into()]);
    }
    sections.push(Section::Table(String::new(), kinds));
    sections.push(Section::Heading("Fit".into()));
    let mut parameters = Table::new(&["parameter", "value", "unit", "start", "at bound"]);
    parameters.row(vec!["m_z".into(), Cell::Measured(90.9123, 0.0631), "GeV".into(), 91.0.into(), "no".into()]);
    parameters.row(vec!["n_sig".into(), Cell::Measured(1804.21, 44.8), "".into(), 1800.0.into(), "no".into()]);
    parameters.row(vec!["slope".into(), Cell::Measured(-0.0213, 0.0045), "/GeV".into(), (-0.02).into(), "no".into()]);
    sections.push(Section::Table("Parameters".into(), parameters));
    sections.push(Section::Notice("1 of 417 files was excluded: b.root, events, branch M, byte 148162: CRC of xz".into()));
    sections.push(Section::Heading("Figures".into()));
    for (name, figure) in figures() {
        std::fs::write(folder.join(format!("{name}.json")), figure.to_json())?;
        std::fs::write(folder.join(format!("{name}.svg")), svg(&figure))?;
        std::fs::write(folder.join(format!("{name}.png")), png(&figure)?)?;
        sections.push(Section::Figure(name.to_owned(), Box::new(figure)));
    }
    let report = Report { title: "Gallery of figures".into(), command: "cargo run --example gallery".into(), sections };
    std::fs::write(folder.join("report.html"), html(&report))?;
    Ok(())
}

/// A number between 0 and 1 that looks random: the gallery is the same every time.
fn noise(i: usize, seed: u64) -> f64 {
    let mut z = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// A count around `mean`.
fn count(mean: f64, i: usize, seed: u64) -> f64 {
    let sum: f64 = (0..12).map(|k| noise(12 * i + k, seed)).sum();
    (mean + (sum - 6.0) * mean.sqrt()).round().max(0.0)
}

fn edges(count: usize, low: f64, high: f64) -> Vec<f64> {
    (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect()
}

fn z_peak() -> Figure {
    let edges = edges(60, 60.0, 120.0);
    let signal = |x: f64| 1800.0 * 1.9 / (std::f64::consts::PI * ((x - 91.0) * (x - 91.0) + 1.9 * 1.9));
    let background = |x: f64| 220.0 * 0.02 * exp(-0.02 * (x - 60.0)) / (1.0 - exp(-1.2));
    let expected: Vec<f64> = edges.windows(2).map(|e| (signal(e[0] + 0.5) + background(e[0] + 0.5)) * (e[1] - e[0])).collect();
    let values: Vec<f64> = expected.iter().enumerate().map(|(i, m)| count(*m, i, 7)).collect();
    let xs: Vec<f64> = (0..=600).map(|i| 60.0 + 0.1 * f64::from(i)).collect();
    let curve = |name: &str, f: &dyn Fn(f64) -> f64| Curve {
        name: name.into(),
        x: xs.clone(),
        density: xs.iter().map(|&x| f(x)).collect(),
    };
    Fit {
        data: Contents::counts(&edges, &values),
        model: curve("Fit", &|x| signal(x) + background(x)),
        components: vec![curve("Signal", &signal), curve("Background", &background)],
        expected,
        x: Quantity::new("$m_{\\mu\\mu}$", Some("GeV")),
        lines: vec![
            "$m_Z = 90.91 \\pm 0.06$ GeV".into(),
            "$\\sigma = 1.52 \\pm 0.09$ GeV".into(),
            "$\\chi^2 / n = 61 / 54$".into(),
        ],
        ..Fit::default()
    }
    .figure()
}

fn stack(log: bool) -> Figure {
    let edges = edges(25, 0.0, 500.0);
    let process = |name: &str, scale: f64, slope: f64, seed: u64| {
        let values: Vec<f64> =
            (0..25).map(|i| scale * exp(-slope * f64::from(i)) * (0.95 + 0.1 * noise(i as usize, seed))).collect();
        let variances = values.iter().map(|v| 0.2 * v).collect();
        Process { name: name.into(), values, variances }
    };
    let processes = vec![
        process("$t\\bar{t}$", 900.0, 0.12, 1),
        process("W + jets", 700.0, 0.25, 2),
        process("Z + jets", 300.0, 0.22, 3),
        process("Diboson", 90.0, 0.17, 4),
        process("Single top", 160.0, 0.2, 5),
    ];
    let total: Vec<f64> = (0..25).map(|i| processes.iter().map(|p| p.values[i]).sum()).collect();
    let data: Vec<f64> = total.iter().enumerate().map(|(i, m)| count(*m, i, 11)).collect();
    let systematic = total.iter().map(|t| 0.06 * t).collect();
    let signal =
        Process { name: "Signal".into(), values: (0..25).map(|i| 4.0 * exp(-0.03 * f64::from(i))).collect(), variances: vec![] };
    let mut figure = DataMc {
        edges: edges.clone(),
        processes,
        signals: vec![(signal, 20.0)],
        systematic,
        data: Some(Contents::counts(&edges, &data)),
        x: Quantity::new("$H_T$", Some("GeV")),
        log,
        ..DataMc::default()
    }
    .figure();
    figure.labels.experiment = Some("CMS".into());
    figure.labels.status = Some("Open Data".into());
    figure.labels.right = Some("2.3 fb$^{-1}$ (13 TeV)".into());
    figure
}

fn templates(variations: usize) -> Figure {
    let edges = edges(10, 0.0, 500.0);
    let nominal: Vec<f64> = (0..10).map(|i| 140.0 * exp(-0.08 * f64::from((i - 3) * (i - 3)))).collect();
    let varied = |k: usize, sign: f64| {
        nominal.iter().enumerate().map(|(i, v)| v * (1.0 + sign * 0.09 * sin(0.6 * (i + k) as f64))).collect()
    };
    let names = ["jes", "weights", "pileup"];
    Templates {
        nominal: Contents::weighted(&edges, &nominal, &nominal.iter().map(|v| 0.4 * v).collect::<Vec<_>>()),
        variations: (0..variations).map(|k| (names[k].into(), varied(k, 1.0), varied(k, -1.0))).collect(),
        x: Quantity::new("$H_T$", Some("GeV")),
        lines: vec!["hzz, more_jets".into()],
        ..Templates::default()
    }
    .figure()
}

fn figures() -> Vec<(&'static str, Figure)> {
    let names: Vec<String> = (0..22)
        .map(|i| match i {
            0 => "lumi".to_owned(),
            1 => "jes".to_owned(),
            2 => "a_very_long_name_of_a_nuisance_parameter_that_someone_generated".to_owned(),
            _ => format!("staterror_more_jets[{i}]"),
        })
        .collect();
    let pulls = Pulls {
        pulls: (0..22).map(|i| 3.0 * (noise(i, 5) - 0.5)).collect(),
        errors: (0..22).map(|i| 0.4 + 0.6 * noise(i, 6)).collect(),
        names,
    };
    let e = edges(40, -4.0, 4.0);
    let bell = |shift: f64, n: f64| -> Vec<f64> {
        e.windows(2).map(|p| n * (normal_cdf(p[1] - shift) - normal_cdf(p[0] - shift))).collect()
    };
    let contents = |shift: f64, n: f64| {
        Contents::counts(&e, &bell(shift, n).iter().enumerate().map(|(i, m)| count(*m, i, 3)).collect::<Vec<_>>())
    };
    let wide = [0.0, 25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0];
    vec![
        ("fit", z_peak()),
        ("stack", stack(false)),
        ("stack_log", stack(true)),
        ("templates", templates(1)),
        ("templates_three", templates(3)),
        ("pulls", pulls.figure()),
        (
            "histogram",
            Histogram {
                histograms: vec![("Data".into(), Contents::counts(&wide, &[147.0, 165.0, 143.0, 135.0, 34.0, 175.0, 12.0]))],
                x: Quantity::new("$p_T^{\\mathrm{miss}}$", Some("GeV")),
                ..Histogram::default()
            }
            .figure(),
        ),
        (
            "overlay",
            Overlay {
                histograms: vec![
                    ("first".into(), contents(0.0, 9e6)),
                    ("second".into(), contents(0.3, 8e6)),
                    ("Data".into(), contents(0.1, 8e6)),
                ],
                x: Quantity::new("x", Some("mm")),
                ..Overlay::default()
            }
            .figure(),
        ),
        (
            "efficiency",
            Efficiency {
                edges: edges(8, 0.0, 80.0),
                curves: vec![(
                    "trigger".into(),
                    vec![2.0, 14.0, 0.0, 33.0, 57.0, 126.0, 93.0, 40.0],
                    vec![27.0, 47.0, 0.0, 53.0, 67.0, 138.0, 98.0, 41.0],
                )],
                x: Quantity::new("$p_T$", Some("GeV")),
            }
            .figure(),
        ),
        (
            "scan",
            Scan {
                parameter: Quantity::new("$\\mu$", None),
                x: edges(50, -1.0, 4.0),
                curves: vec![(
                    "NLL".into(),
                    edges(50, -1.0, 4.0).iter().map(|x| (x - 1.2) * (x - 1.2) / (0.8 + 0.1 * x)).collect(),
                )],
                best: Some(1.2),
            }
            .figure(),
        ),
        ("limit", limit()),
        ("correlation", correlation()),
        ("two_dimensions", two_dimensions()),
        ("ranking", ranking()),
        ("peak", peak()),
        ("resolution", resolution()),
        ("spectrum", spectrum()),
    ]
}

/// Counts per keV of a line at 2614.5 keV: Gaussian, and the step below it.
fn line(energy: f64) -> [f64; 2] {
    let z = (energy - 2614.5) / 1.09;
    let signal = 4200.0 / 1.09 * 0.398_942_280_401_432_7 * exp(-0.5 * z * z);
    [signal, 7.2 * (1.0 - normal_cdf(z)) + 0.4]
}

fn peak() -> Figure {
    let edges = edges(80, 2594.5, 2634.5);
    let middles: Vec<f64> = edges.windows(2).map(|bin| 0.5 * (bin[0] + bin[1])).collect();
    let expected: Vec<f64> = middles.iter().map(|x| 0.5 * (line(*x)[0] + line(*x)[1])).collect();
    let counts: Vec<f64> = expected.iter().enumerate().map(|(i, mean)| count(*mean, i, 7)).collect();
    let x: Vec<f64> = (0..=400).map(|i| 2594.5 + 0.1 * f64::from(i)).collect();
    let curve = |name: &str, f: &dyn Fn([f64; 2]) -> f64| Curve {
        name: name.into(),
        x: x.clone(),
        density: x.iter().map(|x| f(line(*x))).collect(),
    };
    Peak {
        fit: Fit {
            data: Contents::counts(&edges, &counts),
            model: curve("gauss_on_step", &|[signal, step]| signal + step),
            components: vec![curve("Signal", &|[signal, _]| signal), curve("Background", &|[_, step]| step)],
            expected,
            x: Quantity::new("Energy", Some("keV")),
            what: "Counts".into(),
            lines: vec!["FWHM = 2.567 ± 0.030 keV".into(), "p = 0.41".into()],
            ..Fit::default()
        },
        marks: vec![("2614.5 keV".into(), 2614.5)],
        log: true,
    }
    .figure()
}

fn resolution() -> Figure {
    let x: Vec<f64> = (0..=100).map(|i| 500.0 + 22.0 * f64::from(i)).collect();
    let width = |energy: f64| (0.7 + 0.0021 * energy).sqrt();
    let error = |energy: f64| 0.02 + 2e-5 * (energy - 1500.0).abs();
    Resolution {
        widths: [583.2, 727.3, 860.6, 1620.5, 2614.5].into_iter().map(|e| [e, width(e) + 0.03 * sin(e), 0.04]).collect(),
        left_out: vec![[1592.5, 2.05, 0.2], [2103.5, 3.34, 0.15]],
        curve: x.iter().map(|x| [width(*x), error(*x)]).collect(),
        x,
        name: "$\\sqrt{a + b E}$".into(),
        at: vec![("Qbb".into(), [2039.0, width(2039.0), error(2039.0)])],
        energy: Quantity::new("Energy", Some("keV")),
        ..Resolution::default()
    }
    .figure()
}

fn spectrum() -> Figure {
    let edges = edges(900, 500.0, 2750.0);
    let lines = [(583.2, 900.0), (727.3, 150.0), (860.6, 110.0), (1592.5, 60.0), (1620.5, 40.0), (2103.5, 70.0), (2614.5, 800.0)];
    let mean = |x: f64| {
        let continuum = if x < 2382.0 { 60.0 * exp(-x / 1300.0) } else { 0.6 };
        let peaks = lines.iter().map(|(e, n)| n * exp(-0.5 * (x - e) * (x - e) / 1.4)).sum::<f64>();
        continuum + peaks
    };
    let middles = edges.windows(2).map(|bin| 0.5 * (bin[0] + bin[1]));
    let counts: Vec<f64> = middles.enumerate().map(|(i, x)| count(mean(x), i, 3)).collect();
    Spectrum {
        spectra: vec![("All detectors".into(), Contents::counts(&edges, &counts))],
        lines: lines.iter().map(|(energy, _)| *energy).collect(),
        x: Quantity::new("Energy", Some("keV")),
        what: "Counts".into(),
    }
    .figure()
}

fn limit() -> Figure {
    let x = vec![200.0, 300.0, 400.0, 500.0, 650.0, 800.0];
    let median: Vec<f64> = x.iter().map(|m| 3.0 * exp(-m / 300.0)).collect();
    let scaled = |factor: f64| median.iter().map(|v| v * factor).collect::<Vec<f64>>();
    Limit {
        expected: [scaled(0.53), scaled(0.72), scaled(1.0), scaled(1.39), scaled(1.86)],
        observed: Some(median.iter().enumerate().map(|(i, v)| v * (0.8 + 0.6 * noise(i, 4))).collect()),
        theory: Some(("Theory".into(), x.iter().map(|m| 9.0 * exp(-m / 180.0)).collect())),
        x,
        quantity: Quantity::new("$m_{X}$", Some("GeV")),
        y: Quantity::new("$\\sigma \\times B$", Some("pb")),
        log: true,
    }
    .figure()
}

fn correlation() -> Figure {
    let names: Vec<String> =
        ["mu", "lumi", "jes", "btag_b", "staterror[0]", "staterror[1]", "pileup", "xsec_tt"].map(str::to_owned).to_vec();
    let value = |i: usize, j: usize| if i == j { 1.0 } else { 1.6 * (noise(i.min(j) * 8 + i.max(j), 9) - 0.5) };
    let matrix = (0..8).map(|i| (0..8).map(|j| value(i, j)).collect()).collect();
    Correlation { names, matrix, prune_below: 0.1 }.figure()
}

fn two_dimensions() -> Figure {
    let x_edges = edges(40, -2.0, 2.0);
    let y_edges = edges(30, 0.0, 300.0);
    let cell = |i: usize, j: usize| {
        let (x, y) = ((i as f64 - 20.0) / 8.0, (j as f64 - 12.0) / 6.0);
        count(40.0 * exp(-0.5 * (x * x + y * y + x * y)), 30 * i + j, 2)
    };
    let values = (0..40).flat_map(|i| (0..30).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect();
    TwoDimensions {
        x_edges,
        y_edges,
        values,
        x: Quantity::new("$\\eta$", None),
        y: Quantity::new("$p_T$", Some("GeV")),
        ..TwoDimensions::default()
    }
    .figure()
}

fn ranking() -> Figure {
    let names = (0..12).map(|i| format!("nuisance_parameter_{i}")).collect();
    let some = |seed: u64, scale: f64| (0..12).map(|i| scale * noise(i, seed)).collect::<Vec<f64>>();
    Ranking {
        names,
        pulls: (0..12).map(|i| 2.0 * (noise(i, 21) - 0.5)).collect(),
        errors: (0..12).map(|i| 0.5 + 0.5 * noise(i, 22)).collect(),
        prefit: [some(23, 0.2), some(24, -0.2)],
        postfit: [some(23, 0.15), some(24, -0.15)],
        interest: "$\\mu$".into(),
        most: 0,
    }
    .figure()
}
