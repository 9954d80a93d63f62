//! Error function, its complement, and the complement scaled.

use crate::maths;

/// 2/√π ∫₀ˣ e^(-t²) dt.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 - erf(x), without loss for large x.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// e^(x²) erfc(x): near 1/(x √π) for large x; infinite below -26.7.
///
/// Rational functions of W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969) 631.
pub fn erfcx(x: f64) -> f64 {
    if x < 0.46875 {
        // x² in two parts: the rounding of x² alone would cost x² units in the last place.
        let square = x * x;
        let rest = x.mul_add(x, -square);
        return maths::exp(square) * (1.0 + rest) * erfc(x);
    }
    if x <= 4.0 {
        let (mut above, mut below) = (MIDDLE_TOP * x, x);
        for (a, b) in MIDDLE {
            above = (above + a) * x;
            below = (below + b) * x;
        }
        return (above + MIDDLE_ENDS[0]) / (below + MIDDLE_ENDS[1]);
    }
    if x > 1e8 {
        return ONE_OVER_SQRT_PI / x;
    }
    let s = 1.0 / (x * x);
    let (mut above, mut below) = (FAR_TOP * s, s);
    for (a, b) in FAR {
        above = (above + a) * s;
        below = (below + b) * s;
    }
    (ONE_OVER_SQRT_PI - s * (above + FAR_ENDS[0]) / (below + FAR_ENDS[1])) / x
}

const ONE_OVER_SQRT_PI: f64 = 0.564_189_583_547_756_286_95;

/// Coefficients from 0.46875 to 4: of the highest power, pairs of numerator and denominator, constants.
const MIDDLE_TOP: f64 = 2.153_115_354_744_038_46e-8;
const MIDDLE: [(f64, f64); 7] = [
    (5.641_884_969_886_700_89e-1, 1.574_492_611_070_983_47e1),
    (8.883_149_794_388_375_94, 1.176_939_508_913_124_99e2),
    (6.611_919_063_714_162_95e1, 5.371_811_018_620_098_58e2),
    (2.986_351_381_974_001_31e2, 1.621_389_574_566_690_19e3),
    (8.819_522_212_417_690_90e2, 3.290_799_235_733_459_63e3),
    (1.712_047_612_634_070_58e3, 4.362_619_090_143_247_16e3),
    (2.051_078_377_826_071_47e3, 3.439_367_674_143_721_64e3),
];
const MIDDLE_ENDS: [f64; 2] = [1.230_339_354_797_997_25e3, 1.230_339_354_803_749_42e3];

/// The same above 4, in 1/x².
const FAR_TOP: f64 = 1.631_538_713_730_209_78e-2;
const FAR: [(f64, f64); 4] = [
    (3.053_266_349_612_323_44e-1, 2.568_520_192_289_822_42),
    (3.603_448_999_498_044_39e-1, 1.872_952_849_923_467_25),
    (1.257_817_261_112_292_46e-1, 5.279_051_029_514_284_12e-1),
    (1.608_378_514_874_227_66e-2, 6.051_834_131_244_131_91e-2),
];
const FAR_ENDS: [f64; 2] = [6.587_491_615_298_378_03e-4, 2.335_204_976_268_691_85e-3];
