//! Flags and operands of one run, and what their values say.

use regwarden_sdk::json::Node;
use regwarden_sdk::text;

use super::Arg;
use crate::data::flags::{self, Tool};
use crate::knowledge::words;

/// One flag of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'r, 'd> {
    /// With its dashes, without its value.
    pub name: &'r str,
    /// What stands behind `=`.
    pub inline: Option<&'r str>,
    /// The next argument, which is the value of flags that take one.
    pub next: Option<&'r str>,
    /// Where it is written.
    pub node: Node<'d>,
    /// Where its value is written.
    pub value_node: Node<'d>,
}

impl<'r> Given<'r, '_> {
    /// Is it this flag?
    #[inline(never)]
    pub(crate) fn is(&self, tool: &Tool, name: &str) -> bool {
        let bare = |text: &'r str| words::trim_start(text, b'-');
        self.name == name
            || (tool.single_dash && !self.name.starts_with("--") && name.strip_prefix("--") == Some(bare(self.name)))
    }

    /// Is it one of these?
    #[inline(never)]
    pub(crate) fn is_one(&self, tool: &Tool, names: &[&str]) -> bool {
        for name in names {
            if self.is(tool, name) {
                return true;
            }
        }
        false
    }

    /// The value of a flag that takes one: `--flag=value` or `--flag value`.
    pub(crate) fn value(&self) -> Option<&'r str> {
        self.inline.or(self.next)
    }

    /// What it says as a boolean flag, which never takes the next word; `None` for what is filled in later.
    pub(crate) fn truth(&self) -> Option<bool> {
        self.inline.map_or(Some(true), truth)
    }
}

/// As Go's `strconv.ParseBool`; `None` for anything else, such as a value that is filled in later.
#[inline(never)]
pub(crate) fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Keys and values of `a=b,"c=d,e"`, quoted as in CSV.
pub(crate) fn fields(text: &str) -> Fields<'_> {
    Fields { rest: Some(text) }
}

/// See [`fields`].
pub(crate) struct Fields<'t> {
    rest: Option<&'t str>,
}

impl<'t> Iterator for Fields<'t> {
    type Item = (&'t str, &'t str);

    #[inline(never)]
    fn next(&mut self) -> Option<(&'t str, &'t str)> {
        loop {
            let text = self.rest?;
            let (mut quoted, mut end) = (false, 0);
            for byte in text.bytes() {
                quoted ^= byte == b'"';
                if byte == b',' && !quoted {
                    break;
                }
                end += 1;
            }
            self.rest = text.get(end + 1..);
            let part = text.get(..end).unwrap_or_default();
            if let Some((key, value)) = text::cut(unquoted(part.trim()), b'=') {
                return Some((key.trim(), unquoted(value)));
            }
        }
    }
}

/// Without quotes around it.
#[inline(never)]
fn unquoted(text: &str) -> &str {
    words::trim_end(words::trim_start(text, b'"'), b'"')
}

/// See [`Run::flags`].
pub(crate) struct Flags<'r, 'd> {
    pub(super) rest: &'r [Arg<'d>],
}

impl<'r, 'd> Iterator for Flags<'r, 'd> {
    type Item = Given<'r, 'd>;

    #[inline(never)]
    fn next(&mut self) -> Option<Given<'r, 'd>> {
        while let [arg, rest @ ..] = self.rest {
            let text = &*arg.text;
            if text == "--" {
                break;
            }
            self.rest = rest;
            if !text.starts_with('-') || text.len() < 2 {
                continue;
            }
            let next = rest.first();
            let (name, inline, value_node) = match text::cut(text, b'=') {
                Some((name, value)) => (name, Some(value), arg.node),
                None => (text, None, next.map_or(arg.node, |next| next.node)),
            };
            return Some(Given { name, inline, next: next.map(|next| &*next.text), node: arg.node, value_node });
        }
        None
    }
}

/// See [`Run::operands`].
pub(crate) struct Operands<'r, 'd> {
    pub(super) tool: &'static Tool,
    pub(super) rest: &'r [Arg<'d>],
    pub(super) taken: bool,
}

impl<'r, 'd> Iterator for Operands<'r, 'd> {
    type Item = &'r Arg<'d>;

    #[inline(never)]
    fn next(&mut self) -> Option<&'r Arg<'d>> {
        while let [arg, rest @ ..] = self.rest {
            self.rest = rest;
            let value = std::mem::replace(&mut self.taken, flags::takes_next(self.tool, &arg.text));
            if !value && !arg.text.starts_with('-') && !arg.text.is_empty() {
                return Some(arg);
            }
        }
        None
    }
}
