//! Ways between values and JSON pointers that remember where they went through lists.

use super::{Elements, Kind, Node};
use crate::text;

/// Where the last pointer went through a list.
#[derive(Debug, Clone, Copy)]
struct Hint {
    /// The list's token.
    list: u32,
    element: u32,
    ordinal: usize,
}

/// Of a list that no document has.
const NO_HINT: Hint = Hint { list: u32::MAX, element: 0, ordinal: 0 };

/// Makes pointers to values of one document. Remembers where it went through lists, so that pointers asked for in the
/// order of the text cost linear time together.
#[derive(Debug, Clone, Copy)]
pub struct Pointers<'d> {
    base: Node<'d>,
    /// One for each of the outer lists on the way (containers, then what is in them).
    hints: [Hint; 3],
}

impl<'d> Pointers<'d> {
    /// Pointers relative to this value.
    pub fn new(base: Node<'d>) -> Self {
        Pointers { base, hints: [NO_HINT; 3] }
    }

    /// The value that pointers are relative to.
    pub fn base(&self) -> Node<'d> {
        self.base
    }

    /// The pointer to a value; empty for the base.
    #[inline(never)]
    pub fn to(&mut self, target: Node<'d>) -> String {
        let mut out = String::new();
        let mut node = self.base;
        let mut hints = self.hints.iter_mut();
        while node.index < target.index {
            let token = node.token();
            let inside = |child: Node<'d>| target.index < child.token().next;
            match token.kind {
                Kind::Object => {
                    let Some((key, child)) = node.members().find(|(_, child)| inside(*child)) else { break };
                    crate::pointer::push(&mut out, key);
                    node = child;
                }
                Kind::Array => {
                    let hint = hints.next();
                    let known = hint.as_deref().filter(|hint| hint.list == node.index && hint.element <= target.index);
                    let (first, mut ordinal) = known.map_or((node.index + 1, 0), |hint| (hint.element, hint.ordinal));
                    let mut elements = Elements { at: first, ..node.elements() };
                    let found = loop {
                        match elements.next() {
                            Some(child) if inside(child) => break child,
                            Some(_) => ordinal += 1,
                            None => return out,
                        }
                    };
                    if let Some(hint) = hint {
                        *hint = Hint { list: node.index, element: found.index, ordinal };
                    }
                    crate::pointer::push_index(&mut out, ordinal);
                    node = found;
                }
                _ => break,
            }
        }
        out
    }
}

/// Finds values by JSON pointers. Remembers where it went through lists, as [`Pointers`] does.
#[derive(Debug, Clone, Copy)]
pub struct Places<'d> {
    base: Node<'d>,
    hints: [Hint; 3],
}

impl<'d> Places<'d> {
    /// Places below this value.
    pub fn new(base: Node<'d>) -> Self {
        Places { base, hints: [NO_HINT; 3] }
    }

    /// The value at a pointer, as [`Node::at`] finds it.
    #[inline(never)]
    pub fn at(&mut self, pointer: &str) -> Option<Node<'d>> {
        let mut node = self.base;
        let mut hints = self.hints.iter_mut();
        let mut rest = if pointer.is_empty() { None } else { Some(pointer.strip_prefix('/').unwrap_or(pointer)) };
        while let Some(segments) = rest {
            let segment;
            (segment, rest) = text::cut(segments, b'/').map_or((segments, None), |(first, rest)| (first, Some(rest)));
            node = match node.kind() {
                Kind::Object if segment.bytes().any(|byte| byte == b'~') => {
                    node.member(&crate::pointer::unescape(segment))?
                }
                Kind::Object => node.member(segment)?,
                Kind::Array => {
                    let wanted = crate::pointer::index(segment)?;
                    let hint = hints.next();
                    let known = hint.as_deref().filter(|hint| hint.list == node.index && hint.ordinal <= wanted);
                    let (first, ordinal) = known.map_or((node.index + 1, 0), |hint| (hint.element, hint.ordinal));
                    let found = Elements { at: first, ..node.elements() }.nth(wanted - ordinal)?;
                    if let Some(hint) = hint {
                        *hint = Hint { list: node.index, element: found.index, ordinal: wanted };
                    }
                    found
                }
                _ => return None,
            };
        }
        Some(node)
    }
}
