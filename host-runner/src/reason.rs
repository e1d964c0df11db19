//! Reasons of the operating system and of the reader of JSON in words for people.

use std::io;

use serde::de::DeserializeOwned;

/// The system's reason why a file could not be read, without Rust's `(os error …)` and with the next step.
#[must_use]
pub fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, name a file".to_owned(),
        _ => {
            let text = error.to_string();
            match text.split_once(" (os error") {
                Some((reason, _)) => lower_first(reason),
                None => lower_first(&text),
            }
        }
    }
}

/// Reads JSON text that a YAML file has been turned into. A mistake is told with where it is, as in `allOf[0].kind`, and
/// without the value that is there: somebody may have named the wrong file. Line and column would be those of the JSON,
/// which the user never saw.
///
/// # Errors
/// When the text is no such value.
pub fn read_json<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (at, text) = (error.path().to_string(), error.inner().to_string());
        let text = text.split_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        let quoting = text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
        let text = match quoting.and_then(|rest| rest.rsplit_once(", expected ")) {
            Some((found, wanted)) => {
                let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
                format!("must be {wanted}, not {kind}")
            }
            None => text.to_owned(),
        };
        if at == "." { text } else { format!("{at}: {text}") }
    })?;
    reader.end().map_err(|_| "there is more than one value".to_owned())?;
    Ok(value)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_json_has_its_place_and_hides_the_value() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[expect(dead_code, reason = "only read")]
            numbers: Vec<u8>,
        }
        let read = |json: &str| read_json::<Vec<Inner>>(json).unwrap_err();
        assert_eq!(read(r#"[{"numbers": [1, "hunter2, expected `x`"]}]"#), "[0].numbers[1]: must be u8, not string");
        assert_eq!(read(r#"[{"numbers": 3}]"#), "[0].numbers: must be a sequence, not integer");
        assert_eq!(read(r#"[{"number": []}]"#), "[0].number: unknown field `number`, expected `numbers`");
        assert_eq!(read("[{}]"), "[0]: missing field `numbers`");
        assert_eq!(read("[] []"), "there is more than one value");
        assert_eq!(read("true"), "must be a sequence, not boolean");
    }

    #[test]
    fn system_reasons_read_like_the_rest() {
        assert_eq!(io_reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(io_reason(&io::Error::from_raw_os_error(40)), "too many levels of symbolic links");
    }
}
