//! The help, and what is wrong with a command line, in Japanese.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::arguments::Expected;

const TEMPLATE: &str = "{about-with-newline}\n使い方: {usage}\n\n{all-args}";

const COMMANDS: &[(&str, &str)] = &[
    ("seika", "成果連動型の契約を一度書けば、検査・試算・精算ができます"),
    ("check", "契約を検査する: 計算例、支払の最小と最大、誤りのおそれ"),
    ("explain", "契約の条件を普通の言葉で示す"),
    ("simulate", "シナリオの前提のもとで、契約がいくら支払うかを試算する"),
    ("report", "当事者それぞれが契約前に知っておくべきことを示す"),
    ("design", "当事者の希望を満たす条件を、契約のパラメータの範囲から探す"),
    ("sensitivity", "数値が何に左右されるかを示す: 誰にも分からない前提と、選べる条件"),
    ("compare", "二つの契約を比較する: 条項の違い、支払額の差、過去の成果での差"),
    ("information", "締結の前に何かを知る価値、測定する人数を増やす価値を求める"),
    (
        "stress",
        "ストレスを一件ずつ、また同時に適用した変化や、当事者が損をするまでの変化の大きさを示す",
    ),
    ("portfolio", "多数の契約を、共有するリスクとともに、同じ将来の上で試算する"),
    ("merge", "試算の chunk（一部）をまとめる"),
    ("settle", "測定した成果から支払額を計算する"),
    ("verify", "検証票または台帳を計算し直して確かめる"),
    ("ledger", "精算を記帳する: 提出、別の人の承認、支払、訂正"),
    ("init", "新しい台帳を作る"),
    ("submit", "評価を精算して、承認を受けるために提出する"),
    ("approve", "別の人が提出した精算を承認する"),
    ("reject", "別の人が提出した精算を差し戻す"),
    ("withdraw", "自分が提出した精算を取り下げる"),
    ("pay", "承認された精算の支払を記帳する"),
    ("list", "精算とその状況を一覧にする"),
    ("show", "精算の計算書とその経過を表示する"),
    ("backup", "台帳を新しいファイルに写す"),
    ("export", "記帳を CSV または hledger の仕訳帳に書き出す"),
    ("link", "氏名などをキーに置き換え、部署をまたいでファイルを結べるようにする"),
    ("serve", "契約とシナリオのフォルダをブラウザで開く"),
    ("account", "フォルダを開ける利用者を管理する"),
    ("add", "利用者を加える。パスワードは入力を求めるか、標準入力から読む"),
    ("password", "パスワードを変える"),
    ("roles", "役割を変える"),
    ("remove", "利用者を除く。その人が行ったことは台帳に残る"),
    ("people", "利用者と役割を一覧にする"),
    ("new", "ひな形から契約とシナリオを作る"),
    ("completions", "シェルの補完スクリプトを出力する"),
];

const ARGUMENTS: &[(&str, &str)] = &[
    ("json", "結果を JSON で出力する"),
    ("lang", "表示の言語: `ja` または `en`。省略時は環境に従う"),
    ("help", "この使い方を表示する"),
    ("version", "版を表示する"),
    ("contract", "契約のスクリプト。例: scripts/contracts/my-contract.rhai"),
    ("folder", "契約とシナリオのフォルダ"),
    (
        "portfolio_folder",
        "契約ごとのシナリオを置いたフォルダ、またはそこの portfolio.toml（共有するものを書くファイル）",
    ),
    ("address", "待ち受けるアドレス"),
    ("accounts", "利用者のファイル。serve で省略すると、この端末だけの一人用になる"),
    ("log", "操作を記録するファイル。省略時は利用者のファイルと同じ場所"),
    ("certificate", "TLS に使う証明書（PEM ファイル）"),
    ("key", "証明書の秘密鍵（PEM ファイル）"),
    ("behind_proxy", "TLS を受け持つプロキシの後ろにあると宣言する"),
    ("person", "台帳に載る名前"),
    ("roles", "役割。ROLE はすべての契約、CONTRACT=ROLE はその契約。繰り返し指定できる"),
    ("all", "参考や容認済みの指摘も、すべて詳しく表示する"),
    ("scenario", "シナリオ。例: scenarios/my-contract.toml"),
    ("paths", "試算する将来の数。ファイルの値の代わりに使う。例: 100_000"),
    ("seed", "乱数の種。ファイルの値の代わりに使う"),
    ("threads", "使うスレッドの数。省略時は全コア。結果は変わらない"),
    ("antithetic", "一つおきに前の将来と対称な将来を使う。多くの平均がより正確になる"),
    (
        "until",
        "標準誤差がここまで小さくなるまで試算する: 0.1%（支払の平均に対して）、net=1%、payment.p95=0.5%、net=100_000 など。`--paths` は上限になる",
    ),
    ("chunk", "全体の N 分の I だけを試算する。`seika merge` で他とまとめる"),
    ("out", "chunk を書き込むファイル"),
    (
        "report_for",
        "誰のための報告か: `payer`（支払者）、`provider`（受託者）、`investor`（資金提供者）、`evaluator`（評価者）",
    ),
    ("party", "その役割の当事者を一人に絞る（識別子か名称）。省略時は全員"),
    (
        "with",
        "資金提供者向け: シナリオを一部変えるファイル。同じ乱数で、元のシナリオと並べて示す。複数指定できる",
    ),
    ("alpha", "評価者向け: 効果がないのに効果ありとする確率の上限（両側検定の有意水準）"),
    ("power", "評価者向け: 効果があるときにそれを見つける確率（検出力）の目標"),
    ("design", "設計ファイル: シナリオ、変えてよい値、希望、目標"),
    ("candidates", "試す値の組の数。ファイルの値の代わりに使う"),
    ("tried", "試した値の組をすべて CSV ファイルにも書き出す"),
    ("a", "一つ目の契約、またはそのシナリオ"),
    ("b", "二つ目の契約、またはそのシナリオ"),
    ("scenario_of_both", "両方の契約を試算するシナリオ"),
    ("compared_at", "精算する評価日。省略時は、証拠データのあるすべての評価日"),
    ("compared_ledger", "台帳。その精算を両方の契約で計算し直す"),
    ("decided_figure", "判断の対象となる指標値。締結すればこの値が残り、締結しなければ 0"),
    ("against", "ほかの選択肢: シナリオ、またはこのシナリオのパッチ。複数指定できる"),
    ("of", "同時に知るセル。例: effect,uptake。複数指定できる。省略時は不確実なセルを一つずつ"),
    ("times", "その情報を使う、同じような判断の回数"),
    ("people", "測定する人数を変えた場合。例: 200,400"),
    ("more", "測定する人数をシナリオより増やした場合の、増やす人数。例: 200"),
    ("indicator", "測定する人数を変える成果指標。省略時は標本で測るものすべて"),
    ("measured_at", "測定する人数を変える評価日。省略時はすべての評価"),
    ("cost", "一人を一回測定する費用"),
    ("cost_fixed", "測定の人数を変えるための固定費"),
    (
        "patches",
        "パッチ（変更ファイル）、またはそのフォルダ。一ファイルが一件のストレス。省略時は、シナリオの横のフォルダ stress/シナリオ名 にあるもの",
    ),
    ("figures", "示す指標値。例: net、result.city。省略時は主なもの"),
    (
        "reverse",
        "この当事者（識別子か名称）が平均して損をする、不確かなセルの最も軽い変化を探す。指定したパッチは先に適用する",
    ),
    ("reverse_below", "同じことを任意の指標値と限度で行う。例: net=0"),
    ("draws", "将来の一つ一つを行とする CSV ファイルも書き出す: セル、成果、支払"),
    (
        "figure",
        "調べる数値: payment、net、line.X、benefit.X など。省略時は net、便益のないシナリオでは payment",
    ),
    ("above", "平均の代わりに、この値を上回る確率を調べる"),
    ("below", "平均の代わりに、この値を下回る確率を調べる"),
    ("sobol", "分散を要因に分ける（Sobol 指標）。要因ごとに一回ずつ試算する"),
    (
        "grid",
        "二つのセルかパラメータの値の組ごとに示す。例: uptake,top_step。effect=0:6:7 とすると 0 から 6 までの 7 個の値。複数指定できる",
    ),
    ("chunks", "一つの試算の全 chunk のファイル（順不同）"),
    (
        "evidence",
        "測定データ、または評価者の集計値のファイル（CSV、TSV、rows.xlsx#シート名）。複数指定できる",
    ),
    ("earlier", "以前に抽出した証拠データ。その後に変わった値を調べる。複数指定できる"),
    ("file", "氏名や番号のあるファイル（CSV、TSV、rows.xlsx#シート名）"),
    ("key", "個人を特定する列。例: 氏名,生年月日"),
    ("secret_file", "全部署で共有する秘密の文字列（32 文字以上）のファイル"),
    ("linked", "キーに置き換えた表を書き込む CSV ファイル"),
    ("drop", "ほかに取り除く列。例: 住所,電話番号"),
    ("at", "精算する評価日。評価が一回だけの契約では省略できる"),
    ("ended", "契約が途中で終了した日"),
    ("invoiced", "請求書を受理した日。支払期限の起算日"),
    ("paid_before", "既払額（税込）。以前の評価や台帳から求めた額の代わりに使う"),
    ("report_page", "条件をページにも書き出す（.html）。支払項目ごとの図つきで、A4 で印刷できる"),
    (
        "report_files",
        "結果をファイルにも書き出す: グラフつきのページ（.html、A4 で印刷できる）または Excel ブック（.xlsx）。複数指定できる",
    ),
    (
        "statement_files",
        "支払計算書をファイルにも書き出す: 署名用のページ（.html、A4 で印刷できる）または計算式つきの Excel ブック（.xlsx）。複数指定できる",
    ),
    (
        "hide_counts_under",
        "1 人から N-1 人までの人数と、それを逆算できる値を隠す。HTML と Excel では省略時 10 未満を隠す。0 なら隠さない。指定すると画面表示や JSON にも適用する",
    ),
    ("ledger", "台帳。以前の評価の支払った額を既払額とする"),
    ("receipt", "検証票を書き出す。相手方は `seika verify` で計算書を計算し直せる"),
    ("evidence_inside", "証拠データそのものも入れる。個人の情報を含むことがある"),
    ("figures_out", "成果を集計値の表（CSV）に書き出す。これだけで同じ計算書になる"),
    ("receipt_file", "検証票（JSON）"),
    ("evidence_compared", "証拠のファイル。検証票のものと照合し、推定し直す"),
    ("ledger_file", "台帳のファイル"),
    ("wait", "台帳を使う他の人を待つ秒数"),
    ("by", "行う人の氏名（申告）。記帳されるが、本人確認はしない"),
    ("dry_run", "すべて計算・検査し、何も書き込まない"),
    ("now", "時計の代わりに記帳する時刻"),
    ("reason", "精算済みの評価を訂正する理由"),
    ("why", "理由"),
    ("entry", "精算の記帳番号"),
    ("on", "支払った日"),
    ("reference", "支払を特定するもの: 伝票や振込の番号"),
    ("receipt_out", "精算の検証票を書き出す"),
    ("holds", "別に控えておいた記帳のハッシュ。台帳に含まれていなければならない"),
    ("to", "作るファイル"),
    ("format", "`csv` または `hledger`"),
    ("export_out", "書き込むファイル。省略時は標準出力"),
    ("name", "契約の名前: 英字・数字・`-`"),
    (
        "template",
        "ひな形: `blood-pressure`（高血圧。省略時）、`care-prevention`（介護予防）、`screening`（検診）、`medication`（服薬）、`health-points`（健康ポイント）、`employment`（就労）",
    ),
    ("payer", "支払者。例: 渋谷区"),
    ("provider", "事業を行う者"),
    ("first_day", "契約の初日"),
    ("last_day", "契約の最終日"),
    ("cap", "支払上限額（円）"),
    ("target", "主な指標の目標値。これに達すると満額を支払う。例: 5（mmHg）、70（%）"),
    ("yes", "何も尋ねず、指定のないものは既定の値とする"),
    ("shell", "シェル: bash、elvish、fish、powershell、zsh"),
];

/// The command line with its help in Japanese.
pub(crate) fn translated(command: Command) -> Command {
    let about = known(COMMANDS, command.get_name());
    command
        .about(about)
        .help_template(format!("{TEMPLATE}{{after-help}}"))
        .subcommand_help_heading("コマンド")
        .subcommand_value_name("コマンド")
        .mut_args(argument)
        .mut_subcommands(translated)
}

fn argument(argument: Arg) -> Arg {
    let heading = if argument.is_positional() { "引数" } else { "オプション" };
    let help = known(ARGUMENTS, argument.get_id().as_str());
    argument.help(help).help_heading(heading)
}

fn known(list: &[(&'static str, &'static str)], name: &str) -> &'static str {
    list.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words)
}

/// What is wrong with a command line.
pub(crate) fn complaint(error: &clap::Error) -> String {
    let value = |kind| error.get(kind).map(words).unwrap_or_default();
    let argument = value(ContextKind::InvalidArg);
    let given = value(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::UnknownArgument => format!("`{argument}` という引数はありません"),
        ErrorKind::InvalidSubcommand => {
            format!("`{}` というコマンドはありません", value(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("`{argument}` が必要です"),
        ErrorKind::MissingSubcommand => "コマンドが必要です".to_owned(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if given.is_empty() => {
            format!("`{argument}` に値が必要です")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("`{argument}` に `{given}` は使えません")
        }
        ErrorKind::ArgumentConflict => {
            let other = value(ContextKind::PriorArg);
            if other.is_empty() || other == argument {
                format!("`{argument}` は一度しか指定できません")
            } else {
                format!("`{argument}` と `{other}` は同時に指定できません")
            }
        }
        _ => "コマンドの書き方が正しくありません".to_owned(),
    };
    let mut text = format!("エラー: {message}\n");
    let expected = match error.source().and_then(|source| source.downcast_ref::<Expected>()) {
        Some(expected) => expected.0.ja.clone(),
        None => value(ContextKind::ValidValue),
    };
    if !expected.is_empty() {
        text += &format!("   期待: {expected}\n");
    }
    let near =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(near) = near.into_iter().map(value).find(|near| !near.is_empty()) {
        text += &format!("\nヒント: `{near}` ではありませんか\n");
    }
    text + "\n`--help` を付けると使い方を表示します\n"
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("、"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_has_its_help_in_japanese() {
        fn look(command: &Command) {
            assert_ne!(known(COMMANDS, command.get_name()), "", "{}", command.get_name());
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert_ne!(known(ARGUMENTS, id), "", "{id}");
            }
            command.get_subcommands().for_each(look);
        }
        look(&Arguments::command());
        translated(Arguments::command()).debug_assert();
    }

    #[test]
    fn a_wrong_value_is_explained_in_japanese() {
        let line = ["seika", "simulate", "a.toml", "--paths", "many"];
        let error = translated(Arguments::command()).try_get_matches_from(line).unwrap_err();
        let text = complaint(&error);
        assert!(text.starts_with("エラー: `--paths <N>` に `many` は使えません\n"), "{text}");
        assert!(text.contains("期待: 100000 や 100_000"), "{text}");
    }
}
