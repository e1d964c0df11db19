//! The account under which the Pod runs.

use super::Context;
use crate::knowledge::names;

/// The account of whoever names none.
pub(crate) const DEFAULT: &str = "default";

/// The account that the settings name when the Pod runs under another one.
#[inline(never)]
pub(crate) fn wanted<'d>(context: &Context<'d>) -> Option<&'d str> {
    let wanted = context.facts.service_account?;
    let account = context.pod.service_account().unwrap_or(DEFAULT);
    (account != wanted && !names::is_unresolved(account)).then_some(wanted)
}

/// The account under which the Pod runs once this request is through.
#[inline(never)]
pub(super) fn name<'d>(context: &Context<'d>) -> &'d str {
    let mended = if context.mending.account { wanted(context) } else { None };
    mended.filter(|_| !has_token_secret(context)).or_else(|| context.pod.service_account()).unwrap_or(DEFAULT)
}

/// Is there a volume with a token as clusters before 1.24 made them? It stays the old account's.
#[inline(never)]
pub(crate) fn has_token_secret(context: &Context<'_>) -> bool {
    context.pod.volumes().any(|volume| {
        volume.secrets().any(|secret| {
            let name = secret.name();
            // Five characters behind it (`k8s.io/apiserver/pkg/storage/names`).
            name.len().checked_sub(5).and_then(|end| name.get(..end)).is_some_and(|name| name.ends_with("-token-"))
        })
    })
}
