//! What the program computes and prints: whole contracts, settled, simulated, searched and reported,
//! by hand, against what others published, and against laws that must hold of any.
//!
//! One program for all of them: each test program links the whole engine again.

mod agreement;
mod benchmark;
mod cash;
mod choices;
mod chunks;
mod closed_forms;
mod cohorts;
mod compare;
mod correlation;
mod design;
mod documentation;
mod draws;
mod early_end;
mod estimators;
mod findings;
mod fuzz;
mod information;
mod investors;
mod ledger;
mod luck;
mod measured;
mod measurement;
mod named;
mod newcomers;
mod oracle;
mod parties;
mod portfolio;
mod precision;
mod published;
mod reading;
mod refusals;
mod reports;
mod returns;
mod sensitivity;
mod shipped;
mod statement;
mod stress;
mod tax;
mod terms;
mod threads;
mod waterfall;
