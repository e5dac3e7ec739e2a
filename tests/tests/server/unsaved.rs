use crate::client::Server;

const TAMA: &str = "scenarios/tama-hypertension.toml";
const CHART: &str = "/scenario-chart/scenarios/tama-hypertension.toml";

/// What somebody writes reaches no file but those that the saved scenario names.
#[test]
fn a_cell_reads_no_file_that_the_scenario_does_not_name() {
    let people = [("fund", "tama-hypertension=investor"), ("city", "tama-hypertension=payer")];
    let server = Server::with("unsaved", &people);
    std::fs::write(server.folder.join("rows.csv"), "name,score\nTaro Secret,3\nHanako Secret,x\n")
        .unwrap();
    std::fs::write(server.folder.join("own.ledger.csv"), "a\n1\n").unwrap();
    let (fund, city) = (server.signed_in("fund"), server.signed_in("city"));
    let before = city.before("/scenarios/scenarios/tama-hypertension.toml");
    for file in ["../rows.csv", "../accounts.json", "../accounts.log", "kobe-kidney.toml"] {
        for column in ["score", "name", "nothing"] {
            let cell = format!("empirical(\"{file}\", \"{column}\")");
            let query = format!("is.stroke_rate=empirical(%22{file}%22,%22{column}%22)");
            for visitor in [&fund, &city] {
                let chart = visitor.get(&format!("{CHART}?{query}"));
                assert_eq!(chart.status, 422, "{file}: {}", chart.text());
                let run = visitor.form(
                    "/runs",
                    &[("kind", "simulate"), ("path", TAMA), ("is.stroke_rate", &cell)],
                );
                assert_eq!(run.status, 422, "{file}: {}", run.text());
                for told in [chart.text(), run.text()] {
                    assert!(!told.contains("Secret") && !told.contains("argon2"), "{file}: {told}");
                }
            }
            let saved = city.form(
                "/scenarios/scenarios/tama-hypertension.toml",
                &[("before", &before), ("is.stroke_rate", &cell)],
            );
            assert_eq!(saved.status, 422, "{file}");
            let text = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
            let text = text.replace("is = 400", &format!("is = '{cell}'"));
            let body = serde_json::json!({ "path": TAMA, "text": text }).to_string();
            let checked = city.json("/api/v1/check-scenario", &body);
            assert_eq!(checked.status, 200, "{}", checked.text());
            assert!(
                !checked.text().contains("Secret") && !checked.text().contains("argon2"),
                "{}",
                checked.text()
            );
            assert!(checked.text().contains("\"error\""), "{}", checked.text());
        }
    }
}

/// Nor the terms of a contract that is not the writer's.
#[test]
fn a_text_that_names_another_contract_learns_nothing_of_it() {
    let server = Server::with("another", &[("city", "tama-hypertension=payer")]);
    let city = server.signed_in("city");
    let text = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    for contract in
        ["../scripts/contracts/nsw-employment.rhai", "../scripts/contracts/kobe-kidney.rhai"]
    {
        let other = text.replace("../scripts/contracts/tama-hypertension.rhai", contract);
        assert_ne!(other, text);
        let before = city.before(&format!("/edit/{TAMA}"));
        let saved = city.form(&format!("/edit/{TAMA}"), &[("text", &other), ("before", &before)]);
        assert_eq!(saved.status, 422);
        let body = serde_json::json!({ "path": TAMA, "text": other }).to_string();
        let checked = city.json("/api/v1/check-scenario", &body);
        for told in [saved.text(), checked.text()] {
            for word in ["earnings_gain", "offered", "completion", "egfr"] {
                assert!(!told.contains(word), "{contract}: {word}: {told}");
            }
        }
    }
    assert_eq!(std::fs::read_to_string(server.folder.join(TAMA)).unwrap(), text);
}

/// Of several who save at once one does; the others are told, and what one is told is what is kept.
#[test]
fn of_those_who_save_at_once_one_does() {
    let server = Server::alone("at-once");
    let visitor = server.visitor();
    let path = "/edit/scenarios/tama-hypertension.toml";
    let stated = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    for round in 0..5 {
        let before = visitor.before(path);
        let texts: Vec<String> =
            (0..6).map(|writer| format!("{stated}# {round} {writer}\n")).collect();
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let save = |text: &str| {
                let fields = [("text", text), ("before", before.as_str())];
                server.visitor().form(path, &fields).status
            };
            let savers: Vec<_> = texts.iter().map(|text| scope.spawn(move || save(text))).collect();
            savers.into_iter().map(|saver| saver.join().unwrap()).collect()
        });
        let done: Vec<usize> = (0..6).filter(|writer| answers[*writer] == 200).collect();
        assert_eq!(done.len(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 409).count(), 5, "{answers:?}");
        assert_eq!(std::fs::read_to_string(server.folder.join(TAMA)).unwrap(), texts[done[0]]);
    }
}

/// A page that shows terms of a contract that has changed since saves none of them.
#[test]
fn a_page_that_shows_old_terms_does_not_save_them() {
    let server = Server::alone("old-terms");
    let visitor = server.visitor();
    let path = "/scenarios/scenarios/tama-hypertension.toml";
    let before = visitor.before(path);
    let script = server.folder.join("scripts/contracts/tama-hypertension.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    let changed = text.replace(
        "title: #{ ja: \"多摩市 高血圧重症化予防事業\"",
        "title: #{ ja: \"多摩市 高血圧の予防事業\"",
    );
    assert_ne!(text, changed);
    std::fs::write(&script, changed).unwrap();
    let stated = std::fs::read_to_string(server.folder.join(TAMA)).unwrap();
    let fields = [("before", before.as_str()), ("param.base", "3000000"), ("is.invited", "500")];
    assert_eq!(visitor.form(path, &fields).status, 409);
    assert_eq!(std::fs::read_to_string(server.folder.join(TAMA)).unwrap(), stated);
}
