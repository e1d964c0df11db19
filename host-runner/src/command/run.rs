//! `regwarden run`: one AdmissionRequest in, one AdmissionResponse out, as `kwctl run` prints it.

use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value};

use super::cluster;
use super::mapping;
use super::output::Terminal;
use super::policy::Judge;
use crate::admission::{self, Request, RequestError, RunError};
use crate::cli::RunArgs;
use crate::engine::Evaluation;
use crate::error::{Error, Exit};
use crate::reason::io_reason;
use crate::source::{self, STDIN};

/// Largest request. The API server's own limit on a request body is 3 MiB.
const LARGEST: usize = 16 << 20;

pub(super) fn run(args: &RunArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let settings = match (&args.settings_json, &args.settings_path) {
        (Some(json), _) => json.clone(),
        (None, Some(path)) => mapping::read(path, mapping::SETTINGS)?,
        (None, None) => "{}".to_owned(),
    };
    let parsed = parse_settings(&settings)?;
    let file = args.request_path.to_string_lossy().into_owned();
    let unreadable = |reason: String| Error::Unreadable { file: file.clone(), reason };
    let from = (args.request_path != Path::new(STDIN)).then_some(args.request_path.as_path());
    let bytes = source::read(from, LARGEST).map_err(|error| unreadable(io_reason(&error)))?;
    if bytes.len() > LARGEST {
        return Err(unreadable(format!("the request is larger than {LARGEST} bytes")));
    }
    let judge = Judge::load(Some(&args.policy), &args.remote, terminal)?;
    let request = if args.raw || judge.is_raw() { Request::parse_raw(&bytes) } else { Request::parse(&bytes) };
    let request = request.map_err(|error| unreadable(reason(&error)))?;
    let name = match (&args.settings_json, &args.settings_path) {
        (Some(_), _) => Some("--settings-json".to_owned()),
        (None, path) => path.as_ref().map(|path| path.to_string_lossy().into_owned()),
    };
    let mut own = || {
        Err(Error::Usage("`run` reads one request and no manifests: name their directory with `--cluster`".to_owned()))
    };
    let cluster = cluster::open(&args.cluster, None, &mut own, terminal)?;
    let judge = judge.with_cluster(&args.cluster, cluster)?.with_settings(settings, name.as_deref())?;
    judge.tell_idle_cluster(&args.cluster, terminal);

    let run = admission::validate(judge.policy(), &request, &parsed).map_err(|error| match error {
        RunError::Link(reason) => {
            Error::Guest { operation: "validate".to_owned(), reason: format!("cannot be linked: {reason}") }
        }
        other @ (RunError::Request(_) | RunError::NotAnObject(_) | RunError::Settings(_)) => {
            Error::Bug(other.to_string())
        }
    })?;
    said(&run.evaluation, terminal);
    judge.tell_unanswered(terminal);
    let line = serde_json::to_string(&run.response).map_err(|error| Error::Bug(error.to_string()))?;
    let mut out = terminal.out();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(match (run.fault, run.response.allowed) {
        (Some(fault), _) => {
            terminal.error(&format!("the policy {fault}"));
            Exit::Guest
        }
        (None, true) => Exit::Allowed,
        (None, false) => Exit::Denied,
    })
}

/// Why a request cannot be read, without the values and the type names that a parser's message quotes.
fn reason(error: &RequestError) -> String {
    match error {
        RequestError::NotJson(error) => format!("it is not JSON at line {}, column {}", error.line(), error.column()),
        RequestError::NoRequest => error.to_string(),
        RequestError::Unusable(error) => {
            let text = error.to_string();
            match text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
                Some((field, _)) => {
                    format!("the AdmissionRequest lacks `{field}`; `regwarden check` takes plain manifests")
                }
                None => "it is no AdmissionReview and no AdmissionRequest; `regwarden check` takes plain manifests"
                    .to_owned(),
            }
        }
    }
}

/// Settings for the payload: a JSON object, or null for none.
fn parse_settings(text: &str) -> Result<Map<String, Value>, Error> {
    let usage = |reason: String| Error::Usage(format!("the settings cannot be used: {reason}"));
    let value: Value = serde_json::from_str(text)
        .map_err(|error| usage(format!("not JSON at line {}, column {}", error.line(), error.column())))?;
    admission::settings(Some(value)).map_err(|error| usage(error.to_string()))
}

/// What the guest printed goes to standard error, so that standard output holds the response alone.
fn said(evaluation: &Evaluation, terminal: &Terminal) {
    if !terminal.quiet {
        for bytes in [&evaluation.console, &evaluation.stdout, &evaluation.stderr] {
            terminal.note(&String::from_utf8_lossy(bytes));
        }
    }
}
