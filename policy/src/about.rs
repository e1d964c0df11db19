//! What the policy says about itself to people and catalogues; its metadata and every file about it derive from this.

/// One sentence for lists of policies.
pub const DESCRIPTION: &str = "Finds every registry credential mistake in CI Pods and mends what is safe to mend";

/// Annotations of the metadata (`io.kubewarden.policy.*`, `io.artifacthub.*`), by key.
///
/// Not among them is what follows from the kinds, which the generator adds.
pub const ANNOTATIONS: &[(&str, &str)] = &[
    ("io.artifacthub.displayName", "Regwarden"),
    ("io.artifacthub.keywords", "ci,credentials,image pull secrets,registry,kaniko,buildkit,jenkins,tekton"),
    ("io.kubewarden.policy.author", "regwarden maintainers <regwarden@users.noreply.github.com>"),
    ("io.kubewarden.policy.category", "Secrets"),
    ("io.kubewarden.policy.description", DESCRIPTION),
    ("io.kubewarden.policy.license", env!("CARGO_PKG_LICENSE")),
    ("io.kubewarden.policy.ociUrl", "ghcr.io/regwarden/policies/regwarden"),
    ("io.kubewarden.policy.severity", "high"),
    ("io.kubewarden.policy.source", env!("CARGO_PKG_REPOSITORY")),
    ("io.kubewarden.policy.title", "regwarden"),
    ("io.kubewarden.policy.url", env!("CARGO_PKG_REPOSITORY")),
    ("io.kubewarden.policy.version", env!("CARGO_PKG_VERSION")),
];

/// An annotation; empty when there is none of that key.
#[must_use]
pub fn annotation(key: &str) -> &'static str {
    ANNOTATIONS.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value)
}
