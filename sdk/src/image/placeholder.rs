//! Image strings with holes that a template engine, a shell or a person fills in later.
//!
//! Covered spellings: `$(params.x)` and `$(VAR)` (Tekton, Kubernetes), `${X}`, `$X` and `${{ x }}` (shells, Drone,
//! GitLab, GitHub), `{{ x }}`, `{x}` and `{% x %}` (Argo, Helm, Jinja), `((x))` (Concourse), `#{x}`, `<x>`
//! (documentation), `` `x` ``, `%s`, `%(x)s`, `%X%`, and `ko://…`, which ko replaces by what it builds. None of
//! their marks may stand in a reference, so none is ever found in a valid one.

use super::parts::written_domain;
use super::{DEFAULT_DOMAIN, LEGACY_DEFAULT_DOMAIN, Reference, grammar, is_domain};

/// The first part of an image string that has a hole. Later parts may be known all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first component: neither host nor path is known.
    Domain,
    /// The path below a known host.
    Path,
    /// The tag of a known repository.
    Tag,
    /// The digest of a known repository.
    Digest,
}

/// An image string with holes, and what is certain whatever fills them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'a> {
    marker: &'a str,
    part: Part,
    domain: Option<&'a str>,
    path_prefix: &'a str,
    named: Option<Reference<'a>>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Placeholder<'a> {
    /// The first hole as it is written, such as `$(params.tag)`.
    #[must_use]
    pub const fn marker(&self) -> &'a str {
        self.marker
    }

    /// The first part that has a hole.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// The host, when no hole can change it; `docker.io` where the literal first component is none.
    #[must_use]
    pub const fn domain(&self) -> Option<&'a str> {
        self.domain
    }

    /// What stands below a known host before the first hole, as it is written: `org/` in `ghcr.io/org/$(app)`.
    /// The whole written path when the hole comes after it. Empty when the host is unknown.
    #[must_use]
    pub const fn path_prefix(&self) -> &'a str {
        self.path_prefix
    }

    /// The repository without tag and digest, when all of it is certain.
    ///
    /// A hole behind the last `:` counts as a tag. It could in theory hold a port and a path; nobody writes that,
    /// and judging `app:$(TAG)` by its registry is what a reader expects.
    #[must_use]
    pub const fn named(&self) -> Option<Reference<'a>> {
        self.named
    }

    /// The tag, when one is written without a hole.
    #[must_use]
    pub const fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The digest, when one is written without a hole.
    #[must_use]
    pub const fn digest(&self) -> Option<&'a str> {
        self.digest
    }

    /// Looks for holes; `None` when there is none, which makes a string that is no reference a mistake.
    #[inline(never)]
    pub(super) fn find(s: &'a str) -> Option<Self> {
        if s.starts_with("ko://") {
            return Some(Self::unknown(s));
        }
        let scan = Scan::run(s);
        let (start, end) = scan.first_hole?;
        let mut found = Self::unknown(s.get(start..end)?);

        let name_end = scan.colon.or(scan.at).unwrap_or(s.len());
        let written_name = s.get(..name_end)?;
        let literal = |part: &'a str, hole: bool, fits: fn(&str) -> bool| (!hole && fits(part)).then_some(part);
        let (tagged, digest) = match scan.at {
            Some(at) => (s.get(..at)?, s.get(at + 1..)),
            None => (s, None),
        };
        found.tag = scan.colon.and_then(|c| literal(tagged.get(c + 1..)?, scan.hole_in_tag, grammar::is_tag));
        found.digest = digest.and_then(|digest| literal(digest, scan.hole_in_digest, grammar::is_digest));

        if scan.hole_in_first || (scan.slash.is_none() && scan.hole_in_path) {
            return Some(found);
        }
        found.part = match (scan.hole_in_path, scan.hole_in_tag) {
            (true, _) => Part::Path,
            (_, true) => Part::Tag,
            _ => Part::Digest,
        };
        let (domain, path) = match written_domain(written_name) {
            Some((first, _)) if !is_domain(first) => return Some(found),
            Some((first, rest)) => (first, rest),
            None => (DEFAULT_DOMAIN, written_name),
        };
        found.domain = Some(match domain {
            LEGACY_DEFAULT_DOMAIN => DEFAULT_DOMAIN,
            other => other,
        });
        if scan.hole_in_path {
            let below = written_name.len() - path.len();
            found.path_prefix = s.get(below..start).unwrap_or("");
        } else {
            found.path_prefix = path;
            found.named = Reference::parse(written_name).ok();
        }
        Some(found)
    }

    const fn unknown(marker: &'a str) -> Self {
        Self { marker, part: Part::Domain, domain: None, path_prefix: "", named: None, tag: None, digest: None }
    }
}

/// Where the separators and holes of a string are; what stands inside a hole does not separate.
#[derive(Default)]
struct Scan {
    first_hole: Option<(usize, usize)>,
    slash: Option<usize>,
    colon: Option<usize>,
    at: Option<usize>,
    hole_in_first: bool,
    hole_in_path: bool,
    hole_in_tag: bool,
    hole_in_digest: bool,
}

impl Scan {
    #[inline(never)]
    fn run(s: &str) -> Self {
        let bytes = s.as_bytes();
        let mut scan = Self::default();
        let mut i = 0;
        while let Some(&b) = bytes.get(i) {
            if let Some(length) = bytes.get(i..).and_then(hole) {
                scan.first_hole.get_or_insert((i, i + length));
                match (scan.at, scan.colon) {
                    (Some(_), _) => scan.hole_in_digest = true,
                    (None, Some(_)) => scan.hole_in_tag = true,
                    (None, None) => scan.hole_in_path = true,
                }
                i += length;
                continue;
            }
            match b {
                b'/' if scan.at.is_none() => scan.component_ends(i),
                b':' if scan.at.is_none() && scan.colon.is_none() => scan.colon = Some(i),
                b'@' if scan.at.is_none() => scan.at = Some(i),
                _ => {}
            }
            i += 1;
        }
        scan
    }

    /// A `/` shows that a `:` before it began a port, not a tag.
    fn component_ends(&mut self, at: usize) {
        self.hole_in_path |= self.hole_in_tag;
        self.hole_in_tag = false;
        self.colon = None;
        if self.slash.is_none() {
            self.slash = Some(at);
            self.hole_in_first = std::mem::take(&mut self.hole_in_path);
        }
    }
}

/// Length of the hole that begins the bytes, if one does. A hole that is never closed reaches to the end: words cut
/// out of a template at its blanks look like that.
#[inline(never)]
fn hole(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'$', b'(', ..] => Some(balanced(bytes, b'(', b')')),
        [b'$' | b'#', b'{', ..] | [b'{', ..] => Some(balanced(bytes, b'{', b'}')),
        [b'$', next, ..] if is_word(*next) => Some(1 + word(bytes.get(1..)?)),
        [b'<', ..] => Some(balanced(bytes, b'<', b'>')),
        [b'(', b'(', ..] => Some(balanced(bytes, b'(', b')')),
        [b'`', rest @ ..] => Some(rest.iter().position(|b| *b == b'`').map_or(bytes.len(), |end| end + 2)),
        [b'%', b'(', ..] => {
            let length = balanced(bytes, b'(', b')');
            Some(length + usize::from(bytes.get(length).is_some_and(u8::is_ascii_alphabetic)))
        }
        [b'%', b's' | b'v' | b'd', rest @ ..] if !rest.first().is_some_and(|b| is_word(*b) || *b == b'%') => Some(2),
        [b'%', next, rest @ ..] if is_word(*next) => {
            let length = word(rest);
            (rest.get(length) == Some(&b'%')).then_some(length + 3)
        }
        _ => None,
    }
}

/// Length up to and including the `close` that ends the first `open`, counting nested pairs.
#[inline(never)]
fn balanced(bytes: &[u8], open: u8, close: u8) -> usize {
    let mut depth = 0_usize;
    for (i, b) in bytes.iter().enumerate() {
        if *b == open {
            depth += 1;
        } else if *b == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return i + 1;
            }
        }
    }
    bytes.len()
}

#[inline(never)]
fn word(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| is_word(**b)).count()
}

const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
