//! A policy's own description of its rules: what `describe` answers, and how `explain` prints it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::style::{CODE, FAINT, STRONG};
use super::text::{clean, paragraph};

/// The answer of `describe`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Catalogue {
    /// Name of the policy.
    #[serde(default)]
    pub name: String,
    /// Version of the policy.
    #[serde(default)]
    pub version: String,
    /// Its rules, in its order.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Rule {
    /// The id, in kebab-case.
    pub id: String,
    /// What it finds, in a few words.
    #[serde(default)]
    pub title: String,
    /// Version of the policy that had it first.
    #[serde(default)]
    pub since: String,
    /// `never`, `sometimes` or `always`.
    #[serde(default)]
    pub mends: String,
    /// The level in each profile.
    #[serde(default)]
    pub levels: BTreeMap<String, String>,
    /// Documentation in Markdown.
    #[serde(default)]
    pub docs: String,
    /// Options of the settings.
    #[serde(default)]
    pub options: Vec<RuleOption>,
}

/// One option of a rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct RuleOption {
    /// Its key below `options`.
    pub name: String,
    /// Its type in words.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The value when it is not set.
    #[serde(default)]
    pub default: serde_json::Value,
    /// What it does.
    #[serde(default)]
    pub doc: String,
}

/// The profiles from the most lenient, as columns.
const PROFILES: [&str; 3] = ["minimal", "recommended", "strict"];

impl Catalogue {
    /// The rule of that id, or an error that names the nearest one.
    ///
    /// # Errors
    /// When there is no such rule: the sentence to print.
    pub fn rule(&self, id: &str) -> Result<&Rule, String> {
        if let Some(rule) = self.rules.iter().find(|rule| rule.id == id) {
            return Ok(rule);
        }
        let nearest = self
            .rules
            .iter()
            .map(|rule| (strsim::damerau_levenshtein(&rule.id, id), &rule.id))
            .filter(|(distance, rule)| *distance <= rule.len().div_ceil(3) || rule.contains(id) && !id.is_empty())
            .min_by_key(|(distance, _)| *distance);
        Err(match nearest {
            Some((_, rule)) => format!("there is no rule `{}`; did you mean `{rule}`?", clean(id)),
            None => format!("there is no rule `{}`; `regwarden explain` lists them", clean(id)),
        })
    }

    /// The table of all rules.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rules.is_empty() {
            return writeln!(out, "{} describes no rules", clean(&self.name));
        }
        let id_width = self.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
        writeln!(
            out,
            "{STRONG}{:id_width$}  {:11}  {:11}  {:11}  {:9}  FINDS{STRONG:#}",
            "RULE", "MINIMAL", "RECOMMENDED", "STRICT", "MENDS"
        )?;
        for rule in &self.rules {
            write!(out, "{CODE}{:id_width$}{CODE:#}  ", clean(&rule.id))?;
            for profile in PROFILES {
                write!(out, "{:11}  ", clean(rule.level(profile)))?;
            }
            writeln!(out, "{:9}  {}", clean(&rule.mends), clean(&rule.title))?;
        }
        writeln!(out, "\n`regwarden explain RULE` shows one in full")
    }
}

impl Rule {
    fn level(&self, profile: &str) -> &str {
        self.levels.get(profile).map_or("-", String::as_str)
    }

    /// One rule in full, its Markdown plainly.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&self, out: &mut dyn Write, width: usize) -> io::Result<()> {
        writeln!(out, "{STRONG}{}{STRONG:#}  {}", clean(&self.id), clean(&self.title))?;
        let levels: Vec<String> = PROFILES.iter().map(|profile| format!("{profile} {}", self.level(profile))).collect();
        writeln!(
            out,
            "{FAINT}since {}; mends {}; {}{FAINT:#}",
            clean(&self.since),
            clean(&self.mends),
            clean(&levels.join(", "))
        )?;
        if !self.docs.trim().is_empty() {
            writeln!(out)?;
            markdown(out, self.docs.trim(), width)?;
        }
        if !self.options.is_empty() {
            writeln!(out, "\n{STRONG}Options{STRONG:#}")?;
            for option in &self.options {
                writeln!(
                    out,
                    "  {CODE}{}{CODE:#}  {}, default {}",
                    clean(&option.name),
                    clean(&option.kind),
                    clean(&option.default_text())
                )?;
                out.write_all(paragraph(&option.doc, "      ", "      ", width).as_bytes())?;
            }
        }
        Ok(())
    }
}

impl RuleOption {
    /// The default as it is written in settings; a text in a text is the policy's own notation of it.
    fn default_text(&self) -> String {
        match &self.default {
            serde_json::Value::String(text) if !text.is_empty() => text.clone(),
            other => other.to_string(),
        }
    }
}

/// Markdown as plain text: headings stand out, code blocks are set in, everything else is left as it reads.
fn markdown(out: &mut dyn Write, docs: &str, width: usize) -> io::Result<()> {
    // Documentation taken from comments has each line but the first set in alike.
    let indent = |line: &str| line.len() - line.trim_start().len();
    let margin = docs.lines().skip(1).filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or_default();
    let mut code = false;
    let mut running = String::new();
    for (at, line) in docs.lines().enumerate() {
        let line = if at == 0 { line.trim_start() } else { line.get(margin..).unwrap_or_default() };
        if line.trim_start().starts_with("```") {
            flush(out, &mut running, width)?;
            code = !code;
        } else if code {
            writeln!(out, "    {CODE}{}{CODE:#}", clean(line))?;
        } else if line.starts_with('#') {
            flush(out, &mut running, width)?;
            writeln!(out, "{STRONG}{}{STRONG:#}", clean(line.trim_start_matches('#').trim()))?;
        } else if line.trim().is_empty() {
            flush(out, &mut running, width)?;
            writeln!(out)?;
        } else {
            let starts_item = line.trim_start().starts_with(['-', '*', '|', '>']) || line.starts_with(char::is_numeric);
            if starts_item {
                flush(out, &mut running, width)?;
            }
            if !running.is_empty() {
                running.push(' ');
            }
            running.push_str(line.trim());
        }
    }
    flush(out, &mut running, width)
}

fn flush(out: &mut dyn Write, running: &mut String, width: usize) -> io::Result<()> {
    let hang = if running.starts_with(['-', '*']) { "  " } else { "" };
    out.write_all(paragraph(running, "", hang, width).as_bytes())?;
    running.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        serde_json::from_str(
            r###"{"name":"p","version":"1","rules":[
              {"id":"pull-secret-missing","title":"an image without its pull secret","since":"0.1.0","mends":"sometimes",
               "levels":{"minimal":"audit","recommended":"warn","strict":"enforce"},
               "docs":"## What it catches\nA Pod\nthat pulls.\n\n- one\n- two\n\n## Bad\n```yaml\nkind: Pod\n```\n",
               "options":[{"name":"names","type":"list of texts","default":[],"doc":"names to allow"}]},
              {"id":"builder-config-path","title":"t","since":"0.1.0","mends":"always","levels":{},"docs":"","options":[]}]}"###,
        )
        .unwrap()
    }

    fn plain(write: impl FnOnce(&mut dyn Write)) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        write(&mut out);
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn an_unknown_rule_names_the_nearest() {
        let catalogue = catalogue();
        let of = |id: &str| catalogue.rule(id).unwrap_err();
        assert_eq!(
            of("pull-secret-mising"),
            "there is no rule `pull-secret-mising`; did you mean `pull-secret-missing`?"
        );
        assert_eq!(of("builder"), "there is no rule `builder`; did you mean `builder-config-path`?");
        assert_eq!(of("zzzz"), "there is no rule `zzzz`; `regwarden explain` lists them");
        assert_eq!(of(""), "there is no rule ``; `regwarden explain` lists them");
    }

    #[test]
    fn a_rule_reads_plainly() {
        let shown = plain(|out| catalogue().rule("pull-secret-missing").unwrap().write(out, 60).unwrap());
        assert_eq!(
            shown,
            "pull-secret-missing  an image without its pull secret\n\
             since 0.1.0; mends sometimes; minimal audit, recommended warn, strict enforce\n\n\
             What it catches\nA Pod that pulls.\n\n- one\n- two\n\nBad\n    kind: Pod\n\n\
             Options\n  names  list of texts, default []\n      names to allow\n"
        );
    }

    #[test]
    fn a_common_margin_is_no_indentation() {
        let shown =
            plain(|out| markdown(out, "## A\n text\n\n ## B\n ```yaml\n kind: Pod\n   x: 1\n ```", 60).unwrap());
        assert_eq!(shown, "A\ntext\n\nB\n    kind: Pod\n      x: 1\n");
    }

    #[test]
    fn the_table_lists_every_rule() {
        let shown = plain(|out| catalogue().write(out).unwrap());
        assert!(
            shown.starts_with("RULE                 MINIMAL      RECOMMENDED  STRICT       MENDS      FINDS\n"),
            "{shown}"
        );
        assert!(shown.contains(
            "pull-secret-missing  audit        warn         enforce      sometimes  an image without its pull secret\n"
        ));
    }

    #[test]
    fn a_policy_that_says_less_is_still_described() {
        let catalogue: Catalogue = serde_json::from_str(r#"{"rules":[{"id":"x"}]}"#).unwrap();
        assert_eq!(catalogue.rule("x").unwrap().level("strict"), "-");
    }
}
