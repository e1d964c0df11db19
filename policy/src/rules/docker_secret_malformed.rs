//! Rule `docker-secret-malformed`.

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::docker_config::kubelet::Format;
use regwarden_sdk::finding::{Findings, Place};
use regwarden_sdk::json::{Document, Kind, Node};
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::text::{concat, quote};

use crate::context::ObjectContext;
use crate::knowledge::credential::{is_placeholder, is_reference};

mod document;
mod key;
#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Secret of a docker type that kubelet cannot use as it stands. kubelet refuses the whole document for one `auth`
    /// that is not base64 or holds no colon, and then pulls nothing for a Pod that lists the Secret, not even public
    /// images. It passes over a missing or empty key, a bare map in the new type and `auths` in the legacy one, and
    /// registries that no image can match: another scheme, a tag, a pattern in the path, `/v1` without its slash.
    ///
    /// Warns only: tokens and credential helpers, which kubelet ignores and builders may use; `auth` that contradicts
    /// `username` and `password`; a password with a line end; no registry at all; an Opaque Secret with a docker key. Says nothing about
    /// placeholders and encrypted values, and never repeats a value.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: registry}
    /// type: kubernetes.io/dockerconfigjson
    /// stringData:
    ///   # base64 of `user` alone
    ///   .dockerconfigjson: '{"auths": {"harbor.corp.example": {"auth": "dXNlcg=="}}}'
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: registry}
    /// type: kubernetes.io/dockerconfigjson
    /// stringData:
    ///   # base64 of `user:pass`
    ///   .dockerconfigjson: '{"auths": {"harbor.corp.example": {"auth": "dXNlcjpwYXNz"}}}'
    /// ```
    pub(crate) DockerSecretMalformed {
        id: "docker-secret-malformed",
        title: "docker credentials in a Secret that kubelet cannot use",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// More findings than this in one document help nobody.
const MOST: usize = 64;

/// Speaks about one value of the Secret.
struct Report<'r, 'd> {
    out: &'r mut Findings<'d>,
    place: Place<'d>,
    left: usize,
}

impl Report<'_, '_> {
    #[inline(never)]
    fn say(&mut self, sure: bool, message: &[&str], remedy: &str) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let draft = self.out.report(self.place, concat(message), remedy);
        if !sure {
            draft.unsure();
        }
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &ObjectContext<'d>, (): &(), out: &mut Findings<'d>) {
    if context.object.kind() != ObjectKind::Secret {
        return;
    }
    let secret = context.object.node();
    let secret_type = secret.str("type").filter(|given| !given.is_empty()).unwrap_or("Opaque");
    let Some(format) = Format::of_type(secret_type) else {
        for format in [Format::Config, Format::Legacy] {
            if value(secret, format.key()).is_some() {
                let mut report = Report { out, place: (secret, "type").into(), left: 1 };
                let message =
                    ["kubelet takes no ", &quote(format.key()), " from a Secret of type ", &quote(secret_type)];
                report.say(
                    false,
                    &message,
                    &concat(&["set `type: ", format.secret_type(), "` if it shall pull images"]),
                );
            }
        }
        return;
    };
    let key = format.key();
    let Some((node, encoded)) = value(secret, key) else {
        return missing(secret, format, out);
    };
    let mut report = Report { out, place: node.into(), left: MOST };
    read(node.as_str().unwrap_or_default(), encoded, format, &mut report);
}

/// The value of a key, and whether it is base64. `stringData` is laid over `data` key by key.
#[inline(never)]
fn value<'d>(secret: Node<'d>, key: &str) -> Option<(Node<'d>, bool)> {
    let of = |map| secret.get(map).and_then(|map| map.get(key));
    of("stringData").map(|node| (node, false)).or_else(|| of("data").map(|node| (node, true)))
}

#[cold]
#[inline(never)]
fn missing<'d>(secret: Node<'d>, format: Format, out: &mut Findings<'d>) {
    let map = secret.get("data").or_else(|| secret.get("stringData")).filter(|map| map.kind() == Kind::Object);
    let place = map.map_or((secret, "data").into(), |map| (map, format.key()).into());
    let mut report = Report { out, place, left: 1 };
    let other = format.other();
    let swapped = value(secret, other.key()).is_some();
    let (has, there, end) = if swapped { (", and has `", other.key(), "`") } else { ("", "", "") };
    let remedy = match swapped {
        true => concat(&["set `type: ", other.secret_type(), "`, or write the document for this type"]),
        false => "put the docker config under this key".to_owned(),
    };
    let message =
        ["a Secret of type `", format.secret_type(), "` must have the key `", format.key(), "`", has, there, end];
    report.say(true, &message, &remedy);
}

/// Takes the coats off the document.
#[inline(never)]
fn read(text: &str, encoded: bool, format: Format, report: &mut Report<'_, '_>) {
    let name = quote(format.key());
    if text.trim_ascii().is_empty() {
        return report.say(true, &[&name, " is empty"], "put a docker config there");
    }
    let decoded = if encoded { base64::decode(text, Padding::Required) } else { Some(text.as_bytes().to_vec()) };
    let Some(decoded) = decoded else {
        if !stands_in(text) {
            let remedy = if text.trim_ascii_start().starts_with('{') {
                "move it to `stringData`, which takes the text as it is"
            } else {
                "encode the document with `base64 -w0`, or put it under `stringData` as it is"
            };
            report.say(!is_word(text), &[&name, " under `data` is not base64"], remedy);
        }
        return;
    };
    let document = match Document::parse(&decoded) {
        Ok(document) => document,
        Err(error) => {
            let inner = std::str::from_utf8(&decoded).ok();
            if !stands_in(text) && !inner.is_some_and(stands_in) {
                // Bytes that are no text are JSON to nobody, unless they stand inside of it.
                let disputed = error.is_disputed() && decoded.trim_ascii_start().starts_with(b"{");
                // How every JSON map begins in base64.
                let remedy = match (inner.is_some_and(|inner| inner.trim_ascii_start().starts_with("ey")), encoded) {
                    (true, true) => "encode the document once only",
                    (true, false) => "move it to `data`, which takes base64",
                    _ => "write a docker config as JSON; `kubectl create secret docker-registry` makes one",
                };
                report.say(
                    !is_word(inner.unwrap_or(text)) && !disputed,
                    &[&name, " is not JSON: ", &error.line()],
                    remedy,
                );
            }
            return;
        }
    };
    document::check(document.root(), format, report);
}

/// Somebody or something else puts the value in.
fn stands_in(text: &str) -> bool {
    is_placeholder(text) || is_reference(text)
}

/// So short and plain that it may stand in for a value, like `docker-config-here`.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b' ' | b'\n');
    text.len() <= 40 && text.bytes().all(plain)
}
