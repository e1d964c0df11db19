//! `regwarden explain`: the rules of a policy in its own words.

use std::io::Write;

use super::output::Terminal;
use super::policy::Judge;
use crate::cli::{ExplainArgs, Output};
use crate::error::{Error, Exit};
use crate::report::text;

pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let judge = Judge::load(args.policy.as_deref(), &args.remote, terminal)?;
    let catalogue = judge.describe()?;
    let rule = args.rule.as_deref().map(|id| catalogue.rule(id)).transpose().map_err(Error::Unknown)?;
    match (args.output, rule) {
        (Output::Json, Some(rule)) => terminal.json(rule)?,
        (Output::Json, None) => terminal.json(&catalogue)?,
        (Output::Human, rule) => {
            let mut out = terminal.out();
            match rule {
                Some(rule) => rule.write(&mut out, text::width())?,
                None => catalogue.write(&mut out)?,
            }
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}
