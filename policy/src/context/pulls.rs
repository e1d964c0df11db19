//! The pull secrets that count for the Pod: its own list, or that of its account, each looked up once.

use regwarden_sdk::json::Node;

use super::{Context, Named};
use crate::cluster::{SecretFacts, Seen};
use crate::knowledge::index::Index;

/// The pull secrets of a Pod.
#[derive(Debug, Default)]
pub(crate) struct Pulls<'d> {
    /// In their order, each name once; entries without a name are left out.
    pub(crate) secrets: Vec<Listed<'d>>,
    /// They are the account's: the Pod lists none.
    pub(crate) of_account: bool,
    /// These are all. Otherwise the Pod lists none, and those of its account are not known.
    pub(crate) complete: bool,
}

/// One pull secret.
#[derive(Debug)]
pub(crate) struct Listed<'d> {
    /// Its name.
    pub(crate) name: String,
    /// The entry of the Pod's own list.
    pub(crate) entry: Option<Node<'d>>,
    /// What is known about it.
    pub(crate) seen: Seen<SecretFacts>,
}

/// Asks for every pull secret, once each.
#[inline(never)]
pub(super) fn read<'d>(context: &Context<'d>) -> Pulls<'d> {
    let mut pulls = Pulls { complete: true, ..Pulls::default() };
    let mut empty = true;
    for (at, (entry, name)) in context.pod.pull_secrets().enumerate() {
        empty = false;
        if !name.is_empty() && context.index(Named::PullSecrets).first(name) == Some(at) {
            pulls.secrets.push(Listed { name: name.to_owned(), entry: Some(entry), seen: context.secret(name) });
        }
    }
    // The API server fills an empty list from the account, and once more when the account is mended.
    let filled = || context.is_admitted() && context.pod.service_account() == Some(context.account_name());
    if empty && !filled() {
        pulls.of_account = true;
        pulls.complete = false;
        if let Some(account) = context.account().found() {
            pulls.complete = true;
            let index = Index::of(&account.pull_secrets);
            for (at, name) in account.pull_secrets.iter().enumerate() {
                if !name.is_empty() && index.first(name) == Some(at) {
                    pulls.secrets.push(Listed { name: name.clone(), entry: None, seen: context.secret(name) });
                }
            }
        }
    }
    pulls
}
