//! Rule `docker-secret-malformed`.

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::docker_config::kubelet::Format;
use regwarden_sdk::finding::{Findings, Place};
use regwarden_sdk::json::{Document, Node};
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::text::{concat, quote};

use crate::context::ObjectContext;
use crate::knowledge::credential::{is_placeholder, is_reference};

mod document;
pub(crate) mod key;
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
    /// What messages begin with.
    subject: String,
    left: usize,
}

impl Report<'_, '_> {
    #[inline(never)]
    fn say(&mut self, sure: bool, what: &str, remedy: &str) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let draft = self.out.report(self.place, concat(&[&self.subject, what]), remedy);
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
    let expected = Format::of_type(secret.str("type").unwrap_or_default());
    for &format in &[Format::Config, Format::Legacy] {
        let there = value(secret, format.key());
        if expected.is_some_and(|expected| expected != format) || (expected.is_none() && there.is_none()) {
            continue;
        }
        let place = match (expected, there) {
            (None, _) => (secret, "type").into(),
            (_, Some((node, _))) => node.into(),
            (_, None) => absent(secret, format.key()),
        };
        let mut report = Report { out, place, subject: quote(format.key()), left: MOST };
        match there {
            _ if expected.is_none() => report.say(
                false,
                " counts for kubelet only in a Secret of the docker type that it belongs to",
                "set that `type` if images are to be pulled with it",
            ),
            Some((node, encoded)) => read(node.as_str().unwrap_or_default(), encoded, format, &mut report),
            None if value(secret, format.other().key()).is_some() => report.say(
                true,
                " is missing, and the key that is there belongs to the other docker type",
                "set the `type` that belongs to the key, and write the document in the shape of that type",
            ),
            None => {
                report.say(true, " is missing, and a Secret of this type must have it", "put the docker config there")
            }
        }
    }
}

/// The value of a key, and whether it is base64. `stringData` is laid over `data` key by key.
#[inline(never)]
fn value<'d>(secret: Node<'d>, key: &str) -> Option<(Node<'d>, bool)> {
    for &(map, encoded) in &[("stringData", false), ("data", true)] {
        if let Some(node) = secret.get_path(&[map, key]) {
            return Some((node, encoded));
        }
    }
    None
}

/// Where a key should be.
#[inline(never)]
fn absent<'d>(secret: Node<'d>, key: &'static str) -> Place<'d> {
    match secret.get("data").or_else(|| secret.get("stringData")) {
        Some(map) => (map, key).into(),
        None => (secret, "data").into(),
    }
}

/// Takes the coats off the document.
#[inline(never)]
fn read(text: &str, encoded: bool, format: Format, report: &mut Report<'_, '_>) {
    if text.trim_ascii().is_empty() {
        return report.say(true, " is empty", "put a docker config there");
    }
    let decoded = if encoded { base64::decode(text, Padding::Required) } else { None };
    if encoded && decoded.is_none() {
        if !stands_in(text) {
            let remedy = "encode the document with `base64 -w0`, or put it under `stringData` as it is";
            report.say(!is_word(text), " under `data` is not base64", remedy);
        }
        return;
    }
    let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
    let error = match Document::parse(bytes) {
        Ok(document) => return document::check(document.root(), format, report),
        Err(error) => error,
    };
    let inner = std::str::from_utf8(bytes).unwrap_or(text);
    if stands_in(text) || stands_in(inner) {
        return;
    }
    // Bytes that are no text are JSON to nobody, unless they stand inside of it.
    let disputed = error.disputed && bytes.first() == Some(&b'{');
    // How every JSON map begins in base64.
    let remedy = if inner.starts_with("ey") {
        "encode the document once under `data`, or put it under `stringData` as it is"
    } else {
        "write a docker config as JSON; `kubectl create secret docker-registry` makes one"
    };
    report.say(!is_word(inner) && !disputed, &concat(&[" is not JSON: ", &error.line()]), remedy);
}

/// Somebody or something else puts the value in.
fn stands_in(text: &str) -> bool {
    is_placeholder(text) || is_reference(text)
}

/// So short and plain that it may stand in for a value, like `docker-config-here`.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b' ' | b'\n');
    text.len() <= 40 && regwarden_sdk::text::all(text, plain)
}
