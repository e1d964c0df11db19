//! The YAML that people write into one text of an object, as JSON: maps, lists, scalars on one line, quotes, comments and
//! literal blocks. Whatever else a text has makes all of it unknown, so that nothing is ever read otherwise than it is meant.

use crate::json::write;
use crate::text;

#[cfg(test)]
mod tests;

/// Maps and lists inside each other; a PodSpec has no ten.
const MAX_DEPTH: usize = 24;
/// Bytes of a key; longer ones readers refuse.
const MAX_KEY: usize = 1024;

/// The text as JSON; `None`: it is no YAML, or more of it than is read here.
#[inline(never)]
pub(crate) fn to_json(text: &str) -> Option<String> {
    let text = match text.strip_prefix("---") {
        Some(rest) if rest.starts_with("\n") || rest.starts_with("\r\n") => rest,
        Some(_) => return None,
        None => text,
    };
    // Control characters are refused everywhere, and these are ends of lines for some readers.
    let odd = |byte| byte == 0x7f || byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t');
    if text::any(text, odd)
        || ["\u{feff}", "\u{85}", "\u{2028}", "\u{2029}"].into_iter().any(|odd| text::contains(text, odd))
    {
        return None;
    }
    let mut reader = Reader { text, at: 0, line: 0, depth: 0, out: String::new() };
    let column = reader.next()?;
    if column > 0 {
        reader.node(column, 0)?;
        if reader.next()? > 0 {
            return None;
        }
    }
    Some(reader.out)
}

/// Columns count from 1; what lies around everything has 0.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Where the current line begins.
    line: usize,
    depth: usize,
    out: String,
}

impl<'t> Reader<'t> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Is the next byte this, with a space or the end of the line behind it?
    fn mark(&self, mark: u8) -> bool {
        self.byte(0) == Some(mark) && matches!(self.byte(1), None | Some(b' ' | b'\n' | b'\r'))
    }

    fn column(&self) -> usize {
        self.at - self.line + 1
    }

    /// On to the next thing that is no blank, no comment and no end of a line, and its column; 0 at the end of the text.
    #[inline(never)]
    fn next(&mut self) -> Option<usize> {
        loop {
            match self.byte(0) {
                None => return Some(0),
                Some(b'\n') => {
                    self.at += 1;
                    self.line = self.at;
                }
                Some(b' ') => self.at += 1,
                Some(b'\r') if matches!(self.byte(1), None | Some(b'\n')) => self.at += 1,
                // What follows a token without a space is no comment.
                Some(b'#') if self.at == self.line || self.text.as_bytes().get(self.at - 1) == Some(&b' ') => {
                    while !matches!(self.byte(0), None | Some(b'\n')) {
                        self.at += 1;
                    }
                }
                // Tabs are no indentation.
                Some(b'\t' | b'\r') => return None,
                Some(_) => return Some(self.column()),
            }
        }
    }

    /// One level deeper.
    fn down(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// What begins here: a list, a map, or a value. `above`: the column of what it belongs to.
    #[inline(never)]
    fn node(&mut self, column: usize, above: usize) -> Option<()> {
        if self.mark(b'-') {
            return self.list(column);
        }
        let (at, length) = (self.at, self.out.len());
        if self.key(false).is_some() && self.mark(b':') {
            (self.at, _) = (at, self.out.truncate(length));
            return self.map(column);
        }
        (self.at, _) = (at, self.out.truncate(length));
        self.value(above)
    }

    #[inline(never)]
    fn list(&mut self, column: usize) -> Option<()> {
        self.down()?;
        self.out.push('[');
        loop {
            self.at += 1;
            let inner = self.next()?;
            if inner > column {
                self.node(inner, column)?;
            } else {
                self.out.push_str("null");
            }
            let inner = self.next()?;
            if inner > column {
                return None;
            }
            if inner < column || !self.mark(b'-') {
                break;
            }
            self.out.push(',');
        }
        self.out.push(']');
        self.depth -= 1;
        Some(())
    }

    #[inline(never)]
    fn map(&mut self, column: usize) -> Option<()> {
        self.down()?;
        self.out.push('{');
        loop {
            self.key(false)?;
            if !self.mark(b':') {
                return None;
            }
            self.at += 1;
            self.out.push(':');
            let line = self.line;
            let inner = self.next()?;
            if inner > 0 && self.line == line {
                self.value(column)?;
            } else if inner > column || inner == column && self.mark(b'-') {
                self.node(inner, column)?;
            } else {
                self.out.push_str("null");
            }
            let inner = self.next()?;
            if inner > column {
                return None;
            }
            if inner < column {
                break;
            }
            self.out.push(',');
        }
        self.out.push('}');
        self.depth -= 1;
        Some(())
    }

    /// A value that begins on this line and, unless it is a literal block or in brackets, ends on it.
    #[inline(never)]
    fn value(&mut self, above: usize) -> Option<()> {
        match self.byte(0)? {
            b'|' => return self.literal(above),
            b'[' | b'{' if !self.placeholder() => self.flow()?,
            b'"' | b'\'' => self.quoted()?,
            _ => self.plain(false, false)?,
        }
        let line = self.line;
        let behind = self.next()?;
        (behind == 0 || self.line != line).then_some(())
    }

    /// The key of a map, which is a string.
    #[inline(never)]
    fn key(&mut self, flow: bool) -> Option<()> {
        let from = self.at;
        match self.byte(0)? {
            b'"' | b'\'' => self.quoted()?,
            _ => self.plain(flow, true)?,
        }
        while self.byte(0) == Some(b' ') {
            self.at += 1;
        }
        (self.at - from <= MAX_KEY).then_some(())
    }

    /// A list or a map in brackets.
    #[inline(never)]
    fn flow(&mut self) -> Option<()> {
        self.down()?;
        let is_map = self.byte(0) == Some(b'{');
        let close = if is_map { b'}' } else { b']' };
        self.out.push(if is_map { '{' } else { '[' });
        self.at += 1;
        let mut first = true;
        loop {
            self.next()?;
            if self.byte(0)? == close {
                break;
            }
            if !first {
                self.out.push(',');
            }
            first = false;
            let mut given = true;
            if is_map {
                let quoted = matches!(self.byte(0)?, b'"' | b'\'');
                self.key(true)?;
                self.next()?;
                // As JSON has it: nothing need stand between the colon and the value.
                if self.byte(0)? != b':' || !(quoted || self.ends_key()) {
                    return None;
                }
                self.at += 1;
                self.out.push(':');
                self.next()?;
                given = !matches!(self.byte(0)?, b',' | b'}');
            }
            match self.byte(0)? {
                _ if !given => self.out.push_str("null"),
                b'[' | b'{' if !self.placeholder() => self.flow()?,
                b'"' | b'\'' => self.quoted()?,
                _ => self.plain(true, false)?,
            }
            self.next()?;
            match self.byte(0)? {
                b',' => self.at += 1,
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.at += 1;
        self.out.push(if is_map { '}' } else { ']' });
        self.depth -= 1;
        Some(())
    }

    /// Is the colon here one that ends a key inside of brackets?
    fn ends_key(&self) -> bool {
        matches!(self.byte(1), None | Some(b' ' | b'\n' | b'\r' | b',' | b'}' | b']' | b'[' | b'{'))
    }

    /// `{{x}}`, which something fills in before anybody reads the text.
    fn placeholder(&self) -> bool {
        self.byte(0) == Some(b'{') && self.byte(1) == Some(b'{')
    }

    /// A text in quotes, on one line.
    #[inline(never)]
    fn quoted(&mut self) -> Option<()> {
        let quote = self.byte(0)?;
        self.at += 1;
        let mut text = String::new();
        let mut run = self.at;
        loop {
            let byte = self.byte(0)?;
            let (here, escaped) = (self.at, self.byte(1));
            self.at += 1;
            let stands_for = match byte {
                b'\'' if quote == b'\'' && escaped == Some(b'\'') => "'",
                b'\\' if quote == b'"' => match escaped? {
                    b'"' => "\"",
                    b'\\' => "\\",
                    b'n' => "\n",
                    b't' => "\t",
                    b'r' => "\r",
                    _ => return None,
                },
                b'\n' => return None,
                byte if byte == quote => {
                    text.push_str(self.text.get(run..here)?);
                    write::push_string(&mut self.out, &text);
                    return Some(());
                }
                _ => continue,
            };
            text.push_str(self.text.get(run..here)?);
            text.push_str(stands_for);
            self.at += 1;
            run = self.at;
        }
    }

    /// A scalar without quotes.
    #[inline(never)]
    fn plain(&mut self, flow: bool, key: bool) -> Option<()> {
        let from = self.at;
        let first = self.byte(0)?;
        let special = b"[]{}&*!|>%@`#,\"'".contains(&first) && !self.placeholder();
        if special || self.mark(b'-') || self.mark(b'?') {
            return None;
        }
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' => break,
                b'{' if self.placeholder() => {
                    let rest = self.text.get(self.at..)?;
                    // Names are short; the bound keeps a text of opening marks linear.
                    let near = rest.get(..rest.floor_char_boundary(256))?;
                    let length = text::find(near, "}}")?;
                    if text::contains(near.get(..length)?, "\n") {
                        return None;
                    }
                    self.at += length + 1;
                }
                b',' | b'[' | b']' | b'{' | b'}' if flow => break,
                b':' if self.mark(b':') || flow && self.ends_key() => {
                    if !key {
                        return None;
                    }
                    break;
                }
                b'#' if self.text.as_bytes().get(self.at - 1) == Some(&b' ') => break,
                b'\t' => return None,
                _ => {}
            }
            self.at += 1;
        }
        let written = self.text.get(from..self.at)?.trim_ascii_end();
        let (json, string) = resolved(written)?;
        if string {
            write::push_string(&mut self.out, written);
        } else if key {
            return None;
        } else {
            self.out.push_str(json);
        }
        Some(())
    }

    /// `|`: the lines below that are further in.
    #[inline(never)]
    fn literal(&mut self, above: usize) -> Option<()> {
        self.at += 1;
        let chomp = self.byte(0).filter(|byte| matches!(byte, b'-' | b'+'));
        self.at += usize::from(chomp.is_some());
        let rest = self.text.get(self.at..)?;
        let (header, mut rest) = text::cut(rest, b'\n').unwrap_or((rest, ""));
        if !header.trim_ascii().is_empty() {
            return None;
        }
        self.at += header.len();
        let mut indent = None;
        let mut out = String::new();
        // Ends of lines are written once it is known that there is more.
        let mut ends = 0;
        while !rest.is_empty() {
            let (line, after) = text::cut(rest, b'\n').unwrap_or((rest, ""));
            let spaces = line.bytes().position(|byte| byte != b' ').unwrap_or(line.len());
            let line_text = line.strip_suffix('\r').unwrap_or(line);
            let blank = spaces >= line_text.len();
            let least = indent.unwrap_or(if blank { usize::MAX } else { spaces });
            if !blank && (spaces < least || spaces < above) {
                break;
            }
            self.at += 1;
            self.line = self.at;
            self.at += line.len();
            if !blank {
                indent = Some(least);
            }
            let content = line_text.get(least..).filter(|content| !content.is_empty());
            if let Some(content) = content {
                for _ in 0..ends {
                    out.push('\n');
                }
                ends = 0;
                out.push_str(content);
            }
            ends += 1;
            rest = after;
        }
        let kept = match chomp {
            Some(b'-') => 0,
            None => usize::from(!out.is_empty()),
            _ => ends,
        };
        for _ in 0..kept {
            out.push('\n');
        }
        write::push_string(&mut self.out, &out);
        Some(())
    }
}

/// What a scalar without quotes is: as JSON, or a string. `None`: readers of YAML do not agree.
#[inline(never)]
fn resolved(written: &str) -> Option<(&str, bool)> {
    let is = |words: &[&str]| words.iter().any(|word| text::same(word, written));
    if is(&["", "~", "null", "Null", "NULL"]) {
        return Some(("null", false));
    }
    // Something will be filled in, of any type.
    if written.starts_with("{{") && written.ends_with("}}") {
        return Some(("null", false));
    }
    if is(&["true", "True", "TRUE"]) {
        return Some(("true", false));
    }
    if is(&["false", "False", "FALSE"]) {
        return Some(("false", false));
    }
    // Readers do not agree about these, nor about other cases of those above.
    let lower = |word: &str| written.eq_ignore_ascii_case(word);
    if ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].into_iter().any(lower) || is(&["<<", "---", "..."])
    {
        return None;
    }
    let digits = written.strip_prefix(['-', '+']).unwrap_or(written);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Some((written, true));
    }
    // What no reader takes for a number, a date or a time.
    let prefix = digits.get(..2).unwrap_or_default();
    let odd = ["0x", "0o", "0b", ".inf", ".nan"].into_iter().any(|odd| {
        let of = if odd.len() == 2 { prefix } else { digits };
        of.eq_ignore_ascii_case(odd)
    });
    let numeric = |byte: u8| byte.is_ascii_digit() || b"+-._:eEtTzZ ".contains(&byte);
    if !odd && text::any(written, |byte| !numeric(byte)) {
        return Some((written, true));
    }
    let (whole, part) = text::cut(digits, b'.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let number = |text: &str| !text.is_empty() && text::all(text, |byte| byte.is_ascii_digit());
    let plain = number(whole) && part.is_none_or(number) && (whole.len() == 1 || !whole.starts_with('0'));
    (plain && !written.starts_with('+')).then_some((written, false))
}
