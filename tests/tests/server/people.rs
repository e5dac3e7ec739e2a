use crate::client::{Server, program};

const PEOPLE: [(&str, &str); 2] =
    [("boss", "administrator"), ("yamada", "tama-hypertension=payer")];

#[test]
fn an_administrator_keeps_the_accounts_in_the_browser() {
    let server = Server::with("people", &PEOPLE);
    let boss = server.signed_in("boss");
    let change = |fields: &[(&str, &str)]| boss.form("/people", fields);
    let sato = [
        ("act", "add"),
        ("name", "sato"),
        ("password", "correct horse battery"),
        ("contract", "nsw-employment"),
        ("role", "provider"),
    ];
    assert_eq!(change(&sato).status, 200);
    assert_eq!(change(&sato).status, 422, "the name is taken");
    let added = server.signed_in("sato");
    assert_eq!(added.get("/contracts/scripts/contracts/nsw-employment.rhai").status, 200);
    assert_eq!(added.get("/contracts/scripts/contracts/tama-hypertension.rhai").status, 404);
    let tama = [("name", "sato"), ("contract", "tama-hypertension")];
    let with = |act: &'static str, more: &[(&'static str, &'static str)]| {
        let fields: Vec<(&str, &str)> =
            [("act", act)].into_iter().chain(tama).chain(more.iter().copied()).collect();
        change(&fields).status
    };
    assert_eq!(with("give", &[("role", "evaluator")]), 200);
    assert_eq!(added.get("/contracts/scripts/contracts/tama-hypertension.rhai").status, 200);
    assert_eq!(with("give", &[("role", "king")]), 422);
    assert_eq!(with("take", &[]), 200);
    assert_eq!(added.get("/contracts/scripts/contracts/tama-hypertension.rhai").status, 404);
    // Another password ends the sessions that the old one began.
    let password = [("act", "password"), ("name", "sato"), ("password", "another long password")];
    assert_eq!(change(&password).status, 200);
    assert_eq!(added.get("/").status, 303);
    assert_eq!(change(&[("act", "password"), ("name", "sato"), ("password", "short")]).status, 422);
    assert_eq!(change(&[("act", "remove"), ("name", "sato")]).status, 200);
    assert!(!boss.get("/people").text().contains("sato"));
    // Nobody locks themselves out.
    assert_eq!(change(&[("act", "remove"), ("name", "boss")]).status, 422);
    assert_eq!(change(&[("act", "take"), ("name", "boss"), ("contract", "*")]).status, 422);
    assert_eq!(boss.get("/people").status, 200);
    let log = boss.get("/log").text();
    assert!(log.contains("adding a person") && !log.contains("horse"), "{log}");
    assert_eq!(server.signed_in("yamada").get("/people").status, 403);
}

#[test]
fn a_person_changes_their_own_password_and_other_sessions_end() {
    let server = Server::with("password", &PEOPLE);
    let (here, there) = (server.signed_in("yamada"), server.signed_in("yamada"));
    let change = |now: &str, new: &str, again: &str| {
        here.form("/password", &[("now", now), ("new", new), ("again", again)])
    };
    assert_eq!(
        change("a wrong password", "a new long password", "a new long password").status,
        422
    );
    assert_eq!(
        change("correct horse battery", "a new long password", "another one here").status,
        422
    );
    assert_eq!(change("correct horse battery", "short", "short").status, 422);
    assert_eq!(there.get("/").status, 200);
    let changed = change("correct horse battery", "a new long password", "a new long password");
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_eq!(there.get("/").status, 303, "the other session has ended");
    let old = server.visitor();
    let sign_in =
        |password: &str| old.form("/sign-in", &[("name", "yamada"), ("password", password)]);
    assert_eq!(sign_in("correct horse battery").status, 403);
    assert_eq!(sign_in("a new long password").status, 303);
}

#[test]
fn accounts_changed_beside_the_server_hold_at_once() {
    let server = Server::with("beside", &PEOPLE);
    let yamada = server.signed_in("yamada");
    assert_eq!(yamada.get("/").status, 200);
    let accounts = server.folder.join("accounts.json");
    let removed = program()
        .args(["account", "remove", "yamada", "--accounts"])
        .arg(&accounts)
        .output()
        .unwrap();
    assert!(removed.status.success());
    assert_eq!(yamada.get("/").status, 303, "whoever has no account is no longer signed in");
}
