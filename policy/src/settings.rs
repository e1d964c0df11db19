//! The settings of the policy, and what no single key shows to be wrong in them.

use regwarden_sdk::exception::Exception;
use regwarden_sdk::settings::Profile;

use crate::rules::RuleSettings;
use crate::site::{ClusterAccess, Pipeline, Registry, Scope, Site};

mod review;
#[cfg(test)]
mod tests;

regwarden_sdk::config! {
    /// Settings of the regwarden policy.
    #[derive(Debug)]
    pub struct Settings {
        /// A level for every rule; `rules` overrides.
        pub profile "profile": Profile = Profile::Recommended,
        /// Mend what is safe to mend; `false` never returns a changed object.
        pub mutate "mutate": bool = true,
        /// What is known about registries, for every Pod.
        pub registries "registries": Vec<Registry> = Vec::new(),
        /// Images may come from these registries and their mirrors only.
        pub allow_only_listed "allowOnlyListed": bool = false,
        /// The ServiceAccount under which Pods run; a pipeline may name another.
        pub service_account "serviceAccount": Option<String> = None,
        /// Overrides for some Pods; the first whose selector matches wins.
        pub pipelines "pipelines": Vec<Pipeline> = Vec::new(),
        /// What is asked about the Secrets and the ServiceAccount of a Pod.
        pub cluster "cluster": ClusterAccess = ClusterAccess::default(),
        /// Findings that are known and accepted.
        pub exceptions "exceptions": Vec<Exception> = Vec::new(),
        /// Which Pods are judged.
        pub scope "scope": Scope = Scope::default(),
        /// Level and options of single rules.
        pub rules "rules": RuleSettings = RuleSettings::default(),
    }
}

impl Settings {
    /// What rules may look at: all but the rules' own settings.
    pub(crate) fn site(&self) -> Site<'_> {
        Site {
            profile: self.profile,
            registries: &self.registries,
            allow_only_listed: self.allow_only_listed,
            service_account: self.service_account.as_deref(),
            pipelines: &self.pipelines,
            cluster: self.cluster.0,
        }
    }
}
