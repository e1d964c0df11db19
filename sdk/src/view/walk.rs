//! The iterators of the view. Types of their own: chained adapters would be compiled anew into every rule.

use super::{EnvVar, Mount, Volume};
use crate::json::{Elements, Members, Node};

/// Declares an iterator over `$inner` whose step is compiled once.
macro_rules! walk {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ident) -> $item:ty, |$element:pat_param| $make:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $name<'d>(pub(super) $inner<'d>);

        impl<'d> Iterator for $name<'d> {
            type Item = $item;

            #[inline(never)]
            fn next(&mut self) -> Option<$item> {
                let $element = self.0.next()?;
                Some($make)
            }
        }
    };
}

walk! {
    /// See [`PodView::labels`](super::PodView::labels).
    Labels(Members) -> (&'d str, &'d str), |(key, value)| (key, value.as_str().unwrap_or_default())
}

walk! {
    /// See [`PodView::pull_secrets`](super::PodView::pull_secrets).
    PullSecrets(Elements) -> (Node<'d>, &'d str), |entry| (entry, entry.str("name").unwrap_or_default())
}

walk! {
    /// See [`PodView::volumes`](super::PodView::volumes).
    Volumes(Elements) -> Volume<'d>, |node| Volume { node }
}

walk! {
    /// See [`Container::env`](super::Container::env).
    Env(Elements) -> EnvVar<'d>, |node| EnvVar { node }
}

walk! {
    /// See [`Container::mounts`](super::Container::mounts).
    Mounts(Elements) -> Mount<'d>, |node| Mount { node }
}

walk! {
    /// See [`SecretSource::items`](super::SecretSource::items).
    Items(Elements) -> (&'d str, &'d str),
    |item| (item.str("key").unwrap_or_default(), item.str("path").unwrap_or_default())
}
