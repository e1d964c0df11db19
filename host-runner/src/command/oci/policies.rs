//! `regwarden policies`: what the store holds, and its housekeeping.

use std::io::Write;

use serde::Serialize;

use super::super::output::Terminal;
use super::store;
use crate::cli::Output;
use crate::cli::oci::{PoliciesArgs, PoliciesCommand, StoreArgs};
use crate::engine::Limits;
use crate::error::{Error, Exit};
use crate::module::{self, Metadata};
use crate::oci::fetch::now;
use crate::report::policies::{Row, table};
use crate::report::style::GOOD;
use crate::report::text::clean;
use crate::store::{Collected, Store, Stored};

/// `--output json` of the list.
#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    store: String,
    policies: &'a [Row],
}

#[derive(Serialize)]
struct Removed<'a> {
    schema: &'static str,
    removed: Vec<&'a str>,
    #[serde(flatten)]
    collected: Collected,
}

/// Any other answer, with the schema in front.
#[derive(Serialize)]
struct Answer<T: Serialize> {
    schema: &'static str,
    #[serde(flatten)]
    answer: T,
}

pub(crate) fn run(args: &PoliciesArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        None => list(&args.list, terminal),
        Some(PoliciesCommand::Rm { policies, store }) => rm(policies, store, terminal),
        Some(PoliciesCommand::Save { file, policies, store: args }) => {
            let store = store(args.store.as_deref())?;
            let chosen = if policies.is_empty() { store.all()? } else { find(&store, policies)? };
            if chosen.is_empty() {
                return Err(Error::Unknown("the store holds no policy to save; `regwarden pull` one first".to_owned()));
            }
            let saved = store.save(&chosen, file)?;
            let text = format!("saved to {}:\n  {}", file.display(), saved.policies.join("\n  "));
            tell(args, terminal, "regwarden/save/v1", &saved, &text)
        }
        Some(PoliciesCommand::Load { file, store: args }) => {
            let loaded = store(args.store.as_deref())?.load(file, now())?;
            for reason in loaded.left_out.iter().filter(|_| !terminal.quiet) {
                terminal.note(&format!("note: left out: {reason}"));
            }
            let names: Vec<&str> = loaded.policies.iter().map(|stored| &*stored.name).collect();
            let text = format!("loaded {}", names.join("\n  loaded "));
            tell(args, terminal, "regwarden/load/v1", &loaded, &text)
        }
        Some(PoliciesCommand::Gc { store: args }) => {
            let collected = store(args.store.as_deref())?.collect()?;
            let text = format!("removed {} files, {} bytes", collected.files, collected.bytes);
            tell(args, terminal, "regwarden/gc/v1", &collected, &text)
        }
    }
}

fn tell(
    args: &StoreArgs,
    terminal: &Terminal,
    schema: &'static str,
    answer: &impl Serialize,
    text: &str,
) -> Result<Exit, Error> {
    if args.output == Output::Json {
        terminal.json(&Answer { schema, answer })?;
    } else if !terminal.quiet {
        let mut out = terminal.out();
        for (number, line) in text.lines().enumerate() {
            if number == 0 {
                writeln!(out, "{GOOD}✔{GOOD:#} {}", clean(line))?
            } else {
                writeln!(out, "{}", clean(line))?
            }
        }
        out.flush()?;
    }
    Ok(Exit::Allowed)
}

fn find(store: &Store, names: &[String]) -> Result<Vec<Stored>, Error> {
    let mut found: Vec<Stored> = Vec::new();
    for name in names {
        for stored in store.find(name)? {
            if !found.iter().any(|known| known.name == stored.name) {
                found.push(stored);
            }
        }
    }
    Ok(found)
}

fn rm(policies: &[String], args: &StoreArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let store = store(args.store.as_deref())?;
    let found = find(&store, policies)?;
    {
        let _lock = store.remove()?;
        for stored in &found {
            store.forget(stored)?;
        }
    }
    let collected = store.collect()?;
    let removed: Vec<&str> = found.iter().map(|stored| &*stored.name).collect();
    if args.output == Output::Json {
        terminal.json(&Removed { schema: "regwarden/rm/v1", removed, collected })?;
    } else if !terminal.quiet {
        let mut out = terminal.out();
        for name in removed {
            writeln!(out, "{GOOD}✔ removed{GOOD:#} {}", clean(name))?;
        }
        out.flush()?;
    }
    Ok(Exit::Allowed)
}

fn list(args: &StoreArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let store = store(args.store.as_deref())?;
    let rows: Vec<Row> = store.all()?.into_iter().map(|stored| row(&store, stored)).collect();
    if args.output == Output::Json {
        let list = List { schema: "regwarden/policies/v1", store: store.root().display().to_string(), policies: &rows };
        terminal.json(&list)?;
    } else {
        let mut out = terminal.out();
        table(&mut out, &rows, now())?;
        out.flush()?;
    }
    Ok(Exit::Allowed)
}

/// A policy as it is now: its module is read and checked on the way.
fn row(store: &Store, stored: Stored) -> Row {
    let (metadata, problem) = match store.blob(&stored.module, Limits::default().module as u64) {
        Ok(Some(bytes)) => match module::inspect(&bytes) {
            Ok(info) => (info.metadata, info.metadata_error),
            Err(error) => (None, Some(error.to_string())),
        },
        Ok(None) => (None, Some("its module is missing; pull it again".to_owned())),
        Err(error) => (None, Some(error.to_string())),
    };
    let annotation = |key: &str| {
        let annotations = metadata.as_ref().and_then(|metadata| metadata.annotations.as_ref());
        annotations.and_then(|map| map.get(key)).and_then(|text| text.lines().next()).map(str::to_owned)
    };
    let aware = |metadata: &Metadata| {
        metadata.rest.get("contextAwareResources").and_then(|list| list.as_array()).is_some_and(|list| !list.is_empty())
    };
    Row {
        title: annotation("io.kubewarden.policy.title"),
        version: annotation("io.kubewarden.policy.version"),
        mutating: metadata.as_ref().map(|metadata| metadata.mutating),
        context_aware: metadata.as_ref().map(aware),
        problem,
        stored,
    }
}
