//! What a scenario cannot mean is refused.

use super::*;

/// The only problem of a small model so changed, when it is read or when it is run.
fn refused(changes: &[(&str, &str)]) -> Problem {
    let files = Memory::default()
        .with("c.rhai", &contract(1, &[FIRST]))
        .with("life.csv", "age,q\n70,0.02\n71,0.03\n")
        .with(
            "zero.csv",
            "from,to,probability\nwell,sick,0\nwell,well,0\nsick,sick,1\ndead,dead,1\n",
        );
    let problems = parse(&files, &small(changes)).map(|scenario| {
        let settings = Settings { paths: Some(2_000), ..Settings::default() };
        simulate(&scenario, &settings, &Unwatched).map(|_| ()).unwrap_err()
    });
    let mut problems = problems.unwrap_or_else(|problems| problems);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = problems.remove(0);
    assert!(problem.place.is_some(), "{problem:#?}");
    assert_ne!(problem.message.en, problem.message.ja);
    problem
}

#[test]
fn ages_and_years_that_nobody_lives_are_refused() {
    for (key, wrong) in [
        ("age", "-5"),
        ("age", "151"),
        ("age", "7.9e28"),
        ("cycle_years", "0"),
        ("cycle_years", "100.5"),
        ("cycle_years", "3.96e28"),
    ] {
        assert_eq!(refused(&[(key, wrong)]).id, "wrong-value", "{key} = {wrong}");
    }
    for (arguments, id) in [
        ("70, -5", "impossible-years"),
        ("70, 0", "impossible-years"),
        ("0.5, 79228162514264337593543950335", "impossible-years"),
        ("-1, 1", "impossible-age"),
        ("79228162514264337593543950335, 0.5", "impossible-age"),
        ("72", "beyond-table"),
    ] {
        let word = format!("p = 'life_table(\"life.csv\", \"q\", {arguments})'");
        assert_eq!(refused(&[("[assume]", &word)]).id, id, "{arguments}");
    }
}

#[test]
fn start_shares_and_deaths_must_be_probabilities_on_every_path() {
    let cell = ("[assume]", "u = \"uniform(0.5, 1.5)\"");
    for counts in ["\"expected\"", "\"multinomial\""] {
        let start = ("start", "{ well = \"u\", sick = \"1 - u\" }");
        let problem = refused(&[cell, start, ("counts", counts)]);
        assert_eq!(problem.id, "negative-share");
        assert!(problem.message.en.starts_with("`cohort.c.start` has a share below 0 on path"));
        assert!(problem.message.ja.starts_with("`cohort.c.start` の割合がパス"));
        assert!(problem.found.unwrap().en.contains("sick = -0."));
    }
    let none = ("dead", "");
    let deaths = |well: &'static str| [cell, none, ("deaths", well)];
    let problem = refused(&deaths("{ to = \"dead\", well = 1.5 }"));
    assert_eq!(problem.id, "impossible-probability");
    assert_eq!(problem.message.en, "`cohort.c.deaths.well` is no probability");
    let problem = refused(&deaths("{ to = \"dead\", well = \"u\" }"));
    assert_eq!(problem.id, "impossible-probability");
    assert!(problem.message.en.starts_with("`cohort.c.deaths.well` is no probability on path"));
    assert!(problem.message.ja.contains("確率になりません"));
    let problem = refused(&deaths("{ to = \"dead\", well = 0.1, dead = 0.3 }"));
    assert_eq!(problem.id, "death-of-the-dead");
}

#[test]
fn an_evaluation_needs_a_cycle_of_its_own_that_ends_there() {
    let at = |dates: &[&str], years: &'static str| {
        let files = Memory::default().with("c.rhai", &contract(1, dates));
        parse(&files, &small(&[("cycle_years", years), ("value", "\"c.sick\"")]))
            .map(|_| ())
            .map_err(|problems| problems[0].clone())
    };
    // Up to 31 days from the last day of a cycle, and every half year where cycles are half years.
    for (dates, years) in [
        (&["2021-03-31", "2022-03-31"][..], "1"),
        (&["2021-02-28", "2022-05-01"], "1"),
        (&["2020-09-30", "2021-03-31", "2021-09-30"], "0.5"),
        (&["2020-06-30", "2020-09-30"], "0.25"),
    ] {
        assert!(at(dates, years).is_ok(), "{dates:?}");
    }
    for dates in [&["2020-09-30"][..], &["2020-10-31"], &["2021-02-27"], &["2021-05-02"]] {
        let problem = at(dates, "1").unwrap_err();
        assert_eq!(problem.id, "between-cycles", "{dates:?}");
        assert!(problem.expected.unwrap().en.contains("2021-03-31"));
        assert!(problem.help.unwrap().ja.contains("契約の初日"));
    }
    let problem = at(&["2021-03-01", "2021-03-31"], "1").unwrap_err();
    assert_eq!(problem.id, "same-cycle");
    assert!(problem.message.en.contains("2021-03-01 and 2021-03-31"));
    assert!(problem.message.ja.contains("同じサイクル"));
}

#[test]
fn rows_that_are_no_rows_are_refused() {
    let file = |more: &str| format!("\"zero.csv\"\n{more}");
    // The row of zeros is only used where nothing replaces it.
    let rows = |text: &'static str| [("well", ""), ("sick", ""), ("dead", ""), ("file", text)];
    let changes = rows("\"zero.csv\"");
    let at = |changes: &[(&str, &str)]| {
        let text = small(changes);
        let line = text.lines().find(|line| line.starts_with("file")).unwrap().to_owned();
        let rest = text.replace(&format!("{line}\n"), "");
        let text =
            rest.replace("[cohort.c.transitions]\n", &format!("[cohort.c.transitions]\n{line}\n"));
        let files = Memory::default().with("c.rhai", &contract(1, &[FIRST])).with(
            "zero.csv",
            "from,to,probability\nwell,sick,0\nwell,well,0\nsick,sick,1\ndead,dead,1\n",
        );
        (files, text)
    };
    let (files, text) = at(&changes);
    let problems = parse(&files, &text).unwrap_err();
    assert_eq!((problems.len(), problems[0].id), (1, "row-does-not-sum"));
    assert_eq!(problems[0].found.as_ref().unwrap().en, "0");
    assert!(problems[0].help.is_some());
    for wrong in ["0", "-1", "0.011", "1"] {
        let text = text.replace(&file(""), &file(&format!("renormalise = {wrong}\n")));
        let problems = parse(&files, &text).unwrap_err();
        assert_eq!((problems.len(), problems[0].id), (1, "wrong-value"), "{wrong}");
    }
    for row in ["{ dirichlet = { well = 9, sick = 1 } }", "{ sick = 0.1, well = \"rest\" }"] {
        let text = text.replace(&file(""), &file(&format!("well = {row}\n")));
        let scenario = parse(&files, &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let listed = |name: &str| scenario.assumptions.iter().any(|known| known.name == name);
        assert!(listed("cohort.c.transitions.sick"));
        // What the file has for the row is not listed as what the result rests on.
        let of_well = scenario.assumptions.iter().filter(|known| known.is.starts_with("sick 0"));
        assert_eq!(of_well.count(), 0);
        assert!(scenario.model.cohorts[0].renormalised.is_empty());
    }
}

#[test]
fn dense_rows_over_many_cycles_are_too_many() {
    let states: Vec<String> = (0..60).map(|at| format!("s{at}")).collect();
    let row: Vec<String> = states.iter().map(|state| format!("{state} = 1")).collect();
    let row = row.join(", ");
    let mut text = format!(
        "[cohort.c]\nstates = {states:?}\npopulation = 10\nstart = {{ s0 = 1 }}\ncycles = 28\n\
         [cohort.c.transitions]\n"
    );
    for state in &states {
        let _ = writeln!(text, "{state} = {{ dirichlet = {{ {row} }} }}");
    }
    text += "[outcomes.x1]\nvalue = 1\n";
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let problems = parse(&files, &text).unwrap_err();
    assert_eq!((problems.len(), problems[0].id), (1, "too-many-transitions"));
    // 60 × 60 × 28
    assert_eq!(problems[0].found.as_ref().unwrap().en, "100800");
    assert!(problems[0].help.as_ref().unwrap().en.contains("27 cycles"));
}

#[test]
fn numbers_too_large_are_refused_and_words_have_their_limits() {
    assert_eq!(refused(&[("cost_of_sick", "\"exp(70)\"")]).id, "not-a-number");
    let problem = refused(&[("[assume]", "p = \"competing_rate(0.3, 0.1, 1)\"")]);
    assert_eq!(problem.id, "rate-above-all");
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let value = |text: &str| {
        let text = format!("[outcomes.x1]\nvalue = \"{text}\"\n");
        projected(&files, &text, 1).evaluations[0].outcomes[0].value.unwrap().mean
    };
    // Nothing happens without a hazard.
    assert_eq!(value("hazard_ratio(1, 0)"), 0.0);
    assert_eq!(value("hazard_ratio(1, 2)"), 1.0);
    assert_eq!(value("competing_rate(0.1, 0.1, 0)"), 0.0);
}
