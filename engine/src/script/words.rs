//! The words of a script, checked before it runs.

use std::collections::{BTreeSet, HashMap};

use rhai::{AST, ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::translate::unknown_name;
use super::workbench::Workbench;
use crate::problem::{Problem, Text, say};

/// A word scripts may use, as its documentation states it.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// How it is written, with its options and their defaults.
    pub usage: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Japanese.
    pub ja: &'static str,
}

/// How a word is written, when it is known.
pub(super) fn usage(name: &str, words: &[Word]) -> Option<Text> {
    words.iter().find(|word| word.name == name).map(|word| Text::from(word.usage))
}

/// Methods of arrays, maps and texts that scripts may use beside the vocabulary.
const METHODS: &[&str] = &["len", "push", "is_empty", "keys", "values", "range", "call", "curry"];

/// Where the arguments of a call stand, and the keys of those that are `#{…}`.
#[derive(Debug, Clone, Default)]
pub(super) struct CallPlaces {
    pub(super) arguments: Vec<Position>,
    pub(super) keys: Vec<Keys>,
    /// Of each argument that is a list, where its entries stand and their keys.
    pub(super) entries: Vec<Vec<(Position, Keys)>>,
}

/// Where the keys of a `#{…}` and their values stand.
pub(super) type Keys = HashMap<String, (Position, Position)>;

/// Where every call's parts stand, by the position of the call.
pub(super) fn call_places(ast: &AST) -> HashMap<(usize, usize), CallPlaces> {
    let mut places = HashMap::new();
    ast.walk(&mut |path: &[ASTNode]| {
        let call = match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))) => {
                Some((call, at))
            }
            Some(ASTNode::Stmt(Stmt::FnCall(call, at))) => Some((call, at)),
            _ => None,
        };
        if let Some((call, at)) = call
            && let (Some(line), Some(column)) = (at.line(), at.position())
        {
            places.insert((line, column), parts(call));
        }
        true
    });
    places
}

fn parts(call: &FnCallExpr) -> CallPlaces {
    let keys = |argument: &Expr| -> Keys {
        match argument {
            Expr::Map(entries, _) => entries
                .0
                .iter()
                .map(|(key, value)| (key.name.to_string(), (key.pos, value.start_position())))
                .collect(),
            _ => HashMap::new(),
        }
    };
    let entries = |argument: &Expr| match argument {
        Expr::Array(entries, _) => {
            entries.iter().map(|entry| (entry.start_position(), keys(entry))).collect()
        }
        _ => Vec::new(),
    };
    CallPlaces {
        entries: call.args.iter().map(entries).collect(),
        arguments: call.args.iter().map(Expr::start_position).collect(),
        keys: call.args.iter().map(keys).collect(),
    }
}

/// The variables whose value a script needs: all but those that are only named as the first
/// argument of a call of `naming`.
pub(super) fn variables_used(ast: &AST, naming: &str) -> Vec<String> {
    let mut used = Vec::new();
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some(ASTNode::Expr(Expr::Variable(variable, _, at))) = path.last() {
            let parent = path.len().checked_sub(2).and_then(|parent| path.get(parent));
            let named = match parent {
                Some(ASTNode::Expr(Expr::FnCall(call, _))) if call.name == naming => {
                    call.args.first().is_some_and(|first| first.position() == *at)
                }
                _ => false,
            };
            if !named && !used.contains(&variable.1.to_string()) {
                used.push(variable.1.to_string());
            }
        }
        true
    });
    used
}

/// Every word of the script that nothing declares, and every construct that is refused.
pub(super) fn unknown_words(
    ast: &AST,
    bench: &Workbench,
    words: &[Word],
    variables: &[String],
) -> Vec<Problem> {
    let mut declared: BTreeSet<String> = variables.iter().cloned().collect();
    let mut functions: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    let captures = captures(ast);
    for function in ast.iter_functions() {
        // A closure's first parameters are what it captures, which someone else must declare.
        let captured = captures.get(function.name).copied().unwrap_or_default();
        declared.extend(function.params.iter().skip(captured).map(|name| (*name).to_string()));
        if words.iter().any(|word| word.name == function.name) {
            let name = function.name;
            problems.push(
                Problem::error(
                    "taken-word",
                    say!(
                        "`{name}` is a word of the contract language and cannot be a function",
                        "`{name}` は契約言語の語なので、関数名には使えません"
                    ),
                )
                .help(say!("choose another name", "別の名前にしてください"))
                .maybe_at(bench.place_of_function(name)),
            );
        }
        functions.insert(function.name.to_string());
    }
    ast.walk(&mut |path: &[ASTNode]| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => {
                declared.insert(variable.0.name.to_string());
            }
            Some(ASTNode::Stmt(Stmt::For(parts, _))) => {
                declared.insert(parts.0.name.to_string());
                declared.extend(parts.1.as_ref().map(|counter| counter.name.to_string()));
            }
            _ => {}
        }
        true
    });
    let mut look = Look { bench, words, declared, functions, problems };
    ast.walk(&mut |path: &[ASTNode]| {
        match path.last() {
            Some(ASTNode::Expr(expression)) => look.expression(expression),
            Some(ASTNode::Stmt(statement)) => look.statement(statement),
            _ => {}
        }
        true
    });
    look.problems
}

/// How many variables each closure captures, by the name Rhai gives the closure.
fn captures(ast: &AST) -> HashMap<String, usize> {
    let mut captures = HashMap::new();
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _))) = path.last()
            && call.name == "curry"
            && let Some((Expr::DynamicConstant(closure, _), captured)) = call.args.split_first()
            && let Some(closure) = closure.clone().try_cast::<FnPtr>()
        {
            captures.insert(closure.fn_name().to_owned(), captured.len());
        }
        true
    });
    captures
}

struct Look<'a> {
    bench: &'a Workbench,
    words: &'a [Word],
    declared: BTreeSet<String>,
    functions: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Look<'_> {
    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::FnCall(call, at) | Expr::MethodCall(call, at) => self.call(call, *at),
            Expr::Variable(variable, _, at) if !self.declared.contains(variable.1.as_str()) => {
                let known = self.declared.iter().map(String::as_str);
                let near = crate::problem::did_you_mean(&variable.1, known);
                let problem = unknown_name(&variable.1, self.words);
                let problem = match near {
                    Some(near) => problem.help(near),
                    None => problem,
                };
                self.report(problem, *at);
            }
            _ => {}
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::FnCall(call, at) => self.call(call, *at),
            // Rhai's own `/=` on two literals cuts the quotient, and no word can replace it.
            Stmt::Assignment(assignment) => {
                let operator = assignment.0.get_op_assignment_info();
                if let Some((_, _, _, written, _, operator)) = operator
                    && !["+=", "-="].contains(&written)
                {
                    self.refuse(
                        written,
                        say!("write `x = x {operator} y`", "`x = x {operator} y` と書いてください"),
                        assignment.0.position(),
                    );
                }
            }
            Stmt::Switch(_, at) => self.refuse(
                "switch",
                say!("use `if … else if … else …`", "`if … else if … else …` を使ってください"),
                *at,
            ),
            Stmt::TryCatch(_, at) => self.refuse(
                "try",
                say!("let the error show", "エラーはそのまま表示させてください"),
                *at,
            ),
            Stmt::Import(_, at) | Stmt::Export(_, at) => self.refuse(
                "import",
                say!("a contract is one file", "契約は一つのファイルに書きます"),
                *at,
            ),
            _ => {}
        }
    }

    fn call(&mut self, call: &FnCallExpr, at: Position) {
        let name = call.name.as_str();
        if call.op_token.is_some() && name == "**" {
            return self.refuse(
                "**",
                say!("multiply it out: `x * x`", "掛け算で書いてください: `x * x`"),
                at,
            );
        }
        if call.op_token.is_some() && name == "contains" {
            return self.refuse(
                "in",
                say!("compare with `==` and `||`", "`==` と `||` で比較してください"),
                at,
            );
        }
        if call.op_token.is_none() && name == "contains" {
            // `in` is read as a call of `contains` at its own place.
            return self.refuse(
                "in",
                say!("compare with `==` and `||`", "`==` と `||` で比較してください"),
                at,
            );
        }
        let known = call.op_token.is_some()
            || METHODS.contains(&name)
            || self.functions.contains(name)
            || self.declared.contains(name)
            || self.words.iter().any(|word| word.name == name)
            || !name.chars().any(|c| c.is_alphanumeric());
        if !known {
            self.report(unknown_name(name, self.words), at);
        }
    }

    fn refuse(&mut self, what: &str, help: Text, at: Position) {
        let problem = Problem::error(
            "refused-construct",
            say!("`{what}` cannot be used in a contract", "契約では `{what}` は使えません"),
        )
        .help(help);
        self.report(problem, at);
    }

    fn report(&mut self, problem: Problem, at: Position) {
        let problem = problem.maybe_at(self.bench.place(at));
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
