//! Charts: what a result looks like, drawn once and used by pages, reports and downloads.
//!
//! In: results of the engine. Out: a [`Chart`], which is data — axes, marks and the table behind
//! them — and from it an SVG picture ([`Chart::svg`]) and the table as CSV ([`Chart::csv`]), the
//! same bytes for the same chart.
//!
//! Colours are told apart by people who see red and green alike (Okabe and Ito 2008, Color Universal
//! Design) and by their lightness, lines also by their dashes, so that a grey print is read too.
//! What is estimated shows its uncertainty: a band, a bar or a note.
//!
//! Never here: figures of its own; a chart draws what was computed elsewhere.

mod across;
mod axis;
mod bars;
mod course;
mod draw;
mod legend;
mod names;
mod native;
mod paint;
mod pairs;
mod place;
mod rule;
mod spread;
mod svg;
mod table;
mod versions;

pub use across::{BridgeStep, Swing, bridge, tornado};
pub use axis::{Axis, Measure};
pub use bars::histogram;
pub use course::{convergence, fan, payment_by_evaluation, payment_by_year};
pub use native::{Kind, Native, Series};
pub use paint::Paint;
pub use pairs::{Pair, savings, versions_over_time};
pub use rule::payment_rules;
pub use spread::{exceedance, payment_distribution, portfolio_distribution, rates};
pub use table::{Cell, Table};
pub use versions::versions_distribution;

use crate::problem::{Language, Text};

/// A chart.
///
/// ```
/// use engine::problem::{Language, Text};
/// use engine::report::chart::{Axis, Chart, Mark, Measure, Paint, Table};
///
/// let mut chart = Chart::new(
///     "share",
///     Text { en: "Share measured".into(), ja: "測定割合".into() },
///     Axis::new(Text::from("t"), Measure::Number(Text::default())),
///     Axis::new(Text::from("%"), Measure::Part),
///     Table::new(vec![Text::from("t"), Text::from("share")]),
/// );
/// chart.marks.push(Mark::Line {
///     name: Text::from("share"),
///     paint: Paint::First,
///     points: vec![(0.0, 0.2), (1.0, 0.5)],
/// });
/// assert!(chart.svg(Language::Ja).starts_with("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it is called in addresses and file names.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// How it is read, and how sure what it shows is.
    pub note: Text,
    /// From left to right.
    pub across: Axis,
    /// From bottom to top; categories run from the top.
    pub up: Axis,
    /// What is drawn, the first at the back.
    pub marks: Vec<Mark>,
    /// What is told where the pointer stands.
    pub readings: Vec<Reading>,
    /// The figures behind it.
    pub table: Table,
    /// How a spreadsheet draws them; `None` where it has nothing like it.
    pub native: Option<Native>,
}

/// Something drawn, in the units of the axes. A category is the whole number of its place, and is
/// one wide.
#[derive(Debug, Clone)]
pub enum Mark {
    /// Boxes from one corner to the other.
    Boxes {
        /// What the legend calls them; empty for nothing.
        name: Text,
        /// Their colour.
        paint: Paint,
        /// Left, bottom, right, top.
        boxes: Vec<[f64; 4]>,
    },
    /// What lies between two lines: across, low, high.
    Band {
        /// What the legend calls it.
        name: Text,
        /// Its colour.
        paint: Paint,
        /// Across, low, high.
        points: Vec<(f64, f64, f64)>,
    },
    /// A line through points; where one is no number there is a gap.
    Line {
        /// What the legend calls it.
        name: Text,
        /// Its colour and dashes.
        paint: Paint,
        /// Across, up.
        points: Vec<(f64, f64)>,
    },
    /// Points, each with how far it may lie to both sides.
    Points {
        /// What the legend calls them.
        name: Text,
        /// Their colour.
        paint: Paint,
        /// Across, low, value, high.
        points: Vec<(f64, f64, f64, f64)>,
    },
    /// A line from bottom to top, with words beside it.
    Upright {
        /// Where.
        at: f64,
        /// What it is.
        name: Text,
        /// Its colour and dashes.
        paint: Paint,
    },
    /// A line from left to right, with words above it.
    Level {
        /// Where.
        at: f64,
        /// What it is.
        name: Text,
        /// Its colour and dashes.
        paint: Paint,
    },
    /// Words at a place, beginning there; there is room for them.
    Words {
        /// Across and up.
        at: (f64, f64),
        /// The words.
        text: Text,
    },
}

/// What is told where the pointer stands, between two places of the axis that bears it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// The figures there.
    pub text: Text,
}

impl Chart {
    /// A chart with nothing drawn yet.
    #[must_use]
    pub fn new(name: &str, title: Text, across: Axis, up: Axis, table: Table) -> Chart {
        Chart {
            name: name.to_owned(),
            title,
            note: Text::default(),
            across,
            up,
            marks: Vec::new(),
            readings: Vec::new(),
            table,
            native: None,
        }
    }

    /// The chart as an SVG picture to be put into a page, in one language.
    #[must_use]
    pub fn svg(&self, language: Language) -> String {
        draw::svg(self, language, "")
    }

    /// The chart as a file of its own: with the parts of the font in it that it needs to show Japanese
    /// on any machine.
    ///
    /// ```
    /// use engine::problem::{Language, Text};
    /// use engine::report::chart::{Axis, Chart, Measure, Table};
    ///
    /// let axis = || Axis::new(Text::default(), Measure::Part);
    /// let title = Text { en: "Payment".into(), ja: "支払額".into() };
    /// let chart = Chart::new("c", title, axis(), axis(), Table::default());
    /// assert!(chart.svg_file(Language::Ja).contains("data:font/woff2;base64,"));
    /// assert_eq!(chart.svg_file(Language::En), chart.svg(Language::En));
    /// ```
    #[must_use]
    pub fn svg_file(&self, language: Language) -> String {
        let plain = self.svg(language);
        match super::font::faces(&plain).as_str() {
            "" => plain,
            faces => draw::svg(self, language, faces),
        }
    }

    /// The figures behind the chart, as CSV with a byte-order mark, which Excel needs to read
    /// Japanese.
    #[must_use]
    pub fn csv(&self, language: Language) -> String {
        self.table.csv(language)
    }
}
