//! The path of a repository below its host.

use std::borrow::Cow;
use std::fmt::{self, Display};

/// Where Docker Hub keeps the images that have no owner in their familiar name.
const OFFICIAL: &str = "library/";

/// A repository path that may begin with an implied `library/`; displays in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RepositoryPath<'a> {
    official: bool,
    rest: &'a str,
}

impl<'a> RepositoryPath<'a> {
    /// A path as it is written. On Docker Hub (`hub`) a single component below `library/` is official, and so is a
    /// single component alone where the reference is completed (`complete`).
    pub(super) fn new(written: &'a str, hub: bool, complete: bool) -> Self {
        let owned = |path: &str| path.contains('/');
        match written.strip_prefix(OFFICIAL) {
            Some(rest) if hub && !owned(rest) => Self { official: true, rest },
            _ => Self { official: hub && complete && !owned(written), rest: written },
        }
    }

    /// The path without the `library/` of an official image.
    pub(super) const fn familiar(&self) -> &'a str {
        self.rest
    }

    /// Whether it is one of Docker Hub's official images, whose path is `library/` and one component.
    #[must_use]
    pub const fn is_official(&self) -> bool {
        self.official
    }

    /// Length of the full path, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a path is never empty")]
    pub const fn len(&self) -> usize {
        self.rest.len() + if self.official { OFFICIAL.len() } else { 0 }
    }

    /// Whether the full path begins with `prefix`, byte by byte.
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        match prefix.strip_prefix(OFFICIAL) {
            Some(below) if self.official => self.rest.starts_with(below),
            None if self.official => OFFICIAL.starts_with(prefix),
            _ => self.rest.starts_with(prefix),
        }
    }

    /// The full path as text; allocates for official images only.
    #[must_use]
    pub fn to_cow(&self) -> Cow<'a, str> {
        match self.official {
            true => Cow::Owned(crate::text::concat(&[OFFICIAL, self.rest])),
            false => Cow::Borrowed(self.rest),
        }
    }
}

impl Display for RepositoryPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.official {
            f.write_str(OFFICIAL)?;
        }
        f.write_str(self.rest)
    }
}

impl PartialEq<str> for RepositoryPath<'_> {
    fn eq(&self, other: &str) -> bool {
        self.len() == other.len() && self.starts_with(other)
    }
}
