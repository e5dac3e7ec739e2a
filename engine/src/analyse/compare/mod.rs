//! Two contracts, or two versions of one, laid side by side.
//!
//! In: two contracts; perhaps a scenario, evidence, a ledger. Out: the clauses that changed, what
//! the second pays more or less than the first on the same possible futures, and which past
//! outcomes it would have paid differently.
//!
//! Never here: a comparison of texts. What is only renamed, moved or written otherwise is no change.

mod changes;
mod figures;
mod json;
mod past;
mod priced;
mod regions;
mod versions;

pub use changes::{Change, How, TermChange, Version};
pub use figures::{Compared, Difference};
pub use past::{Origin, Past, PastRequest, Settled};
pub use priced::{Furthest, Priced};
pub use regions::{OutcomeRegions, Region, Told};
pub use versions::Versions;
