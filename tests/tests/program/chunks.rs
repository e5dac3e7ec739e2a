//! A run made in parts is the whole run, to the last byte; anything else is refused.

use std::fs;
use std::path::Path;
use std::process::Command;

use engine::problem::{Language, Problem};
use engine::scenario::Scenario;
use engine::simulate::{
    Added, Chunk, Gathered, Merger, Part, Projection, Settings, Target, simulate, simulate_part,
};
use engine::{Files, FilesRead, Recorded};
use seika_tests::{Memory, Repository, Unwatched};

const TAMA: &str = "scenarios/tama-hypertension.toml";

fn json(projection: &Projection) -> String {
    serde_json::to_string(&projection.to_json(Language::Ja)).unwrap()
}

fn paths(paths: u64) -> Settings {
    Settings { paths: Some(paths), ..Settings::default() }
}

/// A chunk as it comes back from its file.
fn made(files: &dyn Files, scenario: &str, settings: &Settings, part: &str) -> Chunk {
    let recorded = Recorded::new(files);
    let scenario = Scenario::read(&recorded, scenario).unwrap();
    made_of((&scenario, recorded.read_so_far()), settings, part)
}

/// The same of a scenario that was read, from these files.
fn made_of((scenario, read): (&Scenario, FilesRead), settings: &Settings, part: &str) -> Chunk {
    let part: Part = part.parse().unwrap();
    let chunk = simulate_part(scenario, read, settings, part, &Unwatched).unwrap();
    let held = vec![("c".to_owned(), chunk.to_bytes())];
    Chunk::read(&held, "c").unwrap()
}

/// The parts 1 to `of`, in an order that is neither up nor down: the even ones up, the odd down.
fn shuffled(of: u64) -> Vec<String> {
    let (even, odd) = (1..=of).partition::<Vec<u64>, _>(|number| number % 2 == 0);
    even.iter().chain(odd.iter().rev()).map(|number| format!("{number}/{of}")).collect()
}

fn merged(scenario: &str, settings: &Settings, of: u64) -> Projection {
    let recorded = Recorded::new(&Repository);
    let scenario = Scenario::read(&recorded, scenario).unwrap();
    let read = recorded.read_so_far();
    let mut merger = Merger::default();
    for part in shuffled(of) {
        let chunk = made_of((&scenario, read.clone()), settings, &part);
        merger.add(&part, chunk).unwrap();
    }
    merger.finish().unwrap().1
}

#[test]
fn one_seven_and_sixty_chunks_in_any_order_give_the_bytes_of_the_whole_run() {
    for scenario in Repository::files_in("scenarios", ".toml") {
        // Not a whole number of blocks, and fewer blocks than sixty.
        let settings = paths(30_011);
        let read = Scenario::read(&Repository, &scenario).unwrap();
        let whole = json(&simulate(&read, &settings, &Unwatched).unwrap());
        // Sixty take their time: of one with two arms, and of one with investors.
        let many = ["tama-hypertension", "kobe-kidney-financed"];
        let many = many.iter().any(|name| scenario.contains(name));
        for of in [1, 7].into_iter().chain(many.then_some(60)) {
            assert_eq!(json(&merged(&scenario, &settings, of)), whole, "{scenario} in {of}");
        }
    }
}

#[test]
fn mirrored_paths_merge_to_the_same_bytes_too() {
    let settings = Settings { antithetic: true, ..paths(7_001) };
    let read = Scenario::read(&Repository, TAMA).unwrap();
    let whole = json(&simulate(&read, &settings, &Unwatched).unwrap());
    assert_eq!(json(&merged(TAMA, &settings, 5)), whole);
}

#[test]
fn a_chunk_has_the_same_bytes_whoever_makes_it() {
    let bytes = |threads| {
        let settings = Settings { threads: Some(threads), ..paths(9_000) };
        made(&Repository, TAMA, &settings, "1/2").to_bytes()
    };
    assert_eq!(bytes(1), bytes(3));
}

#[test]
fn runs_too_long_to_keep_their_values_merge_to_the_same_bytes_too() {
    // Half a million paths of some fifty results are beyond sixteen million values.
    let settings = paths(500_000);
    let read = Scenario::read(&Repository, TAMA).unwrap();
    let whole = json(&simulate(&read, &settings, &Unwatched).unwrap());
    assert_eq!(json(&merged(TAMA, &settings, 7)), whole);
}

fn refused(scenario: &str, change: impl Fn(String) -> String, settings: &Settings) -> Problem {
    let contract = "../scripts/contracts/tama-hypertension.rhai";
    let script = Repository.read("scripts/contracts/tama-hypertension.rhai").unwrap();
    let script = String::from_utf8(script).unwrap();
    let text = String::from_utf8(Repository.read(TAMA).unwrap()).unwrap();
    let held =
        |text: &str, script: &str| Memory::default().with("s.toml", text).with(contract, script);
    let (files, other) = match scenario {
        "scenario" => (held(&text, &script), held(&change(text.clone()), &script)),
        _ => (held(&text, &script), held(&text, &change(script.clone()))),
    };
    let mut merger = Merger::default();
    merger.add("a", made(&files, "s.toml", &paths(5_000), "1/2")).unwrap();
    merger.add("b", made(&other, "s.toml", settings, "2/2")).unwrap_err().remove(0)
}

#[test]
fn a_chunk_of_another_run_is_refused_with_what_differs() {
    let same = |text: String| text;
    let settings = paths(5_000);
    let seed = Settings { seed: Some(8), ..settings.clone() };
    let mirrored = Settings { antithetic: true, ..settings.clone() };
    for (problem, what) in [
        (refused("scenario", |text| text.replace("3.6, 1.33", "3.7, 1.33"), &settings), "s.toml"),
        (refused("contract", |text| text + "\n// a note\n", &settings), "tama-hypertension.rhai"),
        (refused("scenario", same, &seed), "seed"),
        (refused("scenario", same, &paths(5_001)), "number of paths"),
        (refused("scenario", same, &mirrored), "antithetic"),
    ] {
        assert_eq!(problem.id, "foreign-chunk");
        assert!(problem.message.en.contains(what), "{}", problem.message.en);
        assert!(
            problem.help.as_ref().is_some_and(|help| help.en.contains("of the same run as `a`")),
            "{problem:?}"
        );
    }
}

#[test]
fn a_damaged_chunk_is_refused_wherever_the_damage_is() {
    let chunk = made(&Repository, TAMA, &paths(2_000), "1/1").to_bytes();
    let read = |bytes: Vec<u8>| Chunk::read(&vec![("c".to_owned(), bytes)], "c");
    assert!(read(chunk.clone()).is_ok());
    for at in [20, 60, chunk.len() / 2, chunk.len() - 1] {
        let mut changed = chunk.clone();
        changed[at] ^= 1;
        assert_eq!(read(changed).unwrap_err().id, "damaged-chunk", "{at}");
        assert_eq!(read(chunk[..at].to_vec()).unwrap_err().id, "damaged-chunk", "{at}");
    }
    assert_eq!(read(b"path,payment\n".to_vec()).unwrap_err().id, "not-a-chunk");
}

#[test]
fn a_chunk_that_is_delivered_twice_counts_once() {
    let settings = paths(5_000);
    let read = Scenario::read(&Repository, TAMA).unwrap();
    let whole = json(&simulate(&read, &settings, &Unwatched).unwrap());
    let mut merger = Merger::default();
    merger.add("a", made(&Repository, TAMA, &settings, "1/2")).unwrap();
    let again = merger.add("b", made(&Repository, TAMA, &settings, "1/2")).unwrap();
    assert_eq!(again, Added::Known { file: "a".to_owned() });
    merger.add("c", made(&Repository, TAMA, &settings, "2/2")).unwrap();
    assert_eq!(json(&merger.finish().unwrap().1), whole);
}

#[test]
fn processes_side_by_side_make_the_chunks_of_one_process() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("side-by-side");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let shell = |line: &str| {
        let ran = Command::new("sh")
            .args(["-euc", line])
            .current_dir(Repository::top())
            .env("SEIKA", env!("CARGO_BIN_EXE_seika-tested"))
            .env("FOLDER", &folder)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{line}: {told}");
        (String::from_utf8(ran.stdout).unwrap(), told)
    };
    let run = format!("{TAMA} --paths 30_011 --seed 9");
    shell(&format!(
        r#"seq 1 5 | xargs -P2 -I{{}} "$SEIKA" simulate {run} --chunk {{}}/5 --out "$FOLDER/{{}}.chunk" --threads 1"#
    ));
    let (whole, _) = shell(&format!(r#""$SEIKA" simulate {run} --json"#));
    let (merged, told) = shell(r#""$SEIKA" merge "$FOLDER"/*.chunk --json"#);
    assert!(merged == whole && told.is_empty(), "{told}");
    // Computed again elsewhere and delivered under another name, a chunk is the same and counts once.
    let (again, told) = shell(&format!(
        r#""$SEIKA" simulate {run} --chunk 2/5 --out "$FOLDER/again.chunk"
           cmp "$FOLDER/2.chunk" "$FOLDER/again.chunk"
           "$SEIKA" merge "$FOLDER"/*.chunk --json"#
    ));
    assert!(again.ends_with(&whole) && told.contains("again.chunk"), "{told}");
}

/// A run until a target, put together from the chunks of its parts in an order.
fn gathered(target: &str, most: u64, pieces: u64, order: impl Fn(&mut Vec<Part>)) -> Projection {
    let recorded = Recorded::new(&Repository);
    let scenario = Scenario::read(&recorded, TAMA).unwrap();
    let target = Target::parse(target).unwrap();
    let read = recorded.read_so_far();
    let run = (scenario.clone(), read.clone());
    let mut gathered = Gathered::new(run.0, run.1, &paths(most), target).unwrap();
    let mut parts: Vec<Part> = gathered.parts(pieces).collect();
    order(&mut parts);
    for part in parts {
        let part = part.to_string();
        let chunk = made_of((&scenario, read.clone()), &paths(most), &part);
        // Delivered twice.
        let over = gathered.add(&part, chunk.clone()).unwrap();
        assert_eq!(gathered.add("again", chunk).unwrap(), over);
        if over {
            return gathered.finish().unwrap().1;
        }
    }
    panic!("the run is not over");
}

#[test]
fn a_run_until_a_target_in_parts_is_that_of_one_process() {
    for (target, most) in [("0.2%", 300_000), ("0.01%", 40_000), ("payment.p95=0.5%", 300_000)] {
        let until = Target::parse(target).unwrap();
        let settings = Settings { until: Some(until), ..paths(most) };
        let read = Scenario::read(&Repository, TAMA).unwrap();
        let whole = json(&simulate(&read, &settings, &Unwatched).unwrap());
        for pieces in [1, 3] {
            assert_eq!(json(&gathered(target, most, pieces, |_| {})), whole, "{target} {pieces}");
        }
        // Neighbours change places: what comes early waits.
        let swapped = |parts: &mut Vec<Part>| {
            parts.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        };
        assert_eq!(json(&gathered(target, most, 2, swapped)), whole, "{target}");
    }
}

#[test]
fn a_run_until_a_target_refuses_what_is_not_of_it() {
    let recorded = Recorded::new(&Repository);
    let scenario = Scenario::read(&recorded, TAMA).unwrap();
    let target = Target::parse("0.01%").unwrap();
    let read = recorded.read_so_far();
    let mut run = Gathered::new(scenario, read, &paths(100_000), target).unwrap();
    let mut refused = |settings: &Settings, part: &str| {
        let found = run.add("x", made(&Repository, TAMA, settings, part));
        found.err().map(|problems| problems[0].help.as_ref().unwrap().en.clone())
    };
    let seed = Settings { seed: Some(3), ..paths(100_000) };
    assert!(refused(&seed, "0..32").unwrap().contains("of the same run"));
    assert!(refused(&paths(90_000), "0..32").unwrap().contains("of the same run"));
    assert!(refused(&paths(100_000), "1/4").unwrap().contains("of the same run"));
    // Blocks of two rounds, and some that are there already with others.
    assert!(refused(&paths(100_000), "16..48").unwrap().contains("give each block once"));
    assert_eq!(refused(&paths(100_000), "32..64"), None);
    assert!(refused(&paths(100_000), "40..50").unwrap().contains("give each block once"));
    assert_eq!(run.finish().unwrap_err()[0].id, "missing-chunk");
    let mut merger = Merger::default();
    let part = made(&Repository, TAMA, &paths(100_000), "0..32");
    let problem = merger.add("x", part).unwrap_err().remove(0);
    assert_eq!(problem.id, "foreign-chunk");
    assert!(problem.help.unwrap().en.contains("seika.dask.simulate"));
}
