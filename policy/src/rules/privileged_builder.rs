//! Rule `privileged-builder`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::shell;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, EnvVar};

use crate::context::Context;
use crate::data::engines::{self, Engine};
use crate::data::privileges::{self, Alternative};
use crate::data::{builders, flags, plugins};
use crate::knowledge::words;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// An image builder or a docker daemon in a container with `privileged: true`. A build runs commands that its author
    /// chose, and in a privileged container such a command is root on the node: it reads every registry credential there.
    /// Nearly every builder has a way to do without; the remedy names the one for this tool.
    ///
    /// A builder is known by its image, its program, its plugin settings or a docker daemon (`docker:dind`, `dockerd`), not
    /// by the name of the container. Privileged containers that build nothing are left to other policies, and so is a Pod
    /// with a user namespace of its own (`hostUsers: false`), in which root is nobody on the node.
    ///
    /// The rule only warns about images that say `rootless`: on many kernels `docker:dind-rootless` starts only privileged.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: buildkitd
    ///       image: docker.io/moby/buildkit:v0.25.1
    ///       securityContext: {privileged: true}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: buildkitd
    ///       image: docker.io/moby/buildkit:v0.25.1-rootless
    ///       args: [--oci-worker-no-process-sandbox]
    ///       securityContext:
    ///         runAsUser: 1000
    ///         seccompProfile: {type: Unconfined}
    /// ```
    pub(crate) PrivilegedBuilder {
        id: "privileged-builder",
        title: "image builder runs privileged",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Warn, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    let own_users = pod.spec().get("hostUsers").and_then(|own| own.as_bool()) == Some(false);
    for container in pod.containers() {
        let Some(place) = container.node().get_path(&["securityContext", "privileged"]) else { continue };
        if own_users || place.as_bool() != Some(true) {
            continue;
        }
        // GitLab gives the variables of a job to every container of it.
        let shared = || engines::made_by(Engine::Gitlab, pod);
        let Some((builder, sure)) = recognise(container).or_else(|| by_variable(container).filter(|_| !shared()))
        else {
            continue;
        };
        let message =
            text::concat(&[builder.what, " runs privileged, so whoever decides what is built is root on the node"]);
        let draft = out.report(place, message, builder.remedy).container(container.name());
        if !sure {
            draft.unsure();
        }
    }
}

/// What the container builds with, and whether nothing speaks for its needing the privilege.
#[inline(never)]
fn recognise(container: Container<'_>) -> Option<(&'static Alternative, bool)> {
    let image = container.image().map(image::parse).and_then(|image| image.named());
    let path = image.map(|image| image.path().to_cow()).unwrap_or_default();
    let tag = image.and_then(|image| image.tag()).unwrap_or_default();
    let name = words::last(&path);
    let rootless = text::contains(name, "rootless") || text::contains(tag, "rootless");

    if let Some(plugin) = plugins::of(container) {
        let kaniko = text::contains(&path, "kaniko");
        return Some((if kaniko { &privileges::KANIKO } else { privileges::by_name(plugin.name) }, true));
    }
    if let Some(daemon) = by_program(container) {
        return Some((daemon, !rootless));
    }
    if words::has_any(name, "dind") || words::has_any(tag, "dind") || text::contains(name, "docker-in-docker") {
        return Some((&privileges::DAEMON, !rootless));
    }
    if let Some(alternative) = privileges::by_path(&path) {
        return Some((alternative, !rootless));
    }
    let known = image.as_ref().and_then(builders::by_image);
    let alternative = privileges::by_name(known.or_else(|| builders::of(container))?.name);
    if alternative.client && known.is_none() {
        return None;
    }
    let client = alternative.names.contains(&"docker") && words::has_any(tag, "cli") && known.is_some();
    Some((if client { &privileges::CLIENT } else { alternative }, !rootless))
}

/// A daemon or builder among the programs that the container runs, in a script too.
#[inline(never)]
fn by_program(container: Container<'_>) -> Option<&'static Alternative> {
    let mut words = container.words().filter_map(|word| word.as_str());
    let first = words.next()?;
    if let Some(script) = builders::script(container) {
        for command in shell::commands(script) {
            let mut words = command.words.iter().map(|word| &*word.text);
            if let Some(found) = words.next().and_then(|first| started(first, &mut words)) {
                return Some(found);
            }
        }
        return None;
    }
    started(first, &mut words)
}

/// The program of a command line, or the one that a program such as `exec` runs.
fn started(first: &str, rest: &mut dyn Iterator<Item = &str>) -> Option<&'static Alternative> {
    privileges::by_program(first).or_else(|| {
        let wrapped = flags::is_wrapper(first);
        rest.take_while(|_| wrapped).find_map(privileges::by_program)
    })
}

/// What only the image of a docker daemon has a use for. A container that names a daemon elsewhere is its client.
#[inline(never)]
fn by_variable(container: Container<'_>) -> Option<(&'static Alternative, bool)> {
    // actions-runner-controller and kubernetes/test-infra start a daemon beside what they run.
    for name in ["DOCKERD_IN_RUNNER", "DOCKER_IN_DOCKER_ENABLED"] {
        if container.env_var(name).and_then(EnvVar::value).is_some_and(|(_, value)| value == "true") {
            return Some((&privileges::DAEMON, true));
        }
    }
    (container.env_var("DOCKER_TLS_CERTDIR").is_some() && container.env_var("DOCKER_HOST").is_none())
        .then_some((&privileges::DAEMON, false))
}
