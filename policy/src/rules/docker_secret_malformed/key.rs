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
const HUB: &str = "write `https://index.docker.io/v1/`";

/// Kinds of characters, as bits.
const UPPER: u8 = 1;
const MARK: u8 = 2;
const STAR: u8 = 4;
const POINT: u8 = 8;
const FOREIGN: u8 = 16;
const ODD: u8 = 32;

/// Which kinds of characters a text has besides those of which names consist.
#[inline(never)]
fn kinds(text: &str) -> u8 {
    let mut found = 0;
    for byte in text.bytes() {
        found |= match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'/' => 0,
            b'A'..=b'Z' => UPPER,
            b'.' => POINT,
            b':' => POINT | MARK,
            b'@' => MARK | FOREIGN,
            b'*' => STAR,
            b'%' | b'?' | b'#' => FOREIGN,
            _ => ODD,
        };
    }
    found
}

#[inline(never)]
pub(super) fn fault(key: &str) -> Option<Fault> {
    if !key.is_empty() && is_placeholder(key) {
        return None;
    }
    let (what, remedy, lost) = match RegistryKey::parse(key) {
        Err(KeyError::Character) if kinds(key) & FOREIGN != 0 => {
            (" has characters that belong in no registry, such as a user name", WRITE, Lost::Some)
        }
        Err(KeyError::Character) => (" has a character that no registry host can contain", WRITE, Lost::Everybody),
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
    let (of_host, of_path) = (kinds(host), kinds(path));
    Some(if matches!(path, "/v1" | "/v2") {
        (" ends in the API version without a slash", "write `/` behind it, or leave it out", Lost::Kubelet)
    } else if of_path & MARK != 0 {
        (" names a tag or a digest", "end it with the repository", Lost::Kubelet)
    } else if of_path & STAR != 0 {
        (" has a pattern in its path", "end it there: a path covers all that begins with it", Lost::Kubelet)
    } else if of_path & UPPER != 0 {
        (" has upper-case letters in its path, which no image has", "write the path in lower case", Lost::Kubelet)
    } else if of_path & (ODD | FOREIGN) != 0 || contains(path, "//") {
        (" has a path that no image has", WRITE, Lost::Kubelet)
    } else if host == "index.docker.io" && !path.is_empty() {
        (
            " has a path, but Docker Hub's images are looked up as `docker.io`",
            "write `docker.io` for the host",
            Lost::Kubelet,
        )
    } else if host == "hub.docker.com" {
        (" is a web site and no registry", HUB, Lost::Kubelet)
    } else if matches!(host, "registry-1.docker.io" | "registry.hub.docker.com") {
        (" covers no image that is written `docker.io/…` or without a host", HUB, Lost::Some)
    } else if of_host & UPPER != 0 {
        (
            " has upper-case letters in its host and covers only images that are written so",
            "write it in lower case",
            Lost::Some,
        )
    } else if of_host & POINT == 0 && host != "localhost" {
        (" has neither a dot nor a port, and such an image belongs to Docker Hub", WRITE, Lost::Kubelet)
    } else {
        return None;
    })
}

/// The registry by its key, unless there may be more in the key than that.
#[inline(never)]
pub(crate) fn named(key: &str) -> String {
    match RegistryKey::parse(key) {
        Ok(_) if kinds(key) & (ODD | FOREIGN) == 0 && by_shape(key).is_none() => concat(&["registry ", &quote(key)]),
        _ => "an entry".to_owned(),
    }
}
