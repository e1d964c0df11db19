//! The document of a docker Secret, once it can be read as JSON.

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::docker_config::{Credentials, Reason, Refusal};
use regwarden_sdk::json::{Kind, Node};
use regwarden_sdk::text::quote;

use crate::knowledge::credential::is_placeholder;

use super::key::{self, Lost};
use super::{Report, stands_in};

const WRITE_ENTRY: &str = "give it `username` and `password`, or `auth` with base64 of `user:password`";

/// One entry and what kubelet makes of it.
struct Read<'n> {
    key: &'n str,
    node: Node<'n>,
    credentials: Result<Credentials<'n>, Refusal<'n>>,
    fault: Option<key::Fault>,
}

impl Read<'_> {
    /// Something is shown to the registry of some image.
    fn is_usable(&self) -> bool {
        self.fault.as_ref().is_none_or(|fault| fault.lost == Lost::Some)
            && self.credentials.as_ref().is_ok_and(|credentials| !credentials.is_empty())
    }
}

#[inline(never)]
pub(super) fn check(root: Node<'_>, format: Format, report: &mut Report<'_, '_>) {
    let name = quote(format.key());
    if !matches!(root.kind(), Kind::Object | Kind::Null) {
        return report.say(true, &[&name, " is JSON, but not a map"], "write a docker config");
    }
    let helped = helpers(root, report);
    let entries = match kubelet::entries(root, format) {
        Ok(entries) => entries,
        Err(_) => {
            let message =
                [&name, " has a member of a type that kubelet does not take, for which it refuses the whole document"];
            return report.say(true, &message, "make `auths` a map of registries, and `HttpHeaders` one of texts");
        }
    };
    if wrong_shape(root, format, &name, report) {
        return;
    }
    let mut read = Vec::new();
    let mut usable = false;
    for (key, node) in entries {
        let entry = Read { key, node, credentials: kubelet::credentials(node), fault: key::fault(key) };
        usable |= entry.is_usable();
        read.push(entry);
    }
    if read.is_empty() && !helped {
        report.say(false, &[&name, " names no registry"], "add the registry under `auths`");
    }
    for entry in &read {
        judge(entry, usable, helped, report);
    }
}

/// Programs that hold the credentials: kubelet never asks them.
#[inline(never)]
fn helpers(root: Node<'_>, report: &mut Report<'_, '_>) -> bool {
    let store = root.str("credsStore").is_some_and(|name| !name.is_empty());
    let helpers = root.get("credHelpers").is_some_and(|map| map.members().next().is_some());
    if store || helpers {
        let member = if store { "`credsStore`" } else { "`credHelpers`" };
        let message = ["kubelet ignores ", member, " and pulls with what stands under `auths` alone"];
        report.say(false, &message, "put credentials under `auths` if images are pulled with this Secret");
    }
    store || helpers
}

/// The shape that belongs to the other type.
#[inline(never)]
fn wrong_shape(root: Node<'_>, format: Format, name: &str, report: &mut Report<'_, '_>) -> bool {
    const FIELDS: &[&str] = &["auth", "username", "password", "identitytoken"];
    let has_fields = |node: Node<'_>| FIELDS.iter().any(|field| node.get(field).is_some());
    let auths = root.get("auths").is_some_and(|auths| auths.kind() == Kind::Object);
    match format {
        Format::Legacy if auths && !root.get("auths").is_some_and(has_fields) => {
            let message =
                [name, " has the `auths` of the new type around its entries, so kubelet finds no registry in it"];
            report.say(true, &message, "set `type: kubernetes.io/dockerconfigjson` and the key `.dockerconfigjson`");
            true
        }
        Format::Config if !auths => {
            let bare = root.members().any(|(_, node)| has_fields(node));
            if bare || has_fields(root) {
                let message = [name, " has its entries outside `auths`, so kubelet finds no registry in it"];
                report.say(true, &message, "put the entries by their registries under `auths`");
            }
            bare || has_fields(root)
        }
        _ => false,
    }
}

#[inline(never)]
fn judge(entry: &Read<'_>, usable: bool, helped: bool, report: &mut Report<'_, '_>) {
    if report.left == 0 {
        return;
    }
    let name = key::named(entry.key);
    match &entry.credentials {
        Err(refusal) if refusal.at.as_str().is_some_and(stands_in) => {}
        Err(refusal) => refused(*refusal, entry.node, &name, report),
        Ok(credentials) => accepted(credentials, entry.node, &name, (usable, helped), report),
    }
    if let Some(fault) = &entry.fault {
        let (subject, end) = match name.as_str() {
            "an entry" => ("the key of an entry", ""),
            name => (name, ", so kubelet matches no image to it"),
        };
        let end = if fault.lost == Lost::Some { "" } else { end };
        let sure = fault.lost == Lost::Everybody || (fault.lost == Lost::Kubelet && !usable);
        report.say(sure, &[subject, " ", fault.what, end], fault.remedy);
    }
}

#[inline(never)]
fn refused(refusal: Refusal<'_>, entry: Node<'_>, name: &str, report: &mut Report<'_, '_>) {
    const END: &str =
        ", for which kubelet refuses the whole document and pulls nothing for a Pod that lists the Secret";
    let message = match refusal.reason {
        Reason::AuthEncoding => ["`auth` of ", name, " is not base64", END],
        Reason::AuthColon => ["`auth` of ", name, " holds no `:` between user and password", END],
        _ if refusal.at == entry => ["the value of ", name, " is not a map", END],
        _ => ["a field of ", name, " is not a string", END],
    };
    report.say(true, &message, WRITE_ENTRY);
}

#[inline(never)]
fn accepted(
    credentials: &Credentials<'_>,
    entry: Node<'_>,
    name: &str,
    (usable, helped): (bool, bool),
    report: &mut Report<'_, '_>,
) {
    let field = |key| entry.str(key).filter(|text| !text.is_empty());
    if credentials.user.is_empty() || credentials.password.is_empty() {
        if field("identitytoken").or_else(|| field("registrytoken")).is_some() {
            report.say(false, &[name, " has a token, which kubelet ignores"], WRITE_ENTRY);
        } else if !credentials.is_empty() {
            let lacks = if credentials.user.is_empty() { " has no user" } else { " has no password" };
            report.say(false, &[name, lacks], WRITE_ENTRY);
        } else if !helped {
            report.say(!usable, &[name, " has neither `auth` nor `username` and `password`"], WRITE_ENTRY);
        }
        return;
    }
    // A key file of a cloud is JSON, which may end in a line end.
    let password = credentials.password.expose();
    if password.ends_with(b"\n") && !password.starts_with(b"{") {
        let message = ["the password of ", name, " ends in a line end, which is sent to the registry with it"];
        report.say(false, &message, "encode it without one, as `printf` or `echo -n` writes it");
    }
    let Some(auth) = field("auth") else { return };
    let contradicts =
        |key, wins: &[u8]| field(key).is_some_and(|text| !is_placeholder(text) && text.as_bytes() != wins);
    if contradicts("username", credentials.user.expose()) || contradicts("password", credentials.password.expose()) {
        let message = ["`auth` of ", name, " wins over its `username` and `password`, which say something else"];
        report.say(false, &message, "keep one of the two");
    }
    if base64::decode(auth, Padding::Required).is_none() {
        let message =
            ["`auth` of ", name, " lacks the padding of base64, for which docker and kaniko refuse the whole document"];
        report.say(false, &message, "write `=` behind it until its length is a multiple of four");
    }
}
