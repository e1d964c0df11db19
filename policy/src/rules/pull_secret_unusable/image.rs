//! What images need, and what the Pod's pull secrets have for them.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::registry::RegistryKey;
use regwarden_sdk::text::{self, say};

use crate::cluster::{ForKubelet, Holds};
use crate::context::{Context, Cover, Image, entries};
use crate::facts::Effective;
use crate::knowledge::{hosts, words};
use crate::rules::docker_secret_malformed::key::named;

/// How sure it is that an image cannot be pulled as nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The settings say so.
    Sure,
    /// Its host is neither a public registry nor one of the cluster.
    Likely,
    /// The settings say otherwise, or the host is such a one.
    No,
}

/// What the images need together.
pub(super) struct Needs {
    /// Some image needs credentials, or likely does, and it is not known that it has them from elsewhere.
    pub(super) any: bool,
    /// Every image has credentials, or the settings say that it needs none.
    pub(super) all_served: bool,
}

/// Registries that serve anybody, and those for which nodes of a cloud have credentials of their own.
const PUBLIC: &str = "docker.io quay.io ghcr.io gcr.io registry.k8s.io k8s.gcr.io public.ecr.aws mcr.microsoft.com \
    registry.gitlab.com nvcr.io lscr.io cgr.dev icr.io docker.elastic.co registry.access.redhat.com";
const OF_CLOUDS: &str = ".gcr.io .pkg.dev .azurecr.io .azurecr.cn .amazonaws.com .amazonaws.com.cn .icr.io";

/// So many keys are compared to find the one that may have been meant.
const KEYS: usize = 64;

impl Needs {
    #[inline(never)]
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut needs = Needs { any: false, all_served: true };
        for image in context.images() {
            let need = need(image);
            let given = image.named().is_some_and(|name| matches!(context.cover(&name), Cover::Given));
            needs.any |= need != Need::No && !given;
            let without = image.registry().and_then(|entry| entry.pull).is_some_and(|pull| pull.anonymous || pull.node);
            needs.all_served &= given || without;
        }
        needs
    }
}

#[inline(never)]
fn need(image: &Image<'_>) -> Need {
    if let Some(pull) = image.registry().and_then(|entry| entry.pull) {
        return if pull.anonymous || pull.node { Need::No } else { Need::Sure };
    }
    let Some(name) = image.named().filter(|_| !image.comes_later()) else { return Need::No };
    let host = name.domain();
    let open = host.is_empty()
        || words::is_among(host, PUBLIC)
        || words::ends_any(host, OF_CLOUDS)
        || hosts::is_internal(host);
    if open { Need::No } else { Need::Likely }
}

/// Each image that the Pod's pull secrets do not open.
#[inline(never)]
pub(super) fn check<'d>(context: &Context<'d>, needs: &Needs, out: &mut Findings<'d>) {
    if !needs.any {
        return;
    }
    for image in context.images() {
        let need = need(image);
        let Some(name) = image.named().filter(|_| need != Need::No) else { continue };
        let (message, remedy, sure) = match context.cover(&name) {
            Cover::Given | Cover::Unknown => continue,
            Cover::Useless(listed, entry) => {
                let empty = entry.holds == Holds::Nothing;
                let what = if empty { "no credentials" } else { "a placeholder" };
                let message = "pull secret ^ has | for |, with which image ^ would be pulled";
                let message = say(message, &[&listed.name, what, &named(&entry.key), image.pulled()]);
                (message, "make the Secret anew with user and password of the registry".to_owned(), empty)
            }
            Cover::Nothing if is_expected(context, image) => {
                let message = "no pull secret of the Pod has an entry for registry ^, from which image ^ comes";
                (say(message, &[name.domain(), image.pulled()]), remedy(context, name.domain()), true)
            }
            Cover::Nothing => continue,
        };
        let container = image.container;
        let draft = out.report((container.node(), "image"), message, remedy).container(container.name());
        if !sure || need != Need::Sure {
            draft.unsure();
        }
    }
}

/// Is some Secret there from which the credentials were to come, and nothing wrong with it but that it has none for this
/// image? Otherwise something else is told already, here or by `pull-secret-missing`.
#[inline(never)]
fn is_expected(context: &Context<'_>, image: &Image<'_>) -> bool {
    let wanted = image.registry().and_then(Effective::pull_secret);
    for listed in &context.pulls().secrets {
        let readable = listed.seen.found().is_some_and(|secret| matches!(secret.kubelet, Some(ForKubelet::Entries(_))));
        if readable && wanted.is_none_or(|wanted| text::same(wanted, &listed.name)) {
            return true;
        }
    }
    false
}

/// An entry for the same host under another port is the usual slip.
#[inline(never)]
fn remedy(context: &Context<'_>, host: &str) -> String {
    let bare = hosts::without_port(host);
    let mut left = KEYS;
    for listed in &context.pulls().secrets {
        for entry in entries(listed).unwrap_or_default() {
            left = left.saturating_sub(1);
            if left == 0 {
                break;
            }
            let Ok(key) = RegistryKey::parse(&entry.key) else { continue };
            if hosts::without_port(key.host()) == bare {
                return say("write ^ in place of ^ in pull secret ^", &[host, key.host(), &listed.name]);
            }
        }
    }
    say("add an entry for ^ to one of them, or list the Secret that has it", &[host])
}
