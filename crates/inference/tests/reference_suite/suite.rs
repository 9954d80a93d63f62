//! What all suites against the truth files of ../shared need: the files, and the tally that is printed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use germane_numerics::Executor;
use serde_json::Value;

/// What became of the cases of one file.
pub(crate) struct Tally {
    file: String,
    passed: usize,
    failures: Vec<String>,
    pending: BTreeMap<&'static str, usize>,
    worst: f64,
}

impl Tally {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), passed: 0, failures: Vec::new(), pending: BTreeMap::new(), worst: 0.0 }
    }

    pub(crate) fn check(&mut self, name: impl Into<String>, good: bool) {
        if good {
            self.passed += 1;
        } else {
            self.failures.push(name.into());
        }
    }

    /// A number whose distance to the truth is `error` in units of what is allowed.
    pub(crate) fn close(&mut self, name: impl Into<String>, error: f64) {
        let name = name.into();
        self.worst = self.worst.max(if error.is_nan() { f64::INFINITY } else { error });
        self.check(format!("{name} ({error:.2e} of the allowed)"), error <= 1.0);
    }

    pub(crate) fn pending(&mut self, feature: &'static str, count: usize) {
        *self.pending.entry(feature).or_default() += count;
    }

    pub(crate) fn finish(self) {
        let pending: usize = self.pending.values().sum();
        let parts: Vec<String> = self.pending.iter().map(|(feature, count)| format!("{feature} {count}")).collect();
        let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        let (passed, failed, file, worst) = (self.passed, self.failures.len(), &self.file, self.worst);
        println!("refs/{file}  {passed} passed  {failed} failed  {pending} pending{parts}  worst {worst:.1e}");
        assert!(self.failures.is_empty(), "{file}: {:#?}", &self.failures[..failed.min(20)]);
    }
}

#[allow(clippy::disallowed_methods)]
pub(crate) fn root() -> PathBuf {
    std::env::var("GERMANE_SHARED")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from)
}

pub(crate) fn shared(path: &str) -> Option<String> {
    let path = root().join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("not run: {} is absent", path.display());
    }
    text
}

pub(crate) fn reference(file: &str) -> Option<Value> {
    shared(&format!("refs/{file}")).map(|text| serde_json::from_str(&text).unwrap())
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

pub(crate) fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

pub(crate) fn relative(ours: f64, truth: f64, allowed: f64) -> f64 {
    (ours - truth).abs() / (allowed * truth.abs().max(1e-300))
}

/// Threads of the standard library.
pub(crate) struct Threads(pub(crate) usize);

impl Executor for Threads {
    fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..self.0 {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if index >= count {
                            break;
                        }
                        task(index);
                    }
                });
            }
        });
    }

    fn width(&self) -> usize {
        self.0
    }
}
