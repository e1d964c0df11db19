//! What no single key of the settings shows to be wrong: contradictions, and what can never match or never be used.

use regwarden_sdk::decode::{Mistakes, Path};
use regwarden_sdk::image::Reference;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::{glob, text};

use super::Settings;
use crate::knowledge::index::Index;
use crate::knowledge::names;
use crate::site::{Cache, Pull, Registry, Selector};

impl Settings {
    /// Reports what no single key shows: entries that contradict each other, can never match, or cannot be read.
    pub fn review(&self, mistakes: &mut Mistakes) {
        let root = Path::ROOT;
        review_registries(&self.registries, &root.key("registries"), mistakes);
        review_account(self.service_account.as_deref(), &root, mistakes);
        let path = root.key("pipelines");
        let mut names = Vec::with_capacity(self.pipelines.len());
        for pipeline in &self.pipelines {
            names.push(pipeline.name.as_str());
        }
        let names = Index::new(names);
        let mut shadowed_by: Option<&str> = None;
        for (i, pipeline) in self.pipelines.iter().enumerate() {
            let path = path.index(i);
            if let Some(earlier) = shadowed_by {
                mistakes.add(
                    &path,
                    &text::concat(&["never reached: pipeline `", earlier, "` before it selects every Pod"]),
                );
            }
            if names.first(&pipeline.name) != Some(i) {
                mistakes.add(&path.key("name"), "another pipeline has this name");
            }
            if pipeline.selector.is_empty() {
                shadowed_by.get_or_insert(&pipeline.name);
            }
            review_selector(&pipeline.selector, &path.key("selector"), mistakes);
            review_registries(&pipeline.registries, &path.key("registries"), mistakes);
            review_account(pipeline.service_account.as_deref(), &path, mistakes);
        }
        let path = root.key("exceptions");
        for (i, exception) in self.exceptions.iter().enumerate() {
            let namespaces = &exception.matching.namespaces;
            // A pattern may still cover others; a name that is never judged can be nobody's exception.
            let never = |name: &String| {
                !text::any(name, |byte| matches!(byte, b'*' | b'?' | b'[')) && !self.scope.covers_namespace(name)
            };
            if !namespaces.is_empty() && namespaces.iter().all(never) {
                let path = path.index(i);
                let path = path.key("match");
                mistakes.add(
                    &path.key("namespaces"),
                    "never reached: `scope.excludeNamespaces` takes these namespaces out already",
                );
            }
        }
        let scope = root.key("scope");
        review_patterns(&self.scope.exclude_namespaces, NAMESPACE, &scope.key("excludeNamespaces"), mistakes);
        if self.scope.engines.is_empty() {
            mistakes.add(&scope.key("engines"), "an empty list judges nothing; leave it out for every Pod");
        }
    }
}

/// What a pattern is for, and whether such names have dots.
type Named = (&'static str, bool);

const NAMESPACE: Named = ("a namespace", false);
const OBJECT: Named = ("the name of an object", true);
const CONTAINER: Named = ("the name of a container", false);

fn review_selector(selector: &Selector, path: &Path<'_>, mistakes: &mut Mistakes) {
    review_patterns(&selector.namespaces, NAMESPACE, &path.key("namespaces"), mistakes);
    review_patterns(&selector.names, OBJECT, &path.key("names"), mistakes);
    review_patterns(&selector.containers, CONTAINER, &path.key("containers"), mistakes);
}

#[inline(never)]
fn review_patterns(patterns: &[String], (what, dots): Named, path: &Path<'_>, mistakes: &mut Mistakes) {
    for (i, pattern) in patterns.iter().enumerate() {
        if !can_match(pattern, dots) {
            let parts =
                ["this pattern can never match ", what, "; write a name in lower case, `*` and `?` stand for anything"];
            mistakes.add(&path.index(i), &text::concat(&parts));
        }
    }
}

/// Is there a name that this pattern covers? A character that stands for itself must be one that names have.
#[inline(never)]
fn can_match(pattern: &str, dots: bool) -> bool {
    let mut rest = pattern.bytes();
    let mut class = false;
    while let Some(byte) = rest.next() {
        let (escaped, byte) = if byte == b'\\' { (true, rest.next().unwrap_or_default()) } else { (false, byte) };
        if class {
            class = escaped || byte != b']';
        } else if byte == b'[' && !escaped {
            class = true;
        } else if !(matches!(byte, b'*' | b'?' | b'-' | b'a'..=b'z' | b'0'..=b'9') || (dots && byte == b'.')) {
            return false;
        }
    }
    !pattern.is_empty() && glob::check(pattern).is_ok()
}

fn review_registries(registries: &[Registry], path: &Path<'_>, mistakes: &mut Mistakes) {
    let mut keys = Vec::with_capacity(registries.len());
    for registry in registries {
        // What cannot be read is equal to nothing that can.
        keys.push(RegistryKey::parse(&registry.registry).map_or_else(|_| String::new(), normal));
    }
    let index = Index::of(&keys);
    for (i, (registry, normal)) in registries.iter().zip(&keys).enumerate() {
        let path = path.index(i);
        if let Err(error) = RegistryKey::parse(&registry.registry) {
            mistakes.add(&path.key("registry"), error.as_str());
        } else if index.first(normal) != Some(i) {
            mistakes.add(&path.key("registry"), "another entry has this registry; put what you know about it into one");
        }
        if let Some(pull) = &registry.pull {
            review_pull(pull, &path.key("pull"), mistakes);
        }
        if let Some(push) = &registry.push {
            review_name(&push.secret, "Secret", &path.key("push").key("secret"), mistakes);
        }
        if let Some(mirror) = &registry.mirror {
            review_mirror(mirror, normal, &path.key("mirror"), mistakes);
        }
        if let Some(cache) = &registry.cache {
            review_cache(cache, &path.key("cache"), mistakes);
        }
    }
}

/// The spelling in which equal keys are equal.
fn normal(key: RegistryKey<'_>) -> String {
    text::concat(&[key.host(), key.path()])
}

#[inline(never)]
fn review_pull(pull: &Pull, path: &Path<'_>, mistakes: &mut Mistakes) {
    let mut given = usize::from(pull.secret.is_some());
    for flag in [pull.anonymous, pull.node, pull.service_account] {
        given += usize::from(flag);
    }
    if given != 1 {
        mistakes
            .add(path, "give exactly one of `secret: NAME`, `anonymous: true`, `node: true`, `serviceAccount: true`");
    }
    if let Some(secret) = &pull.secret {
        review_name(secret, "Secret", &path.key("secret"), mistakes);
    }
}

/// An image must keep its host under the mirror, so this must be the beginning of a name that is written in full.
#[inline(never)]
fn review_mirror(mirror: &str, key: &str, path: &Path<'_>, mistakes: &mut Mistakes) {
    let image = text::concat(&[mirror, "/a/b"]);
    let whole = Reference::parse_canonical(&image);
    if !whole.is_ok_and(|image| image.tag().is_none() && image.digest().is_none() && !image.domain().is_empty()) {
        mistakes.add(
            path,
            "images cannot be pulled from this; write `host[:port][/path]` with a host that has a `.` or a port, in \
             lower case, without scheme and patterns",
        );
    } else if key.strip_prefix(mirror).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        mistakes.add(
            path,
            "never used: the images of this registry lie under its mirror already; name another place or leave it out",
        );
    }
}

#[inline(never)]
fn review_cache(cache: &Cache, path: &Path<'_>, mistakes: &mut Mistakes) {
    let repository = Reference::parse(&cache.repository);
    if !repository.is_ok_and(|name| name.tag().is_none() && name.digest().is_none()) {
        mistakes.add(
            &path.key("repository"),
            "this is no repository; write `host[:port]/path` in lower case, without tag and digest",
        );
    }
    if cache.ttl.as_ref().is_some_and(|ttl| !is_duration(ttl)) {
        mistakes.add(&path.key("ttl"), "this is no duration; write hours, minutes or seconds, as in `168h`");
    }
}

/// As Go reads a duration (`time.ParseDuration`), without sign: numbers with units.
#[inline(never)]
fn is_duration(text: &str) -> bool {
    let mut rest = text.as_bytes();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let (digits, after) = rest.split_at_checked(number).unwrap_or_default();
        let unit = after.iter().take_while(|byte| !(byte.is_ascii_digit() || **byte == b'.')).count();
        let (unit, after) = after.split_at_checked(unit).unwrap_or_default();
        let dots = digits.iter().filter(|byte| **byte == b'.').count();
        let units: [&[u8]; 8] = [b"ns", b"us", "µs".as_bytes(), "μs".as_bytes(), b"ms", b"s", b"m", b"h"];
        if digits.len() <= dots || dots > 1 || !units.contains(&unit) {
            return false;
        }
        rest = after;
    }
    true
}

fn review_account(name: Option<&str>, path: &Path<'_>, mistakes: &mut Mistakes) {
    if let Some(name) = name {
        review_name(name, "ServiceAccount", &path.key("serviceAccount"), mistakes);
    }
}

fn review_name(name: &str, kind: &str, path: &Path<'_>, mistakes: &mut Mistakes) {
    if !names::is_possible(name) {
        let parts = ["this is no name that a ", kind, " can have: lower-case letters, digits, `-` and `.`"];
        mistakes.add(path, &text::concat(&parts));
    }
}
