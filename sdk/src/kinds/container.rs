//! Containers of a sketch: what of a step, a runner or a template the rules read.

use crate::json::{Kind, Node, write};
use crate::pointer;
use crate::text;

use super::place::list;
use super::sketch::{CONTAINERS, INIT, Sketch};

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
        let own_elements = elements(own);
        // Of two variables with one name the last counts.
        let mut behind = vec![elements(extra)];
        if key == "env" && !self.env.is_empty() {
            behind.extend(self.env.iter().map(|list| list.elements()));
        }
        for element in own_elements {
            let mut text = String::new();
            self.copy(element, &mut text);
            out.raw(&text);
            count += 1;
            if extra.is_some() && names.len() < 256 {
                names.extend(element.str("name"));
            }
        }
        for (i, elements) in behind.into_iter().enumerate() {
            for element in elements {
                if i == 0 && key == "env" && element.str("name").is_some_and(|name| names.contains(&name)) {
                    continue;
                }
                if !self.scope.charge(place.len() + if i == 0 { 0 } else { element.raw().len() }) {
                    break;
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
