//! The regwarden policy: its settings, its rules, and which Pods it is for. Nothing about transport.

pub mod about;
mod cluster;
mod context;
mod data;
mod facts;
mod knowledge;
mod mending;
mod resolution;
pub mod resolve;
pub mod rules;
pub mod settings;
pub mod site;

use regwarden_sdk::cluster::Cluster;
use regwarden_sdk::decode::Mistakes;
use regwarden_sdk::exception::Exception;
use regwarden_sdk::finding::Findings;
use regwarden_sdk::object::Object;
use regwarden_sdk::policy::Policy;
use regwarden_sdk::request::Request;
use regwarden_sdk::rule::Entry;
use regwarden_sdk::view::PodView;

use context::{Context, ObjectContext};
use facts::Facts;
use settings::Settings;

/// Registry credentials in CI Pods.
#[derive(Debug)]
pub struct Regwarden;

impl Policy for Regwarden {
    const NAME: &'static str = "regwarden";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Settings = Settings;

    fn catalogue() -> &'static [Entry] {
        rules::CATALOGUE
    }

    fn mutates(settings: &Settings) -> bool {
        settings.mutate
    }

    fn review_settings(settings: &Settings, mistakes: &mut Mistakes) {
        settings.review(mistakes);
    }

    fn concerns(settings: &Settings, request: Request<'_>, pod: PodView<'_>) -> bool {
        settings.scope.covers(request.namespace(), pod)
    }

    fn judge<'d>(
        settings: &'d Settings,
        request: Request<'d>,
        pod: PodView<'d>,
        cluster: &'d dyn Cluster,
        out: &mut Findings<'d>,
    ) {
        let facts = Facts::resolve(settings.site(), request.namespace(), pod);
        let mending = mending::Mending::of(settings, request, pod);
        let context = Context::new(request, pod, facts, cluster, mending);
        rules::check_pod(&settings.rules, settings.profile, &context, out);
    }

    fn concerns_object(settings: &Settings, request: Request<'_>, _: Object<'_>) -> bool {
        settings.scope.covers_namespace(request.namespace())
    }

    fn judge_object<'d>(
        settings: &'d Settings,
        request: Request<'d>,
        object: Object<'d>,
        _: &'d dyn Cluster,
        out: &mut Findings<'d>,
    ) {
        let context = ObjectContext { request, object, site: settings.site() };
        rules::check_object(&settings.rules, settings.profile, &context, out);
    }

    fn exceptions(settings: &Settings) -> &[Exception] {
        &settings.exceptions
    }
}

#[cfg(feature = "wapc")]
regwarden_sdk::export!(Regwarden);
