//! Keys of `auths` that kubelet cannot match to any image.
//!
//! Sources: `k8s.io/kubernetes/pkg/credentialprovider/keyring.go` (names are compared after `pkg/util/parsers`, which
//! writes Docker Hub as `docker.io`), `github.com/distribution/reference` for what a name can be.

use regwarden_sdk::registry::{KeyError, RegistryKey};
use regwarden_sdk::text::{concat, contains, quote};

use crate::knowledge::credential::{by_shape, is_placeholder};

/// Who is left without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Everybody: no client finds the entry.
    Everybody,
    /// kubelet; docker and the like, which go by the host alone, still find it.
    Kubelet,
    /// Images that are written in another way.
    Some,
}

/// What is wrong with a key, and what to do about it.
pub(super) struct Fault {
    pub what: &'static str,
    pub remedy: &'static str,
    pub lost: Lost,
}

const WRITE: &str = "write `host[:port][/path]`";

#[inline(never)]
pub(super) fn fault(key: &str) -> Option<Fault> {
    if !key.is_empty() && is_placeholder(key) {
        return None;
    }
    let (what, remedy, lost) = match RegistryKey::parse(key) {
        Err(KeyError::Character) => match key.bytes().any(|b| matches!(b, b'@' | b'%' | b'?' | b'#')) {
            true => (" has characters that belong in no registry, such as a user name", WRITE, Lost::Some),
            false => (" has a character that no registry host can contain", WRITE, Lost::Everybody),
        },
        Err(KeyError::Scheme) => (" has a scheme other than `https://`", WRITE, Lost::Kubelet),
        Err(KeyError::Port) => (" has a port that is not a number", WRITE, Lost::Everybody),
        Err(KeyError::Pattern) => (" has a malformed pattern", "close every `[`", Lost::Everybody),
        Err(_) => (" has no host", WRITE, Lost::Everybody),
        Ok(key) => readable(key)?,
    };
    Some(Fault { what, remedy, lost })
}

#[inline(never)]
fn readable(key: RegistryKey<'_>) -> Option<(&'static str, &'static str, Lost)> {
    let (host, path) = (key.host(), key.path());
    let upper = |text: &str| text.bytes().any(|b| b.is_ascii_uppercase());
    let part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    Some(if matches!(path, "/v1" | "/v2") {
        (" ends in the API version without a slash", "write `/` behind it, or leave it out", Lost::Kubelet)
    } else if path.contains([':', '@']) {
        (" names a tag or a digest", "end it with the repository", Lost::Kubelet)
    } else if path.contains('*') {
        (
            "has a pattern in its path",
            "end it where the pattern begins: a path covers all that begins with it",
            Lost::Kubelet,
        )
    } else if upper(path) {
        (" has upper-case letters in its path, which no image has", "write the path in lower case", Lost::Kubelet)
    } else if !path.bytes().all(part) || contains(path, "//") {
        (" has a path that no image has", WRITE, Lost::Kubelet)
    } else if host == "index.docker.io" && !path.is_empty() {
        (
            "has a path, and images of Docker Hub are looked up as `docker.io`",
            "write `docker.io` for the host",
            Lost::Kubelet,
        )
    } else if host == "hub.docker.com" {
        (" is a web site and no registry", "write `https://index.docker.io/v1/`", Lost::Kubelet)
    } else if matches!(host, "registry-1.docker.io" | "registry.hub.docker.com") {
        (
            "covers no image that is written `docker.io/…` or without a host",
            "write `https://index.docker.io/v1/`",
            Lost::Some,
        )
    } else if upper(host) {
        (
            "has upper-case letters in its host and covers only images that are written so",
            "write it in lower case",
            Lost::Some,
        )
    } else if !host.contains(['.', ':']) && host != "localhost" {
        (" has neither a dot nor a port, and such an image belongs to Docker Hub", WRITE, Lost::Kubelet)
    } else {
        return None;
    })
}

/// The registry by its key, unless there may be more in the key than that.
#[inline(never)]
pub(super) fn named(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:/*[]?".contains(&byte);
    match RegistryKey::parse(key) {
        Ok(_) if key.bytes().all(plain) && by_shape(key).is_none() => concat(&["registry ", &quote(key)]),
        _ => "an entry".to_owned(),
    }
}
