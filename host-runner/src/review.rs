//! Builds the AdmissionRequest that an API server would send for a plain object.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

/// What happens to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// It is created
    #[value(name = "CREATE")]
    Create,
    /// It replaces an older one that nobody knows
    #[value(name = "UPDATE")]
    Update,
    /// It is deleted
    #[value(name = "DELETE")]
    Delete,
}

impl Operation {
    /// The word of the admission protocol.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// What the command line says about requests.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Namespace of namespaced objects that name none; `default` when absent.
    pub namespace: Option<&'a str>,
    /// What happens to the object.
    pub operation: Operation,
    /// `userInfo.username`.
    pub user: &'a str,
}

/// Group, version and kind of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gvk {
    /// API group, empty for the core group.
    pub group: String,
    /// API version within the group.
    pub version: String,
    /// Kind in CamelCase.
    pub kind: String,
}

impl Gvk {
    /// From the two fields of an object; an `apiVersion` without a slash is of the core group.
    #[must_use]
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
    }

    /// The `apiVersion` that an object of this kind carries.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

#[derive(Serialize)]
struct Gvr<'a> {
    group: &'a str,
    version: &'a str,
    resource: &'a str,
}

/// Identity of a plain object, as far as the request needs it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Group, version and kind.
    pub gvk: Gvk,
    /// `metadata.name`.
    pub name: Option<String>,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
}

/// A request ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The AdmissionRequest as JSON; the object in it is the caller's text byte for byte.
    pub json: String,
    /// The namespace that the request names; none for cluster-wide kinds.
    pub namespace: Option<String>,
}

/// The AdmissionRequest for `object` (its JSON text).
///
/// The uid is a digest of the rest, so that one manifest always makes one request. Under DELETE the text is `oldObject`,
/// as the API server sends it. Under UPDATE there is no `oldObject`: a manifest does not say what it replaces, and
/// repeating the object there would tell policies that nothing changed.
///
/// # Errors
/// When `object` is not JSON, which the reader of manifests rules out.
pub fn request(object: &str, identity: &Identity, circumstances: &Circumstances<'_>) -> serde_json::Result<Request> {
    let gvk = &identity.gvk;
    let namespace = namespace_of(identity, circumstances);
    let resource = plural(&gvk.kind);
    let gvr = to_raw_value(&Gvr { group: &gvk.group, version: &gvk.version, resource: &resource })?;
    let kind = to_raw_value(gvk)?;
    let object: Box<RawValue> = serde_json::from_str(object)?;

    // Sorted keys, as Kubewarden's own host sends them.
    let mut fields: BTreeMap<&str, Box<RawValue>> = BTreeMap::new();
    fields.insert("dryRun", to_raw_value(&false)?);
    fields.insert("requestKind", kind.clone());
    fields.insert("kind", kind);
    fields.insert("requestResource", gvr.clone());
    fields.insert("resource", gvr);
    if let Some(name) = &identity.name {
        fields.insert("name", to_raw_value(name)?);
    }
    if let Some(namespace) = &namespace {
        fields.insert("namespace", to_raw_value(namespace)?);
    }
    fields.insert("operation", to_raw_value(circumstances.operation.as_str())?);
    fields.insert("userInfo", to_raw_value(&BTreeMap::from([("username", circumstances.user)]))?);
    let place = if circumstances.operation == Operation::Delete { "oldObject" } else { "object" };
    fields.insert(place, object);

    let uid = uid(serde_json::to_string(&fields)?.as_bytes());
    fields.insert("uid", to_raw_value(&uid)?);
    Ok(Request { json: serde_json::to_string(&fields)?, namespace })
}

/// The namespace under which the API server would file the object; none for cluster-wide kinds.
#[must_use]
pub fn namespace_of(identity: &Identity, circumstances: &Circumstances<'_>) -> Option<String> {
    match &identity.namespace {
        Some(namespace) => Some(namespace.clone()),
        // The API server sends a Namespace's own name as the namespace of the request.
        None if identity.gvk.kind == "Namespace" && identity.gvk.group.is_empty() => identity.name.clone(),
        None if is_cluster_wide(&identity.gvk) => None,
        None => Some(circumstances.namespace.unwrap_or("default").to_owned()),
    }
}

/// A UUID of version 8 (RFC 9562: content decides) over the rest of the request.
fn uid(content: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut out = String::with_capacity(36);
    for (i, byte) in Sha256::digest(content).iter().take(16).enumerate() {
        let byte = match i {
            6 => (byte & 0x0f) | 0x80,
            8 => (byte & 0x3f) | 0x80,
            _ => *byte,
        };
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// The resource name of a kind: lower case, and the plural by the rule that Kubernetes itself guesses with (`s` → `ses`,
/// consonant + `y` → `ies`, otherwise `s`). It is right for every built-in kind but the ones listed.
#[must_use]
pub fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if matches!(lower.as_str(), "endpoints" | "podmetrics" | "nodemetrics") {
        return match lower.as_str() {
            "podmetrics" => "pods".to_owned(),
            "nodemetrics" => "nodes".to_owned(),
            _ => lower,
        };
    }
    if let Some(stem) = lower.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "ch", "sh"].iter().any(|end| lower.ends_with(end)) {
        return format!("{lower}es");
    }
    format!("{lower}s")
}

/// Built-in kinds that live outside namespaces (Kubernetes 1.34, `kubectl api-resources --namespaced=false`).
const CLUSTER_WIDE: &[(&str, &[&str])] = &[
    ("", &["ComponentStatus", "Namespace", "Node", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenReview"]),
    ("authorization.k8s.io", &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    ("networking.k8s.io", &["IngressClass", "IPAddress", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("resource.k8s.io", &["DeviceClass", "ResourceSlice"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"]),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
];

/// Whether a kind lives in namespaces, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Its objects have a namespace.
    Namespaced,
    /// Its objects have none.
    Cluster,
    /// A kind of a group that is not Kubernetes' own.
    Unknown,
}

/// The scope of a kind by Kubernetes' own table; of other groups only the CustomResourceDefinition knows.
#[must_use]
pub fn scope(gvk: &Gvk) -> Scope {
    if is_listed(gvk) {
        Scope::Cluster
    } else if !gvk.group.contains('.') || gvk.group.ends_with(".k8s.io") {
        Scope::Namespaced
    } else {
        Scope::Unknown
    }
}

fn is_listed(gvk: &Gvk) -> bool {
    CLUSTER_WIDE.iter().any(|(group, kinds)| *group == gvk.group && kinds.contains(&gvk.kind.as_str()))
}

/// Whether objects of the kind have no namespace: by the table, and for other groups by the custom of naming such
/// kinds `Cluster…` (`ClusterTask`, `ClusterWorkflowTemplate`, `ClusterPolicy`).
fn is_cluster_wide(gvk: &Gvk) -> bool {
    let built_in = is_listed(gvk);
    let by_custom = gvk.group.contains('.')
        && gvk.kind.strip_prefix("Cluster").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    built_in || by_custom
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn pod() -> Identity {
        Identity { gvk: Gvk::new("v1", "Pod"), name: Some("agent".into()), namespace: None }
    }

    fn circumstances(operation: Operation) -> Circumstances<'static> {
        Circumstances { namespace: None, operation, user: "regwarden" }
    }

    #[test]
    fn the_object_arrives_byte_for_byte() {
        let object = r#"{"z":1.50,"a":12345678901234567890123,  "kind":"Pod"}"#;
        let made = request(object, &pod(), &circumstances(Operation::Create)).unwrap();
        assert!(made.json.contains(object), "{}", made.json);
    }

    #[test]
    fn a_request_has_the_fields_of_an_api_server() {
        let made = request(r#"{"kind":"Pod"}"#, &pod(), &circumstances(Operation::Create)).unwrap();
        let json: Value = serde_json::from_str(&made.json).unwrap();
        assert_eq!(json["kind"], serde_json::json!({"group": "", "version": "v1", "kind": "Pod"}));
        assert_eq!(json["resource"], serde_json::json!({"group": "", "version": "v1", "resource": "pods"}));
        assert_eq!(json["requestResource"], json["resource"]);
        assert_eq!(json["requestKind"], json["kind"]);
        assert_eq!(json["namespace"], "default");
        assert_eq!(json["name"], "agent");
        assert_eq!(json["operation"], "CREATE");
        assert_eq!(json["userInfo"], serde_json::json!({"username": "regwarden"}));
        assert!(json.get("oldObject").is_none());
        let mut keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        let order: Vec<_> = keys.iter().map(|k| made.json.find(&format!("\"{k}\":")).unwrap()).collect();
        assert!(order.len() == 11);
    }

    #[test]
    fn the_uid_follows_the_content_only() {
        let make = |object: &str, operation| {
            let made = request(object, &pod(), &circumstances(operation)).unwrap();
            serde_json::from_str::<Value>(&made.json).unwrap()["uid"].as_str().unwrap().to_owned()
        };
        let first = make("{}", Operation::Create);
        assert_eq!(first, make("{}", Operation::Create));
        assert_ne!(first, make(r#"{"a":1}"#, Operation::Create));
        assert_ne!(first, make("{}", Operation::Update));
        assert_eq!(first.len(), 36);
        assert_eq!(first.as_bytes()[14], b'8');
        assert!(b"89ab".contains(&first.as_bytes()[19]));
    }

    #[test]
    fn delete_sends_the_object_as_the_old_one_and_update_knows_no_old_one() {
        let made = request(r#"{"kind":"Pod"}"#, &pod(), &circumstances(Operation::Delete)).unwrap();
        let json: Value = serde_json::from_str(&made.json).unwrap();
        assert!(json.get("object").is_none());
        assert_eq!(json["oldObject"]["kind"], "Pod");
        let made = request(r#"{"kind":"Pod"}"#, &pod(), &circumstances(Operation::Update)).unwrap();
        let json: Value = serde_json::from_str(&made.json).unwrap();
        assert!(json.get("oldObject").is_none());
    }

    #[test]
    fn namespaces() {
        let named = Circumstances { namespace: Some("ci"), ..circumstances(Operation::Create) };
        let of = |api: &str, kind: &str, own: Option<&str>| {
            let id = Identity { gvk: Gvk::new(api, kind), name: Some("n".into()), namespace: own.map(str::to_owned) };
            namespace_of(&id, &named)
        };
        assert_eq!(of("v1", "Pod", Some("own")).as_deref(), Some("own"));
        assert_eq!(of("v1", "Pod", None).as_deref(), Some("ci"));
        assert_eq!(of("v1", "Node", None), None);
        assert_eq!(of("v1", "Namespace", None).as_deref(), Some("n"));
        assert_eq!(of("tekton.dev/v1beta1", "ClusterTask", None), None);
        assert_eq!(of("cluster.x-k8s.io/v1", "Cluster", None).as_deref(), Some("ci"));
        assert_eq!(of("rbac.authorization.k8s.io/v1", "ClusterRole", None), None);
        assert_eq!(of("example/v1", "Node", None).as_deref(), Some("ci"));
    }

    #[test]
    fn plurals() {
        for (kind, expected) in [
            ("Pod", "pods"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("StorageClass", "storageclasses"),
            ("Endpoints", "endpoints"),
            ("EndpointSlice", "endpointslices"),
            ("Gateway", "gateways"),
            ("CronJob", "cronjobs"),
            ("Kubero", "kuberos"),
            ("IPAddress", "ipaddresses"),
        ] {
            assert_eq!(plural(kind), expected);
        }
    }

    #[test]
    fn a_group_is_what_stands_before_the_slash() {
        assert_eq!(Gvk::new("v1", "Pod").group, "");
        assert_eq!(Gvk::new("apps/v1", "Deployment").group, "apps");
        assert_eq!(Gvk::new("apps/v1", "Deployment").api_version(), "apps/v1");
    }
}
