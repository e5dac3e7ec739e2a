//! What the words of finance have declared, before closures are traced and dates are known.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::contract::CostKind;
use crate::contract::finance::{Recycle, Reserve, Sharer, Tranche};
use crate::expr::Unit;
use crate::problem::{Place, Text};
use crate::script::{Closure, Options};

/// A tranche, as scripts hold it.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct TrancheHandle(pub(in crate::contract) usize);

/// Where the values of a declaration stand, by key.
#[derive(Debug, Clone, Default)]
pub(in crate::contract) struct Places(Vec<(&'static str, Place)>);

impl Places {
    pub(in crate::contract) fn of(options: &Options, keys: &'static [&'static str]) -> Places {
        let keys = keys.iter().filter_map(|key| Some((*key, options.place(key)?)));
        Places(keys.collect())
    }

    pub(in crate::contract) fn get(&self, key: &str) -> Option<Place> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, place)| place.clone())
    }
}

/// Everything of finance.
#[derive(Debug, Default)]
pub(in crate::contract) struct FinanceDraft {
    pub(in crate::contract) tranches: Vec<TrancheDraft>,
    pub(in crate::contract) costs: Vec<CostDraft>,
    pub(in crate::contract) deferred: Vec<DeferredDraft>,
    pub(in crate::contract) guarantees: Vec<GuaranteeDraft>,
    pub(in crate::contract) reserve: Option<ReserveDraft>,
    pub(in crate::contract) account: Option<AccountDraft>,
    pub(in crate::contract) profit: Option<ProfitDraft>,
}

/// `profit(…)`.
#[derive(Debug)]
pub(in crate::contract) struct ProfitDraft {
    pub(in crate::contract) parts: Vec<(Sharer, Decimal)>,
    pub(in crate::contract) place: Option<Place>,
}

/// `invest(…)`.
#[derive(Debug)]
pub(in crate::contract) struct TrancheDraft {
    /// What is declared, without what its closure gives; no drawdowns where `at` says when.
    pub(in crate::contract) declared: Tranche,
    /// In what the amount is; `None` where it is none.
    pub(in crate::contract) unit: Option<Unit>,
    pub(in crate::contract) at: Option<Date>,
    pub(in crate::contract) linked: Option<Closure>,
    pub(in crate::contract) places: Places,
}

/// Amounts and when they fall.
#[derive(Debug, Clone)]
pub(in crate::contract) enum AmountsDraft {
    Dated(Vec<(Date, Decimal)>),
    Linked { amount: Closure, at: Option<Vec<Date>>, at_place: Option<Place> },
}

/// `cost(…)`.
#[derive(Debug, Clone)]
pub(in crate::contract) struct CostDraft {
    pub(in crate::contract) id: String,
    pub(in crate::contract) title: Text,
    pub(in crate::contract) kind: CostKind,
    pub(in crate::contract) by: Option<usize>,
    pub(in crate::contract) to: Option<usize>,
    pub(in crate::contract) amount: AmountsDraft,
    pub(in crate::contract) clause: Option<String>,
    pub(in crate::contract) place: Option<Place>,
}

/// `deferred_fee(…)`.
#[derive(Debug, Clone)]
pub(in crate::contract) struct DeferredDraft {
    pub(in crate::contract) id: String,
    pub(in crate::contract) title: Text,
    pub(in crate::contract) to: Option<usize>,
    pub(in crate::contract) amount: AmountsDraft,
    pub(in crate::contract) rank: u32,
    pub(in crate::contract) clause: Option<String>,
    pub(in crate::contract) place: Option<Place>,
}

/// `guarantee(…)`.
#[derive(Debug, Clone)]
pub(in crate::contract) struct GuaranteeDraft {
    pub(in crate::contract) by: usize,
    /// `None` for every tranche.
    pub(in crate::contract) of: Option<Vec<usize>>,
    /// Empty for the last payment date.
    pub(in crate::contract) schedule: Vec<(Date, Decimal)>,
    pub(in crate::contract) most: Option<Decimal>,
    pub(in crate::contract) beyond: Decimal,
    pub(in crate::contract) covers_return: bool,
    pub(in crate::contract) rank: Option<u32>,
    pub(in crate::contract) clause: Option<String>,
    pub(in crate::contract) places: Places,
    pub(in crate::contract) place: Option<Place>,
}

/// `reserve(…)`.
#[derive(Debug, Clone)]
pub(in crate::contract) struct ReserveDraft {
    pub(in crate::contract) declared: Reserve,
    pub(in crate::contract) places: Places,
    pub(in crate::contract) place: Option<Place>,
}

/// `account(…)`.
#[derive(Debug, Clone)]
pub(in crate::contract) struct AccountDraft {
    pub(in crate::contract) holder: Option<usize>,
    pub(in crate::contract) recycle: Option<Recycle>,
    pub(in crate::contract) unspent_distributed: bool,
    pub(in crate::contract) places: Places,
    pub(in crate::contract) place: Option<Place>,
}
