//! Parameters: `$(params.x)` and `{{inputs.parameters.x}}` become what the same object gives them. What it does not give
//! stays as it is written, and is nobody's finding.

use std::borrow::Cow;
use std::cell::Cell;

use crate::json::Node;
use crate::order::order;
use crate::text;

/// A text that grew beyond this is not filled in any further.
const MAX_TEXT: usize = 1 << 20;

/// Named values; of two with one name the first counts.
#[derive(Default)]
pub(crate) struct Params<'d> {
    entries: Vec<(&'d str, Node<'d>)>,
    sorted: Vec<usize>,
    /// How many of the entries are values whose texts refer to the parameters around.
    passed: usize,
}

impl<'d> Params<'d> {
    /// Takes up a list of maps with `name` and one of `value` and `default`.
    #[inline(never)]
    pub(crate) fn add(&mut self, list: Option<Node<'d>>) {
        let Some(list) = list else { return };
        for entry in list.elements() {
            if let (Some(name), Some(value)) = (entry.str("name"), entry.get("value").or_else(|| entry.get("default")))
            {
                self.entries.push((name, value));
            }
        }
    }

    /// Those so far were passed in from around; what follows are defaults.
    pub(crate) fn passed(&mut self) {
        self.passed = self.entries.len();
    }

    /// To be called before the first look-up.
    #[inline(never)]
    pub(crate) fn ready(mut self) -> Self {
        let name = |at: usize| self.entries.get(at).map_or("", |(name, _)| *name);
        self.sorted = order(self.entries.len(), &|a, b| name(a).cmp(name(b)).then(a.cmp(&b)));
        self
    }

    /// The value of a name, and whether it was passed in from around.
    #[inline(never)]
    pub(crate) fn get(&self, name: &str) -> Option<(Node<'d>, bool)> {
        let named = |at: usize| self.sorted.get(at).and_then(|at| self.entries.get(*at)).map_or("", |(name, _)| *name);
        let (mut from, mut to) = (0, self.sorted.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if named(middle) < name {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let at = *self.sorted.get(from)?;
        self.entries.get(at).filter(|(known, _)| *known == name).map(|(_, value)| (*value, at < self.passed))
    }
}

/// The parameters of a description and those of the object around it.
#[derive(Default)]
pub(crate) struct Scope<'d> {
    /// `params`, `inputs.parameters`
    pub inner: Params<'d>,
    /// `workflow.parameters`, and what passed values refer to.
    pub outer: Params<'d>,
    /// Bytes that may still be written more than once.
    pub left: Cell<usize>,
}

/// A reference in a text.
struct Reference<'t> {
    name: &'t str,
    outer: bool,
    /// Every element of a list.
    all: bool,
    length: usize,
}

impl<'t> Reference<'t> {
    /// `text` begins with the `$(` or `{{`.
    #[inline(never)]
    fn read(text: &'t str) -> Option<Self> {
        let (body, close) = match text.strip_prefix("$(") {
            Some(body) => (body, ")"),
            None => (text.strip_prefix("{{")?, "}}"),
        };
        // Names are short; the bound keeps a text of opening marks linear.
        let near = body.get(..body.len().min(256)).or_else(|| body.get(..body.floor_char_boundary(256)))?;
        let end = text::find(near, close)?;
        let length = text.len() - body.len() + end + close.len();
        let inner = body.get(..end)?.trim_ascii();
        let (path, all) = match inner.strip_suffix("[*]") {
            Some(path) => (path, true),
            None => (inner, false),
        };
        for (prefix, outer) in
            [("params", false), ("inputs.params", false), ("inputs.parameters", false), ("workflow.parameters", true)]
        {
            let Some(rest) = path.strip_prefix(prefix) else { continue };
            let name = rest.strip_prefix('.').or_else(|| {
                let quoted = rest.strip_prefix('[')?.strip_suffix(']')?;
                let quote = |mark: char| quoted.strip_prefix(mark)?.strip_suffix(mark);
                quote('"').or_else(|| quote('\''))
            })?;
            return Some(Reference { name, outer, all, length });
        }
        None
    }
}

/// Could there be a reference in this text? Most have none.
pub(crate) fn refers(text: &str) -> bool {
    text::contains(text, "$(") || text::contains(text, "{{")
}

impl<'d> Scope<'d> {
    /// Something is written that the sketch before this one, or the container before this one, may have too. `false`: it
    /// is more than anybody writes, and must not be copied any further.
    #[inline(never)]
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        // Its pointers count too.
        let bytes = bytes + 64;
        let left = self.left.get().saturating_sub(bytes);
        self.left.set(left);
        left > 0
    }

    /// The text with what is known filled in. `Borrowed`: nothing changed.
    #[inline(never)]
    pub(crate) fn fill<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.fill_from(text, false)
    }

    #[inline(never)]
    fn fill_from<'t>(&self, text: &'t str, outside: bool) -> Cow<'t, str> {
        if !refers(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::new();
        let mut changed = false;
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| byte == b'$' || byte == b'{') {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.push_str(before);
            let reference = Reference::read(from).filter(|reference| !reference.all && out.len() < MAX_TEXT);
            let value = reference.as_ref().and_then(|reference| self.value(reference, outside));
            let value = value.filter(|value| self.charge(value.len()));
            let used = match (&reference, value) {
                (Some(reference), Some(value)) => {
                    out.push_str(&value);
                    changed = true;
                    reference.length
                }
                _ => 1,
            };
            let (written, after) = from.split_at_checked(used).unwrap_or((from, ""));
            if used == 1 {
                out.push_str(written);
            }
            rest = after;
        }
        if !changed {
            return Cow::Borrowed(text);
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// One step and no further: a value that refers to its own kind is left as it is.
    fn value(&self, reference: &Reference<'_>, outside: bool) -> Option<Cow<'d, str>> {
        let (node, passed) = if reference.outer || outside { &self.outer } else { &self.inner }.get(reference.name)?;
        let text = node.as_str().or_else(|| {
            // A number or a flag is written as it is; a list or a map is no text.
            matches!(node.kind(), crate::json::Kind::Number | crate::json::Kind::Bool).then(|| node.raw())
        })?;
        if passed && !outside && !reference.outer {
            Some(self.fill_from(text, true))
        } else {
            Some(Cow::Borrowed(text))
        }
    }

    /// Where the end of a passed value was written: the parameter around that it ends in, else the value itself.
    #[inline(never)]
    pub(crate) fn origin(&self, value: Node<'d>) -> Node<'d> {
        let text = value.as_str().unwrap_or_default();
        let last = text.bytes().rposition(|byte| byte == b'$').and_then(|at| Reference::read(text.get(at..)?));
        let ends = last.filter(|reference| text.ends_with(')') && !reference.all && !reference.name.is_empty());
        ends.and_then(|reference| self.outer.get(reference.name)).map_or(value, |(node, _)| node)
    }

    /// The list that a whole argument `$(params.x[*])` stands for.
    #[inline(never)]
    pub(crate) fn list(&self, text: &str) -> Option<Node<'d>> {
        let reference = Reference::read(text).filter(|reference| reference.all && reference.length == text.len())?;
        let (node, _) = self.inner.get(reference.name)?;
        (node.kind() == crate::json::Kind::Array).then_some(node)
    }
}
