//! What a container visibly pushes, and to where. What a command does that comes later, or that a script computes,
//! nobody sees.

use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::json::Node;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, EnvVar};

use super::arguments::{Run, fields, truth};
use super::words;
use crate::data::destinations::{
    GROUPS, How, JIB_LOCAL, KANIKO_NO_PUSH, LIFECYCLE_PUSHES, PLUGIN_AUTO, PLUGIN_OFF, WAYS, Way,
};
use crate::data::plugins;
use crate::data::variables::{PLUGIN_REGISTRY, REPOSITORY};

#[cfg(test)]
mod tests;

/// How many destinations of one container are looked at.
const MAX_PUSHES: usize = 128;
/// No image is longer; what is would be copied once for each of its tags.
const MAX_IMAGE: usize = 1024;

/// The tool of a plugin that nobody knows; the names of its settings are all that speaks for a push.
pub(crate) const UNKNOWN: &str = "this step";

/// One destination.
#[derive(Debug)]
pub(crate) struct Push<'d> {
    /// The image, without a transport; it may hold placeholders, and is no mistake as an image.
    pub image: String,
    /// The string that names it: an element of `command` or `args`, a whole script, a variable's value.
    pub node: Node<'d>,
    /// Which tool.
    pub tool: &'static str,
    /// It names one image with its tag, not a place for images.
    pub tagged: bool,
    /// A setting of an image plugin says so, not a command.
    pub setting: bool,
    /// Nothing that is hidden decides whether and where to it is pushed.
    pub sure: bool,
}

impl Push<'_> {
    /// The registry; `None` when it is filled in later.
    pub(crate) fn domain(&self) -> Option<&str> {
        if !self.tagged && self.image.contains(['.', ':']) && image::is_domain(&self.image) {
            return Some(&self.image);
        }
        match image::parse(&self.image) {
            Parsed::Reference(reference) => Some(reference.domain()),
            Parsed::Unresolved(hole) => hole.domain(),
            Parsed::Invalid(_) => None,
        }
    }
}

/// What a container that runs these commands pushes.
#[inline(never)]
pub(crate) fn pushes<'d>(container: Container<'d>, runs: &[Run<'d>]) -> Vec<Push<'d>> {
    let mut found = Found { container, list: Vec::new(), setting: false, looked: Vec::new() };
    for run in runs {
        if !found.is_full() {
            command(run, &mut found);
        }
    }
    found.setting = true;
    plugin(&mut found);
    found.list
}

/// The repository of an image as it is written, without tag and digest.
#[inline(never)]
pub(crate) fn repository_of(image: &str) -> &str {
    let image = text::cut(image, b'@').map_or(image, |(name, _)| name);
    // A colon before the last slash, or as the first byte behind it, belongs to no tag.
    match text::cut_last(image, b':') {
        Some((name, tag)) if text::cut(tag, b'/').is_none() && !name.is_empty() && !name.ends_with('/') => name,
        _ => image,
    }
}

struct Found<'d> {
    container: Container<'d>,
    list: Vec<Push<'d>>,
    setting: bool,
    /// Variables that some command asked for: a script may have many, and each look costs a walk.
    looked: Vec<(&'static str, Option<EnvVar<'d>>)>,
}

impl<'d> Found<'d> {
    fn is_full(&self) -> bool {
        self.list.len() >= MAX_PUSHES
    }

    #[inline(never)]
    fn var(&mut self, name: &'static str) -> Option<EnvVar<'d>> {
        if let Some((_, known)) = self.looked.iter().find(|(of, _)| *of == name) {
            return *known;
        }
        let var = self.container.env_var(name);
        self.looked.push((name, var));
        var
    }

    /// Is this on? What is filled in later counts as on: then nothing is certain.
    #[inline(never)]
    fn may_be_on(&mut self, name: &'static str) -> bool {
        self.var(name).is_some_and(|var| match var.value() {
            Some((_, value)) => !value.is_empty() && truth(value) != Some(false),
            None => true,
        })
    }

    #[inline(never)]
    fn add(&mut self, tool: &'static str, text: &str, node: Node<'d>, tagged: bool, sure: bool) {
        let image = text.trim();
        let image = image.strip_prefix("docker://").unwrap_or(image);
        if !self.is_full()
            && !image.is_empty()
            && image.len() <= MAX_IMAGE
            && !matches!(image::parse(image), Parsed::Invalid(_))
        {
            self.list.push(Push { image: image.to_owned(), node, tool, tagged, setting: self.setting, sure });
        }
    }
}

#[inline(never)]
fn command<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    let tool = run.tool.name;
    // Anything in front of it may make it a word of another program, as in `docker run IMAGE push`.
    let [first, second, _] = run.subcommands();
    let verb = if words::is_among(first, GROUPS) { second } else { first };
    let known = |way: &&Way| way.tool == tool && (way.verbs.is_empty() || words::is_among(verb, way.verbs));
    let Some(way) = WAYS.iter().find(known) else {
        return;
    };
    let off = run.has(&|given| {
        (given.is_one(run.tool, way.off) && given.truth() != Some(false))
            || (given.name == "--push" && given.inline.is_some_and(|value| truth(value) == Some(false)))
    });
    if off {
        return;
    }
    match way.how {
        How::Flags(names) => {
            if tool != "kaniko" || !found.may_be_on(KANIKO_NO_PUSH) {
                run.each_value(names, &mut |value, node| found.add(tool, value, node, true, true));
            }
        }
        How::Output => output(run, found),
        How::First | How::Last | How::LastOrOnly | How::Transport | How::Prefix => operands(way, verb, run, found),
        How::Every => every(run, found),
        How::Repository => repository(run, found),
        How::Jib => jib(run, found),
        How::Joined => joined(run, found),
    }
}

/// What buildctl and `docker build` export.
#[inline(never)]
fn output<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    let tool = run.tool.name;
    let mut pushed = false;
    run.each_value(&["--output", "-o"], &mut |value, node| {
        let (mut pushes, mut names) = (false, "");
        for (key, value) in fields(value) {
            match key {
                "type" => pushes |= value == "registry",
                "push" => pushes |= truth(value) == Some(true),
                "name" => names = value,
                _ => {}
            }
        }
        pushed |= pushes && names.is_empty();
        if pushes {
            for name in words::parts(names, b',') {
                found.add(tool, name, node, true, true);
            }
        }
    });
    // Before buildctl had `--output`.
    let (mut pushes, mut image) = (false, None);
    run.each_value(&["--exporter-opt"], &mut |value, node| match text::cut(value, b'=') {
        Some(("push", value)) => pushes = truth(value) == Some(true),
        Some(("name", value)) => image = Some((value, node)),
        _ => {}
    });
    if let Some((image, node)) = image.filter(|_| pushes) {
        found.add(tool, image, node, true, true);
    }
    pushed |= run.has(&|given| given.name == "--push" && given.truth() == Some(true));
    if pushed && tool == "docker" {
        run.each_value(&["-t", "--tag"], &mut |value, node| found.add(tool, value, node, true, true));
    }
}

#[inline(never)]
fn operands<'d>(way: &Way, verb: &str, run: &Run<'d>, found: &mut Found<'d>) {
    let tool = run.tool.name;
    let (mut first, mut last, mut count) = (None, None, 0);
    let mut behind = false;
    for arg in run.operands() {
        if behind {
            first = first.or(Some(arg));
            last = Some(arg);
            count += 1;
        }
        behind |= arg.text == verb;
    }
    let (Some(first), Some(last)) = (first, last) else { return };
    let all = run.has(&|given| matches!(given.name, "--all-tags" | "-a") && given.truth() == Some(true));
    let tagged = way.how != How::Prefix && !(all && matches!(tool, "docker" | "crane"));
    let target = if way.how == How::First { first } else { last };
    let image = match text::find(&target.text, "docker://") {
        Some(0) => true,
        // Another transport is no registry; the part in front of `:` of an image has no such name.
        _ => way.how != How::Transport && !is_transport(&target.text),
    };
    let sure = match way.how {
        How::Last | How::Prefix | How::Transport if count < 2 => return,
        // A name of the local store: where it goes is up to a configuration file when it has no host.
        How::LastOrOnly => count > 1 || text::cut(&target.text, b'/').is_some_and(|(host, _)| host.contains('.')),
        _ => true,
    };
    if image {
        found.add(tool, &target.text, target.node, tagged, sure);
    }
}

fn is_transport(text: &str) -> bool {
    const TRANSPORTS: &str = "oci oci-archive docker-archive docker-daemon dir containers-storage ostree sif";
    text::cut(text, b':').is_some_and(|(transport, _)| words::is_among(transport, TRANSPORTS))
}

#[inline(never)]
fn every<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    let program = words::last(&run.program);
    if !words::is_among(program, LIFECYCLE_PUSHES) || found.may_be_on("CNB_USE_DAEMON") {
        return;
    }
    for arg in run.operands() {
        found.add(run.tool.name, &arg.text, arg.node, true, true);
    }
    run.each_value(&["--tag"], &mut |value, node| found.add(run.tool.name, value, node, true, true));
}

#[inline(never)]
fn repository<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    let own = run.variables.iter().find(|(name, _)| name == REPOSITORY).zip(run.args.first());
    let (value, node) = match (own, found.var(REPOSITORY).and_then(|var| var.value())) {
        (Some(((_, value), arg)), _) => (value.as_str(), arg.node),
        (None, Some((node, value))) => (value, node),
        (None, None) => return,
    };
    // `ko.local` and `kind.local` are the docker daemon and a kind cluster.
    if !matches!(text::cut(value, b'/').map_or(value, |(host, _)| host), "ko.local" | "kind.local") {
        found.add(run.tool.name, value, node, false, true);
    }
}

#[inline(never)]
fn jib<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    if run.operands().any(|arg| words::holds_any(&arg.text, JIB_LOCAL)) {
        return;
    }
    let before = found.list.len();
    run.each_value(&["-Djib.to.image", "--target"], &mut |value, node| {
        // `docker://` is the daemon here, `tar://` a file.
        if !text::contains(value, "://") {
            found.add(run.tool.name, value, node, true, true);
        }
    });
    let Some(image) = found.list.get(before).map(|push| push.image.clone()) else { return };
    let repository = repository_of(&image);
    run.each_value(&["-Djib.to.tags"], &mut |value, node| {
        for tag in words::parts(value, b',') {
            if found.is_full() {
                break;
            }
            found.add(run.tool.name, &text::concat(&[repository, ":", tag.trim()]), node, true, true);
        }
    });
}

#[inline(never)]
fn joined<'d>(run: &Run<'d>, found: &mut Found<'d>) {
    let mut name = "";
    run.values(&["-t", "--tag"], &mut |value| name = value);
    run.each_value(&["--push"], &mut |host, node| {
        found.add(run.tool.name, &text::concat(&[words::trim_end(host, b'/'), "/", name]), node, true, true);
    });
}

/// What an image plugin of Woodpecker or Drone is told to push.
#[inline(never)]
fn plugin(found: &mut Found<'_>) {
    let container = found.container;
    if !container.env().any(|var| var.name().starts_with("PLUGIN_")) {
        return;
    }
    let (repo, destinations) = (found.var("PLUGIN_REPO"), found.var("PLUGIN_DESTINATIONS"));
    if (repo.is_none() && destinations.is_none()) || PLUGIN_OFF.iter().any(|name| found.may_be_on(name)) {
        return;
    }
    let (registry, tag) = (found.var(PLUGIN_REGISTRY), found.var("PLUGIN_TAG").or(found.var("PLUGIN_TAGS")));
    let known = plugins::of(container);
    // A command of one's own may do anything with these.
    let sure = known.is_some() && container.command().next().is_none();
    let tool = known.map_or(UNKNOWN, |plugin| plugin.name);
    let Some((node, repos)) = repo.and_then(|var| var.value()) else {
        // No plugin that is known reads destinations without a repository.
        if let Some((node, value)) = destinations.and_then(|var| var.value()).filter(|_| known.is_none()) {
            for image in words::parts(value, b',') {
                found.add(tool, image, node, true, false);
            }
        }
        return;
    };
    let auto = PLUGIN_AUTO.iter().any(|name| found.may_be_on(name));
    let tags = tag.map(|var| var.value());
    let registry = registry.and_then(|var| var.value()).map(|(_, value)| value).unwrap_or_default();
    for repo in words::parts(repos, b',') {
        if found.is_full() || registry.len() + repo.len() > MAX_IMAGE {
            break;
        }
        let host = text::cut(repo, b'/').is_some_and(|(host, _)| host.contains(['.', ':', '$']));
        let registry = if host { "" } else { registry };
        let scheme = ["https://", "http://"].into_iter().find_map(|scheme| registry.strip_prefix(scheme));
        let registry = scheme.unwrap_or(registry);
        let registry = words::trim_end(registry, b'/');
        let slash = if registry.is_empty() { "" } else { "/" };
        let name = text::concat(&[registry, slash, repo.trim()]);
        match tags {
            // Many a plugin has a repository of another kind.
            _ if known.is_none() && (auto || !matches!(tags, Some(Some(_)))) => {}
            _ if auto => found.add(tool, &name, node, false, sure),
            // A file `.tags` of the workspace may say otherwise; without it every known plugin pushes `latest`.
            None => found.add(tool, &name, node, true, false),
            // Tags that are hidden.
            Some(None) => found.add(tool, &name, node, false, sure),
            Some(Some((node, tags))) => {
                for tag in words::parts(tags, b',') {
                    if found.is_full() {
                        break;
                    }
                    found.add(tool, &text::concat(&[&name, ":", tag.trim()]), node, true, sure);
                }
            }
        }
    }
}
