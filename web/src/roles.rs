//! Who may do what.

use serde::{Deserialize, Serialize};

/// What a person is to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Of those who pay: a municipality.
    Payer,
    /// Of those who are paid.
    Provider,
    /// Of those who measure.
    Evaluator,
    /// Of those whose money is at stake.
    Investor,
    /// Who keeps the accounts, and acts for no party.
    Administrator,
}

/// Something a person does with a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Reading the contract, its scenarios, statements and ledger.
    Read,
    /// Simulating, stressing, comparing.
    Simulate,
    /// Changing scripts and scenarios.
    Edit,
    /// Bringing evidence, seeing what its rows say, and settling it without submitting.
    Settle,
    /// Submitting a settlement, and taking back one's own.
    Submit,
    /// Approving or refusing what another submitted.
    Approve,
    /// Recording that a settlement was paid.
    Pay,
    /// Keeping accounts, and reading who did what.
    Administer,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] =
        [Role::Payer, Role::Provider, Role::Evaluator, Role::Investor, Role::Administrator];

    /// Whether this role may do that.
    ///
    /// The provider brings evidence, as it delivers the programme, but never approves what it is
    /// paid. The investor sees no rows. The administrator, who could make an account of any role,
    /// touches no money.
    #[must_use]
    pub fn may(self, act: Act) -> bool {
        match act {
            Act::Read | Act::Simulate => true,
            Act::Edit => matches!(self, Role::Payer | Role::Administrator),
            Act::Settle | Act::Submit => {
                matches!(self, Role::Payer | Role::Provider | Role::Evaluator)
            }
            Act::Approve | Act::Pay => self == Role::Payer,
            Act::Administer => self == Role::Administrator,
        }
    }

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Payer => "payer",
            Role::Provider => "provider",
            Role::Evaluator => "evaluator",
            Role::Investor => "investor",
            Role::Administrator => "administrator",
        }
    }

    /// The role with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 8] = [
        Act::Read,
        Act::Simulate,
        Act::Edit,
        Act::Settle,
        Act::Submit,
        Act::Approve,
        Act::Pay,
        Act::Administer,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_table_says() {
        use Role::{Administrator, Evaluator, Investor, Payer, Provider};
        let table: [(Act, &[Role]); 8] = [
            (Act::Read, &[Payer, Provider, Evaluator, Investor, Administrator]),
            (Act::Simulate, &[Payer, Provider, Evaluator, Investor, Administrator]),
            (Act::Edit, &[Payer, Administrator]),
            (Act::Settle, &[Payer, Provider, Evaluator]),
            (Act::Submit, &[Payer, Provider, Evaluator]),
            (Act::Approve, &[Payer]),
            (Act::Pay, &[Payer]),
            (Act::Administer, &[Administrator]),
        ];
        for (act, roles) in table {
            let may: Vec<Role> = Role::ALL.into_iter().filter(|role| role.may(act)).collect();
            assert_eq!(may, roles, "{act:?}");
        }
        assert_eq!(table.map(|(act, _)| act), Act::ALL);
    }
}
