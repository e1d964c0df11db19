//! The pull secrets that count for the Pod: its own list, or that of its account, each looked up once.

use regwarden_sdk::cluster::QUESTIONS;
use regwarden_sdk::docker_config::keyring::Keyring;
use regwarden_sdk::image::Reference;
use regwarden_sdk::json::Node;

use super::{Context, Named, entries};
use crate::cluster::{Entry, SecretFacts, Seen};
use crate::knowledge::index::Index;

/// The pull secrets of a Pod.
#[derive(Debug)]
pub(crate) struct Pulls<'d> {
    /// In their order, each name once; entries without a name are left out.
    pub(crate) secrets: Vec<Listed<'d>>,
    /// They are the account's: the Pod lists none.
    pub(crate) of_account: bool,
    /// These are all. Otherwise those of the Pod's account are not known, or there are more than anybody asks for.
    pub(crate) complete: bool,
    /// Kubelet's ring of all their entries, and where each lies: the position of its Secret, and its own in that.
    ring: Keyring,
    places: Vec<(usize, usize)>,
    /// It is known of each what kubelet finds in it.
    pub(crate) known: bool,
}

/// So many are looked at: one more than are answered, so that it is told that one was not.
const SECRETS: usize = QUESTIONS + 1;

impl<'d> Pulls<'d> {
    /// `false` when there are too many.
    fn add(&mut self, name: &str, entry: Option<Node<'d>>, seen: Seen<SecretFacts>) -> bool {
        if self.secrets.len() == SECRETS {
            self.complete = false;
            return false;
        }
        self.secrets.push(Listed { name: name.to_owned(), entry, seen });
        true
    }

    /// Visits the entries that kubelet tries for an image, in its order. `false` when there is too much to compare.
    #[inline(never)]
    pub(crate) fn each<'p>(&'p self, image: &Reference<'_>, visit: &mut dyn FnMut(&'p Listed<'d>, &'p Entry)) -> bool {
        self.ring.each(image, &mut |at| {
            let Some((secret, entry)) = self.places.get(at) else { return };
            let Some(listed) = self.secrets.get(*secret) else { return };
            if let Some(entry) = entries(listed).unwrap_or_default().get(*entry) {
                visit(listed, entry);
            }
        })
    }

    /// Puts all entries into the ring.
    #[inline(never)]
    fn fill(&mut self) {
        let mut keys = Vec::new();
        for (at, listed) in self.secrets.iter().enumerate() {
            match entries(listed) {
                None => self.known = false,
                Some(entries) => {
                    for (place, entry) in entries.iter().enumerate() {
                        keys.push(entry.key.as_str());
                        self.places.push((at, place));
                    }
                }
            }
        }
        self.ring = Keyring::new(&keys);
    }
}

/// One pull secret.
#[derive(Debug)]
pub(crate) struct Listed<'d> {
    /// Its name.
    pub(crate) name: String,
    /// The entry of the Pod's own list.
    pub(crate) entry: Option<Node<'d>>,
    /// What is known about it.
    pub(crate) seen: Seen<SecretFacts>,
}

/// Asks for every pull secret, once each.
#[inline(never)]
pub(super) fn read<'d>(context: &Context<'d>) -> Pulls<'d> {
    let mut pulls = Pulls {
        secrets: Vec::new(),
        of_account: false,
        complete: true,
        ring: Keyring::new(&[]),
        places: Vec::new(),
        known: true,
    };
    let mut empty = true;
    for (at, (entry, name)) in context.pod.pull_secrets().enumerate() {
        empty = false;
        let new = !name.is_empty() && context.index(Named::PullSecrets).first(name) == Some(at);
        if new && !pulls.add(name, Some(entry), context.secret(name)) {
            break;
        }
    }
    // The API server fills an empty list from the account, and once more when the account is mended.
    let filled = || context.is_admitted() && context.pod.service_account() == Some(context.account_name());
    if empty && !filled() {
        pulls.of_account = true;
        pulls.complete = false;
        if let Some(account) = context.account().found() {
            pulls.complete = true;
            let index = Index::of(&account.pull_secrets);
            for (at, name) in account.pull_secrets.iter().enumerate() {
                if !name.is_empty() && index.first(name) == Some(at) && !pulls.add(name, None, context.secret(name)) {
                    break;
                }
            }
        }
    }
    pulls.known = pulls.complete;
    pulls.fill();
    pulls
}
