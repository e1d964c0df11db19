//! Edits of a raw JSON document: what no edit touches is copied byte for byte, in its order.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::json::{Document, Kind, Node, Places, write};
use crate::order::order;
use crate::{pointer, text};

#[cfg(test)]
mod tests;

/// One wish about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// JSON pointer of the place, relative to the document.
    pub pointer: String,
    /// What shall be there.
    pub change: Change,
}

/// What an [`Edit`] does; values are JSON texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A member that is absent or `null` gets this value; a different value that is there is a conflict.
    Add(String),
    /// The place gets this value, whether something is there or not.
    Set(String),
    /// The member or element goes away.
    Remove,
    /// The list at the place gets this element at its end; the list is made when it is absent or `null`.
    Append(String),
}

impl Edit {
    /// See [`Change::Add`].
    pub fn add(pointer: impl Into<String>, value: impl Into<String>) -> Self {
        Edit { pointer: pointer.into(), change: Change::Add(value.into()) }
    }

    /// See [`Change::Set`].
    pub fn set(pointer: impl Into<String>, value: impl Into<String>) -> Self {
        Edit { pointer: pointer.into(), change: Change::Set(value.into()) }
    }

    /// See [`Change::Remove`].
    pub fn remove(pointer: impl Into<String>) -> Self {
        Edit { pointer: pointer.into(), change: Change::Remove }
    }

    /// See [`Change::Append`].
    pub fn append(list: impl Into<String>, value: impl Into<String>) -> Self {
        Edit { pointer: list.into(), change: Change::Append(value.into()) }
    }
}

/// The result of [`apply`].
#[derive(Debug, Default)]
pub struct Applied {
    /// The document after the edits.
    pub text: String,
    /// The same edits as RFC 6902 operations, in an order in which they can be applied.
    pub patch: Vec<Operation>,
}

/// One RFC 6902 operation; written as JSON by [`Operation::to_json`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `add`, `replace` or `remove`.
    pub op: &'static str,
    /// JSON pointer.
    pub path: String,
    /// JSON text; `None` for `remove`.
    pub value: Option<String>,
}

impl Operation {
    /// The operation as a JSON map.
    pub fn to_json(&self) -> String {
        let mut out = write::Object::new(String::new());
        out.string("op", self.op).string("path", &self.path);
        if let Some(value) = &self.value {
            out.raw("value", value);
        }
        out.end()
    }
}

/// Two edits that cannot both be done, or one that has no place to go; indices into the list given to [`apply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The edit that cannot be done.
    pub edit: usize,
    /// The edit that it disagrees with; `None` when the document itself stands in the way.
    pub with: Option<usize>,
}

/// Applies all edits to the value at `base`.
///
/// # Errors
/// Every conflict; then nothing is applied.
pub fn apply(base: Node<'_>, edits: &[Edit]) -> Result<Applied, Vec<Conflict>> {
    let mut conflicts = disagreements(edits);
    let mut steps = Vec::with_capacity(edits.len());
    let mut places = Places::new(base);
    for (i, edit) in edits.iter().enumerate() {
        match resolve(&mut places, edit) {
            Some(step) => steps.push(Some(step)),
            None => conflicts.push(Conflict { edit: i, with: None }),
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let steps = merge(steps);
    let mut text = String::with_capacity(base.raw().len() + 64 * edits.len());
    render(base, &steps, &mut text);
    let patch = operations(base, &steps);
    Ok(Applied { text, patch })
}

/// Order of pointers in which everything below a place follows it directly.
fn by_place(a: &str, b: &str) -> Ordering {
    let key = |byte: Option<&u8>| match byte {
        None => 0,
        Some(b'/') => 1,
        Some(byte) => u16::from(*byte) + 2,
    };
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && a.get(at) == b.get(at) {
        at += 1;
    }
    key(a.get(at)).cmp(&key(b.get(at)))
}

fn below(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// Pairs of edits about one place, or one inside a place that the other replaces, that do not want the same.
#[inline(never)]
fn disagreements(edits: &[Edit]) -> Vec<Conflict> {
    let place = |index: usize| edits.get(index).map_or("", |edit| edit.pointer.as_str());
    let order = order(edits.len(), &|a, b| by_place(place(a), place(b)));
    let mut out = Vec::new();
    // The places that enclose the current one, outermost first.
    let mut open: Vec<(usize, &Edit)> = Vec::new();
    for &i in &order {
        let Some(edit) = edits.get(i) else { continue };
        while open
            .last()
            .is_some_and(|(_, outer)| outer.pointer != edit.pointer && !below(&edit.pointer, &outer.pointer))
        {
            open.pop();
        }
        let clash = open.iter().rev().find(|(_, other)| {
            if other.pointer == edit.pointer {
                match (&other.change, &edit.change) {
                    (Change::Append(_), Change::Append(_)) | (Change::Remove, Change::Remove) => false,
                    (Change::Add(a) | Change::Set(a), Change::Add(b) | Change::Set(b)) => a != b,
                    _ => true,
                }
            } else {
                // Appending to a list leaves its elements where they are.
                !matches!(other.change, Change::Append(_))
            }
        });
        if let Some((with, _)) = clash {
            out.push(Conflict { edit: i, with: Some(*with) });
        } else if let Some(last) = open.last_mut().filter(|(_, last)| last.pointer == edit.pointer) {
            // It wants what the last one wants: whatever disagrees with it disagrees with that one. A second entry would
            // make the search above quadratic.
            *last = (i, edit);
            continue;
        }
        open.push((i, edit));
    }
    out
}

/// An edit bound to a node of the document. Texts are borrowed from the edits wherever they stay as they are.
#[derive(Debug)]
struct Step<'e> {
    node: u32,
    pointer: &'e str,
    action: Action<'e>,
}

#[derive(Debug)]
enum Action<'e> {
    /// The node itself is replaced by this text.
    Replace(Cow<'e, str>),
    /// The node goes away.
    Remove,
    /// The node is a map and gets this member; its key is the last segment of the pointer.
    Member(Cow<'e, str>),
    /// The node is a list and gets these elements.
    Elements(Vec<&'e str>),
}

#[inline(never)]
fn resolve<'e>(places: &mut Places<'_>, edit: &'e Edit) -> Option<Step<'e>> {
    let pointer = edit.pointer.as_str();
    let (node, action) = if let Some(node) = places.at(pointer) {
        let action = match &edit.change {
            Change::Add(value) if !node.is_null() && node.raw() != value => return None,
            Change::Set(value) | Change::Add(value) => Action::Replace(Cow::Borrowed(value)),
            Change::Remove => Action::Remove,
            Change::Append(value) if node.kind() == Kind::Array => Action::Elements(vec![value]),
            Change::Append(value) if node.is_null() => Action::Replace(Cow::Owned(write::single(value))),
            Change::Append(_) => return None,
        };
        (node, action)
    } else {
        let (parent, _) = pointer::split(pointer)?;
        let parent = places.at(parent).filter(|node| node.kind() == Kind::Object)?;
        let value = match &edit.change {
            Change::Set(value) | Change::Add(value) => Cow::Borrowed(value.as_str()),
            Change::Append(value) => Cow::Owned(write::single(value)),
            Change::Remove => return None,
        };
        (parent, Action::Member(value))
    };
    Some(Step { node: node.index(), pointer, action })
}

/// Makes one step of the steps about one place: equal wishes collapse, appended elements join.
#[inline(never)]
fn merge(mut steps: Vec<Option<Step<'_>>>) -> Vec<Step<'_>> {
    let node = |index: usize| steps.get(index).and_then(Option::as_ref).map_or(0, |step| step.node);
    let order = order(steps.len(), &|a, b| node(a).cmp(&node(b)));
    let mut merged: Vec<Step<'_>> = Vec::with_capacity(steps.len());
    for &i in &order {
        let Some(step) = steps.get_mut(i).and_then(Option::take) else { continue };
        let twin =
            merged.iter_mut().rev().take_while(|old| old.node == step.node).find(|old| old.pointer == step.pointer);
        let Some(twin) = twin else {
            merged.push(step);
            continue;
        };
        match (&mut twin.action, step.action) {
            (Action::Elements(old), Action::Elements(new)) => {
                for value in new {
                    if !old.contains(&value) {
                        old.push(value);
                    }
                }
            }
            // Two appends to a list that is not there yet: each carries a list of its own.
            (Action::Member(old) | Action::Replace(old), Action::Member(new) | Action::Replace(new)) => {
                join_lists(old, &new);
            }
            _ => {}
        }
    }
    merged
}

#[inline(never)]
fn join_lists(old: &mut Cow<'_, str>, new: &str) {
    if *old == *new {
        return;
    }
    let (Ok(left), Ok(right)) = (Document::parse(old.as_bytes()), Document::parse(new.as_bytes())) else {
        return;
    };
    let mut values: Vec<&str> = Vec::new();
    let mut joined = write::Array::new();
    for node in left.root().elements() {
        values.push(node.raw());
        joined.raw(node.raw());
    }
    for node in right.root().elements() {
        if !values.contains(&node.raw()) {
            values.push(node.raw());
            joined.raw(node.raw());
        }
    }
    let joined = joined.end();
    *old = Cow::Owned(joined);
}

#[inline(never)]
fn within<'s, 'e>(steps: &'s [Step<'e>], node: Node<'_>) -> &'s [Step<'e>] {
    let from = steps.partition_point(|step| step.node < node.index());
    let to = steps.partition_point(|step| step.node < node.next());
    steps.get(from..to).unwrap_or_default()
}

fn render(node: Node<'_>, steps: &[Step<'_>], out: &mut String) {
    let steps = within(steps, node);
    if steps.is_empty() {
        out.push_str(node.raw());
        return;
    }
    let own = || steps.iter().take_while(|step| step.node == node.index());
    if let Some(text) = own().find_map(|step| if let Action::Replace(text) = &step.action { Some(text) } else { None })
    {
        out.push_str(text);
        return;
    }
    let kept = |child: Node<'_>| {
        !within(steps, child).iter().any(|step| step.node == child.index() && matches!(step.action, Action::Remove))
    };
    let mut before = "";
    let mut part = |out: &mut String, parts: [&str; 3]| {
        let [a, b, c] = parts;
        text::append(out, &[before, a, b, c]);
        before = ",";
    };
    if node.kind() == Kind::Object {
        out.push('{');
        let mut members = node.members();
        while let Some((key, child)) = members.next_raw() {
            if kept(child) {
                part(out, [key, ":", ""]);
                render(child, steps, out);
            }
        }
        for step in own() {
            if let Action::Member(value) = &step.action
                && let Some((_, key)) = pointer::split(step.pointer)
            {
                part(out, [&write::string(&pointer::unescape(key)), ":", value]);
            }
        }
        out.push('}');
    } else {
        out.push('[');
        for child in node.elements() {
            if kept(child) {
                part(out, [""; 3]);
                render(child, steps, out);
            }
        }
        for step in own() {
            if let Action::Elements(values) = &step.action {
                for value in values {
                    part(out, [value, "", ""]);
                }
            }
        }
        out.push(']');
    }
}

/// Removals come last and from the back, so that no index moves before it is used.
#[inline(never)]
fn operations(base: Node<'_>, steps: &[Step<'_>]) -> Vec<Operation> {
    let mut out = Vec::new();
    let mut places = Places::new(base);
    let mut operation = |op, path: &str, value: Option<&str>| {
        out.push(Operation { op, path: path.to_owned(), value: value.map(str::to_owned) });
    };
    for step in steps {
        match &step.action {
            // An equal value is no change.
            Action::Replace(value) if places.at(step.pointer).is_some_and(|node| node.raw() == value) => {}
            Action::Replace(value) => operation("replace", step.pointer, Some(value)),
            Action::Member(value) => operation("add", step.pointer, Some(value)),
            Action::Elements(values) => {
                let path = pointer::child(step.pointer, "-");
                for value in values {
                    operation("add", &path, Some(value));
                }
            }
            Action::Remove => {}
        }
    }
    for step in steps.iter().rev() {
        if matches!(step.action, Action::Remove) {
            operation("remove", step.pointer, None);
        }
    }
    out
}
