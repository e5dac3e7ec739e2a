//! The names that stand about what is drawn: of ticks, of categories, of upright lines.

use super::Mark;
use super::draw::{GAP, QUIET, halo};
use super::place::Place;
use super::svg::{SIZE, Svg, length, width, wrapped};
use crate::problem::{Language, Text};

/// How high a line of names is.
pub(super) const LINE: f64 = SIZE + 2.0;

/// Where an axis has names, and which.
type Ticks<'t> = &'t [(f64, Text)];

/// Faint lines at the ticks of the axis that measures, and the names of those that run upwards.
pub(super) fn grid(
    out: &mut Svg,
    place: &Place,
    (across, up): (Ticks<'_>, Ticks<'_>),
    language: Language,
) {
    let mut line = |path: String, at: f64| {
        let stroke = if at == 0.0 { "#8a9099" } else { "#dde1e6" };
        out.element("path", &[("d", &path), ("stroke", stroke), ("fill", "none")], None);
    };
    if place.rows.is_some() {
        for (at, _) in across {
            let (x, top, bottom) = (place.x(*at), place.top, place.bottom());
            line(format!("M{} {}V{}", length(x), length(top), length(bottom)), *at);
        }
        return;
    }
    for (at, _) in up {
        let (y, left, right) = (place.y(*at), place.left, place.right());
        line(format!("M{} {}H{}", length(left), length(y), length(right)), *at);
    }
    for (at, text) in up {
        let to = (place.left - GAP, place.y(*at) + 4.5);
        out.words(to, "end", text.within(language), &[]);
    }
}

/// The names of categories that run from the top, each over its bar.
pub(super) fn categories(out: &mut Svg, place: &Place, names: &[Vec<String>]) {
    let Some(rows) = place.rows else { return };
    for (at, lines) in names.iter().enumerate() {
        let last = place.top + at as f64 * rows.height + rows.name - 2.0;
        for (row, line) in lines.iter().rev().enumerate() {
            halo(out, (place.left + 2.0, last - row as f64 * LINE), "start", line);
        }
    }
}

/// The names of the ticks from left to right: side by side, or where they do not fit every second
/// one, or of categories in lines.
pub(super) struct Across {
    names: Vec<(f64, Vec<String>)>,
    ticks: Vec<f64>,
}

pub(super) fn across(ticks: &[(f64, Text)], place: &Place, language: Language) -> Across {
    let room = place.width / ticks.len().max(1) as f64 / SIZE;
    let texts: Vec<(f64, &str)> =
        ticks.iter().map(|(at, text)| (*at, text.within(language))).collect();
    let widest = texts.iter().map(|(_, text)| width(text)).fold(0.0, f64::max);
    // Numbers do not break; words and dates do.
    let words = texts
        .iter()
        .any(|(_, text)| text.contains(|letter: char| letter.is_alphabetic() || letter == '-'));
    let names = if widest + 0.8 <= room {
        texts.iter().map(|(at, text)| (*at, vec![(*text).to_owned()])).collect()
    } else if words && room > 3.0 {
        texts.iter().map(|(at, text)| (*at, broken(text, room - 0.8))).collect()
    } else {
        let every = ((widest + 0.8) / room).ceil().max(1.0) as usize;
        let kept = texts.iter().enumerate().filter(|(at, _)| at % every == 0);
        kept.map(|(_, (at, text))| (*at, vec![(*text).to_owned()])).collect()
    };
    Across { names, ticks: texts.iter().map(|(at, _)| *at).collect() }
}

/// A name in lines no wider than `most`: what is in brackets at its end in lines of its own.
fn broken(name: &str, most: f64) -> Vec<String> {
    match name.find('（').filter(|at| *at > 0) {
        Some(at) if width(name) > most => {
            [&name[..at], &name[at..]].iter().flat_map(|part| wrapped(part, most)).collect()
        }
        _ => wrapped(name, most),
    }
}

impl Across {
    pub(super) fn height(&self) -> f64 {
        let rows = self.names.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        GAP + rows as f64 * LINE
    }

    pub(super) fn draw(&self, out: &mut Svg, place: &Place) {
        for at in &self.ticks {
            let (x, y) = (length(place.x(*at)), length(place.bottom()));
            let line = format!("M{x} {y}v4");
            out.element("path", &[("d", &line), ("stroke", QUIET), ("fill", "none")], None);
        }
        for (at, lines) in &self.names {
            for (row, line) in lines.iter().enumerate() {
                let y = place.bottom() + GAP + SIZE + row as f64 * LINE - 2.0;
                out.words((place.x(*at), y), "middle", line, &[]);
            }
        }
    }
}

/// Where the name of an upright line stands: over the plot, on one side of its line.
pub(super) struct Upright<'c> {
    x: f64,
    name: &'c str,
    from: f64,
    to: f64,
    /// From the plot upwards.
    row: usize,
}

/// Places the names of upright lines so that none lies over another or on another's line.
pub(super) fn uprights<'c>(
    place: &Place,
    marks: &'c [Mark],
    end: f64,
    language: Language,
) -> Vec<Upright<'c>> {
    let mut lines: Vec<(f64, &str)> = marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Upright { at, name, .. } => Some((place.x(*at), name.within(language))),
            _ => None,
        })
        .collect();
    // From the right, so that most names stand to the right of their line.
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut placed: Vec<Upright<'c>> = Vec::new();
    for (at, (x, name)) in lines.iter().enumerate() {
        let wide = width(name) * SIZE + 5.0;
        let right = (x + wide <= end).then_some((*x, x + wide));
        let left = (x - wide >= GAP).then_some((x - wide, *x));
        let free = |row: usize, (from, to): (f64, f64)| {
            let apart =
                |known: &Upright<'_>| known.row != row || known.to <= from || to <= known.from;
            // The lines of names further up pass this row.
            let passed = |known: &Upright<'_>| known.row > row && from < known.x && known.x < to;
            let later = lines[at + 1..].iter().any(|(x, _)| from < *x && *x < to);
            placed.iter().all(|known| apart(known) && !passed(known)) && !later
        };
        let sides = [right, left];
        let found = (0..lines.len())
            .flat_map(|row| sides.into_iter().flatten().map(move |side| (row, side)))
            .find(|(row, side)| free(*row, *side));
        let (row, (from, to)) =
            found.unwrap_or((placed.len(), right.or(left).unwrap_or((*x, x + wide))));
        placed.push(Upright { x: *x, name, from, to, row });
    }
    placed
}

impl Upright<'_> {
    /// How much room a row of names takes.
    pub(super) const ROW: f64 = SIZE + 4.0;

    /// How many rows these names take.
    pub(super) fn rows(all: &[Upright<'_>]) -> usize {
        all.iter().map(|of| of.row + 1).max().unwrap_or(0)
    }

    /// Draws the name, and the stretch of its line between it and the plot.
    pub(super) fn draw(&self, out: &mut Svg, top: f64) {
        let y = top - 5.0 - self.row as f64 * Self::ROW;
        let line = format!("M{} {}V{}", length(self.x), length(y - SIZE + 2.0), length(top));
        out.element("path", &[("d", &line), ("stroke", QUIET), ("fill", "none")], None);
        let left = self.from < self.x;
        let (x, anchor) = if left { (self.x - 5.0, "end") } else { (self.x + 5.0, "start") };
        halo(out, (x, y), anchor, self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::Paint;

    fn placed(at: &[(f64, &str)]) -> Vec<(usize, f64, f64)> {
        let place = Place {
            left: 0.0,
            top: 0.0,
            width: 400.0,
            height: 100.0,
            across: (0.0, 400.0),
            up: (0.0, 1.0),
            rows: None,
        };
        let mark = |(at, name): &(f64, &str)| Mark::Upright {
            at: *at,
            name: Text::from(*name),
            paint: Paint::First,
        };
        let marks: Vec<Mark> = at.iter().map(mark).collect();
        let names = uprights(&place, &marks, 400.0, Language::En);
        names.iter().map(|of| (of.row, of.from, of.to)).collect()
    }

    #[test]
    fn a_fiscal_year_breaks_before_its_other_number() {
        assert_eq!(broken("令和6年度（2024年度）", 8.0), ["令和6年度", "（2024年度）"]);
        assert_eq!(broken("令和6年度（2024年度）", 20.0), ["令和6年度（2024年度）"]);
        assert_eq!(broken("（基本）", 2.0), ["（基", "本）"]);
    }

    #[test]
    fn names_of_upright_lines_lie_over_no_name_and_no_line() {
        let cases: [&[(f64, &str)]; 4] = [
            &[(100.0, "expected"), (130.0, "cap")],
            &[(385.0, "expected"), (390.0, "limit of the contract")],
            &[(20.0, "expected value"), (60.0, "limit of the contract"), (70.0, "zero")],
            &[(200.0, "a"), (200.0, "b"), (200.0, "c")],
        ];
        for case in cases {
            let found = placed(case);
            assert_eq!(found.len(), case.len());
            for (at, (row, from, to)) in found.iter().enumerate() {
                assert!(*from >= 0.0 && *to <= 400.0, "{case:?} {found:?}");
                for (other, from_other, to_other) in &found[at + 1..] {
                    assert!(row != other || to <= from_other || to_other <= from, "{found:?}");
                }
            }
        }
    }
}
