//! edges.json: printed edges and which bin, rule `exact`.

use crate::tally::{Tally, number, numbers, read, sha256, uniform};
use germane_histograms::{Axis, Histogram, StorageKind, Values};

#[test]
fn bins_are_decided_by_the_printed_edges() {
    let Some(truth) = read("histograms/edges.json") else { return };
    let mut tally = Tally::new("histograms/edges.json");
    let seed = 7 + truth["about"]["seed"].as_u64().unwrap();
    for case in truth["axes"].as_array().unwrap() {
        let bins = case["bins"].as_u64().unwrap() as usize;
        let (lower, upper) = (number(&case["lower"]), number(&case["upper"]));
        let name = format!("{bins} bins from {lower} to {upper}");
        let axis = Axis::regular(bins, lower, upper).unwrap();
        let edges = axis.edges();
        let same = |key: &str, hash: String| case[key].as_str() == Some(hash.as_str());
        let good = same("edges_sha256_f64", sha256(edges.iter().map(|edge| edge.to_le_bytes())));
        tally.check(&format!("{name}, edges"), good && edges[..4.min(bins)] == numbers(&case["edges_first"])[..4.min(bins)]);
        let probes = edges.iter().copied().chain(edges.iter().map(|x| x.next_down())).chain(edges.iter().map(|x| x.next_up()));
        let indices = probes.map(|x| (axis.index(x) as i32).to_le_bytes());
        tally.check(&format!("{name}, probes"), same("truth_index_of_probes_sha256_i32", sha256(indices)));
        let values: Vec<f64> = uniform(seed, 100_000).iter().map(|u| lower + (upper - lower) * u).collect();
        let mut histogram = Histogram::new(vec![axis], StorageKind::Double);
        histogram.fill(&[Values::F64(&values)], None).unwrap();
        let counts = histogram.values(true).into_iter().map(|count| (count as i64).to_le_bytes());
        tally.check(&format!("{name}, counts"), same("uniform_100k_counts_sha256_i64", sha256(counts)));
    }
    tally.finish();
}
