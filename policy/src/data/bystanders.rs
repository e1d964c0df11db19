//! Containers that stand beside builders in CI Pods: which only carry messages or sources, which read images, and by what a
//! client of the Kubernetes API is known.
//!
//! Sources, read 2026-11: jenkinsci/kubernetes-plugin `PodTemplateBuilder.java` (inbound-agent); gitlab-runner
//! `executors/kubernetes` (helper image); woodpecker-ci/plugin-git; drone/drone-git; the clients by their own
//! names. argoexec, ARC's runner with container hooks and buildkit's `kube-pod://` talk to the API.

use regwarden_sdk::image::Reference;
use regwarden_sdk::text;

use crate::knowledge::words;

/// Last components of images of agents and helpers that neither build nor talk to the API.
const HELPERS: &str = "jenkins/inbound-agent jenkins/jnlp-slave gitlab-runner/gitlab-runner-helper gitlab/gitlab-runner-helper \
    woodpeckerci/plugin-git drone/git alpine/git";

/// Tools that read images and need the right to pull them.
const READERS: &str = "trivy grype syft snyk clair notation helm regctl regsync dive cosign";

/// Programs that talk to the Kubernetes API, besides those with `kube` in their names.
const CLIENTS: &str = "helm helmfile argocd flux kustomize terraform tofu terragrunt oc tkn argo argoexec skaffold kapp \
    kn istioctl velero ansible pulumi eksctl k9s stern werf garden tilt devspace vault kapitan cdk8s crossplane";

/// How the variables begin that only such a client has a use for.
const VARIABLES: &str = "KUBE ACTIONS_RUNNER_ ARGO_";

/// An agent or a helper.
pub(crate) fn is_helper(image: &Reference<'_>) -> bool {
    let path = image.path().to_cow();
    words::ends_in_any(&path, HELPERS)
}

/// An image from Docker Hub's own library: languages, tools and systems, no client of the API among them.
pub(crate) fn is_library(image: &Reference<'_>) -> bool {
    image.domain() == "docker.io" && image.path().starts_with("library/")
}

/// Does a text, or the last component of an image, name a tool that reads images?
pub(crate) fn reads_images(text: &str) -> bool {
    words::has_any(text, READERS)
}

/// Does a variable of this name, or a text in which one of the programs stands, speak for a client of the API?
pub(crate) fn is_client_variable(name: &str) -> bool {
    words::begins_any(name, VARIABLES)
}

/// See [`is_client_variable`].
pub(crate) fn names_client(text: &str) -> bool {
    text::contains(text, "kube") || text::contains(text, "serviceaccount") || words::has_any(text, CLIENTS)
}
