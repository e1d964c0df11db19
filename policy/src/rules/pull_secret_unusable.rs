//! Rule `pull-secret-unusable`.

use regwarden_sdk::finding::{Findings, Place};
use regwarden_sdk::settings::Profile;
use regwarden_sdk::text::say;

use crate::cluster::{ForKubelet, Seen};
use crate::context::{Context, Listed};
use crate::rules::docker_secret_malformed::key::named;
use crate::site::Read;

mod image;

regwarden_sdk::rule! {
    /// ## What it catches
    /// Pull secrets of the Pod, or of its ServiceAccount, that kubelet cannot use as they lie in the cluster. With
    /// `cluster: names`: the Secret does not exist, or its type is one that kubelet passes over. With `cluster: contents`
    /// also: its document cannot be decoded, for which kubelet pulls nothing at all for the Pod; its entry for an image
    /// is empty or a placeholder; all Secrets can be read, and none has an entry for an image that needs one.
    ///
    /// An image needs one when the settings give its registry `pull: {secret: …}` or `{serviceAccount: true}`. Where they do
    /// not say, and the host is no well-known public or cluster-internal one, the rule warns. It also only warns
    /// when every image is pulled without the Secret, and, but for `profile: strict`, about a Secret that does not exist:
    /// it may be made a moment later. With `cluster: off` the rule says nothing.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: names}
    /// # cluster: [{kind: Secret, metadata: {name: harbor}, type: kubernetes.io/basic-auth}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: names}
    /// # cluster: [{kind: Secret, metadata: {name: harbor}, type: kubernetes.io/dockerconfigjson}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    pub(crate) PullSecretUnusable {
        id: "pull-secret-unusable",
        title: "a pull secret is missing in the cluster, or kubelet cannot use it",
        since: "0.1.0",
        mends: Never,
        asks: [Secret, ServiceAccount],
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

const MAKE: &str =
    "make it with `kubectl create secret docker-registry | --docker-server=… --docker-username=… --docker-password=…`";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if context.reads() == Read::Off {
        return;
    }
    let pulls = context.pulls();
    if pulls.secrets.is_empty() {
        return;
    }
    let needs = image::Needs::of(context);
    for listed in &pulls.secrets {
        secret(context, listed, &needs, out);
    }
    image::check(context, &needs, out);
}

/// What is wrong with one Secret, whatever the images are.
#[inline(never)]
fn secret<'d>(context: &Context<'d>, listed: &Listed<'d>, needs: &image::Needs, out: &mut Findings<'d>) {
    let name = listed.name.as_str();
    let Some((message, sure)) = fault(context, listed, needs) else { return };
    let place: Place<'d> = match listed.entry {
        Some(entry) => (entry, "name").into(),
        None => (context.pod.spec(), "serviceAccountName").into(),
    };
    let mut draft = out.report(place, message, say(MAKE, &[name]));
    // A mend may carry the account's list over into the Pod, which makes none of its Secrets better.
    if listed.entry.is_none() {
        draft = draft.lasting();
    }
    if !sure {
        draft.unsure();
    }
}

/// What to say about it, and whether some image will miss it.
#[inline(never)]
fn fault(context: &Context<'_>, listed: &Listed<'_>, needs: &image::Needs) -> Option<(String, bool)> {
    let name = listed.name.as_str();
    if let Seen::Absent = listed.seen {
        let message = say("pull secret ^ does not exist in namespace ^", &[name, context.request.namespace()]);
        let sure = needs.any && context.facts.site().profile == Profile::Strict;
        return (!needs.all_served).then_some((message, sure));
    }
    let secret = listed.seen.found()?;
    if secret.format().is_none() {
        let message = say("pull secret ^ is of type ^, which kubelet passes over", &[name, &secret.kind]);
        return Some((message, needs.any));
    }
    match secret.kubelet.as_ref()? {
        ForKubelet::NoKey(key) => {
            Some((say("pull secret ^ has nothing under ^, so kubelet passes over it", &[name, key]), needs.any))
        }
        ForKubelet::Malformed { entry, reason } => {
            const END: &str = "for which kubelet pulls no image of the Pod";
            let message = if entry.is_empty() {
                say("the docker config in pull secret ^ |, |", &[name, reason, END])
            } else {
                say("in pull secret ^, | |, |", &[name, &named(entry), reason, END])
            };
            Some((message, true))
        }
        _ => None,
    }
}
