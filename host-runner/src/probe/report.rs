//! What probes found, for people and for programs: the schema `regwarden/probe/v1`.
//!
//! One JSON document on standard output, keys in this order:
//!
//! | key | value |
//! |---|---|
//! | `schema` | `regwarden/probe/v1`; names and meanings below do not change within v1, new keys and new words of `outcome` may be added |
//! | `probes` | one for each credential of each image and destination, in the order of the input: `source` {`file`, `document`, `line`}, `kind`, `namespace`, `name`, `pod` (pointer to the Pod in the object), `container`, `action`, `image`, `registry`, `credential`, `spare`, `outcome`, `message`, `remedy` |
//! | `probes[].action` | `pull` (the image is looked at), `login` (for a destination, without `--push`), `push` (an upload is opened and cancelled) |
//! | `probes[].credential` | null for an anonymous request, else as in `regwarden/credentials/v1` |
//! | `probes[].spare` | true when another credential is shown first |
//! | `probes[].outcome` | good: `works`, `open`, `loggedIn`; failing: `refused`, `anonymousRefused`, `forbidden`, `notFound`, `readOnly`, `unreadable`, `wrongKind`; not known: `tls`, `dns`, `connectionRefused`, `timedOut`, `plainHttp`, `network`, `redirect`, `realmElsewhere`, `realmPlain`, `badChallenge`, `badToken`, `busy`, `serverError`, `unexpected`, `notTried` |
//! | `unreadable` | one each: `file`, `line`, `error` |
//! | `summary` | `probes`, `good`, `failing`, `unknown` |
//!
//! `remedy` is empty where there is nothing to do.

use std::io::{self, Write};

use anstyle::Style;
use serde::Serialize;

use super::outcome::Outcome;
use super::plan::Probe;
use crate::credentials::json_v1::OneCandidate;
use crate::credentials::{Described, words};
use crate::error::Exit;
use crate::report::style::{BAD, FAINT, GOOD, STRONG, UNSURE};
use crate::report::text::{clean, file, paragraph};
use crate::report::{Source, Unreadable};

/// The name of the schema.
pub const SCHEMA: &str = "regwarden/probe/v1";

/// Everything that is known at the end.
#[derive(Clone, Copy, Debug)]
pub struct Results<'a> {
    /// The objects of the input.
    pub objects: &'a [Described],
    /// What was tried.
    pub probes: &'a [Probe],
    /// What came of each.
    pub outcomes: &'a [Outcome],
    /// What could not be read.
    pub unreadable: &'a [Unreadable],
}

/// The counts of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    probes: usize,
    good: usize,
    failing: usize,
    unknown: usize,
}

impl<'a> Results<'a> {
    fn each(&self) -> impl Iterator<Item = (&'a Probe, &'a Outcome)> {
        self.probes.iter().zip(self.outcomes)
    }

    /// The exit code: the worst of all. A spare credential that fails stops nothing, unless all fail.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let readable = if self.unreadable.is_empty() { Exit::Allowed } else { Exit::Unreadable };
        let counted = self.each().filter(|(probe, _)| !probe.is_spare);
        counted.map(|(_, outcome)| outcome.exit()).fold(readable, Exit::worst)
    }

    fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for (_, outcome) in self.each() {
            summary.probes += 1;
            match outcome.exit() {
                Exit::Allowed => summary.good += 1,
                Exit::Denied => summary.failing += 1,
                _ => summary.unknown += 1,
            }
        }
        summary
    }

    /// The JSON document.
    #[must_use]
    pub fn document(&self) -> Document<'a> {
        Document {
            schema: SCHEMA,
            probes: self.each().filter_map(|(probe, outcome)| self.one(probe, outcome)).collect(),
            unreadable: self.unreadable,
            summary: self.summary(),
        }
    }

    fn one(&self, probe: &'a Probe, outcome: &Outcome) -> Option<One<'a>> {
        let object = self.objects.get(probe.object)?;
        Some(One {
            source: &object.source,
            kind: &object.kind,
            namespace: object.namespace.as_deref(),
            name: object.name.as_deref(),
            pod: &object.pods.get(probe.pod)?.pointer,
            container: &probe.container,
            action: probe.action.word(),
            image: &probe.what,
            registry: &probe.registry,
            credential: probe.candidate.as_ref().map(OneCandidate::new),
            spare: probe.is_spare,
            outcome: outcome.word(),
            message: outcome.message(probe.action),
            remedy: outcome.remedy(probe.action, &probe.registry),
        })
    }

    /// For people: objects, below each its images and destinations, below each its credentials.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&self, out: &mut dyn Write, width: usize, quiet: bool) -> io::Result<()> {
        let mut last_object = None;
        let mut last_what = None;
        for (probe, outcome) in self.each() {
            if quiet && outcome.exit() == Exit::Allowed {
                continue;
            }
            if last_object != Some(probe.object) {
                if last_object.is_some() {
                    writeln!(out)?;
                }
                (last_object, last_what) = (Some(probe.object), None);
                if let Some(object) = self.objects.get(probe.object) {
                    let Source { file: name, line, .. } = &object.source;
                    let title = object.title();
                    writeln!(out, "{FAINT}{}:{line}{FAINT:#}  {STRONG}{}{STRONG:#}", file(name), clean(&title))?;
                }
            }
            let what = (probe.pod, &probe.container, &probe.what, probe.action);
            if last_what != Some(what) {
                let does = match probe.action {
                    super::outcome::Action::Pull => "pulls",
                    super::outcome::Action::Login | super::outcome::Action::Push => "pushes to",
                };
                writeln!(out, "  {} {does} {STRONG}{}{STRONG:#}", clean(&probe.container), clean(&probe.what))?;
                last_what = Some(what);
            }
            write_one(out, probe, outcome, width)?;
        }
        for unreadable in self.unreadable {
            let line = unreadable.line.map(|line| format!(":{line}")).unwrap_or_default();
            writeln!(out, "{FAINT}{}{line}{FAINT:#}  {BAD}✘ unreadable{BAD:#}", file(&unreadable.file))?;
            out.write_all(paragraph(&unreadable.error, "    ", "    ", width).as_bytes())?;
        }
        if !quiet {
            let Summary { probes, good, failing, unknown } = self.summary();
            if probes > 0 || !self.unreadable.is_empty() {
                writeln!(out)?;
            }
            let plural = if probes == 1 { "" } else { "s" };
            let style = |count: usize, style: Style| if count == 0 { Style::new() } else { style };
            let (bad, unsure) = (style(failing, BAD), style(unknown, UNSURE));
            writeln!(
                out,
                "{probes} probe{plural}: {GOOD}{good} good{GOOD:#}, {bad}{failing} failing{bad:#}, \
                 {unsure}{unknown} not known{unsure:#}"
            )?;
        }
        out.flush()
    }
}

fn write_one(out: &mut dyn Write, probe: &Probe, outcome: &Outcome, width: usize) -> io::Result<()> {
    let (style, sign) = match outcome.exit() {
        Exit::Allowed => (GOOD, "✔"),
        Exit::Denied => (BAD, "✘"),
        _ => (UNSURE, "?"),
    };
    let credential = match &probe.candidate {
        Some(candidate) => {
            let giver = words::giver(candidate.provider);
            let place = if candidate.file.is_empty() { giver } else { &candidate.file };
            format!("{} ({place}), key {}", words::thing(candidate), words::without_user(&candidate.key))
        }
        None => "without a credential".to_owned(),
    };
    let spare = if probe.is_spare { "; not shown first" } else { "" };
    let text = format!("{credential}: {}{spare}", outcome.message(probe.action));
    let lines = paragraph(&text, "      ", "        ", width);
    // The sign stands in the indent, so that its colour does not count in the width.
    writeln!(out, "    {style}{sign}{style:#} {}", lines.trim_start().trim_end())?;
    let remedy = outcome.remedy(probe.action, &probe.registry);
    if !remedy.is_empty() {
        out.write_all(paragraph(&remedy, "      → ", "        ", width).as_bytes())?;
    }
    Ok(())
}

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    probes: Vec<One<'a>>,
    unreadable: &'a [Unreadable],
    summary: Summary,
}

#[derive(Debug, Serialize)]
struct One<'a> {
    source: &'a Source,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    pod: &'a str,
    container: &'a str,
    action: &'static str,
    image: &'a str,
    registry: &'a str,
    credential: Option<OneCandidate<'a>>,
    spare: bool,
    outcome: &'static str,
    message: String,
    remedy: String,
}
