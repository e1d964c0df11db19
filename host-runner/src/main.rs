//! Entry of the `regwarden` binary: parse, run, exit code.

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;
use regwarden_host::cli::Cli;
use regwarden_host::command;
use regwarden_host::error::{Exit, say_bugs_plainly};

fn main() -> ExitCode {
    say_bugs_plainly();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // `--help` and `--version` arrive here too, with code 0; a closed pipe is no reason to fail.
            let _ = message.print();
            return if message.use_stderr() { Exit::Usage.into() } else { Exit::Allowed.into() };
        }
    };
    catch_unwind(|| command::run(&cli)).unwrap_or(Exit::Bug).into()
}
