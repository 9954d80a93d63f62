//! The form behind the colon of a place: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.

/// How a value is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Form {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// Wider names are no names of files or groups.
const WIDEST: usize = 255;

impl Form {
    /// Reads a form.
    ///
    /// # Errors
    /// The reason, if it is none, or one for floating-point numbers.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let chars: Vec<char> = text.chars().collect();
        let mut form = Self::default();
        let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
        let mut i = 0;
        if is_align(chars.get(1)) {
            (form.fill, form.align, i) = (Some(chars[0]), Some(chars[1]), 2);
        } else if is_align(chars.first()) {
            (form.align, i) = (Some(chars[0]), 1);
        }
        let take = |set: &str, i: &mut usize| {
            let found = chars.get(*i).copied().filter(|c| set.contains(*c));
            *i += usize::from(found.is_some());
            found
        };
        form.sign = take("+- ", &mut i);
        if take("z", &mut i).is_some() {
            return Err("`z` is for floating-point numbers".into());
        }
        form.alternate = take("#", &mut i).is_some();
        if form.fill.is_none() {
            form.zero = take("0", &mut i).is_some();
        }
        form.width = number(&chars, &mut i)?.unwrap_or(0);
        form.grouping = take(",_", &mut i);
        if take(".", &mut i).is_some() {
            form.precision = Some(number(&chars, &mut i)?.ok_or("`.` needs a number behind it")?);
        }
        form.kind = chars.get(i).copied();
        match form.kind {
            Some(c) if "eEfFgG%".contains(c) => return Err(format!("`{c}` is for floating-point numbers")),
            Some(c) if !"bdonxXs".contains(c) => return Err(format!("no type `{c}`; d, b, o, x, X, n or s")),
            _ => {}
        }
        if i + 1 < chars.len() {
            return Err(format!("`{}` is left over", chars[i + 1..].iter().collect::<String>()));
        }
        match (form.grouping, form.kind) {
            (Some(','), Some(c)) if c != 'd' => Err(format!("`,` does not go with `{c}`")),
            (Some(_), Some('n' | 's')) => Err("no grouping with this type".into()),
            _ => Ok(form),
        }
    }

    /// An integer in this form.
    pub(crate) fn integer(&self, value: i128) -> Result<String, String> {
        if self.kind == Some('s') {
            return Err("`s` is for texts".into());
        }
        if self.precision.is_some() {
            return Err("an integer has no precision".into());
        }
        let magnitude = value.unsigned_abs();
        let (digits, prefix) = match self.kind {
            Some('b') => (format!("{magnitude:b}"), "0b"),
            Some('o') => (format!("{magnitude:o}"), "0o"),
            Some('x') => (format!("{magnitude:x}"), "0x"),
            Some('X') => (format!("{magnitude:X}"), "0X"),
            _ => (magnitude.to_string(), ""),
        };
        let sign = match (value < 0, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let head = format!("{sign}{}", if self.alternate { prefix } else { "" });
        let align = self.align.unwrap_or(if self.zero { '=' } else { '>' });
        let fill = self.fill();
        let group = if matches!(self.kind, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 };
        let body = match self.grouping {
            Some(mark) if align == '=' && fill == '0' => {
                // Zeros that fill are grouped, too; where a mark would come first, one more zero does.
                let mut digits = digits;
                while head.len() + grouped(&digits, group, mark).len() < self.width {
                    digits.insert(0, '0');
                }
                grouped(&digits, group, mark)
            }
            Some(mark) => grouped(&digits, group, mark),
            None => digits,
        };
        Ok(pad(&head, &body, self.width, align, fill))
    }

    /// A text in this form.
    pub(crate) fn text(&self, text: &str) -> Result<String, String> {
        match (self.kind, self.align) {
            (Some(c), _) if c != 's' => return Err(format!("`{c}` is for integers, and `{text}` is a text")),
            (_, Some('=')) => return Err("`=` is for integers".into()),
            _ => {}
        }
        if self.sign.is_some() || self.alternate || self.grouping.is_some() {
            return Err(format!("signs, `#` and grouping are for integers, and `{text}` is a text"));
        }
        let cut: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        Ok(pad("", &cut, self.width, self.align.unwrap_or('<'), self.fill()))
    }

    fn fill(&self) -> char {
        self.fill.unwrap_or(if self.zero { '0' } else { ' ' })
    }
}

fn number(chars: &[char], i: &mut usize) -> Result<Option<usize>, String> {
    let digits: String = chars[*i..].iter().take_while(|c| c.is_ascii_digit()).collect();
    *i += digits.len();
    match digits.parse::<usize>() {
        _ if digits.is_empty() => Ok(None),
        Ok(n) if n <= WIDEST => Ok(Some(n)),
        _ => Err(format!("{digits} is wider than any name ({WIDEST})")),
    }
}

fn grouped(digits: &str, size: usize, mark: char) -> String {
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(size) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

fn pad(head: &str, body: &str, width: usize, align: char, fill: char) -> String {
    let missing = width.saturating_sub(head.chars().count() + body.chars().count());
    let filled = |n: usize| std::iter::repeat_n(fill, n).collect::<String>();
    match align {
        '<' => format!("{head}{body}{}", filled(missing)),
        '^' => format!("{}{head}{body}{}", filled(missing / 2), filled(missing - missing / 2)),
        '=' => format!("{head}{}{body}", filled(missing)),
        _ => format!("{}{head}{body}", filled(missing)),
    }
}
