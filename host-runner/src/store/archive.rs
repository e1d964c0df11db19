//! Policies in one file, to carry them where no registry is: an OCI image layout in a tar, as skopeo reads and writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::Serialize;
use tar::{Archive, Builder, EntryType, Header};

use super::{Digest, Store, StoreError, Stored, signatures};
use crate::engine::Limits;
use crate::oci::manifest::{self, Descriptor, Index, LAYOUT, NAME_ANNOTATION, URL_ANNOTATION};
use crate::oci::name::Name;

/// Entries of one archive; a policy has three.
const MOST_ENTRIES: usize = 100_000;

/// What kept signatures are in an archive's index, and which manifest they are of.
const SIGNATURES: &str = "application/vnd.dev.regwarden.signatures.v1+json";
const SIGNED_ANNOTATION: &str = "dev.regwarden.signatures-of";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The names in the archive.
    pub policies: Vec<String>,
    /// Content of the archive in bytes, the frame of the tar left out.
    pub bytes: u64,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// The policies that are in the store now.
    pub policies: Vec<Stored>,
    /// Entries of the archive's index that are no policies or have no full name, each with the reason.
    pub left_out: Vec<String>,
}

impl Store {
    /// Writes policies into an archive, which is there when all of it is.
    ///
    /// # Errors
    /// When something is missing or damaged in the store, or the file cannot be written.
    pub fn save(&self, policies: &[Stored], path: &Path) -> Result<Saved, StoreError> {
        let failed = StoreError::io(path);
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tmp-");
        #[cfg(unix)]
        // What the umask leaves of this, as for any new file: archives are made to be handed on.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(directory).map_err(&failed)?;
        let mut tar = Builder::new(BufWriter::new(file));
        append(&mut tar, "oci-layout", LAYOUT).map_err(&failed)?;
        let mut written = BTreeSet::new();
        let mut index = Index::default();
        let mut bytes = 0;
        let mut blob = |tar: &mut Builder<_>, digest: &Digest, content: &[u8]| {
            if !written.insert(digest.clone()) {
                return Ok(());
            }
            bytes += content.len() as u64;
            append(tar, &format!("blobs/sha256/{}", digest.hex()), content).map_err(StoreError::io(path))
        };
        for stored in policies {
            let module = self.require(&stored.module)?;
            blob(&mut tar, &stored.module, &module)?;
            let Some(resolved) = &stored.resolved else {
                // A plain download has no manifest; this one says where it came from.
                let bytes = manifest::of_module(&stored.module, stored.size, &BTreeMap::new());
                blob(&mut tar, &Digest::of(manifest::EMPTY_CONFIG), manifest::EMPTY_CONFIG)?;
                let digest = Digest::of(&bytes);
                blob(&mut tar, &digest, &bytes)?;
                index.push(manifest::MANIFEST, &digest, bytes.len(), URL_ANNOTATION, &stored.name);
                continue;
            };
            let top = self.require(resolved)?;
            for digest in [Some(resolved), stored.manifest.as_ref()].into_iter().flatten() {
                let bytes = self.require(digest)?;
                blob(&mut tar, digest, &bytes)?;
                for part in manifest::blobs(&bytes) {
                    if let Some(content) = self.blob(&part, Limits::default().module as u64)? {
                        blob(&mut tar, &part, &content)?;
                    }
                }
            }
            let name = stored.name.strip_prefix("registry://").unwrap_or(&stored.name);
            index.push(manifest::media_type(&top), resolved, top.len(), NAME_ANNOTATION, name);
            if let Some(signatures) = self.signatures(resolved)? {
                let digest = Digest::of(&signatures);
                blob(&mut tar, &digest, &signatures)?;
                index.push(SIGNATURES, &digest, signatures.len(), SIGNED_ANNOTATION, &resolved.to_string());
            }
        }
        append(&mut tar, "index.json", &index.bytes()).map_err(&failed)?;
        let mut out = tar.into_inner().map_err(&failed)?;
        out.flush().map_err(&failed)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(Saved { policies: policies.iter().map(|stored| stored.name.clone()).collect(), bytes })
    }

    fn require(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        self.blob(digest, Limits::default().module as u64)?.ok_or_else(|| StoreError::Unknown(digest.to_string()))
    }

    /// Reads an archive into the store. Every content is checked against its digest; nothing gets a name before all of
    /// it is there.
    ///
    /// # Errors
    /// When the file is no such archive, is cut short, or holds what is not what it says.
    pub fn load(&self, path: &Path, now: u64) -> Result<Loaded, StoreError> {
        let _lock = self.add()?;
        let refused = |reason: String| StoreError::Archive { path: path.to_owned(), reason };
        let broken = |error: io::Error| {
            refused(match error.kind() {
                // What the library says of its bytes shows some of them.
                io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                    "it is no tar archive, or a damaged one; copy it again".to_owned()
                }
                _ => format!("it cannot be read ({})", crate::reason::io_reason(&error)),
            })
        };
        let file = File::open(path).map_err(StoreError::io(path))?;
        let mut tar = Archive::new(BufReader::new(file));
        let mut index = None;
        for (count, entry) in tar.entries().map_err(broken)?.enumerate() {
            let mut entry = entry.map_err(broken)?;
            if count >= MOST_ENTRIES {
                return Err(refused(format!("it has more than {MOST_ENTRIES} entries")));
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = name.strip_prefix("./").unwrap_or(&name);
            if entry.header().entry_type() == EntryType::Directory || name == "oci-layout" {
                continue;
            }
            let size = entry.header().size().map_err(broken)?;
            let blob = name.strip_prefix("blobs/sha256/").and_then(|hex| format!("sha256:{hex}").parse().ok());
            let most = if blob.is_some() { Limits::default().module as u64 } else { manifest::MOST_BYTES };
            if size > most {
                return Err(refused(format!("`{name}` has {size} bytes, and a policy {most} at most")));
            }
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            entry.read_to_end(&mut bytes).map_err(broken)?;
            match blob {
                Some(digest) if Digest::of(&bytes) == digest => _ = self.put(&bytes)?,
                Some(_) => return Err(refused(format!("`{name}` does not have this digest; copy it again"))),
                None if name == "index.json" => index = Some(bytes),
                None => {
                    return Err(refused(format!(
                        "it holds `{name}`, which no OCI image layout does; write it with `regwarden policies save`"
                    )));
                }
            }
        }
        let index = index.ok_or_else(|| refused("it has no `index.json`; it may be cut short".to_owned()))?;
        let index = Index::parse(&index).ok_or_else(|| refused("its `index.json` cannot be read".to_owned()))?;
        let mut loaded = Loaded { policies: Vec::new(), left_out: Vec::new() };
        for descriptor in &index.manifests {
            if descriptor.media_type == SIGNATURES {
                let kept = self.adopt_signatures(descriptor);
                loaded.left_out.extend(kept.err());
                continue;
            }
            match self.adopt(descriptor, now) {
                Ok(stored) => loaded.policies.push(stored),
                Err(reason) => loaded.left_out.push(reason),
            }
        }
        if loaded.policies.is_empty() {
            let reason = loaded.left_out.into_iter().next().unwrap_or_else(|| "it holds no policy".to_owned());
            return Err(refused(reason));
        }
        for stored in &loaded.policies {
            self.name(stored)?;
        }
        Ok(loaded)
    }

    /// Signatures that were kept beside a policy.
    fn adopt_signatures(&self, descriptor: &Descriptor) -> Result<(), String> {
        let of = descriptor.annotations.as_ref().and_then(|map| map.get(SIGNED_ANNOTATION));
        let of = of.and_then(|text| text.parse::<Digest>().ok()).ok_or("signatures of nothing that has a digest")?;
        let lost = || format!("signatures of {of}: the archive lacks them");
        let digest = descriptor.digest.parse::<Digest>().map_err(|_| lost())?;
        let bytes = self.blob(&digest, signatures::MOST_BYTES).map_err(|error| error.to_string())?;
        self.put_signatures(&of, &bytes.ok_or_else(lost)?).map_err(|error| error.to_string())
    }

    /// One entry of an archive's index as a policy of this store.
    fn adopt(&self, descriptor: &Descriptor, now: u64) -> Result<Stored, String> {
        let digest: Digest = descriptor.digest.parse().map_err(|_| "a digest that is not SHA-256".to_owned())?;
        let annotation = |key: &str| descriptor.annotations.as_ref().and_then(|map| map.get(key));
        let url = annotation(URL_ANNOTATION);
        let name = match (url, annotation(NAME_ANNOTATION)) {
            (Some(url), _) => url.clone(),
            (None, Some(name)) => format!("registry://{name}"),
            (None, None) => return Err(format!("{digest}: its index gives it no name")),
        };
        let name = match Name::parse(&name) {
            Ok(Name::Registry(reference)) if reference.is_explicit() && url.is_none() => reference.to_string(),
            Ok(Name::Url(url)) => url.to_string(),
            _ => return Err(format!("{digest}: `{name}` is no full name of the form `host/repository:tag`")),
        };
        let read = |digest: &Digest| {
            let bytes = self.blob(digest, manifest::MOST_BYTES).map_err(|error| error.to_string())?;
            bytes.ok_or_else(|| format!("{name}: the archive lacks {digest}"))
        };
        let (manifest, layer) = manifest::module_of(&digest, &read)?;
        let module = self.blob(&layer.digest, Limits::default().module as u64).map_err(|error| error.to_string())?;
        let module = module.ok_or_else(|| format!("{name}: the archive lacks {}", layer.digest))?;
        if !module.starts_with(b"\0asm") {
            return Err(format!("{name}: its layer is no Wasm module"));
        }
        let resolved = url.is_none().then(|| digest.clone());
        let manifest = url.is_none().then_some(manifest);
        Ok(Stored { name, resolved, manifest, module: layer.digest, size: module.len() as u64, pulled: now })
    }
}

fn append<W: Write>(tar: &mut Builder<W>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    // No time and no owner: the same policies make the same bytes.
    header.set_mtime(0);
    header.set_cksum();
    tar.append_data(&mut header, name, bytes)
}
