//! `regwarden explain-credentials`, and the reading of its input, which `probe` shares.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regwarden_policy::resolve::{Resolution, resolve};
use regwarden_sdk::cluster::{Cluster as Port, NoCluster};
use serde_json::{Map, Value};

use super::output::Terminal;
use super::progress::Progress;
use super::{cluster, file, mapping, own};
use crate::cli::Output;
use crate::cli::credentials::{ExplainCredentialsArgs, Subjects};
use crate::cluster::Cluster;
use crate::credentials::ask::Asked;
use crate::credentials::table::Table;
use crate::credentials::{Described, json_v1, mermaid, picture};
use crate::error::{Error, Exit};
use crate::manifest::{self, Document, Limits};
use crate::probe::node::NodeConfig;
use crate::reason::io_reason;
use crate::report::{Source, Unreadable, text};
use crate::review::{Circumstances, Operation};
use crate::source::{self, Found, Input, STDIN, Subject};

/// A docker config is written by people and tools; what is larger is something else.
const LARGEST_CONFIG: usize = 4 << 20;

pub(super) fn run(args: &ExplainCredentialsArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let to_stdout = args.picture.as_deref() == Some(Path::new(STDIN));
    if to_stdout && (args.mermaid || args.output == Output::Json) {
        return Err(Error::Usage(
            "one thing can be written to standard output: name a file for the picture".to_owned(),
        ));
    }
    let input = read(&args.subjects, terminal)?;
    let exit = if input.unreadable.is_empty() { Exit::Allowed } else { Exit::Unreadable };
    if let Some(path) = args.picture.as_deref().filter(|_| !to_stdout) {
        file::write(path, picture::write(&input.objects).as_bytes())?;
    }
    let mut out = terminal.out();
    if to_stdout {
        out.write_all(picture::write(&input.objects).as_bytes())?;
    } else if args.mermaid {
        out.write_all(mermaid::write(&input.objects).as_bytes())?;
    } else if args.output == Output::Json {
        drop(out);
        terminal.json(&json_v1::Document::new(&input.objects, &input.unreadable))?;
        return Ok(exit);
    } else {
        let mut table = Table::new(&mut out, text::width());
        for object in &input.objects {
            table.object(object)?;
        }
        for unreadable in &input.unreadable {
            table.unreadable(unreadable)?;
        }
        out.flush()?;
        return Ok(exit);
    }
    out.flush()?;
    for Unreadable { file, line, error } in &input.unreadable {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        terminal.error(&format!("{file}{line}: {error}"));
    }
    Ok(exit)
}

/// What the arguments name.
pub(super) struct Read {
    pub(super) objects: Vec<Described>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) cluster: Option<Arc<dyn Cluster>>,
    /// The node's docker config as it is.
    pub(super) node: Option<Vec<u8>>,
}

/// Reads and resolves everything.
///
/// # Errors
/// When the command cannot go on: arguments, settings, the cluster, the node's docker config.
pub(super) fn read(args: &Subjects, terminal: &Terminal) -> Result<Read, Error> {
    let files = files(args)?;
    let settings = args.settings.as_deref().map(|path| mapping::read(path, mapping::SETTINGS)).transpose()?;
    let node = args.node_config.as_deref().map(node_config).transpose()?;
    let (mut stdin, mut unreadable) = (None, Vec::new());
    let namespace = args.namespace.as_deref();
    let cluster = {
        let mut own = || own::read(&files, namespace, &mut stdin, &mut unreadable);
        cluster::open(&args.cluster_args(), namespace, &mut own, terminal)?
    };
    let progress = Progress::start(terminal, "reading".to_owned());
    let (bytes, config) = node.unzip();
    let mut reading = Reading {
        namespace,
        settings: with_contents(settings.as_deref(), cluster.is_some())?,
        settings_file: args.settings.as_deref().map(|file| file.to_string_lossy().into_owned()),
        cluster: cluster.as_deref(),
        node: config.as_ref(),
        objects: Vec::new(),
        unreadable,
    };
    let mut inputs = 0usize;
    for input in source::inputs(&files) {
        inputs += 1;
        match input {
            Ok(input) => {
                progress.tell(|| format!("reading {}", text::clean(&input.name)));
                let kept = if input.path.is_none() { stdin.take() } else { None };
                reading.input(&input, kept)?;
            }
            Err(unreadable) => reading.unreadable.push(unreadable),
        }
    }
    let Reading { objects, mut unreadable, .. } = reading;
    if objects.is_empty() && unreadable.is_empty() {
        let file = files.first().map_or_else(|| STDIN.to_owned(), |file| file.to_string_lossy().into_owned());
        let error =
            if inputs == 0 { "there is no manifest in it" } else { "there is no object in it that describes a Pod" };
        unreadable.push(Unreadable { file, line: None, error: error.to_owned() });
    }
    Ok(Read { objects, unreadable, cluster, node: bytes })
}

fn files(args: &Subjects) -> Result<Vec<PathBuf>, Error> {
    let usage = |text: &str| Err(Error::Usage(text.to_owned()));
    let mut files = args.files.clone();
    if files.is_empty() {
        if io::stdin().is_terminal() {
            return usage("there is nothing to read: name a file or a directory, or pipe a manifest in");
        }
        files.push(PathBuf::from(STDIN));
    }
    let stdin = files.iter().chain(&args.settings).filter(|file| file.as_os_str() == STDIN).count();
    if stdin > 1 {
        return usage("standard input can be read once only: name a file for the others");
    }
    Ok(files)
}

fn node_config(path: &Path) -> Result<(Vec<u8>, NodeConfig), Error> {
    let file = path.to_string_lossy().into_owned();
    let unreadable = |reason: String| Error::Unreadable { file: file.clone(), reason };
    let bytes = source::read(Some(path), LARGEST_CONFIG).map_err(|error| unreadable(io_reason(&error)))?;
    if bytes.len() > LARGEST_CONFIG {
        return Err(unreadable("it is too large for a docker config".to_owned()));
    }
    let config = NodeConfig::read(&bytes).map_err(unreadable)?;
    Ok((bytes, config))
}

/// The settings with the contents of Secrets to be read: whoever names a cluster wants them seen.
fn with_contents(settings: Option<&str>, has_cluster: bool) -> Result<Value, Error> {
    let settings = settings.unwrap_or("{}");
    let mut settings: Value = serde_json::from_str(settings).map_err(|error| Error::Bug(error.to_string()))?;
    if let Some(fields) = settings.as_object_mut().filter(|_| has_cluster) {
        fields.insert("cluster".to_owned(), Value::from("contents"));
    }
    Ok(settings)
}

struct Reading<'r> {
    namespace: Option<&'r str>,
    settings: Value,
    settings_file: Option<String>,
    cluster: Option<&'r dyn Cluster>,
    node: Option<&'r NodeConfig>,
    objects: Vec<Described>,
    unreadable: Vec<Unreadable>,
}

impl Reading<'_> {
    fn input(&mut self, input: &Input, kept: Option<Vec<u8>>) -> Result<(), Error> {
        let limits = Limits::default();
        let bytes = match kept.map_or_else(|| source::read(input.path.as_deref(), limits.bytes), Ok) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.fault(input, None, io_reason(&error));
                return Ok(());
            }
        };
        let stream = manifest::read(&bytes, &limits);
        for document in &stream.documents {
            for found in source::recognise(document) {
                match found {
                    Found::Subject(subject) => self.subject(input, document, &subject)?,
                    Found::Foreign { .. } if !input.named => {}
                    Found::Foreign { line } => {
                        let error = "`apiVersion` and `kind` are missing: this is no Kubernetes object".to_owned();
                        self.fault(input, Some(line), error);
                    }
                    Found::Unreadable { line, error } => self.fault(input, Some(line), error),
                }
            }
        }
        if let Some(error) = stream.error {
            self.fault(input, Some(error.line), error.problem.to_string());
        }
        Ok(())
    }

    fn fault(&mut self, input: &Input, line: Option<usize>, error: String) {
        self.unreadable.push(Unreadable { file: input.name.clone(), line, error });
    }

    fn subject(&mut self, input: &Input, document: &Document, subject: &Subject) -> Result<(), Error> {
        let circumstances =
            Circumstances { namespace: self.namespace, operation: Operation::Create, user: "regwarden" };
        let bug = |error: serde_json::Error| Error::Bug(error.to_string());
        let request = subject.request(&circumstances).map_err(bug)?;
        let mut payload = Map::new();
        payload.insert("request".to_owned(), serde_json::from_str(&request.json).map_err(bug)?);
        payload.insert("settings".to_owned(), self.settings.clone());
        let payload = serde_json::to_vec(&payload).map_err(bug)?;
        let asked = self.cluster.map(Asked);
        let port: &dyn Port = match &asked {
            Some(asked) => asked,
            None => &NoCluster,
        };
        let mut pods: Vec<Resolution> = match resolve(&payload, port) {
            Ok(pods) => pods,
            Err(error) => {
                let file = self.settings_file.as_deref().unwrap_or(&input.name);
                let file = if error.contains("settings") { file } else { &input.name };
                let line = (file == input.name).then_some(subject.line);
                self.unreadable.push(Unreadable { file: file.to_owned(), line, error });
                return Ok(());
            }
        };
        for pod in &mut pods {
            if let Some(node) = self.node {
                node.add_to(pod);
            }
        }
        // Whatever describes no Pod pulls nothing.
        if pods.is_empty() {
            return Ok(());
        }
        self.objects.push(Described {
            source: Source { file: input.name.clone(), document: document.index, line: subject.line },
            api_version: subject.identity.gvk.api_version(),
            kind: subject.identity.gvk.kind.clone(),
            namespace: request.namespace,
            name: subject.shown_name.clone(),
            pods,
        });
        Ok(())
    }
}
