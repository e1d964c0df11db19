//! New values as YAML blocks, YAML flow text or JSON.

use serde_json::{Map, Value};

use super::super::scalar::{Scalar, resolve, write_string};
use super::super::tree::Style;

/// Indentation of new blocks, in columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    /// Of a mapping below its key.
    pub(super) step: usize,
    /// Of the dashes of a sequence below its key.
    pub(super) dash: usize,
}

/// Written on one line in a block: scalars and empty collections.
pub(super) fn is_inline(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => true,
    }
}

fn pad(column: usize) -> String {
    " ".repeat(column)
}

/// `name` leads, as people write it; the rest in the order of the value.
fn members(object: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let first = object.iter().filter(|(key, _)| *key == "name");
    first.chain(object.iter().filter(|(key, _)| *key != "name"))
}

/// One member of a block mapping at a column.
pub(super) fn member(name: &str, value: &Value, column: usize, blocks: Blocks) -> Vec<String> {
    let head = format!("{}{}:", pad(column), string(name, None, false));
    if is_inline(value) {
        return vec![format!("{head} {}", inline(value, None))];
    }
    let below = column + if value.is_array() { blocks.dash } else { blocks.step };
    std::iter::once(head).chain(block(value, below, blocks)).collect()
}

/// One item of a block sequence whose dashes stand at a column.
pub(super) fn item(value: &Value, column: usize, blocks: Blocks) -> Vec<String> {
    let mut lines = block(value, column + 2, blocks);
    if let Some(first) = lines.first_mut() {
        *first = format!("{}- {}", pad(column), first.trim_start_matches(' '));
    }
    lines
}

/// The lines of a value whose block starts at a column.
pub(super) fn block(value: &Value, column: usize, blocks: Blocks) -> Vec<String> {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().flat_map(|value| item(value, column, blocks)).collect()
        }
        Value::Object(object) if !object.is_empty() => {
            members(object).flat_map(|(name, value)| member(name, value, column, blocks)).collect()
        }
        _ => vec![format!("{}{}", pad(column), inline(value, None))],
    }
}

/// A scalar or an empty collection in a block, a string in the quotes of the one it replaces.
pub(super) fn inline(value: &Value, quotes: Option<Style>) -> String {
    match value {
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::String(text) => string(text, quotes, false),
        other => other.to_string(),
    }
}

/// A value inside a YAML flow collection.
pub(super) fn flow(value: &Value, quotes: Option<Style>) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|value| flow(value, quotes)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(object) => {
            let members: Vec<_> = members(object)
                .map(|(name, value)| format!("{}: {}", string(name, None, true), flow(value, quotes)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::String(text) => string(text, quotes, true),
        other => other.to_string(),
    }
}

/// A string as YAML, plain when that is certainly read back as the same string, here and by YAML 1.2 readers.
pub(super) fn string(text: &str, quotes: Option<Style>, in_flow: bool) -> String {
    match quotes {
        Some(Style::Single) if text.chars().all(|c| (' '..='~').contains(&c)) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Some(Style::Single | Style::Double) => double(text),
        _ if is_plain(text, in_flow) => text.to_owned(),
        _ => double(text),
    }
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '.' | '/' | '@' | '+' | '=' | '-' | '$' | '(' | ')')
            || c == ':' && !in_flow
    };
    let starts = first.is_ascii_alphabetic()
        || matches!(first, '/' | '_' | '$' | '.')
        || first.is_ascii_digit() && text.chars().any(|c| c.is_ascii_alphabetic()) && !text.contains(':');
    // `: ` and a final `:` would make a key of it.
    starts
        && text.chars().all(allowed)
        && !text.ends_with(':')
        && text.len() < 512
        && !is_number_elsewhere(text)
        && matches!(resolve(None, true, text.to_owned()), Ok(Scalar::Str(read)) if *read == *text)
}

/// Texts such as `1e400` or `0o8`, which some readers take for numbers.
fn is_number_elsewhere(text: &str) -> bool {
    let body = text.trim_start_matches(['+', '-', '.']);
    body.starts_with(|c: char| c.is_ascii_digit())
        && body.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | '_' | 'x' | 'o' | 'e' | 'E' | '+' | '-'))
}

/// A double-quoted YAML string.
fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)))
            }
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// How a JSON text is laid out.
#[derive(Debug, Clone)]
pub(super) struct JsonStyle {
    /// Between a key and its value.
    pub(super) colon: String,
    /// Between two elements on one line.
    pub(super) comma: &'static str,
    /// Line break and indentation of one level; `None` for a text without line breaks.
    pub(super) lines: Option<(&'static str, String)>,
    /// Read as YAML, where some characters of a JSON string would be line breaks.
    pub(super) yaml: bool,
}

/// A string as JSON, or as YAML that looks like it.
pub(super) fn json_string(text: &str, style: &JsonStyle, out: &mut String) {
    if style.yaml { out.push_str(&double(text)) } else { write_string(text, out) }
}

/// A value as JSON; `indent` is that of the line it starts on.
pub(super) fn json(value: &Value, indent: &str, style: &JsonStyle, out: &mut String) {
    let (open, close, len) = match value {
        Value::Array(items) => ('[', ']', items.len()),
        Value::Object(object) => ('{', '}', object.len()),
        Value::String(text) => return json_string(text, style, out),
        other => return out.push_str(&other.to_string()),
    };
    out.push(open);
    let inner = match &style.lines {
        Some((_, unit)) => format!("{indent}{unit}"),
        None => String::new(),
    };
    let gap = |out: &mut String, indent: &str| {
        if let Some((eol, _)) = &style.lines {
            out.push_str(eol);
            out.push_str(indent);
        }
    };
    let next = |out: &mut String, at: usize| {
        if at > 0 {
            out.push_str(if style.lines.is_some() { "," } else { style.comma });
        }
        gap(out, &inner);
    };
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                next(out, at);
                json(item, &inner, style, out);
            }
        }
        Value::Object(object) => {
            for (at, (name, item)) in members(object).enumerate() {
                next(out, at);
                json_string(name, style, out);
                out.push_str(&style.colon);
                json(item, &inner, style, out);
            }
        }
        _ => {}
    }
    if len > 0 {
        gap(out, indent);
    }
    out.push(close);
}
