//! Rule `builder-config-path`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::write;
use regwarden_sdk::pointer;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, Mount, SecretSource, Volume};

use crate::context::Context;
use crate::data::builders::{self, Builder};
use crate::knowledge::docker_config::{DOCKER_KEY, Reads, Shows, directory, normal, reads, shows};

regwarden_sdk::rule! {
    /// ## What it catches
    /// A builder (Kaniko, Buildah, BuildKit, docker, Skopeo, crane, ko …) with a docker-config Secret mounted where that
    /// tool does not read it: a `docker-registry` Secret shows one file, `.dockerconfigjson`, and nearly every tool reads
    /// `config.json`; or the directory is another one than `DOCKER_CONFIG` of the image (Kaniko: `/kaniko/.docker`). The
    /// build runs to its end and the push fails with `UNAUTHORIZED`. A mount for the docker config whose volume does not
    /// exist is found too.
    ///
    /// The rule is sure of a Secret that the settings name for a registry or that the Pod lists in `imagePullSecrets`: it
    /// has the type `kubernetes.io/dockerconfigjson`. Any other may have a key `config.json`, so there it only warns.
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
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        // Most containers mount nothing that looks like it; recognising a builder costs more than this look.
        if let Some(builder) = container
            .mounts()
            .next()
            .and_then(|_| builders::of(container))
        {
            missing_volume(context, container, out);
            misplaced(context, builder, container, out);
        }
    }
}

/// A place where some tool would look for a docker config.
fn is_config_place(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    [
        ".docker",
        ".docker/config.json",
        ".dockerconfigjson",
        ".dockercfg",
        "containers/auth.json",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

fn missing_volume<'d>(context: &Context<'d>, container: Container<'d>, out: &mut Findings<'d>) {
    for mount in container
        .mounts()
        .filter(|mount| is_config_place(mount.path()))
    {
        let claimed = || {
            let claims = context
                .pod
                .object()
                .get_path(&["spec", "volumeClaimTemplates"])
                .into_iter()
                .flat_map(|claims| claims.elements());
            claims
                .filter_map(|claim| claim.get("metadata")?.str("name"))
                .any(|name| name == mount.volume())
        };
        if context.pod.volume(mount.volume()).is_some() || claimed() {
            continue;
        }
        let remedy = match text::nearest(mount.volume(), context.pod.volumes().map(Volume::name)) {
            Some(near) => format!(
                "the Pod has a volume {}; make the two names equal",
                quote(near)
            ),
            None => "add the volume with the docker-config Secret to `volumes`".to_owned(),
        };
        let message = format!(
            "the docker config is mounted from volume {}, which the Pod does not have",
            quote(mount.volume())
        );
        out.report((mount.node(), "name"), message, remedy)
            .container(container.name());
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
    fn shows(&self, file: &str) -> Shows {
        shows(self.mount, self.source, self.docker_type, file)
    }

    /// Does anything say that this is meant as a docker config?
    fn meant(&self) -> bool {
        let keys = || {
            self.source.items().is_some_and(|mut items| {
                items.any(|(key, _)| matches!(key, DOCKER_KEY | ".dockercfg"))
            })
        };
        is_config_place(self.mount.path()) || self.docker_type || keys()
    }
}

fn misplaced<'d>(
    context: &Context<'d>,
    builder: &Builder,
    container: Container<'d>,
    out: &mut Findings<'d>,
) {
    let pod = context.pod;
    let is_docker_type = |name: &str| {
        context.facts.is_registry_secret(name)
            || pod
                .pull_secrets()
                .any(|(_, listed)| listed == name && !name.is_empty())
    };
    let candidates: Vec<Candidate<'d>> = container
        .mounts()
        .filter_map(|mount| Some((mount, pod.volume(mount.volume())?)))
        .flat_map(|(mount, volume)| {
            volume.secrets().map(move |source| Candidate {
                mount,
                source,
                docker_type: is_docker_type(source.name()),
            })
        })
        .collect();
    if !candidates.iter().any(Candidate::meant) {
        return;
    }
    let Some(reads) = reads(builder, container, pod) else {
        return;
    };
    let seen = |wanted| {
        candidates.iter().any(|candidate| {
            reads
                .files
                .iter()
                .any(|file| candidate.shows(file) == wanted)
        })
    };
    if seen(Shows::Yes) || filled_otherwise(context, container, &reads) {
        return;
    }
    let Some(candidate) = candidates.iter().find(|candidate| candidate.meant()) else {
        return;
    };
    let Some(file) = reads.files.first() else {
        return;
    };
    if let Some(candidate) = candidates.iter().find(|candidate| {
        reads
            .files
            .iter()
            .any(|file| candidate.shows(file) == Shows::Maybe)
    }) {
        unprojected(builder, container, candidate, file, out).unsure();
    } else if let Some((candidate, file)) = unprojected_docker(&candidates, &reads) {
        let items = items_edit(context, candidate, out);
        unprojected(builder, container, candidate, file, out).mend(items);
    } else {
        wrong_directory(context, builder, container, candidate, &reads, out);
    }
}

/// A docker-registry Secret in the right directory whose file has the wrong name.
fn unprojected_docker<'c, 'd>(
    candidates: &'c [Candidate<'d>],
    reads: &'c Reads,
) -> Option<(&'c Candidate<'d>, &'c str)> {
    let bare = |candidate: &&Candidate<'d>| {
        candidate.docker_type
            && candidate.source.items().is_none()
            && candidate.mount.sub_path().is_none()
    };
    candidates.iter().filter(bare).find_map(|candidate| {
        let file = reads
            .files
            .iter()
            .find(|file| directory(file) == normal(candidate.mount.path()))?;
        Some((candidate, file.as_str()))
    })
}

/// Another kind of volume lies over the place that is read: what is in it, a step before may have put there.
fn filled_otherwise(context: &Context<'_>, container: Container<'_>, reads: &Reads) -> bool {
    container.mounts().any(|mount| {
        let other = context
            .pod
            .volume(mount.volume())
            .is_some_and(|volume| volume.secrets().next().is_none());
        let at = normal(mount.path());
        other
            && reads.files.iter().any(|file| {
                *file == at
                    || file
                        .strip_prefix(at.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
            })
    })
}

fn unprojected<'o, 'd>(
    builder: &Builder,
    container: Container<'d>,
    candidate: &Candidate<'d>,
    file: &str,
    out: &'o mut Findings<'d>,
) -> regwarden_sdk::finding::Draft<'o> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let message = format!(
        "Secret {} shows its file as `{DOCKER_KEY}`, but {} reads {}",
        quote(candidate.source.name()),
        builder.name,
        quote(file)
    );
    let mut remedy =
        format!("add `items: [{{key: {DOCKER_KEY}, path: {name}}}]` to the Secret volume");
    if !candidate.docker_type {
        remedy.push_str(", unless the Secret has a key of that name");
    }
    out.report(candidate.source.node(), message, remedy)
        .container(container.name())
}

/// Shows the docker config under the name that the tool reads, and under its own where somebody else may read that.
fn items_edit<'d>(context: &Context<'d>, candidate: &Candidate<'d>, out: &Findings<'d>) -> Edit {
    let volume = candidate.mount.volume();
    let mounts = context
        .pod
        .containers()
        .flat_map(|other| other.mounts())
        .filter(|mount| mount.volume() == volume)
        .count();
    let item = |path: &str| {
        write::object(&[
            ("key", &write::string(DOCKER_KEY)),
            ("path", &write::string(path)),
        ])
    };
    let mut items = vec![item("config.json")];
    if mounts > 1 {
        items.push(item(DOCKER_KEY));
    }
    Edit::set(
        pointer::child(&out.pointer(candidate.source.node()), "items"),
        write::array(items),
    )
}

fn wrong_directory<'d>(
    context: &Context<'d>,
    builder: &Builder,
    container: Container<'d>,
    candidate: &Candidate<'d>,
    reads: &Reads,
    out: &mut Findings<'d>,
) {
    let Some(file) = reads.files.first() else {
        return;
    };
    let (mount, source) = (candidate.mount, candidate.source);
    let wanted = directory(file);
    let shown = source.items().map_or(candidate.docker_type, |mut items| {
        items.any(|(_, path)| path == "config.json")
    });
    let mut message = format!(
        "the docker config is mounted at {}, but {} reads {}",
        quote(mount.path()),
        builder.name,
        quote(file)
    );
    if mount.path().starts_with("~") || text::contains(mount.path(), "$HOME") {
        message.push_str("; nothing expands `~` or `$HOME` in a mountPath");
    }
    let free = container
        .mounts()
        .all(|other| normal(other.path()) != wanted);
    let mendable =
        reads.sure && shown && free && mount.sub_path().is_none() && file.ends_with("/config.json");
    let remedy = format!("set `mountPath: {wanted}` and show the file there as `config.json`");
    let path = out.pointer((mount.node(), "mountPath"));
    let items = (mendable && source.items().is_none()).then(|| items_edit(context, candidate, out));
    let mut draft = out
        .report((mount.node(), "mountPath"), message, remedy)
        .container(container.name());
    // A Secret that lies elsewhere on purpose is for a command that nobody sees yet.
    if !reads.sure || !is_config_place(mount.path()) {
        draft.unsure();
        return;
    }
    if mendable {
        draft = draft.mend(Edit::set(path, write::string(wanted)));
        if let Some(items) = items {
            draft.mend(items);
        }
    }
}
