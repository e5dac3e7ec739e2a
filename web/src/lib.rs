//! Seika in the browser: a contract is checked, explained, simulated and settled on pages, by the
//! same engine calls as the command line.
//!
//! In: texts a visitor pastes or uploads. Out: pages in Japanese and English, and the JSON the
//! command line prints.
//!
//! The server and its pages are not written yet. They will stand on `engine` alone and never on
//! the command line, so that neither's changes reach the other.
//!
//! Never here: payment rules, estimates, random numbers.
