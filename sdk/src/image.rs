//! Image references, read exactly as distribution/reference reads them, borrowed from the text they stand in.
//!
//! ```
//! use regwarden_sdk::image::{Parsed, parse};
//!
//! let Parsed::Reference(image) = parse("ubuntu:24.04") else { unreachable!() };
//! assert_eq!(image.domain(), "docker.io");
//! assert_eq!(image.path().to_string(), "library/ubuntu");
//! assert_eq!(image.tag(), Some("24.04"));
//!
//! let Parsed::Unresolved(hole) = parse("ghcr.io/org/app:$(params.tag)") else { unreachable!() };
//! assert_eq!(hole.named().unwrap().to_string(), "ghcr.io/org/app");
//! ```

use std::fmt::{self, Display, Write as _};

use crate::glob::{self, BadPattern};

mod error;
mod grammar;
mod parts;
mod path;
mod placeholder;
#[cfg(test)]
mod tests;

pub use error::ImageError;
pub use path::RepositoryPath;
pub use placeholder::{Part, Placeholder};

use parts::{Parts, split_name, written_domain};

/// The host of an image that names none: Docker Hub.
pub const DEFAULT_DOMAIN: &str = "docker.io";
/// The tag of an image that carries neither tag nor digest.
pub const DEFAULT_TAG: &str = "latest";
/// The longest repository path, in bytes.
pub const MAX_PATH: usize = 255;

/// The other host under which Docker Hub is known; references rewrite it to [`DEFAULT_DOMAIN`].
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";

/// What an `image` string turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// A reference.
    Reference(Reference<'a>),
    /// A template whose holes somebody fills in later; not a mistake.
    Unresolved(Placeholder<'a>),
    /// Neither.
    Invalid(ImageError),
}

impl<'a> Parsed<'a> {
    /// The repository, as far as it is certain: the reference itself, or a template whose holes lie behind the
    /// name (`ghcr.io/org/app:$(params.tag)` gives `ghcr.io/org/app`).
    #[must_use]
    pub fn named(&self) -> Option<Reference<'a>> {
        match self {
            Self::Reference(reference) => Some(*reference),
            Self::Unresolved(placeholder) => placeholder.named(),
            Self::Invalid(_) => None,
        }
    }
}

/// Reads the value of an `image` field or of a flag that names an image. Cannot fail: see [`Parsed`].
#[must_use]
#[inline(never)]
pub fn parse(s: &str) -> Parsed<'_> {
    match Reference::parse(s) {
        Ok(reference) => Parsed::Reference(reference),
        Err(error) => match Placeholder::find(s) {
            Some(placeholder) => Parsed::Unresolved(placeholder),
            None => Parsed::Invalid(error),
        },
    }
}

/// Whether `s` is `host[:port]` as it may stand in front of a reference; IPv6 addresses in brackets.
#[must_use]
pub fn is_domain(s: &str) -> bool {
    grammar::is_domain(s)
}

/// Whether `s` is a bare image identifier: 64 lower-case hexadecimal digits.
#[must_use]
pub fn is_identifier(s: &str) -> bool {
    grammar::is_identifier(s)
}

/// Checks a digest that stands alone, such as `sha256:…`.
///
/// # Errors
/// The `Digest…` variants of [`ImageError`].
pub fn check_digest(s: &str) -> Result<(), ImageError> {
    match grammar::is_digest(s) {
        true => grammar::check_digest(s),
        // Too short for a reference, yet the length is what is wrong with it.
        false if s.strip_prefix("sha256:").is_some_and(|hex| !hex.is_empty()) => Err(ImageError::DigestInvalidLength),
        false => Err(ImageError::DigestInvalidFormat),
    }
}

/// An image reference. Two spellings of one image (`ubuntu`, `docker.io/library/ubuntu`) are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference<'a> {
    domain: &'a str,
    path: RepositoryPath<'a>,
    familiar: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference in any spelling and completes it: `docker.io` where no host is named, `library/` where a
    /// Docker Hub image has no owner. A first component is a host when it contains `.`, `:` or a capital, or is
    /// `localhost`.
    ///
    /// # Errors
    /// See [`ImageError`]; the empty string is [`ImageError::NameEmpty`]. Capitals are judged in ASCII only, so a
    /// foreign capital is [`ImageError::InvalidFormat`].
    pub fn parse(s: &'a str) -> Result<Self, ImageError> {
        if s.is_empty() {
            return Err(ImageError::NameEmpty);
        }
        if is_identifier(s) {
            return Err(ImageError::NameIsIdentifier);
        }
        let written = written_domain(s);
        let rest = written.map_or(s, |(_, rest)| rest);
        let remote = crate::text::cut(rest, b':').map_or(rest, |(remote, _)| remote);
        if crate::text::any(remote, |b| b.is_ascii_uppercase()) {
            return Err(ImageError::NameContainsUppercase);
        }
        let mut parts = match written {
            Some(_) => Parts::read(s)?,
            None => Parts::read_rest(DEFAULT_DOMAIN, s)?,
        };
        if parts.domain == LEGACY_DEFAULT_DOMAIN {
            parts.domain = DEFAULT_DOMAIN;
        }
        parts.finish(s, true)
    }

    /// Reads a reference as it is written, completing nothing: `domain()` is empty where no host is written.
    ///
    /// # Errors
    /// See [`ImageError`].
    pub fn parse_exact(s: &'a str) -> Result<Self, ImageError> {
        if s.is_empty() {
            return Err(ImageError::NameEmpty);
        }
        Parts::read(s)?.finish(s, false)
    }

    /// Reads a reference that must be written in full (`docker.io/library/ubuntu`, not `ubuntu`).
    ///
    /// # Errors
    /// [`ImageError::NameNotCanonical`] when something had to be completed, otherwise as [`Reference::parse`].
    pub fn parse_canonical(s: &'a str) -> Result<Self, ImageError> {
        let reference = Self::parse(s)?;
        // Completion always changes the length: it adds `docker.io/`, adds `library/`, or drops `index.`.
        match reference.len() == s.len() {
            true => Ok(reference),
            false => Err(ImageError::NameNotCanonical),
        }
    }

    /// Reads a bare name, as it is written, without tag or digest.
    ///
    /// # Errors
    /// [`ImageError::InvalidFormat`] or [`ImageError::NameTooLong`].
    pub fn from_name(s: &'a str) -> Result<Self, ImageError> {
        let (domain, path) = split_name(s);
        match grammar::is_path(path, false) {
            true => Parts { domain, path, tag: None, digest: None }.finish(s, false),
            false => Err(ImageError::InvalidFormat),
        }
    }

    /// The host, with its port: `docker.io` for Docker Hub in every spelling. Empty when the text was read by
    /// [`Reference::parse_exact`] and names no host, and for the few names whose first component looks like a host
    /// but contains `_` (`my_host.example/app`), which distribution/reference takes for a path.
    #[must_use]
    pub const fn domain(&self) -> &'a str {
        self.domain
    }

    /// The repository path below the host, with `library/` where it is implied.
    #[must_use]
    pub const fn path(&self) -> RepositoryPath<'a> {
        self.path
    }

    /// The tag, as far as one is written.
    #[must_use]
    pub const fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The digest (`sha256:…`), as far as one is written.
    #[must_use]
    pub const fn digest(&self) -> Option<&'a str> {
        self.digest
    }

    /// The tag that kubelet asks for: the written one, [`DEFAULT_TAG`] where neither tag nor digest is written.
    #[must_use]
    pub fn effective_tag(&self) -> Option<&'a str> {
        self.tag.or(match self.digest {
            Some(_) => None,
            None => Some(DEFAULT_TAG),
        })
    }

    /// The reference that a container runtime pulls: a digest outweighs a tag, and `latest` stands in for neither.
    #[must_use]
    pub fn as_pulled(&self) -> Self {
        match self.digest {
            Some(_) => Self { tag: None, ..*self },
            None => Self { tag: self.effective_tag(), ..*self },
        }
    }

    /// The shortest spelling of the name, without tag and digest: `ubuntu`, `org/app`, `ghcr.io/org/app`.
    #[must_use]
    pub const fn familiar_name(&self) -> &'a str {
        self.familiar
    }

    /// The full name (`docker.io/library/ubuntu`): the reference without tag and digest, to be displayed.
    #[must_use]
    pub const fn name(&self) -> Self {
        Self { tag: None, digest: None, ..*self }
    }

    /// The same image under another tag.
    ///
    /// # Errors
    /// [`ImageError::TagInvalidFormat`].
    pub fn with_tag(&self, tag: &'a str) -> Result<Self, ImageError> {
        match grammar::is_tag(tag) {
            true => Ok(Self { tag: Some(tag), ..*self }),
            false => Err(ImageError::TagInvalidFormat),
        }
    }

    /// The same image under another digest, which is checked for its shape only.
    ///
    /// # Errors
    /// [`ImageError::DigestInvalidFormat`].
    pub fn with_digest(&self, digest: &'a str) -> Result<Self, ImageError> {
        match grammar::is_digest(digest) {
            true => Ok(Self { digest: Some(digest), ..*self }),
            false => Err(ImageError::DigestInvalidFormat),
        }
    }

    /// Whether a pattern covers the familiar name, with or without tag and digest. Patterns: see [`crate::glob`].
    ///
    /// # Errors
    /// [`BadPattern`] when the pattern is malformed.
    pub fn matches(&self, pattern: &str) -> Result<bool, BadPattern> {
        if glob::matches(pattern, self.familiar)? {
            return Ok(true);
        }
        if self.tag.is_none() && self.digest.is_none() {
            return Ok(false);
        }
        let mut text = String::from(self.familiar);
        self.push_suffix(&mut text);
        glob::matches(pattern, &text)
    }

    /// Appends tag and digest with their marks.
    #[inline(never)]
    pub fn push_suffix(&self, out: &mut String) {
        for (mark, part) in [(":", self.tag), ("@", self.digest)] {
            if let Some(part) = part {
                crate::text::append(out, &[mark, part]);
            }
        }
    }

    /// Length of the displayed form, in bytes.
    fn len(&self) -> usize {
        let marked = |part: Option<&str>| part.map_or(0, |part| part.len() + 1);
        let domain = if self.domain.is_empty() { 0 } else { self.domain.len() + 1 };
        domain + self.path.len() + marked(self.tag) + marked(self.digest)
    }
}

impl Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            f.write_str(self.domain)?;
            f.write_char('/')?;
        }
        self.path.fmt(f)?;
        let mut suffix = String::new();
        self.push_suffix(&mut suffix);
        f.write_str(&suffix)
    }
}
