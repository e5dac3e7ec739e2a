//! The benchmark's figures against the same model in numpy.
//!
//! The model of `scenarios/bench/three-indicators.toml` was written out as a program of numpy 2.4.6:
//! columns of 100,000 paths, random numbers of `Generator(Philox(20241123))`, rates of return by
//! forty halvings between −99% and 100%. It ran with 4,000,000 paths. Its means are given with their
//! standard errors. For the percentile p, `low` and `high` are the order statistics of those paths
//! at p − 4s and p + 4s, where s = √(p (1 − p) (1 / 4,000,000 + 1 / 100,000)) is the standard error
//! of the rank that both runs have together: so a percentile where many paths have the same value,
//! as at the cap, has the error that it has.

use engine::scenario::Scenario;
use engine::simulate::{Distribution, Probability, Settings, simulate};
use seika_tests::{Repository, Unwatched};

const PATHS: u64 = 100_000;
const REFERENCE_PATHS: f64 = 4_000_000.0;

struct Figures {
    mean: f64,
    mean_error: f64,
    /// Of the percentiles 5, 50 and 95: low, value, high.
    percentiles: [[f64; 3]; 3],
}

fn assert_agrees(name: &str, found: &Distribution, expected: &Figures) {
    let error = found.se.hypot(expected.mean_error);
    let mean = found.mean;
    assert!((mean - expected.mean).abs() < 4.0 * error, "{name}: mean {mean} ± {error}");
    let percentiles = [found.p05, found.p50, found.p95];
    for (found, [low, value, high]) in percentiles.into_iter().zip(expected.percentiles) {
        // A rate of return was halved to within 2e-12.
        let slack = 1e-9 * value.abs();
        assert!(low - slack <= found && found <= high + slack, "{name}: {found} for {value}");
    }
}

fn assert_likely(name: &str, found: Probability, expected: f64) {
    let error = found.se.hypot((expected * (1.0 - expected) / REFERENCE_PATHS).sqrt());
    let value = found.value;
    assert!((value - expected).abs() < 4.0 * error, "{name}: {value} ± {error} for {expected}");
}

#[test]
fn three_indicators_have_the_figures_of_the_same_model_in_numpy() {
    let scenario = Scenario::read(&Repository, "scenarios/bench/three-indicators.toml").unwrap();
    let settings = Settings { paths: Some(PATHS), ..Settings::default() };
    let found = simulate(&scenario, &settings, &Unwatched).unwrap();
    let payout = Figures {
        mean: 41_748_119.140_5,
        mean_error: 3_459.82,
        percentiles: [
            [28_829_472.0, 29_000_000.0, 29_174_386.0],
            [42_500_000.0, 42_630_609.0, 42_798_522.0],
            [50_000_000.0, 50_000_000.0, 50_000_000.0],
        ],
    };
    assert_agrees("payout", &found.payment, &payout);
    let savings = Figures {
        mean: 22_366_807.566_7,
        mean_error: 8_315.77,
        percentiles: [
            [-2_635_092.3, -2_195_893.6, -1_783_155.8],
            [20_796_824.5, 21_036_487.8, 21_276_632.4],
            [50_880_165.9, 51_486_651.7, 52_133_704.1],
        ],
    };
    assert_agrees("savings", &found.benefit, &savings);
    let net = Figures {
        mean: -17_042_339.258_7,
        mean_error: 8_301.70,
        percentiles: [
            [-42_114_499.6, -41_713_287.9, -41_327_487.0],
            [-18_477_619.7, -18_231_514.4, -17_981_921.4],
            [11_304_180.0, 11_895_889.8, 12_505_448.4],
        ],
    };
    assert_agrees("net", &found.net, &net);
    let rate = Figures {
        mean: 0.012_875_082_9,
        mean_error: 0.000_030_326_7,
        percentiles: [
            [-0.102_941_295, -0.100_694_714, -0.098_622_473],
            [0.020_999_720, 0.022_137_025, 0.023_224_430],
            [0.086_927_684, 0.087_212_798, 0.087_529_101],
        ],
    };
    let fund = &found.investors[0];
    assert_agrees("rate of return", &fund.rate.unwrap(), &rate);
    assert_eq!(fund.rate_available.value, 1.0);
    // Halving reached no end of its bracket: rates lay between −33.5% and 9.2%.
    let known = fund.rate.unwrap();
    assert!(-0.40 < known.min && known.max < 0.1, "{known:?}");
    assert_likely("net above 0", found.net_positive, 0.142_452_75);
    assert_likely("loss", fund.loss, 0.371_491_75);
    assert_likely("cap reached", found.cap_reached, 0.175_184_25);
}
