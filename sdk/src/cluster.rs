//! The port through which policies ask a cluster about Secrets and ServiceAccounts; faces, hosts and tests supply it.
//!
//! A question names one object, never a list of them. Nothing here prints what an answer holds.

use std::any::Any;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use crate::object::ObjectKind;
use crate::text;

mod manifests;
mod memo;
#[cfg(test)]
mod tests;

pub use manifests::{InMemory, Listed, ManifestError};
pub use memo::{ANSWER, LOOK, Memo, QUESTIONS};

/// How much of a Secret is asked for. A ServiceAccount holds nothing secret, and whatever the depth is answered whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Whether it is there, and its `type`; hosts leave `data` out.
    Names,
    /// Its `data` too.
    Contents,
}

/// One object that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'q> {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its namespace.
    pub namespace: &'q str,
    /// Its name.
    pub name: &'q str,
    /// How much of it is wanted.
    pub depth: Depth,
}

/// What the cluster said. A rule never guesses in place of an answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is there.
    Found(Held),
    /// It is not there.
    Absent,
    /// The policy may not ask this.
    NotAllowed,
    /// Nobody answered: no cluster, a failure, a time-out.
    Unavailable,
}

/// An object as JSON text, cheap to clone. Its text may hold credentials and is not printed by anything.
#[derive(Clone)]
pub struct Held(Rc<Inner>);

struct Inner {
    text: String,
    made: OnceCell<Rc<dyn Any>>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl Held {
    /// Holds an object.
    pub fn new(text: String) -> Self {
        Held(Rc::new(Inner { text, made: OnceCell::new() }))
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What is made of the text, kept beside it: however many Pods of one request ask about an object, it is read once.
    /// One policy makes one thing of each object; another type is made anew every time.
    pub fn made<T: 'static>(&self, make: &dyn Fn(&str) -> T) -> Rc<T> {
        let made = self.0.made.get_or_init(|| Rc::new(make(&self.0.text)));
        Rc::clone(made).downcast().unwrap_or_else(|_| Rc::new(make(&self.0.text)))
    }
}

/// Who answers.
pub trait Cluster {
    /// One object.
    fn get(&self, question: &Question<'_>) -> Answer;

    /// Do the objects answer that the payload itself brings along? Only where there is no host to ask.
    fn is_none(&self) -> bool {
        false
    }
}

/// No cluster: the objects in the member `cluster` of the payload answer, and without it nobody does.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCluster;

impl Cluster for NoCluster {
    fn get(&self, _: &Question<'_>) -> Answer {
        Answer::Unavailable
    }

    fn is_none(&self) -> bool {
        true
    }
}

/// What a host's refusal means. Kubewarden's host passes on errors as text only: its own ones, and those of the API server
/// as the `kube` crate prints them. No text of these is repeated to anybody, for it may hold anything.
///
/// The names in them cannot mislead: none that an object can have holds a blank, a quote or a capital.
#[inline(never)]
pub fn refusal(error: &str) -> Answer {
    // The API server's own words for 404, and the host's for an object that it did not get.
    const ABSENT: &[&str] = &["Cannot find v1/Secret named", "Cannot find v1/ServiceAccount named", "\" not found"];
    // No capability, no context-aware resource, no RBAC.
    const NOT_ALLOWED: &[&str] = &["has not been granted access", " is forbidden: ", "reason: \"Forbidden\""];
    let says = |signs: &[&str]| {
        for sign in signs {
            if text::contains(error, sign) {
                return true;
            }
        }
        false
    };
    if says(NOT_ALLOWED) {
        Answer::NotAllowed
    } else if says(ABSENT) {
        Answer::Absent
    } else {
        Answer::Unavailable
    }
}
