//! What a Wasm module is, for people.

use std::io::{self, Write};

use serde_json::Value;

use super::style::{CODE, FAINT, STRONG};
use super::text::{clean, paragraph};
use crate::module::{Abi, Metadata, ModuleInfo};

/// Imports and exports printed; the rest is counted. JSON has them all.
const MOST_ROWS: usize = 60;

/// Writes everything that is known about a module without running it.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut dyn Write, file: &str, info: &ModuleInfo, width: usize) -> io::Result<()> {
    writeln!(out, "{STRONG}{}{STRONG:#}", clean(file))?;
    row(out, "digest", &format!("sha256:{}", info.sha256))?;
    row(out, "size", &format!("{} bytes", info.size))?;
    row(out, "interface", interface(info.abi))?;
    match (&info.metadata, &info.metadata_error) {
        (Some(metadata), _) => self::metadata(out, metadata, width)?,
        (None, Some(error)) => row(out, "metadata", &format!("unreadable: {error}"))?,
        (None, None) => row(out, "metadata", "none: the module is not annotated")?,
    }
    list(out, "imports", info.imports.iter().map(|i| format!("{}.{} ({})", i.module, i.name, i.kind)))?;
    list(out, "exports", info.exports.iter().map(|e| format!("{} ({})", e.name, e.kind)))?;
    list(out, "sections", info.sections.iter().map(|s| format!("{}, {} bytes", s.name, s.size)))
}

fn row(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {FAINT}{name:<10}{FAINT:#} {}", clean(value))
}

fn interface(abi: Abi) -> &'static str {
    match abi {
        Abi::Wapc => "waPC (`__guest_call`)",
        Abi::Wasi => "WASI command (`_start`)",
        Abi::Opa => "Rego, compiled by opa; regwarden does not run it",
        Abi::Unknown => "none of a policy",
    }
}

fn metadata(out: &mut dyn Write, metadata: &Metadata, width: usize) -> io::Result<()> {
    row(
        out,
        "metadata",
        &format!(
            "protocol {}, mode {}, type {}, {}",
            metadata.protocol_version.as_deref().unwrap_or("not named"),
            metadata.execution_mode.as_deref().unwrap_or("kubewarden-wapc"),
            metadata.policy_type.as_deref().unwrap_or("kubernetes"),
            if metadata.mutating { "mutating" } else { "not mutating" },
        ),
    )?;
    // Pages of documentation are kept here too; a line of each is enough.
    for (key, value) in metadata.annotations.iter().flatten().take(MOST_ROWS) {
        let first = value.lines().next().unwrap_or_default();
        let more = if value.lines().nth(1).is_some() { " …" } else { "" };
        writeln!(out, "    {CODE}{}{CODE:#} {}{more}", clean(key), clean(first))?;
    }
    for (key, value) in metadata.rest.iter().filter(|(_, value)| !is_empty(value)).take(MOST_ROWS) {
        writeln!(out, "    {CODE}{}{CODE:#}", clean(key))?;
        out.write_all(paragraph(&value.to_string(), "      ", "      ", width).as_bytes())?;
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn list(out: &mut dyn Write, name: &str, rows: impl ExactSizeIterator<Item = String>) -> io::Result<()> {
    let count = rows.len();
    row(out, name, &count.to_string())?;
    for text in rows.take(MOST_ROWS) {
        writeln!(out, "    {}", clean(&text))?;
    }
    if let Some(more) = count.checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        writeln!(out, "    {FAINT}and {more} more; `--output json` has them all{FAINT:#}")?;
    }
    Ok(())
}
