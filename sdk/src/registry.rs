//! Registry keys: what `auths` in a docker config and `registries` in the settings are indexed by, matched to images
//! as kubelet matches them.
//!
//! The rules are kubelet's (`pkg/credentialprovider`), which are wider than docker's: a key may have a scheme, a
//! path that is a plain string prefix (`host/pong` covers `host/pongz`), and patterns in its host labels.

use std::cmp::Ordering;
use std::fmt;

use crate::glob;
use crate::image::{DEFAULT_DOMAIN, Reference};
use crate::text;

#[cfg(test)]
mod tests;

/// The key under which docker keeps Docker Hub's credentials; kubelet falls back on it for images of Docker Hub.
const DEFAULT_REGISTRY: &str = "index.docker.io";

/// Why a string is no registry key. kubelet ignores such a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no host.
    Empty,
    /// The scheme is neither `https://` nor `http://`.
    Scheme,
    /// What follows the `:` is not a number.
    Port,
    /// The host is a malformed pattern.
    Pattern,
    /// The host contains a character that no host has, or the path a control character.
    Character,
}

impl KeyError {
    /// The message: lower case, one line, free of user data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "no registry host; write `host[:port][/path]`",
            Self::Scheme => "a registry key has no scheme but `https://` or `http://`; write `host[:port][/path]`",
            Self::Port => "the registry port is not a number; write `host[:port][/path]`",
            Self::Pattern => "malformed pattern in the registry host; close every `[`",
            Self::Character => {
                "a character that no registry host can contain; write `host[:port][/path]` without blanks or user name"
            }
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for KeyError {}

/// A registry key, borrowed from its text. Its order is the order in which kubelet tries keys: the most specific
/// first, which is the reverse lexical order of the normalised text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistryKey<'a> {
    /// With its port. Patterns are honoured in the labels, not in the port.
    host: &'a str,
    /// Empty, or begins with `/`.
    path: &'a str,
}

impl<'a> RegistryKey<'a> {
    /// Reads `[http[s]://]host[:port][/path]`. A leading `/v1/` or `/v2/` of the path is the registry's API and no
    /// part of the key.
    ///
    /// Stricter than kubelet where a key could only be a slip: another scheme, a user name, a query or an escape
    /// (`%2F`) is refused, where kubelet keeps a key that covers nothing, drops the part or decodes it.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn parse(s: &'a str) -> Result<Self, KeyError> {
        let s = s.strip_prefix("https://").or_else(|| s.strip_prefix("http://")).unwrap_or(s);
        if text::contains(s, "://") {
            return Err(KeyError::Scheme);
        }
        let (host, path) = split_at_slash(s);
        if host.is_empty() {
            return Err(KeyError::Empty);
        }
        let forbidden =
            |b: u8| b <= b' ' || matches!(b, b'%' | b'@' | b'?' | b'#' | b'^' | b'`' | b'{' | b'}' | b'|' | 0x7f);
        if text::any(host, forbidden) || text::any(path, |b| b < b' ' || matches!(b, b'%' | b'?' | b'#' | 0x7f)) {
            return Err(KeyError::Character);
        }
        let (labels, port) = split_port(host);
        if labels.is_empty() {
            return Err(KeyError::Empty);
        }
        if !text::all(port, |b| b.is_ascii_digit()) {
            return Err(KeyError::Port);
        }
        if labels.split('.').any(|label| glob::check(label).is_err()) {
            return Err(KeyError::Pattern);
        }
        let path = match path.get(..4) {
            Some("/v1/" | "/v2/") => path.get(3..).unwrap_or(""),
            _ => path,
        };
        Ok(Self { host, path: if path == "/" { "" } else { path } })
    }

    /// A key that was read before.
    pub(crate) const fn of_parts(host: &'a str, path: &'a str) -> Self {
        Self { host, path }
    }

    /// The host with its port, as written; its labels may hold patterns.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The path below the host, with its leading `/`; empty when the key covers the whole host.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// Whether it covers images of its very host and of no other. Besides patterns this leaves out the spellings that
    /// kubelet reads as something else: a port that is empty, an address in brackets.
    #[must_use]
    #[inline(never)]
    pub fn is_literal(&self) -> bool {
        let mut colons = 0;
        for byte in self.host.bytes() {
            colons += usize::from(byte == b':');
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
                return false;
            }
        }
        colons < 2 && !self.host.ends_with(':')
    }

    /// Whether it is the key of Docker Hub's credentials (`https://index.docker.io/v1/`), on which [`lookup`] falls
    /// back.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.host == DEFAULT_REGISTRY && self.path.is_empty()
    }

    /// Whether the key covers an image by its host and path. The fallback for Docker Hub is [`lookup`]'s.
    #[must_use]
    pub fn matches(&self, image: &Reference<'_>) -> bool {
        if image.domain().is_empty() {
            return self.matches_name(image.familiar_name());
        }
        self.matches_host(image.domain())
            && self.path.strip_prefix('/').is_none_or(|prefix| image.path().starts_with(prefix))
    }

    /// Whether the key covers a name that is written in full: `host[:port][/path]`, without tag and digest.
    #[must_use]
    pub fn matches_name(&self, name: &str) -> bool {
        let (host, path) = split_at_slash(name);
        path.starts_with(self.path) && self.matches_host(host)
    }

    /// Whether the key covers `host[:port]`: equal ports, as many labels, each covered by its pattern.
    #[must_use]
    #[inline(never)]
    pub fn matches_host(&self, host: &str) -> bool {
        let (patterns, key_port) = split_port(self.host);
        let (labels, port) = split_port(host);
        let mut labels = labels.split('.');
        key_port == port
            && patterns
                .split('.')
                .all(|pattern| labels.next().is_some_and(|label| glob::matches(pattern, label) == Ok(true)))
            && labels.next().is_none()
    }
}

impl Ord for RegistryKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        // Byte by byte: chained iterators compared with each other are half a kilobyte of a guest.
        let byte = |key: &Self, at: usize| match at.checked_sub(key.host.len()) {
            None => key.host.as_bytes().get(at).copied(),
            Some(at) => key.path.as_bytes().get(at).copied(),
        };
        let mut at = 0;
        loop {
            match (byte(other, at), byte(self, at)) {
                (None, None) => return Ordering::Equal,
                (a, b) if a != b => return a.cmp(&b),
                _ => at += 1,
            }
        }
    }
}

impl PartialOrd for RegistryKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RegistryKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host)?;
        f.write_str(self.path)
    }
}

/// The position of the key that kubelet would try first for an image: the most specific that covers it; of equal
/// keys the first. When none covers an image of Docker Hub, the key `index.docker.io`.
pub fn lookup<'k>(keys: impl IntoIterator<Item = RegistryKey<'k>>, image: &Reference<'_>) -> Option<usize> {
    choose(keys, |key| key.matches(image), image.domain() == DEFAULT_DOMAIN)
}

/// As [`lookup`], for a name as kubelet's keyring receives it: `host[:port]/path`, without tag and digest.
pub fn lookup_name<'k>(keys: impl IntoIterator<Item = RegistryKey<'k>>, name: &str) -> Option<usize> {
    choose(keys, |key| key.matches_name(name), is_docker_hub(name))
}

fn choose<'k>(
    keys: impl IntoIterator<Item = RegistryKey<'k>>,
    covers: impl Fn(&RegistryKey<'k>) -> bool,
    docker_hub: bool,
) -> Option<usize> {
    let mut best: Option<(usize, RegistryKey<'k>)> = None;
    let mut fallback = None;
    for (i, key) in keys.into_iter().enumerate() {
        if covers(&key) && best.is_none_or(|(_, chosen)| key < chosen) {
            best = Some((i, key));
        }
        if docker_hub && key.is_default() {
            fallback.get_or_insert(i);
        }
    }
    best.map(|(i, _)| i).or(fallback)
}

/// Whether kubelet takes a name for one of Docker Hub. Unlike a reference, `localhost/app` is one.
#[must_use]
pub fn is_docker_hub(name: &str) -> bool {
    match text::cut(name, b'/') {
        None => !name.is_empty(),
        Some((first, _)) => {
            !first.is_empty() && (matches!(first, DEFAULT_DOMAIN | DEFAULT_REGISTRY) || !first.contains(['.', ':']))
        }
    }
}

/// The host, and the path with its leading `/`.
#[inline(never)]
fn split_at_slash(s: &str) -> (&str, &str) {
    text::cut(s, b'/').and_then(|(host, _)| s.split_at_checked(host.len())).unwrap_or((s, ""))
}

/// The host without and the port, empty when none is given. An IPv6 address loses its brackets only together with
/// its port, as in Go's `net.SplitHostPort`, which kubelet uses for both sides.
#[inline(never)]
fn split_port(host: &str) -> (&str, &str) {
    match text::cut_last(host, b':') {
        Some((address, port)) => match address.strip_prefix('[') {
            Some(inner) => inner.strip_suffix(']').map_or((host, ""), |inner| (inner, port)),
            None => (address, port),
        },
        None => (host, ""),
    }
}
