//! Reads bytes into the token list of a [`Document`](super::Document); strict RFC 8259.

use crate::order;
use crate::text;

use super::{Decoded, Document, JsonError, Kind, MAX_DEPTH, Token};

/// Maps with more members are checked for repeated keys by sorting; below it comparing all pairs is cheaper.
const PAIRWISE: usize = 12;

pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|e| JsonError {
        offset: e.valid_up_to(),
        reason: "text is not UTF-8",
        disputed: true,
    })?;
    if u32::try_from(text.len()).is_err() {
        return Err(JsonError { offset: 0, reason: "text is too large", disputed: true });
    }
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        // One token to about twelve bytes is what admission requests have; growing costs a copy of the list.
        document: Document {
            text,
            tokens: Vec::with_capacity(bytes.len() / 12 + 8),
            buffer: String::new(),
            decoded: Vec::new(),
        },
    };
    parser.blank();
    parser.value(0)?;
    parser.blank();
    if parser.at < parser.bytes.len() {
        return Err(parser.fail("something follows the end of the value"));
    }
    Ok(parser.document)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    document: Document<'a>,
}

impl Parser<'_> {
    fn fail(&self, reason: &'static str) -> JsonError {
        JsonError { offset: self.at, reason, disputed: false }
    }

    fn dispute(&self, reason: &'static str) -> JsonError {
        JsonError { disputed: true, ..self.fail(reason) }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn open(&mut self, kind: Kind) -> usize {
        let index = self.document.tokens.len();
        self.document.tokens.push(Token { start: self.at as u32, end: 0, next: 0, kind, escaped: false });
        index
    }

    fn close(&mut self, index: usize) {
        let (end, next) = (self.at as u32, self.document.tokens.len() as u32);
        if let Some(token) = self.document.tokens.get_mut(index) {
            token.end = end;
            token.next = next;
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b't') => self.word("true", Kind::Bool),
            Some(b'f') => self.word("false", Kind::Bool),
            Some(b'n') => self.word("null", Kind::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.fail("a value was expected")),
            None => Err(self.fail("the text ends where a value was expected")),
        }
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), JsonError> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.fail("a value was expected"));
        }
        let index = self.open(kind);
        self.at += word.len();
        self.close(index);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == from { Err(self.fail("a digit was expected")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let index = self.open(Kind::Number);
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.close(index);
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth >= MAX_DEPTH {
            return Err(self.dispute("the text is nested too deeply"));
        }
        let index = self.open(Kind::Array);
        self.at += 1;
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        loop {
            self.blank();
            self.value(depth + 1)?;
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.fail("`,` or `]` was expected")),
            }
        }
        self.at += 1;
        self.close(index);
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth >= MAX_DEPTH {
            return Err(self.dispute("the text is nested too deeply"));
        }
        let index = self.open(Kind::Object);
        self.at += 1;
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        let mut count = 0;
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.fail("a key in quotes was expected"));
            }
            self.string()?;
            self.blank();
            if self.peek() != Some(b':') {
                return Err(self.fail("`:` was expected"));
            }
            self.at += 1;
            self.blank();
            self.value(depth + 1)?;
            count += 1;
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.fail("`,` or `}` was expected")),
            }
        }
        self.at += 1;
        self.close(index);
        self.unique(index, count)
    }

    /// A map with a repeated key means different things to different readers, which is how checks are evaded.
    fn unique(&self, index: usize, count: usize) -> Result<(), JsonError> {
        if count < 2 {
            return Ok(());
        }
        let object = super::Node { document: &self.document, index: index as u32 };
        let repeated = if count <= PAIRWISE {
            // The keys once out of the tokens: comparing is cheap, walking the tokens for every pair is not.
            let mut keys = [""; PAIRWISE];
            for (slot, (key, _)) in keys.iter_mut().zip(object.members()) {
                *slot = key;
            }
            let mut rest = keys.get(..count).unwrap_or_default();
            let mut found = false;
            while let Some((key, others)) = rest.split_first() {
                found |= others.iter().any(|other| text::same(other, key));
                rest = others;
            }
            found
        } else {
            let mut keys: Vec<&str> = Vec::with_capacity(count);
            for (key, _) in object.members() {
                keys.push(key);
            }
            let of = |index: usize| keys.get(index).copied().unwrap_or_default();
            let sorted = order::names(&keys);
            sorted.windows(2).any(|pair| matches!(pair, [a, b] if of(*a) == of(*b)))
        };
        if repeated { Err(self.dispute("a key occurs twice in the map that ends")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let index = self.open(Kind::String);
        self.at += 1;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) else {
            return Err(self.fail("a string does not end"));
        };
        self.at += length;
        if self.peek() == Some(b'"') {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        self.escaped_string(index)
    }

    /// The slow path: decodes into the side buffer.
    fn escaped_string(&mut self, index: usize) -> Result<(), JsonError> {
        let start = self.document.buffer.len();
        let mut run = self.document.tokens.get(index).map_or(self.at, |t| t.start as usize + 1);
        loop {
            match self.peek() {
                None => return Err(self.fail("a string does not end")),
                Some(0..=0x1f) => return Err(self.fail("a control character stands in a string")),
                Some(b'"') => {
                    self.copy(run);
                    self.at += 1;
                    break;
                }
                Some(b'\\') => {
                    self.copy(run);
                    self.at += 1;
                    let decoded = self.escape()?;
                    self.document.buffer.push(decoded);
                    run = self.at;
                }
                Some(_) => self.at += 1,
            }
        }
        self.close(index);
        if let Some(token) = self.document.tokens.get_mut(index) {
            token.escaped = true;
        }
        let end = self.document.buffer.len() as u32;
        self.document.decoded.push(Decoded { token: index as u32, start: start as u32, end });
        Ok(())
    }

    fn copy(&mut self, from: usize) {
        if let Some(run) = self.text.get(from..self.at) {
            self.document.buffer.push_str(run);
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.peek() else {
            return Err(self.fail("a string does not end"));
        };
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.fail("an escape in a string is unknown")),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(self.dispute("half of a surrogate pair is missing"));
                }
                self.at += 2;
                let second = self.hex4()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.dispute("half of a surrogate pair is missing"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.dispute("half of a surrogate pair is missing"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() < 4 {
            return Err(self.fail("four hexadecimal digits were expected"));
        }
        let mut code = 0;
        for digit in digits {
            let Some(value) = char::from(*digit).to_digit(16) else {
                return Err(self.fail("four hexadecimal digits were expected"));
            };
            code = code * 16 + value;
        }
        self.at += 4;
        Ok(code)
    }
}
