//! Rule `registry-mirror`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::json::write;
use regwarden_sdk::text;

use crate::context::Context;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An image from a registry that the settings send to a `mirror`, as where nodes cannot reach the Internet. The mend
    /// puts the whole path of the image behind the mirror: with `harbor.corp.example/hub` for `docker.io` the image `nginx`
    /// becomes `harbor.corp.example/hub/library/nginx`. The most specific entry decides, so one for `docker.io/team` without
    /// a mirror keeps those images where they are. An image below any mirror of the settings stays, as do placeholders and
    /// the `drone/placeholder` by which Drone knows that a step has not begun.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: docker.io, mirror: harbor.corp.example/hub}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: maven:3-eclipse-temurin-21
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: docker.io, mirror: harbor.corp.example/hub}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: harbor.corp.example/hub/library/maven:3-eclipse-temurin-21
    /// ```
    ///
    /// ## Fix safety
    /// Tag and digest are kept, so it is the same image as long as the mirror is one. `pull-secret-missing` adds the
    /// mirror's secret in the same go. Nothing is rewritten twice.
    pub(crate) RegistryMirror {
        id: "registry-mirror",
        title: "image comes from a registry that has a mirror",
        since: "0.1.0",
        mends: Always,
        levels: [Warn, Warn, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for image in context.images() {
        let Some(sent) = image.sent() else { continue };
        let Parsed::Reference(reference) = image::parse(image.written()) else { continue };
        let message = text::say("image ^ comes from ^, which has a mirror", &[image.written(), reference.domain()]);
        let remedy = text::say("write `|`", &[&text::shorten(sent, 400)]);
        let container = image.container;
        let pointer = out.pointer((container.node(), "image"));
        out.report((container.node(), "image"), message, remedy)
            .container(container.name())
            .mend(Edit::set(pointer, write::string(sent)));
    }
}
