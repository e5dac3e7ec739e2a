//! Settling one evaluation.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Statement;
use crate::Files;
use crate::contract::Contract;
use crate::problem::Problem;

/// What is to be settled.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The evidence files, rows or figures, in any order.
    pub evidence: Vec<String>,
    /// The evaluation; may be left out when there is one.
    pub at: Option<Date>,
    /// What was paid before, when it is to be told rather than computed from the evidence.
    pub paid_before: Option<Decimal>,
}

/// Settles an evaluation.
///
/// # Errors
/// Every problem of the evidence, or of the request.
pub fn settle(
    contract: &Contract,
    files: &dyn Files,
    request: &Request,
) -> Result<Statement, Vec<Problem>> {
    let _ = (contract, files, request);
    Err(Vec::new())
}
