//! The words for what a resolution says: stable ones for programs, plain ones for people; user data made safe.

use regwarden_policy::resolve::{Candidate, Provider, State, Verdict};

/// The word of JSON for who provides a credential.
#[must_use]
pub fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::Pod => "pod",
        Provider::ServiceAccount => "serviceAccount",
        Provider::Node => "node",
        Provider::SecretVolume => "secretVolume",
        Provider::ConfigMapVolume => "configMapVolume",
        Provider::Variable => "variable",
        Provider::Elsewhere => "elsewhere",
    }
}

/// The word of JSON for a state, and what belongs to it: the key to write, the type found, the key missing, the reason.
#[must_use]
pub fn state(state: &State) -> (&'static str, Option<&str>) {
    match state {
        State::Used => ("used", None),
        State::Shadowed => ("shadowed", None),
        State::NoEntry => ("noEntry", None),
        State::KeyNotUnderstood(key) => ("keyNotUnderstood", Some(key)),
        State::Empty => ("empty", None),
        State::Absent => ("absent", None),
        State::WrongType(kind) => ("wrongType", Some(kind)),
        State::NoKey(key) => ("noKey", Some(key)),
        State::Malformed(reason) => ("malformed", Some(reason)),
        State::Unknown => ("unknown", None),
    }
}

/// The word of JSON for a verdict.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Credential => "credential",
        Verdict::NotNeeded => "notNeeded",
        Verdict::Anonymous => "anonymous",
        Verdict::Refused => "refused",
        Verdict::Unknown => "unknown",
    }
}

/// What a credential lies in, for people: `Secret regcred`, `the node`.
#[must_use]
pub fn thing(candidate: &Candidate) -> String {
    let source = &candidate.source;
    match candidate.provider {
        Provider::Node if source.is_empty() => "the node".to_owned(),
        Provider::Elsewhere if source.is_empty() => "elsewhere".to_owned(),
        Provider::Variable if source.is_empty() => "a variable".to_owned(),
        Provider::ConfigMapVolume if source.is_empty() => "a ConfigMap".to_owned(),
        Provider::Pod | Provider::ServiceAccount | Provider::SecretVolume if source.is_empty() => "a Secret".to_owned(),
        Provider::Node | Provider::Elsewhere => source.clone(),
        Provider::ConfigMapVolume => format!("ConfigMap {source}"),
        Provider::Pod | Provider::ServiceAccount | Provider::SecretVolume | Provider::Variable => {
            format!("Secret {source}")
        }
    }
}

/// Who provides it, for people.
#[must_use]
pub fn giver(provider: Provider) -> &'static str {
    match provider {
        Provider::Pod => "Pod",
        Provider::ServiceAccount => "ServiceAccount",
        Provider::Node => "node",
        Provider::SecretVolume | Provider::ConfigMapVolume => "volume",
        Provider::Variable => "variable",
        Provider::Elsewhere => "elsewhere",
    }
}

/// Who provides it, as a line of its own.
#[must_use]
pub fn origin(provider: Provider) -> &'static str {
    match provider {
        Provider::Pod => "listed by the Pod",
        Provider::ServiceAccount => "listed by the ServiceAccount",
        Provider::Node => "on the node",
        Provider::SecretVolume | Provider::ConfigMapVolume => "in a volume",
        Provider::Variable => "by a variable",
        Provider::Elsewhere => "not in the object",
    }
}

/// A state in two or three words, for a column.
#[must_use]
pub fn short_state(state: &State) -> &'static str {
    match state {
        State::Used => "used",
        State::Shadowed => "not first",
        State::NoEntry => "no entry",
        State::KeyNotUnderstood(_) => "key not read",
        State::Empty => "empty",
        State::Absent => "absent",
        State::WrongType(_) => "wrong type",
        State::NoKey(_) => "no key",
        State::Malformed(_) => "malformed",
        State::Unknown => "not known",
    }
}

/// What a state needs to be said beyond its name; none for what is plain. `reader` is kubelet or a tool.
#[must_use]
pub fn long_state(state: &State, reader: &str) -> Option<String> {
    let text = match state {
        State::KeyNotUnderstood(key) => {
            format!("{reader} does not take this key for this registry; write the key `{}`", without_user(key))
        }
        State::WrongType(kind) => format!("{reader} does not read a Secret of type `{kind}`"),
        State::NoKey(key) => format!("the Secret has no key `{key}`, which {reader} reads"),
        State::Malformed(reason) => format!("{reader} cannot read it: {reason}"),
        State::Used | State::Shadowed | State::NoEntry | State::Empty | State::Absent | State::Unknown => return None,
    };
    Some(text)
}

/// A verdict as people read it.
#[must_use]
pub fn long_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Credential => "a credential is shown",
        Verdict::NotNeeded => "no credential is needed",
        Verdict::Anonymous => "nothing is shown: an anonymous request",
        Verdict::Refused => "refused before the registry is asked",
        Verdict::Unknown => "cannot be told",
    }
}

/// A verdict in two words.
#[must_use]
pub fn short_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Credential => "credential",
        Verdict::NotNeeded => "none needed",
        Verdict::Anonymous => "anonymous",
        Verdict::Refused => "refused",
        Verdict::Unknown => "not known",
    }
}

/// The sign of a verdict.
#[must_use]
pub fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Credential | Verdict::NotNeeded => "✔",
        Verdict::Anonymous => "○",
        Verdict::Refused => "✘",
        Verdict::Unknown => "?",
    }
}

/// A key, a destination or an image without the user and password that somebody wrote into its host.
#[must_use]
pub fn without_user(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        // Without a path this is an image of Docker Hub by its digest, unless a colon stands before the `@`.
        None if scheme.is_none() && rest.split_once('@').is_some_and(|(name, _)| !name.contains(':')) => {
            return text.to_owned();
        }
        None if scheme.is_none() && rest.contains("@sha256:") => return text.to_owned(),
        None => (rest, None),
    };
    let Some((_, host)) = host.rsplit_once('@') else { return text.to_owned() };
    let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    let path = path.map(|path| format!("/{path}")).unwrap_or_default();
    format!("{scheme}•••@{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_is_named_by_its_kind() {
        for (provider, expected) in [
            (Provider::ServiceAccount, "a Secret"),
            (Provider::ConfigMapVolume, "a ConfigMap"),
            (Provider::Node, "the node"),
            (Provider::Variable, "a variable"),
            (Provider::Elsewhere, "elsewhere"),
        ] {
            let candidate = Candidate {
                provider,
                source: String::new(),
                file: String::new(),
                key: String::new(),
                state: State::Used,
            };
            assert_eq!(thing(&candidate), expected);
        }
    }

    #[test]
    fn nobody_reads_a_password_in_a_host() {
        for (text, expected) in [
            ("https://user:pass@host/v1/", "https://•••@host/v1/"),
            ("user:pass@host:5000/x", "•••@host:5000/x"),
            ("https://u@host", "https://•••@host"),
            ("u:p@host", "•••@host"),
            ("ubuntu@sha256:00", "ubuntu@sha256:00"),
            ("ubuntu:1@sha256:00", "ubuntu:1@sha256:00"),
            ("ghcr.io/a/b@sha256:00", "ghcr.io/a/b@sha256:00"),
            ("https://index.docker.io/v1/", "https://index.docker.io/v1/"),
            ("*.example.com", "*.example.com"),
        ] {
            assert_eq!(without_user(text), expected);
        }
    }
}
