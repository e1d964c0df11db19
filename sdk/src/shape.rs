//! Are the fields that rules read of the type that Kubernetes gives them? A table and a walker; wrong types are findings.

use crate::finding::Findings;
use crate::json::{Kind, Node};
use crate::text;

/// What Kubernetes' API types say about a field (`k8s.io/api/core/v1/types.go`); `null` counts as absent everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Is {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A number.
    Number,
    /// A list of such values.
    List(&'static Is),
    /// A map with any keys and such values.
    Map(&'static Is),
    /// A map in which these keys have these types; others are of no concern.
    Record(&'static [(&'static str, Is)]),
}

/// `ObjectMeta`.
pub(crate) const META: Is = Is::Record(&[
    ("name", Is::Text),
    ("generateName", Is::Text),
    ("namespace", Is::Text),
    ("labels", Is::Map(&Is::Text)),
    ("annotations", Is::Map(&Is::Text)),
]);

/// `PodSpec`.
pub(crate) const POD_SPEC: Is = Is::Record(&[
    ("containers", Is::List(&CONTAINER)),
    ("initContainers", Is::List(&CONTAINER)),
    ("ephemeralContainers", Is::List(&CONTAINER)),
    ("volumes", Is::List(&VOLUME)),
    ("imagePullSecrets", Is::List(&NAMED)),
    ("serviceAccountName", Is::Text),
    ("serviceAccount", Is::Text),
    ("automountServiceAccountToken", Is::Flag),
    ("hostUsers", Is::Flag),
    ("securityContext", Is::Record(&[("runAsUser", Is::Number)])),
]);

/// Any map.
pub(crate) const ANY_MAP: Is = Is::Record(&[]);
const MAPS: Is = Is::List(&ANY_MAP);

/// A description by steps; what is in a step is looked at in the sketch.
pub(crate) const TASK: Is = Is::Record(&[
    ("steps", MAPS),
    ("buildSteps", MAPS),
    ("sidecars", MAPS),
    ("stepTemplate", ANY_MAP),
    ("volumes", MAPS),
    ("params", MAPS),
    ("workspaces", MAPS),
]);

/// A template of an Argo workflow.
pub(crate) const WORKFLOW: Is = Is::Record(&[
    ("container", ANY_MAP),
    ("script", ANY_MAP),
    ("containerSet", Is::Record(&[("containers", MAPS)])),
    ("initContainers", MAPS),
    ("sidecars", MAPS),
    ("volumes", MAPS),
    ("podSpecPatch", Is::Text),
]);

/// The fields of a runner.
pub(crate) const RUNNER: Is =
    Is::Record(&[("containers", MAPS), ("initContainers", MAPS), ("sidecarContainers", MAPS), ("volumes", MAPS)]);

/// What GitLab Runner's operator makes a Pod of.
pub(crate) const MANAGER: Is = Is::Record(&[
    ("runnerImage", Is::Text),
    ("serviceaccount", Is::Text),
    ("podSpec", Is::List(&Is::Record(&[("patch", Is::Text), ("patchType", Is::Text)]))),
]);

/// `Secret`; its values are texts in both maps.
pub(crate) const SECRET: Is = Is::Record(&[
    ("metadata", META),
    ("type", Is::Text),
    ("data", Is::Map(&Is::Text)),
    ("stringData", Is::Map(&Is::Text)),
]);

/// `ServiceAccount`.
pub(crate) const SERVICE_ACCOUNT: Is =
    Is::Record(&[("metadata", META), ("imagePullSecrets", Is::List(&NAMED)), ("secrets", Is::List(&NAMED))]);

const NAMED: Is = Is::Record(&[("name", Is::Text)]);
const KEY_OF: Is = Is::Record(&[("name", Is::Text), ("key", Is::Text), ("optional", Is::Flag)]);
const ITEMS: Is = Is::List(&Is::Record(&[("key", Is::Text), ("path", Is::Text)]));

const CONTAINER: Is = Is::Record(&[
    ("name", Is::Text),
    ("image", Is::Text),
    ("command", Is::List(&Is::Text)),
    ("args", Is::List(&Is::Text)),
    (
        "env",
        Is::List(&Is::Record(&[
            ("name", Is::Text),
            ("value", Is::Text),
            ("valueFrom", Is::Record(&[("secretKeyRef", KEY_OF), ("configMapKeyRef", KEY_OF)])),
        ])),
    ),
    ("envFrom", Is::List(&Is::Record(&[("prefix", Is::Text), ("secretRef", NAMED), ("configMapRef", NAMED)]))),
    (
        "volumeMounts",
        Is::List(&Is::Record(&[
            ("name", Is::Text),
            ("mountPath", Is::Text),
            ("subPath", Is::Text),
            ("subPathExpr", Is::Text),
            ("readOnly", Is::Flag),
        ])),
    ),
    ("workingDir", Is::Text),
    ("restartPolicy", Is::Text),
    ("securityContext", Is::Record(&[("privileged", Is::Flag), ("runAsUser", Is::Number)])),
    ("resources", Is::Record(&[("requests", Is::Record(&[])), ("limits", Is::Record(&[]))])),
]);

const VOLUME: Is = Is::Record(&[
    ("name", Is::Text),
    ("hostPath", Is::Record(&[("path", Is::Text), ("type", Is::Text)])),
    ("secret", Is::Record(&[("secretName", Is::Text), ("items", ITEMS), ("optional", Is::Flag)])),
    ("configMap", Is::Record(&[("name", Is::Text), ("items", ITEMS)])),
    ("emptyDir", Is::Record(&[])),
    (
        "projected",
        Is::Record(&[(
            "sources",
            Is::List(&Is::Record(&[
                ("secret", Is::Record(&[("name", Is::Text), ("items", ITEMS)])),
                ("configMap", Is::Record(&[("name", Is::Text), ("items", ITEMS)])),
            ])),
        )]),
    ),
]);

/// Reports every value below `node` whose type is not the expected one. Elements of lists must not be `null`.
pub(crate) fn check<'d>(node: Node<'d>, expected: &Is, out: &mut Findings<'d>) {
    let fits = match (expected, node.kind()) {
        (Is::Text, Kind::String) | (Is::Flag, Kind::Bool) | (Is::Number, Kind::Number) => true,
        (Is::List(element), Kind::Array) => {
            for child in node.elements() {
                check(child, element, out);
            }
            true
        }
        (Is::Map(value), Kind::Object) => {
            for (_, child) in node.members() {
                if !child.is_null() {
                    check(child, value, out);
                }
            }
            true
        }
        (Is::Record(fields), Kind::Object) => {
            for (key, child) in node.members().filter(|(_, child)| !child.is_null()) {
                if let Some((_, field)) = fields.iter().find(|(name, _)| text::same(name, key)) {
                    check(child, field, out);
                }
            }
            true
        }
        _ => false,
    };
    if !fits {
        wrong(node, expected, out);
    }
}

#[cold]
#[inline(never)]
fn wrong<'d>(node: Node<'d>, expected: &Is, out: &mut Findings<'d>) {
    let expects = match expected {
        Is::Text => "a string",
        Is::Flag => "true or false",
        Is::Number => "a number",
        Is::List(_) => "a list",
        Is::Map(_) | Is::Record(_) => "a map",
    };
    let message = text::concat(&["this must be ", expects, ", not ", node.kind().word()]);
    let remedy = match (expected, node.kind()) {
        (Is::Text, Kind::Number | Kind::Bool) => "put the value in quotes",
        _ => "write the field as the Kubernetes API reference has it",
    };
    out.report(node, message, remedy);
}
