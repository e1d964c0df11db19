//! What a request will mend, by the settings of the rules that do it.

use regwarden_sdk::exception;
use regwarden_sdk::request::Request;
use regwarden_sdk::rule::Rule;
use regwarden_sdk::settings::{Configured, Level, Profile};
use regwarden_sdk::view::PodView;

use super::Mending;
use crate::rules::{pull_secret_missing, registry_mirror, service_account_required};
use crate::settings::Settings;

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
            images: (open && mends::<registry_mirror::RegistryMirror>(&rules.registry_mirror, profile))
                .then_some(registry_mirror::RegistryMirror::META.id),
            pull_secrets: open && mends::<pull_secret_missing::PullSecretMissing>(&rules.pull_secret_missing, profile),
            account: open
                && !exception::accepts(exceptions, request, pod, account, None)
                && mends::<service_account_required::ServiceAccountRequired>(&rules.service_account_required, profile),
        }
    }
}

fn mends<R: Rule>(configured: &Configured<R::Options>, profile: Profile) -> bool {
    configured.mend != Some(false) && configured.level(&R::META, profile) != Level::Off
}
