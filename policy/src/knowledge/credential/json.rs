//! Credentials among the members of a JSON text in a value (`PLUGIN_LOGINS`, `PLUGIN_JSON_KEY`).

use super::{Found, by_name};

/// The first member of a JSON text whose name and string value make it a credential; a sure one before others. Read
/// leniently in one pass: a text that merely begins like JSON is looked at too, because its reader may be lenient as well.
pub(super) fn member(text: &str) -> Option<Found> {
    let mut rest = text.trim_ascii_start();
    if !rest.starts_with(['{', '[']) {
        return None;
    }
    let mut weak = None;
    let mut key: Option<&str> = None;
    while let Some((between, string, after)) = next_string(rest) {
        rest = after;
        match key.take() {
            Some(name) if between.trim_ascii() == ":" => match by_name(name, string) {
                Some(found) if found.sure => return Some(found),
                found => weak = weak.or(found),
            },
            _ => key = Some(string),
        }
    }
    weak
}

/// What stands before the next string, the string between its quotes (escapes as written), and what follows it.
fn next_string(text: &str) -> Option<(&str, &str, &str)> {
    let (between, rest) = regwarden_sdk::text::cut(text, b'"')?;
    let mut escaped = false;
    let end = rest.bytes().position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })?;
    Some((between, rest.get(..end)?, rest.get(end + 1..)?))
}
