//! Builds the policy for a Wasm target with a nested cargo, in a target directory of its own and with bytes that do not depend on where the sources lie.
//!
//! Included by `#[path]` in the build scripts of every crate that needs the guest as bytes.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// The face of the policy to build: which module the guest becomes.
#[derive(Clone, Copy)]
enum Face {
    /// The waPC guest, a `cdylib` that imports nothing but `wapc`.
    Wapc,
    /// The WASI command: operation as argument, standard input to standard output.
    Wasi,
}

impl Face {
    /// The face that belongs to a Rust target; the target names it, so that a build script can ask for either.
    fn of(target: &str) -> Result<Self, String> {
        match target {
            "wasm32-unknown-unknown" => Ok(Self::Wapc),
            "wasm32-wasip1" => Ok(Self::Wasi),
            _ => Err(format!("the policy has no face for the target `{target}`")),
        }
    }

    /// The Rust target that this face is compiled for.
    fn target(self) -> &'static str {
        match self {
            Self::Wapc => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip1",
        }
    }

    /// The arguments that choose the cargo target and its features.
    fn selection(self) -> [&'static str; 4] {
        match self {
            Self::Wapc => ["--lib", "--features", "wapc", "--no-default-features"],
            Self::Wasi => ["--bin=regwarden-policy-wasi", "--features", "wasi", "--no-default-features"],
        }
    }

    /// The file that cargo leaves in the directory of the profile.
    fn artefact(self) -> &'static str {
        match self {
            Self::Wapc => "regwarden_policy.wasm",
            Self::Wasi => "regwarden-policy-wasi.wasm",
        }
    }
}

/// The profile of the guest, declared in the workspace's `Cargo.toml`.
const PROFILE: &str = "guest";

/// Builds the face of the policy for `target` (`wasm32-unknown-unknown`: the waPC guest, `wasm32-wasip1`: the WASI
/// command) and returns the path of the module; tells cargo what to watch. For build scripts.
///
/// # Errors
/// A text for the person who runs cargo: what failed and the command that helps.
pub(crate) fn build(workspace: &Path, target: &str) -> Result<PathBuf, String> {
    watch(workspace);
    build_in(workspace, target, &nested_target_dir()?)
}

/// As [`build`], into a target directory of the caller's choice.
///
/// # Errors
/// See [`build`].
pub(crate) fn build_in(workspace: &Path, target: &str, target_dir: &Path) -> Result<PathBuf, String> {
    let face = Face::of(target)?;
    // As rustc spells the paths of the sources, so that they can be mapped.
    let workspace = &workspace
        .canonicalize()
        .map_err(|error| format!("cannot find the workspace `{}`: {error}", workspace.display()))?;
    let rustc = Rustc::ask(face.target())?;
    if !rustc.has_target {
        return Err(format!(
            "the Rust target `{target}` is not installed; add it with: rustup target add {target}",
            target = face.target()
        ));
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args(["build", "--package", "regwarden-policy"])
        .args(face.selection())
        .args(["--target", face.target(), "--profile", PROFILE])
        .arg("--target-dir")
        .arg(target_dir);
    // The outer cargo has just made the lock file agree with the manifests, so the nested one never has to change it.
    if workspace.join("Cargo.lock").exists() {
        command.arg("--locked");
    }
    scrub(&mut command);
    command.env("CARGO_ENCODED_RUSTFLAGS", rustc.flags(workspace));
    let output = command.output().map_err(|error| format!("cannot start cargo for the guest: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "the policy does not build for `{}`:\n{}",
            face.target(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let module = target_dir.join(face.target()).join(PROFILE).join(face.artefact());
    if !module.is_file() {
        return Err(format!("cargo left no `{}`", module.display()));
    }
    match face {
        Face::Wapc => annotated(&optimised(module)?, &workspace.join("policy/metadata.json")),
        Face::Wasi => optimised(module),
    }
}

/// The module with Kubewarden's metadata as its last section. The guest that cargo made has none to replace.
fn annotated(module: &Path, metadata: &Path) -> Result<PathBuf, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()));
    let mut wasm = read(module)?;
    let name = b"io.kubewarden.metadata";
    let mut section = Vec::new();
    leb128(name.len(), &mut section);
    section.extend_from_slice(name);
    section.extend(read(metadata)?);
    wasm.push(0);
    leb128(section.len(), &mut wasm);
    wasm.extend(section);
    let out = module.with_extension("annotated.wasm");
    std::fs::write(&out, wasm).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
    Ok(out)
}

/// A length as the binary format writes it: seven bits a byte, the lowest first.
fn leb128(mut length: usize, out: &mut Vec<u8>) {
    loop {
        let bits = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            out.push(bits);
            return;
        }
        out.push(bits | 0x80);
    }
}

/// What the guest may use, which is what Rust's Wasm targets use; the names that wasm-opt has for it.
const FEATURES: [&str; 6] =
    ["bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"];

/// The module after binaryen's `wasm-opt`, a fifteenth smaller; the module itself where that program is missing.
fn optimised(module: PathBuf) -> Result<PathBuf, String> {
    println!("cargo::rerun-if-env-changed=PATH");
    let out = module.with_extension("opt.wasm");
    let result = Command::new("wasm-opt")
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .args(["-O3", "-o"])
        .args([&out, &module])
        .output();
    match result {
        Ok(output) if output.status.success() => Ok(out),
        Ok(output) => Err(format!("wasm-opt refuses the policy:\n{}", String::from_utf8_lossy(&output.stderr))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!(
                "cargo::warning=wasm-opt is missing, so the embedded policy is larger than need be; it comes with binaryen"
            );
            Ok(module)
        }
        Err(error) => Err(format!("cannot start wasm-opt: {error}")),
    }
}

/// Everything the bytes of the guest depend on.
fn watch(workspace: &Path) {
    for part in ["sdk", "policy", "Cargo.toml", "Cargo.lock"] {
        let path = workspace.join(part);
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// A directory below the outer target directory: not the outer one itself, whose lock the outer cargo holds.
fn nested_target_dir() -> Result<PathBuf, String> {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: not a build script")?);
    // OUT_DIR is <target>[/<triple>]/<profile>/build/<package>/out; one guest serves every outer profile.
    let base = out_dir.ancestors().nth(4).ok_or_else(|| format!("unexpected OUT_DIR `{}`", out_dir.display()))?;
    let base = match (env::var("TARGET"), base.file_name(), base.parent()) {
        (Ok(triple), Some(name), Some(parent)) if name == OsStr::new(&triple) => parent,
        _ => base,
    };
    Ok(base.join("regwarden-guest"))
}

/// Takes away what the outer build would leak into the guest: its flags, profile overrides and wrappers such as clippy.
fn scrub(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let flags = text.ends_with("RUSTFLAGS") || text == "RUSTC_WORKSPACE_WRAPPER" || text == "RUSTC_LINKER";
        let of_outer = ["CARGO_PROFILE_", "CARGO_FEATURE_", "CARGO_CFG_", "CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        let build =
            ["CARGO_BUILD_TARGET", "CARGO_INCREMENTAL", "CARGO_TARGET_DIR", "TARGET", "OUT_DIR"].contains(&text);
        if flags || of_outer || build {
            command.env_remove(&name);
        }
    }
}

/// What the compiler says about itself.
struct Rustc {
    has_target: bool,
    commit: String,
    sysroot: PathBuf,
}

impl Rustc {
    fn ask(target: &str) -> Result<Self, String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let run = |arguments: &[&str]| {
            let output =
                Command::new(&rustc).args(arguments).output().map_err(|error| format!("cannot run rustc: {error}"))?;
            Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let libraries = run(&["--print", "target-libdir", "--target", target])?;
        let version = run(&["-vV"])?;
        Ok(Self {
            has_target: Path::new(&libraries).is_dir(),
            commit: version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown").to_owned(),
            sysroot: run(&["--print", "sysroot"])?.into(),
        })
    }

    /// Flags that give every machine the same paths in panic messages, and small modules, in cargo's encoding.
    fn flags(&self, workspace: &Path) -> String {
        let mut places = Vec::new();
        if let Some(home) = cargo_home() {
            // One folder per registry index; its name differs between a mirror and the original.
            let indexes = home.join("registry").join("src");
            for index in std::fs::read_dir(&indexes).into_iter().flatten().flatten() {
                places.push((index.path(), "/crates".to_owned()));
            }
        }
        places.push((workspace.to_path_buf(), "/regwarden".to_owned()));
        // With the component rust-src present the compiler knows the real path of the standard library.
        let library = self.sysroot.join("lib/rustlib/src/rust");
        places.push((library, format!("/rustc/{}", self.commit)));
        let mut flags: Vec<String> =
            places.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
        // The linker pads every call and address to five bytes unless it is told that nobody links the module again.
        flags.extend(["-Clink-arg=--compress-relocations", "-Clink-arg=-O2"].map(str::to_owned));
        flags.join("\u{1f}")
    }
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}
