//! The text in the attribute `datatype`: what an object is, apart from the type of its numbers.
//!
//! ```text
//! datatype   name [ "<" number { "," number } ">" ] [ "{" content "}" ]        blanks anywhere between
//! content    an element (real, bool, …, enum{A=1,B=2}), another datatype, or names of members
//! ```
//!
//! Source: "LEGEND data format specifications", legend-exp.

use std::fmt;

/// Kind of each element of a scalar or an array.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `real`: integers and floats
    Real,
    /// `bool`
    Bool,
    /// `complex`
    Complex,
    /// `string`
    Text,
    /// `symbol`: a text that is a name
    Symbol,
    /// `enum{A=1,B=2}`: integers with names
    Enumeration(Vec<(String, i64)>),
    /// `detectorid`: the number of a detector
    DetectorId,
}

/// What an array promises about its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `array<n>`
    Array,
    /// `fixedsize_array<n>`: not appended to
    FixedSize,
    /// `array_of_equalsized_arrays<n,m>`: the first `n` axes count arrays
    EqualSized {
        /// axes that count arrays
        outer: usize,
    },
}

/// How rows of a view are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewOf {
    /// `view{entries}`: row numbers `(k,)`
    Entries,
    /// `view{slices}`: half-open ranges `(k, 2)`
    Slices,
}

/// A `datatype`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Datatype {
    /// one element
    Scalar(Kind),
    /// elements in `axes` axes
    Array {
        /// what it promises
        form: Form,
        /// axes in all
        axes: usize,
        /// each element
        element: Kind,
    },
    /// `array<1>{…}` of arrays of any length
    Vectors(Box<Datatype>),
    /// waveforms as a codec wrote them
    Encoded {
        /// all of the same number of samples
        equal_sized: bool,
        /// each sample
        element: Kind,
    },
    /// `struct{…}`; also `histogram<n>{…}` and `ntuple{…}` of other writers
    Struct(Vec<String>),
    /// `table{…}`
    Table(Vec<String>),
    /// chosen rows of another object
    View(ViewOf),
}

/// Why a text is no datatype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// the reason, in one line
    pub message: String,
    /// byte in the text
    pub position: usize,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {} of the datatype)", self.message, self.position + 1)
    }
}

/// Datatypes inside datatypes; real files have four.
const DEEPEST: usize = 32;

impl Datatype {
    /// Takes a text apart.
    ///
    /// # Errors
    /// The [`Mistake`] with its place: an unknown name, brackets that do not match, content that does not belong there.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut reader = Reader { text, at: 0 };
        let datatype = reader.datatype(0)?;
        reader.blanks();
        if reader.at < text.len() { Err(reader.mistake("something behind its end")) } else { Ok(datatype) }
    }

    /// Names of the members of a struct or table.
    pub fn members(&self) -> Option<&[String]> {
        match self {
            Self::Struct(names) | Self::Table(names) => Some(names),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Real => "real",
            Self::Bool => "bool",
            Self::Complex => "complex",
            Self::Text => "string",
            Self::Symbol => "symbol",
            Self::DetectorId => "detectorid",
            Self::Enumeration(members) => {
                let list: Vec<String> = members.iter().map(|(name, value)| format!("{name}={value}")).collect();
                return write!(f, "enum{{{}}}", list.join(","));
            }
        })
    }
}

impl fmt::Display for Datatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(kind) => kind.fmt(f),
            Self::Array { form: Form::Array, axes, element } => write!(f, "array<{axes}>{{{element}}}"),
            Self::Array { form: Form::FixedSize, axes, element } => write!(f, "fixedsize_array<{axes}>{{{element}}}"),
            Self::Array { form: Form::EqualSized { outer }, axes, element } => {
                write!(f, "array_of_equalsized_arrays<{outer},{}>{{{element}}}", axes - outer)
            }
            Self::Vectors(items) => write!(f, "array<1>{{{items}}}"),
            Self::Encoded { equal_sized: true, element } => write!(f, "array_of_encoded_equalsized_arrays<1,1>{{{element}}}"),
            Self::Encoded { equal_sized: false, element } => write!(f, "array<1>{{encoded_array<1>{{{element}}}}}"),
            Self::Struct(names) => write!(f, "struct{{{}}}", names.join(",")),
            Self::Table(names) => write!(f, "table{{{}}}", names.join(",")),
            Self::View(ViewOf::Entries) => f.write_str("view{entries}"),
            Self::View(ViewOf::Slices) => f.write_str("view{slices}"),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), position: self.at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether the next character is this one, which is then passed.
    fn take(&mut self, wanted: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn need(&mut self, wanted: char) -> Result<(), Mistake> {
        if self.take(wanted) { Ok(()) } else { Err(self.mistake(format!("`{wanted}` is missing"))) }
    }

    /// Everything up to a character of the grammar.
    fn name(&mut self) -> &'a str {
        self.blanks();
        let rest = self.rest();
        let name = &rest[..rest.find(['<', '>', '{', '}', ',', '=']).unwrap_or(rest.len())];
        self.at += name.len();
        name.trim_end()
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, Mistake> {
        self.blanks();
        let start = self.at;
        self.name().parse().map_err(|_| Mistake { message: "a number is missing".to_owned(), position: start })
    }

    /// `<1>` or `<1,1>`; one number where there is none.
    fn axes(&mut self) -> Result<Vec<usize>, Mistake> {
        let mut axes = Vec::new();
        if !self.take('<') {
            return Ok(vec![1]);
        }
        loop {
            self.blanks();
            let start = self.at;
            let count = self.number::<usize>()?;
            if !(1..=DEEPEST).contains(&count) {
                return Err(Mistake { message: format!("{count} axes: there are 1 to {DEEPEST}"), position: start });
            }
            axes.push(count);
            if !self.take(',') {
                break;
            }
        }
        self.need('>')?;
        Ok(axes)
    }

    fn datatype(&mut self, depth: usize) -> Result<Datatype, Mistake> {
        self.blanks();
        let start = self.at;
        if depth > DEEPEST {
            return Err(self.mistake(format!("more than {DEEPEST} datatypes inside each other")));
        }
        let name = self.name();
        let place = |message: String| Mistake { message, position: start };
        let pair = |axes: &[usize]| match axes {
            [outer, inner] => Ok((*outer, *inner)),
            _ => Err(place(format!("`{name}` has two numbers of axes, as `<1,1>`"))),
        };
        let single = |axes: &[usize]| match axes {
            [one] => Ok(*one),
            _ => Err(place(format!("`{name}` has one number of axes, as `<1>`"))),
        };
        if let Some(kind) = self.kind(name)? {
            return Ok(Datatype::Scalar(kind));
        }
        match name {
            "array" => {
                let axes = single(&self.axes()?)?;
                self.need('{')?;
                let items = self.datatype(depth + 1)?;
                self.need('}')?;
                match items {
                    Datatype::Scalar(element) => Ok(Datatype::Array { form: Form::Array, axes, element }),
                    Datatype::View(_) => Err(place("an array of views".to_owned())),
                    _ if axes != 1 => Err(place(format!("arrays of any length in {axes} axes"))),
                    // Only here does the name of one encoded array stand for the encoding of all.
                    Datatype::Encoded { equal_sized: false, element } => Ok(Datatype::Encoded { equal_sized: false, element }),
                    items => Ok(Datatype::Vectors(Box::new(items))),
                }
            }
            "fixedsize_array" => {
                let axes = single(&self.axes()?)?;
                Ok(Datatype::Array { form: Form::FixedSize, axes, element: self.element(depth)? })
            }
            "array_of_equalsized_arrays" => {
                let (outer, inner) = pair(&self.axes()?)?;
                let element = self.element(depth)?;
                Ok(Datatype::Array { form: Form::EqualSized { outer }, axes: outer + inner, element })
            }
            "encoded_array" if depth > 0 => {
                single(&self.axes()?)?;
                Ok(Datatype::Encoded { equal_sized: false, element: self.element(depth)? })
            }
            "array_of_encoded_arrays" | "array_of_encoded_equalsized_arrays" => {
                if pair(&self.axes()?)?.0 != 1 {
                    return Err(place("encoded arrays are counted by one axis".to_owned()));
                }
                let equal_sized = name == "array_of_encoded_equalsized_arrays";
                Ok(Datatype::Encoded { equal_sized, element: self.element(depth)? })
            }
            "struct" | "ntuple" | "histogram" => {
                self.axes()?;
                Ok(Datatype::Struct(self.members()?))
            }
            "table" => Ok(Datatype::Table(self.members()?)),
            "view" => {
                let of = self.members()?;
                match of.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["entries"] => Ok(Datatype::View(ViewOf::Entries)),
                    ["slices"] => Ok(Datatype::View(ViewOf::Slices)),
                    _ => Err(place("a view is `view{entries}` or `view{slices}`".to_owned())),
                }
            }
            "" => Err(place("a name is missing".to_owned())),
            _ => Err(place(format!("no datatype `{name}`"))),
        }
    }

    /// The element of an array in its braces.
    fn element(&mut self, depth: usize) -> Result<Kind, Mistake> {
        self.need('{')?;
        self.blanks();
        let start = self.at;
        let Datatype::Scalar(kind) = self.datatype(depth + 1)? else {
            return Err(Mistake { message: "only `array<1>` holds arrays".to_owned(), position: start });
        };
        self.need('}')?;
        Ok(kind)
    }

    fn kind(&mut self, name: &str) -> Result<Option<Kind>, Mistake> {
        Ok(Some(match name {
            "real" => Kind::Real,
            "bool" => Kind::Bool,
            "complex" => Kind::Complex,
            "string" => Kind::Text,
            "symbol" => Kind::Symbol,
            "detectorid" => Kind::DetectorId,
            "enum" => Kind::Enumeration(self.enumeration()?),
            _ => return Ok(None),
        }))
    }

    fn enumeration(&mut self) -> Result<Vec<(String, i64)>, Mistake> {
        let mut members = Vec::new();
        self.need('{')?;
        while !self.take('}') {
            if !members.is_empty() {
                self.need(',')?;
            }
            let name = self.name();
            if name.is_empty() {
                return Err(self.mistake("a name is missing"));
            }
            self.need('=')?;
            members.push((name.to_owned(), self.number()?));
        }
        Ok(members)
    }

    /// Names in braces; they may hold any character but comma and brace.
    fn members(&mut self) -> Result<Vec<String>, Mistake> {
        self.need('{')?;
        let rest = self.rest();
        let end = rest.find('}').ok_or_else(|| self.mistake("`}` is missing"))?;
        let list = &rest[..end];
        let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
        if list.trim().is_empty() {
            self.at += end + 1;
            return Ok(Vec::new());
        }
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        if let Some([twice, ..]) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(self.mistake(format!("member `{twice}` is named twice")));
        }
        if names.iter().any(String::is_empty) {
            return Err(self.mistake("a name is missing"));
        }
        if let Some(name) = names.iter().find(|name| name.contains('{')) {
            return Err(self.mistake(format!("`{name}` is no name of a member")));
        }
        self.at += end + 1;
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_the_specification_is_known() {
        let real = || Kind::Real;
        let array = |axes| Datatype::Array { form: Form::Array, axes, element: Kind::Real };
        for (text, datatype) in [
            ("real", Datatype::Scalar(real())),
            (" array<1>{real} ", array(1)),
            ("array<3>{ real }", array(3)),
            ("array<1>{symbol}", Datatype::Array { form: Form::Array, axes: 1, element: Kind::Symbol }),
            ("fixedsize_array<1>{bool}", Datatype::Array { form: Form::FixedSize, axes: 1, element: Kind::Bool }),
            (
                "array_of_equalsized_arrays<1, 2>{real}",
                Datatype::Array { form: Form::EqualSized { outer: 1 }, axes: 3, element: Kind::Real },
            ),
            ("array<1>{array<1>{array<1>{real}}}", Datatype::Vectors(Box::new(Datatype::Vectors(Box::new(array(1)))))),
            ("array<1>{encoded_array<1>{real}}", Datatype::Encoded { equal_sized: false, element: real() }),
            ("array_of_encoded_arrays<1,1>{real}", Datatype::Encoded { equal_sized: false, element: real() }),
            ("array_of_encoded_equalsized_arrays<1,1>{real}", Datatype::Encoded { equal_sized: true, element: real() }),
            ("struct{}", Datatype::Struct(vec![])),
            ("struct{1,22}", Datatype::Struct(vec!["1".into(), "22".into()])),
            ("table{ t0, a b ,values}", Datatype::Table(vec!["t0".into(), "a b".into(), "values".into()])),
            (
                "histogram<2>{binning,isdensity,weights}",
                Datatype::Struct(vec!["binning".into(), "isdensity".into(), "weights".into()]),
            ),
            ("view{entries}", Datatype::View(ViewOf::Entries)),
            ("view{slices}", Datatype::View(ViewOf::Slices)),
            (
                "array<1>{enum{evt_real=1, evt_pulser=-2}}",
                Datatype::Array {
                    form: Form::Array,
                    axes: 1,
                    element: Kind::Enumeration(vec![("evt_real".into(), 1), ("evt_pulser".into(), -2)]),
                },
            ),
        ] {
            assert_eq!(Datatype::parse(text), Ok(datatype), "{text}");
        }
    }

    #[test]
    fn a_mistake_knows_its_place() {
        for (text, position, message) in [
            ("", 0, "a name is missing"),
            ("arary<1>{real}", 0, "no datatype `arary`"),
            ("array<1>{rael}", 9, "no datatype `rael`"),
            ("array<1>{real", 13, "`}` is missing"),
            ("array<1>{real} x", 15, "something behind its end"),
            ("array<x>{real}", 6, "a number is missing"),
            ("array<0>{real}", 6, "0 axes: there are 1 to 32"),
            ("array<1,1>{real}", 0, "`array` has one number of axes, as `<1>`"),
            ("fixedsize_array<1>{array<1>{real}}", 19, "only `array<1>` holds arrays"),
            ("table{a,a}", 6, "member `a` is named twice"),
            ("table{a,,b}", 6, "a name is missing"),
            ("view{rows}", 0, "a view is `view{entries}` or `view{slices}`"),
            ("encoded_array<1>{real}", 0, "no datatype `encoded_array`"),
        ] {
            assert_eq!(Datatype::parse(text), Err(Mistake { message: message.to_owned(), position }), "{text}");
        }
        assert!(Datatype::parse(&"array<1>{".repeat(100_000)).is_err());
    }

    fn any_datatype() -> impl Strategy<Value = Datatype> {
        let name = "[a-zA-Z_][a-zA-Z0-9_.]{0,8}";
        let kind = prop_oneof![
            Just(Kind::Real),
            Just(Kind::Bool),
            Just(Kind::Text),
            prop::collection::vec((name, any::<i64>()), 1..4).prop_map(Kind::Enumeration)
        ];
        let names = prop::collection::btree_set(name, 0..5).prop_map(|names| names.into_iter().collect::<Vec<_>>());
        let leaf = prop_oneof![
            (1..4_usize, kind.clone()).prop_map(|(axes, element)| Datatype::Array { form: Form::Array, axes, element }),
            (1..3_usize, 1..3_usize, kind.clone()).prop_map(|(outer, inner, element)| Datatype::Array {
                form: Form::EqualSized { outer },
                axes: outer + inner,
                element
            }),
            (any::<bool>(), kind).prop_map(|(equal_sized, element)| Datatype::Encoded { equal_sized, element }),
            names.clone().prop_map(Datatype::Table),
            names.prop_map(Datatype::Struct),
        ];
        leaf.prop_recursive(5, 5, 1, |inner| {
            let encoded = |d: &Datatype| matches!(d, Datatype::Encoded { equal_sized: false, .. });
            inner
                .prop_filter("an array of an encoding is the encoding", move |d| !encoded(d))
                .prop_map(|d| Datatype::Vectors(Box::new(d)))
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(datatype in any_datatype()) {
            prop_assert_eq!(Datatype::parse(&datatype.to_string()), Ok(datatype));
        }

        #[test]
        fn any_text_is_answered(text in "[arytble<>{}1, =µ]{0,40}") {
            let _ = Datatype::parse(&text);
        }
    }
}
