//! The checks that a contract alone cannot answer, and what answers them.

use super::Words;

/// A check that needs evidence, a scenario or people.
#[derive(Debug, Clone, Copy)]
pub struct Beyond {
    /// The check, `P1` to `P34`.
    pub row: &'static str,
    /// What it asks.
    pub asks: Words,
    /// What is offered for it.
    pub offers: Words,
}

const fn beyond(row: &'static str, asks: [&'static str; 2], offers: [&'static str; 2]) -> Beyond {
    Beyond {
        row,
        asks: Words { en: asks[0], ja: asks[1] },
        offers: Words { en: offers[0], ja: offers[1] },
    }
}

/// Every such check, in order. A row that a finding answers in part is here for the rest.
pub const BEYOND: &[Beyond] = &[
    beyond(
        "P3",
        ["what a grant comes to", "交付金の額"],
        [
            "`stated(\"grant\", #{ part, most })`: `check` computes it on the outcome-linked part under the cap",
            "`stated(\"grant\", #{ part, most })` と書くと、上限内の成果連動部分について `check` が計算します",
        ],
    ),
    beyond(
        "P4",
        ["the outcome specification and the contract as documents", "成果水準書（案）と契約（案）"],
        [
            "`explain` writes the terms as a document; the script is the contract",
            "`explain` が成果水準書を作ります。契約はスクリプトそのものです",
        ],
    ),
    beyond(
        "P5",
        ["whether the indicator follows from the programme", "指標と事業の因果関係"],
        ["`issue` states it; a person judges it", "`issue` に書きます。判断は人が行います"],
    ),
    beyond(
        "P7",
        ["the version of the extract that settled", "精算に使った抽出データの版"],
        [
            "`settle` writes the digest of each file into the receipt; `--earlier` finds values that moved",
            "`settle` が各ファイルの指紋を検証票に残し、`--earlier` で変わった値を見つけます",
        ],
    ),
    beyond(
        "P8",
        ["whether baseline rows were selected alike", "基準値の対象者が同じ条件で選ばれたか"],
        [
            "an indicator of two dates or two groups computes both from the same evidence by the same closure",
            "二時点・二群の指標なら、同じデータ・同じ定義から両方を計算します",
        ],
    ),
    beyond(
        "P15",
        ["whether enough people are measured to see the effect", "効果を見分けられる人数か"],
        [
            "`simulate` draws the error of measuring: how often a programme that works goes unpaid",
            "`simulate` が測定誤差を含めて計算し、効果があるのに支払われない確率を示します",
        ],
    ),
    beyond(
        "P19",
        ["what a tax rise costs whom", "増税の負担額"],
        [
            "change `tax` and `check` again, or compare the two versions",
            "`tax` を変えて `check` し、二つの版を比べてください",
        ],
    ),
    beyond(
        "P20",
        [
            "what is paid with and without those who dropped out",
            "脱落者を含む場合と除く場合の支払額",
        ],
        [
            "`settle` prints both readings of the evidence and whether the payment differs",
            "`settle` が両方の読み方と支払額の違いを示します",
        ],
    ),
    beyond(
        "P21",
        ["how much the rule on missing values moves the payment", "欠測の扱いによる支払額の差"],
        [
            "`settle` prints the readings; a scenario's attrition shows it beforehand",
            "`settle` が読み方ごとの額を示し、シナリオの脱落で事前に見られます",
        ],
    ),
    beyond(
        "P22",
        ["what a year of a pandemic does", "感染症の年の影響"],
        ["a scenario, or a stress of one", "シナリオやストレスで確かめます"],
    ),
    beyond(
        "P28",
        [
            "whether what investors receive reconciles, and who loses first",
            "資金提供者への分配の整合と損失の順序",
        ],
        [
            "the finance of a contract is computed so that all flows sum to zero; `settle` and `simulate` show them",
            "契約の資金の流れは合計が必ず0になるよう計算され、`settle` と `simulate` に示されます",
        ],
    ),
    beyond(
        "P31",
        ["tax computed once, truncated", "消費税は一度だけ計算し切り捨てる"],
        [
            "so by construction: once per evaluation, fractions dropped",
            "評価ごとに一度計算し、端数を切り捨てます（常にこの順です）",
        ],
    ),
    beyond(
        "P33",
        ["a fair market sounding", "公平な市場調査"],
        [
            "documents of the procurement; nothing of it is in a contract",
            "調達の手続の文書によります。契約には現れません",
        ],
    ),
    beyond(
        "P34",
        ["who saves what", "節約の帰属"],
        ["`shares` of a benefit in the scenario", "シナリオの便益の `shares` で分けます"],
    ),
];
