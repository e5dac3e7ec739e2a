//! The served pages, asked over HTTP as a browser asks: what they show, who may do what, and what
//! hostile requests get.

mod api;
mod client;
mod described;
mod hostile;
mod pages;
mod roles;
mod settlement;
