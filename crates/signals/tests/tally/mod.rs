//! Tallies of the cases of a reference file, and how far numbers are from what is due.

/// What became of the cases of one file, printed as one line.
pub(crate) struct Tally {
    file: &'static str,
    passed: usize,
    pending: Vec<String>,
    failures: Vec<String>,
    worst: f64,
}

impl Tally {
    pub(crate) fn new(file: &'static str) -> Self {
        Self { file, passed: 0, pending: Vec::new(), failures: Vec::new(), worst: 0.0 }
    }

    pub(crate) fn pending(&mut self, feature: &str) {
        self.pending.push(feature.to_owned());
    }

    /// A case passes if its deviation is at most 1 (in units of what is allowed).
    pub(crate) fn judge(&mut self, name: &str, deviation: Result<f64, String>) {
        match deviation {
            Ok(deviation) if deviation <= 1.0 => {
                self.passed += 1;
                self.worst = self.worst.max(deviation);
            }
            Ok(deviation) => self.failures.push(format!("{name}: {deviation:.3} of what is allowed")),
            Err(reason) => self.failures.push(format!("{name}: {reason}")),
        }
    }

    pub(crate) fn finish(self) {
        let mut features: Vec<(String, usize)> = Vec::new();
        for feature in &self.pending {
            match features.iter_mut().find(|(name, _)| name == feature) {
                Some((_, count)) => *count += 1,
                None => features.push((feature.clone(), 1)),
            }
        }
        let features: Vec<String> = features.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!(
            "\nrefs/{}  {} passed  {} failed  {} pending{}  worst {:.3} of what is allowed",
            self.file,
            self.passed,
            self.failures.len(),
            self.pending.len(),
            if features.is_empty() { String::new() } else { format!(" ({})", features.join(", ")) },
            self.worst
        );
        assert!(self.failures.is_empty(), "{}:\n{}", self.file, self.failures.join("\n"));
    }
}

/// Largest deviation of `ours` from `truth` in units of what is allowed: `ulp` relative, and `floor`.
pub(crate) fn deviation(ours: &[f64], truth: &[f64], ulp: f64, floor: f64) -> Result<f64, String> {
    if ours.len() != truth.len() {
        return Err(format!("{} values for {}", ours.len(), truth.len()));
    }
    let mut worst: f64 = 0.0;
    for (i, (a, b)) in ours.iter().zip(truth).enumerate() {
        if a.is_nan() != b.is_nan() {
            return Err(format!("{a} for {b} at {i}"));
        }
        if a != b && !a.is_nan() {
            worst = worst.max((a - b).abs() / (ulp * b.abs() + floor));
        }
    }
    Ok(worst)
}
