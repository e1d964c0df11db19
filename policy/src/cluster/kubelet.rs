//! A looked-up Secret as kubelet reads it for pulling.

use std::fmt;

use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::docker_config::{Credentials, Reason, Refusal};
use regwarden_sdk::json::Document;

use super::SecretFacts;
use crate::knowledge::credential::is_placeholder;
use crate::knowledge::opens::kept::Notes;

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
                let key = key.to_owned();
                entries.push(Entry { key, holds: holds(&credentials), notes: Notes::of(&credentials) });
            }
            Err(refusal) => return ForKubelet::Malformed { entry: key.to_owned(), reason: reason(refusal) },
        }
    }
    ForKubelet::Entries(entries)
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
