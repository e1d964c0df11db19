//! Kubewarden's host as a cluster: its capability `kubernetes/get_resource`.
//!
//! kubewarden-policy-sdk has a function for it, which brings serde, its maps and its error types along: hundreds of
//! kilobytes for one request of seven members.

use wapc_guest::host_call;

use crate::cluster::{Answer, Cluster, Depth, Held, Question, refusal};
use crate::json::write;
use crate::object::ObjectKind;

/// The host of the guest.
pub(super) struct Host;

impl Cluster for Host {
    #[inline(never)]
    fn get(&self, question: &Question<'_>) -> Answer {
        match host_call("kubewarden", "kubernetes", "get_resource", payload(question).as_bytes()) {
            // A text that is not UTF-8 is no JSON.
            Ok(object) => String::from_utf8(object).map_or(Answer::Unavailable, |text| Answer::Found(Held::new(text))),
            Err(error) => refusal(&error.to_string()),
        }
    }
}

/// The request. The host leaves out what the field masks do not name, so that a Secret's `data` does not reach a policy that
/// is to know names only; `metadata` always comes along.
fn payload(question: &Question<'_>) -> String {
    let masks = match (question.kind, question.depth) {
        (ObjectKind::Secret, Depth::Names) => r#"["type"]"#,
        (ObjectKind::Secret, Depth::Contents) => r#"["type","data"]"#,
        (ObjectKind::ServiceAccount, _) => r#"["imagePullSecrets","secrets"]"#,
    };
    let mut out = write::Object::new(String::new());
    out.string("api_version", "v1").string("kind", question.kind.word()).string("name", question.name);
    out.string("namespace", question.namespace).bool("disable_cache", false).raw("field_masks", masks);
    out.end()
}
