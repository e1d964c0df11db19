//! Rule `push-destination-mutable`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::text::{self, quote};

use crate::context::Context;
use crate::knowledge::pushes::Push;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An image that is pushed as `latest`, or without a tag, which is the same. The next build moves such a tag: two
    /// builds at a time overwrite each other, nodes go on running what they pulled before, and nothing can be rolled back.
    /// Read are the destination flags of every builder and registry client, alone, in `sh -c` strings and as variables
    /// of image plugins (`PLUGIN_REPO`, `PLUGIN_TAGS`).
    ///
    /// Left alone are tags that are filled in later, digests, other tags that move (`dev`), builds that push nothing
    /// (`--no-push`, `PLUGIN_DRY_RUN`), plugins that make their tags themselves (`auto_tag`), and ko, which hands digests on.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {rules: {push-destination-mutable: {level: warn}}}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=localhost:5000/team/app"]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {rules: {push-destination-mutable: {level: warn}}}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=localhost:5000/team/app:$(COMMIT)"]
    /// ```
    pub(crate) PushDestinationMutable {
        id: "push-destination-mutable",
        title: "image is pushed under a tag that moves",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Audit, Warn],
        options: (),
    }
}

/// Findings for one container.
const MAX_FINDINGS: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for commands in context.commands().iter() {
        let pushes = commands.pushes();
        // One variable may hold several tags for several repositories; it is one place to change.
        let mut told: Option<&Push<'d>> = None;
        let mut count = 0;
        for push in pushes {
            let Some(untagged) = moves(push) else { continue };
            let same = told.is_some_and(|told| told.node == push.node && (push.setting || told.image == push.image));
            if same || count >= MAX_FINDINGS {
                continue;
            }
            told = Some(push);
            count += 1;
            let what = if untagged {
                " without a tag, which makes it `latest`, and that moves with every push"
            } else {
                ", a tag that moves with every push"
            };
            let message = text::concat(&[push.tool, " pushes ", &quote(&push.image), what]);
            let other = pushes.iter().find(|other| stays(push, other));
            let remedy = match other {
                Some(other) => text::concat(&["leave it out; ", &quote(&other.image), " is pushed too and is enough"]),
                None => "push a tag that is used once, such as the commit or the version".to_owned(),
            };
            let draft = out.report(push.node, message, remedy).container(commands.container.name());
            if !push.sure {
                draft.unsure();
            }
        }
    }
}

/// `None`: the tag stays, or nobody knows. `Some(true)`: there is no tag.
#[inline(never)]
fn moves(push: &Push<'_>) -> Option<bool> {
    let (tag, digest) = match image::parse(&push.image) {
        _ if !push.tagged => return None,
        Parsed::Reference(image) => (image.tag(), image.digest()),
        // What is filled in later may bring a tag of its own, unless one is written or a name follows.
        Parsed::Unresolved(hole) => match hole.tag() {
            None => return ends_in_name(&push.image).then_some(true),
            tag => (tag, hole.digest()),
        },
        Parsed::Invalid(_) => return None,
    };
    match tag {
        _ if digest.is_some() => None,
        None => Some(true),
        Some(tag) => (tag == image::DEFAULT_TAG).then_some(false),
    }
}

/// Does the text end in the last component of a name, and no hole in it?
fn ends_in_name(text: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
    text.rsplit_once('/').is_some_and(|(_, last)| !last.is_empty() && last.bytes().all(name))
}

/// Is `other` the same repository under a tag that stays?
#[inline(never)]
fn stays(push: &Push<'_>, other: &Push<'_>) -> bool {
    let this = image::parse(&push.image).named().map(|named| named.name());
    // `${TAG:-latest}` may be the same.
    other.tagged
        && !text::contains(&other.image, image::DEFAULT_TAG)
        && this.is_some()
        && moves(other).is_none()
        && image::parse(&other.image).named().map(|named| named.name()) == this
}
