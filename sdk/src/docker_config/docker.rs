//! The reading of docker/cli (`cli/config`) and, on top of it, go-containerregistry's default keychain (`pkg/authn`):
//! kaniko, crane, ko, cosign, tkn.
//!
//! Unlike kubelet they know no patterns and no path prefixes, but tokens and credential helpers. docker reads the first
//! JSON value of a file and no further; here a text with anything behind it is no document at all.

use std::borrow::Cow;
use std::fmt;

use crate::base64::{self, Padding};
use crate::json::Node;
use crate::text::{concat, cut, find};

use super::{Credentials, Reason, Refusal, Secret, field, is_map, is_map_of_texts, refuse, text};

/// The key under which Docker Hub's credentials are kept.
pub const HUB_KEY: &str = "https://index.docker.io/v1/";

/// What is known for one registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry<'d> {
    /// User and password.
    pub credentials: Credentials<'d>,
    /// `identitytoken`: is exchanged for a token of the registry.
    pub identity_token: Secret<'d>,
    /// `registrytoken`: is sent as it is.
    pub registry_token: Secret<'d>,
}

impl Entry<'_> {
    /// The same, independent of the document that it was read from.
    pub fn into_owned(self) -> Entry<'static> {
        Entry {
            credentials: self.credentials.into_owned(),
            identity_token: self.identity_token.into_owned(),
            registry_token: self.registry_token.into_owned(),
        }
    }

    /// Nothing to show: the registry is asked as nobody.
    pub fn is_empty(&self) -> bool {
        self.credentials.is_empty() && self.identity_token.is_empty() && self.registry_token.is_empty()
    }
}

/// Who knows the credentials of a registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Source<'c, 'd> {
    /// The program `docker-credential-<name>`.
    Helper(&'d str),
    /// The document itself.
    Entry(&'c Entry<'d>),
    /// Nobody.
    Nobody,
}

/// A document as docker holds it.
#[derive(Clone, PartialEq, Default)]
pub struct Config<'d> {
    /// `auths`, keys as written.
    pub entries: Vec<(&'d str, Entry<'d>)>,
    /// `credsStore`: the helper for every registry that has none of its own; empty without one.
    pub store: &'d str,
    /// `credHelpers`: registry and helper.
    pub helpers: Vec<(&'d str, &'d str)>,
}

impl fmt::Debug for Config<'_> {
    /// How much there is: in a key, too, somebody may have put a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({} entries, {} helpers)", self.entries.len(), self.helpers.len())
    }
}

impl<'d> Config<'d> {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that makes docker refuse the document.
    pub fn read(root: Node<'d>) -> Result<Self, Refusal<'d>> {
        is_map(root)?;
        let mut config = Config { store: text(root, "credsStore")?, ..Config::default() };
        if let Some(helpers) = field(root, "credHelpers") {
            is_map_of_texts(helpers)?;
            for (registry, helper) in helpers.members() {
                config.helpers.push((registry, helper.as_str().unwrap_or_default()));
            }
        }
        if let Some(auths) = field(root, "auths") {
            is_map(auths)?;
            for (key, node) in auths.members() {
                config.entries.push((key, read_entry(node, &decode)?));
            }
        }
        Ok(config)
    }

    /// Reads the value of `DOCKER_AUTH_CONFIG`, which may hold `auths` with nothing but `auth` and is otherwise ignored.
    ///
    /// # Errors
    /// Why docker ignores the variable.
    pub fn read_environment(root: Node<'d>) -> Result<Self, Refusal<'d>> {
        is_map(root)?;
        for (key, value) in root.members() {
            only(key, value, "auths")?;
            is_map(value)?;
            for (_, entry) in value.members() {
                is_map(entry)?;
                for (key, value) in entry.members() {
                    only(key, value, "auth")?;
                }
            }
        }
        Self::read(root)
    }

    /// Who is asked about a registry, whose name is a key of `auths` or its host.
    pub fn source(&self, registry: &str) -> Source<'_, 'd> {
        for (key, helper) in &self.helpers {
            if *key == registry {
                return Source::Helper(helper);
            }
        }
        if !self.store.is_empty() {
            return Source::Helper(self.store);
        }
        self.entry(registry).map_or(Source::Nobody, Source::Entry)
    }

    /// The entry of exactly this key, else the first whose key has this host. (Of several, docker takes any.)
    pub fn entry(&self, registry: &str) -> Option<&Entry<'d>> {
        self.keyed(registry).map(|(_, entry)| entry)
    }

    /// As [`Config::entry`], with the key as it is written.
    #[inline(never)]
    pub fn keyed(&self, registry: &str) -> Option<&(&'d str, Entry<'d>)> {
        let found = self.entries.iter().find(|(key, _)| *key == registry);
        found.or_else(|| self.entries.iter().find(|(key, _)| hostname(key) == registry))
    }

    /// Who is asked by go-containerregistry about a repository (`host/path`, Docker Hub as `index.docker.io`): first
    /// the whole name, then the host.
    pub fn source_of_repository(&self, name: &str) -> Source<'_, 'd> {
        let host = cut(name, b'/').map_or(name, |(host, _)| host);
        for name in [name, host] {
            let source = self.source(if name == "index.docker.io" { HUB_KEY } else { name });
            if !matches!(source, Source::Entry(entry) if entry.is_empty()) && source != Source::Nobody {
                return source;
            }
        }
        Source::Nobody
    }
}

fn only<'d>(key: &str, value: Node<'d>, known: &str) -> Result<(), Refusal<'d>> {
    if key.eq_ignore_ascii_case(known) { Ok(()) } else { refuse(value, Reason::Unknown) }
}

/// An entry as go-containerregistry reads one by itself, from the Secrets of a Kubernetes keychain: `auth` as kubelet
/// does, tokens too.
///
/// # Errors
/// What it refuses.
pub fn keychain_entry(node: Node<'_>) -> Result<Entry<'_>, Refusal<'_>> {
    read_entry(node, &super::entry)
}

type Decode = dyn for<'d> Fn(Node<'d>) -> Result<Credentials<'d>, Refusal<'d>>;

fn read_entry<'d>(node: Node<'d>, decode: &Decode) -> Result<Entry<'d>, Refusal<'d>> {
    is_map(node)?;
    let credentials = decode(node)?;
    let token = |name| Ok(Secret(text(node, name)?.as_bytes().into()));
    Ok(Entry { credentials, identity_token: token("identitytoken")?, registry_token: token("registrytoken")? })
}

/// docker/cli's decodeAuth: padding is required, the user must not be empty, NULs around the password are cut off.
fn decode(node: Node<'_>) -> Result<Credentials<'_>, Refusal<'_>> {
    let (user, password, auth) = (text(node, "username")?, text(node, "password")?, text(node, "auth")?);
    if auth.is_empty() {
        return Ok(Credentials::new(user, password));
    }
    let at = field(node, "auth").unwrap_or(node);
    let Some(decoded) = base64::decode(auth, Padding::Required) else {
        return refuse(at, Reason::AuthEncoding);
    };
    let Some(mut credentials) = Credentials::split(&decoded) else {
        return refuse(at, Reason::AuthColon);
    };
    if credentials.user.is_empty() {
        return refuse(at, Reason::AuthUser);
    }
    credentials.password = trim_nul(&credentials.password);
    Ok(credentials)
}

pub(super) fn trim_nul(secret: &Secret<'_>) -> Secret<'static> {
    let mut rest = secret.expose();
    while let [0, inner @ ..] | [inner @ .., 0] = rest {
        rest = inner;
    }
    Secret(rest.to_vec().into())
}

/// The host of a key that may be a URL (ConvertToHostname of docker/cli): scheme, user and path are dropped, the port is
/// kept.
pub fn hostname(key: &str) -> Cow<'_, str> {
    let authority = find(key, "://").and_then(|at| authority(key.get(..at)?, key.get(at + 3..)?));
    let plain = || Cow::Borrowed(cut(key, b'/').map_or(key, |(host, _)| host));
    let Some(authority) = authority else { return plain() };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        // The colons of an address in brackets; a port that is no number makes it no URL.
        Some(_) if !authority.ends_with(']') => return plain(),
        _ => (authority, ""),
    };
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    match (host.is_empty(), port.is_empty()) {
        (true, _) => plain(),
        (_, true) => Cow::Borrowed(host),
        _ if host.contains(':') => Cow::Owned(concat(&["[", host, "]:", port])),
        _ => Cow::Owned(concat(&[host, ":", port])),
    }
}

/// What names the server in a URL, given its parts around `://`; `None` when Go does not take them for a URL.
fn authority<'k>(scheme: &str, rest: &'k str) -> Option<&'k str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(fits) {
        return None;
    }
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let odd = |byte: u8| byte <= b' ' || matches!(byte, b'%' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x7f);
    (!host.bytes().any(odd)).then_some(host)
}
