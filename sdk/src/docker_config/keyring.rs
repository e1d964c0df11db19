//! The entries of all pull secrets of a Pod in one ring, and which of them kubelet tries for an image, in its order.
//!
//! Source: `k8s.io/kubernetes/pkg/credentialprovider/keyring.go` (`BasicDockerKeyring`) and `secrets/secrets.go`.

use std::cmp::Ordering;

use crate::image::{DEFAULT_DOMAIN, Reference};
use crate::order::order;
use crate::registry::RegistryKey;

use super::kubelet::Entry;

/// Comparisons of images with keys that one ring makes. Every image of a Pod may be compared with every entry of 64
/// Secrets of a megabyte; nobody has as many.
const COMPARISONS: usize = 1 << 20;

/// A ring. Not printed: its entries hold what nobody may print.
pub struct Keyring<'d> {
    /// In the order in which they are tried.
    held: Vec<(RegistryKey<'d>, usize, Entry<'d>)>,
    left: usize,
}

impl std::fmt::Debug for Keyring<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl<'d> Keyring<'d> {
    /// The ring of these entries, each with the number of its Secret: the most specific keys come first whatever their
    /// Secret, equal ones stay in the order of the list. Entries whose key kubelet cannot read are left out.
    #[inline(never)]
    pub fn new(entries: Vec<(usize, Entry<'d>)>) -> Self {
        let mut readable = Vec::new();
        for (source, entry) in entries {
            if let Ok(key) = entry.registry {
                readable.push(Some((key, source, entry)));
            }
        }
        let compare = |a: usize, b: usize| match (readable.get(a), readable.get(b)) {
            (Some(Some((a, ..))), Some(Some((b, ..)))) => a.cmp(b),
            _ => Ordering::Equal,
        };
        let mut held = Vec::with_capacity(readable.len());
        for at in order(readable.len(), &compare) {
            held.extend(readable.get_mut(at).and_then(Option::take));
        }
        Keyring { held, left: COMPARISONS }
    }

    /// Visits what is tried for an image: the number of the Secret, and its entry. Without any, kubelet asks the node's own
    /// configuration. `false` when there is too much to compare.
    #[inline(never)]
    pub fn each(&mut self, image: &Reference<'_>, visit: &mut dyn FnMut(usize, &Entry<'d>)) -> bool {
        let Some(left) = self.left.checked_sub(self.held.len()) else { return false };
        self.left = left;
        let mut any = false;
        for (key, source, entry) in &self.held {
            if key.matches(image) {
                any = true;
                visit(*source, entry);
            }
        }
        if !any && image.domain() == DEFAULT_DOMAIN {
            for (key, source, entry) in &self.held {
                if key.is_default() {
                    visit(*source, entry);
                }
            }
        }
        true
    }
}
