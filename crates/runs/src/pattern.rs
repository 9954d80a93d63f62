//! Shell patterns (`*`, `?`, `[abc]`) for file names, units and renames.

/// What each `*` of the pattern stands for, if the text matches.
pub fn captures<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let pattern: Vec<char> = pattern.chars().collect();
    let positions: Vec<(usize, char)> = text.char_indices().collect();
    let mut stars = Vec::new();
    matches_from(&pattern, text, &positions, 0, &mut stars).then_some(stars)
}

/// Whether the text matches the pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    captures(pattern, text).is_some()
}

/// The replacement of a renaming rule: each `*` takes what the `*` of the pattern stood for, in order.
pub fn rename(pattern: &str, replacement: &str, text: &str) -> Option<String> {
    let stars = captures(pattern, text)?;
    let mut stars = stars.into_iter();
    Some(replacement.split('*').enumerate().fold(String::new(), |mut out, (i, part)| {
        if i > 0 {
            out.push_str(stars.next().unwrap_or(""));
        }
        out.push_str(part);
        out
    }))
}

/// Whether a text holds a sign of a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn matches_from<'a>(pattern: &[char], text: &'a str, chars: &[(usize, char)], at: usize, stars: &mut Vec<&'a str>) -> bool {
    let Some((&first, rest)) = pattern.split_first() else { return at == chars.len() };
    let byte = |i: usize| chars.get(i).map_or(text.len(), |c| c.0);
    match first {
        '*' => (at..=chars.len()).any(|end| {
            stars.push(&text[byte(at)..byte(end)]);
            let found = matches_from(rest, text, chars, end, stars);
            if !found {
                stars.pop();
            }
            found
        }),
        '[' if rest.contains(&']') => {
            let close = rest.iter().position(|&c| c == ']').unwrap_or(0);
            chars.get(at).is_some_and(|c| in_set(&rest[..close], c.1))
                && matches_from(&rest[close + 1..], text, chars, at + 1, stars)
        }
        '?' => at < chars.len() && matches_from(rest, text, chars, at + 1, stars),
        literal => chars.get(at).is_some_and(|c| c.1 == literal) && matches_from(rest, text, chars, at + 1, stars),
    }
}

/// `abc`, `a-z`, `!abc`
fn in_set(set: &[char], c: char) -> bool {
    let (negated, set) = match set.split_first() {
        Some(('!' | '^', rest)) => (true, rest),
        _ => (false, set),
    };
    let mut i = 0;
    let mut found = false;
    while i < set.len() {
        if i + 2 < set.len() && set[i + 1] == '-' {
            found |= set[i] <= c && c <= set[i + 2];
            i += 3;
        } else {
            found |= set[i] == c;
            i += 1;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        assert!(matches("p[xyz]?", "px1"));
        assert!(!matches("p[xyz]?", "pt1"));
        assert!(matches("*_P[xyz]", "Jet_Px"));
        assert!(matches("E?", "E2") && !matches("E?", "E"));
        assert!(matches("a[!b-d]c", "aec") && !matches("a[!b-d]c", "acc"));
    }

    #[test]
    fn renaming_keeps_what_the_star_stood_for() {
        assert_eq!(rename("*_Px", "*_px", "Jet_Px").as_deref(), Some("Jet_px"));
        assert_eq!(rename("*_Px", "*_px", "Jet_Py"), None);
        assert_eq!(rename("a*b*", "*-*", "a1b2").as_deref(), Some("1-2"));
    }
}
