//! One JSON value of a JSON stream into a tree, with Go's grammar.

use super::error::ReadProblem;
use super::scalar::Scalar;
use super::tree::{Builder, Kind, Node, Style, Tree};
use super::yaml::Failure;

/// What follows in a JSON stream.
pub(super) enum Next {
    /// Only white space.
    End,
    /// A value, and the byte after it.
    Value(Tree, usize),
}

/// The text ended inside a string.
pub(super) const OPEN_STRING: ReadProblem = ReadProblem::Json("a string does not end");

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
}

/// Reads the value at or after byte `at` of the text.
pub(super) fn parse(text: &str, at: usize, builder: Builder) -> Result<Next, Failure> {
    let mut scanner = Scanner { text, at, builder };
    scanner.space();
    if scanner.peek().is_none() {
        return Ok(Next::End);
    }
    match scanner.value() {
        Ok(()) => Ok(Next::Value(scanner.builder.build(), scanner.at)),
        Err(problem) => Err(Failure { offset: scanner.at, problem }),
    }
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The value, without recursion: `open` holds whether each enclosing collection is a mapping.
    fn value(&mut self) -> Result<(), ReadProblem> {
        let mut open: Vec<bool> = Vec::new();
        let mut fresh = false;
        loop {
            self.space();
            let closing = match open.last() {
                Some(true) => Some(b'}'),
                Some(false) => Some(b']'),
                None => None,
            };
            if fresh && self.peek() == closing {
                self.close(&mut open);
            } else {
                if open.last() == Some(&true) {
                    self.key()?;
                }
                fresh = match self.peek() {
                    Some(byte @ (b'{' | b'[')) => {
                        self.builder.open(byte == b'{', self.at, false, true)?;
                        open.push(byte == b'{');
                        self.at += 1;
                        true
                    }
                    _ => {
                        self.scalar()?;
                        false
                    }
                };
                if fresh {
                    continue;
                }
            }
            fresh = false;
            // After a value: a comma, or the ends of the collections around it.
            loop {
                let Some(mapping) = open.last() else { return Ok(()) };
                let end = if *mapping { b'}' } else { b']' };
                self.space();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        break;
                    }
                    Some(byte) if byte == end => self.close(&mut open),
                    _ => return Err(ReadProblem::Json("expected `,` or the end of the object or array")),
                }
            }
        }
    }

    fn close(&mut self, open: &mut Vec<bool>) {
        self.at += 1;
        open.pop();
        self.builder.close(self.at);
    }

    fn key(&mut self) -> Result<(), ReadProblem> {
        if self.peek() != Some(b'"') {
            return Err(ReadProblem::Json("expected a key in double quotes"));
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(ReadProblem::Json("expected `:` after the key"));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), ReadProblem> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words = [("null", Scalar::Null), ("true", Scalar::Bool(true)), ("false", Scalar::Bool(false))];
                let rest = self.text.get(self.at..).unwrap_or_default();
                let (word, value) = words
                    .into_iter()
                    .find(|(word, _)| rest.starts_with(word))
                    .ok_or(ReadProblem::Json("expected a value"))?;
                self.add(self.at + word.len(), value, Style::Plain)
            }
        }
    }

    fn add(&mut self, end: usize, value: Scalar, style: Style) -> Result<(), ReadProblem> {
        let node = Node { start: self.at, end, dressed: false, aliased: false, kind: Kind::Scalar { value, style } };
        self.builder.scalar(node, false)?;
        self.at = end;
        Ok(())
    }

    fn number(&mut self) -> Result<(), ReadProblem> {
        let bytes = self.text.as_bytes();
        let mut end = self.at;
        let digits = |end: &mut usize| {
            let from = *end;
            while bytes.get(*end).is_some_and(u8::is_ascii_digit) {
                *end += 1;
            }
            *end > from
        };
        if bytes.get(end) == Some(&b'-') {
            end += 1;
        }
        let sound = if bytes.get(end) == Some(&b'0') {
            end += 1;
            true
        } else {
            digits(&mut end)
        };
        let mut sound = sound;
        if sound && bytes.get(end) == Some(&b'.') {
            end += 1;
            sound = digits(&mut end);
        }
        if sound && matches!(bytes.get(end), Some(b'e' | b'E')) {
            end += 1;
            if matches!(bytes.get(end), Some(b'+' | b'-')) {
                end += 1;
            }
            sound = digits(&mut end);
        }
        if !sound {
            return Err(ReadProblem::Json("invalid number"));
        }
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.add(end, Scalar::Number(text.into()), Style::Plain)
    }

    fn string(&mut self) -> Result<(), ReadProblem> {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mut value = String::new();
        let mut characters = rest.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => return self.add(self.at + at + 2, Scalar::Str(value.into()), Style::Double),
                '\\' => {
                    let escape = characters.next().map(|(_, c)| c);
                    value.push(match escape {
                        Some(c @ ('"' | '\\' | '/')) => c,
                        Some('b') => '\u{8}',
                        Some('f') => '\u{c}',
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some('u') => unicode(&mut characters)?,
                        _ => return Err(ReadProblem::Json("unknown escape in a string")),
                    });
                }
                c if c < ' ' => return Err(ReadProblem::Json("control character in a string")),
                c => value.push(c),
            }
        }
        Err(OPEN_STRING)
    }
}

/// The four digits after `\u` and the second half of a surrogate pair; a half alone is U+FFFD, as in Go.
fn unicode(characters: &mut std::str::CharIndices<'_>) -> Result<char, ReadProblem> {
    let invalid = ReadProblem::Json("invalid unicode escape in a string");
    let four = |characters: &mut std::str::CharIndices<'_>| {
        (0..4).try_fold(0_u32, |value, _| Some(value * 16 + characters.next()?.1.to_digit(16)?))
    };
    let first = four(characters).ok_or(invalid)?;
    if let Some(c) = char::from_u32(first) {
        return Ok(c);
    }
    let mut ahead = characters.clone();
    if first < 0xDC00
        && ahead.next().map(|(_, c)| c) == Some('\\')
        && ahead.next().map(|(_, c)| c) == Some('u')
        && let Some(second @ 0xDC00..=0xDFFF) = four(&mut ahead)
    {
        *characters = ahead;
        let joined = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Ok(char::REPLACEMENT_CHARACTER)
}
