//! Payment rules in words: tables and straight lines where they are such, else a formula.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::Sheet;
use crate::contract::pieces::{Edge, Piece};
use crate::contract::wording::{self, Choice, phrase};
use crate::contract::{Basis, Indicator, Line, LineKind, Price};
use crate::expr::{Exact, Graph, Node, NodeId, Unit};
use crate::problem::Language;

/// A table of more rows than this is printed as a formula instead.
const ROWS_MAX: usize = 60;

/// What is said of a price: paragraphs, with bullets and a table after them.
type Words = Vec<String>;

impl Sheet<'_> {
    pub(super) fn payments(&mut self) {
        let (contract, language) = (self.contract, self.language);
        self.section(&phrase!(language, "What is paid", "支払項目"));
        self.items(&contract.lines, false);
        if !contract.offsets.is_empty() {
            self.section(&phrase!(language, "What is deducted", "減額"));
            self.items(&contract.offsets, true);
        }
    }

    fn items(&mut self, lines: &[Line], deducted: bool) {
        let language = self.language;
        for (position, line) in lines.iter().enumerate() {
            if position > 0 {
                self.line("");
            }
            let number = position + 1;
            let (title, id) = (line.title.within(language), &line.id);
            self.line(if title == id {
                format!("### {number}. {title}")
            } else {
                phrase!(
                    language,
                    "### {number}. {title} (`{id}`)",
                    "### {number}. {title}（`{id}`）"
                )
            });
            self.line("");
            self.item(line, deducted);
        }
    }

    fn item(&mut self, line: &Line, deducted: bool) {
        let language = self.language;
        let parties = self.who_pays(line, deducted);
        self.line(parties);
        if let Some(parts) = self.split_of(line) {
            self.line("");
            self.line(phrase!(
                language,
                "Split: {parts}. Each part is rounded down; what is left goes to them unit by unit in this order.",
                "分担：{parts}。各持分の端数は切り捨て、残りはこの順に一単位ずつ割り当てる。"
            ));
        }
        let rules = self.rules_of(line, 0);
        let several = rules.len() > 1;
        for (words, evaluations) in rules {
            self.line("");
            if several {
                let at = self.dates(&evaluations);
                self.line(phrase!(language, "At {at}:", "{at}："));
                self.line("");
            }
            self.lines.extend(words);
        }
        let limits = self.limits_of(line);
        if !limits.is_empty() {
            self.line("");
        }
        for (said, limit) in limits {
            self.line(phrase!(language, "- {said}: {limit}", "- {said}：{limit}"));
        }
        let needed = self.needed_by(line);
        if !needed.is_empty() {
            self.line("");
        }
        self.lines.extend(needed);
    }

    /// Who pays whom, and when.
    fn who_pays(&self, line: &Line, deducted: bool) -> String {
        let language = self.language;
        let at: Vec<usize> = line.prices.iter().map(|price| price.evaluation).collect();
        let at = self.dates(&at);
        let payers = self.names(line.shares.iter().map(|share| share.payer));
        let to = self.names(line.shares.iter().map(|share| share.to));
        match (deducted, line.kind) {
            (true, _) => phrase!(
                language,
                "Taken off what {payers} pays {to}, at {at}.",
                "{payers}が{to}に支払う額から差し引く。対象とする評価日：{at}。"
            ),
            (false, LineKind::Payment) if several_payers(line) => phrase!(
                language,
                "{payers} pay {to}, at {at}.",
                "{payers}が{to}に支払う。対象とする評価日：{at}。"
            ),
            (false, LineKind::Payment) => {
                phrase!(
                    language,
                    "{payers} pays {to}, at {at}.",
                    "{payers}が{to}に支払う。対象とする評価日：{at}。"
                )
            }
            (false, LineKind::Malus) => phrase!(
                language,
                "Deducted from what {payers} pays {to}, before any limit and never below 0, at {at}.",
                "{payers}が{to}に支払う額から、限度の適用前に減額する（0を下回らない）。対象とする評価日：{at}。"
            ),
            (false, LineKind::Return) => phrase!(
                language,
                "{to} pays back to {payers}, at {at}.",
                "{to}が{payers}に返還する。対象とする評価日：{at}。"
            ),
        }
    }

    /// Who bears or receives which part, where a line is split.
    fn split_of(&self, line: &Line) -> Option<String> {
        if line.shares.len() < 2 {
            return None;
        }
        let several = several_payers(line);
        let parts = line.shares.iter().map(|share| {
            let party = if several { share.payer } else { share.to };
            format!("{} {}", self.party(party), share.words())
        });
        Some(parts.collect::<Vec<_>>().join(self.language.comma()))
    }

    /// The rules of a line; evaluations whose rule reads the same are told together.
    fn rules_of(&self, line: &Line, depth: usize) -> Vec<(Words, Vec<usize>)> {
        let mut rules: Vec<(Words, Vec<usize>)> = Vec::new();
        for price in &line.prices {
            let words = self.price(price, depth);
            match rules.iter_mut().find(|(known, _)| *known == words) {
                Some((_, evaluations)) => evaluations.push(price.evaluation),
                None => rules.push((words, vec![price.evaluation])),
            }
        }
        rules
    }

    /// The limits of a line by itself, how it looks back, and its clause.
    fn limits_of(&self, line: &Line) -> Vec<(String, String)> {
        let (contract, language) = (self.contract, self.language);
        let mut limits = Vec::new();
        for (limit, said) in [
            (line.cap_each, phrase!(language, "At most per evaluation", "評価ごとの上限")),
            (line.cap, phrase!(language, "At most over the contract", "契約全体での上限")),
        ] {
            limits.extend(limit.map(|limit| (said, self.amount(limit))));
        }
        if let Some(basis) = basis_words(line, language) {
            limits.push((phrase!(language, "Over time", "期間の扱い"), basis));
        }
        if contract.early_end.is_some()
            && let Some(at) = line.at_early_end
        {
            let words = super::early_end_words(at, language);
            limits.push((phrase!(language, "If the contract ends early", "途中終了のとき"), words));
        }
        if let Some(clause) = &line.clause {
            limits.push((phrase!(language, "Clause", "条項"), clause.clone()));
        }
        limits
    }

    /// When a line is 0 because too few were measured.
    fn needed_by(&self, line: &Line) -> Words {
        let (contract, language) = (self.contract, self.language);
        let mut needed: Vec<usize> = line
            .prices
            .iter()
            .flat_map(|price| &price.needs)
            .map(|need| contract.terms.outcomes[*need].indicator)
            .collect();
        needed.sort_unstable();
        needed.dedup();
        let nothing = self.amount(Decimal::ZERO);
        let words = needed.into_iter().map(|indicator| {
            let indicator = &contract.indicators[indicator];
            let (title, least) = (indicator.title.within(language), indicator.at_least);
            match (least, language) {
                (1, _) => phrase!(
                    language,
                    "If nobody was measured for \"{title}\", this item is {nothing}.",
                    "「{title}」を測定できた人がいないとき、この項目は{nothing}とする。"
                ),
                _ => phrase!(
                    language,
                    "If fewer than {least} people were measured for \"{title}\", this item is {nothing}.",
                    "「{title}」の測定人数が{least}人に満たないとき、この項目は{nothing}とする。"
                ),
            }
        });
        words.collect()
    }

    /// A line's terms one by one, each with its name.
    pub(super) fn terms_of(&self, line: &Line, deducted: bool) -> Vec<(String, String)> {
        let language = self.language;
        let parties = phrase!(language, "Who pays whom", "支払う者と受ける者");
        let mut terms = vec![(parties, self.who_pays(line, deducted))];
        if let Some(split) = self.split_of(line) {
            terms.push((phrase!(language, "Split", "分担"), split));
        }
        for (words, evaluations) in self.rules_of(line, 1) {
            let rule = phrase!(language, "Rule", "支払の定め");
            let item = match evaluations.len() == line.prices.len() {
                true => rule,
                false => {
                    let at = self.dates(&evaluations);
                    phrase!(language, "{rule} at {at}", "{at}の{rule}")
                }
            };
            let words = words.into_iter().filter(|word| !word.is_empty());
            terms.push((item, words.collect::<Vec<_>>().join("\n")));
        }
        terms.extend(self.limits_of(line));
        let needed = self.needed_by(line);
        if !needed.is_empty() {
            let item = phrase!(language, "If too few were measured", "測定人数の不足");
            terms.push((item, needed.join("\n")));
        }
        terms
    }

    pub(super) fn price(&self, price: &Price, depth: usize) -> Words {
        let language = self.language;
        let mut words = Vec::new();
        if let Some(gate) = price.gate {
            let gate = self.formula(gate, price.evaluation);
            let nothing = self.amount(Decimal::ZERO);
            words.push(phrase!(
                language,
                "Only if {gate}; otherwise {nothing}.",
                "次の条件を満たすときだけ支払い、満たさないときは{nothing}とする：{gate}。"
            ));
            words.push(String::new());
        }
        words.extend(self.rule(price.stated, price.evaluation, depth));
        words
    }

    fn formula(&self, node: NodeId, evaluation: usize) -> String {
        wording::expression_at(self.contract, node, evaluation, self.language)
    }

    /// A rule in words; inside another rule (`depth` above 0) as bullets.
    fn rule(&self, node: NodeId, evaluation: usize, depth: usize) -> Words {
        let (contract, language) = (self.contract, self.language);
        let graph = &contract.graph;
        if let Some(amount) = graph.literal(node) {
            let (zero, amount) = (amount.is_zero(), self.amount(amount));
            // Inside another rule an amount needs no name.
            return vec![match depth > 0 || zero {
                true => phrase!(language, "{amount}.", "{amount}。"),
                false => phrase!(language, "A fixed {amount}.", "定額{amount}。"),
            }];
        }
        if let Some(words) = self.by_outcome(node, evaluation, depth) {
            return words;
        }
        if let Some(words) = self.additions(node, evaluation, depth) {
            return words;
        }
        // A rule deeper than this is no easier to read in pieces.
        let shallow = depth < 4;
        match graph.node(node) {
            Node::Add(..) if shallow => {
                let mut words = vec![phrase!(language, "The sum of:", "次の合計：")];
                if depth == 0 {
                    words.push(String::new());
                }
                for part in self.summands(node) {
                    words.extend(bullet(self.rule(part, evaluation, depth + 1)));
                }
                words
            }
            Node::Select { .. } if shallow => {
                let Some(Choice { when, then, otherwise }) = Choice::of(graph, node) else {
                    return self.formula_words(node, evaluation);
                };
                let when = wording::condition_at(contract, &when, evaluation, language);
                let mut words = vec![phrase!(language, "By condition:", "条件により：")];
                if depth == 0 {
                    words.push(String::new());
                }
                let chosen = self.rule(then, evaluation, depth + 1);
                let other = self.rule(otherwise, evaluation, depth + 1);
                words.extend(bullet(headed(
                    &phrase!(language, "If {when}: ", "{when}なら："),
                    chosen,
                )));
                words
                    .extend(bullet(headed(&phrase!(language, "Otherwise: ", "それ以外："), other)));
                words
            }
            Node::Smaller(a, b) | Node::Larger(a, b) if shallow => {
                let smaller = matches!(graph.node(node), Node::Smaller(..));
                let (value, limit) = match (graph.literal(*a), graph.literal(*b)) {
                    (Some(limit), None) => (*b, limit),
                    (None, Some(limit)) => (*a, limit),
                    _ => return self.formula_words(node, evaluation),
                };
                let limit = self.amount(limit);
                let head = match smaller {
                    true => phrase!(language, "Never above {limit}: ", "{limit}を上限として："),
                    false => phrase!(language, "Never below {limit}: ", "{limit}を下限として："),
                };
                headed(&head, self.rule(value, evaluation, depth))
            }
            Node::Multiply(a, b) => {
                let (price, factor) = match graph.unit(*b).is_money() {
                    true => (*b, *a),
                    false => (*a, *b),
                };
                // A price by table times a number: the number is said, the table printed.
                match self.by_outcome(price, evaluation, depth) {
                    Some(words) => {
                        let factor = self.formula(factor, evaluation);
                        let head = phrase!(language, "{factor} times: ", "{factor}に次を乗じる：");
                        headed(&head, words)
                    }
                    None => self.formula_words(node, evaluation),
                }
            }
            _ => self.formula_words(node, evaluation),
        }
    }

    /// Amounts added one by one, each under a condition of its own: `if … { total += … }`.
    fn additions(&self, node: NodeId, evaluation: usize, depth: usize) -> Option<Words> {
        let (contract, language) = (self.contract, self.language);
        let graph = &contract.graph;
        let mut parts: Words = Vec::new();
        let mut rest = node;
        while let Some(Choice { when, then, otherwise }) = Choice::of(graph, rest)
            && let Some(added) = apart(graph, then, otherwise, &mut FxHashMap::default())
        {
            let when = wording::condition_at(contract, &when, evaluation, language);
            let added = self.amount(added);
            parts.push(phrase!(language, "{added} if {when}.", "{when}なら{added}。"));
            rest = otherwise;
        }
        // One condition alone is told better as a choice.
        if parts.len() < 2 {
            return None;
        }
        if graph.literal(rest).is_none_or(|base| !base.is_zero()) {
            parts.push(self.rule(rest, evaluation, depth + 1).join(" "));
        }
        let mut words = vec![phrase!(language, "The sum of:", "次の合計：")];
        if depth == 0 {
            words.push(String::new());
        }
        words.extend(parts.into_iter().map(|part| format!("- {part}")));
        Some(words)
    }

    fn formula_words(&self, node: NodeId, evaluation: usize) -> Words {
        let formula = self.formula(node, evaluation);
        vec![phrase!(self.language, "{formula}.", "{formula}。")]
    }

    fn summands(&self, node: NodeId) -> Vec<NodeId> {
        match self.contract.graph.node(node) {
            Node::Add(a, b) if self.contract.pieces(node).is_none() => {
                let mut parts = self.summands(*a);
                parts.extend(self.summands(*b));
                parts
            }
            _ => vec![node],
        }
    }

    /// A rule that looks at one outcome: a table, a straight line, a proportion.
    fn by_outcome(&self, node: NodeId, evaluation: usize, depth: usize) -> Option<Words> {
        let contract = self.contract;
        let outcome = &contract.terms.outcomes[contract.sole_outcome(node)?];
        if outcome.evaluation != evaluation {
            return None;
        }
        let indicator = &contract.indicators[outcome.indicator];
        let pieces = contract.pieces(node)?;
        if pieces.len() > ROWS_MAX {
            return None;
        }
        let readable = pieces.iter().all(|piece| {
            piece.is_flat() || (piece.low.is_some() || at_zero(piece)) && piece.high.is_some()
        });
        // A single line without ends is a price times a number: the formula says it shorter.
        if !readable {
            return None;
        }
        let ramp = match &pieces[..] {
            [one] if one.is_flat() => {
                let amount = self.exact(one.amount());
                let language = self.language;
                return Some(vec![phrase!(
                    language,
                    "{amount}, whatever the outcome.",
                    "成果にかかわらず{amount}。"
                )]);
            }
            [rise, top] if !rise.is_flat() && top.is_flat() => Some((rise, Some(rise))),
            [bottom, rise, top] if bottom.is_flat() && !rise.is_flat() && top.is_flat() => {
                Some((rise, None))
            }
            _ => None,
        };
        Some(
            match ramp
                .and_then(|(rise, first)| self.ramp(rise, first.is_some(), indicator, &pieces))
            {
                Some(sentence) => vec![sentence],
                None => self.table(&pieces, indicator, depth),
            },
        )
    }

    /// One straight line, flat beyond its ends.
    fn ramp(
        &self,
        rise: &Piece,
        from_least: bool,
        indicator: &Indicator,
        pieces: &[Piece],
    ) -> Option<String> {
        let language = self.language;
        let low = rise.low.map_or(Decimal::ZERO, |edge| edge.at);
        let high = rise.high?.at;
        let joined = pieces.windows(2).all(|pair| {
            let at = pair[0].high.map(|edge| edge.at);
            at.is_some_and(|at| pair[0].pays(at) == pair[1].pays(at))
        });
        if !joined {
            return None;
        }
        let title = indicator.title.within(language);
        let quantity = |value: Decimal| wording::quantity(value, &indicator.unit, language);
        let (from, to) = (self.exact(rise.pays(low)?), self.exact(rise.pays(high)?));
        let proportional = low.is_zero() && rise.pays(low)?.is_zero();
        let (low, high) = (quantity(low), quantity(high));
        Some(if proportional {
            phrase!(
                language,
                "In proportion to \"{title}\", up to {to} at {high}; no more above.",
                "「{title}」に比例し、{high}で満額{to}。それを超えても増えない。"
            )
        } else if from_least {
            phrase!(
                language,
                "By \"{title}\": from {from} at {low} to {to} at {high} or above, a straight line between.",
                "「{title}」により、{low}で{from}、{high}以上で{to}とし、その間は直線で結ぶ。"
            )
        } else {
            phrase!(
                language,
                "By \"{title}\": {from} at {low} or below, {to} at {high} or above, a straight line between.",
                "「{title}」により、{low}以下で{from}、{high}以上で{to}とし、その間は直線で結ぶ。"
            )
        })
    }

    fn table(&self, pieces: &[Piece], indicator: &Indicator, depth: usize) -> Words {
        let language = self.language;
        let title = indicator.title.within(language);
        let rows: Vec<(String, String)> = pieces
            .iter()
            .map(|piece| {
                (self.range_of(piece, &indicator.unit), self.piece(piece, &indicator.unit))
            })
            .collect();
        let head = phrase!(language, "By \"{title}\":", "「{title}」により：");
        if depth > 0 {
            let rows = rows.iter().map(|(range, amount)| {
                phrase!(language, "- {range}: {amount}", "- {range}：{amount}")
            });
            return std::iter::once(head).chain(rows).collect();
        }
        let amount = phrase!(language, "Amount", "金額");
        let mut words = vec![head, String::new(), format!("| {title} | {amount} |")];
        words.push("| --- | ---: |".to_owned());
        words.extend(rows.iter().map(|(range, amount)| format!("| {range} | {amount} |")));
        words
    }

    fn piece(&self, piece: &Piece, unit: &Unit) -> String {
        let language = self.language;
        if piece.is_flat() {
            return self.exact(piece.amount());
        }
        let low = piece.low.map_or(Decimal::ZERO, |edge| edge.at);
        let high = piece.high.map_or(low, |edge| edge.at);
        let amount = |at: Decimal| piece.pays(at).map_or_else(String::new, |pays| self.exact(pays));
        let (from, to) = (amount(low), amount(high));
        let (low, high) =
            (wording::quantity(low, unit, language), wording::quantity(high, unit, language));
        phrase!(
            language,
            "straight line from {from} (at {low}) to {to} (at {high})",
            "{from}（{low}）から{to}（{high}）までの直線"
        )
    }

    fn range_of(&self, piece: &Piece, unit: &Unit) -> String {
        let language = self.language;
        let quantity = |edge: Edge| wording::quantity(edge.at, unit, language);
        if let (Some(low), Some(high)) = (piece.low, piece.high)
            && low.at == high.at
        {
            let value = quantity(low);
            return phrase!(language, "exactly {value}", "ちょうど{value}");
        }
        let low = piece.low.map(|edge| {
            let value = quantity(edge);
            match edge.included {
                true => phrase!(language, "{value} or more", "{value}以上"),
                false => phrase!(language, "above {value}", "{value}超"),
            }
        });
        let high = piece.high.map(|edge| {
            let value = quantity(edge);
            match edge.included {
                true => phrase!(language, "at most {value}", "{value}以下"),
                false => phrase!(language, "below {value}", "{value}未満"),
            }
        });
        match (low, high) {
            (Some(low), Some(high)) => phrase!(language, "{low}, {high}", "{low}{high}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => phrase!(language, "any value", "すべて"),
        }
    }

    /// An exact amount; a fraction of the smallest coin is only hinted at.
    fn exact(&self, amount: Exact) -> String {
        match amount.decimal() {
            Some(amount) => self.amount(amount),
            None => {
                let amount = self.amount(amount.approximate().round_dp(2));
                phrase!(self.language, "about {amount}", "約{amount}")
            }
        }
    }
}

fn several_payers(line: &Line) -> bool {
    line.shares.windows(2).any(|pair| pair[0].payer != pair[1].payer)
}

/// How a line looks back at what it has paid.
fn basis_words(line: &Line, language: Language) -> Option<String> {
    if line.carry {
        return Some(phrase!(
            language,
            "what cannot be deducted now is deducted later",
            "差し引けない分は次回以降に差し引く"
        ));
    }
    match line.basis {
        Basis::Each => None,
        Basis::Cumulative => Some(phrase!(
            language,
            "the amount is what is owed to date; what this item paid before is taken off, never below 0",
            "金額は累計額とし、この項目の既払額を引いた残りを支払う（0を下回らない）"
        )),
        Basis::TrueUp => Some(phrase!(
            language,
            "the amount is what is owed to date; what this item paid before is taken off, and what was paid too much is paid back",
            "金額は累計額とし、この項目の既払額との差額を精算する（過払いは返還する）"
        )),
    }
}

/// Whether the piece's line passes through zero at zero, so that its beginning needs no telling.
fn at_zero(piece: &Piece) -> bool {
    piece.pays(Decimal::ZERO).is_some_and(Exact::is_zero)
}

/// By how much `a` is more than `b`, when that is the same whatever the outcomes.
fn apart(
    graph: &Graph,
    a: NodeId,
    b: NodeId,
    known: &mut FxHashMap<(NodeId, NodeId), Option<Decimal>>,
) -> Option<Decimal> {
    if let Some(known) = known.get(&(a, b)) {
        return *known;
    }
    let found = match (graph.node(a), graph.node(b)) {
        (Node::Number(a, _), Node::Number(b, _)) => a.checked_sub(*b),
        (
            Node::Select { when, then, otherwise },
            Node::Select { when: same, then: other_then, otherwise: other },
        ) if when == same => {
            let first = apart(graph, *then, *other_then, known);
            first.filter(|first| apart(graph, *otherwise, *other, known) == Some(*first))
        }
        _ => None,
    };
    known.insert((a, b), found);
    found
}

/// The words with `head` before the first.
fn headed(head: &str, mut words: Words) -> Words {
    if let Some(first) = words.first_mut() {
        first.insert_str(0, head);
    }
    words
}

/// The words as one bullet, what follows the first set in.
fn bullet(words: Words) -> Words {
    let mark = |(position, line): (usize, String)| match position {
        0 => format!("- {line}"),
        _ => format!("  {line}"),
    };
    words.into_iter().enumerate().map(mark).collect()
}
