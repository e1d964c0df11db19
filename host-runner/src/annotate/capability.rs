//! Which host calls a module seems to make: a look at its data, as kwctl takes one, never a verdict.

use std::collections::BTreeSet;

use memchr::memmem;
use wasmparser::{Parser, Payload};

/// Every call that policy-server answers under a name that it can deny, as namespace and operation behind a slash.
pub(super) const ALL: [&str; 11] = [
    "crypto/v1/is_certificate_trusted",
    "kubernetes/can_i",
    "kubernetes/get_resource",
    "kubernetes/list_resources_all",
    "kubernetes/list_resources_by_namespace",
    "net/v1/dns_lookup_host",
    "oci/v1/manifest_digest",
    "oci/v1/oci_manifest",
    "oci/v1/oci_manifest_config",
    "oci/v1/verify",
    "oci/v2/verify",
];

/// Whether a declared pattern (`*`, `oci/*` or a whole path) covers a call.
pub(super) fn grants(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => (prefix.is_empty() || prefix.ends_with('/')) && path.starts_with(prefix),
        None => pattern == path,
    }
}

/// The calls whose namespace and operation both stand in the module's data. A name that is part of a longer one
/// (`oci_manifest` in `oci_manifest_config`) is seen in that one too.
pub(super) fn seen(wasm: &[u8]) -> BTreeSet<&'static str> {
    let mut data = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        if let Payload::DataSection(segments) = payload {
            data.extend(segments.into_iter().map_while(Result::ok).map(|segment| segment.data));
        }
    }
    let found = |text: &str| {
        let finder = memmem::Finder::new(text);
        data.iter().any(|segment| finder.find(segment).is_some())
    };
    ALL.into_iter()
        .filter(|path| path.split_once('/').is_some_and(|(space, operation)| found(operation) && found(space)))
        .collect()
}

/// What is declared and not seen, and what is seen and not declared, as warnings.
pub(super) fn compare(declared: &BTreeSet<String>, seen: &BTreeSet<&'static str>) -> Vec<String> {
    let mut out = Vec::new();
    for path in seen {
        if !declared.iter().any(|pattern| grants(pattern, path)) {
            out.push(format!("the module seems to call `{path}`; if it does, add it to hostCapabilities"));
        }
    }
    for pattern in declared {
        let known = ALL.iter().any(|path| grants(pattern, path));
        if known && !seen.iter().any(|path| grants(pattern, path)) {
            out.push(format!(
                "hostCapabilities names `{pattern}`, of which the module shows nothing; if it makes no such call, take it away"
            ));
        }
    }
    out
}
