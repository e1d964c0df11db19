//! Exceptions: findings that somebody knows of and accepts; they become notes for the audit that carry the reason.

use crate::decode::{Mistakes, Path};
use crate::finding::Finding;
use crate::glob;
use crate::image;
use crate::json::Node;
use crate::pointer;
use crate::request::Request;
use crate::rule::Entry;
use crate::settings::Level;
use crate::text;
use crate::view::PodView;

#[cfg(test)]
mod tests;

crate::config! {
    /// One exception. A finding of these rules about a matching object is not enforced, not warned about and not mended,
    /// but noted for the audit together with the reason.
    #[derive(Debug)]
    pub struct Exception {
        /// Ids of rules; `*` for all of them.
        pub rules "rules": Vec<String>,
        /// What it is about; everything that is given must match.
        pub matching "match": Match,
        /// Why this is accepted; it stands in the audit log.
        pub reason "reason": String,
    }
}

crate::config! {
    /// What an exception is about; everything that is given must match.
    #[derive(Debug)]
    pub struct Match {
        /// One of these namespaces; `*` and `?` are wildcards.
        pub namespaces "namespaces": Vec<String> = Vec::new(),
        /// One of these names of objects, or of the prefixes from which the server makes names; wildcards as above.
        pub names "names": Vec<String> = Vec::new(),
        /// All of these labels, on the Pod, its template or the object.
        pub labels "labels": Vec<(String, String)> = Vec::new(),
        /// The finding is about a container whose image is one of these, as written or in full, with or without tag;
        /// `*` stays between two `/`, a final `/**` covers everything below.
        pub images "images": Vec<String> = Vec::new(),
        /// One of these users sends the object; wildcards as above.
        pub users "users": Vec<String> = Vec::new(),
    }
}

impl Match {
    fn is_empty(&self) -> bool {
        let lists = [&self.namespaces, &self.names, &self.images, &self.users];
        self.labels.is_empty() && lists.into_iter().all(Vec::is_empty)
    }
}

/// What exceptions are held against.
pub(crate) struct Subject<'d> {
    pub(crate) request: Request<'d>,
    pub(crate) object: Node<'d>,
    /// The map with the `metadata` that carries the labels of the Pod.
    pub(crate) holder: Node<'d>,
}

/// Turns the findings that an exception accepts into notes for the audit.
#[inline(never)]
pub(crate) fn apply(exceptions: &[Exception], subject: &Subject<'_>, findings: &mut [Finding]) {
    for exception in exceptions {
        if !selects(&exception.matching, subject) {
            continue;
        }
        for finding in &mut *findings {
            let named = exception.rules.iter().any(|rule| rule == finding.rule || rule == "*");
            // What cannot be read cannot be accepted: nobody knows what it is.
            if named && finding.exempt.is_none() && finding.rule != crate::rule::UNREADABLE.id {
                let images = &exception.matching.images;
                if images.is_empty() || image_at(subject.object, &finding.pointer, images) {
                    finding.level = Level::Audit;
                    finding.edits.clear();
                    finding.exempt = Some(exception.reason.clone());
                }
            }
        }
    }
}

/// Is what this rule says about the Pod, or about its container with this image, accepted? For rules whose findings
/// depend on what another one mends: what is accepted is not mended.
#[inline(never)]
pub fn accepts(
    exceptions: &[Exception],
    request: Request<'_>,
    pod: PodView<'_>,
    rule: &str,
    image: Option<&str>,
) -> bool {
    let subject = Subject { request, object: pod.object(), holder: pod.holder() };
    for exception in exceptions {
        let images = &exception.matching.images;
        let about =
            images.is_empty() || image.is_some_and(|image| images.iter().any(|pattern| image_is(pattern, image)));
        if about
            && exception.rules.iter().any(|named| named == rule || named == "*")
            && selects(&exception.matching, &subject)
        {
            return true;
        }
    }
    false
}

/// Everything but the images, which are a matter of the single finding.
fn selects(matching: &Match, subject: &Subject<'_>) -> bool {
    let label = |holder: Node<'_>, key: &str, value: &str| {
        holder.get_path(&["metadata", "labels"]).and_then(|labels| labels.str(key)) == Some(value)
    };
    any(&matching.namespaces, subject.request.namespace())
        && any(&matching.names, crate::view::name_of(subject.object))
        && any(&matching.users, subject.request.user())
        && matching
            .labels
            .iter()
            .all(|(key, value)| label(subject.holder, key, value) || label(subject.object, key, value))
}

fn any(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || glob::any_matches(patterns, text)
}

/// Does the container around this place have one of these images?
#[inline(never)]
fn image_at(object: Node<'_>, place: &str, patterns: &[String]) -> bool {
    let mut place = place;
    loop {
        if let Some(image) = object.at(place).and_then(|node| node.str("image")) {
            return patterns.iter().any(|pattern| image_is(pattern, image));
        }
        match pointer::split(place) {
            Some((parent, _)) => place = parent,
            None => return false,
        }
    }
}

#[inline(never)]
fn image_is(pattern: &str, image: &str) -> bool {
    if pattern == image {
        return true;
    }
    let Some(reference) = image::parse(image).named() else {
        return false;
    };
    if reference.matches(pattern) == Ok(true) {
        return true;
    }
    let path = reference.path().to_cow();
    let mut full = text::concat(&[reference.domain(), "/", &path]);
    if pattern.strip_suffix("**").is_some_and(|above| above.ends_with('/') && full.starts_with(above)) {
        return true;
    }
    if glob::matches(pattern, &full) == Ok(true) {
        return true;
    }
    if let Some(tag) = reference.tag() {
        text::append(&mut full, &[":", tag]);
    }
    glob::matches(pattern, &full) == Ok(true)
}

/// Reports exceptions that name no known rule, give no reason, or can never match.
pub(crate) fn review(exceptions: &[Exception], catalogue: &[Entry], mistakes: &mut Mistakes) {
    let root = Path::ROOT;
    let list = root.key("exceptions");
    for (i, exception) in exceptions.iter().enumerate() {
        let path = list.index(i);
        if exception.reason.trim_ascii().is_empty() {
            mistakes.add(&path.key("reason"), "say why this is accepted; it stands in the audit log");
        }
        let rules = path.key("rules");
        if exception.rules.is_empty() {
            mistakes.add(&rules, "an empty list accepts nothing; name rules, or `\"*\"` for all of them");
        }
        for (i, rule) in exception.rules.iter().enumerate() {
            if rule == "*" || catalogue.iter().any(|entry| entry.meta.id == rule) {
                continue;
            }
            let mut entries = catalogue.iter();
            let near = text::nearest(rule, &mut || Some(entries.next()?.meta.id));
            let what = match near {
                Some(near) => text::say("there is no rule ^; did you mean ^?", &[rule, near]),
                None => text::say("there is no rule ^", &[rule]),
            };
            mistakes.add(&rules.index(i), &what);
        }
        review_match(&exception.matching, &path.key("match"), mistakes);
    }
}

#[inline(never)]
fn review_match(matching: &Match, path: &Path<'_>, mistakes: &mut Mistakes) {
    if matching.is_empty() {
        mistakes.add(path, "say what it is about; to switch a rule off everywhere, set `rules.ID.level: off`");
    }
    for (key, patterns, name) in [
        ("namespaces", &matching.namespaces, true),
        ("names", &matching.names, true),
        ("images", &matching.images, false),
        ("users", &matching.users, false),
    ] {
        let path = path.key(key);
        for (i, pattern) in patterns.iter().enumerate() {
            if pattern.is_empty() || glob::check(pattern).is_err() || (name && !could_be_name(pattern)) {
                mistakes.add(&path.index(i), "this pattern can never match; `*` and `?` stand for anything");
            }
        }
    }
    for (key, value) in &matching.labels {
        let fits =
            |label: &str| text::all(label, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
        if key.is_empty() || !fits(key) || !fits(value) || value.len() > 63 || value.contains('/') {
            mistakes.add(&path.key("labels"), &text::say("no object can have the label ^ so", &[key]));
        }
    }
}

/// Could a pattern match a name in Kubernetes? Those are lower-case letters, digits, `-` and `.`.
pub fn could_be_name(pattern: &str) -> bool {
    let mut in_class = false;
    for byte in pattern.bytes() {
        in_class = (in_class || byte == b'[') && byte != b']';
        let plain = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(in_class || plain || matches!(byte, b'-' | b'.' | b'*' | b'?' | b']' | b'\\')) {
            return false;
        }
    }
    true
}
