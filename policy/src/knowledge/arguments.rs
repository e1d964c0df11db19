//! What a container runs: the registry clients among its command, its arguments and its shell strings, each with its
//! arguments as the program receives them and the place in the object that they come from.

use std::borrow::Cow;

use regwarden_sdk::json::Node;
use regwarden_sdk::shell::{self, Command, Word};
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

use crate::data::builders;
use crate::data::flags::{self, Tool};

mod given;
#[cfg(test)]
mod tests;

use given::{Flags, Operands};
pub(crate) use given::{Given, fields, truth};

/// Shells in shells that are looked into; nobody writes more.
const MAX_DEPTH: usize = 4;
/// Variables that are looked up per container. Each costs a walk over `env`; real arguments have a handful.
const MAX_LOOKUPS: usize = 256;

/// One argument.
#[derive(Debug, Clone)]
pub(crate) struct Arg<'d> {
    /// As the program receives it; what is not known here stays as it is written.
    pub text: Cow<'d, str>,
    /// The string in the object that holds it: an element of `command` or `args`, a whole script, a variable's value.
    pub node: Node<'d>,
}

/// One run of a known tool.
#[derive(Debug)]
pub(crate) struct Run<'d> {
    /// Which tool.
    pub tool: &'static Tool,
    /// Its program as it is called; empty when the image starts it by itself.
    pub program: Cow<'d, str>,
    /// Its arguments, the program not among them.
    pub args: Vec<Arg<'d>>,
    /// Variables that a shell sets for this run only.
    pub variables: Vec<(String, String)>,
}

impl<'d> Run<'d> {
    /// A run of a tool whose arguments stand in one string, as some variables hold them.
    #[inline(never)]
    pub(crate) fn of_string(tool: &'static Tool, node: Node<'d>, text: &'d str) -> Self {
        let mut args = Vec::new();
        let mut rest = Some(text);
        let mut dash = false;
        // Engines join a list with commas: `--a=1,--b`.
        while let Some(text) = rest {
            let end = text::find(text, ",-");
            let part = end.and_then(|end| text.get(..end)).unwrap_or(text);
            rest = end.and_then(|end| text.get(end + 2..));
            for word in shell::split(part) {
                let text = if dash { Cow::Owned(text::concat(&["-", &word.text])) } else { word.text };
                args.push(Arg { text, node });
                dash = false;
            }
            dash = true;
        }
        Run { tool, program: Cow::Borrowed(""), args, variables: Vec::new() }
    }

    /// Its flags, up to a `--`.
    pub(crate) fn flags(&self) -> Flags<'_, 'd> {
        Flags { rest: &self.args }
    }

    /// Does one of them fit?
    #[inline(never)]
    pub(crate) fn has(&self, fits: &dyn Fn(&Given<'_, 'd>) -> bool) -> bool {
        for given in self.flags() {
            if fits(&given) {
                return true;
            }
        }
        false
    }

    /// The values of flags that take one, by their names; one-letter ones also as `-dVALUE`.
    #[inline(never)]
    pub(crate) fn values<'r>(&'r self, names: &[&str], take: &mut dyn FnMut(&'r str)) {
        self.each_value(names, &mut |value, _| take(value));
    }

    /// As [`Run::values`], with the places where the values are written.
    #[inline(never)]
    pub(crate) fn each_value<'r>(&'r self, names: &[&str], take: &mut dyn FnMut(&'r str, Node<'d>)) {
        for given in self.flags() {
            if given.is_one(self.tool, names) {
                if let Some(value) = given.value() {
                    take(value, given.value_node);
                }
                continue;
            }
            for name in names {
                if name.len() != 2 || given.name.starts_with("--") {
                    continue;
                }
                if let Some(rest) = given.name.strip_prefix(*name) {
                    if !rest.is_empty() && !self.tool.single_dash {
                        take(rest, given.node);
                    }
                    break;
                }
            }
        }
    }

    /// The arguments that are neither flags nor the values of those that [take the next word](flags::takes_next).
    pub(crate) fn operands(&self) -> Operands<'_, 'd> {
        Operands { tool: self.tool, rest: &self.args, taken: false }
    }

    /// Where its subcommand is: flags with values may stand in front of it, so it is one of the first few arguments.
    pub(crate) fn subcommands(&self) -> [&str; 3] {
        let mut found = [""; 3];
        for (slot, word) in found.iter_mut().zip(self.operands()) {
            *slot = &word.text;
        }
        found
    }
}

/// Every run of a known tool in a container.
#[inline(never)]
pub(crate) fn runs<'d>(container: Container<'d>) -> Vec<Run<'d>> {
    let mut reader = Reader { container, own: flags::by_image(container), lookups: 0, found: Vec::new() };
    let mut args: Vec<Arg<'d>> = Vec::new();
    for node in container.words() {
        if let Some(text) = node.as_str() {
            args.push(Arg { text: Cow::Borrowed(text), node });
        }
    }
    let given = container.command().next().is_some();
    let placed = reader.place(args, Vec::new(), 0);
    if let Some(args) = placed {
        let own = reader.own.filter(|_| !given);
        let args = reader.expanded(args);
        if let Some(tool) = own.or_else(|| by_signature(&args)) {
            reader.found.push(Run { tool, program: Cow::Borrowed(""), args, variables: Vec::new() });
        }
    }
    reader.found
}

/// The tool that has these flags, for programs and images that nobody knows.
fn by_signature(args: &[Arg<'_>]) -> Option<&'static Tool> {
    for tool in flags::TOOLS {
        let Some((first, others)) = tool.signature.split_first() else { continue };
        if !has_flag(args, first) {
            continue;
        }
        if others.is_empty() {
            return Some(tool);
        }
        for name in others {
            if has_flag(args, name) {
                return Some(tool);
            }
        }
    }
    None
}

#[inline(never)]
fn has_flag(args: &[Arg<'_>], name: &str) -> bool {
    for arg in args {
        if let Some(rest) = arg.text.strip_prefix(name)
            && (rest.is_empty() || rest.starts_with('='))
        {
            return true;
        }
    }
    false
}

struct Reader<'d> {
    container: Container<'d>,
    own: Option<&'static Tool>,
    lookups: usize,
    found: Vec<Run<'d>>,
}

impl<'d> Reader<'d> {
    /// Finds the program of one command line and keeps it when it is known, or reads its script; gives the words back
    /// when neither is there.
    fn place(
        &mut self,
        mut args: Vec<Arg<'d>>,
        variables: Vec<(String, String)>,
        depth: usize,
    ) -> Option<Vec<Arg<'d>>> {
        let own = self.own;
        let known = |arg: &Arg<'_>| builders::is_shell(&arg.text) || flags::by_program(&arg.text, own).is_some();
        let wrapped = args.first().is_some_and(|first| flags::is_wrapper(&first.text) && !known(first));
        let reach = if wrapped { args.len() } else { 1 };
        let Some(at) = args.iter().take(reach).position(known) else { return Some(args) };
        let program = args.get(at)?;
        if let Some(tool) = flags::by_program(&program.text, own) {
            let name = program.text.clone();
            // A wrapper's own `--` between a program and its arguments (tekton's entrypoint) ends no flags.
            let ended = wrapped && args.get(at + 1).is_some_and(|first| first.text == "--");
            args.drain(..(at + 1 + usize::from(ended)).min(args.len()));
            let args = if depth == 0 { self.expanded(args) } else { args };
            self.found.push(Run { tool, program: name, args, variables });
            return None;
        }
        // `-c`, `-ec`, `-ce`: with a `c` among the option letters the script is the next word.
        let mut args = args.iter().skip(at + 1);
        args.find(|arg| arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains('c'))?;
        let script = args.next()?;
        if let Cow::Borrowed(text) = script.text
            && depth < MAX_DEPTH
        {
            for command in shell::commands(text) {
                self.command(command, script.node, depth + 1);
            }
        }
        None
    }

    #[inline(never)]
    fn command(&mut self, command: Command<'d>, node: Node<'d>, depth: usize) {
        // Most commands of a script are of no interest, and expanding costs.
        let own = self.own;
        let of_interest =
            |word: &Word<'_>| builders::is_shell(&word.text) || flags::by_program(&word.text, own).is_some();
        let Some(first) = command.words.first() else { return };
        let wraps = || flags::is_wrapper(&first.text) && command.words.iter().any(of_interest);
        if !of_interest(first) && !wraps() {
            return;
        }
        let mut variables = Vec::new();
        for word in &command.assignments {
            if let Some((name, value)) = word.assignment() {
                variables.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut args = Vec::with_capacity(command.words.len());
        for word in command.words {
            self.push_word(word, node, &mut args);
        }
        self.place(args, variables, depth);
    }

    #[inline(never)]
    fn push_word(&mut self, word: Word<'d>, node: Node<'d>, args: &mut Vec<Arg<'d>>) {
        if !word.expands {
            args.push(Arg { text: word.text, node });
            return;
        }
        let whole = !word.quoted && !word.text.contains(char::is_whitespace);
        match self.expand(&word.text, true) {
            None => args.push(Arg { text: word.text, node }),
            // A shell splits what an unquoted variable holds.
            Some(text) if whole => {
                for part in text.split_whitespace() {
                    args.push(Arg { text: Cow::Owned(part.to_owned()), node });
                }
            }
            Some(text) => args.push(Arg { text: Cow::Owned(text), node }),
        }
    }

    /// What kubelet does to `command` and `args`: `$(NAME)` becomes the value of the variable.
    fn expanded(&mut self, mut args: Vec<Arg<'d>>) -> Vec<Arg<'d>> {
        for arg in &mut args {
            if text::contains(&arg.text, "$(")
                && let Some(text) = self.expand(&arg.text, false)
            {
                arg.text = Cow::Owned(text);
            }
        }
        args
    }

    /// The text with the variables that `env` gives literally; `None` when nothing changes.
    fn expand(&mut self, text: &str, shell: bool) -> Option<String> {
        let mut out: Option<String> = None;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at_checked(at)?;
            let reference = Reference::read(from, shell);
            let value = reference.as_ref().and_then(|reference| self.lookup(reference.name));
            let used = reference.map_or(1, |reference| reference.length);
            let (written, after) = from.split_at_checked(used)?;
            if value.is_some() || out.is_some() {
                let done = text.len() - rest.len();
                let out = out.get_or_insert_with(|| text.get(..done).unwrap_or_default().to_owned());
                out.push_str(before);
                out.push_str(value.unwrap_or(written));
            }
            rest = after;
        }
        if let Some(out) = &mut out {
            out.push_str(rest);
        }
        out
    }

    fn lookup(&mut self, name: &str) -> Option<&'d str> {
        self.lookups += 1;
        if self.lookups > MAX_LOOKUPS {
            return None;
        }
        let (_, value) = self.container.env_var(name)?.value()?;
        // A value that refers to others is not resolved any further.
        (!value.contains('$')).then_some(value)
    }
}

/// A reference to a variable.
struct Reference<'t> {
    name: &'t str,
    length: usize,
}

impl<'t> Reference<'t> {
    /// `$(NAME)`; in shells `${NAME}` and `$NAME` too. `text` begins with the `$`.
    fn read(text: &'t str, shell: bool) -> Option<Self> {
        let body = text.strip_prefix('$')?;
        let (open, close) = if body.starts_with('(') { ('(', ')') } else { ('{', '}') };
        if let Some(inner) = body.strip_prefix(open).filter(|_| shell || open == '(') {
            let length = name_length(inner);
            let name = inner.get(..length)?;
            return inner.get(length..)?.starts_with(close).then_some(Reference { name, length: length + 3 });
        }
        let length = name_length(body);
        let name = body.get(..length).filter(|name| shell && !name.is_empty())?;
        Some(Reference { name, length: length + 1 })
    }
}

/// How long the name is that a text begins with.
#[inline(never)]
fn name_length(text: &str) -> usize {
    let mut length = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_alphanumeric() && byte != b'_' {
            break;
        }
        length += 1;
    }
    length
}
