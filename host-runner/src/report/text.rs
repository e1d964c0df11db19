//! Foreign text made safe and fit for a terminal.

use std::borrow::Cow;

use textwrap::{Options, WordSeparator, WordSplitter};

use crate::source::STDIN;

/// Text of a manifest, a file name or a foreign policy with everything that steers a terminal shown instead of obeyed:
/// control characters, and the invisible characters that reorder or hide text. Tabs become single spaces, so that
/// columns stay columns; line breaks are control characters too.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if is_unsafe(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The name of a file as people read it.
#[must_use]
pub fn file(name: &str) -> Cow<'_, str> {
    if name == STDIN { Cow::Borrowed("<stdin>") } else { clean(name) }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Width to which running text is wrapped: the terminal's up to 120, 100 elsewhere (stable in files and tests).
#[must_use]
pub fn width() -> usize {
    if std::io::IsTerminal::is_terminal(&std::io::stdout()) { textwrap::termwidth().clamp(40, 120) } else { 100 }
}

/// Running text, cleaned, wrapped and indented; every line of the text starts a line, so lists survive.
#[must_use]
pub fn paragraph(text: &str, first: &str, rest: &str, width: usize) -> String {
    let mut out = String::new();
    let mut lead = first;
    for line in text.lines() {
        let line = clean(line);
        // A name that is cut at its hyphen cannot be copied.
        let options = Options::new(width).initial_indent(lead).subsequent_indent(rest).break_words(false);
        let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
        for piece in textwrap::wrap(line.trim_end(), options) {
            out.push_str(piece.trim_end());
            out.push('\n');
        }
        lead = rest;
    }
    out
}

/// At most `limit` characters, the cut shown.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.push('…');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_input_steers_the_terminal() {
        assert_eq!(clean("pod\u{1b}[2J\u{7}"), "pod\\u{1b}[2J\\u{7}");
        assert_eq!(clean("a\u{202e}b\u{9b}31m"), "a\\u{202e}b\\u{9b}31m");
        assert_eq!(clean("a\tb"), "a b");
        assert_eq!(clean("a\r\nb"), "a\\r\\nb");
        assert!(matches!(clean("größer ✔ 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        assert_eq!(paragraph("one two three\n- four", "> ", "  ", 9), "> one two\n  three\n  - four\n");
        assert_eq!(paragraph("a b-c-d", "", "", 4), "a\nb-c-d\n", "a name stays whole");
    }

    #[test]
    fn cuts_show() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
    }
}
