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
    patch(sketch, node);
    true
}

/// `podSpecPatch`: a text that is laid over the Pod. What it says about containers is judged as containers of their own;
/// only JSON is read, since YAML in a text is more than a guest should carry.
#[inline(never)]
fn patch<'d>(sketch: &mut Sketch<'d>, node: Node<'d>) {
    let Some(patch) = node.get("podSpecPatch") else { return };
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
