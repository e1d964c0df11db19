//! Rule `pull-secret-missing`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::write;
use regwarden_sdk::text;

use crate::context::{Context, Cover, Image, Listed};
use crate::facts::Effective;
use crate::knowledge::names;
use crate::site::Read;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container's image lies in a registry for which the settings name a pull secret, and the Pod does not list it in
    /// `imagePullSecrets`. Kubelet then pulls without credentials and the Pod ends in `ImagePullBackOff`. An image that
    /// `registry-mirror` rewrites needs the secret of the mirror.
    ///
    /// With `cluster: names` the list of the ServiceAccount counts where the Pod has none; with `cluster: contents` so does
    /// every listed Secret that holds credentials for the image.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: harbor.corp.example/ci/tools:1
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
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
    /// ## Fix safety
    /// On a Pod the secret is appended: the ServiceAccount's own secrets are in the list by then, because its admission
    /// plugin runs before webhooks. In a workload template an empty list means that the ServiceAccount's secrets will be
    /// used, and a first entry of one's own switches them off; there the rule only warns, unless the ServiceAccount is
    /// known (`cluster: names`): then its secrets are carried over. A list that has entries is extended everywhere. Where
    /// the account lets only its own secrets be used (`kubernetes.io/enforce-mountable-secrets`), others are only reported.
    pub(crate) PullSecretMissing {
        id: "pull-secret-missing",
        title: "image needs a pull secret that the Pod does not list",
        since: "0.1.0",
        mends: Sometimes,
        asks: [Secret, ServiceAccount],
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// What stands in the way of appending to the list, or what else must be appended.
enum Carry<'a> {
    /// Append and nothing more.
    Nothing,
    /// The ServiceAccount's secrets first.
    Account(&'a [String]),
    /// The ServiceAccount is not known.
    Unknown,
    /// The ServiceAccount lets only its own secrets be used.
    Locked,
}

/// So many names are carried over by all findings of a Pod together, each of which has to be whole by itself.
const MOST_CARRIED: usize = 4096;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    // What a template engine fills in may be just the one.
    for (_, name) in pod.pull_secrets() {
        if names::is_unresolved(name) {
            return;
        }
    }
    let mut left = MOST_CARRIED;
    for image in context.images() {
        let Some(secret) = image.registry().and_then(Effective::pull_secret) else {
            continue;
        };
        if context.lists(secret) || (context.reads() != Read::Off && is_covered(context, image, secret)) {
            continue;
        }
        let carry = carry_over(context, secret);
        let message = text::say("image ^ needs pull secret ^, which the Pod does not list", &[image.pulled(), secret]);
        let remedy = match carry {
            Carry::Locked => "add ^ to the imagePullSecrets of the ServiceAccount, which lets only its own be used",
            Carry::Unknown => {
                "add `- name: |` to `imagePullSecrets` together with the secrets of the ServiceAccount, which a list of one's own switches off"
            }
            Carry::Nothing | Carry::Account(_) => "add `- name: |` to `imagePullSecrets`",
        };
        let remedy = text::say(remedy, &[secret]);
        let list = out.pointer((pod.spec(), "imagePullSecrets"));
        let container = image.container;
        let mut draft = out.report((container.node(), "image"), message, remedy).container(container.name());
        match carry {
            Carry::Unknown => draft.unsure(),
            Carry::Locked => {}
            Carry::Nothing | Carry::Account(_) => {
                let inherited = if let Carry::Account(names) = carry { names } else { &[] };
                // Beyond that the finding goes with the mends of those before it, or stays.
                let Some(rest) = left.checked_sub(inherited.len()) else { continue };
                left = rest;
                for name in inherited {
                    draft = draft.mend(appended(&list, name));
                }
                draft.mend(appended(&list, secret));
            }
        }
    }
}

/// Is the Secret the account's, or does another listed one open the image?
#[inline(never)]
fn is_covered(context: &Context<'_>, image: &Image<'_>, secret: &str) -> bool {
    let pulls = context.pulls();
    // What the Pod itself lists is known already.
    let known = |listed: &Listed<'_>| text::same(&listed.name, secret);
    (pulls.of_account && pulls.secrets.iter().any(known))
        || image.named().is_some_and(|image| matches!(context.cover(&image), Cover::Given))
}

fn appended(list: &str, name: &str) -> Edit {
    Edit::append(list, write::object(&[("name", &write::string(name))]))
}

#[inline(never)]
fn carry_over<'c>(context: &'c Context<'_>, secret: &str) -> Carry<'c> {
    let pod = context.pod;
    let account = context.account().found();
    let empty = pod.pull_secrets().next().is_none();
    match account {
        Some(account) if account.only_listed && !account.pull_secrets.iter().any(|name| text::same(name, secret)) => {
            Carry::Locked
        }
        Some(account) if context.pulls().of_account => Carry::Account(&account.pull_secrets),
        None if empty && !pod.is_pod() => Carry::Unknown,
        _ => Carry::Nothing,
    }
}
