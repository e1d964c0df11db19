//! How the Pods of CI engines are recognised.
//!
//! Sources, read 2026-11: jenkinsci/kubernetes-plugin `PodTemplate.java`, `PodTemplateBuilder.java`; woodpecker-ci/woodpecker
//! `pipeline/backend/kubernetes`; drone-runners/drone-runner-kube `engine/convert.go`; tektoncd/pipeline `pkg/pod/pod.go`;
//! argoproj/argo-workflows `workflow/controller/workflowpod.go`; gitlab-runner `executors/kubernetes/kubernetes.go`;
//! actions/actions-runner-controller; buildkite/agent-stack-k8s; kubero-dev/kubero-operator; Shuffle/Shuffle
//! `backend/go-app/docker.go`; GoogleContainerTools/skaffold; shipwright-io/build; buildpacks-community/kpack.

use regwarden_sdk::view::PodView;

regwarden_sdk::choice! {
    /// A CI engine.
    pub enum Engine {
        /// Every Pod, whoever made it.
        Any = "any",
        /// Jenkins kubernetes-plugin.
        Jenkins = "jenkins",
        /// Woodpecker.
        Woodpecker = "woodpecker",
        /// Drone runner-kube.
        Drone = "drone",
        /// Tekton Pipelines.
        Tekton = "tekton",
        /// Argo Workflows.
        Argo = "argo",
        /// GitLab Runner.
        Gitlab = "gitlab",
        /// GitHub Actions Runner Controller.
        Github = "github",
        /// Buildkite agent-stack.
        Buildkite = "buildkite",
        /// Kubero.
        Kubero = "kubero",
        /// Shuffle.
        Shuffle = "shuffle",
        /// Skaffold's in-cluster builds.
        Skaffold = "skaffold",
        /// Shipwright.
        Shipwright = "shipwright",
        /// kpack.
        Kpack = "kpack",
    }
}

/// A label or annotation by which a Pod is recognised; the key may end in `*`.
struct Mark {
    engine: Engine,
    key: &'static str,
    /// `None`: any value.
    value: Option<&'static str>,
}

const fn mark(engine: Engine, key: &'static str, value: Option<&'static str>) -> Mark {
    Mark { engine, key, value }
}

/// Labels first of all: they are what engines use to find their own Pods again.
const MARKS: &[Mark] = &[
    mark(Engine::Jenkins, "jenkins", Some("slave")),
    mark(Engine::Jenkins, "jenkins/label", None),
    mark(Engine::Jenkins, "kubernetes.jenkins.io/controller", None),
    mark(Engine::Jenkins, "kubernetes.jenkins.io/last-refresh", None),
    mark(Engine::Woodpecker, "woodpecker-ci.org/*", None),
    mark(Engine::Drone, "io.drone*", None),
    mark(Engine::Tekton, "tekton.dev/*", None),
    mark(Engine::Tekton, "app.kubernetes.io/managed-by", Some("tekton-pipelines")),
    mark(Engine::Argo, "workflows.argoproj.io/*", None),
    mark(Engine::Gitlab, "job.runner.gitlab.com/*", None),
    mark(Engine::Gitlab, "project.runner.gitlab.com/*", None),
    mark(Engine::Gitlab, "manager.runner.gitlab.com/*", None),
    mark(Engine::Github, "actions-ephemeral-runner", Some("True")),
    mark(Engine::Github, "actions.github.com/*", None),
    mark(Engine::Github, "actions-runner", None),
    mark(Engine::Github, "actions-runner-controller/*", None),
    mark(Engine::Buildkite, "buildkite.com/*", None),
    mark(Engine::Kubero, "kuberoapp", None),
    mark(Engine::Kubero, "kuberopipeline", None),
    mark(Engine::Shuffle, "managed-by", Some("shuffle-worker")),
    mark(Engine::Skaffold, "skaffold-kaniko", None),
    mark(Engine::Shipwright, "build.shipwright.io/*", None),
    mark(Engine::Shipwright, "buildrun.shipwright.io/*", None),
    mark(Engine::Kpack, "kpack.io/build", None),
];

/// Prefixes of object names, for engines whose labels may be missing.
const NAMES: &[(Engine, &str)] = &[
    (Engine::Woodpecker, "wp-"),
    (Engine::Drone, "drone-"),
    (Engine::Shuffle, "shuffle-app-builder"),
    (Engine::Skaffold, "kaniko-"),
];

/// Was this Pod, or this workload's, made by the engine?
pub(crate) fn made_by(engine: Engine, pod: PodView<'_>) -> bool {
    if engine == Engine::Any {
        return true;
    }
    for (key, value) in pod.labels() {
        if is_mark(engine, key, Some(value)) {
            return true;
        }
    }
    for (key, value) in pod.annotations() {
        if is_mark(engine, key, value.as_str()) {
            return true;
        }
    }
    for (owner, prefix) in NAMES {
        if *owner == engine && pod.name().starts_with(prefix) {
            return true;
        }
    }
    if engine == Engine::Jenkins {
        for container in pod.containers() {
            if container.env_var("JENKINS_AGENT_NAME").is_some() {
                return true;
            }
        }
    }
    false
}

#[inline(never)]
fn is_mark(engine: Engine, key: &str, value: Option<&str>) -> bool {
    for mark in MARKS {
        let same = mark.engine == engine
            && match mark.key.strip_suffix('*') {
                Some(prefix) => key.starts_with(prefix),
                None => key == mark.key,
            };
        if same && mark.value.is_none_or(|expected| value == Some(expected)) {
            return true;
        }
    }
    false
}
