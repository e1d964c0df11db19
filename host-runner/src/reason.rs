//! Reasons of the operating system in words for people.

use std::io;

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

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_reasons_read_like_the_rest() {
        assert_eq!(io_reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(io_reason(&io::Error::from_raw_os_error(40)), "too many levels of symbolic links");
    }
}
