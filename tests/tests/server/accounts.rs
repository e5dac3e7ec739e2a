use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::Server;

const PEOPLE: [(&str, &str); 2] =
    [("boss", "administrator"), ("yamada", "tama-hypertension=payer")];

#[test]
fn another_spelling_of_a_name_is_no_further_attempt() {
    let server = Server::with("spelling", &[("Nsw Eval", "payer")]);
    let visitor = server.visitor();
    let guess = |name: &str, password: &str| {
        visitor.form("/sign-in", &[("name", name), ("password", password)]).status
    };
    let spellings = ["Nsw Eval", "nsw eval", "Nsw  Eval", "nsweval", "Ｎsw Ｅval"];
    for name in spellings {
        assert_eq!(guess(name, "a wrong password"), 403, "{name}");
    }
    assert_eq!(guess("N s w Eval", "correct horse battery"), 429);
}

#[test]
fn attempts_at_once_are_as_many_as_one_after_another() {
    let server = Server::with("at-once", &[("yamada", "payer")]);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guess = || {
            let fields = [("name", "yamada"), ("password", "a wrong password")];
            server.visitor().form("/sign-in", &fields).status
        };
        let guesses: Vec<_> = (0..20).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let heard = statuses.iter().filter(|status| **status == 403).count();
    assert!((5..10).contains(&heard), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 403 | 429)), "{statuses:?}");
}

/// What the front page says to who calls the server by that name.
fn called(server: &Server, host: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_server_of_one_person_answers_only_to_the_names_of_its_machine() {
    let server = Server::alone("names");
    for host in ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:80"] {
        let answer = called(&server, host);
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "192.0.2.1",
    ] {
        let answer = called(&server, host);
        assert!(answer.starts_with("HTTP/1.1 403"), "{host}: {answer}");
        assert!(answer.contains("this machine alone"), "{host}: {answer}");
    }
    // Where people sign in, the name is the operator's to choose.
    let server = Server::with("names-of-people", &PEOPLE);
    assert!(called(&server, "seika.example").starts_with("HTTP/1.1 303"));
}

#[test]
fn every_request_of_who_is_signed_in_begins_the_idle_time_anew() {
    let server = Server::with("idle", &PEOPLE);
    let yamada = server.signed_in("yamada");
    for _ in 0..2 {
        let answer = yamada.get("/");
        let cookie = answer.header("set-cookie").unwrap_or_default();
        assert!(cookie.starts_with("seika=") && cookie.contains("Max-Age=1800"), "{cookie}");
    }
    // A cookie that is made up begins no session.
    let mut nobody = server.visitor();
    nobody.headers.push(("Cookie".to_owned(), "seika=AAAAAAAAAAAAAAAAAAAAAA".to_owned()));
    for path in ["/sign-in", "/assets/nothing"] {
        let answer = nobody.get(path);
        let cookie = answer.header("set-cookie").unwrap_or_default();
        assert!(!cookie.contains("Max-Age=1800"), "{path}: {cookie}");
    }
}

#[test]
fn accounts_that_cannot_be_read_are_not_written_over() {
    let server = Server::with("unread", &PEOPLE);
    let boss = server.signed_in("boss");
    let file = server.folder.join("accounts.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    let half = &kept[..kept.len() / 2];
    std::fs::write(&file, half).unwrap();
    let fields = [("name", "yamada"), ("contract", "nsw-employment"), ("role", "payer")];
    let give = || {
        let fields: Vec<(&str, &str)> = [("act", "give")].into_iter().chain(fields).collect();
        boss.form("/people", &fields).status
    };
    assert_eq!(give(), 500);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), half);
    std::fs::write(&file, &kept).unwrap();
    assert_eq!(give(), 200);
}

#[test]
fn roles_given_at_once_are_all_kept() {
    let server = Server::with("give-at-once", &PEOPLE);
    let boss = server.signed_in("boss");
    let contracts: Vec<String> = (1..=16).map(|at| format!("contract-{at:02}")).collect();
    std::thread::scope(|scope| {
        for contract in &contracts {
            let boss = &boss;
            scope.spawn(move || {
                let fields = [
                    ("act", "give"),
                    ("name", "yamada"),
                    ("contract", contract.as_str()),
                    ("role", "payer"),
                ];
                assert_eq!(boss.form("/people", &fields).status, 200, "{contract}");
            });
        }
    });
    let kept = std::fs::read_to_string(server.folder.join("accounts.json")).unwrap();
    for contract in &contracts {
        assert!(kept.contains(contract), "{contract}: {kept}");
    }
    let left = std::fs::read_dir(&server.folder).unwrap().map(|file| file.unwrap().path());
    let left: Vec<_> = left.filter(|path| path.extension().is_some_and(|of| of == "new")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_log_says_in_words_what_was_done_and_is_not_flooded() {
    let server = Server::with("log", &PEOPLE);
    let visitor = server.visitor();
    let guess = |name: &str| {
        let fields = [("name", name), ("password", "a wrong password")];
        assert_eq!(visitor.form("/sign-in", &fields).status, 403);
    };
    guess(&"x".repeat(500));
    for _ in 0..3 {
        guess("stranger");
    }
    let boss = server.signed_in("boss");
    let add = [
        ("act", "add"),
        ("name", "sato"),
        ("password", "correct horse battery"),
        ("contract", "nsw-employment"),
        ("role", "provider"),
    ];
    assert_eq!(boss.form("/people", &add).status, 200);
    assert_eq!(boss.form("/people", &add).status, 422, "the name is taken");
    let log = boss.get("/log").text();
    for words in ["signing in: refused, 3 times", "adding a person", "adding a person: refused"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let japanese = boss.get("/log?lang=ja").text();
    for words in ["ログイン（拒否）（3 回）", "利用者の追加", "利用者の追加（拒否）"]
    {
        assert!(japanese.contains(words), "{words}: {japanese}");
    }
    assert!(!japanese.contains("account-add"), "{japanese}");
    let without = boss.get("/log?without=sign-in-refused").text();
    assert!(!without.contains("stranger") && without.contains("adding a person"), "{without}");
    let file = server.folder.join("accounts.log");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains(&"x".repeat(64)) && !kept.contains(&"x".repeat(65)), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    }
}

#[test]
fn what_was_done_to_an_account_is_said() {
    let server = Server::with("said", &PEOPLE);
    let boss = server.signed_in("boss");
    let add = [
        ("act", "add"),
        ("name", "sato"),
        ("password", "correct horse battery"),
        ("contract", "nsw-employment"),
        ("role", "provider"),
    ];
    let remove = [("act", "remove"), ("name", "sato")];
    for (path, added, removed) in [
        ("/people", "sato may sign in now", "sato may no longer sign in"),
        (
            "/people?lang=ja",
            "sato がログインできるようになりました",
            "sato はログインできなくなりました",
        ),
    ] {
        let page = boss.form(path, &add).text();
        assert!(page.contains(added), "{page}");
        let page = boss.form(path, &remove).text();
        assert!(page.contains(removed), "{page}");
    }
}

#[test]
fn who_guesses_the_present_password_is_told_to_wait_and_waits_no_longer_for_asking() {
    let server = Server::with("own-guess", &PEOPLE);
    let yamada = server.signed_in("yamada");
    let guess = || {
        let new = "a new long password";
        let fields = [("now", "a wrong password"), ("new", new), ("again", new)];
        yamada.form("/password", &fields)
    };
    for _ in 0..5 {
        assert_eq!(guess().status, 422);
    }
    for _ in 0..3 {
        let answer = guess();
        assert_eq!(answer.status, 429, "{}", answer.text());
        let page = answer.text();
        let seconds = page
            .split("Too many attempts: wait ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| seconds <= 5), "{page}");
    }
    // The rule of new passwords is told.
    assert!(yamada.get("/password?lang=ja").text().contains("12 文字以上"));
}
