//! From a chart to its picture.

use super::svg::{INK, Svg, length, width, wrapped};
use super::{Chart, Mark, Measure, Paint};
use crate::problem::Language;

/// The size of words, in pixels.
const SIZE: f64 = 12.0;
const TITLE_SIZE: f64 = 15.0;
/// How wide a picture is.
const WIDTH: f64 = 720.0;
/// How high what is drawn on is.
const HEIGHT: f64 = 270.0;
/// How high a category is where they run from the top.
const ROW: f64 = 30.0;
/// The space between things.
const GAP: f64 = 8.0;
/// The most that names of categories take of the width.
const NAMES: f64 = 200.0;

/// Where the values of both axes lie on the picture.
struct Place {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    across: (f64, f64),
    up: (f64, f64),
    /// Whether categories run from the top, so that what is further on is lower.
    down: bool,
}

impl Place {
    fn x(&self, value: f64) -> f64 {
        let (low, high) = self.across;
        self.left + self.width * ((value - low) / (high - low)).clamp(-0.01, 1.01)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.up;
        let part = ((value - low) / (high - low)).clamp(-0.01, 1.01);
        self.top + self.height * if self.down { part } else { 1.0 - part }
    }

    fn right(&self) -> f64 {
        self.left + self.width
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// The least and the greatest of what is drawn, across and up.
fn extent(chart: &Chart) -> ((f64, f64), (f64, f64)) {
    let (mut across, mut up) =
        ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
    let widen = |ends: &mut (f64, f64), value: f64| {
        if value.is_finite() {
            *ends = (ends.0.min(value), ends.1.max(value));
        }
    };
    for mark in &chart.marks {
        match mark {
            Mark::Boxes { boxes, .. } => {
                for [left, bottom, right, top] in boxes {
                    widen(&mut across, *left);
                    widen(&mut across, *right);
                    widen(&mut up, *bottom);
                    widen(&mut up, *top);
                }
            }
            Mark::Band { points, .. } => {
                for (at, low, high) in points {
                    widen(&mut across, *at);
                    widen(&mut up, *low);
                    widen(&mut up, *high);
                }
            }
            Mark::Line { points, .. } => {
                for (at, value) in points {
                    widen(&mut across, *at);
                    widen(&mut up, *value);
                }
            }
            Mark::Points { points, .. } => {
                for (at, low, value, high) in points {
                    widen(&mut across, *at);
                    for value in [low, value, high] {
                        widen(&mut up, *value);
                    }
                }
            }
            Mark::Upright { at, .. } => widen(&mut across, *at),
            Mark::Level { at, .. } => widen(&mut up, *at),
            Mark::Words { .. } => {}
        }
    }
    (across, up)
}

pub(super) fn svg(chart: &Chart, language: Language) -> String {
    let down = matches!(chart.up.measure, Measure::Categories(_));
    let (across, up) = extent(chart);
    let (across, up) = (chart.across.ruled(across), chart.up.ruled(up));
    let names: Vec<Vec<String>> = up
        .ticks
        .iter()
        .map(|(_, text)| wrapped(text.within(language), if down { NAMES / SIZE } else { 40.0 }))
        .collect();
    let widest = names.iter().flatten().map(|line| width(line) * SIZE).fold(0.0, f64::max);
    let note = wrapped(chart.note.within(language), (WIDTH - 2.0 * GAP) / SIZE);
    let legend = Legend::of(chart, language);

    // From the top: the title, the legend, the title of the axis, the plot.
    let title = wrapped(chart.title.within(language), (WIDTH - 2.0 * GAP) / TITLE_SIZE);
    let titles = GAP + title.len() as f64 * (TITLE_SIZE + 5.0);
    let legend_top = titles + GAP;
    let up_title = legend_top + legend.height();
    let top = up_title + if up.title.within(language).is_empty() { GAP } else { SIZE + GAP * 1.5 };
    let height = if down { (up.ticks.len().max(2) as f64) * ROW } else { HEIGHT };
    let left = GAP * 2.0 + widest;
    let place = Place {
        left,
        top,
        width: WIDTH - left - GAP * 3.0,
        height,
        across: (across.low, across.high),
        up: (up.low, up.high),
        down,
    };
    let below = place.bottom() + across_names(&across.ticks, &place, language).height();
    let note_top = below + SIZE + GAP * 2.0;
    let whole = note_top + note.len() as f64 * (SIZE + 4.0) + GAP;

    let mut out = Svg::new(
        (WIDTH, whole),
        &chart.name,
        chart.title.within(language),
        chart.note.within(language),
    );
    for (at, line) in title.iter().enumerate() {
        let y = GAP + TITLE_SIZE + at as f64 * (TITLE_SIZE + 5.0);
        let size = TITLE_SIZE.to_string();
        out.words((GAP, y), "start", line, &[("font-size", &size), ("font-weight", "bold")]);
    }
    legend.draw(&mut out, legend_top);
    out.words((GAP, up_title + SIZE), "start", up.title.within(language), &[("fill", QUIET)]);

    grid(&mut out, &place, &up.ticks, &names);
    for mark in &chart.marks {
        draw(&mut out, &place, mark, language);
    }
    upright_names(&mut out, &place, &chart.marks, language);
    out.element(
        "path",
        &[
            (
                "d",
                &format!(
                    "M{} {}H{}",
                    length(place.left),
                    length(place.bottom()),
                    length(place.right())
                ),
            ),
            ("stroke", QUIET),
            ("fill", "none"),
        ],
        None,
    );
    across_names(&across.ticks, &place, language).draw(&mut out, &place);
    let middle = place.left + place.width / 2.0;
    out.words(
        (middle, below + SIZE + 2.0),
        "middle",
        across.title.within(language),
        &[("fill", QUIET)],
    );
    for (at, line) in note.iter().enumerate() {
        let y = note_top + SIZE + at as f64 * (SIZE + 4.0);
        out.words((GAP, y), "start", line, &[("fill", QUIET)]);
    }
    readings(&mut out, chart, &place, language);
    out.finish()
}

const QUIET: &str = "#4a5058";

/// Lines from left to right at the ticks, and their names.
fn grid(
    out: &mut Svg,
    place: &Place,
    ticks: &[(f64, crate::problem::Text)],
    names: &[Vec<String>],
) {
    for ((at, _), names) in ticks.iter().zip(names) {
        let y = place.y(*at);
        if !place.down {
            let line = format!("M{} {}H{}", length(place.left), length(y), length(place.right()));
            let stroke = if *at == 0.0 { "#8a9099" } else { "#dde1e6" };
            out.element("path", &[("d", &line), ("stroke", stroke), ("fill", "none")], None);
        }
        let first = y + 4.0 - (names.len() as f64 - 1.0) * (SIZE + 1.0) / 2.0;
        for (row, name) in names.iter().enumerate() {
            let y = first + row as f64 * (SIZE + 1.0);
            out.words((place.left - GAP, y), "end", name, &[]);
        }
    }
}

/// The names of the ticks from left to right: side by side, or where they do not fit every second
/// one, or of categories in lines.
struct AcrossNames {
    names: Vec<(f64, Vec<String>)>,
    ticks: Vec<f64>,
}

fn across_names(
    ticks: &[(f64, crate::problem::Text)],
    place: &Place,
    language: Language,
) -> AcrossNames {
    let room = place.width / ticks.len().max(1) as f64 / SIZE;
    let texts: Vec<(f64, &str)> =
        ticks.iter().map(|(at, text)| (*at, text.within(language))).collect();
    let widest = texts.iter().map(|(_, text)| width(text)).fold(0.0, f64::max);
    // Names that are one number do not break.
    let words = texts.iter().any(|(_, text)| text.chars().any(char::is_alphabetic));
    let names = if widest + 0.8 <= room {
        texts.iter().map(|(at, text)| (*at, vec![(*text).to_owned()])).collect()
    } else if words && room > 3.0 {
        texts.iter().map(|(at, text)| (*at, wrapped(text, room - 0.8))).collect()
    } else {
        let every = ((widest + 0.8) / room).ceil().max(1.0) as usize;
        let kept = texts.iter().enumerate().filter(|(at, _)| at % every == 0);
        kept.map(|(_, (at, text))| (*at, vec![(*text).to_owned()])).collect()
    };
    AcrossNames { names, ticks: texts.iter().map(|(at, _)| *at).collect() }
}

impl AcrossNames {
    fn height(&self) -> f64 {
        let rows = self.names.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        GAP + rows as f64 * (SIZE + 2.0)
    }

    fn draw(&self, out: &mut Svg, place: &Place) {
        for at in &self.ticks {
            let (x, y) = (length(place.x(*at)), length(place.bottom()));
            let line = format!("M{x} {y}v4");
            out.element("path", &[("d", &line), ("stroke", QUIET), ("fill", "none")], None);
        }
        for (at, lines) in &self.names {
            for (row, line) in lines.iter().enumerate() {
                let y = place.bottom() + GAP + SIZE + row as f64 * (SIZE + 2.0) - 2.0;
                out.words((place.x(*at), y), "middle", line, &[]);
            }
        }
    }
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
            let line =
                format!("M{} {}V{}", length(x), length(place.top - 2.0), length(place.bottom()));
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
            let text = text.within(language);
            let x = place.x(at.0) + 5.0;
            let left = x + width(text) * SIZE > place.right();
            let (x, anchor) = if left { (x - 10.0, "end") } else { (x, "start") };
            halo(out, (x, place.y(at.1) + 4.0), anchor, text);
        }
    }
}

/// The names of upright lines, each on the side where there is room and below those it would
/// overlap.
fn upright_names(out: &mut Svg, place: &Place, marks: &[Mark], language: Language) {
    let mut taken: Vec<(usize, f64, f64)> = Vec::new();
    for mark in marks {
        let Mark::Upright { at, name, .. } = mark else { continue };
        let (x, name) = (place.x(*at), name.within(language));
        let wide = width(name) * SIZE + 6.0;
        let left = x + wide > place.right();
        let (from, to) = if left { (x - wide, x) } else { (x, x + wide) };
        let free = |row: &usize| {
            taken.iter().all(|(known, low, high)| known != row || *high <= from || to <= *low)
        };
        let row = (0..).find(free).unwrap_or(0);
        taken.push((row, from, to));
        let y = place.top + SIZE + row as f64 * (SIZE + 3.0);
        let (x, anchor) = if left { (x - 5.0, "end") } else { (x + 5.0, "start") };
        halo(out, (x, y), anchor, name);
    }
}

/// Words over what is drawn, with white about them.
fn halo(out: &mut Svg, at: (f64, f64), anchor: &str, text: &str) {
    let about = [
        ("fill", INK),
        ("stroke", "#ffffff"),
        ("stroke-width", "3"),
        ("stroke-linejoin", "round"),
        ("paint-order", "stroke"),
    ];
    out.words(at, anchor, text, &about);
}

fn stroke(out: &mut Svg, path: &str, paint: Paint, wide: &str) {
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

/// The names of what is drawn, in rows.
struct Legend {
    rows: Vec<Vec<Entry>>,
}

struct Entry {
    name: String,
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
    fn of(chart: &Chart, language: Language) -> Legend {
        const BEFORE: f64 = 26.0;
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
            let wide = BEFORE + width(name) * SIZE + GAP * 2.0;
            if rows.is_empty() || x + wide > WIDTH {
                rows.push(Vec::new());
                x = GAP;
            }
            if let Some(row) = rows.last_mut() {
                row.push(Entry { name: name.to_owned(), paint: *paint, sample, x });
            }
            x += wide;
        }
        Legend { rows }
    }

    fn height(&self) -> f64 {
        self.rows.len() as f64 * (SIZE + 8.0)
    }

    fn draw(&self, out: &mut Svg, top: f64) {
        for (row, entries) in self.rows.iter().enumerate() {
            let y = top + row as f64 * (SIZE + 8.0);
            for entry in entries {
                let colour = entry.paint.colour();
                match entry.sample {
                    Sample::Box => {
                        let (x, y) = (length(entry.x), length(y + 1.0));
                        let size = [("width", "20"), ("height", "11"), ("fill", colour)];
                        let at = [("x", x.as_str()), ("y", y.as_str())];
                        out.element("rect", &[&at[..], &size[..]].concat(), None);
                    }
                    Sample::Line => {
                        let line = format!("M{} {}h20", length(entry.x), length(y + 7.0));
                        stroke(out, &line, entry.paint, "2");
                    }
                    Sample::Dot => {
                        let (x, y) = (length(entry.x + 10.0), length(y + 7.0));
                        let dot = [("cx", x.as_str()), ("cy", y.as_str())];
                        let size = [("r", "3.5"), ("fill", colour)];
                        out.element("circle", &[&dot[..], &size[..]].concat(), None);
                    }
                }
                out.words((entry.x + 26.0, y + SIZE - 1.0), "start", &entry.name, &[]);
            }
        }
    }
}

/// Places that tell their figures when the pointer is on them.
fn readings(out: &mut Svg, chart: &Chart, place: &Place, language: Language) {
    for reading in &chart.readings {
        let (x, y, wide, high) = if place.down {
            let (y0, y1) = ordered(place.y(reading.from), place.y(reading.to));
            (place.left, y0, place.width, y1 - y0)
        } else {
            let (x0, x1) = ordered(place.x(reading.from), place.x(reading.to));
            (x0, place.top, x1 - x0, place.height)
        };
        let text = super::svg::escaped(reading.text.within(language));
        out.element(
            "rect",
            &[
                ("class", "reading"),
                ("x", &length(x)),
                ("y", &length(y)),
                ("width", &length(wide.max(1.0))),
                ("height", &length(high.max(1.0))),
                ("fill", "transparent"),
            ],
            Some(&format!("<title>{text}</title>")),
        );
    }
}
