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

/// A token that its issuer marks, as the table is written.
#[derive(Clone, Copy)]
struct Pattern {
    prefix: &'static str,
    min: u8,
    max: u16,
    alphabet: u16,
    words: &'static str,
}

/// The same as the guest keeps it: less than half of the size, as the texts lie one behind the other in [`TEXT`].
#[derive(Clone, Copy)]
pub(super) struct Row {
    at: u16,
    words: u16,
    /// How many characters of the alphabet follow, at most; [`ANY`] for no bound.
    pub max: u16,
    /// Of what.
    pub alphabet: u16,
    /// How many characters of it follow, at least.
    pub min: u8,
    length: u8,
}

impl Row {
    /// As written, case included.
    pub(super) fn prefix(&self) -> &'static [u8] {
        let at = usize::from(self.at);
        TEXT.as_slice().get(at..at + usize::from(self.length)).unwrap_or_default()
    }

    /// What it is, with its article.
    #[inline(never)]
    pub(super) fn words(&self) -> &'static str {
        let at = usize::from(self.words);
        let length = TEXT.get(at).copied().unwrap_or_default();
        std::str::from_utf8(TEXT.get(at + 1..=at + usize::from(length)).unwrap_or_default()).unwrap_or_default()
    }
}

/// No upper bound.
pub(super) const ANY: u16 = u16::MAX;

const fn p(prefix: &'static str, min: u8, max: u16, alphabet: u16, words: &'static str) -> Pattern {
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

/// Every pattern; those with the same first byte are tried in this order.
const PATTERNS: &[Pattern] = &[
    p("1PRK-", 64, 64, UPNUM | DASH, ONEPASSWORD),
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
    p("CCIPAT_", 63, 63, WORD, CIRCLECI),
    p("CCIPRJ_", 63, 63, WORD, CIRCLECI),
    p("GR1348941", 20, 50, URL64, GITLAB),
    p("GOCSPX-", 28, 28, URL64, "a Google client secret"),
    p("GOOG", 57, 57, UPNUM, "a Google storage key"),
    p("GOOG", 20, 20, UPNUM, "a Google storage key"),
    p("HRKU-", 58, 60, URL64, "a Heroku key"),
    p("LTAI", 20, 20, ALNUM, "an Alibaba Cloud key"),
    p("SG.", 60, 70, URL64 | DOT, "a SendGrid key"),
    p("api_org_", 34, 34, HEX | LOWER | UPPER, "a Hugging Face token"),
    p("bedrock-api-key-", 28, ANY, BASE64, AWS),
    p("cmVmdGtu", 56, 56, ALNUM, JFROG),
    p("cmVmd", 59, 59, ALNUM, JFROG),
    p("cio", 32, 32, ALNUM, "a crates.io token"),
    p("dckr_pat_", 27, ANY, URL64, DOCKER),
    p("dckr_oat_", 32, ANY, URL64, DOCKER),
    p("doo_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
    p("dop_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
    p("dor_v1_", 64, 64, HEXDIGIT, DIGITALOCEAN),
    p("dapi", 32, 32, HEXDIGIT, "a Databricks token"),
    p("dp.pt.", 40, 44, ALNUM, DOPPLER),
    p("dp.st.", 40, 60, ALNUM | DOT | DASH | UNDER, DOPPLER),
    p("dp.ct.", 40, 44, ALNUM, DOPPLER),
    p("fo1_", 43, 43, URL64, FLY),
    p("fm1a_", 100, ANY, BASE64, FLY),
    p("fm1r_", 100, ANY, BASE64, FLY),
    p("fm2_", 100, ANY, BASE64, FLY),
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
    p("hvs.", 90, 120, URL64, VAULT),
    p("hvb.", 138, 300, URL64, VAULT),
    p("hf_", 34, 34, HEX | LOWER | UPPER, "a Hugging Face token"),
    p("npm_", 36, 36, ALNUM, "an npm token"),
    p("oy2", 43, 43, HEX | LOWER | DIGIT, "a NuGet key"),
    p("ops_eyJ", 250, ANY, BASE64, ONEPASSWORD),
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
    p("rubygems_", 48, 48, HEXDIGIT, "a RubyGems key"),
    p("rk_live_", 20, ANY, ALNUM, STRIPE),
    p("sha256~", 43, 43, URL64, "an OpenShift token"),
    p("sgp_local_", 40, 40, HEXDIGIT | UPHEX, SOURCEGRAPH),
    p("sgp_", 57, 57, HEXDIGIT | UPHEX | UNDER, SOURCEGRAPH),
    p("sgp_", 40, 40, HEXDIGIT | UPHEX, SOURCEGRAPH),
    p("squ_", 40, 40, HEXDIGIT, SONAR),
    p("sqp_", 40, 40, HEXDIGIT, SONAR),
    p("sqa_", 40, 40, HEXDIGIT, SONAR),
    p("sat.", 68, 68, URL64 | DOT, HARNESS),
    p("sk_live_", 20, ANY, ALNUM, STRIPE),
    p("tk-us-", 48, 48, URL64, "a Scalingo token"),
    p("v1.0-", 171, 171, HEXDIGIT | DASH, "a Cloudflare key"),
    p("xoxb-", 24, ANY, ALNUM | DASH, SLACK),
    p("xoxp-", 24, ANY, ALNUM | DASH, SLACK),
    p("xapp-", 24, ANY, ALNUM | DASH, SLACK),
    p("ya29.", 20, 500, URL64, "a Google access token"),
];

/// The bytes among which the first bytes of patterns lie.
const LOWEST: u8 = b'1';
const SPAN: usize = (b'y' - LOWEST) as usize + 2;

struct Packed<const N: usize> {
    rows: [Row; PATTERNS.len()],
    /// By the first byte, counted from [`LOWEST`]: the first of its rows. Its last one lies before that of the next byte.
    firsts: [u8; SPAN],
    text: [u8; N],
}

/// The length of [`TEXT`].
const LENGTH: usize = pack::<4096>().1;
const PACKED: Packed<LENGTH> = pack::<LENGTH>().0;
static ROWS: [Row; PATTERNS.len()] = PACKED.rows;
static FIRSTS: [u8; SPAN] = PACKED.firsts;
static TEXT: [u8; LENGTH] = PACKED.text;

/// Lays the texts one behind the other, in `N` bytes at most; also says how many there are. A text that stands for several
/// patterns is there once, with its length in front of it.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where an index out of bounds is an error")]
const fn pack<const N: usize>() -> (Packed<N>, usize) {
    const NONE: Row = Row { at: 0, words: 0, max: 0, alphabet: 0, min: 0, length: 0 };
    let mut out = Packed { rows: [NONE; PATTERNS.len()], firsts: [0; SPAN], text: [0; N] };
    let mut end = 0;
    let mut row = 0;
    while row < PATTERNS.len() {
        let Pattern { prefix, min, max, alphabet, words } = PATTERNS[row];
        let at = end as u16;
        end = append(&mut out.text, end, prefix);
        let mut known = 0;
        while known < row && !equal(PATTERNS[known].words, words) {
            known += 1;
        }
        let said = if known < row {
            out.rows[known].words
        } else {
            let said = end as u16;
            out.text[end] = words.len() as u8;
            end = append(&mut out.text, end + 1, words);
            said
        };
        out.rows[row] = Row { at, words: said, max, alphabet, min, length: prefix.len() as u8 };
        // Every byte behind this one has its rows behind this row.
        let mut byte = (prefix.as_bytes()[0] - LOWEST) as usize + 1;
        while byte < SPAN {
            out.firsts[byte] = row as u8 + 1;
            byte += 1;
        }
        row += 1;
    }
    (out, end)
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where an index out of bounds is an error")]
const fn append(out: &mut [u8], at: usize, text: &str) -> usize {
    let mut done = 0;
    while done < text.len() {
        out[at + done] = text.as_bytes()[done];
        done += 1;
    }
    at + done
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where an index out of bounds is an error")]
const fn equal(a: &str, b: &str) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a.as_bytes()[at] == b.as_bytes()[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The patterns whose prefix begins with a byte.
pub(super) fn patterns(first: u8) -> &'static [Row] {
    let at = usize::from(first.wrapping_sub(LOWEST));
    let (Some(from), Some(to)) = (FIRSTS.get(at), FIRSTS.get(at + 1)) else { return &[] };
    ROWS.get(usize::from(*from)..usize::from(*to)).unwrap_or_default()
}
