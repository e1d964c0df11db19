//! Which images the Pod's pull secrets open, as far as their contents are known.

use std::cell::Cell;

use regwarden_sdk::image::Reference;

use super::{Listed, Pulls};
use crate::cluster::{Entry, ForKubelet, Holds, Seen};

/// So many entries are compared with images for one Pod: what a Pod of a hundred images with ten Secrets of twenty entries needs. It
/// keeps the cost of a hostile Pod within bounds.
const LOOKS: usize = 20_000;

/// What there is for one image.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cover<'p, 'd> {
    /// kubelet finds credentials for it.
    Given,
    /// All is known, and an entry covers it that has nothing to show.
    Useless(&'p Listed<'d>, &'p Entry),
    /// All is known, and nothing covers it.
    Nothing,
    /// It cannot be told.
    Unknown,
}

/// The entries of a pull secret that kubelet can read; `None`: it is not known whether there are any.
#[inline(never)]
pub(crate) fn entries<'p>(listed: &'p Listed<'_>) -> Option<&'p [Entry]> {
    let secret = match &listed.seen {
        // kubelet goes on without it.
        Seen::Absent => return Some(&[]),
        seen => seen.found()?,
    };
    match &secret.kubelet {
        Some(ForKubelet::WrongType | ForKubelet::NoKey(_)) => Some(&[]),
        Some(ForKubelet::Entries(entries)) => Some(entries),
        Some(ForKubelet::Malformed { .. } | ForKubelet::Unread) => None,
        None => secret.format().is_none().then_some(&[]),
    }
}

/// What the pull secrets have for an image. `looks` counts down what is left of [`LOOKS`].
#[inline(never)]
pub(super) fn of<'p, 'd>(pulls: &'p Pulls<'d>, image: &Reference<'_>, looks: &Cell<usize>) -> Cover<'p, 'd> {
    let mut cover = if pulls.known { Cover::Nothing } else { Cover::Unknown };
    for at in &pulls.filled {
        let Some(listed) = pulls.secrets.get(*at) else { continue };
        for entry in entries(listed).unwrap_or_default() {
            let Some(left) = looks.get().checked_sub(1) else { return Cover::Unknown };
            looks.set(left);
            if !entry.covers(image) {
                continue;
            }
            if entry.holds == Holds::Credentials {
                return Cover::Given;
            }
            if matches!(cover, Cover::Nothing) {
                cover = Cover::Useless(listed, entry);
            }
        }
    }
    cover
}

/// A Pod's count of looks.
pub(super) fn looks() -> Cell<usize> {
    Cell::new(LOOKS)
}
