//! A contract: read, and changed in the editor.

use crate::accessible::look;
use crate::browser::{Browser, JOURNEYS};
use crate::client::Server;

const PATH: &str = "scripts/contracts/tama-hypertension.rhai";

#[test]
fn a_parameter_is_changed_with_errors_as_one_types_and_the_check_follows() {
    for (language, width) in JOURNEYS {
        let server = Server::alone(&format!("edited-{}", language.code()));
        let browser = Browser::of(&server, language, width);
        browser.until_shown("h1", language.pick("Contracts and scenarios", "契約とシナリオ"));
        browser.follow(language.pick("Tama hypertension", "多摩市 高血圧"));
        browser
            .until_shown(".verdict.good", language.pick("passes its check", "検査に合格しました"));
        assert!(browser.count("figure svg") >= 2, "{} charts", browser.count("figure svg"));
        browser.follow(language.pick("Edit the script", "スクリプトを編集"));
        browser.until(
            "the lines are numbered",
            "return document.querySelectorAll('.lines span').length > 100",
        );
        browser.until(
            "each number stands beside its line, to the last",
            "const [lines, text] = document.querySelectorAll('.lines, #text');
             text.scrollTop = text.scrollHeight;
             return text.scrollTop > 0 && lines.scrollTop === text.scrollTop
                 && Math.abs(lines.scrollHeight - text.scrollHeight) < 40",
        );

        // A word that is not known.
        let script = std::fs::read_to_string(server.folder.join(PATH)).unwrap();
        let line = script.lines().position(|line| line.starts_with("pay(")).unwrap() + 1;
        browser.select("#text", "pay(\"base\"");
        browser.press("pey(\"base\"".chars());
        browser.until_shown("#found .error", &format!("{line}:"));
        browser.until_shown("#found .error", "pey");
        browser.until_shown("#found .error", language.pick("did you mean", "ではありませんか"));
        browser.until_shown(".lines .wrong", &line.to_string());
        look(&browser, "edit-with-errors");
        browser.select("#text", "pey(\"base\"");
        browser.press("pay(\"base\"".chars());
        browser.until(
            "no error is left",
            "return document.querySelectorAll('#found .error, .lines .wrong').length === 0",
        );

        // Another fee: the worked examples say so at once, and still after it is saved.
        browser.select("#text", "yen(3_000_000), [yen(0)");
        browser.press("yen(2_500_000), [yen(0)".chars());
        browser.until_shown(
            "#found .error",
            language.pick("does not come out", "計算例「2024年: 中間の段階」"),
        );
        browser.send("form.editor button");
        browser.until_shown(".verdict[role=status]", language.pick("Saved", "保存しました"));
        let saved = std::fs::read_to_string(server.folder.join(PATH)).unwrap();
        assert_eq!(saved, script.replace("yen(3_000_000), [yen(0)", "yen(2_500_000), [yen(0)"));
        browser.follow(language.pick("Back", "保存せずに戻る"));
        browser.until_shown(
            "#check ~ .verdict.bad",
            language.pick("does not pass", "検査に合格していません"),
        );
        browser.until_shown("tbody td", language.pick("differs", "不一致"));
        browser.until_shown("tbody td", "6,650,000");
        look(&browser, "contract-with-errors");
        browser.is_quiet(&[]);
    }
}
