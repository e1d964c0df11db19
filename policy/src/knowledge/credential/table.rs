//! Tokens that their issuer marks by a prefix.
//!
//! Sources: the issuers' own documentation of their token formats, and the rule sets of gitleaks (MIT), Yelp
//! detect-secrets (Apache-2.0) and OSV-Scalibr (Apache-2.0), from which lengths and alphabets are taken, 2026-11.

/// Classes of bytes; an alphabet is a union of them.
pub(super) const HEX: u16 = 1;
/// `g` to `z`
pub(super) const LOWER: u16 = 1 << 1;
/// `G` to `Z`
const UPREST: u16 = 1 << 2;
/// `A` to `F`
const UPHEX: u16 = 1 << 11;
pub(super) const UPPER: u16 = UPREST | UPHEX;
pub(super) const DIGIT: u16 = 1 << 3;
pub(super) const UNDER: u16 = 1 << 4;
pub(super) const DASH: u16 = 1 << 5;
pub(super) const DOT: u16 = 1 << 6;
/// `+` and `/`
pub(super) const PLUS: u16 = 1 << 7;
pub(super) const TILDE: u16 = 1 << 8;
/// A first byte of a prefix.
pub(super) const START: u16 = 1 << 9;
/// A byte at which something other than a prefix is looked for.
pub(super) const MARK: u16 = 1 << 10;

/// Letters and digits.
pub(super) const ALNUM: u16 = HEX | LOWER | UPPER | DIGIT;
/// What a name consists of: a token does not begin in the middle of one.
pub(super) const WORD: u16 = ALNUM | UNDER;
/// base64url
pub(super) const URL64: u16 = WORD | DASH;
/// base64 without its padding
pub(super) const BASE64: u16 = ALNUM | PLUS;
const HEXDIGIT: u16 = HEX | DIGIT;
const UPNUM: u16 = UPPER | DIGIT;

/// The first bytes of all prefixes, and of the keys of a docker config (`auth`, `identitytoken` …).
pub(super) const FIRST: &[u8] = b"1ACGHLSabcdefghinoprstvxy";

/// The classes of every byte.
pub(super) const CLASS: [u16; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where an index out of bounds is an error")]
const fn classes() -> [u16; 256] {
    let mut table = [0_u16; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'f' => HEX,
            b'g'..=b'z' => LOWER,
            b'A'..=b'F' => UPHEX,
            b'G'..=b'Z' => UPREST,
            b'0'..=b'9' => DIGIT,
            b'_' => UNDER,
            b'-' => DASH | MARK,
            b'.' => DOT | MARK,
            b'+' => PLUS | MARK,
            b'/' => PLUS,
            b'~' => TILDE | MARK,
            b':' => MARK,
            _ => 0,
        };
        byte += 1;
    }
    let mut at = 0;
    while at < FIRST.len() {
        table[FIRST[at] as usize] |= START;
        at += 1;
    }
    table
}

/// A token that its issuer marks.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As written, case included.
    pub prefix: &'static str,
    /// How many characters of the alphabet follow, at least.
    pub min: u16,
    /// And at most.
    pub max: u16,
    /// Of what.
    pub alphabet: u16,
    /// What it is, with its article.
    pub words: &'static str,
}

/// No upper bound.
const ANY: u16 = u16::MAX;

const fn p(prefix: &'static str, min: u16, max: u16, alphabet: u16, words: &'static str) -> Pattern {
    Pattern { prefix, min, max, alphabet, words }
}

const AWS: &str = "an AWS access key";
const GITHUB: &str = "a GitHub token";
const GITLAB: &str = "a GitLab token";
const DOCKER: &str = "a Docker Hub token";
const DIGITALOCEAN: &str = "a DigitalOcean token";
const DOPPLER: &str = "a Doppler token";
const FLY: &str = "a Fly.io token";
const VAULT: &str = "a Vault token";
const SLACK: &str = "a Slack token";
const STRIPE: &str = "a Stripe key";
const SONAR: &str = "a SonarQube token";
const PACKAGIST: &str = "a Packagist token";
const CIRCLECI: &str = "a CircleCI token";
const JFROG: &str = "a JFrog token";
const ONEPASSWORD: &str = "a 1Password secret";
const SOURCEGRAPH: &str = "a Sourcegraph token";
const HARNESS: &str = "a Harness token";

/// The patterns whose prefix begins with a byte.
pub(super) fn patterns(first: u8) -> &'static [Pattern] {
    match first {
        b'1' => const { &[p("1PRK-", 64, 64, UPNUM | DASH, ONEPASSWORD)] },
        b'A' => {
            const {
                &[
                    p("AKIA", 16, 16, UPNUM, AWS),
                    p("ASIA", 16, 16, UPNUM, AWS),
                    p("ABIA", 16, 16, UPNUM, AWS),
                    p("ACCA", 16, 16, UPNUM, AWS),
                    p("ABSK", 109, 269, BASE64, AWS),
                    p("AIza", 35, 35, URL64, "a Google API key"),
                    p("AKCp", 69, 69, ALNUM, JFROG),
                    p("AccountKey=", 86, 86, BASE64, "an Azure storage key"),
                    p("AGE-SECRET-KEY-1", 58, 58, UPNUM, "an age key"),
                    p("API-", 26, 26, UPNUM, "an Octopus Deploy key"),
                    p("A3-", 36, 37, UPNUM | DASH, ONEPASSWORD),
                ]
            }
        }
        b'C' => const { &[p("CCIPAT_", 63, 63, WORD, CIRCLECI), p("CCIPRJ_", 63, 63, WORD, CIRCLECI)] },
        b'G' => {
            const {
                &[
                    p("GR1348941", 20, 50, URL64, GITLAB),
                    p("GOCSPX-", 28, 28, URL64, "a Google client secret"),
                    p("GOOG", 57, 57, UPNUM, "a Google storage key"),
                    p("GOOG", 20, 20, UPNUM, "a Google storage key"),
                ]
            }
        }
        b'H' => const { &[p("HRKU-", 58, 60, URL64, "a Heroku key")] },
        b'L' => const { &[p("LTAI", 20, 20, ALNUM, "an Alibaba Cloud key")] },
        b'S' => const { &[p("SG.", 60, 70, URL64 | DOT, "a SendGrid key")] },
        b'a' => const { &[p("api_org_", 34, 34, HEX | LOWER | UPPER, "a Hugging Face token")] },
        b'b' => const { &[p("bedrock-api-key-", 28, ANY, BASE64, AWS)] },
        b'c' => {
            const {
                &[
                    p("cmVmdGtu", 56, 56, ALNUM, JFROG),
                    p("cmVmd", 59, 59, ALNUM, JFROG),
                    p("cio", 32, 32, ALNUM, "a crates.io token"),
                ]
            }
        }
        b'd' => {
            const {
                &[
                    p("dckr_pat_", 27, ANY, URL64, DOCKER),
                    p("dckr_oat_", 32, ANY, URL64, DOCKER),
                    p("doo_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
                    p("dop_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
                    p("dor_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
                    p("dapi", 32, 32, HEXDIGIT, "a Databricks token"),
                    p("dp.pt.", 40, 44, ALNUM, DOPPLER),
                    p("dp.st.", 40, 60, ALNUM | DOT | DASH | UNDER, DOPPLER),
                    p("dp.ct.", 40, 44, ALNUM, DOPPLER),
                ]
            }
        }
        b'f' => {
            const {
                &[
                    p("fo1_", 43, 43, URL64, FLY),
                    p("fm1a_", 100, ANY, BASE64, FLY),
                    p("fm1r_", 100, ANY, BASE64, FLY),
                    p("fm2_", 100, ANY, BASE64, FLY),
                ]
            }
        }
        b'g' => {
            const {
                &[
                    p("ghp_", 36, 255, WORD, GITHUB),
                    p("ghs_", 36, 1024, URL64 | DOT, GITHUB),
                    p("gho_", 36, 255, WORD, GITHUB),
                    p("ghu_", 36, 255, WORD, GITHUB),
                    p("ghr_", 36, 255, WORD, GITHUB),
                    p("github_pat_", 82, 255, WORD, GITHUB),
                    p("glpat-", 20, 320, URL64 | DOT, GITLAB),
                    p("glrt-", 20, 320, URL64 | DOT, GITLAB),
                    p("gldt-", 20, 50, URL64, GITLAB),
                    p("glcbt-", 20, 60, URL64, GITLAB),
                    p("glptt-", 40, 40, URL64, GITLAB),
                    p("glft-", 20, 50, URL64, GITLAB),
                    p("glsoat-", 20, 50, URL64, GITLAB),
                    p("glimt-", 25, 25, URL64, GITLAB),
                    p("glagent-", 50, 1024, URL64, GITLAB),
                    p("gloas-", 64, 64, URL64, GITLAB),
                    p("glffct-", 20, 50, URL64, GITLAB),
                ]
            }
        }
        b'h' => {
            const {
                &[
                    p("hvs.", 90, 120, URL64, VAULT),
                    p("hvb.", 138, 300, URL64, VAULT),
                    p("hf_", 34, 34, HEX | LOWER | UPPER, "a Hugging Face token"),
                ]
            }
        }
        b'n' => const { &[p("npm_", 36, 36, ALNUM, "an npm token")] },
        b'o' => {
            const { &[p("oy2", 43, 43, HEX | LOWER | DIGIT, "a NuGet key"), p("ops_eyJ", 250, ANY, BASE64, ONEPASSWORD)] }
        }
        b'p' => {
            const {
                &[
                    p("pypi-AgE", 50, ANY, URL64, "a PyPI token"),
                    p("pul-", 40, 40, HEXDIGIT, "a Pulumi token"),
                    p("pnu_", 36, 36, ALNUM, "a Prefect token"),
                    p("pat.", 68, 68, URL64 | DOT, HARNESS),
                    p("packagist_ack_", 28, 32, HEXDIGIT, PACKAGIST),
                    p("packagist_acs_", 64, 96, HEXDIGIT, PACKAGIST),
                    p("packagist_ort_", 68, 68, HEXDIGIT, PACKAGIST),
                    p("packagist_out_", 68, 68, HEXDIGIT, PACKAGIST),
                    p("packagist_uut_", 68, 68, HEXDIGIT, PACKAGIST),
                    p("packagist_cut_", 68, 68, HEXDIGIT, PACKAGIST),
                ]
            }
        }
        b'r' => const { &[p("rubygems_", 48, 48, HEXDIGIT, "a RubyGems key"), p("rk_live_", 20, ANY, ALNUM, STRIPE)] },
        b's' => {
            const {
                &[
                    p("sha256~", 43, 43, URL64, "an OpenShift token"),
                    p("sgp_local_", 40, 40, HEXDIGIT | UPHEX, SOURCEGRAPH),
                    p("sgp_", 57, 57, HEXDIGIT | UPHEX | UNDER, SOURCEGRAPH),
                    p("sgp_", 40, 40, HEXDIGIT | UPHEX, SOURCEGRAPH),
                    p("squ_", 40, 40, HEXDIGIT, SONAR),
                    p("sqp_", 40, 40, HEXDIGIT, SONAR),
                    p("sqa_", 40, 40, HEXDIGIT, SONAR),
                    p("sat.", 68, 68, URL64 | DOT, HARNESS),
                    p("sk_live_", 20, ANY, ALNUM, STRIPE),
                ]
            }
        }
        b't' => const { &[p("tk-us-", 48, 48, URL64, "a Scalingo token")] },
        b'v' => const { &[p("v1.0-", 171, 171, HEXDIGIT | DASH, "a Cloudflare key")] },
        b'x' => {
            const {
                &[
                    p("xoxb-", 24, ANY, ALNUM | DASH, SLACK),
                    p("xoxp-", 24, ANY, ALNUM | DASH, SLACK),
                    p("xapp-", 24, ANY, ALNUM | DASH, SLACK),
                ]
            }
        }
        b'y' => const { &[p("ya29.", 20, 500, URL64, "a Google access token")] },
        _ => &[],
    }
}
