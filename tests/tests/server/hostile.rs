use crate::client::{Server, program};

#[test]
fn tricks_with_paths_reach_nothing_outside() {
    let server = Server::alone("tricks");
    let outside = server.folder.with_extension("rhai");
    std::fs::write(&outside, "contract(\"secret\", #{});").unwrap();
    let name = outside.file_name().unwrap().to_str().unwrap().to_owned();
    let visitor = server.visitor();
    for path in [
        format!("/contracts/../{name}"),
        format!("/contracts/..%2F{name}"),
        format!("/contracts/%2e%2e/{name}"),
        "/contracts/%2Fetc%2Fpasswd.rhai".to_owned(),
        format!("/edit/..%2F{name}"),
        "/edit/%00.rhai".to_owned(),
        "/assets/..%2f..%2fCargo.toml".to_owned(),
        "/ledger/..%2Fx.ledger".to_owned(),
    ] {
        let answer = visitor.get(&path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret"), "{path}");
    }
    assert_eq!(visitor.form("/ledgers", &[("name", "../x")]).status, 400);
    std::fs::remove_file(outside).unwrap();
}

#[test]
fn other_sites_cannot_act_and_what_is_too_large_is_refused() {
    let server = Server::alone("sites");
    let mut visitor = server.visitor();
    visitor.headers.push(("Origin".to_owned(), "https://evil.example".to_owned()));
    visitor.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
    assert_eq!(visitor.form("/ledgers", &[("name", "x")]).status, 403);
    assert!(!server.folder.join("x.ledger").exists());
    let visitor = server.visitor();
    let large = "x".repeat(2 * 1024 * 1024);
    let path = "/edit/scripts/contracts/tama-hypertension.rhai";
    let answer = visitor.form(path, &[("text", &large), ("before", "")]);
    assert!(matches!(answer.status, 413 | 0), "{}", answer.status);
    let body = serde_json::json!({ "path": "a.rhai", "text": "loop { let x = 1; }" }).to_string();
    let answer = visitor.json("/api/v1/check-contract", &body);
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("problems"),
        "a script without end is stopped: {}",
        answer.text()
    );
}

#[test]
fn what_would_not_be_safe_is_not_served() {
    let server = Server::alone("unsafe");
    let refused = |arguments: &[&str]| {
        let mut serve = program();
        serve.args(["serve", "--lang", "en"]).arg(&server.folder).args(arguments);
        let output = serve.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&["--address", "0.0.0.0:0"]).contains("accounts"));
    let accounts = server.folder.join("none.json");
    let accounts = accounts.to_str().unwrap();
    assert!(
        refused(&["--address", "0.0.0.0:0", "--accounts", accounts]).contains("--behind-proxy")
    );
    assert!(refused(&["--accounts", accounts]).contains("seika account add"));
}
