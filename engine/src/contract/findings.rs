//! The linter: is the payment rule what the parties think it is?

use super::Contract;
use crate::problem::Problem;

/// Every finding on a contract that could be read.
pub(super) fn lint(_contract: &Contract) -> Vec<Problem> {
    Vec::new()
}
