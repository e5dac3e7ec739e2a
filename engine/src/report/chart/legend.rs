//! The legend: the names of what is drawn, each with a sample of it.

use super::draw::{GAP, WIDTH, stroke};
use super::svg::{SIZE, Svg, length, width, wrapped};
use super::{Chart, Mark, Paint};
use crate::problem::Language;

/// How high a line of it is.
const LINE: f64 = SIZE + 7.0;
/// The sample with what parts it from the name.
const BEFORE: f64 = 26.0;

/// The names of what is drawn, in rows.
pub(super) struct Legend {
    rows: Vec<Vec<Entry>>,
}

struct Entry {
    name: Vec<String>,
    paint: Paint,
    sample: Sample,
    x: f64,
}

/// What stands before a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    Box,
    Line,
    Dot,
}

impl Legend {
    pub(super) fn of(chart: &Chart, language: Language) -> Legend {
        let mut rows: Vec<Vec<Entry>> = Vec::new();
        let mut x = GAP;
        for mark in &chart.marks {
            let (name, paint, sample) = match mark {
                Mark::Boxes { name, paint, .. } | Mark::Band { name, paint, .. } => {
                    (name, paint, Sample::Box)
                }
                Mark::Line { name, paint, .. } => (name, paint, Sample::Line),
                Mark::Points { name, paint, .. } => (name, paint, Sample::Dot),
                Mark::Upright { .. } | Mark::Level { .. } | Mark::Words { .. } => continue,
            };
            let name = name.within(language);
            if name.is_empty() {
                continue;
            }
            let name = wrapped(name, (WIDTH - 2.0 * GAP - BEFORE) / SIZE);
            let widest = name.iter().map(|line| width(line)).fold(0.0, f64::max);
            let wide = BEFORE + widest * SIZE + GAP * 2.0;
            if rows.is_empty() || x + wide - GAP > WIDTH {
                rows.push(Vec::new());
                x = GAP;
            }
            if let Some(row) = rows.last_mut() {
                row.push(Entry { name, paint: *paint, sample, x });
            }
            x += wide;
        }
        Legend { rows }
    }

    pub(super) fn height(&self) -> f64 {
        self.rows.iter().map(|row| lines(row)).sum::<usize>() as f64 * LINE
    }

    pub(super) fn draw(&self, out: &mut Svg, top: f64) {
        let mut y = top;
        for entries in &self.rows {
            for entry in entries {
                entry.draw(out, y);
            }
            y += lines(entries) as f64 * LINE;
        }
    }
}

/// How many lines the names of a row take.
fn lines(row: &[Entry]) -> usize {
    row.iter().map(|entry| entry.name.len()).max().unwrap_or(0)
}

impl Entry {
    fn draw(&self, out: &mut Svg, y: f64) {
        let colour = self.paint.colour();
        match self.sample {
            Sample::Box => {
                let at = [("x", &*length(self.x)), ("y", &*length(y + 1.0))];
                let size = [("width", "20"), ("height", "12"), ("fill", colour)];
                out.element("rect", &[&at[..], &size[..]].concat(), None);
            }
            Sample::Line => {
                let line = format!("M{} {}h20", length(self.x), length(y + 7.0));
                stroke(out, &line, self.paint, "2");
            }
            Sample::Dot => {
                let at = [("cx", &*length(self.x + 10.0)), ("cy", &*length(y + 7.0))];
                let size = [("r", "3.5"), ("fill", colour)];
                out.element("circle", &[&at[..], &size[..]].concat(), None);
            }
        }
        for (row, line) in self.name.iter().enumerate() {
            let y = y + SIZE - 1.0 + row as f64 * LINE;
            out.words((self.x + BEFORE, y), "start", line, &[]);
        }
    }
}
