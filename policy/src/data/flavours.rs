//! What lies in kaniko's images besides kaniko.
//!
//! Sources, read 2026-11: GoogleContainerTools/kaniko and osscontainertools/kaniko `deploy/Dockerfile` (executor, warmer
//! and slim are FROM scratch; debug has busybox in /busybox, PATH and a link /bin/sh), `CHANGELOG.md` and
//! `docker-bake.hcl` (names of tags; before v1.3 `debug-v0.24.0`).

use regwarden_sdk::image::Reference;

use crate::knowledge::words;

/// What an image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// kaniko and nothing else.
    Bare,
    /// Busybox in /busybox.
    Debug,
}

/// Repositories of kaniko's makers, wherever they are mirrored.
const OFFICIAL: &[&str] =
    &["kaniko-project/executor", "kaniko-project/warmer", "osscontainertools/kaniko", "martizih/kaniko"];
/// What people call their copies.
const COPIES: &[&str] = &["kaniko-executor", "kaniko-warmer"];

/// Parts of a tag that stand for no flavour with anything in it.
const PLAIN: &str = "latest slim warmer executor amd64 arm64 s390x ppc64le";

/// What a kaniko image holds, and whether it is certain that the image is kaniko's own; `None` when that cannot be told
/// from its name.
pub(crate) fn of(image: &Reference<'_>) -> Option<(Flavour, bool)> {
    let path = image.path().to_cow();
    let official = words::ends_in_one(&path, OFFICIAL);
    if !official && !words::ends_in_one(&path, COPIES) {
        return None;
    }
    let tag = match image.tag() {
        Some(tag) => tag,
        None if image.digest().is_none() => "latest",
        None => return None,
    };
    let mut plain = true;
    for part in words::parts(tag, b'-') {
        if part == "debug" {
            return Some((Flavour::Debug, official));
        }
        plain &= is_plain(part);
    }
    plain.then_some((Flavour::Bare, official))
}

/// A release, a commit, or a word of [`PLAIN`].
fn is_plain(part: &str) -> bool {
    let number = part.strip_prefix('v').unwrap_or(part);
    let release = number.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let commit = part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
    release || commit || words::is_among(part, PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regwarden_sdk::image;

    #[test]
    fn flavours_by_name() {
        let flavour = |text: &str| of(&image::parse(text).named().unwrap());
        for bare in ["", ":latest", ":v1.9.1", ":1.9", ":v1.23.2-slim", ":slim", ":v0.24.0-amd64"] {
            let image = format!("gcr.io/kaniko-project/executor{bare}");
            assert_eq!(flavour(&image), Some((Flavour::Bare, true)), "{image}");
        }
        for debug in [
            "gcr.io/kaniko-project/executor:debug",
            "martizih/kaniko:v1.25.6-debug",
            "a.example/m/kaniko-project/executor:debug-v0.24.0",
        ] {
            assert_eq!(flavour(debug), Some((Flavour::Debug, true)), "{debug}");
        }
        assert_eq!(flavour("registry.corp.example/mirror/kaniko-executor:v1.9"), Some((Flavour::Bare, false)));
        for unknown in [
            "gcr.io/kaniko-project/executor:team",
            "ghcr.io/osscontainertools/kaniko:v1.25.6-alpine",
            "gcr.io/kaniko-project/executor@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "plugins/kaniko:1.10",
            "registry.corp.example/kaniko:v1.9",
        ] {
            assert_eq!(flavour(unknown), None, "{unknown}");
        }
    }
}
