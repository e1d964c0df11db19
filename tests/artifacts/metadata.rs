//! The metadata of the policy and the manifest that asks for it, from the kinds, the rules and what the policy says
//! about itself.

use std::collections::BTreeSet;

use regwarden_policy::about::{ANNOTATIONS, annotation};
use regwarden_policy::rules::CATALOGUE;
use regwarden_sdk::resources::SERVED;

use super::yaml::Yaml;
use super::{generated, generated_at};

/// What the policy judges, as rules of a webhook.
pub(crate) fn rules() -> Yaml {
    let operations = || Yaml::from(vec!["CREATE", "UPDATE"]);
    let rule = |served: &regwarden_sdk::resources::Served| {
        let plurals = served.kinds.iter().map(|(_, plural)| *plural).chain(served.parts.iter().copied());
        Yaml::from([
            ("apiGroups", Yaml::from(vec![served.group])),
            ("apiVersions", Yaml::from(served.versions.to_vec())),
            ("resources", Yaml::from(plurals.collect::<Vec<_>>())),
            ("operations", operations()),
        ])
    };
    Yaml::List(SERVED.iter().map(rule).collect())
}

/// What rules look up in the cluster.
pub(crate) fn context_aware() -> Yaml {
    let kinds: BTreeSet<&str> = CATALOGUE.iter().flat_map(|rule| rule.meta.asks).map(|kind| kind.word()).collect();
    // Both kinds that a rule may look up are of the core group.
    Yaml::List(kinds.into_iter().map(|kind| Yaml::from([("apiVersion", "v1".into()), ("kind", kind.into())])).collect())
}

/// The host calls that the lookups need (`sdk/src/face/wapc/host.rs`).
fn capabilities() -> Yaml {
    let asks = CATALOGUE.iter().any(|rule| !rule.meta.asks.is_empty());
    Yaml::from(if asks { vec!["kubernetes/get_resource"] } else { vec![] })
}

/// Kinds as catalogues name them, each once.
pub(crate) fn kinds() -> String {
    let mut seen = BTreeSet::new();
    let kinds = SERVED.iter().flat_map(|served| served.kinds).map(|(kind, _)| *kind);
    kinds.filter(|kind| seen.insert(*kind)).collect::<Vec<_>>().join(",")
}

/// The metadata; `protocol` is what `annotate` adds.
pub(crate) fn metadata(protocol: Option<&str>) -> Yaml {
    let mut annotations: Vec<(String, Yaml)> =
        ANNOTATIONS.iter().map(|(key, value)| ((*key).to_owned(), Yaml::from(*value))).collect();
    annotations.push(("io.artifacthub.resources".to_owned(), kinds().into()));
    annotations.sort_by(|one, other| one.0.cmp(&other.0));
    let rest = [
        ("rules", rules()),
        ("annotations", Yaml::Map(annotations)),
        ("mutating", true.into()),
        ("backgroundAudit", true.into()),
        ("executionMode", "kubewarden-wapc".into()),
        ("policyType", "kubernetes".into()),
        ("contextAwareResources", context_aware()),
        ("hostCapabilities", capabilities()),
    ];
    let protocol = protocol.map(|version| ("protocolVersion", Yaml::from(version)));
    Yaml::Map(protocol.into_iter().chain(rest).map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The file that `regwarden annotate -m` and `kwctl annotate -m` take.
pub(crate) fn metadata_yml() -> String {
    format!("# Metadata of the policy; generated from its rules and kinds.\n{}", metadata(None).document())
}

#[test]
fn metadata_file() {
    generated("metadata.yml", &metadata_yml());
}

/// The build puts this text into the guest as it is.
#[test]
fn metadata_section() {
    generated_at("policy/metadata.json", &metadata(Some("v1")).json());
}

/// The embedded policy carries what `annotate` makes of the module and the file, and `annotate` has nothing to say.
#[test]
fn the_embedded_policy_is_annotated() {
    use regwarden_host::{annotate, embedded, manifest};
    let stream = manifest::read(metadata_yml().as_bytes(), &manifest::Limits::default());
    let metadata = annotate::read(&stream.documents[0].json).expect("metadata");
    let answer = crate::subject::Subject::Wapc.call("protocol_version", b"");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let annotated = annotate::annotate(embedded::WASM, metadata, None, |_| Ok(answer)).expect("annotated");
    assert_eq!(annotated.warnings, Vec::<String>::new());
    assert!(
        annotated.wasm == embedded::WASM || std::env::var_os("BLESS").is_some(),
        "the embedded policy carries other metadata; write it anew with: BLESS=1 cargo test -p conformance artifacts"
    );
}

/// What the audit scanner copies into its reports, as `kwctl scaffold manifest` does it.
const SHOWN_IN_REPORTS: [&str; 2] = ["io.kubewarden.policy.category", "io.kubewarden.policy.severity"];

/// What a platform team applies first: everything reported, nothing rejected.
pub(crate) fn policy_yaml() -> String {
    let module = format!(
        "registry://{}:v{}",
        annotation("io.kubewarden.policy.ociUrl"),
        annotation("io.kubewarden.policy.version")
    );
    let manifest = Yaml::from([
        ("apiVersion", "policies.kubewarden.io/v1".into()),
        ("kind", "ClusterAdmissionPolicy".into()),
        (
            "metadata",
            // Audit reports take severity and category from here.
            Yaml::from([
                ("name", annotation("io.kubewarden.policy.title").into()),
                ("annotations", Yaml::from(SHOWN_IN_REPORTS.map(|key| (key, annotation(key).into())))),
            ]),
        ),
        (
            "spec",
            Yaml::from([
                ("module", module.into()),
                ("mode", "monitor".into()),
                ("mutating", true.into()),
                ("backgroundAudit", true.into()),
                ("contextAwareResources", context_aware()),
                ("rules", rules()),
                ("settings", Yaml::from([("profile", "minimal".into())])),
            ]),
        ),
    ]);
    format!(
        "# Reports and rejects nothing; once the reports are clean, `mode: protect` and `profile: recommended`.\n\
         # Groups that the cluster does not have do no harm. `contextAwareResources` is what the settings `cluster: names` and\n\
         # `contents` read, with the rights in rbac.yaml. Generated from the policy's rules and kinds.\n{}",
        manifest.document()
    )
}

#[test]
fn policy_manifest() {
    generated("policy.yaml", &policy_yaml());
}
