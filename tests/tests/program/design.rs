//! A search for terms: against closed forms, a whole enumeration, and whole simulations.

use engine::analyse::design::{Candidate, Design, Found, search};
use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use seika_tests::{Memory, Repository, Unwatched};

/// A ramp from 0 at 2 to its full amount at 5, both of which a search may change, over a normal
/// outcome with mean 4.3 and standard deviation 1.22.
const CONTRACT: &str = r#"
contract("ramp", #{ from: "2024-04-01", to: "2025-03-31", cap: yen(20_000_000), tax: unstated(),
    rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
let x = mean("x", #{ digits: 4 });
let full = param("full", yen(10_000_000), [yen(1_000_000), yen(12_000_000)]);
let from = param("from", 2, [1, 3]);
pay("ramp", |e| linear(e[x], [from, yen(0)], [5, full]));
"#;
const SCENARIO: &str = "contract = \"c.rhai\"\npaths = 40_000\nseed = 11\n\
    [assume]\nx = \"normal(4.3, 1.22)\"\n[outcomes.x]\nvalue = \"x\"\n\
    [benefits.b]\namount = \"yen(2_000_000) * x\"\n";
/// What the ramp pays at 10 million, in closed form: `Pmax ÷ (U − L) × (c(L) − c(U))` with
/// `c(K) = (μ − K) Φ(d) + σ φ(d)` and `d = (μ − K) ÷ σ`.
const MEAN: f64 = 6_997_715.315;
/// How often it is paid in full: `Φ((4.3 − 5) ÷ 1.22)`.
const IN_FULL: f64 = 0.283_062;

fn files(design: &str) -> Memory {
    Memory::default()
        .with("c.rhai", CONTRACT)
        .with("s.toml", SCENARIO)
        .with("d.toml", &format!("title = \"d\"\nscenario = \"s.toml\"\npaths = 40_000\n{design}"))
}

fn read(design: &str) -> Design {
    Design::read(&files(design), "d.toml").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn found(design: &Design, threads: usize) -> Found {
    let settings = Settings { threads: Some(threads), ..Settings::default() };
    search(design, &settings, &Unwatched).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

const ONE: &str = "[vary.full]\nby = 200_000\n\
    [[want]]\nvalue = \"mean(payment)\"\nat_most = \"yen(4_968_378)\"\n\
    [[aim]]\nmaximise = \"mean(payment)\"\n";

#[test]
fn the_largest_payment_within_a_limit_is_the_one_of_the_closed_form() {
    // The mean is in proportion to the full amount: 4,968,378 ÷ 6,997,715.315 = 0.71, so 7.1
    // million would meet the limit exactly. Of 1.0, 1.2, …, 12.0 million the answer is 7.0.
    let design = read(ONE);
    let found = found(&design, 2);
    assert_eq!(found.all.len(), 56, "every step, the stated value among them");
    let best: Vec<_> = found.frontier.iter().map(|of| of.values[0]).collect();
    assert_eq!(best, [Decimal::from(7_000_000)]);
    assert_eq!(found.answered, 31);
    for (of, paths) in [(&found.base, "other"), (&found.all[0], "own")] {
        assert_eq!(of.values, [Decimal::from(10_000_000)]);
        let aim = &of.aims[0];
        assert!((aim.value - MEAN).abs() < 4.0 * aim.se, "{paths} paths: {aim:?}");
        // 2,981,606 ÷ √40,000, from twenty parts within a half of it.
        assert!((aim.se / (2_981_606.150 / 200.0) - 1.0).abs() < 0.5, "{aim:?}");
    }
    assert_ne!(found.base.aims[0].value, found.all[0].aims[0].value, "other paths are other paths");
}

#[test]
fn probabilities_and_limits_are_those_of_the_closed_form() {
    let design = read(
        "[vary.full]\nby = 1_000_000\n\
         [[want]]\nvalue = \"probability_above(payment, yen(9_999_999))\"\nat_least = \"0.2\"\n\
         [[want]]\nvalue = \"mean(payment)\"\nat_most = \"percent(35) * cap\"\n\
         [[aim]]\nminimise = \"mean(payment)\"\n",
    );
    let found = found(&design, 1);
    let held = &found.base.wants[0];
    assert!((held.value - IN_FULL).abs() < 4.0 * held.margin.se, "{held:?}");
    assert_eq!(held.limit, 0.2);
    // 35% of 20 million.
    assert!((found.base.wants[1].limit - 7_000_000.0).abs() < 1e-6);
}

const TWO_AIMS: &str = "candidates = 200\n[vary.full]\nby = 500_000\n[vary.from]\nby = 0.1\n\
    [[want]]\nvalue = \"probability_below(payment, yen(2_000_000))\"\nat_most = \"percent(15)\"\n\
    [[want]]\nvalue = \"mean(payment)\"\nat_most = \"mean(benefit)\"\n\
    [[aim]]\nminimise = \"mean(payment)\"\n\
    [[aim]]\nmaximise = \"percentile(payment, 10)\"\n";

/// A search of two parameters that do not have to be tried one and all, on fewer paths.
fn two_aims() -> Design {
    let mut design = read(TWO_AIMS);
    design.paths = 4_000;
    design
}

fn holds(of: &Candidate) -> bool {
    of.wants.iter().all(|held| held.margin.value >= 0.0)
}

#[test]
fn the_frontier_is_what_a_plain_enumeration_leaves() {
    let design = two_aims();
    let found = found(&design, 2);
    assert_eq!(found.all.len(), 200);
    let tried: std::collections::BTreeSet<_> = found.all.iter().map(|of| &of.values).collect();
    assert_eq!(tried.len(), found.all.len(), "every candidate is another");
    let answers: Vec<&Candidate> = found.all.iter().filter(|of| holds(of)).collect();
    assert_eq!(answers.len(), found.answered);
    assert!(answers.len() > 20 && answers.len() < 190, "{}", answers.len());
    // Cheaper and safer, one of them strictly: by the definition, pair by pair.
    let beaten = |of: &Candidate| {
        answers.iter().any(|other| {
            let cheaper = other.aims[0].value <= of.aims[0].value;
            let safer = other.aims[1].value >= of.aims[1].value;
            let strictly =
                other.aims[0].value < of.aims[0].value || other.aims[1].value > of.aims[1].value;
            cheaper && safer && strictly
        })
    };
    let mut unbeaten: Vec<_> =
        answers.iter().filter(|of| !beaten(of)).map(|of| of.values.clone()).collect();
    let mut frontier: Vec<_> = found.frontier.iter().map(|of| of.values.clone()).collect();
    unbeaten.sort();
    frontier.sort();
    assert!(frontier.len() >= 2 && frontier.len() <= 60, "{}", frontier.len());
    assert_eq!(frontier, unbeaten);
}

#[test]
fn a_search_is_the_same_on_any_number_of_threads() {
    let design = two_aims();
    let told = |threads| {
        let found = found(&design, threads);
        (found.to_json(&design, Language::Ja).to_string(), found.to_csv(&design))
    };
    let one = told(1);
    assert_eq!(told(2), one);
    assert_eq!(told(3), one);
}

#[test]
fn a_candidate_is_worth_what_a_whole_simulation_of_it_says() {
    let design = two_aims();
    let found = found(&design, 2);
    for of in found.all.iter().step_by(67) {
        let [full, from] = [of.values[0], of.values[1]];
        let text = format!("{SCENARIO}[params]\nfull = {full}\nfrom = {from}\n");
        let files = files("");
        let scenario = Scenario::parse(&files, &Source::new("s.toml", text)).unwrap();
        let settings = Settings { paths: Some(design.paths), ..Settings::default() };
        let projection = simulate(&scenario, &settings, &Unwatched).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        assert!(near(of.aims[0].value, projection.payment.mean), "{of:?}");
        assert!(near(of.wants[1].limit, projection.benefit.mean), "{of:?}");
    }
}

#[test]
fn what_payer_vendor_and_investor_want_meets_in_a_range_worked_out_by_hand() {
    // The city saves half of 2 million × 4.3 on average: 4.3 million ÷ 0.6997715 = 6.14 million at
    // most. The investor puts in 3,945,000 for 364 days; the median payment is (4.3 − 2) ÷ 3 of the
    // full amount, so 3,945,000 × 1.03^(364 ÷ 365) ÷ 0.76667 = 5.30 million at least. The vendor
    // passes nothing by 1.2 million with probability Φ((2 + 3 × 1.2 ÷ full − 4.3) ÷ 1.22) < 10%.
    let script = format!(
        "{CONTRACT}party(\"fund\", #{{ role: \"investor\" }});\n\
         invest(fund_of, #{{ amount: yen(3_945_000), at: \"2024-04-01\" }});"
    )
    .replace("party(\"fund\"", "let fund_of = party(\"fund\"");
    let scenario = format!("{SCENARIO}shares = {{ city = 0.5, vendor = 0.5 }}\n");
    let design = "scenario = \"s.toml\"\npaths = 40_000\n[vary.full]\nby = 200_000\n\
        [[want]]\nvalue = \"mean(payment)\"\nat_most = \"mean(saving.city)\"\n\
        [[want]]\nvalue = \"probability_below(line.ramp, yen(1_200_000))\"\nat_most = \"percent(20)\"\n\
        [[want]]\nvalue = \"probability_below(result.city, 0)\"\nat_most = \"percent(99)\"\n\
        [[want]]\nvalue = \"median(irr.fund)\"\nat_least = \"percent(3)\"\n\
        [[aim]]\nminimise = \"mean(payment)\"\n";
    let files =
        Memory::default().with("c.rhai", &script).with("s.toml", &scenario).with("d.toml", design);
    let design = Design::read(&files, "d.toml").unwrap_or_else(|problems| panic!("{problems:#?}"));
    let found = found(&design, 2);
    let mut answers: Vec<Decimal> =
        found.all.iter().filter(|of| of.is_answer()).map(|of| of.values[0]).collect();
    answers.sort();
    assert_eq!(answers, [5_400_000, 5_600_000, 5_800_000, 6_000_000].map(Decimal::from));
    assert_eq!(found.frontier.len(), 1);
    assert_eq!(found.frontier[0].values, answers[..1]);
}

#[test]
fn what_cannot_be_met_is_told_with_what_comes_nearest() {
    let design = read(
        "[vary.full]\nby = 1_000_000\n\
         [[want]]\nvalue = \"mean(payment)\"\nat_least = \"yen(15_000_000)\"\n\
         [[aim]]\nminimise = \"sd(payment)\"\n",
    );
    let found = found(&design, 1);
    assert_eq!(found.answered, 0);
    // The most that can be paid comes nearest.
    assert_eq!(found.frontier[0].values, [Decimal::from(12_000_000)]);
    assert_eq!(found.frontier.len(), 5);
}

#[test]
fn values_with_which_the_script_is_no_contract_are_told_apart() {
    // From 5 on the ramp has no length.
    let design =
        read("[vary.from]\nfrom = 4\nto = 6\nby = 0.5\n[[aim]]\nminimise = \"mean(payment)\"\n");
    let found = found(&design, 2);
    let wrong: Vec<f64> =
        found.impossible.iter().filter_map(|(values, _)| values[0].to_f64()).collect();
    assert_eq!(wrong, [5.0, 5.5, 6.0]);
    assert_eq!(found.all.len(), 3, "the stated value, 4 and 4.5");
}

#[test]
fn the_shipped_design_has_a_frontier() {
    let mut design = Design::read(&Repository, "scenarios/design/tama-hypertension.toml").unwrap();
    (design.candidates, design.paths) = (300, 2_000);
    assert_eq!(design.varied.len(), 3);
    let found = found(&design, 2);
    assert!(found.impossible.is_empty());
    assert!(found.answered > 0);
    // As it is, it pays for pressure that falls by itself.
    assert!(!found.base.wants[1].holds());
    let cheapest = &found.frontier[0];
    assert!(cheapest.aims[0].value < found.base.aims[0].value / 2.0);
}
