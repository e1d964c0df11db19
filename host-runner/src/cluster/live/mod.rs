//! A cluster behind an API server: questions over HTTPS, each cancelled at its deadline.

mod config;
mod failure;
mod http;

pub use config::{ConnectError, Connection};

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use self::http::{Http, Reply};
use super::cache::{Bounds, Cache};
use super::{AccessReview, Cluster, ClusterError, ListQuery, ObjectRef, Patience};

/// Largest object; etcd refuses to store more than 1.5 MiB.
const OBJECT: usize = 8 << 20;

/// Largest list, all pages together.
const LIST: usize = 32 << 20;

/// Largest list of the kinds of one API group.
const KINDS: usize = 4 << 20;

/// Objects in one page of a list, as Kubewarden's host asks for them.
const PAGE: usize = 500;

/// How long answers are kept, as Kubewarden's host keeps them.
const ANSWERS: Bounds = Bounds { lifetime: Duration::from_secs(5), entries: 4096, bytes: 64 << 20 };

/// How long it is remembered which kinds there are.
const KNOWN_KINDS: Bounds = Bounds { lifetime: Duration::from_secs(60), entries: 256, bytes: 16 << 20 };

/// How long nobody asks an API server that could not be reached or did not answer: a whole directory of manifests must
/// not wait for its deadline once per Pod.
const PAUSE: Duration = Duration::from_secs(5);

/// How long connecting may take, a credential plugin included.
const CONNECT: Duration = Duration::from_secs(30);

/// Namespace or none, then name, in a kind.
type ObjectKey = (String, String, Option<String>, String);
/// Kind, namespace, label selector, field selector.
type ListKey = (String, String, Option<String>, Option<String>, Option<String>);
type Items = Arc<Vec<Arc<Value>>>;

/// A connected API server. Do not use it on a thread of an async runtime: its calls block.
pub struct Live {
    /// None only while being dropped.
    runtime: Option<Runtime>,
    http: Http,
    kinds: Cache<String, Arc<HashMap<String, Resource>>>,
    objects: Cache<ObjectKey, Arc<Value>>,
    lists: Cache<ListKey, Items>,
    reviews: Cache<AccessReview, Arc<Value>>,
    pause: Mutex<Option<(Instant, ClusterError)>>,
}

/// How a kind is reached.
#[derive(Clone, Debug)]
struct Resource {
    plural: String,
    namespaced: bool,
}

impl Drop for Live {
    fn drop(&mut self) {
        // A name look-up that nobody waits for any longer must not hold up the end of the program.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Live {
    /// Reads the configuration, connects, and asks once which core kinds there are: so that mistakes show before the
    /// first policy runs.
    ///
    /// # Errors
    /// Each mistake of a kubeconfig, an API server that cannot be reached or trusted, credentials it does not accept.
    pub fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        // Nobody else in this process chooses another provider; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("regwarden-cluster")
            .enable_all()
            .build()
            .map_err(|error| ConnectError::Client(error.to_string()))?;
        let config = connection.load()?;
        let server = config.cluster_url.to_string();
        // A credential plugin runs here, and may wait for a person.
        let connecting = runtime.spawn_blocking({
            let handle = runtime.handle().clone();
            move || {
                let _inside = handle.enter();
                kube::Client::try_from(config)
            }
        });
        let client = runtime.block_on(async { tokio::time::timeout(CONNECT, connecting).await });
        let client = match client {
            Ok(Ok(Ok(client))) => client,
            Ok(Ok(Err(error))) => return Err(ConnectError::Client(failure::of_client(&error))),
            Ok(Err(_)) => return Err(ConnectError::Client("the client ended unexpectedly".to_owned())),
            Err(_) => {
                runtime.shutdown_background();
                return Err(ConnectError::Client(format!(
                    "the credential plugin of the kubeconfig did not end within {} s: run it by hand",
                    CONNECT.as_secs()
                )));
            }
        };
        let live = Self {
            runtime: Some(runtime),
            http: Http::new(client),
            kinds: Cache::new(KNOWN_KINDS),
            objects: Cache::new(ANSWERS),
            lists: Cache::new(ANSWERS),
            reviews: Cache::new(ANSWERS),
            pause: Mutex::new(None),
        };
        match live.kinds_of("v1", "Secret", Patience::until(Instant::now() + connection.timeout)) {
            // Who may not even see the kinds learns it with each question.
            Ok(_) | Err(ClusterError::Forbidden(_)) => Ok(live),
            Err(error) => Err(ConnectError::Server { server, error: Box::new(error) }),
        }
    }

    /// Runs a question to its end or to the deadline, which cancels it.
    fn run<T: Send + 'static>(
        &self,
        patience: Patience,
        question: impl Future<Output = Result<T, ClusterError>> + Send + 'static,
    ) -> Result<T, ClusterError> {
        let Some(runtime) = &self.runtime else {
            return Err(ClusterError::Unavailable("the connection is closed".to_owned()));
        };
        let started = Instant::now();
        runtime.block_on(async {
            // On a thread of its own, for a credential plugin blocks the thread that it runs on.
            let mut task = runtime.spawn(question);
            match tokio::time::timeout_at(patience.deadline.into(), &mut task).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(ClusterError::Unavailable("the client ended unexpectedly".to_owned())),
                Err(_) => {
                    task.abort();
                    Err(ClusterError::TimedOut(started.elapsed()))
                }
            }
        })
    }

    /// As [`Live::run`], but not while the API server is known to be down; notes when it is.
    fn ask<T: Send + 'static>(
        &self,
        patience: Patience,
        question: impl Future<Output = Result<T, ClusterError>> + Send + 'static,
    ) -> Result<T, ClusterError> {
        let paused = || self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, error)) = &*paused()
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        // Time that is already up says nothing about the server.
        if Instant::now() >= patience.deadline {
            return Err(ClusterError::TimedOut(Duration::ZERO));
        }
        let answer = self.run(patience, question);
        if let Err(error @ (ClusterError::TimedOut(_) | ClusterError::Unavailable(_))) = &answer {
            *paused() = Some((Instant::now() + PAUSE, error.clone()));
        }
        answer
    }

    fn kinds_of(
        &self,
        api_version: &str,
        kind: &str,
        patience: Patience,
    ) -> Result<Arc<HashMap<String, Resource>>, ClusterError> {
        let path = match api_version.split_once('/') {
            None if is_word(api_version) => format!("/api/{api_version}"),
            Some((group, version)) if is_word(group) && is_word(version) => format!("/apis/{group}/{version}"),
            _ => return Err(unknown_kind(api_version, kind)),
        };
        let patience = Patience { fresh: false, ..patience };
        self.kinds.answer(&api_version.to_owned(), patience, || {
            let http = self.http.clone();
            let reply = self.ask(patience, async move { http.get(path, KINDS).await })?;
            match reply {
                Reply::Found(value, bytes) => Ok((Arc::new(resources(&value)?), bytes)),
                Reply::Absent => {
                    Err(ClusterError::UnknownGroup { api_version: api_version.to_owned(), kind: kind.to_owned() })
                }
                Reply::Gone => Err(ClusterError::BadAnswer("410 for a list of kinds".to_owned())),
            }
        })
    }

    fn resource(&self, api_version: &str, kind: &str, patience: Patience) -> Result<Resource, ClusterError> {
        let kinds = self.kinds_of(api_version, kind, patience)?;
        kinds.get(kind).cloned().ok_or_else(|| unknown_kind(api_version, kind))
    }
}

fn unknown_kind(api_version: &str, kind: &str) -> ClusterError {
    ClusterError::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() }
}

/// A part of an API group's name or version: nothing in it can lead a path elsewhere.
fn is_word(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(sound) && !text.contains("..") && text != "."
}

/// Whether an object can have this name at all: API servers refuse everything that changes a path.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 253 && text != "." && text != ".." && !text.contains(['/', '%'])
}

fn resources(list: &Value) -> Result<HashMap<String, Resource>, ClusterError> {
    #[derive(Deserialize)]
    struct List {
        resources: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        kind: String,
        namespaced: bool,
    }
    let list = List::deserialize(list)
        .map_err(|_| ClusterError::BadAnswer("its list of kinds has another shape".to_owned()))?;
    // `pods/log` and its like are parts of a resource.
    let whole = list.resources.into_iter().filter(|entry| is_word(&entry.name));
    Ok(whole.map(|entry| (entry.kind, Resource { plural: entry.name, namespaced: entry.namespaced })).collect())
}

/// Path of the collection that a kind's objects are in.
fn collection(api_version: &str, resource: &Resource, namespace: Option<&str>) -> String {
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let plural = &resource.plural;
    match namespace.filter(|_| resource.namespaced) {
        Some(namespace) => format!("/{root}/{api_version}/namespaces/{}/{plural}", http::encode(namespace)),
        None => format!("/{root}/{api_version}/{plural}"),
    }
}

impl Cluster for Live {
    fn get(&self, object: &ObjectRef<'_>, patience: Patience) -> Result<Arc<Value>, ClusterError> {
        let ObjectRef { api_version, kind, namespace, name } = *object;
        let resource = self.resource(api_version, kind, patience)?;
        let not_found = || ClusterError::NotFound {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        let place = match (resource.namespaced, namespace) {
            (true, None) => {
                return Err(ClusterError::NamespaceMissing { api_version: api_version.into(), kind: kind.into() });
            }
            (true, place) => place,
            (false, _) => None,
        };
        if !is_name(name) || !place.is_none_or(is_name) {
            return Err(not_found());
        }
        let key = (api_version.to_owned(), kind.to_owned(), place.map(str::to_owned), name.to_owned());
        let answer = self.objects.answer(&key, patience, || {
            let path = format!("{}/{}", collection(api_version, &resource, place), http::encode(name));
            let http = self.http.clone();
            match self.ask(patience, async move { http.get(path, OBJECT).await })? {
                Reply::Found(value, bytes) => Ok((Arc::new(value), bytes)),
                Reply::Absent => Err(not_found()),
                Reply::Gone => Err(ClusterError::BadAnswer("410 for an object".to_owned())),
            }
        });
        // A kept answer may carry the namespace of another question, where a namespace does not matter.
        answer.map_err(|error| if matches!(error, ClusterError::NotFound { .. }) { not_found() } else { error })
    }

    fn list(&self, query: &ListQuery<'_>, patience: Patience) -> Result<Items, ClusterError> {
        let ListQuery { api_version, kind, namespace, label_selector, field_selector } = *query;
        let resource = self.resource(api_version, kind, patience)?;
        if !resource.namespaced && namespace.is_some() {
            return Err(ClusterError::ClusterWide { api_version: api_version.into(), kind: kind.into() });
        }
        if !namespace.is_none_or(is_name) {
            return Ok(Arc::default());
        }
        let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (labels, fields) = (owned(label_selector), owned(field_selector));
        let key = (api_version.to_owned(), kind.to_owned(), owned(namespace), labels.clone(), fields.clone());
        self.lists.answer(&key, patience, || {
            let path = collection(api_version, &resource, namespace);
            let types = (api_version.to_owned(), kind.to_owned());
            let selectors = [("labelSelector", labels), ("fieldSelector", fields)];
            let http = self.http.clone();
            // A list may be slow for its size alone, so it says nothing about the server: no pause after it.
            let items = self.run(patience, async move { pages(&http, &path, &selectors, &types).await })?;
            Ok((Arc::new(items.0), items.1))
        })
    }

    fn can_i(&self, review: &AccessReview, patience: Patience) -> Result<Arc<Value>, ClusterError> {
        self.reviews.answer(review, patience, || {
            let of = &review.resource_attributes;
            let mut attributes = serde_json::Map::new();
            let optional = [
                ("group", &of.group),
                ("name", &of.name),
                ("namespace", &of.namespace),
                ("subresource", &of.subresource),
                ("version", &of.version),
            ];
            for (name, value) in optional {
                if let Some(value) = value {
                    attributes.insert(name.to_owned(), json!(value));
                }
            }
            attributes.insert("resource".to_owned(), json!(of.resource));
            attributes.insert("verb".to_owned(), json!(of.verb));
            let mut spec = json!({"user": review.user, "resourceAttributes": attributes});
            if let (Some(groups), Value::Object(spec)) = (&review.groups, &mut spec) {
                spec.insert("groups".to_owned(), json!(groups));
            }
            let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec});
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews".to_owned();
            let http = self.http.clone();
            match self.ask(patience, async move { http.post(path, body.to_string(), KINDS).await })? {
                Reply::Found(value, bytes) => match value.get("status") {
                    Some(status) if status.is_object() => Ok((Arc::new(status.clone()), bytes)),
                    _ => Err(ClusterError::BadAnswer("SubjectAccessReview did not return a response".to_owned())),
                },
                Reply::Absent | Reply::Gone => {
                    Err(ClusterError::Unavailable("it has no SubjectAccessReview".to_owned()))
                }
            }
        })
    }
}

/// All pages of a list. One that grows too old between two pages is read once more from its start.
async fn pages(
    http: &Http,
    path: &str,
    selectors: &[(&str, Option<String>)],
    (api_version, kind): &(String, String),
) -> Result<(Vec<Arc<Value>>, usize), ClusterError> {
    let mut again = true;
    'whole: loop {
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        let mut next = String::new();
        loop {
            let mut target = format!("{path}?limit={PAGE}");
            for (name, value) in selectors {
                if let Some(value) = value {
                    target.push_str(&format!("&{name}={}", http::encode(value)));
                }
            }
            if !next.is_empty() {
                target.push_str(&format!("&continue={}", http::encode(&next)));
            }
            let left = LIST.saturating_sub(bytes);
            let page = http.get(target, left).await.map_err(|error| match error {
                ClusterError::TooLarge { .. } => ClusterError::TooLarge { limit: LIST },
                other => other,
            })?;
            let mut page = match page {
                Reply::Found(page, size) => {
                    bytes += size;
                    page
                }
                Reply::Gone if again => {
                    again = false;
                    continue 'whole;
                }
                Reply::Gone => return Err(ClusterError::Unavailable("the list changes too fast".to_owned())),
                Reply::Absent => {
                    return Err(ClusterError::UnknownKind { api_version: api_version.clone(), kind: kind.clone() });
                }
            };
            next = page.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) else {
                return Err(ClusterError::BadAnswer("a list without items".to_owned()));
            };
            items.extend(found.into_iter().map(|mut item| {
                if let Value::Object(item) = &mut item {
                    // API servers leave them out of the items of a list.
                    item.insert("apiVersion".to_owned(), json!(api_version));
                    item.insert("kind".to_owned(), json!(kind));
                }
                Arc::new(item)
            }));
            if next.is_empty() {
                return Ok((items, bytes));
            }
        }
    }
}
