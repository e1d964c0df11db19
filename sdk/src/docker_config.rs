//! Docker config documents (`.docker/config.json`, the data of docker-registry Secrets) as those read them who pull and
//! push: kubelet, docker and go-containerregistry, containers/image. They agree about little more than the shape.
//!
//! Nothing here prints a user name or a password: both are a [`Secret`], and a refusal names a place and a reason.

use std::borrow::Cow;
use std::fmt;

use crate::base64::{self, Padding};
use crate::json::{Kind, Node};

pub mod containers;
pub mod docker;
pub mod keyring;
pub mod kubelet;
#[cfg(test)]
mod tests;

/// A text that nobody may print. It reaches the outside by [`Secret::expose`] only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret<'d>(Cow<'d, [u8]>);

impl Secret<'_> {
    /// The text itself, for a registry and for nobody else. Bytes: what base64 hides need not be UTF-8.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The same, independent of the document that it was read from.
    pub fn into_owned(self) -> Secret<'static> {
        Secret(self.0.into_owned().into())
    }

    /// Is there nothing to keep?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What somebody shows to a registry. A token may stand in the place of the user, so both are secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials<'d> {
    /// The user; empty in an entry that says nothing.
    pub user: Secret<'d>,
    /// The password.
    pub password: Secret<'d>,
}

impl<'d> Credentials<'d> {
    fn new(user: &'d str, password: &'d str) -> Self {
        Credentials { user: Secret(user.as_bytes().into()), password: Secret(password.as_bytes().into()) }
    }

    /// The same, independent of the document that they were read from.
    pub fn into_owned(self) -> Credentials<'static> {
        Credentials { user: self.user.into_owned(), password: self.password.into_owned() }
    }

    /// Neither user nor password: kubelet then asks the registry as nobody.
    pub fn is_empty(&self) -> bool {
        self.user.is_empty() && self.password.is_empty()
    }

    /// `base64(user:password)`, which is the field `auth` and what follows `Basic ` in a request. As secret as the parts.
    pub fn basic(&self) -> Secret<'static> {
        let joined = [self.user.expose(), b":", self.password.expose()].concat();
        Secret(base64::encode(&joined).into_bytes().into())
    }

    /// `user:password`, decoded; `None` without a colon.
    fn split(decoded: &[u8]) -> Option<Credentials<'static>> {
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        let part = |part: Option<&[u8]>| part.map(|part| Secret(part.to_vec().into()));
        Some(Credentials { user: part(decoded.get(..colon))?, password: part(decoded.get(colon + 1..))? })
    }
}

/// Why a reader refuses a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A value is not of the type that the reader expects.
    Type,
    /// `auth` is not base64.
    AuthEncoding,
    /// `auth` holds no `:` between user and password.
    AuthColon,
    /// `auth` holds no user.
    AuthUser,
    /// A member that the reader does not know, where it wants none.
    Unknown,
}

/// One place of a document that its reader cannot take. For kubelet and docker that is the end of the whole document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refusal<'d> {
    /// Where.
    pub at: Node<'d>,
    /// Why.
    pub reason: Reason,
}

fn refuse<T>(at: Node<'_>, reason: Reason) -> Result<T, Refusal<'_>> {
    Err(Refusal { at, reason })
}

/// What Go's `encoding/json` puts into fields of these names: keys count whatever their case, the last one wins, `null`
/// changes nothing.
#[inline(never)]
fn field<'d>(map: Node<'d>, name: &str) -> Option<Node<'d>> {
    let mut found = None;
    for (key, value) in map.members() {
        if key.eq_ignore_ascii_case(name) && !value.is_null() {
            found = Some(value);
        }
    }
    found
}

/// A field of type string; absent is empty.
#[inline(never)]
fn text<'d>(map: Node<'d>, name: &str) -> Result<&'d str, Refusal<'d>> {
    match field(map, name) {
        None => Ok(""),
        Some(value) => value.as_str().map_or_else(|| refuse(value, Reason::Type), Ok),
    }
}

/// `null` or a map.
#[inline(never)]
fn is_map(node: Node<'_>) -> Result<(), Refusal<'_>> {
    match node.kind() {
        Kind::Object | Kind::Null => Ok(()),
        _ => refuse(node, Reason::Type),
    }
}

/// A map of strings, or nothing.
#[inline(never)]
fn is_map_of_texts(node: Node<'_>) -> Result<(), Refusal<'_>> {
    is_map(node)?;
    for (_, value) in node.members() {
        if !matches!(value.kind(), Kind::String | Kind::Null) {
            return refuse(value, Reason::Type);
        }
    }
    Ok(())
}

/// Username, password and `auth`, which wins: kubelet's and go-containerregistry's reading of an entry, with or without
/// padding.
#[inline(never)]
fn entry(node: Node<'_>) -> Result<Credentials<'_>, Refusal<'_>> {
    is_map(node)?;
    let (user, password) = (text(node, "username")?, text(node, "password")?);
    let auth = text(node, "auth")?;
    if auth.is_empty() {
        return Ok(Credentials::new(user, password));
    }
    let at = field(node, "auth").unwrap_or(node);
    let padding =
        if auth.trim_ascii_end().as_bytes().last() == Some(&b'=') { Padding::Required } else { Padding::Refused };
    let Some(decoded) = base64::decode(auth, padding) else {
        return refuse(at, Reason::AuthEncoding);
    };
    Credentials::split(&decoded).map_or_else(|| refuse(at, Reason::AuthColon), Ok)
}
