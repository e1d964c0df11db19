//! Rule `service-account-preferred`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;

use crate::context::Context;
use crate::knowledge::index::Index;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// The settings say `pull: {serviceAccount: true}` for the registry of an image, and the Pod lists `imagePullSecrets` of
    /// its own. Kubernetes copies the ServiceAccount's secrets into a Pod only when its list is empty, so they are switched
    /// off, and the Pod has a copy of the name that nobody rotates.
    ///
    /// Entries that the settings want for another image of the Pod, and those of the ServiceAccount itself, are fine. A
    /// Pod that came through the API server may have its list from there; without an answer about the account the rule is
    /// silent then. Where the settings do not say how some other image is pulled, the list may be for that one, and the
    /// rule only warns.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {rules: {service-account-preferred: {level: enforce}}, registries: [{registry: harbor.corp.example, pull: {serviceAccount: true}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor-pull
    ///   containers:
    ///     - name: main
    ///       image: harbor.corp.example/ci/tools:1
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {rules: {service-account-preferred: {level: enforce}}, registries: [{registry: harbor.corp.example, pull: {serviceAccount: true}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   serviceAccountName: ci
    ///   containers:
    ///     - name: main
    ///       image: harbor.corp.example/ci/tools:1
    /// ```
    pub(crate) ServiceAccountPreferred {
        id: "service-account-preferred",
        title: "the Pod lists pull secrets that its ServiceAccount should bring",
        since: "0.1.0",
        mends: Never,
        asks: [ServiceAccount],
        levels: [Off, Warn, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    if pod.pull_secrets().next().is_none() {
        return;
    }
    let mut preferred = None;
    let mut needed = Vec::new();
    let mut sure = true;
    for image in context.images() {
        match image.registry().and_then(|entry| entry.pull) {
            Some(pull) if pull.service_account => preferred = preferred.or(Some(image)),
            Some(pull) => needed.extend(pull.secret.as_deref()),
            None => sure = false,
        }
    }
    let Some(image) = preferred else { return };
    if !has_own(context, &Index::new(needed)) {
        return;
    }
    let message = text::say(
        "image ^ is to be pulled through the ServiceAccount, and the Pod lists pull secrets of its own, which switches that off",
        &[image.pulled()],
    );
    let remedy = text::say(
        "list the secrets in the ServiceAccount ^ and take `imagePullSecrets` out of the Pod",
        &[context.account_name()],
    );
    let draft = out.report((pod.spec(), "imagePullSecrets"), message, remedy);
    if !sure {
        draft.unsure();
    }
}

/// Does the Pod list a secret that is not its ServiceAccount's, and that no other image needs?
#[inline(never)]
fn has_own(context: &Context<'_>, needed: &Index<'_>) -> bool {
    let pod = context.pod;
    let others = |account: &Index<'_>| {
        // An entry without a name is the matter of another rule.
        let own = |name: &str| !name.is_empty() && needed.first(name).is_none() && account.first(name).is_none();
        pod.pull_secrets().any(|(_, name)| own(name))
    };
    let none = Index::new(Vec::new());
    if !others(&none) {
        return false;
    }
    match context.account().found() {
        Some(account) => others(&Index::of(&account.pull_secrets)),
        // The API server may have copied the account's list before that.
        None => !context.is_admitted(),
    }
}
