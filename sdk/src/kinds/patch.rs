//! Texts that are laid over a Pod: `podSpecPatch` of Argo's templates, patches of GitLab Runner's operator. They are YAML or
//! JSON; what is laid over containers is judged as containers of their own, at the text that says it.
//!
//! Source: argoproj/argo-workflows `workflow/util/pod_spec_patch` (a strategic merge, the template's after the workflow's).

use crate::json::{Document, Node, write};
use crate::pointer;
use crate::text;

use super::place::list;
use super::sketch::Sketch;
use super::yaml;

/// Names of one patch that are looked at.
const MAX_NAMES: usize = 32;
/// Fields of one patched container that are judged.
const MAX_FIELDS: usize = 64;
/// What a Pod has beside its containers and a patch may set.
const MEMBERS: &[&str] = &["serviceAccountName", "automountServiceAccountToken", "hostUsers"];
/// What a patch leaves as it is counts all the same for what it changes.
const LEFT: &[&str] = &["image", "command", "args"];

/// One patch.
pub(crate) struct Patch<'d> {
    /// The text that holds it.
    node: Node<'d>,
    /// The text with parameters filled in.
    text: String,
    /// The patch as JSON; empty: nobody knows what it says.
    json: String,
}

impl<'d> Patch<'d> {
    /// Reads a text that holds a patch.
    #[inline(never)]
    pub(crate) fn read(sketch: &Sketch<'d>, node: Node<'d>) -> Self {
        let text = sketch.scope.fill(node.as_str().unwrap_or_default()).into_owned();
        // Whoever repeats a patch of the whole object for each of its Pods pays for it.
        let read = sketch.scope.charge(2 * text.len());
        let is_json = read && Document::parse(text.as_bytes()).is_ok();
        let json = if is_json {
            text.clone()
        } else if read {
            yaml::to_json(&text).unwrap_or_default()
        } else {
            String::new()
        };
        Patch { node, text, json }
    }

    /// What a patch may change beside containers: whatever it is, nobody shall be told that it is missing. To be called
    /// before anything of the Pod is written.
    #[inline(never)]
    pub(crate) fn foresee(&self, sketch: &mut Sketch<'d>) {
        let text = self.text.as_str();
        if text::contains(text, "resources") {
            sketch.resources_elsewhere();
        }
        if ["volumeMounts", "envFrom", "secretKeyRef"].into_iter().any(|word| text::contains(text, word)) {
            // Credentials may come from there, at whichever place.
            sketch.made_up_volume(r#"{"name":"pod-spec-patch","emptyDir":{}}"#);
            sketch.mounts.push((r#"{"name":"pod-spec-patch","mountPath":"/"}"#.to_owned(), String::new()));
        }
        let Ok(document) = Document::parse(self.json.as_bytes()) else {
            self.foresee_words(sketch);
            return;
        };
        let root = document.root();
        for key in MEMBERS {
            let old = if *key == "serviceAccountName" { root.get("serviceAccount") } else { None };
            if let Some(value) = root.get(key).or(old) {
                sketch.patched.push((key, value.raw().to_owned(), Some(self.node)));
            }
        }
        for element in list(root, "imagePullSecrets").take(MAX_NAMES) {
            let name = element.str("name").unwrap_or_default();
            sketch.patched_pulls.push((name.to_owned(), Some(self.node)));
        }
    }

    /// The same for a text that cannot be read, by the words in it.
    #[inline(never)]
    fn foresee_words(&self, sketch: &mut Sketch<'d>) {
        let text = self.text.as_str();
        for (key, value) in MEMBERS.iter().zip([r#""{{podSpecPatch}}""#, "false", "false"]) {
            // `serviceAccount` is the older name.
            if text::contains(text, key.strip_suffix("Name").unwrap_or(key)) {
                sketch.patched.push((key, value.to_owned(), None));
            }
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
            sketch.patched_pulls.push((name.to_owned(), None));
        }
    }

    /// Adds what the patch says about containers and volumes. `over` finds the container that one is laid over.
    #[inline(never)]
    pub(crate) fn lay(&self, sketch: &mut Sketch<'d>, over: &dyn Fn(&str, bool) -> Option<Node<'d>>) {
        let Ok(document) = Document::parse(self.json.as_bytes()) else { return };
        let from = sketch.pointer(self.node);
        for (key, init) in [("containers", false), ("initContainers", true)] {
            for (at, container) in list(document.root(), key).enumerate() {
                let mut out = write::Object::new(String::new());
                let place = sketch.next_place(init);
                for (field, (key, value)) in container.members().enumerate() {
                    // What is patched in has the resources of what it is laid over.
                    if !text::same(key, "resources") {
                        out.raw(key, value.raw());
                    }
                    if field < MAX_FIELDS {
                        // Everything below is the one text that holds it.
                        sketch.origins.text(pointer::child(&place, key), from.clone());
                    }
                }
                let below = container.str("name").filter(|_| at < MAX_NAMES).and_then(|name| over(name, init));
                for key in LEFT {
                    let left = below.and_then(|below| below.get(key)).filter(|_| container.get(key).is_none());
                    if let Some(value) = left.filter(|value| sketch.scope.charge(value.raw().len())) {
                        let mut text = String::new();
                        sketch.copy(value, &mut text);
                        // What is wrong with it is told where it is written.
                        sketch.origins.elsewhere(pointer::child(&place, key));
                        out.raw(key, &text);
                    }
                }
                out.raw("resources", r#"{"requests":{"cpu":"1"}}"#);
                // What it runs is its own business only if it says so.
                if LEFT.iter().any(|key| container.get(key).is_some()) {
                    sketch.origins.text(place, from.clone());
                }
                sketch.push(&out.end(), init);
            }
        }
        for volume in list(document.root(), "volumes") {
            sketch.patched_volume(volume.raw(), &from);
        }
    }
}
