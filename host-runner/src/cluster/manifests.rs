//! The manifests of `--cluster FILE|DIR` into objects, with every mistake by file and line.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::objects::{Added, Objects, Origin};
use crate::manifest::{self, Limits};
use crate::reason::io_reason;
use crate::report::text;
use crate::source::{self, Found};

/// Most bytes of all files together.
const MOST_BYTES: usize = 256 << 20;

/// Mistakes that are told; more are counted.
const MOST_MISTAKES: usize = 20;

/// What is wrong with a manifest, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file as the user named it.
    pub file: String,
    /// The line, from 1; none when it concerns the whole file.
    pub line: Option<usize>,
    /// What is wrong, without any value of the manifest.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::clean(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Reads a file, or every manifest below a directory, as the objects of a cluster. `namespace` is where objects belong
/// that should name a namespace and do not.
///
/// # Errors
/// Every mistake (some twenty at most): files that cannot be read, objects that an API server would refuse, a name that
/// is given twice with different contents.
pub fn read(path: &Path, namespace: &str) -> Result<Objects, Vec<Mistake>> {
    let mut reading = Reading { objects: Objects::new(namespace), mistakes: Vec::new(), more: 0, bytes: 0 };
    for input in source::inputs(&[PathBuf::from(path)]) {
        match input {
            Ok(input) => reading.file(&input),
            Err(unreadable) => reading.mistake(&unreadable.file, unreadable.line, unreadable.error),
        }
    }
    if reading.objects.is_empty() && reading.mistakes.is_empty() {
        reading.mistake(&path.to_string_lossy(), None, "there is no Kubernetes object in it".to_owned());
    }
    if reading.more > 0 {
        let problem = format!("and {} more mistakes", reading.more);
        reading.mistakes.push(Mistake { file: path.to_string_lossy().into_owned(), line: None, problem });
    }
    if reading.mistakes.is_empty() { Ok(reading.objects) } else { Err(reading.mistakes) }
}

struct Reading {
    objects: Objects,
    mistakes: Vec<Mistake>,
    more: usize,
    bytes: usize,
}

impl Reading {
    fn mistake(&mut self, file: &str, line: Option<usize>, problem: String) {
        if self.mistakes.len() < MOST_MISTAKES {
            self.mistakes.push(Mistake { file: file.to_owned(), line, problem });
        } else {
            self.more += 1;
        }
    }

    fn file(&mut self, input: &source::Input) {
        let limits = Limits::default();
        let bytes = match source::read(input.path.as_deref(), limits.bytes) {
            Ok(bytes) => bytes,
            Err(error) => return self.mistake(&input.name, None, io_reason(&error)),
        };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MOST_BYTES {
            let problem = format!("the files have more than {} MiB together: name fewer", MOST_BYTES >> 20);
            return self.mistake(&input.name, None, problem);
        }
        let file: Arc<str> = Arc::from(input.name.as_str());
        let stream = manifest::read(&bytes, &limits);
        for found in stream.documents.iter().flat_map(source::recognise) {
            match found {
                Found::Subject(subject) if subject.is_request() => {
                    let problem = "this is an AdmissionReview; a cluster is made of plain manifests".to_owned();
                    self.mistake(&input.name, Some(subject.line), problem);
                }
                Found::Subject(subject) => {
                    let origin = Origin { file: Arc::clone(&file), line: subject.line };
                    self.object(subject.object.as_deref().unwrap_or_default(), origin);
                }
                // A directory may hold other YAML files beside the manifests, as for `check`.
                Found::Foreign { .. } if !input.named => {}
                Found::Foreign { line } => {
                    let problem = "`apiVersion` and `kind` are missing: this is no Kubernetes object".to_owned();
                    self.mistake(&input.name, Some(line), problem);
                }
                Found::Unreadable { line, error } => self.mistake(&input.name, Some(line), error),
            }
        }
        if let Some(error) = stream.error {
            self.mistake(&input.name, Some(error.line), error.problem.to_string());
        }
    }

    fn object(&mut self, json: &str, origin: Origin) {
        let (file, line) = (Arc::clone(&origin.file), Some(origin.line));
        let Ok(object) = serde_json::from_str(json) else {
            return self.mistake(&file, line, "it is nested deeper than a Kubernetes object can be".to_owned());
        };
        match self.objects.add(object, origin) {
            Ok(Added::New | Added::Same) => {}
            Ok(Added::Conflict(first)) => {
                let problem = format!("the same object is given differently at {first}: leave one of them out");
                self.mistake(&file, line, problem);
            }
            Err(problem) => self.mistake(&file, line, problem.to_string()),
        }
    }
}
