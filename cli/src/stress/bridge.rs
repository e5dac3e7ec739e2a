//! From the base to all stresses together, as bars.

use engine::analyse::stress::Step;
use engine::simulate::Mean;

use super::compared::Unit;

/// How wide the bars are, in columns.
const WIDTH: usize = 32;

/// A bar for the base, for each step and for all together: `|` at the ends, `+` and `-` along each
/// step from where the one before it ended.
pub(super) fn bars(base: f64, steps: &[Step]) -> Vec<String> {
    let levels: Vec<f64> =
        std::iter::once(base).chain(steps.iter().map(|step| step.reaches)).collect();
    let low = levels.iter().copied().fold(f64::INFINITY, f64::min);
    let high = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let column = |level: f64| -> usize {
        let part = if high > low { (level - low) / (high - low) } else { 0.5 };
        (part * (WIDTH - 1) as f64).round() as usize
    };
    let mark = |level: f64| " ".repeat(column(level)) + "|";
    let mut bars = vec![mark(base)];
    for pair in levels.windows(2) {
        let (from, to) = (column(pair[0]), column(pair[1]));
        let (start, end) = (from.min(to), from.max(to));
        let sign = match pair[1].total_cmp(&pair[0]) {
            std::cmp::Ordering::Greater => "+",
            std::cmp::Ordering::Less => "-",
            std::cmp::Ordering::Equal => ".",
        };
        bars.push(" ".repeat(start) + sign.repeat((end - start).max(1)).as_str());
    }
    bars.push(mark(levels.last().copied().unwrap_or(base)));
    bars
}

/// What a step adds, with its error.
pub(super) fn added(unit: Unit<'_>, (from, to): (f64, f64), adds: Mean) -> String {
    if adds.mean == 0.0 && adds.se == 0.0 {
        return "0".to_owned();
    }
    format!("{} ± {}", unit.difference(from, to), unit.error(adds.se))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_the_base_to_all_together() {
        let step = |adds: f64, reaches: f64| Step { adds: Mean { mean: adds, se: 0.0 }, reaches };
        let bars = bars(10.0, &[step(-10.0, 0.0), step(5.0, 5.0), step(0.0, 5.0)]);
        // 31 columns from 0 to 10; half of that is 15.5, column 16.
        assert_eq!(bars[0], " ".repeat(31) + "|");
        assert_eq!(bars[1], "-".repeat(31));
        assert_eq!(bars[2], "+".repeat(16));
        assert_eq!(bars[3], " ".repeat(16) + ".");
        assert_eq!(bars[4], " ".repeat(16) + "|");
    }
}
