//! Objects in which somebody describes Pods that an engine will make later: each such description is sketched as a Pod
//! that the rules judge, and what they say is carried back to the line that the person wrote.

use crate::finding::Findings;
use crate::json::{Kind, Node};
use crate::pointer;
use crate::shape;
use crate::text;
use crate::view::SEND_WHOLE;

mod container;
mod fields;
mod missing;
mod origin;
mod params;
mod patch;
mod place;
mod rows;
mod runner;
mod sketch;
mod table;
mod task;
#[cfg(test)]
mod tests;
mod workflow;
mod yaml;

pub(crate) use missing::make;
pub(crate) use origin::carry_back;
pub(crate) use place::Place;
#[cfg(test)]
pub(crate) use rows::judged;
pub(crate) use rows::of;
pub(crate) use sketch::{POD, Sketch, read};
pub(crate) use table::Kind as Known;

use place::MAX_UNITS;
use table::{Form, Unit};

/// Bytes that sketches of one object may share: what lies beside descriptions is written into each of them, and values of
/// parameters wherever they are referred to.
pub(crate) const MAX_SHARED: usize = 16 << 20;

/// Every description in the object, in the order of the table. What cannot be read on the way is reported.
pub(crate) fn places<'d>(object: Node<'d>, kind: &'static Known, out: &mut Findings<'d>) -> Vec<Place<'d>> {
    let mut walk = Walk { found: Vec::new(), wrong: Vec::new(), more: false };
    if object.get("spec").is_none() {
        out.report((object, "spec"), "this is missing, so there is nothing to judge", SEND_WHOLE);
    }
    if let Some(unit) = kind.units.first() {
        let mut node = object;
        for key in unit.beside.of(object).pod {
            let Some(child) = node.get(key) else { break };
            if child.kind() != Kind::Object {
                // What the units pass through as well they tell themselves.
                if unit.at.first() != Some(key) {
                    walk.wrong.push(child);
                }
                break;
            }
            node = child;
        }
    }
    for unit in kind.units {
        walk.down(object, object, unit.at, unit);
    }
    if walk.more {
        out.report((object, "spec"), "this describes more Pods than are judged, which are 2,000", SPLIT);
    }
    for node in walk.wrong {
        let message = text::concat(&["this must be a map or a list as the kind has it, not ", node.kind().word()]);
        out.report(node, message, SEND_WHOLE);
    }
    for place in &walk.found {
        shape::check(place.node, place.unit.form.shape(), out);
        if let Form::Fields(fields) = place.unit.form {
            fields::check(place.node, fields, out);
        }
    }
    walk.found
}

struct Walk<'d> {
    found: Vec<Place<'d>>,
    wrong: Vec<Node<'d>>,
    /// There are more than are judged.
    more: bool,
}

impl<'d> Walk<'d> {
    fn down(&mut self, node: Node<'d>, around: Node<'d>, path: &'static [&'static str], unit: &'static Unit) {
        match path.split_first() {
            None if self.found.len() >= MAX_UNITS => self.more = true,
            None => self.found.push(Place { node, around, unit }),
            Some((&"*", rest)) if node.kind() == Kind::Array => {
                for element in node.elements() {
                    self.down(element, node, rest, unit);
                }
            }
            Some((key, rest)) if *key != "*" && node.kind() == Kind::Object => {
                if let Some(child) = node.get(key) {
                    self.down(child, node, rest, unit);
                }
            }
            // Several units pass through one place; it is told once.
            _ if self.wrong.last() != Some(&node) => self.wrong.push(node),
            _ => {}
        }
    }
}

/// Where the list of imagePullSecrets lies that all of a kind's descriptions share, and how many of them must agree that
/// an entry of it is wrong.
pub(crate) fn shared_pulls(object: Node<'_>, places: &[Place<'_>]) -> Option<(String, usize)> {
    let beside = places.first()?.unit.beside.of(object);
    if beside.pod.is_empty() {
        return None;
    }
    let mut at = String::new();
    for key in beside.pod {
        pointer::push(&mut at, key);
    }
    at.push_str("/imagePullSecrets/");
    let mut count = 0;
    for place in places {
        match place.unit.form {
            Form::Workflow if !workflow::runs(place.node) => {}
            _ => count += 1,
        }
    }
    Some((at, count))
}

/// What to do about an object that describes too much.
const SPLIT: &str = "split the object into several";

/// Says that the descriptions of an object share more than is judged.
#[cold]
pub(crate) fn too_much<'d>(place: Place<'d>, out: &mut Findings<'d>) {
    out.report(place.node, "from here on, the Pods that this object describes share too much text to be judged", SPLIT);
}

/// The description at a place as a Pod. `left`: see [`MAX_SHARED`].
pub(crate) fn sketch<'d>(object: Node<'d>, place: Place<'d>, left: usize) -> Option<Sketch<'d>> {
    let mut sketch = Sketch::new(object, place.unit.beside, left);
    match place.unit.form {
        Form::Template => sketch.template(place.node),
        Form::Spec => sketch.spec(place.node),
        Form::Runner => runner::runner(&mut sketch, place.node),
        Form::Manager => runner::manager(&mut sketch, place.node),
        Form::Task => task::task(&mut sketch, place),
        Form::Step => task::step_action(&mut sketch, place.node),
        Form::Reference => task::reference(&mut sketch, place),
        Form::Workflow => workflow::template(&mut sketch, place.node).then_some(())?,
        Form::Fields(fields) => fields::fields(&mut sketch, place.node, fields),
    }
    if !matches!(place.unit.form, Form::Template | Form::Spec) {
        // What is said about the Pod as a whole.
        let at = sketch.pointer(place.node);
        sketch.origins.alone(sketch::SPEC.to_owned(), at);
    }
    Some(sketch)
}
