//! The kinds of objects without a Pod that a policy may judge.

use crate::request::GroupKind;

/// A kind without a Pod (`k8s.io/api/core/v1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// `Secret`
    Secret,
    /// `ServiceAccount`
    ServiceAccount,
}

impl ObjectKind {
    /// As in the field `kind`.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Secret => "Secret",
            ObjectKind::ServiceAccount => "ServiceAccount",
        }
    }

    /// The kind by its name; `None` for one that nobody judges.
    pub fn of(kind: GroupKind<'_>) -> Option<Self> {
        match kind.kind {
            "Secret" if kind.group.is_empty() => Some(ObjectKind::Secret),
            "ServiceAccount" if kind.group.is_empty() => Some(ObjectKind::ServiceAccount),
            _ => None,
        }
    }

    /// The fields that rules read; while they stay the same there is nothing new to say about an object.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        match self {
            ObjectKind::Secret => &["type", "data", "stringData"],
            ObjectKind::ServiceAccount => &["imagePullSecrets", "secrets"],
        }
    }
}
