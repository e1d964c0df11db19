//! What a guest prints and logs, kept up to a limit.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Text of a guest, kept up to a limit.
pub(super) struct Log {
    bytes: Vec<u8>,
    limit: usize,
}

impl Log {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Appends what fits; answers whether everything did.
    pub(super) fn append(&mut self, bytes: &[u8]) -> bool {
        let room = self.limit.saturating_sub(self.bytes.len());
        let kept = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(kept);
        kept.len() == bytes.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Levels of Kubewarden's `tracing/log`.
const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"];

/// The payload of `tracing/log` as a line for people: level, message, the other fields as JSON. What is no log entry
/// becomes an error line, as the call itself always succeeds.
pub(super) fn line(payload: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Entry {
        level: String,
        #[serde(default)]
        message: Option<String>,
        #[serde(flatten)]
        rest: Map<String, Value>,
    }
    let entry: Entry = match serde_json::from_slice(payload) {
        Ok(entry) => entry,
        Err(_) => return "ERROR Cannot log event: it is not the JSON of a log entry".to_owned(),
    };
    let Some(level) = LEVELS.iter().find(|level| level.eq_ignore_ascii_case(&entry.level)) else {
        return "ERROR Cannot log event: its level is none of TRACE, DEBUG, INFO, WARNING, ERROR".to_owned();
    };
    let mut line = (*level).to_owned();
    if let Some(message) = entry.message {
        line.push(' ');
        line.push_str(&message);
    }
    if !entry.rest.is_empty() {
        line.push(' ');
        line.push_str(&Value::Object(entry.rest).to_string());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn log_lines_are_for_people() {
        for (payload, expected) in [
            (r#"{"level":"info","message":"hello"}"#, "INFO hello"),
            (r#"{"level":"Warning","message":"a","line":3,"b":[1]}"#, r#"WARNING a {"b":[1],"line":3}"#),
            (r#"{"level":"ERROR"}"#, "ERROR"),
            (r#"{"level":"debug","message":null}"#, "DEBUG"),
            (
                r#"{"level":"warn","message":"a"}"#,
                "ERROR Cannot log event: its level is none of TRACE, DEBUG, INFO, WARNING, ERROR",
            ),
            (r#"{"message":"a"}"#, "ERROR Cannot log event: it is not the JSON of a log entry"),
            ("no json", "ERROR Cannot log event: it is not the JSON of a log entry"),
        ] {
            assert_eq!(line(payload.as_bytes()), expected);
        }
    }
}
