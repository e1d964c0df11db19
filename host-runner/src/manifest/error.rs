//! What can be wrong with a manifest, and why an edit of its text is refused.

use thiserror::Error;

/// A stream that cannot be read any further, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct ReadError {
    /// Line of the problem in the file, 1-based.
    pub line: usize,
    /// Column of the problem, 1-based, in characters.
    pub column: usize,
    /// What is wrong.
    pub problem: ReadProblem,
}

/// Why reading stopped. No variant carries a value of the file, which could be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// The file is larger than [`super::Limits::bytes`].
    #[error("the file has {actual} bytes, more than the {limit} allowed: split it")]
    TooLarge {
        /// Size of the file.
        actual: usize,
        /// The limit.
        limit: usize,
    },
    /// The text is not UTF-8.
    #[error("the text is not valid UTF-8: save the file as UTF-8")]
    NotUtf8,
    /// The text is UTF-16.
    #[error("the text is UTF-16: save the file as UTF-8")]
    Utf16,
    /// Something other than a comment follows `---` on its line.
    #[error("only a comment may follow the document separator `---` on its line: move the content to the next line")]
    Separator,
    /// Not JSON, and not YAML either.
    #[error("invalid JSON: {0}")]
    Json(&'static str),
    /// A template that nobody rendered.
    #[error("this looks like a template (`{{{{`): render it first, for example with `helm template`")]
    Template,
    /// Broken YAML syntax, in the words of the parser.
    #[error("invalid YAML: {0}")]
    Yaml(String),
    /// An alias of an anchor that the document does not define before it.
    #[error(
        "an alias names no anchor of this document: define the anchor before it, or quote a value that starts with `*`"
    )]
    UnknownAnchor,
    /// An anchored value that contains its own alias.
    #[error("the value of an anchor contains its own alias: remove the alias")]
    Recursive,
    /// Aliases that expand to far more than the file holds.
    #[error("the document expands its aliases excessively: write the repeated parts out")]
    Aliasing,
    /// `<<` with something else than a mapping or a sequence of mappings.
    #[error("the merge key `<<` needs a mapping or a sequence of mappings as its value")]
    Merge,
    /// A key that JSON cannot express.
    #[error("a mapping key must be a string, a boolean or a number of at most 63 bits: quote the key")]
    Key,
    /// Infinity or not-a-number.
    #[error("infinity and not-a-number have no JSON form: quote the value if it is meant as text")]
    NotFinite,
    /// A scalar that does not fit its explicit tag.
    #[error("the value does not fit its tag `{0}`: correct the value or remove the tag")]
    Tag(String),
    /// Deeper than [`super::Limits::depth`].
    #[error("the document is nested deeper than {0} levels: flatten it")]
    Depth(usize),
    /// More documents than [`super::Limits::documents`].
    #[error("the file has more than {0} documents: split it")]
    Documents(usize),
    /// More nodes than [`super::Limits::nodes`].
    #[error("the file has more than {0} values, aliases expanded: split it")]
    Nodes(usize),
    /// More JSON than [`super::Limits::expanded_bytes`].
    #[error("the documents expand to more than {0} bytes: split the file")]
    Expanded(usize),
}

/// Why [`rewrite()`](super::rewrite()) changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// The file cannot be read to its end.
    #[error("line {}: {}; repair the file first", .0.line, .0.problem)]
    Unreadable(ReadError),
    /// The stream has fewer documents.
    #[error("the file has no document number {0}")]
    NoDocument(usize),
    /// The pointer is not RFC 6901, or names a place whose parent does not exist.
    #[error("`{0}` does not name a place in the document: check the pointer")]
    NoPlace(String),
    /// `add` or `replace` without a value.
    #[error("the edit of `{0}` has no value")]
    NoValue(String),
    /// The place lies in an alias, or in an anchored node that aliases repeat.
    #[error("`{0}` is shared through an anchor or an alias: edit it by hand")]
    Shared(String),
    /// The place comes from a merge key.
    #[error("`{0}` comes from a merge key `<<`: edit it by hand")]
    Merged(String),
    /// The key occurs twice.
    #[error("`{0}` is written twice in its mapping: remove one of the two, then try again")]
    Duplicate(String),
    /// The layout around the place is one that an edit could spoil.
    #[error("`{pointer}` cannot be edited safely because of {why}: edit it by hand")]
    Layout {
        /// The edited place.
        pointer: String,
        /// What is in the way.
        why: &'static str,
    },
    /// Reading the new text did not give the intended object; nothing was changed.
    #[error("the rewritten text would not mean what was intended: edit it by hand")]
    Unverified,
}
