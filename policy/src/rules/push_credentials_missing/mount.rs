//! The volume and the mount that give a container its docker config.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;
use regwarden_sdk::view::{Container, Volume};

use super::{is_free, list_of, mount_edit, volume_json};
use crate::context::Context;
use crate::knowledge::docker_config::{DOCKER_KEY, Reads, directory, normal};

/// Name of the volume; a number follows when it is taken.
const NAME: &str = "regwarden-push";
/// How many numbers are tried.
const TRIES: usize = 16;

/// The Secret that the settings give for all registries that a container pushes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer<'s> {
    /// No registry yet.
    Nothing,
    /// This one.
    One(&'s str),
    /// One registry has another one, or none.
    Mixed,
}

impl<'s> Offer<'s> {
    pub(super) fn add(&mut self, secret: Option<&'s str>) {
        *self = match (*self, secret) {
            (Offer::Nothing, Some(secret)) => Offer::One(secret),
            (Offer::One(known), Some(secret)) if known == secret => Offer::One(known),
            _ => Offer::Mixed,
        };
    }

    pub(super) fn secret(self) -> Option<&'s str> {
        if let Offer::One(secret) = self { Some(secret) } else { None }
    }
}

/// The volumes that are added in this evaluation.
pub(super) struct Mounts<'s> {
    /// Secret, name of its volume, whether the Pod has it already.
    volumes: Vec<(&'s str, String, bool)>,
}

impl<'s> Mounts<'s> {
    pub(super) fn new() -> Self {
        Mounts { volumes: Vec::new() }
    }

    /// What shows the Secret to the container where it reads; `None`: that cannot be done safely.
    #[inline(never)]
    pub(super) fn edits<'d>(
        &mut self,
        context: &Context<'d>,
        container: Container<'d>,
        secret: &'s str,
        reads: &Reads,
        out: &Findings<'d>,
    ) -> Option<(Edit, Option<Edit>)> {
        let file = reads.files.first().filter(|file| reads.sure && file.ends_with("/config.json"))?;
        let place = directory(file);
        let inside =
            |mount: &str| mount.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if place.is_empty()
            || container.mounts().any(|mount| inside(&normal(mount.path())))
            || !context.may_mount(secret)
        {
            return None;
        }
        let (name, exists) = self.volume(context, secret)?;
        let volumes = (!exists).then(|| out.pointer((context.pod.spec(), "volumes")));
        let volume = volumes.map(|volumes| Edit::append(volumes, volume_json(name, secret)));
        Some((mount_edit(list_of(container, out), name, place), volume))
    }

    /// Name of the volume that shows the Secret, and whether the Pod has it.
    #[inline(never)]
    fn volume(&mut self, context: &Context<'_>, secret: &'s str) -> Option<(&str, bool)> {
        let known = self.volumes.iter().position(|(of, _, _)| *of == secret);
        let at = match known {
            Some(at) => at,
            None => {
                let found = self.name(context, secret)?;
                self.volumes.push(found);
                self.volumes.len() - 1
            }
        };
        self.volumes.get(at).map(|(_, name, exists)| (name.as_str(), *exists))
    }

    fn name(&self, context: &Context<'_>, secret: &'s str) -> Option<(&'s str, String, bool)> {
        for number in 1..=TRIES {
            let name = match number {
                1 => NAME.to_owned(),
                number => text::concat(&[NAME, "-", &text::number(number)]),
            };
            // From an earlier mend of an object that got another container since.
            if context.volume(&name).is_some_and(|volume| is_ours(volume, secret)) {
                return Some((secret, name, true));
            }
            if is_free(context, &name) && self.volumes.iter().all(|(_, taken, _)| *taken != name) {
                return Some((secret, name, false));
            }
        }
        None
    }
}

/// Does the volume show this Secret as a mend would?
fn is_ours(volume: Volume<'_>, secret: &str) -> bool {
    let mut sources = volume.secrets();
    let Some(source) = sources.next() else { return false };
    let shows = |(key, path): (&str, &str)| key == DOCKER_KEY && path == "config.json";
    source.name() == secret && sources.next().is_none() && source.items().is_some_and(|mut items| items.any(shows))
}
