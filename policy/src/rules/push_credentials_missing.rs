//! Rule `push-credentials-missing`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::json::write;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, Role};

use crate::context::Context;
use crate::data::builders;
use crate::knowledge::access::{self, Access};
use crate::knowledge::commands::Commands;
use crate::knowledge::docker_config::{self, DOCKER_KEY, Reads};
use crate::knowledge::pushes::{Push, UNKNOWN};

mod empty;
mod mount;
#[cfg(test)]
mod tests;

use mount::{Mounts, Offer};

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container that visibly pushes an image and has no credentials of any kind: no docker config where its tool looks,
    /// no Secret in its mounts or variables, no settings of a plugin, no login in its script, no identity of a cloud. The
    /// push fails with `UNAUTHORIZED`. Absence is hard to prove, so this only warns.
    ///
    /// Silent are registries that probably take anybody's images: `localhost`, private addresses, names that exist only
    /// in the cluster, and those that the settings call `anonymous` or `plainHttp` without a push Secret. Commands that an
    /// engine sends later are not judged. A docker config or variable whose Secret has an empty name is found too: the
    /// API server refuses the object.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, push: {secret: harbor-push}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=harbor.corp.example/team/app:1.4.2"]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, push: {secret: harbor-push}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: ["--destination=harbor.corp.example/team/app:1.4.2"]
    ///       volumeMounts:
    ///         - {name: docker-config, mountPath: /kaniko/.docker}
    ///   volumes:
    ///     - name: docker-config
    ///       secret: {secretName: harbor-push, items: [{key: .dockerconfigjson, path: config.json}]}
    /// ```
    ///
    /// ## Fix safety
    /// Where the settings name one Secret for all registries that the container pushes to, and it is certain where the tool
    /// reads, it is mounted there as `config.json`; not under a ServiceAccount that lets only its own Secrets be mounted.
    pub(crate) PushCredentialsMissing {
        id: "push-credentials-missing",
        title: "container pushes and has no credentials",
        since: "0.1.0",
        mends: Sometimes,
        asks: [ServiceAccount],
        levels: [Off, Warn, Warn],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let mut mounts = Mounts::new();
    let access = Access::new(context);
    empty::volumes(context, out);
    for commands in context.commands().iter() {
        if commands.pushes().is_empty() || empty::variables(commands.container, out) {
            continue;
        }
        judge(&access, context, commands, &mut mounts, out);
    }
}

#[inline(never)]
fn judge<'d>(
    access: &Access<'_, 'd>,
    context: &Context<'d>,
    commands: &Commands<'d>,
    mounts: &mut Mounts<'d>,
    out: &mut Findings<'d>,
) {
    let container = commands.container;
    // The first destination that needs credentials, and the Secret that is good for all of those.
    let mut wanted: Option<(&Push<'d>, &str)> = None;
    let mut offer = Offer::Nothing;
    for push in commands.pushes() {
        let Some(host) = push.domain().filter(|_| push.tool != UNKNOWN) else { continue };
        let entry = image::parse(&push.image).named().and_then(|image| context.facts.registry(&image));
        let secret = entry.and_then(|entry| entry.push_secret);
        let open = access::is_open(host)
            || entry.is_some_and(|entry| entry.plain_http || entry.pull.is_some_and(|pull| pull.anonymous));
        if secret.is_none() && open {
            continue;
        }
        wanted.get_or_insert((push, host));
        offer.add(secret);
    }
    let Some((push, host)) = wanted else { return };
    let reads = builders::of(container).and_then(|builder| docker_config::reads(builder, container, context.pod));
    if access.is_given(container, reads.as_ref(), host) {
        return;
    }
    let message =
        text::concat(&[push.tool, " pushes to ", &quote(host), ", and nothing gives it credentials for that"]);
    let secret = offer.secret();
    let edits = match (secret, &reads) {
        (Some(secret), Some(reads)) if container.role() != Role::Ephemeral && !push.setting => {
            mounts.edits(context, container, secret, reads, out)
        }
        _ => None,
    };
    let remedy = remedy(reads.as_ref(), secret, push.setting);
    let draft = out.report(container.node(), message, remedy).container(container.name());
    match edits {
        Some((mount, Some(volume))) => drop(draft.mend(mount).mend(volume)),
        Some((mount, None)) => drop(draft.mend(mount)),
        None => draft.unsure(),
    }
}

#[inline(never)]
fn remedy(reads: Option<&Reads>, secret: Option<&str>, setting: bool) -> String {
    let what = match secret {
        Some(secret) => text::concat(&["Secret ", &quote(secret)]),
        None => "a docker-registry Secret that may push".to_owned(),
    };
    let file = reads.and_then(|reads| reads.files.first());
    match file {
        _ if setting => text::concat(&["give the step `username` and `password` from ", &what]),
        Some(file) => text::concat(&["mount ", &what, " so that its `", DOCKER_KEY, "` is `", file, "`"]),
        None => text::concat(&["mount ", &what, " where the tool looks for its docker config"]),
    }
}

/// The values of a volume and of its mount.
#[inline(never)]
fn volume_json(name: &str, secret: &str) -> String {
    let item = write::object(&[("key", &write::string(DOCKER_KEY)), ("path", "\"config.json\"")]);
    let secret = write::object(&[("secretName", &write::string(secret)), ("items", &write::array([item]))]);
    write::object(&[("name", &write::string(name)), ("secret", &secret)])
}

#[inline(never)]
fn mount_edit(list: String, name: &str, directory: &str) -> Edit {
    let parts = [("name", &*write::string(name)), ("mountPath", &*write::string(directory)), ("readOnly", "true")];
    Edit::append(list, write::object(&parts))
}

/// Does the name belong to nobody in this container's Pod?
fn is_free(context: &Context<'_>, name: &str) -> bool {
    context.volume(name).is_none() && !context.claims(name)
}

/// The container's list of mounts, for edits.
fn list_of<'d>(container: Container<'d>, out: &Findings<'d>) -> String {
    out.pointer((container.node(), "volumeMounts"))
}
