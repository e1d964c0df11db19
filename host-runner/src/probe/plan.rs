//! From resolutions to what is tried where, each thing once.

use regwarden_policy::resolve::{Candidate, Pull, Push, Resolution, State, Verdict};
use regwarden_sdk::docker_config::docker::Entry;
use regwarden_sdk::image::{Parsed, Reference, parse};

use super::outcome::{Action, Outcome};
use super::session::Target;
use super::vault::{Reader, Vault, Wanted};
use crate::cluster::Cluster;
use crate::credentials::{Described, words};

/// One line of the report: who wants what, and with which credential.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Index of the object.
    pub object: usize,
    /// Index of the Pod in it.
    pub pod: usize,
    /// Name of the container.
    pub container: String,
    /// The image or destination, as it may be shown.
    pub what: String,
    /// `host[:port]` of the registry.
    pub registry: String,
    /// What is tried.
    pub action: Action,
    /// The credential; none for an anonymous request.
    pub candidate: Option<Candidate>,
    /// Whether another credential comes first, so that a failure of this one stops nothing.
    pub is_spare: bool,
    /// What to do.
    pub(super) step: Step,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Show a credential, by its index in the plan, or nothing.
    Try { target: Target, credential: Option<usize> },
    /// There is nothing to ask.
    Settled(Outcome),
}

/// Everything that is to be tried.
#[derive(Debug, Default)]
pub struct Plan {
    /// One for each credential of each image and destination.
    pub probes: Vec<Probe>,
    pub(super) credentials: Vec<Entry<'static>>,
}

impl Plan {
    /// The plan for these objects; values come from the cluster and, for the node, from its docker config.
    #[must_use]
    pub fn new(objects: &[Described], cluster: &dyn Cluster, node: Option<&[u8]>, push: bool) -> Self {
        let mut planner = Planner { plan: Self::default(), vault: Vault::new(cluster, node), object: 0, pod: 0 };
        for (object, described) in objects.iter().enumerate() {
            for (pod, resolution) in described.pods.iter().enumerate() {
                (planner.object, planner.pod) = (object, pod);
                planner.pod(resolution, push);
            }
        }
        planner.plan
    }
}

struct Planner<'c> {
    plan: Plan,
    vault: Vault<'c>,
    object: usize,
    pod: usize,
}

/// What pulls and pushes have in common.
struct Wish<'r> {
    namespace: &'r str,
    container: &'r str,
    what: &'r str,
    registry: &'r str,
    candidates: &'r [Candidate],
    verdict: Verdict,
    action: Action,
    reader: Reader,
}

impl Planner<'_> {
    fn pod(&mut self, resolution: &Resolution, push: bool) {
        let namespace = &resolution.namespace;
        for Pull { container, image, registry, candidates, verdict, .. } in &resolution.pulls {
            let (action, reader, verdict) = (Action::Pull, Reader::Kubelet, *verdict);
            self.wish(&Wish { namespace, container, what: image, registry, candidates, verdict, action, reader });
        }
        for Push { container, destination, registry, candidates, verdict, .. } in &resolution.pushes {
            let action = if push { Action::Push } else { Action::Login };
            let (reader, verdict) = (Reader::Tool, *verdict);
            self.wish(&Wish { namespace, container, what: destination, registry, candidates, verdict, action, reader });
        }
    }

    fn wish(&mut self, wish: &Wish<'_>) {
        if wish.verdict == Verdict::Refused {
            let malformed = wish.candidates.iter().find_map(|candidate| match &candidate.state {
                State::Malformed(reason) => Some(format!("{} cannot be decoded: {reason}", words::thing(candidate))),
                _ => None,
            });
            let reason = malformed.unwrap_or_else(|| "the credentials cannot be decoded".to_owned());
            return self.settled(wish, None, false, Outcome::Unreadable(reason));
        }
        // kubelet goes on to the next credential when one is refused; tools do not.
        let mut tried = 0;
        for candidate in wish.candidates {
            let wanted = match candidate.state {
                State::Used => true,
                State::Shadowed => wish.reader == Reader::Kubelet,
                _ => false,
            };
            if wanted {
                self.candidate(wish, candidate, tried > 0);
                tried += 1;
            }
        }
        if tried > 0 {
            return;
        }
        match wish.verdict {
            Verdict::Unknown | Verdict::Credential => {
                let reason = "it is not known which credential is used; `explain-credentials` shows what is missing";
                self.settled(wish, None, false, Outcome::NotTried(reason.to_owned()));
            }
            Verdict::Anonymous | Verdict::NotNeeded | Verdict::Refused => match target(wish) {
                Ok(target) => self.push(wish, None, false, Step::Try { target, credential: None }),
                Err(outcome) => self.settled(wish, None, false, outcome),
            },
        }
    }

    fn candidate(&mut self, wish: &Wish<'_>, candidate: &Candidate, is_spare: bool) {
        let opened = target(wish).and_then(|target| {
            let wanted = Wanted { key: &candidate.key, image: wish.what, registry: wish.registry, reader: wish.reader };
            let opened = self.vault.open(wish.namespace, candidate, &wanted);
            opened.map(|entry| (target, entry)).map_err(Outcome::NotTried)
        });
        match opened {
            Ok((target, entry)) => {
                let known = self.plan.credentials.iter().position(|known| *known == entry);
                let credential = known.unwrap_or_else(|| {
                    self.plan.credentials.push(entry);
                    self.plan.credentials.len() - 1
                });
                let step = Step::Try { target, credential: Some(credential) };
                self.push(wish, Some(candidate), is_spare, step);
            }
            Err(outcome) => self.settled(wish, Some(candidate), is_spare, outcome),
        }
    }

    fn settled(&mut self, wish: &Wish<'_>, candidate: Option<&Candidate>, is_spare: bool, outcome: Outcome) {
        self.push(wish, candidate, is_spare, Step::Settled(outcome));
    }

    fn push(&mut self, wish: &Wish<'_>, candidate: Option<&Candidate>, is_spare: bool, step: Step) {
        self.plan.probes.push(Probe {
            object: self.object,
            pod: self.pod,
            container: wish.container.to_owned(),
            what: words::without_user(wish.what),
            registry: wish.registry.to_owned(),
            action: wish.action,
            candidate: candidate.cloned(),
            is_spare,
            step,
        });
    }
}

/// Where in the registry it is tried.
fn target(wish: &Wish<'_>) -> Result<Target, Outcome> {
    let not_tried = |reason: &str| Outcome::NotTried(reason.to_owned());
    let name = ["docker://", "oci://"].iter().find_map(|scheme| wish.what.strip_prefix(scheme)).unwrap_or(wish.what);
    let parsed = parse(name);
    let reference = match (&parsed, wish.action) {
        (Parsed::Reference(reference), _) => *reference,
        // A tag that is not known yet says nothing about the right to push.
        (Parsed::Unresolved(hole), Action::Login | Action::Push) => {
            hole.named().ok_or_else(|| not_tried("a part of the name is filled in later"))?
        }
        (Parsed::Unresolved(_), Action::Pull) => return Err(not_tried("a part of the name is filled in later")),
        (Parsed::Invalid(_), _) => return Err(not_tried("the name cannot be read")),
    };
    if reference.domain() != wish.registry {
        return Err(not_tried("the name and its registry do not agree"));
    }
    Ok(Target { repository: reference.path().to_string(), reference: tag_or_digest(&reference), action: wish.action })
}

fn tag_or_digest(reference: &Reference<'_>) -> String {
    let digest = reference.digest();
    digest.or_else(|| reference.effective_tag()).unwrap_or("latest").to_owned()
}
