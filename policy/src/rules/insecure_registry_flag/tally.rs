//! Which registries a flag is about, and whether the settings allow them to be spoken to without verified TLS.

use std::cell::{Cell, OnceCell};

use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

use crate::data::flags::Reach;
use crate::data::plugins;
use crate::data::variables::{PLUGIN_REGISTRY, PLUGIN_TARGETS, REPOSITORY};
use crate::facts::Facts;
use crate::knowledge::arguments::{Run, fields};

/// What the registries of one flag are, seen with the settings.
#[derive(Debug, Clone)]
pub(super) struct Tally<'t> {
    facts: &'t Facts<'t>,
    refused: Option<String>,
    allowed: bool,
    hidden: bool,
}

/// Why a flag is reported.
#[derive(Debug)]
pub(super) struct Verdict {
    /// The registry that may not be spoken to so; `None` when it is not visible which one it is.
    pub host: Option<String>,
    /// Another one that is meant, or may be meant, may be spoken to so.
    pub partly: bool,
    /// No registry that may be meant is allowed.
    pub sure: bool,
}

impl<'t> Tally<'t> {
    pub(super) fn new(facts: &'t Facts<'t>) -> Self {
        Tally { facts, refused: None, allowed: false, hidden: false }
    }

    /// Takes over what another one found.
    pub(super) fn add(&mut self, other: &Tally<'_>) {
        self.allowed |= other.allowed;
        self.hidden |= other.hidden;
        if self.refused.is_none() {
            self.refused.clone_from(&other.refused);
        }
    }

    /// No registry was named.
    pub(super) fn is_empty(&self) -> bool {
        !self.allowed && !self.hidden && self.refused.is_none()
    }

    fn note(&mut self, host: &str, allowed: bool) {
        if allowed {
            self.allowed = true;
        } else if self.refused.is_none() {
            self.refused = Some(host.to_owned());
        }
    }

    /// A registry, as flags write it: perhaps with a scheme, a path, or (never repeated) credentials.
    #[inline(never)]
    pub(super) fn add_host(&mut self, text: &str) {
        let host = without_scheme(text.trim());
        let host = text::cut(host, b'/').map_or(host, |(host, _)| host);
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        if !image::is_domain(host) {
            self.hidden = true;
            return;
        }
        let host = if host == "index.docker.io" { image::DEFAULT_DOMAIN } else { host };
        self.note(host, self.facts.plain_http_host(host));
    }

    #[inline(never)]
    fn add_image(&mut self, text: &str) {
        let name = without_scheme(text.trim());
        let parsed = image::parse(name);
        match (parsed.named(), parsed) {
            (Some(reference), _) if !reference.domain().is_empty() => {
                self.note(reference.domain(), self.facts.plain_http(&reference))
            }
            (_, Parsed::Unresolved(hole)) => match hole.domain() {
                Some(host) => self.add_host(host),
                None => self.hidden = true,
            },
            _ => self.add_host(name),
        }
    }

    /// The images in one value of buildctl's `--output` and its relatives.
    #[inline(never)]
    pub(super) fn add_fields(&mut self, text: &str) {
        for (key, value) in fields(text) {
            if matches!(key, "name" | "ref") {
                for image in value.split(',') {
                    if !image.is_empty() {
                        self.add_image(image);
                    }
                }
            }
        }
    }

    /// The images that a command names.
    #[inline(never)]
    pub(super) fn add_targets(&mut self, around: &Surroundings<'_, '_>, run: &Run<'_>, reach: Reach, takes_host: bool) {
        run.values(run.tool.targets, &mut |value| self.add_image(value));
        if run.tool.reads_repository {
            let own = run.variables.iter().find(|(name, _)| name == REPOSITORY).map(|(_, value)| value.as_str());
            if let Some(value) = own.or_else(|| around.repository()) {
                self.add_image(value);
            }
        }
        if run.tool.names_images {
            let mut last = None;
            for arg in run.operands() {
                let word = &*arg.text;
                if !names_registry(word, takes_host) {
                    continue;
                }
                if reach == Reach::Last {
                    last = Some(word);
                    continue;
                }
                self.add_word(word);
                if reach == Reach::First {
                    break;
                }
            }
            if let Some(word) = last {
                self.add_word(word);
            }
        }
        if plugins::of(around.container).is_some() {
            self.add(around.plugin());
        }
    }

    fn add_word(&mut self, word: &str) {
        if word.contains('/') || word.contains('$') { self.add_image(word) } else { self.add_host(word) }
    }

    /// `None`: every registry that it is about may be spoken to so.
    pub(super) fn verdict(self) -> Option<Verdict> {
        if self.refused.is_some() {
            return Some(Verdict { host: self.refused, partly: self.allowed, sure: true });
        }
        if self.allowed && !self.hidden {
            return None;
        }
        // Where no registry may be spoken to so, it does not matter which one it is.
        let sure = !self.facts.entries().iter().any(|entry| entry.plain_http);
        Some(Verdict { host: None, partly: true, sure })
    }
}

/// What a container's variables say about its registries; looked up once, however many commands ask.
#[derive(Debug)]
pub(super) struct Surroundings<'c, 'd> {
    facts: &'c Facts<'d>,
    container: Container<'d>,
    plugin: OnceCell<Tally<'c>>,
    images: Cell<Option<bool>>,
    repository: Cell<Option<Option<&'d str>>>,
}

impl<'c, 'd> Surroundings<'c, 'd> {
    pub(super) fn new(facts: &'c Facts<'d>, container: Container<'d>) -> Self {
        Surroundings { facts, container, plugin: OnceCell::new(), images: Cell::new(None), repository: Cell::new(None) }
    }

    /// The literal value of [`REPOSITORY`].
    fn repository(&self) -> Option<&'d str> {
        if let Some(known) = self.repository.get() {
            return known;
        }
        let repository = literal(self.container, REPOSITORY);
        self.repository.set(Some(repository));
        repository
    }

    /// A plugin that is known, or that is told what to push.
    pub(super) fn handles_images(&self) -> bool {
        let told = |name: &str| name == PLUGIN_REGISTRY || PLUGIN_TARGETS.contains(&name);
        if let Some(known) = self.images.get() {
            return known;
        }
        let images = plugins::of(self.container).is_some() || self.container.env().any(|var| told(var.name()));
        self.images.set(Some(images));
        images
    }

    /// The registries that a plugin is told to push to.
    pub(super) fn plugin(&self) -> &Tally<'c> {
        self.plugin.get_or_init(|| self.told_to_push())
    }

    #[inline(never)]
    fn told_to_push(&self) -> Tally<'c> {
        let mut tally = Tally::new(self.facts);
        let registry = literal(self.container, PLUGIN_REGISTRY);
        for name in PLUGIN_TARGETS {
            for image in literal(self.container, name).unwrap_or_default().split(',') {
                let image = image.trim();
                if image.is_empty() {
                    continue;
                }
                match registry {
                    Some(registry) if !names_registry(image, false) => tally.add_host(registry),
                    _ => tally.add_image(image),
                }
            }
        }
        if let Some(registry) = registry.filter(|_| tally.is_empty()) {
            tally.add_host(registry);
        }
        tally
    }
}

#[inline(never)]
fn literal<'d>(container: Container<'d>, name: &str) -> Option<&'d str> {
    container.env_var(name)?.value().map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// A value that names a registry. What is filled in later as a whole may be empty, so it is none.
pub(super) fn is_host(value: &str) -> bool {
    let filled_in_later = matches!(image::parse(value), Parsed::Unresolved(hole) if hole.marker() == value);
    !value.trim().is_empty() && !value.starts_with('-') && !filled_in_later
}

#[inline(never)]
fn without_scheme(text: &str) -> &str {
    ["docker://", "https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text)
}

/// An argument that says which registry it is about: by a transport, by a host in front, by being a host where one
/// belongs; or one that is filled in later and may be any of these.
#[inline(never)]
fn names_registry(word: &str, takes_host: bool) -> bool {
    if word.starts_with("docker://") || word.starts_with("https://") || word.starts_with("http://") {
        return true;
    }
    if matches!(image::parse(word), Parsed::Unresolved(_)) {
        return word.contains(['$', '{', '<']);
    }
    let looks_like_host = |host: &str| (host.contains(['.', ':']) || host == "localhost") && image::is_domain(host);
    match text::cut(word, b'/') {
        Some((host, _)) => looks_like_host(host),
        None => takes_host && looks_like_host(word),
    }
}
