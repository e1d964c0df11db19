//! The tokens of a shell command string: words and the separators between simple commands.

use std::borrow::Cow;
use std::ops::Range;

use super::Word;

/// How far a `{{` is searched for its `}}`, in bytes; bounds the cost of text full of braces.
const MAX_TEMPLATE: usize = 256;

/// What the lexer finds; redirections, comments and here-documents are skipped.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Word(Word<'a>),
    Separator,
}

/// Reads tokens front to back. Every position that it stops at lies beside an ASCII character, so each is a
/// character boundary.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    /// Delimiters of here-documents whose text begins behind the next newline, and whether tabs are stripped.
    pending: Vec<(Cow<'a, str>, bool)>,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(source: &'a str) -> Self {
        Self { source, at: 0, pending: Vec::new() }
    }

    pub(super) fn next_token(&mut self) -> Option<Token<'a>> {
        loop {
            self.skip_blanks();
            match self.peek(0)? {
                b'\n' => {
                    self.at += 1;
                    self.skip_here_documents();
                    return Some(Token::Separator);
                }
                b'#' => self.at = self.line_end(),
                b'&' if self.peek(1) == Some(b'>') => {
                    self.at += 1;
                    self.skip_redirection();
                }
                b';' | b'&' | b'|' | b'(' | b')' => {
                    while matches!(self.peek(0), Some(b';' | b'&' | b'|' | b'(' | b')'))
                        && !(self.peek(0) == Some(b'&') && self.peek(1) == Some(b'>'))
                    {
                        self.at += 1;
                    }
                    return Some(Token::Separator);
                }
                b'<' | b'>' => self.skip_redirection(),
                _ => {
                    let word = self.word();
                    let names_descriptor = matches!(self.peek(0), Some(b'<' | b'>'))
                        && !word.quoted
                        && crate::text::all(&word.text, |b| b.is_ascii_digit());
                    if !names_descriptor {
                        return Some(Token::Word(word));
                    }
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Where this byte stands next, else the end.
    #[inline(never)]
    fn next_of(&self, byte: u8) -> usize {
        crate::text::cut(self.rest(), byte).map_or(self.source.len(), |(before, _)| self.at + before.len())
    }

    fn line_end(&self) -> usize {
        self.next_of(b'\n')
    }

    /// Skips blanks and continued lines.
    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t'), _) => self.at += 1,
                (Some(b'\\'), Some(b'\n')) => self.at += 2,
                _ => return,
            }
        }
    }

    /// Skips a redirection operator and the word that it applies to; remembers the delimiter of a here-document.
    fn skip_redirection(&mut self) {
        let rest = self.rest();
        let here = rest.starts_with("<<") && !rest.starts_with("<<<");
        while matches!(self.peek(0), Some(b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let tabs = here && self.peek(0) == Some(b'-');
        self.at += usize::from(tabs);
        self.skip_blanks();
        if matches!(self.peek(0), None | Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')) {
            return;
        }
        let target = self.word();
        if here {
            self.pending.push((target.text, tabs));
        }
    }

    /// Skips the here-documents that begin at this line; an unclosed one takes the rest of the text.
    fn skip_here_documents(&mut self) {
        for (delimiter, tabs) in std::mem::take(&mut self.pending) {
            while self.at < self.source.len() {
                let end = self.line_end();
                let line = self.source.get(self.at..end).unwrap_or("");
                self.at = (end + 1).min(self.source.len());
                if (if tabs { line.trim_start_matches('\t') } else { line }) == delimiter {
                    break;
                }
            }
        }
    }

    /// Reads the word that begins here; always takes at least one byte.
    fn word(&mut self) -> Word<'a> {
        let start = self.at;
        let mut text = Pieces { source: self.source, done: Cow::Borrowed(""), open: 0..0 };
        let (mut expands, mut quoted) = (false, false);
        while let Some(b) = self.peek(0) {
            match b {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => break,
                b'\'' => {
                    quoted = true;
                    self.at += 1;
                    let from = self.at;
                    self.at = self.next_of(b'\'');
                    text.push(from..self.at);
                    self.at += usize::from(self.peek(0).is_some());
                }
                b'"' => {
                    quoted = true;
                    expands |= self.double_quoted(&mut text);
                }
                b'\\' if self.peek(1) == Some(b'\n') => self.at += 2,
                b'\\' => {
                    quoted = true;
                    self.at += 1;
                    self.escaped(&mut text);
                }
                b'$' | b'`' => expands |= self.expansion(&mut text, false),
                b'{' => expands |= self.braces(&mut text),
                _ => {
                    text.push(self.at..self.at + 1);
                    self.at += 1;
                }
            }
        }
        let range = start..self.at;
        let assigns = self.source.get(range.clone()).is_some_and(is_assignment);
        Word { text: text.finish(), range, expands, quoted, assigns }
    }

    /// Takes the character behind a backslash; a newline vanishes, and a backslash at the very end stays.
    #[inline(never)]
    fn escaped(&mut self, text: &mut Pieces<'a>) {
        match self.rest().chars().next() {
            Some('\n') => self.at += 1,
            Some(c) => {
                let end = self.at + c.len_utf8();
                text.push(self.at..end);
                self.at = end;
            }
            None => text.push(self.at - 1..self.at),
        }
    }

    /// Reads `"…"`, where a backslash only acts on `$`, a backtick, `"`, itself and a newline.
    fn double_quoted(&mut self, text: &mut Pieces<'a>) -> bool {
        let mut expands = false;
        self.at += 1;
        while let Some(b) = self.peek(0) {
            match b {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' if matches!(self.peek(1), Some(b'$' | b'`' | b'"' | b'\\' | b'\n')) => {
                    self.at += 1;
                    self.escaped(text);
                }
                b'$' | b'`' => expands |= self.expansion(text, true),
                _ => {
                    text.push(self.at..self.at + 1);
                    self.at += 1;
                }
            }
        }
        expands
    }

    /// Takes what begins with `$` or a backtick as it is written; a `$` in front of nothing is an ordinary character.
    fn expansion(&mut self, text: &mut Pieces<'a>, in_double_quotes: bool) -> bool {
        let from = self.at;
        let expands = match (self.peek(0), self.peek(1)) {
            (Some(b'`'), _) | (_, Some(b'(' | b'{')) => {
                self.at = substitution_end(self.source.as_bytes(), from, in_double_quotes);
                true
            }
            (_, Some(b)) if b.is_ascii_alphabetic() || b == b'_' => {
                self.at += 1;
                while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
                    self.at += 1;
                }
                true
            }
            (_, Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                self.at += 2;
                true
            }
            _ => {
                self.at += 1;
                false
            }
        };
        text.push(from..self.at);
        expands
    }

    /// Takes a template or a run of `{`.
    fn braces(&mut self, text: &mut Pieces<'a>) -> bool {
        let template = self.template_end();
        // The whole run at once: each `{` of it would be searched for the same missing end again.
        let run = self.rest().bytes().take_while(|b| *b == b'{').count();
        let end = template.unwrap_or(self.at + run);
        text.push(self.at..end);
        self.at = end;
        template.is_some()
    }

    /// The end of a template `{{ … }}` that begins here. A template engine replaces it before a shell sees the
    /// text, so its blanks separate nothing.
    fn template_end(&self) -> Option<usize> {
        let window = self.source.as_bytes().get(self.at..)?;
        let window = window.get(..MAX_TEMPLATE.min(window.len()))?;
        window.strip_prefix(b"{{")?;
        let length =
            window.windows(2).take_while(|pair| pair.first() != Some(&b'\n')).position(|pair| pair == b"}}")?;
        Some(self.at + length + 2)
    }
}

/// Something open inside a substitution.
#[derive(Clone, Copy)]
struct Open {
    /// The byte that closes it.
    close: u8,
    /// Whether a `'` inside is an ordinary character, as it is between double quotes.
    literal_quote: bool,
}

/// The end of the `$(…)`, `${…}` or `` `…` `` that begins at `start`, nested ones and quotes inside included; the end
/// of the text when it is unclosed.
fn substitution_end(bytes: &[u8], start: usize, in_double_quotes: bool) -> usize {
    // A stack instead of recursion: the depth is the attacker's choice.
    let mut open: Vec<Open> = Vec::new();
    let mut at = start;
    while let Some(&b) = bytes.get(at) {
        let inside = open.last().map(|open| open.close);
        let literal_quote = open.last().map_or(in_double_quotes, |open| open.literal_quote);
        at += 1;
        match (b, bytes.get(at)) {
            (b'\\', _) => at += 1,
            (b'$', Some(b'(')) => {
                open.push(Open { close: b')', literal_quote: false });
                at += 1;
            }
            (b'$', Some(b'{')) => {
                open.push(Open { close: b'}', literal_quote });
                at += 1;
            }
            _ if inside == Some(b) => {
                open.pop();
            }
            (b'"' | b'`', _) => open.push(Open { close: b, literal_quote: b == b'"' }),
            (b'(', _) if inside == Some(b')') => open.push(Open { close: b')', literal_quote: false }),
            (b'\'', _) if !literal_quote => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|b| *b == b'\'').map_or(rest.len(), |length| length + 1);
            }
            _ => {}
        }
        if open.is_empty() {
            return at;
        }
    }
    bytes.len()
}

/// Whether a word's source begins with an unquoted name and `=` or `+=`.
fn is_assignment(source: &str) -> bool {
    let name = source.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let (name, rest) = source.split_at_checked(name).unwrap_or(("", source));
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && (rest.starts_with('=') || rest.starts_with("+="))
}

/// A word under construction: joins pieces of the source, and copies only when they are not neighbours.
struct Pieces<'a> {
    source: &'a str,
    done: Cow<'a, str>,
    open: Range<usize>,
}

impl<'a> Pieces<'a> {
    fn push(&mut self, piece: Range<usize>) {
        if self.open.end == piece.start && !self.open.is_empty() {
            self.open.end = piece.end;
        } else if !piece.is_empty() {
            self.flush();
            self.open = piece;
        }
    }

    #[inline(never)]
    fn flush(&mut self) {
        let piece = self.source.get(self.open.clone()).unwrap_or("");
        if self.done.is_empty() {
            self.done = Cow::Borrowed(piece);
        } else if !piece.is_empty() {
            self.done.to_mut().push_str(piece);
        }
    }

    fn finish(mut self) -> Cow<'a, str> {
        self.flush();
        self.done
    }
}
