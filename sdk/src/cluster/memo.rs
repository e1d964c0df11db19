//! Asks each question once per request, and no more of them than a Pod can need.

use std::cell::Cell;

use super::{Answer, Cluster, Depth, Question};
use crate::object::ObjectKind;

/// How many different objects one request may ask for. Further ones stay unanswered.
pub const QUESTIONS: usize = 64;

/// How large an answer may be, in bytes: what a Secret may hold (1 MiB, `MaxSecretSize` of `k8s.io/api/core/v1`). A larger
/// one counts as none.
pub const ANSWER: usize = 1 << 20;

/// How much all answers of one look at an object may come to, in bytes: an object that describes a thousand Pods is not
/// to go through large Secrets a thousand times. Ten Secrets of 2 KiB serve two hundred Pods.
pub const LOOK: usize = 4 << 20;

/// A cluster whose answers are kept for one request, in which an object may be judged twice, and each Pod that it
/// describes by itself.
pub struct Memo<'c> {
    cluster: &'c dyn Cluster,
    known: Cell<Vec<Known>>,
    left: Cell<usize>,
}

struct Known {
    kind: ObjectKind,
    depth: Depth,
    namespace: String,
    name: String,
    answer: Answer,
}

impl std::fmt::Debug for Memo<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memo")
    }
}

impl<'c> Memo<'c> {
    /// Nothing is asked yet.
    pub fn new(cluster: &'c dyn Cluster) -> Self {
        Memo { cluster, known: Cell::new(Vec::new()), left: Cell::new(LOOK) }
    }

    /// Another look at the object begins, as after mends; what was answered stays.
    pub fn again(&self) {
        self.left.set(LOOK);
    }
}

impl Cluster for Memo<'_> {
    #[inline(never)]
    fn get(&self, question: &Question<'_>) -> Answer {
        let mut all = self.known.take();
        let mut answer = None;
        for known in &all {
            if known.kind == question.kind
                && known.depth == question.depth
                && known.name == question.name
                && known.namespace == question.namespace
            {
                answer = Some(known.answer.clone());
                break;
            }
        }
        let answer = answer.unwrap_or_else(|| {
            if all.len() >= QUESTIONS {
                return Answer::Unavailable;
            }
            let answer = match self.cluster.get(question) {
                Answer::Found(held) if held.text().len() > ANSWER => Answer::Unavailable,
                answer => answer,
            };
            all.push(Known {
                kind: question.kind,
                depth: question.depth,
                namespace: question.namespace.to_owned(),
                name: question.name.to_owned(),
                answer: answer.clone(),
            });
            answer
        });
        self.known.set(all);
        if let Answer::Found(held) = &answer {
            let Some(left) = self.left.get().checked_sub(held.text().len()) else { return Answer::Unavailable };
            self.left.set(left);
        }
        answer
    }
}
