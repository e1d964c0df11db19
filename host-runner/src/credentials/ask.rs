//! The host's cluster as the policy's port, for a policy that runs natively.

use std::time::{Duration, Instant};

use regwarden_sdk::cluster::{Answer, Cluster as Port, Depth, Held, Question};
use regwarden_sdk::object::ObjectKind;

use crate::cluster::{Cluster, ClusterError, ObjectRef, Patience};

/// How long one object may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers the policy's questions from a cluster of the host; whoever has the right to read Secrets is asked for them.
pub struct Asked<'c>(pub &'c dyn Cluster);

impl Port for Asked<'_> {
    fn get(&self, question: &Question<'_>) -> Answer {
        let kind = match question.kind {
            ObjectKind::Secret => "Secret",
            ObjectKind::ServiceAccount => "ServiceAccount",
        };
        let object = ObjectRef { api_version: "v1", kind, namespace: Some(question.namespace), name: question.name };
        match self.0.get(&object, Patience::until(Instant::now() + PATIENCE)) {
            Ok(found) => {
                let mut found = found.as_ref().clone();
                if question.depth == Depth::Names
                    && let Some(fields) = found.as_object_mut()
                {
                    fields.remove("data");
                }
                Answer::Found(Held::new(found.to_string()))
            }
            Err(ClusterError::NotFound { .. }) => Answer::Absent,
            Err(ClusterError::Forbidden(_)) => Answer::NotAllowed,
            Err(_) => Answer::Unavailable,
        }
    }
}
