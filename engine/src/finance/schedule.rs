//! The internal rates of return of a column of lists of flows.

use super::{Flow, Years, rates_of_return};
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

/// The times of flows of one kind, ready for columns of amounts.
///
/// A path on which money is only paid first and only received then has one rate. A column of such
/// paths is solved by a fixed number of steps, which suffice nearly always; a path where they do
/// not is left to [`rates_of_return`], as are paths whose flows change their sign more than once. A
/// path's rate depends on nothing but its own amounts, to the last bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// In years, rising; the first is 0.
    times: Vec<f64>,
    /// Whole years from each later time to the one before, where all later times have the same
    /// fraction of a year.
    gaps: Option<Vec<u32>>,
    /// That fraction.
    fraction: f64,
}

impl Schedule {
    /// The schedule with these times, which rise from 0.
    #[must_use]
    pub fn new(times: &[Years]) -> Schedule {
        let later = times.get(1..).unwrap_or_default();
        let days = later.first().map_or(0, |first| first.days);
        let alike = later.iter().all(|time| time.days == days);
        let mut before = 0;
        let gaps = later.iter().map(|time| {
            let gap = time.whole - before;
            before = time.whole;
            gap
        });
        Schedule {
            gaps: alike.then(|| gaps.collect()),
            times: times.iter().map(|time| time.value()).collect(),
            fraction: later.first().map_or(0.0, |first| first.fraction()),
        }
    }

    /// Writes the rate of every path, given what each time of the schedule brings; NaN where there
    /// is not exactly one rate.
    pub fn rates<'a>(&self, flows: impl Fn(usize) -> &'a [f64], out: &mut [f64]) {
        widest(Rates { schedule: self, flows, out });
    }

    #[inline(always)]
    fn rates_side_by_side<'a, F: Fn(usize) -> &'a [f64]>(&self, flows: &F, out: &mut [f64]) {
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
    fn lanes<'a, const N: usize, F: Fn(usize) -> &'a [f64]>(
        &self,
        first: usize,
        flows: &F,
        out: &mut [f64],
    ) {
        // What is received so far, and the sum of what is paid after anything was received.
        let (mut received, mut late) = ([0.0_f64; N], [0.0_f64; N]);
        // Flows from here on are received on every one of these paths.
        let mut split = 0;
        for at in 0..self.times.len() {
            let amount = part::<N>(flows(at), first);
            for lane in 0..N {
                let (paid, got) = parts(amount[lane]);
                late[lane] += if received[lane] > 0.0 { paid } else { 0.0 };
                received[lane] += got;
                split = if paid > 0.0 { at + 1 } else { split };
            }
        }
        // The factor 1 / (1 + rate), NaN where the steps did not settle.
        let v = match &self.gaps {
            Some(gaps) => self.even::<N, F>(gaps, split, first, flows),
            None => self.uneven::<N, F>(split, first, flows),
        };
        for lane in 0..N {
            let rate = 1.0 / v[lane] - 1.0;
            let settled = v[lane] > 0.0 && late[lane] == 0.0 && rate.is_finite();
            out[lane] = if settled { rate } else { self.one(first + lane, flows) };
        }
    }

    /// The rate of one path by the slow and safe way.
    fn one<'a, F: Fn(usize) -> &'a [f64]>(&self, path: usize, flows: &F) -> f64 {
        let amounts = (0..self.times.len()).map(|at| flows(at)[path]);
        let list = amounts.zip(&self.times);
        let list = list.map(|(amount, after)| Flow { amount, after: *after });
        rates_of_return(list).one().unwrap_or(f64::NAN)
    }

    /// The factors where all later times have the same fraction of a year.
    ///
    /// With `v = 1 / (1 + rate)`, what is received, `s(v) = Σ amount · v^after`, is near `v` about a
    /// power of `v` whose exponent is the mean time `v s′ / s`; so is what is paid, `p(v)`. With `d`
    /// the difference of the two times, the factor that makes the two equal is `(p / s)^(1 / d)`,
    /// here by its first Padé approximant: no step needs more than additions, multiplications and
    /// divisions.
    #[inline(always)]
    fn even<'a, const N: usize, F: Fn(usize) -> &'a [f64]>(
        &self,
        gaps: &[u32],
        split: usize,
        first: usize,
        flows: &F,
    ) -> [f64; N] {
        // v, and v to the power of the fraction of a year that all later times have.
        let (mut v, mut power) = ([1.0; N], [1.0; N]);
        let (mut factor, mut before) = ([1.0; N], [1.0; N]);
        let part_of_year = self.fraction;
        let (mut paid_first, mut received_first) = ([0.0; N], [0.0; N]);
        if !self.times.is_empty() {
            let amount = part::<N>(flows(0), first);
            for lane in 0..N {
                (paid_first[lane], received_first[lane]) = parts(amount[lane]);
            }
        }
        for step in 0..STEPS {
            let (mut worth, mut slope) = ([0.0; N], [0.0; N]);
            let (mut paid, mut paid_slope) = ([0.0; N], [0.0; N]);
            for (at, gap) in gaps.iter().enumerate().rev() {
                let amount = part::<N>(flows(at + 1), first);
                let pays = at + 1 < split;
                for lane in 0..N {
                    let (out, back) = parts(amount[lane]);
                    worth[lane] += back;
                    paid[lane] += if pays { out } else { 0.0 };
                }
                for _ in 0..*gap {
                    for lane in 0..N {
                        slope[lane] = slope[lane] * v[lane] + worth[lane];
                        worth[lane] *= v[lane];
                    }
                    if pays {
                        for lane in 0..N {
                            paid_slope[lane] = paid_slope[lane] * v[lane] + paid[lane];
                            paid[lane] *= v[lane];
                        }
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
                let timed =
                    |worth: f64, slope: f64| (v[lane] * slope + part_of_year * worth) * power[lane];
                let s = worth[lane] * power[lane] + received_first[lane];
                let p = paid[lane] * power[lane] + paid_first[lane];
                // d × s: with what is paid at time 0 alone, v s′.
                let w =
                    timed(worth[lane], slope[lane]) - timed(paid[lane], paid_slope[lane]) * s / p;
                let up = (w + s) * p + (w - s) * s;
                let down = (w - s) * p + (w + s) * s;
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
    /// logarithm of what is received over what is paid as a function of `x = ln v`, which is nearly
    /// straight.
    #[inline(always)]
    fn uneven<'a, const N: usize, F: Fn(usize) -> &'a [f64]>(
        &self,
        split: usize,
        first: usize,
        flows: &F,
    ) -> [f64; N] {
        let (mut x, mut last) = ([0.0; N], [f64::NAN; N]);
        for _ in 0..STEPS {
            let (mut worth, mut slope) = ([0.0; N], [0.0; N]);
            let (mut paid, mut paid_slope) = ([0.0; N], [0.0; N]);
            for (at, time) in self.times.iter().enumerate() {
                let amount = part::<N>(flows(at), first);
                for lane in 0..N {
                    let (out, back) = parts(amount[lane]);
                    let factor = if at == 0 { 1.0 } else { exp(x[lane] * time) };
                    worth[lane] += back * factor;
                    slope[lane] += back * factor * time;
                    if at < split {
                        paid[lane] += out * factor;
                        paid_slope[lane] += out * factor * time;
                    }
                }
            }
            for lane in 0..N {
                let (s, p) = (worth[lane], paid[lane]);
                last[lane] = ln(p / s) / (slope[lane] / s - paid_slope[lane] / p);
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

/// What is paid and what is received of a flow. No number is both: nothing settles with it.
#[inline(always)]
fn parts(amount: f64) -> (f64, f64) {
    (if amount >= 0.0 { 0.0 } else { -amount }, if amount <= 0.0 { 0.0 } else { amount })
}

/// The rates of a column, to be worked out.
struct Rates<'s, 'o, F> {
    schedule: &'s Schedule,
    flows: F,
    out: &'o mut [f64],
}

impl<'a, F: Fn(usize) -> &'a [f64]> Loops for Rates<'_, '_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Rates { schedule, flows, out } = self;
        schedule.rates_side_by_side(&flows, out);
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

    /// The rates of paths whose flows have these times.
    fn rates(times: &[Years], paths: &[Vec<f64>]) -> Vec<f64> {
        let columns: Vec<Vec<f64>> =
            (0..times.len()).map(|at| paths.iter().map(|path| path[at]).collect()).collect();
        let mut out = vec![0.0; paths.len()];
        Schedule::new(times).rates(|at| &columns[at], &mut out);
        out
    }

    fn alone(times: &[Years], path: &[f64]) -> f64 {
        let flows = times.iter().zip(path);
        let flows = flows.map(|(time, amount)| Flow { amount: *amount, after: time.value() });
        rates_of_return(flows).one().unwrap_or(f64::NAN)
    }

    /// Time 0, then five years and days beyond them.
    fn yearly(days: u32) -> Vec<Years> {
        let later = (1..=5).map(|whole| Years { whole, days });
        std::iter::once(Years { whole: 0, days: 0 }).chain(later).collect()
    }

    #[test]
    fn a_column_holds_what_was_worked_out_by_hand() {
        let times = yearly(0);
        let paths = [
            vec![-100.0, 0.0, 0.0, 0.0, 0.0, 100.0],
            vec![-100.0, 110.0, 0.0, 0.0, 0.0, 0.0],
            vec![-100.0, 10.0, 10.0, 10.0, 10.0, 110.0],
            vec![-100.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            vec![-100.0, 0.0, 25.0, 0.0, 0.0, 0.0],
            // Drawn in two parts: 100 (1 + r)² + 50 (1 + r) = 180.
            vec![-100.0, -50.0, 180.0, 0.0, 0.0, 0.0],
            // A repayment that leaves one rate: −100 + 150 v − 1 v² + 10 v³.
            vec![-100.0, 150.0, -1.0, 10.0, 0.0, 0.0],
            // Two rates, none, and no numbers.
            vec![-1_600.0, 10_000.0, -10_000.0, 0.0, 0.0, 0.0],
            vec![-40.0, 100.0, -70.0, 0.0, 0.0, 0.0],
            vec![-100.0, f64::NAN, 0.0, 0.0, 0.0, 1.0],
            vec![f64::NAN, 0.0, 0.0, 0.0, 0.0, 1.0],
        ];
        let found = rates(&times, &paths);
        let drawn = (74_500_f64.sqrt() - 50.0) / 200.0 - 1.0;
        for (found, expected) in found.iter().zip([0.0, 0.1, 0.1, -1.0, -0.5, drawn]) {
            assert!((found - expected).abs() < 1e-13, "{found} for {expected}");
        }
        assert_eq!(found[6], alone(&times, &paths[6]));
        assert!(found[7..].iter().all(|rate| rate.is_nan()), "{found:?}");
        // 100 · 1.1^(1 + 61 / 365) paid one year and 61 days after 100 is 10%.
        let worth = 100.0 * 1.1_f64.powf(1.0 + 61.0 / 365.0);
        let found = rates(&yearly(61), &[vec![-100.0, worth, 0.0, 0.0, 0.0, 0.0]]);
        assert!((found[0] - 0.1).abs() < 1e-12, "{found:?}");
    }

    proptest! {
        #[test]
        fn a_column_agrees_with_each_of_its_paths_alone(
            paths in proptest::collection::vec(
                (-4e7_f64..-1e7, proptest::collection::vec(
                    prop_oneof![
                        Just(0.0), 0.0_f64..12e6, 0.0_f64..12e6, 0.0_f64..12e6, -1e6_f64..1e6
                    ], 5,
                )),
                1..30,
            ),
            days in prop_oneof![Just(0_u32), 0_u32..364], mixed in proptest::bool::ANY,
            drawn in 0_usize..3,
        ) {
            let mut times = yearly(days);
            if mixed {
                times[4].days = (days + 100) % 364;
            }
            let paths: Vec<Vec<f64>> = paths.into_iter().map(|(first, later)| {
                let mut path = vec![first];
                path.extend(later);
                // Drawn over several dates.
                path[1..=drawn].iter_mut().for_each(|amount| *amount = -amount.abs() / 10.0);
                path
            }).collect();
            let found = rates(&times, &paths);
            for (found, path) in found.iter().zip(&paths) {
                let expected = alone(&times, path);
                let same = found.is_nan() && expected.is_nan()
                    || (found - expected).abs() <= 2e-12 * (1.0 + expected.abs());
                prop_assert!(same, "{} for {}: {:?}", found, expected, path);
            }
            // Not to the last bit dependent on the paths beside it.
            for cut in 1..paths.len() {
                let (left, right) = paths.split_at(cut);
                let mut apart = rates(&times, left);
                apart.extend(rates(&times, right));
                let bits = |of: &[f64]| of.iter().map(|rate| rate.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&apart), bits(&found));
            }
        }
    }
}
