//! What this request will mend, for rules whose findings depend on the mends of others.

use regwarden_sdk::exception::{self, Exception};
use regwarden_sdk::request::Request;
use regwarden_sdk::view::PodView;

mod of;

/// What this request will mend, for rules whose findings depend on the mends of others: all mends are made at once, and
/// what they come to must leave nothing to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mending<'d> {
    /// The rule that rewrites images whose registry has a mirror.
    images: Option<&'static str>,
    exceptions: &'d [Exception],
    /// Secrets that images need are listed.
    pub(crate) pull_secrets: bool,
    /// The ServiceAccount is the one that the settings name.
    pub(crate) account: bool,
}

impl Mending<'_> {
    /// Is an image rewritten whose registry has a mirror?
    pub(crate) fn image(&self, request: Request<'_>, pod: PodView<'_>, image: &str) -> bool {
        self.images.is_some_and(|rule| !exception::accepts(self.exceptions, request, pod, rule, Some(image)))
    }
}
