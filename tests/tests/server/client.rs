//! A server of its own folder for each test, and a small client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use seika_tests::Repository;

/// A folder with copies of shipped files, and a server of it.
pub(crate) struct Server {
    pub(crate) folder: PathBuf,
    /// Where it listens: host and port.
    pub(crate) address: String,
    process: Child,
    accounts: Option<PathBuf>,
}

/// What a request got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
            .unwrap_or_else(|| panic!("{} leads nowhere: {}", self.status, self.text()))
    }
}

pub(crate) fn program() -> Command {
    Command::new(trycmd::cargo::cargo_bin!("seika-tested"))
}

/// The files each server's folder holds.
const FILES: [&str; 7] = [
    "scripts/contracts/nsw-employment.rhai",
    "scripts/contracts/tama-hypertension.rhai",
    "scripts/contracts/kobe-kidney.rhai",
    "scenarios/nsw-employment.toml",
    "scenarios/tama-hypertension.toml",
    "scenarios/kobe-kidney.toml",
    "scenarios/stress/tama-hypertension/1-low-recruitment.toml",
];

impl Server {
    /// A server where one person works alone.
    pub(crate) fn alone(name: &str) -> Server {
        Server::start(name, &[])
    }

    /// A server with these people, all with the password `correct horse battery`.
    pub(crate) fn with(name: &str, people: &[(&str, &str)]) -> Server {
        Server::start(name, people)
    }

    fn start(name: &str, people: &[(&str, &str)]) -> Server {
        let folder =
            std::env::temp_dir().join(format!("seika-serve-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        for file in FILES.into_iter().filter(|file| Repository::top().join(file).exists()) {
            let to = folder.join(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(Repository::top().join(file), to).unwrap();
        }
        let accounts = folder.join("accounts.json");
        for (person, role) in people {
            let mut add = program();
            add.args(["account", "add", person, "--role", role, "--accounts"]).arg(&accounts);
            let mut add = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            add.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
            assert!(add.wait().unwrap().success(), "{person} is added");
        }
        let accounts = (!people.is_empty()).then_some(accounts);
        let (process, address) = served(&folder, accounts.as_deref());
        Server { folder, address, process, accounts }
    }

    /// Serves the same folder again, after the server was killed. Everybody signs in anew.
    pub(crate) fn restart(&mut self) {
        self.kill();
        (self.process, self.address) = served(&self.folder, self.accounts.as_deref());
    }

    /// Somebody who asks.
    pub(crate) fn visitor(&self) -> Visitor<'_> {
        Visitor { server: self, cookie: String::new(), headers: Vec::new() }
    }

    /// Somebody who has signed in.
    pub(crate) fn signed_in(&self, name: &str) -> Visitor<'_> {
        let mut visitor = self.visitor();
        let answer =
            visitor.form("/sign-in", &[("name", name), ("password", "correct horse battery")]);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        for wanted in ["HttpOnly", "SameSite=Lax"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
        visitor.cookie = cookie.split(';').next().unwrap().to_owned();
        visitor
    }

    /// By which the system knows the server.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the server at once, as a fault would.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn served(folder: &Path, accounts: Option<&Path>) -> (Child, String) {
    let mut serve = program();
    serve.args(["serve", "--address", "127.0.0.1:0", "--lang", "en"]).arg(folder);
    if let Some(accounts) = accounts {
        serve.arg("--accounts").arg(accounts);
    }
    let mut process = serve.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let said = first_line(&mut process);
    let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let address = address.unwrap_or_else(|| panic!("no address in {said:?}")).to_owned();
    (process, address)
}

/// What a server says first: where it listens.
pub(crate) fn first_line(process: &mut Child) -> String {
    let mut said = String::new();
    BufReader::new(process.stderr.take().unwrap()).read_line(&mut said).unwrap();
    said
}

/// Somebody who asks, with the cookie they were given.
pub(crate) struct Visitor<'s> {
    server: &'s Server,
    cookie: String,
    /// Headers sent with every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl Visitor<'_> {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", &[])
    }

    /// A form, as a page sends it.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        char::from(byte).to_string()
                    }
                    _ => format!("%{byte:02X}"),
                })
                .collect()
        };
        let pairs =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.ask("POST", path, "application/x-www-form-urlencoded", body.as_bytes())
    }

    /// By which the file of a page is known, so that nobody overwrites what another saved.
    pub(crate) fn before(&self, path: &str) -> String {
        let page = self.get(path).text();
        let before = page.split("name=\"before\" value=\"").nth(1);
        before.unwrap_or_else(|| panic!("{path} has no form: {page}"))[..64].to_owned()
    }

    pub(crate) fn json(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, "application/json", body.as_bytes())
    }

    /// An upload: fields and files.
    pub(crate) fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!(
                    "--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        for (name, bytes) in files {
            body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"evidence\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--cut--\r\n");
        self.ask("POST", path, "multipart/form-data; boundary=cut", &body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.server.address,
            body.len()
        );
        if !kind.is_empty() {
            head += &format!("Content-Type: {kind}\r\n");
        }
        if !self.cookie.is_empty() {
            head += &format!("Cookie: {}\r\n", self.cookie);
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A server that refuses before it has read everything closes its side.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let cut = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..cut]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let rest = bytes.get(cut + 4..).unwrap_or_default().to_vec();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Answer { status, head, bytes: if chunked { unchunked(&rest) } else { rest } }
    }

    /// Follows a run until it is over.
    pub(crate) fn finish(&self, run: &str) {
        for _ in 0..600 {
            let stage = self.get(&format!("{run}/stage"));
            if stage.text().contains("\"finished\":true") {
                return;
            }
            assert_eq!(stage.status, 200, "{}", stage.text());
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the run did not finish");
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..end]), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.extend(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
    whole
}

/// A file of the repository.
pub(crate) fn shipped(path: &str) -> Vec<u8> {
    std::fs::read(Repository::top().join(Path::new(path))).unwrap()
}
