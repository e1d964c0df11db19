//! Mends that go into maps that are not there yet: all that go into one such map become one.

use crate::edit::{self, Change, Edit};
use crate::json::{Document, Node, Places};
use crate::pointer;

/// Maps that are made, and different edits that go into one; more are left to the person.
const MAX: usize = 64;

/// A map that the object lacks.
struct Made {
    place: String,
    text: String,
    known: Vec<Edit>,
}

/// Edits that go into the same missing map become the same edit, which adds that map with all of them in it.
#[inline(never)]
pub(crate) fn make(object: Node<'_>, edits: &mut [Edit]) {
    let mut places = Places::new(object);
    let mut made: Vec<Made> = Vec::new();
    let mut into: Vec<(usize, usize)> = Vec::new();
    for (at, edit) in edits.iter().enumerate() {
        let Some(place) = missing(&mut places, &edit.pointer) else { continue };
        let below = edit.pointer.get(place.len()..).unwrap_or_default().to_owned();
        let change = match &edit.change {
            // Another value there is a conflict.
            Change::Set(value) => Change::Add(value.clone()),
            change => change.clone(),
        };
        let inner = Edit { pointer: below, change };
        let group = made.iter().position(|made| made.place == place).unwrap_or(made.len());
        if group == made.len() {
            if group == MAX {
                continue;
            }
            made.push(Made { place, text: "{}".to_owned(), known: Vec::new() });
        }
        let Some(map) = made.get_mut(group) else { continue };
        if !map.known.contains(&inner) {
            let Some(text) = (map.known.len() < MAX).then(|| with(&map.text, &inner)).flatten() else { continue };
            map.text = text;
            map.known.push(inner);
        }
        into.push((at, group));
    }
    for (at, group) in into {
        if let (Some(edit), Some(made)) = (edits.get_mut(at), made.get(group)) {
            *edit = Edit::add(made.place.as_str(), made.text.as_str());
        }
    }
}

/// The outermost map on the way to a place that is not there; `None`: all are.
fn missing(places: &mut Places<'_>, pointer: &str) -> Option<String> {
    let mut found = None;
    let mut above = pointer::split(pointer)?.0;
    while places.at(above).is_none() {
        found = Some(above);
        above = pointer::split(above)?.0;
    }
    found.map(str::to_owned)
}

/// The map with an edit done, and the maps on the way to it.
fn with(text: &str, edit: &Edit) -> Option<String> {
    let mut text = text.to_owned();
    // No kind has its maps deeper.
    for _ in 0..8 {
        let document = Document::parse(text.as_bytes()).ok()?;
        let step = match missing(&mut Places::new(document.root()), &edit.pointer) {
            Some(place) => Edit::add(place, "{}"),
            None => return Some(edit::apply(document.root(), std::slice::from_ref(edit)).ok()?.text),
        };
        text = edit::apply(document.root(), &[step]).ok()?.text;
    }
    None
}
