//! The Pod that an engine would make of a description, as far as the description shows it, written as JSON.

use std::cell::Cell;

use crate::json::{Document, Elements, JsonError, Kind, Node, Pointers, write};
use crate::pointer;
use crate::text;

use super::list;
use super::origin::Origins;
use super::params::{Scope, refers};
use super::table::Beside;

/// Where the sketch has its Pod.
pub(crate) const POD: &[&str] = &["template"];
const SPEC: &str = "/template/spec";
const CONTAINERS: &str = "/template/spec/containers";
const INIT: &str = "/template/spec/initContainers";
const VOLUMES: &str = "/template/spec/volumes";

/// What rules read of `metadata`; annotations may hold the whole object once more.
const META: &[&str] = &["name", "generateName", "namespace", "labels"];
/// Labels of one template that are taken over.
const MAX_LABELS: usize = 64;
/// What stands for resources that are given where a Pod has no place for them.
const SOME_RESOURCES: &str = r#"{"requests":{"cpu":"1"}}"#;

/// The fields of a container that rules read; others would only cost.
const CONTAINER: &[&str] = &[
    "name",
    "image",
    "command",
    "args",
    "env",
    "envFrom",
    "volumeMounts",
    "securityContext",
    "workingDir",
    "resources",
    "computeResources",
    "restartPolicy",
];
/// Those of them that are lists which a template of steps adds to.
const LISTS: &[&str] = &["env", "envFrom", "volumeMounts"];

/// A sketch in the making.
pub(crate) struct Sketch<'d> {
    pub object: Node<'d>,
    pub beside: &'static Beside,
    pub scope: Scope<'d>,
    pub origins: Origins,
    pointers: Pointers<'d>,
    whole: Option<String>,
    spec: write::Object,
    containers: (write::Array, usize),
    init: (write::Array, usize),
    volumes: (write::Array, usize),
    /// Mounts that every container of the description has, and where they came from; empty: from the engine.
    pub mounts: Vec<(String, String)>,
    /// Labels of the Pods beside those of the object.
    pub labels: Vec<Node<'d>>,
    /// The resources of the Pod as a whole are written.
    resources: bool,
}

/// How one container is described.
#[derive(Clone, Copy)]
pub(crate) struct Described<'d> {
    /// Its map.
    pub node: Node<'d>,
    /// The key of a script in it, which takes the place of command and arguments.
    pub script: &'static str,
    /// What is not given is taken from here.
    pub template: Option<Node<'d>>,
    /// Its name when it has none.
    pub name: &'d str,
    /// It runs before the others.
    pub init: bool,
}

impl<'d> Described<'d> {
    /// A container as Pods have them.
    pub(crate) fn plain(node: Node<'d>) -> Self {
        Described { node, script: "", template: None, name: "", init: false }
    }
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

    /// A runner: the fields of its container and of its Pod in one map.
    #[inline(never)]
    pub(crate) fn runner(&mut self, node: Node<'d>) {
        for key in ["serviceAccountName", "imagePullSecrets", "automountServiceAccountToken", "securityContext"] {
            if let Some(value) = node.get(key).filter(|_| key != "securityContext") {
                self.spec.raw(key, value.raw());
            }
            let at = self.pointer(node);
            self.origins.add(pointer::child(SPEC, key), pointer::child(&at, key));
        }
        self.own_volumes(node);
        self.container(Described { name: "runner", ..Described::plain(node) });
        for (key, init) in [("containers", false), ("sidecarContainers", false), ("initContainers", true)] {
            for container in list(node, key) {
                self.container(Described { init, ..Described::plain(container) });
            }
        }
    }

    /// Takes over the description's own volumes; new ones belong there too.
    #[inline(never)]
    pub(crate) fn own_volumes(&mut self, node: Node<'d>) {
        let at = self.pointer(node);
        self.origins.add(VOLUMES.to_owned(), pointer::child(&at, "volumes"));
        self.volumes(list(node, "volumes"));
    }

    /// Takes over a list of volumes.
    #[inline(never)]
    pub(crate) fn volumes(&mut self, volumes: Elements<'d>) {
        for volume in volumes {
            if self.scope.left.get() == 0 {
                return;
            }
            let mut text = String::new();
            self.copy(volume, &mut text);
            self.volume(&text, volume);
        }
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

    /// Takes over what lies beside the description. What is more exact comes first: `account`, then `own`.
    #[inline(never)]
    pub(crate) fn beside(&mut self, account: Option<Node<'d>>, own: &[Option<Node<'d>>]) {
        let Beside { account: account_path, pod, .. } = self.beside;
        let found = account.or_else(|| self.object.get_path(account_path).filter(|_| !account_path.is_empty()));
        self.member_beside("serviceAccountName", found, account_path);
        let around = self.object.get_path(pod).filter(|_| !pod.is_empty());
        for key in ["imagePullSecrets", "automountServiceAccountToken", "securityContext"] {
            let get = |node: &Option<Node<'d>>| node.and_then(|node| node.get(key));
            let found = own.iter().find_map(get).or_else(|| get(&around));
            let mut path: Vec<&str> = Vec::with_capacity(pod.len() + 1);
            if !pod.is_empty() {
                path.extend(*pod);
                path.push(key);
            }
            self.member_beside(key, found, &path);
        }
        if let Some(around) = around {
            let volumes = list(around, "volumes");
            if around.get("volumes").is_none_or(|volumes| self.scope.charge(volumes.raw().len())) {
                self.volumes(volumes);
            }
        }
    }

    /// A member of the Pod's spec that lies beside the description, or belongs at that path.
    #[inline(never)]
    fn member_beside(&mut self, key: &str, found: Option<Node<'d>>, path: &[&str]) {
        if let Some(node) = found {
            if self.scope.charge(node.raw().len()) {
                let mut text = String::new();
                self.copy(node, &mut text);
                self.spec.raw(key, &text);
                let at = self.pointer(node);
                self.origins.add(pointer::child(SPEC, key), at);
            }
        } else if !path.is_empty() {
            let mut at = String::new();
            for key in path {
                pointer::push(&mut at, key);
            }
            self.origins.add(pointer::child(SPEC, key), at);
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

    /// Adds a container.
    #[inline(never)]
    pub(crate) fn container(&mut self, described: Described<'d>) {
        let Described { node, script, template, .. } = described;
        let charged = template.is_none_or(|template| self.scope.charge(template.raw().len()));
        // What is no container has been told, and makes none.
        if !charged || self.scope.left.get() == 0 || node.kind() != Kind::Object {
            return;
        }
        let at = self.pointer(node);
        let place = self.next_place(described.init);
        let script = if script.is_empty() { None } else { node.get(script) };
        let mut out = write::Object::new(String::new());
        let mut resources = false;
        for key in CONTAINER {
            if script.is_some() && matches!(*key, "command" | "args") {
                continue;
            }
            let own = node.get(key).filter(|value| *key != "name" || value.as_str() != Some(""));
            let mut extra = template.and_then(|template| template.get(key));
            // A Task of v1 says `computeResources` for what is `resources` in a container.
            let name = if *key == "computeResources" { "resources" } else { key };
            if *key == "resources" && node.get("computeResources").is_some() {
                extra = None;
            }
            if LISTS.contains(key) {
                if let Some(text) = self.merged(key, own, extra, &place) {
                    out.raw(name, &text);
                }
                continue;
            }
            let Some(value) = own.or(extra) else {
                if *key == "name" && !described.name.is_empty() {
                    out.string("name", described.name);
                }
                continue;
            };
            if name == "resources" {
                if resources {
                    continue;
                }
                resources = true;
                // The version of the object says how it is called; it may be written otherwise all the same.
                if own.is_some() {
                    self.origins.add(pointer::child(&place, name), pointer::child(&at, key));
                }
            }
            if let Some(extra) = extra.filter(|_| own.is_none()) {
                let from = self.pointer(extra);
                self.origins.add(pointer::child(&place, name), from);
            }
            let mut text = String::new();
            if matches!(*key, "command" | "args") {
                self.words(value, &pointer::child(&place, key), &mut text);
            } else {
                self.copy(value, &mut text);
            }
            out.raw(name, &text);
        }
        if !resources && self.beside.resources != "resources" && !self.beside.resources.is_empty() {
            self.origins.add(pointer::child(&place, "resources"), pointer::child(&at, self.beside.resources));
        }
        if let Some(script) = script {
            let mut text = String::new();
            self.copy(script, &mut text);
            // The first line may name another interpreter; then the rest is no shell's.
            // Argo's `source` is given to the command beside it.
            let command = list(node, "command").next().and_then(Node::as_str).filter(|_| described.script == "source");
            let program = command.unwrap_or_else(|| interpreter(script.as_str().unwrap_or_default()));
            out.raw("command", &write::array([write::string(program), write::string("-c")]));
            out.raw("args", &write::single(&text));
            let from = self.pointer(script);
            self.origins.add(pointer::child(&place, "command"), from.clone());
            self.origins.add(pointer::child(&place, "args"), from.clone());
            self.origins.add(pointer::child(&pointer::child(&place, "args"), "0"), from);
        }
        self.origins.add(place, at);
        self.push(&out.end(), described.init);
    }

    /// The pointer that the next container will have.
    #[inline(never)]
    pub(crate) fn next_place(&self, init: bool) -> String {
        let (list, count) = if init { (INIT, self.init.1) } else { (CONTAINERS, self.containers.1) };
        let mut place = String::from(list);
        pointer::push_index(&mut place, count);
        place
    }

    /// Adds a container that is written already.
    #[inline(never)]
    pub(crate) fn push(&mut self, text: &str, init: bool) {
        let list = if init { &mut self.init } else { &mut self.containers };
        list.0.raw(text);
        list.1 += 1;
    }

    /// A list of the container, and behind it what the template adds: entries of another name.
    #[inline(never)]
    fn merged(&mut self, key: &str, own: Option<Node<'d>>, extra: Option<Node<'d>>, place: &str) -> Option<String> {
        if let Some(value) = own.filter(|value| value.kind() != Kind::Array) {
            return Some(value.raw().to_owned());
        }
        let mut out = write::Array::new();
        let mut names: Vec<&str> = Vec::new();
        let mut count = 0;
        let elements = |node: Option<Node<'d>>| node.map_or_else(|| self.object.no_elements(), Node::elements);
        let (own_elements, extra_elements) = (elements(own), elements(extra));
        for element in own_elements {
            let mut text = String::new();
            self.copy(element, &mut text);
            out.raw(&text);
            count += 1;
            if extra.is_some() && names.len() < 256 {
                names.extend(element.str("name"));
            }
        }
        for element in extra_elements {
            if key == "env" && element.str("name").is_some_and(|name| names.contains(&name)) {
                continue;
            }
            let mut text = String::new();
            self.copy(element, &mut text);
            out.raw(&text);
            let mut at = pointer::child(place, key);
            pointer::push_index(&mut at, count);
            let from = self.pointer(element);
            self.origins.add(at, from);
            count += 1;
        }
        if key == "volumeMounts" {
            for (mount, origin) in &self.mounts {
                if !self.scope.charge(mount.len()) {
                    break;
                }
                out.raw(mount);
                count += 1;
                if origin.is_empty() {
                    continue;
                }
                let mut at = pointer::child(place, key);
                pointer::push_index(&mut at, count - 1);
                self.origins.add(at, origin.clone());
            }
        }
        (count > 0 || own.is_some()).then(|| out.end())
    }

    /// A list of words in which one may stand for several.
    #[inline(never)]
    fn words(&mut self, list: Node<'d>, place: &str, out: &mut String) {
        let mut written = write::Array::new();
        let (mut count, mut shifted) = (0, false);
        for word in list.elements() {
            let several = word.as_str().and_then(|text| self.scope.list(text));
            if let Some(several) = several {
                shifted = true;
                for element in several.elements() {
                    if !self.scope.charge(element.raw().len() + place.len()) {
                        break;
                    }
                    written.raw(element.raw());
                    self.word(place, count, element);
                    count += 1;
                }
                continue;
            }
            let mut text = String::new();
            self.copy(word, &mut text);
            written.raw(&text);
            if shifted {
                self.word(place, count, word);
            }
            count += 1;
        }
        if list.kind() == Kind::Array {
            out.push_str(&written.end());
        } else {
            out.push_str(list.raw());
        }
    }

    #[inline(never)]
    fn word(&mut self, list: &str, index: usize, origin: Node<'d>) {
        let mut at = list.to_owned();
        pointer::push_index(&mut at, index);
        let from = self.pointer(origin);
        self.origins.add(at, from);
    }

    /// imagePullSecrets that are written already.
    pub(crate) fn written_pulls(&mut self, text: &str) {
        self.spec.raw("imagePullSecrets", text);
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

/// The program that runs a script: a shell unless the first line says otherwise.
#[inline(never)]
fn interpreter(script: &str) -> &str {
    let Some(line) = script.strip_prefix("#!") else { return "sh" };
    let line = text::cut(line, b'\n').map_or(line, |(line, _)| line).trim_ascii();
    let (program, argument) = text::cut(line, b' ').unwrap_or((line, ""));
    if !program.as_bytes().ends_with(b"/env") {
        return program;
    }
    let argument = argument.trim_ascii();
    text::cut(argument, b' ').map_or(argument, |(first, _)| first)
}
