//! Rule `cluster-unavailable`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::settings::Level;
use regwarden_sdk::text;

use crate::context::Context;
use crate::site::OnUnavailable;

regwarden_sdk::rule! {
    /// ## What it catches
    /// The settings say that the cluster is asked (`cluster: names` or `contents`), and it did not answer about a Secret or
    /// the ServiceAccount of the Pod: the policy lacks a grant, policy-server's account lacks a right, or the API server is
    /// away. What other rules would have said then is not said; nothing is guessed.
    ///
    /// `cluster: {read: names, onUnavailable: enforce}` rejects the object, `ignore` says nothing, and `warn`, the default,
    /// leaves it at the level of this rule.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: names}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor-pull
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: names}
    /// # cluster: [{kind: Secret, metadata: {name: harbor-pull}, type: kubernetes.io/dockerconfigjson}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets:
    ///     - name: harbor-pull
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    pub(crate) ClusterUnavailable {
        id: "cluster-unavailable",
        title: "the cluster did not answer what the settings want asked",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Warn, Warn],
        options: (),
    }
}

/// Speaks after all other rules, which ask.
#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let wish = context.facts.site().cluster.on_unavailable;
    if wish == OnUnavailable::Ignore {
        return;
    }
    // One finding for each, so that those after a mend, which may be more, repeat the words of those before.
    for unanswered in context.unanswered() {
        let (kind, namespace) = (unanswered.kind.word(), context.request.namespace());
        let message = if unanswered.refused {
            "the policy may not read | ^, so nothing was judged by it"
        } else {
            "the cluster did not answer about | ^, so nothing was judged by it"
        };
        let message = text::say(message, &[kind, &unanswered.name]);
        let remedy = if unanswered.refused {
            text::say(
                "grant the policy `v1` | in contextAwareResources and `kubernetes/get_resource` in hostCapabilities, and policy-server's ServiceAccount `get` on it in namespace ^; or set `cluster: off`",
                &[kind, namespace],
            )
        } else {
            "see whether policy-server reaches the API server, and try again; or set `cluster: off`".to_owned()
        };
        // The next look at a mended object may have no reason to ask.
        let draft = out.report(context.pod.spec(), message, remedy).lasting();
        if wish == OnUnavailable::Enforce {
            draft.level(Level::Enforce);
        }
    }
}
