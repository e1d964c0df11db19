//! Writes JSON text: strings, and the few composed values that answers and mends are made of.

use crate::text;

/// Appends a string in quotes.
#[inline(never)]
pub fn push_string(out: &mut String, value: &str) {
    text::append(out, &["\""]);
    let mut run = 0;
    for (i, byte) in value.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        let digit = |digit: u8| "0123456789abcdef".get(usize::from(digit)..=usize::from(digit)).unwrap_or_default();
        let (escape, high, low) = match byte {
            b'"' => ("\\\"", "", ""),
            b'\\' => ("\\\\", "", ""),
            b'\n' => ("\\n", "", ""),
            b'\r' => ("\\r", "", ""),
            b'\t' => ("\\t", "", ""),
            other => ("\\u00", digit(other >> 4), digit(other & 15)),
        };
        text::append(out, &[value.get(run..i).unwrap_or_default(), escape, high, low]);
        run = i + 1;
    }
    text::append(out, &[value.get(run..).unwrap_or_default(), "\""]);
}

/// A string in quotes.
#[inline(never)]
pub fn string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    push_string(&mut out, value);
    out
}

/// A map from keys and JSON texts, in that order.
#[inline(never)]
pub fn object(members: &[(&str, &str)]) -> String {
    let mut out = Object::new(String::new());
    for (key, value) in members {
        out.raw(key, value);
    }
    out.end()
}

/// A list of JSON texts. Compiled anew for each kind of iterator; what a guest calls uses [`Array`].
pub fn array<I: IntoIterator<Item = S>, S: AsRef<str>>(values: I) -> String {
    let mut out = Array::new();
    for value in values {
        out.raw(value.as_ref());
    }
    out.end()
}

/// A list that is written element by element.
#[derive(Debug)]
pub struct Array {
    out: String,
}

impl Array {
    /// Starts a list.
    #[expect(clippy::new_without_default, reason = "a list that was never started is no list")]
    pub fn new() -> Self {
        Array { out: String::from("[") }
    }

    /// An element that is JSON text already.
    #[inline(never)]
    pub fn raw(&mut self, value: &str) {
        let comma = if self.out.len() > 1 { "," } else { "" };
        text::append(&mut self.out, &[comma, value]);
    }

    /// Ends the list and gives the text.
    #[inline(never)]
    pub fn end(mut self) -> String {
        text::append(&mut self.out, &["]"]);
        self.out
    }

    /// As [`Array::end`], for a list that stays where it is.
    pub fn close(&mut self) -> &str {
        text::append(&mut self.out, &["]"]);
        &self.out
    }
}

/// A list with one element.
#[inline(never)]
pub fn single(value: &str) -> String {
    let mut out = Array::new();
    out.raw(value);
    out.end()
}

/// A map that is written member by member.
#[derive(Debug)]
pub struct Object {
    out: String,
    first: bool,
}

impl Object {
    /// Starts a map at the end of `out`.
    #[inline(never)]
    pub fn new(mut out: String) -> Self {
        text::append(&mut out, &["{"]);
        Object { out, first: true }
    }

    #[inline(never)]
    fn key(&mut self, key: &str) {
        if !self.first {
            text::append(&mut self.out, &[","]);
        }
        self.first = false;
        push_string(&mut self.out, key);
        text::append(&mut self.out, &[":"]);
    }

    /// A member whose value is JSON text already.
    #[inline(never)]
    pub fn raw(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        text::append(&mut self.out, &[value]);
        self
    }

    /// A string member.
    #[inline(never)]
    pub fn string(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        push_string(&mut self.out, value);
        self
    }

    /// A boolean member.
    pub fn bool(&mut self, key: &str, value: bool) -> &mut Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// As [`Object::end`], for a map that stays where it is.
    pub fn close(&mut self) -> &str {
        text::append(&mut self.out, &["}"]);
        &self.out
    }

    /// Ends the map and gives the text back.
    #[inline(never)]
    pub fn end(mut self) -> String {
        text::append(&mut self.out, &["}"]);
        self.out
    }
}
