//! What an edit changes in its container, as both planners get it.

use serde_json::Value;

use super::super::RewriteError;
use super::super::tree::NodeId;

/// A node and the way it hangs in its parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) node: NodeId,
    /// The parent; `None` for the root.
    pub(super) parent: Option<NodeId>,
    /// The key when the parent is a mapping.
    pub(super) key: Option<NodeId>,
    /// Position in the parent.
    pub(super) at: usize,
}

/// What an edit changes in its container.
pub(super) enum Change<'a> {
    InsertMember(&'a str, &'a Value),
    InsertItem(usize, &'a Value),
    Replace(Slot, &'a Value),
    Remove(Slot),
}

/// The refusal of a layout.
pub(super) fn layout(pointer: &str, why: &'static str) -> RewriteError {
    RewriteError::Layout { pointer: pointer.to_owned(), why }
}
