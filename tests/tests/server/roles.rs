use crate::client::Server;

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
    table.push(("GET", "/log", "", [403, 403, 403, 403, 200]));
    let runs = "scenario=scenarios%2Ftama-hypertension.toml&paths=10";
    table.push(("POST", "/runs", runs, [303; 5]));
    table.push(("POST", "/ledgers", "name=a-ledger", [303, 403, 403, 403, 403]));
    // Another contract is as if it were not there.
    table.push(("GET", "/contracts/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/scenarios/scenarios/kobe-kidney.toml", "", [404; 5]));
    table.push(("GET", "/api/v1/check/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/api/v1/explain/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/edit/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("GET", "/settle/scripts/contracts/kobe-kidney.rhai", "", [404; 5]));
    table.push(("POST", "/runs", "scenario=scenarios%2Fkobe-kidney.toml&paths=10", [404; 5]));
    // The accounts themselves are no file of the folder.
    table.push(("GET", "/edit/accounts.json", "", [404; 5]));
    for (at, name) in names.iter().enumerate() {
        let visitor = server.signed_in(name);
        for (method, path, body, expected) in &table {
            let kind = if body.is_empty() { "" } else { "application/x-www-form-urlencoded" };
            let answer = visitor.ask(method, path, kind, body.as_bytes());
            assert_eq!(answer.status, expected[at], "{name}: {method} {path}");
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
        let expected = if path.starts_with("/api/") { 401 } else { 303 };
        assert_eq!(answer.status, expected, "{path}");
    }
    // One person's run is not another's.
    let payer = server.signed_in("the payer");
    let run =
        payer.form("/runs", &[("scenario", "scenarios/tama-hypertension.toml"), ("paths", "10")]);
    payer.finish(run.location());
    assert_eq!(payer.get(run.location()).status, 200);
    assert_eq!(server.signed_in("the investor").get(run.location()).status, 404);
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
    assert!(
        !answer.text().contains("kobe") && !answer.text().contains("secret_price"),
        "{}",
        answer.text()
    );
    // Whoever has one contract does not save what they could not open again.
    let script = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    let page = own.get(&format!("/edit/{TAMA}")).text();
    let before = page.split("name=\"before\" value=\"").nth(1).unwrap()[..64].to_owned();
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
