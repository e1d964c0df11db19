//! Rule `pull-secret-foreign`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Node;
use regwarden_sdk::text;
use regwarden_sdk::view::Container;

use crate::context::Context;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A Pod that uses a Secret which the settings give to another pipeline, for pulling or pushing, and neither to all
    /// Pods nor to the pipeline that selects this one. Whoever holds it reads, or writes, that pipeline's images. It counts
    /// in `imagePullSecrets`, volumes (`secret` and `projected`) and variables (`env` and `envFrom`); a Secret used more
    /// than once in a container is reported there once. The settings know Secrets by name, in whatever namespace.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {pipelines: [{name: shop, selector: {namespaces: [ci-shop]}, registries: [{registry: harbor.corp.example, push: {secret: shop-push}}]}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent, namespace: ci-blog}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: quay.io/org/tools:1
    ///       envFrom:
    ///         - secretRef: {name: shop-push}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {pipelines: [{name: shop, selector: {namespaces: [ci-shop]}, registries: [{registry: harbor.corp.example, push: {secret: shop-push}}]}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent, namespace: ci-blog}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: quay.io/org/tools:1
    ///       envFrom:
    ///         - secretRef: {name: blog-push}
    /// ```
    pub(crate) PullSecretForeign {
        id: "pull-secret-foreign",
        title: "the Pod uses a Secret of another pipeline",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// Findings for one container, or for the Pod itself; whoever has more has been told enough.
const MAX_FINDINGS: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    let own = usize::from(context.facts.pipeline.is_some());
    if context.facts.site().pipelines.len() <= own {
        return;
    }
    let pod = context.pod;
    let mut user = User { context, container: None, told: Vec::new(), out };
    for (entry, name) in pod.pull_secrets() {
        user.uses(entry, "name", name);
    }
    for volume in pod.volumes() {
        for source in volume.secrets() {
            user.uses(source.node(), source.key(), source.name());
        }
    }
    for container in pod.containers() {
        user.container = Some(container);
        user.told.clear();
        for var in container.env() {
            if let Some(reference) = var.secret_key_ref() {
                user.uses(reference, "name", reference.str("name").unwrap_or_default());
            }
        }
        for from in container.env_from() {
            if let Some(reference) = from.get("secretRef") {
                user.uses(reference, "name", reference.str("name").unwrap_or_default());
            }
        }
    }
}

/// Who uses Secrets: a container, or the Pod itself.
struct User<'c, 'd, 'o> {
    context: &'c Context<'d>,
    container: Option<Container<'d>>,
    told: Vec<&'d str>,
    out: &'o mut Findings<'d>,
}

impl<'d> User<'_, 'd, '_> {
    #[inline(never)]
    fn uses(&mut self, node: Node<'d>, key: &'static str, secret: &'d str) {
        let own = self.context.facts.pipeline;
        let Some(owner) = self.context.secrets().foreign(secret, own) else { return };
        let known = self.container.is_some() && self.told.contains(&secret);
        if known || self.told.len() >= MAX_FINDINGS {
            return;
        }
        self.told.push(secret);
        let message = text::say("the settings give Secret ^ to pipeline ^, not to this Pod", &[secret, &owner.name]);
        let remedy = text::say(
            "use a Secret of the Pod's own pipeline, or have it selected as one of pipeline ^",
            &[&owner.name],
        );
        let container = self.container.and_then(Container::name);
        self.out.report((node, key), message, remedy).container(container);
    }
}
