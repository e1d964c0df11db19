//! One evaluation: findings on the object as it came, mends, findings on the mended object, verdict.

use std::cmp::Ordering;

use crate::cluster::{Cluster, Listed, Memo};
use crate::edit::{self, Applied, Edit, Operation};
use crate::finding::Finding;
use crate::json::{Document, Kind, Node};
use crate::kinds;
use crate::order::order;
use crate::policy::{Policy, read_settings};
use crate::request::Request;
use crate::rule::{MEND_CONFLICT, UNREADABLE};
use crate::settings::Level;
use crate::verdict::Verdict;
use crate::{pointer, text};

mod judge;
mod pods;
#[cfg(test)]
mod tests;

use judge::{Target, judge_object};
pub use pods::{PodCase, each_pod};

/// Everything that is known after one evaluation.
#[derive(Debug)]
pub struct Evaluation {
    /// The answer.
    pub verdict: Verdict,
    /// What led to it.
    pub findings: Vec<Finding>,
    /// The mends as RFC 6902 operations on the object.
    pub patch: Vec<Operation>,
}

impl Evaluation {
    fn accept() -> Self {
        Evaluation { verdict: Verdict::accept(), findings: Vec::new(), patch: Vec::new() }
    }

    fn of(findings: Vec<Finding>, applied: Option<Applied>) -> Self {
        let (mutated, patch) = applied.map_or((None, Vec::new()), |applied| (Some(applied.text), applied.patch));
        Evaluation { verdict: Verdict::of(&findings, mutated), findings, patch }
    }

    /// Fail closed: what cannot be read is not let in.
    fn unreadable(message: String, remedy: &str) -> Self {
        let finding = Finding {
            rule: UNREADABLE.id,
            level: Level::Enforce,
            pointer: String::new(),
            container: None,
            message,
            remedy: remedy.to_owned(),
            mended: false,
            exempt: None,
            edits: Vec::new(),
            lasting: false,
        };
        Self::of(vec![finding], None)
    }
}

/// Evaluates `{"request": …, "settings": …}`. A member `now` (seconds since 1970, or as Kubernetes writes times) tells the time, which
/// nothing in a guest can. Where there is no cluster to ask, another may stand in for one: `"cluster": [<Secret or ServiceAccount>, …]`.
pub fn evaluate<P: Policy>(payload: &[u8], cluster: &dyn Cluster) -> Evaluation {
    const REMEDY: &str = "send `{\"request\": <AdmissionRequest>, \"settings\": {…}}`";
    let document = match Document::parse(payload) {
        Ok(document) => document,
        Err(error) => {
            let message = text::concat(&["the request cannot be read: ", &error.line()]);
            return Evaluation::unreadable(message, REMEDY);
        }
    };
    let root = document.root();
    let Some(request) = Request::of_payload(root) else {
        return Evaluation::unreadable("there is no request".to_owned(), REMEDY);
    };
    let listed = if cluster.is_none() { root.get("cluster").map(Listed) } else { None };
    let memo = Memo::new(listed.as_ref().map_or(cluster, |listed| listed));
    let empty = Document::parse(b"{}");
    let settings = root.get("settings").or_else(|| empty.as_ref().ok().map(Document::root));
    match settings.map(read_settings::<P>) {
        Some(Ok(settings)) => judge_request::<P>(&settings, request, &memo),
        Some(Err(mistakes)) => {
            let mut verdict =
                Verdict::reject(String::from("the settings of the policy are wrong, so nothing can be judged: "));
            if let Some(message) = &mut verdict.message {
                message.push_str(&mistakes.joined("; "));
            }
            Evaluation { verdict, findings: Vec::new(), patch: Vec::new() }
        }
        None => Evaluation::unreadable("there are no settings".to_owned(), REMEDY),
    }
}

fn judge_request<P: Policy>(settings: &P::Settings, request: Request<'_>, cluster: &Memo<'_>) -> Evaluation {
    // Nothing comes in by these, and by other sub-resources no Pod's containers change.
    if matches!(request.operation(), "DELETE" | "CONNECT")
        || !matches!(request.sub_resource(), "" | "ephemeralcontainers")
    {
        return Evaluation::accept();
    }
    let Some(kind) = request.kind() else {
        return Evaluation::unreadable(
            "the request does not say of which kind its object is".to_owned(),
            "send a whole AdmissionRequest",
        );
    };
    let Some(target) = Target::of(kind) else {
        return Evaluation::accept();
    };
    let Some(object) = request.object() else {
        return Evaluation::unreadable("the request has no object".to_owned(), "send a whole AdmissionRequest");
    };
    let old = if request.operation() == "UPDATE" { request.old_object() } else { None };
    // Whoever takes off the last finalizer of a bad object must not be stopped: it would stay for ever.
    if old.is_some() && object.get_path(&["metadata", "deletionTimestamp"]).is_some() {
        return Evaluation::accept();
    }
    let Some(mut findings) = judge_object::<P>(settings, request, object, target, cluster) else {
        return Evaluation::accept();
    };

    // The spec of a Pod cannot change once it is stored (kubernetes pkg/apis/core/validation, ValidatePodUpdate), and
    // whoever only scales or annotates a workload neither brought its mistakes nor wants a roll-out.
    let stored_pod = target.is_pod() && request.operation() == "UPDATE";
    let settled = old.is_some_and(|old| stored_pod || target.unchanged(old, object));
    if let Some(old) = old.filter(|_| settled) {
        cluster.again();
        let before = judge_object::<P>(settings, request, old, target, cluster).unwrap_or_default();
        let known = Known::new(&before);
        let same = |pointer: &str| old.at(pointer).map(Node::raw) == object.at(pointer).map(Node::raw);
        keep(&mut findings, &|_, finding| !(known.has(finding) && same(&finding.pointer)));
    }
    let readable = findings.iter().all(|finding| finding.rule != UNREADABLE.id);
    if !readable || stored_pod || settled || !request.sub_resource().is_empty() || !P::mutates(settings) {
        return Evaluation::of(findings, None);
    }
    let Some(applied) = apply_mends(object, target, &mut findings) else {
        return Evaluation::of(findings, None);
    };
    let mended = Document::parse(applied.text.as_bytes());
    let after = mended.as_ref().ok();
    cluster.again();
    let after = after.and_then(|document| judge_object::<P>(settings, request, document.root(), target, cluster));
    match after {
        Some(mut after) => {
            place_back(object, &applied.patch, &mut after);
            Evaluation::of(compare(findings, after), Some(applied))
        }
        // A mend that breaks the object or takes it out of the policy's sight is our fault; leave the object alone.
        None => Evaluation::of(findings, None),
    }
}

/// Keeps the findings for which `wanted` says so.
#[inline(never)]
fn keep(findings: &mut Vec<Finding>, wanted: &dyn Fn(usize, &Finding) -> bool) {
    let mut at = 0;
    findings.retain(|finding| {
        at += 1;
        wanted(at - 1, finding)
    });
}

/// Findings to look up by what they say.
struct Known<'f>(Vec<&'f Finding>);

impl<'f> Known<'f> {
    fn new(findings: &'f [Finding]) -> Self {
        let compare = |a: usize, b: usize| match (findings.get(a), findings.get(b)) {
            (Some(a), Some(b)) => Self::compare(a, b),
            _ => Ordering::Equal,
        };
        let mut sorted = Vec::with_capacity(findings.len());
        for &i in &order(findings.len(), &compare) {
            if let Some(finding) = findings.get(i) {
                sorted.push(finding);
            }
        }
        Known(sorted)
    }

    fn compare(a: &Finding, b: &Finding) -> Ordering {
        let by_rule = a.rule.cmp(b.rule).then_with(|| a.pointer.cmp(&b.pointer));
        by_rule.then_with(|| a.message.cmp(&b.message))
    }

    fn has(&self, finding: &Finding) -> bool {
        self.0.binary_search_by(|known| Self::compare(known, finding)).is_ok()
    }
}

/// Applies the edits of all findings. Where some disagree, the findings that they belong to stay unmended and the
/// disagreement is reported. `None` when nothing changes.
fn apply_mends(object: Node<'_>, target: Target, findings: &mut Vec<Finding>) -> Option<Applied> {
    loop {
        let mut owners: Vec<usize> = Vec::new();
        let mut edits: Vec<Edit> = Vec::new();
        for (i, finding) in findings.iter().enumerate() {
            for edit in &finding.edits {
                owners.push(i);
                edits.push(edit.clone());
            }
        }
        if edits.is_empty() {
            return None;
        }
        if matches!(target, Target::Described(_)) {
            kinds::make(object, &mut edits);
        }
        let conflicts = match edit::apply(object, &edits) {
            Ok(applied) => return (!applied.patch.is_empty()).then_some(applied),
            Err(conflicts) => conflicts,
        };
        for conflict in &conflicts {
            let mut rules = Vec::new();
            let mut give_up = |edit: usize| {
                if let Some(finding) = owners.get(edit).and_then(|owner| findings.get_mut(*owner)) {
                    finding.edits.clear();
                    if !rules.contains(&finding.rule) {
                        rules.push(finding.rule);
                    }
                }
            };
            give_up(conflict.edit);
            if let Some(other) = conflict.with {
                give_up(other);
            }
            let pointer = edits.get(conflict.edit).map(|edit| edit.pointer.clone()).unwrap_or_default();
            // Owners are indices of what was there before, so the list may grow meanwhile.
            findings.push(conflict_finding(pointer, &rules));
        }
    }
}

fn conflict_finding(pointer: String, rules: &[&'static str]) -> Finding {
    let mut names = String::new();
    for rule in rules {
        if !names.is_empty() {
            names.push_str(" and ");
        }
        names.push_str(rule);
    }
    Finding {
        rule: MEND_CONFLICT.id,
        level: Level::Warn,
        pointer,
        container: None,
        message: text::concat(&["the mends of ", &names, " cannot be made together here"]),
        remedy: "mend the findings of these rules by hand".to_owned(),
        mended: false,
        exempt: None,
        edits: Vec::new(),
        lasting: false,
    }
}

/// Pointers in the mended object as they would be in the one that came: behind a removed element of a list every other
/// has moved forward.
#[inline(never)]
fn place_back(object: Node<'_>, patch: &[Operation], findings: &mut [Finding]) {
    // Removals come from the back; undone from the front each one sees the indices that it left.
    for operation in patch.iter().rev().filter(|operation| operation.op == "remove") {
        let Some((list, last)) = pointer::split(&operation.path) else { continue };
        let Some(removed) =
            pointer::index(last).filter(|_| object.at(list).is_some_and(|list| list.kind() == Kind::Array))
        else {
            continue;
        };
        for finding in findings.iter_mut() {
            let Some(below) = finding.pointer.strip_prefix(list).and_then(|below| below.strip_prefix('/')) else {
                continue;
            };
            let (element, inner) =
                text::cut(below, b'/').map_or((below, None), |(element, inner)| (element, Some(inner)));
            if let Some(index) = pointer::index(element).filter(|index| *index >= removed) {
                let mut moved = list.to_owned();
                pointer::push_index(&mut moved, index + 1);
                if let Some(inner) = inner {
                    text::append(&mut moved, &["/", inner]);
                }
                finding.pointer = moved;
            }
        }
    }
}

/// Findings before and after the mends as one list: what is gone was mended; what survived its own mend rejects.
fn compare(mut before: Vec<Finding>, mut after: Vec<Finding>) -> Vec<Finding> {
    let still = Known::new(&after);
    for finding in &mut before {
        if finding.rule == MEND_CONFLICT.id {
            continue;
        }
        let stands = still.has(finding);
        finding.mended = !stands && !finding.lasting;
        if stands && !finding.edits.is_empty() {
            finding.level = Level::Enforce;
            finding.message.push_str(", and the mend of this rule did not help");
        }
    }
    let told = Known::new(&before);
    let survived = |finding: &Finding| {
        before.iter().any(|old| {
            !old.mended && !old.edits.is_empty() && old.rule == finding.rule && old.pointer == finding.pointer
        })
    };
    keep(&mut after, &|_, finding| !told.has(finding) && !survived(finding));
    before.append(&mut after);
    before
}
