//! Where the tool in a container reads its docker config, and which files the container's Secret volumes show.

use std::borrow::Cow;

use regwarden_sdk::image;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, Mount, PodView, SecretSource};

use super::words;
use crate::data::builders::{self, Builder, Lookup};

#[cfg(test)]
mod tests;

/// The key of a Secret of type `kubernetes.io/dockerconfigjson`.
pub(crate) const DOCKER_KEY: &str = ".dockerconfigjson";

/// The files that a tool reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Absolute, normalised; the first is where a new file belongs.
    pub files: Vec<String>,
    /// Nothing outside the object can move them.
    pub sure: bool,
}

/// What an environment variable is known to be.
enum Known<'d> {
    Unset,
    Is(&'d str),
    /// It comes from elsewhere, or is built from other variables.
    Hidden,
}

#[inline(never)]
fn variable<'d>(container: Container<'d>, name: &str) -> Known<'d> {
    match container.env_var(name) {
        None => Known::Unset,
        Some(var) => match var.value() {
            Some((_, value)) if !text::contains(value, "$(") => {
                if value.is_empty() {
                    Known::Unset
                } else {
                    Known::Is(value)
                }
            }
            Some(_) => Known::Hidden,
            None if var.node().get("valueFrom").is_some() => Known::Hidden,
            None => Known::Unset,
        },
    }
}

/// Where the tool reads; `None` when that cannot be told from the object.
#[inline(never)]
pub(crate) fn reads(builder: &Builder, container: Container<'_>, pod: PodView<'_>) -> Option<Reads> {
    if says_itself(container) {
        return None;
    }
    let reference = container.image().and_then(|image| image::parse(image).named());
    let own_image =
        reference.is_some_and(|image| builders::by_image(&image).is_some_and(|of| std::ptr::eq(of, builder)));
    let tag = container
        .image()
        .map(image::parse)
        .and_then(|parsed| if let image::Parsed::Reference(image) = parsed { image.tag() } else { None });
    let tag = tag.unwrap_or_default();
    // The slim flavour of kaniko sets no DOCKER_CONFIG.
    let image_config = builder.docker_config.filter(|_| !text::contains(tag, "slim"));
    if image_config.is_none() && builder.docker_config.is_some() {
        return None;
    }
    let mut sure = own_image && container.env_from().next().is_none();
    let docker_config = match variable(container, "DOCKER_CONFIG") {
        Known::Is(directory) => Some(Cow::Borrowed(directory)),
        Known::Hidden => return None,
        Known::Unset => kaniko_directory(container)?.or(image_config.map(Cow::Borrowed)),
    };
    let home = match variable(container, "HOME") {
        Known::Is(home) => Some(home),
        Known::Hidden => return None,
        Known::Unset if user(container, pod) == Some(0) => Some("/root"),
        Known::Unset if text::contains(tag, "rootless") => Some("/home/user"),
        Known::Unset if user(container, pod).is_some() => None,
        Known::Unset => builder.home.filter(|_| own_image),
    };
    let auth_file = match variable(container, "REGISTRY_AUTH_FILE") {
        Known::Is(file) => Some(file),
        Known::Hidden => return None,
        Known::Unset => None,
    };
    let in_directory = |directory: &str| normal(&join(directory, "config.json"));
    let mut files = Vec::new();
    match (builder.lookup, &docker_config) {
        (Lookup::Containers, _) if auth_file.is_some() => files.extend(auth_file.map(normal)),
        (_, Some(directory)) => {
            files.push(in_directory(directory));
            if let (Some((major, minor)), Some(home)) = (builder.home_too_before, home)
                && older(tag, major, minor)
            {
                files.push(in_directory(&join(home, ".docker")));
                sure = false;
            }
        }
        (_, None) => {
            let home = home?;
            files.push(in_directory(&join(home, ".docker")));
            if builder.lookup == Lookup::Containers {
                let mut runtime = String::from("/run/containers/");
                runtime.push_str(if home == "/root" { "0" } else { "1000" });
                files.push(normal(&join(&runtime, "auth.json")));
                files.push(normal(&join(home, ".config/containers/auth.json")));
                files.push(normal(&join(home, ".dockercfg")));
            }
        }
    }
    if builder.lookup == Lookup::Keychain {
        files.extend(auth_file.map(normal));
    }
    Some(Reads { files, sure })
}

/// The command itself names a config, or a script sets one up: then the object does not show where it lies.
#[inline(never)]
fn says_itself(container: Container<'_>) -> bool {
    const SIGNS: &str = "--authfile --registry-config --config DOCKER_CONFIG REGISTRY_AUTH_FILE config.json auth.json \
        dockerconfigjson";
    container.words().any(|word| word.as_str().is_some_and(|word| words::holds_any(word, SIGNS)))
}

/// `KANIKO_DIR` and `--kaniko-dir` move the whole directory, DOCKER_CONFIG with it. Outer `None`: hidden.
#[inline(never)]
fn kaniko_directory(container: Container<'_>) -> Option<Option<Cow<'_, str>>> {
    let moved = |directory: &str| Some(Some(Cow::Owned(join(directory, ".docker"))));
    let mut words = container.words().filter_map(|word| word.as_str());
    while let Some(word) = words.next() {
        if let Some(directory) = word.strip_prefix("--kaniko-dir") {
            return match directory.strip_prefix('=') {
                Some(directory) => moved(directory),
                None => moved(words.next()?),
            };
        }
    }
    match variable(container, "KANIKO_DIR") {
        Known::Is(directory) => moved(directory),
        Known::Unset => Some(None),
        Known::Hidden => None,
    }
}

/// The user that the object asks for; `None`: the image's own.
#[inline(never)]
fn user(container: Container<'_>, pod: PodView<'_>) -> Option<u64> {
    let of = |node: regwarden_sdk::json::Node<'_>| node.get_path(&["securityContext", "runAsUser"])?.as_u64();
    of(container.node()).or_else(|| of(pod.spec()))
}

/// Is a tag like `v1.6.0-debug` or `debug-v0.19.0` of a release before major.minor?
#[inline(never)]
fn older(tag: &str, major: u32, minor: u32) -> bool {
    let version = tag.split('-').find_map(|part| {
        let mut numbers = part.strip_prefix('v').unwrap_or(part).split('.');
        Some((numbers.next()?.parse::<u32>().ok()?, numbers.next()?.parse::<u32>().ok()?))
    });
    version.is_some_and(|version| version < (major, minor))
}

/// Two parts of a path with one slash between them.
#[inline(never)]
pub(crate) fn join(directory: &str, file: &str) -> String {
    text::concat(&[directory, "/", file])
}

/// An absolute path without empty and `.` components.
#[inline(never)]
pub(crate) fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    for component in words::parts(path, b'/') {
        if !component.is_empty() && component != "." {
            text::append(&mut out, &["/", component]);
        }
    }
    out
}

/// A relative path without `./` in front of it.
#[inline(never)]
fn without_dots(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    path
}

/// The directory of a normalised path.
pub(crate) fn directory(file: &str) -> &str {
    text::cut_last(file, b'/').map_or("", |(directory, _)| directory)
}

/// Does a mount show this file?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// It does.
    Yes,
    /// If the Secret has a key of that name, which the object does not tell.
    Maybe,
    /// It does not.
    No,
}

/// The path inside the volume that is seen at `file` (normalised) through a mount; `None` when none is.
#[inline(never)]
pub(crate) fn inside(mount: Mount<'_>, file: &str) -> Option<String> {
    let at = normal(mount.path());
    let rest = file.strip_prefix(at.as_str())?;
    match (rest.strip_prefix('/'), mount.sub_path()) {
        (Some(rest), None) => Some(rest.to_owned()),
        (Some(rest), Some(sub)) => Some(join(sub.trim_matches('/'), rest)),
        (None, Some(sub)) if rest.is_empty() => Some(sub.trim_matches('/').to_owned()),
        (None, _) => None,
    }
}

/// The key of the Secret that is seen at a path inside its volume, if the Secret has it; `None` when none can be.
#[inline(never)]
pub(crate) fn key_at(source: SecretSource<'_>, inside: &str) -> Option<String> {
    match source.items() {
        Some(items) => {
            for (key, path) in items {
                if without_dots(path) == inside {
                    return Some(key.to_owned());
                }
            }
            None
        }
        None if text::cut(inside, b'/').is_some() => None,
        None => Some(inside.to_owned()),
    }
}

/// Does this mount of this Secret show `file` (normalised)? `docker_type`: the Secret is known to be of type
/// `kubernetes.io/dockerconfigjson`, so that its only key is known.
#[inline(never)]
pub(crate) fn shows(mount: Mount<'_>, source: SecretSource<'_>, docker_type: bool, file: &str) -> Shows {
    match inside(mount, file).and_then(|path| key_at(source, &path)) {
        None => Shows::No,
        Some(_) if source.items().is_some() => Shows::Yes,
        Some(key) if docker_type => {
            if key == DOCKER_KEY {
                Shows::Yes
            } else {
                Shows::No
            }
        }
        Some(_) => Shows::Maybe,
    }
}
