//! What this request will mend, for rules whose findings depend on the mends of others.

use regwarden_sdk::exception::{self, Exception};
use regwarden_sdk::request::Request;
use regwarden_sdk::rule::Rule;
use regwarden_sdk::settings::{Configured, Level, Profile};
use regwarden_sdk::view::PodView;

use crate::rules::{pull_secret_missing, registry_mirror, service_account_required};
use crate::settings::Settings;

/// What this request will mend, for rules whose findings depend on the mends of others: all mends are made at once, and
/// what they come to must leave nothing to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mending<'d> {
    images: bool,
    exceptions: &'d [Exception],
    /// Secrets that images need are listed.
    pub(crate) pull_secrets: bool,
    /// The ServiceAccount is the one that the settings name.
    pub(crate) account: bool,
}

impl<'d> Mending<'d> {
    pub(crate) fn of(settings: &'d Settings, request: Request<'_>, pod: PodView<'_>) -> Self {
        // Where the SDK applies no edits: see `regwarden_sdk::evaluate`.
        let stored = pod.is_pod() && request.operation() == "UPDATE";
        let open = settings.mutate && !stored && request.sub_resource().is_empty();
        let (rules, profile) = (&settings.rules, settings.profile);
        let exceptions = settings.exceptions.as_slice();
        let account = service_account_required::ServiceAccountRequired::META.id;
        Mending {
            exceptions,
            images: open && mends::<registry_mirror::RegistryMirror>(&rules.registry_mirror, profile),
            pull_secrets: open && mends::<pull_secret_missing::PullSecretMissing>(&rules.pull_secret_missing, profile),
            account: open
                && !exception::accepts(exceptions, request, pod, account, None)
                && mends::<service_account_required::ServiceAccountRequired>(&rules.service_account_required, profile),
        }
    }

    /// Is an image rewritten whose registry has a mirror?
    pub(crate) fn image(&self, request: Request<'_>, pod: PodView<'_>, image: &str) -> bool {
        let rule = registry_mirror::RegistryMirror::META.id;
        self.images && !exception::accepts(self.exceptions, request, pod, rule, Some(image))
    }
}

fn mends<R: Rule>(configured: &Configured<R::Options>, profile: Profile) -> bool {
    configured.mend != Some(false) && configured.level(&R::META, profile) != Level::Off
}
