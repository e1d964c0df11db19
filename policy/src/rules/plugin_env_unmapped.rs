//! Rule `plugin-env-unmapped`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::{Node, write};
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, EnvVar};

use crate::context::Context;
use crate::data::engines::{self, Engine};
use crate::data::plugins::{self, Plugin};
use crate::knowledge::words;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Woodpecker or Drone plugin step gets a Secret under a name that its plugin does not read. Plugins read their
    /// settings as `PLUGIN_…` variables; Woodpecker's `backend_options.kubernetes.secrets` sets exactly the name that is
    /// written there, so `AWS_ACCESS_KEY_ID` reaches plugin-docker-buildx and is never looked at. Names that a plugin
    /// documents besides (`DOCKER_PASSWORD`), names that another setting refers to (`build_args_from_env`), and steps with
    /// commands of their own are fine.
    ///
    /// A whole Secret by `envFrom`, and no credential that the plugin reads: the rule warns, because the keys are not known.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: wp-01
    ///   labels: {woodpecker-ci.org/step: publish}
    /// spec:
    ///   containers:
    ///     - name: wp-01
    ///       image: woodpeckerci/plugin-docker-buildx:5
    ///       env:
    ///         - name: AWS_ACCESS_KEY_ID
    ///           valueFrom: {secretKeyRef: {name: aws-ecr, key: access-key}}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: wp-01
    ///   labels: {woodpecker-ci.org/step: publish}
    /// spec:
    ///   containers:
    ///     - name: wp-01
    ///       image: woodpeckerci/plugin-docker-buildx:5
    ///       env:
    ///         - name: PLUGIN_AWS_ACCESS_KEY_ID
    ///           valueFrom: {secretKeyRef: {name: aws-ecr, key: access-key}}
    /// ```
    ///
    /// ## Fix safety
    /// The mend appends the `PLUGIN_…` variable with the very same `secretKeyRef`: the same key of the same Secret for the
    /// same container, so nothing is invented and nobody gets more than before. A `PLUGIN_…` variable that is there already
    /// is never touched. The old variable stays, because a build script may read it; remove it where nothing does. A Secret
    /// that comes by `envFrom` is not mended: its keys are not known here.
    pub(crate) PluginEnvUnmapped {
        id: "plugin-env-unmapped",
        title: "secret under a name that the plugin does not read",
        since: "0.1.0",
        mends: Sometimes,
        asks: [Secret],
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        // With a command of its own it is no plugin step, and its names may be right.
        if !has_secrets(container) || container.command().next().is_some() {
            continue;
        }
        let Some(plugin) = plugins::of(container) else { continue };
        if is_step(context, container) {
            variables(container, plugin, out);
            whole_secrets(context, container, plugin, out);
        }
    }
}

fn has_secrets(container: Container<'_>) -> bool {
    container.env_from().next().is_some() || container.env().any(|var| var.secret_key_ref().is_some())
}

/// Made by Woodpecker or Drone, by the Pod's marks or by the variables that both give to every step.
#[inline(never)]
fn is_step(context: &Context<'_>, container: Container<'_>) -> bool {
    engines::made_by(Engine::Woodpecker, context.pod)
        || engines::made_by(Engine::Drone, context.pod)
        || container.env().any(|var| words::begins_any(var.name(), "PLUGIN_ CI_ DRONE_"))
}

#[inline(never)]
fn variables<'d>(container: Container<'d>, plugin: &Plugin, out: &mut Findings<'d>) {
    let mut told: Vec<&str> = Vec::new();
    for var in container.env() {
        let Some(target) = plugin.instead_of(var.name()).filter(|_| var.secret_key_ref().is_some()) else { continue };
        // As many entries at most as the plugin takes credentials, so looking around in `env` stays cheap.
        if told.contains(&target) {
            continue;
        }
        told.push(target);
        if container.env_var(target).is_some() || is_used_by_name(container, var.name()) {
            continue;
        }
        report(container, plugin, var, target, out);
    }
}

#[inline(never)]
fn report<'d>(container: Container<'d>, plugin: &Plugin, var: EnvVar<'d>, target: &str, out: &mut Findings<'d>) {
    let message = text::say("| does not read ^, where this secret is, only `|`", &[plugin.name, var.name(), target]);
    let remedy =
        text::say("add `|` with the same `secretKeyRef` (in Woodpecker: `target: {env: |}`)", &[target, target]);
    let list = out.pointer((container.node(), "env"));
    let source = var.node().get("valueFrom").map_or("null", Node::raw);
    let added = write::object(&[("name", &write::string(target)), ("valueFrom", source)]);
    out.report(var.node(), message, remedy).container(container.name()).mend(Edit::append(list, added));
}

/// Does a setting of the plugin refer to the variable by its name, as `build_args_from_env` and `secrets` do?
#[inline(never)]
fn is_used_by_name(container: Container<'_>, name: &str) -> bool {
    let outside = |byte: &u8| !(byte.is_ascii_alphanumeric() || *byte == b'_');
    for var in container.env() {
        if let Some((_, value)) = var.value().filter(|_| var.name().starts_with("PLUGIN_"))
            && value.as_bytes().split(outside).any(|word| word == name.as_bytes())
        {
            return true;
        }
    }
    false
}

#[inline(never)]
fn whole_secrets<'d>(context: &Context<'d>, container: Container<'d>, plugin: &Plugin, out: &mut Findings<'d>) {
    let unread = |entry: &Node<'_>| {
        entry.get("secretRef").is_some() && !entry.str("prefix").unwrap_or_default().starts_with("PLUGIN_")
    };
    let Some(entry) = container.env_from().find(unread) else { return };
    let Some(secret) = entry.get("secretRef") else { return };
    let fed = container.env().any(|var| plugin.is_credential(var.name()) || pushes_nothing(var));
    if fed || plugin.reads_cloud_names() || is_readable(context, entry, secret, plugin) {
        return;
    }
    let name = secret.str("name").unwrap_or_default();
    let message = text::say(
        "| reads `PLUGIN_…` variables, and secret ^ gives its keys under their own names",
        &[plugin.name, name],
    );
    let mut remedy =
        String::from("name each key that the plugin needs, with a `secretKeyRef` in place of the `envFrom`:");
    let mut before = " `";
    plugin.takes(&mut |reads| {
        if plugin.is_credential(reads) {
            text::append(&mut remedy, &[before, reads, "`"]);
            before = ", `";
        }
        false
    });
    out.report(entry, message, remedy).container(container.name()).unsure();
}

/// A plugin that pushes nothing needs no credential.
fn pushes_nothing(var: EnvVar<'_>) -> bool {
    matches!(var.name(), "PLUGIN_DRY_RUN" | "PLUGIN_NO_PUSH") && var.value().is_some_and(|(_, value)| value == "true")
}

/// Is it known that one of the Secret's keys becomes a variable that the plugin reads?
fn is_readable(context: &Context<'_>, entry: Node<'_>, secret: Node<'_>, plugin: &Plugin) -> bool {
    let Some(name) = secret.str("name") else { return false };
    let prefix = entry.str("prefix").unwrap_or_default();
    let seen = context.secret(name);
    let Some(data) = seen.found().and_then(|secret| secret.data.as_ref()) else { return false };
    data.iter().any(|(key, _)| plugin.reads(&text::concat(&[prefix, key])))
}
