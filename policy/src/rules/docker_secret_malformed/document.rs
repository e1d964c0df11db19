//! The document of a docker Secret, once it can be read as JSON.

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::docker_config::{Credentials, Reason, Refusal};
use regwarden_sdk::json::{Kind, Node};
use regwarden_sdk::text::concat;

use crate::knowledge::credential::is_placeholder;

use super::key::{self, Lost};
use super::{Report, stands_in};

const WRITE_ENTRY: &str = "give it `username` and `password`, or `auth` with base64 of `user:password`";

#[inline(never)]
pub(super) fn check(root: Node<'_>, format: Format, report: &mut Report<'_, '_>) {
    if !matches!(root.kind(), Kind::Object | Kind::Null) {
        return report.say(true, " is JSON, but not a map", "write a docker config");
    }
    let helped = helped(root);
    if helped {
        report.say(
            false,
            " has `credsStore` or `credHelpers`, which kubelet ignores",
            "put credentials under `auths` if images are pulled with this Secret",
        );
    }
    let Ok(entries) = kubelet::entries(root, format) else {
        return report.say(
            true,
            " has a member of a type that kubelet does not take, for which it refuses the whole document",
            "make `auths` a map of registries, and `HttpHeaders` one of texts",
        );
    };
    if wrong_shape(root, format) {
        return report.say(
            true,
            " has the shape of the other docker type, so kubelet finds no registry in it",
            "write `{\"auths\": {REGISTRY: …}}` for `.dockerconfigjson`, `{REGISTRY: …}` for `.dockercfg`",
        );
    }
    let mut empty = true;
    let mut usable = false;
    for (key, node) in entries.clone() {
        empty = false;
        usable = usable || is_usable(key, node);
    }
    if empty && !helped {
        report.say(false, " names no registry", "add the registry and its credentials");
    }
    for (key, node) in entries {
        if report.left == 0 {
            return;
        }
        report.subject = key::named(key);
        match kubelet::credentials(node) {
            Err(refusal) => refused(refusal, node, report),
            // What a login leaves behind when a helper keeps the password.
            Ok(credentials) if helped && credentials.is_empty() => {}
            Ok(credentials) => accepted(&credentials, node, usable, report),
        }
        if let Some(fault) = key::fault(key) {
            let end = if fault.lost == Lost::Some { "" } else { ", so kubelet matches no image to it" };
            let sure = fault.lost == Lost::Everybody || (fault.lost == Lost::Kubelet && !usable);
            report.say(sure, &concat(&[fault.what, end]), fault.remedy);
        }
    }
}

/// Something is shown to the registry of some image.
#[inline(never)]
fn is_usable(key: &str, entry: Node<'_>) -> bool {
    key::fault(key).is_none_or(|fault| fault.lost == Lost::Some)
        && kubelet::credentials(entry).is_ok_and(|credentials| !credentials.is_empty())
}

/// Programs hold the credentials: kubelet never asks them.
#[inline(never)]
fn helped(root: Node<'_>) -> bool {
    root.str("credsStore").is_some_and(|name| !name.is_empty())
        || root.get("credHelpers").is_some_and(|map| map.members().next().is_some())
}

/// Has it the shape that belongs to the other type?
#[inline(never)]
fn wrong_shape(root: Node<'_>, format: Format) -> bool {
    let auths = root.get("auths").filter(|auths| auths.kind() == Kind::Object);
    match (format, auths) {
        (Format::Legacy, Some(auths)) => !has_fields(auths),
        (Format::Config, None) => has_fields(root) || root.members().any(|(_, node)| has_fields(node)),
        _ => false,
    }
}

#[inline(never)]
fn has_fields(entry: Node<'_>) -> bool {
    for field in &["auth", "username", "password", "identitytoken"] {
        if entry.get(field).is_some() {
            return true;
        }
    }
    false
}

#[inline(never)]
fn refused(refusal: Refusal<'_>, entry: Node<'_>, report: &mut Report<'_, '_>) {
    if refusal.at.as_str().is_some_and(stands_in) {
        return;
    }
    let what = match refusal.reason {
        Reason::AuthEncoding => " has an `auth` that is not base64",
        Reason::AuthColon => " has an `auth` without a `:` between user and password",
        _ if refusal.at == entry => " has a value that is not a map",
        _ => " has a field that is not a string",
    };
    const END: &str =
        ", for which kubelet refuses the whole document and pulls nothing for a Pod that lists the Secret";
    report.say(true, &concat(&[what, END]), WRITE_ENTRY);
}

/// `usable`: kubelet finds credentials in the document, here or in another entry.
#[inline(never)]
fn accepted(credentials: &Credentials<'_>, entry: Node<'_>, usable: bool, report: &mut Report<'_, '_>) {
    let field = |key| entry.str(key).unwrap_or_default();
    let (user, password) = (credentials.user.expose(), credentials.password.expose());
    if user.is_empty() || password.is_empty() {
        let tokens = !field("identitytoken").is_empty() || !field("registrytoken").is_empty();
        let what = match (tokens, user.is_empty(), password.is_empty()) {
            (true, ..) => " has a token, which kubelet ignores",
            (_, true, true) => " has neither `auth` nor `username` and `password`",
            (_, true, _) => " has no user",
            _ => " has no password",
        };
        return report.say(!usable && !tokens && credentials.is_empty(), what, WRITE_ENTRY);
    }
    // A key file of a cloud is JSON, which may end in a line end.
    if password.last() == Some(&b'\n') && password.first() != Some(&b'{') {
        report.say(
            false,
            " has a password with a line end, which is sent to the registry with it",
            "encode it without one, as `printf` or `echo -n` writes it",
        );
    }
    let auth = field("auth");
    if auth.is_empty() {
        return;
    }
    for (key, wins) in [("username", user), ("password", password)] {
        let text = field(key);
        if !is_placeholder(text) && text.as_bytes() != wins {
            report.say(false, " has an `auth` that wins over its `username` and `password`", "keep one of the two");
            break;
        }
    }
    if base64::decode(auth, Padding::Required).is_none() {
        report.say(
            false,
            " has an `auth` without padding, for which docker and kaniko refuse the whole document",
            "write `=` behind it until its length is a multiple of four",
        );
    }
}
