//! A file into documents: the choice between JSON and YAML and the splitting at `---`, as kubectl does them.

use std::ops::Range;
use std::sync::Arc;

use super::Limits;
use super::document::Document;
use super::emit::{Budget, Emitter};
use super::error::{ReadError, ReadProblem};
use super::json::{self, Next};
use super::scalar::Scalar;
use super::source::Source;
use super::tree::{Builder, Kind, Tree};
use super::yaml::{self, Failure};

/// What a file holds.
#[derive(Debug, Default)]
pub struct Stream {
    /// The documents before the first error, without the empty and the null ones.
    pub documents: Vec<Document>,
    /// Why the rest could not be read, `None` when all of it was.
    pub error: Option<ReadError>,
}

/// Deepest nesting whatever the caller asks for: the writer of JSON recurses.
const DEPTH_CAP: usize = 1000;

/// Reads a manifest as kubectl would, in time linear in its size. Never fails as a whole: see [`Stream`].
#[must_use]
pub fn read(text: &[u8], limits: &Limits) -> Stream {
    let whole = |problem| Stream { documents: Vec::new(), error: Some(ReadError { line: 1, column: 1, problem }) };
    if text.len() > limits.bytes {
        return whole(ReadProblem::TooLarge { actual: text.len(), limit: limits.bytes });
    }
    if matches!(
        text,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, b' '..=b'~', 0, ..] | [b' '..=b'~', 0, b' '..=b'~', 0, ..]
    ) {
        return whole(ReadProblem::Utf16);
    }
    let source = Arc::new(Source::new(text));
    let budget = Budget { depth: limits.depth.min(DEPTH_CAP), nodes: limits.nodes, bytes: limits.expanded_bytes };
    let mut reader = Reader { source: &source, limits, budget, documents: Vec::new() };
    let error = reader.run().err().map(|failure| {
        let (line, column) = source.position(failure.offset);
        ReadError { line, column, problem: explained(failure, text, limits) }
    });
    Stream { documents: reader.documents, error }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    limits: &'a Limits,
    budget: Budget,
    documents: Vec<Document>,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let text = self.source.bytes();
        let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if !valid.trim_start().starts_with('{') {
            return self.yaml(0);
        }
        let mut at = 0;
        for count in 0_usize.. {
            match json::parse(valid, at, self.builder()) {
                Ok(Next::End) if valid.len() == text.len() => return Ok(()),
                Ok(Next::End) => return Err(Failure { offset: valid.len(), problem: ReadProblem::NotUtf8 }),
                Ok(Next::Value(tree, end)) => {
                    let range = at..end;
                    at = end;
                    self.add(tree, range, true)?;
                }
                Err(failure) if valid.len() < text.len() && ends_early(&failure, valid) => {
                    return Err(Failure { offset: valid.len(), problem: ReadProblem::NotUtf8 });
                }
                // More than one value without `---`: certainly a JSON stream. Otherwise the rest may still be YAML.
                Err(failure) if count > 1 || is_limit(&failure.problem) => return Err(failure),
                Err(failure) => {
                    let line_end = text.get(at..).and_then(|rest| {
                        let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?;
                        (rest.get(space) == Some(&b'\n')).then_some(space + 1)
                    });
                    let from = if count == 0 { 0 } else { at + line_end.unwrap_or(0) };
                    let before = self.documents.len();
                    return self.yaml(from).map_err(|other| {
                        // The file looked like JSON, so that is the error to show, unless YAML got further.
                        if self.documents.len() == before && !is_limit(&other.problem) { failure } else { other }
                    });
                }
            }
        }
        Ok(())
    }

    fn builder(&self) -> Builder {
        Builder::new(self.budget.depth, self.budget.nodes)
    }

    fn yaml(&mut self, from: usize) -> Result<(), Failure> {
        let text = self.source.bytes();
        let mut start = from;
        let mut at = from;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            let next = at + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |found| found + 1);
            let line = text.get(at..next).unwrap_or_default();
            if let Some(after) = line.strip_prefix(b"---") {
                if after.trim_ascii().first().is_some_and(|byte| *byte != b'#') {
                    return Err(Failure { offset: at, problem: ReadProblem::Separator });
                }
                if at > start {
                    self.chunk(start..at)?;
                    start = next;
                }
            }
            at = next;
        }
        if start < text.len() { self.chunk(start..text.len()) } else { Ok(()) }
    }

    fn chunk(&mut self, range: Range<usize>) -> Result<(), Failure> {
        let bytes = self.source.bytes().get(range.clone()).unwrap_or_default();
        let chunk = std::str::from_utf8(bytes)
            .map_err(|error| Failure { offset: range.start + error.valid_up_to(), problem: ReadProblem::NotUtf8 })?;
        match yaml::parse(chunk, range.start, self.builder())? {
            Some(tree) => self.add(tree, range, false),
            None => Ok(()),
        }
    }

    fn add(&mut self, tree: Tree, range: Range<usize>, json: bool) -> Result<(), Failure> {
        let root = tree.get(tree.root);
        let start = root.map_or(range.start, |node| node.start);
        if matches!(root.map(|node| &node.kind), Some(Kind::Scalar { value: Scalar::Null, .. })) {
            return Ok(());
        }
        if self.documents.len() >= self.limits.documents {
            return Err(Failure { offset: start, problem: ReadProblem::Documents(self.limits.documents) });
        }
        let (text, visited) = Emitter::new(&tree, self.budget).json(tree.root)?;
        if text.len() > self.budget.bytes {
            return Err(Failure { offset: start, problem: ReadProblem::Expanded(self.budget.bytes) });
        }
        self.budget.bytes -= text.len();
        self.budget.nodes = self.budget.nodes.saturating_sub(visited);
        let (line, _) = self.source.position(start);
        let index = self.documents.len();
        self.documents.push(Document::new(Arc::clone(self.source), tree, text, range, index, line, json));
        Ok(())
    }
}

/// The valid part of the text ended inside a value.
fn ends_early(failure: &Failure, valid: &str) -> bool {
    failure.offset >= valid.len() || failure.problem == json::OPEN_STRING
}

/// Bytes around a problem in which a template mark explains it.
const NEAR: usize = 60;

/// The problem as a person should read it: a limit in full instead of what was left of it, a template called one.
fn explained(failure: Failure, text: &[u8], limits: &Limits) -> ReadProblem {
    match failure.problem {
        ReadProblem::Nodes(_) => ReadProblem::Nodes(limits.nodes),
        ReadProblem::Expanded(_) => ReadProblem::Expanded(limits.expanded_bytes),
        problem @ (ReadProblem::Yaml(_) | ReadProblem::Json(_) | ReadProblem::Key) => {
            let before = text.get(failure.offset.saturating_sub(NEAR)..failure.offset).unwrap_or_default();
            let after = text.get(failure.offset..text.len().min(failure.offset + NEAR)).unwrap_or_default();
            let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let template = [before, after].concat().windows(2).any(|pair| pair == b"{{");
            if template { ReadProblem::Template } else { problem }
        }
        other => other,
    }
}

fn is_limit(problem: &ReadProblem) -> bool {
    matches!(
        problem,
        ReadProblem::Depth(_) | ReadProblem::Documents(_) | ReadProblem::Nodes(_) | ReadProblem::Expanded(_)
    )
}
