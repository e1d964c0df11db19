//! Resolutions made by hand, for tests of what prints them.

use regwarden_policy::resolve::{Candidate, Provider, Pull, Push, Resolution, State, Verdict};

use super::Described;
use crate::report::Source;

/// A candidate without a file.
pub(crate) fn candidate(provider: Provider, source: &str, key: &str, state: State) -> Candidate {
    Candidate { provider, source: source.into(), file: String::new(), key: key.into(), state }
}

fn described(pods: Vec<Resolution>) -> Described {
    Described {
        source: Source { file: "agent.yaml".into(), document: 0, line: 1 },
        api_version: "v1".into(),
        kind: "Pod".into(),
        namespace: Some("ci".into()),
        name: Some("agent".into()),
        pods,
    }
}

/// One image, one destination.
pub(crate) fn small() -> Described {
    described(vec![Resolution {
        pointer: String::new(),
        namespace: "ci".into(),
        service_account: "default".into(),
        pulls: vec![Pull {
            container: "build".into(),
            pointer: "/spec/containers/0/image".into(),
            image: "ghcr.io/acme/build:1".into(),
            registry: "ghcr.io".into(),
            candidates: vec![
                candidate(Provider::Pod, "regcred", "ghcr.io", State::Used),
                candidate(Provider::ServiceAccount, "old", "https://user:hunter2@ghcr.io/acme", State::Shadowed),
            ],
            verdict: Verdict::Credential,
        }],
        pushes: vec![Push {
            container: "build".into(),
            pointer: "/spec/containers/0/args/0".into(),
            tool: "kaniko".into(),
            destination: "registry.example.com/acme/app:1".into(),
            registry: "registry.example.com".into(),
            files: vec!["/kaniko/.docker/config.json".into()],
            candidates: vec![Candidate {
                provider: Provider::SecretVolume,
                source: "push".into(),
                file: "/kaniko/.docker/config.json".into(),
                key: "*.example.com".into(),
                state: State::KeyNotUnderstood("registry.example.com".into()),
            }],
            verdict: Verdict::Anonymous,
        }],
    }])
}

/// Ten images at seven registries, ten Secrets, every state, names that are too long and names that are markup.
pub(crate) fn large() -> Described {
    const HOSTS: [&str; 7] = [
        "ghcr.io",
        "docker.io",
        "registry.example.com:5000",
        "quay.io",
        "a-registry-with-a-very-long-name.in-some-department.corp.example.com:8443",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "harbor.<b>&\"'.example",
    ];
    let states = |i: usize| match i {
        2 => State::KeyNotUnderstood("registry.example.com:5000".into()),
        3 => State::Empty,
        4 => State::Absent,
        5 => State::WrongType("Opaque".into()),
        6 => State::NoKey(".dockerconfigjson".into()),
        7 => State::Malformed("`/auths/quay.io/auth` is not base64".into()),
        8 => State::NoEntry,
        _ => State::Unknown,
    };
    let all = |image: usize| -> Vec<Candidate> {
        let host = HOSTS[image % HOSTS.len()];
        (0..10)
            .map(|i| {
                let state = if i == image { State::Used } else { State::NoEntry };
                let state = if i >= 2 && image.is_multiple_of(2) && i != image { states(i) } else { state };
                let state = if i == (image + 1) % 10 && image.is_multiple_of(3) { State::Shadowed } else { state };
                let provider = if i < 6 { Provider::Pod } else { Provider::ServiceAccount };
                candidate(provider, &format!("pull-secret-number-{i}-of-the-team"), host, state)
            })
            .collect()
    };
    let verdicts = [Verdict::Credential, Verdict::Anonymous, Verdict::Refused, Verdict::Unknown, Verdict::NotNeeded];
    let pulls = (0..10).map(|i| Pull {
        container: format!("container-{i}"),
        pointer: format!("/spec/containers/{i}/image"),
        image: format!("{}/team/some-project/with/many/parts/image-{i}:v1.2.{i}", HOSTS[i % HOSTS.len()]),
        registry: HOSTS[i % HOSTS.len()].into(),
        candidates: all(i),
        verdict: verdicts[i % verdicts.len()],
    });
    let mut described = described(vec![Resolution {
        pointer: "/spec/template".into(),
        namespace: "ci".into(),
        service_account: "builder".into(),
        pulls: pulls.collect(),
        pushes: small().pods.remove(0).pushes,
    }]);
    described.kind = "Deployment".into();
    described
}
