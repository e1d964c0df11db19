//! Rule `plaintext-credential`: a literal credential in a variable, an argument or an annotation.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::{Members, Node};
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, EnvVar};

use crate::context::Context;
use crate::knowledge::credential::{self, Found, Kind};
use crate::knowledge::credential_argument::{self, Claim};
use crate::knowledge::credential_build::{self, BuildArg, Source};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A credential that stands in the object itself: the value of a variable, a word of `command` or `args`, or an
    /// annotation. Everybody who may read the Pod can read it, it lies in etcd and in every copy of the manifest, and it
    /// stays there after the Pod is gone.
    ///
    /// It is found by its form alone where that is enough: tokens with their issuer's prefix, docker configs with
    /// credentials (also as base64 or inside another JSON text), URLs with user and password, private keys, JSON web
    /// tokens. Otherwise by the name and the value together: a name such as `REGISTRY_PASSWORD`, `NPM_TOKEN` or
    /// `ACCESS_KEY`, and a value that is no placeholder, switch, number, path, URL or name of a Secret. The members of
    /// a JSON text (`PLUGIN_LOGINS`) are read the same way.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: tools:1
    ///       env:
    ///         - name: REGISTRY_PASSWORD
    ///           value: hunter2-hunter2
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: job}
    /// spec:
    ///   containers:
    ///     - name: main
    ///       image: tools:1
    ///       env:
    ///         - name: REGISTRY_PASSWORD
    ///           valueFrom: {secretKeyRef: {name: registry, key: password}}
    /// ```
    ///
    /// ## How sure it is
    /// A known form, a name with a random value, and a password of eight characters and more with a digit in it count at
    /// the level of the settings. The rest only warns: an everyday word (`postgres`, `changeme`), a vague name (`DEPLOY_AUTH`), an annotation by
    /// its name, and the variables that an engine itself fills with a token of the forge or the runner
    /// (`CI_NETRC_PASSWORD`, `DRONE_NETRC_PASSWORD`, `RUNNER_TOKEN`): the owner of the Pod cannot change those.
    ///
    /// ## What it leaves alone
    /// The names in `allowNames`, by default values that an engine makes for one Pod. Flags such as `--password=…` and URLs
    /// in arguments, which `credential-in-argument` judges, and build arguments. The annotation
    /// `kubectl.kubernetes.io/last-applied-configuration` repeats the object, so it is judged only by form, and only when
    /// the object itself holds no credential any more: then it is an old one that was left behind.
    ///
    /// ## Fix safety
    /// Never mended: a value that was here is known, so it must be revoked, and only a person can put its successor
    /// into a Secret.
    pub(crate) PlaintextCredential {
        id: "plaintext-credential",
        title: "a credential stands in the object in clear",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: Options,
    }
}

regwarden_sdk::options! {
    /// Options of `plaintext-credential`.
    pub(crate) struct Options {
        /// Variables that may hold a literal credential, by their exact name.
        pub allow_names "allowNames": Vec<String> = vec![String::from("JENKINS_SECRET")]
    }
}

/// Variables that an engine fills with a credential that outlives the Pod: woodpecker-ci/woodpecker and
/// drone-runners/drone-runner-kube (netrc of the clone step), actions/actions-runner-controller (registration token).
const ENGINE_MADE: [&str; 3] = ["CI_NETRC_PASSWORD", "DRONE_NETRC_PASSWORD", "RUNNER_TOKEN"];

/// What `kubectl apply` keeps of the manifest it was given.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const FROM_SECRET: &str = "put it into a Secret, name it in `valueFrom.secretKeyRef`, and revoke the value: it is stored in etcd and in every manifest";
const NOT_IN_ARGUMENT: &str = "put it into a Secret, pass it as a variable from `valueFrom.secretKeyRef` or as a file, and revoke the value: it is stored in etcd and in every manifest";
const NOT_IN_ANNOTATION: &str =
    "remove it, put it into a Secret, and revoke the value: it is stored in etcd and in every manifest";
const LEFT_BEHIND: &str =
    "apply the manifest without it again, or remove the annotation, and revoke the value: it is stored in etcd";

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, options: &Options, out: &mut Findings<'d>) {
    let pod = context.pod;
    let mut clean = true;
    for container in pod.containers() {
        let mut elsewhere = Elsewhere { container, known: None };
        for var in container.env() {
            clean &= !variable(&mut elsewhere, var, options, out);
        }
        clean &= !arguments(&mut elsewhere, options, out);
    }
    let own = if pod.is_pod() { None } else { pod.object().get_path(&["metadata", "annotations"]) };
    clean &= !annotations(pod.annotations(), false, out);
    if let Some(own) = own {
        clean &= !annotations(own.members(), false, out);
    }
    if clean {
        annotations(pod.annotations(), true, out);
        if let Some(own) = own {
            annotations(own.members(), true, out);
        }
    }
}

/// Looks through [`LAST_APPLIED`] or through all the others; says whether there was a credential.
#[inline(never)]
fn annotations<'d>(members: Members<'d>, last_applied: bool, out: &mut Findings<'d>) -> bool {
    let mut any = false;
    for (key, node) in members {
        let Some(text) = node.as_str().filter(|_| (key == LAST_APPLIED) == last_applied) else { continue };
        let (found, behind, remedy) = if last_applied {
            (credential::found_by_shape(text).filter(|found| found.sure), ", an old copy of the object,", LEFT_BEHIND)
        } else {
            (annotation(key, text), "", NOT_IN_ANNOTATION)
        };
        if let Some(found) = found {
            any = true;
            report(out, node, None, &text::concat(&["annotation ", &quote(key), behind]), found, remedy);
        }
    }
    any
}

fn allowed(name: &str, options: &Options) -> bool {
    options.allow_names.iter().any(|allowed| allowed == name)
}

#[inline(never)]
fn variable<'d>(elsewhere: &mut Elsewhere<'d>, var: EnvVar<'d>, options: &Options, out: &mut Findings<'d>) -> bool {
    let Some((node, value)) = var.value() else {
        return false;
    };
    let Some(found) = credential::classify(var.name(), value).filter(|_| !allowed(var.name(), options)) else {
        return false;
    };
    if var.name() == credential_build::LIST && elsewhere.tells(node, found) {
        return true;
    }
    let found = Found { sure: found.sure && !ENGINE_MADE.contains(&var.name()), ..found };
    report(out, node, Some(elsewhere.container), &named(var.name(), ""), found, FROM_SECRET);
    true
}

/// What other rules say about one container. Asked only when there is something to tell, which hardly ever happens.
struct Elsewhere<'d> {
    container: Container<'d>,
    known: Option<(Vec<Claim<'d>>, Vec<BuildArg<'d>>)>,
}

impl<'d> Elsewhere<'d> {
    /// Another rule tells this as surely, and knows better where it stands.
    #[inline(never)]
    fn tells(&mut self, node: Node<'d>, found: Found) -> bool {
        let container = self.container;
        let read = || (credential_argument::claims(container), credential_build::build_args(container));
        let (claims, args) = self.known.get_or_insert_with(read);
        let literal = |arg: &BuildArg<'d>| matches!(arg.source, Source::Literal(_));
        claims.iter().any(|claim| claim.node == node && (claim.found.sure || !found.sure))
            || args.iter().any(|arg| arg.node == node && literal(arg) && (arg.sure || !found.sure))
    }
}

/// Tokens that stand alone, and `NAME=value`; what stands behind a flag or in a URL is for `credential-in-argument`.
#[inline(never)]
fn arguments<'d>(elsewhere: &mut Elsewhere<'d>, options: &Options, out: &mut Findings<'d>) -> bool {
    let container = elsewhere.container;
    let mut any = false;
    for list in [container.command(), container.args()] {
        let mut before = "";
        for word in list {
            let Some(text) = word.as_str() else { continue };
            let found = argument(text, before == "--build-arg", options);
            before = text;
            let Some((subject, found)) = found else { continue };
            any = true;
            if !matches!(found.kind, Kind::Url | Kind::UrlWord) && !elsewhere.tells(word, found) {
                report(out, word, Some(container), &subject, found, NOT_IN_ARGUMENT);
            }
        }
    }
    any
}

#[inline(never)]
fn argument(text: &str, build_arg: bool, options: &Options) -> Option<(String, Found)> {
    let form = credential::found_by_shape(text);
    if form.is_none_or(|found| !found.sure) {
        let assigned = credential::assignment(text).filter(|(name, _)| !build_arg && !allowed(name, options));
        if let Some((name, found)) = assigned {
            return Some((named(name, " in this argument"), found));
        }
    }
    Some((String::from("this argument"), form?))
}

/// Names of annotations say less than names of variables, and checksums of Secrets are common: only a random value under
/// a plain name counts, and nobody is rejected for it.
#[inline(never)]
fn annotation(key: &str, text: &str) -> Option<Found> {
    credential::found_by_shape(text).or_else(|| {
        let name = key.rsplit('/').next().unwrap_or(key);
        let named = if text::contains(key, "checksum") { None } else { credential::classify(name, text) };
        named.filter(|found| found.sure).map(|found| Found { sure: false, ..found })
    })
}

/// The subject of the sentence, with the name, unless somebody made a name of a credential.
#[inline(never)]
fn named(name: &str, place: &str) -> String {
    if credential::by_shape(name).is_some() {
        text::concat(&["a variable", place])
    } else {
        text::concat(&["variable ", &quote(name), place])
    }
}

#[inline(never)]
fn report<'d>(
    out: &mut Findings<'d>,
    node: Node<'d>,
    container: Option<Container<'d>>,
    subject: &str,
    found: Found,
    remedy: &str,
) {
    let verb = if found.sure { " holds " } else { " seems to hold " };
    let message = text::concat(&[subject, verb, found.kind.words(), " in clear"]);
    let draft = out.report(node, message, remedy).container(container.and_then(Container::name));
    if !found.sure {
        draft.unsure();
    }
}
