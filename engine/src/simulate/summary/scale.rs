//! How values become whole numbers, whose sums are exact in any order.

use serde::{Deserialize, Serialize};

/// A step is one part in 2³⁴ of the spread of the first block, so exactly are sums known.
const STEP_BITS: i32 = 34;

/// How the values of one result become whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::simulate) struct Scale {
    pub(super) shift: f64,
    pub(super) step: f64,
    /// One over `step`, exact as both are powers of two.
    pub(super) per_step: f64,
}

impl Scale {
    /// The scale that fits the values of the first block; values that are not numbers are passed
    /// over.
    pub(in crate::simulate) fn of(pilot: &[f64]) -> Scale {
        let known = || pilot.iter().copied().filter(|value| value.is_finite());
        let count = known().count().max(1) as f64;
        let mean = known().sum::<f64>() / count;
        let spread = known().map(|value| (value - mean).abs()).fold(0.0, f64::max);
        let spread = if spread > 0.0 { spread } else { mean.abs().max(1.0) };
        // A power of two, so that whole yen are whole numbers of steps: the next one above the
        // spread, by its exponent.
        let exponent = ((spread.to_bits() >> 52) as i32 - 1022).clamp(-900, 900) - STEP_BITS;
        let power = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
        let (step, per_step) = (power(exponent), power(-exponent));
        Scale { shift: (mean * per_step).round() * step, step, per_step }
    }

    /// A value as a whole number of steps from the shift.
    pub(in crate::simulate) fn steps(self, value: f64) -> f64 {
        const EXACT: f64 = (1_u64 << 51) as f64;
        let steps = (value - self.shift) * self.per_step;
        if steps.abs() < EXACT { rounded(steps) } else { steps.round() }
    }

    pub(in crate::simulate) fn value(self, steps: f64) -> f64 {
        self.shift + steps * self.step
    }

    /// How much a step is.
    pub(in crate::simulate) fn size(self) -> f64 {
        self.step
    }
}

/// The nearest whole number, for numbers below 2⁵¹.
#[inline(always)]
pub(super) fn rounded(x: f64) -> f64 {
    // Adding 1.5 × 2⁵² and taking it away rounds without a call.
    const ROUNDING: f64 = 6_755_399_441_055_744.0;
    (x + ROUNDING) - ROUNDING
}
