//! Runs the real binary in a scratch copy of `tests/cli/input` and compares with `tests/cli/expected`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::guests;

/// A directory with the inputs and the guests of the tests; gone when dropped.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

/// What a run of the binary left behind.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(&root().join("input"), directory.path());
        for (name, module) in guests::all() {
            fs::write(directory.path().join(name), module).unwrap();
        }
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs the binary here with an environment that the user's own does not reach.
    pub(crate) fn run(&self, arguments: &[&str], stdin: &str) -> Ran {
        let output = crate::binary::run(self.path(), arguments, stdin);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs and compares exit code and both outputs with the expected file of that name; `BLESS=1` writes it instead.
    pub(crate) fn snapshot(&self, name: &str, arguments: &[&str], stdin: &str) -> Option<String> {
        let ran = self.run(arguments, stdin);
        let mut actual = format!(
            "$ regwarden {}\nexit {}\n",
            arguments.join(" "),
            ran.code.map_or("by signal".into(), |code| code.to_string())
        );
        for (title, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !text.is_empty() {
                let _ = write!(actual, "--- {title}\n{}", stable(text));
            }
        }
        let file = root().join("expected").join(format!("{name}.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, &actual).unwrap();
            return None;
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        (expected != actual)
            .then(|| format!("{name} differs (BLESS=1 accepts)\n--- expected\n{expected}\n--- actual\n{actual}"))
    }
}

/// Digests follow the compiler, not the command line.
fn stable(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("sha256:") {
        let hex = after.chars().take_while(char::is_ascii_hexdigit).count();
        out.push_str(before);
        out.push_str(if hex == 64 { "sha256:<digest>" } else { "sha256:" });
        rest = if hex == 64 { &after[64..] } else { after };
    }
    out.push_str(rest);
    out
}
