//! Reads a map with known keys: one loop for all types of settings, which hand in where each value goes.

use super::{Decode, Mistakes, Path, Shape, did_you_mean, wrong_type};
use crate::json::{Kind, Node};
use crate::text;

/// Starts a record: its node must be a map with known keys only.
pub fn record(node: Node<'_>, keys: &'static [Key], path: &Path<'_>, mistakes: &mut Mistakes) -> bool {
    if node.kind() != Kind::Object {
        wrong_type(&Shape::Record(&[]), node, path, mistakes);
        return false;
    }
    for (key, _) in node.members() {
        if !keys.iter().any(|known| known.name == key) {
            unknown_key(key, keys, path, mistakes);
        }
    }
    true
}

/// What reading needs to know of a key. Apart from [`Field`](super::Field), so that a guest carries the documentation of those keys
/// only that its catalogue prints.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As written in settings.
    pub name: &'static str,
    /// It has no default.
    pub required: bool,
}

/// Adds the mistake about a key that is not known, with the nearest known one.
fn unknown_key(key: &str, known: &[Key], path: &Path<'_>, mistakes: &mut Mistakes) {
    let mut what = String::from("unknown key");
    let mut rest = known.iter();
    if let Some(nearest) = text::nearest(key, &mut || Some(rest.next()?.name)) {
        did_you_mean(&mut what, nearest);
    } else {
        what.push_str("; known are ");
        for (i, key) in known.iter().enumerate() {
            text::append(&mut what, &[if i > 0 { ", " } else { "" }, key.name]);
        }
    }
    mistakes.add(&path.key(key), &what);
}

/// Where the value of one key goes. Behind a vtable, so that the loop over the keys of a record is compiled once for all
/// records and not for each type of each key.
pub trait Slot {
    /// Reads the value; `false` when it is wrong, which is then a mistake.
    fn read(&mut self, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> bool;
}

/// The slot holds the default until then. One of a key without a default is an `Option`.
impl<T: Decode> Slot for T {
    fn read(&mut self, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> bool {
        self.decode_over(node, path, mistakes)
    }
}

/// Reads the keys of a record into their slots; a slot whose key is absent stays as it is. Every key is read before
/// anything is given up, so that every mistake is reported. `false` when a value is wrong or missing.
#[inline(never)]
pub fn members(
    node: Node<'_>,
    keys: &'static [Key],
    path: &Path<'_>,
    mistakes: &mut Mistakes,
    slots: &mut [&mut dyn Slot],
) -> bool {
    let mut sound = true;
    for (key, slot) in keys.iter().zip(slots) {
        let path = path.key(key.name);
        if let Some(value) = node.get(key.name) {
            sound &= slot.read(value, &path, mistakes);
        } else if key.required {
            mistakes.add(&path, "is required");
            sound = false;
        }
    }
    sound
}
