//! The credentials that kubelet tries for each image: its keyring, then the node.

use regwarden_sdk::text::say;

use super::kept::{Opens, Pull, Tried};
use super::{shown_key, unread};
use crate::cluster::{ForKubelet, Holds};
use crate::context::{Context, Image, Listed};
use crate::data::sources;
use crate::resolution::{Provider, State, Verdict};

#[inline(never)]
pub(super) fn read<'d>(context: &Context<'d>, opens: &mut Opens<'d>) {
    let pulls = context.pulls();
    let provider = if pulls.of_account { Provider::ServiceAccount } else { Provider::Pod };
    let mut all = Vec::new();
    let mut refused = false;
    for listed in &pulls.secrets {
        let state = state(listed);
        refused |= matches!(state, State::Malformed(_));
        all.push(Tried::new(provider, &listed.name, listed.entry, state));
    }
    if !pulls.complete {
        all.push(Tried::new(Provider::ServiceAccount, "", None, State::Unknown));
    }
    for image in context.images() {
        let Some(name) = image.named() else { continue };
        let mut tried: Vec<Tried<'d>> = Vec::new();
        let mut used = false;
        let looked = pulls.each(&name, &mut |listed, entry| {
            let state = match entry.holds {
                Holds::Credentials if used => State::Shadowed,
                Holds::Credentials => State::Used,
                Holds::Nothing | Holds::Placeholder => State::Empty,
            };
            used |= state == State::Used;
            let mut new = Tried::new(provider, &listed.name, listed.entry, state);
            new.candidate.key = shown_key(&entry.key).to_owned();
            new.notes = entry.notes;
            new.times = listed.seen.found().map(|secret| secret.times).unwrap_or_default();
            tried.push(new);
        });
        if !looked || !opens.charge(tried.len() + all.len() + 1) {
            opens.complete = false;
            return;
        }
        let hits = tried.len();
        for other in &all {
            let hit = |hit: &Tried<'d>| hit.candidate.source == other.candidate.source;
            if !tried.iter().take(hits).any(hit) {
                tried.push(other.clone());
            }
        }
        let verdict = verdict(image, refused, used, &mut tried);
        opens.pulls.push(Pull {
            container: image.container,
            image: image.pulled().to_owned(),
            registry: name.domain().to_owned(),
            tried,
            verdict,
        });
    }
}

/// What is to be said of a Secret for an image that none of its entries covers.
#[inline(never)]
fn state(listed: &Listed<'_>) -> State {
    if let Some(state) = unread(&listed.seen) {
        return state;
    }
    let Some(secret) = listed.seen.found() else { return State::Unknown };
    match &secret.kubelet {
        Some(ForKubelet::WrongType) => State::WrongType(secret.kind.clone()),
        Some(ForKubelet::NoKey(key)) => State::NoKey((*key).to_owned()),
        Some(ForKubelet::Malformed { entry, reason }) if entry.is_empty() => State::Malformed((*reason).to_owned()),
        Some(ForKubelet::Malformed { entry, reason }) => State::Malformed(say("^ |", &[shown_key(entry), reason])),
        Some(ForKubelet::Entries(_)) => State::NoEntry,
        // The type is known without the contents.
        None if secret.format().is_none() => State::WrongType(secret.kind.clone()),
        Some(ForKubelet::Unread) | None => State::Unknown,
    }
}

/// Puts the node behind the others, and says what comes of all.
#[inline(never)]
fn verdict(image: &Image<'_>, refused: bool, used: bool, tried: &mut Vec<Tried<'_>>) -> Verdict {
    let given = image.registry().and_then(|registry| registry.pull);
    let by_node = given.is_some_and(|pull| pull.node);
    let state = match (by_node, used) {
        (true, true) => State::Shadowed,
        (true, false) => State::Used,
        (false, _) => State::Unknown,
    };
    let unknown = tried.iter().any(|other| other.candidate.state == State::Unknown);
    tried.push(Tried::new(Provider::Node, "", None, state));
    // Kubelet's plugins for clouds know the registries of these.
    let cloud = || image.named().is_some_and(|name| sources::is_cloud(name.domain()));
    if refused {
        Verdict::Refused
    } else if image.comes_later() {
        Verdict::Unknown
    } else if used || by_node {
        Verdict::Credential
    } else if given.is_some_and(|pull| pull.anonymous) {
        Verdict::NotNeeded
    } else if unknown || cloud() {
        Verdict::Unknown
    } else {
        Verdict::Anonymous
    }
}
