//! Where objects come from: files, directories and standard input, and what each document in them is.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use walkdir::{DirEntry, WalkDir};

use crate::manifest::{Document, Item};
use crate::reason::io_reason;
use crate::report::Unreadable;
use crate::review::{self, Circumstances, Gvk, Identity, Request};

/// The name under which standard input is reported, and by which it is asked for.
pub const STDIN: &str = "-";

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As the user named it, or as it was found below a directory that the user named; `-` is standard input.
    pub name: String,
    /// The path; none for standard input.
    pub path: Option<PathBuf>,
    /// Whether the user named the file itself. A file that was merely found may hold what is no Kubernetes object.
    pub named: bool,
}

/// The files behind the arguments, found as they are asked for. A directory gives its `*.yaml`, `*.yml` and `*.json` in
/// the order of their names, at every depth; hidden files and directories are left out, and so are symbolic links that
/// lead back to where they came from.
pub fn inputs(files: &[PathBuf]) -> impl Iterator<Item = Result<Input, Unreadable>> {
    files.iter().flat_map(|file| -> Box<dyn Iterator<Item = Result<Input, Unreadable>>> {
        if file == Path::new(STDIN) {
            Box::new(std::iter::once(Ok(Input { name: STDIN.to_owned(), path: None, named: true })))
        } else if file.is_dir() {
            Box::new(walk(file))
        } else {
            let name = file.to_string_lossy().into_owned();
            Box::new(std::iter::once(Ok(Input { name, path: Some(file.clone()), named: true })))
        }
    })
}

fn walk(directory: &Path) -> impl Iterator<Item = Result<Input, Unreadable>> {
    let is_wanted = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry);
    WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter().filter_entry(is_wanted).filter_map(
        |entry| match entry {
            Ok(entry) if entry.file_type().is_file() && is_manifest(entry.path()) => {
                let name = entry.path().to_string_lossy().into_owned();
                Some(Ok(Input { name, path: Some(entry.into_path()), named: false }))
            }
            Ok(_) => None,
            // A loop has been read already, where it begins.
            Err(error) if error.loop_ancestor().is_some() => None,
            Err(error) => {
                let file = error.path().unwrap_or(directory).to_string_lossy().into_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), io_reason);
                Some(Err(Unreadable { file, line: None, error: reason }))
            }
        },
    )
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// The bytes of a file or of standard input. One byte more than `limit` at most, so that the reader can tell that the
/// limit is exceeded.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn read(path: Option<&Path>, limit: usize) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    match path {
        Some(path) => {
            let file = File::open(path)?;
            if file.metadata()?.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            file.take(limit).read_to_end(&mut bytes)?;
        }
        None => {
            io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

/// One object to judge.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What it is.
    pub identity: Identity,
    /// `metadata.name`, else `metadata.generateName`.
    pub shown_name: Option<String>,
    /// Pointer of the object in its document.
    pub pointer: String,
    /// Line on which the object starts, from 1.
    pub line: usize,
    /// JSON text of the object; none when a review carries none.
    pub object: Option<String>,
    /// The AdmissionRequest, when the document is one.
    request: Option<Request>,
}

impl Subject {
    /// Whether the document was an AdmissionReview or AdmissionRequest, not the plain object.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.request.is_some()
    }

    /// The request about the object: its own, or one as an API server would make it.
    ///
    /// # Errors
    /// When the object's text is not JSON, which the reader of manifests rules out.
    pub fn request(&self, circumstances: &Circumstances<'_>) -> serde_json::Result<Request> {
        match &self.request {
            Some(request) => Ok(request.clone()),
            None => review::request(self.object.as_deref().unwrap_or("null"), &self.identity, circumstances),
        }
    }
}

/// What one item of a document is.
#[derive(Clone, Debug)]
pub enum Found {
    /// An object to judge.
    Subject(Box<Subject>),
    /// A mapping that has neither `apiVersion` nor `kind`: some other YAML file.
    Foreign {
        /// Its line.
        line: usize,
    },
    /// Something that should be an object and is none.
    Unreadable {
        /// Its line.
        line: usize,
        /// What is wrong.
        error: String,
    },
}

/// What the document holds, recognised by content: an AdmissionReview, an AdmissionRequest, the items of a List, or a
/// plain object.
#[must_use]
pub fn recognise(document: &Document) -> Vec<Found> {
    document.items().iter().map(|item| recognise_item(document, item)).collect()
}

type Fields<'a> = BTreeMap<String, &'a RawValue>;

fn recognise_item(document: &Document, item: &Item) -> Found {
    let line = item.line;
    match subject(&item.json) {
        Ok(Some((mut subject, inner))) => {
            subject.pointer = format!("{}{inner}", item.prefix);
            subject.line = if inner.is_empty() { line } else { document.locate(&subject.pointer).line };
            Found::Subject(Box::new(subject))
        }
        Ok(None) => Found::Foreign { line },
        Err(error) => Found::Unreadable { line, error },
    }
}

/// The subject in a JSON text and the pointer of its object; none when the text has the looks of no Kubernetes object.
fn subject(json: &str) -> Result<Option<(Subject, &'static str)>, String> {
    let Ok(fields) = serde_json::from_str::<Fields<'_>>(json) else {
        return Err("a Kubernetes object is a mapping; this document is something else".to_owned());
    };
    let kind_is_mapping = fields.get("kind").is_some_and(|kind| kind.get().starts_with('{'));
    let kind: Option<String> = text(&fields, "kind").filter(|_| !kind_is_mapping);
    if kind.as_deref() == Some("AdmissionReview") {
        let request = fields.get("request").filter(|request| request.get().starts_with('{'));
        let request = request.ok_or("this AdmissionReview has no `request`; give the one that the API server sends")?;
        return of_request(request, true).map(Some);
    }
    if kind_is_mapping && fields.contains_key("uid") && fields.contains_key("operation") {
        return of_request(serde_json::from_str(json).map_err(|error| error.to_string())?, false).map(Some);
    }
    // What a policy server sends to a policy: `{"request": …, "settings": …}`.
    if kind.is_none()
        && let Some(request) = fields.get("request")
        && serde_json::from_str::<Fields<'_>>(request.get())
            .is_ok_and(|inner| inner.contains_key("uid") && inner.contains_key("operation"))
    {
        return of_request(request, true).map(Some);
    }
    if !fields.contains_key("kind") && !fields.contains_key("apiVersion") {
        return Ok(None);
    }
    let identity = identity(&fields)?;
    let shown_name = identity.name.clone().or_else(|| metadata(&fields, "generateName"));
    let subject =
        Subject { identity, shown_name, pointer: String::new(), line: 1, object: Some(json.to_owned()), request: None };
    Ok(Some((subject, "")))
}

fn identity(fields: &Fields<'_>) -> Result<Identity, String> {
    let need = |name: &str| match text(fields, name) {
        Some(value) if !value.is_empty() => Ok(value),
        Some(_) => Err(format!("`{name}` is empty; every Kubernetes object names its `apiVersion` and `kind`")),
        None if fields.contains_key(name) => Err(format!("`{name}` must be a text; quote it")),
        None => Err(format!("`{name}` is missing; every Kubernetes object names its `apiVersion` and `kind`")),
    };
    let gvk = Gvk::new(&need("apiVersion")?, &need("kind")?);
    let named = |name| metadata(fields, name).filter(|value| !value.is_empty());
    Ok(Identity { gvk, name: named("name"), namespace: named("namespace") })
}

/// Fields that a request cannot lack.
const REQUIRED: [&str; 5] = ["uid", "kind", "resource", "operation", "userInfo"];

/// Fields that reach a policy; others are dropped, as Kubewarden's host drops them.
const KNOWN: [&str; 15] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
];

fn of_request(request: &RawValue, inside: bool) -> Result<(Subject, &'static str), String> {
    let mut fields: Fields<'_> =
        serde_json::from_str(request.get()).map_err(|_| "`request` must be a mapping".to_owned())?;
    // Policies expect an absent field where a review says null.
    fields.retain(|name, value| KNOWN.contains(&name.as_str()) && value.get() != "null");
    if let Some(missing) = REQUIRED.iter().find(|name| !fields.contains_key(**name)) {
        return Err(format!("the AdmissionRequest lacks `{missing}`; give the one that the API server sends"));
    }
    let (place, pointer) = match (fields.contains_key("object"), inside) {
        (true, true) => ("object", "/request/object"),
        (true, false) => ("object", "/object"),
        (false, true) => ("oldObject", "/request/oldObject"),
        (false, false) => ("oldObject", "/oldObject"),
    };
    let object = fields.get(place).map(|object| object.get().to_owned());
    let of_object: Fields<'_> = object.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let gvk: BTreeMap<String, String> =
        typed(&fields, "kind").ok_or("`kind` of the AdmissionRequest must hold `group`, `version` and `kind`")?;
    let part = |name: &str| gvk.get(name).cloned().unwrap_or_default();
    let by_request = Gvk { group: part("group"), version: part("version"), kind: part("kind") };
    let namespace = text(&fields, "namespace").filter(|value| !value.is_empty());
    let own_gvk =
        text(&of_object, "apiVersion").zip(text(&of_object, "kind")).map(|(version, kind)| Gvk::new(&version, &kind));
    let name = metadata(&of_object, "name").or_else(|| text(&fields, "name")).filter(|value| !value.is_empty());
    let shown_name = name.clone().or_else(|| metadata(&of_object, "generateName"));
    let identity = Identity { gvk: own_gvk.unwrap_or(by_request), name, namespace: namespace.clone() };
    let json = serde_json::to_string(&fields).map_err(|error| error.to_string())?;
    let request = Some(Request { json, namespace });
    Ok((Subject { identity, shown_name, pointer: String::new(), line: 1, object, request }, pointer))
}

fn typed<T: DeserializeOwned>(fields: &Fields<'_>, name: &str) -> Option<T> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}

fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    typed(fields, name)
}

fn metadata(fields: &Fields<'_>, name: &str) -> Option<String> {
    let metadata: Fields<'_> = serde_json::from_str(fields.get("metadata")?.get()).ok()?;
    text(&metadata, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{self, Limits};
    use crate::review::Operation;

    const CIRCUMSTANCES: Circumstances<'static> =
        Circumstances { namespace: None, operation: Operation::Create, user: "u" };

    fn found(text: &str) -> Vec<Found> {
        let stream = manifest::read(text.as_bytes(), &Limits::default());
        assert!(stream.error.is_none(), "{:?}", stream.error);
        stream.documents.iter().flat_map(recognise).collect()
    }

    fn subjects(text: &str) -> Vec<Subject> {
        let take = |found| match found {
            Found::Subject(subject) => *subject,
            other => panic!("{other:?}"),
        };
        found(text).into_iter().map(take).collect()
    }

    fn errors(text: &str) -> Vec<String> {
        let take = |found| match found {
            Found::Unreadable { error, .. } => error,
            other => panic!("{other:?}"),
        };
        found(text).into_iter().map(take).collect()
    }

    const REQUEST: &str = r#"{"uid":"u1","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
      "namespace":"ci","operation":"CREATE","userInfo":{},"options":null,"extra":1,
      "object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"agent-"},"n":1.50}}"#;

    #[test]
    fn plain_objects_and_lists() {
        let subjects = subjects(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ci}\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {generateName: b-}\n",
        );
        assert_eq!(subjects.len(), 2);
        assert_eq!(subjects[0].identity.namespace.as_deref(), Some("ci"));
        assert_eq!((subjects[0].pointer.as_str(), subjects[0].line), ("", 1));
        assert_eq!(subjects[1].identity.gvk.group, "apps");
        assert_eq!(subjects[1].identity.name, None);
        assert_eq!(subjects[1].shown_name.as_deref(), Some("b-"));
        assert_eq!((subjects[1].pointer.as_str(), subjects[1].line), ("/items/0", 8));
    }

    #[test]
    fn reviews_and_requests_keep_their_own_request() {
        let review =
            format!("{{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\n\"request\":{REQUEST}}}");
        let payload = format!("{{\"request\":{REQUEST},\"settings\":{{}}}}");
        for (text, pointer) in
            [(review.as_str(), "/request/object"), (REQUEST, "/object"), (&payload, "/request/object")]
        {
            let subjects = subjects(text);
            let subject = &subjects[0];
            assert_eq!(subject.pointer, pointer);
            assert_eq!(subject.identity.namespace.as_deref(), Some("ci"));
            assert_eq!(subject.shown_name.as_deref(), Some("agent-"));
            let request = subject.request(&CIRCUMSTANCES).unwrap();
            assert!(request.json.contains("\"n\":1.50"), "{}", request.json);
            assert!(!request.json.contains("options") && !request.json.contains("extra"));
            assert!(request.json.contains("\"uid\":\"u1\""));
        }
        assert_eq!(subjects(&review)[0].line, 4);
    }

    #[test]
    fn a_deletion_points_at_the_old_object() {
        let request = REQUEST.replace("\"object\":", "\"object\":null,\"oldObject\":");
        assert_eq!(subjects(&request)[0].pointer, "/oldObject");
    }

    #[test]
    fn what_is_no_object_says_why() {
        assert_eq!(errors("- a\n"), ["a Kubernetes object is a mapping; this document is something else"]);
        assert_eq!(
            errors("kind: Pod\n"),
            ["`apiVersion` is missing; every Kubernetes object names its `apiVersion` and `kind`"]
        );
        assert_eq!(errors("apiVersion: 1\nkind: Pod\n"), ["`apiVersion` must be a text; quote it"]);
        assert_eq!(
            errors("apiVersion: v1\nkind: ''\n"),
            ["`kind` is empty; every Kubernetes object names its `apiVersion` and `kind`"]
        );
        assert_eq!(
            errors("apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nresponse: {}\n"),
            ["this AdmissionReview has no `request`; give the one that the API server sends"]
        );
        assert_eq!(
            errors(&REQUEST.replace("\"userInfo\":{},", "")),
            ["the AdmissionRequest lacks `userInfo`; give the one that the API server sends"]
        );
        assert!(matches!(found("replicas: 3\n")[..], [Found::Foreign { line: 1 }]));
    }

    #[test]
    fn directories_are_walked_in_order_without_hidden_files_and_loops() {
        let root = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        for name in ["b.yml", "a/z.yaml", "a/c.JSON", ".git/x.yaml", ".hidden.yaml", "notes.txt"] {
            make(name);
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
        let files = [root.path().to_owned(), PathBuf::from("-"), PathBuf::from("absent.yaml")];
        let names: Vec<String> =
            inputs(&files).map(|input| input.unwrap().name.replace(root.path().to_str().unwrap(), "ROOT")).collect();
        assert_eq!(names, ["ROOT/a/c.JSON", "ROOT/a/z.yaml", "ROOT/b.yml", "-", "absent.yaml"]);
    }

    #[test]
    fn reading_stops_behind_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        assert_eq!(read(Some(file.path()), 4).unwrap(), b"01234");
        assert_eq!(read(Some(Path::new("/")), 4).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }
}
