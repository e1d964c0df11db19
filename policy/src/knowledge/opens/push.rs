//! The credentials that each push will find: the files that its tool reads, the Secrets behind them, and their entries by
//! the tool's own rules.

use std::rc::Rc;

use regwarden_sdk::image;
use regwarden_sdk::json::Document;
use regwarden_sdk::view::Container;

use super::kept::{Notes, Opens, Push, Tried};
use super::reader::{Look, Reader, Target};
use super::shown::{self, Shown, is_optional};
use super::{fault, key_to_write, shown_key, stands_in, unread};
use crate::cluster::SecretFacts;
use crate::context::Context;
use crate::data::builders::{BUILDERS, Builder, Lookup};
use crate::data::root_users;
use crate::knowledge::access::{self, Access};
use crate::knowledge::docker_config::{self, Reads};
use crate::knowledge::lifetime::Token;
use crate::knowledge::pushes;
use crate::resolution::{Provider, State, Verdict};

/// Containers of one Pod whose pushes are looked at; nobody has as many.
const CONTAINERS: usize = 64;
/// Destinations of one Pod.
const PUSHES: usize = 256;
/// Documents of one Pod that are read.
const DOCUMENTS: usize = 32;
/// Registries that a document may name.
const ENTRIES: usize = 512;

/// A file that a tool reads, and what is known of it.
struct File<'d> {
    tried: Tried<'d>,
    /// The document in it, by its number.
    document: Option<usize>,
    /// It is certain that there is none.
    missing: bool,
}

/// A container's tool.
struct Tool<'d> {
    builder: Option<&'static Builder>,
    reads: Option<Reads>,
    files: Vec<File<'d>>,
}

/// A push and its tool, by its number.
struct Job<'c, 'd> {
    container: Container<'d>,
    push: &'c pushes::Push<'d>,
    tool: usize,
}

type Documents = Vec<(Rc<SecretFacts>, String)>;

#[inline(never)]
pub(super) fn read<'d>(context: &Context<'d>, opens: &mut Opens<'d>) {
    let mut documents: Documents = Vec::new();
    let mut tools: Vec<Tool<'d>> = Vec::new();
    let mut jobs: Vec<Job<'_, 'd>> = Vec::new();
    let mut containers = 0;
    for commands in context.commands() {
        let first = tools.len();
        for push in commands.pushes() {
            if jobs.len() >= PUSHES || containers >= CONTAINERS {
                opens.complete = false;
                break;
            }
            let builder = BUILDERS.iter().find(|builder| builder.name == push.tool).filter(|_| !push.setting);
            let name = builder.map(|builder| builder.name);
            let known = |tool: &Tool<'_>| tool.builder.map(|builder| builder.name) == name;
            let at = tools.iter().skip(first).position(known).map(|at| first + at);
            let tool = at.unwrap_or_else(|| {
                tools.push(tool(context, commands.container, builder, &mut documents));
                tools.len() - 1
            });
            jobs.push(Job { container: commands.container, push, tool });
        }
        containers += usize::from(tools.len() > first);
    }
    let parsed: Vec<_> = documents.iter().map(|(secret, key)| parse(secret, key)).collect();
    let readers: Vec<_> =
        parsed.iter().map(|document| document.as_ref().map(|found| Reader::new(found.root()))).collect();
    let access = Access::new(context);
    for job in &jobs {
        let Some(tool) = tools.get(job.tool) else { continue };
        let push = judge(context, &access, job, tool, &readers);
        if opens.charge(push.tried.len()) {
            opens.pushes.push(push);
        }
    }
}

/// The document; `Err`: the state of the candidate.
#[inline(never)]
fn parse<'s>(secret: &'s SecretFacts, key: &str) -> Result<Document<'s>, State> {
    let malformed = |what: &str| Err(State::Malformed(what.to_owned()));
    match secret.value(key).map(|value| value.expose()) {
        None => Err(State::NoKey(key.to_owned())),
        Some(None) => malformed("is not base64"),
        Some(Some(bytes)) => match Document::parse(bytes) {
            Ok(document) if Reader::new(document.root()).len() > ENTRIES => Err(State::Unknown),
            Ok(document) => Ok(document),
            // Go reads some texts that this reader refuses.
            Err(error) if error.disputed => Err(State::Unknown),
            Err(_) => malformed("is not JSON"),
        },
    }
}

/// Where a container's tool reads, and what lies there.
#[inline(never)]
fn tool<'d>(
    context: &Context<'d>,
    container: Container<'d>,
    builder: Option<&'static Builder>,
    documents: &mut Documents,
) -> Tool<'d> {
    let mut reads = builder.and_then(|builder| docker_config::reads(builder, container, context.pod));
    if let (Some(reads), Some(Lookup::Containers)) = (&mut reads, builder.map(|builder| builder.lookup)) {
        // Where a new file belongs comes first there; the tool asks its own place and then docker's.
        if let [_, _, _, _] = reads.files.as_slice() {
            reads.files.swap(0, 1);
            reads.files.swap(1, 2);
        }
    }
    let mut files = Vec::new();
    for file in reads.as_ref().map_or(&[][..], |reads| &reads.files) {
        files.extend(look_behind(context, container, file, documents));
    }
    Tool { builder, reads, files }
}

/// What is known of a file; `None` when nothing is mounted there.
#[inline(never)]
fn look_behind<'d>(
    context: &Context<'d>,
    container: Container<'d>,
    file: &str,
    documents: &mut Documents,
) -> Option<File<'d>> {
    let of = |provider, source: &str, place, state| {
        let mut tried = Tried::new(provider, source, place, state);
        tried.candidate.file = file.to_owned();
        File { tried, document: None, missing: false }
    };
    let (source, key) = match shown::shown(context, container, file) {
        Shown::Unmounted | Shown::Nothing => return None,
        Shown::Host => return Some(of(Provider::Node, "", None, State::Unknown)),
        Shown::Other => return Some(of(Provider::Elsewhere, "", None, State::Unknown)),
        Shown::ConfigMap(name) => return Some(of(Provider::ConfigMapVolume, name, None, State::Unknown)),
        Shown::Secret(source, key) => (source, key),
    };
    let seen = context.secret(source.name());
    let mut found = of(Provider::SecretVolume, source.name(), Some(source.node()), State::Unknown);
    if let Some(state) = unread(&seen) {
        found.missing = state == State::Absent;
        found.tried.sure = !(found.missing && is_optional(source));
        found.tried.candidate.state = state;
        return Some(found);
    }
    let crate::cluster::Seen::Found(secret) = seen else { return Some(found) };
    found.tried.times = secret.times;
    if secret.data.is_none() {
        return Some(found);
    }
    if secret.value(&key).is_none() {
        // A key that `items` name must be there, or the Pod does not start.
        found.tried.sure = source.items().is_some() && !is_optional(source);
        found.tried.candidate.state = State::NoKey(key);
        found.missing = true;
        return Some(found);
    }
    let known = documents.iter().position(|(known, name)| Rc::ptr_eq(known, &secret) && *name == key);
    found.document = known.or_else(|| {
        (documents.len() < DOCUMENTS).then(|| {
            documents.push((secret, key));
            documents.len() - 1
        })
    });
    Some(found)
}

#[inline(never)]
fn judge<'d>(
    context: &Context<'d>,
    access: &Access<'_, 'd>,
    job: &Job<'_, 'd>,
    tool: &Tool<'d>,
    readers: &[Result<Reader<'_>, &State>],
) -> Push<'d> {
    let target = Target::of(job.push);
    let lookup = tool.builder.map(|builder| builder.lookup);
    let mut push = Push {
        container: job.container,
        place: job.push.node,
        tool: job.push.tool,
        destination: job.push.image.clone(),
        registry: target.as_ref().map(|target| target.host().to_owned()).unwrap_or_default(),
        lookup,
        sure: job.push.sure && tool.reads.as_ref().is_some_and(|reads| reads.sure),
        needs: false,
        files: tool.reads.as_ref().map(|reads| reads.files.clone()).unwrap_or_default(),
        tried: Vec::new(),
        verdict: Verdict::Unknown,
    };
    let Some(target) = target else { return push };
    if let (Some(lookup), Some(_)) = (lookup, &tool.reads) {
        for file in &tool.files {
            let mut tried = file.tried.clone();
            let mut rival = None;
            match file.document.and_then(|at| readers.get(at)) {
                Some(Ok(reader)) => rival = fill(&mut tried, lookup, &reader.look(lookup, &target), &target),
                Some(Err(state)) => tried.candidate.state = (*state).clone(),
                None => {}
            }
            let state = tried.candidate.state.clone();
            push.tried.push(tried);
            push.tried.extend(rival);
            // docker and its keychain read the first file that is there; containers/image goes on until it finds something.
            let next = match state {
                State::NoEntry | State::KeyNotUnderstood(_) | State::Empty => {
                    lookup == Lookup::Containers
                        || tool.builder.is_some_and(|builder| builder.home_too_before.is_some())
                }
                _ => file.missing,
            };
            if !next {
                break;
            }
        }
    }
    let besides = access.besides(job.container, tool.reads.as_ref(), target.host());
    let elsewhere = if tool.reads.is_none() { Some(besides.unwrap_or(Provider::Elsewhere)) } else { besides };
    if let Some(provider) = elsewhere {
        push.tried.push(Tried::new(provider, "", None, State::Unknown));
    }
    let entry = image::parse(&job.push.image).named().and_then(|image| context.facts.registry(&image));
    push.needs = entry.is_some_and(|entry| entry.push_secret.is_some()) || root_users::is_provider(target.host());
    let open = access::is_open(target.host())
        || entry.is_some_and(|entry| entry.plain_http || entry.pull.is_some_and(|pull| pull.anonymous));
    push.verdict = verdict(&push.tried, open && !push.needs);
    push
}

/// What a look found, as a candidate; the answer is another one that it pushes aside.
#[inline(never)]
fn fill<'d>(tried: &mut Tried<'d>, lookup: Lookup, look: &Look<'_>, target: &Target) -> Option<Tried<'d>> {
    let write = || key_to_write(lookup, target.host()).to_owned();
    let candidate = &mut tried.candidate;
    candidate.state = match look {
        Look::Entry { key, entry, rival } => {
            candidate.key = shown_key(key).to_owned();
            let (placeholder, sure) = stands_in(&entry.credentials);
            let token = entry.identity_token.expose();
            tried.notes = Notes::of(&entry.credentials);
            tried.notes.token = tried.notes.token.or_else(|| Token::of(b"", token));
            if entry.is_empty() {
                State::Empty
            } else if placeholder && token.is_empty() {
                tried.sure = sure;
                State::Empty
            } else {
                candidate.state = State::Used;
                let mut other = tried.clone();
                other.candidate.state = State::Shadowed;
                other.candidate.key = shown_key(rival.as_ref()?).to_owned();
                other.notes = Notes::default();
                return Some(other);
            }
        }
        Look::NotUnderstood(key) => {
            candidate.key = shown_key(key).to_owned();
            State::KeyNotUnderstood(write())
        }
        Look::NoEntry => State::NoEntry,
        Look::Refused(reason) => State::Malformed(fault(*reason).to_owned()),
        Look::Helper | Look::Unknown => State::Unknown,
    };
    None
}

/// `open`: the registry may well take images from anybody.
#[inline(never)]
fn verdict(tried: &[Tried<'_>], open: bool) -> Verdict {
    let any = |fits: &dyn Fn(&State) -> bool| tried.iter().any(|tried| fits(&tried.candidate.state));
    if any(&|state| *state == State::Used) {
        Verdict::Credential
    } else if any(&|state| *state == State::Unknown) {
        Verdict::Unknown
    } else if any(&|state| matches!(state, State::Malformed(_))) {
        Verdict::Refused
    } else if open {
        Verdict::NotNeeded
    } else {
        Verdict::Anonymous
    }
}
