//! The program `seika`, built where its tests find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
