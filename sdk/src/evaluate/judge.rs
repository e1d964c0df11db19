//! One object judged: the Pod in it, the Pods that it describes, or itself.

use std::cmp::Ordering;

use super::{Known, keep};
use crate::cluster::Cluster;
use crate::exception::{self, Subject};
use crate::finding::{Finding, Findings};
use crate::json::Node;
use crate::kinds;
use crate::object::{Object, ObjectKind};
use crate::order::order;
use crate::policy::Policy;
use crate::request::{GroupKind, Request};
use crate::view::{PodView, path_to_pod};

/// What in an object is judged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// The Pod at this path.
    Pod(&'static [&'static str]),
    /// Pods that an engine will make of what stands in the object.
    Described(&'static kinds::Known),
    /// The object itself.
    Object(ObjectKind),
}

impl Target {
    pub(super) fn of(kind: GroupKind<'_>) -> Option<Self> {
        if let Some(path) = path_to_pod(kind) {
            return Some(Target::Pod(path));
        }
        ObjectKind::of(kind).map(Target::Object).or_else(|| kinds::of(kind).map(Target::Described))
    }

    /// Is the object the Pod itself?
    pub(super) fn is_pod(self) -> bool {
        matches!(self, Target::Pod(path) if path.is_empty())
    }

    /// Is everything that rules read the same in both?
    pub(super) fn unchanged(self, old: Node<'_>, new: Node<'_>) -> bool {
        let same = |keys: &[&str]| old.get_path(keys).map(Node::raw) == new.get_path(keys).map(Node::raw);
        match self {
            Target::Pod(path) => same(path),
            Target::Described(_) => same(&["spec"]),
            Target::Object(kind) => kind.fields().iter().all(|field| same(&[field])),
        }
    }
}

/// The findings on one object; `None` when the policy is not for it.
pub(super) fn judge_object<'d, P: Policy>(
    settings: &'d P::Settings,
    request: Request<'d>,
    object: Node<'d>,
    target: Target,
    cluster: &'d dyn Cluster,
) -> Option<Vec<Finding>> {
    let mut out = Findings::new(object);
    let mut holder = object;
    let mut described = Vec::new();
    let mut shared = None;
    match target {
        Target::Pod(path) => {
            if let Some(pod) = PodView::read(object, path, &mut out) {
                if pod.is_mirror() || !P::concerns(settings, request, pod) {
                    return None;
                }
                holder = pod.holder();
                P::judge(settings, request, pod, cluster, &mut out);
            }
        }
        Target::Described(kind) => {
            let places = kinds::places(object, kind, &mut out);
            shared = kinds::shared_pulls(object, &places);
            let mut concerned = places.is_empty();
            let mut left = kinds::MAX_SHARED;
            for place in places {
                concerned |=
                    judge_described::<P>(settings, request, object, place, cluster, (&mut left, &mut described));
                if left == 0 {
                    kinds::too_much(place, &mut out);
                    break;
                }
            }
            if !concerned {
                return None;
            }
        }
        Target::Object(kind) => {
            if let Some(object) = Object::read(object, kind, &mut out) {
                if !P::concerns_object(settings, request, object) {
                    return None;
                }
                P::judge_object(settings, request, object, cluster, &mut out);
            }
        }
    }
    let mut findings = out.into_list();
    if !described.is_empty() {
        findings.append(&mut described);
        findings = without_repetition(findings, shared);
    }
    let exceptions = P::exceptions(settings);
    if !exceptions.is_empty() && !findings.is_empty() {
        exception::apply(exceptions, &Subject { request, object, holder }, &mut findings);
    }
    Some(findings)
}

/// Judges the Pod that an engine would make of a description. `false` when the policy is not for it.
fn judge_described<'d, P: Policy>(
    settings: &P::Settings,
    request: Request<'_>,
    object: Node<'d>,
    place: kinds::Place<'d>,
    cluster: &dyn Cluster,
    (left, found): (&mut usize, &mut Vec<Finding>),
) -> bool {
    let Some(sketch) = kinds::sketch(object, place, *left) else {
        return true;
    };
    let (text, origins, still) = sketch.finish();
    *left = still;
    if still == 0 {
        return true;
    }
    let Ok(document) = kinds::read(&text) else {
        let mut out = Findings::new(object);
        out.report(place.node, "this cannot be read as a description of a Pod", crate::view::SEND_WHOLE);
        found.append(&mut out.into_list());
        return true;
    };
    let mut out = Findings::new(document.root());
    if let Some(pod) = PodView::read(document.root(), kinds::POD, &mut out) {
        if !P::concerns(settings, request, pod) {
            return false;
        }
        P::judge(settings, request, pod, cluster, &mut out);
    }
    found.append(&mut kinds::carry_back(out.into_list(), &origins, document.root(), object));
    true
}

/// What lies beside several descriptions is judged with each of them and told once. An entry of their common list of pull
/// secrets (`shared`: where it lies, and how many there are) is wrong only if it is for all of them: one Pod may need
/// what another does not.
fn without_repetition(findings: Vec<Finding>, shared: Option<(String, usize)>) -> Vec<Finding> {
    let compare = |a: usize, b: usize| match (findings.get(a), findings.get(b)) {
        (Some(x), Some(y)) => Known::compare(x, y).then(a.cmp(&b)),
        _ => Ordering::Equal,
    };
    let mut drop = vec![false; findings.len()];
    let one_of =
        |finding: &Finding| shared.as_ref().is_some_and(|(list, _)| finding.pointer.starts_with(list.as_str()));
    let needed = shared.as_ref().map_or(0, |(_, count)| *count);
    let mut group: Vec<usize> = Vec::new();
    let mut sorted = order(findings.len(), &compare).into_iter();
    loop {
        let next = sorted.next();
        let finding = next.and_then(|at| findings.get(at));
        let first = group.first().and_then(|first| findings.get(*first));
        if !first.zip(finding).is_some_and(|(first, finding)| first.same(finding)) {
            let wrong = first.is_none_or(|first| group.len() >= needed || !one_of(first));
            for at in group.drain(..).skip(usize::from(wrong)) {
                if let Some(drop) = drop.get_mut(at) {
                    *drop = true;
                }
            }
        }
        match next {
            Some(at) => group.push(at),
            None => break,
        }
    }
    let mut out = findings;
    keep(&mut out, &|at, _| drop.get(at) == Some(&false));
    out
}
