//! Flags by which registry clients give up TLS or its verification, and where each names its registries.
//!
//! Sources, read 2026-11: kaniko `cmd/executor/cmd/root.go`; moby/buildkit `cmd/buildctl/build`; buildah, podman and
//! skopeo man pages; go-containerregistry `cmd/crane`; ko `pkg/commands/options`; cosign
//! `cmd/cosign/cli/options/registry.go`; jib `docs/faq.md` and `jib-cli`; buildpacks/lifecycle `cmd/lifecycle`; oras by command lines of its users; uber-archive/makisu `README.md`;
//! tektoncd/cli `docs/cmd/tkn_bundle_*`; docker/cli `cli/command/manifest`; moby `cmd/dockerd`. Boolean flags are read by
//! Go's `strconv.ParseBool` and never take the next word (spf13/pflag, urfave/cli, Go `flag`).

use regwarden_sdk::image;
use regwarden_sdk::view::Container;

use super::builders;
use crate::knowledge::words;

#[cfg(test)]
mod tests;
mod valued;

pub(crate) use valued::takes_next;

/// How a flag or variable switches verification off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// By being there, unless its value is a false one.
    On,
    /// Only by a false value: it is on by default.
    Off,
    /// For the registry that its value names.
    Host,
    /// By the field [`INSECURE_FIELD`] of its comma-separated value being true, for the images in the fields `name` and
    /// `ref`.
    Field,
}

/// The field of buildkit's comma-separated values that switches verification off.
pub(crate) const INSECURE_FIELD: &str = "registry.insecure";

/// Under which subcommands a flag counts. No list in each flag: there are many flags and two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Everywhere.
    Any,
    /// Those that build an image.
    Build,
    /// `docker manifest`.
    Manifest,
}

impl Under {
    /// The subcommands; empty: everywhere.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Under::Any => &[],
            Under::Build => &["bud", "build", "build-using-dockerfile"],
            Under::Manifest => &["manifest"],
        }
    }
}

/// Which connections a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those to the images that the command names.
    Targets,
    /// That to the first of them.
    First,
    /// That to the last of them.
    Last,
    /// Those to registries that nobody sees here, such as the base images of a Dockerfile.
    Elsewhere,
}

/// One flag.
#[derive(Debug)]
pub(crate) struct Flag {
    /// With its dashes.
    pub name: &'static str,
    /// How it works.
    pub effect: Effect,
    /// What it is about.
    pub reach: Reach,
    /// Only under these subcommands.
    pub under: Under,
    /// The flag that does the same for one registry.
    pub instead: Instead,
}

/// Flags that do for one registry what others do for all. No text in each flag: there are many flags and two such texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// There is none.
    Nothing,
    /// `--insecure-registry`
    Insecure,
    /// `--skip-tls-verify-registry`
    SkipVerify,
}

impl Instead {
    /// The flag; empty when there is none.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Instead::Nothing => "",
            Instead::Insecure => "--insecure-registry",
            Instead::SkipVerify => "--skip-tls-verify-registry",
        }
    }
}

/// One registry client.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Its name for people; where the tables of builders know it, the name there.
    pub name: &'static str,
    /// Programs, joined by blanks: a path is compared whole, a bare name with the last component of the word.
    pub programs: &'static str,
    /// Bare names that mean it only inside its own image, joined by blanks.
    pub inside: &'static str,
    /// `-flag` is `--flag`.
    pub single_dash: bool,
    /// Its insecure flags; of two with one name the first that is allowed under the subcommand counts.
    pub flags: &'static [Flag],
    /// Flags whose value names an image that it pushes.
    pub targets: &'static [&'static str],
    /// Its arguments name images or hosts.
    pub names_images: bool,
    /// [`REPOSITORY`](super::variables::REPOSITORY) names what it pushes to.
    pub reads_repository: bool,
    /// Flags of which only this tool has the first together with one of the others, for images that nobody knows; empty:
    /// not recognisable.
    pub signature: &'static [&'static str],
}

const fn on(name: &'static str) -> Flag {
    Flag { name, effect: Effect::On, reach: Reach::Targets, under: Under::Any, instead: Instead::Nothing }
}

const fn off(name: &'static str, reach: Reach) -> Flag {
    Flag { name, effect: Effect::Off, reach, under: Under::Any, instead: Instead::Nothing }
}

const fn host(name: &'static str) -> Flag {
    Flag { name, effect: Effect::Host, reach: Reach::Targets, under: Under::Any, instead: Instead::Nothing }
}

const fn field(name: &'static str) -> Flag {
    Flag { name, effect: Effect::Field, reach: Reach::Targets, under: Under::Any, instead: Instead::Nothing }
}

const fn about(name: &'static str, reach: Reach, instead: Instead) -> Flag {
    Flag { name, effect: Effect::On, reach, under: Under::Any, instead }
}

const CONTAINERS: &[Flag] = &[
    Flag {
        name: "--tls-verify",
        effect: Effect::Off,
        reach: Reach::Elsewhere,
        under: Under::Build,
        instead: Instead::Nothing,
    },
    off("--tls-verify", Reach::Targets),
    off("--src-tls-verify", Reach::First),
    off("--dest-tls-verify", Reach::Last),
];

const NONE: Tool = Tool {
    name: "",
    programs: "",
    inside: "",
    single_dash: false,
    flags: &[],
    targets: &[],
    names_images: false,
    reads_repository: false,
    signature: &[],
};

/// Every tool that has such flags.
pub(crate) static TOOLS: &[Tool] = &[
    Tool {
        name: "kaniko",
        programs: "/kaniko/executor /kaniko/warmer",
        inside: "executor warmer",
        flags: &[
            about("--insecure", Reach::Targets, Instead::Insecure),
            about("--insecure-pull", Reach::Elsewhere, Instead::Insecure),
            about("--skip-tls-verify", Reach::Targets, Instead::SkipVerify),
            about("--skip-tls-verify-pull", Reach::Elsewhere, Instead::SkipVerify),
            about("--insecure-skip-tls-verify", Reach::Targets, Instead::SkipVerify),
            host("--insecure-registry"),
            host("--skip-tls-verify-registry"),
        ],
        targets: &["--destination", "-d", "--cache-repo"],
        signature: &["--destination", "--dockerfile", "--context"],
        ..NONE
    },
    Tool {
        name: "buildctl",
        programs: "buildctl buildctl-daemonless.sh",
        single_dash: true,
        flags: &[field("--output"), field("-o"), field("--import-cache"), field("--export-cache")],
        ..NONE
    },
    Tool { name: "buildah", programs: "buildah", flags: CONTAINERS, names_images: true, ..NONE },
    Tool { name: "podman", programs: "podman", flags: CONTAINERS, names_images: true, ..NONE },
    Tool { name: "skopeo", programs: "skopeo", flags: CONTAINERS, names_images: true, ..NONE },
    Tool {
        name: "docker",
        programs: "docker dockerd dockerd-entrypoint.sh docker-entrypoint.sh dockerd-rootless.sh buildx",
        flags: &[
            host("--insecure-registry"),
            field("--output"),
            field("-o"),
            field("--cache-from"),
            field("--cache-to"),
            Flag {
                name: "--insecure",
                effect: Effect::On,
                reach: Reach::Targets,
                under: Under::Manifest,
                instead: Instead::Nothing,
            },
        ],
        targets: &["-t", "--tag"],
        names_images: true,
        ..NONE
    },
    Tool { name: "crane", programs: "crane gcrane krane", flags: &[on("--insecure")], names_images: true, ..NONE },
    Tool { name: "ko", programs: "ko", flags: &[on("--insecure-registry")], reads_repository: true, ..NONE },
    Tool {
        name: "cosign",
        programs: "cosign",
        flags: &[on("--allow-insecure-registry"), on("--allow-http-registry")],
        names_images: true,
        ..NONE
    },
    Tool {
        name: "oras",
        programs: "oras",
        flags: &[
            on("--insecure"),
            on("--plain-http"),
            about("--from-insecure", Reach::First, Instead::Nothing),
            about("--from-plain-http", Reach::First, Instead::Nothing),
            about("--to-insecure", Reach::Last, Instead::Nothing),
            about("--to-plain-http", Reach::Last, Instead::Nothing),
        ],
        names_images: true,
        ..NONE
    },
    Tool { name: "tkn", programs: "tkn", flags: &[on("--remote-skip-tls")], names_images: true, ..NONE },
    Tool {
        name: "jib",
        programs: "mvn mvnw gradle gradlew jib",
        flags: &[
            on("-Djib.allowInsecureRegistries"),
            on("-DsendCredentialsOverHttp"),
            on("--allow-insecure-registries"),
            on("--send-credentials-over-http"),
        ],
        targets: &["-Djib.to.image", "-Dimage", "--target"],
        ..NONE
    },
    Tool { name: "makisu", programs: "makisu", signature: &["--modifyfs"], ..NONE },
    Tool {
        name: "the CNB lifecycle",
        programs: "/cnb/lifecycle/creator /cnb/lifecycle/analyzer /cnb/lifecycle/restorer /cnb/lifecycle/exporter /cnb/lifecycle/rebaser",
        single_dash: true,
        flags: &[host("--insecure-registry")],
        names_images: true,
        ..NONE
    },
];

/// Tools and plugins built on go-containerregistry: to a private address they try https and then http, whatever they are
/// told (`pkg/name/registry.go` Scheme, `pkg/v1/remote/transport/ping.go`). So they do to the Pod or node itself, which
/// nobody sits between.
pub(crate) const FALLS_BACK: &[&str] =
    &["kaniko", "crane", "ko", "cosign", "tkn", "the CNB lifecycle", "plugin-kaniko", "plugins/kaniko"];

/// Subcommands whose argument is a bare host.
pub(crate) const TAKES_HOST: &[&str] = &["login", "logout", "catalog"];

/// Programs that run the program among their arguments.
const WRAPPERS: &str = "exec sudo env nohup nice timeout command xargs unshare su-exec gosu setpriv tini dumb-init catatonit \
    rootlesskit argoexec retry /tekton/bin/entrypoint";

/// The tool by its name.
#[inline(never)]
pub(crate) fn by_name(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The tool that a word in command position runs; `own` is the tool of the image that it runs in.
#[inline(never)]
pub(crate) fn by_program(word: &str, own: Option<&'static Tool>) -> Option<&'static Tool> {
    let inside = own.filter(|tool| !tool.inside.is_empty() && words::is_among(words::last(word), tool.inside));
    inside.or_else(|| TOOLS.iter().find(|tool| words::is_program(word, tool.programs)))
}

/// The tool that a container's image holds.
#[inline(never)]
pub(crate) fn by_image(container: Container<'_>) -> Option<&'static Tool> {
    let image = image::parse(container.image()?).named()?;
    by_name(builders::by_image(&image)?.name)
}

/// Does this program run the program among its arguments?
pub(crate) fn is_wrapper(word: &str) -> bool {
    words::is_program(word, WRAPPERS)
}
