//! A JSON text as a flat list of tokens over the bytes it was read from: nothing is copied, every value keeps its exact text.
//!
//! Why not a tree of owned values: an admission request arrives in a fresh instance, is read once, and most of it is
//! never looked at. Keeping spans makes reading cheap and lets edits copy what it does not touch byte for byte.

use std::fmt;

mod parse;
mod places;
#[cfg(test)]
mod tests;

pub use places::{Places, Pointers};

/// The deepest nesting that is read. The hosts' own reader (serde_json) refuses more, so nothing real is lost.
pub const MAX_DEPTH: usize = 128;

/// Why a text is not the JSON that can be read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong, lower-case, without the offending text (it may be a secret).
    pub reason: &'static str,
    /// Others, Go's reader among them, may take this text: for a repeated key, deep nesting, half a surrogate pair or
    /// bytes that are not UTF-8.
    pub disputed: bool,
}

impl JsonError {
    /// As displayed, without the machinery of formatting.
    pub fn line(&self) -> String {
        crate::text::concat(&[self.reason, " at byte ", &crate::text::number(self.offset)])
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

impl std::error::Error for JsonError {}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// Any number; its text is kept.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// A map.
    Object,
}

impl Kind {
    /// The word a person uses for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "a list",
            Kind::Object => "a map",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Token {
    /// First byte of the value in the text.
    start: u32,
    /// One past its last byte.
    end: u32,
    /// The token after the last one inside this value.
    next: u32,
    kind: Kind,
    /// A string whose text has escapes: its decoded form lies in `Document::decoded`.
    escaped: bool,
}

/// Decoded form of one string with escapes.
#[derive(Debug, Clone, Copy)]
struct Decoded {
    token: u32,
    start: u32,
    end: u32,
}

/// One JSON text, read.
pub struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    buffer: String,
    decoded: Vec<Decoded>,
}

impl<'a> Document<'a> {
    /// Reads one JSON value (RFC 8259). Refused besides what the RFC refuses: a key that occurs twice in one map (readers
    /// disagree about which one counts), nesting beyond [`MAX_DEPTH`], texts of 4 GiB, half surrogate pairs.
    ///
    /// # Errors
    /// The first thing that is not JSON, with its byte offset.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        parse::parse(bytes)
    }

    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, index: 0 }
    }
}

/// One value of a [`Document`]; a copyable handle.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document<'d>,
    index: u32,
}

impl fmt::Debug for Document<'_> {
    /// As for [`Node`]: no contents.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}

impl fmt::Debug for Node<'_> {
    /// Says what it is and where, not what it holds: a debug print must not leak a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}", self.kind(), self.token().start)
    }
}

impl PartialEq for Node<'_> {
    /// The same place of the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }
}

const NOTHING: Token = Token { start: 0, end: 0, next: 0, kind: Kind::Null, escaped: false };

impl<'d> Node<'d> {
    fn token(self) -> Token {
        self.document.tokens.get(self.index as usize).copied().unwrap_or(NOTHING)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.token().kind
    }

    /// Is it `null`?
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Its exact text.
    #[inline(never)]
    pub fn raw(self) -> &'d str {
        let token = self.token();
        self.document.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// The string, unescaped; `None` for anything else.
    #[inline(never)]
    pub fn as_str(self) -> Option<&'d str> {
        let token = self.token();
        if token.kind != Kind::String {
            return None;
        }
        if !token.escaped {
            return self.document.text.get(token.start as usize + 1..(token.end as usize).saturating_sub(1));
        }
        let found = self.document.decoded.binary_search_by_key(&self.index, |d| d.token).ok()?;
        let decoded = self.document.decoded.get(found)?;
        self.document.buffer.get(decoded.start as usize..decoded.end as usize)
    }

    /// The boolean; `None` for anything else.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The number as a whole, non-negative one; `None` for anything else.
    pub fn as_u64(self) -> Option<u64> {
        if self.kind() != Kind::Number {
            return None;
        }
        let mut number = 0_u64;
        for byte in self.raw().bytes() {
            let digit = char::from(byte).to_digit(10)?;
            number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        Some(number)
    }

    /// The members of a map in the order of the text; nothing for anything else.
    pub fn members(self) -> Members<'d> {
        let token = self.token();
        let end = if token.kind == Kind::Object { token.next } else { 0 };
        Members { document: self.document, at: self.index + 1, end }
    }

    /// The elements of a list; nothing for anything else.
    pub fn elements(self) -> Elements<'d> {
        let token = self.token();
        let end = if token.kind == Kind::Array { token.next } else { 0 };
        Elements { document: self.document, at: self.index + 1, end, then: (0, 0) }
    }

    /// An empty map, for a value that is not there.
    pub fn no_members(self) -> Members<'d> {
        Members { document: self.document, at: 0, end: 0 }
    }

    /// An empty list, for a value that is not there.
    pub fn no_elements(self) -> Elements<'d> {
        Elements { document: self.document, at: 0, end: 0, then: (0, 0) }
    }

    /// The value under a key of a map, `null` included.
    #[inline(never)]
    pub fn member(self, key: &str) -> Option<Node<'d>> {
        // Half of an evaluation is spent here: lengths are compared before texts, and texts where they lie.
        let own = self.token();
        let tokens = &self.document.tokens;
        let text = self.document.text.as_bytes();
        let end = if own.kind == Kind::Object { own.next } else { 0 };
        let mut at = self.index + 1;
        while at < end {
            let name = tokens.get(at as usize)?;
            let value = tokens.get(at as usize + 1)?;
            let node = Node { document: self.document, index: at + 1 };
            if name.escaped {
                let name = Node { document: self.document, index: at };
                if name.as_str() == Some(key) {
                    return Some(node);
                }
            } else if (name.end - name.start) as usize == key.len() + 2
                && text.get(name.start as usize + 1..name.end as usize - 1) == Some(key.as_bytes())
            {
                return Some(node);
            }
            at = value.next;
        }
        None
    }

    /// The value under a key of a map; `null` counts as absent, as it does for Kubernetes.
    #[inline(never)]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        self.member(key).filter(|value| !value.is_null())
    }

    /// [`Node::get`] along several keys.
    #[inline(never)]
    pub fn get_path(self, keys: &[&str]) -> Option<Node<'d>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string under a key.
    #[inline(never)]
    pub fn str(self, key: &str) -> Option<&'d str> {
        self.get(key)?.as_str()
    }

    /// The value at a JSON pointer (RFC 6901) below this one.
    /// For many pointers see [`Places`].
    pub fn at(self, pointer: &str) -> Option<Node<'d>> {
        Places::new(self).at(pointer)
    }

    /// The JSON pointer that leads from `base` to this value; empty when this is `base`.
    /// Walks down from `base`, so it costs time only when somebody asks. For many pointers see [`Pointers`].
    pub fn pointer_from(self, base: Node<'d>) -> String {
        Pointers::new(base).to(self)
    }

    /// Position in the token list, for edits of the text.
    pub fn index(self) -> u32 {
        self.index
    }

    /// One past the last token inside, for edits of the text.
    pub fn next(self) -> u32 {
        self.token().next
    }
}

/// See [`Node::members`].
#[derive(Debug, Clone)]
pub struct Members<'d> {
    document: &'d Document<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Node<'d>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Node { document: self.document, index: self.at };
        let value = Node { document: self.document, index: self.at + 1 };
        self.at = value.token().next.max(self.at + 2);
        Some((key.as_str().unwrap_or_default(), value))
    }
}

impl<'d> Members<'d> {
    /// The next member with its key as it stands in the text, quotes included.
    pub fn next_raw(&mut self) -> Option<(&'d str, Node<'d>)> {
        let key = Node { document: self.document, index: self.at };
        self.next().map(|(_, value)| (key.raw(), value))
    }
}

/// See [`Node::elements`].
#[derive(Debug, Clone)]
pub struct Elements<'d> {
    document: &'d Document<'d>,
    at: u32,
    end: u32,
    /// Tokens that follow when these are through.
    then: (u32, u32),
}

impl<'d> Elements<'d> {
    /// These and then those, of the same document.
    pub fn then(self, next: Elements<'d>) -> Elements<'d> {
        if self.at >= self.end { next } else { Elements { then: (next.at, next.end), ..self } }
    }
}

impl<'d> Iterator for Elements<'d> {
    type Item = Node<'d>;

    #[inline(never)]
    fn next(&mut self) -> Option<Node<'d>> {
        if self.at >= self.end {
            (self.at, self.end) = std::mem::take(&mut self.then);
            if self.at >= self.end {
                return None;
            }
        }
        let node = Node { document: self.document, index: self.at };
        self.at = node.token().next.max(self.at + 1);
        Some(node)
    }
}
