//! Rule `credential-shadowed`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text::{contains, say};

use crate::context::Context;
use crate::knowledge::opens::kept::{Opens, Pull, Push, Tried};
use crate::knowledge::opens::opened;
use crate::resolution::{Candidate, State};
use crate::site::Read;

regwarden_sdk::rule! {
    /// ## What it catches
    /// Two credentials for one image or one push, and which of them wins; with `cluster: contents`. kubelet tries all entries
    /// that cover an image, the longest key first, whichever Secret it is in, and equal keys in the order of
    /// `imagePullSecrets`: an old robot account with a longer key comes before the new one. docker, Kaniko, crane and ko take
    /// one entry a host and know no paths: where a Secret has entries for `host` and `host/project`, they push everything with
    /// the first. A note for the audit: several credentials are often meant.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: new}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example": {"auth": "dTpw"}}}'}}, {kind: Secret, metadata: {name: old}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example/ci": {"auth": "djpw"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets: [{name: new}, {name: old}]
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: new}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example": {"auth": "dTpw"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   imagePullSecrets: [{name: new}]
    ///   containers:
    ///     - {name: main, image: "harbor.corp.example/ci/tools:1"}
    /// ```
    pub(crate) CredentialShadowed {
        id: "credential-shadowed",
        title: "several credentials serve one image or push",
        since: "0.1.0",
        mends: Never,
        asks: [Secret, ServiceAccount],
        levels: [Off, Audit, Audit],
        options: (),
    }
}

/// More findings than this help nobody.
const MOST: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if context.reads() != Read::Contents {
        return;
    }
    let Opens { pulls, pushes, .. } = opened(context);
    let mut told = Vec::new();
    for pull in pulls {
        if let Some((first, next)) = pair(&pull.tried) {
            pulled(pull, first, next, &mut told, out);
        }
    }
    for push in pushes {
        if let Some((first, next)) = pair(&push.tried) {
            pushed(push, first, next, &mut told, out);
        }
    }
}

/// What is used, and what comes next.
#[inline(never)]
fn pair<'p>(tried: &'p [Tried<'_>]) -> Option<(&'p Candidate, &'p Candidate)> {
    let mut used = None;
    for tried in tried {
        match (&tried.candidate.state, used) {
            (State::Used, _) => used = Some(&tried.candidate),
            (State::Shadowed, Some(used)) if !tried.candidate.source.is_empty() => {
                return Some((used, &tried.candidate));
            }
            _ => {}
        }
    }
    None
}

#[inline(never)]
fn pulled<'d>(pull: &Pull<'d>, first: &Candidate, next: &Candidate, told: &mut Vec<String>, out: &mut Findings<'d>) {
    let message = say(
        "kubelet tries entry ^ of Secret ^ first for images of ^, and entry ^ of Secret ^ only if that is refused",
        &[&first.key, &first.source, &pull.registry, &next.key, &next.source],
    );
    if told.len() >= MOST || told.contains(&message) {
        return;
    }
    told.push(message.clone());
    let remedy = if first.key == next.key {
        "keep one of the two entries, or list the Secret that shall win first"
    } else {
        "remove the entry that is not meant; of two keys the longer one wins whatever the order of the Secrets"
    };
    out.report((pull.container.node(), "image"), message, remedy).container(pull.container.name());
}

#[inline(never)]
fn pushed<'d>(push: &Push<'d>, first: &Candidate, next: &Candidate, told: &mut Vec<String>, out: &mut Findings<'d>) {
    let host = first.key.strip_prefix("https://").unwrap_or(&first.key);
    let values = [push.tool, first.key.as_str(), &first.source, &push.registry, &next.key];
    let message = if contains(host, "/") && !host.ends_with("/v1/") && !host.ends_with("/v2/") {
        say("| knows no paths in keys and takes either entry ^ of Secret ^ for ^ or entry ^", &values)
    } else {
        say("| takes entry ^ of Secret ^ for all of ^ and passes over entry ^, whose path it does not know", &values)
    };
    if told.len() >= MOST || told.contains(&message) {
        return;
    }
    told.push(message.clone());
    let remedy = "give each build a docker config with one entry for the host, with the account that shall push";
    out.report(push.place, message, remedy).container(push.container.name());
}
