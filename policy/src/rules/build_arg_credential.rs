//! Rule `build-arg-credential`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::Container;

use crate::context::Context;
use crate::data::builders;
use crate::knowledge::credential;
use crate::knowledge::credential_build::{self, BuildArg, Source};

#[cfg(test)]
mod tests;

regwarden_sdk::rule! {
    /// ## What it catches
    /// A credential handed to a build as an argument: `--build-arg` of docker, buildah, podman and kaniko, `--opt build-arg:`
    /// of buildctl, `PLUGIN_BUILD_ARGS` and `PLUGIN_BUILD_ARGS_FROM_ENV` of plugins. Build arguments are written into the
    /// history of the image, so whoever may pull it can read them (`docker history`). That it came from a Secret does not
    /// help.
    ///
    /// The name must say that it is a credential (`NPM_TOKEN`), and the value must be a literal one or come from a Secret by
    /// a variable of this container. A variable from elsewhere and a placeholder are left alone.
    ///
    /// ## Bad
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: [--context=dir:///workspace, --no-push, --build-arg=NPM_TOKEN=$(NPM_TOKEN)]
    ///       env:
    ///         - name: NPM_TOKEN
    ///           valueFrom: {secretKeyRef: {name: npm, key: token}}
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       args: [--context=dir:///workspace, --no-push, --build-arg=NPM_TOKEN_FILE=/secrets/npm/token]
    ///       volumeMounts:
    ///         - {name: npm, mountPath: /secrets/npm}
    ///   volumes:
    ///     - name: npm
    ///       secret: {secretName: npm}
    /// ```
    ///
    /// ## How sure it is
    /// As `plaintext-credential` of a literal. Of a Secret it is sure when the name is that of a password, token or key; a
    /// vague name (`DEPLOY_AUTH`) and a Secret whose keys are not known here (`envFrom`) only warn.
    pub(crate) BuildArgCredential {
        id: "build-arg-credential",
        title: "a credential is a build argument and stays in the image",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for container in context.pod.containers() {
        for arg in credential_build::build_args(container) {
            report(container, &arg, out);
        }
    }
}

#[inline(never)]
fn report<'d>(container: Container<'d>, arg: &BuildArg<'d>, out: &mut Findings<'d>) {
    const MOUNT: &str =
        "pass it with `--secret id=NAME` and read it in the Dockerfile with `RUN --mount=type=secret,id=NAME`";
    const FILE: &str =
        "mount the Secret as a file: what lies in a volume is there for kaniko's RUN and does not go into the image";
    // Somebody may have swapped the two.
    let name = if credential::by_shape(&arg.name).is_some() {
        "a build argument".to_owned()
    } else {
        text::concat(&["build argument ", &quote(&arg.name)])
    };
    let (holds, what) = match arg.source {
        Source::Literal(found) => (if arg.sure { " holds " } else { " seems to hold " }, found.kind.words().to_owned()),
        Source::Secret(secret) => (" has its value from Secret ", quote(secret)),
        Source::Whole(secret) => (" seems to have its value from Secret ", quote(secret)),
    };
    let message = text::concat(&[&name, holds, &what, ", which stays in the history of the image"]);
    let way = if is_kaniko(container) { FILE } else { MOUNT };
    let remedy = text::concat(&[way, "; revoke the value if an image was pushed"]);
    let draft = out.report(arg.node, message, remedy).container(container.name());
    if !arg.sure {
        draft.unsure();
    }
}

fn is_kaniko(container: Container<'_>) -> bool {
    let image = container.image().and_then(|image| image::parse(image).named());
    image.is_some_and(|image| text::contains(&image.path().to_cow(), "kaniko"))
        || builders::of(container).is_some_and(|builder| builder.name == "kaniko")
}
