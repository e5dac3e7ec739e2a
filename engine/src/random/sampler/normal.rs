//! Normal and lognormal draws, by inversion: one number of the stream for each path.

use super::super::stream::{Stream, open_unit};
use super::elementary::{exp, ln};
use super::{Block, CHUNK, Law, Parameter, first_failing};
use statrs::function::erf::erfc;
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

    fn impossible([mean, sd]: [f64; 2]) -> Option<usize> {
        first_failing([mean, sd], [true, sd >= 0.0])
    }

    fn mean([mean, _]: [f64; 2]) -> f64 {
        mean
    }

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

    fn impossible(values: [f64; 2]) -> Option<usize> {
        Normal::impossible(values)
    }

    fn mean([mu, sigma]: [f64; 2]) -> f64 {
        (mu + sigma * sigma / 2.0).exp()
    }

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
    erfc(-z * FRAC_1_SQRT_2) / 2.0
}

/// The standard normal deviate that the upper 52 of 64 random bits stand for.
pub(super) fn deviate(number: u64) -> f64 {
    inverse(open_unit(number))
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
pub(super) fn invert(numbers: &mut [f64]) {
    if numbers.len() < 8 {
        numbers.iter_mut().for_each(|number| *number = inverse(*number));
        return;
    }
    let mut tails = [0; CHUNK];
    let mut deviates = [0.0; CHUNK];
    let mut count = 0;
    for (index, number) in numbers.iter().enumerate() {
        tails[count] = index as u8;
        deviates[count] = *number;
        count += usize::from((number - 0.5).abs() > CENTRE);
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
        2.509_080_928_730_122_672_7e3,
        3.343_057_558_358_812_810_5e4,
        6.726_577_092_700_870_085_3e4,
        4.592_195_393_154_987_145_7e4,
        1.373_169_376_550_946_112_5e4,
        1.971_590_950_306_551_442_7e3,
        1.331_416_678_917_843_774_5e2,
        3.387_132_872_796_366_608,
    ],
    [
        5.226_495_278_852_854_561e3,
        2.872_908_573_572_194_267_4e4,
        3.930_789_580_009_271_061e4,
        2.121_379_430_158_659_586_7e4,
        5.394_196_021_424_751_107_7e3,
        6.871_870_074_920_579_083e2,
        4.231_333_070_160_091_125_2e1,
        1.0,
    ],
];

/// Coefficients c7..c0 and d7..d0 of PPND16.
const NEAR_TAIL: [[f64; 8]; 2] = [
    [
        7.745_450_142_783_414_076_4e-4,
        2.272_384_498_926_918_458_33e-2,
        2.417_807_251_774_506_117_7e-1,
        1.270_458_252_452_368_382_58,
        3.647_848_324_763_204_605_04,
        5.769_497_221_460_691_405_5,
        4.630_337_846_156_545_295_9,
        1.423_437_110_749_683_577_34,
    ],
    [
        1.050_750_071_644_416_843_24e-9,
        5.475_938_084_995_344_946e-4,
        1.519_866_656_361_645_719_66e-2,
        1.481_039_764_274_800_745_9e-1,
        6.897_673_349_851_000_045_5e-1,
        1.676_384_830_183_803_849_4,
        2.053_191_626_637_758_821_87,
        1.0,
    ],
];

/// Coefficients e7..e0 and f7..f0 of PPND16.
const FAR_TAIL: [[f64; 8]; 2] = [
    [
        2.010_334_399_292_288_132_65e-7,
        2.711_555_568_743_487_578_15e-5,
        1.242_660_947_388_078_438_6e-3,
        2.653_218_952_657_612_309_3e-2,
        2.965_605_718_285_048_912_3e-1,
        1.784_826_539_917_291_335_8,
        5.463_784_911_164_114_369_9,
        6.657_904_643_501_103_777_2,
    ],
    [
        2.044_263_103_389_939_785_64e-15,
        1.421_511_758_316_445_888_7e-7,
        1.846_318_317_510_054_681_8e-5,
        7.868_691_311_456_132_591e-4,
        1.487_536_129_085_061_485_25e-2,
        1.369_298_809_227_358_053_1e-1,
        5.998_322_065_558_879_376_9e-1,
        1.0,
    ],
];
