//! What a picture of one Pod is about: items on the left, registries in the middle, credentials on the right.

use std::borrow::Cow;

use regwarden_policy::resolve::{Candidate, Provider, Resolution, State, Verdict};

use super::super::words;

/// An image that is pulled or a destination that is pushed to.
#[derive(Debug)]
pub(crate) struct Item<'d> {
    pub(crate) container: &'d str,
    /// `pulls`, or `pushes with kaniko`.
    pub(crate) does: Cow<'d, str>,
    /// Image or destination.
    pub(crate) what: String,
    pub(crate) registry: &'d str,
    pub(crate) candidates: &'d [Candidate],
    pub(crate) verdict: Verdict,
}

/// The items of a Pod: images first, then destinations, in its order.
pub(crate) fn items(pod: &Resolution) -> Vec<Item<'_>> {
    let pulls = pod.pulls.iter().map(|pull| Item {
        container: &pull.container,
        does: "pulls".into(),
        what: words::without_user(&pull.image),
        registry: &pull.registry,
        candidates: &pull.candidates,
        verdict: pull.verdict,
    });
    let pushes = pod.pushes.iter().map(|push| Item {
        container: &push.container,
        does: format!("pushes with {}", push.tool).into(),
        what: words::without_user(&push.destination),
        registry: &push.registry,
        candidates: &push.candidates,
        verdict: push.verdict,
    });
    pulls.chain(pushes).collect()
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Used,
    Shadowed,
    Broken,
}

/// A registry with the items that want it.
#[derive(Debug)]
pub(super) struct Registry<'d> {
    pub(super) name: &'d str,
    /// Indices of items.
    pub(super) items: Vec<usize>,
}

/// A credential with one port for each key that matters.
#[derive(Debug)]
pub(super) struct Credential {
    provider: Provider,
    source: String,
    file: String,
    /// What it is.
    pub(super) title: String,
    /// Who provides it, and the file that a tool reads.
    pub(super) giver: String,
    pub(super) ports: Vec<Port>,
}

/// A key of a credential, or what is wrong with the whole.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) text: String,
    pub(super) is_bad: bool,
    /// Items and how they are tied to it.
    pub(super) lines: Vec<(usize, Line)>,
}

/// Everything in the order in which it is drawn.
#[derive(Debug)]
pub(super) struct Model<'d> {
    pub(super) items: Vec<Item<'d>>,
    pub(super) registries: Vec<Registry<'d>>,
    pub(super) credentials: Vec<Credential>,
}

impl<'d> Model<'d> {
    pub(super) fn new(pod: &'d Resolution) -> Self {
        let items = items(pod);
        let mut registries: Vec<Registry<'d>> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match registries.iter_mut().find(|registry| registry.name == item.registry) {
                Some(registry) => registry.items.push(i),
                None => registries.push(Registry { name: item.registry, items: vec![i] }),
            }
        }
        let mut credentials = Vec::new();
        for (i, item) in items.iter().enumerate() {
            for candidate in item.candidates {
                add(&mut credentials, i, candidate);
            }
        }
        for credential in &mut credentials {
            if credential.ports.is_empty() {
                credential.ports.push(Port {
                    text: "no entry for these images".into(),
                    is_bad: false,
                    lines: Vec::new(),
                });
            }
        }
        Self { items, registries, credentials }
    }
}

fn add(credentials: &mut Vec<Credential>, item: usize, candidate: &Candidate) {
    let same = |known: &Credential| {
        (known.provider, &known.source, &known.file) == (candidate.provider, &candidate.source, &candidate.file)
    };
    let at = credentials.iter().position(same).unwrap_or_else(|| {
        let giver = match candidate.file.as_str() {
            "" => words::origin(candidate.provider).to_owned(),
            file => format!("{} {file}", words::origin(candidate.provider)),
        };
        credentials.push(Credential {
            provider: candidate.provider,
            source: candidate.source.clone(),
            file: candidate.file.clone(),
            title: words::thing(candidate),
            giver,
            ports: Vec::new(),
        });
        credentials.len() - 1
    });
    let Some(credential) = credentials.get_mut(at) else { return };
    let key = words::without_user(&candidate.key);
    let state = words::short_state(&candidate.state);
    let (text, line) = match &candidate.state {
        State::NoEntry => return,
        State::Used => (key, Some(Line::Used)),
        State::Shadowed => (key, Some(Line::Shadowed)),
        State::KeyNotUnderstood(wanted) => {
            (format!("{key}: write {}", words::without_user(wanted)), Some(Line::Broken))
        }
        State::Empty => (format!("{key}: {state}"), Some(Line::Broken)),
        State::WrongType(kind) => (format!("{state} {kind}"), None),
        State::NoKey(key) => (format!("{state} {key}"), None),
        State::Malformed(_) | State::Absent | State::Unknown => (state.to_owned(), None),
    };
    let text = if text.is_empty() { state.to_owned() } else { text };
    let is_bad = !matches!(candidate.state, State::Used | State::Shadowed | State::Unknown);
    let port = match credential.ports.iter_mut().find(|port| port.text == text) {
        Some(port) => port,
        None => {
            credential.ports.push(Port { text, is_bad, lines: Vec::new() });
            match credential.ports.last_mut() {
                Some(port) => port,
                None => return,
            }
        }
    };
    port.lines.extend(line.map(|line| (item, line)));
}
