//! What every container of a Pod runs and pushes, taken apart once however many rules ask.

use std::cell::OnceCell;

use regwarden_sdk::view::{Container, PodView};

use super::arguments::{self, Run};
use super::pushes::{self, Push};

/// One container.
#[derive(Debug)]
pub(crate) struct Commands<'d> {
    /// The container.
    pub container: Container<'d>,
    runs: OnceCell<Vec<Run<'d>>>,
    pushes: OnceCell<Vec<Push<'d>>>,
}

impl<'d> Commands<'d> {
    /// The runs of known tools; see [`arguments::runs`].
    #[inline(never)]
    pub(crate) fn runs(&self) -> &[Run<'d>] {
        self.runs.get_or_init(
            || {
                if may_run_tools(self.container) { arguments::runs(self.container) } else { Vec::new() }
            },
        )
    }

    /// What it pushes; see [`pushes::pushes`].
    #[inline(never)]
    pub(crate) fn pushes(&self) -> &[Push<'d>] {
        self.pushes.get_or_init(|| pushes::pushes(self.container, self.runs()))
    }
}

/// The containers of a Pod.
#[inline(never)]
pub(crate) fn read(pod: PodView<'_>) -> Vec<Commands<'_>> {
    let mut list = Vec::new();
    for container in pod.containers() {
        list.push(Commands { container, runs: OnceCell::new(), pushes: OnceCell::new() });
    }
    list
}

/// Could a known tool be among the words? Taking scripts apart costs, and most containers run nothing of the kind.
#[inline(never)]
fn may_run_tools(container: Container<'_>) -> bool {
    // Without a command the arguments are for the image's own program.
    if container.command().next().is_none() {
        return container.args().next().is_some();
    }
    container.words().any(|word| word.as_str().is_some_and(names_tool))
}

/// Does a piece of the name of a tool stand in this text?
#[inline(never)]
fn names_tool(text: &str) -> bool {
    text.as_bytes().windows(3).any(|window| {
        let [a, b, c] = window else { return false };
        matches!(
            (a, b, c),
            // kaniko and its programs, build*, podman, skopeo, docker*
            (b'k', b'a', b'n') | (b'x', b'e', b'c') | (b'a', b'r', b'm') | (b'b', b'u', b'i') | (b'p', b'o', b'd')
            | (b's', b'k', b'o') | (b'o', b'c', b'k')
            // crane, krane, ko, cosign, oras, tkn
            | (b'r', b'a', b'n') | (b'k', b'o', b' ' | b'\n') | (b'/', b'k', b'o') | (b'o', b's', b'i')
            | (b'o', b'r', b'a') | (b't', b'k', b'n')
            // mvn, gradle, jib, the lifecycle, makisu; unknown programs by their flags
            | (b'm', b'v', b'n') | (b'r', b'a', b'd') | (b'j', b'i', b'b') | (b'c', b'n', b'b') | (b'm', b'a', b'k')
            | (b'e', b's', b't') | (b'd', b'i', b'f')
        )
    }) || text == "ko"
}

#[cfg(test)]
mod tests {
    use super::names_tool;
    use crate::data::flags::TOOLS;

    #[test]
    fn every_program_is_noticed() {
        for tool in TOOLS {
            for program in tool
                .programs
                .split(' ')
                .chain(tool.inside.split(' ').filter(|name| !name.is_empty()))
                .chain(tool.signature.first().copied())
            {
                assert!(
                    names_tool(program) || names_tool(&format!("{program} x")) && names_tool(&format!("a {program} x")),
                    "{program}"
                );
            }
        }
    }
}
