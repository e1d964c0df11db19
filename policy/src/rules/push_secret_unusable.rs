//! Rule `push-secret-unusable`.

use regwarden_sdk::docker_config::kubelet::Format;
use regwarden_sdk::finding::{Findings, Place};
use regwarden_sdk::json::Node;
use regwarden_sdk::text::{contains, say};

use crate::context::Context;
use crate::data::builders::Lookup;
use crate::knowledge::opens::kept::{Push, Tried};
use crate::knowledge::opens::{key_to_write, opened};
use crate::resolution::{Provider, State, Verdict};
use crate::site::Read;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Secret that is mounted as the docker config of a builder (Kaniko, Buildah, BuildKit, docker, Skopeo, crane, ko …) and
    /// is of no use to its push. With `cluster: names`: the Secret does not exist. With `cluster: contents` also: it lacks the
    /// key that the volume shows; the tool cannot decode the document; no entry is for the registry; the entry is empty or a
    /// placeholder; or its key is one that only kubelet takes. Kaniko, docker, crane and ko know no patterns, and for Docker Hub
    /// only `https://index.docker.io/v1/`. Each tool is judged by its own rules of reading.
    ///
    /// Silent where credentials may come from elsewhere (variables, a login, a cloud's identity) or the registry wants
    /// none. Only warns of a Secret that does not exist, as it may be made a moment later, and of a missing entry where
    /// neither a push Secret in the settings nor the host (Docker Hub, ghcr.io, quay.io …) says that one is needed.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: push}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"*.corp.example": {"auth": "dTpw"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=harbor.corp.example/team/app:1.4.2"]
    ///       volumeMounts:
    ///         - {name: docker-config, mountPath: /kaniko/.docker}
    ///   volumes:
    ///     - name: docker-config
    ///       secret: {secretName: push, items: [{key: .dockerconfigjson, path: config.json}]}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {cluster: contents}
    /// # cluster: [{kind: Secret, metadata: {name: push}, type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{"auths": {"harbor.corp.example": {"auth": "dTpw"}}}'}}]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=harbor.corp.example/team/app:1.4.2"]
    ///       volumeMounts:
    ///         - {name: docker-config, mountPath: /kaniko/.docker}
    ///   volumes:
    ///     - name: docker-config
    ///       secret: {secretName: push, items: [{key: .dockerconfigjson, path: config.json}]}
    /// ```
    pub(crate) PushSecretUnusable {
        id: "push-secret-unusable",
        title: "a builder's docker config is missing in the cluster, or of no use to its push",
        since: "0.1.0",
        mends: Never,
        asks: [Secret, ServiceAccount],
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// A finding to be.
struct Fault {
    message: String,
    remedy: String,
    sure: bool,
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if context.reads() == Read::Off {
        return;
    }
    // Destinations of one registry have one fault together.
    let mut told: Vec<(Node<'d>, String)> = Vec::new();
    for push in &opened(context).pushes {
        for tried in &push.tried {
            let Some(source) = tried.place.filter(|_| tried.candidate.provider == Provider::SecretVolume) else {
                continue;
            };
            let Some(fault) = fault(context, push, tried) else { continue };
            if told.iter().any(|(place, message)| *place == source && *message == fault.message) {
                continue;
            }
            told.push((source, fault.message.clone()));
            let key = if source.get("secretName").is_some() { "secretName" } else { "name" };
            let place: Place<'d> = (source, key).into();
            let draft = out.report(place, fault.message, fault.remedy).container(push.container.name());
            if !fault.sure {
                draft.unsure();
            }
        }
    }
}

#[inline(never)]
fn fault(context: &Context<'_>, push: &Push<'_>, tried: &Tried<'_>) -> Option<Fault> {
    let candidate = &tried.candidate;
    let (name, tool, registry) = (candidate.source.as_str(), push.tool, push.registry.as_str());
    let lookup = push.lookup.unwrap_or(Lookup::Docker);
    let write = key_to_write(lookup, registry);
    let entry = || say("give it an entry ^ with an account that may push there", &[write]);
    let fault = |message, remedy, sure| Some(Fault { message, remedy, sure });
    // These two keep the Pod from starting, whatever else there is.
    match &candidate.state {
        State::Absent => {
            return fault(
                say(
                    "Secret ^, where | reads its docker config, does not exist in namespace ^",
                    &[name, tool, context.request.namespace()],
                ),
                say(
                    "make it with `kubectl create secret docker-registry | --docker-server=| --docker-username=… --docker-password=…`",
                    &[name, write],
                ),
                false,
            );
        }
        State::NoKey(key) if tried.sure => {
            return fault(
                say("Secret ^ has no key ^, which its volume shows to |", &[name, key, tool]),
                "let `items` name a key that the Secret has, or write the docker config under this one".to_owned(),
                true,
            );
        }
        _ => {}
    }
    if !matches!(push.verdict, Verdict::Anonymous | Verdict::Refused) {
        return None;
    }
    match &candidate.state {
        // That a docker-registry Secret shows its file under another name is what `builder-config-path` is about.
        State::NoKey(key) if !is_docker_registry(context, name) => fault(
            say("Secret ^ has no key ^, which | reads as its docker config", &[name, key, tool]),
            say("write the docker config under the key ^, or show another key there by `items`", &[key]),
            push.sure,
        ),
        State::Malformed(what) => fault(
            say("the docker config in Secret ^ |, so | has no credentials for ^", &[name, what, tool, registry]),
            "write it as `kubectl create secret docker-registry` does".to_owned(),
            push.sure,
        ),
        State::NoEntry => fault(
            say("Secret ^ has no entry for ^, to which | pushes", &[name, registry, tool]),
            entry(),
            push.sure && push.needs,
        ),
        State::KeyNotUnderstood(key) => fault(
            say("| does not take entry ^ of Secret ^ for ^, as kubelet would", &[tool, &candidate.key, name, registry]),
            say("write the entry under the key ^ as well", &[key]),
            push.sure,
        ),
        State::Empty => {
            let what = if contains(&candidate.key, "…") { "an entry" } else { candidate.key.as_str() };
            let (message, remedy) = if lookup == Lookup::Containers {
                (
                    "entry ^ of Secret ^ holds nothing that | reads, so it pushes as nobody",
                    "give it `auth` with base64 of `user:password`; `username` and `password` it does not read",
                )
            } else {
                (
                    "entry ^ of Secret ^ is empty or a placeholder, so | pushes as nobody",
                    "give it `username` and `password`, or `auth` with base64 of `user:password`",
                )
            };
            fault(say(message, &[what, name, tool]), remedy.to_owned(), push.sure && tried.sure)
        }
        _ => None,
    }
}

/// Is the Secret of the type that `kubectl create secret docker-registry` makes?
fn is_docker_registry(context: &Context<'_>, name: &str) -> bool {
    context.secret(name).found().is_some_and(|secret| secret.format() == Some(Format::Config))
}
