//! The custom section of a module: taken out wherever it is, put in once, every other byte as it was.

use std::ops::Range;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CustomSection, ImportSection, Section};
use wasmparser::{Encoding, ImportSectionReader, Parser, Payload};

use super::AnnotateError;
use crate::module::METADATA_SECTION;

/// What JavaScript policies import, and what policy-server offers in its place.
const JAVY_HOST: (&str, &str) = ("kubewarden:javy/host", "host");

/// Magic number and version at the start of every module.
const HEADER: usize = 8;

/// The module with `content` as its only metadata section, at the end. The import `call` of Javy's host module gets the
/// name that policy-server knows, as kwctl does it; everything else stays byte for byte.
///
/// # Errors
/// When the bytes are no core module.
pub(super) fn replace(wasm: &[u8], content: &[u8]) -> Result<Vec<u8>, AnnotateError> {
    let mut out = Vec::with_capacity(wasm.len() + content.len() + 64);
    let mut end = HEADER;
    out.extend_from_slice(part(wasm, 0..HEADER)?);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(broken)?;
        if matches!(payload, Payload::Version { encoding: Encoding::Component, .. }) {
            return Err(AnnotateError::Component);
        }
        let Some((_, range)) = payload.as_section() else { continue };
        // A section's own header lies between the end of the one before and its content.
        let whole = end..range.end;
        end = range.end;
        match payload {
            Payload::CustomSection(custom) if custom.name() == METADATA_SECTION => {}
            Payload::ImportSection(imports) if imports_javy(&imports) => renamed(imports)?.append_to(&mut out),
            _ => out.extend_from_slice(part(wasm, whole)?),
        }
    }
    let section = CustomSection { name: METADATA_SECTION.into(), data: content.into() };
    section.append_to(&mut out);
    Ok(out)
}

fn part(wasm: &[u8], range: Range<usize>) -> Result<&[u8], AnnotateError> {
    wasm.get(range).ok_or_else(|| AnnotateError::Module("it ends in the middle of a section".to_owned()))
}

fn imports_javy(imports: &ImportSectionReader<'_>) -> bool {
    let mut all = imports.clone().into_imports().map_while(Result::ok);
    all.any(|import| import.module == JAVY_HOST.0 && import.name == "call")
}

fn renamed(imports: ImportSectionReader<'_>) -> Result<ImportSection, AnnotateError> {
    let mut out = ImportSection::new();
    for import in imports.into_imports() {
        let import = import.map_err(broken)?;
        let kind =
            RoundtripReencoder.entity_type(import.ty).map_err(|error| AnnotateError::Module(error.to_string()))?;
        let javy = import.module == JAVY_HOST.0 && import.name == "call";
        out.import(if javy { JAVY_HOST.1 } else { import.module }, import.name, kind);
    }
    Ok(out)
}

fn broken(error: wasmparser::BinaryReaderError) -> AnnotateError {
    AnnotateError::Module(format!("{} at offset {}", error.message(), error.offset()))
}
