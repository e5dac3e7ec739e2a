//! The program `seika`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
