//! The served pages, asked over HTTP as a browser asks: what they show, who may do what, and what
//! hostile requests get.

mod accounts;
mod api;
mod client;
mod crash;
mod described;
mod hostile;
mod ledgers;
mod pages;
mod people;
mod portfolio;
mod roles;
mod scenario;
mod settlement;
mod tls;
mod unsaved;
