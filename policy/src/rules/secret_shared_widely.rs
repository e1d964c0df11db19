//! Rule `secret-shared-widely`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::json::Node;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, Mount, SecretSource};

use crate::context::Context;
use crate::data::{builders, bystanders, plugins};
use crate::knowledge::docker_config::DOCKER_KEY;
use crate::knowledge::words;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A registry Secret in more hands than need it: the docker config that a builder of this Pod pushes with is mounted
    /// in a container that builds nothing (an agent, a test), or a container takes a whole registry Secret as variables
    /// by `envFrom`. Whatever runs there can push images in the name of the pipeline.
    ///
    /// It is the Secret that the settings name for a registry, or one that a builder shows as its docker config. Scanners
    /// and other readers of images are left alone, and so is a container of an unknown image that mounts it where a
    /// registry client of its own would read it. Only such a Secret, or one in `imagePullSecrets`, counts for `envFrom`.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: jnlp
    ///       image: docker.io/jenkins/inbound-agent:3327.v868139a_d00e0-6
    ///       volumeMounts: [{name: push, mountPath: /kaniko/.docker}]
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:debug
    ///       volumeMounts: [{name: push, mountPath: /kaniko/.docker}]
    ///   volumes:
    ///     - name: push
    ///       secret: {secretName: ci-push, items: [{key: .dockerconfigjson, path: config.json}]}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: jnlp
    ///       image: docker.io/jenkins/inbound-agent:3327.v868139a_d00e0-6
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:debug
    ///       volumeMounts: [{name: push, mountPath: /kaniko/.docker}]
    ///   volumes:
    ///     - name: push
    ///       secret: {secretName: ci-push, items: [{key: .dockerconfigjson, path: config.json}]}
    /// ```
    pub(crate) SecretSharedWidely {
        id: "secret-shared-widely",
        title: "a registry Secret is given to containers that do not need it",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Audit, Audit],
        options: (),
    }
}

/// Secrets that builders show, and findings for one container; whoever has more has been told enough.
const MAX: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let mut holders: Vec<Container<'d>> = Vec::new();
    for container in context.pod.containers() {
        whole(context, container, out);
        let mut any = false;
        for mount in container.mounts() {
            each_secret(context, mount, &mut |_| any = true);
        }
        if any {
            holders.push(container);
        }
    }
    // Recognising a builder costs more than this look.
    if holders.len() < 2 {
        return;
    }
    let mut shown: Vec<&'d str> = Vec::new();
    holders.retain(|container| {
        let builds = builders::of(*container).is_some() || plugins::of(*container).is_some();
        if builds {
            for mount in container.mounts() {
                each_secret(context, mount, &mut |source| {
                    if pushes(context, mount, source) && shown.len() < MAX && !shown.contains(&source.name()) {
                        shown.push(source.name());
                    }
                });
            }
        }
        !builds
    });
    if shown.is_empty() {
        return;
    }
    for container in holders {
        mounted(context, container, &shown, out);
    }
}

/// Sources of one volume that are looked at: each mount of the volume shows all of them again.
const MAX_SOURCES: usize = 64;

#[inline(never)]
fn each_secret<'d>(context: &Context<'d>, mount: Mount<'d>, take: &mut dyn FnMut(SecretSource<'d>)) {
    if let Some(volume) = context.volume(mount.volume()) {
        for (i, source) in volume.secrets().enumerate() {
            if i >= MAX_SOURCES {
                break;
            }
            if !source.name().is_empty() {
                take(source);
            }
        }
    }
}

/// Is this Secret what the builder pushes with?
#[inline(never)]
fn pushes(context: &Context<'_>, mount: Mount<'_>, source: SecretSource<'_>) -> bool {
    is_config_place(mount.path())
        || context.secrets().keys(source.name()).next().is_some()
        || source.items().is_some_and(|mut items| items.any(|(key, _)| key == DOCKER_KEY))
}

/// A place where registry clients look.
fn is_config_place(path: &str) -> bool {
    words::ends_any(words::trim_end(path, b'/'), ".docker .docker/config.json .dockerconfigjson containers/auth.json")
}

/// `envFrom` of a whole registry Secret.
#[inline(never)]
fn whole<'d>(context: &Context<'d>, container: Container<'d>, out: &mut Findings<'d>) {
    let mut told = 0;
    for from in container.env_from() {
        let name = from.get("secretRef").and_then(|secret| secret.str("name")).unwrap_or_default();
        if name.is_empty() || told >= MAX {
            continue;
        }
        if context.lists(name) || context.secrets().keys(name).next().is_some() {
            told += 1;
            let message =
                text::concat(&["every key of registry Secret ", &quote(name), " becomes a variable of this container"]);
            let remedy =
                "name the keys that it needs in `env` with `valueFrom.secretKeyRef`, or mount the Secret as a file";
            out.report(from, message, remedy).container(container.name());
        }
    }
}

/// The mounts of a container that builds nothing.
#[inline(never)]
fn mounted<'d>(context: &Context<'d>, container: Container<'d>, shown: &[&'d str], out: &mut Findings<'d>) {
    let image = container.image().and_then(|image| image::parse(image).named());
    let helper = image.as_ref().is_some_and(bystanders::is_helper);
    let path = image.map(|image| image.path().to_cow()).unwrap_or_default();
    let reads = |word: Node<'_>| word.as_str().is_some_and(bystanders::reads_images);
    let reads = bystanders::reads_images(words::last(&path)) || container.words().any(reads);
    let mut told: Vec<&'d str> = Vec::new();
    for mount in container.mounts() {
        // A client of its own would look there; not where kaniko looks.
        let own = is_config_place(mount.path()) && !mount.path().starts_with("/kaniko/") && !helper;
        each_secret(context, mount, &mut |source| {
            let name = source.name();
            if own || reads || !shown.contains(&name) || told.contains(&name) {
                return;
            }
            told.push(name);
            let message = text::concat(&[
                "this container builds nothing and mounts Secret ",
                &quote(name),
                ", with which another one pushes",
            ]);
            let remedy = "remove this mount: only the container that pushes needs the Secret";
            out.report(mount.node(), message, remedy).container(container.name());
        });
    }
}
