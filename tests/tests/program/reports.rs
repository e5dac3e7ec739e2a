//! Reports by party: hand-computed figures, and what must add up.

use engine::analyse::parties::{Asked, PartyReport, ReceiptKind, party_report};
use engine::contract::Role;
use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::Settings;
use seika_tests::{Memory, Repository, Unwatched};

const PATHS: u64 = 20_000;

fn read(contract: &str, scenario: &str) -> Scenario {
    let files = Memory::default().with("c.rhai", contract);
    let text = format!("contract = \"c.rhai\"\npaths = {PATHS}\nseed = 5\n{scenario}");
    Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn report(scenario: &Scenario, role: Role) -> PartyReport {
    let whose = (role, None);
    party_report(&[scenario], whose, Asked::default(), &Settings::default(), &Unwatched).unwrap()
}

/// Two years, two payers that share what is paid as 2 to 1, with added tax.
const SHARED: &str = r#"
contract("test", #{ from: "2024-04-01", to: "2026-03-31", cap: yen(9_000_000),
    tax: added(percent(10)), rounding: down(1) });
let city = party("city", #{ role: "payer" });
let town = party("town", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
evaluations([
    #{ at: "2025-03-31", paid: "2025-03-31" },
    #{ at: "2025-09-30", paid: "2025-12-20" },
    #{ at: "2026-03-31", paid: "2026-05-31" },
]);
cap_each(yen(5_000_000));
let x = mean("x", #{ digits: 3 });
pay("city", |e| linear(e[x], [0, yen(0)], [1, yen(4_000_001)]), #{ by: city, to: vendor });
pay("town", |e| yen(333_333), #{ by: town, to: vendor });
"#;

#[test]
fn the_payments_of_years_and_payers_add_up_to_the_yen() {
    let scenario = read(SHARED, "[outcomes.x]\nvalue = 0.5");
    let PartyReport::Payer(found) = report(&scenario, Role::Payer) else { panic!("payers") };
    // At each evaluation 2,000,000 and 333,333; 10% of their sum is 233,333, of which the city, paying
    // first, bears 200,000 and the town what it adds, 33,333.
    let [city, town] = [&found[0], &found[1]];
    for (payer, each) in [(city, 2_200_000.0), (town, 366_666.0)] {
        // Paid on 31 March 2025: fiscal year 2024; then 2025 and 2026.
        let years: Vec<(i16, f64)> =
            payer.years.iter().map(|of| (of.year, of.payment.mean)).collect();
        assert_eq!(years, [(2024, each), (2025, each), (2026, each)]);
        assert_eq!(payer.payment.mean, 3.0 * each);
    }
    let drawn = read(SHARED, "[outcomes.x]\nvalue = \"uniform(0, 1)\"");
    let projection = engine::simulate::simulate(&drawn, &Settings::default(), &Unwatched).unwrap();
    let PartyReport::Payer(found) = report(&drawn, Role::Payer) else { panic!("payers") };
    let whole: f64 = found.iter().map(|payer| payer.payment.mean).sum();
    assert!((whole / projection.payment.mean - 1.0).abs() < 1e-9, "{whole}");
    for payer in &found {
        let years: f64 = payer.years.iter().map(|of| of.payment.mean).sum();
        assert!((years / payer.payment.mean - 1.0).abs() < 1e-9, "{years}");
    }
}

#[test]
fn the_ceiling_is_what_the_terms_allow() {
    let scenario = read(SHARED, "[outcomes.x]\nvalue = 0.5");
    let PartyReport::Payer(found) = report(&scenario, Role::Payer) else { panic!("payers") };
    // The city's line is at most 4,000,001, with tax 4,400,001; in all at most the contract's
    // 9,900,000. The town pays 333,333 and what that adds to the tax, 33,333 or, where the city's part
    // ends with 7 or more, 33,334; three times.
    let ceilings = |at: usize| -> Vec<String> {
        found[at].years.iter().map(|of| of.ceiling.unwrap().to_string()).collect()
    };
    assert_eq!(ceilings(0), ["4400001", "4400001", "4400001"]);
    assert_eq!(found[0].ceiling.unwrap().to_string(), "9900000");
    assert_eq!(ceilings(1), ["366667", "366667", "366667"]);
    assert_eq!(found[1].ceiling.unwrap().to_string(), "1100001");
    for payer in &found {
        for year in &payer.years {
            let most = rust_decimal::prelude::ToPrimitive::to_f64(&year.ceiling.unwrap()).unwrap();
            assert!(year.payment.max <= most, "{year:?}");
        }
    }
}

/// One evaluation, one payment that depends on the outcome.
fn simple(pay: &str, more: &str) -> String {
    format!(
        r#"
contract("test", #{{ from: "2024-04-01", to: "2026-03-31", cap: yen(90_000_000),
    tax: unstated(), rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
let vendor = party("vendor", #{{ role: "provider" }});
let fund = party("fund", #{{ role: "investor" }});
evaluations([#{{ at: "2026-03-31", paid: "2026-03-31" }}]);
let x = mean("x", #{{ digits: 1, at_least: 1 }});
pay("outcome", |e| {pay});
{more}
"#
    )
}

#[test]
fn savings_by_beneficiary_and_kind_add_up_to_the_benefit() {
    let scenario = read(
        &simple("yen(1_000_000)", ""),
        r#"
beneficiaries = ["state", "people"]
[outcomes.x]
value = 1
[benefits.care]
amount = "yen(1_000_000) * lognormal(0, 0.5)"
shares = { city = 0.25, state = 0.75 }
cashable = true
[benefits.health]
amount = "yen(500_000)"
shares = { people = 1 }
cashable = false
[benefits.other]
amount = "yen(300_000)"
shares = { city = 1 }
[benefits.nobody]
amount = "yen(70_000)"
"#,
    );
    let PartyReport::Payer(found) = report(&scenario, Role::Payer) else { panic!("payers") };
    let payer = &found[0];
    let sum: f64 = payer.savings.iter().map(|of| of.total.mean).sum();
    assert!((sum / payer.benefit.mean - 1.0).abs() < 1e-9, "{sum} {}", payer.benefit.mean);
    let of = |id: Option<&str>| payer.savings.iter().find(|of| of.id.as_deref() == id).unwrap();
    assert!(of(Some("state")).not_cashable.is_none() && of(Some("state")).unstated.is_none());
    assert_eq!(of(Some("people")).not_cashable.unwrap().mean, 500_000.0);
    assert_eq!(of(Some("city")).unstated.unwrap().mean, 300_000.0);
    assert_eq!(of(None).total.mean, 70_000.0);
    let third = of(Some("state")).cashable.unwrap().mean / of(Some("city")).cashable.unwrap().mean;
    assert!((third - 3.0).abs() < 1e-9);
    // The city's own cashable saving is a quarter of a lognormal with median 1: it exceeds half the
    // payment where the lognormal exceeds 2, P = Φ(−ln 2 ÷ 0.5) = 0.082829 (scipy 1.17.1).
    let point = payer.own_cashable.points[0];
    assert_eq!(point.factor, 0.5);
    let (value, se) = (point.probability.value, point.probability.se);
    assert!((value - 0.082_829).abs() < 4.0 * se && se < 0.003, "{point:?}");
    // On the mean a quarter of exp(0.125), over the payment.
    let even = payer.own_cashable.break_even.mean.unwrap();
    assert!((even.value - 0.25 * 0.125_f64.exp()).abs() < 4.0 * even.se, "{even:?}");
    // At even odds a quarter of the median.
    let odds = payer.own_cashable.break_even.even_odds.unwrap();
    assert!((odds.value - 0.25).abs() < 4.0 * odds.se, "{odds:?}");
}

#[test]
fn a_provider_s_margin_and_working_capital_can_be_worked_out_by_hand() {
    // 3 million spent on the first day and 2 a year later; 6 million or nothing at the end.
    let costs =
        "cost(\"delivery\", [[\"2024-04-01\", yen(3_000_000)], [\"2025-04-01\", yen(2_000_000)]]);";
    let pay = "all_or_nothing(e[x] >= 1, yen(6_000_000))";
    let scenario = read(&simple(pay, costs), "[outcomes.x]\nvalue = \"bernoulli(0.7)\"");
    let PartyReport::Provider(found) = report(&scenario, Role::Provider) else { panic!() };
    let vendor = &found[0];
    assert_eq!(vendor.costs.unwrap().mean, 5_000_000.0);
    let margin = vendor.margin.unwrap();
    assert_eq!((margin.min, margin.max), (-5_000_000.0, 1_000_000.0));
    let loss = vendor.loss.unwrap();
    assert!((loss.probability.value - 0.3).abs() < 4.0 * loss.probability.se, "{loss:?}");
    assert_eq!(loss.mean_given_loss.unwrap().value, 5_000_000.0);
    assert_eq!(loss.expected_shortfall.value, 5_000_000.0);
    // Whatever is paid in the end, 5 million are needed until then.
    let capital = vendor.working_capital.unwrap();
    assert_eq!((capital.min, capital.max), (5_000_000.0, 5_000_000.0));
    let ratio = vendor.paid_per_cost.unwrap();
    assert!((ratio.value - 0.7 * 6.0 / 5.0).abs() < 4.0 * ratio.se, "{ratio:?}");
    let downside = vendor.expected_downside.unwrap();
    assert!((downside.value - 1_500_000.0).abs() < 4.0 * downside.se, "{downside:?}");
    let line = &vendor.lines[0];
    assert_eq!(line.pays_nothing.value, loss.probability.value);
    assert_eq!(line.loss_without.unwrap().value, 1.0);
    assert!(vendor.after_finance.is_none());
    // Without costs only receipts are told.
    let scenario = read(&simple(pay, ""), "[outcomes.x]\nvalue = 1");
    let PartyReport::Provider(found) = report(&scenario, Role::Provider) else { panic!() };
    assert!(found[0].margin.is_none() && found[0].loss.is_none());
    assert_eq!(found[0].receipts.mean, 6_000_000.0);
}

#[test]
fn what_a_payer_spends_itself_is_part_of_what_it_pays() {
    // 1,000,000 is paid on 31 March 2026; the evaluation costs the city 300,000 a year before, and
    // 100,000 for each unit of the outcome. At 25% a year: 640,000 + 240,000 + 192,000.
    let costs = "cost(\"evaluation\", [[\"2025-03-31\", yen(300_000)]], #{ kind: \"evaluation\", by: city });\n\
           cost(\"follow-up\", |e| e[x] * yen(100_000), #{ by: city });";
    let contract =
        simple("yen(1_000_000)", costs).replace("party(\"city\"", "let city = party(\"city\"");
    let saving = |amount: &str| {
        format!(
            "discount_rate = 0.25\n[outcomes.x]\nvalue = 3\n[benefits.care]\n\
             amount = \"yen({amount})\"\nshares = {{ city = 1 }}\ncashable = true"
        )
    };
    let scenario = read(&contract, &saving("1_562_500"));
    let PartyReport::Payer(found) = report(&scenario, Role::Payer) else { panic!() };
    let city = &found[0];
    assert_eq!((city.payment.mean, city.payment_discounted.mean), (1_000_000.0, 640_000.0));
    assert_eq!((city.total.mean, city.total_discounted.mean), (1_600_000.0, 1_072_000.0));
    let costs = city.costs.unwrap();
    // Nothing limits what a mean may be.
    assert_eq!((costs.amount.mean, costs.most), (600_000.0, None));
    let years: Vec<_> = (city.years.iter())
        .map(|of| (of.year, of.payment.mean, of.costs.map(|costs| costs.amount.mean)))
        .collect();
    assert_eq!(years, [(2024, 0.0, Some(300_000.0)), (2025, 1_000_000.0, Some(300_000.0))]);
    assert_eq!(city.years[0].costs.unwrap().most.unwrap().to_string(), "300000");
    // The saving of 1,000,000, discounted, is more than what is paid for outcomes and less than all.
    assert_eq!(city.benefit.mean, 1_000_000.0);
    let at_one = |curve: &engine::analyse::parties::Curve| {
        curve.points.iter().find(|point| point.factor == 1.0).unwrap().probability.value
    };
    assert_eq!((at_one(&city.own), at_one(&city.everyone)), (0.0, 0.0));
    assert!((city.own.break_even.mean.unwrap().value - 1_000.0 / 1_072.0).abs() < 1e-9);
    // What the party is left with says the same.
    let party = scenario.model.parties.iter().find(|party| party.name == "city").unwrap();
    let [left] = seika_tests::values(&scenario, 1, [party.result]);
    assert!((left[0] + 72_000.0).abs() < 1e-6, "{left:?}");
}

#[test]
fn the_parts_of_a_provider_s_receipts_sum_to_them_to_the_yen() {
    // 700 and 450 are paid, 120 deducted, 300 paid back: 730, cut to 600; 50 are netted: 550, topped up
    // to 580; on which 58 of tax are added.
    let contract = r#"
contract("t", #{ from: "2024-04-01", to: "2026-05-31", tax: added(percent(10)), rounding: down(1) });
let city = party("city", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-04-30" }, #{ at: "2026-03-31", paid: "2026-04-30" }]);
let x = mean("x", #{ digits: 0, at_least: 1 });
pay("base", |e| yen(700));
pay("success", |e| e[x] * yen(150));
malus("late", |e| e[x] * yen(40));
pay("back", |e| e[x] * yen(100), #{ by: vendor, to: city });
cap_each(yen(600));
offset("rent", |e| yen(50), #{ by: city });
minimum_each(yen(580));
"#;
    let scenario = read(contract, "[outcomes.x]\nvalue = 3");
    let PartyReport::Provider(found) = report(&scenario, Role::Provider) else { panic!() };
    let vendor = &found[0];
    let parts: Vec<_> =
        vendor.lines.iter().map(|of| (of.name.as_str(), of.kind, of.amount.mean)).collect();
    let each = [
        ("base", ReceiptKind::Payment, 1_400.0),
        ("success", ReceiptKind::Payment, 900.0),
        ("back", ReceiptKind::Return, -600.0),
        ("late", ReceiptKind::Deduction, -240.0),
        ("cap", ReceiptKind::Limit, -260.0),
        ("rent", ReceiptKind::Offset, -100.0),
        ("minimum", ReceiptKind::Minimum, 60.0),
    ];
    assert_eq!(parts, each);
    assert_eq!(vendor.receipts.mean, 1_160.0);
    assert_eq!(vendor.added_tax.unwrap().mean, 116.0);
    // What pays back always does; of what is no payment nothing is said of its most.
    assert_eq!(vendor.lines[2].pays_nothing.value, 0.0);
    assert!(vendor.lines[2].pays_less_than_half.is_none());
    // And on drawn outcomes.
    let drawn = read(contract, "[outcomes.x]\nvalue = \"uniform(0, 8)\"");
    let PartyReport::Provider(found) = report(&drawn, Role::Provider) else { panic!() };
    let sum: f64 = found[0].lines.iter().map(|of| of.amount.mean).sum();
    assert!((sum / found[0].receipts.mean - 1.0).abs() < 1e-9, "{sum}");
}

#[test]
fn a_provider_beside_another_holder_of_the_account_is_told_what_it_receives_after_finance() {
    // The company holds the account: the 6 million of the payment go there, and it pays the provider
    // 4 million for its work. Of the provider no costs are stated.
    let more = "let company = party(\"company\", #{ role: \"intermediary\" });\n\
        invest(fund, #{ amount: yen(5_000_000) }); account(#{ holder: company });\n\
        cost(\"delivery\", [[\"2024-06-30\", yen(4_000_000)]], #{ by: company, to: vendor });";
    let scenario = read(&simple("yen(6_000_000)", more), "[outcomes.x]\nvalue = 1");
    let PartyReport::Provider(found) = report(&scenario, Role::Provider) else { panic!() };
    let vendor = &found[0];
    assert_eq!((vendor.receipts.mean, vendor.after_finance.unwrap().mean), (6e6, 4e6));
    assert!(vendor.margin.is_none() && vendor.working_capital_financed.is_none());
}

#[test]
fn an_investor_s_figures_can_be_worked_out_by_hand() {
    // 40 million for 48.4 million after two years, with probability 0.7; else nothing.
    let scenario = read(
        &simple(
            "all_or_nothing(e[x] >= 1, yen(48_400_000))",
            "invest(fund, #{ amount: yen(40_000_000) });",
        ),
        "discount_rate = 0.1\n[outcomes.x]\nvalue = \"bernoulli(0.7)\"",
    );
    let PartyReport::Investor(found) = report(&scenario, Role::Investor) else { panic!() };
    assert_eq!(found.len(), 1);
    let under = &found[0].scenarios[0];
    // 48.4 ÷ 1.1² = 40: at 10% it is worth nothing, and all of it comes after two years.
    assert!(under.present_value.max.abs() < 1e-6, "{:?}", under.present_value);
    assert!((under.present_value.min + 40e6).abs() < 1e-6);
    let duration = under.duration.unwrap();
    assert!((duration.min - 2.0).abs() < 1e-12 && (duration.max - 2.0).abs() < 1e-12);
    assert!((under.irr.unwrap().max - 0.1).abs() < 1e-12);
    assert_eq!((under.rates.one.value, under.rates.most), (1.0, 1));
    assert_eq!(under.loss.mean_given_loss.unwrap().value, 40e6);
    assert_eq!(under.loss.expected_shortfall.value, 40e6);
    let bars: f64 = under.irr_bars.iter().map(|bar| bar.part.value).sum();
    assert!((bars - 1.0).abs() < 1e-12);
    // What `simulate` says of the same investor.
    let projection =
        engine::simulate::simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
    let json = projection.to_json(Language::En);
    let shown = &json["investors"][0];
    assert_eq!(shown["loss"]["probability"]["value"], shown["probability_of_loss"]);
    assert_eq!(shown["loss"]["mean_given_loss"]["value"].as_f64(), Some(40e6));
    assert_eq!(shown["loss"]["expected_shortfall"]["value"].as_f64(), Some(40e6));
    assert!((shown["npv"]["mean"].as_f64().unwrap() - under.present_value.mean).abs() < 1e-3);
    assert!((shown["duration"]["mean"].as_f64().unwrap() - 2.0).abs() < 1e-12);
}

#[test]
fn an_evaluator_s_figures_are_those_of_the_formulas() {
    // Standard error 12 ÷ √36 = 2 for an effect of 5, tested at 5%: by scipy 1.17.1 the power is
    // 0.705418, the detectable effect (1.959964 + 0.841621) × 2 = 5.603170, and 36 × (5.603170 ÷
    // 5)² = 45.21 people are needed.
    let pay = "tiers(e[x], [[3, yen(1_000_000)], [5, yen(2_000_000)]])";
    let scenario = read(
        &simple(pay, ""),
        "[assume]\neffect = { is = 5, no_effect = \"0\" }\n\
         [outcomes.x]\nmean = \"effect\"\nsd = 12\nn = 36",
    );
    let PartyReport::Evaluator(found) = report(&scenario, Role::Evaluator) else { panic!() };
    let indicator = &found.indicators[0];
    let known = indicator.precision.unwrap();
    // The means of 20,000 futures with an error of 2 each.
    let error = 2.0 / (PATHS as f64).sqrt();
    assert!((known.with_effect.value - 5.0).abs() < 4.0 * error, "{known:?}");
    // Both arms have the same chance, so their difference is exactly 5.
    assert!((known.with_effect.value - known.without.value - 5.0).abs() < 1e-9, "{known:?}");
    assert!((known.error.value - 2.0).abs() < 1e-12, "{known:?}");
    assert!((known.power.value - 0.705_418).abs() < 1e-5, "{known:?}");
    assert!((known.detectable.value - 5.603_170).abs() < 1e-5, "{known:?}");
    assert!((known.people_needed.unwrap().value - 45.209_5).abs() < 1e-2, "{known:?}");
    // With a certain effect, assurance is power.
    let se = (0.7054 * 0.2946 / PATHS as f64).sqrt();
    assert!((known.assurance.value - 0.705_418).abs() < 4.0 * se, "{known:?}");
    assert_eq!(indicator.people.unwrap().value, 36.0);
    // The truth is 5 and reaches 3 and 5; read to one decimal, a measurement below 2.95 misses 3:
    // Φ(−1.025) = 0.152681, and one below 4.95 misses 5: Φ(−0.025) = 0.490028.
    let missed: Vec<_> = indicator.thresholds.iter().map(|of| of.missed.unwrap()).collect();
    for (missed, expected) in missed.iter().zip([0.152_681, 0.490_028]) {
        assert!((missed.value - expected).abs() < 4.0 * missed.se, "{missed:?} {expected}");
    }
    assert_eq!(indicator.thresholds.len(), 2);
    assert!(indicator.thresholds[0].undeserved.is_none());
}

#[test]
fn the_shipped_scenarios_are_reported_on_and_threads_change_nothing() {
    let scenarios = ["tama-hypertension", "kobe-kidney", "hachioji-colorectal", "nsw-employment"];
    for name in scenarios {
        let scenario = Scenario::read(&Repository, &format!("scenarios/{name}.toml")).unwrap();
        for role in [Role::Payer, Role::Provider, Role::Evaluator] {
            let of = |threads: usize| {
                let settings =
                    Settings { paths: Some(3_000), threads: Some(threads), ..Settings::default() };
                let whose = (role, None);
                let asked = Asked::default();
                let report =
                    party_report(&[&scenario], whose, asked, &settings, &Unwatched).unwrap();
                report.to_json(&scenario, &settings, Language::Ja)
            };
            assert_eq!(of(1), of(3), "{name}");
        }
    }
}

#[test]
fn a_role_that_nobody_has_and_a_party_of_another_role_are_refused() {
    let scenario = Scenario::read(&Repository, "scenarios/tama-hypertension.toml").unwrap();
    let of = |role, id| {
        let settings = Settings { paths: Some(100), ..Settings::default() };
        party_report(&[&scenario], (role, id), Asked::default(), &settings, &Unwatched)
            .unwrap_err()
            .remove(0)
    };
    assert_eq!(of(Role::Investor, None).id, "no-such-role");
    let problem = of(Role::Payer, Some("vendor"));
    assert_eq!(problem.id, "unknown-party");
    assert_eq!(problem.expected.unwrap().en, "city");
}
