//! The admission request as Kubewarden passes it on: known fields alone, no nulls, keys in order.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A request for a policy to judge.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Request {
    /// A request of the Kubernetes API server.
    Kubernetes(Box<AdmissionRequest>),
    /// Any JSON value, for policies of type `raw`.
    Raw(Value),
}

/// The fields of an AdmissionRequest that policies see. In alphabetical order, which is the order on the wire; unknown
/// fields are dropped at this level and kept inside objects and options.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct AdmissionRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    pub kind: GroupVersionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_object: Option<Value>,
    pub operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_kind: Option<GroupVersionKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_resource: Option<GroupVersionResource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_sub_resource: Option<String>,
    pub resource: GroupVersionResource,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_resource: Option<String>,
    pub uid: String,
    pub user_info: UserInfo,
}

/// A kind of object.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct GroupVersionKind {
    pub group: String,
    pub kind: String,
    pub version: String,
}

/// A resource of the API server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct GroupVersionResource {
    pub group: String,
    pub resource: String,
    pub version: String,
}

/// Who asks.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the fields are Kubernetes' own")]
pub struct UserInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<BTreeMap<String, Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// Why a request cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The bytes are no JSON.
    #[error("the request is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// An AdmissionReview without a request, such as one that holds a response.
    #[error("the AdmissionReview has no `request`")]
    NoRequest,
    /// A field is missing or has another type than Kubernetes gives it.
    #[error("the admission request cannot be used: {0}")]
    Unusable(serde_json::Error),
}

impl Request {
    /// Reads an AdmissionReview, recognised by its `kind`, or a bare AdmissionRequest.
    ///
    /// # Errors
    /// When the bytes are no JSON, or required fields (`uid`, `kind`, `resource`, `operation`, `userInfo`) are missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let mut value: Value = serde_json::from_slice(bytes).map_err(RequestError::NotJson)?;
        if value.get("kind").and_then(Value::as_str) == Some("AdmissionReview") {
            value = value.get_mut("request").map(Value::take).unwrap_or_default();
            if value.is_null() {
                return Err(RequestError::NoRequest);
            }
        }
        serde_json::from_value(value).map(|request| Self::Kubernetes(Box::new(request))).map_err(RequestError::Unusable)
    }

    /// Reads any JSON value, for policies of type `raw`.
    ///
    /// # Errors
    /// When the bytes are no JSON.
    pub fn parse_raw(bytes: &[u8]) -> Result<Self, RequestError> {
        serde_json::from_slice(bytes).map(Self::Raw).map_err(RequestError::NotJson)
    }

    /// The id that the response repeats; empty for a raw request without one.
    #[must_use]
    pub fn uid(&self) -> &str {
        match self {
            Self::Kubernetes(request) => &request.uid,
            Self::Raw(value) => value.get("uid").and_then(Value::as_str).unwrap_or_default(),
        }
    }

    /// What a mutation changes: the object, absent for a deletion; the whole of a raw request.
    #[must_use]
    pub fn original(&self) -> Option<&Value> {
        match self {
            Self::Kubernetes(request) => request.object.as_ref(),
            Self::Raw(value) => Some(value),
        }
    }
}
