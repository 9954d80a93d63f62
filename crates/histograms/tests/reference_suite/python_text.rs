//! The little Python in which indexing.json writes its operations.

/// What one operation asks of the histogram.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    None,
    True,
    Ellipsis,
    Integer(i64),
    Float(f64),
    Imaginary(f64, f64),
    Text(String),
    List(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Slice(Box<[Item; 3]>),
    /// A name, or a call with positional and named arguments.
    Name(String),
    Call(String, Vec<Item>, Vec<(String, Item)>),
    /// A place moved by so many bins.
    Moved(Box<Item>, i64),
}

/// Parser of the text between the brackets.
pub(crate) struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    fn blank(&mut self) {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> u8 {
        self.blank();
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) {
        assert!(self.take(byte), "{} expected at {} of {}", byte as char, self.at, String::from_utf8_lossy(self.text));
    }

    /// Items up to the closing byte, which is taken.
    pub(crate) fn items(&mut self, close: u8) -> Vec<Item> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.slice());
            if !self.take(b',') {
                self.expect(close);
                break;
            }
        }
        items
    }

    fn slice(&mut self) -> Item {
        let mut parts = vec![Item::None];
        loop {
            match self.peek() {
                b':' => {
                    self.at += 1;
                    parts.push(Item::None);
                }
                b',' | b']' | b')' | b'}' | 0 => break,
                _ => {
                    let last = parts.len() - 1;
                    parts[last] = self.sum();
                }
            }
        }
        match <[Item; 3]>::try_from(parts.clone()) {
            Ok(parts) => Item::Slice(Box::new(parts)),
            Err(mut parts) if parts.len() == 2 => {
                let stop = parts.pop().unwrap();
                let start = parts.pop().unwrap();
                Item::Slice(Box::new([start, stop, Item::None]))
            }
            Err(mut parts) => parts.pop().unwrap(),
        }
    }

    fn sum(&mut self) -> Item {
        let mut left = self.atom();
        loop {
            let sign = match self.peek() {
                b'+' => 1.0,
                b'-' => -1.0,
                _ => return left,
            };
            self.at += 1;
            let right = self.atom();
            left = match (left, right) {
                (Item::Imaginary(re, im), Item::Integer(i)) => Item::Imaginary(re + sign * i as f64, im),
                (Item::Integer(i), Item::Imaginary(re, im)) => Item::Imaginary(i as f64 + sign * re, sign * im),
                (Item::Float(x), Item::Imaginary(re, im)) => Item::Imaginary(x + sign * re, sign * im),
                (place, Item::Integer(i)) => Item::Moved(Box::new(place), sign as i64 * i),
                (left, right) => panic!("{left:?} and {right:?} are added"),
            };
        }
    }

    fn atom(&mut self) -> Item {
        match self.peek() {
            b'-' => {
                self.at += 1;
                match self.atom() {
                    Item::Integer(i) => Item::Integer(-i),
                    Item::Float(x) => Item::Float(-x),
                    Item::Imaginary(re, im) => Item::Imaginary(-re, -im),
                    other => panic!("- {other:?}"),
                }
            }
            b'\'' => {
                self.at += 1;
                let start = self.at;
                while self.text[self.at] != b'\'' {
                    self.at += 1;
                }
                self.at += 1;
                Item::Text(String::from_utf8(self.text[start..self.at - 1].to_vec()).unwrap())
            }
            b'[' => {
                self.at += 1;
                Item::List(self.items(b']'))
            }
            b'(' => {
                self.at += 1;
                let item = self.sum();
                self.expect(b')');
                item
            }
            b'{' => {
                self.at += 1;
                let mut map = Vec::new();
                while !self.take(b'}') {
                    let key = self.sum();
                    self.expect(b':');
                    map.push((key, self.slice_value()));
                    self.take(b',');
                }
                Item::Map(map)
            }
            b'.' if self.text[self.at..].starts_with(b"...") => {
                self.at += 3;
                Item::Ellipsis
            }
            b'0'..=b'9' | b'.' => self.number(),
            _ => self.name(),
        }
    }

    /// A value in a map: slices are written s_[…] or slice(…) there.
    fn slice_value(&mut self) -> Item {
        self.sum()
    }

    fn number(&mut self) -> Item {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.' || *byte == b'e') {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap();
        if self.text.get(self.at) == Some(&b'j') {
            self.at += 1;
            return Item::Imaginary(0.0, text.parse().unwrap());
        }
        text.parse().map_or_else(|_| Item::Float(text.parse().unwrap()), Item::Integer)
    }

    fn name(&mut self) -> Item {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.') {
            self.at += 1;
        }
        let name = String::from_utf8(self.text[start..self.at].to_vec()).unwrap();
        match name.as_str() {
            "None" => return Item::None,
            "True" => return Item::True,
            "s_" => {
                self.expect(b'[');
                return self.items(b']').remove(0);
            }
            _ => {}
        }
        assert!(!name.is_empty(), "a name at {} of {}", self.at, String::from_utf8_lossy(self.text));
        if !self.take(b'(') {
            return Item::Name(name);
        }
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        while !self.take(b')') {
            let before = self.at;
            let argument = self.sum();
            match argument {
                Item::Name(key) if self.peek() == b'=' => {
                    self.at += 1;
                    named.push((key, self.sum()));
                }
                _ => {
                    self.at = before;
                    positional.push(self.sum());
                }
            }
            self.take(b',');
        }
        match name.as_str() {
            "slice" => {
                positional.resize(3, Item::None);
                Item::Slice(Box::new(<[Item; 3]>::try_from(positional).unwrap()))
            }
            _ => Item::Call(name, positional, named),
        }
    }
}
