//! The entries of all pull secrets of a Pod in one ring, and which of them kubelet tries for an image, in its order.
//!
//! Source: `k8s.io/kubernetes/pkg/credentialprovider/keyring.go` (`BasicDockerKeyring`) and `secrets/secrets.go`.

use std::cmp::Ordering;

use crate::image::{DEFAULT_DOMAIN, Reference};
use crate::order::order;
use crate::registry::RegistryKey;

/// Comparisons of images with keys that one ring makes. Every image of a Pod may be compared with every entry of all its
/// Secrets; nobody has as many.
const COMPARISONS: usize = 1 << 17;

/// A ring of keys, each with its place in the list that it was made of.
pub struct Keyring<'d> {
    /// In the order in which they are tried.
    held: Vec<(RegistryKey<'d>, usize)>,
    left: usize,
}

impl std::fmt::Debug for Keyring<'_> {
    /// How many there are: in a key, too, somebody may have put a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({})", self.held.len())
    }
}

impl<'d> Keyring<'d> {
    /// The ring of these keys, Secret after Secret as the Pod lists them: the most specific ones come first whatever their
    /// Secret, equal ones stay in the order of the list. Keys that kubelet cannot read are left out.
    #[inline(never)]
    pub fn new(keys: &[&'d str]) -> Self {
        let mut readable = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            if let Ok(key) = RegistryKey::parse(key) {
                readable.push((key, at));
            }
        }
        let compare = |a: usize, b: usize| match (readable.get(a), readable.get(b)) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            _ => Ordering::Equal,
        };
        let mut held = Vec::with_capacity(readable.len());
        for at in order(readable.len(), &compare) {
            held.extend(readable.get(at));
        }
        Keyring { held, left: COMPARISONS }
    }

    /// Visits the places of the entries that are tried for an image. Without any, kubelet asks the node's own
    /// configuration. `false` when there is too much to compare.
    #[inline(never)]
    pub fn each(&mut self, image: &Reference<'_>, visit: &mut dyn FnMut(usize)) -> bool {
        let Some(left) = self.left.checked_sub(self.held.len()) else { return false };
        self.left = left;
        let mut any = false;
        for (key, at) in &self.held {
            if key.matches(image) {
                any = true;
                visit(*at);
            }
        }
        if !any && image.domain() == DEFAULT_DOMAIN {
            for (key, at) in &self.held {
                if key.is_default() {
                    visit(*at);
                }
            }
        }
        true
    }
}
