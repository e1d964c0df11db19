//! Rule `image-not-pinned`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::{self, DEFAULT_TAG, Parsed};
use regwarden_sdk::text;

use crate::context::Context;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An image without tag and digest, or with the tag `latest`: what runs changes from one pull to the next, and nobody
    /// can say what ran yesterday. Any other tag is fine, moving ones such as `docker:dind` and `:debug` too, and so is
    /// `name:latest@sha256:…`. With `require: digest` every image needs a digest. Placeholders, and what is no image
    /// reference, are left alone.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: gcr.io/kaniko-project/executor
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    /// ```
    pub(crate) ImageNotPinned {
        id: "image-not-pinned",
        title: "image may be another one tomorrow",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Audit, Warn],
        options: Options,
    }
}

regwarden_sdk::choice! {
    /// What pins an image.
    pub enum Require {
        /// A tag other than `latest`.
        Tag = "tag",
        /// A digest.
        Digest = "digest",
    }
}

regwarden_sdk::options! {
    /// What an image needs.
    pub struct Options {
        /// `tag`: a tag other than `latest`, or a digest. `digest`: a digest.
        pub require "require": Require = Require::Tag,
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, options: &Options, out: &mut Findings<'d>) {
    for image in context.images() {
        let Parsed::Reference(reference) = image::parse(image.pulled()) else { continue };
        if reference.digest().is_some() {
            continue;
        }
        let (why, remedy) = match (options.require, reference.tag()) {
            (Require::Tag, None) => (" has no tag, so it is whatever `latest` is", "write the version as its tag"),
            (Require::Tag, Some(DEFAULT_TAG)) => (" is whatever `latest` is", "write the version as its tag"),
            (Require::Digest, _) => (" has no digest", "write the digest behind the name: `@sha256:…`"),
            (Require::Tag, Some(_)) => continue,
        };
        let container = image.container;
        let message = text::say("image ^|", &[image.pulled(), why]);
        out.report((container.node(), "image"), message, remedy).container(container.name());
    }
}
