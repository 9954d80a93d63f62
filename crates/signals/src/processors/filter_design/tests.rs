use super::{Band, Prototype, design, notch, peak};

/// Largest distance relative to the largest coefficient.
fn off(ours: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(ours.len(), truth.len());
    let size = truth.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    ours.iter().zip(truth).map(|(x, y)| (x - y).abs() / size).fold(0.0, f64::max)
}

/// Coefficients of SciPy's `iirfilter`, `iirnotch`, `iirpeak`: `make_filter_design.py` beside the file.
#[test]
fn coefficients_are_those_of_scipy() {
    let mut rows = 0;
    for line in include_str!("../../../tests/filter_design.tsv").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [family, band, order, rp, rs, low, high, ahead, back] = fields[..] else { panic!("nine fields in {line}") };
        let number = |text: &str| text.parse::<f64>().unwrap();
        let list = |text: &str| -> Vec<f64> { text.split(' ').map(number).collect() };
        let (low, high) = (number(low), number(high));
        let band = match band {
            "lowpass" => Band::Lowpass(low),
            "highpass" => Band::Highpass(low),
            "bandpass" => Band::Bandpass(low, high),
            _ => Band::Bandstop(low, high),
        };
        let prototype = match family {
            "butter" => Some(Prototype::Butterworth),
            "cheby1" => Some(Prototype::Chebyshev(number(rp))),
            "cheby2" => Some(Prototype::InverseChebyshev(number(rs))),
            "ellip" => Some(Prototype::Elliptic(number(rp), number(rs))),
            "bessel" => Some(Prototype::Bessel),
            _ => None,
        };
        let ours = match (prototype, family) {
            (Some(prototype), _) => design(prototype, order.parse().unwrap(), band),
            (None, "notch") => notch(low, high),
            (None, _) => peak(low, high),
        };
        // Both sides multiply roots out: errors of 1e-16 in them grow with the order.
        let (ahead, back) = (off(&ours.ahead, &list(ahead)), off(&ours.back, &list(back)));
        assert!(ahead < 1e-10 && back < 1e-10, "{line}: {ahead:.1e} {back:.1e} {ours:?}");
        rows += 1;
    }
    assert!(rows > 100, "{rows} rows");
}
