//! The entries of all pull secrets of a Pod in one ring, and which of them kubelet tries for an image, in its order.
//!
//! Source: `k8s.io/kubernetes/pkg/credentialprovider/keyring.go` (`BasicDockerKeyring`) and `secrets/secrets.go`.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::image::{DEFAULT_DOMAIN, Reference};
use crate::order::order;
use crate::registry::RegistryKey;
use crate::text;

/// Comparisons of images with keys that one ring makes. Every image of a Pod may be compared with every entry of all its
/// Secrets: a hundred images with a thousand entries are within this, and a hostile Pod stays within the guest's time.
const COMPARISONS: usize = 1 << 17;

/// A ring of keys, each with its place in the list that it was made of.
pub struct Keyring {
    /// In the order in which they are tried.
    held: Vec<Held>,
    left: Cell<usize>,
}

/// A key that outlives its text.
struct Held {
    host: String,
    path: String,
    is_literal: bool,
    at: usize,
}

impl std::fmt::Debug for Keyring {
    /// How many there are: in a key, too, somebody may have put a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({})", self.held.len())
    }
}

impl Held {
    fn key(&self) -> RegistryKey<'_> {
        RegistryKey::of_parts(&self.host, &self.path)
    }

    fn matches(&self, image: &Reference<'_>) -> bool {
        // Asked for each image of each Pod of a request: without a pattern it is a comparison.
        let domain = image.domain();
        if self.is_literal && !domain.is_empty() {
            return text::same(&self.host, domain)
                && self.path.strip_prefix('/').is_none_or(|prefix| image.path().starts_with(prefix));
        }
        self.key().matches(image)
    }
}

impl Keyring {
    /// The ring of these keys, Secret after Secret as the Pod lists them: the most specific ones come first whatever their
    /// Secret, equal ones stay in the order of the list. Keys that kubelet cannot read are left out.
    #[inline(never)]
    pub fn new(keys: &[&str]) -> Self {
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
        for place in order(readable.len(), &compare) {
            if let Some((key, at)) = readable.get(place) {
                let (host, path) = (key.host().to_owned(), key.path().to_owned());
                held.push(Held { host, path, is_literal: key.is_literal(), at: *at });
            }
        }
        Keyring { held, left: Cell::new(COMPARISONS) }
    }

    /// Visits the places of the entries that are tried for an image. Without any, kubelet asks the node's own
    /// configuration. `false` when there is too much to compare.
    #[inline(never)]
    pub fn each(&self, image: &Reference<'_>, visit: &mut dyn FnMut(usize)) -> bool {
        let Some(left) = self.left.get().checked_sub(self.held.len()) else { return false };
        self.left.set(left);
        let mut any = false;
        for held in &self.held {
            if held.matches(image) {
                any = true;
                visit(held.at);
            }
        }
        if !any && image.domain() == DEFAULT_DOMAIN {
            for held in &self.held {
                if held.key().is_default() {
                    visit(held.at);
                }
            }
        }
        true
    }
}
