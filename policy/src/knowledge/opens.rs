//! Who opens each image and each push of a Pod: every credential that could, in the order in which it is tried, as far as
//! settings and cluster tell.

use regwarden_sdk::docker_config::{Credentials, Reason, Secret};
use regwarden_sdk::finding::Place;
use regwarden_sdk::json::Node;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::view::Container;

use super::credential::{by_shape, is_placeholder};
use super::lifetime::{Times, Token};
use crate::cluster::{SecretFacts, Seen};
use crate::context::Context;
use crate::data::builders::Lookup;
use crate::data::root_users::{self, Root};
use crate::resolve::{Candidate, Provider, State, Verdict};

mod pull;
mod push;
mod reader;
mod shown;

pub(crate) use reader::key_to_write;

/// Candidates of one Pod that are looked at. Every image may have as many as there are Secrets.
const CANDIDATES: usize = 1 << 14;
/// Used entries that are told apart.
const MOST_USED: usize = 256;

/// Everything about one Pod.
#[derive(Debug)]
pub(crate) struct Opens<'d> {
    /// For each container whose image can be read.
    pub pulls: Vec<Pull<'d>>,
    /// For each destination that a container pushes to.
    pub pushes: Vec<Push<'d>>,
    /// There is no more than that.
    pub complete: bool,
    left: usize,
}

/// The pull of an image.
#[derive(Debug)]
pub(crate) struct Pull<'d> {
    /// Whose image.
    pub container: Container<'d>,
    /// As it will be pulled.
    pub image: String,
    /// `host[:port]`
    pub registry: String,
    /// See [`crate::resolve::Pull`].
    pub tried: Vec<Tried<'d>>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// A push.
#[derive(Debug)]
pub(crate) struct Push<'d> {
    /// Who pushes.
    pub container: Container<'d>,
    /// What names the destination.
    pub place: Node<'d>,
    /// With which tool.
    pub tool: &'static str,
    /// As written.
    pub destination: String,
    /// `host[:port]`; empty when it is filled in later.
    pub registry: String,
    /// How the tool reads; `None` when that is not known.
    pub lookup: Option<Lookup>,
    /// Nothing hidden decides whether, where to and from which files.
    pub sure: bool,
    /// The registry takes images from nobody without credentials, as settings or its provider say.
    pub needs: bool,
    /// The files that it reads.
    pub files: Vec<String>,
    /// See [`crate::resolve::Push`].
    pub tried: Vec<Tried<'d>>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// One credential that was considered.
#[derive(Debug, Clone)]
pub(crate) struct Tried<'d> {
    /// For everybody.
    pub candidate: Candidate,
    /// What names its Secret in the object.
    pub place: Option<Node<'d>>,
    /// What there is to say about what it holds.
    pub notes: Notes,
    /// Of its Secret.
    pub times: Times,
    /// What its state says is certain.
    pub sure: bool,
}

impl<'d> Tried<'d> {
    fn new(provider: Provider, source: &str, place: Option<Node<'d>>, state: State) -> Self {
        let (file, key) = (String::new(), String::new());
        let candidate = Candidate { provider, source: source.to_owned(), file, key, state };
        Tried { candidate, place, notes: Notes::default(), times: Times::default(), sure: true }
    }
}

/// What there is to say about credentials without repeating them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notes {
    /// They end by themselves.
    pub token: Option<Token>,
    /// They are those of a user that may do everything, if the registry is one of one's own.
    pub root: Option<&'static Root>,
}

impl Notes {
    #[inline(never)]
    pub(crate) fn of(credentials: &Credentials<'_>) -> Notes {
        let (user, password) = (credentials.user.expose(), credentials.password.expose());
        Notes { token: Token::of(user, password), root: root_users::named(user) }
    }

    /// The root user, if that is what he is at this registry.
    pub(crate) fn root_at(&self, registry: &str) -> Option<&'static Root> {
        self.root.filter(|_| !root_users::is_provider(registry))
    }
}

/// Looks at everything.
#[inline(never)]
pub(crate) fn read<'d>(context: &Context<'d>) -> Opens<'d> {
    let mut opens = Opens { pulls: Vec::new(), pushes: Vec::new(), complete: true, left: CANDIDATES };
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

impl Opens<'_> {
    /// May so many more candidates be kept?
    fn charge(&mut self, count: usize) -> bool {
        match self.left.checked_sub(count) {
            Some(left) => self.left = left,
            None => self.complete = false,
        }
        self.complete
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
