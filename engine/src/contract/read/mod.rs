//! From a script to a [`Contract`]: the draft that the words fill, and what is made of it.

mod draft;
mod finance;
mod finance_draft;
mod finance_known;
mod indicators;
mod lines;

pub use draft::Overrides;
pub(super) use draft::{
    ClosureKind, DesignDraft, Draft, ExampleDraft, Header, IndicatorDraft, IndicatorHandle,
    LineDraft, PartyHandle, StrataValue,
};
pub(super) use finance_draft::{
    AccountDraft, AmountsDraft, CostDraft, DeferredDraft, GuaranteeDraft, Places, ProfitDraft,
    ReserveDraft, TrancheDraft, TrancheHandle,
};

use rhai::Dynamic;
use rust_decimal::Decimal;

use crate::Files;
use crate::contract::Terms;
use crate::contract::vocabulary::{self, Desk, WORDS};
use crate::contract::{Contract, Example, Role};
use crate::evidence;
use crate::problem::{Place, Problem, Severity, Source, Text, did_you_mean, say};
use crate::script::{Limits, Sandbox, Workbench, describe};

impl Contract {
    /// Reads the contract at `path`.
    ///
    /// # Errors
    /// Every problem of the script, each at its place: what stands in the way of reading it and
    /// what is wrong in it. Warnings alone are no error; they are in
    /// [`warnings`](Contract::warnings).
    pub fn read(
        files: &dyn Files,
        path: &str,
        overrides: &Overrides,
    ) -> Result<Contract, Vec<Problem>> {
        let one = |problem| vec![problem];
        evidence::expect_kind(path, evidence::Kind::Contract).map_err(one)?;
        let source = evidence::read_text(files, path).map_err(one)?;
        Contract::parse(source, overrides)
    }

    /// Reads a contract from its text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(source: Source, overrides: &Overrides) -> Result<Contract, Vec<Problem>> {
        let text = source.text().to_owned();
        let mut sandbox = Sandbox::new(source.clone(), WORDS, Limits::default());
        let desk = Desk::new(
            sandbox.bench().clone(),
            Draft { overrides: overrides.clone(), ..Draft::default() },
        );
        vocabulary::register(sandbox.engine(), &desk);
        sandbox.run(&text);
        let reader = Reader { sandbox: &sandbox, bench: sandbox.bench().clone(), desk: &desk };
        let contract = reader.contract(&source);
        let problems = sandbox.bench().take_problems();
        let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
        match contract {
            Some(mut contract) if !failed => {
                contract.warnings = problems;
                Ok(contract)
            }
            _ => Err(problems),
        }
    }
}

struct Reader<'a> {
    sandbox: &'a Sandbox,
    bench: Workbench,
    desk: &'a Desk,
}

impl Reader<'_> {
    /// The contract, or `None` when too little was declared; problems are on the workbench.
    fn contract(&self, source: &Source) -> Option<Contract> {
        let header = self.desk.draft().header.take();
        let Some(header) = header else {
            // An unfinished run already said what stopped it.
            if !self.bench.has_errors() {
                self.bench.report(
                    Problem::error(
                        "no-contract",
                        say!("the script declares no contract", "契約が宣言されていません"),
                    )
                    .expected(say!("contract(\"id\", #{{ … }})", "contract(\"id\", #{{ … }})"))
                    .at(source.whole()),
                );
            }
            return None;
        };
        if self.bench.has_errors() {
            // Tracing on top of failed declarations would only repeat them in other words; the
            // indicators' and lines' closures are still looked at.
            self.trace_all(&header);
            return None;
        }
        self.needed(&header, source);
        let (indicators, lines, offsets, terms) = self.trace_all(&header)?;
        let (finance, finance_terms) = self.financed(&header, &indicators, &terms)?;
        let mut draft = std::mem::take(&mut *self.desk.draft());
        for name in draft.overrides.keys() {
            if !draft.parameters.iter().any(|parameter| parameter.name == *name) {
                let known: Vec<&str> =
                    draft.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                let problem = Problem::error(
                    "unknown-parameter",
                    say!(
                        "the contract has no parameter `{name}`",
                        "契約に `{name}` というパラメータはありません"
                    ),
                );
                let problem = if known.is_empty() {
                    problem.help(say!(
                        "it declares none: let fee = param(\"{name}\", yen(1_000_000));",
                        "契約で宣言してください: let fee = param(\"{name}\", yen(1_000_000));"
                    ))
                } else {
                    problem.expected(Text::from(known.join(", ")))
                };
                self.bench.report(match did_you_mean(name, known) {
                    Some(near) => problem.help(near),
                    None => problem,
                });
            }
        }
        self.columns(&mut draft, &indicators);
        let (graph, places) = self.bench.finish();
        Some(Contract {
            file: source.file().to_owned(),
            script: source.text().to_owned(),
            id: header.id,
            title: header.title,
            currency: header.currency,
            from: header.from?,
            to: header.to?,
            cap: header.cap,
            cap_each: draft.cap_each,
            cap_year: draft.cap_year,
            cap_payers: draft.cap_payers,
            minimum: draft.minimum,
            minimum_each: draft.minimum_each,
            early_end: draft.early_end,
            payment_due: draft.payment_due,
            provisions: draft.provisions,
            acceptances: draft.acceptances,
            tax: header.tax,
            rounding: header.rounding?,
            parties: draft.parties,
            evaluations: draft.evaluations,
            indicators,
            lines,
            offsets,
            finance,
            examples: draft
                .examples
                .into_iter()
                .map(|example| Example {
                    name: example.name,
                    dates: example.dates,
                    paid_before: example.paid_before,
                    expected: example.expected,
                    place: example.place,
                })
                .collect(),
            rows: draft.rows,
            columns: draft.columns,
            parameters: draft.parameters,
            graph,
            terms: Terms {
                outcomes: draft.outcomes,
                endings: draft.endings,
                evaluations: terms,
                finance: finance_terms,
            },
            warnings: Vec::new(),
            places,
            declared_at: draft.declared_at,
        })
    }

    /// Limits must be amounts that can be paid: multiples of the rounding's step.
    fn whole_steps(&self, header: &Header, draft: &Draft) {
        let Some(step) = header.rounding.map(|rounding| rounding.step) else { return };
        let place = |word: &str| draft.declared_at.get(word).cloned().or(header.place.clone());
        let mut limits: Vec<(Decimal, Option<Place>)> = Vec::new();
        for (word, limit) in [
            ("cap", header.cap),
            ("cap_each", draft.cap_each),
            ("cap_year", draft.cap_year),
            ("minimum", draft.minimum),
            ("minimum_each", draft.minimum_each),
        ] {
            limits.extend(limit.map(|limit| (limit, place(word))));
        }
        limits.extend(draft.cap_payers.iter().map(|(_, limit)| (*limit, place("cap_payer"))));
        for line in &draft.lines {
            let own = line.cap.into_iter().chain(line.cap_each);
            limits.extend(own.map(|limit| (limit, line.place.clone())));
        }
        for (limit, place) in limits {
            if !(limit % step).is_zero() {
                let (limit, step) = (limit.normalize(), step.normalize());
                self.bench.report(
                    Problem::error(
                        "limit-between-steps",
                        say!(
                            "a limit of {limit} cannot be paid: amounts are rounded to {step}",
                            "限度額 {limit} は支払えません。金額は {step} 単位に丸められます"
                        ),
                    )
                    .expected(say!("a multiple of {step}", "{step} の倍数"))
                    .maybe_at(place),
                );
            }
        }
    }

    /// What every contract needs.
    fn needed(&self, header: &Header, source: &Source) {
        let draft = self.desk.draft();
        let place = || header.place.clone().unwrap_or_else(|| source.whole());
        let report = |missing: bool, id: &'static str, message: Text, expected: Text| {
            if missing {
                self.bench.report(Problem::error(id, message).expected(expected).at(place()));
            }
        };
        self.whole_steps(header, &draft);
        let role = |role: Role| draft.parties.iter().any(|party| party.role == role);
        report(
            !role(Role::Payer),
            "no-payer",
            say!("nobody pays", "支払者がいません"),
            say!(
                "party(\"city\", #{{ role: \"payer\", … }})",
                "party(\"city\", #{{ role: \"payer\", … }})"
            ),
        );
        report(
            !role(Role::Provider),
            "no-provider",
            say!("nobody is paid", "受託者がいません"),
            say!(
                "party(\"vendor\", #{{ role: \"provider\", … }})",
                "party(\"vendor\", #{{ role: \"provider\", … }})"
            ),
        );
        report(
            draft.evaluations.is_empty(),
            "no-evaluation",
            say!("there is no evaluation", "評価日がありません"),
            say!(
                "evaluations([#{{ at: \"2025-03-31\", paid: \"2025-05-31\" }}])",
                "evaluations([#{{ at: \"2025-03-31\", paid: \"2025-05-31\" }}])"
            ),
        );
        report(
            draft.lines.is_empty(),
            "no-payment",
            say!("nothing is paid", "支払項目がありません"),
            say!("pay(\"base\", |e| yen(1_000_000))", "pay(\"base\", |e| yen(1_000_000))"),
        );
    }
}

/// What a closure gave is no value: most often an `if` without `else`.
fn no_value(value: &Dynamic) -> Problem {
    if value.is_unit() {
        return Problem::error(
            "nothing-given",
            say!(
                "this closure gives nothing on some branch",
                "このクロージャには何も返さない分岐があります"
            ),
        )
        .help(say!(
            "end it with a value, and every `if` with an `else {{ yen(0) }}`",
            "最後に値を書き、`if` には `else {{ yen(0) }}` を付けてください"
        ));
    }
    Problem::error(
        "not-a-number",
        say!("this closure gives no amount", "このクロージャは量を返していません"),
    )
    .found(describe(value))
}
