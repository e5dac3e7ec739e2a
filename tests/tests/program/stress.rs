//! Stresses and reverse stress: by hand, against closed forms, and what must hold of any.

use engine::Files;
use engine::analyse::Measure;
use engine::analyse::stress::{
    Joint, Limit, LimitWritten, Reversed, Stressed, Suite, reverse, stress,
};
use engine::problem::Language;
use engine::scenario::{Patch, Scenario};
use engine::simulate::{Settings, simulate};
use seika_tests::{Memory, Repository, Unwatched};

/// A fee of 1,000,000 and a ramp on a rate.
const CONTRACT: &str = r#"
    contract("c", #{ title: "c", currency: "JPY", from: "2024-04-01", to: "2026-03-31",
        tax: unstated(), rounding: down(1) });
    let city = party("city", #{ role: "payer" });
    let vendor = party("vendor", #{ role: "provider" });
    party("bank", #{ role: "investor" });
    let fee = param("fee", yen(1_000_000), [yen(0), yen(2_000_000)]);
    evaluations([#{ at: "2026-03-31", paid: "2026-03-31" }]);
    let rate = share("rate", #{ of: |p| p.yes, read: half_up(9), source: "s", missing: "as_no" });
    pay("fee", |e| fee, #{ by: city, to: vendor });
    pay("ramp", |e| linear(e[rate], [0.15, yen(0)], [0.19, yen(2_441_000)]), #{ by: city, to: vendor });
"#;

/// A scenario whose net benefit is a million times `worth`, less what is paid.
fn files(assume: &str, rate: &str, worth: &str) -> Memory {
    let scenario = format!(
        "contract = \"c.rhai\"\npaths = 40_000\nseed = 11\n[assume]\n{assume}\n\
         [outcomes.rate]\nvalue = \"{rate}\"\nn = 1000\n\
         [benefits.b]\namount = \"yen(1_000_000) * ({worth})\"\nshares = {{ city = 1 }}\n"
    );
    Memory::default().with("c.rhai", CONTRACT).with("s.toml", &scenario)
}

fn settings(paths: u64) -> Settings {
    Settings { paths: Some(paths), ..Settings::default() }
}

fn reversed(files: &Memory, limit: &str) -> Reversed {
    let scenario = Scenario::read(files, "s.toml").unwrap();
    let limit = Limit::of(&scenario, &LimitWritten::parse(limit).unwrap()).unwrap();
    reverse(&scenario, &limit, &settings(40_000), &Unwatched).unwrap()
}

/// The only shift of a cell that is shifted by itself.
fn alone<'r>(found: &'r Reversed, cell: &str) -> Option<&'r Joint> {
    found.cells.iter().find(|of| of.cell == cell).unwrap().shift.as_ref()
}

fn z(shift: &Joint, cell: &str) -> f64 {
    shift.shifts.iter().find(|of| of.cell == cell).unwrap().z
}

fn near(found: f64, exact: f64, room: f64) {
    assert!((found - exact).abs() < room, "{found} where {exact} ± {room} is expected");
}

/// The standard error of a mean of 40,000 deviates.
const SE: f64 = 0.005;

#[test]
fn a_normal_cell_that_counts_in_proportion_moves_by_the_mean_over_slope_and_spread() {
    // net = 1,000,000 x − 1,000,000 with x ~ N(2, 0.5): z = −1,000,000 ÷ (1,000,000 × 0.5) = −2,
    // and on these paths exactly minus their mean over 500,000.
    let files = files("x = \"normal(2, 0.5)\"", "0", "x");
    let found = reversed(&files, "net=0");
    let shift = alone(&found, "x").unwrap();
    near(z(shift, "x"), -2.0, 4.0 * SE);
    near(z(shift, "x"), -found.mean.mean / 500_000.0, 1e-6);
    // The mean's standard error is 500,000 ÷ 200, its slope 500,000: 0.005.
    near(shift.se.unwrap(), SE, 0.02 * SE);
    let moved = shift.moved.iter().find(|of| of.cell == "x").unwrap();
    near(moved.after.mean, 1.0, 1e-6);
    near(moved.before.mean - moved.after.mean, 0.5 * 2.0, 4.0 * SE);
    near(shift.shifts[0].percentile, 0.0228, 1e-3);
    // Alone or together, one cell is one cell.
    near(found.joint.as_ref().unwrap().length, shift.length, 1e-6);
    // A payer is left with net: its saving less what it pays.
    let scenario = Scenario::read(&files, "s.toml").unwrap();
    let city = Limit::loss_of(&scenario, "city").unwrap();
    let city = reverse(&scenario, &city, &settings(40_000), &Unwatched).unwrap();
    near(city.cells[0].shift.as_ref().unwrap().length, shift.length, 1e-9);
}

#[test]
fn an_investor_loses_money_not_present_value() {
    // 900,000 come back as 1,000,000 after two years: a gain of 100,000, though at 10% a year they are
    // worth 826,446. With a fee of 800,000 the investor loses.
    let contract = CONTRACT.replace("party(\"bank\"", "let bank = party(\"bank\"")
        + "invest(bank, #{ amount: yen(900_000) });";
    let scenario = "contract = \"c.rhai\"\npaths = 100\nseed = 11\ndiscount_rate = 0.1\n\
                    [outcomes.rate]\nvalue = \"0\"\nn = 1000\n";
    let files = Memory::default()
        .with("c.rhai", &contract)
        .with("s.toml", scenario)
        .with("less.toml", "[params]\nfee = 800_000");
    let suite = Suite::read(&files, "s.toml", &["less.toml".to_owned()]).unwrap();
    let found = stress(&suite, &["result.bank".to_owned()], &settings(100), &Unwatched).unwrap();
    let bank = &found.figures[0];
    near(bank.base.value.as_ref().unwrap().mean, 1e6 / 1.21 - 9e5, 1e-3);
    assert_eq!(bank.base.loss.as_ref().unwrap().mean, 0.0);
    assert_eq!(bank.alone[0].loss.as_ref().unwrap().mean, 1.0);
    let base = Scenario::read(&files, "s.toml").unwrap();
    assert_eq!(Limit::loss_of(&base, "bank").unwrap().measure.name, "gain.bank");
}

#[test]
fn the_nearest_point_of_a_plane_lies_along_its_slope() {
    // net = 1,000,000 (2 + 0.3 a − 0.4 b − 1): the plane is 1 ÷ 0.5 = 2 away, at (−1.2, 1.6); by
    // themselves a needs −1 ÷ 0.3 = −3.33 and b 1 ÷ 0.4 = 2.5.
    let cells = "a = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\nidle = \"normal(0, 1)\"";
    let found = reversed(&files(cells, "0", "2 + 0.3 * a - 0.4 * b + 0 * idle"), "net=0");
    let joint = found.joint.as_ref().unwrap();
    near(joint.length, 2.0, 4.0 * SE);
    // The slopes are exact, so that the point is as exact as its distance.
    near(joint.length, found.mean.mean / 500_000.0, 1e-4);
    near(z(joint, "a"), -0.6 * joint.length, 1e-3);
    near(z(joint, "b"), 0.8 * joint.length, 1e-3);
    near(joint.se.unwrap(), SE, 0.05 * SE);
    near(z(alone(&found, "a").unwrap(), "a"), -10.0 / 3.0, 0.05);
    near(z(alone(&found, "b").unwrap(), "b"), 2.5, 0.05);
    assert!(alone(&found, "idle").is_none());
    // The nearest by itself is told first.
    assert_eq!(found.cells[0].cell, "b");
}

#[test]
fn correlated_cells_are_measured_in_their_own_metric() {
    // net = 1,000,000 (1.5 + w y − 1), w = (0.3, −0.4), correlation 0.6: the distance is
    // 0.5 ÷ √(wᵀRw) = 0.5 ÷ √0.106 = 1.5357, at −R w × 0.5 ÷ 0.106 = (−0.2830, 1.0377). By itself b
    // takes a along: slope 0.6 × 0.3 − 0.4 = −0.22, so 0.5 ÷ 0.22 = 2.2727; a has 0.3 − 0.24.
    let cells = "a = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\n[[correlate]]\ncells = [\"a\", \"b\"]\nrho = 0.6";
    let found = reversed(&files(cells, "0", "1.5 + 0.3 * a - 0.4 * b"), "net=0");
    let joint = found.joint.as_ref().unwrap();
    near(joint.length, 1.5357, 4.0 * SE);
    near(z(joint, "a"), -0.2830, 4.0 * SE);
    near(z(joint, "b"), 1.0377, 4.0 * SE);
    let b = alone(&found, "b").unwrap();
    near(z(b, "b"), 2.2727, 0.03);
    // Its mean and that of the cell it is correlated with.
    let mean = |cell: &str| b.moved.iter().find(|of| of.cell == cell).unwrap();
    near(mean("a").after.mean - mean("a").before.mean, 0.6 * 2.2727, 0.03);
    assert!(alone(&found, "a").is_none());
}

#[test]
fn laws_move_along_their_own_quantiles() {
    // E F⁻¹(Φ(Z + z)): uniform Φ(z ÷ √2); lognormal exp(μ + σ² ÷ 2 + σ z); an event of probability p
    // happens with Φ(Φ⁻¹(p) + z), as one of two numbers does.
    for (law, limit, exact) in [
        ("uniform(0, 1)", 300_000, -0.741_615),
        ("lognormal(0, 0.5)", 1_000_000, -0.25),
        ("bernoulli(0.3)", 500_000, 0.524_401),
        ("discrete([[0, 0.7], [1, 0.3]])", 500_000, 0.524_401),
        ("beta(1, 1)", 300_000, -0.741_615),
    ] {
        let files = files(&format!("x = \"{law}\""), "0", "x");
        let found = reversed(&files, &format!("benefit={limit}"));
        let shift = alone(&found, "x").unwrap();
        near(z(shift, "x"), exact, 4.0 * shift.se.unwrap());
        assert!(shift.se.unwrap() < 0.02, "{law}");
    }
}

#[test]
fn strength_against_load_has_its_reliability_index() {
    // The textbook case of first-order reliability with lognormal strength r and load s, for means:
    // E r(z) = exp(1 + 0.02 + 0.2 z), E s(z) = exp(0.045 + 0.3 z), so that the surface is the plane
    // 0.975 + 0.2 z₁ − 0.3 z₂ = 0, 0.975 ÷ √0.13 = 2.7042 away, at (−1.5, 2.25).
    let cells = "r = \"lognormal(1, 0.2)\"\ns = \"lognormal(0, 0.3)\"";
    let found = reversed(&files(cells, "0", "r - s"), "benefit=0");
    let joint = found.joint.unwrap();
    near(joint.length, 2.7042, 4.0 * joint.se.unwrap());
    near(z(&joint, "r"), -1.5, 0.03);
    near(z(&joint, "s"), 2.25, 0.03);
    // Already below: r − s < 3 as it is, and the way to the limit is told.
    let cells = "r = \"lognormal(1, 0.2)\"\ns = \"lognormal(0, 0.3)\"";
    let found = reversed(&files(cells, "0", "r - s"), "benefit=3_000_000");
    assert!(found.already && z(&found.joint.unwrap(), "r") > 0.0);
}

#[test]
fn a_ramp_pays_what_its_closed_form_says_under_a_shifted_mean() {
    // X ~ N(0.17, 0.02), 0 at 0.15 to 2,441,000 at 0.19: 1,220,500 as it is, and with the mean one
    // standard deviation lower Pmax ÷ (U − L) (c(L) − c(U)) = 476,546.2; the fee is 1,000,000.
    let found = reversed(&files("x = \"normal(0.17, 0.02)\"", "x", "0"), "payment=1_476_546");
    near(found.mean.mean, 2_220_500.0, 4.0 * found.mean.se);
    let shift = alone(&found, "x").unwrap();
    near(z(shift, "x"), -1.0, 4.0 * shift.se.unwrap());
}

#[test]
fn a_party_that_no_shift_hurts_is_told_so() {
    // What the vendor is left with is at least the fee.
    let files = files("x = \"normal(0.17, 0.02)\"", "x", "0");
    let scenario = Scenario::read(&files, "s.toml").unwrap();
    // What it spends is not stated, so only receipts can be asked for.
    assert_eq!(Limit::loss_of(&scenario, "vendor").unwrap_err().id, "costs-unstated");
    let measure = Measure::named(&scenario, "result.vendor").unwrap();
    let limit = Limit { measure, below: 0.0 };
    let found = reverse(&scenario, &limit, &settings(2_000), &Unwatched).unwrap();
    assert!(found.joint.is_none() && found.cells.iter().all(|of| of.shift.is_none()));
    // An investor that puts in nothing and gets nothing has no result.
    for party in ["bank", "cty"] {
        assert_eq!(Limit::loss_of(&scenario, party).unwrap_err().id, "unknown-party");
    }
}

const HALF: &str = "title = \"half\"\nbase = \"s.toml\"\n[assume.x]\nis = \"0.5 * base\"";
const LESS: &str = "title = \"less\"\n[assume.worth]\nis = \"base - 0.4\"";
const DEAR: &str = "title = \"dear\"\n[params]\nfee = 1_500_000";
const SAME: &str = "title = \"same\"\n[assume.x]\nis = \"base\"";

fn suite(patches: &[(&str, &str)]) -> (Memory, Suite) {
    let cells = "x = \"normal(0.17, 0.02)\"\nworth = \"normal(2, 0.5)\"";
    let mut all = files(cells, "x", "worth * (1 + x)");
    for (name, text) in patches {
        all = all.with(name, text);
    }
    let names: Vec<String> = patches.iter().map(|(name, _)| (*name).to_owned()).collect();
    let read = Suite::read(&all, "s.toml", &names).unwrap();
    (all, read)
}

fn stressed(suite: &Suite) -> Stressed {
    stress(suite, &[], &settings(3_000), &Unwatched).unwrap()
}

#[test]
fn a_bridge_adds_up_and_each_alone_is_the_scenario_with_its_patch() {
    let patches = [("half.toml", HALF), ("less.toml", LESS), ("dear.toml", DEAR)];
    let (files, suite) = suite(&patches);
    let found = stressed(&suite);
    let names: Vec<&str> = found.figures.iter().map(|of| of.measure.name.as_str()).collect();
    assert_eq!(names, ["payment", "benefit", "net", "no_effect", "result.city", "result.vendor"]);
    for of in &found.figures {
        // Means of a million yen are summed in steps of about a billionth of their spread.
        let base = of.base.value.unwrap().mean;
        let together = of.together.change.unwrap();
        let steps = of.bridge.as_ref().unwrap();
        let sum: f64 = steps.iter().map(|step| step.adds.mean).sum();
        near(sum, together.mean, 0.01);
        let together_value = of.together.value.unwrap();
        near(steps[2].reaches.mean, together_value.mean, 0.01);
        near(steps[2].reaches.se, together_value.se, 0.01);
        near(base + together.mean, steps[2].reaches.mean, 0.01);
        let each: f64 = of.alone.iter().map(|told| told.change.unwrap().mean).sum();
        near(of.interaction.unwrap().mean, together.mean - each, 0.01);
        // The first step is the first stress by itself.
        assert_eq!(steps[0].adds, of.alone[0].change.unwrap());
    }
    // Every variant is what it is when it is simulated by itself.
    for (at, (name, _)) in patches.iter().enumerate() {
        let patch = Patch::read(&files, name).unwrap();
        let alone = Scenario::read_with(&files, "s.toml", &[patch]).unwrap();
        let alone = simulate(&alone, &settings(3_000), &Unwatched).unwrap();
        assert_eq!(found.figures[0].alone[at].value.unwrap(), alone.payment, "{name}");
        assert_eq!(found.figures[2].alone[at].value.unwrap(), alone.net, "{name}");
    }
    // A dearer fee is dearer by the same on every path: no error at all.
    let dear = found.figures[0].alone[2].change.unwrap();
    assert_eq!((dear.mean, dear.se), (500_000.0, 0.0));
    // A paired difference is known better than the means.
    let less = found.figures[2].alone[1].change.unwrap();
    assert!(less.se < 0.2 * found.figures[2].base.value.unwrap().se);
    // E worth' (1 + x) − E worth (1 + x) = −0.4 × 1.17 million.
    near(less.mean, -468_000.0, 4.0 * less.se);
}

#[test]
fn a_patch_that_changes_nothing_changes_nothing_on_any_path() {
    let (_, suite) = suite(&[("same.toml", SAME), ("less.toml", LESS)]);
    for of in &stressed(&suite).figures {
        let same = of.alone[0].change.unwrap();
        assert_eq!((same.mean, same.se), (0.0, 0.0), "{}", of.measure.name);
        assert_eq!(of.alone[0].value, of.base.value);
        assert_eq!(of.interaction.unwrap().mean, 0.0);
        assert_eq!(of.together.value, of.alone[1].value);
    }
}

#[test]
fn each_alone_is_the_same_in_any_order_and_on_any_number_of_threads() {
    let forth = [("half.toml", HALF), ("less.toml", LESS), ("dear.toml", DEAR)];
    let back = [forth[2], forth[1], forth[0]];
    let ((_, first), (_, second)) = (suite(&forth), suite(&back));
    let (a, b) = (stressed(&first), stressed(&second));
    for (a, b) in a.figures.iter().zip(&b.figures) {
        let reversed: Vec<_> = b.alone.iter().rev().cloned().collect();
        assert_eq!(a.alone, reversed);
        assert_eq!(a.together, b.together);
    }
    let on = |threads| {
        let settings = Settings { threads: Some(threads), ..settings(3_000) };
        let found = stress(&first, &[], &settings, &Unwatched).unwrap();
        let scenario = first.together();
        let limit = Limit::loss_of(scenario, "city").unwrap();
        let limit = reverse(scenario, &limit, &settings, &Unwatched).unwrap();
        let reversed = limit.to_json(scenario, &[], Language::En);
        (found.to_json(&first, Language::En).to_string(), reversed.to_string())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn what_a_patch_changes_is_told_before_and_after() {
    let (_, suite) = suite(&[("half.toml", HALF), ("dear.toml", DEAR)]);
    let told = |at: usize| {
        let changed = &suite.stresses[at].changed[0];
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        (changed.name.clone(), text(&changed.before), text(&changed.after))
    };
    assert!(suite.stresses.iter().all(|stress| stress.changed.len() == 1));
    let half = ("x", "normal(0.17, 0.02)", "0.5 * (normal(0.17, 0.02))");
    assert_eq!(told(0), (half.0.into(), half.1.into(), half.2.into()));
    assert_eq!(told(1), ("params.fee".into(), "1000000".into(), "1500000".into()));
}

/// The changes of the first patch, `(name, before, after)`; "nothing" where something is not there.
fn changed(suite: &Suite) -> Vec<(&str, &str, &str)> {
    fn text(of: &Option<String>) -> &str {
        of.as_deref().unwrap_or("nothing")
    }
    let told = suite.stresses[0].changed.iter();
    told.map(|of| (of.name.as_str(), text(&of.before), text(&of.after))).collect()
}

#[test]
fn correlations_that_a_patch_adds_changes_or_takes_away_are_told() {
    let cells = "a = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\nc = \"normal(0, 1)\"\n\
                 [[correlate]]\ncells = [\"b\", \"a\"]\nrho = 0.5\n\
                 [[correlate]]\ncells = [\"a\", \"c\"]\nrank = 0.1";
    let patch = "[[correlate]]\ncells = [\"a\", \"b\"]\nrho = 0.9\n\
                 [[correlate]]\ncells = [\"b\", \"c\"]\nrho = 0.2";
    let files = files(cells, "0", "a + b + c").with("mine.toml", patch);
    let suite = Suite::read(&files, "s.toml", &["mine.toml".into()]).unwrap();
    let expected = [
        ("correlate.a–b", "rho = 0.5", "rho = 0.9"),
        ("correlate.a–c", "rank = 0.1", "nothing"),
        ("correlate.b–c", "nothing", "rho = 0.2"),
    ];
    assert_eq!(changed(&suite), expected);
    assert!(suite.warnings.is_empty());
}

/// The repository's files and one patch beside them.
struct Beside(&'static str);

impl Files for Beside {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        if path == "scenarios/mine.toml" { Ok(self.0.into()) } else { Repository.read(path) }
    }
}

#[test]
fn a_plain_cell_that_a_patch_makes_a_table_keeps_its_value() {
    let (_, suite) = suite(&[("mine.toml", "[assume.x]\nno_effect = 0")]);
    assert_eq!(changed(&suite), [("x.no_effect", "nothing", "0")]);
    let cell = suite.together().assumptions.iter().find(|of| of.name == "x").unwrap();
    assert_eq!((cell.is.as_str(), cell.no_effect.as_deref()), ("normal(0.17, 0.02)", Some("0")));
}

#[test]
fn entries_of_a_cohort_that_a_patch_states_are_told() {
    let files = Beside(
        "[cohort.care]\ncycles = 8\nsource = \"s\"\n[cohort.care.utility]\n\
         support1 = \"utility_certified / 2\"\n[assume.uptake]\nis = 0.1",
    );
    let names = ["scenarios/mine.toml".to_owned()];
    let suite = Suite::read(&files, "scenarios/care-levels.toml", &names).unwrap();
    let told = changed(&suite);
    assert_eq!(told[0], ("cohort.care.cycles", "10", "8"));
    let utility = ("cohort.care.utility.support1", "utility_certified", "utility_certified / 2");
    assert_eq!(told[1], utility);
    assert_eq!((told[2].0, told[2].2, told.len()), ("uptake", "0.1", 3));
}

#[test]
fn a_patch_that_does_nothing_is_warned_of() {
    let ids = |text: &str| {
        let (_, suite) = suite(&[("mine.toml", text)]);
        let ids: Vec<(&str, usize)> = (suite.warnings.iter())
            .map(|problem| (problem.id, problem.place.as_ref().unwrap().line))
            .collect();
        let json = stressed(&suite).to_json(&suite, Language::En);
        assert_eq!(json["warnings"].as_array().unwrap().len(), ids.len());
        ids
    };
    assert_eq!(ids(SAME), [("changes-nothing", 0)]);
    assert_eq!(ids("title = \"as it is\""), [("changes-nothing", 0)]);
    assert_eq!(ids("discount_rate = 0.0\n[params]\nfee = 1_000_000"), [("changes-nothing", 0)]);
    // The same, written otherwise.
    assert_eq!(ids("[outcomes.rate]\nn = 1_000"), [("changes-nothing", 0)]);
    assert_eq!(ids("[assume.x]\nis = \"normal( 0.170,0.02 )\""), [("changes-nothing", 0)]);
    assert_eq!(ids("[assume.x]\nis = \" base \""), [("changes-nothing", 0)]);
    assert_eq!(ids("[assume]\nx = \"normal(0.17, 0.020)\""), [("changes-nothing", 0)]);
    assert_eq!(ids("[assume]\nx = \"normal(0.17, 0.021)\""), []);
    assert_eq!(ids("seed = 8"), [("same-paths", 1), ("changes-nothing", 0)]);
    assert_eq!(
        ids(&format!("seed = 8\npaths = 9\n{DEAR}")),
        [("same-paths", 1), ("same-paths", 2)]
    );
    assert_eq!(ids(DEAR), []);
}

#[test]
fn every_stress_that_is_shipped_changes_something() {
    let scenarios = Repository::files_in("scenarios", ".toml");
    let mut most = 0;
    for scenario in scenarios {
        let name = scenario.trim_start_matches("scenarios/").trim_end_matches(".toml");
        let patches = Repository::files_in(&format!("scenarios/stress/{name}"), ".toml");
        if patches.is_empty() {
            continue;
        }
        most = most.max(patches.len());
        let suite = Suite::read(&Repository, &scenario, &patches)
            .unwrap_or_else(|problems| panic!("{scenario}: {problems:?}"));
        let found = stress(&suite, &[], &settings(1_000), &Unwatched)
            .unwrap_or_else(|problems| panic!("{scenario}: {problems:?}"));
        for (at, stress) in suite.stresses.iter().enumerate() {
            let of = &stress.name;
            assert!(stress.why.is_some() && !stress.changed.is_empty(), "{of}");
            assert_ne!(stress.title.ja, stress.title.en, "{of}");
            let moves = |told: &engine::analyse::stress::StressedFigure| {
                told.alone[at].change.is_some_and(|change| change.mean != 0.0)
            };
            assert!(found.figures.iter().any(moves), "{of} changes no figure");
        }
    }
    assert_eq!(most, 9);
}
