//! Normal and lognormal draws, by inversion: one number of the stream for each path.

use super::super::stream::Stream;
use super::{Block, CHUNK, Law, Parameter, first_failing};
use crate::numeric::elementary::{exp, ln};
use std::f64::consts::FRAC_1_SQRT_2;

const FINITE: &str = "a finite number";
const NOT_NEGATIVE: &str = "at least 0";

/// Normal(mean, sd).
pub(super) struct Normal;

impl Law<2> for Normal {
    const NAME: &'static str = "normal";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "mean", requirement: FINITE },
        Parameter { name: "sd", requirement: NOT_NEGATIVE },
    ];

    #[inline(always)]
    fn impossible([mean, sd]: [f64; 2]) -> Option<usize> {
        first_failing([mean, sd], [true, sd >= 0.0])
    }

    fn mean([mean, _]: [f64; 2]) -> f64 {
        mean
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        fill_standard(stream, first_path, out);
        let [means, deviations] = block.columns;
        for ((slot, mean), sd) in out.iter_mut().zip(means).zip(deviations) {
            *slot = Self::at(*slot, [*mean, *sd]);
        }
    }

    #[inline(always)]
    fn at(z: f64, [mean, sd]: [f64; 2]) -> f64 {
        mean + sd * z
    }
}

/// Lognormal(mu, sigma): the exponential of Normal(mu, sigma). Results too large for a
/// floating-point number are infinite.
pub(super) struct Lognormal;

impl Law<2> for Lognormal {
    const NAME: &'static str = "lognormal";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "mu", requirement: FINITE },
        Parameter { name: "sigma", requirement: NOT_NEGATIVE },
    ];

    #[inline(always)]
    fn impossible(values: [f64; 2]) -> Option<usize> {
        Normal::impossible(values)
    }

    fn mean([mu, sigma]: [f64; 2]) -> f64 {
        exp(mu + sigma * sigma / 2.0)
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        fill_standard(stream, first_path, out);
        let [locations, scales] = block.columns;
        for ((slot, mu), sigma) in out.iter_mut().zip(locations).zip(scales) {
            *slot = Self::at(*slot, [*mu, *sigma]);
        }
    }

    #[inline(always)]
    fn at(z: f64, values: [f64; 2]) -> f64 {
        exp(Normal::at(z, values))
    }
}

/// Writes the standard normal deviate of the paths `first_path`, `first_path + 1`, ...: the
/// inverse of the cumulative probability at number 0 of the path.
///
/// A normal draw with the same stream is `mean + sd * z` of this `z`, and a lognormal draw is
/// `exp(mu + sigma * z)`, bit by bit.
#[inline(always)]
pub fn fill_standard(stream: &Stream, first_path: u64, out: &mut [f64]) {
    let mut path = first_path;
    for chunk in out.chunks_mut(CHUNK) {
        stream.fill_uniform(path, chunk);
        invert(chunk);
        path = path.wrapping_add(chunk.len() as u64);
    }
}

/// The cumulative probability of the standard normal distribution at `z`: `erfc(-z / sqrt 2) / 2`,
/// with a relative error below 1e-13 even where it is tiny.
pub fn cumulative(z: f64) -> f64 {
    if z > 0.0 {
        return 1.0 - cumulative(-z);
    }
    libm::erfc(-z * FRAC_1_SQRT_2) / 2.0
}

/// The `z` at which the cumulative probability of the standard normal distribution is `u`, for
/// `u` between 0 and 1, both excluded (Wichura 1988, algorithm AS 241, PPND16; relative error
/// about 1e-16).
pub fn inverse(u: f64) -> f64 {
    let centred = u - 0.5;
    if centred.abs() <= CENTRE {
        central(centred)
    } else {
        tail(tail_distance(u)).copysign(centred)
    }
}

/// Replaces each number between 0 and 1 by [`inverse`] of it. At most [`CHUNK`] numbers.
///
/// The centre's formula runs over all numbers, side by side. The 15 per cent that lie in the
/// tails are listed first and overwritten afterwards, so no branch depends on a random number.
#[inline(always)]
pub(super) fn invert(numbers: &mut [f64]) {
    if numbers.len() < 8 {
        numbers.iter_mut().for_each(|number| *number = inverse(*number));
        return;
    }
    let mut tails = [0; CHUNK];
    let mut deviates = [0.0; CHUNK];
    let mut count = 0;
    for (start, group) in (0..CHUNK).step_by(64).zip(numbers.chunks(64)) {
        let mut bits = 0;
        for (lane, number) in group.iter().enumerate() {
            bits |= u64::from((number - 0.5).abs() > CENTRE) << lane;
        }
        while bits != 0 {
            let lane = bits.trailing_zeros() as usize;
            tails[count] = (start + lane) as u8;
            deviates[count] = group[lane];
            count += 1;
            bits &= bits - 1;
        }
    }
    for number in numbers.iter_mut() {
        *number = central(*number - 0.5);
    }
    let (tails, deviates) = (&tails[..count], &mut deviates[..count]);
    let mut far = false;
    for deviate in deviates.iter_mut() {
        // The distance takes the sign of its tail along.
        *deviate = tail_distance(*deviate).copysign(*deviate - 0.5);
        far |= deviate.abs() > FAR;
    }
    if far {
        for deviate in deviates.iter_mut() {
            *deviate = tail(deviate.abs()).copysign(*deviate);
        }
    } else {
        for deviate in deviates.iter_mut() {
            *deviate = near_tail(deviate.abs()).copysign(*deviate);
        }
    }
    for (index, deviate) in tails.iter().zip(deviates) {
        numbers[usize::from(*index)] = *deviate;
    }
}

/// The half width of the part around 1/2 in which the formula of the centre holds.
const CENTRE: f64 = 0.425;
/// The tail distance up to which the formula of the near tail holds.
const FAR: f64 = 5.0;

#[inline(always)]
fn tail_distance(u: f64) -> f64 {
    (-ln(u.min(1.0 - u))).sqrt()
}

#[inline(always)]
fn central(centred: f64) -> f64 {
    let square = CENTRE * CENTRE - centred * centred;
    centred * ratio(square, &CENTRAL)
}

fn tail(distance: f64) -> f64 {
    if distance <= FAR { near_tail(distance) } else { ratio(distance - FAR, &FAR_TAIL) }
}

#[inline(always)]
fn near_tail(distance: f64) -> f64 {
    ratio(distance - 1.6, &NEAR_TAIL)
}

/// The quotient of two polynomials of degree 7, the coefficients of the highest power first.
#[inline(always)]
fn ratio(x: f64, [upper, lower]: &[[f64; 8]; 2]) -> f64 {
    let [mut numerator, mut denominator] = [upper[0], lower[0]];
    for index in 1..8 {
        numerator = numerator * x + upper[index];
        denominator = denominator * x + lower[index];
    }
    numerator / denominator
}

/// Coefficients a7..a0 and b7..b0 of PPND16.
const CENTRAL: [[f64; 8]; 2] = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];

/// Coefficients c7..c0 and d7..d0 of PPND16.
const NEAR_TAIL: [[f64; 8]; 2] = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

/// Coefficients e7..e0 and f7..f0 of PPND16.
const FAR_TAIL: [[f64; 8]; 2] = [
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
];

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, draws, edges};
    use super::*;
    use statrs::distribution::{ContinuousCDF, LogNormal, Normal};

    /// Quantiles to 17 digits, from arbitrary-precision arithmetic.
    const QUANTILES: [(f64, f64); 8] = [
        (0.5, 0.0),
        (0.25, -0.674_489_750_196_081_7),
        (0.001, -3.090_232_306_167_813_6),
        (1e-20, -9.262_340_089_798_409),
        (0.925, 1.439_531_470_938_456),
        (0.9, 1.281_551_565_544_600_4),
        (1e-300, -37.047_096_299_361_2),
        (1.110_223_024_625_156_5e-16, -8.209_536_151_601_387),
    ];

    #[test]
    fn the_inverse_has_the_known_values() {
        for (u, z) in QUANTILES {
            assert!((inverse(u) - z).abs() <= 4e-16 * z.abs(), "{u}: {}", inverse(u));
        }
    }

    #[test]
    fn the_cumulative_probability_undoes_the_inverse_even_in_the_tails() {
        for (u, z) in QUANTILES {
            assert!(
                (cumulative(z) / u - 1.0).abs() < 1e-13 || u < 1e-299,
                "{z}: {}",
                cumulative(z)
            );
        }
        for step in -300..300 {
            let z = f64::from(step) / 40.0;
            let lower = cumulative(z);
            let back = if z < 0.0 { inverse(lower) } else { -inverse(cumulative(-z)) };
            assert!((back - z).abs() < 1e-13, "{z} {back}");
        }
    }

    #[test]
    fn a_chunk_is_inverted_like_single_numbers() {
        let stream = Stream::new(1, "normal", 0, 0);
        let mut numbers = [0.0; CHUNK];
        stream.fill_uniform(0, &mut numbers);
        (numbers[3], numbers[90]) = (1e-12, 1.0 - f64::EPSILON / 2.0);
        let expected = numbers.map(inverse);
        invert(&mut numbers);
        assert_eq!(numbers.map(f64::to_bits), expected.map(f64::to_bits));
    }

    #[test]
    fn normal_and_lognormal_draws_are_those_of_the_standard_deviates() {
        let length = 1000;
        let stream = Stream::new(8, "claims", 1, 0);
        let mut z = vec![0.0; length];
        fill_standard(&stream, 12, &mut z);
        let first: Vec<f64> = (0..length).map(|path| path as f64 * 0.01).collect();
        let second: Vec<f64> = (0..length).map(|path| (path % 7) as f64 * 0.3).collect();
        for family in [Family::Normal, Family::Lognormal] {
            let (mut drawn, mut placed) = (vec![0.0; length], vec![0.0; length]);
            family.fill(&stream, 12, &[&first, &second], &mut drawn).expect("possible");
            family.fill_from_normal(&z, &[&first, &second], &mut placed).expect("possible");
            assert_eq!(drawn, placed);
        }
        assert!(z.iter().zip(&z[1..]).all(|(first, second)| first != second));
    }

    #[test]
    fn a_standard_deviation_of_0_gives_a_constant() {
        assert!(draws(Family::Normal, &[3.25, 0.0], 0, 200).iter().all(|draw| *draw == 3.25));
        assert!(draws(Family::Lognormal, &[0.0, 0.0], 0, 200).iter().all(|draw| *draw == 1.0));
    }

    #[test]
    fn normal_and_lognormal_draws_follow_their_distributions() {
        for values in [[0.0, 1.0], [-1e6, 1e-3], [5.0, 1e9]] {
            let law = Normal::new(values[0], values[1]).expect("possible");
            let edges = edges(Family::Normal, &values);
            assert_follows(Family::Normal, &values, &edges, |x| law.cdf(x));
        }
        for values in [[0.0, 0.5], [3.0, 4.0]] {
            let law = LogNormal::new(values[0], values[1]).expect("possible");
            let edges = edges(Family::Lognormal, &values);
            assert_follows(Family::Lognormal, &values, &edges, |x| law.cdf(x));
        }
    }
}
