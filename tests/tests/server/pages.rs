use crate::client::Server;

#[test]
fn the_first_page_lists_what_the_folder_holds_and_needs_nothing_from_outside() {
    let server = Server::alone("first");
    let visitor = server.visitor();
    let page = visitor.get("/");
    assert_eq!(page.status, 200);
    let text = page.text();
    for there in ["Tama hypertension", "scenarios/nsw-employment.toml", "without accounts"] {
        assert!(text.contains(there), "{there}: {text}");
    }
    // A patch of a scenario is no scenario.
    assert!(!text.contains("1-low-recruitment"), "{text}");
    // The name of a picture's language is no address that is asked.
    let addresses = text.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://"), "{text}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let mut size = page.bytes.len();
    for asset in ["style.css", "app.js"] {
        let asset = visitor.get(&format!("/assets/{asset}"));
        assert_eq!(asset.status, 200);
        size += asset.bytes.len();
    }
    assert!(size < 300_000, "{size} bytes");
    assert!(visitor.get("/?lang=ja").text().contains("契約とシナリオ"));
    assert_eq!(visitor.get("/nowhere").status, 404);
}

#[test]
fn a_contract_is_shown_with_its_check_its_rules_and_its_terms() {
    let server = Server::alone("contract");
    let visitor = server.visitor();
    for (language, words) in [("en", "The contract passes its check"), ("ja", "検査に合格しました")]
    {
        let path = "/contracts/scripts/contracts/tama-hypertension.rhai";
        let page = visitor.get(&format!("{path}?lang={language}"));
        let text = page.text();
        assert_eq!(page.status, 200, "{text}");
        assert!(
            text.contains(words) && text.contains("<svg") && text.contains("<table>"),
            "{text}"
        );
    }
}

#[test]
fn a_run_is_followed_read_and_taken_home() {
    let server = Server::alone("run");
    let visitor = server.visitor();
    let wanted =
        [("kind", "simulate"), ("path", "scenarios/tama-hypertension.toml"), ("paths", "20000")];
    let begun = visitor.form("/runs", &wanted);
    assert_eq!(begun.status, 303, "{}", begun.text());
    let run = begun.location().to_owned();
    visitor.finish(&run);
    let page = visitor.get(&run);
    assert!(page.text().contains("<svg") && page.text().contains("report.xlsx"), "{}", page.text());
    let (html, xlsx) =
        (visitor.get(&format!("{run}/report.html")), visitor.get(&format!("{run}/report.xlsx")));
    assert!(html.text().starts_with("<!DOCTYPE html>") && xlsx.bytes.starts_with(b"PK"));
    let chart = format!("{run}/charts/payment-distribution");
    assert!(visitor.get(&format!("{chart}.svg")).text().starts_with("<svg"));
    assert!(visitor.get(&format!("{chart}.png")).bytes.starts_with(b"\x89PNG"));
    assert!(visitor.get(&format!("{chart}.csv")).bytes.starts_with("\u{feff}".as_bytes()));
    assert_eq!(visitor.get(&format!("{run}/charts/nothing.svg")).status, 404);
    assert_eq!(visitor.get("/runs/999").status, 404);
    // The first page leads back to it.
    let home = visitor.get("/").text();
    assert!(home.contains(&format!("href=\"{run}\"")), "{home}");
    assert!(home.contains("scenarios/tama-hypertension.toml") && home.contains("done"), "{home}");
}

#[test]
fn the_editor_tells_what_is_wrong_and_never_overwrites_what_another_saved() {
    let server = Server::alone("editor");
    let visitor = server.visitor();
    let path = "scripts/contracts/tama-hypertension.rhai";
    let script = std::fs::read_to_string(server.folder.join(path)).unwrap();
    let broken = script.replacen("pay(", "pey(", 1);
    let body = serde_json::json!({ "path": path, "text": broken }).to_string();
    let found = visitor.json("/api/v1/check-contract", &body);
    let found: serde_json::Value = serde_json::from_slice(&found.bytes).unwrap();
    let line = script.lines().position(|line| line.starts_with("pay(")).unwrap() + 1;
    assert_eq!(found["problems"][0]["line"], line, "{found}");
    let before = visitor.before(&format!("/edit/{path}"));
    let changed = format!("{script}\n// A remark.\n");
    let save = |text: &str, before: &str| {
        visitor.form(&format!("/edit/{path}"), &[("text", text), ("before", before)])
    };
    assert_eq!(save(&changed, &before).status, 200);
    assert_eq!(std::fs::read_to_string(server.folder.join(path)).unwrap(), changed);
    // Whoever opened it before that does not undo it.
    assert_eq!(save(&script, &before).status, 409);
    assert_eq!(std::fs::read_to_string(server.folder.join(path)).unwrap(), changed);
}
