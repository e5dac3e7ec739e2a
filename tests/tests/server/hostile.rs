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

/// Many bytes of nothing in a workbook of a few.
fn bomb(unpacked: usize) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let blank = vec![b' '; 1 << 20];
    for _ in 0..unpacked >> 20 {
        std::io::Write::write_all(&mut writer, &blank).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn hostile_evidence_gets_a_clear_message_and_changes_nothing() {
    let server = Server::alone("bombs");
    let visitor = server.visitor();
    let path = "/settle/scripts/contracts/nsw-employment.rhai";
    let bring =
        |name: &str, bytes: &[u8]| visitor.upload(path, &[("at", "1978-12-31")], &[(name, bytes)]);
    let bomb = bomb(1200 << 20);
    assert!(bomb.len() < 4 << 20, "{} bytes", bomb.len());
    for (name, bytes, words) in [
        ("bomb.xlsx", bomb.as_slice(), "unpacks to more than"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), "old Excel workbook"),
        ("damaged.xlsx", b"PK\x03\x04 and no more".as_slice(), "damaged.xlsx"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), "picture.csv"),
        ("empty.csv", b"\n\n\n".as_slice(), "empty.csv"),
        ("../../up.csv", b"a,b\n1,2\n".as_slice(), "up.csv"),
    ] {
        let answer = bring(name, bytes);
        assert_eq!(answer.status, 422, "{name}: {}", answer.text());
        assert!(answer.text().contains(words), "{name}: {}", answer.text());
        assert!(!answer.text().contains(".."), "{name}: {}", answer.text());
    }
    assert_eq!(visitor.get("/drafts/1").status, 404, "nothing was kept");
    // What is no form at all.
    let nonsense = visitor.ask("POST", path, "multipart/form-data; boundary=cut", b"--cut\r\nx");
    assert_eq!(nonsense.status, 400, "{}", nonsense.text());
    let wrong = visitor.ask("POST", path, "application/json", b"{}");
    assert!(matches!(wrong.status, 400 | 415), "{}", wrong.status);
}

#[test]
fn scripts_that_would_never_end_or_fill_the_memory_are_stopped() {
    let server = Server::alone("scripts");
    let visitor = server.visitor();
    for script in [
        "let x = \"a\"; loop { x += x; }",
        "let x = []; loop { x.push(x.len()); }",
        "fn f(n) { f(n + 1) } f(0);",
        "let x = #{}; let i = 0; loop { x[`${i}`] = i; i += 1; }",
        &"(".repeat(50_000),
        &format!("let x = {};", vec!["1"; 50_000].join("+")),
    ] {
        let body = serde_json::json!({ "path": "a.rhai", "text": script }).to_string();
        let answer = visitor.json("/api/v1/check-contract", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let found: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
        assert_eq!(found["problems"][0]["severity"], "error", "{found}");
    }
    for toml in ["a = ".to_owned() + "[".repeat(100_000).as_str(), "a.".repeat(100_000) + "b = 1"] {
        let body = serde_json::json!({ "path": "a.toml", "text": toml }).to_string();
        let answer = visitor.json("/api/v1/check-scenario", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains("\"error\""), "{}", answer.text());
    }
    assert_eq!(visitor.get("/").status, 200, "the server is still there");
}
