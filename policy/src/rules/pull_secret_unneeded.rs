//! Rule `pull-secret-unneeded`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Node;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::text;

use crate::context::{Context, entries};
use crate::knowledge::index::Index;
use crate::site::Read;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An entry of `imagePullSecrets` that, by the settings, no image of the Pod can use: they give the secret for
    /// registries from which nothing is pulled here. It is one credential more that lies on the node and in the Pod for
    /// nothing. A secret counts as useful when any entry of the settings that names it, for pulling or pushing, covers an
    /// image.
    ///
    /// Secrets that the settings do not know are left alone, and so is every Pod of which an image is a placeholder,
    /// cannot be read, or comes later (Drone). With `cluster: contents` a Secret that holds credentials for an image is
    /// useful too, whatever the settings say. The list of a Pod may come from its ServiceAccount.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor-pull
    ///   containers:
    ///     - {name: main, image: "quay.io/org/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - {name: main, image: "quay.io/org/tools:1"}
    /// ```
    pub(crate) PullSecretUnneeded {
        id: "pull-secret-unneeded",
        title: "the Pod lists a pull secret that none of its images can use",
        since: "0.1.0",
        mends: Never,
        asks: [Secret],
        levels: [Off, Audit, Audit],
        options: (),
    }
}

/// Secrets that are looked at; whoever lists more has been told enough.
const MAX_SECRETS: usize = 64;
/// Patterns of one Secret that are compared with every image.
const MAX_PATTERNS: usize = 16;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let mut known: Vec<(Node<'d>, &str)> = Vec::new();
    for (entry, secret) in context.pod.pull_secrets() {
        let new = || !known.iter().any(|(_, known)| text::same(known, secret));
        if known.len() < MAX_SECRETS && new() && context.secrets().keys(secret).next().is_some() {
            known.push((entry, secret));
        }
    }
    if known.is_empty() {
        return;
    }
    let Some(names) = names(context) else { return };
    let index = Index::of(&names);
    for &(entry, secret) in &known {
        if is_needed(context, secret, &names, &index) || opens_any(context, secret, &names, &index) {
            continue;
        }
        let message =
            text::say("no image of the Pod comes from a registry for which the settings give pull secret ^", &[secret]);
        let remedy = "take it out of `imagePullSecrets`, or of the ServiceAccount from which the Pod has it";
        out.report((entry, "name"), message, remedy);
    }
}

/// Does the Secret hold credentials for one of these images, whatever the settings say? What cannot be read may hold any.
#[inline(never)]
fn opens_any(context: &Context<'_>, secret: &str, names: &[String], index: &Index<'_>) -> bool {
    if context.reads() != Read::Contents {
        return false;
    }
    let Some(listed) = context.pulls().secrets.iter().find(|listed| text::same(&listed.name, secret)) else {
        return false;
    };
    let Some(entries) = entries(listed) else { return true };
    let mut patterns = 0;
    for entry in entries {
        let Ok(key) = RegistryKey::parse(&entry.key) else { continue };
        patterns += usize::from(!key.is_literal());
        if patterns > MAX_PATTERNS || covers_any(key, names, index) {
            return true;
        }
    }
    false
}

/// Is one of these images from a registry for which the settings give the Secret?
fn is_needed(context: &Context<'_>, secret: &str, names: &[String], index: &Index<'_>) -> bool {
    for key in context.secrets().keys(secret) {
        if covers_any(key, names, index) {
            return true;
        }
    }
    false
}

/// The full names of all images; `None` when one is not known.
#[inline(never)]
fn names(context: &Context<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for image in context.images() {
        let name = image.named().filter(|_| !image.comes_later())?;
        let path = name.path().to_cow();
        // Without a host a name stands as it is written.
        names.push(if name.domain().is_empty() {
            path.into_owned()
        } else {
            text::concat(&[name.domain(), "/", &path])
        });
    }
    Some(names)
}

/// Does the key cover one of these names?
#[inline(never)]
fn covers_any(key: RegistryKey<'_>, names: &[String], index: &Index<'_>) -> bool {
    if !key.is_literal() {
        return names.iter().any(|name| key.matches_name(name));
    }
    let path = if key.path().is_empty() { "/" } else { key.path() };
    index.any_begins(&text::concat(&[key.host(), path])) || (key.is_default() && index.any_begins("docker.io/"))
}
