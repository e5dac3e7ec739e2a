//! Amounts and figures as people read them.

pub(crate) use engine::report::figures::*;
