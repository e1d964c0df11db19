//! Rule `credential-in-argument`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::text;

use crate::context::Context;
use crate::knowledge::credential::Kind;
use crate::knowledge::credential_argument::{self, Claim};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A literal credential on a command line: `docker login -p` (also podman, buildah, skopeo, crane, helm, oras …), `--creds`
    /// and `--registry-creds` with `user:password`, any flag whose name says password, token or secret, `curl -u` and
    /// `Authorization` headers, a URL with user and password, a token in front of the host of a git URL, and a literal that is
    /// piped into `login --password-stdin`. Shell strings are taken apart as the shell does it, also inside others.
    ///
    /// Everybody who may read the Pod can read its command, every process on the node sees it in the process list, and logs
    /// of builds repeat it.
    ///
    /// What a variable brings (`$PASSWORD`, `$(TOKEN)`) is no literal, and neither is a placeholder. Build arguments have a
    /// rule of their own; tokens that stand alone and `NAME=value` are found by `plaintext-credential`.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: push}
    /// spec:
    ///   containers:
    ///     - name: push
    ///       image: tools:1
    ///       command: [sh, -c, "docker login -u ci -p 'hunter2-hunter2' harbor.corp.example"]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: push}
    /// spec:
    ///   containers:
    ///     - name: push
    ///       image: tools:1
    ///       command: [sh, -c, 'echo "$PASSWORD" | docker login -u ci --password-stdin harbor.corp.example']
    ///       env:
    ///         - name: PASSWORD
    ///           valueFrom: {secretKeyRef: {name: harbor-push, key: password}}
    /// ```
    ///
    /// ## How sure it is
    /// As `plaintext-credential`: an everyday word as password only warns.
    pub(crate) CredentialInArgument {
        id: "credential-in-argument",
        title: "a credential stands on a command line",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

const LOGIN: &str = "mount the Secret as the docker config that the tool reads, or pipe a variable from `valueFrom.secretKeyRef` into \
                     `--password-stdin`, and revoke the value: it is stored in etcd and in every manifest";
const URL: &str = "take user and password out of the URL, let the tool read them from a file or a variable of a Secret, and revoke the \
                   value: it is stored in etcd and in every manifest";
const OTHER: &str = "put it into a Secret and let the program read it from a file or a variable, and revoke the value: it is stored \
                     in etcd and in every manifest";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        for claim in credential_argument::claims(container) {
            report(&claim, container.name(), out);
        }
    }
}

#[inline(never)]
fn report<'d>(claim: &Claim<'d>, container: Option<&str>, out: &mut Findings<'d>) {
    let remedy = match claim.found.kind {
        Kind::Url | Kind::UrlWord => URL,
        _ if claim.login => LOGIN,
        _ => OTHER,
    };
    let verb = if claim.found.sure { " holds " } else { " seems to hold " };
    let message = text::concat(&[&claim.subject, verb, claim.found.kind.words(), " in clear"]);
    let draft = out.report(claim.node, message, remedy).container(container);
    if !claim.found.sure {
        draft.unsure();
    }
}
