//! The templates of Argo workflows that run containers.

use crate::json::Node;

use super::container::Described;
use super::params::Params;
use super::patch::Patch;
use super::place::{list, named};
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
    // The template's comes last, so it counts.
    let mut patches = Vec::new();
    for patch in [whole.and_then(|whole| whole.get("podSpecPatch")), node.get("podSpecPatch")].into_iter().flatten() {
        patches.push(Patch::read(sketch, patch));
    }
    for patch in &patches {
        patch.foresee(sketch);
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
    let patched = sketch.mounts.len();
    if let Some(set) = set {
        for mount in list(set, "volumeMounts") {
            let at = sketch.pointer(mount);
            sketch.mounts.push((mount.raw().to_owned(), at));
        }
        for container in list(set, "containers") {
            sketch.container(Described::plain(container));
        }
        sketch.mounts.truncate(patched);
    }
    for container in list(node, "sidecars") {
        sketch.container(Described { script: "source", ..Described::plain(container) });
    }
    let over = |name: &str, init: bool| match (init, name) {
        (true, _) => named(node, "initContainers", "name", name),
        (false, "main") => main,
        (false, _) => named(node, "sidecars", "name", name),
    };
    for patch in &patches {
        patch.lay(sketch, &over);
    }
    true
}
