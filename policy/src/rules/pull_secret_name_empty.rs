//! Rule `pull-secret-name-empty`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;

use crate::context::{Context, Image};
use crate::facts::Effective;
use crate::knowledge::{credential, names};

regwarden_sdk::rule! {
    /// ## What it catches
    /// An entry of `imagePullSecrets` that brings nothing, and nobody says so: one without a name, as an empty value of a
    /// chart leaves it; one with a name that no Secret can have; one with a key besides `name`, such as `namespace`, which
    /// the API server drops: kubelet looks in the Pod's own namespace. Any entry, an empty one too, keeps the secrets of
    /// the ServiceAccount out of the Pod. Names that are filled in later are left alone.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: ""
    ///   containers:
    ///     - {name: main, image: "quay.io/org/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: quay-pull
    ///   containers:
    ///     - {name: main, image: "quay.io/org/tools:1"}
    /// ```
    ///
    /// ## Fix safety
    /// An entry without a name is taken away where a named one is in the list, or is added by `pull-secret-missing` in the
    /// same go: kubelet then sees what it saw before. Were the list empty afterwards, the ServiceAccount's secrets would come
    /// into the Pod, at once or when a template's Pods are made; that is for a person to decide. So is what somebody meant
    /// with a wrong name or another key.
    pub(crate) PullSecretNameEmpty {
        id: "pull-secret-name-empty",
        title: "entry of imagePullSecrets is silently ignored",
        since: "0.1.0",
        mends: Sometimes,
        levels: [Off, Warn, Enforce],
        options: (),
    }
}

/// Whoever has more has been told enough.
const MAX_FINDINGS: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let mut filled = None;
    let mut told = 0;
    for (entry, name) in context.pod.pull_secrets() {
        let extra = entry.members().find(|(key, value)| *key != "name" && !value.is_null());
        let wrong = !name.is_empty()
            && !names::is_possible(name)
            && !names::is_unresolved(name)
            && !credential::is_placeholder(name);
        if told >= MAX_FINDINGS || (extra.is_none() && !name.is_empty() && !wrong) {
            continue;
        }
        told += 1;
        if name.is_empty() {
            let message = "this entry names no Secret, and still keeps those of the ServiceAccount out of the Pod";
            let pointer = out.pointer(entry);
            let draft = out.report((entry, "name"), message, "write the name of the Secret, or take the entry out");
            if extra.is_none() && *filled.get_or_insert_with(|| stays_filled(context)) {
                draft.mend(Edit::remove(pointer));
            }
        } else if wrong {
            let message = text::say("no Secret can be called ^, so this entry is ignored", &[name]);
            out.report((entry, "name"), message, "write the name of a Secret: lower-case letters, digits, `-` and `.`");
        } else if let Some((key, value)) = extra {
            let (message, remedy) = if key == "namespace" {
                (
                    "`namespace` is dropped here: kubelet looks for the Secret in the Pod's own namespace".to_owned(),
                    "copy the Secret into the Pod's namespace and write its `name` only",
                )
            } else {
                (text::say("an entry has no key ^, so it is dropped", &[key]), "write `name` only")
            };
            out.report(value, message, remedy);
        }
    }
}

/// Is there an entry with a name, now or when the mends are made?
#[inline(never)]
fn stays_filled(context: &Context<'_>) -> bool {
    let mut named = false;
    let mut count = 0;
    for (_, name) in context.pod.pull_secrets() {
        named |= !name.is_empty();
        count += 1;
    }
    // Of a list that is too long to be told off whole, only a part would be mended.
    if count > MAX_FINDINGS {
        return false;
    }
    // With no name in it, the list lacks whatever secret an image needs, and a list that has entries is always extended.
    let needed = |image: &Image<'_>| image.registry().and_then(Effective::pull_secret).is_some();
    named || (context.mending.pull_secrets && context.images().iter().any(needed))
}
