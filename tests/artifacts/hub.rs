//! What Artifact Hub is told about the policy; its keys as `kwctl scaffold artifacthub` writes them.

use std::path::Path;

use regwarden_policy::about::annotation;

use super::yaml::Yaml;
use super::{generated, metadata, questions};

/// When the version of this build was released, by the heading in `CHANGELOG.md`; `None` before that.
fn released() -> Option<String> {
    let changes =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../CHANGELOG.md")).expect("CHANGELOG.md");
    let heading = format!("## {} (", annotation("io.kubewarden.policy.version"));
    let line = changes.lines().find_map(|line| line.strip_prefix(&heading)).expect("the heading of this version");
    let date = line.trim_end_matches(')');
    let is_date = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    assert!(is_date || date == "unreleased", "CHANGELOG.md: `{date}` is neither a date nor `unreleased`");
    is_date.then(|| format!("{date}T00:00:00Z"))
}

fn name_and_email(author: &str) -> Yaml {
    let (name, rest) = author.split_once(" <").expect("a name and an address");
    Yaml::from([("name", name.into()), ("email", rest.trim_end_matches('>').into())])
}

fn package() -> Yaml {
    let policy = |key: &str| annotation(&format!("io.kubewarden.policy.{key}"));
    let (version, source) = (policy("version"), policy("source"));
    let image = format!("{}:v{version}", policy("ociUrl"));
    let keywords: Vec<&str> = annotation("io.artifacthub.keywords").split(',').collect();
    let install = format!(
        "With [regwarden](https://github.com/regwarden/regwarden) or kwctl:\n\n```console\nregwarden pull {image}\nkwctl pull {image}\n```\n\n\
         `policy.yaml` of the release is a manifest that reports and rejects nothing. Or make one:\n\n```console\n\
         kwctl scaffold manifest -t ClusterAdmissionPolicy --allow-context-aware registry://{image}\n```\n"
    );
    let link = |name: &str, url: String| Yaml::from([("name", name.into()), ("url", url.into())]);
    let head = [
        ("version", version.into()),
        ("name", policy("title").into()),
        ("displayName", annotation("io.artifacthub.displayName").into()),
    ];
    let rest = [
        ("description", policy("description").into()),
        ("license", policy("license").into()),
        ("homeURL", policy("url").into()),
        ("containersImages", Yaml::List(vec![Yaml::from([("name", "policy".into()), ("image", image.into())])])),
        ("keywords", Yaml::from(keywords)),
        (
            "links",
            Yaml::List(vec![
                link("policy", format!("{source}/releases/download/v{version}/policy.wasm")),
                link("source", source.to_owned()),
            ]),
        ),
        ("install", install.into()),
        ("maintainers", Yaml::List(policy("author").split(',').map(name_and_email).collect())),
        ("provider", Yaml::from([("name", "regwarden".into())])),
        (
            "recommendations",
            Yaml::List(vec![Yaml::from([(
                "url",
                "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller".into(),
            )])]),
        ),
        (
            "annotations",
            Yaml::from([
                ("kubewarden/contextAwareResources", metadata::context_aware().document().into()),
                ("kubewarden/mutation", "true".into()),
                ("kubewarden/questions-ui", questions::text().into()),
                ("kubewarden/resources", metadata::kinds().into()),
                ("kubewarden/rules", metadata::rules().document().into()),
            ]),
        ),
    ];
    let created = released().map(|date| ("createdAt", Yaml::from(date)));
    Yaml::Map(head.into_iter().chain(created).chain(rest).map(|(key, value)| (key.to_owned(), value)).collect())
}

/// `artifacthub-pkg.yml`.
pub(crate) fn package_text() -> String {
    format!(
        "# For Artifact Hub; generated from the metadata. `createdAt` is the date of this version in CHANGELOG.md.\n{}",
        package().document()
    )
}

/// `artifacthub-repo.yml`.
pub(crate) fn repository_text() -> String {
    let owners = annotation("io.kubewarden.policy.author").split(',').map(name_and_email).collect();
    format!(
        "# Says to Artifact Hub who may claim the repository. It gives out `repositoryID` once the repository is added there;\n\
         # with that in this file it shows the publisher as verified. Generated from the metadata.\n{}",
        Yaml::from([("owners", Yaml::List(owners))]).document()
    )
}

#[test]
fn artifact_hub_files() {
    generated("artifacthub-pkg.yml", &package_text());
    generated("artifacthub-repo.yml", &repository_text());
}
