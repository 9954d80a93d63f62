//! Colours: the palettes of Petroff (arXiv:2107.02270), which people with any colour vision can tell apart.

/// Red, green, blue, opacity (255 = opaque).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8, pub u8);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0, 255);
    /// White.
    pub const WHITE: Self = Self(255, 255, 255, 255);

    /// Reads `#rrggbb` or `#rrggbbaa`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.is_ascii() || !(digits.len() == 6 || digits.len() == 8) {
            return None;
        }
        let part = |i: usize| u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok();
        Some(Self(part(0)?, part(1)?, part(2)?, if digits.len() == 8 { part(3)? } else { 255 }))
    }

    /// `#rrggbb`, without the opacity.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Six colours.
pub const PETROFF_6: [&str; 6] = ["#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd"];
/// Eight colours.
pub const PETROFF_8: [&str; 8] = ["#1845fb", "#ff5e02", "#c91f16", "#c849a9", "#adad7d", "#86c8dd", "#578dff", "#656364"];
/// Ten colours.
pub const PETROFF_10: [&str; 10] =
    ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"];
/// The cycle of the ATLAS style (Okabe and Ito).
pub const OKABE_ITO: [&str; 7] = ["#d55e00", "#56b4e9", "#e69f00", "#f0e442", "#009e73", "#cc79a7", "#0072b2"];

/// The `index`-th of `count` colours of the palette that has enough of them.
pub fn cycle(index: usize, count: usize) -> &'static str {
    match count {
        0..=6 => PETROFF_6[index % 6],
        7..=8 => PETROFF_8[index % 8],
        _ => PETROFF_10[index % 10],
    }
}

/// Colour on the sequential map at `t` in 0..1: white over blue to black-blue, lightness falling evenly.
pub(crate) fn sequential(t: f64) -> Colour {
    between(&[(255, 255, 229), (199, 233, 180), (65, 182, 196), (34, 94, 168), (8, 29, 88)], t)
}

/// Colour on the diverging map at `t` in -1..1: blue, white, red with equal lightness steps.
pub(crate) fn diverging(t: f64) -> Colour {
    between(&[(33, 102, 172), (146, 197, 222), (255, 255, 255), (244, 165, 130), (178, 24, 43)], f64::midpoint(t, 1.0))
}

fn between(stops: &[(u8, u8, u8)], t: f64) -> Colour {
    let position = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 } * (stops.len() - 1) as f64;
    let index = (position.floor() as usize).min(stops.len() - 2);
    let share = position - index as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    let (a, b) = (stops[index], stops[index + 1]);
    Colour(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2), 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_they_are_written() {
        assert_eq!(Colour::parse("#5790fc"), Some(Colour(0x57, 0x90, 0xfc, 255)));
        assert_eq!(Colour::parse("#5790fc80"), Some(Colour(0x57, 0x90, 0xfc, 0x80)));
        assert_eq!(Colour::parse("5790fc"), None);
        assert_eq!(Colour::parse("#57é0f"), None);
        assert!(PETROFF_6.iter().chain(&PETROFF_8).chain(&PETROFF_10).chain(&OKABE_ITO).all(|c| Colour::parse(c).is_some()));
    }

    #[test]
    fn maps_end_where_they_should() {
        assert_eq!(diverging(0.0), Colour::WHITE);
        assert_eq!(diverging(-1.0), Colour(33, 102, 172, 255));
        assert_eq!(sequential(2.0), sequential(1.0));
    }
}
