//! Every file under `cases/` is a page of commands with what they must print.
//!
//! `TRYCMD=overwrite cargo test --test cases` writes what they print now; read the difference.

#[test]
fn commands_print_what_the_pages_say() {
    trycmd::TestCases::new()
        .register_bin("seika", trycmd::cargo::cargo_bin!("seika-tested"))
        .env("LANG", "C")
        .case("cases/*/*/*.md");
}
