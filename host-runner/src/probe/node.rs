//! The node's own docker config (`/var/lib/kubelet/config.json` and its like), put where kubelet looks into it: behind
//! the Secrets (`k8s.io/kubernetes/pkg/credentialprovider/keyring.go`, `UnionDockerKeyring`).

use regwarden_policy::resolve::{Candidate, Provider, Pull, Resolution, State, Verdict};
use regwarden_sdk::docker_config::keyring::Keyring;
use regwarden_sdk::docker_config::kubelet::{self, Format};
use regwarden_sdk::image::parse;
use regwarden_sdk::json::Document;

/// The keys of a node's docker config.
#[derive(Debug)]
pub struct NodeConfig {
    /// Of entries that hold something.
    keys: Vec<String>,
}

impl NodeConfig {
    /// Reads it as kubelet does: `config.json` or the older bare map.
    ///
    /// # Errors
    /// Why kubelet would pass over it.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|error| format!("it is no JSON: {}", error.line()))?;
        let root = document.root();
        let format = if root.get("auths").is_some() { Format::Config } else { Format::Legacy };
        let entries = kubelet::read(root, format)
            .map_err(|refusal| format!("kubelet cannot decode what is at {}", refusal.at.pointer_from(root)))?;
        let filled = entries.into_iter().filter(|entry| !entry.credentials.is_empty());
        Ok(Self { keys: filled.map(|entry| entry.key.to_owned()).collect() })
    }

    /// Says of every pull what the node has for it.
    pub fn add_to(&self, resolution: &mut Resolution) {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let ring = Keyring::new(&keys);
        for pull in &mut resolution.pulls {
            self.add_to_pull(pull, &ring);
        }
    }

    fn add_to_pull(&self, pull: &mut Pull, ring: &Keyring) {
        let mut found = Vec::new();
        let image = pull.image.clone();
        let Some(name) = parse(&image).named() else { return };
        if !ring.each(&name, &mut |at| found.extend(self.keys.get(at).cloned())) {
            return;
        }
        pull.candidates.retain(|candidate| candidate.provider != Provider::Node);
        let mut used = pull.candidates.iter().any(|candidate| candidate.state == State::Used);
        let of = |key: String, state| Candidate {
            provider: Provider::Node,
            source: String::new(),
            file: String::new(),
            key,
            state,
        };
        if found.is_empty() {
            pull.candidates.push(of(String::new(), State::NoEntry));
        }
        for key in found {
            let state = if used { State::Shadowed } else { State::Used };
            used = true;
            pull.candidates.push(of(key, state));
        }
        let by_secret = |candidate: &&Candidate| candidate.provider != Provider::Node;
        let mut secrets = pull.candidates.iter().filter(by_secret);
        let first_is_known = secrets.clone().any(|candidate| candidate.state == State::Used);
        let unknown = secrets.any(|candidate| candidate.state == State::Unknown);
        pull.verdict = match pull.verdict {
            Verdict::Refused => Verdict::Refused,
            // What lies in Secrets that nobody saw comes before the node.
            _ if unknown && !first_is_known => Verdict::Unknown,
            _ if used => Verdict::Credential,
            Verdict::Unknown | Verdict::Credential => Verdict::Anonymous,
            verdict @ (Verdict::NotNeeded | Verdict::Anonymous) => verdict,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::credentials::samples;
    use super::*;

    fn seen(node: &str) -> (Verdict, Vec<(Provider, State)>) {
        let mut pod = samples::small().pods.remove(0);
        pod.pulls[0].candidates = vec![samples::candidate(Provider::Node, "", "", State::Unknown)];
        pod.pulls[0].verdict = Verdict::Unknown;
        NodeConfig::read(node.as_bytes()).unwrap().add_to(&mut pod);
        let pull = pod.pulls.remove(0);
        (pull.verdict, pull.candidates.into_iter().map(|candidate| (candidate.provider, candidate.state)).collect())
    }

    #[test]
    fn the_node_counts_when_it_is_known() {
        let config = r#"{"auths": {"ghcr.io": {"auth": "dTpw"}, "ghcr.io/acme": {"auth": "dTpw"}, "x.example": {}}}"#;
        let (used, shadowed) = ((Provider::Node, State::Used), (Provider::Node, State::Shadowed));
        assert_eq!(seen(config), (Verdict::Credential, vec![used.clone(), shadowed]));
        assert_eq!(seen(r#"{"ghcr.io": {"auth": "dTpw"}}"#), (Verdict::Credential, vec![used]));
        assert_eq!(seen(r#"{"auths": {}}"#), (Verdict::Anonymous, vec![(Provider::Node, State::NoEntry)]));
    }

    #[test]
    fn what_kubelet_cannot_decode_is_told_by_its_place() {
        let said = NodeConfig::read(br#"{"auths": {"x": {"auth": "marker"}}}"#).unwrap_err();
        assert_eq!(said, "kubelet cannot decode what is at /auths/x/auth");
        assert!(NodeConfig::read(b"{").is_err());
    }
}
