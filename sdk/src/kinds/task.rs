//! Tekton's tasks and Shipwright's strategies: steps, sidecars, workspaces, parameters; and tasks that are only named.

use crate::json::{Node, write};
use crate::pointer;
use crate::text;

use super::container::Described;
use super::params::Params;
use super::place::{MAX_UNITS, Place, list, named};
use super::sketch::Sketch;

/// Workspaces of one task that are looked at.
const MAX_WORKSPACES: usize = 64;

/// A task of the Tekton catalog.
struct Catalogued {
    name: &'static str,
    /// The command that its parameters end in. An argument whose parameter the run does not give is left out.
    command: &'static [&'static str],
    /// The parameter that keeps it from pushing.
    skip: &'static str,
}

const fn catalogued(name: &'static str, command: &'static [&'static str]) -> Catalogued {
    Catalogued { name, command, skip: "SKIP_PUSH" }
}

/// Tasks of the Tekton catalog that talk to registries. Source: tektoncd/catalog `task/*`, read 2026-11.
const CATALOG: &[Catalogued] = &[
    catalogued("kaniko", &["/kaniko/executor", "--destination=$(params.IMAGE)", "$(params.EXTRA_ARGS[*])"]),
    catalogued(
        "buildah",
        &[
            "buildah",
            "push",
            "--tls-verify=$(params.TLSVERIFY)",
            "$(params.PUSH_EXTRA_ARGS)",
            "docker://$(params.IMAGE)",
        ],
    ),
    catalogued("s2i", &["buildah", "push", "--tls-verify=$(params.TLSVERIFY)", "docker://$(params.IMAGE)"]),
    catalogued(
        "skopeo-copy",
        &[
            "skopeo",
            "copy",
            "--src-tls-verify=$(params.srcTLSverify)",
            "--dest-tls-verify=$(params.destTLSverify)",
            "$(params.srcImageURL)",
            "$(params.destImageURL)",
        ],
    ),
    catalogued("buildpacks", &["/cnb/lifecycle/creator", "$(params.APP_IMAGE)"]),
    catalogued(
        "jib-maven",
        &["mvn", "-Djib.to.image=$(params.IMAGE)", "-Djib.allowInsecureRegistries=$(params.INSECUREREGISTRY)"],
    ),
    catalogued(
        "jib-gradle",
        &["gradle", "-Djib.to.image=$(params.IMAGE)", "-Djib.allowInsecureRegistries=$(params.INSECUREREGISTRY)"],
    ),
];

/// A description by steps.
#[inline(never)]
pub(crate) fn task<'d>(sketch: &mut Sketch<'d>, place: Place<'d>) {
    let spec = place.node;
    parameters(sketch, place, Some(spec));
    let workspaces = workspaces(sketch, place);
    beside(sketch, place);
    sketch.own_volumes(spec);
    // v1alpha1 of Shipwright calls its steps otherwise.
    let steps = if spec.get("steps").is_some() { "steps" } else { "buildSteps" };
    let mut unnamed = UNNAMED.iter();
    for workspace in &workspaces {
        if !workspace.isolated {
            let mount = workspace.mount(sketch, workspace.declared);
            sketch.mounts.push(mount);
        }
    }
    let shared = sketch.mounts.len();
    creds_init(sketch);
    let template = spec.get("stepTemplate");
    let mut homes = vec![template.and_then(home_of)];
    for list in &sketch.env {
        homes.push(variable(*list, "HOME"));
    }
    for home in homes.into_iter().flatten() {
        let home = sketch.scope.fill(home).into_owned();
        sketch.mounts.push(creds_mount(&home));
    }
    let common = sketch.mounts.len();
    for step in list(spec, steps) {
        let name = unnamed.next().copied().unwrap_or("unnamed");
        if let Some(home) = home_of(step) {
            let home = sketch.scope.fill(home).into_owned();
            sketch.mounts.push(creds_mount(&home));
        }
        own_workspaces(sketch, &workspaces, step);
        sketch.container(Described { script: "script", template, name, ..Described::plain(step) });
        sketch.mounts.truncate(common);
    }
    sketch.env.clear();
    sketch.mounts.truncate(shared);
    for sidecar in list(spec, "sidecars") {
        own_workspaces(sketch, &workspaces, sidecar);
        sketch.container(Described { script: "script", ..Described::plain(sidecar) });
        sketch.mounts.truncate(shared);
    }
    sketch.mounts.clear();
}

/// The home directory that a step or the template for steps sets.
#[inline(never)]
fn home_of(step: Node<'_>) -> Option<&str> {
    variable(step.get("env")?, "HOME")
}

/// The value of a variable in a list of them.
#[inline(never)]
fn variable<'d>(list: Node<'d>, name: &str) -> Option<&'d str> {
    list.elements().find(|element| element.str("name") == Some(name))?.str("value")
}

/// The volume that stands for what Tekton writes.
const CREDS: &str = r#"{"name":"tekton-creds-init","emptyDir":{}}"#;

/// Before each step Tekton writes what it finds in the Secrets of the ServiceAccount to `$HOME/.docker` (`pkg/pod/creds_init.go`).
/// That no description shows, so there may be credentials below that place in all of them.
#[inline(never)]
fn creds_init(sketch: &mut Sketch<'_>) {
    sketch.made_up_volume(CREDS);
    for home in ["/root", "/tekton/home"] {
        sketch.mounts.push(creds_mount(home));
    }
}

#[inline(never)]
fn creds_mount(home: &str) -> (String, String) {
    let path = write::string(home);
    (write::object(&[("name", r#""tekton-creds-init""#), ("mountPath", &path)]), String::new())
}

/// As Tekton names steps without a name.
const UNNAMED: &[&str] = &[
    "unnamed-0",
    "unnamed-1",
    "unnamed-2",
    "unnamed-3",
    "unnamed-4",
    "unnamed-5",
    "unnamed-6",
    "unnamed-7",
    "unnamed-8",
    "unnamed-9",
];

/// A single step that tasks refer to.
#[inline(never)]
pub(crate) fn step_action<'d>(sketch: &mut Sketch<'d>, step: Node<'d>) {
    let mut inner = Params::default();
    inner.add(step.get("params"));
    sketch.scope.inner = inner.ready();
    sketch.resources_elsewhere();
    creds_init(sketch);
    sketch.container(Described { script: "script", name: "step", ..Described::plain(step) });
}

/// The image of a step that lies elsewhere, and such a step.
const UNKNOWN_IMAGE: &str = r#""$(image)""#;
const SOMETHING: &str = r#"{"name":"task","image":"$(image)"}"#;

/// A task that lies elsewhere: what a run gives to a known one is judged as the command that it ends in.
#[inline(never)]
pub(crate) fn reference<'d>(sketch: &mut Sketch<'d>, place: Place<'d>) {
    parameters(sketch, place, None);
    beside(sketch, place);
    let reference = place.node;
    let resolved = || named(reference, "params", "name", "name")?.str("value");
    let name = reference.str("name").or_else(resolved).unwrap_or_default();
    let Some(Catalogued { command, skip, .. }) = CATALOG.iter().find(|task| task.name == name) else {
        sketch.push(SOMETHING, false);
        return;
    };
    // A reference without a `params` of its own stands beside those of the run or of the pipeline's task.
    let given = place.around;
    if param(skip, given).and_then(Node::as_str) == Some("true") {
        sketch.push(SOMETHING, false);
        return;
    }
    let base = sketch.next_place(false);
    let list = pointer::child(&base, "args");
    let mut args = write::Array::new();
    let mut count = 0;
    for word in command.iter().skip(1) {
        let Some((before, value)) = template(word, given) else {
            if !text::contains(word, "$(") {
                args.raw(&write::string(word));
                count += 1;
            }
            continue;
        };
        let all = word.ends_with("[*])");
        // What ends in a reference is the business of whoever gave that value.
        let written = sketch.scope.origin(value);
        let from = sketch.pointer(written);
        let mut several = if all { value.elements() } else { value.no_elements() };
        for _ in 0..MAX_UNITS {
            let Some(element) = several.next() else { break };
            let filled = sketch.scope.fill(element.as_str().unwrap_or_default()).into_owned();
            args.raw(&write::string(&filled));
            let mut at = list.clone();
            pointer::push_index(&mut at, count);
            let from = sketch.pointer(element);
            sketch.origins.add(at, from);
            count += 1;
        }
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { continue };
        let filled = sketch.scope.fill(text).into_owned();
        // `docker://` may be a part of the value already.
        let before = if filled.starts_with(before) { "" } else { before };
        args.raw(&write::string(&text::concat(&[before, &filled])));
        let mut at = list.clone();
        pointer::push_index(&mut at, count);
        sketch.origins.add(at, from);
        count += 1;
    }
    let program = command.first().copied().unwrap_or_default();
    let container = write::object(&[
        ("name", &write::string(name)),
        ("image", UNKNOWN_IMAGE),
        ("command", &write::single(&write::string(program))),
        ("args", &args.end()),
    ]);
    // Nothing of the container is the object's but the arguments: other findings about it are nobody's.
    sketch.push(&container, false);
}

/// What stands before the reference in a word, and the value that is given for it.
#[inline(never)]
fn template<'d>(word: &'static str, given: Node<'d>) -> Option<(&'static str, Node<'d>)> {
    let at = text::find(word, "$(params.")?;
    let (before, rest) = word.split_at_checked(at)?;
    let name = rest.strip_prefix("$(params.")?;
    let name = name.strip_suffix("[*])").or_else(|| name.strip_suffix(')'))?;
    Some((before, param(name, given)?))
}

/// The value that a list of parameters gives to one.
#[inline(never)]
fn param<'d>(name: &str, given: Node<'d>) -> Option<Node<'d>> {
    named(given, "params", "name", name)?.get("value")
}

/// Values that a run or a pipeline's task gives, the task's own defaults, and what the values themselves refer to.
#[inline(never)]
fn parameters<'d>(sketch: &mut Sketch<'d>, place: Place<'d>, spec: Option<Node<'d>>) {
    let mut outer = Params::default();
    for path in sketch.beside.params {
        let shared = sketch.object.get_path(path);
        if shared.is_none_or(|shared| sketch.scope.charge(shared.raw().len())) {
            outer.add(shared);
        }
    }
    let mut inner = Params::default();
    if place.around != sketch.object {
        inner.add(place.around.get("params"));
        inner.passed();
    }
    if let Some(spec) = spec {
        inner.add(spec.get("params"));
        inner.add(spec.get("parameters"));
    }
    // An embedded task sees the parameters of its pipeline too.
    if sketch.scope.left.get() > 0 {
        for path in sketch.beside.params {
            inner.add(sketch.object.get_path(path));
        }
    }
    sketch.scope.inner = inner.ready();
    sketch.scope.outer = outer.ready();
}

/// What a run says about the Pods of all its tasks, and what it says about those of this one.
#[inline(never)]
fn beside<'d>(sketch: &mut Sketch<'d>, place: Place<'d>) {
    let run = sketch.object.get("spec");
    let own = run.and_then(|run| {
        let all = run.get("taskRunSpecs")?;
        let name = place.around.str("name").filter(|_| sketch.scope.charge(all.raw().len()))?;
        named(run, "taskRunSpecs", "pipelineTaskName", name)
    });
    // v1beta1 calls them otherwise.
    let get = |name, before| own.and_then(|own| own.get(name).or_else(|| own.get(before)));
    let template = get("podTemplate", "taskPodTemplate");
    sketch.beside(get("serviceAccountName", "taskServiceAccountName"), &[None, template]);
    // Steps have these behind their own (`pkg/pod/pod.go`), and those of the single task count before those of all.
    let whole = sketch.object.get_path(sketch.beside.pod).filter(|_| !sketch.beside.pod.is_empty());
    for template in [whole, template].into_iter().flatten() {
        sketch.env.extend(template.get("env"));
    }
    // Resources of a whole TaskRun, or of its steps by their names.
    for holder in [run, own] {
        for key in ["computeResources", "stepSpecs", "stepOverrides"] {
            if holder.and_then(|holder| holder.get(key)).is_some() {
                sketch.resources_elsewhere();
            }
        }
    }
}

/// A workspace that a task declares.
struct Workspace<'d> {
    name: &'d str,
    declared: Node<'d>,
    /// Its volume.
    volume: String,
    /// A step or a sidecar asks for it, so that the others do not have it.
    isolated: bool,
}

impl<'d> Workspace<'d> {
    /// The mount of it, as the task or one step (`by`) has it, and where that is written.
    #[inline(never)]
    fn mount(&self, sketch: &mut Sketch<'d>, by: Node<'d>) -> (String, String) {
        let usual = text::concat(&["/workspace/", self.name]);
        let path = by.str("mountPath").or_else(|| self.declared.str("mountPath")).unwrap_or(&usual);
        let path = write::string(&sketch.scope.fill(path));
        let at = sketch.pointer(by);
        (write::object(&[("name", &write::string(&self.volume)), ("mountPath", &path)]), at)
    }
}

/// Workspaces are volumes that steps and sidecars see at one path, bound to what the run says, or to what nobody knows yet.
/// One that a step names itself only such steps see (`pkg/workspace/apply.go`).
#[inline(never)]
fn workspaces<'d>(sketch: &mut Sketch<'d>, place: Place<'d>) -> Vec<Workspace<'d>> {
    let bound = sketch.beside.workspaces.split_last();
    let bound = bound.and_then(|(key, above)| Some((sketch.object.get_path(above)?, *key)));
    let mut out = Vec::new();
    let mut declared = list(place.node, "workspaces");
    for _ in 0..MAX_WORKSPACES {
        let Some(workspace) = declared.next() else { break };
        let Some(name) = workspace.str("name") else { continue };
        // A pipeline's task calls a workspace otherwise than the pipeline does.
        let passed = || named(place.around, "workspaces", "name", name)?.str("workspace");
        let around = if place.around == sketch.object { None } else { passed() };
        let binding = bound.and_then(|(above, key)| named(above, key, "name", around.unwrap_or(name)));
        let volume = text::concat(&["workspace-", name]);
        let mut text = write::Object::new(String::new());
        text.string("name", &volume);
        for kind in ["secret", "configMap", "projected", "emptyDir", "persistentVolumeClaim", "csi"] {
            if let Some(source) = binding.and_then(|binding| binding.get(kind)) {
                let mut filled = String::new();
                sketch.copy(source, &mut filled);
                text.raw(kind, &filled);
            }
        }
        let text = text.end();
        sketch.volume(&text, binding.unwrap_or(workspace));
        out.push(Workspace { name, declared: workspace, volume, isolated: false });
    }
    for key in ["steps", "sidecars"] {
        for step in list(place.node, key) {
            for used in list(step, "workspaces").take(MAX_WORKSPACES) {
                for workspace in &mut out {
                    workspace.isolated |= used.str("name") == Some(workspace.name);
                }
            }
        }
    }
    out
}

/// Mounts that a step or a sidecar has for itself.
#[inline(never)]
fn own_workspaces<'d>(sketch: &mut Sketch<'d>, all: &[Workspace<'d>], step: Node<'d>) {
    for used in list(step, "workspaces").take(MAX_WORKSPACES) {
        if let Some(workspace) = all.iter().find(|workspace| used.str("name") == Some(workspace.name)) {
            let mount = workspace.mount(sketch, used);
            sketch.mounts.push(mount);
        }
    }
}
