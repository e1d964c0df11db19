//! Shell-style name patterns (`*`, `?`, `[a-z]`, `\x`), one semantics for every place that takes a pattern.
//!
//! The rules are those of Go's `path.Match`, because kubelet matches registry hosts with them and
//! distribution/reference matches image names with them: `*` and `?` do not cross a `/`, a pattern always covers
//! the whole text, and a malformed pattern is an error even where the text would have failed earlier.

use std::fmt;
use std::str::Chars;

#[cfg(test)]
mod tests;

/// Longest text that is compared, in bytes; a longer one matches no pattern.
///
/// A pattern with several `*` costs pattern × text in the worst case. No host name, image name or Kubernetes name
/// comes near this length, so the cap keeps the cost linear in what a caller controls and loses nothing.
pub const MAX_TEXT: usize = 4096;

/// The pattern is malformed: an unclosed or empty `[…]`, a stray `-` in one, or a final `\`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPattern;

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed pattern: close every `[`, and write `\\` before a character that is meant literally")
    }
}

impl std::error::Error for BadPattern {}

/// Whether `pattern` covers the whole of `text`.
///
/// # Errors
/// [`BadPattern`] when the pattern is malformed, whatever the text is.
#[inline(never)]
pub fn matches(pattern: &str, text: &str) -> Result<bool, BadPattern> {
    check(pattern)?;
    Ok(text.len() <= MAX_TEXT && matches_checked(pattern, text))
}

/// Whether one of the patterns covers the text; a malformed one covers nothing.
#[inline(never)]
pub fn any_matches(patterns: &[String], text: &str) -> bool {
    for pattern in patterns {
        if matches(pattern, text) == Ok(true) {
            return true;
        }
    }
    false
}

/// Reports a malformed pattern without matching anything; for settings that are read before any text is known.
///
/// # Errors
/// [`BadPattern`] when the pattern is malformed.
pub fn check(pattern: &str) -> Result<(), BadPattern> {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let sound = match c {
            '\\' => rest.next().is_some(),
            '[' => class(&mut rest, '\0').is_some(),
            _ => true,
        };
        if !sound {
            return Err(BadPattern);
        }
    }
    Ok(())
}

fn matches_checked(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when a later character fails: behind the latest `*`, which then swallows one character more.
    // Earlier stars need no second try, since their text cannot reach over a `/` either.
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let matched = match pattern.next() {
            Some('*') => {
                star = Some((pattern.clone(), text.clone()));
                continue;
            }
            None if text.as_str().is_empty() => return true,
            None => false,
            Some(c) => match text.next() {
                None => return false,
                Some(t) => one(c, &mut pattern, t),
            },
        };
        if matched {
            continue;
        }
        let Some((after, from)) = star.as_mut() else {
            return false;
        };
        match from.next() {
            None | Some('/') => return false,
            Some(_) => {
                pattern = after.clone();
                text = from.clone();
            }
        }
    }
}

/// Whether the pattern element that starts with `c` takes the character `t`.
#[inline(never)]
fn one(c: char, pattern: &mut Chars<'_>, t: char) -> bool {
    match c {
        '?' => t != '/',
        '[' => class(pattern, t).unwrap_or(false),
        '\\' => pattern.next() == Some(t),
        _ => c == t,
    }
}

/// Reads a class up to and including its `]`, and says whether it contains `t`; `None` when it is malformed.
#[inline(never)]
fn class(pattern: &mut Chars<'_>, t: char) -> Option<bool> {
    let negated = take(pattern, '^');
    let (mut found, mut ranges) = (false, 0_usize);
    loop {
        if ranges > 0 && take(pattern, ']') {
            return Some(found != negated);
        }
        let low = bound(pattern)?;
        let high = if take(pattern, '-') { bound(pattern)? } else { low };
        found |= low <= t && t <= high;
        ranges += 1;
    }
}

#[inline(never)]
fn bound(pattern: &mut Chars<'_>) -> Option<char> {
    match pattern.next()? {
        '-' | ']' => None,
        '\\' => pattern.next(),
        c => Some(c),
    }
}

#[inline(never)]
fn take(pattern: &mut Chars<'_>, wanted: char) -> bool {
    let mut ahead = pattern.clone();
    let found = ahead.next() == Some(wanted);
    if found {
        *pattern = ahead;
    }
    found
}
