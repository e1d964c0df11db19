//! Rule `keepalive-needs-shell`.

use regwarden_sdk::finding::{Draft, Findings};
use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::Container;

use crate::context::Context;
use crate::data::flavours::{self, Flavour};
use crate::knowledge::words;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Kaniko container that is kept alive by `cat` or `sleep`, or runs a shell, from an image that has none of these.
    /// Kaniko's images are made from nothing: executor, warmer and slim hold kaniko alone, so the container never starts
    /// (`exec: "cat": executable file not found`). Only the debug images have busybox; there the rule catches what lies
    /// elsewhere (`/bin/cat`, `bash`).
    ///
    /// The rule is sure of kaniko's own repositories and their mirrors (`…/kaniko-project/executor`) with a tag that kaniko
    /// publishes. About a copy under another name (`…/kaniko-executor`) it only warns. A tag of one's own, a bare digest and
    /// a placeholder say nothing, and a volume may bring the program.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       command: [sleep]
    ///       args: [99d]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2-debug
    ///       command: [sleep]
    ///       args: [99d]
    /// ```
    ///
    /// ## Fix safety
    /// Never mended: whether the registry, often a mirror, has the debug image is not known here.
    pub(crate) KeepaliveNeedsShell {
        id: "keepalive-needs-shell",
        title: "kaniko is kept alive by a program that its image does not have",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// Programs by which containers are kept alive or scripts are run.
const PROGRAMS: &str = "sh bash ash dash zsh busybox cat sleep tail env echo true timeout";
/// Those among them that busybox does not have.
const NOT_IN_BUSYBOX: &str = "bash dash zsh";
/// Where an image's PATH leads, and where a volume could bring programs.
const PLACES: &str = "/busybox /bin /usr/bin /usr/local/bin /kaniko /usr";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        // What is run first, as reading an image costs more.
        let (node, key) = match container.command().next() {
            Some(first) => (first, "command"),
            None => match container.args().next() {
                Some(first) => (first, "args"),
                None => continue,
            },
        };
        let Some(program) = node.as_str() else { continue };
        let name = words::last(program);
        if !words::is_among(name, PROGRAMS) {
            continue;
        }
        let Some(Parsed::Reference(image)) = container.image().map(image::parse) else { continue };
        let Some((flavour, official)) = flavours::of(&image) else { continue };
        let folder = program.get(..program.len() - name.len()).unwrap_or_default();
        let folder = words::trim_end(folder, b'/');
        // Arguments alone go to kaniko, which is in every image.
        let there = flavour == Flavour::Debug && (key == "args" || is_in_debug(folder, name));
        if !there && !is_brought(container, folder) {
            let draft = report(container, key, program, flavour, image.tag(), out);
            if !official {
                draft.unsure();
            }
        }
    }
}

#[inline(never)]
fn report<'d, 'o>(
    container: Container<'d>,
    key: &'static str,
    program: &str,
    flavour: Flavour,
    tag: Option<&str>,
    out: &'o mut Findings<'d>,
) -> Draft<'o> {
    let name = words::last(program);
    let (before, behind, first, then, last) = match flavour {
        Flavour::Debug => {
            let there = if words::is_among(name, NOT_IN_BUSYBOX) { "sh" } else { name };
            (
                "this image has no ",
                ", so the container cannot start",
                "write `",
                there,
                "`, which is found in `/busybox`",
            )
        }
        Flavour::Bare => {
            let (before, behind, first) = if key == "args" {
                (
                    "",
                    " goes to kaniko as an argument, and this image holds no other program",
                    "put it into `command`, and ",
                )
            } else {
                ("this image holds kaniko alone and no ", ", so the container cannot start", "")
            };
            (before, behind, first, "take the debug flavour of the image, whose tag is `", "`")
        }
    };
    let tag = if flavour == Flavour::Bare { debug_tag(tag) } else { String::new() };
    let message = text::concat(&[before, &quote(program), behind]);
    out.report((container.node(), key), message, text::concat(&[first, then, &tag, last])).container(container.name())
}

/// Busybox by its name or path, and the one link to it.
fn is_in_debug(folder: &str, name: &str) -> bool {
    match folder {
        "" | "/busybox" | "/busybox2" => !words::is_among(name, NOT_IN_BUSYBOX),
        "/bin" => name == "sh",
        _ => false,
    }
}

/// May a volume hold the program, or PATH lead elsewhere?
#[inline(never)]
fn is_brought(container: Container<'_>, folder: &str) -> bool {
    if folder.is_empty() && container.env_var("PATH").is_some() {
        return true;
    }
    container.mounts().any(|mount| {
        let path = words::trim_end(mount.path(), b'/');
        if folder.is_empty() {
            words::is_among(path, PLACES)
        } else {
            folder.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    })
}

/// The tag of the debug image of the same release.
fn debug_tag(tag: Option<&str>) -> String {
    let release = tag.unwrap_or_default();
    let release = release.strip_suffix("-slim").unwrap_or(release);
    match release.strip_prefix('v') {
        Some(_) => text::concat(&[&text::shorten(release, 40), "-debug"]),
        None => "debug".to_owned(),
    }
}
