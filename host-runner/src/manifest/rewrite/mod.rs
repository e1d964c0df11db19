//! Edits of a manifest's text that leave every other byte alone, checked by reading the result.

mod block;
mod change;
mod flow;
mod plan;
mod render;
mod text;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use serde_json::{Value, json};

use super::document::{Document, tokens};
use super::{Limits, RewriteError, Stream, read};
use text::Text;

/// What an edit does, as in RFC 6902.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditOp {
    /// Adds a member or an item, or replaces a member that exists.
    Add,
    /// Replaces what exists.
    Replace,
    /// Removes what exists.
    Remove,
}

impl EditOp {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// One edit of one document of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileEdit {
    /// [`Document::index`] of the document.
    pub document: usize,
    /// What to do.
    pub op: EditOp,
    /// JSON pointer in the document; `-` as the last step appends to a sequence.
    pub path: String,
    /// The new value; not used by [`EditOp::Remove`].
    pub value: Option<Value>,
}

/// Replaces bytes of the file; an empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Splice {
    range: Range<usize>,
    text: String,
}

/// Applies edits, in their order, to the text of a manifest.
///
/// Comments, order, quoting, line ends and everything else that no edit touches stay as they are. The new text is read
/// again and compared with the edits applied to the JSON (RFC 6902).
///
/// # Errors
/// [`RewriteError`] when the file is broken, an edit names no place or a place that cannot be edited safely, or the new
/// text does not read as intended. Nothing is changed then.
pub fn rewrite(text: &str, edits: &[FileEdit]) -> Result<String, RewriteError> {
    let original = load(text)?;
    if let Some(edit) = edits.iter().find(|edit| edit.document >= original.documents.len()) {
        return Err(RewriteError::NoDocument(edit.document));
    }
    let result = apply(text, edits)?;
    verify(&original, &result, edits)?;
    Ok(result)
}

fn load(text: &str) -> Result<Stream, RewriteError> {
    let mut stream = read(text.as_bytes(), &Limits::default());
    match stream.error.take() {
        Some(error) => Err(RewriteError::Unreadable(error)),
        None => Ok(stream),
    }
}

/// Edits planned on one reading: their containers do not lie in one another, their splices do not touch.
#[derive(Default)]
struct Batch {
    splices: Vec<Splice>,
    ranges: BTreeMap<usize, usize>,
    /// Of all edits seen, the ones put off too: nothing may overtake an edit that it depends on.
    containers: HashSet<String>,
    ancestors: HashSet<String>,
}

impl Batch {
    fn container(edit: &FileEdit) -> String {
        format!("{}{}", edit.document, edit.path.rsplit_once('/').map_or("", |(parent, _)| parent))
    }

    fn prefixes(container: &str) -> impl Iterator<Item = &str> {
        let cuts = container.match_indices('/').filter_map(|(at, _)| container.get(..at));
        cuts.chain(std::iter::once(container))
    }

    /// Whether the edit has nothing to do with the ones seen before.
    fn is_independent(&mut self, edit: &FileEdit) -> bool {
        let container = Self::container(edit);
        let related = self.ancestors.contains(&container)
            || Self::prefixes(&container).any(|prefix| self.containers.contains(prefix));
        self.ancestors.extend(Self::prefixes(&container).map(str::to_owned));
        self.containers.insert(container);
        !related
    }

    /// False, and nothing taken, when the splices touch earlier ones.
    fn take(&mut self, planned: Vec<Splice>) -> bool {
        let near = |new: &Splice| {
            self.ranges.range(..=new.range.end).next_back().is_some_and(|(_, end)| *end >= new.range.start)
        };
        if planned.iter().any(near) {
            return false;
        }
        self.ranges.extend(planned.iter().map(|splice| (splice.range.start, splice.range.end)));
        self.splices.extend(planned);
        true
    }
}

/// Edits that cannot disturb one another are planned on one reading of the text, the others on the next.
fn apply(text: &str, edits: &[FileEdit]) -> Result<String, RewriteError> {
    let mut current = text.to_owned();
    let mut rest: Vec<&FileEdit> = edits.iter().collect();
    while !rest.is_empty() {
        let stream = load(&current)?;
        let mut texts: HashMap<usize, Text<'_>> = HashMap::new();
        let mut batch = Batch::default();
        let mut later = Vec::new();
        for edit in rest {
            let path = tokens(&edit.path).ok_or_else(|| RewriteError::NoPlace(edit.path.clone()))?;
            let document = stream.documents.get(edit.document).ok_or(RewriteError::NoDocument(edit.document))?;
            let text = texts.entry(edit.document).or_insert_with(|| Text::new(&current, document));
            // The first edit of a round is always taken, so every round gets on.
            if !batch.is_independent(edit) || !batch.take(plan::plan(text, edit, &path)?) {
                later.push(edit);
            }
        }
        let splices = batch.splices;
        rest = later;
        current = splice(&current, splices).ok_or(RewriteError::Unverified)?;
    }
    Ok(current)
}

fn splice(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for splice in splices {
        out.push_str(text.get(at..splice.range.start)?);
        out.push_str(&splice.text);
        at = splice.range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

fn verify(original: &Stream, result: &str, edits: &[FileEdit]) -> Result<(), RewriteError> {
    let after = load(result).map_err(|_| RewriteError::Unverified)?;
    if after.documents.len() != original.documents.len() {
        return Err(RewriteError::Unverified);
    }
    let mut by_document: HashMap<usize, Vec<&FileEdit>> = HashMap::new();
    for edit in edits {
        by_document.entry(edit.document).or_default().push(edit);
    }
    for (old, new) in original.documents.iter().zip(&after.documents) {
        let sound = match by_document.get(&old.index) {
            Some(mine) => equals(&intended(old, mine)?, &parse(new)?),
            None => old.json == new.json,
        };
        if !sound {
            return Err(RewriteError::Unverified);
        }
    }
    Ok(())
}

fn parse(document: &Document) -> Result<Value, RewriteError> {
    serde_json::from_str(&document.json).map_err(|_| RewriteError::Unverified)
}

fn intended(document: &Document, edits: &[&FileEdit]) -> Result<Value, RewriteError> {
    let mut object = parse(document)?;
    for edit in edits {
        let operation = match &edit.value {
            Some(value) => json!([{"op": edit.op.name(), "path": edit.path, "value": value}]),
            None => json!([{"op": edit.op.name(), "path": edit.path}]),
        };
        let no_place = || RewriteError::NoPlace(edit.path.clone());
        let patch: json_patch::Patch = serde_json::from_value(operation).map_err(|_| no_place())?;
        json_patch::patch(&mut object, &patch).map_err(|_| no_place())?;
    }
    Ok(object)
}

/// Equal as values: YAML does not tell 1 from 1.0.
fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equals(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equals(value, other)))
        }
        _ => a == b,
    }
}
