//! Source lines without the credentials that may stand on them.

/// What stands where a value was.
pub const MASK: &str = "•••";

/// Rules whose findings point at a credential.
const CREDENTIAL_RULES: &[&str] =
    &["plaintext-credential", "credential-in-argument", "build-arg-credential", "docker-secret-malformed"];

/// Whether findings of the rule point at a credential, so that the value on their line must never be shown. Rules of
/// other policies are judged by their name.
#[must_use]
pub fn points_at_credential(rule: &str) -> bool {
    CREDENTIAL_RULES.contains(&rule) || {
        let rule = rule.to_ascii_lowercase();
        ["credential-in", "plaintext", "password", "token-in", "secret-in", "leak"]
            .iter()
            .any(|word| rule.contains(word))
    }
}

/// A line of a manifest as it may be shown.
///
/// Everything behind the first key is masked when `credential` (the finding says that the line holds one). On any line
/// the values of keys that look like a credential's are masked, the value beside a name that looks like one (`before` is
/// the line above), and user information in URLs. A line on which no key can be told from the value is masked whole.
#[must_use]
pub fn mask(line: &str, before: &str, credential: bool) -> String {
    let body = line.trim_start();
    let indent = line.get(..line.len() - body.len()).unwrap_or_default();
    if body.is_empty() || body.starts_with('#') && !credential {
        return mask_urls(line);
    }
    let (dashes, entry) = split_dashes(body);
    if credential {
        let shown = match split_key(entry) {
            Some((key, _)) if trim_key(key) == "name" => mask_urls(entry),
            Some((_, value)) if value.trim().is_empty() => entry.to_owned(),
            Some((key, _)) => format!("{key} {MASK}"),
            None => match split_flag(entry) {
                Some((flag, _)) => format!("{flag}{MASK}"),
                None => MASK.to_owned(),
            },
        };
        return format!("{indent}{dashes}{shown}");
    }
    let named_above = split_key(split_dashes(before.trim_start()).1)
        .is_some_and(|(key, value)| trim_key(key) == "name" && looks_secret(value));
    let shown = match split_key(entry) {
        Some((key, value)) if is_block(value) => format!("{key}{value}"),
        Some((key, value)) if trim_key(key) == "key" && (is_file_name(value) || refers(before)) => {
            format!("{key}{value}")
        }
        Some((key, value)) if value.trim_start().starts_with(['{', '[']) => format!("{key}{}", mask_inline(value)),
        Some((key, value))
            if !value.trim().is_empty()
                && !is_flag(value)
                && (is_secret_key(key) || named_above && trim_key(key) == "value") =>
        {
            format!("{key} {MASK}")
        }
        Some((key, value)) => format!("{key}{}", mask_inline(value)),
        None => mask_inline(entry),
    };
    format!("{indent}{dashes}{shown}")
}

/// `- - ` and the rest.
fn split_dashes(body: &str) -> (&str, &str) {
    let mut rest = body;
    while let Some(next) = rest.strip_prefix("- ") {
        rest = next.trim_start();
    }
    (body.get(..body.len() - rest.len()).unwrap_or_default(), rest)
}

/// The key with its colon, and the value, of a line of a mapping in YAML or JSON.
fn split_key(entry: &str) -> Option<(&str, &str)> {
    let colon = match entry.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = entry.char_indices().skip(1).find(|(_, c)| *c == quote)?.0;
            let rest = entry.get(end + 1..)?;
            rest.trim_start().starts_with(':').then(|| entry.len() - rest.trim_start().len())?
        }
        '{' | '[' | '|' | '>' | '&' | '*' | '!' => return None,
        _ => entry.match_indices(':').find(|(at, _)| entry.get(at + 1..).is_some_and(ends_key))?.0,
    };
    let key = entry.get(..colon)?;
    // What has blanks in it is a sentence or a command; its colon belongs to the value.
    if !key.starts_with(['"', '\'']) && key.trim_end().contains(char::is_whitespace) {
        return None;
    }
    Some((entry.get(..=colon)?, entry.get(colon + 1..)?))
}

fn ends_key(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(char::is_whitespace)
}

/// `--password=` and the value, of an argument that is a flag or an assignment to a telling name.
fn split_flag(entry: &str) -> Option<(&str, &str)> {
    let at = entry.find('=')?;
    let (flag, value) = (entry.get(..=at)?, entry.get(at + 1..)?);
    let name = flag.trim_start_matches(['"', '\'']).trim_end_matches('=');
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    // `bm90aGluZw==` is no assignment.
    let assigns = !value.trim_end_matches(['"', '\'', ',', ' ', '=']).is_empty();
    (is_name && assigns && (name.starts_with('-') || looks_secret(name))).then_some((flag, value))
}

fn trim_key(key: &str) -> &str {
    key.trim_end_matches(':').trim().trim_matches(['"', '\''])
}

/// A switch is no secret, whatever it switches (`automountServiceAccountToken: false`).
fn is_flag(value: &str) -> bool {
    let value = value.split(" #").next().unwrap_or_default().trim().trim_end_matches(',');
    matches!(value, "true" | "false")
}

/// A value that stands on the lines below.
fn is_block(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value.starts_with(['|', '>']) && value.len() <= 4
}

/// The name of a file inside a Secret (`.dockerconfigjson`, `config.json`), not its content.
fn is_file_name(value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
    value.contains('.')
        && value.len() <= 64
        && value.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '-' | '_'))
}

/// Whether the line above makes `key` the name of a key in a Secret, as in `secretKeyRef` and `items`.
fn refers(before: &str) -> bool {
    split_key(split_dashes(before.trim_start()).1)
        .is_some_and(|(key, _)| matches!(trim_key(key), "name" | "secretKeyRef" | "configMapKeyRef" | "items"))
}

fn is_secret_key(key: &str) -> bool {
    let key = trim_key(key).to_ascii_lowercase();
    // A reference names a Secret and holds none.
    !(key.ends_with("name") || key.ends_with("ref") || key.ends_with("path") || key.ends_with("secrets"))
        && looks_secret(&key)
}

fn looks_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "passw",
        "passphrase",
        "pwd",
        "token",
        "secret",
        "auth",
        "key",
        "credential",
        "creds",
        "private",
        "bearer",
        "cookie",
        "dockerc",
        "session",
        "signature",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Masks inside one line what follows a telling name: `{name: TOKEN, value: x}`, `["--password", "x"]`, `TOKEN=x`. What
/// is hidden goes on until something that cannot belong to it: the end of a flow item, the next flag, the next command.
fn mask_inline(text: &str) -> String {
    let short_flags = text.contains("login") || text.contains("curl");
    let mut out = String::with_capacity(text.len());
    let mut hiding = false;
    let mut after_name = false;
    let mut named = false;
    for (word, separator) in Words(text) {
        hiding &= !word.starts_with('-') && !matches!(word, "&&" | "||" | "|" | ";");
        let assigns = separator.contains([':', '=']);
        if hiding && !word.is_empty() {
            if !out.ends_with(MASK) {
                out.push_str(MASK);
            }
            hiding = !separator.contains([',', '}', ']']);
            if !hiding || !separator.chars().all(char::is_whitespace) {
                out.push_str(separator);
            }
            continue;
        }
        out.push_str(word);
        out.push_str(separator);
        let telling = looks_secret(word) && !is_reference(word);
        let is_flag = word.starts_with('-') && (telling || short_flags && matches!(word, "-p" | "-u"));
        hiding |= is_flag || telling && assigns || named && word == "value" && assigns;
        named = (named || after_name && telling) && !separator.contains(['}', ']']);
        after_name = word == "name" && assigns;
    }
    mask_urls(&out)
}

fn is_reference(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.ends_with("name")
        || word.ends_with("ref")
        || word.ends_with("path")
        || word.ends_with("secrets")
        || word == "key"
}

/// Words and the separators that follow them; concatenated they are the text.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        const SEPARATORS: &[char] = &[' ', '\t', ',', '{', '}', '[', ']', '"', '\'', '=', ':'];
        if self.0.is_empty() {
            return None;
        }
        let (word, rest) = self.0.split_at_checked(self.0.find(SEPARATORS).unwrap_or(self.0.len()))?;
        let end = rest.find(|c| !SEPARATORS.contains(&c)).unwrap_or(rest.len());
        let (separator, rest) = rest.split_at_checked(end)?;
        self.0 = rest;
        Some((word, separator))
    }
}

/// `https://user:password@host` without user and password.
fn mask_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end =
            after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#')).unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str(MASK);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_line_shows_its_key_only() {
        for (line, shown) in [
            ("    value: hunter2", "    value: •••"),
            ("  - name: TOKEN", "  - name: TOKEN"),
            ("  - value: \"hunter2: x\"", "  - value: •••"),
            ("        \"value\": \"hunter2\",", "        \"value\": •••"),
            ("    - --password=hunter2", "    - --password=•••"),
            ("    - \"--password=hunter2\"", "    - \"--password=•••"),
            ("    - hunter2", "    - •••"),
            ("    - aHVudGVyMg==", "    - •••"),
            ("    - docker login -p hunter2 r:5000", "    - •••"),
            ("    - https://u:hunter2@host/x", "    - •••"),
            ("    args: [\"-p\", \"hunter2\"]", "    args: •••"),
            ("  # hunter2", "  •••"),
            ("  hunter2", "  •••"),
            ("  - {name: TOKEN, value: hunter2}", "  - •••"),
            ("    env:", "    env:"),
        ] {
            assert_eq!(mask(line, "", true), shown);
        }
    }

    #[test]
    fn other_lines_lose_what_looks_like_a_credential() {
        for line in [
            "password: hunter2",
            "  - DB_PASSWORD: hunter2",
            "  apiToken: 'hunter2'",
            "  \"auth\": \"hunter2\",",
            "  .dockerconfigjson: hunter2",
            "  key: hunter2",
            "  tls.key: hunter2",
            "  - --registry-token=hunter2",
            "  args: [\"--password\", \"hunter2\"]",
            "  args: [--password, hunter2]",
            "  args: [--password=hunter2, x]",
            "  - {name: API_TOKEN, value: hunter2}",
            "  - {\"name\": \"API_TOKEN\", \"value\": \"hunter2\"}",
            "  - git clone https://u:hunter2@host/x",
            "  # see https://u:hunter2@host",
            "  - export TOKEN=hunter2 && run",
            "  - curl -H 'Authorization: hunter2'",
            "  - curl -H 'Authorization: Bearer hunter2'",
            "  command: sh -c 'docker login --password hunter2'",
            "  - docker login -u me -p hunter2 host",
            "  args: [login, \"-p\", \"hunter2\"]",
            "  config: '{\"auths\":{\"h\":{\"auth\":\"hunter2\"}}}'",
            "  - TOKEN='hunter2 hunter2' run",
        ] {
            let shown = mask(line, "", false);
            assert!(!shown.contains("hunter2"), "{line} -> {shown}");
            assert!(shown.contains(MASK), "{line} -> {shown}");
        }
        assert_eq!(mask("    value: hunter2", "  - name: API_TOKEN", false), "    value: •••");
        assert_eq!(mask("    \"value\": \"hunter2\"", "  \"name\": \"API_TOKEN\",", false), "    \"value\": •••");
    }

    #[test]
    fn harmless_lines_stay_as_they_are() {
        for line in [
            "",
            "  - name: kaniko",
            "    image: gcr.io/kaniko-project/executor:debug",
            "    secretName: harbor-push",
            "    secret:",
            "    secret: {secretName: harbor-push}",
            "    imagePullSecrets:",
            "    imagePullSecrets: [{name: harbor}]",
            "    - mountPath: /kaniko/.docker",
            "    - key: .dockerconfigjson",
            "      items: [{key: .dockerconfigjson, path: config.json}]",
            "    - --destination=harbor.corp.example:30002/a/b:1",
            "    - --insecure-registry=harbor.corp.example:30002",
            "      secretKeyRef:",
            "      script: |",
            "  env: [{name: A, value: b}, {name: DOCKER_CONFIG, value: /kaniko/.docker}]",
            "  - /kaniko/executor --context=git://github.com/a/b --destination=r/a:1",
            "  hostPath: {path: /var/run/docker.sock}",
        ] {
            assert_eq!(mask(line, "", false), line);
        }
        assert_eq!(mask("    key: aws_secret_access_key", "    name: ecr", false), "    key: aws_secret_access_key");
        assert_eq!(mask("    key: token", "  secretKeyRef:", false), "    key: token");
        assert_eq!(mask("    value: \"true\"", "  - name: PLUGIN_INSECURE", false), "    value: \"true\"");
    }

    #[test]
    fn a_switch_is_shown() {
        assert_eq!(
            mask("  automountServiceAccountToken: false # c", "", false),
            "  automountServiceAccountToken: false # c"
        );
        assert_eq!(mask("  token: falsehood", "", false), "  token: •••");
    }

    #[test]
    fn rules_of_credentials_are_known() {
        assert!(points_at_credential("plaintext-credential"));
        assert!(points_at_credential("some-password-rule"));
        assert!(!points_at_credential("pull-secret-missing"));
    }

    #[test]
    fn no_line_panics() {
        for line in [
            "'",
            "\"",
            ":",
            "=",
            "- ",
            "-",
            "\u{1f511}: \u{1f511}",
            "'a':",
            "\"a\\\"b\": c",
            "://",
            "a://@",
            "{",
            "}",
            "- - - x",
        ] {
            assert!(mask(line, line, true).len() < 64);
            assert!(mask(line, line, false).len() < 64);
        }
    }
}
