//! What is asked about a scenario.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// What is asked about a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What the decision is about, a figure counted in money: signing leaves it, not signing leaves 0.
    pub figure: String,
    /// Other options: files of scenarios, or of patches of this one.
    pub against: Vec<String>,
    /// The cells that could be known, by groups; each uncertain cell alone where there is none.
    pub of: Vec<Vec<String>>,
    /// How many decisions like this one the information serves.
    pub times: u64,
    /// What a larger evaluation would be worth, where that is asked.
    pub evaluation: Option<Evaluation>,
}

impl Default for Question {
    fn default() -> Self {
        Question {
            figure: "net".to_owned(),
            against: Vec::new(),
            of: Vec::new(),
            times: 1,
            evaluation: None,
        }
    }
}

/// An evaluation that measures other numbers of people.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// How many people each indicator is measured on.
    pub sizes: Vec<Size>,
    /// The indicators; all whose model says how many people are measured where there is none.
    pub indicators: Vec<String>,
    /// The evaluation that measures them; all of them where absent.
    pub at: Option<Date>,
    /// What one person measured at one evaluation costs.
    pub cost: Decimal,
    /// What it costs to measure another number of people than today, whatever their number.
    pub cost_fixed: Decimal,
}

/// How many people are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many.
    People(u64),
    /// So many more than the scenario says.
    More(u64),
}
