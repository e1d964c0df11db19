//! The commands: each reads arguments, asks the engine, and hands what it learnt to a report.

mod annotate;
mod answer;
mod check;
mod cluster;
mod completions;
mod credentials;
mod explain;
mod export;
mod file;
mod fix;
mod inspect;
mod mapping;
mod oci;
mod output;
mod own;
mod policy;
mod probe;
mod progress;
mod run;
mod settings;

use crate::cli::{Cli, Command, SettingsCommand};
use crate::error::{Error, Exit};

use output::Terminal;

/// Runs one command line and says how it ended; errors are told on stderr.
#[must_use]
pub fn run(cli: &Cli) -> Exit {
    let terminal = Terminal::new(cli.color, cli.quiet);
    let result = match &cli.command {
        Command::Check(args) => check::run(args, &terminal),
        Command::Run(args) => run::run(args, &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::ExplainCredentials(args) => credentials::run(args, &terminal),
        Command::Probe(args) => probe::run(args, &terminal),
        Command::Inspect(args) => inspect::run(args, &terminal),
        Command::Sign(args) => oci::signature::sign(args, &terminal),
        Command::Verify(args) => oci::signature::verify(args, &terminal),
        Command::Annotate(args) => annotate::run(args, &terminal),
        Command::Export(args) => export::run(args, &terminal),
        Command::Push(args) => oci::push::run(args, &terminal),
        Command::Pull(args) => oci::pull::run(args, &terminal),
        Command::Digest(args) => oci::show::digest(args, &terminal),
        Command::Manifest(args) => oci::show::manifest(args, &terminal),
        Command::Policies(args) => oci::policies::run(args, &terminal),
        Command::Settings(SettingsCommand::Check { file, policy, remote }) => {
            settings::check(file, policy.as_deref(), remote, &terminal)
        }
        Command::Completions { shell } => completions::run(*shell, &terminal),
    };
    result.unwrap_or_else(|error: Error| {
        if !error.is_silent() {
            terminal.error(&error.to_string());
        }
        error.exit()
    })
}
