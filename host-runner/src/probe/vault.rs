//! The values of credentials, read again from the cluster by the name that the resolution gives. Nothing else of the host
//! runner holds them, and nothing prints them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regwarden_policy::resolve::{Candidate, Provider};
use regwarden_sdk::docker_config::docker::{self, Entry};
use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::image::parse;
use regwarden_sdk::json::Document;
use regwarden_sdk::registry::RegistryKey;
use serde_json::Value;

use crate::cluster::{Cluster, ClusterError, ObjectRef, Patience};

/// How long a Secret may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who reads a credential, and so how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// For a pull.
    Kubelet,
    /// For a push.
    Tool,
}

/// How a resolution shows a key in which somebody may have put a password.
const HIDDEN: &str = "…";

/// An entry that is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// As the resolution shows it.
    pub(super) key: &'w str,
    /// The image that it is to open.
    pub(super) image: &'w str,
    /// Its registry.
    pub(super) registry: &'w str,
    /// Who reads it.
    pub(super) reader: Reader,
}

type Held = Result<Arc<Value>, String>;

/// Asks for each object once.
pub(super) struct Vault<'c> {
    cluster: &'c dyn Cluster,
    node: Option<&'c [u8]>,
    held: BTreeMap<(&'static str, String, String), Held>,
}

impl<'c> Vault<'c> {
    /// `node` is the docker config of the node, if the user named one.
    pub(super) fn new(cluster: &'c dyn Cluster, node: Option<&'c [u8]>) -> Self {
        Self { cluster, node, held: BTreeMap::new() }
    }

    /// What a candidate stands for.
    ///
    /// # Errors
    /// Why it cannot be had; no value is in the text.
    pub(super) fn open(
        &mut self,
        namespace: &str,
        candidate: &Candidate,
        wanted: &Wanted<'_>,
    ) -> Result<Entry<'static>, String> {
        let kind = match candidate.provider {
            Provider::Node => {
                let node =
                    self.node.ok_or("it lies on the node; name the node's docker config with `--node-config`")?;
                return one([Format::Config, Format::Legacy].map(|format| find(node, format, wanted)));
            }
            Provider::Elsewhere => return Err("it is not in the object or the cluster".to_owned()),
            _ if candidate.source.is_empty() => return Err("it is in no Secret or ConfigMap".to_owned()),
            Provider::ConfigMapVolume => "ConfigMap",
            Provider::Pod | Provider::ServiceAccount | Provider::SecretVolume | Provider::Variable => "Secret",
        };
        let object = self.object(kind, namespace, &candidate.source)?;
        if wanted.reader == Reader::Kubelet {
            let format = object.get("type").and_then(Value::as_str).and_then(Format::of_type);
            let format = format.ok_or("the Secret is of no type that kubelet reads")?;
            let text = object.get("data").and_then(|data| data.get(format.key())).and_then(Value::as_str);
            let text = text.and_then(|text| STANDARD.decode(text).ok()).ok_or("the Secret has no such key any more")?;
            return one([find(&text, format, wanted)]);
        }
        let texts = |member: &str, is_encoded: bool| -> Vec<Vec<u8>> {
            let values = object.get(member).and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values);
            let texts = values.filter_map(Value::as_str);
            texts.filter_map(|text| if is_encoded { STANDARD.decode(text).ok() } else { Some(text.into()) }).collect()
        };
        let texts = match kind {
            "Secret" => texts("data", true),
            _ => [texts("data", false), texts("binaryData", true)].concat(),
        };
        one(texts.iter().flat_map(|text| [Format::Config, Format::Legacy].map(|format| find(text, format, wanted))))
    }

    fn object(&mut self, kind: &'static str, namespace: &str, name: &str) -> Held {
        let known = (kind, namespace.to_owned(), name.to_owned());
        if let Some(held) = self.held.get(&known) {
            return held.clone();
        }
        let object = ObjectRef { api_version: "v1", kind, namespace: Some(namespace), name };
        let answer = self.cluster.get(&object, Patience::until(Instant::now() + PATIENCE));
        let held = answer.map_err(|error: ClusterError| error.to_string());
        self.held.insert(known, held.clone());
        held
    }
}

/// The one entry that was found. Several files may hold the key; as long as they say the same it does not matter.
fn one(found: impl IntoIterator<Item = Option<Entry<'static>>>) -> Result<Entry<'static>, String> {
    let mut found = found.into_iter().flatten();
    let first = found.next().ok_or("there is no such entry any more")?;
    if found.any(|other| other != first) {
        return Err("several files in it have this key, with different values".to_owned());
    }
    Ok(first)
}

/// The entry of exactly this key; of several the last, as in any JSON of Go. A key that may not be shown ([`HIDDEN`]) is
/// found by what it covers.
fn find(text: &[u8], format: Format, wanted: &Wanted<'_>) -> Option<Entry<'static>> {
    let Wanted { key, image, registry, reader } = *wanted;
    let document = Document::parse(text).ok()?;
    let entries = kubelet::entries(document.root(), format).ok()?;
    let image = parse(image);
    let is_it = |found: &str| match (key, reader) {
        (HIDDEN, Reader::Kubelet) => {
            let name = image.named();
            RegistryKey::parse(found).is_ok_and(|key| name.is_some_and(|name| key.matches(&name)))
        }
        (HIDDEN, Reader::Tool) => docker::hostname(found) == registry,
        (key, _) => found == key,
    };
    let (_, node) = entries.into_iter().filter(|(found, _)| is_it(found)).last()?;
    let entry = match reader {
        Reader::Kubelet => Entry { credentials: kubelet::credentials(node).ok()?, ..Entry::default() },
        Reader::Tool => docker::keychain_entry(node).ok()?,
    };
    Some(entry.into_owned())
}
