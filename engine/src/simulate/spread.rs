//! How the values of a result are spread: how many lie where.

/// More places than this are drawn together, into as many of equal width.
const CELLS_MAX: usize = 240;

/// A value that so large a part of all paths have stays a place of its own.
const ATOM: f64 = 0.005;

/// Values from `low` to `high`; one value where both are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The least of them.
    pub low: f64,
    /// The greatest of them.
    pub high: f64,
    /// How many there are.
    pub count: u64,
}

/// How the values of a result are spread over all paths that have it, rising.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spread {
    /// Where they lie: cells do not overlap, and none is empty.
    pub cells: Vec<Cell>,
}

impl Spread {
    /// From cells that rise, drawn together where there are more than can be seen.
    pub(super) fn of(cells: Vec<Cell>) -> Spread {
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else {
            return Spread::default();
        };
        if cells.len() <= CELLS_MAX {
            return Spread { cells };
        }
        let (least, most) = (first.low, last.high);
        let all: u64 = cells.iter().map(|cell| cell.count).sum();
        let place = |cell: &Cell| {
            let middle = cell.low / 2.0 + cell.high / 2.0;
            (((middle - least) / (most - least)) * CELLS_MAX as f64) as usize
        };
        let is_atom = |cell: &Cell| cell.low == cell.high && cell.count as f64 > ATOM * all as f64;
        let mut drawn: Vec<(Option<usize>, Cell)> = Vec::new();
        for cell in cells {
            let at = if is_atom(&cell) { None } else { Some(place(&cell)) };
            match drawn.last_mut() {
                Some((known, last)) if at.is_some() && *known == at => {
                    last.high = cell.high;
                    last.count += cell.count;
                }
                _ => drawn.push((at, cell)),
            }
        }
        Spread { cells: drawn.into_iter().map(|(_, cell)| cell).collect() }
    }

    /// The spread of values that are numbers.
    #[must_use]
    pub fn of_values(values: &[f64]) -> Spread {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let same = values.chunk_by(|a, b| a == b);
        Spread::of(
            same.map(|same| Cell { low: same[0], high: same[0], count: same.len() as u64 })
                .collect(),
        )
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// The part of the values that lie in each of `bins` stretches of equal width between `low` and
    /// `high`. The values of a cell lie evenly in it; a value on an edge counts above it, and one at
    /// `high` in the last.
    #[must_use]
    pub fn parts(&self, (low, high): (f64, f64), bins: usize) -> Vec<f64> {
        let mut parts = vec![0.0; bins];
        let all = self.count() as f64;
        let width = (high - low) / bins as f64;
        for cell in &self.cells {
            let first = ((cell.low - low) / width).floor().clamp(0.0, bins as f64 - 1.0) as usize;
            let last = ((cell.high - low) / width).floor().clamp(0.0, bins as f64 - 1.0) as usize;
            let part = cell.count as f64 / all;
            if first == last {
                parts[first] += part;
                continue;
            }
            for (at, whole) in parts.iter_mut().enumerate().take(last + 1).skip(first) {
                let from = (low + at as f64 * width).max(cell.low);
                let to = (low + (at + 1) as f64 * width).min(cell.high);
                *whole += part * ((to - from) / (cell.high - cell.low)).max(0.0);
            }
        }
        parts
    }

    /// For each cell, its least value and the part of all values that are at least so great, rising.
    #[must_use]
    pub fn exceedance(&self) -> Vec<(f64, f64)> {
        let all = self.count() as f64;
        let mut above = self.count();
        let mut points = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            points.push((cell.low, above as f64 / all));
            above -= cell.count;
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_keep_their_places() {
        let spread = Spread::of_values(&[2.0, 1.0, 2.0, f64::NAN]);
        let cell = |value, count| Cell { low: value, high: value, count };
        assert_eq!(spread.cells, [cell(1.0, 1), cell(2.0, 2)]);
        let third = 1.0 / 3.0;
        assert_eq!(spread.parts((0.0, 4.0), 4), [0.0, third, 2.0 * third, 0.0]);
        assert_eq!(spread.exceedance(), [(1.0, 1.0), (2.0, 2.0 * third)]);
    }

    #[test]
    fn many_values_are_drawn_together_and_none_is_lost() {
        // 0 on a tenth of the paths, the rest evenly from 0 to 1.
        let values: Vec<f64> =
            (0..10_000).map(|at| if at % 10 == 0 { 0.0 } else { f64::from(at) / 1e4 }).collect();
        let spread = Spread::of_values(&values);
        assert!(spread.cells.len() <= CELLS_MAX + 2 && spread.count() == 10_000);
        assert_eq!(spread.cells[0], Cell { low: 0.0, high: 0.0, count: 1_000 });
        let parts = spread.parts((0.0, 1.0), 10);
        assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((parts[0] - 0.19).abs() < 0.002 && (parts[5] - 0.09).abs() < 0.002, "{parts:?}");
    }

    #[test]
    fn of_nothing_nothing_is_drawn() {
        assert_eq!(Spread::of_values(&[]), Spread::default());
        assert!(Spread::default().exceedance().is_empty());
    }
}
