use crate::client::{Server, Visitor};

const TAMA: &str = "scenarios/tama-hypertension.toml";
const PAGE: &str = "/scenarios/scenarios/tama-hypertension.toml";
const CHART: &str = "/scenario-chart/scenarios/tama-hypertension.toml";

/// The page of a run, once it is done.
fn result(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> String {
    let begun = visitor.form("/runs", fields);
    assert_eq!(begun.status, 303, "{}", begun.text());
    visitor.finish(begun.location());
    let page = visitor.get(begun.location());
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

#[test]
fn sliders_and_cells_move_the_chart_and_what_cannot_be_is_told() {
    let server = Server::alone("sliders");
    let visitor = server.visitor();
    let page = visitor.get(PAGE);
    assert_eq!(page.status, 200, "{}", page.text());
    for there in
        ["type=\"range\"", "<svg", "Fixed fee, with tax", "3,000,000 JPY", "name=\"is.uptake\""]
    {
        assert!(page.text().contains(there), "{there}: {}", page.text());
    }
    let chart = |query: &str| visitor.get(&format!("{CHART}?{query}"));
    let stated = chart("");
    assert_eq!(stated.status, 200);
    for query in ["param.base=2000000", "is.uptake=0.9", "no_effect.effect=3.6"] {
        let moved = chart(query);
        assert_eq!(moved.status, 200, "{}", moved.text());
        assert_ne!(stated.text(), moved.text(), "{query}");
    }
    // What the file states already moves nothing.
    assert_eq!(chart("param.base=3000000&is.uptake=beta(35.2,%2064.8)").text(), stated.text());
    for (query, words) in [
        ("param.base=99000000000", "outside the range"),
        ("param.base=x", "param"),
        ("is.uptake=beta(", "uptake"),
        ("param.nothing=1", "param.nothing"),
        ("is.nothing=1", "is.nothing"),
    ] {
        let refused = chart(query);
        assert_eq!(refused.status, 422, "{query}: {}", refused.text());
        assert!(refused.text().contains(words), "{query}: {}", refused.text());
        assert!(!refused.text().contains("<html"), "a part of a page: {}", refused.text());
    }
}

#[test]
fn what_is_changed_on_the_page_is_saved_into_the_file_and_nothing_else_is() {
    let server = Server::alone("cells");
    let visitor = server.visitor();
    let file = server.folder.join(TAMA);
    let stated = std::fs::read_to_string(&file).unwrap();
    let before = visitor.before(PAGE);
    let save = |before: &str, fields: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = [("before", before), ("path", TAMA)]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        visitor.form(PAGE, &all)
    };
    // The page sends every cell; those that say what the file says change nothing.
    let saved = save(&before, &[("is.invited", "400"), ("is.change_sd", "15.3")]);
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), stated);
    let wrong = save(&before, &[("is.uptake", "beta(35.2,"), ("is.invited", "777")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains(">777</textarea>"), "what was written is kept: {}", wrong.text());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), stated);
    let fields = [
        ("is.invited", "500"),
        ("source.invited", "the city's register"),
        ("param.base", "2500000"),
    ];
    assert_eq!(save(&before, &fields).status, 303);
    let changed = std::fs::read_to_string(&file).unwrap();
    let line = "invited = { title = { ja = \"案内人数\", en = \"People invited\" }, is = 500, source = \"the city's register\" }";
    assert!(changed.contains(line), "{changed}");
    assert!(changed.ends_with("[params]\nbase = 2500000\n"), "{changed}");
    let kept = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("invited = "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(kept(&changed)[..kept(&stated).len()], kept(&stated)[..], "all else is as it was");
    assert!(visitor.get(PAGE).text().contains("2,500,000 JPY"));
    // Whoever opened the page before that does not undo it.
    assert_eq!(save(&before, &[("is.invited", "400")]).status, 409);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), changed);
}

#[test]
fn each_question_is_answered_with_what_was_changed_on_the_page() {
    let server = Server::alone("questions");
    let visitor = server.visitor();
    let ask = |kind: &str, more: &[(&str, &str)]| {
        let first = [("kind", kind), ("path", TAMA), ("paths", "2000")];
        let fields: Vec<(&str, &str)> = first.into_iter().chain(more.iter().copied()).collect();
        result(&visitor, &fields)
    };
    let simulated = ask("simulate", &[("param.base", "2500000"), ("is.invited", "400")]);
    assert!(simulated.contains("Fixed fee, with tax: 3000000 → 2500000"), "{simulated}");
    assert!(!simulated.contains("People invited (invited): 400"), "{simulated}");
    assert!(ask("stress", &[]).contains("Low recruitment"));
    let sensitivity = ask("sensitivity", &[]);
    assert!(sensitivity.contains("Effect on blood pressure") && sensitivity.contains("<svg"));
    assert!(ask("reverse", &[("party", "city")]).contains("Tama City"));
    let compared = ask("compare", &[("param.base", "2500000")]);
    assert!(compared.contains("2,500,000") && compared.contains("3,000,000"), "{compared}");
    let refused = |fields: &[(&str, &str)]| visitor.form("/runs", fields);
    let nothing = refused(&[("kind", "compare"), ("path", TAMA)]);
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("change something first"), "{}", nothing.text());
    assert_eq!(refused(&[("kind", "guess"), ("path", TAMA)]).status, 400);
    assert_eq!(refused(&[("kind", "simulate"), ("path", TAMA), ("paths", "many")]).status, 400);
    assert_eq!(refused(&[("kind", "simulate"), ("path", TAMA), ("paths", "0")]).status, 400);
    assert_eq!(refused(&[("kind", "reverse"), ("path", TAMA), ("party", "nobody")]).status, 422);
}

#[test]
fn two_contracts_are_compared_under_a_scenario() {
    let server = Server::alone("versions");
    let visitor = server.visitor();
    let path = "scripts/contracts/tama-hypertension.rhai";
    let script = std::fs::read_to_string(server.folder.join(path)).unwrap();
    let cheaper =
        script.replace("param(\"base\", yen(3_000_000)", "param(\"base\", yen(2_000_000)");
    assert_ne!(script, cheaper);
    let cheaper = cheaper.split("\nexample(").next().unwrap();
    std::fs::write(server.folder.join("scripts/contracts/cheaper.rhai"), cheaper).unwrap();
    let page = visitor.get(&format!("/contracts/{path}")).text();
    assert!(page.contains("value=\"scripts/contracts/cheaper.rhai\""), "{page}");
    let fields = [
        ("kind", "compare"),
        ("path", path),
        ("with", "scripts/contracts/cheaper.rhai"),
        ("under", TAMA),
    ];
    let compared = result(&visitor, &fields);
    assert!(compared.contains("1,000,000"), "{compared}");
}
