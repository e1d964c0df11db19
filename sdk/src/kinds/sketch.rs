//! The Pod that an engine would make of a description, as far as the description shows it, written as JSON.

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
    /// Mounts that every container of the description has.
    pub mounts: Vec<String>,
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
    pub(crate) fn new(object: Node<'d>, beside: &'static Beside) -> Self {
        let list = || (write::Array::new(), 0);
        Sketch {
            object,
            beside,
            scope: Scope::default(),
            origins: Origins::new(beside.pulls_elsewhere),
            pointers: Pointers::new(object),
            whole: None,
            spec: write::Object::new(String::new()),
            containers: list(),
            init: list(),
            volumes: list(),
            mounts: Vec::new(),
        }
    }

    /// The pointer of a value in the object.
    #[inline(never)]
    pub(crate) fn pointer(&mut self, node: Node<'d>) -> String {
        self.pointers.to(node)
    }

    /// An element of a list of the sketch, and where it came from.
    #[inline(never)]
    pub(crate) fn element(&mut self, list: &str, index: usize, origin: Node<'d>) {
        let mut at = list.to_owned();
        pointer::push_index(&mut at, index);
        let from = self.pointer(origin);
        self.origins.add(at, from);
    }

    /// A member of a map of the sketch, and where it came from.
    #[inline(never)]
    pub(crate) fn member(&mut self, map: &str, key: &str, origin: Node<'d>) {
        let from = self.pointer(origin);
        self.origins.add(pointer::child(map, key), from);
    }

    /// The description has the form of a Pod: it is taken over as it is.
    #[inline(never)]
    pub(crate) fn template(&mut self, node: Node<'d>) {
        self.whole = Some(node.raw().to_owned());
        self.member("", "template", node);
    }

    /// The `spec` of a Pod, taken over as it is.
    #[inline(never)]
    pub(crate) fn spec(&mut self, node: Node<'d>) {
        self.whole = Some(write::object(&[("spec", node.raw())]));
        self.member("/template", "spec", node);
    }

    /// A runner: the fields of its container and of its Pod in one map.
    #[inline(never)]
    pub(crate) fn runner(&mut self, node: Node<'d>) {
        for key in &["serviceAccountName", "imagePullSecrets", "automountServiceAccountToken", "securityContext"] {
            if let Some(value) = node.get(key).filter(|_| *key != "securityContext") {
                self.spec.raw(key, value.raw());
            }
            let at = self.pointer(node);
            self.origins.add(pointer::child(SPEC, key), pointer::child(&at, key));
        }
        self.own_volumes(node);
        self.container(Described { name: "runner", ..Described::plain(node) });
        for &(key, init) in &[("containers", false), ("sidecarContainers", false), ("initContainers", true)] {
            for container in list(node, key) {
                self.container(Described { init, ..Described::plain(container) });
            }
        }
    }

    /// A member of the Pod's spec and where it came from.
    #[inline(never)]
    pub(crate) fn spec_member(&mut self, key: &str, node: Node<'d>) {
        self.spec.raw(key, node.raw());
        self.member(SPEC, key, node);
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
            let text = self.copied(volume);
            self.volume(&text, volume);
        }
    }

    /// Adds a volume and says what it stands for.
    #[inline(never)]
    pub(crate) fn volume(&mut self, text: &str, origin: Node<'d>) {
        self.volumes.0.raw(text);
        self.element(VOLUMES, self.volumes.1, origin);
        self.volumes.1 += 1;
    }

    /// Takes over what lies beside the description, unless it has its own (`account`).
    #[inline(never)]
    pub(crate) fn beside(&mut self, account: Option<Node<'d>>) {
        let beside = self.beside;
        if let Some(account) = account {
            self.spec_member("serviceAccountName", account);
        } else {
            self.member_beside("serviceAccountName", beside.account);
        }
        self.member_beside("imagePullSecrets", beside.pulls);
        for path in beside.volumes {
            if let Some(volumes) = self.object.get_path(path) {
                self.volumes(volumes.elements());
            }
        }
    }

    #[inline(never)]
    fn member_beside(&mut self, key: &str, paths: &'static [&'static [&'static str]]) {
        let found = paths.iter().find_map(|path| self.object.get_path(path));
        if let Some(node) = found {
            self.spec_member(key, node);
        } else if let Some(first) = paths.first() {
            let mut at = String::new();
            for key in *first {
                pointer::push(&mut at, key);
            }
            self.origins.add(pointer::child(SPEC, key), at);
        }
    }

    /// A value with its parameters filled in.
    #[inline(never)]
    pub(crate) fn copied(&self, node: Node<'d>) -> String {
        let mut out = String::new();
        self.copy(node, &mut out);
        out
    }

    #[inline(never)]
    fn copy(&self, node: Node<'d>, out: &mut String) {
        if !refers(node.raw()) {
            out.push_str(node.raw());
            return;
        }
        let mut before = "";
        match node.kind() {
            Kind::String => write::push_string(out, &self.scope.fill(node.as_str().unwrap_or_default())),
            Kind::Array => {
                text::append(out, &["["]);
                for element in node.elements() {
                    text::append(out, &[before]);
                    before = ",";
                    self.copy(element, out);
                }
                text::append(out, &["]"]);
            }
            Kind::Object => {
                text::append(out, &["{"]);
                let mut members = node.members();
                while let Some((key, value)) = members.next_raw() {
                    text::append(out, &[before, key, ":"]);
                    before = ",";
                    self.copy(value, out);
                }
                text::append(out, &["}"]);
            }
            _ => out.push_str(node.raw()),
        }
    }

    /// Adds a container.
    #[inline(never)]
    pub(crate) fn container(&mut self, described: Described<'d>) {
        let Described { node, script, template, .. } = described;
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
                if *key != name {
                    self.origins.add(pointer::child(&place, name), pointer::child(&at, key));
                }
            }
            let text = if matches!(*key, "command" | "args") {
                self.words(value, &pointer::child(&place, key))
            } else {
                self.copied(value)
            };
            out.raw(name, &text);
        }
        if let Some(script) = script {
            let text = self.copied(script);
            // The first line may name another interpreter; then the rest is no shell's.
            let program = interpreter(script.as_str().unwrap_or_default());
            out.raw("command", &text::concat(&["[", &write::string(program), ",\"-c\"]"]));
            out.raw("args", &write::single(&text));
            for key in &["command", "args", "args/0"] {
                let at = text::concat(&[&place, "/", key]);
                let from = self.pointer(script);
                self.origins.add(at, from);
            }
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
        for (source, is_extra) in [(own, false), (extra, true)] {
            for element in source.map_or_else(|| self.object.no_elements(), Node::elements) {
                let name = element.str("name").filter(|_| extra.is_some());
                if is_extra {
                    if key == "env" && name.is_some_and(|name| names.contains(&name)) {
                        continue;
                    }
                    self.element(&pointer::child(place, key), count, element);
                } else if let Some(name) = name.filter(|_| names.len() < 256) {
                    names.push(name);
                }
                out.raw(&self.copied(element));
                count += 1;
            }
        }
        if key == "volumeMounts" {
            for mount in &self.mounts {
                out.raw(mount);
                count += 1;
            }
        }
        (count > 0 || own.is_some()).then(|| out.end())
    }

    /// A list of words in which one may stand for several.
    #[inline(never)]
    fn words(&mut self, list: Node<'d>, place: &str) -> String {
        if list.kind() != Kind::Array {
            return list.raw().to_owned();
        }
        let mut written = write::Array::new();
        let (mut count, mut shifted) = (0, false);
        for word in list.elements() {
            let several = word.as_str().and_then(|text| self.scope.list(text));
            shifted |= several.is_some();
            let mut elements = several.map_or_else(|| word.no_elements(), Node::elements);
            loop {
                let text = match (several, elements.next()) {
                    (Some(_), None) => break,
                    (Some(_), Some(element)) => element.raw().to_owned(),
                    (None, _) => self.copied(word),
                };
                written.raw(&text);
                if shifted {
                    self.element(place, count, word);
                }
                count += 1;
                if several.is_none() {
                    break;
                }
            }
        }
        written.end()
    }

    /// imagePullSecrets that are written already.
    pub(crate) fn written_pulls(&mut self, text: &str) {
        self.spec.raw("imagePullSecrets", text);
    }

    /// The sketch as JSON; its Pod lies at [`POD`].
    #[inline(never)]
    pub(crate) fn finish(&mut self) -> String {
        let meta = self.object.get("metadata");
        let mut out = write::Object::new(String::new());
        if let Some(meta) = meta {
            out.raw("metadata", meta.raw());
            self.origins.add("/metadata".to_owned(), "/metadata".to_owned());
        }
        let claims = self.beside.claims;
        if let Some(claims) = self.object.get_path(claims).filter(|_| !claims.is_empty()) {
            out.raw("spec", &write::object(&[("volumeClaimTemplates", claims.raw())]));
        }
        if let Some(whole) = &self.whole {
            out.raw("template", whole);
        } else {
            self.spec.raw("initContainers", self.init.0.close());
            self.spec.raw("containers", self.containers.0.close());
            self.spec.raw("volumes", self.volumes.0.close());
            let mut labels = write::Object::new(String::new());
            let own = meta.and_then(|meta| meta.get("labels"));
            for (key, value) in own.map_or_else(|| self.object.no_members(), Node::members) {
                labels.raw(key, value.raw());
            }
            let mark = self.beside.mark;
            if !mark.is_empty() && own.and_then(|own| own.member(mark)).is_none() {
                labels.string(
                    mark,
                    if text::same(mark, "app.kubernetes.io/managed-by") { "tekton-pipelines" } else { "" },
                );
            }
            let meta = write::object(&[("labels", labels.close())]);
            out.raw("template", &write::object(&[("metadata", &meta), ("spec", self.spec.close())]));
        }
        self.origins.ready();
        out.end()
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
