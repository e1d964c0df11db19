//! One place that describes a Pod, and how lists are read there.

use crate::json::{Elements, Node};

use super::table::Unit;

/// Descriptions in one object that are judged; whoever has more has been told enough.
pub(crate) const MAX_UNITS: usize = 2_000;

/// One place in an object that describes a Pod.
#[derive(Clone, Copy)]
pub(crate) struct Place<'d> {
    /// The description.
    pub node: Node<'d>,
    /// The map around it.
    pub around: Node<'d>,
    /// What the table says about it.
    pub unit: &'static Unit,
}

/// The elements of the list under a key; none when there is no list.
#[inline(never)]
pub(crate) fn list<'d>(node: Node<'d>, key: &str) -> Elements<'d> {
    node.get(key).map_or_else(|| node.no_elements(), Node::elements)
}

/// The element of a list that has this name.
#[inline(never)]
pub(crate) fn named<'d>(node: Node<'d>, key: &str, by: &str, name: &str) -> Option<Node<'d>> {
    list(node, key).find(|element| element.str(by) == Some(name))
}
