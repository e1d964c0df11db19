//! What was found, as plain data, and the two faces that print it.

pub mod catalogue;
pub mod diff;
pub mod human;
pub mod json_v1;
pub mod mask;
pub mod module;
pub mod policies;
pub mod style;
pub mod text;

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;

/// The policy that judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its name by `describe`, else the file name.
    pub name: String,
    /// Its version by `describe`, else empty.
    pub version: String,
    /// `sha256:` and the lower-case hexadecimal digest of the module.
    pub digest: String,
}

/// Where an object stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The file as the user named it, or found below a directory; `-` is standard input.
    pub file: String,
    /// Number of the document in the file, from 0.
    pub document: usize,
    /// Line on which the object starts, from 1.
    pub line: usize,
}

/// How strictly a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Denies, unless mended.
    Enforce,
    /// Warns.
    Warn,
    /// Is recorded only.
    Audit,
}

impl Level {
    /// The word of the settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
            Self::Audit => "audit",
        }
    }
}

/// One finding at its place in the file.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// Level by the settings.
    pub level: Level,
    /// JSON pointer into the object; it may name a field that is missing.
    pub pointer: String,
    /// Name of the container concerned.
    pub container: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Whether the policy's own edits mend it.
    pub mended: bool,
    /// The reason for which an exception of the settings accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt: Option<String>,
    /// Line of the place, or of its nearest existing ancestor, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The verdict about one object.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// Where it stands.
    pub source: Source,
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// The namespace of the request; null for cluster-wide kinds.
    pub namespace: Option<String>,
    /// `metadata.name`, else `metadata.generateName`.
    pub name: Option<String>,
    /// Whether the policy accepts the object, mended if it mended it.
    pub allowed: bool,
    /// Whether the policy changed the object.
    pub mutated: bool,
    /// The policy's message; for an object that the policy failed on, how it failed.
    pub message: Option<String>,
    /// The findings in the order of the policy.
    pub findings: Vec<Finding>,
    /// JSON Patch (RFC 6902) from the object as read to the mended object.
    pub patch: Vec<Box<RawValue>>,
    /// Warnings of the response; they repeat the findings of a policy that answers findings.
    #[serde(skip)]
    pub warnings: Vec<String>,
    /// Whether the guest failed, so that `allowed` is no verdict of the policy.
    #[serde(skip)]
    pub fault: bool,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The file as the user named it.
    pub file: String,
    /// Line of the mistake, from 1; null when the file as a whole is concerned.
    pub line: Option<usize>,
    /// What is wrong.
    pub error: String,
}

/// The counts of one invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Objects judged.
    pub objects: usize,
    /// Of them allowed.
    pub allowed: usize,
    /// Of them not allowed.
    pub denied: usize,
    /// Of them changed by the policy.
    pub mended: usize,
    /// Findings at level `enforce`, mended ones included.
    pub enforce: usize,
    /// Findings at level `warn`.
    pub warn: usize,
    /// Findings at level `audit`.
    pub audit: usize,
}

impl Summary {
    /// Counts one more object.
    pub fn add(&mut self, object: &Object) {
        self.objects += 1;
        if object.allowed {
            self.allowed += 1;
        } else {
            self.denied += 1;
        }
        self.mended += usize::from(object.mutated);
        for finding in &object.findings {
            match finding.level {
                Level::Enforce => self.enforce += 1,
                Level::Warn => self.warn += 1,
                Level::Audit => self.audit += 1,
            }
        }
    }
}

/// What `--diff` and `--fix` have to say about a file.
#[derive(Clone, Debug)]
pub struct Mend<'a> {
    /// The file as the user named it.
    pub file: &'a str,
    /// Its text as read.
    pub before: &'a str,
    /// Its text after the mend.
    pub after: &'a str,
    /// Whether to show the difference.
    pub show: bool,
    /// Whether it was written.
    pub written: bool,
}

/// A face that prints results as they come; nothing is kept, so that a scan of any size needs flat memory.
pub trait Report {
    /// One object; `text` is the text of its file, for source lines.
    ///
    /// # Errors
    /// When the output cannot be written, here and below.
    fn object(&mut self, object: &Object, text: &str) -> io::Result<()>;

    /// One file or document that could not be read.
    ///
    /// # Errors
    /// When the output cannot be written.
    fn unreadable(&mut self, unreadable: &Unreadable) -> io::Result<()>;

    /// The mend of one file, after its objects; `masked` are the lines (from 1) that hold credentials.
    ///
    /// # Errors
    /// When the output cannot be written.
    fn mend(&mut self, mend: &Mend<'_>, masked: &[usize]) -> io::Result<()>;

    /// Hands on what was printed so far, so that people see results as they come.
    ///
    /// # Errors
    /// When the output cannot be written.
    fn flush(&mut self) -> io::Result<()>;

    /// The end.
    ///
    /// # Errors
    /// When the output cannot be written.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}
