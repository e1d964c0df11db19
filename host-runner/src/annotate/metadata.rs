//! Kubewarden's `metadata.yml`: its types, every mistake in one, and what in it deserves a second look.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::capability;

/// Metadata of a policy as an author writes it and as the section `io.kubewarden.metadata` holds it. Field order is the
/// order in the section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// `v1`, or `Unknown` for policies that cannot be asked; written by [`annotate`](super::annotate).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// What the policy suggests to be called for.
    pub rules: Vec<Rule>,
    /// Title, author, source and more; also keys that Kubewarden does not know.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "annotations")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Whether the policy may change objects.
    pub mutating: bool,
    /// Whether the audit scanner shall ask it about objects that exist already.
    #[serde(default = "yes")]
    pub background_audit: bool,
    /// The interface to the policy.
    #[serde(default)]
    pub execution_mode: ExecutionMode,
    /// What the policy judges.
    #[serde(default)]
    pub policy_type: PolicyType,
    /// What the policy wants to read from the cluster.
    #[serde(default)]
    pub context_aware_resources: BTreeSet<ContextAwareResource>,
    /// Host calls that the policy makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_capabilities: Option<BTreeSet<String>>,
    /// The oldest release of Kubewarden that can run it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_kubewarden_version: Option<String>,
    /// Keys that Kubewarden does not know, and does not keep.
    #[serde(flatten, skip_serializing)]
    pub unknown: BTreeMap<String, Value>,
}

/// One rule, as in a webhook configuration (`k8s.io/api/admissionregistration/v1`).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// API groups; empty text for the core group, `*` for any.
    pub api_groups: Vec<String>,
    /// API versions; `*` for any.
    pub api_versions: Vec<String>,
    /// Plurals, with or without a subresource behind a slash.
    pub resources: Vec<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `*`.
    pub operations: Vec<String>,
}

/// A kind that a policy reads from the cluster.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct ContextAwareResource {
    /// As in `apps/v1`.
    pub api_version: String,
    /// As in `Deployment`.
    pub kind: String,
}

/// The interface to a policy.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ExecutionMode {
    /// waPC.
    #[default]
    KubewardenWapc,
    /// Rego for OPA.
    Opa,
    /// Rego for Gatekeeper.
    Gatekeeper,
    /// A WASI command.
    Wasi,
}

/// What a policy judges.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyType {
    /// Requests of the Kubernetes API.
    #[default]
    Kubernetes,
    /// Any JSON.
    Raw,
}

fn yes() -> bool {
    true
}

/// Values that are no text are the usual mistake here (`version: 1.0`), so it is told by its key.
fn annotations<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let read: Option<BTreeMap<String, Value>> = Option::deserialize(from)?;
    let text = |(key, value): (String, Value)| match value {
        Value::String(text) => Ok((key, text)),
        other => Err(serde::de::Error::custom(format!("annotations.{key} must be text: write \"{other}\" in quotes"))),
    };
    read.map(|map| map.into_iter().map(text).collect()).transpose()
}

/// Mistakes listed at most, so that a hostile file makes no endless message.
const MOST_MISTAKES: usize = 50;

impl Metadata {
    /// Every mistake, one text each; empty when policy-server will take the metadata.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            rule.mistakes(at, &mut out);
            if out.len() >= MOST_MISTAKES {
                break;
            }
        }
        for resource in &self.context_aware_resources {
            if resource.api_version.is_empty() || resource.kind.is_empty() {
                out.push("contextAwareResources: apiVersion and kind must not be empty".to_owned());
            }
        }
        if let Some(version) = &self.minimum_kubewarden_version
            && semver::Version::parse(version).is_err()
        {
            out.push(format!("minimumKubewardenVersion: `{}` is no version such as 1.30.0", short(version)));
        }
        out.truncate(MOST_MISTAKES);
        out
    }

    /// What is allowed and probably not meant, one text each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        for key in self.unknown.keys().take(MOST_MISTAKES) {
            out.push(format!("`{}` is no key of Kubewarden's metadata; it is left out", short(key)));
        }
        if self.rules.is_empty() && self.policy_type == PolicyType::Kubernetes {
            out.push("`rules` is empty: a manifest made from it would call the policy for nothing".to_owned());
        }
        let annotations = self.annotations.iter().flatten();
        for (key, value) in annotations {
            if key == "io.kubewarden.policy.severity"
                && !["info", "low", "medium", "high", "critical"].contains(&value.as_str())
            {
                out.push(format!("{key}: `{}` is none of low, medium, high, critical", short(value)));
            }
        }
        for pattern in self.host_capabilities.iter().flatten().take(MOST_MISTAKES) {
            if !capability::ALL.iter().any(|path| capability::grants(pattern, path)) {
                out.push(format!("hostCapabilities: `{}` grants nothing that Kubewarden has", short(pattern)));
            }
        }
        out
    }
}

impl Rule {
    fn mistakes(&self, at: usize, out: &mut Vec<String>) {
        let lists = [
            ("apiGroups", &self.api_groups),
            ("apiVersions", &self.api_versions),
            ("resources", &self.resources),
            ("operations", &self.operations),
        ];
        for (name, list) in lists {
            if list.is_empty() {
                out.push(format!("rules[{at}].{name}: at least one is needed"));
            }
            if name != "resources" && list.len() > 1 && list.iter().any(|item| item == "*") {
                out.push(format!("rules[{at}].{name}: `*` stands alone; take the others away"));
            }
        }
        for version in self.api_versions.iter().filter(|version| version.is_empty()) {
            out.push(format!("rules[{at}].apiVersions: `{version}` is empty; name a version such as v1"));
        }
        for operation in &self.operations {
            if !["CREATE", "UPDATE", "DELETE", "CONNECT", "*"].contains(&operation.as_str()) {
                out.push(format!(
                    "rules[{at}].operations: `{}` is none of CREATE, UPDATE, DELETE, CONNECT, *",
                    short(operation)
                ));
            }
        }
        self.overlaps(at, out);
    }

    /// Resources that another one of the list includes (`pkg/apis/admissionregistration/validation`).
    fn overlaps(&self, at: usize, out: &mut Vec<String>) {
        let mut say = |text: String| out.push(format!("rules[{at}].resources: {text}"));
        let (mut wholes, mut parts) = (BTreeSet::new(), BTreeSet::new());
        let every = self.resources.iter().any(|resource| resource == "*");
        for resource in &self.resources {
            match resource.split_once('/') {
                None if resource.is_empty() => say("one is empty; name a plural such as pods".to_owned()),
                None if every && resource != "*" => {
                    say(format!("`*` includes `{}`; take it away", short(resource)));
                }
                Some(("*", "*")) if self.resources.len() > 1 => {
                    say("`*/*` stands alone; take the others away".to_owned());
                }
                Some((whole, part)) => {
                    if whole != "*" && wholes.contains(whole) {
                        say(format!("`{whole}/*` includes `{}`; take it away", short(resource)));
                    }
                    if part != "*" && parts.contains(part) {
                        say(format!("`*/{part}` includes `{}`; take it away", short(resource)));
                    }
                    if part == "*" {
                        wholes.insert(whole);
                    }
                    if whole == "*" {
                        parts.insert(part);
                    }
                }
                None => {}
            }
        }
    }
}

/// What a user wrote, short enough for a message.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().nth(MOST).is_none() {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
