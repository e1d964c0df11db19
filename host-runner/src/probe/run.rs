//! All probes of a plan: registries beside each other, in each a few credentials, of each one repository at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use regwarden_sdk::docker_config::docker::Entry;
use tokio::sync::{Semaphore, mpsc};

use super::client::Clients;
use super::outcome::Outcome;
use super::plan::{Plan, Step};
use super::session::{Session, Target};

/// Registries that are asked at one time.
const REGISTRIES: usize = 32;
/// Credentials that are tried at one registry at one time.
const CREDENTIALS: usize = 4;

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// Registries that are done with.
    pub registries: usize,
    /// Of so many.
    pub of: usize,
}

/// What is tried at one registry: targets by credential (an index of the plan, or nobody's).
type Work = BTreeMap<Option<usize>, Vec<Target>>;
type Key = (String, Option<usize>, Target);

/// Does what the plan says; the outcome of each probe in the order of the plan.
pub async fn run(plan: &Plan, clients: &Clients, mut tell: impl FnMut(Done)) -> Vec<Outcome> {
    let mut work: BTreeMap<&str, Work> = BTreeMap::new();
    for probe in &plan.probes {
        if let Step::Try { target, credential } = &probe.step {
            let targets = work.entry(&probe.registry).or_default().entry(*credential).or_default();
            targets.push(target.clone());
        }
    }
    let of = work.len();
    let gate = Arc::new(Semaphore::new(REGISTRIES));
    let (out, mut results) = mpsc::unbounded_channel();
    for (registry, mut work) in work {
        for targets in work.values_mut() {
            targets.sort();
            targets.dedup();
        }
        let entries: BTreeMap<usize, Entry<'static>> = work
            .keys()
            .flatten()
            .filter_map(|index| plan.credentials.get(*index).map(|entry| (*index, entry.clone())))
            .collect();
        let (gate, out, clients, registry) = (gate.clone(), out.clone(), clients.clone(), registry.to_owned());
        tokio::spawn(async move {
            // The gate is never closed.
            let _turn = gate.acquire().await;
            let found = one_registry(&clients, &registry, work, entries).await;
            let _ = out.send((registry, found));
        });
    }
    drop(out);
    let mut outcomes: BTreeMap<Key, Outcome> = BTreeMap::new();
    let mut registries = 0;
    while let Some((registry, found)) = results.recv().await {
        registries += 1;
        tell(Done { registries, of });
        outcomes.extend(found.into_iter().map(|((who, target), outcome)| ((registry.clone(), who, target), outcome)));
    }
    let outcome = |probe: &super::plan::Probe| match &probe.step {
        Step::Settled(outcome) => outcome.clone(),
        Step::Try { target, credential } => {
            let key = (probe.registry.clone(), *credential, target.clone());
            outcomes.get(&key).cloned().unwrap_or_else(|| Outcome::NotTried("the probe broke off".to_owned()))
        }
    };
    plan.probes.iter().map(outcome).collect()
}

type Found = Vec<((Option<usize>, Target), Outcome)>;

async fn one_registry(
    clients: &Clients,
    registry: &str,
    work: Work,
    mut entries: BTreeMap<usize, Entry<'static>>,
) -> Found {
    let session = match Session::open(clients, registry).await {
        Ok(session) => session,
        Err(outcome) => {
            let all = work.into_iter().flat_map(|(who, targets)| targets.into_iter().map(move |target| (who, target)));
            return all.map(|key| (key, outcome.clone())).collect();
        }
    };
    let gate = Arc::new(Semaphore::new(CREDENTIALS));
    let (out, mut results) = mpsc::unbounded_channel();
    for (who, targets) in work {
        let entry = who.and_then(|who| entries.remove(&who));
        let (session, gate, out) = (session.clone(), gate.clone(), out.clone());
        tokio::spawn(async move {
            let _turn = gate.acquire().await;
            // Refused once it is refused everywhere: nobody's account is locked by a probe.
            let mut refused = false;
            for target in targets {
                let outcome = if refused { Outcome::Refused } else { session.probe(entry.as_ref(), &target).await };
                refused |= outcome == Outcome::Refused;
                let _ = out.send(((who, target), outcome));
            }
        });
    }
    drop(out);
    let mut found = Vec::new();
    while let Some(one) = results.recv().await {
        found.push(one);
    }
    found
}
