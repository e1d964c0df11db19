//! Shell command strings, as given to `sh -c`, taken apart into words and simple commands without running or
//! expanding anything.
//!
//! Quoting is POSIX's. What a shell would compute (`$X`, `${X}`, `$(cmd)`, backticks) stays in the word as it is
//! written, and the word says so. Redirections, comments and here-documents are no arguments and are left out;
//! reserved words in front of a command (`if`, `then`, `do`, `!`, `{` …) too. Nothing is ever an error: an unclosed
//! quote makes the rest of the text one word. The cost is linear in the text, in time and in memory.

use std::borrow::Cow;
use std::ops::Range;

mod lexer;
#[cfg(test)]
mod tests;

use lexer::{Lexer, Token};

/// One word of a command, quotes removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as the command receives it, except that expansions stay as they are written. Borrowed unless
    /// removing quotes had to join pieces.
    pub text: Cow<'a, str>,
    /// Where the word stands in the source, in bytes, its quotes included.
    pub range: Range<usize>,
    /// Whether a shell would replace a part of it; the text is then not what the command receives.
    pub expands: bool,
    /// Whether a part of it was quoted; reserved words and assignments are unquoted.
    pub quoted: bool,
    assigns: bool,
}

impl Word<'_> {
    /// Name and value, when the word has the form `NAME=value` (or `NAME+=value`) with an unquoted name.
    #[must_use]
    pub fn assignment(&self) -> Option<(&str, &str)> {
        let (name, value) = crate::text::cut(&self.text, b'=').filter(|_| self.assigns)?;
        Some((name.strip_suffix('+').unwrap_or(name), value))
    }
}

/// A simple command: `A=1 B=2 name argument …`. Never without both assignments and words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command<'a> {
    /// The assignments in front of the name; see [`Word::assignment`].
    pub assignments: Vec<Word<'a>>,
    /// The name and the arguments; empty when the command only assigns.
    pub words: Vec<Word<'a>>,
}

impl Command<'_> {
    /// The name of the program: the last path component of the first word (`executor` for `/kaniko/executor`).
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        let first = self.words.first()?;
        Some(crate::text::cut_last(&first.text, b'/').map_or(&*first.text, |(_, last)| last))
    }
}

/// All words of `source` in order, whatever command they belong to.
#[must_use]
pub fn split(source: &str) -> Vec<Word<'_>> {
    let mut lexer = Lexer::new(source);
    let mut words = Vec::new();
    while let Some(token) = lexer.next_token() {
        if let Token::Word(word) = token {
            words.push(word);
        }
    }
    words
}

/// The simple commands of `source` in order, those in subshells, pipelines and compound commands included.
#[must_use]
pub const fn commands(source: &str) -> Commands<'_> {
    Commands { lexer: Lexer::new(source) }
}

/// Iterator over simple commands; see [`commands`].
#[derive(Debug, Clone)]
pub struct Commands<'a> {
    lexer: Lexer<'a>,
}

impl<'a> Iterator for Commands<'a> {
    type Item = Command<'a>;

    fn next(&mut self) -> Option<Command<'a>> {
        let mut command = Command::default();
        loop {
            let token = self.lexer.next_token();
            let at_end = token.is_none();
            match token {
                Some(Token::Word(word)) => {
                    let starts = command.words.is_empty();
                    if starts && word.assigns {
                        command.assignments.push(word);
                    } else if !(starts && command.assignments.is_empty() && is_reserved(&word)) {
                        command.words.push(word);
                    }
                }
                Some(Token::Separator) | None => {
                    if !command.words.is_empty() || !command.assignments.is_empty() {
                        return Some(command);
                    }
                    if at_end {
                        return None;
                    }
                }
            }
        }
    }
}

/// Whether a word at the place of a command's name only opens or closes a compound command.
fn is_reserved(word: &Word<'_>) -> bool {
    !word.quoted
        && matches!(
            &*word.text,
            "if" | "then"
                | "elif"
                | "else"
                | "fi"
                | "while"
                | "until"
                | "do"
                | "done"
                | "esac"
                | "{"
                | "}"
                | "!"
                | "time"
        )
}
