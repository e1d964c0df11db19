//! kubelet's reading of pull secrets (`k8s.io/kubernetes/pkg/credentialprovider`, config.go, keyring.go and
//! secrets/secrets.go).
//!
//! It knows two types of Secret with one key each, and of an entry only `username`, `password`, `email` and `auth`.
//! Whatever it cannot read in one entry makes it refuse the whole document; and as it reads the documents of all listed
//! Secrets before it pulls, that is the end of every pull of the Pod.

use std::fmt;

use crate::json::{Members, Node};
use crate::registry::{KeyError, RegistryKey};

use super::{Credentials, Refusal, field, is_map, is_map_of_texts, text};

/// The two shapes of document, each with its type of Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"auths": {…}}`, as `docker login` writes it.
    Config,
    /// The bare map, as old dockers wrote it.
    Legacy,
}

impl Format {
    /// The format that a type of Secret promises; `None`: kubelet passes over such a Secret.
    #[inline(never)]
    pub fn of_type(secret_type: &str) -> Option<Format> {
        [Format::Config, Format::Legacy].into_iter().find(|format| format.secret_type() == secret_type)
    }

    /// The type of Secret.
    pub fn secret_type(self) -> &'static str {
        match self {
            Format::Config => "kubernetes.io/dockerconfigjson",
            Format::Legacy => "kubernetes.io/dockercfg",
        }
    }

    /// The one that it may have been confused with.
    pub fn other(self) -> Format {
        match self {
            Format::Config => Format::Legacy,
            Format::Legacy => Format::Config,
        }
    }

    /// The key of the Secret's data that kubelet reads; a Secret without it, or with an empty one, is passed over.
    pub fn key(self) -> &'static str {
        match self {
            Format::Config => ".dockerconfigjson",
            Format::Legacy => ".dockercfg",
        }
    }
}

/// One entry that kubelet has in its keyring.
#[derive(Clone, PartialEq)]
pub struct Entry<'d> {
    /// As written.
    pub key: &'d str,
    /// What it covers. An entry whose key cannot be read is logged and left out.
    pub registry: Result<RegistryKey<'d>, KeyError>,
    /// What is shown to registries that it covers.
    pub credentials: Credentials<'d>,
}

impl fmt::Debug for Entry<'_> {
    /// Not the key as written, in which somebody may have put a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("registry", &self.registry).field("credentials", &self.credentials).finish()
    }
}

/// The entries of a document, each still to be read by [`credentials`]. A document without any is fine with kubelet.
///
/// # Errors
/// What around the entries makes kubelet refuse the document.
#[inline(never)]
pub fn entries<'d>(root: Node<'d>, format: Format) -> Result<Members<'d>, Refusal<'d>> {
    is_map(root)?;
    let map = match format {
        Format::Legacy => root,
        Format::Config => {
            if let Some(headers) = field(root, "HttpHeaders") {
                is_map_of_texts(headers)?;
            }
            match field(root, "auths") {
                Some(auths) => auths,
                None => return Ok(root.no_members()),
            }
        }
    };
    is_map(map)?;
    Ok(map.members())
}

/// What kubelet makes of one entry.
///
/// # Errors
/// What in it makes kubelet refuse the whole document.
#[inline(never)]
pub fn credentials(entry: Node<'_>) -> Result<Credentials<'_>, Refusal<'_>> {
    is_map(entry)?;
    text(entry, "email")?;
    super::entry(entry)
}

/// The whole document: all of its entries or, as soon as one cannot be read, none.
///
/// # Errors
/// The first thing that makes kubelet refuse the document.
pub fn read<'d>(root: Node<'d>, format: Format) -> Result<Vec<Entry<'d>>, Refusal<'d>> {
    let mut read = Vec::new();
    for (key, node) in entries(root, format)? {
        read.push(Entry { key, registry: RegistryKey::parse(key), credentials: credentials(node)? });
    }
    Ok(read)
}
