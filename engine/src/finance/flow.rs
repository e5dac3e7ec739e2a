//! An amount and when it is paid.

/// An amount that an investor receives; a negative one is paid by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// The amount, in one currency for all flows of a list.
    pub amount: f64,
    /// When, in years from the first flow; at least 0.
    pub after: f64,
}
