//! Rule `insecure-registry-flag`.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::image;
use regwarden_sdk::json::Node;
use regwarden_sdk::text::{self, quote};
use regwarden_sdk::view::{Container, EnvVar};

use crate::context::Context;
use crate::data::flags::{self, Effect, Flag, INSECURE_FIELD, Reach};
use crate::data::plugins;
use crate::data::variables::{Holds, VARIABLES};
use crate::facts::Facts;
use crate::knowledge::arguments::{Given, Run, fields, truth};
use crate::knowledge::commands::Commands;
use crate::knowledge::hosts;

mod tally;
#[cfg(test)]
mod tests;

use tally::{Surroundings, Tally, Verdict, is_host};

regwarden_sdk::rule! {
    /// ## What it catches
    /// A builder or registry client that is told to speak plain http, or TLS that nobody verifies, to a registry for which
    /// the settings do not say `plainHttp: true`: `--insecure`, `--skip-tls-verify`, `--tls-verify=false`,
    /// `registry.insecure=true` and their relatives of each tool, as arguments, inside `sh -c` strings, and as `PLUGIN_…`
    /// variables. Whoever sits between can read the push credential and change the image. Kaniko, crane, ko and cosign
    /// need no flag for a private address (10.x, 172.16.x, 192.168.x): they try https and fall back, of which the rule warns.
    ///
    /// A flag that names its registry (`--insecure-registry=HOST`) is judged by that registry, any other by the images that
    /// the command names: silent when each of them lies in a registry with `plainHttp: true`. Where the settings have such
    /// a registry and the command does not show which one it talks to, the rule only warns; so it does for flags about
    /// pulling, which also hit the registries of base images. `=false`, empty values and values that are filled in later
    /// are fine. A boolean flag never takes the next word: `--insecure false` is insecure.
    ///
    /// ## Bad
    /// ```yaml
    /// # settings: {registries: [{registry: "harbor.corp.example:30002", plainHttp: true}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       envFrom: [{secretRef: {name: push-login}}]
    ///       args: [--context=dir:///workspace, --destination=registry.corp.example/app:1, --skip-tls-verify]
    /// ```
    ///
    /// ## Good
    /// ```yaml
    /// # settings: {registries: [{registry: "harbor.corp.example:30002", plainHttp: true}]}
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///     - name: kaniko
    ///       image: gcr.io/kaniko-project/executor:v1.23.2
    ///       envFrom: [{secretRef: {name: push-login}}]
    ///       args: [--context=dir:///workspace, --destination=harbor.corp.example:30002/app:1, --insecure]
    /// ```
    pub(crate) InsecureRegistryFlag {
        id: "insecure-registry-flag",
        title: "registry is spoken to without verified TLS",
        since: "0.1.0",
        mends: Never,
        levels: [Warn, Enforce, Enforce],
        options: (),
    }
}

/// Findings for one container; whoever has more has been told enough, and every further one would cost.
const MAX_FINDINGS: usize = 64;

#[inline(never)]
pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
    for commands in context.commands().iter() {
        let container = commands.container;
        let variables = variables(container);
        if commands.runs().is_empty() && commands.pushes().is_empty() && variables.iter().all(Option::is_none) {
            continue;
        }
        let surroundings = Surroundings::new(&context.facts, container);
        let mut judge = Judge { facts: &context.facts, container, surroundings: &surroundings, told: Vec::new(), out };
        for run in commands.runs() {
            judge.run(run);
        }
        for (variable, var) in VARIABLES.iter().zip(variables) {
            if let Some((node, value)) = var.and_then(EnvVar::value) {
                judge.variable(variable.name, variable.holds, node, value);
            }
        }
        // Last, as a flag says more.
        judge.addresses(commands);
    }
}

/// The variables of the container that may hold such a setting, in the order of the table; the last of a name counts.
#[inline(never)]
fn variables<'d>(container: Container<'d>) -> [Option<EnvVar<'d>>; VARIABLES.len()] {
    let mut found = [None; VARIABLES.len()];
    for var in container.env() {
        let name = var.name();
        if let Some((_, slot)) = VARIABLES.iter().zip(&mut found).find(|(variable, _)| variable.name == name) {
            *slot = Some(var);
        }
    }
    found
}

/// Judges what one container runs.
struct Judge<'c, 'd, 'o> {
    facts: &'c Facts<'d>,
    container: Container<'d>,
    surroundings: &'c Surroundings<'c, 'd>,
    /// What was reported: tool or variable, flag, registry.
    told: Vec<(&'static str, &'static str, Option<String>)>,
    out: &'o mut Findings<'d>,
}

impl<'d> Judge<'_, 'd, '_> {
    #[inline(never)]
    fn run(&mut self, run: &Run<'d>) {
        let subcommands = run.subcommands();
        let under = |names: &[&str]| names.is_empty() || subcommands.iter().any(|word| names.contains(word));
        // A command may repeat a flag many times; its targets stay the same.
        let mut targets: Vec<(Reach, Tally<'_>)> = Vec::new();
        for given in run.flags() {
            let mut named = run.tool.flags.iter().filter(|flag| given.is(run.tool, flag.name));
            let Some(flag) = named.find(|flag| under(flag.under.names())) else { continue };
            if !is_given(flag, &given) {
                continue;
            }
            let mut tally = Tally::new(self.facts);
            match flag.effect {
                Effect::Host => tally.add_host(given.value().unwrap_or_default()),
                Effect::Field => tally.add_fields(given.value().unwrap_or_default()),
                Effect::On | Effect::Off => {}
            }
            if tally.is_empty() && flag.reach != Reach::Elsewhere {
                if let Some((_, known)) = targets.iter().find(|(reach, _)| *reach == flag.reach) {
                    tally = known.clone();
                } else {
                    tally.add_targets(self.surroundings, run, flag.reach, under(flags::TAKES_HOST));
                    targets.push((flag.reach, tally.clone()));
                }
            }
            if let Some(verdict) = tally.verdict() {
                self.report(given.node, flag.name, run.tool.name, flag.instead.name(), verdict);
            }
        }
    }

    #[inline(never)]
    fn variable(&mut self, name: &'static str, holds: Holds, node: Node<'d>, value: &'d str) {
        if name.starts_with("PLUGIN_") && !self.surroundings.handles_images() {
            return;
        }
        let mut tally = Tally::new(self.facts);
        match (holds, truth(value)) {
            (Holds::Arguments(tool), _) => {
                if let Some(tool) = flags::by_name(tool) {
                    self.run(&Run::of_string(tool, node, value));
                }
                return;
            }
            (Holds::Switch(Reach::Elsewhere), Some(true)) => {}
            (Holds::Switch(_) | Holds::SwitchOrHosts, Some(true)) => tally.add(self.surroundings.plugin()),
            (Holds::Switch(_), _) | (Holds::SwitchOrHosts, Some(false)) => return,
            (Holds::SwitchOrHosts | Holds::Hosts, _) => {
                let mut any = false;
                for host in value.split(',') {
                    if is_host(host) {
                        any = true;
                        tally.add_host(host);
                    }
                }
                if !any {
                    return;
                }
            }
            (Holds::Output, _) => {
                if !has_field(value) {
                    return;
                }
                tally.add_fields(value);
            }
        }
        if let Some(verdict) = tally.verdict() {
            let who = plugins::of(self.container).map_or("this step", |plugin| plugin.name);
            self.report(node, name, who, "", verdict);
        }
    }

    /// Private addresses, with which some clients fall back to plain http without being told to.
    #[inline(never)]
    fn addresses(&mut self, commands: &Commands<'d>) {
        for push in commands.pushes() {
            self.address(push.tool, &push.image, push.node);
        }
        for run in commands.runs() {
            run.each_value(&["--cache-repo"], &mut |image, node| self.address(run.tool.name, image, node));
            if run.tool.name == "cosign" {
                for arg in run.operands() {
                    self.address(run.tool.name, &arg.text, arg.node);
                }
            }
        }
    }

    fn address(&mut self, who: &'static str, image: &str, node: Node<'d>) {
        let Some((host, _)) = text::cut(image, b'/').filter(|(host, _)| hosts::is_private_address(host)) else {
            return;
        };
        // Told of a flag, the reader knows; that flag may be about a registry that is not visible.
        let known = self.told.iter().any(|(by, _, of)| of.as_deref().map_or(*by == who, |of| of == host));
        let allowed = match image::parse(image).named() {
            Some(reference) => self.facts.plain_http(&reference),
            None => self.facts.plain_http_host(host),
        };
        if known || allowed || !flags::FALLS_BACK.contains(&who) || self.told.len() >= MAX_FINDINGS {
            return;
        }
        let message = text::concat(&[
            who,
            " speaks plain http to the private address ",
            &quote(host),
            " when https fails, without any flag",
        ]);
        let remedy = "give the registry a name and a certificate, or say `plainHttp: true` for it in the settings";
        self.out.report(node, message, remedy).container(self.container.name()).unsure();
        self.told.push((who, "", Some(host.to_owned())));
    }

    fn report(&mut self, node: Node<'d>, flag: &'static str, who: &'static str, instead: &str, verdict: Verdict) {
        // Unsure verdicts name no registry, so there are few of them: the limit never hides a sure one behind others.
        let known = self.told.iter().any(|(a, b, host)| (*a, *b) == (who, flag) && *host == verdict.host);
        if known || self.told.len() >= MAX_FINDINGS {
            return;
        }
        let (registry, permit) = match &verdict.host {
            Some(host) => (
                quote(host),
                text::concat(&["if ", &quote(host), " has no valid TLS, say `plainHttp: true` for it in the settings"]),
            ),
            None => {
                ("whichever registry it meets".to_owned(), "name each registry so that it can be judged".to_owned())
            }
        };
        let message = text::concat(&["`", flag, "` lets ", who, " talk to ", &registry, " without verified TLS"]);
        let remedy = if verdict.partly && !instead.is_empty() {
            text::concat(&[
                "remove `",
                flag,
                "`, or name the one registry that needs it in its place: `",
                instead,
                "=HOST`",
            ])
        } else {
            text::concat(&["remove `", flag, "`; ", &permit])
        };
        let draft = self.out.report(node, message, remedy).container(self.container.name());
        if !verdict.sure {
            draft.unsure();
        }
        self.told.push((who, flag, verdict.host));
    }
}

/// Does the flag, as it is given, switch anything off?
#[inline(never)]
fn is_given(flag: &Flag, given: &Given<'_, '_>) -> bool {
    match flag.effect {
        Effect::On => given.truth() == Some(true),
        Effect::Off => given.inline.and_then(truth) == Some(false),
        Effect::Host => given.value().is_some_and(is_host),
        Effect::Field => has_field(given.value().unwrap_or_default()),
    }
}

/// Is this field of a comma-separated value true?
#[inline(never)]
fn has_field(text: &str) -> bool {
    for (key, value) in fields(text) {
        if key == INSECURE_FIELD && truth(value) == Some(true) {
            return true;
        }
    }
    false
}
