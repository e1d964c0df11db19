//! The images of a Pod: as they are written, and from where they will really be pulled.

use regwarden_sdk::image::{self, Parsed, Reference};
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

use super::Context;
use crate::facts::Effective;

/// The image of every step that Drone has not begun yet.
const STAND_IN: &str = "drone/placeholder";

/// The image of one container.
#[derive(Debug)]
pub(crate) struct Image<'d> {
    /// Whose it is.
    pub(crate) container: Container<'d>,
    written: &'d str,
    sent: Option<String>,
    rewritten: bool,
    registry: Option<Effective<'d>>,
}

impl<'d> Image<'d> {
    /// As it is written; empty when the container has none.
    pub(crate) fn written(&self) -> &'d str {
        self.written
    }

    /// What the settings send it to: its place below a mirror. `None` when it may stay.
    pub(crate) fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// What will be pulled: the place below the mirror when this request rewrites the image, else what is written.
    /// Messages name the image so, because they must read alike before and after the mend.
    pub(crate) fn pulled(&self) -> &str {
        match &self.sent {
            Some(sent) if self.rewritten => sent,
            _ => self.written,
        }
    }

    /// The repository that will be pulled, as far as it is certain; `None` for placeholders and what cannot be read.
    #[inline(never)]
    pub(crate) fn named(&self) -> Option<Reference<'_>> {
        image::parse(self.pulled()).named()
    }

    /// Another image takes its place when the step begins, by an update of the Pod (drone-runner-kube `engine/convert.go`).
    pub(crate) fn comes_later(&self) -> bool {
        text::contains(self.written, STAND_IN)
    }

    /// The registry of the settings from which it will be pulled.
    pub(crate) fn registry(&self) -> Option<&Effective<'d>> {
        self.registry.as_ref()
    }
}

/// The images of all containers, in their order.
#[inline(never)]
pub(super) fn all<'d>(context: &Context<'d>) -> Vec<Image<'d>> {
    let mut images = Vec::new();
    for container in context.pod.containers() {
        let written = container.image().unwrap_or_default();
        let mut image = Image { container, written, sent: None, rewritten: false, registry: None };
        let parsed = image::parse(written);
        image.registry = parsed.named().and_then(|name| context.facts.registry(&name)).copied();
        // A placeholder may turn out to be anything, so it stays.
        if let (Parsed::Reference(reference), Some(mirror)) = (parsed, image.registry.and_then(|entry| entry.mirror)) {
            image.sent = send(context, &reference, mirror);
        }
        if let Some(sent) = &image.sent
            && context.mending.image(context.request, context.pod, written)
        {
            let registry = image::parse(sent).named().and_then(|name| context.facts.registry(&name)).copied();
            image.rewritten = true;
            image.registry = registry;
        }
        images.push(image);
    }
    images
}

/// The place of an image below a mirror, with tag and digest kept.
#[inline(never)]
fn send(context: &Context<'_>, image: &Reference<'_>, mirror: &str) -> Option<String> {
    let path = image.path().to_cow();
    // Drone's runner waits until a step has another image than its placeholder (drone-runner-kube
    // `engine/podwatcher/watcher.go`): rewritten it would look as if every step had begun.
    if path == STAND_IN || context.mirrors().over(&text::concat(&[image.domain(), "/", &path])).is_some() {
        return None;
    }
    let mut sent = text::concat(&[mirror, "/", &path]);
    image.push_suffix(&mut sent);
    // Below a long mirror a long path may become too long.
    Reference::parse(&sent).is_ok().then_some(sent)
}
