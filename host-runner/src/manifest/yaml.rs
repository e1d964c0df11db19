//! One YAML document into a tree: libyaml's events, go-yaml's reading of anchors, aliases and tags.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use libyaml_safer::{EventData, MappingStyle, Mark, Parser, ScalarStyle, Scanner, SequenceStyle, TokenData};

use super::error::ReadProblem;
use super::scalar::resolve;
use super::tree::{Builder, Kind, MERGE, Node, NodeId, Style, Tree};

/// A problem at a byte of the file.
pub(super) struct Failure {
    pub(super) offset: usize,
    pub(super) problem: ReadProblem,
}

/// Bytes handed to the scanner at a time: it keeps four bytes of memory for each.
const BUFFER: usize = 8192;

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";
const BOM: char = '\u{FEFF}';

/// Reads the first document of `chunk`, which starts at byte `base` of the file. `None` when it holds none.
///
/// What follows the first document (after `...`) is not read, as kubectl does not read it.
pub(super) fn parse(chunk: &str, base: usize, builder: Builder) -> Result<Option<Tree>, Failure> {
    let skipped = if chunk.starts_with(BOM) { BOM.len_utf8() } else { 0 };
    let body = chunk.get(skipped..).unwrap_or_default();
    let base = base + skipped;
    if let Some((at, _)) =
        body.match_indices(BOM).find(|(at, _)| *at == 0 || body.as_bytes().get(at - 1) == Some(&b'\n'))
    {
        let problem = ReadProblem::Yaml("a byte order mark stands inside the document".to_owned());
        return Err(Failure { offset: base + at, problem });
    }
    refuse_tag_before_comma(body, base)?;
    let mut input = lines(body);
    let mut parser = Parser::new();
    parser.set_encoding(libyaml_safer::Encoding::Utf8);
    parser.set_input(&mut input);
    Composer { body, base, builder, anchors: HashMap::new() }.compose(&mut parser)
}

/// The text as kubectl hands it to the parser: every line with a line feed, the last one too.
fn lines(body: &str) -> BufReader<impl Read + '_> {
    let end: &[u8] = if body.ends_with('\n') { b"" } else { b"\n" };
    BufReader::with_capacity(BUFFER, body.as_bytes().chain(end))
}

/// A tag directly before a comma, as in `[!, a]`: libyaml-safer 0.3 panics on it (`scan_tag`), so it is refused here.
///
/// Such text is usually inside a string. So the suspects are made letters, and where the scanner then begins a plain
/// scalar with such a letter, a tag stood there.
fn refuse_tag_before_comma(body: &str, base: usize) -> Result<(), Failure> {
    let mut suspects = Vec::new();
    let mut at = 0;
    for word in body.split_inclusive(|c: char| c == ',' || c.is_ascii_whitespace()) {
        if word.ends_with(',') {
            suspects.extend(word.match_indices('!').map(|(offset, _)| at + offset));
        }
        at += word.len();
    }
    if suspects.is_empty() {
        return Ok(());
    }
    let mut text = body.as_bytes().to_vec();
    for suspect in &suspects {
        if let Some(byte) = text.get_mut(*suspect) {
            *byte = b'x';
        }
    }
    let text = String::from_utf8(text).unwrap_or_default();
    let mut input = lines(&text);
    let mut scanner = Scanner::new();
    scanner.set_encoding(libyaml_safer::Encoding::Utf8);
    scanner.set_input(&mut input);
    for token in scanner {
        // The scanner looks ahead: tokens before an error may not come, so the error ends the matter.
        let token = token.map_err(|error| syntax(&text, base, &error))?;
        let start = usize::try_from(token.start_mark.index).unwrap_or(usize::MAX);
        match token.data {
            TokenData::DocumentEnd => break,
            TokenData::Scalar { style: ScalarStyle::Plain, .. } if suspects.binary_search(&start).is_ok() => {
                let problem = ReadProblem::Yaml("a tag must be followed by a space".to_owned());
                return Err(Failure { offset: base + start, problem });
            }
            _ => {}
        }
    }
    Ok(())
}

struct Composer<'a> {
    body: &'a str,
    base: usize,
    builder: Builder,
    anchors: HashMap<String, NodeId>,
}

impl Composer<'_> {
    fn offset(&self, mark: Mark) -> usize {
        offset(self.body, self.base, mark)
    }

    fn compose<R: std::io::BufRead>(mut self, parser: &mut Parser<R>) -> Result<Option<Tree>, Failure> {
        loop {
            let event = parser.parse().map_err(|error| syntax(self.body, self.base, &error))?;
            let (from, to) = (self.offset(event.start_mark), self.offset(event.end_mark));
            if matches!(event.data, EventData::DocumentEnd { .. }) {
                break;
            }
            if matches!(event.data, EventData::StreamEnd) {
                return Ok(None);
            }
            self.event(event.data, from, to).map_err(|problem| Failure { offset: from, problem })?;
        }
        Ok(self.builder.is_done().then(|| self.builder.build()))
    }

    fn event(&mut self, data: EventData, from: usize, to: usize) -> Result<(), ReadProblem> {
        match data {
            EventData::DocumentStart { version_directive: Some(version), .. }
                if (version.major, version.minor) != (1, 1) =>
            {
                return Err(ReadProblem::Yaml("only version 1.1 may be declared".to_owned()));
            }
            EventData::Alias { anchor } => {
                let target = *self.anchors.get(&anchor).ok_or(ReadProblem::UnknownAnchor)?;
                self.builder.alias(target, from, to)?;
            }
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    _ => Style::Plain,
                };
                let merge = value == MERGE && (plain_implicit || tag.as_deref() == Some(MERGE_TAG));
                let dressed = anchor.is_some() || tag.is_some();
                if style == Style::Double && self.escapes_slash(from, to) {
                    return Err(ReadProblem::Yaml("found unknown escape character".to_owned()));
                }
                let value = resolve(tag.as_deref(), plain_implicit, value)?;
                let end = if style == Style::Block { self.trimmed(from, to) } else { to };
                let kind = Kind::Scalar { value, style };
                let id = self.builder.scalar(Node { start: from, end, dressed, aliased: false, kind }, merge)?;
                self.anchor(anchor, id);
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                let dressed = anchor.is_some() || tag.is_some();
                let id = self.builder.open(false, from, dressed, style == SequenceStyle::Flow)?;
                self.anchor(anchor, id);
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                let dressed = anchor.is_some() || tag.is_some();
                let id = self.builder.open(true, from, dressed, style == MappingStyle::Flow)?;
                self.anchor(anchor, id);
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.builder.close(to),
            _ => {}
        }
        Ok(())
    }

    /// `\/` came with YAML 1.2; kubectl's parser refuses it.
    fn escapes_slash(&self, from: usize, to: usize) -> bool {
        let mut bytes = self.body.as_bytes().get(from - self.base..to - self.base).unwrap_or_default().iter();
        while let Some(byte) = bytes.next() {
            if *byte == b'\\' && bytes.next() == Some(&b'/') {
                return true;
            }
        }
        false
    }

    fn anchor(&mut self, anchor: Option<String>, id: NodeId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
    }

    /// A block scalar's event reaches to the next token; its text ends earlier.
    fn trimmed(&self, from: usize, to: usize) -> usize {
        let text = self.body.get(from - self.base..to - self.base).unwrap_or_default();
        from + text.trim_end_matches([' ', '\t', '\r', '\n']).len()
    }
}

fn offset(body: &str, base: usize, mark: Mark) -> usize {
    base + usize::try_from(mark.index).unwrap_or(usize::MAX).min(body.len())
}

fn syntax(body: &str, base: usize, error: &libyaml_safer::Error) -> Failure {
    let mark = error.problem_mark().or_else(|| error.context_mark());
    let offset = mark.map_or_else(|| base + first_control(body), |mark| offset(body, base, mark));
    let problem = match error.context() {
        Some(context) => format!("{} {context}", error.problem()),
        None => error.problem().to_owned(),
    };
    Failure { offset, problem: ReadProblem::Yaml(problem) }
}

/// Reader errors carry no mark: they are about the first control character.
fn first_control(text: &str) -> usize {
    let refused =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.find(refused).unwrap_or(0)
}
