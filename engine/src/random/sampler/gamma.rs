//! Gamma draws: the method of Marsaglia and Tsang 2000, with a sharper test for acceptance.

use super::super::stream::{Stream, open_unit, spare_unit};
use super::{Block, CHUNK, Law, Parameter, first_failing, normal, quantile};
use crate::numeric::elementary::{exp, ln, ln_1p, ln_of_any};

const POSITIVE: &str = "above 0";
/// The attempt whose first number lifts the result of a shape below 1.
const LIFT: u32 = 1 << 31;

/// Gamma(shape, scale). Results too large for a floating-point number are infinite, and those
/// too small are 0, which happens often for shapes near 0.
pub(super) struct Gamma;

impl Law<2> for Gamma {
    const NAME: &'static str = "gamma";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "shape", requirement: POSITIVE },
        Parameter { name: "scale", requirement: POSITIVE },
    ];

    #[inline(always)]
    fn impossible([shape, scale]: [f64; 2]) -> Option<usize> {
        first_failing([shape, scale], [shape > 0.0, scale > 0.0])
    }

    fn mean([shape, scale]: [f64; 2]) -> f64 {
        shape * scale
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        let mut methods = Methods::default();
        let mut numbers = [0; CHUNK];
        let mut lifts = [(); 2].map(|()| [0; CHUNK]);
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [shapes, scales] = block.part(start, chunk.len());
            if start == 0 || !block.constant {
                methods.set(shapes);
            }
            let numbers = &mut numbers[..chunk.len()];
            stream.fill_first(path, numbers);
            draw(stream, path, 0, numbers, &methods, chunk);
            if is_any_below_1(shapes) {
                let [first, second] = &mut lifts;
                stream.fill_pair(path, LIFT, &mut first[..shapes.len()], second);
                let exponents = lift_exponents(first, shapes);
                for (((slot, exponent), scale), factor) in
                    chunk.iter_mut().zip(&exponents).zip(scales).zip(exponents.map(exp))
                {
                    *slot = if *exponent > -600.0 {
                        *slot * factor * scale
                    } else {
                        lifted_far(*slot, *exponent, *scale)
                    };
                }
            } else {
                for (slot, scale) in chunk.iter_mut().zip(scales) {
                    *slot *= scale;
                }
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, [shape, scale]: [f64; 2]) -> f64 {
        quantile::gamma(shape, z) * scale
    }
}

/// The product of a tiny and a huge factor, formed in logarithms.
#[cold]
#[inline(never)]
fn lifted_far(draw: f64, exponent: f64, scale: f64) -> f64 {
    exp(ln(draw) + exponent + ln_of_any(scale))
}

/// Whether any of the shapes is below 1.
#[inline(always)]
pub(super) fn is_any_below_1(shapes: &[f64]) -> bool {
    shapes.iter().fold(false, |any, shape| any | (*shape < 1.0))
}

/// The logarithm of `U^(1 / shape)` for each shape below 1, otherwise 0.
#[inline(always)]
pub(super) fn lift_exponents(numbers: &[u64], shapes: &[f64]) -> [f64; CHUNK] {
    let mut exponents = [0.0; CHUNK];
    for ((exponent, number), shape) in exponents.iter_mut().zip(numbers).zip(shapes) {
        let quotient = ln(open_unit(*number)) / shape;
        *exponent = if *shape < 1.0 { quotient } else { 0.0 };
    }
    exponents
}

/// Constants of the method for the paths of a chunk: a Gamma(shape) variable is distributed like
/// `size * (1 + spread * Z)^3` for a normal `Z` that is accepted with probability
/// `exp(Z^2 / 2 + size * (1 - v + ln v))`, where `v = (1 + spread * Z)^3`.
///
/// This needs a shape of at least 1. For a smaller one the constants are those of `shape + 1`,
/// and the caller multiplies by `U^(1 / shape)` for a uniform `U` (Marsaglia and Tsang, section 6).
pub(super) struct Methods {
    /// `shape - 1/3`.
    size: [f64; CHUNK],
    /// `1 / (3 sqrt(size))`.
    spread: [f64; CHUNK],
    /// Factor of `Z^4` in the quick test: `1 / (108 size)`.
    slope: [f64; CHUNK],
}

impl Default for Methods {
    fn default() -> Self {
        Self { size: [0.0; CHUNK], spread: [0.0; CHUNK], slope: [0.0; CHUNK] }
    }
}

impl Methods {
    /// Computes the constants for these shapes, at most [`CHUNK`] of them.
    #[inline(always)]
    pub(super) fn set(&mut self, shapes: &[f64]) {
        for (index, shape) in shapes.iter().enumerate().take(CHUNK) {
            let lifted = if *shape < 1.0 { shape + 1.0 } else { *shape };
            let size = lifted - 1.0 / 3.0;
            let spread = 1.0 / (3.0 * size.sqrt());
            self.size[index] = size;
            self.spread[index] = spread;
            self.slope[index] = spread * spread / 12.0;
        }
    }

    /// The draw that the normal deviate `z` proposes.
    #[inline(always)]
    fn proposal(&self, index: usize, z: f64) -> f64 {
        let base = 1.0 + self.spread[index] * z;
        self.size[index] * (base * base * base)
    }

    /// How far the quick test is from failing: the proposal is accepted if this is not negative.
    ///
    /// With `t = spread * z`, the logarithm of the probability of acceptance is
    /// `3 size * (ln(1 + t) - t + t^2/2 - t^3/3)`, and so at least `-slope * z^4` for `t >= 0`
    /// and `-slope * z^4 / (1 + t)` for `-1 < t < 0`, as the series shows. The test compares the
    /// largest value that the uniform number can have, given its first 12 bits, with 1 plus this.
    #[inline(always)]
    fn margin(&self, index: usize, z: f64, spare: f64) -> f64 {
        const NEXT: f64 = 1.0 - 1.0 / 4096.0;
        let base = 1.0 + self.spread[index] * z;
        let base = if base < 1.0 { base } else { 1.0 };
        let square = z * z;
        (NEXT - spare) * base - self.slope[index] * (square * square)
    }

    /// The probability with which `z` is accepted.
    fn acceptance(&self, index: usize, z: f64) -> f64 {
        let t = self.spread[index] * z;
        if t <= -1.0 {
            return 0.0;
        }
        let rest = if t.abs() < 0.05 {
            // -t^4/4 + t^5/5 - ..., because the closed form would lose all digits.
            let series = (4..14).rev().fold(0.0, |sum, power| f64::from(power).recip() - t * sum);
            -series * t * t * t * t
        } else {
            ln_1p(t) - t + t * t / 2.0 - t * t * t / 3.0
        };
        exp(3.0 * self.size[index] * rest)
    }
}

/// Writes a draw of Gamma(shape, 1), or of Gamma(shape + 1, 1) for a shape below 1, for each path
/// from `first_path` on.
///
/// A number gives the normal deviate with its upper 52 bits and the first 12 bits of the uniform
/// number for the test with the others: nearly always these 12 bits decide. `numbers` holds those
/// of the first proposal. The later ones are the first numbers of the attempts
/// `attempt + 1`, `attempt + 2`, ..., and the second number of an attempt gives the rest of the
/// uniform number where it is needed. At most [`CHUNK`] paths.
#[inline(always)]
pub(super) fn draw(
    stream: &Stream,
    first_path: u64,
    attempt: u32,
    numbers: &mut [u64],
    methods: &Methods,
    out: &mut [f64],
) {
    let mut deviates = [0.0; CHUNK];
    let mut margins = [0.0; CHUNK];
    let deviates = &mut deviates[..out.len().min(CHUNK)];
    for (deviate, number) in deviates.iter_mut().zip(numbers.iter()) {
        *deviate = open_unit(*number);
    }
    normal::invert(deviates);
    let mut undecided = [0; CHUNK];
    let mut count = 0;
    for (index, ((z, slot), number)) in
        deviates.iter().zip(out.iter_mut()).zip(numbers.iter()).enumerate()
    {
        *slot = methods.proposal(index, *z);
        margins[index] = methods.margin(index, *z, spare_unit(*number));
    }
    let margins = &margins[..deviates.len()];
    if margins.iter().fold(false, |any, margin| any | (*margin < 0.0)) {
        for (index, margin) in margins.iter().enumerate() {
            undecided[count] = index as u8;
            count += usize::from(*margin < 0.0);
        }
        let mut rest = Rest { stream, first_path, attempt, methods, numbers, deviates };
        rest.finish(&mut undecided[..count], out);
    }
}

/// The paths of a chunk whose first proposal the quick test did not accept.
struct Rest<'a> {
    stream: &'a Stream,
    first_path: u64,
    attempt: u32,
    methods: &'a Methods,
    numbers: &'a mut [u64],
    deviates: &'a mut [f64],
}

impl Rest<'_> {
    /// Proposes anew for the paths in `undecided`, all at a time, until each has a draw.
    fn finish(&mut self, mut undecided: &mut [u8], out: &mut [f64]) {
        let mut paths = [0; CHUNK];
        let mut fresh = [(); 2].map(|()| [0; CHUNK]);
        let mut deviates = [0.0; CHUNK];
        loop {
            let mut rejected = 0;
            for place in 0..undecided.len() {
                let index = usize::from(undecided[place]);
                if self.accepts(index) {
                    out[index] = self.methods.proposal(index, self.deviates[index]);
                } else {
                    undecided[rejected] = index as u8;
                    paths[rejected] = self.path(index);
                    rejected += 1;
                }
            }
            undecided = &mut undecided[..rejected];
            if rejected == 0 {
                return;
            }
            self.attempt = self.attempt.wrapping_add(1);
            let [first, second] = &mut fresh;
            self.stream.fill_listed(&paths[..rejected], self.attempt, first, second);
            let deviates = &mut deviates[..rejected];
            for (deviate, number) in deviates.iter_mut().zip(first.iter()) {
                *deviate = open_unit(*number);
            }
            normal::invert(deviates);
            for ((index, number), z) in undecided.iter().zip(first).zip(deviates) {
                self.numbers[usize::from(*index)] = *number;
                self.deviates[usize::from(*index)] = *z;
            }
        }
    }

    fn path(&self, index: usize) -> u64 {
        self.first_path.wrapping_add(index as u64)
    }

    /// The full test of the proposal of the path with this index.
    fn accepts(&self, index: usize) -> bool {
        const STEP: f64 = 1.0 / 4096.0;
        let (z, spare) = (self.deviates[index], spare_unit(self.numbers[index]));
        if self.methods.margin(index, z, spare) >= 0.0 {
            return true;
        }
        let acceptance = self.methods.acceptance(index, z);
        if spare + STEP <= acceptance || spare >= acceptance {
            return spare < acceptance;
        }
        let (_, second) = self.stream.pair(self.path(index), self.attempt);
        spare + open_unit(second) * STEP <= acceptance
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, draws, edges};
    use super::*;
    use statrs::function::gamma::gamma_lr;

    #[test]
    fn gamma_draws_follow_their_distribution() {
        for shape in [1.0, 2.0, 0.999, 0.5, 0.1, 1e-2, 1.7, 30.0, 1e4, 1e6] {
            for scale in [1.0, 250.0] {
                let values = [shape, scale];
                let mut edges = edges(Family::Gamma, &values);
                // Nearer to 0 the floating-point numbers end.
                edges.retain(|edge| *edge > 1e-290);
                assert_follows(Family::Gamma, &values, &edges, |x| gamma_lr(shape, x / scale));
            }
        }
    }

    #[test]
    fn extreme_shapes_and_scales_give_neither_nan_nor_needless_infinities() {
        let mean = |values: &[f64]| draws(Family::Gamma, values, 0, 2000).iter().sum::<f64>() / 2e3;
        assert!((mean(&[1e300, 1e-300]) - 1.0).abs() < 1e-12);
        assert!((mean(&[1e-3, 1e300]) / 1e297 - 1.0).abs() < 2.0);
        assert_eq!(mean(&[1e-310, 1e300]), 0.0);
        // U^100 is below 1e-308 for 1 draw in 1200, but times 1e300 it is not too small.
        assert!(draws(Family::Gamma, &[1e-2, 1e300], 0, 5000).iter().all(|draw| *draw > 0.0));
        assert!(draws(Family::Gamma, &[1e308, 1.0], 0, 100).iter().all(|draw| draw.is_finite()));
    }

    #[test]
    fn the_quick_test_never_accepts_what_the_full_test_could_reject() {
        let mut methods = Methods::default();
        let shapes = [1.0, 1.2, 3.0, 40.0, 1e5, 1e12, 1e300];
        methods.set(&shapes);
        for (index, shape) in shapes.iter().enumerate() {
            for step in -8_300..8_300 {
                let z = f64::from(step) / 1000.0;
                let acceptance = methods.acceptance(index, z);
                // The bound that the margin stands for.
                let base = (1.0 + methods.spread[index] * z).min(1.0);
                let bound =
                    if base > 0.0 { 1.0 - methods.slope[index] * z.powi(4) / base } else { 0.0 };
                assert!(bound <= acceptance + 1e-13, "{shape} {z}: {bound} {acceptance}");
                if methods.margin(index, z, 0.5) >= 0.0 {
                    assert!(0.5 + 1.0 / 4096.0 <= acceptance + 1e-13, "{shape} {z}");
                }
            }
        }
    }

    #[test]
    fn the_probability_of_acceptance_is_the_quotient_of_the_densities() {
        let mut methods = Methods::default();
        let shapes = [1.0, 2.5, 100.0, 2e4];
        methods.set(&shapes);
        for (index, size) in methods.size[..shapes.len()].iter().enumerate() {
            for z in [-3.0, -2.0, -0.5, -0.01, 0.3, 1.0, 4.0] {
                let v = (1.0 + methods.spread[index] * z).powi(3);
                let expected =
                    if v > 0.0 { (z * z / 2.0 + size * (1.0 - v + v.ln())).exp() } else { 0.0 };
                let found = methods.acceptance(index, z);
                assert!((found - expected).abs() < 1e-10, "{size} {z}: {found} {expected}");
            }
        }
    }
}
