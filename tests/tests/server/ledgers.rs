//! What ledgers, runs and their addresses tell, and to whom.

use serde_json::{Value, json};

use crate::client::{Answer, Server, Visitor, shipped};
use crate::described::json as json_of;

const NSW: &str = "scripts/contracts/nsw-employment.rhai";
const OTHER: &str = "scripts/contracts/nsw-other.rhai";
const TAMA: &str = "scripts/contracts/tama-hypertension.rhai";
const SCENARIO: &str = "scenarios/tama-hypertension.toml";

/// Another contract that is settled on the same evidence.
fn add_other(server: &Server) {
    let script = std::fs::read_to_string(server.folder.join(NSW)).unwrap();
    let other = script.replace("contract(\"nsw-employment\"", "contract(\"nsw-other\"");
    assert_ne!(script, other);
    std::fs::write(server.folder.join(OTHER), other).unwrap();
}

/// Submits a settlement of a contract on some rows.
fn submitted(visitor: &Visitor<'_>, ledger: &str, contract: &str, rows: &[u8]) -> Answer {
    let path = format!("/api/v1/ledgers/{ledger}/settlements?contract={contract}");
    let fields = [("at", "1978-12-31"), ("reason", "a record was corrected")];
    visitor.upload(&path, &fields, &[("nsw.csv", rows)])
}

fn rows() -> Vec<u8> {
    shipped("tests/data/nsw.csv")
}

/// Gives a person a further role, or takes one.
fn change(boss: &Visitor<'_>, act: &str, name: &str, contract: &str, role: &str) {
    let fields = [("act", act), ("name", name), ("contract", contract), ("role", role)];
    let answer = boss.form("/people", &fields);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn ledgers_of_other_contracts_are_neither_listed_nor_written_to_nor_named() {
    let people = [
        ("boss", "administrator"),
        ("everything", "payer"),
        ("city", "nsw-employment=payer"),
        ("other", "nsw-other=payer"),
    ];
    let server = Server::with("foreign-ledgers", &people);
    add_other(&server);
    let (all, city, other) =
        (server.signed_in("everything"), server.signed_in("city"), server.signed_in("other"));
    for name in ["first", "shared"] {
        assert_eq!(all.form("/ledgers", &[("name", name)]).status, 303);
    }
    assert_eq!(submitted(&city, "first.ledger", NSW, &rows()).status, 201);
    assert_eq!(submitted(&all, "shared.ledger", NSW, &rows()).status, 201);
    assert_eq!(submitted(&all, "shared.ledger", OTHER, &rows()).status, 201);

    let settle = format!("/settle/{OTHER}");
    let made = other.upload(&settle, &[("at", "1978-12-31")], &[("nsw.csv", &rows())]);
    assert_eq!(made.status, 303, "{}", made.text());
    let page = other.get(made.location()).text();
    assert!(page.contains("<option>shared.ledger</option>"), "{page}");
    assert!(!page.contains("first.ledger"), "{page}");
    let before = std::fs::read(server.folder.join("first.ledger")).unwrap();
    let submit = format!("{}/submit", made.location());
    assert_eq!(other.form(&submit, &[("ledger", "first.ledger")]).status, 404);
    assert_eq!(submitted(&other, "first.ledger", OTHER, &rows()).status, 404);
    assert_eq!(std::fs::read(server.folder.join("first.ledger")).unwrap(), before);

    // A comparison on a ledger tells nothing of what it holds of others.
    let script = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    let version = "scripts/contracts/tama-version.rhai";
    std::fs::write(server.folder.join(version), script).unwrap();
    change(&server.signed_in("boss"), "give", "other", "tama-hypertension", "payer");
    let compare = |ledger: &str| {
        let body = json!({ "kind": "compare", "path": TAMA, "with": version, "ledger": ledger });
        other.json("/api/v1/runs", &body.to_string())
    };
    assert_eq!(compare("first.ledger").status, 404);
    let refused = compare("shared.ledger");
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("nsw-other"), "{}", refused.text());
    assert!(!refused.text().contains("nsw-employment"), "{}", refused.text());
}

#[test]
fn who_may_not_settle_sees_no_records_of_a_restatement() {
    let people = [
        ("vendor", "nsw-employment=provider"),
        ("city", "nsw-employment=payer"),
        ("fund", "nsw-employment=investor"),
    ];
    let server = Server::with("restated", &people);
    let (vendor, city, fund) =
        (server.signed_in("vendor"), server.signed_in("city"), server.signed_in("fund"));
    assert_eq!(city.form("/ledgers", &[("name", "one")]).status, 303);
    let first = submitted(&vendor, "one.ledger", NSW, &rows());
    assert_eq!(first.status, 201, "{}", first.text());
    let approve = format!("{}/approve", first.location());
    assert_eq!(city.json(&approve, "{}").status, 200);
    let stated = String::from_utf8(rows()).unwrap();
    let corrected = stated.replacen("9930.046", "8930.046", 1);
    assert_ne!(stated, corrected);
    let second = submitted(&vendor, "one.ledger", NSW, corrected.as_bytes());
    assert_eq!(second.status, 201, "{}", second.text());

    let whole = json_of(&vendor.get(second.location()));
    let record = whole["restatement"]["records"]["now"][0].as_str().unwrap().to_owned();
    assert!(record.starts_with("nsw.csv:"), "{record}");
    let entry = &whole["entry"];
    let page = |visitor: &Visitor<'_>| {
        let page = visitor.get(&format!("/ledger/one.ledger?entry={entry}"));
        assert_eq!(page.status, 200, "{}", page.text());
        page.text()
    };
    assert!(page(&vendor).contains(&record) && page(&vendor).contains("Records: "));
    let shown = page(&fund);
    assert!(!shown.contains(&record) && !shown.contains("Records: "), "{shown}");
    assert!(shown.contains("a difference of"), "amounts are told: {shown}");
    let part = json_of(&fund.get(second.location()));
    for hidden in ["outcomes", "records"] {
        assert_eq!(part["restatement"][hidden], Value::Null, "{part}");
    }
    assert_eq!(part["restatement"]["payable"], whole["restatement"]["payable"]);
    // Who took the figures home is noted.
    let log = || std::fs::read_to_string(server.folder.join("accounts.log")).unwrap();
    assert!(!log().contains("\"receipt\""), "{}", log());
    let receipt = format!("/kept/receipt.json?ledger=one.ledger&entry={entry}");
    assert_eq!(vendor.get(&receipt).status, 200);
    assert!(log().contains("\"receipt\""), "{}", log());
}

#[test]
fn a_result_is_read_as_long_as_the_role_is_there() {
    let people = [("boss", "administrator"), ("sato", "tama-hypertension=investor")];
    let server = Server::with("revoked", &people);
    let (boss, sato) = (server.signed_in("boss"), server.signed_in("sato"));
    let fields = [("kind", "simulate"), ("path", SCENARIO), ("paths", "100")];
    let run = sato.form("/runs", &fields).location().to_owned();
    sato.finish(&run);
    let page = sato.get(&run).text();
    let chart = page.split("/charts/").nth(1).and_then(|rest| rest.split('"').next());
    let chart = chart.unwrap_or_else(|| panic!("no chart: {page}")).to_owned();
    let each = [
        run.clone(),
        format!("{run}/stage"),
        format!("{run}/report.html"),
        format!("{run}/report.xlsx"),
        format!("{run}/charts/{chart}"),
        format!("/api/v1{run}"),
    ];
    for path in &each {
        assert_eq!(sato.get(path).status, 200, "{path}");
    }
    change(&boss, "take", "sato", "tama-hypertension", "investor");
    for path in &each {
        assert_eq!(sato.get(path).status, 404, "{path}");
    }
}

#[test]
fn what_was_paid_before_is_refused_where_its_commas_group_no_thousands() {
    let server = Server::alone("commas");
    let visitor = server.visitor();
    let rows = rows();
    let files = [("nsw.csv", rows.as_slice())];
    let paths = [format!("/settle/{NSW}"), format!("/api/v1/settle/{NSW}")];
    for (path, fine) in paths.iter().zip([303, 200]) {
        for (paid, status) in [("1234,50", 400), ("1，23", 400), ("1,234.50", fine)] {
            let answer =
                visitor.upload(path, &[("at", "1978-12-31"), ("paid_before", paid)], &files);
            assert_eq!(answer.status, status, "{path} {paid}: {}", answer.text());
        }
    }
}

#[test]
fn stresses_are_those_that_were_chosen_and_unknown_ones_are_refused() {
    let server = Server::alone("stresses");
    let visitor = server.visitor();
    let known = "scenarios/stress/tama-hypertension/1-low-recruitment.toml";
    let page = visitor.get(&format!("/scenarios/{SCENARIO}")).text();
    assert!(page.contains("name=\"stresses\" value=\"chosen\""), "{page}");
    let ask = |more: &[(&str, &str)]| {
        let first = [("kind", "stress"), ("path", SCENARIO), ("paths", "10")];
        let fields: Vec<(&str, &str)> = first.into_iter().chain(more.iter().copied()).collect();
        visitor.form("/runs", &fields)
    };
    let none = ask(&[("stresses", "chosen")]);
    assert_eq!(none.status, 400);
    assert!(none.text().contains("choose at least one stress"), "{}", none.text());
    let unknown = ask(&[("stresses", "chosen"), ("stress", known), ("stress", "none.toml")]);
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().contains("none.toml"), "{}", unknown.text());
    assert_eq!(ask(&[("stresses", "chosen"), ("stress", known)]).status, 303);
    let over_http = |stresses: Value| {
        let body = json!({ "kind": "stress", "path": SCENARIO, "paths": 10, "stresses": stresses });
        visitor.json("/api/v1/runs", &body.to_string()).status
    };
    assert_eq!(over_http(json!(["none.toml"])), 400);
    assert_eq!([over_http(json!([])), over_http(json!([known]))], [202, 202]);
}

#[test]
fn one_person_has_four_runs_at_once_and_the_next_turn_is_another_s() {
    let people = [("sato", "payer"), ("yamada", "payer")];
    let server = Server::with("turns", &people);
    let (sato, yamada) = (server.signed_in("sato"), server.signed_in("yamada"));
    let fields = [("kind", "simulate"), ("path", SCENARIO), ("paths", "100000000")];
    let runs = [(); 4].map(|()| sato.form("/runs", &fields).location().to_owned());
    let fifth = sato.form("/runs", &fields);
    assert_eq!(fifth.status, 429, "{}", fifth.text());
    assert!(fifth.text().contains("4 of your runs"), "{}", fifth.text());
    let other = yamada.form("/runs", &fields).location().to_owned();
    let words = |visitor: &Visitor<'_>, run: &str| {
        json_of(&visitor.get(&format!("{run}/stage")))["words"].as_str().unwrap().to_owned()
    };
    assert_eq!(words(&yamada, &other), "1 run is before it");
    assert_eq!(words(&sato, &runs[1]), "2 runs are before it");
    assert_eq!(sato.form(&format!("{}/stop", runs[3]), &[]).status, 303);
    assert_eq!(sato.form("/runs", &fields).status, 303, "what is stopped makes room");
}

#[test]
fn what_is_wrong_with_a_ledger_is_told_to_those_who_may_edit_everything() {
    let people = [("everything", "payer"), ("city", "nsw-employment=payer")];
    let server = Server::with("altered", &people);
    let (all, city) = (server.signed_in("everything"), server.signed_in("city"));
    assert_eq!(all.form("/ledgers", &[("name", "one")]).status, 303);
    assert_eq!(submitted(&city, "one.ledger", NSW, &rows()).status, 201);
    let file = server.folder.join("one.ledger");
    let mut bytes = std::fs::read(&file).unwrap();
    let amount = b"243671.74";
    let places: Vec<usize> =
        (0..bytes.len() - amount.len()).filter(|at| bytes[*at..].starts_with(amount)).collect();
    assert!(!places.is_empty(), "the amount is in the file");
    for at in places {
        bytes[at] = b'9';
    }
    std::fs::write(&file, bytes).unwrap();
    let ledger = "/ledger/one.ledger";
    for path in [ledger, "/ledger/one.ledger?verify=yes", "/api/v1/ledgers/one.ledger/verify"] {
        assert_eq!(all.get(path).status, 422, "{path}");
        assert_eq!(city.get(path).status, 404, "{path}");
    }
}

#[test]
fn links_lead_to_files_whatever_they_are_called() {
    let server = Server::alone("names");
    let visitor = server.visitor();
    assert_eq!(visitor.form("/ledgers", &[("name", "one")]).status, 303);
    let path = format!("/api/v1/ledgers/one.ledger/settlements?contract={NSW}");
    let fields = [("at", "1978-12-31"), ("name", "Yamada")];
    assert_eq!(visitor.upload(&path, &fields, &[("nsw.csv", &rows())]).status, 201);
    let folder = &server.folder;
    std::fs::rename(folder.join("one.ledger"), folder.join("R+D.ledger")).unwrap();
    std::fs::copy(folder.join(TAMA), folder.join("scripts/contracts/50%25#a?.rhai")).unwrap();
    let contract = "scripts/contracts/50%2525%23a%3F.rhai";
    let follow = |page: &str, link: &str| {
        let answer = visitor.get(page);
        let there = format!("\"{}\"", link.replace('&', "&amp;"));
        assert!(answer.text().contains(&there), "{page} leads to {there}: {}", answer.text());
        assert_eq!(visitor.get(link).status, 200, "{link}");
    };
    follow("/", &format!("/contracts/{contract}"));
    follow(&format!("/contracts/{contract}"), &format!("/edit/{contract}"));
    follow(&format!("/contracts/{contract}"), &format!("/settle/{contract}"));
    follow(&format!("/edit/{contract}"), &format!("/contracts/{contract}"));
    follow(&format!("/settle/{contract}"), &format!("/contracts/{contract}"));
    follow("/", "/ledger/R%2BD.ledger");
    follow("/ledger/R%2BD.ledger", "/ledger/R%2BD.ledger?entry=2");
    let statement = "/kept/statement.html?ledger=R%2BD.ledger&entry=2";
    follow("/ledger/R%2BD.ledger?entry=2", statement);
}
