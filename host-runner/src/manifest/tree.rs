//! The nodes of one document with their byte ranges, and the builder that both parsers fill.

use std::collections::HashMap;

use super::error::ReadProblem;
use super::scalar::Scalar;

/// Index of a node in its [`Tree`].
pub(super) type NodeId = u32;

/// Mappings from this many entries on get a table of their keys, so that a look-up in a huge one is not a scan.
const INDEXED_FROM: usize = 32;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Block,
}

/// One node; `start..end` are bytes of the file, the end that of its last character that is no white space.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    /// An anchor or tag stands before the content, so `start` is not where the content starts.
    pub(super) dressed: bool,
    /// Some alias repeats this node.
    pub(super) aliased: bool,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar { value: Scalar, style: Style },
    Sequence { items: Vec<NodeId>, flow: bool },
    Mapping(Mapping),
    Alias(NodeId),
}

/// A mapping in the order of the file.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) entries: Vec<(NodeId, NodeId)>,
    pub(super) flow: bool,
    /// Last entry of each key; only for big mappings.
    table: Option<HashMap<String, usize>>,
    /// Has a merge key.
    pub(super) merges: bool,
}

/// A key that a parser has recognised as `<<`, plain or with the merge tag.
pub(super) const MERGE: &str = "<<";

/// All nodes of one document; parents stand before their children.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    merge_keys: Vec<NodeId>,
    pub(super) root: NodeId,
}

impl Tree {
    /// The node, `None` only for an identifier of another tree.
    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// All nodes, parents before their children.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The node that an alias stands for, any other node itself.
    pub(super) fn resolved(&self, id: NodeId) -> Option<(NodeId, &Node)> {
        let node = self.get(id)?;
        match node.kind {
            Kind::Alias(target) => Some((target, self.get(target)?)),
            _ => Some((id, node)),
        }
    }

    /// Whether the key is a merge key.
    pub(super) fn is_merge(&self, key: NodeId) -> bool {
        self.merge_keys.binary_search(&key).is_ok()
    }

    /// The JSON member name of a key, `None` for a key that JSON cannot express.
    pub(super) fn key_text(&self, key: NodeId) -> Option<std::borrow::Cow<'_, str>> {
        match &self.resolved(key)?.1.kind {
            Kind::Scalar { value, .. } => value.as_key(),
            _ => None,
        }
    }

    /// The last entry of a mapping with this key, merge keys left aside.
    pub(super) fn entry(&self, mapping: &Mapping, key: &str) -> Option<(NodeId, NodeId)> {
        let position = match &mapping.table {
            Some(table) => *table.get(key)?,
            None => mapping
                .entries
                .iter()
                .rposition(|(k, _)| !self.is_merge(*k) && self.key_text(*k).is_some_and(|text| text == key))?,
        };
        mapping.entries.get(position).copied()
    }

    /// How often a key is written in a mapping.
    pub(super) fn occurrences(&self, mapping: &Mapping, key: &str) -> usize {
        mapping.entries.iter().filter(|(k, _)| self.key_text(*k).is_some_and(|text| text == key)).count()
    }
}

enum Open {
    Sequence(Vec<NodeId>),
    Mapping(Vec<NodeId>),
}

struct Frame {
    open: Open,
    id: NodeId,
    flow: bool,
}

/// Builds a [`Tree`] from parser events, bounded in depth and nodes.
pub(super) struct Builder {
    tree: Tree,
    frames: Vec<Frame>,
    depth: usize,
    nodes: usize,
    done: bool,
}

impl Builder {
    /// `nodes` is what is left of [`super::Limits::nodes`].
    pub(super) fn new(depth: usize, nodes: usize) -> Self {
        Self { tree: Tree::default(), frames: Vec::new(), depth, nodes, done: false }
    }

    fn push(&mut self, node: Node) -> Result<NodeId, ReadProblem> {
        let id = NodeId::try_from(self.tree.nodes.len()).map_err(|_| ReadProblem::Nodes(self.nodes))?;
        if self.tree.nodes.len() >= self.nodes {
            return Err(ReadProblem::Nodes(self.nodes));
        }
        self.tree.nodes.push(node);
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            Some(Open::Sequence(children) | Open::Mapping(children)) => children.push(id),
            None => self.tree.root = id,
        }
        Ok(id)
    }

    /// Adds a scalar; `merge` when it is a merge key should it stand where a key does.
    pub(super) fn scalar(&mut self, node: Node, merge: bool) -> Result<NodeId, ReadProblem> {
        let is_key = matches!(self.frames.last().map(|frame| &frame.open), Some(Open::Mapping(c)) if c.len() % 2 == 0);
        let id = self.push(node)?;
        if merge && is_key {
            self.tree.merge_keys.push(id);
        }
        self.finished();
        Ok(id)
    }

    /// Adds an alias of an earlier node.
    pub(super) fn alias(&mut self, target: NodeId, start: usize, end: usize) -> Result<(), ReadProblem> {
        if let Some(node) = self.tree.nodes.get_mut(target as usize) {
            node.aliased = true;
        }
        self.push(Node { start, end, dressed: false, aliased: false, kind: Kind::Alias(target) })?;
        self.finished();
        Ok(())
    }

    /// Opens a mapping or sequence.
    pub(super) fn open(
        &mut self,
        mapping: bool,
        start: usize,
        dressed: bool,
        flow: bool,
    ) -> Result<NodeId, ReadProblem> {
        if self.frames.len() >= self.depth {
            return Err(ReadProblem::Depth(self.depth));
        }
        let kind = Kind::Sequence { items: Vec::new(), flow };
        let id = self.push(Node { start, end: start, dressed, aliased: false, kind })?;
        let open = if mapping { Open::Mapping(Vec::new()) } else { Open::Sequence(Vec::new()) };
        self.frames.push(Frame { open, id, flow });
        Ok(id)
    }

    /// Closes the innermost collection; `end` is where a flow collection ends, a block one ends with its last child.
    pub(super) fn close(&mut self, end: usize) {
        let Some(frame) = self.frames.pop() else { return };
        let (kind, last) = match frame.open {
            Open::Sequence(items) => {
                let last = items.last().copied();
                (Kind::Sequence { items, flow: frame.flow }, last)
            }
            Open::Mapping(children) => {
                let last = children.last().copied();
                let entries: Vec<_> =
                    children.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
                (Kind::Mapping(self.mapping(entries, frame.flow)), last)
            }
        };
        let last_end = last.and_then(|id| self.tree.get(id)).map_or(0, |node| node.end);
        if let Some(node) = self.tree.nodes.get_mut(frame.id as usize) {
            node.kind = kind;
            node.end = if frame.flow { end } else { last_end.max(node.start) };
        }
        self.finished();
    }

    fn mapping(&self, entries: Vec<(NodeId, NodeId)>, flow: bool) -> Mapping {
        let table = (entries.len() >= INDEXED_FROM).then(|| {
            let keys = entries.iter().enumerate().filter(|(_, (key, _))| !self.tree.is_merge(*key));
            keys.filter_map(|(at, (key, _))| Some((self.tree.key_text(*key)?.into_owned(), at))).collect()
        });
        let merges = !self.tree.merge_keys.is_empty() && entries.iter().any(|(key, _)| self.tree.is_merge(*key));
        Mapping { entries, flow, table, merges }
    }

    fn finished(&mut self) {
        self.done = self.frames.is_empty();
    }

    /// The root is complete.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The tree.
    pub(super) fn build(self) -> Tree {
        self.tree
    }
}
