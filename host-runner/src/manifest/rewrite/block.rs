//! Edits inside block mappings and block sequences.

use serde_json::Value;

use super::super::RewriteError;
use super::super::tree::{Kind, Mapping, Node, NodeId};
use super::Splice;
use super::change::{Change, Slot, layout};
use super::render::{self, Blocks};
use super::text::{Hints, Text, is_block, is_empty_flow, quoting};

/// Indentation to assume where the document shows none.
const STEP: usize = 2;

/// The splices of a change in a block collection.
pub(super) fn plan(
    text: &Text<'_>,
    container: Slot,
    change: &Change<'_>,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    let node = text.node(container.node)?;
    match (change, &node.kind) {
        (Change::Replace(slot, value), _) => replace(text, *slot, value, pointer),
        (Change::InsertMember(name, value), Kind::Mapping(mapping)) => {
            let (first, last) = ends(&mapping.entries).ok_or(RewriteError::Unverified)?;
            let column = text.column(text.node(first.0)?.start);
            let lines = render::member(name, value, column, blocks(text, node.start));
            Ok(vec![below(text, last.1, &lines)])
        }
        (Change::InsertItem(at, value), Kind::Sequence { items, .. }) => {
            if node.dressed {
                return Err(layout(pointer, "the anchor or tag of its sequence"));
            }
            let lines = render::item(value, text.column(node.start), blocks(text, node.start));
            Ok(vec![match at.checked_sub(1).and_then(|previous| items.get(previous)) {
                Some(previous) => below(text, *previous, &lines),
                None => above(text, node.start, &lines),
            }])
        }
        (Change::Remove(slot), Kind::Mapping(mapping)) => remove_member(text, container, *slot, mapping, pointer),
        (Change::Remove(slot), Kind::Sequence { items, .. }) => remove_item(text, container, *slot, items, pointer),
        _ => Err(RewriteError::NoPlace(pointer.to_owned())),
    }
}

fn ends<T: Copy>(all: &[T]) -> Option<(T, T)> {
    Some((*all.first()?, *all.last()?))
}

/// Lines after the last line of a node.
fn below(text: &Text<'_>, id: NodeId, lines: &[String]) -> Splice {
    let at = text.after(id);
    let block = lines.join(text.eol);
    let open = at == text.all.len() && !text.all.ends_with('\n');
    let text = if open { format!("{}{block}", text.eol) } else { format!("{block}{}", text.eol) };
    Splice { range: at..at, text }
}

/// Lines before the first dash of a sequence.
fn above(text: &Text<'_>, dash: usize, lines: &[String]) -> Splice {
    let block = lines.join(text.eol);
    if text.leads(dash) {
        let at = dash - text.column(dash);
        return Splice { range: at..at, text: format!("{block}{}", text.eol) };
    }
    // `- - a`: the new item takes the place on the line, the old first one moves below.
    let pad = " ".repeat(text.column(dash));
    Splice { range: dash..dash, text: format!("{}{}{pad}", block.trim_start_matches(' '), text.eol) }
}

/// The indentation of the nearest blocks of the document.
fn blocks(text: &Text<'_>, at: usize) -> Blocks {
    let hints = text.hints.get_or_init(|| hints(text));
    let step = Hints::nearest(&hints.mappings, at).unwrap_or(STEP);
    Blocks { step, dash: Hints::nearest(&hints.sequences, at).unwrap_or(step) }
}

fn hints(text: &Text<'_>) -> Hints {
    let mut hints = Hints::default();
    for node in text.tree.iter() {
        let Kind::Mapping(Mapping { entries, flow: false, .. }) = &node.kind else { continue };
        for (key, value) in entries {
            let (Some(key), Some(value)) = (text.tree.get(*key), text.tree.get(*value)) else { continue };
            if value.dressed || !is_block(value) || !text.leads(value.start) {
                continue;
            }
            let Some(columns) = text.column(value.start).checked_sub(text.column(key.start)) else { continue };
            match value.kind {
                Kind::Sequence { .. } => hints.sequences.push((value.start, columns)),
                _ if columns > 0 => hints.mappings.push((value.start, columns)),
                _ => {}
            }
        }
    }
    hints.mappings.sort_unstable();
    hints.sequences.sort_unstable();
    hints
}

/// Gives a member or item of a block collection another value.
pub(super) fn replace(text: &Text<'_>, slot: Slot, value: &Value, pointer: &str) -> Result<Vec<Splice>, RewriteError> {
    let old = text.node(slot.node)?;
    let parent = text.node(slot.parent.ok_or_else(|| layout(pointer, "its being the whole document"))?)?;
    // The end of `key:` or `-`, from which the value hangs, and the column it is indented against.
    let (hook, column) = match slot.key {
        Some(key) => {
            let colon = text.colon(key).ok_or_else(|| layout(pointer, "the way its key is written"))?;
            (colon, text.column(text.node(key)?.start))
        }
        None => {
            let Kind::Sequence { items, .. } = &parent.kind else { return Err(RewriteError::Unverified) };
            let dash = dash(text, parent.start, items, slot.at, parent.dressed)
                .ok_or_else(|| layout(pointer, "the anchor or tag of its sequence"))?;
            (dash + 1, text.column(dash))
        }
    };
    if old.start == old.end && old.start != hook {
        return Err(layout(pointer, "the anchor or tag of its empty value"));
    }
    let hook = Hook { at: hook, column, keyed: slot.key.is_some() };
    if render::is_inline(value) {
        return Ok(with_inline(text, old, hook, value));
    }
    match old.kind {
        Kind::Sequence { .. } | Kind::Mapping(_) if is_block(old) => with_block(text, old, hook, value, pointer),
        Kind::Sequence { .. } | Kind::Mapping(_) if !is_empty_flow(old) => {
            Ok(vec![Splice { range: old.start..old.end, text: render::flow(value, None) }])
        }
        _ => unfold(text, old, hook, value, pointer),
    }
}

/// What a value hangs from.
#[derive(Debug, Clone, Copy)]
struct Hook {
    /// Byte after `key:` or `-`.
    at: usize,
    /// Column of the key or of the dash.
    column: usize,
    /// A key, not a dash.
    keyed: bool,
}

impl Hook {
    /// Column of a new block.
    fn below(self, value: &Value, blocks: Blocks) -> usize {
        match (self.keyed, value.is_array()) {
            (false, _) => self.column + 2,
            (true, true) => self.column + blocks.dash,
            (true, false) => self.column + blocks.step,
        }
    }
}

/// A value of one line in place of any other.
fn with_inline(text: &Text<'_>, old: &Node, hook: Hook, value: &Value) -> Vec<Splice> {
    let new = render::inline(value, quoting(old));
    if old.start == old.end {
        return vec![Splice { range: hook.at..hook.at, text: format!(" {new}") }];
    }
    if is_block(old) && text.leads(old.start) {
        let line_end = text.line_end(hook.at);
        return vec![
            Splice { range: hook.at..hook.at, text: format!(" {new}") },
            Splice { range: line_end..old.end.max(line_end), text: String::new() },
        ];
    }
    vec![Splice { range: old.start..old.end, text: new }]
}

/// A block in place of a block.
fn with_block(
    text: &Text<'_>,
    old: &Node,
    hook: Hook,
    value: &Value,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    if old.dressed {
        return Err(layout(pointer, "its anchor or tag"));
    }
    let blocks = blocks(text, old.start);
    if !text.leads(old.start) {
        // It starts on the line of its dash.
        let lines = render::block(value, text.column(old.start), blocks).join(text.eol);
        return Ok(vec![Splice { range: old.start..old.end, text: lines.trim_start_matches(' ').to_owned() }]);
    }
    let same =
        matches!((&old.kind, value), (Kind::Sequence { .. }, Value::Array(_)) | (Kind::Mapping(_), Value::Object(_)));
    let column = if same { text.column(old.start) } else { hook.below(value, blocks) };
    let lines = render::block(value, column, blocks).join(text.eol);
    Ok(vec![Splice { range: old.start - text.column(old.start)..old.end, text: lines }])
}

/// A block in place of a value of one line or of none.
fn unfold(text: &Text<'_>, old: &Node, hook: Hook, value: &Value, pointer: &str) -> Result<Vec<Splice>, RewriteError> {
    let empty = old.start == old.end;
    let blocks = blocks(text, old.start);
    let lines = render::block(value, hook.below(value, blocks), blocks).join(text.eol);
    if !hook.keyed {
        let lines = lines.trim_start_matches(' ');
        return Ok(vec![if empty {
            Splice { range: hook.at..hook.at, text: format!(" {lines}") }
        } else {
            Splice { range: old.start..old.end, text: lines.to_owned() }
        }]);
    }
    // `key: old # comment`: the old value goes, the comment stays on the line of the key, the block comes below.
    if !empty && text.line_start(old.start) != text.line_start(hook.at) {
        return Err(layout(pointer, "a value on another line than its key"));
    }
    let line_end = text.line_end(old.end);
    let insert = Splice { range: line_end..line_end, text: format!("{}{lines}", text.eol) };
    Ok(if empty {
        vec![insert]
    } else if line_end == old.end {
        vec![Splice { range: hook.at..old.end, text: insert.text }]
    } else {
        vec![Splice { range: hook.at..old.end, text: String::new() }, insert]
    })
}

/// The dash of an item.
fn dash(text: &Text<'_>, start: usize, items: &[NodeId], at: usize, dressed: bool) -> Option<usize> {
    let found = match at.checked_sub(1) {
        None if dressed => return None,
        None => start,
        Some(previous) => text.skip(text.tree.get(*items.get(previous)?)?.end),
    };
    (text.byte(found) == Some(b'-')).then_some(found)
}

/// Removes the lines from that of `start` up to `end`, the start of a line or the end of the file.
fn remove_lines(text: &Text<'_>, start: usize, end: usize) -> Splice {
    let from = text.line_start(start);
    if end == text.all.len() && !text.all.ends_with('\n') && from > 0 {
        // The line before becomes the last one, without a line break as the old one was.
        let break_at = text.line_end(from - 1);
        return Splice { range: break_at..end, text: String::new() };
    }
    Splice { range: from..end, text: String::new() }
}

fn remove_member(
    text: &Text<'_>,
    container: Slot,
    slot: Slot,
    mapping: &Mapping,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    if mapping.entries.len() == 1 {
        if container.parent.is_none() {
            return Err(layout(pointer, "its being all that the document holds"));
        }
        return replace(text, container, &Value::Object(serde_json::Map::new()), pointer);
    }
    let key = text.node(slot.key.ok_or(RewriteError::Unverified)?)?.start;
    if text.leads(key) {
        return Ok(vec![remove_lines(text, key, text.after(slot.node))]);
    }
    let next = mapping.entries.get(slot.at + 1).ok_or_else(|| layout(pointer, "the way its key is written"))?;
    close_up(text, key, slot.node, text.node(next.0)?.start, pointer)
}

fn remove_item(
    text: &Text<'_>,
    container: Slot,
    slot: Slot,
    items: &[NodeId],
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    if items.len() == 1 {
        if container.parent.is_none() {
            return Err(layout(pointer, "its being all that the document holds"));
        }
        return replace(text, container, &Value::Array(Vec::new()), pointer);
    }
    let sequence = text.node(container.node)?;
    let unclear = || layout(pointer, "the anchor or tag of its sequence");
    let start = dash(text, sequence.start, items, slot.at, sequence.dressed).ok_or_else(unclear)?;
    if text.leads(start) {
        return Ok(vec![remove_lines(text, start, text.after(slot.node))]);
    }
    let next = dash(text, sequence.start, items, slot.at + 1, sequence.dressed).ok_or_else(unclear)?;
    close_up(text, start, slot.node, next, pointer)
}

/// Removes what shares its line with the dash of an outer item, and moves the next element there.
fn close_up(
    text: &Text<'_>,
    start: usize,
    removed: NodeId,
    next: usize,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    if !text.clean(text.node(removed)?.end, next) {
        return Err(layout(pointer, "a comment after it"));
    }
    Ok(vec![Splice { range: start..next, text: String::new() }])
}
