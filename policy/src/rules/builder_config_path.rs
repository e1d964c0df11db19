//! Rule `builder-config-path`.

use regwarden_sdk::docker_config::kubelet::Format;
use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::write;
use regwarden_sdk::pointer;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, Mount, SecretSource, Volume};

use crate::context::Context;
use crate::data::builders::{self, Builder};
use crate::knowledge::access::lies_over;
use crate::knowledge::docker_config::{DOCKER_KEY, Reads, Shows, directory, inside, normal, reads, shows};
use crate::knowledge::words;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A builder (Kaniko, Buildah, BuildKit, docker, Skopeo, crane, ko …) with a docker-config Secret mounted where that
    /// tool does not read it: a `docker-registry` Secret shows one file, `.dockerconfigjson`, and nearly every tool reads
    /// `config.json`; or the directory is another one than `DOCKER_CONFIG` of the image (Kaniko: `/kaniko/.docker`). The
    /// build runs to its end and the push fails with `UNAUTHORIZED`. A mount for the docker config whose volume does not
    /// exist is found too.
    ///
    /// The rule is sure of a Secret that the settings name for a registry or that the Pod lists in `imagePullSecrets`: it
    /// has the type `kubernetes.io/dockerconfigjson`, and with `cluster: contents` of any that it sees. Another may have a key
    /// `config.json`, so it only warns where the Secret's name says what it is (`regcred`, `pull-secret` …). A ConfigMap
    /// with credential helpers is held to the same directory.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, push: {secret: harbor-push}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:debug
    ///       volumeMounts:
    ///         - {name: docker-config, mountPath: /kaniko/.docker}
    ///   volumes:
    ///     - name: docker-config
    ///       secret: {secretName: harbor-push}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, push: {secret: harbor-push}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:debug
    ///       volumeMounts:
    ///         - {name: docker-config, mountPath: /kaniko/.docker}
    ///   volumes:
    ///     - name: docker-config
    ///       secret:
    ///         secretName: harbor-push
    ///         items:
    ///           - {key: .dockerconfigjson, path: config.json}
    /// ```
    ///
    /// ## Fix safety
    /// Only where the rule is sure. `items` is added when there is none; where the volume is mounted more than once the
    /// file keeps its old name beside the new one. A `mountPath` is changed only when nothing else is mounted there.
    pub(crate) BuilderConfigPath {
        id: "builder-config-path",
        title: "docker config is mounted where the builder does not read it",
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
        // Most containers mount nothing that looks like it; recognising a builder costs more than this look.
        if let Some(builder) = container.mounts().next().and_then(|_| builders::of(container)) {
            missing_volume(context, container, out);
            misplaced(context, builder, container, out);
        }
    }
}

/// So many Secrets of one container are looked at. Nobody mounts as many; one volume of many sources, mounted many times,
/// would cost their product.
const MAX_SECRETS: usize = 1_000;
/// Up to this many volumes a mistyped name is compared with.
const VOLUMES: usize = 12;

/// A place where some tool would look for a docker config.
fn is_config_place(path: &str) -> bool {
    words::ends_any(
        words::trim_end(path, b'/'),
        ".docker .docker/config.json .dockerconfigjson .dockercfg containers/auth.json",
    )
}

#[inline(never)]
fn missing_volume<'d>(context: &Context<'d>, container: Container<'d>, out: &mut Findings<'d>) {
    for mount in container.mounts() {
        if !is_config_place(mount.path()) || context.volume(mount.volume()).is_some() || context.claims(mount.volume())
        {
            continue;
        }
        // Comparing names costs more than all else here; in a long list there is no telling which was meant anyway.
        let (mut all, mut count) = (context.pod.volumes(), 0);
        while count <= VOLUMES && all.next().is_some() {
            count += 1;
        }
        let mut volumes = context.pod.volumes();
        let mut next = || if count > VOLUMES { None } else { volumes.next().map(Volume::name) };
        let remedy = match text::nearest(mount.volume(), &mut next) {
            Some(near) => text::say("the Pod has a volume ^; make the two names equal", &[near]),
            None => "add the volume with the docker-config Secret to `volumes`".to_owned(),
        };
        let message =
            text::say("the docker config is mounted from volume ^, which the Pod does not have", &[mount.volume()]);
        out.report((mount.node(), "name"), message, remedy).container(container.name());
    }
}

/// A Secret mounted in the container that looks like a docker config.
#[derive(Clone, Copy)]
struct Candidate<'d> {
    mount: Mount<'d>,
    source: SecretSource<'d>,
    /// It is known to be of type `kubernetes.io/dockerconfigjson`.
    docker_type: bool,
}

impl Candidate<'_> {
    #[inline(never)]
    fn shows(&self, file: &str) -> Shows {
        shows(self.mount, self.source, self.docker_type, file)
    }

    /// Does the Secret's name say what it holds? Without it a Secret at the right place may well have a key of the
    /// right name, as one called `docker-config` has.
    fn sounds_like_docker_type(&self) -> bool {
        const SIGNS: &[&str] = &["cred", "registry", "pull", "auth", "login", "dockercfg", "dockerconfigjson"];
        SIGNS.iter().any(|sign| text::contains(self.source.name(), sign))
    }

    /// Does anything say that this is meant as a docker config?
    fn meant(&self) -> bool {
        let keys = || {
            self.source.items().is_some_and(|mut items| items.any(|(key, _)| matches!(key, DOCKER_KEY | ".dockercfg")))
        };
        is_config_place(self.mount.path()) || self.docker_type || keys()
    }
}

#[inline(never)]
fn misplaced<'d>(context: &Context<'d>, builder: &Builder, container: Container<'d>, out: &mut Findings<'d>) {
    let pod = context.pod;
    let is_docker_type = |name: &str| context.facts.is_registry_secret(name) || context.lists(name);
    let mut candidates: Vec<Candidate<'d>> = Vec::new();
    for mount in container.mounts() {
        let Some(volume) = context.volume(mount.volume()) else { continue };
        for source in volume.secrets() {
            if candidates.len() >= MAX_SECRETS {
                break;
            }
            candidates.push(Candidate { mount, source, docker_type: is_docker_type(source.name()) });
        }
    }
    let secret = candidates.iter().any(Candidate::meant);
    let config_map =
        || container.mounts().find(|mount| is_config_place(mount.path()) && shows_config_map(context, *mount));
    let config_map = if secret { None } else { config_map() };
    if !secret && config_map.is_none() {
        return;
    }
    let Some(reads) = reads(builder, container, pod) else {
        return;
    };
    if let Some(mount) = config_map {
        if !filled(container, &reads, &|_| true) {
            let place = Misplaced { mount, mendable: false, items: None };
            wrong_directory(builder, container, place, &reads, out);
        }
        return;
    }
    // Another kind of volume over the place that is read: what is in it, a step before may have put there.
    let other =
        |mount: Mount<'_>| context.volume(mount.volume()).is_some_and(|volume| volume.secrets().next().is_none());
    if showing(&candidates, &reads, Shows::Yes).is_some() || filled(container, &reads, &other) {
        return;
    }
    let Some(candidate) = candidates.iter().find(|candidate| candidate.meant()) else {
        return;
    };
    let Some(file) = reads.files.first() else {
        return;
    };
    if let Some(candidate) = showing(&candidates, &reads, Shows::Maybe) {
        match in_cluster(context, candidate, file) {
            Some(true) => {
                let candidate = Candidate { docker_type: true, ..*candidate };
                let items = items_edit(context, &candidate, out);
                unprojected(builder, container, &candidate, file, out).mend(items);
            }
            None if candidate.sounds_like_docker_type() => {
                unprojected(builder, container, candidate, file, out).unsure();
            }
            _ => {}
        }
    } else if let Some((candidate, file)) = unprojected_docker(&candidates, &reads) {
        let items = items_edit(context, candidate, out);
        unprojected(builder, container, candidate, file, out).mend(items);
    } else {
        let place = misplaced_secret(context, container, candidate, &reads, out);
        wrong_directory(builder, container, place, &reads, out);
    }
}

/// Is the Secret, as it lies in the cluster, of the docker type and without the file that is read? `None`: nobody knows.
#[inline(never)]
fn in_cluster(context: &Context<'_>, candidate: &Candidate<'_>, file: &str) -> Option<bool> {
    let seen = context.secret(candidate.source.name());
    let secret = seen.found()?;
    // By its type alone it may have further keys.
    secret.data.as_ref()?;
    let key = inside(candidate.mount, file)?;
    Some(secret.format() == Some(Format::Config) && secret.value(&key).is_none())
}

/// A ConfigMap is how credential helpers are configured; it must lie where the tool reads, as a Secret must.
fn shows_config_map(context: &Context<'_>, mount: Mount<'_>) -> bool {
    context.volume(mount.volume()).is_some_and(|volume| volume.node().get("configMap").is_some())
}

/// The first Secret that shows, or may show, one of the files.
#[inline(never)]
fn showing<'c, 'd>(candidates: &'c [Candidate<'d>], reads: &Reads, wanted: Shows) -> Option<&'c Candidate<'d>> {
    for candidate in candidates {
        for file in &reads.files {
            if candidate.shows(file) == wanted {
                return Some(candidate);
            }
        }
    }
    None
}

/// A docker-registry Secret in the right directory whose file has the wrong name.
#[inline(never)]
fn unprojected_docker<'c, 'd>(
    candidates: &'c [Candidate<'d>],
    reads: &'c Reads,
) -> Option<(&'c Candidate<'d>, &'c str)> {
    for candidate in candidates {
        if !candidate.docker_type || candidate.source.items().is_some() || candidate.mount.sub_path().is_some() {
            continue;
        }
        let at = normal(candidate.mount.path());
        for file in &reads.files {
            if directory(file) == at {
                return Some((candidate, file));
            }
        }
    }
    None
}

/// Does a mount that counts lie over a place that is read?
#[inline(never)]
fn filled(container: Container<'_>, reads: &Reads, counts: &dyn Fn(Mount<'_>) -> bool) -> bool {
    for mount in container.mounts() {
        if counts(mount) && lies_over(mount, reads) {
            return true;
        }
    }
    false
}

fn unprojected<'o, 'd>(
    builder: &Builder,
    container: Container<'d>,
    candidate: &Candidate<'d>,
    file: &str,
    out: &'o mut Findings<'d>,
) -> regwarden_sdk::finding::Draft<'o> {
    let name = text::cut_last(file, b'/').map_or(file, |(_, name)| name);
    let message = text::say(
        "Secret ^ shows its file as `|`, but | reads ^",
        &[candidate.source.name(), DOCKER_KEY, builder.name, file],
    );
    let unless = if candidate.docker_type { "" } else { ", unless the Secret has a key of that name" };
    let remedy = text::say("add `items: [{key: |, path: |}]` to the Secret volume|", &[DOCKER_KEY, name, unless]);
    out.report(candidate.source.node(), message, remedy).container(container.name())
}

/// Shows the docker config under the name that the tool reads, and under its own where somebody else may read that.
fn items_edit<'d>(context: &Context<'d>, candidate: &Candidate<'d>, out: &Findings<'d>) -> Edit {
    let item = |path: &str| write::object(&[("key", &write::string(DOCKER_KEY)), ("path", &write::string(path))]);
    let mut items = write::Array::new();
    items.raw(&item("config.json"));
    if context.mounts_of(candidate.mount.volume()) > 1 {
        items.raw(&item(DOCKER_KEY));
    }
    Edit::set(pointer::child(&out.pointer(candidate.source.node()), "items"), items.end())
}

/// A docker config in a directory that the tool does not look into.
struct Misplaced<'d> {
    mount: Mount<'d>,
    /// Moving the mount is enough, together with `items`.
    mendable: bool,
    items: Option<Edit>,
}

#[inline(never)]
fn misplaced_secret<'d>(
    context: &Context<'d>,
    container: Container<'d>,
    candidate: &Candidate<'d>,
    reads: &Reads,
    out: &Findings<'d>,
) -> Misplaced<'d> {
    let (mount, source) = (candidate.mount, candidate.source);
    let shown = source.items().map_or(candidate.docker_type, |mut items| items.any(|(_, path)| path == "config.json"));
    let file = reads.files.first().map_or("", String::as_str);
    let free = container.mounts().all(|other| normal(other.path()) != directory(file));
    let mendable = reads.sure && shown && free && mount.sub_path().is_none() && file.ends_with("/config.json");
    let items = (mendable && source.items().is_none()).then(|| items_edit(context, candidate, out));
    Misplaced { mount, mendable, items }
}

#[inline(never)]
fn wrong_directory<'d>(
    builder: &Builder,
    container: Container<'d>,
    place: Misplaced<'d>,
    reads: &Reads,
    out: &mut Findings<'d>,
) {
    let Some(file) = reads.files.first() else {
        return;
    };
    let mount = place.mount;
    let wanted = directory(file);
    let mut message =
        text::say("the docker config is mounted at ^, but | reads ^", &[mount.path(), builder.name, file]);
    if mount.path().starts_with("~") || text::contains(mount.path(), "$HOME") {
        message.push_str("; nothing expands `~` or `$HOME` in a mountPath");
    }
    let remedy = text::say("set `mountPath: |` and show the file there as `config.json`", &[wanted]);
    let path = out.pointer((mount.node(), "mountPath"));
    let mut draft = out.report((mount.node(), "mountPath"), message, remedy).container(container.name());
    // A Secret that lies elsewhere on purpose is for a command that nobody sees yet.
    if !reads.sure || !is_config_place(mount.path()) {
        draft.unsure();
        return;
    }
    if place.mendable {
        draft = draft.mend(Edit::set(path, write::string(wanted)));
        if let Some(items) = place.items {
            draft.mend(items);
        }
    }
}
