//! The driver of a browser: the program that moves Chromium.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// What the tests need and the machine does not have.
const MISSING: &str = "chromedriver is missing: on Debian `apt-get install chromium chromium-driver`; \
     elsewhere put Chromium's `chromedriver` into the PATH, and Chromium at /usr/bin/chromium or where CHROMIUM says";

/// A running chromedriver, ended when it is dropped.
pub(crate) struct Driver {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Driver {
    /// Starts a driver at a free port.
    pub(crate) fn start() -> Driver {
        let process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = process.unwrap_or_else(|error| panic!("{MISSING} ({error})"));
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "chromedriver ended before it listened");
            if let Some((_, port)) = line.trim_end().rsplit_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // What it says later is read too, so that it never waits for a reader.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Driver { process, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command that only Chromium's driver has.
#[derive(Debug)]
pub(crate) struct Own {
    path: &'static str,
    body: Value,
}

impl Own {
    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(command: &str, parameters: Value) -> Own {
        Own { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": parameters }) }
    }

    /// What a log holds since it was last asked for: `browser` is the console, `performance` the
    /// requests.
    pub(crate) fn log(kind: &str) -> Own {
        Own { path: "se/log", body: json!({ "type": kind }) }
    }
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
