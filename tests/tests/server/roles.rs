use crate::client::{Server, Visitor, shipped};

const TAMA: &str = "scripts/contracts/tama-hypertension.rhai";

/// Each role on each kind of route: the status it gets. The people have their role for Tama alone.
#[test]
fn each_role_may_do_what_the_table_says_and_nothing_leaks() {
    let roles = ["payer", "provider", "evaluator", "investor", "administrator"];
    let names = roles.map(|role| format!("the {role}"));
    let given = roles.map(|role| format!("tama-hypertension={role}"));
    let people: Vec<(&str, &str)> =
        names.iter().zip(&given).map(|(name, role)| (name.as_str(), role.as_str())).collect();
    let server = Server::with("roles", &people);
    let mut table: Vec<(&str, &str, &str, [u16; 5])> = Vec::new();
    let read = [200; 5];
    table.push(("GET", "/", "", read));
    let contract = format!("/contracts/{TAMA}");
    table.push(("GET", &contract, "", read));
    table.push(("GET", "/scenarios/scenarios/tama-hypertension.toml", "", read));
    let edit = format!("/edit/{TAMA}");
    table.push(("GET", &edit, "", [200, 403, 403, 403, 200]));
    let settle = format!("/settle/{TAMA}");
    table.push(("GET", &settle, "", [200, 200, 200, 403, 403]));
    // Accounts and log are about every contract: an administrator of one sees neither.
    table.push(("GET", "/log", "", [403; 5]));
    table.push(("GET", "/people", "", [403; 5]));
    table.push(("POST", "/people", "act=remove&name=the+payer", [403; 5]));
    table.push(("GET", "/password", "", read));
    let chart = "/scenario-chart/scenarios/tama-hypertension.toml?param.base=2000000";
    table.push(("GET", chart, "", read));
    let save = "/scenarios/scenarios/tama-hypertension.toml";
    table.push(("POST", save, "before=x&is.uptake=0.3", [409, 403, 403, 403, 409]));
    let runs = "kind=simulate&path=scenarios%2Ftama-hypertension.toml&paths=10";
    table.push(("POST", "/runs", runs, [303; 5]));
    let tama = "scenarios%2Ftama-hypertension.toml";
    let compare = format!("kind=compare&path={tama}&with=scenarios%2Fkobe-kidney.toml");
    table.push(("POST", "/runs", &compare, [404; 5]));
    let stress = format!("kind=stress&path={tama}&paths=10");
    table.push(("POST", "/runs", &stress, [303; 5]));
    table.push(("POST", "/ledgers", "name=a-ledger", [303, 403, 403, 403, 403]));
    // The API, where evidence and bodies are read after it was asked who may.
    let script = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    let written = serde_json::json!({ "path": TAMA, "text": script }).to_string();
    let wrong = "--cut\r\nContent-Disposition: form-data; name=\"evidence\"; filename=\"a.csv\"\r\n\r\nx\r\n--cut--\r\n";
    let run = r#"{"path":"scenarios/tama-hypertension.toml","paths":10}"#;
    table.push(("GET", "/api/v1/openapi.json", "", read));
    table.push(("GET", "/api/v1/contracts", "", read));
    table.push((
        "GET",
        concat!("/api/v1/check/", "scripts/contracts/tama-hypertension.rhai"),
        "",
        read,
    ));
    table.push((
        "GET",
        concat!("/api/v1/explain/", "scripts/contracts/tama-hypertension.rhai"),
        "",
        read,
    ));
    table.push(("POST", "/api/v1/check-contract", &written, [200, 403, 403, 403, 200]));
    table.push((
        "POST",
        "/api/v1/check-scenario",
        r#"{"path":"a.toml","text":""}"#,
        [200, 403, 403, 403, 200],
    ));
    table.push(("POST", "/api/v1/runs", run, [202; 5]));
    table.push((
        "POST",
        "/api/v1/settle/scripts/contracts/tama-hypertension.rhai",
        wrong,
        [422, 422, 422, 403, 403],
    ));
    table.push(("GET", "/api/v1/ledgers", "", read));
    table.push(("POST", "/api/v1/ledgers", r#"{"name":"b-ledger"}"#, [201, 403, 403, 403, 403]));
    table.push(("GET", "/api/v1/ledgers/a-ledger.ledger", "", read));
    table.push(("GET", "/api/v1/ledgers/a-ledger.ledger/verify", "", read));
    table.push(("POST", "/api/v1/ledgers/a-ledger.ledger/settlements?contract=scripts/contracts/tama-hypertension.rhai", wrong, [422, 422, 422, 403, 403]));
    // Another contract is as if it were not there.
    table.push(("GET", "/contracts/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/scenarios/scenarios/kobe-kidney.toml", "", [404; 5]));
    table.push(("GET", "/api/v1/check/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/api/v1/explain/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push((
        "POST",
        "/api/v1/runs",
        r#"{"path":"scenarios/kobe-kidney.toml","paths":10}"#,
        [404; 5],
    ));
    table.push(("POST", "/api/v1/settle/scripts/contracts/kobe-kidney.rhai", wrong, [404; 5]));
    table.push((
        "POST",
        "/api/v1/ledgers/a-ledger.ledger/settlements?contract=scripts/contracts/kobe-kidney.rhai",
        wrong,
        [404; 5],
    ));
    table.push(("GET", "/edit/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/settle/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push((
        "POST",
        "/runs",
        "kind=simulate&path=scenarios%2Fkobe-kidney.toml&paths=10",
        [404; 5],
    ));
    // The accounts themselves are no file of the folder.
    table.push(("GET", "/edit/accounts.json", "", [404; 5]));
    for (at, name) in names.iter().enumerate() {
        let visitor = server.signed_in(name);
        for (method, path, body, expected) in &table {
            let answer = visitor.ask(method, path, kind_of(body), body.as_bytes());
            assert_eq!(answer.status, expected[at], "{name}: {method} {path}: {}", answer.text());
            if path.contains("kobe") {
                assert!(
                    !answer.text().contains("Kobe") && !answer.text().contains("神戸"),
                    "{path}"
                );
            }
        }
        assert!(!visitor.get("/").text().contains("kobe"), "{name} sees another contract");
    }
    // Whoever has not signed in is asked to, and the API says so.
    let stranger = server.visitor();
    for (method, path, ..) in table.iter().filter(|(method, ..)| *method == "GET") {
        let answer = stranger.ask(method, path, "", &[]);
        let expected = match path.strip_prefix("/api/v1") {
            Some("/openapi.json") => 200,
            Some(_) => 401,
            None => 303,
        };
        assert_eq!(answer.status, expected, "{path}");
    }
    // One person's run is not another's.
    let payer = server.signed_in("the payer");
    let run = payer.form(
        "/runs",
        &[("kind", "simulate"), ("path", "scenarios/tama-hypertension.toml"), ("paths", "10")],
    );
    payer.finish(run.location());
    assert_eq!(payer.get(run.location()).status, 200);
    assert_eq!(server.signed_in("the investor").get(run.location()).status, 404);
}

/// How a body is sent.
fn kind_of(body: &str) -> &'static str {
    match body.chars().next() {
        None => "",
        Some('{') => "application/json",
        Some('-') => "multipart/form-data; boundary=cut",
        Some(_) => "application/x-www-form-urlencoded",
    }
}

/// Each role on a settlement that the provider submitted, over the API.
#[test]
fn each_role_may_do_to_a_settlement_what_the_table_says() {
    let roles = ["payer", "provider", "evaluator", "investor", "administrator"];
    let names = roles.map(|role| format!("the {role}"));
    let given = roles.map(|role| format!("nsw-employment={role}"));
    let mut people: Vec<(&str, &str)> =
        names.iter().zip(&given).map(|(name, role)| (name.as_str(), role.as_str())).collect();
    people.push(("another", "tama-hypertension=payer"));
    let server = Server::with("acts", &people);
    let payer = server.signed_in("the payer");
    assert_eq!(payer.json("/api/v1/ledgers", r#"{"name":"nsw"}"#).status, 201);
    let evidence = crate::client::shipped("tests/data/nsw.csv");
    let submissions =
        "/api/v1/ledgers/nsw.ledger/settlements?contract=scripts/contracts/nsw-employment.rhai";
    let provider = server.signed_in("the provider");
    let fields = [("at", "1978-12-31"), ("name", "somebody else")];
    let submitted = provider.upload(submissions, &fields, &[("nsw.csv", &evidence)]);
    assert_eq!(submitted.status, 201, "{}", submitted.text());
    let one = submitted.location().to_owned();
    // What has no reason, or comes too early, is refused by the ledger and changes nothing; who may
    // not even ask is refused before. The payer's approval stands last and is the first of all.
    let table: [(&str, &str, &str, [u16; 5]); 5] = [
        ("GET", "", "", [200; 5]),
        ("POST", "/reject", r#"{"reason":""}"#, [422, 403, 403, 403, 403]),
        ("POST", "/withdraw", r#"{"reason":""}"#, [422, 422, 422, 403, 403]),
        ("POST", "/pay", r#"{"on":"1979-01-31"}"#, [422, 403, 403, 403, 403]),
        ("POST", "/approve", "{}", [200, 403, 403, 403, 403]),
    ];
    for (at, name) in names.iter().enumerate() {
        let visitor = server.signed_in(name);
        for (method, path, body, expected) in table {
            let path = format!("{one}{path}");
            let answer = visitor.ask(method, &path, kind_of(body), body.as_bytes());
            assert_eq!(answer.status, expected[at], "{name}: {method} {path}: {}", answer.text());
        }
        // What the evidence says is for those who may settle.
        let shown = crate::described::json(&visitor.get(&one));
        let may_settle = at < 3;
        assert_eq!(shown["record"].is_object(), may_settle, "{name}");
        assert_eq!(shown["by"], "the provider", "the account acts, not the name that was sent");
        assert_eq!(shown["statement"].get("counts_hidden_under").is_some(), !may_settle, "{name}");
    }
    let stranger = server.signed_in("another");
    for (method, path, body, _) in table {
        let answer = stranger.ask(method, &format!("{one}{path}"), kind_of(body), body.as_bytes());
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
    }
    let ledger = "/api/v1/ledgers/nsw.ledger";
    for path in [ledger.to_owned(), format!("{ledger}/verify")] {
        assert_eq!(stranger.get(&path).status, 404);
    }
    assert_eq!(stranger.get("/api/v1/ledgers").text(), r#"{"ledgers":[]}"#);
}

#[test]
fn what_cannot_be_read_tells_nothing_to_others_and_is_not_saved_by_them() {
    let server =
        Server::with("broken", &[("yamada", "tama-hypertension=payer"), ("sato", "payer")]);
    let (own, every) = (server.signed_in("yamada"), server.signed_in("sato"));
    let kobe = server.folder.join("scripts/contracts/kobe-kidney.rhai");
    std::fs::write(&kobe, "let secret_price = ;").unwrap();
    for path in
        ["/contracts/scripts/contracts/kobe-kidney.rhai", "/scenarios/scenarios/kobe-kidney.toml"]
    {
        let answer = own.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("secret_price"), "{path}");
        assert_eq!(every.get(path).status, 422, "{path}");
    }
    let scenario =
        std::fs::read_to_string(server.folder.join("scenarios/kobe-kidney.toml")).unwrap();
    let body = serde_json::json!({ "path": "scenarios/mine.toml", "text": scenario }).to_string();
    let answer = own.json("/api/v1/check-scenario", &body);
    // The path stands in the text that was sent; whether there is such a file is not told.
    let told = answer.text().replace("scripts/contracts/kobe-kidney.rhai", "");
    assert!(!told.contains("kobe") && !told.contains("secret_price"), "{}", answer.text());
    // Whoever has one contract does not save what they could not open again.
    let script = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    let before = own.before(&format!("/edit/{TAMA}"));
    let fields = [("text", "let x = ;"), ("before", before.as_str())];
    assert_eq!(own.form(&format!("/edit/{TAMA}"), &fields).status, 422);
    assert_eq!(std::fs::read_to_string(server.folder.join(TAMA)).unwrap(), script);
    assert_eq!(own.get(&format!("/edit/{TAMA}")).status, 200);
}

#[test]
fn guessing_is_slowed_down_and_signing_out_ends_it() {
    let server = Server::with("guess", &[("yamada", "payer")]);
    let visitor = server.visitor();
    let guess =
        |password: &str| visitor.form("/sign-in", &[("name", "yamada"), ("password", password)]);
    let statuses: Vec<u16> =
        (0..6).map(|at| guess(&format!("wrong password {at}")).status).collect();
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
    // Not even the right one is heard meanwhile.
    assert_eq!(guess("correct horse battery").status, 429);
    let server = Server::with("out", &[("yamada", "payer")]);
    let visitor = server.signed_in("yamada");
    assert_eq!(visitor.get("/").status, 200);
    assert_eq!(visitor.form("/sign-out", &[]).status, 303);
    assert_eq!(visitor.get("/").status, 303);
    let log = std::fs::read_to_string(server.folder.join("accounts.log")).unwrap();
    assert!(log.contains("\"sign-in\"") && !log.contains("horse"), "{log}");
}

/// Each role on each route of a settlement and its ledger: the status it gets.
#[test]
fn each_role_does_on_a_ledger_what_the_table_says() {
    let roles = ["payer", "provider", "evaluator", "investor", "administrator"];
    let names = roles.map(|role| format!("the {role}"));
    let given = roles.map(|role| format!("nsw-employment={role}"));
    let mut people: Vec<(&str, &str)> =
        names.iter().zip(&given).map(|(name, role)| (name.as_str(), role.as_str())).collect();
    people.push(("another", "tama-hypertension=payer"));
    let server = Server::with("ledger-roles", &people);
    let visitors = names.each_ref().map(|name| server.signed_in(name));
    assert_eq!(visitors[0].form("/ledgers", &[("name", "one")]).status, 303);
    let rows = shipped("tests/data/nsw.csv");
    let bring = |visitor: &Visitor<'_>| {
        let path = "/settle/scripts/contracts/nsw-employment.rhai";
        visitor.upload(path, &[("at", "1978-12-31")], &[("nsw.csv", &rows)])
    };
    let brought = visitors.each_ref().map(bring);
    assert_eq!(brought.each_ref().map(|answer| answer.status), [303, 303, 303, 403, 403]);
    // A draft is its owner's alone, whatever the others' roles.
    let draft = brought[1].location();
    for (at, visitor) in visitors.iter().enumerate() {
        let expected = if at == 1 { 200 } else { 404 };
        for path in ["", "/statement.html", "/statement.xlsx", "/receipt.json"] {
            assert_eq!(visitor.get(&format!("{draft}{path}")).status, expected, "{at} {path}");
        }
    }
    let submit = [("ledger", "one.ledger")];
    for at in [0, 2, 3, 4] {
        assert_eq!(visitors[at].form(&format!("{draft}/submit"), &submit).status, 404, "{at}");
    }
    assert_eq!(visitors[1].form(&format!("{draft}/submit"), &submit).status, 303);
    let kept = |file: &str| format!("/kept/{file}?ledger=one.ledger&entry=2");
    let ledger = "/ledger/one.ledger?entry=2";
    let read: [(String, [u16; 5]); 4] = [
        (ledger.to_owned(), [200; 5]),
        (kept("statement.html"), [200; 5]),
        (kept("statement.xlsx"), [200; 5]),
        (kept("receipt.json"), [200, 200, 200, 403, 403]),
    ];
    for (path, expected) in &read {
        let got = visitors.each_ref().map(|visitor| visitor.get(path).status);
        assert_eq!(got, *expected, "{path}");
    }
    let act = |act: &str| {
        let act = act.to_owned();
        let fields = [("act", act.as_str()), ("entry", "2"), ("reason", "r"), ("on", "1979-01-31")];
        // The payer, who may, comes last.
        let mut got = [0; 5];
        for at in [4, 3, 2, 1, 0] {
            got[at] = visitors[at].form("/ledger/one.ledger", &fields).status;
        }
        got
    };
    // Only who submitted withdraws, and nobody pays what is not approved.
    let withdraw = [("act", "withdraw"), ("entry", "2"), ("reason", "r")];
    let withdrawn = |at: usize| visitors[at].form("/ledger/one.ledger", &withdraw).status;
    assert_eq!([0, 2, 3, 4].map(withdrawn), [422, 422, 403, 403]);
    assert_eq!(act("pay"), [422, 403, 403, 403, 403]);
    assert_eq!(act("reject")[1..], [403; 4]);
    let again = visitors[1].form(&format!("{draft}/submit"), &submit);
    assert_eq!(again.status, 303, "{}", again.text());
    let entry = again.location().rsplit('=').next().unwrap().to_owned();
    let approve = |at: usize| {
        visitors[at].form("/ledger/one.ledger", &[("act", "approve"), ("entry", &entry)]).status
    };
    assert_eq!([4, 3, 2, 1, 0].map(approve), [403, 403, 403, 403, 303]);
    // To whom the contract is nothing, the ledger's entries are not there.
    let another = server.signed_in("another");
    assert_eq!(another.get("/ledger/one.ledger").status, 404);
    assert_eq!(another.get(ledger).status, 404);
    for file in ["statement.html", "statement.xlsx", "receipt.json"] {
        assert_eq!(another.get(&kept(file)).status, 404, "{file}");
    }
    let approve = [("act", "approve"), ("entry", entry.as_str())];
    assert_eq!(another.form("/ledger/one.ledger", &approve).status, 404);
    assert!(!another.get("/").text().contains("one.ledger"));
}
