//! The lookup of containers/image (`docker/config/config.go`): buildah, podman, skopeo, CRI-O.
//!
//! Keys may be repositories and namespaces, whole and without patterns, the most specific first. Of an entry only `auth`
//! and `identitytoken` count, not `username` and `password`.

use crate::base64::{self, Padding};
use crate::json::Node;
use crate::text::{cut, cut_last};

use super::docker::{Entry, trim_nul};
use super::{Credentials, Reason, Refusal, Secret, field, is_map, refuse, text};

/// Who knows the credentials of a repository.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'d> {
    /// The program `docker-credential-<name>`.
    Helper(&'d str),
    /// The document itself.
    Entry(Entry<'d>),
    /// Nobody.
    Nobody,
}

/// Who is asked about a repository (`host[:port]/path`, Docker Hub as `docker.io`).
///
/// # Errors
/// What in the document or in the entry that counts cannot be read. Other entries are not looked at.
pub fn find<'d>(root: Node<'d>, name: &str) -> Result<Found<'d>, Refusal<'d>> {
    Ok(keyed(root, name)?.1)
}

/// As [`find`], with the key of the entry as it is written; empty for others.
///
/// # Errors
/// As [`find`].
#[inline(never)]
pub fn keyed<'d>(root: Node<'d>, name: &str) -> Result<(&'d str, Found<'d>), Refusal<'d>> {
    is_map(root)?;
    let registry = cut(name, b'/').map_or(name, |(host, _)| host);
    if let Some(helper) = field(root, "credHelpers").and_then(|helpers| helpers.member(registry)) {
        return helper.as_str().map_or_else(|| refuse(helper, Reason::Type), |helper| Ok(("", Found::Helper(helper))));
    }
    let Some(auths) = field(root, "auths") else { return Ok(("", Found::Nobody)) };
    is_map(auths)?;
    let mut wanted = name;
    loop {
        // Of equal keys the last one counts, as in any JSON map of Go's.
        if let Some((key, node)) = auths.members().filter(|(key, _)| *key == wanted).last() {
            return Ok((key, Found::Entry(entry(node)?)));
        }
        match cut_last(wanted, b'/') {
            Some((parent, _)) => wanted = parent,
            None => break,
        }
    }
    // Old logins wrote URLs, of which the host counts, and Docker Hub has several hosts.
    for (key, node) in auths.members() {
        let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
        let host = bare.map_or(key, |url| cut(url, b'/').map_or(url, |(host, _)| host));
        if canonical(host) == canonical(registry) {
            return Ok((key, Found::Entry(entry(node)?)));
        }
    }
    Ok(("", Found::Nobody))
}

fn canonical(registry: &str) -> &str {
    if matches!(registry, "docker.io" | "registry-1.docker.io") { "index.docker.io" } else { registry }
}

fn entry(node: Node<'_>) -> Result<Entry<'_>, Refusal<'_>> {
    is_map(node)?;
    let Some(decoded) = base64::decode(text(node, "auth")?, Padding::Required) else {
        return refuse(field(node, "auth").unwrap_or(node), Reason::AuthEncoding);
    };
    // Without a colon the entry counts as empty, its token included.
    let Some(Credentials { user, password }) = Credentials::split(&decoded) else {
        return Ok(Entry::default());
    };
    let credentials = Credentials { user, password: trim_nul(&password) };
    Ok(Entry {
        credentials,
        identity_token: Secret(text(node, "identitytoken")?.as_bytes().into()),
        ..Entry::default()
    })
}
