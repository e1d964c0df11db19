//! Which images the Pod's pull secrets open, as far as their contents are known.

use regwarden_sdk::image::Reference;

use super::{Listed, Pulls};
use crate::cluster::{Entry, ForKubelet, Holds, Seen};

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

/// What the pull secrets have for an image.
#[inline(never)]
pub(super) fn of<'p, 'd>(pulls: &'p Pulls<'d>, image: &Reference<'_>) -> Cover<'p, 'd> {
    let mut cover = if pulls.known { Cover::Nothing } else { Cover::Unknown };
    let looked = pulls.each(image, &mut |listed, entry| {
        if entry.holds == Holds::Credentials {
            cover = Cover::Given;
        } else if matches!(cover, Cover::Nothing) {
            cover = Cover::Useless(listed, entry);
        }
    });
    if looked { cover } else { Cover::Unknown }
}
