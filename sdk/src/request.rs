//! The admission request as it arrives, read where it lies.

use crate::json::Node;

/// Group and kind of an object; the version says nothing about where the Pod lies in the kinds that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupKind<'d> {
    /// Empty for the core group.
    pub group: &'d str,
    /// As in `Deployment`.
    pub kind: &'d str,
}

/// An AdmissionRequest (Kubernetes `admission/v1`), or what of it is there: a bare raw request has less.
#[derive(Debug, Clone, Copy)]
pub struct Request<'d> {
    node: Node<'d>,
    now: Option<Node<'d>>,
}

impl<'d> Request<'d> {
    /// The request at a node.
    pub fn new(node: Node<'d>) -> Self {
        Request { node, now: None }
    }

    /// The request in a payload, `{"request": …, "settings": {…}, "now": …}`; `None` when there is none.
    pub fn of_payload(payload: Node<'d>) -> Option<Self> {
        payload.get("request").map(|node| Request { node, now: payload.get("now") })
    }

    /// The time as the host gave it beside the request: seconds since 1970, or a text. Kubewarden's host gives none, and
    /// guests have no clock.
    pub fn now(self) -> Option<Node<'d>> {
        self.now
    }

    /// The kind that the policy was called for; from the object itself when the request does not say.
    pub fn kind(self) -> Option<GroupKind<'d>> {
        if let Some(kind) = self.node.get("kind") {
            return Some(GroupKind { group: kind.str("group").unwrap_or_default(), kind: kind.str("kind")? });
        }
        let object = self.object()?;
        let version = object.str("apiVersion").unwrap_or_default();
        let group = crate::text::cut(version, b'/').map_or("", |(group, _)| group);
        Some(GroupKind { group, kind: object.str("kind")? })
    }

    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`; a raw request without one is read as a creation.
    pub fn operation(self) -> &'d str {
        self.node.str("operation").unwrap_or("CREATE")
    }

    /// As in `status` or `ephemeralcontainers`; empty for the object itself.
    pub fn sub_resource(self) -> &'d str {
        self.node.str("subResource").or_else(|| self.node.str("requestSubResource")).unwrap_or_default()
    }

    /// The namespace of the request, else the one that the object names; empty when neither does.
    pub fn namespace(self) -> &'d str {
        let own = || self.object()?.get("metadata")?.str("namespace");
        self.node.str("namespace").filter(|namespace| !namespace.is_empty()).or_else(own).unwrap_or_default()
    }

    /// Who asks.
    pub fn user(self) -> &'d str {
        self.node.get("userInfo").and_then(|user| user.str("username")).unwrap_or_default()
    }

    /// The object as it shall be.
    pub fn object(self) -> Option<Node<'d>> {
        self.node.get("object")
    }

    /// The object as it is, at an update.
    pub fn old_object(self) -> Option<Node<'d>> {
        self.node.get("oldObject")
    }
}
