//! Reads settings strictly and reports every mistake at once; the types describe themselves for schema and catalogue.
//!
//! Not serde's derive: it stops at the first mistake, cannot name the nearest known key, and costs the guest several
//! times the bytes.

use crate::json::{Kind, Node};
use crate::text;

#[cfg(test)]
mod tests;

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
    pub const ROOT: Path<'static> = Path {
        parent: None,
        segment: Segment::Root,
    };

    /// A key below.
    pub fn key<'p>(&'p self, key: &'p str) -> Path<'p> {
        Path {
            parent: Some(self),
            segment: Segment::Key(key),
        }
    }

    /// An element below.
    pub fn index(&self, index: usize) -> Path<'_> {
        Path {
            parent: Some(self),
            segment: Segment::Index(index),
        }
    }

    fn write(&self, out: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(out);
        }
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&text::shorten(key, 60));
            }
            Segment::Index(index) => {
                let mut digits = String::new();
                crate::pointer::push_index(&mut digits, index);
                out.push('[');
                out.push_str(digits.get(1..).unwrap_or_default());
                out.push(']');
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
        line.push_str(": ");
        line.push_str(what);
        self.lines.push(line);
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
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
        match self {
            Shape::Bool => "true or false".to_owned(),
            Shape::Integer => "a whole number".to_owned(),
            Shape::Text => "a text".to_owned(),
            Shape::Choice(words) => {
                let mut out = String::from("one of ");
                for (i, word) in words.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(word);
                }
                out
            }
            Shape::List(_) => "a list".to_owned(),
            Shape::Map(_) | Shape::Record(_) | Shape::Empty => "a map".to_owned(),
        }
    }
}

/// A type that settings are made of.
pub trait Decode: Sized {
    /// What its text looks like.
    const SHAPE: Shape;

    /// Reads it; every mistake goes to `mistakes`. `None` when nothing usable is there.
    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self>;
}

/// Adds the mistake "must be …".
pub fn wrong_type(shape: &Shape, node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) {
    let mut what = String::from("must be ");
    what.push_str(&shape.name());
    what.push_str(", not ");
    what.push_str(node.kind().word());
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
        if node.is_null() {
            Some(None)
        } else {
            T::decode(node, path, mistakes).map(Some)
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if node.kind() != Kind::Array {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            return None;
        }
        let decoded = node
            .elements()
            .enumerate()
            .filter_map(|(i, element)| T::decode(element, &path.index(i), mistakes));
        Some(decoded.collect())
    }
}

/// A map in the order of its text.
impl<T: Decode> Decode for Vec<(String, T)> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if node.kind() != Kind::Object {
            wrong_type(&Self::SHAPE, node, path, mistakes);
            return None;
        }
        let decoded = node.members().filter_map(|(key, value)| {
            Some((key.to_owned(), T::decode(value, &path.key(key), mistakes)?))
        });
        Some(decoded.collect())
    }
}

/// Adds the mistake about a key that is not known, with the nearest known one.
pub fn unknown_key<'k>(
    key: &str,
    known: impl Iterator<Item = &'k str> + Clone,
    path: &Path<'_>,
    mistakes: &mut Mistakes,
) {
    let mut what = String::from("unknown key");
    if let Some(nearest) = text::nearest(key, known.clone()) {
        what.push_str("; did you mean `");
        what.push_str(nearest);
        what.push('`');
    } else {
        what.push_str("; known are ");
        for (i, name) in known.enumerate() {
            if i > 0 {
                what.push_str(", ");
            }
            what.push_str(name);
        }
    }
    mistakes.add(&path.key(key), &what);
}

/// Reads a word of a fixed set; `None` with a mistake for anything else.
pub fn choice(
    node: Node<'_>,
    words: &'static [&'static str],
    path: &Path<'_>,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    let shape = Shape::Choice(words);
    let Some(word) = node.as_str() else {
        wrong_type(&shape, node, path, mistakes);
        return None;
    };
    let found = words.iter().position(|known| *known == word);
    if found.is_none() {
        let mut what = String::from("must be ");
        what.push_str(&shape.name());
        if let Some(nearest) = text::nearest(word, words.iter().copied()) {
            what.push_str("; did you mean `");
            what.push_str(nearest);
            what.push('`');
        }
        mistakes.add(path, &what);
    }
    found
}

/// Starts a record: its node must be a map with known keys only.
pub fn record(
    node: Node<'_>,
    fields: &'static [Field],
    path: &Path<'_>,
    mistakes: &mut Mistakes,
) -> bool {
    if node.kind() != Kind::Object {
        wrong_type(&Shape::Record(fields), node, path, mistakes);
        return false;
    }
    for (key, _) in node.members() {
        if !fields.iter().any(|field| field.name == key) {
            unknown_key(key, fields.iter().map(|field| field.name), path, mistakes);
        }
    }
    true
}

/// Declares a struct of settings: doc comments become the documentation of the keys, `= value` is the default and a key
/// without one is required.
///
/// ```
/// regwarden_sdk::config! {
///     /// One registry.
///     #[derive(Debug, Clone, PartialEq, Eq)]
///     pub struct Registry {
///         /// `host[:port][/path]`
///         pub registry "registry": String,
///         /// Plain http is fine.
///         pub plain_http "plainHttp": bool = false,
///     }
/// }
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[doc = $doc:literal])*
        $(#[derive($($derive:ident),+ $(,)?)])?
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $field_vis:vis $field:ident $key:literal : $type:ty $(= $default:expr)? ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        $(#[derive($($derive),+)])?
        $vis struct $name { $( $(#[doc = $field_doc])+ $field_vis $field: $type, )+ }

        impl $crate::decode::Decode for $name {
            const SHAPE: $crate::decode::Shape = $crate::decode::Shape::Record(&[
                $( $crate::decode::Field {
                    name: $key,
                    doc: concat!($($field_doc, "\n"),+),
                    shape: <$type as $crate::decode::Decode>::SHAPE,
                    default: $crate::config!(@default $($default)?),
                }, )+
            ]);

            fn decode(
                node: $crate::json::Node<'_>,
                path: &$crate::decode::Path<'_>,
                mistakes: &mut $crate::decode::Mistakes,
            ) -> Option<Self> {
                let $crate::decode::Shape::Record(fields) = Self::SHAPE else { return None };
                if !$crate::decode::record(node, fields, path, mistakes) {
                    return None;
                }
                // Every key is read before anything is given up, so that every mistake is reported.
                $( let $field: Option<$type> = match node.get($key) {
                    Some(value) => <$type as $crate::decode::Decode>::decode(value, &path.key($key), mistakes),
                    None => $crate::config!(@absent $key, path, mistakes, $($default)?),
                }; )+
                Some($name { $( $field: $field?, )+ })
            }
        }
    };
    (@default) => { None };
    (@default $default:expr) => { Some(stringify!($default)) };
    (@absent $key:literal, $path:ident, $mistakes:ident,) => {{ $mistakes.add(&$path.key($key), "is required"); None }};
    (@absent $key:literal, $path:ident, $mistakes:ident, $default:expr) => { Some($default) };
}

/// Declares an enum whose values are words in settings.
///
/// ```
/// regwarden_sdk::choice! {
///     /// How loud.
///     pub enum Volume { Quiet = "quiet", Loud = "loud" }
/// }
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident { $( $(#[doc = $variant_doc:literal])* $variant:ident = $word:literal ),+ $(,)? }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name { $( #[doc = concat!("`", $word, "`")] $(#[doc = $variant_doc])* $variant, )+ }

        impl $name {
            /// Every value, in order.
            $vis const ALL: &'static [$name] = &[$( $name::$variant, )+];
            const WORDS: &'static [&'static str] = &[$( $word, )+];

            /// The word in settings and answers.
            $vis fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )+ }
            }
        }

        impl $crate::decode::Decode for $name {
            const SHAPE: $crate::decode::Shape = $crate::decode::Shape::Choice($name::WORDS);

            fn decode(
                node: $crate::json::Node<'_>,
                path: &$crate::decode::Path<'_>,
                mistakes: &mut $crate::decode::Mistakes,
            ) -> Option<Self> {
                let found = $crate::decode::choice(node, $name::WORDS, path, mistakes)?;
                $name::ALL.get(found).copied()
            }
        }
    };
}
