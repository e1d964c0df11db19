//! One document: its JSON text, the places of its nodes, and the objects that a `List` holds.

use std::ops::Range;
use std::sync::Arc;

use super::emit::{Budget, Emitter};
use super::source::Source;
use super::tree::{Kind, Mapping, NodeId, Tree};

/// Lists inside lists that are opened; deeper ones stay one item.
const LIST_DEPTH: usize = 8;

/// One document of a stream.
#[derive(Debug)]
pub struct Document {
    /// Compact JSON of the document, keys in the order of the file, numbers of a JSON source as they were written.
    pub json: String,
    /// Position among the documents that kubectl would send, from 0.
    pub index: usize,
    /// Line of the first character of content, from 1.
    pub line: usize,
    /// The document was read as JSON, not as YAML.
    pub is_json: bool,
    source: Arc<Source>,
    tree: Tree,
    range: Range<usize>,
}

/// Where a JSON pointer leads in the file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line to show: of the value for a scalar, of the key for a mapping or sequence that has one, of the first key for
    /// a mapping in a sequence, of the alias for an aliased value.
    pub line: usize,
    /// Column to show.
    pub column: usize,
    /// Line of the member's key; `None` for items of sequences and for the root.
    pub key_line: Option<usize>,
    /// Column of the member's key.
    pub key_column: Option<usize>,
    /// Bytes of the value in the file; empty for a value that is left out (`key:`).
    pub span: Range<usize>,
    /// The pointer's own node was found; otherwise this is its nearest ancestor that exists.
    pub exact: bool,
}

/// One object of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Compact JSON of the object. An item of a typed list (`PodList`) without a kind gets the list's, as in kubectl.
    pub json: String,
    /// JSON pointer of the object in its document: empty for the document itself, else such as `/items/3`.
    pub prefix: String,
    /// Line of the object's first character, from 1.
    pub line: usize,
}

/// One step of a pointer, decoded.
pub(super) fn tokens(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let rest = pointer.strip_prefix('/')?;
    rest.split('/')
        .map(|part| {
            let clean = !part.replace("~0", "").replace("~1", "").contains('~');
            clean.then(|| part.replace("~1", "/").replace("~0", "~"))
        })
        .collect()
}

/// An array index as RFC 6901 writes it: no sign, no leading zero.
pub(super) fn array_index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|b| b.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}

impl Document {
    pub(super) fn new(
        source: Arc<Source>,
        tree: Tree,
        json: String,
        range: Range<usize>,
        index: usize,
        line: usize,
        is_json: bool,
    ) -> Self {
        Self { json, index, line, is_json, source, tree, range }
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Bytes of the file from the document's separator to the next one.
    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn emitter(&self) -> Emitter<'_> {
        Emitter::new(&self.tree, Budget { depth: usize::MAX, nodes: usize::MAX, bytes: usize::MAX })
    }

    /// The place that a pointer (RFC 6901, relative to the document) leads to, or its nearest existing ancestor.
    #[must_use]
    pub fn locate(&self, pointer: &str) -> Place {
        let parsed = tokens(pointer);
        let mut exact = parsed.is_some();
        let mut here = self.tree.root;
        let mut key = None;
        for token in parsed.unwrap_or_default() {
            let next = self.tree.resolved(here).and_then(|(_, node)| match &node.kind {
                Kind::Mapping(mapping) => self.member(mapping, &token).map(|(key, value)| (Some(key), value)),
                Kind::Sequence { items, .. } => array_index(&token).and_then(|at| items.get(at)).map(|id| (None, *id)),
                Kind::Scalar { .. } | Kind::Alias(_) => None,
            });
            let Some((next_key, next)) = next else {
                exact = false;
                break;
            };
            (key, here) = (next_key, next);
        }
        self.place(key, here, exact)
    }

    /// Key and value of a member as JSON sees it, merge keys applied.
    pub(super) fn member(&self, mapping: &Mapping, name: &str) -> Option<(NodeId, NodeId)> {
        if !mapping.merges {
            return self.tree.entry(mapping, name);
        }
        let members = self.emitter().members(mapping).ok()?;
        members.into_iter().find(|member| member.name == name).map(|member| (member.key, member.value))
    }

    fn place(&self, key: Option<NodeId>, value: NodeId, exact: bool) -> Place {
        let (span, by_key) = match self.tree.get(value) {
            Some(node) => {
                let scalar = matches!(node.kind, Kind::Scalar { .. } | Kind::Alias(_));
                (node.start..node.end, !scalar || node.start == node.end)
            }
            None => (0..0, true),
        };
        let of_key = key.and_then(|key| self.tree.get(key)).map(|node| self.source.position(node.start));
        let of_value = self.source.position(span.start);
        let (line, column) = of_key.filter(|_| by_key).unwrap_or(of_value);
        let (key_line, key_column) = of_key.unzip();
        Place { line, column, key_line, key_column, span, exact }
    }

    /// The objects of the document: the items of a `List` (or any `…List`), lists in lists opened, else the document.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        self.collect(self.tree.root, String::new(), 0, None, &mut items);
        items
    }

    fn collect(&self, id: NodeId, prefix: String, depth: usize, typed: Option<(&str, &str)>, out: &mut Vec<Item>) {
        let Some((_, node)) = self.tree.resolved(id) else { return };
        if depth < LIST_DEPTH
            && let Kind::Mapping(mapping) = &node.kind
            && let Some(kind) = self.text(mapping, "kind").filter(|kind| kind.ends_with("List"))
            && let Some((_, list)) = self.member(mapping, "items")
            && let Some((_, Kind::Sequence { items, .. })) = self.tree.resolved(list).map(|(id, node)| (id, &node.kind))
        {
            let api_version = self.text(mapping, "apiVersion").unwrap_or_default();
            let typed = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(|kind| (api_version, kind));
            for (at, item) in items.iter().enumerate() {
                self.collect(*item, format!("{prefix}/items/{at}"), depth + 1, typed, out);
            }
            return;
        }
        let mut json = if prefix.is_empty() {
            self.json.clone()
        } else {
            self.emitter().json(id).map_or_else(|_| "null".to_owned(), |(json, _)| json)
        };
        if let (Some((api_version, kind)), Kind::Mapping(mapping)) = (typed, &node.kind)
            && self.member(mapping, "kind").is_none()
        {
            json = with_type(&json, api_version, kind, self.member(mapping, "apiVersion").is_some());
        }
        let start = self.tree.get(id).map_or(0, |node| node.start);
        out.push(Item { json, prefix, line: self.source.position(start).0 });
    }

    fn text<'a>(&'a self, mapping: &Mapping, name: &str) -> Option<&'a str> {
        let (_, value) = self.member(mapping, name)?;
        match &self.tree.resolved(value)?.1.kind {
            Kind::Scalar { value: super::scalar::Scalar::Str(text), .. } => Some(text),
            _ => None,
        }
    }
}

fn with_type(json: &str, api_version: &str, kind: &str, has_version: bool) -> String {
    let mut out = String::from("{");
    if !has_version {
        out.push_str("\"apiVersion\":");
        super::scalar::write_string(api_version, &mut out);
        out.push(',');
    }
    out.push_str("\"kind\":");
    super::scalar::write_string(kind, &mut out);
    let rest = json.strip_prefix('{').unwrap_or_default();
    if rest != "}" {
        out.push(',');
    }
    out.push_str(rest);
    out
}
