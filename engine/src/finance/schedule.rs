//! The internal rates of return of a column of investments.

use super::{Receipt, Years, rate_of_return};
use crate::numeric::elementary::{exp, ln};
use crate::numeric::{Loops, widest};

/// Paths worked on side by side.
const LANES: usize = 8;
/// Steps towards the root; from a return of a tenth to ten times the investment they reach it.
const STEPS: usize = 6;
/// The largest last step, as a part of the factor `1 / (1 + rate)`. What remains is of the order
/// of its square.
const LAST_STEP: f64 = 1e-7;
/// The largest step before it where a power is followed by approximation, which is off by less
/// than the cube of the step, divided by 30.
const STEP_BEFORE: f64 = 1e-4;

/// The times at which investments of one kind are paid back, ready for columns of amounts.
///
/// A column is solved by a fixed number of steps, which suffice nearly always; a path where they
/// do not is left to [`rate_of_return`], as are paths on which the investor also pays. A path's
/// rate depends on nothing but its own amounts, to the last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// In years, rising.
    times: Vec<f64>,
    /// Whole years from each time to the one before, where all have the same fraction of a year.
    gaps: Option<Vec<u32>>,
    /// That fraction.
    fraction: f64,
}

impl Schedule {
    /// The schedule with these times, which rise.
    #[must_use]
    pub fn new(times: &[Years]) -> Schedule {
        let days = times.first().map_or(0, |first| first.days);
        let alike = times.iter().all(|time| time.days == days);
        let mut before = 0;
        let gaps = times.iter().map(|time| {
            let gap = time.whole - before;
            before = time.whole;
            gap
        });
        Schedule {
            gaps: alike.then(|| gaps.collect()),
            times: times.iter().map(|time| time.value()).collect(),
            fraction: times.first().map_or(0.0, |first| first.fraction()),
        }
    }

    /// Writes the rate of every path: `invested` once, and what each time of the schedule brings.
    /// NaN where [`rate_of_return`] tells none.
    pub fn rates<'a>(
        &self,
        invested: &'a [f64],
        receipts: impl Fn(usize) -> &'a [f64],
        out: &mut [f64],
    ) {
        widest(Rates { schedule: self, invested, receipts, out });
    }

    #[inline(always)]
    fn rates_side_by_side<'a, R: Fn(usize) -> &'a [f64]>(
        &self,
        flows: &Columns<'a, '_, R>,
        out: &mut [f64],
    ) {
        let whole = out.len() - out.len() % LANES;
        let (pieces, rest) = out.split_at_mut(whole);
        for (piece, out) in pieces.chunks_exact_mut(LANES).enumerate() {
            self.lanes::<LANES, _>(piece * LANES, flows, out);
        }
        for (path, out) in rest.iter_mut().enumerate() {
            self.lanes::<1, _>(whole + path, flows, std::slice::from_mut(out));
        }
    }

    /// The rates of `N` paths side by side, from `first` on.
    #[inline(always)]
    fn lanes<'a, const N: usize, R: Fn(usize) -> &'a [f64]>(
        &self,
        first: usize,
        flows: &Columns<'a, '_, R>,
        out: &mut [f64],
    ) {
        let mut least = [0.0_f64; N];
        for at in 0..self.times.len() {
            let amount = part::<N>((flows.receipts)(at), first);
            for lane in 0..N {
                least[lane] = if amount[lane] < least[lane] { amount[lane] } else { least[lane] };
            }
        }
        // The factor 1 / (1 + rate), NaN where the steps did not settle.
        let v = match &self.gaps {
            Some(gaps) => self.even::<N, R>(gaps, first, flows),
            None => self.uneven::<N, R>(first, flows),
        };
        for lane in 0..N {
            let rate = 1.0 / v[lane] - 1.0;
            let settled = v[lane] > 0.0 && least[lane] >= 0.0 && rate.is_finite();
            out[lane] = if settled { rate } else { self.one(first + lane, flows) };
        }
    }

    /// The rate of one path by the slow and safe way.
    fn one<'a, R: Fn(usize) -> &'a [f64]>(&self, path: usize, flows: &Columns<'a, '_, R>) -> f64 {
        let amounts = (0..self.times.len()).map(|at| (flows.receipts)(at)[path]);
        let receipts = amounts.zip(&self.times);
        let receipts = receipts.map(|(amount, after)| Receipt { amount, after: *after });
        rate_of_return(flows.invested[path], receipts).unwrap_or(f64::NAN)
    }

    /// The factors where all times have the same fraction of a year.
    ///
    /// With `v = 1 / (1 + rate)`, the worth `s(v) = Σ amount · v^after` of the receipts is, near
    /// `v`, about a power of `v` whose exponent is the mean time `w / s`, `w = v s′(v)`. The factor
    /// that brings such a power to the amount invested is `(invested / s)^(s / w)`, here by its
    /// first Padé approximant: no step needs more than additions, multiplications and a division.
    #[inline(always)]
    fn even<'a, const N: usize, R: Fn(usize) -> &'a [f64]>(
        &self,
        gaps: &[u32],
        first: usize,
        flows: &Columns<'a, '_, R>,
    ) -> [f64; N] {
        let amounts = |at: usize| part::<N>((flows.receipts)(at), first);
        let invested = part::<N>(flows.invested, first);
        // v, and v to the power of the fraction of a year that all times have.
        let (mut v, mut power) = ([1.0; N], [1.0; N]);
        let (mut factor, mut before) = ([1.0; N], [1.0; N]);
        let part_of_year = self.fraction;
        for step in 0..STEPS {
            let (mut worth, mut slope) = ([0.0; N], [0.0; N]);
            for (at, gap) in gaps.iter().enumerate().rev() {
                let amount = amounts(at);
                for lane in 0..N {
                    worth[lane] += amount[lane];
                }
                for _ in 0..*gap {
                    for lane in 0..N {
                        slope[lane] = slope[lane] * v[lane] + worth[lane];
                        worth[lane] *= v[lane];
                    }
                }
            }
            // The power is followed by approximation until little is left to go.
            if part_of_year > 0.0 && step + 2 == STEPS {
                for lane in 0..N {
                    power[lane] = exp(part_of_year * ln(v[lane]));
                }
            }
            for lane in 0..N {
                let s = worth[lane] * power[lane];
                let w = (v[lane] * slope[lane] + part_of_year * worth[lane]) * power[lane];
                let up = (w + s) * invested[lane] + (w - s) * s;
                let down = (w - s) * invested[lane] + (w + s) * s;
                let by = up / down;
                (before[lane], factor[lane]) = (factor[lane], by);
                v[lane] *= by;
                if part_of_year > 0.0 {
                    power[lane] *= ((1.0 + part_of_year) * by + (1.0 - part_of_year))
                        / ((1.0 - part_of_year) * by + (1.0 + part_of_year));
                }
            }
        }
        for lane in 0..N {
            let near = part_of_year == 0.0 || (before[lane] - 1.0).abs() <= STEP_BEFORE;
            let settled = near && (factor[lane] - 1.0).abs() <= LAST_STEP;
            v[lane] = if settled { v[lane] } else { f64::NAN };
        }
        v
    }

    /// The factors where times have fractions of a year of their own: Newton's steps for the
    /// logarithm of the worth as a function of `x = ln v`, which is nearly straight.
    #[inline(always)]
    fn uneven<'a, const N: usize, R: Fn(usize) -> &'a [f64]>(
        &self,
        first: usize,
        flows: &Columns<'a, '_, R>,
    ) -> [f64; N] {
        let invested = part::<N>(flows.invested, first);
        let (mut x, mut last) = ([0.0; N], [f64::NAN; N]);
        for _ in 0..STEPS {
            let (mut worth, mut slope) = ([0.0; N], [0.0; N]);
            for (at, time) in self.times.iter().enumerate() {
                let amount = part::<N>((flows.receipts)(at), first);
                for lane in 0..N {
                    let now = amount[lane] * exp(x[lane] * time);
                    worth[lane] += now;
                    slope[lane] += now * time;
                }
            }
            for lane in 0..N {
                last[lane] = ln(invested[lane] / worth[lane]) * worth[lane] / slope[lane];
                x[lane] += last[lane];
            }
        }
        let mut v = [f64::NAN; N];
        for lane in 0..N {
            let factor = exp(x[lane]);
            v[lane] = if last[lane].abs() <= LAST_STEP { factor } else { f64::NAN };
        }
        v
    }
}

/// The columns of some investments.
struct Columns<'a, 'r, R: Fn(usize) -> &'a [f64]> {
    invested: &'a [f64],
    receipts: &'r R,
}

/// The rates of a column, to be worked out.
struct Rates<'s, 'a, 'o, R: Fn(usize) -> &'a [f64]> {
    schedule: &'s Schedule,
    invested: &'a [f64],
    receipts: R,
    out: &'o mut [f64],
}

impl<'a, R: Fn(usize) -> &'a [f64]> Loops for Rates<'_, 'a, '_, R> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Rates { schedule, invested, receipts, out } = self;
        schedule.rates_side_by_side(&Columns { invested, receipts: &receipts }, out);
    }
}

#[inline(always)]
fn part<const N: usize>(column: &[f64], first: usize) -> [f64; N] {
    let mut values = [0.0; N];
    values.copy_from_slice(&column[first..first + N]);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(times: &[Years], invested: f64, paths: &[Vec<f64>]) -> Vec<f64> {
        let columns: Vec<Vec<f64>> =
            (0..times.len()).map(|at| paths.iter().map(|path| path[at]).collect()).collect();
        let mut out = vec![0.0; paths.len()];
        let invested = vec![invested; paths.len()];
        Schedule::new(times).rates(&invested, |at| &columns[at], &mut out);
        out
    }

    fn scalar(times: &[Years], invested: f64, path: &[f64]) -> f64 {
        let receipts = times.iter().zip(path);
        let receipts =
            receipts.map(|(time, amount)| Receipt { amount: *amount, after: time.value() });
        rate_of_return(invested, receipts).unwrap_or(f64::NAN)
    }

    fn yearly(days: u32) -> Vec<Years> {
        (1..=5).map(|whole| Years { whole, days }).collect()
    }

    #[test]
    fn a_column_holds_what_was_worked_out_by_hand() {
        let times = yearly(0);
        let paths = [
            vec![0.0, 0.0, 0.0, 0.0, 100.0],
            vec![110.0, 0.0, 0.0, 0.0, 0.0],
            vec![10.0, 10.0, 10.0, 10.0, 110.0],
            vec![0.0; 5],
            vec![0.0, 25.0, 0.0, 0.0, 0.0],
            vec![50.0, -20.0, 50.0, 50.0, 50.0],
            vec![f64::NAN, 0.0, 0.0, 0.0, 1.0],
        ];
        let found = rates(&times, 100.0, &paths);
        for (found, expected) in found.iter().zip([0.0, 0.1, 0.1, -1.0, -0.5]) {
            assert!((found - expected).abs() < 1e-13, "{found} for {expected}");
        }
        assert!(found[5].is_nan() && found[6].is_nan(), "{found:?}");
        // 100 · 1.1^(1 + 61 / 365) paid one year and 61 days after 100 is 10%.
        let worth = 100.0 * 1.1_f64.powf(1.0 + 61.0 / 365.0);
        let found = rates(&yearly(61), 100.0, &[vec![worth, 0.0, 0.0, 0.0, 0.0]]);
        assert!((found[0] - 0.1).abs() < 1e-12, "{found:?}");
    }

    proptest! {
        #[test]
        fn a_column_agrees_with_each_of_its_paths_alone(
            paths in proptest::collection::vec(
                proptest::collection::vec(prop_oneof![Just(0.0), 0.0_f64..12e6, -1e6_f64..1e6], 5),
                1..30,
            ),
            days in prop_oneof![Just(0_u32), 0_u32..364], mixed in proptest::bool::ANY,
        ) {
            let mut times = yearly(days);
            if mixed {
                times[3].days = (days + 100) % 364;
            }
            let found = rates(&times, 4e7, &paths);
            for (found, path) in found.iter().zip(&paths) {
                let expected = scalar(&times, 4e7, path);
                let same = found.is_nan() && expected.is_nan()
                    || (found - expected).abs() <= 2e-12 * (1.0 + expected.abs());
                prop_assert!(same, "{} for {}: {:?}", found, expected, path);
            }
            // Not to the last bit dependent on the paths beside it.
            for cut in 1..paths.len() {
                let (left, right) = paths.split_at(cut);
                let mut apart = rates(&times, 4e7, left);
                apart.extend(rates(&times, 4e7, right));
                let bits = |of: &[f64]| of.iter().map(|rate| rate.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&apart), bits(&found));
            }
        }
    }
}
