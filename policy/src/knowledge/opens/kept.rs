//! What is kept of who opens what.

use regwarden_sdk::docker_config::Credentials;
use regwarden_sdk::json::Node;
use regwarden_sdk::view::Container;

use crate::data::builders::Lookup;
use crate::data::root_users::{self, Root};
use crate::knowledge::lifetime::{Times, Token};
use crate::resolution::{Candidate, Provider, State, Verdict};

/// Candidates of one Pod that are looked at. Every image may have as many as there are Secrets.
const CANDIDATES: usize = 1 << 14;

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
    /// See [`crate::resolution::Pull`].
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
    /// See [`crate::resolution::Push`].
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
    pub(super) fn new(provider: Provider, source: &str, place: Option<Node<'d>>, state: State) -> Self {
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

impl Default for Opens<'_> {
    fn default() -> Self {
        Opens { pulls: Vec::new(), pushes: Vec::new(), complete: true, left: CANDIDATES }
    }
}

impl Opens<'_> {
    /// May so many more candidates be kept?
    pub(super) fn charge(&mut self, count: usize) -> bool {
        match self.left.checked_sub(count) {
            Some(left) => self.left = left,
            None => self.complete = false,
        }
        self.complete
    }
}
