//! `regwarden explain-credentials --output json`: the schema `regwarden/credentials/v1`, which other tools build on.
//!
//! One JSON document on standard output, keys in this order:
//!
//! | key | value |
//! |---|---|
//! | `schema` | `regwarden/credentials/v1`; names and meanings below do not change within v1, new keys may be added |
//! | `objects` | one each in the order of the input: `source` {`file`, `document`, `line`}, `apiVersion`, `kind`, `namespace`, `name`, `pods` |
//! | `objects[].pods` | one for each Pod that the object is or describes: `pointer` (to the Pod in the object), `namespace`, `serviceAccount`, `pulls`, `pushes` |
//! | `pulls` | one for each image: `container`, `pointer`, `image`, `registry`, `candidates`, `verdict` |
//! | `pushes` | one for each destination: `container`, `pointer`, `tool`, `destination`, `registry`, `files` (in which the tool looks, in its order), `candidates`, `verdict` |
//! | `candidates` | in the order in which they are tried: `provider` (`pod`, `serviceAccount`, `node`, `secretVolume`, `configMapVolume`, `variable`, `elsewhere`), `source` (name of the Secret or ConfigMap), `file` (that a tool reads), `key` (of the entry), `state`, `detail` |
//! | `state` | `used`, `shadowed`, `noEntry`, `keyNotUnderstood` (`detail`: the key to write), `empty`, `absent`, `wrongType` (`detail`: the type found), `noKey` (`detail`: the key missing), `malformed` (`detail`: place and reason), `unknown` |
//! | `verdict` | `credential`, `notNeeded`, `anonymous`, `refused`, `unknown` |
//! | `unreadable` | one each: `file`, `line`, `error` |
//!
//! Every key is always there; what is not known is null or empty. No value of a Secret is in it.

use regwarden_policy::resolve::{Candidate, Pull, Push, Resolution};
use serde::Serialize;

use super::{Described, words};
use crate::report::{Source, Unreadable};

/// The name of the schema.
pub const SCHEMA: &str = "regwarden/credentials/v1";

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    objects: Vec<Object<'a>>,
    unreadable: &'a [Unreadable],
}

impl<'a> Document<'a> {
    /// The document about these objects.
    #[must_use]
    pub fn new(objects: &'a [Described], unreadable: &'a [Unreadable]) -> Self {
        Self { schema: SCHEMA, objects: objects.iter().map(Object::new).collect(), unreadable }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    source: &'a Source,
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    pods: Vec<Pod<'a>>,
}

impl<'a> Object<'a> {
    fn new(object: &'a Described) -> Self {
        Self {
            source: &object.source,
            api_version: &object.api_version,
            kind: &object.kind,
            namespace: object.namespace.as_deref(),
            name: object.name.as_deref(),
            pods: object.pods.iter().map(Pod::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pod<'a> {
    pointer: &'a str,
    namespace: &'a str,
    service_account: &'a str,
    pulls: Vec<OnePull<'a>>,
    pushes: Vec<OnePush<'a>>,
}

impl<'a> Pod<'a> {
    fn new(pod: &'a Resolution) -> Self {
        Self {
            pointer: &pod.pointer,
            namespace: &pod.namespace,
            service_account: &pod.service_account,
            pulls: pod.pulls.iter().map(OnePull::new).collect(),
            pushes: pod.pushes.iter().map(OnePush::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct OnePull<'a> {
    container: &'a str,
    pointer: &'a str,
    image: String,
    registry: &'a str,
    candidates: Vec<OneCandidate<'a>>,
    verdict: &'static str,
}

impl<'a> OnePull<'a> {
    fn new(pull: &'a Pull) -> Self {
        Self {
            container: &pull.container,
            pointer: &pull.pointer,
            image: words::without_user(&pull.image),
            registry: &pull.registry,
            candidates: pull.candidates.iter().map(OneCandidate::new).collect(),
            verdict: words::verdict(pull.verdict),
        }
    }
}

#[derive(Debug, Serialize)]
struct OnePush<'a> {
    container: &'a str,
    pointer: &'a str,
    tool: &'a str,
    destination: String,
    registry: &'a str,
    files: &'a [String],
    candidates: Vec<OneCandidate<'a>>,
    verdict: &'static str,
}

impl<'a> OnePush<'a> {
    fn new(push: &'a Push) -> Self {
        Self {
            container: &push.container,
            pointer: &push.pointer,
            tool: &push.tool,
            destination: words::without_user(&push.destination),
            registry: &push.registry,
            files: &push.files,
            candidates: push.candidates.iter().map(OneCandidate::new).collect(),
            verdict: words::verdict(push.verdict),
        }
    }
}

/// A candidate as both schemas write it.
#[derive(Debug, Serialize)]
pub(crate) struct OneCandidate<'a> {
    provider: &'static str,
    source: &'a str,
    file: &'a str,
    key: String,
    state: &'static str,
    detail: Option<String>,
}

impl<'a> OneCandidate<'a> {
    pub(crate) fn new(candidate: &'a Candidate) -> Self {
        let (state, detail) = words::state(&candidate.state);
        Self {
            provider: words::provider(candidate.provider),
            source: &candidate.source,
            file: &candidate.file,
            key: words::without_user(&candidate.key),
            state,
            detail: detail.map(words::without_user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn names_and_order_are_those_of_the_schema() {
        let objects = [samples::small()];
        let unreadable = [Unreadable { file: "b.yaml".into(), line: Some(3), error: "e".into() }];
        let text = serde_json::to_string(&Document::new(&objects, &unreadable)).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"schema":"regwarden/credentials/v1","objects":[{"source":{"file":"agent.yaml","document":0,"line":1},"#,
                r#""apiVersion":"v1","kind":"Pod","namespace":"ci","name":"agent","pods":[{"pointer":"","namespace":"ci","#,
                r#""serviceAccount":"default","pulls":[{"container":"build","pointer":"/spec/containers/0/image","#,
                r#""image":"ghcr.io/acme/build:1","registry":"ghcr.io","candidates":[{"provider":"pod","source":"regcred","#,
                r#""file":"","key":"ghcr.io","state":"used","detail":null},{"provider":"serviceAccount","source":"old","#,
                r#""file":"","key":"https://•••@ghcr.io/acme","state":"shadowed","detail":null}],"verdict":"credential"}],"#,
                r#""pushes":[{"container":"build","pointer":"/spec/containers/0/args/0","tool":"kaniko","#,
                r#""destination":"registry.example.com/acme/app:1","registry":"registry.example.com","#,
                r#""files":["/kaniko/.docker/config.json"],"candidates":[{"provider":"secretVolume","source":"push","#,
                r#""file":"/kaniko/.docker/config.json","key":"*.example.com","state":"keyNotUnderstood","#,
                r#""detail":"registry.example.com"}],"verdict":"anonymous"}]}]}],"#,
                r#""unreadable":[{"file":"b.yaml","line":3,"error":"e"}]}"#,
            )
        );
    }
}
