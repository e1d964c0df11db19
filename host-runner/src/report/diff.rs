//! The unified diff of a mended manifest.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::Mend;
use super::mask::mask;
use super::style::{ADDED, FAINT, REMOVED, STRONG};
use super::text::{clean, file};

/// Writes the difference with three lines of context. Credentials on the shown lines are masked: those on the lines
/// `masked` (of the old text, from 1), and what looks like one anywhere.
///
/// # Errors
/// When the output cannot be written.
pub fn write(out: &mut dyn Write, mend: &Mend<'_>, masked: &[usize]) -> io::Result<()> {
    let file = file(mend.file);
    writeln!(out, "{STRONG}--- {file}{STRONG:#}")?;
    writeln!(out, "{STRONG}+++ {file}{STRONG:#}")?;
    let before: Vec<&str> = mend.before.lines().collect();
    let after: Vec<&str> = mend.after.lines().collect();
    let above = |lines: &[&str], at: usize| -> String {
        at.checked_sub(1).and_then(|at| lines.get(at)).map(|line| (*line).to_owned()).unwrap_or_default()
    };
    let diff = TextDiff::from_lines(mend.before, mend.after);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        writeln!(out, "{FAINT}{}{FAINT:#}", hunk.header())?;
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches(['\n', '\r']);
            let shown = match (change.old_index(), change.new_index()) {
                (Some(old), _) => mask(line, &above(&before, old), masked.contains(&(old + 1))),
                (None, Some(new)) => mask(line, &above(&after, new), false),
                (None, None) => mask(line, "", true),
            };
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', REMOVED),
                ChangeTag::Insert => ('+', ADDED),
                ChangeTag::Equal => (' ', anstyle::Style::new()),
            };
            writeln!(out, "{style}{sign}{}{style:#}", clean(&shown))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(mend: &Mend<'_>, masked: &[usize]) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write(&mut out, mend, masked).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_mend_reads_as_a_unified_diff_without_credentials() {
        let before =
            "spec:\n  env:\n  - name: TOKEN\n    value: hunter2\n  - name: OTHER\n    value: hunter3\n  x: 1\n";
        let after =
            "spec:\n  env:\n  - name: TOKEN\n    value: hunter2\n  - name: OTHER\n    value: hunter3\n  x: 2\n  y: 3\n";
        let mend = Mend { file: "a.yaml", before, after, show: true, written: false };
        assert_eq!(
            plain(&mend, &[6]),
            "--- a.yaml\n+++ a.yaml\n@@ -4,4 +4,5 @@\n     value: •••\n   - name: OTHER\n     value: •••\n-  x: 1\n+  x: 2\n+  y: 3\n"
        );
    }
}
