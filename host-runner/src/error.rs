//! What can go wrong on the way to a verdict, and the documented exit code of each.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

/// The exit codes of the binary, in the words of `--help`.
///
/// When several apply to one invocation the first of this order wins: our bug, guest fault, unreadable input, probe without
/// an answer, denied, allowed. So a pipeline that tests for `3` never mistakes a half-read directory for a clean verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Every object was read and allowed.
    Allowed = 0,
    /// Regwarden itself is at fault.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// At least one object was denied.
    Denied = 3,
    /// The policy trapped, ran out of time or memory, answered nonsense or could not be linked.
    Guest = 4,
    /// A file, the settings or the policy could not be read, or a registry or the store fails.
    Unreadable = 5,
    /// A credential could not be tried, so that nobody knows whether it works.
    Unreachable = 6,
}

impl Exit {
    /// The text of the exit codes, shown under `--help`.
    pub const HELP: &'static str = "\
Exit codes: 0 all allowed, 1 bug in regwarden, 2 wrong usage, 3 denied, 4 fault of the policy
(trap, time, memory, bad answer, link), 5 unreadable input (files, settings, policy),
6 a probe without an answer. When several apply: 1, then 4, then 5, then 6, then 3, then 0.";

    /// Of two results the one that the caller must hear about.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if self.weight() >= other.weight() { self } else { other }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Allowed => 0,
            Self::Denied => 1,
            Self::Unreachable => 2,
            Self::Unreadable => 3,
            Self::Guest => 4,
            Self::Usage => 5,
            Self::Bug => 6,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that ends the command, told on stderr.
///
/// What concerns a single file or object of many is no error of this kind: the report carries it and the rest goes on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments are each well formed and together make no sense.
    #[error("{0}")]
    Usage(String),
    /// A file that the whole command needs cannot be read.
    #[error("cannot read `{file}`: {reason}")]
    Unreadable {
        /// The file as the user named it.
        file: String,
        /// Why, and what to do next.
        reason: String,
    },
    /// The policy refuses the settings.
    #[error("{}", settings_text(.file, .messages))]
    Settings {
        /// The settings file, none when the policy's own defaults were refused.
        file: Option<String>,
        /// Every mistake, one each.
        messages: Vec<String>,
    },
    /// The policy is not a module that can be run here.
    #[error("`{policy}` is no usable policy: {reason}")]
    Policy {
        /// The policy as the user named it.
        policy: String,
        /// Why, and what to do next.
        reason: String,
    },
    /// The cluster of `--cluster` cannot be used.
    #[error("{}", cluster_text(.messages, *.manifests))]
    Cluster {
        /// Every mistake, one each, with its next step.
        messages: Vec<String>,
        /// They are mistakes in manifests, not of a connection.
        manifests: bool,
    },
    /// The policy failed where the command cannot go on without its answer.
    #[error("asked for `{operation}`, the policy {reason}")]
    Guest {
        /// The operation that was asked.
        operation: String,
        /// How the guest ended, as a clause that begins with a verb.
        reason: String,
    },
    /// Something was asked for by a name that does not exist.
    #[error("{0}")]
    Unknown(String),
    /// A file could not be written.
    #[error("cannot write `{file}`: {source}; the file is unchanged")]
    Write {
        /// The file that keeps its old content.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A registry, or the way there, fails.
    #[error(transparent)]
    Remote(#[from] crate::oci::Error),
    /// A policy lacks the signatures that are wanted.
    #[error("`{policy}` is not trusted: {error}")]
    Untrusted {
        /// The policy as the user named it.
        policy: String,
        /// Why, and what to do next.
        error: crate::signature::Error,
    },
    /// The store of policies fails.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// stdout is closed or full.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// A state that regwarden should not be able to reach.
    #[error("this is a bug in regwarden: {0}")]
    Bug(String),
}

fn settings_text(file: &Option<String>, messages: &[String]) -> String {
    let mut text = match file {
        Some(file) => format!("the settings in `{file}` are not valid"),
        None => "the policy does not accept empty settings; give them with `--settings FILE`".to_owned(),
    };
    for message in messages {
        text.push_str("\n  ");
        text.push_str(message);
    }
    text
}

fn cluster_text(messages: &[String], manifests: bool) -> String {
    match messages {
        [message] if !manifests => message.clone(),
        messages => {
            let lines: String = messages.iter().map(|message| format!("\n  {message}")).collect();
            format!("the manifests of the cluster cannot be used{lines}")
        }
    }
}

impl Error {
    /// The exit code of a failure.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Unknown(_) => Exit::Usage,
            Self::Unreadable { .. }
            | Self::Settings { .. }
            | Self::Policy { .. }
            | Self::Cluster { .. }
            | Self::Write { .. }
            | Self::Remote(_)
            | Self::Untrusted { .. }
            | Self::Store(_) => Exit::Unreadable,
            Self::Guest { .. } => Exit::Guest,
            // A reader that went away (`| head`) wanted no more: not a failure.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Allowed,
            Self::Output(_) => Exit::Unreadable,
            Self::Bug(_) => Exit::Bug,
        }
    }

    /// Whether the error is worth a line on stderr.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Makes a panic say that it is a bug, where, and nothing of the input: a panic's own text may quote a manifest.
pub fn say_bugs_plainly() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let text = format!(
            "this is a bug in regwarden{place}\nplease report it with the version and the command, without the manifests\n"
        );
        // Nobody is left to hear of a failure.
        let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_bug_guest_unreadable_unreachable_denied_allowed() {
        let order = [Exit::Bug, Exit::Guest, Exit::Unreadable, Exit::Unreachable, Exit::Denied, Exit::Allowed];
        for (i, high) in order.iter().enumerate() {
            for low in order.iter().skip(i) {
                assert_eq!(high.worst(*low), *high);
                assert_eq!(low.worst(*high), *high);
            }
        }
    }

    #[test]
    fn every_error_has_its_documented_code() {
        let io = |kind| Error::Output(io::Error::from(kind));
        let text = || "x".to_owned();
        let table = [
            (Error::Usage(text()), 2),
            (Error::Unknown(text()), 2),
            (Error::Unreadable { file: text(), reason: text() }, 5),
            (Error::Settings { file: None, messages: vec![] }, 5),
            (Error::Policy { policy: text(), reason: text() }, 5),
            (Error::Cluster { messages: vec![], manifests: true }, 5),
            (Error::Guest { operation: text(), reason: text() }, 4),
            (Error::Write { file: text(), source: io::Error::from(io::ErrorKind::PermissionDenied) }, 5),
            (io(io::ErrorKind::BrokenPipe), 0),
            (io(io::ErrorKind::StorageFull), 5),
            (Error::Bug(text()), 1),
        ];
        for (error, code) in table {
            assert_eq!(error.exit() as u8, code, "{error}");
        }
    }

    #[test]
    fn all_settings_mistakes_are_listed() {
        let error = Error::Settings { file: Some("s.yaml".into()), messages: vec!["a".into(), "b".into()] };
        assert_eq!(error.to_string(), "the settings in `s.yaml` are not valid\n  a\n  b");
    }
}
