//! Rule `credential-expiring`.

use regwarden_sdk::finding::{Draft, Findings};
use regwarden_sdk::settings::Level;
use regwarden_sdk::text::say;

use crate::context::Context;
use crate::knowledge::lifetime::{self, Expiry, Token};
use crate::knowledge::opens::{Used, each_used, opened};
use crate::site::Read;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A credential that an image is pulled or pushed with, and that ends by itself: a JSON web token with `exp` (Azure's
    /// registry tokens are such), an ECR token (12 hours), a Google access token (1 hour), a GitHub installation token (a day
    /// at most). Warns when it has ended, or ends before a build that begins now is through (an hour; a sixth of its life if
    /// that is less). Needs `cluster: contents`.
    ///
    /// A policy has no clock. The time is what the host says (`now` beside the request), else the last time that the API
    /// server wrote into the object on its way here (`metadata.managedFields`). An ECR token tells its end; of others
    /// that do not, the end is counted from the last change of the Secret. Where that cannot be told, the audit
    /// learns that such a token is in use, and nobody is warned.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: ecr, managedFields: [{time: "2026-11-20T08:00:00Z"}]}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"1.dkr.ecr.eu-west-1.amazonaws.com": {"username": "AWS", "password": "ey0"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job, managedFields: [{time: "2026-11-21T08:00:00Z"}]}
    /// spec:
    ///   imagePullSecrets: [{name: ecr}]
    ///   containers:
    ///     - {name: main, image: "1.dkr.ecr.eu-west-1.amazonaws.com/ci/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: ecr, managedFields: [{time: "2026-11-21T06:00:00Z"}]}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"1.dkr.ecr.eu-west-1.amazonaws.com": {"username": "AWS", "password": "ey0"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job, managedFields: [{time: "2026-11-21T08:00:00Z"}]}
    /// spec:
    ///   imagePullSecrets: [{name: ecr}]
    ///   containers:
    ///     - {name: main, image: "1.dkr.ecr.eu-west-1.amazonaws.com/ci/tools:1"}
    /// ```
    pub(crate) CredentialExpiring {
        id: "credential-expiring",
        title: "a registry token has ended or is about to",
        since: "0.1.0",
        mends: Never,
        asks: [Secret, ServiceAccount],
        levels: [Warn, Warn, Warn],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if context.reads() != Read::Contents {
        return;
    }
    let now = lifetime::now(context.request);
    each_used(opened(context), &mut |used| {
        if let Some(token) = used.notes.token {
            judge(used, &token, token.expiry(used.times, now), out);
        }
    });
}

#[inline(never)]
fn judge<'d>(used: &Used<'_, 'd>, token: &Token, expiry: Expiry, out: &mut Findings<'d>) {
    let (when, time) = match expiry {
        Expiry::Ended(time) => ("ended", lifetime::shown(time)),
        Expiry::Soon(time) => ("ends", lifetime::shown(time)),
        Expiry::Ends(time) => ("ends at the latest", lifetime::shown(time)),
        Expiry::Lives(seconds) => ("lives no longer than", lifetime::lasting(seconds)),
        Expiry::Later => return,
    };
    let at = if matches!(expiry, Expiry::Lives(_)) { "" } else { "on " };
    let message = say("Secret ^ holds | for ^ that | ||", &[used.source, token.what, used.registry, when, at, &time]);
    let remedy = "renew it well before its end (a CronJob, External Secrets), or use what needs no renewal: a credential provider of kubelet, a cloud's identity for the Pod, a robot account";
    let draft: Draft<'_> = out.report(used.place, message, remedy).container(used.container);
    if !matches!(expiry, Expiry::Ended(_) | Expiry::Soon(_)) {
        draft.level(Level::Audit);
    }
}
