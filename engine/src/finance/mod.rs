//! What invested money earns.
//!
//! In: dated amounts that are paid and received ([`Flow`]). Out: their internal rates of return,
//! every one there is ([`rates_of_return`]), of one list or of a column of them ([`Schedule`]); what
//! they are worth at a rate, how many times the money comes back, how long it is away; how likely a
//! loss is and how large ([`Loss`]).
//!
//! Never here: contracts, graphs, random numbers.

mod flow;
mod growth;
mod loss;
mod rates_of_return;
mod schedule;
mod worth;
mod years;

pub use flow::Flow;
pub use growth::growth;
pub use loss::{Estimated, Loss, TAIL, expected_shortfall};
pub use rates_of_return::{RatesOfReturn, rates_of_return};
pub use schedule::Schedule;
pub use worth::{duration, multiple, net_present_value};
pub use years::Years;
