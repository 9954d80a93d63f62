//! The name that was probably meant.

/// The candidate nearest to `name`: Damerau-Levenshtein distance ignoring case, at most `max(1, length / 3)`; ties go to the
/// alphabetically first. An exact match is not a suggestion.
///
/// ```
/// use germane_texts::nearest;
/// assert_eq!(nearest("Jet_pT", ["Jet_eta", "Jet_pt", "Jet_phi"]), Some("Jet_pt"));
/// assert_eq!(nearest("datsets", ["define", "datasets"]), Some("datasets"));
/// assert_eq!(nearest("x", ["mass", "charge"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest(&folded(name), name, candidates).map(|(_, candidate)| candidate)
}

/// As [`nearest`], but of two candidates that are equally near the one of the earlier group wins: what a user wrote before
/// what a file holds.
///
/// ```
/// use germane_texts::nearest_of_groups;
/// assert_eq!(nearest_of_groups("jest", [vec!["jets"], vec!["Jet", "MET"]]), Some("jets"));
/// ```
pub fn nearest_of_groups<'a, G: IntoIterator<Item = &'a str>>(
    name: &str,
    groups: impl IntoIterator<Item = G>,
) -> Option<&'a str> {
    let wanted = folded(name);
    let mut best: Option<(usize, &'a str)> = None;
    for found in groups.into_iter().filter_map(|group| closest(&wanted, name, group)) {
        if best.is_none_or(|held| found.0 < held.0) {
            best = Some(found);
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn closest<'a>(wanted: &[char], name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let allowed = (wanted.len() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        let other = folded(candidate);
        if other.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = distance(wanted, &other);
        if distance <= allowed && best.is_none_or(|held| (distance, candidate) < held) {
            best = Some((distance, candidate));
        }
    }
    best
}

fn folded(text: &str) -> Vec<char> {
    // Names longer than this are not typed by hand; the bound keeps the table small for text from outside.
    text.chars().flat_map(char::to_lowercase).take(256).collect()
}

/// Number of insertions, deletions, exchanges and swaps of neighbours (each stretch edited once) between two texts.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before_last = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row = vec![0; width];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..width {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_a_swap_of_neighbours_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("jest"), &chars("jets")), 1);
        assert_eq!(distance(&chars(""), &chars("ab")), 2);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }

    #[test]
    fn ties_go_to_the_alphabetically_first() {
        assert_eq!(nearest("ab", ["ax", "aa"]), Some("aa"));
    }

    #[test]
    fn short_names_allow_one_change() {
        assert_eq!(nearest("pT", ["pt", "phi"]), Some("pt"));
        assert_eq!(nearest("abc", ["axx"]), None);
    }
}
