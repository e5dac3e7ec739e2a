//! Portfolios: against formulas, against each contract alone, in any parts; what does not go together
//! is refused.

use engine::Files;
use engine::problem::{Language, Problem};
use engine::report::portfolio_shown;
use engine::scenario::Scenario;
use engine::simulate::{
    Added, Portfolio, PortfolioChunk, PortfolioMerger, PortfolioProjection, Settings, simulate,
    simulate_portfolio, simulate_portfolio_part,
};
use seika_tests::{Memory, Repository, Unwatched};

/// A contract that pays a million times its outcome at the evaluations in `paying`.
fn contract(id: &str, currency: &str, years: &[i32], paying: &str) -> String {
    let dates: Vec<String> = years
        .iter()
        .map(|year| format!("#{{ at: \"{year}-03-31\", paid: \"{year}-03-31\" }}"))
        .collect();
    let dates = dates.join(", ");
    format!(
        r#"
contract("{id}", #{{ currency: "{currency}", from: "2024-04-01", to: "2029-03-31", tax: unstated(),
    rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([{dates}]);
let x = mean("x", #{{ digits: 6 }});
pay("outcome", |e| linear(e[x], [0, yen(0)], [1, yen(1_000_000)]), #{{ at: ["{paying}"] }});
"#
    )
    .replace("yen(", if currency == "JPY" { "yen(" } else { "usd(" })
}

const HALF_COMMON: &str = "contract = \"c.rhai\"
[assume]
common = \"uniform(0, 1)\"
own = \"uniform(0, 1)\"
[outcomes.x]
value = \"(common + own) / 2\"
";

fn files(portfolio: &str) -> Memory {
    Memory::default()
        .with("p/c.rhai", &contract("c", "JPY", &[2025], "2025-03-31"))
        .with("p/a.toml", HALF_COMMON)
        .with("p/portfolio.toml", portfolio)
}

fn paths(paths: u64) -> Settings {
    Settings { paths: Some(paths), ..Settings::default() }
}

fn run(
    files: &(dyn Files + Sync),
    settings: &Settings,
) -> Result<PortfolioProjection, Vec<Problem>> {
    let portfolio = Portfolio::read(files, "p")?;
    simulate_portfolio(&portfolio, files, settings, &Unwatched)
}

fn json(found: &PortfolioProjection) -> String {
    found.to_json(Language::Ja).to_string()
}

const TEN: &str = "[[contract]]\nscenario = \"a.toml\"\ncount = 10\n";

#[test]
fn what_is_shared_does_not_even_out_and_the_rest_does() {
    // Each outcome is (c + o) / 2 of two uniform numbers with variance 1/12: alone a payment has
    // sd 10⁶ √(2/12) / 2, and two contracts with a common c are correlated by 1/2.
    let one = 1e6 * (2.0_f64 / 12.0).sqrt() / 2.0;
    for (shared, correlation) in [("shared = [\"common\"]\n", 0.5_f64), ("", 0.0)] {
        let found = run(&files(&format!("{shared}{TEN}")), &paths(200_000)).unwrap();
        let spread = found.diversification;
        let together = one * (10.0 + 90.0 * correlation).sqrt();
        let near = |found: f64, expected: f64, se: f64| {
            assert!((found - expected).abs() < 5.0 * se.max(1e-9), "{found} {expected} {se}");
        };
        near(spread.together.value, together, spread.together.se);
        near(spread.independent.value, one * 10.0_f64.sqrt(), spread.independent.se);
        near(spread.as_one.value, one * 10.0, spread.as_one.se);
        let found_correlation = spread.correlation.unwrap();
        near(found_correlation.value, correlation, found_correlation.se);
        assert!(spread.together.se < 0.01 * together && found_correlation.se < 0.02);
        near(found.payment.mean, 5e6, found.payment.se);
        near(found.payment.sd, spread.together.value, 1.0);
        assert_eq!(found.contracts.len(), 10);
        assert_eq!(found.years.len(), 1);
        assert_eq!(found.years[0].payment.mean, found.payment.mean);
    }
}

#[test]
fn a_cell_that_is_drawn_at_evaluations_is_shared_by_fiscal_year() {
    let scenario = |contract: &str| {
        format!(
            "contract = \"{contract}\"\n[assume.each]\ntrend = \"uniform(0, 1)\"\n[outcomes.x]\nvalue = \"trend\"\n"
        )
    };
    // The second evaluation of one is the first of the other: both are in 2025.
    let files = Memory::default()
        .with("p/early.rhai", &contract("early", "JPY", &[2025, 2026], "2026-03-31"))
        .with("p/late.rhai", &contract("late", "JPY", &[2026, 2027], "2026-03-31"))
        .with("p/other.rhai", &contract("other", "JPY", &[2026, 2027], "2027-03-31"))
        .with("p/early.toml", &scenario("early.rhai"))
        .with("p/late.toml", &scenario("late.rhai"));
    let shared = files.clone().with("p/portfolio.toml", "shared = [\"trend\"]");
    let found = run(&shared, &paths(20_000)).unwrap();
    assert!((found.diversification.correlation.unwrap().value - 1.0).abs() < 1e-9, "{found:?}");
    assert_eq!(found.years.iter().map(|of| of.year).max(), Some(2026));
    let apart = run(&shared.with("p/late.toml", &scenario("other.rhai")), &paths(20_000)).unwrap();
    assert!(apart.diversification.correlation.unwrap().value.abs() < 0.03);
}

/// The repository with a portfolio of shipped scenarios.
struct Shipped(Memory);

impl Files for Shipped {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(path).or_else(|_| Repository.read(path))
    }

    fn list(&self, folder: &str) -> std::io::Result<Vec<String>> {
        self.0.list(folder)
    }
}

fn shipped(portfolio: &str) -> Shipped {
    Shipped(Memory::default().with("p/portfolio.toml", portfolio))
}

const FINANCED: &str =
    "[[contract]]\nscenario = \"../scenarios/kobe-kidney-financed.toml\"\nname = \"kobe\"\n";

#[test]
fn a_portfolio_of_one_contract_is_that_contract() {
    let found = run(&shipped(FINANCED), &paths(20_000)).unwrap();
    let scenario = Scenario::read(&Repository, "scenarios/kobe-kidney-financed.toml").unwrap();
    let settings = Settings { seed: Some(found.contracts[0].seed), ..paths(20_000) };
    let alone = simulate(&scenario, &settings, &Unwatched).unwrap();
    for (together, alone) in [
        (found.payment, alone.payment),
        (found.payment_discounted, alone.payment_discounted),
        (found.benefit, alone.benefit),
        (found.net, alone.net),
        (found.no_effect.unwrap(), alone.no_effect),
    ] {
        assert_eq!(together, alone);
    }
    let years = |years: &[engine::simulate::YearProjection]| -> Vec<_> {
        years.iter().map(|of| (of.year, of.payment)).collect()
    };
    assert_eq!(years(&found.years), years(&alone.years));
    let [together] = &found.investors[..] else { panic!("{:?}", found.investors) };
    let [own] = &alone.investors[..] else { panic!("{:?}", alone.investors) };
    assert_eq!((together.together.rate, together.together.multiple), (own.rate, own.multiple));
    assert_eq!(together.together.expected_shortfall, own.expected_shortfall);
    let (loss, alone) = (together.loss_alone.value, own.loss.value);
    assert!(together.together.loss == own.loss && (loss - alone).abs() < 1e-9, "{loss} {alone}");
    assert_eq!(found.diversification.correlation, None);
}

#[test]
fn what_many_contracts_bring_is_more_certain_than_what_one_brings() {
    let twenty = format!("{FINANCED}count = 20\n");
    let found = run(&shipped(&twenty), &paths(5_000)).unwrap();
    let [investor] = &found.investors[..] else { panic!("one investor") };
    assert_eq!(investor.contracts, 20);
    let spread = investor.diversification;
    assert!(spread.correlation.unwrap().value.abs() < 0.02, "{spread:?}");
    let expected = spread.independent.value / spread.together.value;
    assert!((expected - 1.0).abs() < 0.1, "{spread:?}");
    let one = run(&shipped(FINANCED), &paths(5_000)).unwrap();
    let [alone] = &one.investors[..] else { panic!("one investor") };
    let [together, alone] = [investor, alone]
        .map(|of| (of.together.rate.unwrap().sd, of.together.expected_shortfall.value));
    assert!(together.0 < alone.0 / 3.0, "{together:?} {alone:?}");
    assert!(together.1 < 0.6 * 20.0 * alone.1, "{together:?} {alone:?}");
}

/// A chunk as it comes back from its bytes.
fn chunk(files: &(dyn Files + Sync), settings: &Settings, part: &str) -> PortfolioChunk {
    let portfolio = Portfolio::read(files, "p").unwrap();
    let part = part.parse().unwrap();
    let chunk = simulate_portfolio_part(&portfolio, files, settings, part, &Unwatched).unwrap();
    PortfolioChunk::from_bytes("c", &chunk.to_bytes()).unwrap()
}

const SHIPPED: &str = "shared = []\n[[contract]]\nscenario = \"../scenarios/tama-hypertension.toml\"\ncount = 9\n\
    [[contract]]\nscenario = \"../scenarios/kobe-kidney-financed.toml\"\ncount = 3\n";

fn both_rates() -> String {
    format!("discount_rate = 0.02\n{SHIPPED}")
}

#[test]
fn a_portfolio_in_parts_is_the_whole_portfolio_whoever_runs_them() {
    let files = shipped(&both_rates());
    let settings = paths(9_000);
    let whole = run(&files, &settings).unwrap();
    for threads in [1, 3] {
        let settings = Settings { threads: Some(threads), ..settings.clone() };
        assert_eq!(json(&run(&files, &settings).unwrap()), json(&whole));
    }
    // Elsewhere only the files are there.
    let carried = Portfolio::files(&files, "p").unwrap();
    let mut merger = PortfolioMerger::default();
    for part in ["4/5", "1/5", "5/5", "2/5"] {
        assert_eq!(merger.add(part, chunk(&carried, &settings, part)).unwrap(), Added::Merged);
    }
    let again = merger.add("again", chunk(&files, &settings, "1/5")).unwrap();
    assert_eq!(again, Added::Known { file: "1/5".to_owned() });
    let other = Settings { seed: Some(5), ..settings.clone() };
    let foreign = merger.add("x", chunk(&files, &other, "3/5")).unwrap_err();
    assert_eq!(foreign[0].id, "foreign-chunk");
    assert_eq!(merger.add("3/5", chunk(&files, &settings, "3/5")).unwrap(), Added::Merged);
    assert_eq!(json(&merger.finish().unwrap()), json(&whole));
    // Chunks of the two kinds are told apart by name, and not called damaged.
    let portfolio = chunk(&files, &settings, "1/2").to_bytes();
    assert_eq!(
        engine::simulate::Chunk::from_bytes("c", &portfolio).unwrap_err().id,
        "foreign-chunk"
    );
    let one = b"seika chunk 2\nrest";
    assert_eq!(PortfolioChunk::from_bytes("c", one).unwrap_err().id, "foreign-chunk");
    let mut merger = PortfolioMerger::default();
    merger.add("1/2", chunk(&files, &settings, "1/2")).unwrap();
    assert_eq!(merger.finish().unwrap_err()[0].id, "missing-chunk");
    let mut bytes = chunk(&files, &settings, "1/2").to_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    assert_eq!(PortfolioChunk::from_bytes("c", &bytes).unwrap_err().id, "damaged-chunk");
}

#[test]
fn what_is_no_chunk_of_this_build_is_told_apart() {
    let told = |bytes: &[u8]| {
        let problem = PortfolioChunk::from_bytes("c", bytes).unwrap_err();
        (problem.id, problem.help.unwrap().en)
    };
    let chunk = chunk(&files(TEN), &paths(600), "1/2").to_bytes();
    let older = [b"seika portfolio chunk 1", &chunk[b"seika portfolio chunk 2".len()..]].concat();
    for (bytes, id, help) in [
        (&older[..], "foreign-chunk", "with the very program that merges them"),
        (
            b"seika chunk 2\n",
            "foreign-chunk",
            "merge the chunks of runs and those of portfolios apart",
        ),
        (b"title = 1\n", "not-a-chunk", "`seika portfolio` with `--chunk"),
        (&chunk[..chunk.len() - 1], "damaged-chunk", "make or copy it again"),
    ] {
        let (found, said) = told(bytes);
        assert!(found == id && said.contains(help), "{found}: {said}");
    }
}

#[test]
fn another_contract_moves_none_of_the_others() {
    let settings = paths(3_000);
    let few = run(&files(TEN), &settings).unwrap();
    let more = format!("[[contract]]\nscenario = \"a.toml\"\nname = \"b\"\n{TEN}");
    let more = run(&files(&more), &settings).unwrap();
    for (a, b) in few.contracts.iter().zip(&more.contracts[1..]) {
        assert_eq!((&a.name, a.payment, a.seed), (&b.name, b.payment, b.seed));
    }
    let sum: f64 = more.contracts.iter().map(|of| of.payment.mean).sum();
    assert!((sum - more.payment.mean).abs() < 1e-6 * sum);
}

#[test]
fn amounts_are_discounted_at_one_rate_to_one_day() {
    // Both pay a million at the end of their first year; the second begins two years later.
    let later = contract("late", "JPY", &[2027], "2027-03-31")
        .replace("2024-04-01", "2026-04-01")
        .replace("2029-03-31", "2031-03-31");
    let sure = |contract: &str| {
        format!("contract = \"{contract}\"\ndiscount_rate = 0.02\n[outcomes.x]\nvalue = \"1\"\n")
    };
    let files = files("")
        .with("p/late.rhai", &later)
        .with("p/a.toml", &sure("c.rhai"))
        .with("p/b.toml", &sure("late.rhai"));
    let worth = |rate: f64| 1e6 / (1.0 + rate) + 1e6 / (1.0 + rate).powi(3);
    let found = run(&files, &paths(600)).unwrap();
    assert!((found.payment_discounted.mean - worth(0.02)).abs() < 1e-3, "{found:?}");
    let stated = files.clone().with("p/portfolio.toml", "discount_rate = 0.04");
    let found = run(&stated, &paths(600)).unwrap();
    assert!((found.payment_discounted.mean - worth(0.04)).abs() < 1e-3, "{found:?}");
    assert_eq!((found.discount_rate, found.payment.mean), (0.04, 2e6));
    assert_eq!(found.discounted_to.to_string(), "2024-04-01");
    // What is stated for all does not change what scenarios are called.
    assert_eq!(found.contracts[0].scenario.en, "p/a.toml");
}

#[test]
fn what_contracts_do_not_say_is_not_made_up() {
    let found = run(&files(TEN), &paths(600)).unwrap();
    assert_eq!((found.no_effect, found.no_effect_stated, found.benefits_stated), (None, 0, 0));
    assert!(found.to_json(Language::En)["no_effect"]["payment"].is_null());
    let stated = "contract = \"c.rhai\"\n[assume]\ncommon = { is = \"uniform(0, 1)\", no_effect = \"0\" }\n\
        [outcomes.x]\nvalue = \"common\"\n[benefits.b]\namount = \"yen(1_000) * common\"\n";
    let both = files("").with("p/b.toml", stated);
    let found = run(&both, &paths(600)).unwrap();
    assert_eq!((found.no_effect_stated, found.benefits_stated), (1, 1));
    // The other counts with its effect.
    let other = found.contracts.iter().find(|of| of.name == "a").unwrap();
    assert!((found.no_effect.unwrap().mean - other.payment.mean).abs() < 1e-3);
    let shown = format!("{:?}", portfolio_shown(&found, Language::En).blocks);
    for told in
        ["Of 2 contracts 1 do not say what is saved", "Of 2 contracts 1 do not say what is without"]
    {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let one = found_with_one_shared();
    assert!(one.contains("only one contract has common"), "{one}");
}

#[test]
fn benefits_are_told_by_whether_they_are_cashable() {
    let saving = |benefits: &str| {
        let values = "[assume]\nown = \"uniform(0, 1)\"\n[outcomes.x]\nvalue = \"own\"\n";
        format!("contract = \"c.rhai\"\n{values}{benefits}")
    };
    let benefit = |name: &str, total: u32, cashable: &str| {
        format!("[benefits.{name}]\ntotal = \"yen({total})\"\n{cashable}\n")
    };
    let (spent, other) = ("cashable = true", "cashable = false");
    let a = saving(&[benefit("one", 1_000, spent), benefit("two", 200, other)].concat());
    let b = saving(&[benefit("one", 30, spent), benefit("three", 4, "")].concat());
    let both = files("").with("p/a.toml", &a).with("p/b.toml", &b);
    let found = run(&both, &paths(600)).unwrap();
    let kinds: Vec<_> =
        found.benefit_kinds.iter().map(|(cashable, of)| (*cashable, of.mean)).collect();
    assert_eq!(kinds, [(None, 4.0), (Some(false), 200.0), (Some(true), 1_030.0)]);
    assert_eq!(found.benefit.mean, 1_234.0);
    // Cashable benefits alone are far from what is paid; where they are enough, all benefits are too.
    assert_eq!((found.cashable_positive.unwrap().value, found.net_positive.value), (0.0, 0.0));
    let enough = saving(&[benefit("one", 3_000_000, spent), benefit("two", 1, other)].concat());
    let found_enough = run(&files("").with("p/a.toml", &enough), &paths(600)).unwrap();
    assert_eq!(found_enough.cashable_positive.unwrap().value, 1.0);
    let not_cashable = saving(&benefit("one", 3_000_000, other));
    let other_only = run(&files("").with("p/a.toml", &not_cashable), &paths(600)).unwrap();
    assert_eq!((other_only.net_positive.value, other_only.cashable_positive), (1.0, None));
    let totals = &found.to_json(Language::En)["totals"];
    for (name, mean) in
        [("benefit_cashable", 1_030.0), ("benefit_not_cashable", 200.0), ("benefit_unstated", 4.0)]
    {
        assert_eq!(totals[name]["mean"], mean, "{name}");
    }
    let shown = format!("{:?}", portfolio_shown(&found, Language::En).blocks);
    assert!(
        shown.contains("of which not cashable") && shown.contains("not said to be cashable or not"),
        "{shown}"
    );
    // Where nothing is said, a row of it would say nothing more.
    let silent = saving(&benefit("one", 30, ""));
    let found = run(&files("").with("p/a.toml", &silent), &paths(600)).unwrap();
    let shown = format!("{:?}", portfolio_shown(&found, Language::En).blocks);
    assert!(
        !shown.contains("unstated") && shown.contains("not said to be cashable or not"),
        "{shown}"
    );
    // Each is brought from its own contract's first day to that of the first contract, by hand two years.
    let later = contract("d", "JPY", &[2027], "2027-03-31").replace("2024-04-01", "2026-04-01");
    let rated = files("discount_rate = 0.05\n")
        .with("p/d.rhai", &later)
        .with("p/a.toml", &saving(&benefit("one", 1_000, spent)))
        .with("p/b.toml", &saving(&benefit("two", 1_000, other)).replace("c.rhai", "d.rhai"));
    let found = run(&rated, &paths(600)).unwrap();
    let kinds: Vec<f64> = found.benefit_kinds.values().map(|of| of.mean).collect();
    let by_hand = [1_000.0 / (1.05 * 1.05), 1_000.0];
    let close = kinds.iter().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-9 * b);
    assert!(kinds.len() == 2 && close, "{kinds:?}");
    // Each is discounted as the whole is.
    let rated = files("discount_rate = 0.05\n").with("p/a.toml", &a).with("p/b.toml", &b);
    let found = run(&rated, &paths(600)).unwrap();
    let sum: f64 = found.benefit_kinds.values().map(|of| of.mean).sum();
    assert!((sum - found.benefit.mean).abs() < 1e-6, "{sum} {}", found.benefit.mean);
}

/// What is told where one contract alone has a cell that is shared.
fn found_with_one_shared() -> String {
    let other =
        "contract = \"c.rhai\"\n[assume]\nown = \"uniform(0, 1)\"\n[outcomes.x]\nvalue = \"own\"\n";
    let files = files("shared = [\"common\"]").with("p/b.toml", other);
    let found = run(&files, &paths(600)).unwrap();
    format!("{:?}", portfolio_shown(&found, Language::En).blocks)
}

#[test]
fn how_often_one_contract_loses_has_its_own_error() {
    let fifty = run(&shipped(&format!("{FINANCED}count = 50\n")), &paths(2_000)).unwrap();
    let [investor] = &fifty.investors[..] else { panic!("one investor") };
    let losses: Vec<f64> = fifty.contracts.iter().map(|of| of.investors[0].loss.value).collect();
    let mean = losses.iter().sum::<f64>() / 50.0;
    let found = investor.loss_alone;
    assert!((found.value - mean).abs() < 1e-9, "{found:?} {mean}");
    // Fifty independent contracts on 2,000 paths are 100,000 independent futures.
    let expected = (mean * (1.0 - mean) / 100_000.0).sqrt();
    assert!((0.9..1.1).contains(&(found.se / expected)), "{found:?} {expected}");
}

/// A contract of the year that begins on 1 April of `year`, paid at its end from what `x` comes to;
/// the fund puts up `amount` on its first day and receives what is paid.
fn funded(id: &str, year: i32, amount: u32) -> String {
    let script = contract(id, "JPY", &[year + 1], &format!("{}-03-31", year + 1))
        .replace("2024-04-01", &format!("{year}-04-01"))
        .replace("2029-03-31", &format!("{}-03-31", year + 1));
    format!(
        "{script}let fund = party(\"fund\", #{{ role: \"investor\" }});\ninvest(fund, #{{ amount: yen({amount}) }});\n"
    )
}

#[test]
fn contracts_that_begin_in_different_years_bring_one_rate_of_return_or_none() {
    let both = |early: (u32, &str), late: (u32, &str)| {
        let sure = |contract: &str, x: &str| {
            format!("contract = \"{contract}\"\n[outcomes.x]\nvalue = \"{x}\"\n")
        };
        let files = Memory::default()
            .with("p/early.rhai", &funded("early", 2024, early.0))
            .with("p/late.rhai", &funded("late", 2026, late.0))
            .with("p/early.toml", &sure("early.rhai", early.1))
            .with("p/late.toml", &sure("late.rhai", late.1));
        let found = run(&files, &paths(600)).unwrap();
        let shown = format!("{:?}", portfolio_shown(&found, Language::En).blocks);
        let [fund] = &found.investors[..] else { panic!("{:?}", found.investors) };
        (fund.together.rate, fund.together.multiple.mean, fund.loss_alone.value, shown)
    };
    // (-800 + 900 v)(1 + v²) = 0: 12.5% and no other.
    let (rate, multiple, alone, shown) = both((800_000, "0.9"), (800_000, "0.9"));
    assert!((rate.unwrap().mean - 0.125).abs() < 1e-9, "{rate:?}");
    assert!((multiple - 1.125).abs() < 1e-12 && alone == 0.0);
    assert!(!shown.contains("There is one rate"), "{shown}");
    // -400 + 1000 v - 600 v² = 0: 0% and 50%, so neither.
    let (rate, multiple, alone, shown) = both((400_000, "1"), (600_000, "0"));
    assert!(rate.is_none() && (multiple - 1.0).abs() < 1e-12 && alone == 0.5);
    assert!(shown.contains("There is one rate of return on 0% (none of 600)"), "{shown}");
}

#[test]
fn a_portfolio_is_never_written_over_what_it_is_read_from() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("portfolio-spared");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let held = [
        ("c.rhai", contract("c", "JPY", &[2025], "2025-03-31")),
        ("a.toml", HALF_COMMON.to_owned()),
        ("patch.txt.toml", "title = \"x\"\n".to_owned()),
        ("portfolio.toml", "patches = [\"patch.txt.toml\"]\n".to_owned()),
    ];
    for (name, text) in &held {
        std::fs::write(folder.join(name), text).unwrap();
    }
    for (name, text) in &held {
        let out = folder.join(name);
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_seika-tested"))
            .args(["portfolio", ".", "--paths", "600", "--chunk", "1/1", "--lang", "en", "--out"])
            .arg(&out)
            .current_dir(&folder)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.code() == Some(1) && told.contains("input of this run"),
            "{name}: {told}"
        );
        assert_eq!(std::fs::read_to_string(out).unwrap(), *text);
    }
}

#[test]
fn a_contract_that_is_there_under_two_scenarios_is_told() {
    let told = |files: &Memory| {
        let found = run(files, &paths(600)).unwrap();
        format!("{:?}", portfolio_shown(&found, Language::En).blocks)
    };
    let base = files("");
    let worse = base.clone().with("p/worse.toml", &format!("title = \"Worse\"\n{HALF_COMMON}"));
    assert!(told(&worse).contains("the contract c is here under 2 scenarios"), "{}", told(&worse));
    assert!(!told(&base).contains("scenarios"));
    assert!(
        !told(&files("[[contract]]\nscenario = \"a.toml\"\ncount = 3\n")).contains("scenarios")
    );
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |files: &Memory| run(files, &paths(600)).unwrap_err()[0].id;
    let base = files("");
    let with = |path: &str, text: &str| base.clone().with(path, text);
    let shared = |names: &str, scenario: &str| {
        with("p/portfolio.toml", &format!("shared = [{names}]")).with("p/b.toml", scenario)
    };
    let dollars = with("p/d.rhai", &contract("d", "USD", &[2025], "2025-03-31"))
        .with("p/b.toml", &HALF_COMMON.replace("c.rhai", "d.rhai"));
    assert_eq!(refused(&dollars), "contracts-differ");
    let rate = with("p/b.toml", &format!("discount_rate = 0.02\n{HALF_COMMON}"));
    assert_eq!(refused(&rate), "contracts-differ");
    let stated = rate.with("p/portfolio.toml", "discount_rate = 0.01");
    assert_eq!(run(&stated, &paths(600)).unwrap().discount_rate, 0.01);
    assert_eq!(refused(&shared("\"commn\"", HALF_COMMON)), "unknown-cell");
    let depends =
        HALF_COMMON.replace("common = \"uniform(0, 1)\"", "common = \"own * uniform(0, 1)\"");
    assert_eq!(refused(&shared("\"common\"", &depends)), "shared-depends");
    // A number of the contract's own would make a shared cell another in each, random or not.
    let constant = "contract = \"c.rhai\"\n[assume]\nm = 0.2\n[assume.each]\ncommon = \"m + uniform(0, 0.5)\"\n[outcomes.x]\nvalue = \"common\"\n";
    let alone = with("p/a.toml", constant).with("p/portfolio.toml", "shared = [\"common\"]");
    assert_eq!(refused(&alone), "shared-depends");
    let both = alone.with("p/portfolio.toml", "shared = [\"common\", \"m\"]");
    assert_eq!(run(&both, &paths(600)).unwrap().contracts.len(), 1);
    let differs = HALF_COMMON.replace("common = \"uniform(0, 1)\"", "common = \"uniform(0, 0.5)\"");
    assert_eq!(refused(&shared("\"common\"", &differs)), "shared-differs");
    // Written alike, but counted by the evaluations of each contract.
    let years = base
        .clone()
        .with("p/d.rhai", &contract("d", "JPY", &[2025, 2026], "2025-03-31"))
        .with("p/c.rhai", &contract("c", "JPY", &[2024, 2025], "2025-03-31"))
        .with("p/portfolio.toml", "shared = [\"trend\"]");
    for trend in ["0.1 * t + uniform(0, 0.1)", "before(trend, 0) + uniform(0, 0.1)"] {
        let scenario = |contract: &str| {
            format!(
                "contract = \"{contract}\"\n[assume.each]\ntrend = \"{trend}\"\n[outcomes.x]\nvalue = \"trend\"\n"
            )
        };
        let both = years.clone().with("p/a.toml", &scenario("c.rhai"));
        assert_eq!(run(&both, &paths(600)).unwrap().shared[0].2, 1);
        let both = both.with("p/b.toml", &scenario("d.rhai"));
        let [problem] = &run(&both, &paths(600)).unwrap_err()[..] else { panic!("one problem") };
        assert_eq!(problem.id, "shared-differs", "{trend}");
        assert_eq!(problem.place.as_ref().unwrap().file, "p/b.toml");
        assert!(problem.help.as_ref().unwrap().en.contains("`before`"), "{problem:?}");
    }
    // Two evaluations of a fiscal year would have one draw.
    let half_years = contract("c", "JPY", &[2025], "2025-03-31")
        .replace("[#{ at", "[#{ at: \"2024-09-30\", paid: \"2024-12-31\" }, #{ at");
    let each = "contract = \"c.rhai\"\n[assume.each]\ntrend = \"uniform(0, 1)\"\n[outcomes.x]\nvalue = \"trend\"\n";
    let half_years = with("p/c.rhai", &half_years)
        .with("p/a.toml", each)
        .with("p/portfolio.toml", "shared = [\"trend\"]");
    assert_eq!(refused(&half_years), "shared-twice-a-year");
    let from_year = with("p/a.toml", &format!("discount_rate = 0.02\n{HALF_COMMON}"))
        .with("p/b.toml", &format!("discount_rate = 0.02\ndiscount_from_year = 2\n{HALF_COMMON}"));
    assert_eq!(refused(&from_year), "contracts-differ");
    let stated = from_year.with("p/portfolio.toml", "discount_from_year = 1");
    assert!(run(&stated, &paths(600)).is_ok());
    assert_eq!(run(&base, &paths(0)).unwrap_err()[0].id, "no-paths");
    let many = "[[contract]]\nscenario = \"a.toml\"\ncount = 60_000\n";
    let many = with("p/portfolio.toml", &format!("{many}{many}name = \"b\"\n"));
    let found = Portfolio::read(&many, "p").unwrap_err();
    assert_eq!(found[0].place.as_ref().map(|place| place.line), Some(6), "{found:?}");
    let twice = format!("{TEN}{TEN}");
    assert_eq!(refused(&with("p/portfolio.toml", &twice)), "same-name");
    assert_eq!(refused(&with("p/portfolio.toml", "share = []")), "unknown-key");
    assert_eq!(refused(&Memory::default().with("q/a.toml", HALF_COMMON)), "no-contracts");
    let lost = with("p/portfolio.toml", "[[contract]]\nscenario = \"lost.toml\"");
    assert_eq!(refused(&lost), "unreadable-file");
}
