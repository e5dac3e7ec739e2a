use crate::client::{Answer, Server, Visitor, shipped};

const NSW: &str = "/settle/scripts/contracts/nsw-employment.rhai";

fn draft(visitor: &Visitor<'_>) -> Answer {
    let answer = visitor.upload(
        NSW,
        &[("at", "1978-12-31")],
        &[("nsw.csv", &shipped("tests/data/nsw.csv"))],
    );
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer
}

#[test]
fn evidence_becomes_a_statement_that_another_person_approves() {
    let people =
        [("vendor person", "provider"), ("city person", "payer"), ("fund person", "investor")];
    let mut server = Server::with("settle", &people);
    {
        let (vendor, city, fund) = (
            server.signed_in("vendor person"),
            server.signed_in("city person"),
            server.signed_in("fund person"),
        );
        let begun = city.form("/ledgers", &[("name", "nsw")]);
        assert_eq!(begun.location(), "/ledger/nsw.ledger");
        let made = draft(&vendor);
        let page = vendor.get(made.location());
        // The published effect of 1,794 dollars, as the contract prices it.
        assert!(page.text().contains("243,671.74"), "{}", page.text());
        assert_eq!(city.get(made.location()).status, 404, "a draft is its owner's");
        for file in ["statement.html", "statement.xlsx", "receipt.json"] {
            assert_eq!(vendor.get(&format!("{}/{file}", made.location())).status, 200, "{file}");
        }
        let submit = format!("{}/submit", made.location());
        let submitted = vendor.form(&submit, &[("ledger", "nsw.ledger")]);
        let entry = submitted.location().to_owned();
        assert!(entry.ends_with("entry=2"), "{entry}");
        // Submitting again adds nothing.
        assert_eq!(vendor.form(&submit, &[("ledger", "nsw.ledger")]).location(), entry);
        let act = |visitor: &Visitor<'_>, act: &str| {
            visitor
                .form("/ledger/nsw.ledger", &[("act", act), ("entry", "2"), ("on", "1979-01-31")])
                .status
        };
        assert_eq!(act(&vendor, "approve"), 403, "a provider does not approve");
        assert_eq!(act(&fund, "approve"), 403);
        assert_eq!(act(&city, "approve"), 303);
        assert_eq!(act(&city, "pay"), 303);
        let ledger = city.get("/ledger/nsw.ledger?entry=2&verify=yes").text();
        for there in ["paid", "computed again and agree", "Approved by city person"] {
            assert!(ledger.contains(there), "{there}: {ledger}");
        }
        // An investor reads the statement, but gets no receipt, which holds the evidence's figures.
        assert_eq!(fund.get("/ledger/nsw.ledger?entry=2").status, 200);
        let kept = "ledger=nsw.ledger&entry=2";
        assert_eq!(fund.get(&format!("/kept/statement.xlsx?{kept}")).status, 200);
        assert_eq!(fund.get(&format!("/kept/receipt.json?{kept}")).status, 403);
        assert_eq!(vendor.get(&format!("/kept/receipt.json?{kept}")).status, 200);
    }
    // What was approved is there after the server was killed.
    server.kill();
    let checked = crate::client::program()
        .args(["ledger", "verify"])
        .arg(server.folder.join("nsw.ledger"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn nobody_approves_what_they_submitted_and_alone_each_act_names_its_person() {
    let server = Server::alone("alone");
    let visitor = server.visitor();
    visitor.form("/ledgers", &[("name", "one")]);
    let submit = format!("{}/submit", draft(&visitor).location());
    let submitted = visitor.form(&submit, &[("ledger", "one.ledger"), ("name", "Yamada")]);
    assert_eq!(submitted.status, 303, "{}", submitted.text());
    let approve = |name: &str| {
        visitor
            .form("/ledger/one.ledger", &[("act", "approve"), ("entry", "2"), ("name", name)])
            .status
    };
    assert_eq!(approve(" yamada "), 422, "the same person under another spelling");
    assert_eq!(approve(""), 422);
    assert_eq!(approve("Sato"), 303);
    assert_eq!(approve("Suzuki"), 422, "it is approved already");
}

#[test]
fn what_is_wrong_with_evidence_is_told_and_nothing_is_kept() {
    let server = Server::alone("wrong");
    let visitor = server.visitor();
    let rows = String::from_utf8(shipped("tests/data/nsw.csv")).unwrap();
    let renamed = rows.replacen("re78", "re99", 1);
    let answer = visitor.upload(NSW, &[("at", "1978-12-31")], &[("rows.csv", renamed.as_bytes())]);
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("rows.csv"), "{}", answer.text());
    assert_eq!(visitor.upload(NSW, &[("at", "31.12.1978")], &[("a.csv", b"x")]).status, 400);
    assert_eq!(visitor.upload(NSW, &[("at", "1978-12-31")], &[]).status, 400);
    assert_eq!(visitor.get("/drafts/1").status, 404);
}
