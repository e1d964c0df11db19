//! What opens each image and each push of a Pod: every credential that could, in the order in which it is tried, and
//! which one wins, for hosts that show it to people.

use regwarden_sdk::cluster::Cluster;
use regwarden_sdk::evaluate::{PodCase, each_pod};

use crate::Regwarden;
use crate::context::Context;
use crate::facts::Facts;
use crate::knowledge::opens::kept::Tried;
use crate::knowledge::opens::opened;
use crate::mending::Mending;
use crate::settings::Settings;

#[cfg(test)]
mod tests;

pub use crate::resolution::{Candidate, Provider, Pull, Push, Resolution, State, Verdict};

/// Resolves every Pod of a payload (`{"request": …, "settings": {…}}` as for `validate`), also in templates of workloads and
/// in the descriptions of Tekton, Argo and their like. The setting `cluster` says how much is asked: without the contents of
/// Secrets most of it stays [`State::Unknown`].
///
/// # Errors
/// What of the payload, the settings or the object cannot be read.
pub fn resolve(payload: &[u8], cluster: &dyn Cluster) -> Result<Vec<Resolution>, String> {
    let mut all = Vec::new();
    each_pod::<Regwarden>(payload, cluster, &mut |case| {
        all.push(one(&case)?);
        Ok(())
    })?;
    Ok(all)
}

fn one(case: &PodCase<'_, Settings>) -> Result<Resolution, String> {
    let (request, pod, settings) = (case.request, case.pod, case.settings);
    let facts = Facts::resolve(settings.site(), request.namespace(), pod);
    let mending = Mending::of(settings, request, pod);
    let context = Context::new(request, pod, facts, case.cluster, mending);
    let opened = opened(&context);
    if !opened.complete {
        return Err("there are more images, destinations and Secrets in a Pod than are resolved; split it".to_owned());
    }
    let mut resolution = Resolution {
        pointer: case.at.to_owned(),
        namespace: request.namespace().to_owned(),
        service_account: context.account_name().to_owned(),
        ..Resolution::default()
    };
    let candidates = |tried: &[Tried<'_>]| tried.iter().map(|tried| tried.candidate.clone()).collect();
    let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
    for pull in &opened.pulls {
        let image = pull.container.node().get("image").unwrap_or(pull.container.node());
        resolution.pulls.push(Pull {
            container: name(pull.container.name()),
            pointer: case.pointer(image),
            image: pull.image.clone(),
            registry: pull.registry.clone(),
            candidates: candidates(&pull.tried),
            verdict: pull.verdict,
        });
    }
    for push in &opened.pushes {
        resolution.pushes.push(Push {
            container: name(push.container.name()),
            pointer: case.pointer(push.place),
            tool: push.tool.to_owned(),
            destination: push.destination.clone(),
            registry: push.registry.clone(),
            files: push.files.clone(),
            candidates: candidates(&push.tried),
            verdict: push.verdict,
        });
    }
    Ok(resolution)
}
