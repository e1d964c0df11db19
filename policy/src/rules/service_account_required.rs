//! Rule `service-account-required`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::write;
use regwarden_sdk::text;

use crate::context::Context;
use crate::context::account::{DEFAULT, has_token_secret, wanted};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Pod that runs under another ServiceAccount than the settings give it (`serviceAccount` of the pipeline that selects
    /// it, or of all): it gets another one's pull secrets and rights. Pipelines select by namespace, label, name and
    /// container, so Pods that an engine makes on the fly are covered. Where the settings name none, a Pod that runs under
    /// `default`, which all Pods of the namespace share.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {pipelines: [{name: agents, selector: {names: ["agent-*"]}, serviceAccount: jenkins-agent}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {generateName: agent-}
    /// spec:
    ///   serviceAccountName: jenkins
    ///   containers:
    ///     - {name: jnlp, image: "jenkins/inbound-agent:3283.v92c105e0f819-4"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {pipelines: [{name: agents, selector: {names: ["agent-*"]}, serviceAccount: jenkins-agent}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {generateName: agent-}
    /// spec:
    ///   serviceAccountName: jenkins-agent
    ///   containers:
    ///     - {name: jnlp, image: "jenkins/inbound-agent:3283.v92c105e0f819-4"}
    /// ```
    ///
    /// ## Fix safety
    /// Only where the settings name the account; the old spelling `serviceAccount` is set too where it is present. The API
    /// server runs its ServiceAccount plugin again on what a webhook changed: an empty `imagePullSecrets` gets the new
    /// account's, a filled one stays. Its token volumes are issued for the account by name and go on working; a volume with
    /// an old token Secret (`NAME-token-xxxxx`) does not, so such a Pod is only reported.
    pub(crate) ServiceAccountRequired {
        id: "service-account-required",
        title: "the Pod runs under the wrong ServiceAccount or under `default`",
        since: "0.1.0",
        mends: Sometimes,
        levels: [Off, Audit, Enforce],
        options: (),
    }
}

const FIELD: &str = "serviceAccountName";
/// The spelling from before it; the API server keeps both equal, and this one counts where the other is missing.
const OLD_FIELD: &str = "serviceAccount";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let spec = context.pod.spec();
    let account = context.pod.service_account();
    if let Some(wanted) = wanted(context) {
        let account = account.unwrap_or(DEFAULT);
        let message = match context.facts.pipeline.filter(|pipeline| pipeline.service_account.is_some()) {
            Some(pipeline) => text::say(
                "the Pod runs under ServiceAccount ^, and pipeline ^ runs under ^",
                &[account, &pipeline.name, wanted],
            ),
            None => text::say(
                "the Pod runs under ServiceAccount ^, and the settings have it run under ^",
                &[account, wanted],
            ),
        };
        let remedy = text::say("set `serviceAccountName: |`", &[wanted]);
        let (pointer, old) = (out.pointer((spec, FIELD)), spec.get(OLD_FIELD).map(|old| out.pointer(old)));
        let mut draft = out.report((spec, FIELD), message, remedy);
        if !has_token_secret(context) {
            let value = write::string(wanted);
            if let Some(old) = old {
                draft = draft.mend(Edit::set(old, value.as_str()));
            }
            draft.mend(Edit::set(pointer, value));
        }
    } else if context.facts.service_account.is_none() && account.is_none_or(|account| account == DEFAULT) {
        out.report(
            (spec, FIELD),
            "the Pod runs under the ServiceAccount `default`, which every Pod of the namespace shares",
            "make a ServiceAccount for this job and name it in `serviceAccountName`",
        );
    }
}
