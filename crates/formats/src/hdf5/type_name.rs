//! Names of datatypes as NumPy and h5py print them.

use super::message::datatype::{ByteOrder, Class, Datatype};
use super::{conversion, values::Element};

impl Datatype {
    /// Name as digests print it: `<u2`, `|b1`, `string[vlen,utf-8]`, `enum[<i2]{"a": 1}`, `vlen[<i4]`.
    pub fn name(&self) -> String {
        let characters = |utf8: bool| if utf8 { "utf-8" } else { "ascii" };
        match &self.class {
            Class::Text { utf8, .. } => format!("string[{},{}]", self.size, characters(*utf8)),
            Class::AnyText { utf8, .. } => format!("string[vlen,{}]", characters(*utf8)),
            Class::AnyList(base) => format!("vlen[{}]", base.array_name()),
            Class::Enumeration { base, .. } => match conversion::plan(self) {
                Ok((Element::Enumeration { members, .. }, _)) => {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(name, value)| format!("{}: {value}", serde_json::Value::from(name.as_str())))
                        .collect();
                    format!("enum[{}]{{{}}}", base.array_name(), members.join(", "))
                }
                _ => self.array_name(),
            },
            _ => self.array_name(),
        }
    }

    /// `dtype.str` of a NumPy array of such elements: `<u2`, `|S7`, `|O`, `|V12`.
    pub fn array_name(&self) -> String {
        let order = |order: ByteOrder, letter: char| match order {
            _ if self.size == 1 => format!("|{letter}1"),
            ByteOrder::Little => format!("<{letter}{}", self.size),
            ByteOrder::Big => format!(">{letter}{}", self.size),
        };
        match &self.class {
            Class::Integer { order: o, signed, .. } => order(*o, if *signed { 'i' } else { 'u' }),
            Class::BitField { order: o } => order(*o, 'u'),
            Class::Float { order: o, .. } => order(*o, 'f'),
            Class::Text { .. } => format!("|S{}", self.size),
            Class::AnyText { .. } | Class::AnyList(_) | Class::Reference { .. } => "|O".to_owned(),
            Class::Enumeration { base, .. } => match conversion::plan(self) {
                Ok((Element::Bool, _)) => "|b1".to_owned(),
                _ => base.array_name(),
            },
            Class::Complex(part) => part.complex_name(),
            Class::Record(fields) => match conversion::plan(self) {
                Ok((Element::Complex(_), _)) => fields[0].datatype.complex_name(),
                _ => format!("|V{}", self.size),
            },
            Class::Time | Class::Opaque { .. } | Class::Array { .. } => format!("|V{}", self.size),
        }
    }

    /// The same with the byte order of this machine, as of a single NumPy value.
    pub fn value_name(&self) -> String {
        self.array_name().replacen('>', "<", 1)
    }

    /// Name of complex numbers with such parts.
    fn complex_name(&self) -> String {
        let order = if matches!(self.class, Class::Float { order: ByteOrder::Big, .. }) { '>' } else { '<' };
        format!("{order}c{}", 2 * self.size)
    }
}
