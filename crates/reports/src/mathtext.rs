//! Text with a little TeX: what stands between dollar signs is mathematics, the rest is taken as it is.
//!
//! Known: `^` and `_` with groups, Greek and signs by name, `\mathrm`, `\mathit`, `\mathbf`, `\text`, `\sqrt`, `\bar`,
//! `\overline`, `\hat`, `\tilde`, `\vec`, `\dot`, `\frac`, spaces. Letters are italic in mathematics. An unknown command
//! is shown as typed and reported.

/// A piece of parsed text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// A character in a shape; `operator` asks for room around it.
    Sign {
        character: char,
        shape: Shape,
        operator: bool,
    },
    /// Room, in parts of the font size.
    Space(f64),
    /// Something with what is raised or lowered beside it.
    Scripts {
        base: Vec<Piece>,
        above: Vec<Piece>,
        below: Vec<Piece>,
    },
    /// A mark over something.
    Accent {
        mark: Mark,
        base: Vec<Piece>,
    },
    Root(Vec<Piece>),
    Fraction {
        above: Vec<Piece>,
        below: Vec<Piece>,
    },
}

/// The shape of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Upright,
    Italic,
    Bold,
}

/// What stands over an accented letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Bar,
    Hat,
    Tilde,
    Arrow,
    Dot,
}

/// Deepest nesting that is read; what is deeper is dropped with a warning.
const DEPTH: usize = 12;

/// Parsed text, what a screen reader says, and the commands that are not known.
pub(crate) struct Parsed {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) words: String,
    pub(crate) warnings: Vec<String>,
}

/// Reads a text.
pub(crate) fn parse(text: &str) -> Parsed {
    let mut parser = Parser { rest: text.chars().peekable(), words: String::new(), warnings: Vec::new() };
    // A single dollar sign is a dollar, not the start of mathematics.
    let paired = text.matches('$').count().is_multiple_of(2);
    let mut pieces = Vec::new();
    while let Some(character) = parser.rest.next() {
        if character == '$' && paired {
            pieces.extend(parser.mathematics(&['$'], Shape::Italic, 0));
        } else {
            let character = if character == '-' && starts_number(&mut parser, &pieces) { '−' } else { character };
            parser.words.push(character);
            pieces.push(plain(character));
        }
    }
    Parsed { pieces, words: parser.words, warnings: parser.warnings }
}

/// A hyphen before a digit and not after a letter is a minus sign.
fn starts_number(parser: &mut Parser, before: &[Piece]) -> bool {
    let after_word =
        matches!(before.last(), Some(Piece::Sign { character, .. }) if character.is_alphanumeric() || *character == '_');
    !after_word && parser.rest.peek().is_some_and(char::is_ascii_digit)
}

fn plain(character: char) -> Piece {
    Piece::Sign { character, shape: Shape::Upright, operator: false }
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    words: String,
    warnings: Vec<String>,
}

impl Parser<'_> {
    /// Reads until one of `ends` (which is taken) or the end of the text.
    fn mathematics(&mut self, ends: &[char], shape: Shape, depth: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while let Some(character) = self.rest.next() {
            if ends.contains(&character) {
                break;
            }
            match character {
                '^' | '_' => self.script(character, &mut pieces, shape, depth),
                '{' => {
                    let group = self.nested(shape, depth);
                    pieces.extend(group);
                }
                '\\' => self.command(&mut pieces, shape, depth),
                ' ' if shape == Shape::Italic => {}
                '~' => pieces.push(self.space(0.28)),
                '}' => {}
                other => {
                    let sign = self.sign(other, shape);
                    pieces.push(sign);
                }
            }
        }
        pieces
    }

    fn space(&mut self, width: f64) -> Piece {
        self.words.push(' ');
        Piece::Space(width)
    }

    fn sign(&mut self, character: char, shape: Shape) -> Piece {
        let character = if character == '-' && shape == Shape::Italic { '−' } else { character };
        self.words.push(character);
        let operator = shape == Shape::Italic && "=<>≤≥≠≈≡∼±∓+−×·→←↔∈∝".contains(character);
        // Large Greek letters stand upright, as in TeX.
        let upright = !character.is_alphabetic() || ('Α'..='Ω').contains(&character);
        let shape = if shape == Shape::Italic && upright { Shape::Upright } else { shape };
        Piece::Sign { character, shape, operator }
    }

    /// The inside of a group whose brace was taken.
    fn nested(&mut self, shape: Shape, depth: usize) -> Vec<Piece> {
        if depth >= DEPTH {
            self.warnings.push(format!("text is nested deeper than {DEPTH}"));
            // Skips the group without recursion.
            let mut open = 1;
            for character in self.rest.by_ref() {
                open += i32::from(character == '{') - i32::from(character == '}');
                if open == 0 {
                    break;
                }
            }
            return Vec::new();
        }
        self.mathematics(&['}'], shape, depth + 1)
    }

    /// One argument: a group, a command or a character.
    fn argument(&mut self, shape: Shape, depth: usize) -> Vec<Piece> {
        while self.rest.next_if_eq(&' ').is_some() {}
        match self.rest.peek().copied() {
            None | Some('$' | '}') => Vec::new(),
            Some('{') => {
                self.rest.next();
                self.nested(shape, depth)
            }
            Some('\\') => {
                self.rest.next();
                let mut pieces = Vec::new();
                if depth < DEPTH {
                    self.command(&mut pieces, shape, depth + 1);
                }
                pieces
            }
            Some(character) => {
                self.rest.next();
                vec![self.sign(character, shape)]
            }
        }
    }

    fn script(&mut self, kind: char, pieces: &mut Vec<Piece>, shape: Shape, depth: usize) {
        self.words.push(kind);
        let argument = self.argument(shape, depth);
        let last = pieces.pop();
        let (base, mut above, mut below) = match last {
            Some(Piece::Scripts { base, above, below }) => (base, above, below),
            Some(piece) => (vec![piece], Vec::new(), Vec::new()),
            None => (Vec::new(), Vec::new(), Vec::new()),
        };
        if kind == '^' {
            above.extend(argument);
        } else {
            below.extend(argument);
        }
        pieces.push(Piece::Scripts { base, above, below });
    }

    /// A command whose backslash was taken.
    fn command(&mut self, pieces: &mut Vec<Piece>, shape: Shape, depth: usize) {
        let mut name = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(letter);
        }
        if name.is_empty() {
            match self.rest.next() {
                Some(',' | ':') => pieces.push(self.space(0.17)),
                Some(';' | ' ') => pieces.push(self.space(0.28)),
                Some('!') | None => {}
                Some(other) => {
                    let sign = self.sign(other, Shape::Upright);
                    pieces.push(sign);
                }
            }
            return;
        }
        while self.rest.next_if_eq(&' ').is_some() {}
        match name.as_str() {
            "mathrm" | "text" | "rm" | "textrm" | "operatorname" => pieces.extend(self.argument(Shape::Upright, depth)),
            "mathit" | "textit" | "it" => pieces.extend(self.argument(Shape::Italic, depth)),
            "mathbf" | "textbf" | "bf" => pieces.extend(self.argument(Shape::Bold, depth)),
            "left" | "right" => {}
            "quad" => pieces.push(self.space(1.0)),
            "sqrt" => {
                self.words.push('√');
                let inner = self.argument(shape, depth);
                pieces.push(Piece::Root(inner));
            }
            "frac" => {
                let above = self.argument(shape, depth);
                self.words.push('/');
                let below = self.argument(shape, depth);
                pieces.push(Piece::Fraction { above, below });
            }
            "bar" | "overline" | "hat" | "widehat" | "tilde" | "vec" | "dot" => {
                let mark = match name.as_str() {
                    "bar" | "overline" => Mark::Bar,
                    "hat" | "widehat" => Mark::Hat,
                    "tilde" => Mark::Tilde,
                    "vec" => Mark::Arrow,
                    _ => Mark::Dot,
                };
                let base = self.argument(shape, depth);
                self.words.push_str(match mark {
                    Mark::Bar => " bar",
                    Mark::Hat => " hat",
                    Mark::Tilde => " tilde",
                    Mark::Arrow => " vector",
                    Mark::Dot => " dot",
                });
                pieces.push(Piece::Accent { mark, base });
            }
            _ => {
                if let Some(character) = named_sign(&name) {
                    let sign = self.sign(character, shape);
                    pieces.push(sign);
                } else if ["log", "ln", "exp", "sin", "cos", "tan", "max", "min"].contains(&name.as_str()) {
                    for letter in name.chars() {
                        pieces.push(self.sign(letter, Shape::Upright));
                    }
                    pieces.push(Piece::Space(0.17));
                } else {
                    self.warnings.push(format!("unknown command `\\{name}` in a text"));
                    for letter in std::iter::once('\\').chain(name.chars()) {
                        self.words.push(letter);
                        pieces.push(plain(letter));
                    }
                }
            }
        }
    }
}

/// Greek letters and signs by their TeX names.
fn named_sign(name: &str) -> Option<char> {
    Some(match name {
        "alpha" => 'α',
        "beta" => 'β',
        "gamma" => 'γ',
        "delta" => 'δ',
        "epsilon" | "varepsilon" => 'ε',
        "zeta" => 'ζ',
        "eta" => 'η',
        "theta" => 'θ',
        "iota" => 'ι',
        "kappa" => 'κ',
        "lambda" => 'λ',
        "mu" => 'μ',
        "nu" => 'ν',
        "xi" => 'ξ',
        "pi" => 'π',
        "rho" => 'ρ',
        "sigma" => 'σ',
        "tau" => 'τ',
        "upsilon" => 'υ',
        "phi" | "varphi" => 'φ',
        "chi" => 'χ',
        "psi" => 'ψ',
        "omega" => 'ω',
        "Gamma" => 'Γ',
        "Delta" => 'Δ',
        "Theta" => 'Θ',
        "Lambda" => 'Λ',
        "Xi" => 'Ξ',
        "Pi" => 'Π',
        "Sigma" => 'Σ',
        "Upsilon" => 'Υ',
        "Phi" => 'Φ',
        "Psi" => 'Ψ',
        "Omega" => 'Ω',
        "to" | "rightarrow" => '→',
        "leftarrow" => '←',
        "leftrightarrow" => '↔',
        "pm" => '±',
        "mp" => '∓',
        "times" => '×',
        "cdot" => '·',
        "ell" => 'ℓ',
        "geq" | "ge" => '≥',
        "leq" | "le" => '≤',
        "neq" | "ne" => '≠',
        "approx" => '≈',
        "sim" => '∼',
        "equiv" => '≡',
        "propto" => '∝',
        "infty" => '∞',
        "partial" => '∂',
        "nabla" => '∇',
        "sum" => '∑',
        "prod" => '∏',
        "int" => '∫',
        "in" => '∈',
        "perp" => '⊥',
        "parallel" => '∥',
        "langle" => '⟨',
        "rangle" => '⟩',
        "prime" => '′',
        "circ" | "degree" => '°',
        "dagger" => '†',
        "hbar" => 'ħ',
        "ldots" | "dots" => '…',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_underscores_stay_as_typed_outside_mathematics() {
        let parsed = parse("jes_0 up");
        assert_eq!(parsed.words, "jes_0 up");
        assert!(parsed.pieces.iter().all(|p| matches!(p, Piece::Sign { shape: Shape::Upright, .. })));
    }

    #[test]
    fn scripts_keep_their_base() {
        let parsed = parse("$p_T^{\\mu}$ [GeV]");
        assert_eq!(parsed.words, "p_T^μ [GeV]");
        let Piece::Scripts { base, above, below } = &parsed.pieces[0] else { panic!("{:?}", parsed.pieces) };
        assert_eq!((base.len(), above.len(), below.len()), (1, 1, 1));
    }

    #[test]
    fn unknown_commands_are_shown_and_reported() {
        let parsed = parse("$\\foo x$");
        assert_eq!(parsed.words, "\\foox");
        assert_eq!(parsed.warnings, ["unknown command `\\foo` in a text"]);
    }

    #[test]
    fn broken_texts_end_without_panic() {
        let deep = format!("${}x", "{".repeat(5000));
        for text in
            ["$", "$$", "$^$", "$\\", "$\\frac{a$", "$}$", "$x^", "5 $", &deep, &format!("{deep}$"), "$\\sqrt\\sqrt\\sqrt$"]
        {
            parse(text);
        }
        let marks = format!("${}x$", "\\bar".repeat(5000));
        parse(&marks);
        assert_eq!(parse("5 $").words, "5 $");
    }

    #[test]
    fn a_hyphen_before_a_number_is_a_minus() {
        assert_eq!(parse("-5").words, "−5");
        assert_eq!(parse("b-tag A-4").words, "b-tag A-4");
    }
}
