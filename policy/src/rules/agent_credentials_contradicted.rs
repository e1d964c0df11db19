//! Rule `agent-credentials-contradicted`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image::{self, Parsed};
use regwarden_sdk::json::Node;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::Container;

use crate::context::Context;
use crate::data::agents::{Gives, VARIABLES};
use crate::site::{Registry, Site};

regwarden_sdk::rule! {
    /// ## What it catches
    /// The agent of a CI engine (Woodpecker, Drone, Shuffle) that is told by a variable which pull secrets or which
    /// ServiceAccount the Pods of later jobs get, and names none that the settings know for that; or an empty name, with
    /// which the job is refused. Every job then fails, long after the agent was rolled out.
    ///
    /// It speaks only where the settings name such Secrets or accounts, and not about values that are filled in later.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: agent
    ///       image: woodpeckerci/woodpecker-agent:v3
    ///       env: [{name: WOODPECKER_BACKEND_K8S_PULL_SECRET_NAMES, value: regcred}]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: harbor.corp.example, pull: {secret: harbor-pull}}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///     - name: agent
    ///       image: woodpeckerci/woodpecker-agent:v3
    ///       env: [{name: WOODPECKER_BACKEND_K8S_PULL_SECRET_NAMES, value: "harbor-pull,other"}]
    /// ```
    pub(crate) AgentCredentialsContradicted {
        id: "agent-credentials-contradicted",
        title: "the agent gives later Pods other credentials than the settings know",
        since: "0.1.0",
        mends: Never,
        levels: [Off, Warn, Warn],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        for var in container.env() {
            let name = var.name();
            // Few variables are as long and end so; the table is asked about those only.
            if name.len() < 20 {
                continue;
            }
            for (variable, gives, whom) in VARIABLES {
                if text::same(variable, name)
                    && let Some((node, value)) = var.value()
                {
                    judge(context.facts.site(), container, (variable, *gives, whom), node, value, out);
                }
            }
        }
    }
}

#[inline(never)]
fn judge<'d>(
    site: Site<'_>,
    container: Container<'d>,
    (variable, gives, whom): (&str, Gives, &str),
    node: Node<'d>,
    value: &str,
    out: &mut Findings<'d>,
) {
    let what = if gives == Gives::Account { "ServiceAccount" } else { "Secret" };
    if value.is_empty() {
        // An empty list is a list; only the names of a Secret and of an account cannot be empty.
        if gives == Gives::PushSecret {
            let message =
                text::concat(&["variable `", variable, "` is empty, so ", whom, " names no Secret and is refused"]);
            let remedy = text::concat(&["set `", variable, "` to the docker-registry Secret that pushes"]);
            out.report(node, message, remedy).container(container.name());
        }
        return;
    }
    let mut known = Known { gives, first: None, found: false, near: None, value };
    known.site(site);
    let Some(first) = known.first.filter(|_| !known.found) else { return };
    if matches!(image::parse(value), Parsed::Unresolved(_)) {
        return;
    }
    let message = text::concat(&[
        "variable `",
        variable,
        "` gives ",
        whom,
        " the ",
        what,
        " ",
        &quote(value),
        ", which the settings do not know",
    ]);
    let remedy = text::concat(&["name one that they know, such as ", &quote(known.near.unwrap_or(first))]);
    out.report(node, message, remedy).container(container.name());
}

/// What the settings know, held against one value.
struct Known<'s, 'v> {
    gives: Gives,
    first: Option<&'s str>,
    near: Option<&'s str>,
    found: bool,
    value: &'v str,
}

impl<'s> Known<'s, '_> {
    fn site(&mut self, site: Site<'s>) {
        self.add(site.service_account, Gives::Account);
        self.registries(site.registries);
        for pipeline in site.pipelines {
            self.add(pipeline.service_account.as_deref(), Gives::Account);
            self.registries(&pipeline.registries);
        }
    }

    #[inline(never)]
    fn registries(&mut self, registries: &'s [Registry]) {
        for registry in registries {
            if let Some(pull) = &registry.pull {
                self.add(pull.secret.as_deref(), Gives::PullSecrets);
            }
            if let Some(push) = &registry.push {
                self.add(Some(&push.secret), Gives::PushSecret);
            }
        }
    }

    #[inline(never)]
    fn add(&mut self, name: Option<&'s str>, gives: Gives) {
        let Some(name) = name.filter(|_| gives == self.gives) else { return };
        self.first.get_or_insert(name);
        let mut rest = Some(self.value);
        while let Some(list) = rest {
            let (entry, after) = text::cut(list, b',').map_or((list, None), |(entry, after)| (entry, Some(after)));
            self.found |= text::same(entry.trim_ascii(), name);
            rest = after;
        }
        let mut once = Some(name);
        if text::nearest(self.value, &mut || once.take()).is_some() {
            self.near = Some(name);
        }
    }
}
