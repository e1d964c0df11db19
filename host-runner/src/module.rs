//! What a Wasm file says about itself, read without running it.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmparser::{Encoding, ExternalKind, Parser, Payload, TypeRef};

/// The custom section in which Kubewarden keeps a policy's metadata.
pub const METADATA_SECTION: &str = "io.kubewarden.metadata";

/// Imports, exports or sections listed at most; a module with more is refused. A large Go policy has some hundreds.
const MOST_ITEMS: usize = 100_000;

/// The interface through which a policy is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Abi {
    /// waPC: operations by name, answered by `__guest_call`.
    Wapc,
    /// A WASI preview 1 command: operation as argument, standard input to standard output.
    Wasi,
    /// Rego compiled by `opa build`, for OPA or Gatekeeper.
    Opa,
    /// No interface of a policy.
    Unknown,
}

/// What [`inspect`] finds.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleInfo {
    /// Size in bytes.
    pub size: usize,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// The interface that the exports show.
    pub abi: Abi,
    /// Imports in their order.
    pub imports: Vec<Import>,
    /// Exports in their order.
    pub exports: Vec<Export>,
    /// Sections in their order.
    pub sections: Vec<Section>,
    /// Kubewarden's metadata, from the first section of that name.
    pub metadata: Option<Metadata>,
    /// Why the metadata section, though present, cannot be read.
    pub metadata_error: Option<String>,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The module it is imported from, such as `wapc`.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
}

/// One export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// `type`, `import`, …; for a custom section `custom` followed by its name.
    pub name: String,
    /// Its length in bytes, without its header.
    pub size: usize,
}

/// Kubewarden's metadata of a policy. Fields as in its `metadata.yml`; unknown ones are kept in [`Metadata::rest`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// `v1`, or `Unknown` for policies that cannot be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// `kubewarden-wapc` (also when absent), `wasi`, `opa` or `gatekeeper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_mode: Option<String>,
    /// `kubernetes` (also when absent) or `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_type: Option<String>,
    /// Whether the policy says that it may change objects.
    #[serde(default)]
    pub mutating: bool,
    /// Free annotations: title, version, author and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<std::collections::BTreeMap<String, String>>,
    /// Everything else, such as `rules` and `contextAwareResources`.
    #[serde(flatten)]
    pub rest: std::collections::BTreeMap<String, serde_json::Value>,
}

impl Metadata {
    /// The interface that the metadata names, if it names a known one.
    #[must_use]
    pub fn abi(&self) -> Option<Abi> {
        match self.execution_mode.as_deref()? {
            "kubewarden-wapc" => Some(Abi::Wapc),
            "wasi" => Some(Abi::Wasi),
            "opa" | "gatekeeper" => Some(Abi::Opa),
            _ => None,
        }
    }
}

impl Metadata {
    /// The kinds that the policy says it reads from the cluster, as `apiVersion` and `kind`; what has another shape is
    /// left out, and so grants nothing.
    #[must_use]
    pub fn context_aware_resources(&self) -> Vec<(String, String)> {
        let entries = self.rest.get("contextAwareResources").and_then(serde_json::Value::as_array);
        let text = |entry: &serde_json::Value, name: &str| entry.get(name)?.as_str().map(str::to_owned);
        entries.into_iter().flatten().filter_map(|entry| text(entry, "apiVersion").zip(text(entry, "kind"))).collect()
    }
}

/// Why a file cannot be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The file does not start as a Wasm file does.
    #[error("not a Wasm file: it does not start with `\\0asm`")]
    NotWasm,
    /// The file is a component, which no Kubewarden interface takes.
    #[error("the file is a Wasm component; a policy is a core module")]
    Component,
    /// The file ends early or breaks the binary format.
    #[error("broken Wasm file: {0}")]
    Broken(String),
    /// The file lists more imports, exports or sections than any real module.
    #[error("the module lists more than {MOST_ITEMS} {0}")]
    TooMany(&'static str),
}

/// Reads a module: its sections, imports, exports and metadata. Runs and compiles nothing; function bodies are skipped.
///
/// # Errors
/// When the bytes are no core module, or one that no tool would make.
pub fn inspect(wasm: &[u8]) -> Result<ModuleInfo, InspectError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(InspectError::NotWasm);
    }
    let mut reading = Reading::default();
    for payload in Parser::new(0).parse_all(wasm) {
        reading.payload(payload.map_err(broken)?)?;
    }
    let (metadata, metadata_error) = match reading.metadata.map(serde_json::from_slice) {
        Some(Ok(metadata)) => (Some(metadata), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    Ok(ModuleInfo {
        size: wasm.len(),
        sha256: hex(&Sha256::digest(wasm)),
        abi: abi(&reading.exports),
        imports: reading.imports,
        exports: reading.exports,
        sections: reading.sections,
        metadata,
        metadata_error,
    })
}

/// The interface that exports show. A file with both faces is a waPC guest: that host runs `_start` first anyway.
fn abi(exports: &[Export]) -> Abi {
    let has = |name: &str| exports.iter().any(|export| export.kind == "function" && export.name == name);
    if exports.iter().any(|export| export.name.starts_with("opa_")) {
        Abi::Opa
    } else if has("__guest_call") {
        Abi::Wapc
    } else if has("_start") {
        Abi::Wasi
    } else {
        Abi::Unknown
    }
}

#[derive(Default)]
struct Reading<'a> {
    imports: Vec<Import>,
    exports: Vec<Export>,
    sections: Vec<Section>,
    metadata: Option<&'a [u8]>,
}

impl<'a> Reading<'a> {
    fn payload(&mut self, payload: Payload<'a>) -> Result<(), InspectError> {
        if let Some((id, range)) = payload.as_section() {
            let name = match &payload {
                Payload::CustomSection(custom) => format!("custom {}", custom.name()),
                _ => section_name(id).to_owned(),
            };
            push(&mut self.sections, Section { name, size: range.len() }, "sections")?;
        }
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => Err(InspectError::Component),
            Payload::ImportSection(imports) => imports.into_imports().try_for_each(|import| {
                let import = import.map_err(broken)?;
                let kind = import_kind(import.ty);
                let import = Import { module: import.module.to_owned(), name: import.name.to_owned(), kind };
                push(&mut self.imports, import, "imports")
            }),
            Payload::ExportSection(exports) => exports.into_iter().try_for_each(|export| {
                let export = export.map_err(broken)?;
                let export = Export { name: export.name.to_owned(), kind: export_kind(export.kind) };
                push(&mut self.exports, export, "exports")
            }),
            Payload::CustomSection(custom) if custom.name() == METADATA_SECTION => {
                // The first one counts, as for Kubewarden.
                self.metadata.get_or_insert(custom.data());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn push<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), InspectError> {
    if list.len() >= MOST_ITEMS {
        return Err(InspectError::TooMany(what));
    }
    list.push(item);
    Ok(())
}

fn broken(error: wasmparser::BinaryReaderError) -> InspectError {
    InspectError::Broken(format!("{} at offset {}", error.message(), error.offset()))
}

/// The name of a section by its number in the binary format.
fn section_name(id: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}

fn import_kind(kind: TypeRef) -> &'static str {
    match kind {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => "function",
        TypeRef::Table(_) => "table",
        TypeRef::Memory(_) => "memory",
        TypeRef::Global(_) => "global",
        TypeRef::Tag(_) => "tag",
    }
}

fn export_kind(kind: ExternalKind) -> &'static str {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => "function",
        ExternalKind::Table => "table",
        ExternalKind::Memory => "memory",
        ExternalKind::Global => "global",
        ExternalKind::Tag => "tag",
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
