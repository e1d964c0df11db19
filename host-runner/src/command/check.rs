//! `regwarden check`: every object of every input, judged by one prepared policy.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::answer;
use super::cluster;
use super::fix;
use super::mapping;
use super::output::Terminal;
use super::own;
use super::policy::Judge;
use super::progress::Progress;
use crate::cli::{CheckArgs, Output};
use crate::error::{Error, Exit};
use crate::manifest::{self, Document, Limits};
use crate::outcome::Outcome;
use crate::reason::io_reason;
use crate::report::human::Human;
use crate::report::json_v1::Json;
use crate::report::mask::points_at_credential;
use crate::report::{Finding, Mend, Object, Report, Source, Summary, Unreadable, text};
use crate::review::Circumstances;
use crate::source::{self, Found, Input, STDIN, Subject};

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let files = files(args)?;
    let settings = args.policy.settings.as_deref().map(|path| mapping::read(path, mapping::SETTINGS)).transpose()?;
    let (mut stdin, mut mistakes) = (None, Vec::new());
    let cluster = {
        let mut own = || own::read(&files, args.namespace.as_deref(), &mut stdin, &mut mistakes);
        cluster::open(&args.cluster, args.namespace.as_deref(), &mut own, terminal)?
    };
    let judge = Judge::load(args.policy.policy.as_deref(), &args.policy.remote, terminal)?;
    let judge = judge.with_cluster(&args.cluster, cluster)?;
    let name = args.policy.settings.as_ref().map(|path| path.to_string_lossy().into_owned());
    let judge = judge.with_settings(settings.unwrap_or_else(|| "{}".to_owned()), name.as_deref())?;
    judge.tell_idle_cluster(&args.cluster, terminal);
    let mut report: Box<dyn Report> = match args.output {
        Output::Human => Box::new(Human::new(terminal.out(), text::width(), terminal.quiet)),
        Output::Json => Box::new(Json::new(terminal.out(), &judge.identity()?)?),
    };
    let mut check = Check {
        args,
        terminal,
        judge: &judge,
        report: report.as_mut(),
        progress: Progress::start(terminal, "checking".to_owned()),
        summary: Summary::default(),
        exit: Exit::Allowed,
        seen: 0,
        stdin,
    };
    for mistake in mistakes {
        check.unreadable(mistake)?;
    }
    for input in source::inputs(&files) {
        match input {
            Ok(input) => check.input(&input)?,
            Err(unreadable) => check.unreadable(unreadable)?,
        }
    }
    if check.seen == 0 {
        let file = files.first().map_or_else(|| STDIN.to_owned(), |file| file.to_string_lossy().into_owned());
        check.unreadable(Unreadable {
            file,
            line: None,
            error: "there is no Kubernetes object to check".to_owned(),
        })?;
    }
    let Check { progress, summary, exit, .. } = check;
    drop(progress);
    judge.tell_unanswered(terminal);
    report.finish(&summary)?;
    Ok(exit)
}

/// The files to read, after the arguments have been found to make sense together.
fn files(args: &CheckArgs) -> Result<Vec<PathBuf>, Error> {
    let usage = |text: &str| Err(Error::Usage(text.to_owned()));
    let mut files = args.files.clone();
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            return usage("there is nothing to check: name a file or a directory, or pipe a manifest in");
        }
        files.push(PathBuf::from(STDIN));
    }
    let stdin = files.iter().filter(|file| file.as_os_str() == STDIN).count();
    if stdin > 1 {
        return usage("`-` is given twice, but standard input can be read once only");
    }
    if stdin > 0 && args.policy.settings.as_ref().is_some_and(|file| file.as_os_str() == STDIN) {
        return usage("manifests and settings cannot both come from standard input: name a file for one of them");
    }
    if stdin > 0 && args.fix {
        return usage("`--fix` needs a file to write into; use `--diff` to see the mend of standard input");
    }
    if args.diff && args.output == Output::Json {
        return usage("`--diff` is for people; with `--output json` read `patch`");
    }
    Ok(files)
}

struct Check<'a> {
    args: &'a CheckArgs,
    terminal: &'a Terminal,
    judge: &'a Judge,
    report: &'a mut dyn Report,
    progress: Progress,
    summary: Summary,
    exit: Exit,
    /// Objects and failures so far: nothing at all is a failure too.
    seen: usize,
    /// Standard input, when the cluster has read it already.
    stdin: Option<Vec<u8>>,
}

/// What the objects of one file want changed in it.
#[derive(Default)]
struct Changes {
    edits: Vec<manifest::FileEdit>,
    /// Some object is mended by an operation that the text cannot be edited by.
    beyond: bool,
    masked: Vec<usize>,
}

impl Check<'_> {
    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Error> {
        self.seen += 1;
        self.exit = self.exit.worst(Exit::Unreadable);
        let report = &mut self.report;
        self.progress.aside(|| report.unreadable(&unreadable))?;
        Ok(())
    }

    fn input(&mut self, input: &Input) -> Result<(), Error> {
        let objects = self.summary.objects;
        self.progress.tell(|| format!("checking {} ({objects} objects so far)", text::clean(&input.name)));
        let limits = Limits::default();
        let kept = if input.path.is_none() { self.stdin.take() } else { None };
        let read = kept.map_or_else(|| source::read(input.path.as_deref(), limits.bytes), Ok);
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => {
                return self.unreadable(Unreadable { file: input.name.clone(), line: None, error: io_reason(&error) });
            }
        };
        let stream = manifest::read(&bytes, &limits);
        // What is not UTF-8 ends the stream, and no finding lies behind that.
        let text = String::from_utf8_lossy(&bytes);
        let mut changes = Changes::default();
        for document in &stream.documents {
            for found in source::recognise(document) {
                match found {
                    Found::Subject(subject) => self.subject(input, document, &subject, &text, &mut changes)?,
                    Found::Foreign { .. } if !input.named => {}
                    Found::Foreign { line } => {
                        let error = "`apiVersion` and `kind` are missing: this is no Kubernetes object".to_owned();
                        self.unreadable(Unreadable { file: input.name.clone(), line: Some(line), error })?;
                    }
                    Found::Unreadable { line, error } => {
                        self.unreadable(Unreadable { file: input.name.clone(), line: Some(line), error })?;
                    }
                }
            }
        }
        if let Some(error) = stream.error {
            let unreadable =
                Unreadable { file: input.name.clone(), line: Some(error.line), error: error.problem.to_string() };
            self.unreadable(unreadable)?;
        }
        if (changes.beyond || !changes.edits.is_empty()) && (self.args.diff || self.args.fix) {
            self.mend(input, &bytes, &text, &changes)?;
        }
        let report = &mut self.report;
        self.progress.aside(|| report.flush())?;
        Ok(())
    }

    fn subject(
        &mut self,
        input: &Input,
        document: &Document,
        subject: &Subject,
        text: &str,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let args = self.args;
        let circumstances =
            Circumstances { namespace: args.namespace.as_deref(), operation: args.operation, user: &args.user };
        let request = subject.request(&circumstances).map_err(|error| Error::Bug(error.to_string()))?;
        let mut object = Object {
            source: Source { file: input.name.clone(), document: document.index, line: subject.line },
            api_version: subject.identity.gvk.api_version(),
            kind: subject.identity.gvk.kind.clone(),
            namespace: request.namespace,
            name: subject.shown_name.clone(),
            allowed: false,
            mutated: false,
            message: None,
            findings: Vec::new(),
            patch: Vec::new(),
            warnings: Vec::new(),
            fault: false,
        };
        match answer::ask(self.judge, &request.json, subject.object.as_deref()) {
            Ok(answer) => {
                object.allowed = answer.accepted;
                object.mutated = !answer.patch.is_empty();
                object.message = answer.message;
                object.warnings = answer.warnings;
                object.findings =
                    answer.findings.into_iter().map(|finding| place(document, subject, finding)).collect();
                object.patch = answer.patch;
            }
            Err(outcome) => {
                object.fault = true;
                object.message = Some(fault(&outcome));
            }
        }
        let said = self.judge.said();
        if !said.is_empty() && !self.terminal.quiet {
            self.progress.aside(|| self.terminal.note(&String::from_utf8_lossy(&said)));
        }
        let verdict = match (object.fault, object.allowed) {
            (true, _) => Exit::Guest,
            (false, true) => Exit::Allowed,
            (false, false) => Exit::Denied,
        };
        self.exit = self.exit.worst(verdict);
        self.seen += 1;
        self.summary.add(&object);
        let credentials = object.findings.iter().filter(|finding| points_at_credential(&finding.rule));
        changes.masked.extend(credentials.map(|finding| finding.line));
        for edit in &object.patch {
            match fix::edit(document.index, &subject.pointer, edit.get()) {
                Some(edit) => changes.edits.push(edit),
                None => changes.beyond = true,
            }
        }
        let report = &mut self.report;
        self.progress.aside(|| report.object(&object, text))?;
        Ok(())
    }

    fn mend(&mut self, input: &Input, bytes: &[u8], before: &str, changes: &Changes) -> Result<(), Error> {
        let after = if changes.beyond {
            Err("the policy's patch moves or copies values; apply it by hand".to_owned())
        } else {
            manifest::rewrite(before, &changes.edits).map_err(|error| error.to_string())
        };
        let after = match after {
            Ok(after) => after,
            Err(error) => {
                let error = format!("the mend cannot be written into this file: {error}");
                return self.unreadable(Unreadable { file: input.name.clone(), line: None, error });
            }
        };
        let mut written = false;
        if let (true, Some(path)) = (self.args.fix, &input.path) {
            if let Err(error) = fix::replace(path, bytes, &after) {
                let error = format!("the mend cannot be written, the file is unchanged: {}", io_reason(&error));
                return self.unreadable(Unreadable { file: input.name.clone(), line: None, error });
            }
            written = true;
        }
        let mend = Mend { file: &input.name, before, after: &after, show: self.args.diff, written };
        let report = &mut self.report;
        self.progress.aside(|| report.mend(&mend, &changes.masked))?;
        Ok(())
    }
}

fn place(document: &Document, subject: &Subject, finding: answer::WireFinding) -> Finding {
    let place = document.locate(&format!("{}{}", subject.pointer, finding.pointer));
    let answer::WireFinding { rule, level, pointer, container, message, remedy, mended, exempt } = finding;
    Finding { rule, level, pointer, container, message, remedy, mended, exempt, line: place.line, column: place.column }
}

/// How the policy failed, as the message of the object.
fn fault(outcome: &Outcome) -> String {
    format!("the policy {outcome}")
}
