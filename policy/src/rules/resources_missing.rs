//! Rule `resources-missing`.

use regwarden_sdk::decode::{Decode, Mistakes, Path, Shape};
use regwarden_sdk::edit::Edit;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::{Node, write};
use regwarden_sdk::view::{Container, Role};

use crate::context::Context;

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A container with neither requests nor limits. The scheduler counts it as nothing, so builds crowd onto one node, and
    /// under memory pressure kubelet kills such Pods first: a build is gone, and often the push of another one with it.
    ///
    /// One of the two is enough: the API server copies limits into missing requests. Resources of the Pod as a whole count
    /// for all of its containers. Ephemeral containers cannot have any. In a workload the template is judged as it is
    /// written: the defaults of a LimitRange reach its Pods only later.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: tools:1
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: tools:1
    ///       resources:
    ///         requests: {cpu: 500m, memory: 1Gi}
    /// ```
    ///
    /// ## Fix safety
    /// Nothing is mended unless `requests` or `limits` are given as options. Then each such container gets them; its other
    /// `resources`, such as claims, stay. A Pod has the defaults of a LimitRange by the time a webhook sees it, so it keeps
    /// those.
    pub(crate) ResourcesMissing {
        id: "resources-missing",
        title: "container has neither requests nor limits",
        since: "0.1.0",
        mends: Sometimes,
        levels: [Off, Audit, Audit],
        options: Options,
    }
}

regwarden_sdk::options! {
    /// Options of `resources-missing`.
    pub(crate) struct Options {
        /// Given to a container without resources, such as `{cpu: 500m, memory: 1Gi}`.
        pub requests "requests": Vec<(String, Quantity)> = Vec::new(),
        /// Given to a container without resources.
        pub limits "limits": Vec<(String, Quantity)> = Vec::new()
    }
}

/// An amount as Kubernetes writes it; a wrong one would make every mended Pod fail.
#[derive(Debug)]
pub(crate) struct Quantity(String);

impl Decode for Quantity {
    const SHAPE: Shape = Shape::Text;

    fn decode(node: Node<'_>, path: &Path<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let text = String::decode(node, path, mistakes)?;
        if !is_quantity(&text) {
            mistakes.add(path, "this is no amount; write one such as `500m`, `2` or `1Gi`");
            return None;
        }
        Some(Quantity(text))
    }
}

/// A number, with a fraction or not, and a suffix (`k8s.io/apimachinery/pkg/api/resource/quantity.go`). Nothing negative,
/// and no exponents, which nobody writes.
fn is_quantity(text: &str) -> bool {
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let (whole, rest) = (text.len() - number.len(), number.strip_prefix('.').unwrap_or(number));
    let suffix = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = whole + (rest.len() - suffix.len());
    digits > 0
        && matches!(
            suffix,
            "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"
        )
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, options: &Options, out: &mut Findings<'d>) {
    let pod = context.pod;
    if has_any(pod.spec()) {
        return;
    }
    let given = [("requests", amounts(&options.requests)), ("limits", amounts(&options.limits))];
    for container in pod.containers() {
        if container.role() != Role::Ephemeral && !has_any(container.node()) {
            report(container, &given, out);
        }
    }
}

#[inline(never)]
fn report<'d>(container: Container<'d>, given: &[(&'static str, String)], out: &mut Findings<'d>) {
    const REMEDY: &str =
        "set `resources.requests` to what the step needs, and `resources.limits.memory` to what it may take at most";
    let node = container.node();
    let there = node.get("resources");
    let mut edits: Vec<Edit> = Vec::new();
    let mut resources = write::Object::new(String::new());
    for (key, amounts) in given {
        if amounts.is_empty() {
            continue;
        }
        match there {
            // Whatever lies under the key is empty.
            Some(there) => edits.push(Edit::set(out.pointer((there, *key)), amounts.as_str())),
            None => {
                resources.raw(key, amounts);
            }
        }
    }
    let resources = resources.end();
    if resources.len() > 2 {
        edits.push(Edit::add(out.pointer((node, "resources")), resources));
    }
    let mut draft =
        out.report(node, "this container has neither requests nor limits", REMEDY).container(container.name());
    for edit in edits {
        draft = draft.mend(edit);
    }
}

/// Requests or limits of a container, or of the Pod as a whole; an empty map is none.
#[inline(never)]
fn has_any(holder: Node<'_>) -> bool {
    let Some(resources) = holder.get("resources") else { return false };
    let filled = |key: &str| resources.get(key).is_some_and(|amounts| amounts.members().next().is_some());
    filled("requests") || filled("limits")
}

/// As JSON; empty when the option is not given.
#[inline(never)]
fn amounts(given: &[(String, Quantity)]) -> String {
    if given.is_empty() {
        return String::new();
    }
    let mut out = write::Object::new(String::new());
    for (name, Quantity(amount)) in given {
        out.string(name, amount);
    }
    out.end()
}
