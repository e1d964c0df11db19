//! The Pods of a request one by one, for whoever wants to know more about them than findings: wherever they lie, and
//! also those that an engine will make of descriptions.

use std::cell::Cell;

use crate::cluster::{Cluster, Listed, Memo};
use crate::finding::{Finding, Findings};
use crate::json::{Document, Node, Pointers};
use crate::kinds;
use crate::policy::{Policy, read_settings};
use crate::request::Request;
use crate::text;
use crate::view::PodView;

use super::judge::Target;

/// The place in the object that a place of a sketch was taken from.
type Back<'p> = &'p dyn Fn(&str) -> Option<String>;
/// Takes one Pod, or ends the walk.
type Visit<'v, S> = dyn FnMut(PodCase<'_, S>) -> Result<(), String> + 'v;

/// One Pod and what belongs to it.
pub struct PodCase<'p, S> {
    /// Everything that the user set.
    pub settings: &'p S,
    /// Who asks for what.
    pub request: Request<'p>,
    /// The Pod, or the sketch of one.
    pub pod: PodView<'p>,
    /// Who answers questions.
    pub cluster: &'p dyn Cluster,
    /// JSON pointer in the object: to the Pod, or to the description that it was sketched from.
    pub at: &'p str,
    pointers: Cell<Pointers<'p>>,
    /// The way back from a sketch.
    back: Option<Back<'p>>,
}

impl<S> std::fmt::Debug for PodCase<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PodCase({})", self.at)
    }
}

impl<'p, S> PodCase<'p, S> {
    /// The JSON pointer, in the object, of a value that the Pod's view gave; where a sketch made it up, that of the
    /// description.
    pub fn pointer(&self, node: Node<'p>) -> String {
        let mut pointers = self.pointers.get();
        let at = pointers.to(node);
        self.pointers.set(pointers);
        match self.back {
            Some(back) => back(&at).unwrap_or_else(|| self.at.to_owned()),
            None => at,
        }
    }
}

/// Visits every Pod of a payload as for [`evaluate`](super::evaluate), whether the policy is for it or not. What is no
/// Pod and describes none has none.
///
/// # Errors
/// What of the payload, the settings or the object cannot be read.
pub fn each_pod<P: Policy>(
    payload: &[u8],
    cluster: &dyn Cluster,
    visit: &mut Visit<'_, P::Settings>,
) -> Result<(), String> {
    let document = Document::parse(payload).map_err(|error| error.line())?;
    let root = document.root();
    let request = Request::of_payload(root).ok_or("there is no request")?;
    let empty = Document::parse(b"{}").map_err(|error| error.line())?;
    let settings = root.get("settings").unwrap_or(empty.root());
    let settings = read_settings::<P>(settings).map_err(|mistakes| mistakes.joined("; "))?;
    let listed = if cluster.is_none() { root.get("cluster").map(Listed) } else { None };
    let memo = Memo::new(listed.as_ref().map_or(cluster, |listed| listed));
    let kind = request.kind().ok_or("the request does not say of which kind its object is")?;
    let object = request.object().ok_or("the request has no object")?;
    let shared = Shared { settings: &settings, request, cluster: &memo };
    let mut out = Findings::new(object);
    match Target::of(kind) {
        Some(Target::Pod(path)) => {
            let pod = PodView::read(object, path, &mut out);
            let at = pod.map(|pod| out.pointer(pod.holder())).unwrap_or_default();
            readable(out.into_list())?;
            if let Some(pod) = pod {
                visit(shared.case(pod, &at, object, None))?;
            }
        }
        Some(Target::Described(kind)) => {
            let places = kinds::places(object, kind, &mut out);
            let pointers: Vec<String> = places.iter().map(|place| out.pointer(place.node)).collect();
            readable(out.into_list())?;
            let mut left = kinds::MAX_SHARED;
            for (place, at) in places.into_iter().zip(&pointers) {
                let Some(sketch) = kinds::sketch(object, place, left) else { continue };
                let (text, origins, still) = sketch.finish();
                left = still;
                if still == 0 {
                    return Err(text::concat(&[at, ": the Pods from here on share too much text to be looked at"]));
                }
                let unreadable = || text::concat(&[at, ": this cannot be read as a description of a Pod"]);
                let document = kinds::read(&text).map_err(|_| unreadable())?;
                let mut out = Findings::new(document.root());
                let pod = PodView::read(document.root(), kinds::POD, &mut out);
                let mut found = out.into_list();
                for finding in &mut found {
                    finding.pointer = origins.of(&finding.pointer).unwrap_or_else(|| at.clone());
                }
                readable(found)?;
                if let Some(pod) = pod {
                    let back = |pointer: &str| origins.of(pointer);
                    visit(shared.case(pod, at, document.root(), Some(&back)))?;
                }
            }
        }
        Some(Target::Object(_)) | None => {}
    }
    Ok(())
}

/// What all Pods of a request share.
struct Shared<'r, S> {
    settings: &'r S,
    request: Request<'r>,
    cluster: &'r dyn Cluster,
}

impl<'r, S> Shared<'r, S> {
    fn case<'p>(&'p self, pod: PodView<'p>, at: &'p str, base: Node<'p>, back: Option<Back<'p>>) -> PodCase<'p, S>
    where
        'r: 'p,
    {
        let Shared { settings, request, cluster } = *self;
        PodCase { settings, request, pod, cluster, at, pointers: Cell::new(Pointers::new(base)), back }
    }
}

/// The first thing that cannot be read.
fn readable(findings: Vec<Finding>) -> Result<(), String> {
    match findings.first() {
        Some(finding) => Err(text::concat(&[&finding.pointer, ": ", &finding.message])),
        None => Ok(()),
    }
}
