//! Reads settings strictly and reports every mistake at once; the types describe themselves for schema and catalogue.
//!
//! Not serde's derive: it stops at the first mistake and cannot name the nearest known key.

use crate::json::{Kind, Node};
use crate::text;

mod declare;
mod record;
#[cfg(test)]
mod tests;

pub use record::{Key, Slot, members, record};

/// Where in the settings a value stands; built on the stack, turned into text only for a mistake.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    segment: Segment<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl Path<'_> {
    /// The settings as a whole.
    pub const ROOT: Path<'static> = Path { parent: None, segment: Segment::Root };

    /// A key below.
    pub fn key<'p>(&'p self, key: &'p str) -> Path<'p> {
        Path { parent: Some(self), segment: Segment::Key(key) }
    }

    /// An element below.
    pub fn index(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }

    fn write(&self, out: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(out);
        }
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => {
                let dot = if out.is_empty() { "" } else { "." };
                text::append(out, &[dot, &text::shorten(key, 60)]);
            }
            Segment::Index(index) => {
                text::append(out, &["[", &text::number(index), "]"]);
            }
        }
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// The mistakes found in one text of settings; each is one line that begins with the path.
#[derive(Debug, Default)]
pub struct Mistakes {
    lines: Vec<String>,
}

impl Mistakes {
    /// Adds a mistake. `what` is lower-case, without a full stop, and says what to do.
    pub fn add(&mut self, path: &Path<'_>, what: &str) {
        let mut line = String::new();
        path.write(&mut line);
        if line.is_empty() {
            line.push_str("settings");
        }
        text::append(&mut line, &[": ", what]);
        self.lines.push(line);
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All lines as one text.
    pub(crate) fn joined(&self, separator: &str) -> String {
        let mut out = String::new();
        for line in &self.lines {
            if !out.is_empty() {
                out.push_str(separator);
            }
            out.push_str(line);
        }
        out
    }

    /// All lines, in the order of the text.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// What a value of a settings type looks like, for the schema, the catalogue and error texts.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `true` or `false`
    Bool,
    /// A whole number that is not negative.
    Integer,
    /// Any text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of such values.
    List(&'static Shape),
    /// A map from any key to such values.
    Map(&'static Shape),
    /// A map with exactly these keys.
    Record(&'static [Field]),
    /// Nothing is allowed in it.
    Empty,
    /// One or the other.
    Either(&'static Shape, &'static Shape),
}

/// One key of a [`Shape::Record`].
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key as written in settings.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// The default as source text; `None`: the key is required.
    pub default: Option<&'static str>,
}

impl Shape {
    /// A word or two for a person, as in "`level` must be …".
    pub fn name(&self) -> String {
        let word = match self {
            Shape::Bool => "true or false",
            Shape::Integer => "a whole number",
            Shape::Text => "a text",
            Shape::Choice(words) => {
                let mut out = String::from("one of ");
                for (i, word) in words.iter().enumerate() {
                    text::append(&mut out, &[if i > 0 { ", " } else { "" }, word]);
                }
                return out;
            }
            Shape::Either(one, other) => return text::concat(&[&one.name(), ", or ", &other.name()]),
            Shape::List(_) => "a list",
            Shape::Map(_) | Shape::Record(_) | Shape::Empty => "a map",
        };
        word.to_owned()
    }
}

/// A type that settings are made of.
pub trait Decode: Sized {
    /// What its text looks like.
    const SHAPE: Shape;

    /// Reads it; every mistake goes to `mistakes`. `None` when nothing usable is there.
    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self>;

    /// Reads it over what is there; `false` when nothing usable is in the text. It is not `null`.
    fn decode_over(&mut self, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> bool {
        let Some(value) = Self::decode(node, path, mistakes) else { return false };
        *self = value;
        true
    }
}

/// Adds the mistake "must be …".
pub fn wrong_type(shape: &Shape, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) {
    let what = text::concat(&["must be ", &shape.name(), ", not ", node.kind().word()]);
    mistakes.add(path, &what);
}

impl Decode for bool {
    const SHAPE: Shape = Shape::Bool;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        node.as_bool().or_else(|| {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            None
        })
    }
}

impl Decode for u64 {
    const SHAPE: Shape = Shape::Integer;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        node.as_u64().or_else(|| {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            None
        })
    }
}

impl Decode for String {
    const SHAPE: Shape = Shape::Text;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        node.as_str().map(str::to_owned).or_else(|| {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            None
        })
    }
}

impl Decode for () {
    const SHAPE: Shape = Shape::Empty;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if node.kind() != Kind::Object {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            return None;
        }
        for (key, _) in node.members() {
            mistakes.add(&path.key(key), "unknown key; there are no options here");
        }
        Some(())
    }
}

impl<T: Decode> Decode for Option<T> {
    const SHAPE: Shape = T::SHAPE;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if node.is_null() { Some(None) } else { T::decode(node, path, mistakes).map(Some) }
    }

    fn decode_over(&mut self, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> bool {
        *self = T::decode(node, path, mistakes);
        self.is_some()
    }
}

impl<T: Decode> Decode for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut decoded = Vec::new();
        elements(node, path, mistakes, &mut |element, path, mistakes| {
            if let Some(value) = T::decode(element, path, mistakes) {
                decoded.push(value);
            }
        })
        .then_some(decoded)
    }
}

/// The loop over a list, compiled once for lists of anything. `false` when it is no list.
#[inline(never)]
fn elements(
    node: Node<'_>,
    path: &Path<'_>,
    mistakes: &mut Mistakes,
    take: &mut dyn FnMut(Node<'_>, &Path<'_>, &mut Mistakes),
) -> bool {
    if node.kind() != Kind::Array {
        wrong_type(&Shape::List(&Shape::Empty), node, path, mistakes);
        return false;
    }
    for (i, element) in node.elements().enumerate() {
        take(element, &path.index(i), mistakes);
    }
    true
}

/// A map in the order of its text.
impl<T: Decode> Decode for Vec<(String, T)> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut decoded = Vec::new();
        entries(node, path, mistakes, &mut |key, value, path, mistakes| {
            if let Some(value) = T::decode(value, path, mistakes) {
                decoded.push((key.to_owned(), value));
            }
        })
        .then_some(decoded)
    }
}

/// The loop over a map, compiled once for maps of anything. `false` when it is no map.
#[inline(never)]
fn entries(
    node: Node<'_>,
    path: &Path<'_>,
    mistakes: &mut Mistakes,
    take: &mut dyn FnMut(&str, Node<'_>, &Path<'_>, &mut Mistakes),
) -> bool {
    if node.kind() != Kind::Object {
        wrong_type(&Shape::Map(&Shape::Empty), node, path, mistakes);
        return false;
    }
    for (key, value) in node.members() {
        take(key, value, &path.key(key), mistakes);
    }
    true
}

/// Reads a word of a fixed set; `None` with a mistake for anything else. `off` without quotes is `false` in YAML as
/// Kubernetes reads it, so `false` is the word `off` where there is one.
pub fn choice(
    node: Node<'_>,
    words: &'static [&'static str],
    path: &Path<'_>,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    let shape = Shape::Choice(words);
    let word = if node.as_bool() == Some(false) && words.contains(&"off") { Some("off") } else { node.as_str() };
    let Some(word) = word else {
        wrong_type(&shape, node, path, mistakes);
        return None;
    };
    let found = words.iter().position(|known| *known == word);
    if found.is_none() {
        let mut what = String::from("must be ");
        what.push_str(&shape.name());
        let mut rest = words.iter();
        if let Some(nearest) = text::nearest(word, &mut || rest.next().copied()) {
            did_you_mean(&mut what, nearest);
        }
        mistakes.add(path, &what);
    }
    found
}

fn did_you_mean(what: &mut String, nearest: &str) {
    text::append(what, &["; did you mean `", nearest, "`"]);
}
