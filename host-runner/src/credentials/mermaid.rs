//! The resolution as a Mermaid flowchart: text for a README, an issue or a chat.

use std::fmt::Write as _;

use regwarden_policy::resolve::{Candidate, State, Verdict};
use unicode_width::UnicodeWidthStr as _;

use super::picture::model::{Item, items};
use super::{Described, words};
use crate::report::text::{clean, shorten};

/// Longer labels are cut; nobody reads them in a node.
const LONGEST: usize = 80;

/// The flowchart: one group for each Pod; what is used by a solid arrow, what else could by a dotted one.
#[must_use]
pub fn write(objects: &[Described]) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut pods = 0usize;
    for object in objects {
        for pod in &object.pods {
            let mut chart = Chart { out: &mut out, pod: pods, credentials: Vec::new(), registries: Vec::new() };
            chart.line(&format!("  subgraph p{pods}[{}]", label(&[&object.title(), &pod.pointer])));
            for (number, item) in items(pod).iter().enumerate() {
                chart.item(number, item);
            }
            chart.line("  end");
            pods += 1;
        }
    }
    out
}

struct Chart<'o, 'd> {
    out: &'o mut String,
    pod: usize,
    registries: Vec<&'d str>,
    credentials: Vec<(&'static str, &'d str, &'d str)>,
}

impl<'d> Chart<'_, 'd> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn item(&mut self, number: usize, item: &Item<'d>) {
        let pod = self.pod;
        let heading = format!("{} {}", item.container, item.does);
        self.line(&format!("    p{pod}i{number}[{}]", label(&[&heading, &item.what])));
        let registry = place(&mut self.registries, item.registry);
        if registry.1 {
            self.line(&format!("    p{pod}r{}([{}])", registry.0, label(&[item.registry])));
        }
        let arrow = if item.verdict == Verdict::Refused { "--x" } else { "-->" };
        self.line(&format!("    p{pod}i{number} {arrow} p{pod}r{}", registry.0));
        for candidate in item.candidates {
            self.candidate(number, candidate);
        }
    }

    fn candidate(&mut self, number: usize, candidate: &'d Candidate) {
        let arrow = match candidate.state {
            State::Used => "==>",
            State::Shadowed | State::Unknown => "-.->",
            State::NoEntry => return,
            State::KeyNotUnderstood(_)
            | State::Empty
            | State::Absent
            | State::WrongType(_)
            | State::NoKey(_)
            | State::Malformed(_) => "--x",
        };
        let pod = self.pod;
        let giver = words::giver(candidate.provider);
        let credential = place(&mut self.credentials, (giver, &candidate.source, &candidate.file));
        if credential.1 {
            let lines = [&*words::thing(candidate), giver, &candidate.file];
            self.line(&format!("    p{pod}c{}[/{}/]", credential.0, label(&lines)));
        }
        let state = words::short_state(&candidate.state);
        let key = words::without_user(&candidate.key);
        let text = label(&[state, &key]);
        self.line(&format!("    p{pod}i{number} {arrow}|{text}| p{pod}c{}", credential.0));
    }
}

/// Where something stands in a list, and whether it has come in just now.
fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> (usize, bool) {
    match list.iter().position(|known| *known == wanted) {
        Some(at) => (at, false),
        None => {
            list.push(wanted);
            (list.len() - 1, true)
        }
    }
}

/// A quoted label of some lines, empty ones left out. Letters, digits and what is harmless stand as they are; everything
/// else is written as a code, so that nothing is read as markup, Markdown or the end of the label.
fn label(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for line in lines.iter().filter(|line| !line.is_empty()) {
        if out.len() > 1 {
            out.push_str("<br/>");
        }
        let line = clean(line);
        debug_assert!(line.width() >= line.chars().count() / 2, "nothing invisible is left");
        for c in shorten(&line, LONGEST).chars() {
            match c {
                c if c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | ':' | '/' | ',' | '•' | '…' | '(' | ')') =>
                {
                    out.push(c);
                }
                // Writing into a String cannot fail.
                c => _ = write!(out, "#{};", u32::from(c)),
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_small_chart() {
        assert_eq!(
            write(&[samples::small()]),
            r#"flowchart LR
  subgraph p0["Pod ci/agent"]
    p0i0["build pulls<br/>ghcr.io/acme/build:1"]
    p0r0(["ghcr.io"])
    p0i0 --> p0r0
    p0c0[/"Secret regcred<br/>Pod"/]
    p0i0 ==>|"used<br/>ghcr.io"| p0c0
    p0c1[/"Secret old<br/>ServiceAccount"/]
    p0i0 -.->|"not first<br/>https://•••#64;ghcr.io/acme"| p0c1
    p0i1["build pushes with kaniko<br/>registry.example.com/acme/app:1"]
    p0r1(["registry.example.com"])
    p0i1 --> p0r1
    p0c2[/"Secret push<br/>volume<br/>/kaniko/.docker/config.json"/]
    p0i1 --x|"key not read<br/>#42;.example.com"| p0c2
  end
"#
        );
    }

    #[test]
    fn nothing_ends_a_label_or_is_read_as_markup() {
        let text = label(&["a\"]; click <b>x</b> `y` #35; \u{202e}\n%%{init}%% | x"]);
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
        assert!(!inner.contains(['"', '<', '>', '`', ']', '|', '%', '{', '\n']), "{text}");
    }
}
