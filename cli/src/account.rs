//! `seika account`: who may sign in to the served pages.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal as _};
use std::path::Path;

use engine::problem::{Language, Problem, Text};
use serde_json::json;
use web::{Accounts, EVERY_CONTRACT, Refused, Role};

use crate::arguments::{AccountAddArguments, AccountCommand, RoleName, RoleOf};
use crate::output::Output;
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    command: &AccountCommand,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let language = context.language;
    let open = |path: &Path| {
        Accounts::open(path).map_err(|error| unread(&path.display().to_string(), &error, language))
    };
    let refused = |path: &Path| {
        let path = path.display().to_string();
        move |refused: Refused| match refused {
            Refused::Words(words) => problem(words),
            Refused::File(error) => unread(&path, &error, language),
        }
    };
    let (name, done) = match command {
        AccountCommand::Add(AccountAddArguments { named, roles }) => {
            let path = &named.file.accounts;
            let accounts = open(path)?;
            let password = password(language)?;
            accounts.add(&named.person, &password, by_contract(roles)).map_err(refused(path))?;
            (&named.person, "added")
        }
        AccountCommand::Password(named) => {
            let path = &named.file.accounts;
            let accounts = open(path)?;
            let password = password(language)?;
            accounts.set_password(&named.person, &password).map_err(refused(path))?;
            (&named.person, "changed")
        }
        AccountCommand::Roles(AccountAddArguments { named, roles }) => {
            let path = &named.file.accounts;
            let changed = open(path)?.set_roles(&named.person, by_contract(roles));
            changed.map_err(refused(path))?;
            (&named.person, "changed")
        }
        AccountCommand::Remove(named) => {
            let path = &named.file.accounts;
            open(path)?.remove(&named.person).map_err(refused(path))?;
            (&named.person, "removed")
        }
        AccountCommand::People(file) => {
            let accounts = open(&file.accounts)?;
            list(&accounts, context, output)?;
            return Ok(Exit::Done);
        }
    };
    if context.json {
        output.json(&json!({ "account": name, "done": done }))?;
    } else {
        output.data(&match done {
            "added" => pick!(
                language,
                "{name} may sign in now\n",
                "{name} がログインできるようになりました\n"
            ),
            "removed" => pick!(
                language,
                "{name} may no longer sign in\n",
                "{name} はログインできなくなりました\n"
            ),
            _ => pick!(language, "{name} is changed\n", "{name} を変更しました\n"),
        })?;
    }
    Ok(Exit::Done)
}

fn list(accounts: &Accounts, context: &Context, output: &mut Output<'_>) -> Result<(), Failure> {
    let people = accounts.list();
    if context.json {
        let people = people.iter().map(|account| {
            let roles =
                account.roles.iter().map(|(contract, role)| (contract.clone(), role.name()));
            json!({ "name": account.name, "roles": roles.collect::<BTreeMap<_, _>>() })
        });
        output.json(&json!({ "accounts": people.collect::<Vec<_>>() }))?;
        return Ok(());
    }
    for account in people {
        let roles =
            account.roles.iter().map(|(contract, role)| format!("{contract}={}", role.name()));
        output.data(&format!("{}  {}\n", account.name, roles.collect::<Vec<_>>().join(" ")))?;
    }
    Ok(())
}

fn by_contract(roles: &[RoleOf]) -> BTreeMap<String, Role> {
    let named = roles.iter().map(|RoleOf { contract, role }| {
        let role = match role {
            RoleName::Payer => Role::Payer,
            RoleName::Provider => Role::Provider,
            RoleName::Evaluator => Role::Evaluator,
            RoleName::Investor => Role::Investor,
            RoleName::Administrator => Role::Administrator,
        };
        (contract.clone().unwrap_or_else(|| EVERY_CONTRACT.to_owned()), role)
    });
    named.collect()
}

/// The password: asked for where a person types, else the first line of what comes in. It is no
/// argument, which others on the machine could read.
fn password(language: Language) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |words: String| rpassword::prompt_password(words).map_err(Failure::from);
    let first = ask(pick!(language, "Password: ", "パスワード: "))?;
    let again = ask(pick!(language, "Once more: ", "もう一度: "))?;
    if first == again {
        return Ok(first);
    }
    Err(problem(text!("the two are not the same", "二回の入力が一致しません")))
}

fn problem(words: Text) -> Failure {
    Failure::Problems(vec![Problem::error("account", words)])
}

fn unread(path: &str, error: &io::Error, language: Language) -> Failure {
    let said = engine::disk::said(error, language).unwrap_or_else(|| error.to_string());
    problem(Text::from(format!("{path}: {said}")))
}
