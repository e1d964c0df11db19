//! The objects without a Pod that a policy may judge: Secrets and ServiceAccounts.

use crate::finding::Findings;
use crate::json::{Kind, Node};
use crate::shape::{self, Is};
use crate::text;

pub mod kind;

pub use kind::ObjectKind;

/// Group and kind of everything without a Pod.
#[cfg(test)]
pub(crate) fn judged() -> impl Iterator<Item = (&'static str, &'static str)> {
    [("", "Secret"), ("", "ServiceAccount")].into_iter()
}

/// An object of such a kind.
#[derive(Debug, Clone, Copy)]
pub struct Object<'d> {
    node: Node<'d>,
    kind: ObjectKind,
}

impl<'d> Object<'d> {
    /// The object; what cannot be read is reported to `out`, and `None` when nothing is left to look at.
    pub fn read(node: Node<'d>, kind: ObjectKind, out: &mut Findings<'d>) -> Option<Self> {
        if node.kind() != Kind::Object {
            let message = text::concat(&["this must be a map, not ", node.kind().word()]);
            out.report(node, message, crate::view::SEND_WHOLE);
            return None;
        }
        shape::check(node, shape_of(kind), out);
        Some(Object { node, kind })
    }

    /// Its map.
    pub fn node(self) -> Node<'d> {
        self.node
    }

    /// What it is.
    pub fn kind(self) -> ObjectKind {
        self.kind
    }

    /// Name of the object, or the prefix from which the server will make one.
    pub fn name(self) -> &'d str {
        crate::view::name_of(self.node)
    }

    /// A label.
    pub fn label(self, key: &str) -> Option<&'d str> {
        self.node.get_path(&["metadata", "labels"])?.str(key)
    }
}

fn shape_of(kind: ObjectKind) -> &'static Is {
    match kind {
        ObjectKind::Secret => &shape::SECRET,
        ObjectKind::ServiceAccount => &shape::SERVICE_ACCOUNT,
    }
}
