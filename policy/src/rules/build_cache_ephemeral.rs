//! Rule `build-cache-ephemeral`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::json::{Node, write};
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, Mount};

use crate::context::Context;
use crate::data::flags;
use crate::knowledge::arguments::{Run, fields};
use crate::knowledge::commands::Commands;
use crate::knowledge::docker_config::normal;
use crate::knowledge::pushes::repository_of;
use crate::knowledge::words;
use crate::site::Cache;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A build whose cache is gone when the next one starts: a local cache of BuildKit, buildx or the buildpacks lifecycle
    /// in an `emptyDir` or in the container itself, and Kaniko's `--cache-dir` there, which only a warmer fills. And a
    /// Kaniko that caches into a repository beside its destination where the settings name one for that registry
    /// (`cache: {repository, ttl}`), so that nothing ever cleans up behind it.
    ///
    /// Left alone are caches in claims and other volumes that outlive the Pod, an `emptyDir` that another container
    /// mounts too, directories in shell scripts, Kaniko's own choice of a repository where the settings name none, plugins
    /// (their `cache_repo` lies below their registry), and where BuildKit keeps its state.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: "localhost:5000", cache: {repository: "localhost:5000/cache", ttl: 168h}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=localhost:5000/app:1", --cache]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: "localhost:5000", cache: {repository: "localhost:5000/cache", ttl: 168h}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=localhost:5000/app:1", --cache, "--cache-repo=localhost:5000/cache"]
    /// ```
    ///
    /// ## Fix safety
    /// `--cache-repo` and, if the settings have a time, `--cache-ttl` are added to the list in which `--cache` stands.
    pub(crate) BuildCacheEphemeral {
        id: "build-cache-ephemeral",
        title: "build cache is lost with the Pod or lies where nobody looks after it",
        since: "0.1.0",
        mends: Sometimes,
        levels: [Off, Audit, Warn],
        options: (),
    }
}

/// Findings for one container.
const MAX_FINDINGS: usize = 16;

/// A place for a directory that is in no volume.
const CONTAINER: &str = "the container";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for commands in context.commands().iter() {
        let mut left = MAX_FINDINGS;
        for run in commands.runs() {
            if left == 0 {
                break;
            }
            left -= usize::from(match run.tool.name {
                "kaniko" => remote(context, commands, run, out) | local(context, commands.container, run, out),
                "buildctl" | "docker" | "the CNB lifecycle" => local(context, commands.container, run, out),
                _ => false,
            });
        }
    }
}

/// The cache that the settings give to what a container pushes first; `None`: none, or it is the one anyway.
#[inline(never)]
fn wanted<'d>(context: &Context<'d>, commands: &Commands<'d>) -> Option<&'d Cache> {
    let push = commands.pushes().first()?;
    let cache = context.facts.registry(&image::parse(&push.image).named()?)?.cache?;
    let own = text::concat(&[repository_of(&push.image), "/cache"]);
    (image::parse(&own).named()? != image::parse(&cache.repository).named()?).then_some(cache)
}

/// Kaniko's layers, when it chooses the repository itself.
#[inline(never)]
fn remote<'d>(context: &Context<'d>, commands: &Commands<'d>, run: &Run<'d>, out: &mut Findings<'d>) -> bool {
    let (mut flag, mut repository, mut ttl) = (None, false, false);
    for given in run.flags() {
        match given.name {
            "--cache" => flag = (given.truth() == Some(true)).then_some(given.node),
            "--cache-repo" => repository = true,
            "--cache-ttl" => ttl = true,
            _ => {}
        }
    }
    let Some(flag) = flag.filter(|_| !repository) else { return false };
    let Some(cache) = wanted(context, commands) else { return false };
    let add = text::concat(&["--cache-repo=", &cache.repository]);
    let ttl = cache.ttl.as_ref().filter(|_| !ttl).map(|ttl| text::concat(&["--cache-ttl=", ttl]));
    let and = if ttl.is_some() { "` and `" } else { "" };
    let remedy = text::concat(&["add `", &add, and, ttl.as_deref().unwrap_or_default(), "`"]);
    let list = list_of(commands.container, flag, out).filter(|_| run.args.iter().all(|arg| arg.text != "--"));
    let message = text::concat(&[
        "kaniko keeps its layers beside the image that it pushes, and the settings want them in ",
        &quote(&cache.repository),
    ]);
    let mut draft = out.report(flag, message, remedy).container(commands.container.name());
    if let Some(list) = list {
        draft = draft.mend(Edit::append(list.clone(), write::string(&add)));
        if let Some(ttl) = ttl {
            draft.mend(Edit::append(list, write::string(&ttl)));
        }
    }
    true
}

/// The pointer of the list in which a flag is an element of its own.
#[inline(never)]
fn list_of<'d>(container: Container<'d>, flag: Node<'d>, out: &Findings<'d>) -> Option<String> {
    if !is_element(flag) {
        return None;
    }
    let in_args = container.args().any(|element| element == flag);
    Some(out.pointer((container.node(), if in_args { "args" } else { "command" })))
}

/// Is the flag written in a list of arguments, not in a script or a variable?
fn is_element(flag: Node<'_>) -> bool {
    flag.as_str().is_some_and(|text| text.starts_with('-'))
}

/// A cache in a directory.
#[inline(never)]
fn local<'d>(context: &Context<'d>, container: Container<'d>, run: &Run<'d>, out: &mut Findings<'d>) -> bool {
    let tool = run.tool.name;
    let mut found = None;
    // The warmer's own directory, which it fills.
    if tool == "kaniko" && run.has(&|given| matches!(given.name, "--image" | "-i")) {
        return false;
    }
    let saves = tool != "the CNB lifecycle" || saves(run);
    for given in run.flags() {
        let value = given.value().unwrap_or_default();
        let path = match tool {
            "kaniko" if given.name == "--cache-dir" => value,
            // The restorer reads the same directory; one finding is enough.
            "the CNB lifecycle" if saves && given.is(run.tool, "--cache-dir") => value,
            "buildctl" if given.is(run.tool, "--export-cache") => directory(value),
            "docker" if given.name == "--cache-to" => directory(value),
            _ => "",
        };
        if path.starts_with('/') && !path.contains('$') && is_element(given.node) {
            found = Some((given.value_node, path));
        }
    }
    let Some((node, path)) = found else { return false };
    let Some(place) = dies(context, container, path, tool == "the CNB lifecycle") else { return false };
    // An image of one's own may have base images in it.
    if tool == "kaniko" && place == CONTAINER && flags::by_image(container).is_none() {
        return false;
    }
    report(container, tool, node, (path, place), out);
    true
}

/// The directory of `type=local,dest=…`.
#[inline(never)]
fn directory(value: &str) -> &str {
    let (mut local, mut path) = (false, "");
    for (key, value) in fields(value) {
        match key {
            "type" => local = value == "local",
            "dest" => path = value,
            _ => {}
        }
    }
    if local { path } else { "" }
}

/// Does this part of the lifecycle write the cache, and to no image?
fn saves(run: &Run<'_>) -> bool {
    let program = words::last(&run.program);
    matches!(program, "creator" | "exporter") && !run.has(&|given| given.is(run.tool, "--cache-image"))
}

/// What the directory lies in, when that ends with the Pod. `shared`: also when other containers see it.
#[inline(never)]
fn dies(context: &Context<'_>, container: Container<'_>, path: &str, shared: bool) -> Option<&'static str> {
    let path = normal(path);
    let mut over: Option<(usize, Mount<'_>)> = None;
    for mount in container.mounts() {
        let at = normal(mount.path());
        let covers = path.strip_prefix(at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if covers && over.is_none_or(|(length, _)| at.len() >= length) {
            over = Some((at.len(), mount));
        }
    }
    let Some((_, mount)) = over else { return Some(CONTAINER) };
    let volume = context.volume(mount.volume())?.node();
    let ends = volume.get("emptyDir").is_some() || volume.get("ephemeral").is_some();
    (ends && (shared || context.mounts_of(mount.volume()) == 1)).then_some("a volume")
}

#[inline(never)]
fn report<'d>(
    container: Container<'d>,
    tool: &'static str,
    node: Node<'d>,
    (path, place): (&str, &str),
    out: &mut Findings<'d>,
) {
    let (what, remedy) = if tool == "kaniko" {
        (
            " looks for base images in ",
            "remove `--cache-dir`; layers are cached in a registry by `--cache` and `--cache-repo`, base images by a warmer on a claim",
        )
    } else {
        (" keeps its cache in ", "put the cache on a PersistentVolumeClaim, or into a registry")
    };
    let ends = if tool == "kaniko" { " that nothing fills before" } else { " that ends with the Pod" };
    let message = text::concat(&[tool, what, &quote(path), ", in ", place, ends]);
    out.report(node, message, remedy).container(container.name());
}
