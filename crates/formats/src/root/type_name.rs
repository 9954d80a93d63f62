//! C++ type names as streamer info and branches write them.

/// A name with template arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TypeName {
    /// Without `std::`, `const` and spaces at the ends.
    pub(crate) name: String,
    pub(crate) arguments: Vec<TypeName>,
    /// The whole as written, without leading qualifiers.
    pub(crate) text: String,
    pub(crate) pointer: bool,
}

const DEEPEST: usize = 32;

impl TypeName {
    /// Parses a name; `None` where brackets do not match or nest too deep.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::nested(text, 0)
    }

    fn nested(text: &str, depth: usize) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        let mut plain = text.trim();
        while let Some(rest) = plain.strip_prefix("const ").or_else(|| plain.strip_prefix("std::")) {
            plain = rest.trim_start();
        }
        let pointer = plain.ends_with('*');
        let plain = plain.trim_end_matches(['*', '&', ' ']);
        let Some(open) = plain.find('<') else {
            return Some(Self { name: plain.to_owned(), arguments: Vec::new(), text: plain.to_owned(), pointer });
        };
        let inside = plain[open + 1..].strip_suffix('>')?;
        let mut arguments = Vec::new();
        for part in split_arguments(inside)? {
            arguments.push(Self::nested(part, depth + 1)?);
        }
        Some(Self { name: plain[..open].trim().to_owned(), arguments, text: plain.to_owned(), pointer })
    }
}

/// Splits at the commas that are not inside brackets.
fn split_arguments(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut level, mut start) = (Vec::new(), 0_i32, 0);
    for (i, c) in text.char_indices() {
        match c {
            '<' | '(' => level += 1,
            '>' | ')' => level -= 1,
            ',' if level == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
        if level < 0 {
            return None;
        }
    }
    parts.push(&text[start..]);
    (level == 0).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_apart_at_their_own_level() {
        let map = TypeName::parse("std::map<int, std::vector<pair<short,float> > >*").unwrap();
        assert_eq!((map.name.as_str(), map.arguments.len(), map.pointer), ("map", 2, true));
        assert_eq!(map.arguments[1].arguments[0].arguments[1].name, "float");
        assert_eq!(map.arguments[1].text, "vector<pair<short,float> >");
        assert_eq!(TypeName::parse("vector<int"), None);
        assert_eq!(TypeName::parse("unsigned int").unwrap().name, "unsigned int");
        assert_eq!(TypeName::parse(&"a<".repeat(100)), None);
    }
}
