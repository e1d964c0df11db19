//! Flags that take the next word. Sources: see the table of flags.

/// Flags whose value is the next word and no image, for tools whose arguments name images; sorted.
const VALUED: &[&str] = &[
    "--annotation",
    "--artifact-type",
    "--authfile",
    "--builder",
    "--cert-dir",
    "--certificate",
    "--certs-dir",
    "--compression-format",
    "--compression-level",
    "--config",
    "--context",
    "--creds",
    "--dest",
    "--dest-authfile",
    "--dest-cert-dir",
    "--dest-creds",
    "--digestfile",
    "--encryption-key",
    "--file",
    "--format",
    "--host",
    "--iidfile",
    "--key",
    "--log-level",
    "--manifest-config",
    "--output",
    "--override-arch",
    "--override-os",
    "--password",
    "--platform",
    "--policy",
    "--registry-config",
    "--retry",
    "--retry-times",
    "--root",
    "--runroot",
    "--sign-by",
    "--signature-policy",
    "--src",
    "--src-authfile",
    "--src-cert-dir",
    "--src-creds",
    "--storage-driver",
    "--storage-opt",
    "--username",
    "--volume",
    "-H",
    "-analyzed",
    "-app",
    "-buildpacks",
    "-cache-dir",
    "-cache-image",
    "-f",
    "-gid",
    "-group",
    "-launch-cache",
    "-launcher",
    "-layers",
    "-log-level",
    "-o",
    "-order",
    "-p",
    "-platform",
    "-previous-image",
    "-process-type",
    "-project-metadata",
    "-report",
    "-run-image",
    "-s",
    "-stack",
    "-tag",
    "-u",
    "-uid",
    "-v",
];

/// Is the word behind this flag its value, and no image?
pub(crate) fn takes_next(flag: &str) -> bool {
    flag.starts_with('-') && VALUED.binary_search(&flag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_found() {
        assert!(VALUED.is_sorted());
        for flag in VALUED {
            assert!(takes_next(flag), "{flag}");
        }
        for flag in ["--tls-verify", "--push", "", "-", "x"] {
            assert!(!takes_next(flag), "{flag}");
        }
    }
}
