//! Writes JSON text: strings, and the few composed values that answers and mends are made of.

/// Appends a string in quotes.
pub fn push_string(out: &mut String, value: &str) {
    out.push('"');
    let mut run = 0;
    for (i, byte) in value.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(value.get(run..i).unwrap_or_default());
        run = i + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => {
                out.push_str("\\u00");
                for digit in [other >> 4, other & 15] {
                    out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
            }
        }
    }
    out.push_str(value.get(run..).unwrap_or_default());
    out.push('"');
}

/// A string in quotes.
pub fn string(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    push_string(&mut out, value);
    out
}

/// A map from keys and JSON texts, in that order.
pub fn object(members: &[(&str, &str)]) -> String {
    let mut out = Object::new(String::new());
    for (key, value) in members {
        out.raw(key, value);
    }
    out.end()
}

/// A list of JSON texts.
pub fn array<I: IntoIterator<Item = S>, S: AsRef<str>>(values: I) -> String {
    let mut out = String::from("[");
    for value in values {
        push_element(&mut out, value.as_ref());
    }
    out.push(']');
    out
}

/// Apart from the generic loop, so that it is compiled once.
#[inline(never)]
fn push_element(out: &mut String, value: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(value);
}

/// A map that is written member by member.
#[derive(Debug)]
pub struct Object {
    out: String,
    first: bool,
}

impl Object {
    /// Starts a map at the end of `out`.
    pub fn new(mut out: String) -> Self {
        out.push('{');
        Object { out, first: true }
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        push_string(&mut self.out, key);
        self.out.push(':');
    }

    /// A member whose value is JSON text already.
    pub fn raw(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.out.push_str(value);
        self
    }

    /// A string member.
    pub fn string(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        push_string(&mut self.out, value);
        self
    }

    /// A boolean member.
    pub fn bool(&mut self, key: &str, value: bool) -> &mut Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// Ends the map and gives the text back.
    pub fn end(mut self) -> String {
        self.out.push('}');
        self.out
    }
}
