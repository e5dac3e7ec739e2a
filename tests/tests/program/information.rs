//! The value of information: against closed forms, an independent nested simulation, and its own
//! laws.

use engine::analyse::information::{
    Decision, Estimate, Evaluation, Found, Quantity, Question, Size, Verdict, ask, worth,
};
use engine::problem::{Language, Problem};
use engine::random::{Family, Stream};
use engine::simulate::Settings;
use proptest::prelude::*;
use seika_tests::{Memory, Unwatched};

fn drawn(name: &str, family: Family, parameters: &[f64], paths: usize) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = parameters.iter().map(|value| vec![*value; paths]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![0.0; paths];
    family.fill(&Stream::new(11, name, 0, 0), 0, &columns, &mut out).unwrap();
    out
}

fn quantity(name: &str, column: Vec<f64>, made_of: u32) -> Quantity {
    Quantity { name: name.into(), columns: vec![column], made_of: Some(vec![made_of]) }
}

/// Within four standard errors of the exact value.
fn agrees(found: Estimate, exact: f64, what: &str) {
    let off = (found.value - exact).abs();
    assert!(off < 4.0 * found.se, "{what}: {} ± {} for {exact}", found.value, found.se);
}

/// Net benefits 0 and k·p1 − p2; p1 normal with mean 1 and sd 1, p2 with 0 and 2. For a value
/// known to be normal with mean μ ≥ 0 and sd σ: σ φ(μ/σ) − μ Φ(−μ/σ).
const NORMAL: [(f64, [f64; 3]); 3] = [
    (1.0, [0.479_810_706_3, 0.083_315_470_6, 0.395_593_114_8]),
    (2.0, [0.399_282_456_7, 0.166_630_941_2, 0.166_630_941_2]),
    (3.0, [0.409_463_416_0, 0.249_946_411_8, 0.058_613_587_5]),
];

#[test]
fn of_two_normal_parameters_all_values_are_within_a_hundredth() {
    let paths = 500_000;
    let [p1, p2] = [("p1", [1.0, 1.0]), ("p2", [0.0, 2.0])]
        .map(|(name, parameters)| drawn(name, Family::Normal, &parameters, paths));
    for (k, exact) in NORMAL {
        let net: Vec<f64> = p1.iter().zip(&p2).map(|(p1, p2)| k * p1 - p2).collect();
        let decision = Decision::new(&[vec![0.0; paths], net]).unwrap();
        assert_eq!(decision.best(), 1);
        let all = [quantity("p1", p1.clone(), 0), quantity("p2", p2.clone(), 1)];
        let found = [
            decision.perfect(),
            worth(&decision, &all, &[0]).value,
            worth(&decision, &all, &[1]).value,
        ];
        for (found, exact) in found.into_iter().zip(exact) {
            agrees(found, exact, &format!("k = {k}"));
            assert!((found.value / exact - 1.0).abs() < 0.01, "k = {k}: {found:?} for {exact}");
        }
        // Both are everything there is.
        let both = worth(&decision, &all, &[0, 1]).value.value;
        assert!((both / decision.perfect().value - 1.0).abs() < 1e-3, "{both}");
    }
}

#[test]
fn without_knowing_what_is_independent_the_values_are_the_same() {
    let paths = 100_000;
    let [p1, p2] = [("p1", [1.0, 1.0]), ("p2", [0.0, 2.0])]
        .map(|(name, parameters)| drawn(name, Family::Normal, &parameters, paths));
    let net: Vec<f64> = p1.iter().zip(&p2).map(|(p1, p2)| p1 - p2).collect();
    let decision = Decision::new(&[vec![0.0; paths], net]).unwrap();
    let known = [quantity("p1", p1, 0), quantity("p2", p2, 1)];
    let unknown = known.clone().map(|quantity| Quantity { made_of: None, ..quantity });
    let [known, unknown] = [known, unknown].map(|all| worth(&decision, &all, &[0]).value);
    agrees(known, 0.083_315_470_6, "known");
    agrees(unknown, 0.083_315_470_6, "unknown");
}

#[test]
fn a_standard_error_covers_the_value_as_often_as_it_says() {
    // Of 60 samples some 57 lie within 1.96 standard errors of the exact value; 50 or fewer do by
    // chance once in a thousand such tests.
    let paths = 5_000;
    let covered = (0..60).filter(|seed| {
        let [p1, p2] = [("p1", [1.0, 1.0]), ("p2", [0.0, 2.0])].map(|(name, parameters)| {
            drawn(&format!("{name} {seed}"), Family::Normal, &parameters, paths)
        });
        let net: Vec<f64> = p1.iter().zip(&p2).map(|(p1, p2)| p1 - p2).collect();
        let decision = Decision::new(&[vec![0.0; paths], net]).unwrap();
        let known = [quantity("p1", p1, 0), quantity("p2", p2, 1)];
        let found = worth(&decision, &known, &[0]).value;
        (found.value - 0.083_315_470_6).abs() < 1.96 * found.se
    });
    let covered = covered.count();
    assert!(covered > 50, "{covered}");
}

/// What an independent program found: nested simulation in numpy 2, seed 20240401, 20 million draws
/// for the EVPI, 200,000 × 4,000 for each of the others; value and standard error. The inner mean
/// of 4,000 adds at most 0.1 to a value.
const NESTED: [(&[usize], f64, f64); 8] = [
    (&[0, 1, 2, 3], 58.332_988, 0.024_097),
    (&[0], 32.670_466, 0.118_555),
    (&[1], 36.709_609, 0.160_918),
    (&[2], 8.792_561, 0.023_913),
    (&[3], 0.015_873, 0.000_440),
    (&[0, 1], 54.583_203, 0.244_864),
    (&[0, 2], 36.774_192, 0.114_855),
    (&[0, 1, 2], 58.074_499, 0.240_249),
];

#[test]
fn of_three_options_with_products_the_values_are_those_of_a_nested_simulation() {
    let paths = 200_000;
    let a = drawn("a", Family::Beta, &[3.0, 5.0], paths);
    let b = drawn("b", Family::Gamma, &[4.0, 2.5], paths);
    let c = drawn("c", Family::Normal, &[0.0, 1.0], paths);
    let d = drawn("d", Family::Lognormal, &[0.0, 0.5], paths);
    let option = |of: &dyn Fn(usize) -> f64| (0..paths).map(of).collect::<Vec<f64>>();
    let decision = Decision::new(&[
        vec![0.0; paths],
        option(&|at| 60.0 * a[at] * b[at] - 220.0 - 20.0 * d[at]),
        option(&|at| 300.0 * a[at] * (1.0 - a[at]) + 25.0 * c[at] - 60.0 - 5.0 * c[at] * c[at]),
    ])
    .unwrap();
    let all = [quantity("a", a, 0), quantity("b", b, 1), quantity("c", c, 2), quantity("d", d, 3)];
    for (group, nested, error) in NESTED {
        let found = match group.len() {
            4 => decision.perfect(),
            _ => worth(&decision, &all, group).value,
        };
        let off = (found.value - nested).abs();
        assert!(off < 4.0 * found.se.hypot(error) + 0.1, "{group:?}: {found:?} for {nested}");
    }
}

const CONTRACT: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([
    #{ at: "2021-03-31", paid: "2021-03-31" }, #{ at: "2022-03-31", paid: "2022-03-31" },
]);
let x = INDICATOR;
pay("outcome", |e| PAY);
"#;

fn asked(
    (indicator, pay): (&str, &str),
    scenario: &str,
    question: &Question,
    paths: u64,
) -> Result<Found, Vec<Problem>> {
    let contract = CONTRACT.replace("INDICATOR", indicator).replace("PAY", pay);
    let text = format!("contract = \"c.rhai\"\nseed = 5\n{scenario}");
    let files = Memory::default().with("c.rhai", &contract).with("s.toml", &text);
    let settings = Settings { paths: Some(paths), ..Settings::default() };
    ask(&files, "s.toml", question, &settings, &Unwatched)
}

fn sizes(sizes: &[Size]) -> Option<Evaluation> {
    Some(Evaluation {
        sizes: sizes.to_vec(),
        at: Some("2021-03-31".parse().unwrap()),
        ..Evaluation::default()
    })
}

const MEAN: (&str, &str) =
    ("mean(\"x\", #{ digits: 10, missing: \"exclude\" })", "tiers(e[x], [[1_000_000, yen(1)]])");

#[test]
fn a_sample_of_1_10_or_100_is_worth_what_conjugate_normals_say() {
    let scenario = r#"
        [assume]
        p1 = "normal(1, 1)"
        p2 = "normal(0, 2)"
        [outcomes.x]
        mean = "p1"
        sd = 2
        n = 50
        [benefits.b]
        total = "yen(1) * (p1 - p2)"
    "#;
    let people = [1, 10, 100].map(Size::People);
    let question = Question { evaluation: sizes(&people), times: 3, ..Question::default() };
    let found = asked(MEAN, scenario, &question, 1_000_000).unwrap();
    let names: Vec<&str> = found.known.iter().map(|known| known.cells[0].as_str()).collect();
    assert_eq!(names, ["p1", "p2"]);
    agrees(found.perfect, NORMAL[0].1[0], "all");
    agrees(found.known[0].value, NORMAL[0].1[1], "p1");
    agrees(found.known[1].value, NORMAL[0].1[2], "p2");
    // The posterior mean of p1 has variance n / (n + 4).
    let exact = [0.001_971_323_2, 0.049_070_772_0, 0.078_662_783_8];
    let rows = &found.larger.as_ref().unwrap().rows;
    for (row, exact) in rows[1..].iter().zip(exact) {
        agrees(row.value, exact, &format!("{:?}", row.size));
        // Today's 50 people are worth .0746 (n / (n + 4) = .9259).
        let gain = row.gain.value - 3.0 * (row.value.value - rows[0].value.value);
        assert!(gain.abs() < 1e-12 && row.gain.se > 0.0, "{row:?}");
    }
    // One person changes one decision in eighty: its standard error is 5% here, and 1% with 28 million
    // paths. The others are within a hundredth.
    for (row, exact) in rows[2..].iter().zip(&exact[1..]) {
        assert!((row.value.value / exact - 1.0).abs() < 0.01, "{row:?} for {exact}");
    }
    assert_eq!(
        rows.iter().map(|row| row.people.value).collect::<Vec<_>>(),
        [50.0, 1.0, 10.0, 100.0]
    );
}

#[test]
fn a_share_of_people_is_worth_what_the_beta_binomial_says() {
    // Signing leaves 1,000,000 p − 650,000, p of Beta(6, 4). Sum over the counts x of n of
    // P(x) × max(0, 1,000,000 (6 + x) / (10 + n) − 650,000), with scipy's beta-binomial.
    let scenario = r#"
        [assume]
        p = "beta(6, 4)"
        [outcomes.x]
        probability = "p"
        of = 20
        [benefits.b]
        total = "yen(1_000_000) * p - yen(650_000)"
    "#;
    let exact = [
        (10, 20_510.835_913),
        (50, 32_486.978_449),
        (200, 36_115.503_688),
        (1_000, 37_202.289_827),
    ];
    let people = exact.map(|(people, _)| Size::People(people));
    let question = Question { evaluation: sizes(&people), ..Question::default() };
    let indicator = "share(\"x\", #{ of: |p| p.yes, read: half_up(6), missing: \"as_no\" })";
    let pay = "tiers(e[x], [[1, yen(1)]])";
    let found = asked((indicator, pay), scenario, &question, 100_000).unwrap();
    assert_eq!(found.best, 0, "p is .6 on average");
    agrees(found.known[0].value, 37_485.158_936, "p");
    let rows = &found.larger.unwrap().rows[1..];
    for (row, (people, exact)) in rows.iter().zip(exact) {
        agrees(row.value, exact, &people.to_string());
        assert!((row.value.value / exact - 1.0).abs() < 0.02, "{row:?} for {exact}");
    }
}

#[test]
fn of_a_straight_payment_luck_and_mispayment_are_known() {
    // 1,000 yen per unit at each of two evaluations, of which the first is measured on n people with
    // sd 12: luck 12,000 / √n, and the second as it is, 12,000 / √36 = 2,000. Off from everybody
    // measured at the first: the mean of |normal| with sd 12,000 / √n is that times √(2/π).
    let scenario = r#"
        [assume]
        truth = "normal(50, 2)"
        [outcomes.x]
        mean = "truth"
        sd = 12
        n = 36
        [benefits.b]
        amount = "yen(1_100) * truth"
    "#;
    let question = Question {
        evaluation: sizes(&[Size::People(144), Size::More(540)]),
        ..Question::default()
    };
    let pay = "linear(e[x], [-1000, yen(0)], [1000, yen(2_000_000)])";
    let found = asked((MEAN.0, pay), scenario, &question, 100_000).unwrap();
    let rows = found.larger.unwrap().rows;
    for (row, (people, error)) in
        rows.iter().zip([(36.0, 2_000.0), (144.0, 1_000.0), (576.0, 500.0)])
    {
        assert_eq!((row.people.value, row.people.se), (people, 0.0));
        agrees(row.luck, f64::hypot(error, 2_000.0), "luck");
        agrees(row.mispaid, error * (2.0 / std::f64::consts::PI).sqrt(), "mispaid");
    }
}

#[test]
fn what_is_only_chance_in_this_contract_says_nothing_about_the_next() {
    // Who enrols is drawn anew for another contract: the count measured tells only its probability.
    let scenario = |chance: &str| {
        format!(
            "[assume]\np = \"{chance}\"\ncount = \"binomial(1000, p)\"\n\
             [outcomes.x]\nmean = \"count\"\nsd = 1\nn = 10\n\
             [benefits.b]\ntotal = \"yen(1) * (count - 500)\"\n"
        )
    };
    let question = Question { evaluation: sizes(&[Size::People(100)]), ..Question::default() };
    let fixed = asked(MEAN, &scenario("constant(0.5)"), &question, 20_000).unwrap();
    assert!(fixed.perfect.value > 1.0, "{:?}", fixed.perfect);
    let row = &fixed.larger.unwrap().rows[1];
    assert!(row.value.value <= 4.0 * row.value.se, "{row:?}");
    // Where the probability is not known the measured count tells it: nearly its own value.
    let drawn = asked(MEAN, &scenario("beta(50, 50)"), &question, 100_000).unwrap();
    let (p, row) = (drawn.known[0].value, &drawn.larger.unwrap().rows[1]);
    assert!(row.value.value > 0.8 * p.value && row.value.value < p.value + 4.0 * p.se, "{row:?}");
}

/// Counts whose deviates are correlated 0.8 with something that is not known, or with another count; the
/// sample tells the count itself, and signing leaves 1,000 yen for each person above 500.
fn correlated_count(cells: &str, pair: &str) -> Found {
    let scenario = format!(
        "[assume]\ncount = \"binomial(1000, 0.5)\"\n{cells}\n\
         [outcomes.x]\nmean = \"count\"\nsd = 0.01\nn = 10\n\
         [benefits.b]\ntotal = \"yen(1_000) * (count - 500)\"\n\
         [[correlate]]\ncells = [{pair}]\nrho = 0.8\n"
    );
    let question = Question { evaluation: sizes(&[Size::People(100)]), ..Question::default() };
    asked(MEAN, &scenario, &question, 100_000).unwrap()
}

#[test]
fn the_luck_of_a_correlated_count_says_nothing_about_the_next() {
    // Both are luck of this contract, however they go together.
    let found = correlated_count("other = \"poisson(80)\"", "\"count\", \"other\"");
    assert!(found.perfect.value > 6_000.0, "{:?}", found.perfect);
    let row = &found.larger.unwrap().rows[1];
    assert!(row.value.value <= 4.0 * row.value.se, "{row:?}");
}

#[test]
fn a_correlated_count_says_what_it_tells_of_the_unknown() {
    // The sd of the count is √250. The next count has the same unknown, and luck of its own: the two
    // deviates have the correlation 0.8², so that this count is worth 1,000 √250 × 0.64 φ(0).
    let exact = 1_000.0 * 250.0_f64.sqrt() * 0.64 * 0.398_942_280_4;
    for pair in ["\"count\", \"unknown\"", "\"unknown\", \"count\""] {
        let found = correlated_count("unknown = \"normal(0, 1)\"", pair);
        let row = &found.larger.unwrap().rows[1];
        agrees(row.value, exact, pair);
        assert!((row.value.value / exact - 1.0).abs() < 0.05, "{pair}: {row:?} for {exact}");
    }
}

#[test]
fn more_people_than_take_part_are_told_from_a_larger_choice() {
    let found = |n: &str, sizes: &[Size]| {
        let scenario = format!(
            "[assume]\np = \"normal(1, 1)\"\nenrolled = \"binomial(100, 0.5)\"\n\
             [outcomes.x]\nmean = \"p\"\nsd = 2\nn = {n}\n\
             [benefits.b]\ntotal = \"yen(1_000) * p\"\n"
        );
        let question = Question { evaluation: self::sizes(sizes), ..Question::default() };
        let rows = asked(MEAN, &scenario, &question, 2_000).unwrap().larger.unwrap().rows;
        rows.iter().map(|row| row.beyond.value).collect::<Vec<f64>>()
    };
    let both = [Size::More(10), Size::People(50)];
    let everyone = found("\"enrolled\"", &both);
    assert_eq!(everyone[..2], [0.0, 1.0]);
    // P(binomial(100, 0.5) < 50) = 0.4602.
    assert!((everyone[2] - 0.4602).abs() < 4.0 * 0.0111, "{everyone:?}");
    assert_eq!(found("40", &both), [0.0; 3]);
    assert_eq!(found("\"0.5 * enrolled\"", &both), [0.0; 3]);
}

#[test]
fn what_is_measured_on_no_sample_and_what_is_no_cell_are_named() {
    let scenario = r#"
        [assume]
        p = "normal(1, 1)"
        [outcomes.x]
        mean = "p"
        sd = 2
        n = 10
        [outcomes.y]
        value = "p"
        [benefits.b]
        total = "yen(1_000) * p"
    "#;
    let indicators = format!("{};\nlet y = mean(\"y\", #{{ digits: 3 }})", MEAN.0);
    let pay = "linear(e[x], [-9, yen(0)], [9, yen(100)])";
    let question = |indicators: &[&str]| Question {
        evaluation: Some(Evaluation {
            indicators: indicators.iter().map(|id| (*id).to_owned()).collect(),
            ..sizes(&[Size::People(20)]).unwrap()
        }),
        ..Question::default()
    };
    let found = asked((&indicators, pay), scenario, &question(&[]), 2_000).unwrap();
    let larger = found.larger.unwrap();
    assert_eq!((larger.indicators, larger.left_out), (vec!["x".to_owned()], vec!["y".to_owned()]));
    let beside: Vec<&str> = found.beside_cells.iter().map(|of| of.en.as_str()).collect();
    assert_eq!(beside, ["Luck of measurement"]);
    // Nothing is left out of what was asked for by name.
    let found = asked((&indicators, pay), scenario, &question(&["x"]), 2_000).unwrap();
    assert_eq!(found.larger.unwrap().left_out, [""; 0]);
}

#[test]
fn what_changes_no_decision_and_costs_nothing_adds_nothing() {
    // A benefit that is certain to be good: whatever is measured, it is signed.
    let scenario = r#"
        [assume]
        p1 = "uniform(1, 2)"
        [outcomes.x]
        mean = "p1"
        sd = 2
        n = 5
        [benefits.b]
        total = "yen(1_000_000) * p1"
    "#;
    let verdict = |cost: u32| {
        let evaluation = Evaluation { cost: cost.into(), ..sizes(&[Size::More(20)]).unwrap() };
        let question = Question { evaluation: Some(evaluation), ..Question::default() };
        let larger = asked(MEAN, scenario, &question, 2_000).unwrap().larger.unwrap();
        larger.best().unwrap().verdict()
    };
    assert_eq!(verdict(0), Verdict::Nothing);
    assert_eq!(verdict(1), Verdict::NotWorth);
}

#[test]
fn what_decides_as_today_s_evaluation_does_adds_nothing_though_that_changes_decisions() {
    // The sample is as good as the truth already: what it shows is worth φ(0) of a standard deviation
    // to a decision between 0 and a mean of 0, and no larger one is worth more.
    let scenario = r#"
        [assume]
        p1 = "normal(0, 1)"
        [outcomes.x]
        mean = "p1"
        sd = 0
        n = 5
        [benefits.b]
        total = "yen(1_000_000) * p1"
    "#;
    let question = Question { evaluation: sizes(&[Size::More(20)]), ..Question::default() };
    let larger = asked(MEAN, scenario, &question, 20_000).unwrap().larger.unwrap();
    let row = larger.best().unwrap();
    assert_eq!((row.verdict(), row.gain.value, row.gain.se), (Verdict::Nothing, 0.0, 0.0));
    agrees(row.value, 1_000_000.0 * 0.398_942_280_4, "the value of the result");
}

#[test]
fn the_verdict_goes_by_cost_and_times() {
    let scenario = r#"
        [assume]
        p1 = "normal(1, 1)"
        p2 = "normal(0, 2)"
        [outcomes.x]
        mean = "p1"
        sd = 2
        n = 5
        [benefits.b]
        total = "yen(1_000_000) * (p1 - p2)"
    "#;
    // From 5 to 205 people the posterior variance of p1 rises from 5 / 9 to 205 / 209: EVSI from .03104
    // to .08100 million yen.
    let verdict = |cost: u32, fixed: u32, times: u64| {
        let evaluation = Evaluation {
            cost: cost.into(),
            cost_fixed: fixed.into(),
            ..sizes(&[Size::More(200)]).unwrap()
        };
        let question = Question {
            evaluation: Some(evaluation),
            times,
            of: vec![vec!["p1".into()]],
            ..Question::default()
        };
        let larger = asked(MEAN, scenario, &question, 20_000).unwrap().larger.unwrap();
        let best = larger.best().unwrap();
        assert_eq!(best.cost.value, f64::from(200 * cost + fixed));
        (best.verdict(), best.gain)
    };
    let (free, gain) = verdict(0, 0, 1);
    agrees(gain, 49_960.0, "from 5 to 205 people");
    assert_eq!(free, Verdict::Worth);
    assert_eq!(verdict(50, 0, 1).0, Verdict::Worth);
    assert_eq!(verdict(1_000, 0, 1).0, Verdict::NotWorth);
    assert_eq!(verdict(1_000, 0, 20).0, Verdict::Worth);
    assert_eq!(verdict(50, 500_000, 1).0, Verdict::NotWorth);
    // At what it gains, it cannot be told whether it does.
    assert_eq!(verdict((gain.value / 200.0).round() as u32, 0, 1).0, Verdict::Unclear);
}

#[test]
fn any_number_of_threads_finds_the_same_json() {
    let scenario = r#"
        [assume]
        p1 = "normal(1, 1)"
        p2 = "gamma(4, 0.5)"
        [assume.each]
        left = "binomial(50, beta(8, 2))"
        [outcomes.x]
        mean = "p1 * p2"
        sd = 2
        n = "left"
        attrition = 0.1
        [benefits.b]
        amount = "yen(100) * (p1 - p2 + 1) * left"
    "#;
    let contract = CONTRACT.replace("INDICATOR", MEAN.0).replace("PAY", MEAN.1);
    let text = format!("contract = \"c.rhai\"\n{scenario}");
    let files = Memory::default().with("c.rhai", &contract).with("s.toml", &text);
    let question = Question {
        of: vec![vec!["p1".into(), "left".into()], vec!["p2".into()]],
        evaluation: sizes(&[Size::More(30)]),
        ..Question::default()
    };
    let found = |threads: usize| {
        let settings =
            Settings { paths: Some(5_000), threads: Some(threads), ..Settings::default() };
        let found = ask(&files, "s.toml", &question, &settings, &Unwatched).unwrap();
        found.to_json(Language::En).to_string()
    };
    assert_eq!(found(1), found(3));
}

#[test]
fn another_option_is_priced_on_the_same_paths() {
    // Half the effect at no risk to p2: chosen where p2 is high.
    let scenario = r#"
        [assume]
        p1 = "normal(1, 1)"
        p2 = "normal(0, 2)"
        [outcomes.x]
        value = "p1"
        [benefits.b]
        total = "yen(1_000) * (p1 - p2)"
    "#;
    let contract = CONTRACT.replace("INDICATOR", MEAN.0).replace("PAY", MEAN.1);
    let text = format!("contract = \"c.rhai\"\npaths = 20_000\n{scenario}");
    let patch = "title = \"no p2\"\n[benefits.b]\ntotal = \"yen(500) * p1\"\n";
    let files = Memory::default()
        .with("c.rhai", &contract)
        .with("s.toml", &text)
        .with("half.toml", patch)
        .with("same.toml", &format!("base = \"s.toml\"\n{patch}"));
    for other in ["half.toml", "same.toml"] {
        let question = Question { against: vec![other.into()], ..Question::default() };
        let found = ask(&files, "s.toml", &question, &Settings::default(), &Unwatched).unwrap();
        let names: Vec<&str> = found.options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(names, ["not", "sign", other]);
        let p1 = found.known[0].value;
        // With p1 = 1 + z known: the most of 0, 1,000 p1 and 500 p1 is either 0 or 1,000 p1.
        agrees(p1, 1_000.0 * NORMAL[0].1[1], other);
        // Knowing p2 one takes the larger of 1,000 (1 − p2) and 500: |500 − 1,000 p2|⁺ on top of 500,
        // worth the mean of a normal with mean 500 and sd 2,000 above 0, less 500: 2,000 φ(.25) −
        // 500 Φ(−.25).
        agrees(found.known[1].value, 2_000.0 * 0.386_668_117 - 500.0 * 0.401_293_674, other);
    }
}

fn law(option: &[f64; 6], columns: &[Vec<f64>], path: usize) -> f64 {
    let x = |at: usize| columns[at][path];
    option[0]
        + option[1] * x(0)
        + option[2] * x(1) * x(2)
        + option[3] * x(2) * x(2)
        + option[4] * x(3)
        + option[5] * x(4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// 0 ≤ EVPPI ≤ EVPI, and another quantity never makes it less: whatever the options are, whether
    /// it is known what is independent or not, of few columns and of many.
    #[test]
    fn a_value_lies_between_nothing_and_everything_and_never_falls(
        options in proptest::collection::vec(proptest::array::uniform6(-2.0..2.0_f64), 1..4),
        order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
        independent in any::<bool>(),
        wide in any::<bool>(),
        seed in 0_u64..1_000,
    ) {
        let paths = 1_500;
        let columns: Vec<Vec<f64>> = ["a", "b", "c", "d", "e"]
            .iter()
            .map(|name| drawn(&format!("{name}{seed}"), Family::Normal, &[0.5, 1.0], paths))
            .collect();
        let net = |option: &[f64; 6]| (0..paths).map(|path| law(option, &columns, path)).collect();
        let mut all = vec![vec![0.0; paths]];
        all.extend(options.iter().map(net));
        let decision = Decision::new(&all).unwrap();
        let quantities: Vec<Quantity> = (0_u32..).zip(&columns).map(|(at, column)| Quantity {
            name: at.to_string(),
            // A quantity of several columns: its rounded self, and a power.
            columns: if wide {
                vec![column.clone(), column.iter().map(|x| x.round()).collect(),
                    column.iter().map(|x| x * x * x).collect()]
            } else {
                vec![column.clone()]
            },
            made_of: independent.then(|| vec![at]),
        }).collect();
        let most = decision.perfect().value;
        let mut before = 0.0;
        for count in 1..=order.len() {
            let found = worth(&decision, &quantities, &order[..count]).value;
            prop_assert!(found.value >= before && found.value <= most,
                "{before} then {found:?} of {most}");
            prop_assert!(found.se >= 0.0);
            before = found.value;
        }
        // Of few columns a group is worth no less than any part of it, in any order.
        if !wide {
            let whole = worth(&decision, &quantities, &[4, 2, 0]).value.value;
            for part in [[0, 2], [4, 0], [2, 4]] {
                prop_assert!(worth(&decision, &quantities, &part).value.value <= whole);
            }
        }
    }
}
