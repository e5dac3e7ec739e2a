use serde_json::{Value, json};

use crate::client::{Answer, Server, Visitor, shipped};
use crate::described::{Description, followed, json as json_of};

const TAMA: &str = "scripts/contracts/tama-hypertension.rhai";
const NSW: &str = "scripts/contracts/nsw-employment.rhai";
const RUN: &str = r#"{"path":"scenarios/tama-hypertension.toml","paths":1000}"#;

#[test]
fn the_description_lists_exactly_the_routes_that_answer() {
    let server = Server::alone("described");
    let description = Description::of(&server);
    assert_eq!(description.0["openapi"], "3.1.0");
    assert!(description.0.get("security").is_none(), "nobody signs in here");
    let mut routes = description.routes();
    routes.sort();
    let settlement = "/ledgers/{ledger}/settlements/{entry}";
    let mut expected = vec![
        ("GET", "/openapi.json".to_owned()),
        ("GET", "/contracts".to_owned()),
        ("GET", "/check/{path}".to_owned()),
        ("GET", "/explain/{path}".to_owned()),
        ("POST", "/check-contract".to_owned()),
        ("POST", "/check-scenario".to_owned()),
        ("POST", "/runs".to_owned()),
        ("GET", "/runs/{run}".to_owned()),
        ("DELETE", "/runs/{run}".to_owned()),
        ("POST", "/settle/{path}".to_owned()),
        ("GET", "/ledgers".to_owned()),
        ("POST", "/ledgers".to_owned()),
        ("GET", "/ledgers/{ledger}".to_owned()),
        ("GET", "/ledgers/{ledger}/verify".to_owned()),
        ("POST", "/ledgers/{ledger}/settlements".to_owned()),
        ("GET", settlement.to_owned()),
        ("POST", format!("{settlement}/approve")),
        ("POST", format!("{settlement}/reject")),
        ("POST", format!("{settlement}/withdraw")),
        ("POST", format!("{settlement}/pay")),
    ];
    expected.sort();
    let routes: Vec<(&str, String)> =
        routes.iter().map(|(method, path)| (method.as_str(), path.clone())).collect();
    assert_eq!(routes, expected);
    // What is described is there, and nothing else is.
    let visitor = server.visitor();
    for (_, path) in &routes {
        let methods: Vec<&str> =
            routes.iter().filter(|(_, known)| known == path).map(|(method, _)| *method).collect();
        let at = path.replace("{run}", "1").replace("{entry}", "1");
        let at = at.replace("{ledger}", "a.ledger").replace("{path}", "a.rhai");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let answer = visitor.ask(method, &format!("/api/v1{at}"), "", &[]);
            assert_eq!(answer.status != 405, methods.contains(&method), "{method} {path}");
            if answer.status == 405 {
                assert!(!answer.header("allow").unwrap().contains(method), "{method} {path}");
            }
            assert!(json_of(&answer).is_object());
        }
    }
    let server = Server::with("described-people", &[("yamada", "payer")]);
    let description = Description::of(&server);
    assert_eq!(description.0["security"][0], json!({ "session": [] }));
    assert_eq!(description.0["components"]["securitySchemes"]["session"]["name"], "seika");
}

#[test]
fn answers_are_the_command_line_s_json_and_as_they_are_described() {
    let server = Server::alone("answers");
    let description = Description::of(&server);
    let visitor = server.visitor();
    let get = |path: &str, at: &str| {
        description.holds("GET", path, &visitor.get(&format!("/api/v1{at}")))
    };
    get("/openapi.json", "/openapi.json");
    let listed = get("/contracts", "/contracts?lang=ja");
    let paths = listed["contracts"].as_array().unwrap().iter().map(|one| &one["path"]);
    assert_eq!(paths.collect::<Vec<_>>(), ["scripts/contracts/kobe-kidney.rhai", NSW, TAMA,]);
    for path in [TAMA, NSW, "scripts/contracts/kobe-kidney.rhai"] {
        let whole = path.replace('/', "%2F");
        for path in [path, &whole] {
            let check = get("/check/{path}", &format!("/check/{path}"));
            assert_eq!(check["ok"], true, "{check}");
            let sheet = get("/explain/{path}", &format!("/explain/{path}?lang=ja"));
            assert!(sheet["term_sheet"].as_str().unwrap().contains("支払"), "{sheet}");
        }
    }
    let printed = crate::client::program()
        .args(["check", TAMA, "--json", "--lang", "en"])
        .current_dir(&server.folder)
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(get("/check/{path}", &format!("/check/{TAMA}")), printed);

    let scenario =
        std::fs::read_to_string(server.folder.join("scenarios/nsw-employment.toml")).unwrap();
    for (route, path, text, wrong) in [
        ("/check-contract", "new.rhai", "let x = ;", true),
        ("/check-scenario", "scenarios/nsw-employment.toml", scenario.as_str(), false),
    ] {
        let body = json!({ "path": path, "text": text }).to_string();
        let answer = visitor.json(&format!("/api/v1{route}"), &body);
        let found = description.holds("POST", route, &answer);
        assert_eq!(found["contract"].is_null(), wrong, "{found}");
        assert_eq!(!found["problems"].as_array().unwrap().is_empty(), wrong, "{found}");
    }
}

#[test]
fn a_run_is_begun_followed_read_and_stopped() {
    let server = Server::alone("api-runs");
    let description = Description::of(&server);
    let visitor = server.visitor();
    let begun = visitor.json("/api/v1/runs", RUN);
    assert_eq!(begun.status, 202, "{}", begun.text());
    let run = description.holds("POST", "/runs", &begun)["run"].as_u64().unwrap();
    let at = begun.location().to_owned();
    assert_eq!(at, format!("/api/v1/runs/{run}"));
    let found = description.holds("GET", "/runs/{run}", &followed(&visitor, &at));
    assert_eq!(found["result"]["paths"], 1000);
    assert!(found["result"]["totals"]["payment"]["mean"].is_number());
    // Every kind gives the JSON of its command.
    for (more, there) in [
        (json!({ "kind": "stress" }), "stresses"),
        (json!({ "kind": "sensitivity" }), "figure"),
        (json!({ "kind": "compare", "changes": { "param.base": "2000000" } }), "changes"),
    ] {
        let mut asked: Value = serde_json::from_str(RUN).unwrap();
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let begun = visitor.json("/api/v1/runs", &asked.to_string());
        assert_eq!(begun.status, 202, "{more}: {}", begun.text());
        let answer = followed(&visitor, begun.location());
        let found = description.holds("GET", "/runs/{run}", &answer);
        assert!(found["result"].get(there).is_some(), "{more}: {found}");
    }
    // One that would take long is stopped, also while it waits.
    let long = RUN.replace("1000", "100000000");
    let runs = [(); 2].map(|()| visitor.json("/api/v1/runs", &long).location().to_owned());
    for run in runs.iter().rev() {
        let unfinished = visitor.get(run);
        assert_eq!(unfinished.status, 202);
        assert_eq!(description.holds("GET", "/runs/{run}", &unfinished)["finished"], false);
        let stopped = visitor.ask("DELETE", run, "", &[]);
        assert_eq!(stopped.status, 204);
        description.holds("DELETE", "/runs/{run}", &stopped);
        let answer = followed(&visitor, run);
        description.holds("GET", "/runs/{run}", &answer);
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(visitor.ask("DELETE", "/api/v1/runs/99", "", &[]).status, 404);
    assert_eq!(visitor.get("/api/v1/runs/99").status, 404);
}

/// NSW's evidence, with other fields.
fn brought(visitor: &Visitor<'_>, at: &str, fields: &[(&str, &str)]) -> Answer {
    let evidence = shipped("tests/data/nsw.csv");
    let fields: Vec<(&str, &str)> =
        [("at", "1978-12-31")].into_iter().chain(fields.iter().copied()).collect();
    visitor.upload(at, &fields, &[("nsw.csv", &evidence)])
}

#[test]
fn a_settlement_goes_from_evidence_to_payment() {
    let server = Server::alone("api-settle");
    let description = Description::of(&server);
    let visitor = server.visitor();
    let told = |method: &str, path: &str, status: u16, answer: &Answer| {
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        description.holds(method, path, answer)
    };
    let statement = brought(&visitor, &format!("/api/v1/settle/{NSW}"), &[]);
    let statement = told("POST", "/settle/{path}", 200, &statement);
    assert_eq!(statement["payable"], "243671.74");

    let begun = visitor.json("/api/v1/ledgers", r#"{"name":"nsw"}"#);
    assert_eq!(told("POST", "/ledgers", 201, &begun)["ledger"], "nsw.ledger");
    let ledger = begun.location().to_owned();
    let again = visitor.json("/api/v1/ledgers", r#"{"name":"nsw"}"#);
    told("POST", "/ledgers", 422, &again);
    assert!(again.text().contains("nsw.ledger"), "{}", again.text());
    let folder = server.folder.to_str().unwrap();
    assert!(!again.text().contains(folder), "{}", again.text());
    let ledgers = told("GET", "/ledgers", 200, &visitor.get("/api/v1/ledgers"));
    assert_eq!(ledgers, json!({ "ledgers": [{ "path": "nsw.ledger" }] }));

    let submissions = format!("{ledger}/settlements?contract={NSW}");
    let submitted = brought(&visitor, &submissions, &[("name", "Yamada")]);
    let path = "/ledgers/{ledger}/settlements";
    let value = told("POST", path, 201, &submitted);
    assert_eq!((&value["entry"], &value["already"]), (&json!(2), &json!(false)));
    let one = submitted.location().to_owned();
    assert_eq!(one, format!("{ledger}/settlements/2"));
    let again = brought(&visitor, &submissions, &[("name", "Yamada")]);
    assert_eq!(told("POST", path, 200, &again)["already"], true);
    let path = "/ledgers/{ledger}/settlements/{entry}";
    let shown = told("GET", path, 200, &visitor.get(&format!("{one}?lang=ja")));
    assert_eq!(shown["status"], "submitted");
    assert_eq!(shown["statement"]["payable"], "243671.74");
    assert_eq!(shown["record"]["figures"][0]["n"], "445");

    let act = |what: &str, status: u16, body: Value| {
        let answer = visitor.json(&format!("{one}/{what}"), &body.to_string());
        told("POST", &format!("{path}/{what}"), status, &answer)
    };
    act("approve", 422, json!({ "name": " yamada" }));
    act("pay", 422, json!({ "name": "Sato", "on": "1979-01-31" }));
    act("withdraw", 422, json!({ "name": "Yamada", "reason": " " }));
    act("withdraw", 200, json!({ "name": "Yamada", "reason": "wrong file" }));
    let entry = |answer: &Answer| answer.location().rsplit('/').next().unwrap().to_owned();
    let second = brought(&visitor, &submissions, &[("name", "Yamada")]);
    let refused = act_on(&visitor, &ledger, &entry(&second), "reject", "Sato");
    assert_eq!(told("POST", &format!("{path}/reject"), 200, &refused)["status"], "rejected");
    let third = brought(&visitor, &submissions, &[("name", "Yamada")]);
    let approved = act_on(&visitor, &ledger, &entry(&third), "approve", "Sato");
    let of: u64 = entry(&third).parse().unwrap();
    let expected = json!({ "entry": of + 1, "of": of, "status": "approved", "dry_run": false });
    assert_eq!(told("POST", &format!("{path}/approve"), 200, &approved), expected);
    let paid = act_on(&visitor, &ledger, &entry(&third), "pay", "Ito");
    assert_eq!(told("POST", &format!("{path}/pay"), 200, &paid)["status"], "paid");

    let all = told("GET", "/ledgers/{ledger}", 200, &visitor.get(&ledger));
    let statuses: Vec<&Value> =
        all["settlements"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["withdrawn", "rejected", "paid"]);
    let verify = "/ledgers/{ledger}/verify";
    let holds = format!("{ledger}/verify?holds={}", all["head"].as_str().unwrap());
    assert_eq!(told("GET", verify, 200, &visitor.get(&holds))["entries"], all["entries"]);
    told("GET", verify, 422, &visitor.get(&format!("{ledger}/verify?holds=0")));
    told("GET", path, 404, &visitor.get(&format!("{ledger}/settlements/1")));
}

fn act_on(visitor: &Visitor<'_>, ledger: &str, entry: &str, what: &str, name: &str) -> Answer {
    let mut body = json!({ "name": name });
    match what {
        "reject" => body["reason"] = json!("another file is meant"),
        "pay" => body["on"] = json!("1979-01-31"),
        _ => {}
    }
    visitor.json(&format!("{ledger}/settlements/{entry}/{what}"), &body.to_string())
}

#[test]
fn what_cannot_be_read_is_refused_in_both_languages_as_json() {
    let server = Server::alone("api-wrong");
    let description = Description::of(&server);
    let visitor = server.visitor();
    visitor.json("/api/v1/ledgers", r#"{"name":"a"}"#);
    let as_json = "application/json";
    let deep = "[".repeat(100_000);
    let form = "multipart/form-data; boundary=cut";
    let part = |name: &str, more: &str, content: &str| {
        format!(
            "--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n"
        )
    };
    let file = part("evidence", "; filename=\"a.csv\"", "x");
    let unknown = format!("{file}{}--cut--\r\n", part("unknown", "", "x"));
    let not_a_day = format!("{file}{}--cut--\r\n", part("at", "", "yesterday"));
    let no_file = format!("{}--cut--\r\n", part("evidence", "", "x"));
    let twice = format!("{file}{file}--cut--\r\n");
    let cut_off = "--cut\r\nContent-Disposition";
    let nothing = "--cut--\r\n";
    let settle = format!("/settle/{NSW}");
    let submit = "/ledgers/a.ledger/settlements";
    let act = "/ledgers/a.ledger/settlements/2";
    let (approve, pay) = (format!("{act}/approve"), format!("{act}/pay"));
    let to = format!("{submit}?contract={NSW}");
    let table: [(&str, &str, &str, &str, u16); 43] = [
        ("POST", "/runs", as_json, r#"{"path":1,"paths":1000}"#, 422),
        ("POST", "/runs", as_json, r#"{"path":"a.toml","paths":"many"}"#, 422),
        ("POST", "/runs", as_json, r#"{"path":"a.toml","paths":-1}"#, 422),
        ("POST", "/runs", as_json, r#"{"path":"a.toml","paths":1,"colour":"red"}"#, 422),
        ("POST", "/runs", as_json, r#"{"path":"a.toml","path":"a.toml","paths":1}"#, 422),
        ("POST", "/runs", as_json, r#"{"path":"scenarios/nsw-employment.toml","paths":0}"#, 400),
        ("POST", "/runs", as_json, r#"{"path":"../a.toml","paths":1}"#, 404),
        (
            "POST",
            "/runs",
            as_json,
            r#"{"path":"scenarios/tama-hypertension.toml","kind":"guess"}"#,
            422,
        ),
        (
            "POST",
            "/runs",
            as_json,
            r#"{"path":"scenarios/tama-hypertension.toml","changes":{"colour":"red"}}"#,
            400,
        ),
        ("POST", "/runs", as_json, "{", 400),
        ("POST", "/runs", as_json, "", 400),
        ("POST", "/runs", as_json, &deep, 422),
        ("POST", "/runs", as_json, r#"["scenarios/tama-hypertension.toml",1000]"#, 422),
        ("POST", "/runs", "text/plain", RUN, 415),
        ("POST", "/runs", "", RUN, 415),
        ("POST", "/runs?lang=de", as_json, RUN, 400),
        ("POST", "/runs?lang=%FF", as_json, RUN, 400),
        ("POST", "/runs?colour=red", as_json, RUN, 400),
        ("GET", "/contracts?lang=en&lang=ja", "", "", 400),
        ("GET", "/runs/one", "", "", 400),
        ("GET", "/runs/-1", "", "", 400),
        ("GET", "/runs/99999999999999999999999", "", "", 400),
        ("GET", "/runs/1%FF", "", "", 400),
        ("GET", "/check/%FF%FE.rhai", "", "", 400),
        ("GET", "/check/%00.rhai", "", "", 404),
        ("GET", "/check/..%2F..%2Fetc%2Fpasswd.rhai", "", "", 404),
        ("GET", "/nothing", "", "", 404),
        ("POST", "/check-contract", as_json, r#"{"path":"a.toml","text":""}"#, 400),
        ("POST", "/check-scenario", as_json, r#"{"path":"","text":""}"#, 400),
        ("POST", "/ledgers", as_json, r#"{"name":"../x"}"#, 400),
        ("POST", &settle, as_json, "{}", 415),
        ("POST", &settle, "multipart/form-data", &no_file, 400),
        ("POST", &settle, form, &unknown, 400),
        ("POST", &settle, form, &not_a_day, 400),
        ("POST", &settle, form, &no_file, 400),
        ("POST", &settle, form, &twice, 400),
        ("POST", &settle, form, cut_off, 400),
        ("POST", &settle, form, nothing, 400),
        ("POST", submit, form, nothing, 400),
        ("POST", &to, form, nothing, 400),
        ("POST", &approve, as_json, r#"{"name":"a"}"#, 404),
        ("POST", &pay, as_json, r#"{"on":"yesterday"}"#, 422),
        ("GET", "/ledgers/a.ledger/verify?colour=red", "", "", 400),
    ];
    for (method, path, kind, body, status) in table {
        let mut told = Vec::new();
        for language in ["ja", "en"] {
            let mut visitor = server.visitor();
            visitor.headers.push(("Accept-Language".to_owned(), language.to_owned()));
            let at = format!("/api/v1{path}");
            let answer = visitor.ask(method, &at, kind, body.as_bytes());
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
            told.push(json_of(&answer)["error"].as_str().unwrap().to_owned());
        }
        let is_japanese = |words: &str| words.contains(|c| ('\u{3040}'..='\u{9fff}').contains(&c));
        // An address that says its language is answered in that, whatever the browser prefers.
        let says = path.contains("lang=");
        assert!(says || is_japanese(&told[0]), "{method} {path}: {told:?}");
        assert!(!is_japanese(&told[1]), "{method} {path}: {told:?}");
    }
    let refused = visitor.json("/api/v1/runs", "{");
    description.holds("POST", "/runs", &refused);
    let large = json!({ "path": "a.rhai", "text": "x".repeat(2 * 1024 * 1024) }).to_string();
    let refused = visitor.json("/api/v1/check-contract", &large);
    // A server that refuses before everything was sent may be gone before it is heard.
    if refused.status != 0 {
        assert_eq!(refused.status, 413);
        description.holds("POST", "/check-contract", &refused);
    }
}
