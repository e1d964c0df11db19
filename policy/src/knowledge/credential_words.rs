//! Every command that a container's `command` and `args` hold, word by word: the list itself, and whatever stands in its
//! texts and would be taken apart by a shell. More than arguments of known tools: any program can be given a credential.

use regwarden_sdk::json::Node;
use regwarden_sdk::shell::{self, Command};
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

/// Shells in shells that are looked into; nobody writes more.
const MAX_DEPTH: usize = 4;

/// One word of a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'w, 'd> {
    /// Without its quotes.
    pub text: &'w str,
    /// The string in the object that holds it.
    pub node: Node<'d>,
    /// A shell replaces a part of it.
    pub computed: bool,
}

impl<'w> Word<'w, '_> {
    /// What is literal of a part of it: up to the first thing that is filled in.
    pub(crate) fn literal(self, part: &'w str) -> &'w str {
        let end = if self.computed { part.bytes().position(|b| matches!(b, b'$' | b'`')) } else { None };
        end.and_then(|end| part.get(..end)).unwrap_or(part)
    }
}

/// Takes the words of a command, and those of the command that is piped into it.
pub(crate) type Visit<'v, 'd> = &'v mut dyn FnMut(&[Word<'_, 'd>], &[Word<'_, 'd>]);

/// Visits the list of `command` and `args` as one command, and every command of the texts in it.
#[inline(never)]
pub(crate) fn each_command<'d>(container: Container<'d>, visit: Visit<'_, 'd>) {
    let mut words: Vec<Word<'_, 'd>> = Vec::new();
    for node in container.words() {
        if let Some(text) = node.as_str() {
            words.push(Word { text, node, computed: false });
            // A text of several words is a script for a shell, or harmless if it is read as one.
            if has_blank(text) {
                each_in(text, node, 0, visit);
            }
        }
    }
    visit(&words, &[]);
}

/// Visits every command of a text.
#[inline(never)]
pub(crate) fn each_in<'d>(text: &str, node: Node<'d>, depth: usize, visit: Visit<'_, 'd>) {
    let mut before: Option<Command<'_>> = None;
    for command in shell::commands(text) {
        let piped = before.as_ref().filter(|before| is_piped(text, before, &command));
        let from = piped.map(|before| words(before, node)).unwrap_or_default();
        visit(&words(&command, node), &from);
        for word in &command.words {
            // Quotes inside quotes: another shell will take them apart.
            if depth < MAX_DEPTH && word.quoted && has_blank(&word.text) {
                each_in(&word.text, node, depth + 1, visit);
            }
        }
        before = Some(command);
    }
}

fn has_blank(text: &str) -> bool {
    text::any(text, |b| b.is_ascii_whitespace())
}

#[inline(never)]
fn words<'w, 'd>(command: &'w Command<'_>, node: Node<'d>) -> Vec<Word<'w, 'd>> {
    let mut words = Vec::with_capacity(command.words.len());
    for word in &command.words {
        words.push(Word { text: &word.text, node, computed: word.expands });
    }
    words
}

/// Does a pipe lead from one command to the next?
fn is_piped(text: &str, from: &Command<'_>, to: &Command<'_>) -> bool {
    let end = from.words.last().map(|word| word.range.end);
    let start = to.assignments.first().or(to.words.first()).map(|word| word.range.start);
    let between = end.zip(start).and_then(|(end, start)| text.get(end..start));
    between.is_some_and(|between| matches!(between.trim_ascii(), "|" | "|&"))
}
