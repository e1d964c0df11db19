//! The Pod that an engine would make of a description, as far as the description shows it, written as JSON.

use std::cell::Cell;

use crate::json::{Document, JsonError, Kind, Node, Pointers, write};
use crate::pointer;
use crate::text;

use super::origin::Origins;
use super::params::{Scope, refers};
use super::place::list;
use super::table::Beside;

/// Where the sketch has its Pod.
pub(crate) const POD: &[&str] = &["template"];
pub(crate) const SPEC: &str = "/template/spec";
pub(super) const CONTAINERS: &str = "/template/spec/containers";
pub(super) const INIT: &str = "/template/spec/initContainers";
const VOLUMES: &str = "/template/spec/volumes";

/// What rules read of `metadata`; annotations may hold the whole object once more.
const META: &[&str] = &["name", "generateName", "namespace", "labels"];
/// Labels of one template that are taken over.
const MAX_LABELS: usize = 64;
/// What stands for resources that are given where a Pod has no place for them.
const SOME_RESOURCES: &str = r#"{"requests":{"cpu":"1"}}"#;

/// A sketch in the making.
pub(crate) struct Sketch<'d> {
    pub object: Node<'d>,
    pub beside: &'static Beside,
    pub scope: Scope<'d>,
    pub origins: Origins,
    pub pointers: Pointers<'d>,
    whole: Option<String>,
    spec: write::Object,
    pub containers: (write::Array, usize),
    pub init: (write::Array, usize),
    volumes: (write::Array, usize),
    /// Mounts that every container of the description has, and where they came from; empty: from the engine.
    pub mounts: Vec<(String, String)>,
    /// Pull secrets that a patch of the Pod may add, and where it is written; `None`: it cannot be read.
    pub patched_pulls: Vec<(String, Option<Node<'d>>)>,
    /// Members of the Pod's spec that a patch sets, the last one counts, and where it is written; `None`: it cannot be read.
    pub patched: Vec<(&'static str, String, Option<Node<'d>>)>,
    /// Lists of variables that every container of the description has behind its own.
    pub env: Vec<Node<'d>>,
    /// Labels of the Pods beside those of the object.
    pub labels: Vec<Node<'d>>,
    /// The resources of the Pod as a whole are written.
    resources: bool,
}

impl<'d> Sketch<'d> {
    #[inline(never)]
    pub(crate) fn new(object: Node<'d>, beside: &'static Beside, left: usize) -> Self {
        let list = || (write::Array::new(), 0);
        let beside = beside.of(object);
        Sketch {
            object,
            beside,
            scope: Scope { left: Cell::new(left), ..Scope::default() },
            origins: Origins::new(beside),
            pointers: Pointers::new(object),
            whole: None,
            spec: write::Object::new(String::new()),
            containers: list(),
            init: list(),
            volumes: list(),
            mounts: Vec::new(),
            patched_pulls: Vec::new(),
            patched: Vec::new(),
            env: Vec::new(),
            labels: Vec::new(),
            resources: false,
        }
    }

    /// Resources that are given elsewhere, or that cannot be given.
    #[inline(never)]
    pub(crate) fn resources_elsewhere(&mut self) {
        if !self.resources {
            self.spec.raw("resources", SOME_RESOURCES);
        }
        self.resources = true;
    }

    /// The pointer of a value in the object.
    #[inline(never)]
    pub(crate) fn pointer(&mut self, node: Node<'d>) -> String {
        self.pointers.to(node)
    }

    /// The description has the form of a Pod: it is taken over as it is.
    #[inline(never)]
    pub(crate) fn template(&mut self, node: Node<'d>) {
        self.whole = Some(node.raw().to_owned());
        let at = self.pointer(node);
        self.origins.add("/template".to_owned(), at);
    }

    /// The `spec` of a Pod, taken over as it is.
    #[inline(never)]
    pub(crate) fn spec(&mut self, node: Node<'d>) {
        self.whole = Some(write::object(&[("spec", node.raw())]));
        let at = self.pointer(node);
        self.origins.add(SPEC.to_owned(), at);
    }

    /// A member of the Pod's spec that is written already.
    #[inline(never)]
    pub(crate) fn member(&mut self, key: &str, text: &str) {
        self.spec.raw(key, text);
    }

    /// Takes over the description's own volumes; new ones belong there too.
    #[inline(never)]
    pub(crate) fn own_volumes(&mut self, node: Node<'d>) {
        let at = self.pointer(node);
        self.origins.add(VOLUMES.to_owned(), pointer::child(&at, "volumes"));
        for volume in list(node, "volumes") {
            self.copied_volume(volume);
        }
    }

    #[inline(never)]
    fn copied_volume(&mut self, volume: Node<'d>) {
        let mut text = String::new();
        self.copy(volume, &mut text);
        self.volume(&text, volume);
    }

    /// Adds a volume and says what it stands for.
    #[inline(never)]
    pub(crate) fn volume(&mut self, text: &str, origin: Node<'d>) {
        self.volumes.0.raw(text);
        let mut place = String::from(VOLUMES);
        pointer::push_index(&mut place, self.volumes.1);
        self.volumes.1 += 1;
        let at = self.pointer(origin);
        self.origins.add(place, at);
    }

    /// Adds a volume of the engine's, which leads nowhere.
    #[inline(never)]
    pub(crate) fn made_up_volume(&mut self, text: &str) {
        self.volumes.0.raw(text);
        self.volumes.1 += 1;
    }

    /// A volume that a patch brings.
    #[inline(never)]
    pub(crate) fn patched_volume(&mut self, text: &str, from: &str) {
        let mut place = String::from(VOLUMES);
        pointer::push_index(&mut place, self.volumes.1);
        self.made_up_volume(text);
        self.origins.text(place, from.to_owned());
    }

    /// Takes over what lies beside the description. What is more exact comes first: `account`, then `own`, of which the first
    /// is the description itself.
    #[inline(never)]
    pub(crate) fn beside(&mut self, account: Option<Node<'d>>, own: &[Option<Node<'d>>]) {
        let Beside { account: account_path, pod, .. } = self.beside;
        let found = account.or_else(|| self.object.get_path(account_path).filter(|_| !account_path.is_empty()));
        self.member_beside("serviceAccountName", found, account_path);
        let around = self.object.get_path(pod).filter(|_| !pod.is_empty());
        for key in ["imagePullSecrets", "automountServiceAccountToken", "securityContext", "hostUsers"] {
            let get = |node: &Option<Node<'d>>| node.and_then(|node| node.get(key));
            let found = own.iter().find_map(get).or_else(|| get(&around));
            let mut path: Vec<&str> = Vec::with_capacity(pod.len() + 1);
            if !pod.is_empty() {
                path.extend(*pod);
                path.push(key);
            }
            self.member_beside(key, found, &path);
        }
        for node in own.iter().skip(1).chain([&around]).flatten() {
            self.volumes_beside(*node);
        }
    }

    /// Volumes that other descriptions have too.
    #[inline(never)]
    fn volumes_beside(&mut self, node: Node<'d>) {
        for volume in list(node, "volumes") {
            if !self.scope.charge(volume.raw().len()) {
                break;
            }
            self.copied_volume(volume);
        }
    }

    /// A member of the Pod's spec that lies beside the description, or belongs at that path.
    #[inline(never)]
    fn member_beside(&mut self, key: &str, found: Option<Node<'d>>, path: &[&str]) {
        if let Some(at) = self.patched.iter().rposition(|(patched, ..)| text::same(patched, key)) {
            let (_, text, from) = self.patched.swap_remove(at);
            self.spec.raw(key, &text);
            if let Some(from) = from {
                let from = self.pointer(from);
                self.origins.text(pointer::child(SPEC, key), from);
            }
        } else if let Some(node) = found {
            if self.scope.charge(node.raw().len()) {
                let mut text = String::new();
                self.copy(node, &mut text);
                if text::same(key, "imagePullSecrets") {
                    text = self.with_patched(node, text);
                }
                self.spec.raw(key, &text);
                let at = self.pointer(node);
                self.origins.add(pointer::child(SPEC, key), at);
            }
        } else if !path.is_empty() {
            if text::same(key, "imagePullSecrets") && !self.patched_pulls.is_empty() {
                let mut list = write::Array::new();
                if let Some(patch) = self.patched_pulls.first().and_then(|(_, patch)| *patch) {
                    let from = self.pointer(patch);
                    self.origins.text(pointer::child(SPEC, key), from);
                }
                self.add_patched(&mut list, 0);
                self.spec.raw(key, &list.end());
                return;
            }
            let mut at = String::new();
            for key in path {
                pointer::push(&mut at, key);
            }
            self.origins.add(pointer::child(SPEC, key), at);
        }
    }

    /// The list of pull secrets and behind it what a patch may add.
    #[inline(never)]
    fn with_patched(&mut self, list: Node<'d>, text: String) -> String {
        if self.patched_pulls.is_empty() || list.kind() != Kind::Array {
            return text;
        }
        let mut out = write::Array::new();
        let mut count = 0;
        for element in list.elements() {
            let mut text = String::new();
            self.copy(element, &mut text);
            out.raw(&text);
            count += 1;
        }
        self.add_patched(&mut out, count);
        out.end()
    }

    /// Adds what a patch brings to a list that has so many entries.
    #[inline(never)]
    fn add_patched(&mut self, list: &mut write::Array, mut count: usize) {
        for (name, patch) in std::mem::take(&mut self.patched_pulls) {
            list.raw(&write::object(&[("name", &write::string(&name))]));
            let mut at = pointer::child(SPEC, "imagePullSecrets");
            pointer::push_index(&mut at, count);
            count += 1;
            match patch {
                Some(patch) => {
                    let from = self.pointer(patch);
                    self.origins.text(at, from);
                }
                None => self.origins.elsewhere(at),
            }
        }
    }

    /// A value with its parameters filled in.
    #[inline(never)]
    pub(crate) fn copy(&self, node: Node<'d>, out: &mut String) {
        if !refers(node.raw()) {
            out.push_str(node.raw());
            return;
        }
        match node.kind() {
            Kind::String => write::push_string(out, &self.scope.fill(node.as_str().unwrap_or_default())),
            Kind::Array => {
                out.push('[');
                for (i, element) in node.elements().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.copy(element, out);
                }
                out.push(']');
            }
            Kind::Object => {
                out.push('{');
                let mut members = node.members();
                let mut first = true;
                while let Some((key, value)) = members.next_raw() {
                    if !first {
                        out.push(',');
                    }
                    first = false;
                    out.push_str(key);
                    out.push(':');
                    self.copy(value, out);
                }
                out.push('}');
            }
            _ => out.push_str(node.raw()),
        }
    }

    /// The sketch as JSON, its Pod at [`POD`], the way back, and what is left of the bytes to share.
    #[inline(never)]
    pub(crate) fn finish(self) -> (String, Origins, usize) {
        let meta = self.object.get("metadata");
        let mut out = write::Object::new(String::new());
        if let Some(meta) = meta {
            let mut kept = write::Object::new(String::new());
            for key in META {
                if let Some(value) = meta.get(key).filter(|value| self.scope.charge(value.raw().len())) {
                    kept.raw(key, value.raw());
                }
            }
            out.raw("metadata", &kept.end());
        }
        if let Some(claims) =
            Some(self.beside.claims).filter(|path| !path.is_empty()).and_then(|path| self.object.get_path(path))
        {
            out.raw("spec", &write::object(&[("volumeClaimTemplates", claims.raw())]));
        }
        let left = self.scope.left.get();
        let Sketch { labels: of_pods, object, whole, mut spec, containers, init, volumes, beside, mut origins, .. } =
            self;
        let template = whole.unwrap_or_else(|| {
            spec.raw("initContainers", &init.0.end());
            spec.raw("containers", &containers.0.end());
            spec.raw("volumes", &volumes.0.end());
            let mut labels = write::Object::new(String::new());
            let own = meta.and_then(|meta| meta.get("labels"));
            // The more exact ones first; of what is written by hand these are few.
            let mut written: Vec<&str> = Vec::new();
            for map in of_pods {
                for (key, value) in map.members().take(MAX_LABELS) {
                    if !written.contains(&key) {
                        labels.raw(key, value.raw());
                        written.push(key);
                    }
                }
            }
            for (key, value) in own.map_or_else(|| object.no_members(), Node::members) {
                if !written.contains(&key) {
                    labels.raw(key, value.raw());
                }
            }
            let mark = beside.mark;
            if !mark.is_empty() && !written.contains(&mark) && own.and_then(|own| own.member(mark)).is_none() {
                labels.string(
                    mark,
                    if text::same(mark, "app.kubernetes.io/managed-by") { "tekton-pipelines" } else { "" },
                );
            }
            write::object(&[("metadata", &write::object(&[("labels", &labels.end())])), ("spec", &spec.end())])
        });
        out.raw("template", &template);
        origins.ready();
        (out.end(), origins, left)
    }
}

/// Reads a finished sketch.
pub(crate) fn read(text: &str) -> Result<Document<'_>, JsonError> {
    Document::parse(text.as_bytes())
}
