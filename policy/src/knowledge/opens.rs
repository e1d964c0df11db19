//! Who opens each image and each push of a Pod: every credential that could, in the order in which it is tried, as far as
//! settings and cluster tell.

use regwarden_sdk::docker_config::{Credentials, Reason, Secret};
use regwarden_sdk::finding::Place;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::view::Container;

use super::credential::{by_shape, is_placeholder};
use super::lifetime::Times;
use crate::cluster::{SecretFacts, Seen};
use crate::context::Context;
use crate::resolution::State;

pub(crate) mod kept;
mod pull;
mod push;
mod reader;
mod shown;

use kept::{Notes, Opens, Tried};
pub(crate) use reader::key_to_write;

/// Used entries that are told apart.
const MOST_USED: usize = 256;

/// Who opens the images and the pushes of a Pod, looked up once.
pub(crate) fn opened<'c, 'd>(context: &'c Context<'d>) -> &'c Opens<'d> {
    context.opened.get_or_init(|| read(context))
}

/// Looks at everything.
#[inline(never)]
fn read<'d>(context: &Context<'d>) -> Opens<'d> {
    let mut opens = Opens::default();
    pull::read(context, &mut opens);
    push::read(context, &mut opens);
    opens
}

/// A credential that is used.
pub(crate) struct Used<'o, 'd> {
    /// What in the object names its Secret, or the container that it is for.
    pub place: Place<'d>,
    /// The container, if that is whose volume it is.
    pub container: Option<&'d str>,
    /// The Secret.
    pub source: &'o str,
    /// `host[:port]`
    pub registry: &'o str,
    /// What there is to say about it.
    pub notes: Notes,
    /// Of its Secret.
    pub times: Times,
}

/// Visits what is used, each entry of a Secret once for each registry.
#[inline(never)]
pub(crate) fn each_used<'o, 'd>(opens: &'o Opens<'d>, visit: &mut dyn FnMut(&Used<'o, 'd>)) {
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    let mut look = |container: Container<'d>, registry: &'o str, tried: &'o [Tried<'d>], pull: bool| {
        for tried in tried {
            let candidate = &tried.candidate;
            let named = (candidate.source.as_str(), candidate.key.as_str(), registry);
            let dull = tried.notes.token.is_none() && tried.notes.root.is_none();
            if candidate.state != State::Used || dull || seen.contains(&named) {
                continue;
            }
            // No Pod has as many; the list is searched for each.
            if seen.len() < MOST_USED {
                seen.push(named);
            }
            let place = match tried.place {
                Some(entry) if pull || entry.get("secretName").is_none() => (entry, "name").into(),
                Some(source) => (source, "secretName").into(),
                None => (container.node(), "image").into(),
            };
            let container = if pull && tried.place.is_some() { None } else { container.name() };
            let (notes, times) = (tried.notes, tried.times);
            visit(&Used { place, container, source: named.0, registry, notes, times });
        }
    };
    for pull in &opens.pulls {
        look(pull.container, &pull.registry, &pull.tried, true);
    }
    for push in &opens.pushes {
        look(push.container, &push.registry, &push.tried, false);
    }
}

/// What is known of a Secret whose contents are not; `None` when they are.
#[inline(never)]
fn unread(seen: &Seen<SecretFacts>) -> Option<State> {
    match seen {
        Seen::Absent => Some(State::Absent),
        Seen::NotAsked | Seen::NotAllowed | Seen::Unavailable => Some(State::Unknown),
        Seen::Found(_) => None,
    }
}

/// A key as it may be shown: somebody may have put a password in it.
pub(crate) fn shown_key(key: &str) -> &str {
    let plain = RegistryKey::parse(key).is_ok_and(|key| !key.path().contains('@')) && by_shape(key).is_none();
    if plain { key } else { "…" }
}

/// What a reader does not like, as the end of a sentence about an entry.
fn fault(reason: Reason) -> &'static str {
    match reason {
        Reason::AuthEncoding => "has an `auth` that is not padded base64",
        Reason::AuthColon => "has an `auth` without a `:` between user and password",
        Reason::AuthUser => "has an `auth` without a user",
        _ => "has a value of a type that it does not take",
    }
}

/// Words that people leave where a password belongs; some mean them.
const WEAK: &str =
    "changeme change-me change_me changeit CHANGEME password passwd secret token pass username user test";

/// Stands this for something that somebody was to fill in? Second: is that certain?
#[inline(never)]
fn stands_in(credentials: &Credentials<'_>) -> (bool, bool) {
    let text = |secret: &Secret<'_>| std::str::from_utf8(secret.expose()).unwrap_or_default().to_owned();
    let (user, password) = (text(&credentials.user), text(&credentials.password));
    let hole = |text: &str| !text.is_empty() && is_placeholder(text);
    if hole(&password) || hole(&user) {
        // `<password>`, `${TOKEN}`: no registry gives out such. Words might be somebody's.
        return (true, password.contains(['<', '$', '{']) || user.contains(['<', '{']));
    }
    (!password.is_empty() && super::words::is_among(&password, WEAK), false)
}
