//! Rule `token-automount`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::json::Node;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, EnvVar, Volume};

use crate::context::Context;
use crate::data::engines::{self, Engine};
use crate::data::{builders, bystanders, plugins};
use crate::knowledge::words;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A CI Pod whose containers get the token of its ServiceAccount although nothing in it talks to the Kubernetes API. A
    /// build runs what its author wrote, and with the token it acts in the cluster as that account.
    ///
    /// The rule speaks only when it can see that much: every container is a known builder, a plugin, an agent, or an image of
    /// Docker Hub's library with a command of its own, no word names a client of the API (`kubectl`, `helm`, `argocd` …), and
    /// the Pod runs under `default`, to which nobody gave rights on purpose. Images and accounts of one's own, Pods of Argo
    /// and of GitHub's runners, and tokens that are mounted explicitly are left alone. In a Pod that came through the API
    /// server it is the token volume that counts.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: [--context=dir:///workspace, --no-push]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: [--context=dir:///workspace, --no-push]
    /// ```
    ///
    /// ## Fix safety
    /// Never mended: what an engine runs later is not visible, and in a Pod the token's volume is there already.
    pub(crate) TokenAutomount {
        id: "token-automount",
        title: "the ServiceAccount's token is mounted and nothing uses it",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Audit, Audit],
        options: (),
    }
}

const FIELD: &str = "automountServiceAccountToken";
/// Where every Pod has its token.
const PLACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let pod = context.pod;
    let spec = pod.spec();
    if spec.get(FIELD).and_then(Node::as_bool) == Some(false)
        || pod.service_account().is_some_and(|account| account != "default")
        || !is_mounted(context)
    {
        return;
    }
    let mut builds = false;
    for container in pod.containers() {
        match quiet(container) {
            Some(builder) => builds |= builder,
            None => return,
        }
    }
    if pod.containers().next().is_none() || !(builds || is_ci(context)) || is_left_alone(context) {
        return;
    }
    out.report(
        (spec, FIELD),
        "every container gets the token of ServiceAccount `default`, and nothing here talks to the Kubernetes API",
        "set `automountServiceAccountToken: false` in the Pod's spec",
    );
}

/// Does any container get the token? The API server writes both names of the account; after it the volume counts.
#[inline(never)]
fn is_mounted(context: &Context<'_>) -> bool {
    let pod = context.pod;
    let mounts =
        |container: Container<'_>| container.mounts().any(|mount| words::trim_end(mount.path(), b'/') == PLACE);
    if pod.containers().any(mounts) {
        return true;
    }
    let admitted =
        pod.is_pod() && pod.spec().get("serviceAccount").is_some() && pod.spec().get("serviceAccountName").is_some();
    !admitted
}

/// A container that does not talk to the API, and whether it builds; `None`: it may.
#[inline(never)]
fn quiet(container: Container<'_>) -> Option<bool> {
    let image = image::parse(container.image()?).named()?;
    let builder = builders::by_image(&image).is_some() || plugins::of(container).is_some();
    let known = builder || bystanders::is_helper(&image) || (bystanders::is_library(&image) && is_seen(container));
    if !known {
        return None;
    }
    let names = |word: Node<'_>| word.as_str().is_some_and(bystanders::names_client);
    let holds = |(_, value): (Node<'_>, &str)| text::contains(value, "kube");
    let speaks = |var: EnvVar<'_>| bystanders::is_client_variable(var.name()) || var.value().is_some_and(holds);
    let talks = container.env().any(speaks) || container.words().any(names);
    (!talks).then_some(builder)
}

/// Is what a container runs in its fields? Not when it only waits for somebody to run something in it.
#[inline(never)]
fn is_seen(container: Container<'_>) -> bool {
    let node = container.node();
    let waits = |key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
    let program = container.words().next().and_then(Node::as_str).unwrap_or_default();
    let later = |text: &str| text::contains(text, "CI_SCRIPT");
    if waits("stdin") || waits("tty") || words::is_among(words::last(program), "cat sleep tail") {
        return false;
    }
    !container.words().any(|word| word.as_str().is_some_and(later))
}

fn is_ci(context: &Context<'_>) -> bool {
    Engine::ALL.iter().any(|engine| *engine != Engine::Any && engines::made_by(*engine, context.pod))
}

/// Engines that use the token themselves, agents that others bring in, and tokens that somebody asked for.
#[inline(never)]
fn is_left_alone(context: &Context<'_>) -> bool {
    let pod = context.pod;
    let asked = |volume: Volume<'_>| {
        let sources = volume.node().get_path(&["projected", "sources"]);
        !volume.name().starts_with("kube-api-access-")
            && sources
                .is_some_and(|sources| sources.elements().any(|source| source.get("serviceAccountToken").is_some()))
    };
    // A runner gets its commands later, Argo's executor reports to the API.
    engines::made_by(Engine::Argo, pod)
        || engines::made_by(Engine::Github, pod)
        || pod.volumes().any(asked)
        || pod.annotations().any(|(key, _)| key.starts_with("vault.hashicorp.com/"))
}
