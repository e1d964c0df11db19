//! Why a string is no image reference.

use std::fmt;

/// Why a string is no image reference. The variants are the error variables of distribution/reference and
/// go-digest; the texts are ours and never contain the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageError {
    /// The whole does not follow the grammar.
    InvalidFormat,
    /// The tag does not follow the grammar (only where a tag is given on its own).
    TagInvalidFormat,
    /// The digest does not follow the grammar.
    DigestInvalidFormat,
    /// The digest has the wrong number of digits for its algorithm.
    DigestInvalidLength,
    /// The digest's algorithm is not `sha256`.
    DigestUnsupported,
    /// The name would be fine in lower case.
    NameContainsUppercase,
    /// There is no name.
    NameEmpty,
    /// The path is longer than [`super::MAX_PATH`] bytes.
    NameTooLong,
    /// The reference is fine but not written in full (only where the full form is asked for).
    NameNotCanonical,
    /// The name is a bare 64-digit image identifier.
    NameIsIdentifier,
}

impl ImageError {
    /// The message: lower case, one line, free of user data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFormat => "not an image reference; write `[host[:port]/]path[:tag][@digest]`",
            Self::TagInvalidFormat => {
                "not a tag; use up to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"
            }
            Self::DigestInvalidFormat => "malformed digest; write `sha256:` and 64 lower-case hexadecimal digits",
            Self::DigestInvalidLength => "digest of the wrong length; a `sha256` digest has 64 hexadecimal digits",
            Self::DigestUnsupported => "unknown digest algorithm; use `sha256`",
            Self::NameContainsUppercase => "the repository path contains capitals; write it in lower case",
            Self::NameEmpty => "the image reference is empty; name an image",
            Self::NameTooLong => "the repository path is longer than 255 characters; shorten it",
            Self::NameNotCanonical => "the image reference is shortened; write it with its host and its full path",
            Self::NameIsIdentifier => {
                "64 hexadecimal digits are an image identifier, not a name; write `name@sha256:` in front of them"
            }
        }
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for ImageError {}
