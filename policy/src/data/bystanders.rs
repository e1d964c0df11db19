//! Containers that stand beside builders in CI Pods: which only carry messages or sources, which read images, and by what a
//! client of the Kubernetes API is known.
//!
//! Sources, read 2026-11: jenkinsci/kubernetes-plugin `PodTemplateBuilder.java` (inbound-agent); gitlab-runner
//! `executors/kubernetes` (helper image); woodpecker-ci/plugin-git; drone/drone-git; tektoncd/pipeline `cmd` (entrypoint,
//! nop, workingdirinit); the clients by their own names. argoexec, ARC's runner with container hooks and buildkit's
//! `kube-pod://` talk to the API.

use regwarden_sdk::image::Reference;
use regwarden_sdk::text;

/// Last components of images of agents and helpers that neither build nor talk to the API.
const HELPERS: &str = "jenkins/inbound-agent|jenkins/jnlp-slave|jenkins/jnlp-agent|gitlab-runner/gitlab-runner-helper|gitlab/gitlab-runner-helper|\
    woodpeckerci/plugin-git|plugin-git|drone/git|alpine/git|alpine-git|bitnami/git|pipeline/cmd/entrypoint|pipeline/cmd/nop|pipeline/cmd/workingdirinit|\
    entrypoint-bff0a22da108bc2f16c818c97641a296|nop-8eac7c133edad5df719dc37b36b62482|workingdirinit-0c558922ec6a1b739e550e349f2d5fc1";

/// Tools that read images and need the right to pull them.
const READERS: &str = "trivy grype syft snyk clair notation helm regctl regsync dive cosign";

/// Programs that talk to the Kubernetes API, besides those with `kube` in their names.
const CLIENTS: &str = "helm helmfile argocd flux kustomize terraform tofu terragrunt oc tkn argo argoexec skaffold kapp kn istioctl velero ansible \
    ansible-playbook pulumi eksctl k9s stern werf garden tilt devspace vault kapitan cdk8s crossplane";

/// Variables that only such a client has a use for.
const VARIABLES: &str = "KUBECONFIG KUBE_CONFIG KUBERNETES_MASTER ACTIONS_RUNNER_CONTAINER_HOOKS ACTIONS_RUNNER_POD_NAME \
    ARGO_CONTAINER_NAME";

fn is_among(word: &str, list: &str) -> bool {
    list.split(' ').any(|entry| entry == word)
}

/// An agent or a helper.
pub(crate) fn is_helper(image: &Reference<'_>) -> bool {
    let path = image.path().to_cow();
    let ends = |end: &str| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    HELPERS.split('|').any(ends)
}

/// An image from Docker Hub's own library: languages, tools and systems, no client of the API among them.
pub(crate) fn is_library(image: &Reference<'_>) -> bool {
    image.domain() == "docker.io" && image.path().starts_with("library")
}

/// A program, or the last component of an image, that reads images.
pub(crate) fn reads_images(name: &str) -> bool {
    is_among(name, READERS)
}

/// Does a variable of this name, or a text in which one of the programs stands, speak for a client of the API?
pub(crate) fn is_client_variable(name: &str) -> bool {
    is_among(name, VARIABLES)
}

/// See [`is_client_variable`].
#[inline(never)]
pub(crate) fn names_client(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    text::contains(text, "kube")
        || text::contains(text, "serviceaccount")
        || text.split(|c: char| !c.is_ascii() || !word(c as u8)).any(|part| is_among(part, CLIENTS))
}
