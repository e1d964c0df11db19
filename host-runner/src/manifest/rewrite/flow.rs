//! Edits inside flow collections: JSON files, and `[…]` and `{…}` in YAML.

use serde_json::Value;

use super::super::RewriteError;
use super::super::tree::{Kind, NodeId, Style};
use super::Splice;
use super::change::{Change, Slot, layout};
use super::render::{self, JsonStyle};
use super::text::{Text, quoting};

/// The elements of a flow collection, each from its first to after its last byte.
struct Elements {
    spans: Vec<(usize, usize)>,
    open: usize,
    close: usize,
}

/// The splices of a change in a flow collection.
pub(super) fn plan(
    text: &Text<'_>,
    container: Slot,
    change: &Change<'_>,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    let elements = elements(text, container.node)?;
    let json = json_like(text, container.node);
    match change {
        Change::Replace(slot, value) => replace(text, *slot, value, json, pointer),
        Change::Remove(slot) => remove(text, &elements, slot.at, pointer),
        Change::InsertMember(name, value) => insert(
            text,
            &elements,
            elements.spans.len(),
            &|style, indent| {
                let mut out = String::new();
                match style {
                    Some(style) => {
                        render::json_string(name, style, &mut out);
                        out.push_str(&style.colon);
                        render::json(value, indent, style, &mut out);
                    }
                    None => out = format!("{}: {}", render::string(name, None, true), render::flow(value, None)),
                }
                out
            },
            json,
            pointer,
        ),
        Change::InsertItem(at, value) => {
            insert(text, &elements, *at, &|style, indent| element(value, style, indent, None), json, pointer)
        }
    }
}

fn element(value: &Value, style: Option<&JsonStyle>, indent: &str, quotes: Option<Style>) -> String {
    let Some(style) = style else { return render::flow(value, quotes) };
    let mut out = String::new();
    render::json(value, indent, style, &mut out);
    out
}

fn elements(text: &Text<'_>, id: NodeId) -> Result<Elements, RewriteError> {
    let node = text.node(id)?;
    let span = |first: NodeId, last: NodeId| -> Result<(usize, usize), RewriteError> {
        let (first, last) = (text.node(first)?, text.node(last)?);
        Ok((first.start, last.end.max(first.end)))
    };
    let (spans, bracket) = match &node.kind {
        Kind::Sequence { items, .. } => {
            (items.iter().map(|item| span(*item, *item)).collect::<Result<Vec<_>, _>>()?, b'[')
        }
        Kind::Mapping(mapping) => {
            (mapping.entries.iter().map(|(key, value)| span(*key, *value)).collect::<Result<Vec<_>, _>>()?, b'{')
        }
        _ => return Err(RewriteError::Unverified),
    };
    // An anchor or tag may stand before the bracket.
    let head = text.slice(node.start, spans.first().map_or(node.end, |first| first.0));
    let open = node.start + head.bytes().position(|byte| byte == bracket).ok_or(RewriteError::Unverified)?;
    Ok(Elements { spans, open, close: node.end.saturating_sub(1) })
}

/// JSON, or YAML written like it: keys in double quotes.
fn json_like(text: &Text<'_>, id: NodeId) -> bool {
    let quoted = |id: NodeId| match text.tree.get(id).map(|node| &node.kind) {
        Some(Kind::Mapping(mapping)) => mapping
            .entries
            .first()
            .and_then(|entry| text.tree.get(entry.0))
            .is_some_and(|key| quoting(key) == Some(Style::Double)),
        _ => false,
    };
    let nested = match text.tree.get(id).map(|node| &node.kind) {
        Some(Kind::Sequence { items, .. }) => items.first().is_some_and(|item| quoted(*item)),
        _ => false,
    };
    text.document.is_json || quoted(id) || nested
}

/// The layout of the JSON around; `pretty` when elements stand on lines of their own.
fn json_style(text: &Text<'_>, pretty: bool) -> JsonStyle {
    let (colon, unit) = text.json.get_or_init(|| json_hints(text)).clone();
    let comma = if colon == ":" { "," } else { ", " };
    let lines = pretty.then_some((text.eol, unit));
    JsonStyle { colon, comma, lines, yaml: !text.document.is_json }
}

/// What stands between keys and values, and one level of indentation.
fn json_hints(text: &Text<'_>) -> (String, String) {
    let mut colon = None;
    let mut unit = None;
    for node in text.tree.iter() {
        let Kind::Mapping(mapping) = &node.kind else { continue };
        let Some((key, value)) = mapping.entries.first() else { continue };
        let (Some(key), Some(value)) = (text.tree.get(*key), text.tree.get(*value)) else { continue };
        let between = text.slice(key.end, value.start);
        if mapping.flow && colon.is_none() && !between.contains(['\n', '#']) && between.contains(':') {
            colon = Some(between.to_owned());
        }
        if mapping.flow && unit.is_none() && text.leads(key.start) && text.line_start(key.start) > node.start {
            unit = text.indent(key.start).strip_prefix(text.indent(node.start)).map(str::to_owned);
        }
        if colon.is_some() && unit.is_some() {
            break;
        }
    }
    (colon.unwrap_or_else(|| ": ".to_owned()), unit.unwrap_or_else(|| "  ".to_owned()))
}

/// Whether the first line of the document is not its last: a pretty JSON file.
fn is_pretty(text: &Text<'_>) -> bool {
    text.document.is_json
        && text.tree.get(text.tree.root).is_some_and(|root| text.slice(root.start, root.end).contains('\n'))
}

fn replace(text: &Text<'_>, slot: Slot, value: &Value, json: bool, pointer: &str) -> Result<Vec<Splice>, RewriteError> {
    let old = text.node(slot.node)?;
    if old.start == old.end {
        return Err(layout(pointer, "a value that is left out in a flow collection"));
    }
    let pretty = is_pretty(text)
        && (text.slice(old.start, old.end).contains('\n')
            || text.leads(slot.key.map_or(Ok(old), |key| text.node(key))?.start));
    let style = json.then(|| json_style(text, pretty));
    let new = element(value, style.as_ref(), text.indent(old.start), quoting(old));
    Ok(vec![Splice { range: old.start..old.end, text: new }])
}

type Render<'a> = &'a dyn Fn(Option<&JsonStyle>, &str) -> String;

fn insert(
    text: &Text<'_>,
    all: &Elements,
    at: usize,
    render: Render<'_>,
    json: bool,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    let Some(last) = all.spans.last().copied() else { return insert_first(text, all, render, json, pointer) };
    let first = all.spans.first().copied().unwrap_or(last);
    let multi = text.line_start(first.0) > all.open;
    let style = json.then(|| json_style(text, multi && is_pretty(text)));
    let comma = style.as_ref().map_or(", ", |style| style.comma);
    if let Some(next) = all.spans.get(at) {
        let own_line = multi && text.leads(next.0);
        let indent = text.indent(next.0);
        let gap = if own_line { format!(",{}{indent}", text.eol) } else { comma.to_owned() };
        return Ok(vec![Splice { range: next.0..next.0, text: format!("{}{gap}", render(style.as_ref(), indent)) }]);
    }
    let after = text.skip(last.1);
    let trailing = text.byte(after) == Some(b',');
    let end = if trailing { after + 1 } else { last.1 };
    let tail = if trailing { "," } else { "" };
    if !(multi && text.leads(last.0)) {
        let lead = if trailing { comma.trim_start_matches(',') } else { comma };
        return Ok(vec![Splice {
            range: end..end,
            text: format!("{lead}{}{tail}", render(style.as_ref(), text.indent(last.0))),
        }]);
    }
    let indent = text.indent(last.0);
    let line = format!("{}{indent}{}{tail}", text.eol, render(style.as_ref(), indent));
    let line_end = text.line_end(end);
    // A comment behind the last element stays with it.
    let place = if text.skip(end) > line_end { line_end } else { end };
    if trailing || place == end {
        let lead = if trailing { "" } else { "," };
        return Ok(vec![Splice { range: place..place, text: format!("{lead}{line}") }]);
    }
    Ok(vec![Splice { range: end..end, text: ",".to_owned() }, Splice { range: place..place, text: line }])
}

fn insert_first(
    text: &Text<'_>,
    all: &Elements,
    render: Render<'_>,
    json: bool,
    pointer: &str,
) -> Result<Vec<Splice>, RewriteError> {
    if !text.slice(all.open + 1, all.close).trim().is_empty() {
        return Err(layout(pointer, "a comment in the empty collection"));
    }
    let style = json.then(|| json_style(text, is_pretty(text)));
    let new = match style.as_ref().and_then(|style| style.lines.as_ref()) {
        Some((eol, unit)) => {
            let outer = text.indent(all.open);
            let indent = format!("{outer}{unit}");
            format!("{eol}{indent}{}{eol}{outer}", render(style.as_ref(), &indent))
        }
        None => render(style.as_ref(), ""),
    };
    Ok(vec![Splice { range: all.open + 1..all.close, text: new }])
}

fn remove(text: &Text<'_>, all: &Elements, at: usize, pointer: &str) -> Result<Vec<Splice>, RewriteError> {
    let this = all.spans.get(at).copied().ok_or(RewriteError::Unverified)?;
    let previous = at.checked_sub(1).and_then(|at| all.spans.get(at)).copied();
    let (range, gap) = match (all.spans.get(at + 1), previous) {
        (Some(next), _) => (this.0..next.0, (this.1, next.0)),
        (None, Some(previous)) => (previous.1..this.1, (previous.1, this.0)),
        (None, None) => (all.open + 1..all.close, (this.1, all.close)),
    };
    if !text.document.is_json && !text.clean(gap.0, gap.1) {
        return Err(layout(pointer, "a comment beside it"));
    }
    Ok(vec![Splice { range, text: String::new() }])
}
