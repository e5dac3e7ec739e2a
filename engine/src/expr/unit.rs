//! Units as labels: what may be added to what.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::problem::{Language, Text, say};

/// The name of a unit, in both languages. Units are the same where their English names are.
#[derive(Debug, Clone)]
pub struct Label(Arc<Text>);

impl Label {
    /// The name.
    #[must_use]
    pub fn words(&self) -> &Text {
        &self.0
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.0.en == other.0.en
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.en.hash(state);
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

/// What a value is counted in.
///
/// Addition and comparison need equal units, a bare literal adapting to the other side. Money times
/// anything else is money; a unit divided by itself is a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A literal without a unit: takes the unit of what it meets.
    Bare,
    /// A column of the evidence without a declared type: takes the type of what it meets.
    Open,
    /// A pure number.
    Number,
    /// A fraction from 0 to 1.
    Share,
    /// What one fraction has more than another: a number, shown in percentage points.
    Points,
    /// Money in this currency.
    Money(Arc<str>),
    /// Anything else, by its name: mmHg, people, steps.
    Label(Label),
    /// True or false.
    Truth,
    /// Text, as a code of the graph's dictionary.
    Text,
    /// A date, as a count of days.
    Date,
}

impl Unit {
    /// Money in `currency`.
    #[must_use]
    pub fn money(currency: &str) -> Unit {
        Unit::Money(currency.into())
    }

    /// The unit of this name, as [`Unit::named`] reads it.
    #[must_use]
    pub fn label(name: &str) -> Unit {
        Unit::named(&Text::from(name))
    }

    /// The unit a script or scenario names: a known currency is money, anything else a label. People
    /// have their Japanese name without being told it.
    ///
    /// ```
    /// use engine::expr::Unit;
    /// use engine::problem::{Language, Text};
    /// let years = Unit::named(&Text { en: "years".into(), ja: "歳".into() });
    /// assert_eq!(years, Unit::label("years"));
    /// assert_eq!(years.words().within(Language::Ja), "歳");
    /// assert_eq!(Unit::named(&Text::from("JPY")), Unit::money("JPY"));
    /// ```
    #[must_use]
    pub fn named(name: &Text) -> Unit {
        if Self::CURRENCIES.iter().any(|(_, currency)| *currency == name.en) {
            return Unit::money(&name.en);
        }
        let of_people = name.en == "people" && name.ja == "people";
        let name = if of_people { say!("people", "人") } else { name.clone() };
        Unit::Label(Label(Arc::new(name)))
    }

    /// Its name beside a value: nothing for numbers and shares.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Unit::Bare | Unit::Open | Unit::Number | Unit::Share | Unit::Points => Text::default(),
            Unit::Truth | Unit::Text | Unit::Date => Text::default(),
            Unit::Money(name) if &**name == "JPY" => say!("JPY", "円"),
            Unit::Money(name) => Text::from(&**name),
            Unit::Label(name) => name.words().clone(),
        }
    }

    /// The currencies that have a word, with it.
    pub const CURRENCIES: [(&str, &str); 4] =
        [("yen", "JPY"), ("usd", "USD"), ("eur", "EUR"), ("gbp", "GBP")];

    /// The smallest amount of a currency: 1 for yen, 0.01 for the others.
    #[must_use]
    pub fn smallest_of(currency: &str) -> Decimal {
        Decimal::new(1, if currency == "JPY" { 0 } else { 2 })
    }

    /// How a value is shown to people: a share in percent, what a share has more than another in
    /// percentage points.
    ///
    /// ```
    /// use engine::expr::Unit;
    /// use engine::problem::Language;
    /// let notation = Unit::Points.notation();
    /// assert!(notation.hundredfold);
    /// assert_eq!(notation.beside("3.5", Language::En), "3.5 points");
    /// assert_eq!(Unit::Share.notation().beside("3.5", Language::Ja), "3.5%");
    /// assert_eq!(Unit::label("mmHg").notation().beside("8", Language::Ja), "8 mmHg");
    /// ```
    #[must_use]
    pub fn notation(&self) -> Notation {
        match self {
            Unit::Share => Notation { hundredfold: true, unit: Text::from("%") },
            Unit::Points => Notation { hundredfold: true, unit: say!("points", "ポイント") },
            unit => Notation { hundredfold: false, unit: unit.words() },
        }
    }

    /// Whether values are money.
    #[must_use]
    pub fn is_money(&self) -> bool {
        matches!(self, Unit::Money(_))
    }

    fn is_plain(&self) -> bool {
        matches!(self, Unit::Bare | Unit::Open | Unit::Number | Unit::Share | Unit::Points)
    }

    pub(crate) fn is_quantity(&self) -> bool {
        !matches!(self, Unit::Truth | Unit::Text | Unit::Date)
    }

    /// The unit of a sum, difference, smaller or larger of the two, or of a choice between them.
    #[must_use]
    pub fn joined(&self, other: &Unit) -> Option<Unit> {
        match (self, other) {
            (a, b) if a == b => Some(a.clone()),
            (Unit::Open, b) if *b != Unit::Bare => Some(b.clone()),
            (a, Unit::Open) if *a != Unit::Bare => Some(a.clone()),
            (Unit::Bare, b) if b.is_quantity() => Some(b.clone()),
            (a, Unit::Bare) if a.is_quantity() => Some(a.clone()),
            (
                Unit::Number | Unit::Share | Unit::Points,
                Unit::Number | Unit::Share | Unit::Points,
            ) => Some(Unit::Number),
            _ => None,
        }
    }

    /// The unit of a product.
    #[must_use]
    pub fn multiplied(&self, other: &Unit) -> Option<Unit> {
        if !self.is_quantity() || !other.is_quantity() {
            return None;
        }
        match (self, other) {
            (Unit::Money(_), Unit::Money(_)) => None,
            (money @ Unit::Money(_), _) | (_, money @ Unit::Money(_)) => Some(money.clone()),
            (Unit::Bare, Unit::Bare) => Some(Unit::Bare),
            (Unit::Bare, Unit::Share) | (Unit::Share, Unit::Bare) => Some(Unit::Number),
            (a, b) if a.is_plain() && b.is_plain() => Some(Unit::Number),
            (a, b) if a.is_plain() => Some(b.clone()),
            (a, b) if b.is_plain() => Some(a.clone()),
            (a, b) => Some(Unit::made(a, '·', b)),
        }
    }

    /// The unit of a quotient.
    #[must_use]
    pub fn divided(&self, other: &Unit) -> Option<Unit> {
        if !self.is_quantity() || !other.is_quantity() {
            return None;
        }
        match (self, other) {
            (Unit::Bare, Unit::Bare) => Some(Unit::Bare),
            (a, b) if a == b => Some(Unit::Number),
            (money @ Unit::Money(_), b) if !b.is_money() => Some(money.clone()),
            (a, b) if b.is_plain() => Some(if a.is_plain() { Unit::Number } else { a.clone() }),
            (a, b) => Some(Unit::made(a, '/', b)),
        }
    }

    /// The unit that two others make.
    fn made(a: &Unit, sign: char, b: &Unit) -> Unit {
        let (a, b) = (a.words(), b.words());
        Unit::named(&say!("{}{sign}{}", "{}{sign}{}", a, b))
    }
}

/// How values of a unit are shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notation {
    /// Whether a hundred times the value is shown.
    pub hundredfold: bool,
    /// What stands behind it.
    pub unit: Text,
}

impl Notation {
    /// What a value is multiplied by.
    #[must_use]
    pub fn factor(&self) -> f64 {
        if self.hundredfold { 100.0 } else { 1.0 }
    }

    /// The value as it is shown; `None` where it has too many digits for that.
    #[must_use]
    pub fn scaled(&self, value: Decimal) -> Option<Decimal> {
        if self.hundredfold { value.checked_mul(Decimal::ONE_HUNDRED) } else { Some(value) }
    }

    /// The decimals that are left of those of the value.
    #[must_use]
    pub fn decimals(&self, of_value: u32) -> u32 {
        if self.hundredfold { of_value.saturating_sub(2) } else { of_value }
    }

    /// What stands right behind a number: `%`, ` points`, `ポイント`.
    #[must_use]
    pub fn sign(&self, language: Language) -> String {
        let unit = self.unit.within(language);
        match unit.chars().next() {
            Some(first) if first.is_ascii() && first != '%' => format!(" {unit}"),
            _ => unit.to_owned(),
        }
    }

    /// A number with its unit: `65 years`, and `65歳` as Japanese writes it.
    #[must_use]
    pub fn beside(&self, number: &str, language: Language) -> String {
        format!("{number}{}", self.sign(language))
    }

    /// What stands behind each of several numbers side by side: points, years and the like are told
    /// once, beside the value or above the column.
    #[must_use]
    pub fn short_sign(&self) -> &'static str {
        if self.unit.en == "%" { "%" } else { "" }
    }

    /// A title with the unit in brackets; without them where there is none.
    #[must_use]
    pub fn titled(&self, title: &str, language: Language) -> String {
        match (self.unit.within(language), language) {
            ("", _) => title.to_owned(),
            (unit, Language::En) => format!("{title} ({unit})"),
            (unit, Language::Ja) => format!("{title}（{unit}）"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::Bare | Unit::Open | Unit::Number | Unit::Points => f.write_str("number"),
            Unit::Share => f.write_str("share"),
            Unit::Money(name) => f.write_str(name),
            Unit::Label(name) => name.fmt(f),
            Unit::Truth => f.write_str("true or false"),
            Unit::Text => f.write_str("text"),
            Unit::Date => f.write_str("date"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_times_a_count_is_money_and_money_times_money_is_nothing() {
        let yen = Unit::money("JPY");
        assert_eq!(yen.multiplied(&Unit::label("people")), Some(yen.clone()));
        assert_eq!(yen.multiplied(&yen), None);
        assert_eq!(yen.divided(&yen), Some(Unit::Number));
    }

    #[test]
    fn only_bare_literals_adapt() {
        let (yen, pressure) = (Unit::money("JPY"), Unit::label("mmHg"));
        assert_eq!(yen.joined(&pressure), None);
        assert_eq!(yen.joined(&Unit::Number), None);
        assert_eq!(pressure.joined(&Unit::Bare), Some(pressure.clone()));
        assert_eq!(Unit::Truth.joined(&Unit::Bare), None);
    }
}
