//! Findings as people read them: what is grave first and in full, the rest in short.

use engine::contract::{Contract, Finding};
use engine::problem::{Language, Severity};

use crate::output::Look;
use crate::render;

/// How findings are shown.
pub(crate) struct Findings<'c> {
    pub(crate) contract: &'c Contract,
    pub(crate) language: Language,
    pub(crate) look: Look,
}

impl Findings<'_> {
    /// All of them, each group under its title; in full only errors and warnings, or `all`.
    pub(crate) fn text(&self, findings: &[Finding], all: bool) -> String {
        let language = self.language;
        let grave = |finding: &Finding| finding.severity > Severity::Note;
        let open: Vec<&Finding> = findings.iter().filter(|one| one.accepted.is_none()).collect();
        let accepted: Vec<&Finding> =
            findings.iter().filter(|one| one.accepted.is_some()).collect();
        let mut text = String::new();
        for finding in open.iter().filter(|finding| all || grave(finding)) {
            text += &format!("\n{}", self.whole(finding));
        }
        let groups = [
            (pick!(language, "Notes", "参考"), false),
            (pick!(language, "Not stated", "定めのない事項"), true),
        ];
        let mut left_out = false;
        for (title, unstated) in groups {
            let own = |one: &&&Finding| one.is_unstated() == unstated && !all && !grave(one);
            let group: Vec<&&Finding> = open.iter().filter(own).collect();
            if group.is_empty() {
                continue;
            }
            let count = group.len();
            text += &pick!(language, "\n{title} ({count})\n", "\n{title}（{count} 件）\n");
            if unstated {
                text += &self.topics(&group);
            } else {
                group.iter().for_each(|finding| text += &self.short(finding));
            }
            left_out = true;
        }
        if !accepted.is_empty() {
            let count = accepted.len();
            text += &pick!(language, "\nAccepted ({count})\n", "\n容認済み（{count} 件）\n");
            for finding in accepted {
                text += &match all {
                    true => format!("\n{}", self.whole(finding)),
                    false => self.short(finding),
                };
                left_out |= !all;
            }
        }
        if left_out {
            text += &pick!(
                language,
                "\n`--all` shows each in full: its line, outcomes that show it, and what to do\n",
                "\n`--all` で、該当行・具体例・対処を含めてすべて表示します\n"
            );
        }
        text
    }

    /// A finding with its place, the outcomes that show it, who accepts it, and what to do.
    fn whole(&self, finding: &Finding) -> String {
        let language = self.language;
        let mut more: Vec<(String, String)> = finding
            .examples
            .iter()
            .map(|example| {
                let label = pick!(language, "example:", "例:");
                (label, example.words(self.contract).within(language).to_owned())
            })
            .collect();
        if let Some(accepted) = self.acceptance(finding) {
            more.push((pick!(language, "accepted:", "容認:"), accepted));
        }
        more.push((pick!(language, "finding:", "識別子:"), finding.id.to_owned()));
        render::problem_with(&finding.problem, &more, language, self.look)
    }

    /// What is not stated, in one list.
    fn topics(&self, findings: &[&&Finding]) -> String {
        let language = self.language;
        let topics = findings.iter().filter_map(|finding| finding.topic(self.contract, language));
        let separator = pick!(language, "; ", "；");
        render::wrapped("  ", &topics.collect::<Vec<_>>().join(&separator))
    }

    /// A finding on a line or two.
    fn short(&self, finding: &Finding) -> String {
        let language = self.language;
        let line = finding.place.as_ref().map(|place| place.line).filter(|line| *line > 0);
        let place = match line {
            Some(line) => pick!(language, "line {line}: ", "{line} 行目: "),
            None => String::new(),
        };
        let (message, id) = (finding.message.within(language), finding.id);
        let mut text = render::wrapped(&format!("  - {place}"), &format!("{message} [{id}]"));
        if let Some(accepted) = self.acceptance(finding) {
            let label = pick!(language, "    because: ", "    理由: ");
            text += &render::wrapped(&label, &accepted);
        }
        text
    }

    /// Why a finding is accepted, by whom and by which clause.
    fn acceptance(&self, finding: &Finding) -> Option<String> {
        let language = self.language;
        let accepted = finding.accepted.as_ref()?;
        let party = accepted.by.map(|by| self.contract.parties[by].name.within(language));
        let who: Vec<&str> = party.into_iter().chain(accepted.clause.as_deref()).collect();
        let reason = accepted.reason.within(language);
        if who.is_empty() {
            return Some(reason.to_owned());
        }
        let who = who.join(language.comma());
        Some(pick!(language, "{reason} ({who})", "{reason}（{who}）"))
    }
}
