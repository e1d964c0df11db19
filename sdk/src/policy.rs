//! What a policy author writes: settings, rules, and which objects they concern.

use crate::cluster::Cluster;
use crate::decode::{Decode, Mistakes, Path};
use crate::exception::{self, Exception};
use crate::finding::Findings;
use crate::json::Node;
use crate::object::Object;
use crate::request::Request;
use crate::rule::Entry;
use crate::view::PodView;

/// A policy: pure, without state; everything it knows is in its arguments.
pub trait Policy {
    /// Name in the catalogue.
    const NAME: &'static str;
    /// Version in the catalogue, as a rule `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// Everything that a user can set.
    type Settings: Decode;

    /// Every rule; the `CATALOGUE` of [`rules!`](crate::rules!).
    fn catalogue() -> &'static [Entry];

    /// May objects be mended?
    fn mutates(settings: &Self::Settings) -> bool;

    /// Mistakes that no single key shows: contradictions, names that nothing can match.
    fn review_settings(settings: &Self::Settings, mistakes: &mut Mistakes);

    /// Is this Pod one of those that the policy is for? Others are accepted unseen.
    fn concerns(settings: &Self::Settings, request: Request<'_>, pod: PodView<'_>) -> bool;

    /// Runs the rules on one Pod.
    fn judge<'d>(
        settings: &'d Self::Settings,
        request: Request<'d>,
        pod: PodView<'d>,
        cluster: &'d dyn Cluster,
        out: &mut Findings<'d>,
    );

    /// Is this Secret or ServiceAccount one of those that the policy is for?
    fn concerns_object(_settings: &Self::Settings, _request: Request<'_>, _object: Object<'_>) -> bool {
        false
    }

    /// Runs the rules on one Secret or ServiceAccount.
    fn judge_object<'d>(
        _settings: &'d Self::Settings,
        _request: Request<'d>,
        _object: Object<'d>,
        _cluster: &'d dyn Cluster,
        _out: &mut Findings<'d>,
    ) {
    }

    /// What is known and accepted; such findings become notes for the audit that carry the reason.
    fn exceptions(_settings: &Self::Settings) -> &[Exception] {
        &[]
    }
}

/// Reads settings; every mistake at once.
pub(crate) fn read_settings<P: Policy>(node: Node<'_>) -> Result<P::Settings, Mistakes> {
    let mut mistakes = Mistakes::default();
    let settings = P::Settings::decode(node, &Path::ROOT, &mut mistakes);
    if let Some(settings) = settings {
        P::review_settings(&settings, &mut mistakes);
        exception::review(P::exceptions(&settings), P::catalogue(), &mut mistakes);
        if mistakes.is_empty() {
            return Ok(settings);
        }
    }
    Err(mistakes)
}
