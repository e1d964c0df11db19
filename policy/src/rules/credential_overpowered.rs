//! Rule `credential-overpowered`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text::say;

use crate::context::Context;
use crate::knowledge::opens::{Used, each_used, opened};
use crate::site::Read;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An image is pulled or pushed with the account of a registry's administrator: `admin` is that of Harbor, Nexus and
    /// Artifactory, `root` that of GitLab. Who reads the Secret, or takes over the Pod that pushes with it, owns every image of
    /// the registry. Not at the registries of providers (Docker Hub, ghcr.io, ECR, quay.io …), where such a name is one like
    /// any other. Needs `cluster: contents`; a note for the audit, as a name alone proves nothing.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: harbor}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example": {"username": "admin", "password": "x0"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets: [{name: harbor}]
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: harbor}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example": {"username": "robot$ci", "password": "x0"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets: [{name: harbor}]
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    pub(crate) CredentialOverpowered {
        id: "credential-overpowered",
        title: "a registry's administrator where a robot account belongs",
        since: "0.1.0",
        mends: Never,
        asks: [Secret, ServiceAccount],
        levels: [Off, Audit, Audit],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if context.reads() != Read::Contents {
        return;
    }
    each_used(opened(context), &mut |used| judge(used, out));
}

#[inline(never)]
fn judge<'d>(used: &Used<'_, 'd>, out: &mut Findings<'d>) {
    if let Some(root) = used.notes.root_at(used.registry) {
        let values = [used.source, used.registry, root.user, root.of];
        let message = say("Secret ^ logs in to ^ as ^, which is the name of |", &values);
        let remedy = say("make | there, and put that into the Secret", &[root.instead]);
        out.report(used.place, message, remedy).container(used.container);
    }
}
