//! The served pages in a real browser: what a person reads, types, clicks and takes home.
//!
//! Needs Debian's `chromium` and `chromium-driver` (`scripts/test.sh` installs them). Every test has
//! a server and a browser of its own, and leaves neither behind, also where it fails. Pictures of
//! every kind of page are left in `target/tmp/screenshots`.

mod accessible;
mod browser;
// Only a few of its requests are made here: the browser makes the others.
#[expect(dead_code, reason = "the tests over HTTP use the rest")]
#[path = "../server/client.rs"]
mod client;
mod contract;
mod driver;
mod every_page;
mod keyboard;
mod run;
mod settlement;
mod signing_in;
