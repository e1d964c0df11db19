//! Lines, columns and gaps of the text around a node.

use std::cell::OnceCell;

use super::super::RewriteError;
use super::super::document::Document;
use super::super::scalar::Scalar;
use super::super::tree::{Kind, Mapping, Node, NodeId, Style, Tree};

/// A document in its file, as the planning of edits sees it.
pub(super) struct Text<'a> {
    pub(super) all: &'a str,
    pub(super) document: &'a Document,
    pub(super) tree: &'a Tree,
    pub(super) eol: &'static str,
    /// What the planners find out about the whole document, once.
    pub(super) bare_returns: OnceCell<bool>,
    pub(super) hints: OnceCell<Hints>,
    pub(super) json: OnceCell<(String, String)>,
}

/// How blocks are indented below their keys: (place, columns) in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub(super) mappings: Vec<(usize, usize)>,
    pub(super) sequences: Vec<(usize, usize)>,
}

impl Hints {
    /// The columns seen nearest to a place.
    pub(super) fn nearest(all: &[(usize, usize)], at: usize) -> Option<usize> {
        let next = all.partition_point(|(place, _)| *place < at);
        let around = [next.checked_sub(1).and_then(|before| all.get(before)), all.get(next)];
        around.into_iter().flatten().min_by_key(|(place, _)| place.abs_diff(at)).map(|(_, columns)| *columns)
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(all: &'a str, document: &'a Document) -> Self {
        let eol = match all.find('\n') {
            Some(at) if all.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
            _ => "\n",
        };
        let (bare_returns, hints, json) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { all, document, tree: document.tree(), eol, bare_returns, hints, json }
    }

    pub(super) fn node(&self, id: NodeId) -> Result<&'a Node, RewriteError> {
        self.tree.get(id).ok_or(RewriteError::Unverified)
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.all.get(from..to).unwrap_or_default()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.all.as_bytes().get(at).copied()
    }

    /// First byte of the line of `at`.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.slice(0, at).rfind('\n').map_or(0, |found| found + 1)
    }

    /// End of the line of `at`, before its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let line = self.all.get(at..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
        let ended = at + line.len() < self.all.len();
        at + if ended { line.strip_suffix('\r').unwrap_or(line).len() } else { line.len() }
    }

    /// Start of the line after that of `at`, or the end of the file.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.all.get(at..).and_then(|rest| rest.find('\n')).map_or(self.all.len(), |found| at + found + 1)
    }

    /// Characters before `at` on its line.
    pub(super) fn column(&self, at: usize) -> usize {
        self.slice(self.line_start(at), at).trim_start_matches('\u{FEFF}').chars().count()
    }

    /// White space that the line of `at` starts with.
    pub(super) fn indent(&self, at: usize) -> &'a str {
        let line = self.slice(self.line_start(at), self.line_end(at));
        let text = line.trim_start_matches([' ', '\t']);
        line.get(..line.len() - text.len()).unwrap_or_default()
    }

    /// Only white space stands before `at` on its line.
    pub(super) fn leads(&self, at: usize) -> bool {
        self.slice(self.line_start(at), at).trim_start_matches('\u{FEFF}').trim_matches([' ', '\t']).is_empty()
    }

    /// The next byte at or after `at` that is neither white space nor in a comment.
    pub(super) fn skip(&self, mut at: usize) -> usize {
        loop {
            match self.byte(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(b'#') if !self.document.is_json => at = self.line_end(at),
                _ => return at,
            }
        }
    }

    /// No comment between two tokens.
    pub(super) fn clean(&self, from: usize, to: usize) -> bool {
        !self.slice(from, to).contains('#')
    }

    /// Where a line after the one with the node's last character starts; after all text that belongs to the node.
    pub(super) fn after(&self, id: NodeId) -> usize {
        let Some(node) = self.tree.get(id) else { return self.all.len() };
        let mut at = self.next_line(node.end);
        if self.keeps_breaks(id) {
            while at < self.all.len() && self.slice(at, self.line_end(at)).trim().is_empty() {
                at = self.next_line(at);
            }
        }
        at
    }

    /// The node ends in a block scalar whose trailing line breaks are part of its text (`|+`).
    fn keeps_breaks(&self, mut id: NodeId) -> bool {
        loop {
            let Some(node) = self.tree.get(id) else { return false };
            id = match &node.kind {
                Kind::Scalar { style: Style::Block, .. } => {
                    return self
                        .slice(node.start, self.line_end(node.start))
                        .split('#')
                        .next()
                        .is_some_and(|head| head.contains('+'));
                }
                Kind::Sequence { items, flow: false } => match items.last() {
                    Some(last) => *last,
                    None => return false,
                },
                Kind::Mapping(mapping) if !mapping.flow => match mapping.entries.last() {
                    Some((_, last)) => *last,
                    None => return false,
                },
                _ => return false,
            };
        }
    }

    /// Byte after the `:` of a key.
    pub(super) fn colon(&self, key: NodeId) -> Option<usize> {
        let at = self.skip(self.tree.get(key)?.end);
        (self.byte(at) == Some(b':')).then_some(at + 1)
    }
}

/// A block mapping or block sequence.
pub(super) fn is_block(node: &Node) -> bool {
    matches!(&node.kind, Kind::Sequence { flow: false, .. } | Kind::Mapping(Mapping { flow: false, .. }))
}

/// `[]` or `{}`.
pub(super) fn is_empty_flow(node: &Node) -> bool {
    match &node.kind {
        Kind::Sequence { items, flow } => *flow && items.is_empty(),
        Kind::Mapping(mapping) => mapping.flow && mapping.entries.is_empty(),
        _ => false,
    }
}

/// How a scalar is quoted, if the node is one that is text.
pub(super) fn quoting(node: &Node) -> Option<Style> {
    match &node.kind {
        Kind::Scalar { value: Scalar::Str(_), style } => Some(*style),
        _ => None,
    }
}
