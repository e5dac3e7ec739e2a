//! From a chart to its picture.
//!
//! A picture is narrow, so that its words can still be read on a telephone, and what has long names
//! has them in lines of their own.

use super::legend::Legend;
use super::names::{self, Upright};
use super::place::{Place, Rows, extent, part};
use super::svg::{INK, SIZE, Svg, escaped, length, width, wrapped};
use super::{Chart, Mark, Measure, Paint};
use crate::problem::Language;

const TITLE_SIZE: f64 = 15.0;
/// How much wider bold letters are.
const BOLD: f64 = 1.06;
/// How wide a picture is.
pub(super) const WIDTH: f64 = 500.0;
/// How high what is drawn on is.
const HEIGHT: f64 = 220.0;
/// How high bars are that run from left to right, with what parts them.
const BAR: f64 = 24.0;
/// The space between things.
pub(super) const GAP: f64 = 8.0;
/// The least that is left of the width to draw on.
const LEAST: f64 = 120.0;
/// The colour of words that explain.
pub(super) const QUIET: &str = "#4a5058";

/// The chart as SVG; `style` is CSS, which it needs where it is a file of its own.
pub(super) fn svg(chart: &Chart, language: Language, style: &str) -> String {
    let (across, up) = extent(chart);
    let (across, up) = (chart.across.ruled(across), chart.up.ruled(up));
    let down = matches!(chart.up.measure, Measure::Categories(_));
    let whole = (WIDTH - 2.0 * GAP) / SIZE;
    let names: Vec<Vec<String>> = up
        .ticks
        .iter()
        .map(|(_, text)| match down {
            true => wrapped(text.within(language), whole - 1.0),
            false => vec![text.within(language).to_owned()],
        })
        .collect();
    let rows = down.then(|| {
        let lines = names.iter().map(Vec::len).max().unwrap_or(0);
        let name = lines as f64 * names::LINE + 4.0;
        Rows { height: name + BAR, name }
    });

    // From the left: the names of the ticks, the plot, half of what the last tick says.
    let half = |tick: Option<&(f64, crate::problem::Text)>| match chart.across.measure {
        Measure::Categories(_) => 0.0,
        _ => tick.map_or(0.0, |(_, text)| width(text.within(language)) * SIZE / 2.0 + 2.0),
    };
    let widest = names.iter().flatten().map(|line| width(line) * SIZE).fold(0.0, f64::max);
    let left = if down { half(across.ticks.first()).max(GAP) } else { GAP * 2.0 + widest };
    let mut end = WIDTH - half(across.ticks.last()).max(GAP * 1.5);
    for mark in &chart.marks {
        // What is said beside a bar has its room.
        let Mark::Words { at, text } = mark else { continue };
        let room = WIDTH - GAP - 5.0 - width(text.within(language)) * SIZE - left;
        end = end.min(left + room / part((across.low, across.high), at.0).max(0.01));
    }
    let end = end.max(left + LEAST);

    // From the top: the title, the legend, the title of the axis, names of lines, the plot.
    let title = wrapped(chart.title.within(language), (WIDTH - 2.0 * GAP) / TITLE_SIZE / BOLD);
    let legend = Legend::of(chart, language);
    let legend_top = GAP * 2.0 + title.len() as f64 * (TITLE_SIZE + 5.0);
    let up_title = wrapped(up.title.within(language), whole);
    let up_title_top = legend_top + legend.height();
    let mut place = Place {
        left,
        top: 0.0,
        width: end - left,
        height: rows.map_or(HEIGHT, |rows| rows.height * names.len().max(1) as f64),
        across: (across.low, across.high),
        up: (up.low, up.high),
        rows,
    };
    let uprights = names::uprights(&place, &chart.marks, WIDTH - GAP, language);
    place.top = up_title_top
        + up_title.len() as f64 * names::LINE
        + GAP * 1.5
        + Upright::rows(&uprights) as f64 * Upright::ROW;

    // Below the plot: the names of the ticks, the title of the axis, the note.
    let ticks = names::across(&across.ticks, &place, language);
    let middle = place.left + place.width / 2.0;
    let room = 2.0 * (middle.min(WIDTH - middle) - GAP);
    let across_title = wrapped(across.title.within(language), room / SIZE);
    let across_title_top = place.bottom() + ticks.height();
    let note = wrapped(chart.note.within(language), whole);
    let note_top = across_title_top + across_title.len() as f64 * names::LINE + GAP;
    let height = note_top + note.len() as f64 * (SIZE + 4.0) + GAP;

    let mut out = Svg::new(
        (WIDTH, height),
        &chart.name,
        (chart.title.within(language), chart.note.within(language)),
        style,
    );
    let size = TITLE_SIZE.to_string();
    let bold = [("font-size", size.as_str()), ("font-weight", "bold")];
    out.lines((GAP, GAP + TITLE_SIZE), "start", &title, TITLE_SIZE + 5.0, &bold);
    legend.draw(&mut out, legend_top);
    let quiet = [("fill", QUIET)];
    out.lines((GAP, up_title_top + SIZE), "start", &up_title, names::LINE, &quiet);
    names::grid(&mut out, &place, (&across.ticks, &up.ticks), language);
    for mark in &chart.marks {
        draw(&mut out, &place, mark, language);
    }
    names::categories(&mut out, &place, &names);
    uprights.iter().for_each(|of| of.draw(&mut out, place.top));
    let line =
        format!("M{} {}H{}", length(place.left), length(place.bottom()), length(place.right()));
    out.element("path", &[("d", &line), ("stroke", QUIET), ("fill", "none")], None);
    ticks.draw(&mut out, &place);
    let at = (middle, across_title_top + SIZE);
    out.lines(at, "middle", &across_title, names::LINE, &quiet);
    out.lines((GAP, note_top + SIZE), "start", &note, SIZE + 4.0, &quiet);
    readings(&mut out, chart, &place, language);
    out.finish()
}

fn draw(out: &mut Svg, place: &Place, mark: &Mark, language: Language) {
    match mark {
        Mark::Boxes { paint, boxes, .. } => {
            for [left, bottom, right, top] in boxes {
                let (x0, x1) = ordered(place.x(*left), place.x(*right));
                let (y0, y1) = ordered(place.y(*bottom), place.y(*top));
                // What is there is seen, however small.
                let (wide, high) = ((x1 - x0).max(0.6), (y1 - y0).max(0.6));
                out.element(
                    "rect",
                    &[
                        ("x", &length(x0)),
                        ("y", &length(y0)),
                        ("width", &length(wide)),
                        ("height", &length(high)),
                        ("fill", paint.colour()),
                    ],
                    None,
                );
            }
        }
        Mark::Band { paint, points, .. } => {
            let known = points.iter().filter(|(_, low, high)| low.is_finite() && high.is_finite());
            let known: Vec<_> = known.collect();
            let mut path = String::new();
            for (at, _, high) in &known {
                step(&mut path, place.x(*at), place.y(*high));
            }
            for (at, low, _) in known.iter().rev() {
                step(&mut path, place.x(*at), place.y(*low));
            }
            if !path.is_empty() {
                path.push('Z');
                let fill =
                    [("d", path.as_str()), ("fill", paint.colour()), ("fill-opacity", "0.35")];
                out.element("path", &fill, None);
            }
        }
        Mark::Line { paint, points, .. } => {
            let mut path = String::new();
            let mut open = false;
            for (at, value) in points {
                if !value.is_finite() {
                    open = false;
                    continue;
                }
                let (x, y) = (place.x(*at), place.y(*value));
                let letter = if open { 'L' } else { 'M' };
                path.push_str(&format!("{letter}{} {}", length(x), length(y)));
                open = true;
            }
            stroke(out, &path, *paint, "2");
        }
        Mark::Points { paint, points, .. } => {
            for (at, low, value, high) in points {
                let (x, y) = (place.x(*at), place.y(*value));
                if low.is_finite() && high.is_finite() {
                    let whisker = format!(
                        "M{} {}V{}",
                        length(x),
                        length(place.y(*low)),
                        length(place.y(*high))
                    );
                    out.element(
                        "path",
                        &[("d", &whisker), ("stroke", paint.colour()), ("stroke-width", "1.5")],
                        None,
                    );
                }
                let dot = [
                    ("cx", &*length(x)),
                    ("cy", &*length(y)),
                    ("r", "3.5"),
                    ("fill", paint.colour()),
                ];
                out.element("circle", &dot, None);
            }
        }
        Mark::Upright { at, paint, .. } => {
            let x = place.x(*at);
            let line = format!("M{} {}V{}", length(x), length(place.top), length(place.bottom()));
            stroke(out, &line, *paint, "1.5");
        }
        Mark::Level { at, name, paint } => {
            let y = place.y(*at);
            let line = format!("M{} {}H{}", length(place.left), length(y), length(place.right()));
            stroke(out, &line, *paint, "1.5");
            let below = y - SIZE < place.top;
            let y = if below { y + SIZE + 3.0 } else { y - 4.0 };
            halo(out, (place.right() - 2.0, y), "end", name.within(language));
        }
        Mark::Words { at, text } => {
            let to = (place.x(at.0) + 5.0, place.y(at.1) + 4.5);
            halo(out, to, "start", text.within(language));
        }
    }
}

/// Words over what is drawn, with white about them.
pub(super) fn halo(out: &mut Svg, at: (f64, f64), anchor: &str, text: &str) {
    let about = [
        ("fill", INK),
        ("stroke", "#ffffff"),
        ("stroke-width", "3"),
        ("stroke-linejoin", "round"),
        ("paint-order", "stroke"),
    ];
    out.words(at, anchor, text, &about);
}

pub(super) fn stroke(out: &mut Svg, path: &str, paint: Paint, wide: &str) {
    if path.is_empty() {
        return;
    }
    let mut attributes = vec![
        ("d", path),
        ("fill", "none"),
        ("stroke", paint.colour()),
        ("stroke-width", wide),
        ("stroke-linejoin", "round"),
    ];
    attributes.extend(paint.dashes().map(|dashes| ("stroke-dasharray", dashes)));
    out.element("path", &attributes, None);
}

fn step(path: &mut String, x: f64, y: f64) {
    let letter = if path.is_empty() { 'M' } else { 'L' };
    path.push_str(&format!("{letter}{} {}", length(x), length(y)));
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    (a.min(b), a.max(b))
}

/// Places that tell their figures when the pointer is on them.
fn readings(out: &mut Svg, chart: &Chart, place: &Place, language: Language) {
    for reading in &chart.readings {
        let (x, y, wide, high) = match place.rows {
            Some(rows) => {
                let row = (reading.from + 0.5).round();
                (place.left, place.top + row * rows.height, place.width, rows.height)
            }
            None => {
                let (x0, x1) = ordered(place.x(reading.from), place.x(reading.to));
                (x0, place.top, x1 - x0, place.height)
            }
        };
        let text = escaped(reading.text.within(language));
        out.element(
            "rect",
            &[
                ("class", "reading"),
                ("x", &length(x)),
                ("y", &length(y)),
                ("width", &length(wide.max(1.0))),
                ("height", &length(high)),
                ("fill", "transparent"),
            ],
            Some(&format!("<title>{text}</title>")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Text;
    use crate::report::chart::{Axis, BridgeStep, Swing, bridge, tornado};

    const LONG: &str = "健診で要医療と判定された者のうち、六か月以内に医療機関を受診しなかった者の割合（前年度比、年齢調整済み）";

    /// Where each text of a picture begins and ends, its baseline, and what it says.
    fn texts(svg: &str) -> Vec<(f64, f64, f64, String)> {
        let attribute = |element: &str, name: &str| {
            let found = element.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
            Some(found.to_owned())
        };
        let number =
            |element: &str, name: &str| -> Option<f64> { attribute(element, name)?.parse().ok() };
        let elements = svg.split("<text").skip(1);
        elements
            .map(|element| {
                let (head, rest) = element.split_once('>').unwrap();
                let said = rest.split_once('<').unwrap().0.to_owned();
                let size = number(head, "font-size").unwrap_or(SIZE);
                let wide = width(&said) * size;
                let (x, y) = (number(head, "x").unwrap(), number(head, "y").unwrap());
                let from = match attribute(head, "text-anchor").as_deref() {
                    Some("end") => x - wide,
                    Some("middle") => x - wide / 2.0,
                    _ => x,
                };
                (from, from + wide, y, said)
            })
            .collect()
    }

    fn money() -> Axis {
        Axis::money(Text { en: "Payment in all".into(), ja: "支払額の合計".into() }, "JPY")
    }

    fn charts() -> Vec<Chart> {
        let step = |name: &str, adds| BridgeStep { name: Text::from(name), adds, se: 12_345.0 };
        let steps = [step(LONG, -9_876_543.0), step("short", 1_234_567.0), step(LONG, -20_000.0)];
        let from = (Text::from("基本"), 22_345_678.0);
        let mut falls = bridge(&Text::from(LONG), money(), from, &steps, Text::from("すべて"));
        falls.note = Text::from(LONG.repeat(3));
        let swing = |name: &str, ends| Swing { name: Text::from(name), ends, se: 1.0 };
        let swings = [swing(LONG, [20e6, 21e6]), swing("s", [24e6, 20e6])];
        vec![falls, tornado(&Text::from(LONG), money(), 20e6, &swings)]
    }

    #[test]
    fn nothing_that_is_said_is_cut_at_an_edge() {
        for chart in charts() {
            for (from, to, _, said) in texts(&chart.svg(Language::Ja)) {
                assert!(from >= 0.0 && to <= WIDTH, "{from} to {to}: {said}");
            }
        }
    }

    #[test]
    fn nothing_that_is_said_lies_over_a_bar_or_another_word() {
        for chart in charts() {
            let svg = chart.svg(Language::Ja);
            let texts = texts(&svg);
            for (at, (from, to, y, said)) in texts.iter().enumerate() {
                for (from_other, to_other, y_other, other) in &texts[at + 1..] {
                    let apart = to <= from_other || to_other <= from || (y - y_other).abs() >= SIZE;
                    assert!(apart, "{said} over {other}");
                }
            }
            for row in svg.split("<rect x=\"").skip(1) {
                let value = |name: &str| -> f64 {
                    let rest = row.split_once(&format!(" {name}=\"")).unwrap().1;
                    rest.split_once('"').unwrap().0.parse().unwrap()
                };
                let x: f64 = row.split_once('"').unwrap().0.parse().unwrap();
                let (right, top, bottom) =
                    (x + value("width"), value("y"), value("y") + value("height"));
                for (from, to, baseline, said) in &texts {
                    let beside = *to <= x || right <= *from;
                    let apart = *baseline <= top + 0.5 || bottom <= baseline - 0.8 * SIZE;
                    assert!(beside || apart, "{said} over a bar at {x}, {top}");
                }
            }
        }
    }

    #[test]
    fn words_are_read_on_a_telephone() {
        // A page leaves a picture 362 of 390 pixels.
        const { assert!(SIZE * 362.0 / WIDTH >= 9.0) };
    }
}
