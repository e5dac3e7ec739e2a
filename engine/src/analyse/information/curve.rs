//! What a regression may make of one column: a smooth curve, or a level for each of few values.

/// Up to so many different values, each has a level of its own.
const LEVELS_MOST: usize = 6;
/// The degree of a curve's pieces.
const DEGREE: usize = 3;
/// How far from its mean a value counts in products, in standard deviations: what lies further out
/// would decide alone.
const FAR: f64 = 4.0;

/// A column as a regression reads it.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    shape: Shape,
    /// Whether some paths have no value.
    gaps: bool,
    mean: f64,
    spread: f64,
}

#[derive(Debug, Clone)]
enum Shape {
    /// The column is the same on every path.
    Constant,
    /// Its values but the least.
    Levels(Vec<f64>),
    /// Cubic B-splines (de Boor 1978) over these knots, the ends four times.
    Spline(Vec<f64>),
}

impl Curve {
    /// The curve for a column; `knots` of its quantiles part the pieces of a spline. A path without
    /// a value has NaN.
    pub(super) fn of(column: &[f64], knots: usize) -> Curve {
        let mut values: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let spread = (squares / count).sqrt();
        let gaps = values.len() < column.len();
        values.sort_unstable_by(f64::total_cmp);
        let mut levels: Vec<f64> = Vec::new();
        for value in &values {
            if levels.last() != Some(value) && levels.len() <= LEVELS_MOST {
                levels.push(*value);
            }
        }
        let shape = if levels.len() < 2 {
            Shape::Constant
        } else if levels.len() <= LEVELS_MOST {
            Shape::Levels(levels.split_off(1))
        } else {
            let (low, high) = (values[0], values[values.len() - 1]);
            let mut all = vec![low; DEGREE + 1];
            for knot in 1..=knots {
                let value = values[knot * (values.len() - 1) / (knots + 1)];
                if value > all[all.len() - 1] && value < high {
                    all.push(value);
                }
            }
            all.extend([high; DEGREE + 1]);
            Shape::Spline(all)
        };
        Curve { shape, gaps, mean, spread }
    }

    /// Whether there is nothing to know.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self.shape, Shape::Constant) && !self.gaps
    }

    /// How many columns it takes; their sum is not 1, which has a column of its own.
    pub(super) fn width(&self) -> usize {
        let own = match &self.shape {
            Shape::Constant => 0,
            Shape::Levels(levels) => levels.len(),
            Shape::Spline(knots) => knots.len() - DEGREE - 2,
        };
        own + usize::from(self.gaps)
    }

    /// Writes what the columns are at a value.
    pub(super) fn fill(&self, value: f64, out: &mut [f64]) {
        out.fill(0.0);
        if value.is_nan() {
            if let Some(last) = out.last_mut().filter(|_| self.gaps) {
                *last = 1.0;
            }
            return;
        }
        match &self.shape {
            Shape::Constant => {}
            Shape::Levels(levels) => {
                if let Some(at) = levels.iter().position(|level| *level == value) {
                    out[at] = 1.0;
                }
            }
            Shape::Spline(knots) => {
                let (first, weights) = spline(knots, value);
                for (offset, weight) in weights.into_iter().enumerate() {
                    // The first is 1 less the sum of the others.
                    if first + offset > 0 {
                        out[first + offset - 1] = weight;
                    }
                }
            }
        }
    }

    /// The value less the mean in standard deviations, for products; without a value the mean.
    pub(super) fn score(&self, value: f64) -> f64 {
        if value.is_nan() || self.spread == 0.0 {
            return 0.0;
        }
        ((value - self.mean) / self.spread).clamp(-FAR, FAR)
    }
}

/// The cubic B-splines that are not 0 at a value, and the number of the first of them.
fn spline(knots: &[f64], value: f64) -> (usize, [f64; DEGREE + 1]) {
    let last = knots.len() - DEGREE - 2;
    let value = value.clamp(knots[0], knots[knots.len() - 1]);
    let inner = &knots[DEGREE + 1..=last];
    let piece = DEGREE + inner.iter().take_while(|knot| **knot <= value).count();
    let mut weights = [0.0; DEGREE + 1];
    weights[0] = 1.0;
    for degree in 1..=DEGREE {
        let mut carried = 0.0;
        for at in 0..degree {
            let (left, right) = (knots[piece + 1 + at - degree], knots[piece + 1 + at]);
            let part = weights[at] / (right - left);
            weights[at] = carried + (right - value) * part;
            carried = (value - left) * part;
        }
        weights[degree] = carried;
    }
    (piece - DEGREE, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splines_sum_to_one_and_hold_every_line() {
        let column: Vec<f64> = (0..=1000).map(|at| f64::from(at) / 100.0).collect();
        let Shape::Spline(knots) = Curve::of(&column, 4).shape else { panic!("no spline") };
        assert_eq!(knots.len(), 12);
        for value in &column {
            let (first, weights) = spline(&knots, *value);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            assert!(weights.iter().all(|weight| *weight >= 0.0));
            // The coefficients of a line are the means of three knots (Greville).
            let line: f64 = (weights.iter().enumerate())
                .map(|(at, weight)| weight * knots[first + at + 1..][..3].iter().sum::<f64>() / 3.0)
                .sum();
            assert!((line - value).abs() < 1e-13, "{line} {value}");
        }
    }

    #[test]
    fn few_values_have_levels_and_gaps_a_column() {
        let curve = Curve::of(&[3.0, 1.0, f64::NAN, 2.0, 3.0], 6);
        assert_eq!(curve.width(), 3);
        let mut row = [9.0; 3];
        for (value, wanted) in [
            (1.0, [0.0; 3]),
            (2.0, [1.0, 0.0, 0.0]),
            (3.0, [0.0, 1.0, 0.0]),
            (f64::NAN, [0.0, 0.0, 1.0]),
        ] {
            curve.fill(value, &mut row);
            assert_eq!(row, wanted);
        }
        assert_eq!(curve.score(f64::NAN), 0.0);
        assert!(Curve::of(&[2.0, 2.0], 6).is_constant());
        assert_eq!(Curve::of(&[2.0, 2.0], 6).width(), 0);
    }

    #[test]
    fn values_that_pile_up_part_no_piece_twice() {
        let column: Vec<f64> = (0..100).map(|at| f64::from((at - 80).max(0))).collect();
        let curve = Curve::of(&column, 6);
        let mut row = vec![0.0; curve.width()];
        for value in [0.0, 1.0, 19.0, 50.0] {
            curve.fill(value, &mut row);
            assert!(row.iter().all(|weight| weight.is_finite()), "{value}: {row:?}");
        }
    }
}
