//! Axes: what they measure, where their ticks stand and how these read.

use rust_decimal::Decimal;

use crate::contract::explain::amount_text;
use crate::problem::{Language, Text, say};

/// What an axis measures.
#[derive(Debug, Clone)]
pub enum Measure {
    /// Money, in its unit: `JPY`.
    Money(String),
    /// A part of one, shown in percent.
    Part,
    /// What a part has more than another, shown in percentage points.
    Points,
    /// A number in a unit, which may be empty.
    Number(Text),
    /// Things side by side, each as wide as one.
    Categories(Vec<Text>),
}

impl Measure {
    /// What an indicator of this unit is shown as.
    #[must_use]
    pub fn of(unit: &crate::expr::Unit) -> Measure {
        match unit {
            crate::expr::Unit::Share => Measure::Part,
            crate::expr::Unit::Points => Measure::Points,
            unit => Measure::Number(unit.words()),
        }
    }
}

/// An axis.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it shows.
    pub title: Text,
    /// What it measures.
    pub measure: Measure,
    /// Where it must reach at least; what is drawn may widen it.
    pub reach: Vec<f64>,
}

impl Axis {
    /// An axis as far as what is drawn.
    #[must_use]
    pub fn new(title: Text, measure: Measure) -> Axis {
        Axis { title, measure, reach: Vec::new() }
    }

    /// The axis, reaching at least to a value.
    #[must_use]
    pub fn reaching(mut self, value: f64) -> Axis {
        self.reach.push(value);
        self
    }

    /// An axis of money that begins at 0.
    #[must_use]
    pub fn money(title: Text, currency: &str) -> Axis {
        Axis::new(title, Measure::Money(currency.to_owned())).reaching(0.0)
    }

    /// An axis of parts from nothing to all.
    #[must_use]
    pub fn part(title: Text) -> Axis {
        Axis::new(title, Measure::Part).reaching(0.0)
    }
}

/// An axis with its ends and ticks settled.
pub(super) struct Ruled {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where a tick stands and what it says.
    pub(super) ticks: Vec<(f64, Text)>,
    /// The title with the unit of the ticks.
    pub(super) title: Text,
}

/// The greatest number on an axis.
const MOST: f64 = 1e300;

/// About as many ticks.
const TICKS: f64 = 5.0;

impl Axis {
    /// Settles the ends of the axis so that everything drawn between `low` and `high` is on it.
    pub(super) fn ruled(&self, (low, high): (f64, f64)) -> Ruled {
        if let Measure::Categories(names) = &self.measure {
            let ticks = (0..names.len()).map(|at| at as f64).zip(names.iter().cloned()).collect();
            let high = names.len().max(1) as f64 - 0.5;
            return Ruled { low: -0.5, high, ticks, title: self.title.clone() };
        }
        let low = self.reach.iter().copied().fold(low, f64::min);
        let high = self.reach.iter().copied().fold(high, f64::max);
        let (low, high) =
            if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        // No amount is so large; what is must not take the drawing with it.
        let (low, high) = (low.max(-MOST), high.min(MOST));
        // A single value stands in the middle of an axis that is wide enough to be told apart.
        let about = (low.abs().max(high.abs()) * 1e-3).max(0.5);
        let (low, high) = if low < high { (low, high) } else { (low - about, high + about) };
        let step = step(high - low);
        // The ends lie on ticks where little is lost by it.
        let first = (low / step).floor();
        let last = (high / step).ceil();
        let unit = self.unit(high.abs().max(low.abs()));
        let ticks = (first as i64..=last as i64)
            .map(|at| (at as f64 * step, unit.number(at as f64 * step, step)))
            .collect();
        let title = match &unit.name {
            name if name.en.is_empty() => self.title.clone(),
            name => say!("{} ({})", "{}（{}）", self.title, name),
        };
        Ruled { low: first * step, high: last * step, ticks, title }
    }

    /// How the numbers of the axis are written when the greatest is `most`.
    fn unit(&self, most: f64) -> Unit {
        match &self.measure {
            Measure::Money(currency) => money(currency, most),
            Measure::Part => Unit { one: 0.01, name: Text::default(), sign: "%" },
            Measure::Points => {
                Unit { one: 0.01, name: crate::expr::Unit::Points.notation().unit, sign: "" }
            }
            Measure::Number(unit) => Unit { one: 1.0, name: unit.clone(), sign: "" },
            Measure::Categories(_) => Unit { one: 1.0, name: Text::default(), sign: "" },
        }
    }

    /// A value as it stands beside a bar: in the unit of an axis that reaches to `most`, with four
    /// digits of that.
    pub(super) fn brief(&self, value: f64, most: f64) -> Text {
        self.unit(most).number(value, step(most.abs().max(f64::MIN_POSITIVE)) / 200.0)
    }

    /// A value as it is told: money in full units, a part in percent with a decimal.
    #[must_use]
    pub fn told(&self, value: f64) -> Text {
        match &self.measure {
            Measure::Money(currency) => {
                let amount = amount(value.round(), 0);
                match currency.as_str() {
                    "JPY" => say!("{amount} yen", "{amount}円"),
                    other => Text::from(format!("{amount} {other}")),
                }
            }
            Measure::Part => {
                let percent = amount(value * 100.0, 1);
                Text::from(format!("{percent}%"))
            }
            Measure::Points => {
                let (points, unit) =
                    (amount(value * 100.0, 1), crate::expr::Unit::Points.notation());
                Text {
                    en: unit.beside(&points, Language::En),
                    ja: unit.beside(&points, Language::Ja),
                }
            }
            Measure::Number(unit) => {
                let decimals = if value.abs() < 10.0 { 3 } else { 1 };
                let number = amount(value, decimals);
                match unit.en.is_empty() {
                    true => Text::from(number),
                    false => say!("{number} {}", "{number}{}", unit),
                }
            }
            Measure::Categories(names) => {
                names.get(value.round() as usize).cloned().unwrap_or_default()
            }
        }
    }
}

/// What the ticks of an axis count in.
struct Unit {
    one: f64,
    name: Text,
    sign: &'static str,
}

impl Unit {
    fn number(&self, value: f64, step: f64) -> Text {
        let decimals = decimals_of(step / self.one);
        let sign = self.sign;
        let number = amount(value / self.one, decimals);
        Text::from(format!("{number}{sign}"))
    }
}

/// The unit in which amounts up to `most` are read easily.
fn money(currency: &str, most: f64) -> Unit {
    let (one, en, ja) = match most {
        most if most >= 2e6 => (1e6, "million ", "百万"),
        most if most >= 2e4 => (1e3, "thousand ", "千"),
        _ => (1.0, "", ""),
    };
    let name = match currency {
        "JPY" => say!("{en}yen", "{ja}円"),
        other => say!("{en}{other}", "{ja}{other}"),
    };
    Unit { one, name, sign: "" }
}

/// A number with thousands separators and at most so many decimals.
fn amount(value: f64, decimals: u32) -> String {
    match Decimal::from_f64_retain(value) {
        Some(value) => amount_text(value.round_dp(decimals)),
        None => value.to_string(),
    }
}

/// The distance of ticks: 1, 2 or 5 times a power of ten.
fn step(span: f64) -> f64 {
    let rough = (span / TICKS).clamp(1e-280, MOST);
    // Powers of ten by multiplying and dividing: they are the same on every machine.
    let mut power = 1.0;
    while power > rough {
        power /= 10.0;
    }
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    let factor = match rough / power {
        part if part < 1.5 => 1.0,
        part if part < 3.5 => 2.0,
        part if part < 7.5 => 5.0,
        _ => 10.0,
    };
    factor * power
}

/// How many decimals tell ticks apart that lie so far from each other.
fn decimals_of(step: f64) -> u32 {
    let (mut decimals, mut step) = (0, step);
    // A tick of 0.3 is three steps of a number that is a hair off 0.1.
    while step < 1.0 - 1e-9 && decimals < 12 {
        step *= 10.0;
        decimals += 1;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;

    fn ticks(axis: &Axis, low: f64, high: f64, language: Language) -> Vec<String> {
        let ruled = axis.ruled((low, high));
        ruled.ticks.iter().map(|(_, text)| text.within(language).to_owned()).collect()
    }

    #[test]
    fn money_is_told_in_the_unit_offices_use() {
        let axis = Axis::money(say!("Payment", "支払額"), "JPY");
        assert_eq!(
            ticks(&axis, 0.0, 48_000_000.0, Language::Ja),
            ["0", "10", "20", "30", "40", "50"]
        );
        let ruled = axis.ruled((0.0, 48_000_000.0));
        assert_eq!(ruled.title.ja, "支払額（百万円）");
        assert_eq!(ruled.title.en, "Payment (million yen)");
        assert_eq!(axis.told(1_234_567.4).ja, "1,234,567円");
        assert_eq!(axis.brief(1_234_567.4, 48_000_000.0).ja, "1.23");
        assert_eq!(axis.brief(1_234_567.4, 2_800_000.0).ja, "1.235");
    }

    #[test]
    fn parts_are_told_in_percent() {
        let axis = Axis::part(Text::from("P"));
        assert_eq!(
            ticks(&axis, 0.0, 0.31, Language::En),
            ["0%", "5%", "10%", "15%", "20%", "25%", "30%", "35%"]
        );
        assert_eq!(axis.told(0.1234).en, "12.3%");
    }

    #[test]
    fn an_axis_of_one_value_or_of_none_still_has_ends() {
        let axis = Axis::new(Text::default(), Measure::Number(Text::default()));
        let ends = [(3.0, 3.0), (1e17, 1e17), (-1e300, 1e300), (f64::INFINITY, f64::NEG_INFINITY)];
        for (low, high) in ends {
            let ruled = axis.ruled((low, high));
            assert!(ruled.low < ruled.high && ruled.ticks.len() > 1, "{low}");
        }
    }
}
