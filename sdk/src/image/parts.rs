//! A reference taken apart: where its parts begin and end, and the checks that follow the grammar.

use crate::text;

use super::{DEFAULT_DOMAIN, ImageError, MAX_PATH, Reference, RepositoryPath, grammar};

/// The pieces of a reference that follows the grammar, before the checks that come after it.
pub(super) struct Parts<'a> {
    pub(super) domain: &'a str,
    pub(super) path: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Reads the text as it is written, host and all.
    pub(super) fn read(s: &'a str) -> Result<Self, ImageError> {
        let (domain, rest) = split_name(s);
        Self::read_rest(domain, rest)
    }

    /// Reads what follows the host. Neither path nor tag may contain `@`, nor a path `:`, so the first of each
    /// ends the part before it.
    #[inline(never)]
    pub(super) fn read_rest(domain: &'a str, rest: &'a str) -> Result<Self, ImageError> {
        let (tagged, digest) = cut(rest, b'@');
        let (path, tag) = cut(tagged, b':');
        if !tag.is_none_or(grammar::is_tag) || !digest.is_none_or(grammar::is_digest) {
            return Err(ImageError::InvalidFormat);
        }
        if grammar::is_path(path, false) {
            Ok(Self { domain, path, tag, digest })
        } else if grammar::is_path(path, true) {
            Err(ImageError::NameContainsUppercase)
        } else {
            Err(ImageError::InvalidFormat)
        }
    }

    /// Checks length and digest. `s` is the text that the parts were read from; `complete` implies `library/`.
    #[inline(never)]
    pub(super) fn finish(self, s: &'a str, complete: bool) -> Result<Reference<'a>, ImageError> {
        let hub = self.domain == DEFAULT_DOMAIN;
        let path = RepositoryPath::new(self.path, hub, complete);
        if path.len() > MAX_PATH {
            return Err(ImageError::NameTooLong);
        }
        if let Some(digest) = self.digest {
            grammar::check_digest(digest)?;
        }
        let familiar = if hub || self.domain.is_empty() {
            path.familiar()
        } else {
            // Host and path stand next to each other in `s`, so the joined name needs no allocation.
            s.get(..self.domain.len() + 1 + self.path.len()).unwrap_or(self.path)
        };
        Ok(Reference { domain: self.domain, path, familiar, tag: self.tag, digest: self.digest })
    }
}

fn cut(s: &str, mark: u8) -> (&str, Option<&str>) {
    text::cut(s, mark).map_or((s, None), |(before, after)| (before, Some(after)))
}

/// Splits off the first component where the grammar takes it for a host; no host gives an empty one.
#[inline(never)]
pub(super) fn split_name(s: &str) -> (&str, &str) {
    text::cut(s, b'/').filter(|(first, _)| grammar::is_domain(first)).unwrap_or(("", s))
}

/// Splits off the first component where a reader takes it for a host rather than for an owner on Docker Hub.
#[inline(never)]
pub(super) fn written_domain(s: &str) -> Option<(&str, &str)> {
    text::cut(s, b'/').filter(|(first, _)| {
        *first == "localhost" || text::any(first, |b| matches!(b, b'.' | b':') || b.is_ascii_uppercase())
    })
}
