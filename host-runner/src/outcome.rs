//! What became of one call into a guest: an answer, or one of the ways in which a guest can fail.

use serde::de::DeserializeOwned;
use std::{fmt, time::Duration};

/// The outcome of one call. Everything but [`Outcome::Answered`] and [`Outcome::GuestError`] is the guest's fault, not
/// its verdict; nothing of it ends the process.
///
/// The [`Display`](fmt::Display) text is a lower-case clause without a final stop, fit to follow the guest's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bytes that the guest gave as its response, unread: they need not be JSON.
    Answered(Vec<u8>),
    /// The guest itself declared the call failed, with this text (a waPC guest error, a WASI exit status other than 0).
    GuestError(String),
    /// The guest ran into a Wasm trap, or ended itself in the middle of a call.
    Trapped(Trap),
    /// The guest was stopped at its deadline.
    TimedOut {
        /// Where it was when time ran out.
        phase: Phase,
        /// The time it was given for this phase.
        deadline: Duration,
    },
    /// The guest asked for more memory or table space than its limit, and failed for it.
    OutOfMemory {
        /// The limit on its linear memory in bytes.
        limit: u64,
    },
    /// The guest gave an answer that is none: outside its memory, too large, not text, absent, not the JSON expected.
    BadAnswer(BadAnswer),
    /// The guest asked its host too often or for too much, and was ended for it.
    HostCallFlood(Flood),
    /// The module cannot be linked: an import that no host offers, or an export that is missing or of another type.
    LinkError(String),
}

/// The part of a guest's life in which something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Instantiation and the functions that prepare a waPC guest: `_start`, then `wapc_init`.
    Init(&'static str),
    /// The call itself.
    Call,
}

/// Why a guest ended before it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Where it happened.
    pub phase: Phase,
    /// What the runtime says about it, such as ``wasm `unreachable` instruction executed``.
    pub reason: String,
    /// The Wasm frames, innermost first, as the runtime prints them; several lines, possibly empty.
    pub backtrace: String,
}

/// Which limit on host calls a guest ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flood {
    /// Too many calls.
    #[error("made more than {limit} host calls")]
    Calls {
        /// Calls allowed in one evaluation.
        limit: u32,
    },
    /// Too many bytes in requests and answers together.
    #[error("exchanged more than {} with its host", Size(*limit))]
    Bytes {
        /// Bytes allowed in one evaluation.
        limit: u64,
    },
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadAnswer {
    /// The guest passed a range that its memory does not have.
    OutOfBounds {
        /// The import that received it, such as `__guest_response`.
        import: &'static str,
        /// Start of the range; a negative pointer appears as the large offset that it is.
        pointer: u32,
        /// Length of the range in bytes.
        length: u32,
        /// Size of the guest's memory in bytes.
        memory: u64,
    },
    /// The answer is longer than the output limit.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A text that the interface wants in UTF-8 is not.
    NotUtf8 {
        /// The import or stream that carried it.
        source: &'static str,
    },
    /// The guest reported success and gave no response, or failure and gave no error text.
    Absent {
        /// Whether it reported success.
        success: bool,
    },
    /// The bytes are not the JSON that the operation answers with.
    NotJson(String),
}

impl Outcome {
    /// Reads the answer as JSON.
    ///
    /// # Errors
    /// The outcome itself when it is no answer, [`BadAnswer::NotJson`] when the bytes do not have the shape of `T`.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Self> {
        match self {
            Self::Answered(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| Self::BadAnswer(BadAnswer::NotJson(error.to_string())))
            }
            other => Err(other),
        }
    }

    /// A word for logs, metrics and machine-readable output; stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::GuestError(_) => "guest-error",
            Self::Trapped(_) => "trapped",
            Self::TimedOut { .. } => "timed-out",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::BadAnswer(_) => "bad-answer",
            Self::HostCallFlood(_) => "host-call-flood",
            Self::LinkError(_) => "link-error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(bytes) => write!(f, "answered {} bytes", bytes.len()),
            Self::GuestError(text) => write!(f, "reported an error: {text}"),
            Self::Trapped(trap) => write!(f, "trapped in {}: {}", trap.phase, trap.reason),
            Self::TimedOut { phase, deadline } => {
                write!(f, "exceeded its deadline of {} in {phase}", Seconds(*deadline))
            }
            Self::OutOfMemory { limit } => write!(f, "needs more memory than its limit of {}", Size(*limit)),
            Self::BadAnswer(bad) => write!(f, "gave a bad answer: {bad}"),
            Self::HostCallFlood(flood) => flood.fmt(f),
            Self::LinkError(text) => write!(f, "cannot be linked: {text}"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init(function) => function,
            Self::Call => "the call",
        })
    }
}

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds { import, pointer, length, memory } => write!(
                f,
                "`{import}` was given {length} bytes at offset {pointer}, but the guest's memory has {memory} bytes"
            ),
            Self::TooLarge { limit } => write!(f, "it is longer than the limit of {}", Size(*limit)),
            Self::NotUtf8 { source } => write!(f, "the text of `{source}` is not UTF-8"),
            Self::Absent { success: true } => f.write_str("it reported success without a response"),
            Self::Absent { success: false } => f.write_str("it reported failure without an error text"),
            Self::NotJson(error) => write!(f, "it is not the JSON of this operation: {error}"),
        }
    }
}

/// A duration in words: milliseconds below a second.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(1) {
            write!(f, "{} ms", self.0.as_millis())
        } else {
            write!(f, "{} s", self.0.as_secs_f64())
        }
    }
}

/// A size in the largest unit that divides it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match UNITS.iter().find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}
