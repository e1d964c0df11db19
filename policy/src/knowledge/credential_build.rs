//! Credentials that a container hands to a build as arguments, literally or from a Secret.

use regwarden_sdk::json::Node;
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

use super::credential::{self, Found, Hint};
use super::credential_words::{self, Word};
use super::words;

/// Findings of one container, and variables that are looked up for them; whoever has more has been told enough.
const MAX: usize = 64;

/// Where the value of a build argument comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source<'d> {
    /// It stands there.
    Literal(Found),
    /// From this Secret, by a variable.
    Secret(&'d str),
    /// Perhaps from a Secret of which the container gets every key.
    Whole(&'d str),
}

/// A build argument with a credential.
#[derive(Debug)]
pub(crate) struct BuildArg<'d> {
    /// The string that holds it: a word, a script, or the value of a variable.
    pub node: Node<'d>,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub source: Source<'d>,
    /// No second opinion is needed.
    pub sure: bool,
}

/// The variables in which plugins take build arguments: `A=1,B=2`, names of other variables, and arguments of kaniko.
pub(crate) const LIST: &str = "PLUGIN_BUILD_ARGS";
const FROM_ENV: &str = "PLUGIN_BUILD_ARGS_FROM_ENV";
const OPTIONS: &str = "PLUGIN_EXTRA_OPTS";

/// Every build argument of a container that holds a credential.
#[inline(never)]
pub(crate) fn build_args(container: Container<'_>) -> Vec<BuildArg<'_>> {
    let mut reader = Reader { container, lookups: 0, found: Vec::new() };
    // Most containers have nothing of the kind.
    if container.words().any(|word| word.as_str().is_some_and(|text| text::contains(text, "build-arg"))) {
        credential_words::each_command(container, &mut |words, _| reader.command(words));
    }
    for var in container.env() {
        let Some((node, value)) = var.value().filter(|_| var.name().starts_with("PLUGIN_")) else { continue };
        match var.name() {
            LIST => {
                for part in words::parts(value, b',') {
                    reader.given(Word { text: part, node, computed: false }, part);
                }
            }
            FROM_ENV => {
                for name in words::parts(value, b',') {
                    reader.named(node, name.trim_ascii());
                }
            }
            OPTIONS => credential_words::each_in(value, node, 0, &mut |words, _| reader.command(words)),
            _ => {}
        }
    }
    reader.found
}

struct Reader<'d> {
    container: Container<'d>,
    lookups: usize,
    found: Vec<BuildArg<'d>>,
}

impl<'d> Reader<'d> {
    #[inline(never)]
    fn command(&mut self, words: &[Word<'_, 'd>]) {
        for (at, word) in words.iter().enumerate() {
            let (flag, value) = match text::cut(word.text, b'=') {
                Some((flag, value)) if word.text.starts_with('-') => (flag, Some((*word, value))),
                _ => (word.text, words.get(at + 1).map(|next| (*next, next.text))),
            };
            match (flag, value) {
                ("--build-arg", Some((holder, value))) => self.given(holder, value),
                ("--opt", Some((holder, value))) => {
                    if let Some(value) = value.strip_prefix("build-arg:") {
                        self.given(holder, value);
                    }
                }
                _ => {}
            }
        }
    }

    /// `NAME=value`, or `NAME` alone, which is a variable.
    #[inline(never)]
    fn given(&mut self, holder: Word<'_, 'd>, text: &str) {
        let Some((name, value)) = text::cut(text, b'=') else {
            self.named(holder.node, text);
            return;
        };
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        if credential::name_suggests(name).is_none() {
            return;
        }
        if let Some(variable) = variable(value) {
            self.look_up(holder.node, name, variable);
        } else if !holder.computed
            && let Some(found) = credential::classify(name, value)
        {
            self.push(holder.node, name, Source::Literal(found), found.sure);
        }
    }

    fn named(&mut self, node: Node<'d>, name: &str) {
        if credential::name_suggests(name).is_some() {
            self.look_up(node, name, name);
        }
    }

    #[inline(never)]
    fn look_up(&mut self, node: Node<'d>, name: &str, variable: &str) {
        self.lookups += 1;
        if self.lookups > MAX {
            return;
        }
        let clear = credential::name_suggests(name).is_some_and(|hint| hint != Hint::Vague);
        match self.container.env_var(variable) {
            Some(var) => {
                if let Some(secret) = var.secret_key_ref() {
                    self.push(node, name, Source::Secret(secret.str("name").unwrap_or_default()), clear);
                }
            }
            None => {
                let whole = self.container.env_from().find_map(|from| from.get("secretRef"));
                if let Some(secret) = whole.and_then(|secret| secret.str("name")).filter(|_| clear) {
                    self.push(node, name, Source::Whole(secret), false);
                }
            }
        }
    }

    #[inline(never)]
    fn push(&mut self, node: Node<'d>, name: &str, source: Source<'d>, sure: bool) {
        let told = self.found.iter().any(|known| known.node == node && known.name == name);
        if !told && self.found.len() < MAX {
            self.found.push(BuildArg { node, name: name.to_owned(), source, sure });
        }
    }
}

/// The name in a value that is one variable and nothing else: `$X`, `${X}`, `$(X)`.
fn variable(value: &str) -> Option<&str> {
    let body = value.strip_prefix('$')?;
    let inner = |open: char, close: char| body.strip_prefix(open)?.strip_suffix(close);
    let name = inner('{', '}').or_else(|| inner('(', ')')).unwrap_or(body);
    (!name.is_empty() && text::all(name, |b| b.is_ascii_alphanumeric() || b == b'_')).then_some(name)
}
