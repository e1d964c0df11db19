//! The templates of Argo workflows that run containers.

use crate::json::{Document, Node, write};
use crate::text;

use super::container::Described;
use super::list;
use super::params::Params;
use super::sketch::Sketch;

/// Does the template run containers?
pub(crate) fn runs(node: Node<'_>) -> bool {
    ["container", "script", "containerSet"].into_iter().any(|key| node.get(key).is_some())
}

/// One template; `false` when it runs no container of its own (steps, DAGs, resources).
#[inline(never)]
pub(crate) fn template<'d>(sketch: &mut Sketch<'d>, node: Node<'d>) -> bool {
    let set = node.get("containerSet");
    let main = node.get("container").or_else(|| node.get("script"));
    if !runs(node) {
        return false;
    }
    let mut outer = Params::default();
    for path in sketch.beside.params {
        let shared = sketch.object.get_path(path);
        if shared.is_none_or(|shared| sketch.scope.charge(shared.raw().len())) {
            outer.add(shared);
        }
    }
    let mut inner = Params::default();
    inner.add(node.get_path(&["inputs", "parameters"]));
    sketch.scope.inner = inner.ready();
    sketch.scope.outer = outer.ready();
    let whole = sketch.object.get_path(sketch.beside.pod);
    // What no template says for itself.
    let defaults = whole.and_then(|whole| whole.get("templateDefaults"));
    let default = |key| defaults.and_then(|defaults| defaults.get(key));
    let patches = [node.get("podSpecPatch"), whole.and_then(|whole| whole.get("podSpecPatch"))];
    for patch in patches.into_iter().flatten() {
        foresee(sketch, patch);
    }
    sketch.beside(node.get("serviceAccountName").or_else(|| default("serviceAccountName")), &[Some(node), defaults]);
    sketch.own_volumes(node);
    let metas = [node.get("metadata"), whole.and_then(|whole| whole.get("podMetadata"))];
    sketch.labels.extend(metas.into_iter().flatten().filter_map(|meta| meta.get("labels")));
    let name = node.str("name").unwrap_or("main");
    for container in list(node, "initContainers") {
        sketch.container(Described { init: true, ..Described::plain(container) });
    }
    if let Some(container) = main {
        let template = default(if node.get("container").is_some() { "container" } else { "script" });
        sketch.container(Described { script: "source", template, name, ..Described::plain(container) });
    }
    if let Some(set) = set {
        for mount in list(set, "volumeMounts") {
            let at = sketch.pointer(mount);
            sketch.mounts.push((mount.raw().to_owned(), at));
        }
        for container in list(set, "containers") {
            sketch.container(Described::plain(container));
        }
        sketch.mounts.clear();
    }
    for container in list(node, "sidecars") {
        sketch.container(Described { script: "source", ..Described::plain(container) });
    }
    for given in patches.into_iter().flatten() {
        patch(sketch, given);
    }
    true
}

/// Names that one patch may add.
const MAX_NAMES: usize = 32;

/// What a patch may change beside containers, by the words in it: whatever it is, nobody shall be told that it is missing.
#[inline(never)]
fn foresee<'d>(sketch: &mut Sketch<'d>, patch: Node<'d>) {
    let text = patch.as_str().unwrap_or_default();
    if !sketch.scope.charge(text.len()) {
        return;
    }
    sketch.patched_account |= text::contains(text, "serviceAccount");
    if text::contains(text, "resources") {
        sketch.resources_elsewhere();
    }
    if ["volumeMounts", "envFrom", "secretKeyRef"].into_iter().any(|word| text::contains(text, word)) {
        // Credentials may come from there, at whichever place.
        sketch.made_up_volume(r#"{"name":"pod-spec-patch","emptyDir":{}}"#);
        sketch.mounts.push((r#"{"name":"pod-spec-patch","mountPath":"/"}"#.to_owned(), String::new()));
    }
    let Some(at) = text::find(text, "imagePullSecrets") else { return };
    let mut rest = text.get(at..).unwrap_or_default();
    for _ in 0..MAX_NAMES {
        let Some(at) = text::find(rest, "name") else { break };
        rest = rest.get(at + 4..).unwrap_or_default();
        let Some(value) = rest.trim_start_matches(['"', '\'', ' ']).strip_prefix(':') else { continue };
        let value = value.trim_start_matches(['"', '\'', ' ']);
        let end = value.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')));
        let name = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
        sketch.patched_pulls.push((name.to_owned(), patch));
    }
}

/// `podSpecPatch`: a text that is laid over the Pod. What it says about containers is judged as containers of their own;
/// only JSON is read, since YAML in a text is more than a guest should carry.
#[inline(never)]
fn patch<'d>(sketch: &mut Sketch<'d>, patch: Node<'d>) {
    let filled = sketch.scope.fill(patch.as_str().unwrap_or_default()).into_owned();
    let Ok(document) = Document::parse(filled.as_bytes()) else { return };
    let from = sketch.pointer(patch);
    for (key, init) in [("containers", false), ("initContainers", true)] {
        for container in list(document.root(), key) {
            let mut text = write::Object::new(String::new());
            for (key, value) in container.members() {
                // What is patched in has the resources of what it is laid over.
                if !text::same(key, "resources") {
                    text.raw(key, value.raw());
                }
            }
            text.raw("resources", r#"{"requests":{"cpu":"1"}}"#);
            let place = sketch.next_place(init);
            for (key, _) in container.members().take(64) {
                // Everything below is the one text that holds it.
                sketch.origins.text(crate::pointer::child(&place, key), from.clone());
            }
            sketch.push(&text.end(), init);
        }
    }
}
