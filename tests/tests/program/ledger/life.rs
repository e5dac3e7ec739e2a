//! The life of a settlement: submitted, approved, paid, corrected.

use engine::ledger::{By, Status};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

fn amount(yen: i64) -> Decimal {
    Decimal::from(yen)
}

#[test]
fn two_years_are_submitted_approved_and_paid() {
    let folder = Folder::new();
    let (mut ledger, path) = begun(&folder);
    let first = submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    assert_eq!((first.entry, first.already), (2, false));
    // 40 × 10,000 + 100,000
    assert_eq!(first.statement.payable, amount(500_000));
    // Until the first year is paid, the second cannot know what was paid before.
    let second = rows(SECOND, 150, 140);
    let early = submit(&mut ledger, SECOND, &second, None, &by("Sato")).unwrap_err();
    assert_eq!(ids(early), ["earlier-unpaid"]);
    assert_eq!(ledger.approve(2, &by("Kato")).unwrap(), 3);
    let on = "2025-05-31".parse().unwrap();
    assert_eq!(ledger.pay(2, on, Some("V-17"), &by("Ito")).unwrap(), 4);
    // 140 × 10,000 + 100,000 is 1,500,000; 500,000 was paid, so 1,000,000 is left under the cap.
    // The figures of the first year come from the ledger.
    let second = submit(&mut ledger, SECOND, &second, None, &by("Sato")).unwrap();
    assert_eq!(second.statement.paid_before, amount(500_000));
    assert_eq!(second.statement.payable, amount(1_000_000));
    let verified = open(&path).verify(None).unwrap();
    assert_eq!((verified.entries, verified.settlements), (5, 2));
    assert!(open(&path).verify(Some(&verified.head)).is_ok());
    assert_eq!(ids(open(&path).verify(Some("00")).unwrap_err()), ["ledger-altered"]);
}

#[test]
fn the_same_settlement_is_one_entry_and_a_dry_run_is_none() {
    let folder = Folder::new();
    let (mut ledger, path) = begun(&folder);
    let evidence = rows(FIRST, 50, 40);
    let dry = By { dry_run: true, ..by("Sato") };
    assert_eq!(submit(&mut ledger, FIRST, &evidence, None, &dry).unwrap().entry, 2);
    assert_eq!(ledger.entries().unwrap().len(), 1);
    for again in [false, true, true] {
        let submitted = submit(&mut open(&path), FIRST, &evidence, None, &by("Sato")).unwrap();
        assert_eq!((submitted.entry, submitted.already), (2, again));
    }
    ledger.approve(2, &dry_of("Kato")).unwrap();
    assert_eq!(ledger.entries().unwrap().len(), 2);
}

fn dry_of(name: &str) -> By {
    By { dry_run: true, ..by(name) }
}

#[test]
fn corrected_evidence_restates_and_names_its_causes() {
    let folder = Folder::new();
    let (mut ledger, path) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), None, &by("Ito")).unwrap();
    submit(&mut ledger, SECOND, &rows(SECOND, 50, 30), None, &by("Sato")).unwrap();
    // Three people of the first year did not come after all; one was never there.
    let corrected = rows(FIRST, 49, 37);
    let unexplained = submit(&mut ledger, FIRST, &corrected, None, &by("Sato")).unwrap_err();
    assert_eq!(ids(unexplained), ["settled-otherwise"]);
    let restated = submit(&mut ledger, FIRST, &corrected, Some("wrong list"), &by("Sato")).unwrap();
    let how = restated.restatement.unwrap();
    assert_eq!((how.of, how.difference()), (2, amount(-30_000)));
    assert_eq!(how.flows.len(), 1);
    let flow = &how.flows[0];
    assert_eq!((flow.from.as_str(), flow.to.as_str()), ("vendor", "city"));
    assert_eq!(flow.amount, amount(30_000));
    assert_eq!(how.lines.len(), 1);
    assert_eq!(how.lines[0].name, "heads");
    assert_eq!(how.lines[0].clause.as_deref(), Some("Article 5"));
    assert_eq!(how.lines[0].outcomes, ["joined"]);
    assert_eq!((how.outcomes[0].before.0.as_str(), how.outcomes[0].after.0.as_str()), ("40", "37"));
    // People 37, 38 and 39 stand on lines 39 to 41; person 49 stood on line 51.
    assert_eq!((how.records.changed, how.records.added, how.records.gone), (3, 0, 1));
    assert_eq!(how.records.now, ["rows.csv:39", "rows.csv:40", "rows.csv:41"]);
    assert_eq!(how.records.before, ["rows.csv:51"]);
    assert_eq!(how.later, [5]);
    // The second year rests on the first, so it waits for its own restatement.
    assert_eq!(ids(ledger.approve(5, &by("Kato")).unwrap_err()), ["needs-restatement"]);
    ledger.approve(6, &by("Kato")).unwrap();
    ledger.pay(6, "2025-07-31".parse().unwrap(), None, &by("Ito")).unwrap();
    let state = ledger.state().unwrap();
    assert_eq!(state.settlements[&6].payment.as_ref().unwrap().amount, amount(-30_000));
    assert_eq!(state.paid_for("club", FIRST.parse().unwrap()), amount(470_000));
    let again =
        submit(&mut ledger, SECOND, &rows(SECOND, 50, 30), Some("entry 6"), &by("Sato")).unwrap();
    assert_eq!(again.statement.paid_before, amount(470_000));
    open(&path).verify(None).unwrap();
}

#[test]
fn a_restatement_that_is_refused_leaves_the_earlier_settlement_in_force() {
    let folder = Folder::new();
    let (mut ledger, path) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 45), Some("recount"), &by("Sato")).unwrap();
    assert_eq!(ids(ledger.approve(2, &by("Kato")).unwrap_err()), ["superseded"]);
    assert_eq!(ids(ledger.reject(3, "no", &by("ＳＡＴＯ")).unwrap_err()), ["own-work"]);
    assert_eq!(ids(ledger.withdraw(3, "no", &by("Kato")).unwrap_err()), ["not-own-work"]);
    ledger.reject(3, "no list attached", &by("Kato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.withdraw(2, "found an error", &by("Sato")).unwrap();
    let state = ledger.state().unwrap();
    assert_eq!(state.settlements[&3].status, Status::Rejected);
    assert_eq!(state.settlements[&2].status, Status::Withdrawn);
    assert!(state.standing("club", FIRST.parse().unwrap()).is_none());
    // Approved and booked, then booked back.
    let journal = ledger.hledger().unwrap();
    assert_eq!(journal_sums(&journal), [("city:expenses:outcomes".to_owned(), 0)].into());
    open(&path).verify(None).unwrap();
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("佐藤　花子")).unwrap();
    let on = "2025-05-31".parse().unwrap();
    let same = by(" 佐藤 花子 ");
    assert_eq!(ids(ledger.approve(2, &same).unwrap_err()), ["own-work"]);
    assert_eq!(ids(ledger.approve(1, &by("Kato")).unwrap_err()), ["unknown-entry"]);
    assert_eq!(ids(ledger.approve(9, &by("Kato")).unwrap_err()), ["unknown-entry"]);
    assert_eq!(ids(ledger.approve(2, &by("　")).unwrap_err()), ["nobody"]);
    assert_eq!(ids(ledger.pay(2, on, None, &by("Ito")).unwrap_err()), ["wrong-status"]);
    ledger.approve(2, &by("Kato")).unwrap();
    assert_eq!(ids(ledger.approve(2, &by("Kato")).unwrap_err()), ["wrong-status"]);
    ledger.pay(2, on, None, &by("Ito")).unwrap();
    assert_eq!(ids(ledger.pay(2, on, None, &by("Ito")).unwrap_err()), ["wrong-status"]);
    assert_eq!(ids(ledger.reject(2, "late", &by("Kato")).unwrap_err()), ["wrong-status"]);
    let blank = rows(SECOND, 3, 1).replace("p1,", ",");
    let refused = submit(&mut ledger, SECOND, &blank, None, &by("Sato")).unwrap_err();
    assert_eq!(ids(refused), ["participant-missing"]);
    assert_eq!(ledger.entries().unwrap().len(), 4);
}

#[test]
fn a_contract_whose_check_fails_is_not_submitted() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    let script =
        SCRIPT.to_owned() + "example(\"wrong\", #{ at: \"2025-03-31\", joined: 1 }, yen(5));\n";
    let contract = Contract::parse(Source::new("club.rhai", script), &Overrides::new()).unwrap();
    let files = Memory::default().with("rows.csv", &rows(FIRST, 3, 1));
    let request = Request {
        evidence: vec!["rows.csv".into()],
        at: Some(FIRST.parse().unwrap()),
        paid_before: None,
        ..Request::default()
    };
    let submission =
        Submission { contract: &contract, request: &request, reason: None, inside: false };
    assert!(ledger.submit(submission, &files, &by("Sato")).is_err());
    assert_eq!(ledger.entries().unwrap().len(), 1);
}

#[test]
fn the_ledger_is_settled_from_and_copied() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), None, &by("Ito")).unwrap();
    // The evidence of both years says 41 came in the first: 510,000 instead of the 500,000 paid.
    let both = rows(FIRST, 50, 41) + rows(SECOND, 50, 30).trim_start_matches("id,at,came\n");
    let files = Memory::default().with("rows.csv", &both);
    let request = Request {
        evidence: vec!["rows.csv".into()],
        at: Some(SECOND.parse().unwrap()),
        paid_before: None,
        ..Request::default()
    };
    let (_, statement) = ledger.settle(&contract(), &files, &request, false).unwrap();
    assert_eq!(statement.paid_before, amount(500_000));
    let notes: Vec<&str> = statement.notes.iter().map(|note| note.id).collect();
    assert!(notes.contains(&"paid-before-differs"), "{notes:?}");
    let refused = submit(&mut ledger, SECOND, &both, None, &by("Sato")).unwrap_err();
    assert_eq!(ids(refused), ["paid-before-differs"]);
    let copy = folder.file("copy.ledger");
    ledger.backup(&copy).unwrap();
    assert_eq!(open(&copy).entries().unwrap(), ledger.entries().unwrap());
    assert_eq!(ids(ledger.backup(&copy).unwrap_err()), ["file-exists"]);
    let again = engine::ledger::Ledger::create(&copy, "2026-04-01T08:00:00Z".parse().unwrap());
    assert_eq!(ids(again.unwrap_err()), ["file-exists"]);
}

/// The sum of each account of a journal, after every transaction was seen to sum to zero.
fn journal_sums(journal: &str) -> std::collections::BTreeMap<String, i64> {
    let mut sums = std::collections::BTreeMap::new();
    for transaction in journal.split("\n\n").skip(1) {
        let mut sum = 0;
        for posting in transaction.lines().skip(1) {
            let (account, amount) = posting.trim().split_once("  ").unwrap();
            let amount: i64 = amount.trim_end_matches(" JPY").parse().unwrap();
            sum += amount;
            *sums.entry(account.to_owned()).or_default() += amount;
        }
        assert_eq!(sum, 0, "{transaction}");
    }
    sums.retain(|account, _| account == "city:expenses:outcomes");
    sums
}

/// What may happen next in a made-up history.
#[derive(Debug, Clone)]
enum Step {
    Submit { second: bool, came: usize },
    Approve,
    Pay,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (any::<bool>(), 0_usize..6).prop_map(|(second, came)| Step::Submit { second, came }),
        3 => Just(Step::Approve),
        3 => Just(Step::Pay),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is tried, what was paid for an evaluation is what its last paid settlement states,
    /// the journal's expense is the sum, and the ledger computes again.
    #[test]
    fn what_was_paid_is_what_the_latest_paid_settlements_state(
        steps in prop::collection::vec(step(), 1..14),
    ) {
        let folder = Folder::new();
        let (mut ledger, path) = begun(&folder);
        for step in steps {
            let last = ledger.state().unwrap().settlements.keys().copied().collect::<Vec<_>>();
            let all = |act: &mut dyn FnMut(u64)| last.iter().for_each(|of| act(*of));
            match step {
                Step::Submit { second, came } => {
                    let at = if second { SECOND } else { FIRST };
                    let _ = submit(&mut ledger, at, &rows(at, 6, came), Some("why"), &by("Sato"));
                }
                Step::Approve => all(&mut |of| drop(ledger.approve(of, &by("Kato")))),
                Step::Pay => {
                    let on = "2026-06-30".parse().unwrap();
                    all(&mut |of| drop(ledger.pay(of, on, None, &by("Ito"))));
                }
                Step::Close => all(&mut |of| drop(ledger.reject(of, "why", &by("Kato")))),
            }
        }
        let state = ledger.state().unwrap();
        let mut all = Decimal::ZERO;
        for at in [FIRST, SECOND] {
            let at = at.parse().unwrap();
            let mut of = state.settlements.values().rev();
            let latest = of.find(|known| {
                known.submit.record.at == at && known.status == Status::Paid
            });
            let stated = latest.map_or(Decimal::ZERO, |known| known.submit.record.payable());
            prop_assert_eq!(state.paid_for("club", at), stated);
            all += stated;
        }
        let paid: Decimal = state
            .settlements
            .values()
            .filter_map(|known| known.payment.as_ref())
            .flat_map(|payment| &payment.flows)
            .map(|flow| if flow.from == "city" { flow.amount } else { -flow.amount })
            .sum();
        prop_assert_eq!(paid, all);
        journal_sums(&ledger.hledger().unwrap());
        open(&path).verify(None).unwrap();
    }
}

#[test]
fn a_contract_that_ended_is_settled_no_more() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    let script = SCRIPT.to_owned()
        + "early_end(#{ fixed: \"as_measured\", linked: \"as_measured\" });\n\
           pay(\"back\", |e| if e.first { yen(900_000) } else { yen(0) }, #{ by: vendor, to: city });\n";
    let contract = Contract::parse(Source::new("club.rhai", script), &Overrides::new()).unwrap();
    let files = Memory::default()
        .with("first.csv", &rows(FIRST, 50, 40))
        .with("second.csv", &rows(SECOND, 50, 20));
    let settle = |ledger: &mut Ledger, file: &str, at: &str, ended: Option<&str>, reason| {
        let request = Request {
            evidence: vec![file.into()],
            at: Some(at.parse().unwrap()),
            ended: ended.map(|day| day.parse().unwrap()),
            ..Request::default()
        };
        let submission =
            Submission { contract: &contract, request: &request, reason, inside: false };
        ledger.submit(submission, &files, &by("Sato"))
    };
    let first = settle(&mut ledger, "first.csv", FIRST, Some("2024-10-15"), None).unwrap();
    // 40 × 10,000 and the fee of 100,000, less 900,000: more comes back than is paid.
    assert_eq!(first.statement.payable, Decimal::from(-400_000));
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), None, &by("Ito")).unwrap();
    let refused = settle(&mut ledger, "second.csv", SECOND, None, None).unwrap_err();
    assert_eq!(ids(refused), ["after-early-end"]);
    // It had not ended: restated, the second year is settled behind a payment below nothing.
    let reason = Some("the contract went on");
    let again = settle(&mut ledger, "first.csv", FIRST, None, reason).unwrap();
    ledger.approve(again.entry, &by("Kato")).unwrap();
    ledger.pay(again.entry, "2025-06-30".parse().unwrap(), None, &by("Ito")).unwrap();
    let second = settle(&mut ledger, "second.csv", SECOND, None, None).unwrap();
    assert_eq!(second.statement.paid_before, Decimal::from(-400_000));
    assert_eq!(second.statement.payable, Decimal::from(300_000));
}

#[test]
fn a_script_that_changed_between_two_evaluations_is_told_to_the_approver() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), None, &by("Ito")).unwrap();
    let changed = SCRIPT.replace("e[joined] * yen(10_000)", "e[joined] * yen(10_000) * 1");
    let files = Memory::default().with("rows.csv", &rows(SECOND, 50, 20));
    let told = |ledger: &mut Ledger, script: &str| {
        let contract = Contract::parse(Source::new("club.rhai", script), &Overrides::new());
        let request = Request {
            evidence: vec!["rows.csv".into()],
            at: Some(SECOND.parse().unwrap()),
            ..Request::default()
        };
        let submission = Submission {
            contract: &contract.unwrap(),
            request: &request,
            reason: Some("corrected"),
            inside: false,
        };
        let entry = ledger.submit(submission, &files, &by("Sato")).unwrap().entry;
        let state = ledger.state().unwrap();
        let notes = state.settlements[&entry].submit.record.notes();
        notes.iter().any(|note| note.message.en.contains("the one that 2025-03-31 was settled"))
    };
    assert!(told(&mut ledger, &changed));
    assert!(!told(&mut ledger, SCRIPT));
    // What is told is kept, and the ledger holds together with it.
    assert!(ledger.verify(None).is_ok());
}

#[test]
fn a_refusal_says_why() {
    let folder = Folder::new();
    let (mut ledger, _) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    assert_eq!(ids(ledger.reject(2, "  ", &by("Kato")).unwrap_err()), ["no-reason"]);
    assert_eq!(ids(ledger.withdraw(2, "", &by("Sato")).unwrap_err()), ["no-reason"]);
    assert_eq!(ledger.entries().unwrap().len(), 2);
}
