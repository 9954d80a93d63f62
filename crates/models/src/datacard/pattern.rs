//! Patterns of names: shell patterns of rate parameters, regular expressions of edits and physics models.
//!
//! Of Python's regular expressions what names need: literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {m,n}` (greedy or not, which
//! does not change whether a whole name matches), `^` and `$`. A pattern becomes a machine whose states are followed side by side, so
//! that no pattern takes longer than its length times the length of the name (K. Thompson, CACM 11 (1968) 419).

use std::ops::Range;

/// Whether a name fits a shell pattern of `*`, `?` and `[…]`.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    // A class of one sign keeps every other sign literal.
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' if rest.clone().any(|c| c == ']') => {
                out.push('[');
                if rest.peek() == Some(&'!') {
                    rest.next();
                    out.push('^');
                }
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            other => {
                if !other.is_alphanumeric() {
                    out.push('\\');
                }
                out.push(other);
            }
        }
    }
    Pattern::read(&out).is_ok_and(|pattern| pattern.matches_whole(name))
}

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    states: Vec<State>,
}

#[derive(Clone, Debug)]
enum State {
    /// One sign out of these (or not out of these), then the next state.
    Sign(Class),
    /// Either of two states.
    Split(usize, usize),
    Jump(usize),
    Start,
    End,
    Match,
}

#[derive(Clone, Debug)]
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Class {
    fn holds(&self, sign: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&sign)) != self.negated
    }
}

/// A mistake in a pattern: its place in bytes, and what it is.
pub(super) type PatternError = (Range<usize>, String);

/// Most states of a machine, levels of brackets, and repetitions in braces.
const MOST: usize = 20_000;
const DEEPEST: usize = 100;
const REPEATS: usize = 1000;

impl Pattern {
    pub(super) fn read(text: &str) -> Result<Self, PatternError> {
        let mut reader = Reader { signs: text.char_indices().collect(), at: 0, length: text.len(), depth: 0 };
        let tree = reader.alternatives()?;
        if reader.at < reader.signs.len() {
            return Err(reader.mistake("a `)` without `(`"));
        }
        let mut states = Vec::new();
        emit(&tree, &mut states).ok_or_else(|| (0..text.len(), "the pattern is too long".to_owned()))?;
        states.push(State::Match);
        Ok(Self { states })
    }

    /// Whether the whole name fits.
    pub(super) fn matches_whole(&self, name: &str) -> bool {
        self.run(name, true)
    }

    /// Whether a beginning of the name fits.
    pub(super) fn matches_beginning(&self, name: &str) -> bool {
        self.run(name, false)
    }

    fn run(&self, name: &str, whole: bool) -> bool {
        let mut current = Threads::new(self.states.len());
        let mut next = Threads::new(self.states.len());
        let mut signs = name.chars().peekable();
        current.add(&self.states, 0, true, signs.peek().is_none());
        loop {
            let ended = signs.peek().is_none();
            let found = current.list.iter().any(|&state| matches!(self.states[state], State::Match));
            if found && (ended || !whole) {
                return true;
            }
            let Some(sign) = signs.next() else { return false };
            let last = signs.peek().is_none();
            next.clear();
            for &state in &current.list {
                if let State::Sign(class) = &self.states[state]
                    && class.holds(sign)
                {
                    next.add(&self.states, state + 1, false, last);
                }
            }
            std::mem::swap(&mut current, &mut next);
        }
    }
}

/// States that are followed at the same time.
struct Threads {
    list: Vec<usize>,
    present: Vec<bool>,
}

impl Threads {
    fn new(states: usize) -> Self {
        Self { list: Vec::new(), present: vec![false; states] }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.present.fill(false);
    }

    fn add(&mut self, states: &[State], first: usize, start: bool, end: bool) {
        let mut waiting = vec![first];
        while let Some(state) = waiting.pop() {
            if std::mem::replace(&mut self.present[state], true) {
                continue;
            }
            match &states[state] {
                State::Jump(to) => waiting.push(*to),
                State::Split(one, other) => waiting.extend([*one, *other]),
                State::Start if start => waiting.push(state + 1),
                State::End if end => waiting.push(state + 1),
                State::Start | State::End => {}
                State::Sign(_) | State::Match => self.list.push(state),
            }
        }
    }
}

enum Tree {
    Sign(Class),
    Start,
    End,
    Sequence(Vec<Self>),
    Either(Vec<Self>),
    Repeat(Box<Self>, usize, Option<usize>),
}

fn emit(tree: &Tree, states: &mut Vec<State>) -> Option<()> {
    if states.len() > MOST {
        return None;
    }
    match tree {
        Tree::Sign(class) => states.push(State::Sign(class.clone())),
        Tree::Start => states.push(State::Start),
        Tree::End => states.push(State::End),
        Tree::Sequence(parts) => parts.iter().try_for_each(|part| emit(part, states))?,
        Tree::Either(parts) => {
            let mut ends = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                if index + 1 == parts.len() {
                    emit(part, states)?;
                    break;
                }
                let split = states.len();
                states.push(State::Split(split + 1, 0));
                emit(part, states)?;
                ends.push(states.len());
                states.push(State::Jump(0));
                states[split] = State::Split(split + 1, states.len());
            }
            let end = states.len();
            ends.into_iter().for_each(|jump| states[jump] = State::Jump(end));
        }
        Tree::Repeat(part, least, most) => {
            for _ in 0..*least {
                emit(part, states)?;
            }
            match most {
                None => {
                    let split = states.len();
                    states.push(State::Split(split + 1, 0));
                    emit(part, states)?;
                    states.push(State::Jump(split));
                    states[split] = State::Split(split + 1, states.len());
                }
                Some(most) => {
                    let mut splits = Vec::new();
                    for _ in *least..*most {
                        splits.push(states.len());
                        states.push(State::Split(0, 0));
                        emit(part, states)?;
                    }
                    let end = states.len();
                    splits.into_iter().for_each(|split| states[split] = State::Split(split + 1, end));
                }
            }
        }
    }
    (states.len() <= MOST).then_some(())
}

struct Reader {
    signs: Vec<(usize, char)>,
    at: usize,
    length: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).map(|(_, sign)| *sign)
    }

    fn byte(&self, at: usize) -> usize {
        self.signs.get(at).map_or(self.length, |(byte, _)| *byte)
    }

    fn mistake(&self, message: &str) -> PatternError {
        (self.byte(self.at)..self.byte(self.at + 1), message.to_owned())
    }

    fn alternatives(&mut self) -> Result<Tree, PatternError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.mistake("too many levels of brackets"));
        }
        let mut parts = vec![self.sequence()?];
        while self.peek() == Some('|') {
            self.at += 1;
            parts.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(Tree::Either(parts))
    }

    fn sequence(&mut self) -> Result<Tree, PatternError> {
        let mut parts = Vec::new();
        while let Some(sign) = self.peek() {
            if matches!(sign, '|' | ')') {
                break;
            }
            let part = self.atom()?;
            parts.push(self.repeated(part)?);
        }
        Ok(Tree::Sequence(parts))
    }

    fn repeated(&mut self, part: Tree) -> Result<Tree, PatternError> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let close = self.signs[self.at..].iter().position(|(_, sign)| *sign == '}');
                let Some(close) = close else { return Err(self.mistake("`{` without `}`")) };
                let inside: String = self.signs[self.at + 1..self.at + close].iter().map(|(_, sign)| *sign).collect();
                let (low, high) = inside.split_once(',').unwrap_or((&inside, &inside));
                let number = |text: &str| text.parse::<usize>().ok().filter(|count| *count <= REPEATS);
                let least = if low.is_empty() { Some(0) } else { number(low) };
                let most = if high.is_empty() { Some(None) } else { number(high).map(Some) };
                let (Some(least), Some(most)) = (least, most) else {
                    return Err(self.mistake("expected {m}, {m,} or {m,n} with numbers up to 1000"));
                };
                self.at += close;
                (least, most)
            }
            _ => return Ok(part),
        };
        self.at += 1;
        if self.peek() == Some('?') {
            self.at += 1;
        }
        Ok(Tree::Repeat(Box::new(part), least, most))
    }

    fn atom(&mut self) -> Result<Tree, PatternError> {
        let sign = self.peek().unwrap_or_default();
        let one = |sign: char| Tree::Sign(Class { ranges: vec![(sign, sign)], negated: false });
        match sign {
            '(' => {
                self.at += 1;
                if self.peek() == Some('?') {
                    let colon = self.signs.get(self.at + 1).is_some_and(|(_, sign)| *sign == ':');
                    if !colon {
                        return Err(self.mistake("of groups with `?` only `(?:…)` is known"));
                    }
                    self.at += 2;
                }
                let inner = self.alternatives()?;
                if self.peek() != Some(')') {
                    return Err(self.mistake("`)` was expected here"));
                }
                self.at += 1;
                Ok(inner)
            }
            '[' => self.class(),
            '*' | '+' | '?' | '{' => Err(self.mistake("nothing to repeat")),
            '\\' => {
                self.at += 1;
                let Some(sign) = self.peek() else { return Err(self.mistake("a sign was expected after `\\`")) };
                let class = escape(sign).ok_or_else(|| self.mistake("this escape is not known"))?;
                self.at += 1;
                Ok(Tree::Sign(class))
            }
            _ => {
                self.at += 1;
                Ok(match sign {
                    '.' => Tree::Sign(Class { ranges: vec![('\n', '\n')], negated: true }),
                    '^' => Tree::Start,
                    '$' => Tree::End,
                    other => one(other),
                })
            }
        }
    }

    fn class(&mut self) -> Result<Tree, PatternError> {
        self.at += 1;
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let (mut ranges, first) = (Vec::new(), self.at);
        loop {
            let Some(sign) = self.peek() else { return Err(self.mistake("`]` was expected here")) };
            if sign == ']' && self.at > first {
                self.at += 1;
                return Ok(Tree::Sign(Class { ranges, negated }));
            }
            self.at += 1;
            if sign == '\\' {
                let class = self.peek().and_then(escape).filter(|class| !class.negated);
                ranges.extend(class.ok_or_else(|| self.mistake("this escape is not known in a class"))?.ranges);
                self.at += 1;
                continue;
            }
            let end = self.signs.get(self.at + 1).map(|(_, sign)| *sign).filter(|end| self.peek() == Some('-') && *end != ']');
            match end {
                Some(end) if end >= sign => {
                    self.at += 2;
                    ranges.push((sign, end));
                }
                Some(_) => return Err(self.mistake("the range runs backwards")),
                None => ranges.push((sign, sign)),
            }
        }
    }
}

fn escape(sign: char) -> Option<Class> {
    let ranges = match sign.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' => vec![(' ', ' '), ('\t', '\r')],
        't' => vec![('\t', '\t')],
        other if other.is_ascii_alphanumeric() => return None,
        _ => vec![(sign, sign)],
    };
    Some(Class { ranges, negated: sign.is_ascii_uppercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_fit_as_in_python() {
        // re.fullmatch of CPython 3.11.
        for (pattern, name, truth) in [
            ("a|b", "b", true),
            ("ch[0-9]+/(tt|st)_.*", "ch12/st_x", true),
            ("ch[0-9]+/(tt|st)_.*", "ch/st_x", false),
            ("(ab)*", "abab", true),
            ("(ab)*", "aba", false),
            ("x{2,3}", "xxxx", false),
            ("x{2,3}", "xx", true),
            ("[^_]+_\\d", "a_7", true),
            ("^a$", "a", true),
            ("a??b", "ab", true),
            (".*", "", true),
            ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false),
            ("a\\.b", "axb", false),
            ("[]a]", "]", true),
        ] {
            assert_eq!(Pattern::read(pattern).unwrap().matches_whole(name), truth, "{pattern} {name}");
        }
        assert!(Pattern::read("ch1/s").unwrap().matches_beginning("ch1/signal"));
        assert!(!Pattern::read("1/s").unwrap().matches_beginning("ch1/signal"));
    }

    #[test]
    fn shell_patterns_fit_whole_names() {
        for (pattern, name, truth) in [
            ("*", "x", true),
            ("QCD_*", "QCD_1", true),
            ("QCD_*", "xQCD_1", false),
            ("ch?", "ch1", true),
            ("a.b", "axb", false),
            ("[!a]b", "cb", true),
        ] {
            assert_eq!(glob(pattern, name), truth, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_has_a_place() {
        for (pattern, place) in [("a(b", 3..3), ("*a", 0..1), ("a)", 1..2), ("[a", 2..2), ("x{9999}", 1..2), ("[b-a]", 2..3)] {
            assert_eq!(Pattern::read(pattern).unwrap_err().0, place, "{pattern}");
        }
        assert!(Pattern::read(&"(".repeat(1_000_000)).is_err());
        assert!(Pattern::read("((x{1000}){1000}){1000}").is_err());
    }
}
