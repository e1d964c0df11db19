//! Rule `service-account-pull-secret`.

use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::{Node, write};
use regwarden_sdk::object::ObjectKind;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::text::{self, concat, say};

use crate::context::ObjectContext;
use crate::facts::Facts;
use crate::knowledge::index::Index;
use crate::knowledge::names::is_unresolved;
use crate::site::{Pipeline, Site};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A ServiceAccount under which, by the settings, Pods of CI run (`serviceAccount`, of a pipeline or for all), and
    /// which lacks a pull secret that the settings give for a registry of these Pods. Pods without
    /// `imagePullSecrets` get the account's list and nothing else.
    ///
    /// For a pipeline that selects this namespace every registry counts, its own and the global ones; for one that goes
    /// by labels or names alone only the global ones. Left alone: accounts that the settings do not name, registries
    /// that a mirror stands in for or that need no Secret, and lists with a placeholder.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {serviceAccount: builder, registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: builder, namespace: ci}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {serviceAccount: builder, registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: builder, namespace: ci}
    /// imagePullSecrets:
    ///   - name: harbor-pull
    /// ```
    ///
    /// ## Fix safety
    /// The Secret is appended. Every Pod of the account that lists no secret of its own may use it from then on, and a
    /// Secret that does not exist is passed over by kubelet.
    pub(crate) ServiceAccountPullSecret {
        id: "service-account-pull-secret",
        title: "service account of CI lacks a pull secret of the settings",
        since: "0.1.0",
        mends: Always,
        levels: [Off, Warn, Enforce],
        options: (),
    }
}

/// A Secret that the account should list, and a registry for which.
type Wanted<'s> = (&'s str, RegistryKey<'s>);

#[inline(never)]
pub(crate) fn check<'d>(context: &ObjectContext<'d>, (): &(), out: &mut Findings<'d>) {
    if context.object.kind() != ObjectKind::ServiceAccount {
        return;
    }
    let account = context.object.node();
    let name = account.get("metadata").and_then(|meta| meta.str("name")).unwrap_or_default();
    let wanted = wanted(context.site, name, context.request.namespace());
    if wanted.is_empty() {
        return;
    }
    let mut listed = Vec::new();
    for entry in account.get("imagePullSecrets").map_or_else(|| account.no_elements(), Node::elements) {
        let name = entry.str("name").unwrap_or_default();
        if is_unresolved(name) {
            return;
        }
        listed.push(name);
    }
    for (secret, _) in &wanted {
        listed.push(secret);
    }
    // Whatever stands in the list for the first time only at its own place is neither listed nor told already.
    let known = listed.len() - wanted.len();
    let index = Index::new(listed);
    for (at, (secret, key)) in wanted.iter().enumerate() {
        if index.first(secret) != Some(known + at) {
            continue;
        }
        let registry = concat(&[key.host(), key.path()]);
        let message = say("the account lacks pull secret ^, which the settings give for ^", &[secret, &registry]);
        let entry = write::object(&[("name", &write::string(secret))]);
        let edit = Edit::append(out.pointer((account, "imagePullSecrets")), entry);
        let remedy = say("add `- name: |` to `imagePullSecrets`", &[secret]);
        out.report((account, "imagePullSecrets"), message, remedy).mend(edit);
    }
}

/// What the account should list by the settings; a Secret may be there for several registries.
#[inline(never)]
fn wanted<'s>(site: Site<'s>, account: &str, namespace: &str) -> Vec<Wanted<'s>> {
    let runs_under = |name: Option<&str>| name.is_some_and(|name| text::same(name, account));
    let mut wanted = Vec::new();
    let default = runs_under(site.service_account);
    for pipeline in site.pipelines {
        let selector = &pipeline.selector;
        if !selector.namespaces.is_empty() && !selector.covers_namespace(namespace) {
            continue;
        }
        let runs =
            if pipeline.service_account.is_some() { runs_under(pipeline.service_account.as_deref()) } else { default };
        if runs {
            collect(site, Some(pipeline), &mut wanted);
        }
        // The first pipeline that selects a Pod counts, and this one leaves none.
        if selector.takes_whole_namespaces() {
            return wanted;
        }
    }
    if default {
        collect(site, None, &mut wanted);
    }
    wanted
}

#[inline(never)]
fn collect<'s>(site: Site<'s>, pipeline: Option<&'s Pipeline>, wanted: &mut Vec<Wanted<'s>>) {
    let facts = Facts::of(site, pipeline);
    // Whether this is one of the namespaces of a pipeline that goes by labels alone, nobody knows.
    let by_labels =
        |pipeline: &Pipeline| pipeline.selector.namespaces.is_empty() && !pipeline.selector.takes_whole_namespaces();
    let anywhere = pipeline.is_some_and(by_labels);
    let mut global = Vec::new();
    for registry in site.registries {
        global.extend(registry.pull.as_ref().and_then(|pull| pull.secret.as_deref()));
    }
    let global = Index::new(global);
    for entry in facts.entries() {
        let secret = entry.pull_secret().filter(|secret| !anywhere || global.first(secret).is_some());
        if let Some(secret) = secret.filter(|_| entry.mirror.is_none()) {
            wanted.push((secret, entry.key));
        }
    }
}
