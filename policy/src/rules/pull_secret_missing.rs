//! Rule `pull-secret-missing`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::write;
use regwarden_sdk::text;

use crate::context::Context;
use crate::facts::Effective;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container's image lies in a registry for which the settings name a pull secret, and the Pod does not list it in
    /// `imagePullSecrets`. Kubelet then pulls without credentials and the Pod ends in `ImagePullBackOff`. An image that
    /// `registry-mirror` rewrites needs the secret of the mirror.
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
    /// known: then its secrets are carried over. A list that has entries is extended everywhere.
    pub(crate) PullSecretMissing {
        id: "pull-secret-missing",
        title: "image needs a pull secret that the Pod does not list",
        since: "0.1.0",
        mends: Sometimes,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// What stands in the way of appending to the list, or what else must be appended.
enum Carry {
    /// Append and nothing more.
    Nothing,
    /// The ServiceAccount's secrets first.
    Account(Vec<String>),
    /// The ServiceAccount is not known.
    Unknown,
    /// The ServiceAccount lets only its own secrets be used.
    Locked,
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    let mut carry = None;
    for image in context.images() {
        let Some(secret) = image.registry().and_then(Effective::pull_secret) else {
            continue;
        };
        if context.lists(secret) {
            continue;
        }
        let carry = carry.get_or_insert_with(|| carry_over(context));
        let inherited = if let Carry::Account(names) = &*carry { names.as_slice() } else { &[] };
        if inherited.iter().any(|name| name == secret) {
            continue;
        }
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
                for name in inherited {
                    draft = draft.mend(appended(&list, name));
                }
                draft.mend(appended(&list, secret));
            }
        }
    }
}

fn appended(list: &str, name: &str) -> Edit {
    Edit::append(list, write::object(&[("name", &write::string(name))]))
}

#[inline(never)]
fn carry_over(context: &Context<'_>) -> Carry {
    let pod = context.pod;
    let empty = pod.pull_secrets().next().is_none();
    if pod.is_pod() || !empty {
        return Carry::Nothing;
    }
    match context.account().found() {
        Some(account) if account.only_listed => Carry::Locked,
        Some(account) => Carry::Account(account.pull_secrets.clone()),
        None => Carry::Unknown,
    }
}
