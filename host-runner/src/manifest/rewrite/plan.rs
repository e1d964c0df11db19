//! From an edit's pointer to the container it changes, with the refusals, and on to the block or flow planner.

use serde_json::Value;

use super::super::RewriteError;
use super::super::document::array_index;
use super::super::tree::{Kind, Mapping, NodeId};
use super::change::{Change, Slot, layout};
use super::text::{Text, is_block, is_empty_flow};
use super::{EditOp, FileEdit, Splice, block, flow};

/// The splices of one edit.
pub(super) fn plan(text: &Text<'_>, edit: &FileEdit, path: &[String]) -> Result<Vec<Splice>, RewriteError> {
    let pointer = edit.path.as_str();
    if *text.bare_returns.get_or_init(|| bare_returns(text)) {
        return Err(layout(pointer, "bare carriage returns as line ends"));
    }
    let Some((last, parents)) = path.split_last() else { return Err(layout(pointer, "its being the whole document")) };
    let mut slot = Slot { node: text.tree.root, parent: None, key: None, at: 0 };
    guard(text, slot.node, pointer)?;
    for token in parents {
        slot = child(text, slot.node, token, pointer)?.ok_or_else(|| RewriteError::NoPlace(pointer.to_owned()))?;
        guard(text, slot.node, pointer)?;
    }
    let value = || edit.value.as_ref().ok_or_else(|| RewriteError::NoValue(pointer.to_owned()));
    let change = match (&text.node(slot.node)?.kind, edit.op) {
        (Kind::Sequence { items, .. }, EditOp::Add) => {
            let at = if last == "-" { Some(items.len()) } else { array_index(last).filter(|at| *at <= items.len()) };
            Change::InsertItem(at.ok_or_else(|| RewriteError::NoPlace(pointer.to_owned()))?, value()?)
        }
        (_, op) => match (child(text, slot.node, last, pointer)?, op) {
            (Some(found), EditOp::Add | EditOp::Replace) => {
                if text.node(found.node)?.aliased {
                    return Err(RewriteError::Shared(pointer.to_owned()));
                }
                Change::Replace(found, value()?)
            }
            (Some(found), EditOp::Remove) => {
                if text.node(found.node)?.aliased {
                    return Err(RewriteError::Shared(pointer.to_owned()));
                }
                Change::Remove(found)
            }
            (None, EditOp::Add) if matches!(text.node(slot.node)?.kind, Kind::Mapping(_)) => {
                Change::InsertMember(last, value()?)
            }
            (None, _) => return Err(RewriteError::NoPlace(pointer.to_owned())),
        },
    };
    dispatch(text, slot, &change, pointer)
}

/// A carriage return without a line feed: a line break in YAML, none for most editors.
fn bare_returns(text: &Text<'_>) -> bool {
    let range = text.document.range();
    let mut bytes = text.slice(range.start, range.end).bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' && bytes.peek() != Some(&b'\n') {
            return true;
        }
    }
    false
}

fn dispatch(text: &Text<'_>, container: Slot, change: &Change<'_>, pointer: &str) -> Result<Vec<Splice>, RewriteError> {
    let node = text.node(container.node)?;
    if is_block(node) {
        return block::plan(text, container, change, pointer);
    }
    let in_block = match container.parent {
        Some(parent) => is_block(text.node(parent)?),
        None => false,
    };
    // `key: []` says nothing about flow style: what fills it is written as a block.
    if is_empty_flow(node) && in_block {
        let filled = match change {
            Change::InsertMember(name, value) => {
                Value::Object(std::iter::once(((*name).to_owned(), (*value).clone())).collect())
            }
            Change::InsertItem(_, value) => Value::Array(vec![(*value).clone()]),
            Change::Replace(..) | Change::Remove(_) => return Err(RewriteError::NoPlace(pointer.to_owned())),
        };
        return block::replace(text, container, &filled, pointer);
    }
    flow::plan(text, container, change, pointer)
}

/// Refuses what aliases share.
fn guard(text: &Text<'_>, id: NodeId, pointer: &str) -> Result<(), RewriteError> {
    let node = text.node(id)?;
    if node.aliased || matches!(node.kind, Kind::Alias(_)) {
        return Err(RewriteError::Shared(pointer.to_owned()));
    }
    Ok(())
}

fn child(text: &Text<'_>, parent: NodeId, token: &str, pointer: &str) -> Result<Option<Slot>, RewriteError> {
    match &text.node(parent)?.kind {
        Kind::Sequence { items, .. } => Ok(array_index(token)
            .and_then(|at| items.get(at).map(|node| Slot { node: *node, parent: Some(parent), key: None, at }))),
        Kind::Mapping(mapping) => member(text, parent, mapping, token, pointer),
        Kind::Scalar { .. } | Kind::Alias(_) => Ok(None),
    }
}

fn member(
    text: &Text<'_>,
    parent: NodeId,
    mapping: &Mapping,
    name: &str,
    pointer: &str,
) -> Result<Option<Slot>, RewriteError> {
    let Some((key, node)) = text.tree.entry(mapping, name) else {
        let merged = mapping.merges && text.document.member(mapping, name).is_some();
        return if merged { Err(RewriteError::Merged(pointer.to_owned())) } else { Ok(None) };
    };
    if text.tree.occurrences(mapping, name) > 1 {
        return Err(RewriteError::Duplicate(pointer.to_owned()));
    }
    if text.node(key)?.aliased {
        return Err(RewriteError::Shared(pointer.to_owned()));
    }
    let at = mapping.entries.iter().position(|entry| entry.0 == key).unwrap_or(0);
    Ok(Some(Slot { node, parent: Some(parent), key: Some(key), at }))
}
