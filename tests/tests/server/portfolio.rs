//! Portfolios on pages: for those alone who may read every contract in them.

use crate::client::Server;

const BOTH: &str = "title = { ja = \"二つの事業\", en = \"Two programmes\" }\ndiscount_rate = 0.02\n\
    [[contract]]\nscenario = \"../tama-hypertension.toml\"\ncount = 3\n\
    [[contract]]\nscenario = \"../kobe-kidney.toml\"\n";
const FILE: &str = "scenarios/both/portfolio.toml";

/// Puts the portfolio into the folder, beside a broken one.
fn put(server: &Server) {
    std::fs::create_dir_all(server.folder.join("scenarios/both")).unwrap();
    std::fs::create_dir_all(server.folder.join("scenarios/broken")).unwrap();
    std::fs::write(server.folder.join(FILE), BOTH).unwrap();
    let broken = server.folder.join("scenarios/broken/portfolio.toml");
    std::fs::write(broken, "[[contract]]\nscenario = \"../lost.toml\"\n").unwrap();
}

#[test]
fn a_portfolio_is_shown_run_and_taken_home() {
    let server = Server::alone("portfolio");
    put(&server);
    let visitor = server.visitor();
    let home = visitor.get("/").text();
    assert!(home.contains("Two programmes") && home.contains("cannot be read"), "{home}");
    let page = visitor.get(&format!("/portfolios/{FILE}"));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("× 3"), "{}", page.text());
    assert!(visitor.get(&format!("/portfolios/{FILE}?lang=ja")).text().contains("契約の数: 4"));
    let wanted = [("kind", "portfolio"), ("path", FILE), ("paths", "2000")];
    let begun = visitor.form("/runs", &wanted);
    assert_eq!(begun.status, 303, "{}", begun.text());
    let run = begun.location().to_owned();
    visitor.finish(&run);
    let text = visitor.get(&run).text();
    assert!(text.contains("4 contracts on the same 2,000 possible futures"), "{text}");
    assert!(visitor.get(&format!("{run}/report.xlsx")).bytes.starts_with(b"PK"));
    // Over HTTP it is what the command line prints.
    let api = format!("/api/v1{run}");
    let found: serde_json::Value = serde_json::from_slice(&visitor.get(&api).bytes).unwrap();
    let printed = crate::client::program()
        .args(["portfolio", "scenarios/both", "--paths", "2000", "--json", "--lang", "en"])
        .current_dir(&server.folder)
        .output()
        .unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(found["result"], printed);
    let broken = visitor.get("/portfolios/scenarios/broken/portfolio.toml");
    assert_eq!(broken.status, 422);
    assert!(broken.text().contains("lost.toml"), "{}", broken.text());
    for other in ["scenarios/tama-hypertension.toml", "scenarios/portfolio.toml", "portfolio.toml"]
    {
        assert_eq!(visitor.get(&format!("/portfolios/{other}")).status, 404, "{other}");
    }
}

#[test]
fn a_portfolio_is_there_for_those_who_may_read_every_contract_in_it() {
    let people = [("Tama alone", "tama-hypertension=payer"), ("Both", "investor")];
    let server = Server::with("portfolio-roles", &people);
    put(&server);
    let wanted = [("kind", "portfolio"), ("path", FILE), ("paths", "10")];
    let part = server.signed_in("Tama alone");
    assert!(!part.get("/").text().contains("Two programmes"));
    assert_eq!(part.get(&format!("/portfolios/{FILE}")).status, 404);
    assert_eq!(part.form("/runs", &wanted).status, 404);
    let both = server.signed_in("Both");
    assert!(both.get("/").text().contains("Two programmes"));
    // What cannot be read is told to those alone who may change it.
    assert!(!both.get("/").text().contains("cannot be read"));
    assert_eq!(both.get(&format!("/portfolios/{FILE}")).status, 200);
    let run = both.form("/runs", &wanted).location().to_owned();
    both.finish(&run);
    assert_eq!(both.get(&run).status, 200);
    assert_eq!(part.get(&run).status, 404);
}
