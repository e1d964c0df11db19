//! What is known about the Secrets and ServiceAccounts that rules look up: each asked once, read once, without any value in
//! sight.

use std::fmt;
use std::rc::Rc;

use regwarden_sdk::base64::{self, Padding};
use regwarden_sdk::cluster::{Answer, Cluster, Depth, Held, Question};
use regwarden_sdk::docker_config::kubelet::Format;
use regwarden_sdk::json::{Document, Kind, Node};
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::service_account;

use crate::knowledge::lifetime::Times;

mod kubelet;

pub(crate) use kubelet::{Entry, ForKubelet, Holds};

/// What an object's answer came to. A rule never guesses in place of what nobody saw.
#[derive(Debug, Clone)]
pub(crate) enum Seen<T> {
    /// The settings ask nothing, or no object can have this name.
    NotAsked,
    /// There is no such object.
    Absent,
    /// The policy may not look at it.
    NotAllowed,
    /// Nobody answered, or the answer cannot be read.
    Unavailable,
    /// It was looked at.
    Found(Rc<T>),
}

impl<T> Seen<T> {
    /// It, when it was looked at.
    pub(crate) fn found(&self) -> Option<&T> {
        if let Seen::Found(found) = self { Some(found) } else { None }
    }
}

/// A Secret as far as it was asked for.
#[derive(Debug)]
pub(crate) struct SecretFacts {
    /// Its `type`.
    pub(crate) kind: String,
    /// When it was made and when it was written last, as far as it tells.
    pub(crate) times: Times,
    /// Its keys and what is under them; `None` where only names are asked for.
    pub(crate) data: Option<Vec<(String, Value)>>,
    /// What kubelet makes of it; `None` as above.
    pub(crate) kubelet: Option<ForKubelet>,
}

impl SecretFacts {
    /// What is under a key; `None`: there is no such key, or only names are asked for.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        for (known, value) in self.data.as_deref().unwrap_or_default() {
            if known == key {
                return Some(value);
            }
        }
        None
    }

    /// The format of the docker config that its type promises; `None`: kubelet passes over such a Secret.
    pub(crate) fn format(&self) -> Option<Format> {
        Format::of_type(&self.kind)
    }
}

/// The decoded value of one key. It reaches rules by [`Value::expose`] only, and no message.
pub(crate) struct Value(Option<Vec<u8>>);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Value {
    /// The bytes; `None` when it is not base64, which the API server takes from nobody.
    pub(crate) fn expose(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }
}

/// A ServiceAccount.
#[derive(Debug, Default)]
pub(crate) struct AccountFacts {
    /// Names in `imagePullSecrets`, in their order.
    pub(crate) pull_secrets: Vec<String>,
    /// Names in `secrets`.
    pub(crate) secrets: Vec<String>,
    /// Its Pods may use only the Secrets that it lists: for pulling those of the first list, for volumes and variables
    /// those of the second.
    pub(crate) only_listed: bool,
}

/// Asks for a Secret at a depth.
#[inline(never)]
pub(crate) fn secret(cluster: &dyn Cluster, namespace: &str, name: &str, depth: Depth) -> Seen<SecretFacts> {
    let read: fn(Node<'_>) -> Option<SecretFacts> = match depth {
        Depth::Names => |root| read_secret(root, false),
        Depth::Contents => |root| read_secret(root, true),
    };
    seen(cluster.get(&Question { kind: ObjectKind::Secret, namespace, name, depth }), read)
}

/// Asks for a ServiceAccount.
#[inline(never)]
pub(crate) fn account(cluster: &dyn Cluster, namespace: &str, name: &str) -> Seen<AccountFacts> {
    let question = Question { kind: ObjectKind::ServiceAccount, namespace, name, depth: Depth::Names };
    seen(cluster.get(&question), read_account)
}

/// Reads an answer; once for all Pods of a request.
fn seen<T: 'static>(answer: Answer, read: fn(Node<'_>) -> Option<T>) -> Seen<T> {
    let held: Held = match answer {
        Answer::Found(held) => held,
        Answer::Absent => return Seen::Absent,
        Answer::NotAllowed => return Seen::NotAllowed,
        Answer::Unavailable => return Seen::Unavailable,
    };
    let made = held.made(&|text| {
        let document = Document::parse(text.as_bytes()).ok()?;
        read(document.root()).map(Rc::new)
    });
    match &*made {
        Some(facts) => Seen::Found(Rc::clone(facts)),
        None => Seen::Unavailable,
    }
}

/// `None` for an answer that is no Secret.
#[inline(never)]
fn read_secret(root: Node<'_>, contents: bool) -> Option<SecretFacts> {
    let meta = root.get("metadata").filter(|meta| meta.kind() == Kind::Object)?;
    let mut facts = SecretFacts {
        // What the API server makes of an absent one (`SetDefaults_Secret`).
        kind: root.str("type").unwrap_or("Opaque").to_owned(),
        times: Times::of(meta),
        data: None,
        kubelet: None,
    };
    if contents {
        let mut data: Vec<(String, Value)> = Vec::new();
        // A manifest may have what the API server has not: texts as they are, which are laid over the others.
        for &(key, encoded) in &[("stringData", false), ("data", true)] {
            let Some(map) = root.get(key) else { continue };
            if map.kind() != Kind::Object {
                return None;
            }
            let laid = if encoded { root.get("stringData") } else { None };
            for (key, node) in map.members() {
                if laid.is_some_and(|laid| laid.member(key).is_some()) {
                    continue;
                }
                let text = node.as_str()?;
                let bytes =
                    if encoded { base64::decode(text, Padding::Required) } else { Some(text.as_bytes().to_vec()) };
                data.push((key.to_owned(), Value(bytes)));
            }
        }
        facts.data = Some(data);
        facts.kubelet = Some(kubelet::read(&facts));
    }
    Some(facts)
}

/// `None` for an answer that is no ServiceAccount.
#[inline(never)]
fn read_account(root: Node<'_>) -> Option<AccountFacts> {
    root.get("metadata").filter(|meta| meta.kind() == Kind::Object)?;
    let only_listed = service_account::enforces(root);
    Some(AccountFacts { pull_secrets: names(root, "imagePullSecrets"), secrets: names(root, "secrets"), only_listed })
}

fn names(root: Node<'_>, key: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in root.get(key).map_or_else(|| root.no_elements(), Node::elements) {
        names.push(entry.str("name").unwrap_or_default().to_owned());
    }
    names
}
