//! Rule `registry-not-allowed`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;

use crate::context::Context;

regwarden_sdk::rule! {
    /// ## What it catches
    /// With `allowOnlyListed: true` in the settings: an image that comes from a registry which is neither in `registries`
    /// (of the settings, or of the Pod's pipeline) nor a mirror. The image is judged by what its name resolves to: `nginx` is
    /// `docker.io/library/nginx`, and `internal/app` lies on Docker Hub too, because `internal` is no host. An entry with a
    /// path (`ghcr.io/org`) allows that path. An image that `registry-mirror` rewrites counts as what it becomes;
    /// placeholders are left alone.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {allowOnlyListed: true, registries: [{registry: harbor.corp.example}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: internal/app:1
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {allowOnlyListed: true, registries: [{registry: harbor.corp.example}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: harbor.corp.example/internal/app:1
    /// ```
    pub(crate) RegistryNotAllowed {
        id: "registry-not-allowed",
        title: "image comes from a registry that the settings do not list",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    if !context.facts.allow_only_listed {
        return;
    }
    for image in context.images() {
        if image.registry().is_some() {
            continue;
        }
        let Some(name) = image.named() else { continue };
        let path = name.path().to_cow();
        if context.mirrors().over(&text::concat(&[name.domain(), "/", &path])).is_some() {
            continue;
        }
        // The few names without a host are read as they stand.
        let full =
            if name.domain().is_empty() { path.into_owned() } else { text::concat(&[name.domain(), "/", &path]) };
        let message = text::say("image ^ is ^, and the settings do not list that registry", &[image.pulled(), &full]);
        let container = image.container;
        out.report(
            (container.node(), "image"),
            message,
            "take the image from a registry that the settings list, or have its registry listed there",
        )
        .container(container.name());
    }
}
