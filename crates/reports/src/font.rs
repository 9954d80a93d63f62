//! The embedded fonts: which face has a character, how wide it is, how two of them stand together, and their outlines.
//!
//! System fonts are never used, so a figure has the same bytes everywhere. Latin, Greek and mathematical signs need no
//! shaping beyond pair kerning (the `kern` feature of GPOS).

use std::sync::OnceLock;

use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::opentype_layout::LayoutTable;
use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag};

use crate::scene::Path;

/// One of the embedded faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FaceName {
    /// TeX Gyre Heros.
    Regular,
    /// TeX Gyre Heros italic.
    Italic,
    /// TeX Gyre Heros bold.
    Bold,
    /// TeX Gyre Heros bold italic.
    BoldItalic,
    /// Fira Math: signs that Heros lacks.
    Maths,
}

impl FaceName {
    /// A letter for identifiers in SVG.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Regular => 'r',
            Self::Italic => 'i',
            Self::Bold => 'b',
            Self::BoldItalic => 'j',
            Self::Maths => 'm',
        }
    }
}

const FACES: [(FaceName, &[u8]); 5] = [
    (FaceName::Regular, include_bytes!("../fonts/texgyreheros-regular.otf")),
    (FaceName::Italic, include_bytes!("../fonts/texgyreheros-italic.otf")),
    (FaceName::Bold, include_bytes!("../fonts/texgyreheros-bold.otf")),
    (FaceName::BoldItalic, include_bytes!("../fonts/texgyreheros-bolditalic.otf")),
    (FaceName::Maths, include_bytes!("../fonts/FiraMath-Regular.otf")),
];

struct Loaded {
    face: Face<'static>,
    kerning: Vec<PairAdjustment<'static>>,
}

fn loaded(name: FaceName) -> Option<&'static Loaded> {
    static LOADED: OnceLock<Vec<Option<Loaded>>> = OnceLock::new();
    let all = LOADED.get_or_init(|| {
        FACES
            .iter()
            .map(|(_, bytes)| {
                let face = Face::parse(bytes, 0).ok()?;
                let kerning = face.tables().gpos.map(pair_kerning).unwrap_or_default();
                Some(Loaded { face, kerning })
            })
            .collect()
    });
    all[FACES.iter().position(|(n, _)| *n == name)?].as_ref()
}

/// Pair adjustments of the first `kern` feature.
fn pair_kerning(table: LayoutTable<'static>) -> Vec<PairAdjustment<'static>> {
    let mut pairs = Vec::new();
    let Some(feature) = table.features.find(Tag::from_bytes(b"kern")) else { return pairs };
    for index in feature.lookup_indices {
        let Some(lookup) = table.lookups.get(index) else { continue };
        for subtable in lookup.subtables.into_iter::<PositioningSubtable>() {
            if let PositioningSubtable::Pair(pair) = subtable {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// A glyph of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Glyph {
    /// The face.
    pub(crate) face: FaceName,
    /// Number of the glyph in the face.
    pub(crate) id: u16,
}

/// The glyph of `character` in `wanted`, else in the upright face, else in the mathematical one.
pub(crate) fn glyph(character: char, wanted: FaceName) -> Option<Glyph> {
    // The Greek mu of Heros has wide bearings; the micro sign is the same letter with its usual ones.
    let character = if character == 'μ' { 'µ' } else { character };
    [wanted, FaceName::Regular, FaceName::Maths].into_iter().find_map(|face| {
        let id = loaded(face)?.face.glyph_index(character)?;
        Some(Glyph { face, id: id.0 })
    })
}

/// Size of the design grid of a face.
fn units(face: FaceName) -> f64 {
    loaded(face).map_or(1000.0, |l| f64::from(l.face.units_per_em()))
}

/// Advance in parts of the font size.
pub(crate) fn advance(glyph: Glyph) -> f64 {
    let advance = loaded(glyph.face).and_then(|l| l.face.glyph_hor_advance(GlyphId(glyph.id))).unwrap_or(500);
    f64::from(advance) / units(glyph.face)
}

/// Kerning between neighbours of one face, in parts of the font size.
pub(crate) fn kerning(left: Glyph, right: Glyph) -> f64 {
    if left.face != right.face {
        return 0.0;
    }
    let Some(loaded) = loaded(left.face) else { return 0.0 };
    let (a, b) = (GlyphId(left.id), GlyphId(right.id));
    for pair in &loaded.kerning {
        let record = match pair {
            PairAdjustment::Format1 { coverage, sets } => {
                coverage.get(a).and_then(|index| sets.get(index)).and_then(|set| set.get(b))
            }
            PairAdjustment::Format2 { coverage, classes, matrix } => {
                coverage.get(a).and_then(|_| matrix.get((classes.0.get(a), classes.1.get(b))))
            }
        };
        if let Some((first, _)) = record {
            return f64::from(first.x_advance) / units(left.face);
        }
    }
    0.0
}

/// Lowest and highest point of a glyph above the base line, in parts of the font size; none for a space.
pub(crate) fn extent(glyph: Glyph) -> Option<(f64, f64)> {
    let rect = loaded(glyph.face)?.face.glyph_bounding_box(GlyphId(glyph.id))?;
    let units = units(glyph.face);
    Some((f64::from(rect.y_min) / units, f64::from(rect.y_max) / units))
}

/// Outline in parts of the font size, y upwards.
pub(crate) fn outline(glyph: Glyph) -> Path {
    let mut pen = Pen { path: Path::new(), scale: 1.0 / units(glyph.face) };
    if let Some(loaded) = loaded(glyph.face) {
        loaded.face.outline_glyph(GlyphId(glyph.id), &mut pen);
    }
    pen.path
}

/// Collects an outline; quadratic curves become cubic ones.
struct Pen {
    path: Path,
    scale: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (f64::from(x) * self.scale, f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.path.last().unwrap_or((0.0, 0.0));
        let (x1, y1) = self.at(x1, y1);
        let (x, y) = self.at(x, y);
        let third = |end: f64, control: f64| end + (control - end) * (2.0 / 3.0);
        self.path.curve_to((third(x0, x1), third(y0, y1)), (third(x, x1), third(y, y1)), (x, y));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b, end) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.curve_to(a, b, end);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_is_readable_and_has_its_letters() {
        for face in [FaceName::Regular, FaceName::Italic, FaceName::Bold, FaceName::BoldItalic] {
            let a = glyph('A', face).expect("a letter");
            assert_eq!(a.face, face);
            assert!(!outline(a).commands().is_empty());
        }
    }

    #[test]
    fn greek_is_in_heros_and_rare_signs_come_from_fira() {
        assert_eq!(glyph('μ', FaceName::Regular).map(|g| g.face), Some(FaceName::Regular));
        assert_eq!(glyph('∼', FaceName::Italic).map(|g| g.face), Some(FaceName::Maths));
        assert_eq!(glyph('\u{10ffff}', FaceName::Regular), None);
    }

    #[test]
    fn pairs_stand_closer_than_single_letters() {
        // fontTools 4.68 on texgyreheros-regular.otf, GPOS kern: A V = -75, A T = -95 of 1000 units.
        let (a, v) = (glyph('A', FaceName::Regular).unwrap(), glyph('V', FaceName::Regular).unwrap());
        assert_eq!(kerning(a, v), -0.075);
        assert_eq!(kerning(a, a), 0.0);
    }
}
