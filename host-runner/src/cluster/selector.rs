//! Label and field selectors in Kubernetes' notation, for clusters made of manifests.

use serde_json::Value;

use super::ClusterError;

/// A label selector: all requirements must hold.
pub(super) struct Labels(Vec<Requirement>);

struct Requirement {
    key: String,
    test: Test,
}

enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

fn bad(what: &str, text: &str) -> ClusterError {
    let shown: String = text.chars().take(80).collect();
    ClusterError::BadQuestion(format!("the {what} selector `{shown}` cannot be read"))
}

/// The parts between commas that stand outside parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

/// Reads a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
pub(super) fn parse_labels(text: &str) -> Result<Labels, ClusterError> {
    if text.trim().is_empty() {
        return Ok(Labels(Vec::new()));
    }
    parts(text).into_iter().map(requirement).collect::<Option<Vec<_>>>().map(Labels).ok_or_else(|| bad("label", text))
}

fn requirement(part: &str) -> Option<Requirement> {
    let word = |text: &str| {
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        text.chars().all(sound).then(|| text.to_owned())
    };
    let key = |text: &str| word(text.trim()).filter(|text| !text.is_empty());
    if let Some((before, values)) = part.split_once('(') {
        let values = values.strip_suffix(')')?;
        let values = values.split(',').map(|value| word(value.trim())).collect::<Option<Vec<_>>>()?;
        let (name, operator) = before.trim_end().rsplit_once(char::is_whitespace)?;
        let test = match operator {
            "in" => Test::In(values),
            "notin" => Test::NotIn(values),
            _ => return None,
        };
        return Some(Requirement { key: key(name)?, test });
    }
    if let Some((name, value)) = part.split_once("!=") {
        return Some(Requirement { key: key(name)?, test: Test::NotIn(vec![word(value.trim())?]) });
    }
    if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Requirement { key: key(name)?, test: Test::In(vec![word(value.trim())?]) });
    }
    match part.strip_prefix('!') {
        Some(name) => Some(Requirement { key: key(name)?, test: Test::Absent }),
        None => Some(Requirement { key: key(part)?, test: Test::Exists }),
    }
}

impl Labels {
    /// Whether the object's labels satisfy every requirement.
    pub(super) fn match_object(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        self.0.iter().all(|Requirement { key, test }| {
            let value = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
            match test {
                Test::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
                Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|other| other != value)),
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
            }
        })
    }
}

/// One requirement of a field selector.
pub(super) struct Field {
    path: String,
    value: String,
    equal: bool,
}

/// Reads a field selector: `metadata.name=a`, `type!=b`, joined by commas.
pub(super) fn parse_fields(text: &str) -> Result<Vec<Field>, ClusterError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let field = |part: &str| {
        let (path, value, equal) = match part.split_once("!=") {
            Some((path, value)) => (path, value, false),
            None => {
                let (path, value) = part.split_once("==").or_else(|| part.split_once('='))?;
                (path, value, true)
            }
        };
        Some(Field { path: path.trim().to_owned(), value: value.trim().to_owned(), equal })
    };
    parts(text).into_iter().map(field).collect::<Option<Vec<_>>>().ok_or_else(|| bad("field", text))
}

/// Fields that an API server selects by for every kind, and those of the kinds that policies ask for.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "type",
    "spec.nodeName",
    "spec.serviceAccountName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
    "spec.unschedulable",
];

/// Whether an object has the wanted fields; one that is absent counts as empty.
///
/// # Errors
/// For a field by which API servers do not select.
pub(super) fn fields_match(fields: &[Field], object: &Value) -> Result<bool, ClusterError> {
    for field in fields {
        if !FIELDS.contains(&field.path.as_str()) {
            let path: String = field.path.chars().take(80).collect();
            return Err(ClusterError::BadQuestion(format!("`{path}` is no field that objects are selected by")));
        }
        let found = field.path.split('.').try_fold(object, |value, key| value.get(key));
        let text = match found {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(value)) => value.to_string(),
            _ => String::new(),
        };
        if (text == field.value) != field.equal {
            return Ok(false);
        }
    }
    Ok(true)
}
