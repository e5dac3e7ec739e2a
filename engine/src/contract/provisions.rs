//! What a contract provides for beside its payment rules, and which findings its parties accept.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::problem::{Place, Text, say};

/// What a provision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What follows from events that nobody of the parties caused.
    ExternalFactors,
    /// How the parties settle a dispute over a result.
    Dispute,
    /// That results are published, missed targets among them.
    Publication,
    /// On which basis personal data are handled, and by whom.
    PersonalData,
    /// The approval to pay in later fiscal years (債務負担行為).
    DebtBurden,
    /// How the cap was set.
    Cap,
    /// A grant towards the payments.
    Grant,
}

impl Topic {
    /// Every topic with its name in scripts.
    pub const ALL: &[(&str, Topic)] = &[
        ("external_factors", Topic::ExternalFactors),
        ("dispute", Topic::Dispute),
        ("publication", Topic::Publication),
        ("personal_data", Topic::PersonalData),
        ("debt_burden", Topic::DebtBurden),
        ("cap", Topic::Cap),
        ("grant", Topic::Grant),
    ];

    /// Its name in scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Topic::ALL.iter().find(|(_, topic)| *topic == self);
        known.map_or("", |(name, _)| name)
    }

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Topic::ExternalFactors => say!("External factors", "外的要因・不可抗力"),
            Topic::Dispute => say!("Disputes over results", "結果に争いがあるとき"),
            Topic::Publication => say!("Publication of results", "結果の公表"),
            Topic::PersonalData => say!("Personal data", "個人情報の取扱い"),
            Topic::DebtBurden => say!("Debt-burden approval", "債務負担行為"),
            Topic::Cap => say!("How the cap was set", "支払上限額の根拠"),
            Topic::Grant => say!("Grant", "交付金・補助金"),
        }
    }
}

/// By what a cap was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapBasis {
    /// The social benefit, or what the payer would give for it.
    Benefit,
    /// The payer's own part of what is saved.
    Saving,
    /// What the conventional programme, or a similar one, costs.
    Cost,
}

impl CapBasis {
    /// Every basis with its name in scripts.
    pub const ALL: &[(&str, CapBasis)] =
        &[("benefit", CapBasis::Benefit), ("saving", CapBasis::Saving), ("cost", CapBasis::Cost)];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            CapBasis::Benefit => say!("social benefit", "社会的便益"),
            CapBasis::Saving => say!("the payer's saving", "支払者の節約"),
            CapBasis::Cost => say!("cost of the conventional programme", "従来事業の費用・見積り"),
        }
    }
}

/// What a contract provides for on one topic. Nothing of it changes a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// What it is about.
    pub topic: Topic,
    /// What is provided, in the contract's words.
    pub text: Option<Text>,
    /// The clause.
    pub clause: Option<String>,
    /// The amount approved; of a cap, the benefit or saving it was set by, tax included.
    pub amount: Option<Decimal>,
    /// The payer's part of the amount, for a cap; the part of outcome payments granted, for a grant.
    pub part: Option<Decimal>,
    /// The most that is granted.
    pub most: Option<Decimal>,
    /// By what the cap was set.
    pub basis: Option<CapBasis>,
    /// The day of the approval.
    pub on: Option<Date>,
    /// The last day of payments it covers.
    pub to: Option<Date>,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// A finding that the parties know of and accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The finding's id.
    pub finding: &'static str,
    /// The line, indicator, date or topic it is accepted for; all when absent.
    pub of: Option<String>,
    /// Why.
    pub reason: Text,
    /// Who accepts it: a position in the contract's parties.
    pub by: Option<usize>,
    /// The clause that says so.
    pub clause: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}
