//! A looked-up Secret as kubelet reads it for pulling.

use std::fmt;

use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::docker_config::{Credentials, Reason, Refusal};
use regwarden_sdk::image::{DEFAULT_DOMAIN, Reference};
use regwarden_sdk::json::Document;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::text;

use super::SecretFacts;
use crate::facts::is_pattern;
use crate::knowledge::credential::is_placeholder;
use crate::knowledge::opens::Notes;

/// How many entries of one Secret are looked at. A document with more is made for nobody's Pod.
const ENTRIES: usize = 512;

/// What kubelet makes of a Secret in `imagePullSecrets`.
#[derive(Debug)]
pub(crate) enum ForKubelet {
    /// It passes over a Secret of this type.
    WrongType,
    /// It passes over a Secret without this key, or with nothing under it.
    NoKey(&'static str),
    /// It refuses the document, and with it every pull of the Pod.
    Malformed {
        /// The key of the entry that it cannot read; empty when it is the document itself.
        entry: String,
        /// What is wrong, as the end of a sentence about the entry or the document.
        reason: &'static str,
    },
    /// It cannot be told: there is more in it than is looked at here, or readers disagree about its JSON.
    Unread,
    /// The entries, in the order of the text.
    Entries(Vec<Entry>),
}

/// One entry of a docker config.
#[derive(Clone)]
pub(crate) struct Entry {
    /// As written.
    pub(crate) key: String,
    /// The host that images must have, and how their path begins; an empty host: the key must be matched.
    plain: (String, String),
    /// What is shown to registries that it covers.
    pub(crate) holds: Holds,
    /// What there is to say about that without repeating it.
    pub(crate) notes: Notes,
}

impl fmt::Debug for Entry {
    /// Not the key as written, in which somebody may have put a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?})", self.holds)
    }
}

/// What an entry has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A user or a password.
    Credentials,
    /// Neither: the registry is asked as nobody.
    Nothing,
    /// What somebody was to replace.
    Placeholder,
}

impl Entry {
    /// Does kubelet try it for this image? The fallback for Docker Hub included.
    pub(crate) fn covers(&self, image: &Reference<'_>) -> bool {
        // Asked for each image of each Pod of a request.
        let (host, path) = &self.plain;
        let domain = image.domain();
        if !host.is_empty() && !domain.is_empty() {
            return text::same(host, domain) && image.path().starts_with(path);
        }
        let Ok(key) = RegistryKey::parse(&self.key) else { return false };
        key.matches(image) || (image.domain() == DEFAULT_DOMAIN && key.is_default())
    }
}

#[inline(never)]
pub(super) fn read(facts: &SecretFacts) -> ForKubelet {
    let Some(format) = facts.format() else { return ForKubelet::WrongType };
    let Some(value) = facts.value(format.key()) else { return ForKubelet::NoKey(format.key()) };
    let malformed = |reason| ForKubelet::Malformed { entry: String::new(), reason };
    let Some(bytes) = value.expose() else { return malformed("is not base64") };
    if bytes.is_empty() {
        return ForKubelet::NoKey(format.key());
    }
    match Document::parse(bytes) {
        Ok(document) => entries(&document, format),
        // Go reads some texts that this reader refuses, such as one with a key that occurs twice.
        Err(error) if error.disputed => ForKubelet::Unread,
        Err(_) => malformed("is not JSON"),
    }
}

#[inline(never)]
fn entries(document: &Document<'_>, format: Format) -> ForKubelet {
    let Ok(members) = kubelet::entries(document.root(), format) else {
        let reason = "has a member of a type that kubelet does not take";
        return ForKubelet::Malformed { entry: String::new(), reason };
    };
    let mut entries = Vec::new();
    for (key, node) in members {
        if entries.len() == ENTRIES {
            return ForKubelet::Unread;
        }
        match kubelet::credentials(node) {
            Ok(credentials) => {
                let (key, plain) = (key.to_owned(), plain(key));
                entries.push(Entry { key, plain, holds: holds(&credentials), notes: Notes::of(&credentials) });
            }
            Err(refusal) => return ForKubelet::Malformed { entry: key.to_owned(), reason: reason(refusal) },
        }
    }
    ForKubelet::Entries(entries)
}

/// What all images have that a key covers; empty when that takes more than a comparison.
fn plain(key: &str) -> (String, String) {
    match RegistryKey::parse(key) {
        Ok(key) if key.is_default() || is_pattern(key.host()) => <(String, String)>::default(),
        Ok(key) => (key.host().to_owned(), key.path().strip_prefix('/').unwrap_or_default().to_owned()),
        // No image has such a host.
        Err(_) => (" ".to_owned(), String::new()),
    }
}

fn reason(refusal: Refusal<'_>) -> &'static str {
    match refusal.reason {
        Reason::AuthEncoding => "has an `auth` that is not base64",
        Reason::AuthColon => "has an `auth` without a `:` between user and password",
        _ => "has a value of a type that kubelet does not take",
    }
}

fn holds(credentials: &Credentials<'_>) -> Holds {
    let stands_in = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(is_placeholder);
    if credentials.is_empty() {
        Holds::Nothing
    } else if !credentials.password.is_empty() && stands_in(credentials.password.expose()) {
        Holds::Placeholder
    } else {
        Holds::Credentials
    }
}
