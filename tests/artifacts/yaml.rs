//! YAML as people write it, for generated files: keys in the order given, text quoted where YAML 1.1 would read it as
//! something else.

use std::fmt::Write as _;

/// A value with ordered keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Yaml {
    Bool(bool),
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Self {
        Yaml::Bool(value)
    }
}

impl From<&str> for Yaml {
    fn from(value: &str) -> Self {
        Yaml::Text(value.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(value: String) -> Self {
        Yaml::Text(value)
    }
}

impl<T: Into<Yaml>> From<Vec<T>> for Yaml {
    fn from(list: Vec<T>) -> Self {
        Yaml::List(list.into_iter().map(Into::into).collect())
    }
}

impl<const N: usize> From<[(&str, Yaml); N]> for Yaml {
    fn from(members: [(&str, Yaml); N]) -> Self {
        Yaml::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl Yaml {
    /// The value as a document.
    pub(crate) fn document(&self) -> String {
        let mut out = String::new();
        self.block(0, &mut out);
        out
    }

    /// Compact JSON with the keys in this order.
    pub(crate) fn json(&self) -> String {
        match self {
            Yaml::Bool(value) => value.to_string(),
            Yaml::Text(text) => serde_json::to_string(text).expect("JSON"),
            Yaml::List(items) => format!("[{}]", items.iter().map(Yaml::json).collect::<Vec<_>>().join(",")),
            Yaml::Map(members) => {
                let member =
                    |(key, value): &(String, Yaml)| format!("{}:{}", Yaml::from(key.as_str()).json(), value.json());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }

    fn block(&self, indent: usize, out: &mut String) {
        let margin = " ".repeat(indent);
        match self {
            Yaml::Map(members) if !members.is_empty() => {
                for (key, value) in members {
                    write!(out, "{margin}{}:", scalar(key)).expect("text");
                    value.after(indent, out);
                }
            }
            Yaml::List(items) if !items.is_empty() => {
                for item in items {
                    if let Yaml::Map(_) = item {
                        let mut inner = String::new();
                        item.block(indent + 2, &mut inner);
                        writeln!(out, "{margin}- {}", inner.trim_start().trim_end_matches('\n')).expect("text");
                    } else {
                        write!(out, "{margin}-").expect("text");
                        item.after(indent, out);
                    }
                }
            }
            _ => writeln!(out, "{margin}{}", self.inline()).expect("text"),
        }
    }

    /// The value behind a key or a dash.
    fn after(&self, indent: usize, out: &mut String) {
        match self {
            Yaml::Map(members) if !members.is_empty() => {
                out.push('\n');
                self.block(indent + 2, out);
            }
            // Short lists of plain words are read faster in a line.
            Yaml::List(items)
                if !items.is_empty()
                    && !items.iter().all(|item| matches!(item, Yaml::Text(text) if text.len() < 30)) =>
            {
                out.push('\n');
                self.block(indent + 2, out);
            }
            Yaml::Text(text) if text.contains('\n') => {
                let margin = " ".repeat(indent + 2);
                out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
                for line in text.lines() {
                    let line = if line.is_empty() { String::new() } else { format!("{margin}{line}") };
                    writeln!(out, "{line}").expect("text");
                }
            }
            _ => writeln!(out, " {}", self.inline()).expect("text"),
        }
    }

    fn inline(&self) -> String {
        match self {
            Yaml::Bool(value) => value.to_string(),
            Yaml::Text(text) => scalar(text),
            Yaml::List(items) => format!("[{}]", items.iter().map(Yaml::inline).collect::<Vec<_>>().join(", ")),
            Yaml::Map(_) => "{}".to_owned(),
        }
    }
}

/// Text as it is where nobody can mistake it, else in double quotes.
fn scalar(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._-/()<>@=+;".contains(c);
    let word = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"].contains(&text.to_lowercase().as_str());
    // A colon is plain unless a space follows it.
    let colons = text.replace(":/", "/");
    if begins && !word && !text.ends_with(' ') && colons.chars().all(plain) {
        text.to_owned()
    } else {
        serde_json::to_string(text).expect("JSON")
    }
}
