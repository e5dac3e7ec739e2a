//! Something uncertain that could be known before deciding.

use super::curve::Curve;

/// A quantity that is uncertain: its columns, one value per path each; NaN where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Its name.
    pub name: String,
    /// Its columns: several for what is drawn at every evaluation.
    pub columns: Vec<Vec<f64>>,
    /// What it is made of, in ascending order: quantities that have nothing in common are
    /// independent. `None` where that is not known.
    pub made_of: Option<Vec<u32>>,
}

impl Quantity {
    /// Whether it is known to be independent of another.
    pub(super) fn is_independent_of(&self, other: &Quantity) -> bool {
        match (&self.made_of, &other.made_of) {
            (Some(own), Some(other)) => !own.iter().any(|draw| other.binary_search(draw).is_ok()),
            _ => false,
        }
    }

    /// Whether it differs from path to path.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.columns.iter().any(|column| !Curve::of(column, 0).is_constant())
    }
}
