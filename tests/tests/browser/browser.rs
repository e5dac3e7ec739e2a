//! One browser, as one person uses it.

use std::fmt::Debug;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::Server;
use crate::driver::{Driver, Own};

/// Nothing here takes so long unless it will never come: the limit is no measure of speed.
const LIMIT: Duration = Duration::from_secs(120);

/// The language a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    En,
    Ja,
}

impl Language {
    pub(crate) const fn code(self) -> &'static str {
        self.pick("en", "ja")
    }

    /// The words of this language.
    pub(crate) const fn pick<'w>(self, en: &'w str, ja: &'w str) -> &'w str {
        match self {
            Language::En => en,
            Language::Ja => ja,
        }
    }
}

/// How wide the window is, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// A desk.
    Wide,
    /// A telephone.
    Narrow,
}

impl Width {
    const fn pixels(self) -> u32 {
        match self {
            Width::Wide => 1280,
            Width::Narrow => 390,
        }
    }

    const fn height(self) -> u64 {
        match self {
            Width::Wide => 900,
            Width::Narrow => 844,
        }
    }
}

/// What every journey is made in: each language once, each width once.
pub(crate) const JOURNEYS: [(Language, Width); 2] =
    [(Language::En, Width::Wide), (Language::Ja, Width::Narrow)];

/// A browser with a new profile at a server, closed when it is dropped.
pub(crate) struct Browser {
    client: Option<Client>,
    runtime: Runtime,
    _driver: Driver,
    /// The profile, and what is downloaded.
    folder: PathBuf,
    server: String,
    language: Language,
    width: Width,
}

impl Browser {
    /// A browser of a server, in this language and at this width, on the first page.
    pub(crate) fn of(server: &Server, language: Language, width: Width) -> Browser {
        let driver = Driver::start();
        let folder = server.folder.with_extension("browser");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("downloads")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
        let profile = folder.join("profile");
        let options = json!({
            "browserName": "chrome",
            "timeouts": { "script": LIMIT.as_millis() as u64, "pageLoad": LIMIT.as_millis() as u64 },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "binary": program,
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
                    "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", format!("--user-data-dir={}", profile.display()),
                ],
                "prefs": {
                    "download.default_directory": folder.join("downloads"),
                    "download.prompt_for_download": false,
                },
            },
        });
        let options = options.as_object().unwrap().clone();
        let connected = runtime.block_on(async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(options)
                .connect(&driver.address)
                .await
        });
        let client = connected.unwrap_or_else(|error| panic!("no browser: {error}"));
        let server = format!("http://{}", server.address);
        let client = Some(client);
        let browser = Browser { client, runtime, _driver: driver, folder, server, language, width };
        browser.resize(width.height());
        browser.open("/");
        browser.read_in(language);
        browser
    }

    fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    fn wait<T, E: Debug>(&self, what: impl Future<Output = Result<T, E>>) -> T {
        self.runtime.block_on(what).unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.wait(self.client().issue_cmd(Own::devtools(command, parameters)))
    }

    /// A window of its width: a desk's, or a telephone's, which lays pages out as telephones do.
    fn resize(&self, height: u64) {
        let (width, mobile) = (self.width(), self.width == Width::Narrow);
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
    }

    /// How wide the window is, in CSS pixels.
    pub(crate) fn width(&self) -> u32 {
        self.width.pixels()
    }

    /// Goes to a page of the server.
    pub(crate) fn open(&self, path: &str) {
        self.wait(self.client().goto(&format!("{}{path}", self.server)));
    }

    /// Reads on in this language, by the button of the page if it is in the other one.
    pub(crate) fn read_in(&self, language: Language) {
        if self.script("return document.documentElement.lang", &[]) != language.code() {
            self.send("header button[name=language]");
            assert_eq!(self.script("return document.documentElement.lang", &[]), language.code());
        }
    }

    /// The path and query of the page.
    pub(crate) fn place(&self) -> String {
        let url = self.wait(self.client().current_url());
        url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// What a script returns, run in the page with these arguments.
    pub(crate) fn script(&self, script: &str, with: &[Value]) -> Value {
        self.wait(self.client().execute(script, with.to_vec()))
    }

    /// What a script hands to its last argument, some time later.
    pub(crate) fn script_later(&self, script: &str, with: &[Value]) -> Value {
        self.wait(self.client().execute_async(script, with.to_vec()))
    }

    /// Waits until a script returns something true.
    pub(crate) fn until(&self, what: &str, script: &str) {
        let begun = Instant::now();
        loop {
            // While a page is being left its scripts cannot be asked.
            let found = self.runtime.block_on(self.client().execute(script, Vec::new()));
            if found.as_ref().is_ok_and(|found| found == true) {
                return;
            }
            if begun.elapsed() > LIMIT {
                let (place, text) = (self.place(), self.text("body"));
                panic!("waited in vain until {what} at {place}: {found:?}\n{text}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until an element shows these words.
    pub(crate) fn until_shown(&self, css: &str, words: &str) {
        let (selector, text) = (json!(css), json!(words));
        self.until(
            &format!("{css} shows {words:?}"),
            &format!(
                "return [...document.querySelectorAll({selector})].some(one => one.innerText.includes({text}))"
            ),
        );
    }

    fn element(&self, which: Locator<'_>) -> Element {
        let found = self.runtime.block_on(self.client().find(which));
        found.unwrap_or_else(|error| {
            panic!("{which:?} at {}: {error}\n{}", self.place(), self.text("body"))
        })
    }

    /// The words an element shows, as they are rendered.
    pub(crate) fn text(&self, css: &str) -> String {
        let text = self
            .script("return document.querySelector(arguments[0])?.innerText ?? ''", &[json!(css)]);
        text.as_str().unwrap().to_owned()
    }

    /// How many elements there are.
    pub(crate) fn count(&self, css: &str) -> u64 {
        let count =
            self.script("return document.querySelectorAll(arguments[0]).length", &[json!(css)]);
        count.as_u64().unwrap()
    }

    pub(crate) fn click(&self, css: &str) {
        self.wait(self.element(Locator::Css(css)).click());
    }

    /// Clicks what leads to another page, or to the same one anew, and waits for it.
    pub(crate) fn send(&self, css: &str) {
        self.leave(self.element(Locator::Css(css)));
    }

    /// Follows the link whose words begin so.
    pub(crate) fn follow(&self, words: &str) {
        let link = format!("//a[starts-with(normalize-space(), '{words}')]");
        self.leave(self.element(Locator::XPath(&link)));
    }

    fn leave(&self, element: Element) {
        self.script("window.isLeft = true", &[]);
        self.wait(element.click());
        self.until(
            "another page is there",
            "return !window.isLeft && document.readyState === 'complete'",
        );
    }

    /// Types into a field, after what is there; a file field takes the path of a file.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        self.wait(self.element(Locator::Css(css)).send_keys(text));
    }

    /// Gives a field this value, as a date or a choice gets it, which is not typed as it is written.
    pub(crate) fn choose(&self, css: &str, value: &str) {
        let kept = self.script(
            "const field = document.querySelector(arguments[0]);
             field.value = arguments[1];
             field.dispatchEvent(new Event('input', { bubbles: true }));
             field.dispatchEvent(new Event('change', { bubbles: true }));
             return field.value",
            &[json!(css), json!(value)],
        );
        assert_eq!(kept, value, "{css}");
    }

    /// Puts the caret around the first occurrence of a text in a text area.
    pub(crate) fn select(&self, css: &str, text: &str) {
        let found = self.script(
            "const area = document.querySelector(arguments[0]);
             const at = area.value.indexOf(arguments[1]);
             area.focus();
             area.setSelectionRange(at, at + arguments[1].length);
             return at",
            &[json!(css), json!(text)],
        );
        assert_ne!(found, -1, "{text:?} is not in {css}");
    }

    /// Presses keys, one after the other, at what has the focus.
    pub(crate) fn press(&self, keys: impl IntoIterator<Item = char>) {
        let down_and_up =
            |key| [KeyAction::Down { value: key }, KeyAction::Up { value: key }].into_iter();
        let actions = keys
            .into_iter()
            .flat_map(down_and_up)
            .fold(KeyActions::new("keyboard".to_owned()), InputSource::then);
        self.wait(self.client().perform_actions(actions));
    }

    /// What a link that is clicked brings home: the bytes, and under which name.
    pub(crate) fn download(&self, css: &str) -> (String, Vec<u8>) {
        let folder = self.folder.join("downloads");
        let before = names(&folder);
        self.click(css);
        let begun = Instant::now();
        loop {
            let new = names(&folder).into_iter().find(|name| {
                !before.contains(name) && !name.ends_with(".crdownload") && !name.starts_with('.')
            });
            if let Some(name) = new {
                let bytes = std::fs::read(folder.join(&name)).unwrap();
                if !bytes.is_empty() {
                    return (name, bytes);
                }
            }
            assert!(begun.elapsed() < LIMIT, "{css} at {} brought nothing", self.place());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Leaves a picture of the whole page among the build's files.
    pub(crate) fn keep_picture(&self, name: &str) {
        let whole = self.script("return document.documentElement.scrollHeight", &[]);
        self.resize(whole.as_u64().unwrap());
        let picture = self.wait(self.client().screenshot());
        self.resize(self.width.height());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = format!("{name}-{}-{}.png", self.language.code(), self.width());
        std::fs::write(folder.join(file), picture).unwrap();
    }

    /// Asserts that since it was last asked the console told no error, but for answers of these
    /// statuses, and that nothing was asked of another host.
    pub(crate) fn is_quiet(&self, answers: &[u16]) {
        let console = self.wait(self.client().issue_cmd(Own::log("browser")));
        for entry in console.as_array().unwrap() {
            let message = entry["message"].as_str().unwrap();
            let awaited = |status: &u16| message.contains(&format!("status of {status} "));
            let fault = entry["level"] == "SEVERE" && !answers.iter().any(awaited);
            assert!(!fault, "{message}");
        }
        let requests = self.wait(self.client().issue_cmd(Own::log("performance")));
        for entry in requests.as_array().unwrap() {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let (by, url) = (
                    event["message"]["params"]["documentURL"].as_str().unwrap(),
                    event["message"]["params"]["request"]["url"].as_str().unwrap(),
                );
                // The browser's first page is its own.
                let own = url.starts_with(&format!("{}/", self.server)) || url.starts_with("data:");
                assert!(own || by.starts_with("chrome"), "{by} asks for {url}");
            }
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _ = self.runtime.block_on(client.close());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
