//! Flags that take the next word. Sources: see the table of flags.

use regwarden_sdk::text;

use super::Tool;
use crate::knowledge::words::is_among;

/// Flags whose value is the next word and no image, for tools whose arguments name images; sorted.
const VALUED: &[&str] = &[
    "--annotation",
    "--artifact-type",
    "--authfile",
    "--builder",
    "--cert-dir",
    "--certificate",
    "--certs-dir",
    "--config",
    "--context",
    "--creds",
    "--dest-creds",
    "--digestfile",
    "--file",
    "--format",
    "--host",
    "--iidfile",
    "--key",
    "--log-level",
    "--output",
    "--password",
    "--platform",
    "--registry-config",
    "--root",
    "--runroot",
    "--sign-by",
    "--src-creds",
    "--storage-driver",
    "--username",
    "--volume",
    "-H",
    "-f",
    "-o",
    "-p",
    "-u",
    "-v",
];

/// Flags of the lifecycle that take no value; all its others do.
const LIFECYCLE_SWITCHES: &str = "-daemon -layout -skip-restore -parallel -no-color -force-rebase";

/// Is the word behind this flag of a tool its value, and no image?
#[inline(never)]
pub(crate) fn takes_next(tool: &Tool, flag: &str) -> bool {
    if tool.single_dash && tool.names_images {
        return flag.starts_with('-') && text::cut(flag, b'=').is_none() && !is_among(flag, LIFECYCLE_SWITCHES);
    }
    flag.starts_with('-') && VALUED.binary_search(&flag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::flags::by_name;

    #[test]
    fn every_flag_is_found() {
        assert!(VALUED.is_sorted());
        let (docker, lifecycle) = (by_name("docker").unwrap(), by_name("the CNB lifecycle").unwrap());
        for flag in VALUED {
            assert!(takes_next(docker, flag), "{flag}");
        }
        for flag in ["--tls-verify", "--push", "", "-", "x"] {
            assert!(!takes_next(docker, flag), "{flag}");
        }
        assert!(takes_next(lifecycle, "-app") && !takes_next(lifecycle, "-app=.") && !takes_next(lifecycle, "-daemon"));
    }
}
