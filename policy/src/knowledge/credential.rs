//! What a credential looks like: by its own shape, by the name it stands under, and what only looks like one.
//!
//! No regular expressions and nothing computed at start-up: the policy lives in a fresh instance per request and sees
//! every value of a Pod, so the question is answered in one pass over the text without allocating.

use regwarden_sdk::text;

mod json;
mod name;
mod shape;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use name::name_suggests;
pub(crate) use shape::by_shape;
pub(crate) use value::{is_placeholder, is_reference, names_an_object};

/// What a text holds. Says what it is for a person, never what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A token whose issuer marks it by a prefix or a fixed form; the words that name it.
    Token(&'static str),
    /// A docker config with credentials, as JSON, escaped JSON or base64.
    DockerAuth,
    /// A PEM block with a private key.
    PrivateKey,
    /// A URL with user and password.
    Url,
    /// A URL whose password is an everyday word (`postgres:postgres@`).
    UrlWord,
    /// A password, by its name or by the name of a member of a JSON text.
    Password,
    /// A token, by its name.
    NamedToken,
    /// Any other credential, by its name.
    Secret,
}

impl Kind {
    /// With its article, as part of a sentence.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::Token(words) => words,
            Kind::DockerAuth => "a docker config with credentials",
            Kind::PrivateKey => "a private key",
            Kind::Url | Kind::UrlWord => "a URL with a password",
            Kind::Password => "a password",
            Kind::NamedToken => "a token",
            Kind::Secret => "a credential",
        }
    }
}

/// A text that holds a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is.
    pub kind: Kind,
    /// No second opinion is needed; otherwise a weak value (`changeme`) or a vague name.
    pub sure: bool,
}

/// How strongly a name says that its value is a credential, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// A password; even an everyday word is one.
    Password,
    /// A token or a key.
    Token,
    /// A secret; often the name of a Secret object instead.
    Secret,
    /// Something about a credential; only a random value makes it one.
    Vague,
}

/// By shape, and failing that by the name and the look of the value together.
pub(crate) fn classify(name: &str, value: &str) -> Option<Found> {
    found_by_shape(value).or_else(|| by_name(name, value)).or_else(|| json::member(value))
}

/// As [`by_shape`], with the verdict whether the shape alone is enough.
pub(crate) fn found_by_shape(value: &str) -> Option<Found> {
    by_shape(value).map(|kind| Found { kind, sure: kind != Kind::UrlWord })
}

/// By the name and the look of the value together; the shape of the value is not asked.
pub(crate) fn by_name(name: &str, value: &str) -> Option<Found> {
    let hint = name_suggests(name)?;
    let value = value.trim_ascii();
    // A text with members of its own is judged by those.
    let structured =
        (value.starts_with('{') && value.ends_with('}')) || (value.starts_with('[') && value.ends_with(']'));
    if structured || is_placeholder(value) || value::is_reference(value) || value::repeats(name, value) {
        return None;
    }
    // `APP_SECRET: app-secret-7f3a`: a name with a random end that says itself that it is one.
    if hint == Hint::Secret && names_an_object(value) && text::contains(value, "secret") {
        return None;
    }
    let look = value::look(value);
    let sure = match (hint, look) {
        (Hint::Password, value::Look::Random | value::Look::Mixed)
        | (Hint::Token | Hint::Secret, value::Look::Random) => true,
        (Hint::Password, value::Look::Word | value::Look::Number | value::Look::Text)
        | (Hint::Token, value::Look::Mixed | value::Look::Word)
        | (Hint::Vague, value::Look::Random) => false,
        // `CLIENT_SECRET: my-client-secret` is far more often the name of a Secret object than a secret.
        (Hint::Secret, value::Look::Mixed | value::Look::Word) if !names_an_object(value) => false,
        _ => return None,
    };
    let kind = match hint {
        Hint::Password => Kind::Password,
        Hint::Token => Kind::NamedToken,
        Hint::Secret | Hint::Vague => Kind::Secret,
    };
    Some(Found { kind, sure })
}

/// The first `NAME=value` with a literal credential in a command line or shell string: at its start or after a blank,
/// `;`, `&`, `|`, `(` or a quote, with an upper-case name. Gives the name. Build arguments are another matter.
pub(crate) fn assignment(line: &str) -> Option<(&str, Found)> {
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find('=').map(|at| at + from) {
        from = at + 1;
        let before = line.get(..at)?;
        // Names of variables are short; the bound keeps a long text without blanks linear.
        let mut length = 0;
        while length <= NAME_LIMIT
            && let Some(byte) = at.checked_sub(length + 1).and_then(|at| before.as_bytes().get(at))
            && (byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            length += 1;
        }
        let start = at - length;
        let opens = before.as_bytes().get(..start).and_then(<[u8]>::last).is_none_or(|b| b" \t\n;&|('\"".contains(b));
        let name = line.get(start..at)?;
        // `PASS` counts what went well in many a script.
        let variable =
            (1..=NAME_LIMIT).contains(&length) && !text::any(name, |b| b.is_ascii_lowercase()) && name != "PASS";
        if variable && opens && name_suggests(name).is_some() {
            let value = assigned(line.get(from..)?);
            let build_arg = line.get(..start)?.trim_ascii_end().ends_with("--build-arg");
            // What the shell computes is no literal.
            let computed = text::any(value, |b| matches!(b, b'$' | b'`'));
            if let Some(found) = by_name(name, value).filter(|_| !build_arg && !computed) {
                return Some((name, found));
            }
            from += value.len();
        }
    }
    None
}

/// The longest name of a variable that is looked at.
const NAME_LIMIT: usize = 64;

/// The value behind a `=`: to the closing quote, or to the next blank or separator.
fn assigned(rest: &str) -> &str {
    let quote = rest.bytes().next().filter(|b| matches!(b, b'\'' | b'"'));
    let (body, end) = match quote {
        Some(quote) => (rest.get(1..).unwrap_or_default(), rest.bytes().skip(1).position(|b| b == quote)),
        None => (rest, rest.bytes().position(|b| b" \t\n;&|)'\"".contains(&b))),
    };
    end.and_then(|end| body.get(..end)).unwrap_or(body)
}
