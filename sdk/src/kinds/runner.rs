//! Runners: the fields of a container and of its Pod in one map (ARC), and the Pod of GitLab Runner's operator, of which its
//! object names the image and patches.

use crate::json::{Node, write};
use crate::pointer;

use super::container::Described;
use super::patch::Patch;
use super::place::list;
use super::sketch::{SPEC, Sketch};

/// Patches of one runner that are looked at.
const MAX_PATCHES: usize = 64;

/// A runner: the fields of its container and of its Pod in one map.
#[inline(never)]
pub(crate) fn runner<'d>(sketch: &mut Sketch<'d>, node: Node<'d>) {
    for key in ["serviceAccountName", "imagePullSecrets", "automountServiceAccountToken", "securityContext"] {
        if let Some(value) = node.get(key).filter(|_| key != "securityContext") {
            sketch.member(key, value.raw());
        }
        let at = sketch.pointer(node);
        sketch.origins.add(pointer::child(SPEC, key), pointer::child(&at, key));
    }
    sketch.own_volumes(node);
    sketch.container(Described { name: "runner", ..Described::plain(node) });
    for (key, init) in [("containers", false), ("sidecarContainers", false), ("initContainers", true)] {
        for container in list(node, key) {
            sketch.container(Described { init, ..Described::plain(container) });
        }
    }
}

/// The Pod in which GitLab Runner itself runs; those of its jobs are described in its `config.toml`.
#[inline(never)]
pub(crate) fn manager<'d>(sketch: &mut Sketch<'d>, node: Node<'d>) {
    if node.get("serviceaccount").is_none() {
        // The operator has one of its own.
        sketch.patched.push(("serviceAccountName", r#""{{serviceaccount}}""#.to_owned(), None));
    }
    sketch.resources_elsewhere();
    let mut patches = Vec::new();
    for entry in list(node, "podSpec").take(MAX_PATCHES) {
        // A list of operations is not read.
        if let Some(text) = entry.get("patch").filter(|_| entry.str("patchType") != Some("json")) {
            patches.push(Patch::read(sketch, text));
        }
    }
    for patch in &patches {
        patch.foresee(sketch);
    }
    sketch.beside(None, &[]);
    let place = sketch.next_place(false);
    let mut out = write::Object::new(String::new());
    out.string("name", "runner");
    if let Some(image) = node.get("runnerImage") {
        out.raw("image", image.raw());
        let from = sketch.pointer(image);
        sketch.origins.add(pointer::child(&place, "image"), from);
    }
    sketch.push(&out.end(), false);
    for patch in &patches {
        patch.lay(sketch, &|_, _| None);
    }
}
