//! Why the store of policies cannot do what it is asked to, each with the next step.

use std::io;
use std::path::{Path, PathBuf};

use super::Digest;
use crate::reason::io_reason;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Neither `XDG_DATA_HOME` nor `HOME` says where the user's data lies.
    #[error("there is no place for pulled policies: set HOME or XDG_DATA_HOME, or name a directory with `--store DIR`")]
    Homeless,
    /// The store is of a later layout.
    #[error(
        "the store `{}` was written by a newer regwarden (layout {found}, this one knows {known}): upgrade regwarden, or use another store with `--store DIR`",
        .root.display()
    )]
    Newer {
        /// The directory of the store.
        root: PathBuf,
        /// Its layout.
        found: u64,
        /// The layout of this program.
        known: u64,
    },
    /// The directory holds something else.
    #[error("`{}` is no store of policies: {reason}; name another directory with `--store DIR`", .root.display())]
    Foreign {
        /// The directory.
        root: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file of the store does not have the content that its name promises.
    #[error("`{}` is damaged: its content is not {digest}; pull the policy again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        digest: Digest,
    },
    /// Something of the store is larger than anything that belongs there.
    #[error("`{}` has more than {most} bytes and is left alone", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        most: u64,
    },
    /// The store has grown to its limit.
    #[error(
        "the store `{}` would grow beyond {} MiB: free room with `regwarden policies rm` and `regwarden policies gc`",
        .root.display(), .most >> 20
    )]
    Full {
        /// The directory of the store.
        root: PathBuf,
        /// The limit in bytes.
        most: u64,
    },
    /// The disk is full.
    #[error("no space left for `{}`; nothing of it was kept: free some space, or use another disk with `--store DIR`", .path.display())]
    NoSpace {
        /// The file that could not be written.
        path: PathBuf,
    },
    /// Another process holds the store for longer than is worth waiting.
    #[error("another regwarden is busy in the store `{}`: wait for it or end it, then try again", .root.display())]
    Busy {
        /// The directory of the store.
        root: PathBuf,
    },
    /// The system refuses.
    #[error("cannot use `{}`: {}", .path.display(), io_reason(.source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No policy of the store has this name or digest.
    #[error("no stored policy is named `{0}`; `regwarden policies` lists them")]
    Unknown(String),
    /// The beginning of a digest fits more than one policy.
    #[error("`{0}` is the beginning of more than one digest; give more digits")]
    Ambiguous(String),
    /// A file that should carry policies does not.
    #[error("`{}` is no archive of policies: {reason}", .path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl StoreError {
    /// Turns the system's refusal about a file into an error.
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { path: path.to_owned() },
            _ => Self::Io { path: path.to_owned(), source },
        }
    }
}
