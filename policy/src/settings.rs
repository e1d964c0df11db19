//! The settings of the policy, and what no single key shows to be wrong in them.

use regwarden_sdk::decode::{Mistakes, Path};
use regwarden_sdk::exception::Exception;
use regwarden_sdk::glob;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::settings::Profile;
use regwarden_sdk::text;
use regwarden_sdk::view::PodView;

use crate::data::engines;
use crate::rules::RuleSettings;

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
        /// Overrides for some Pods; the first whose selector matches wins.
        pub pipelines "pipelines": Vec<Pipeline> = Vec::new(),
        /// Findings that are known and accepted.
        pub exceptions "exceptions": Vec<Exception> = Vec::new(),
        /// Which Pods are judged.
        pub scope "scope": Scope = Scope::default(),
        /// Level and options of single rules.
        pub rules "rules": RuleSettings = RuleSettings::default(),
    }
}

regwarden_sdk::config! {
    /// One registry.
    #[derive(Debug)]
    pub struct Registry {
        /// `host[:port][/path]`; matched as kubelet matches the keys of a docker config, the most specific entry wins.
        pub registry "registry": String,
        /// Where the right to pull comes from.
        pub pull "pull": Option<Pull> = None,
        /// Where the right to push comes from.
        pub push "push": Option<Push> = None,
        /// It is spoken to over plain http, or over TLS that nobody checks.
        pub plain_http "plainHttp": Option<bool> = None,
    }
}

regwarden_sdk::config! {
    /// Where the right to pull comes from; exactly one key.
    #[derive(Debug, Clone)]
    pub struct Pull {
        /// This Secret of type `kubernetes.io/dockerconfigjson`, listed in imagePullSecrets.
        pub secret "secret": Option<String> = None,
        /// Nobody needs one.
        pub anonymous "anonymous": bool = false,
        /// The node has it.
        pub node "node": bool = false,
        /// The ServiceAccount's own imagePullSecrets.
        pub service_account "serviceAccount": bool = false,
    }
}

regwarden_sdk::config! {
    /// Where the right to push comes from.
    #[derive(Debug, Clone)]
    pub struct Push {
        /// This Secret of type `kubernetes.io/dockerconfigjson`, mounted where the builder reads it.
        pub secret "secret": String,
    }
}

regwarden_sdk::config! {
    /// Some Pods and what is different for them.
    #[derive(Debug)]
    pub struct Pipeline {
        /// For messages.
        pub name "name": String,
        /// Which Pods.
        pub selector "selector": Selector,
        /// Laid over the global entries field by field.
        pub registries "registries": Vec<Registry> = Vec::new(),
    }
}

regwarden_sdk::config! {
    /// Selects Pods; everything that is given must match.
    #[derive(Debug)]
    pub struct Selector {
        /// One of these; `*` and `?` are wildcards.
        pub namespaces "namespaces": Vec<String> = Vec::new(),
        /// All of these, on the Pod or the template.
        pub labels "labels": Vec<(String, String)> = Vec::new(),
    }
}

regwarden_sdk::config! {
    /// Which Pods are judged.
    #[derive(Debug)]
    pub struct Scope {
        /// Pods of these CI engines; `any` is every Pod.
        pub engines "engines": Vec<engines::Engine> = vec![engines::Engine::Any],
        /// Never in these namespaces; `*` and `?` are wildcards.
        pub exclude_namespaces "excludeNamespaces": Vec<String> = system_namespaces(),
    }
}

/// A policy that breaks these breaks the cluster.
fn system_namespaces() -> Vec<String> {
    vec!["kube-system".to_owned(), "kube-public".to_owned(), "kube-node-lease".to_owned()]
}

impl Default for Scope {
    fn default() -> Self {
        Scope { engines: vec![engines::Engine::Any], exclude_namespaces: system_namespaces() }
    }
}

/// One of these patterns covers the text; a malformed one covers nothing and is a mistake in the settings.
fn any_matches(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, text) == Ok(true))
}

impl Scope {
    /// Is this Pod to be judged?
    pub fn covers(&self, namespace: &str, pod: PodView<'_>) -> bool {
        self.covers_namespace(namespace) && self.engines.iter().any(|engine| engines::made_by(*engine, pod))
    }

    /// Is anything in this namespace to be judged?
    pub fn covers_namespace(&self, namespace: &str) -> bool {
        !any_matches(&self.exclude_namespaces, namespace)
    }
}

impl Selector {
    /// Does it select this Pod?
    pub fn selects(&self, namespace: &str, pod: PodView<'_>) -> bool {
        (self.namespaces.is_empty() || any_matches(&self.namespaces, namespace))
            && self.labels.iter().all(|(key, value)| pod.label(key) == Some(value))
    }

    fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.labels.is_empty()
    }
}

impl Settings {
    /// Reports what no single key shows: entries that contradict each other, can never match, or cannot be read.
    pub fn review(&self, mistakes: &mut Mistakes) {
        let root = Path::ROOT;
        review_registries(&self.registries, &root.key("registries"), mistakes);
        let path = root.key("pipelines");
        let mut shadowed_by: Option<&str> = None;
        for (i, pipeline) in self.pipelines.iter().enumerate() {
            let path = path.index(i);
            let selector = path.key("selector");
            if let Some(earlier) = shadowed_by {
                mistakes.add(
                    &path,
                    &text::concat(&["never reached: pipeline `", earlier, "` before it selects every Pod"]),
                );
            }
            if self.pipelines.iter().take(i).any(|other| other.name == pipeline.name) {
                mistakes.add(&path.key("name"), "another pipeline has this name");
            }
            if pipeline.selector.is_empty() {
                shadowed_by.get_or_insert(&pipeline.name);
            }
            review_patterns(&pipeline.selector.namespaces, &selector.key("namespaces"), mistakes);
            review_registries(&pipeline.registries, &path.key("registries"), mistakes);
        }
        let path = root.key("exceptions");
        for (i, exception) in self.exceptions.iter().enumerate() {
            let namespaces = &exception.matching.namespaces;
            // A pattern may still cover others; a name that is never judged can be nobody's exception.
            let never = |name: &String| !name.contains(['*', '?', '[']) && !self.scope.covers_namespace(name);
            if !namespaces.is_empty() && namespaces.iter().all(never) {
                let path = path.index(i);
                let path = path.key("match");
                mistakes.add(
                    &path.key("namespaces"),
                    "never reached: `scope.excludeNamespaces` takes these namespaces out already",
                );
            }
        }
        let scope = root.key("scope");
        review_patterns(&self.scope.exclude_namespaces, &scope.key("excludeNamespaces"), mistakes);
        if self.scope.engines.is_empty() {
            mistakes.add(&scope.key("engines"), "an empty list judges nothing; leave it out for every Pod");
        }
    }
}

fn review_patterns(patterns: &[String], path: &Path<'_>, mistakes: &mut Mistakes) {
    for (i, pattern) in patterns.iter().enumerate() {
        if pattern.is_empty() || glob::check(pattern).is_err() {
            mistakes.add(
                &path.index(i),
                "this pattern can never match a namespace; write a name, `*` and `?` stand for anything",
            );
        }
    }
}

fn review_registries(registries: &[Registry], path: &Path<'_>, mistakes: &mut Mistakes) {
    for (i, registry) in registries.iter().enumerate() {
        let path = path.index(i);
        let key = RegistryKey::parse(&registry.registry);
        match key {
            Err(error) => mistakes.add(&path.key("registry"), error.as_str()),
            Ok(key) if registries.iter().take(i).any(|other| RegistryKey::parse(&other.registry) == Ok(key)) => {
                mistakes
                    .add(&path.key("registry"), "another entry has this registry; put what you know about it into one");
            }
            Ok(_) => {}
        }
        if let Some(pull) = &registry.pull {
            let pull_path = path.key("pull");
            let given = usize::from(pull.secret.is_some())
                + [pull.anonymous, pull.node, pull.service_account].iter().filter(|is| **is).count();
            if given != 1 {
                mistakes.add(
                    &pull_path,
                    "give exactly one of `secret: NAME`, `anonymous: true`, `node: true`, `serviceAccount: true`",
                );
            }
            if let Some(secret) = &pull.secret {
                review_name(secret, &pull_path.key("secret"), mistakes);
            }
        }
        if let Some(push) = &registry.push {
            review_name(&push.secret, &path.key("push").key("secret"), mistakes);
        }
    }
}

/// Names of Secrets are DNS subdomains (`k8s.io/apimachinery/pkg/util/validation`, IsDNS1123Subdomain).
fn review_name(name: &str, path: &Path<'_>, mistakes: &mut Mistakes) {
    let alphanumeric = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let label = |label: &str| {
        alphanumeric(label.bytes().next())
            && alphanumeric(label.bytes().last())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if name.len() > 253 || !name.split('.').all(label) {
        mistakes.add(path, "this is no name that a Secret can have: lower-case letters, digits, `-` and `.`");
    }
}
