//! Summaries of columns.
