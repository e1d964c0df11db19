//! What a YAML scalar means to kubectl: the YAML 1.1 resolution of go-yaml v2, and Go's spelling of numbers.

use std::borrow::Cow;

use base64::Engine as _;

use super::error::ReadProblem;

/// A resolved scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A number of a JSON text, as written.
    Number(Box<str>),
    Str(Box<str>),
}

const PREFIX: &str = "tag:yaml.org,2002:";

/// Resolves a scalar. `tag` is the long form of an explicit tag, `plain` whether the scalar is open to resolution.
pub(super) fn resolve(tag: Option<&str>, plain: bool, text: String) -> Result<Scalar, ReadProblem> {
    let Some(tag) = tag else {
        return Ok(if plain {
            untagged(&text).unwrap_or_else(|| Scalar::Str(text.into()))
        } else {
            Scalar::Str(text.into())
        });
    };
    let misfit =
        || ReadProblem::Tag(tag.strip_prefix(PREFIX).map_or_else(|| tag.to_owned(), |short| format!("!!{short}")));
    let Some(short) = tag.strip_prefix(PREFIX) else { return Ok(Scalar::Str(text.into())) };
    let found = match short {
        "bool" | "int" | "float" | "null" => untagged(&text),
        "timestamp" => {
            let dated = text.len() > 8
                && text.bytes().take(4).all(|b| b.is_ascii_digit())
                && text.as_bytes().get(4) == Some(&b'-');
            return if dated { Ok(Scalar::Str(text.into())) } else { Err(misfit()) };
        }
        "binary" => {
            let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(compact).map_err(|_| misfit())?;
            return Ok(Scalar::Str(String::from_utf8_lossy(&bytes).into()));
        }
        _ => return Ok(Scalar::Str(text.into())),
    };
    match (short, found) {
        ("bool", Some(value @ Scalar::Bool(_)))
        | ("int", Some(value @ (Scalar::Int(_) | Scalar::Uint(_))))
        | ("float", Some(value @ Scalar::Float(_)))
        | ("null", Some(value @ Scalar::Null)) => Ok(value),
        #[expect(clippy::cast_precision_loss, reason = "an explicit !!float asks for it")]
        ("float", Some(Scalar::Int(value))) => Ok(Scalar::Float(value as f64)),
        _ => Err(misfit()),
    }
}

/// What a plain scalar without a tag resolves to, `None` for a string.
fn untagged(text: &str) -> Option<Scalar> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Scalar::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Scalar::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Scalar::Bool(false));
        }
        ".nan" | ".NaN" | ".NAN" => return Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    match text.bytes().next()? {
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let digits: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
            integer(&digits).or_else(|| float(&digits))
        }
        _ => None,
    }
}

/// Go's `ParseInt` and `ParseUint` with base 0: `0x`, `0o`, `0b` and a leading `0` choose the base.
fn integer(text: &str) -> Option<Scalar> {
    let (sign, magnitude) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.chars().next(), rest),
        None => (None, text),
    };
    let lower = magnitude.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match lower.as_deref() {
        Some("0x") => (16, magnitude.get(2..)?),
        Some("0o") => (8, magnitude.get(2..)?),
        Some("0b") => (2, magnitude.get(2..)?),
        Some(_) if magnitude.starts_with('0') => (8, magnitude.get(1..)?),
        _ => (10, magnitude),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    match sign {
        Some('-') => i64::from_str_radix(&format!("-{digits}"), radix).ok().map(Scalar::Int),
        _ => match i64::from_str_radix(digits, radix) {
            Ok(value) => Some(Scalar::Int(value)),
            // An unsigned parse takes no sign in Go.
            Err(_) if sign.is_none() => u64::from_str_radix(digits, radix).ok().map(Scalar::Uint),
            Err(_) => None,
        },
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, not out of the range of a double.
fn float(text: &str) -> Option<Scalar> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (body, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let shaped = digits(whole)
        && fraction.is_none_or(digits)
        && (!whole.is_empty() || fraction.is_some_and(|part| !part.is_empty()))
        && exponent.is_none_or(|part| !part.is_empty() && digits(part));
    if !shaped {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Scalar::Float)
}

impl Scalar {
    /// The JSON member name that this scalar makes as a key, `None` for null and integers beyond 63 bits, as kubectl.
    pub(super) fn as_key(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Str(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Int(value) => Cow::Owned(value.to_string()),
            Self::Float(value) => Cow::Owned(float_key(*value)),
            Self::Number(text) => Cow::Borrowed(text),
            Self::Null | Self::Uint(_) => return None,
        })
    }

    /// Appends the JSON text.
    pub(super) fn write_json(&self, out: &mut String) -> Result<(), ReadProblem> {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Int(value) => out.push_str(&value.to_string()),
            Self::Uint(value) => out.push_str(&value.to_string()),
            Self::Float(value) if !value.is_finite() => return Err(ReadProblem::NotFinite),
            Self::Float(value) => out.push_str(&float_json(*value)),
            Self::Number(text) => out.push_str(text),
            Self::Str(text) => write_string(text, out),
        }
        Ok(())
    }
}

/// Go's JSON spelling of a double: exponents only below 1e-6 and from 1e21 on.
fn float_json(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    } else {
        value.to_string()
    }
}

/// Go's `FormatFloat(value, 'g', -1, 32)`, which sigs.k8s.io/yaml makes keys with.
fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "single precision is what kubectl uses here")]
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    } else {
        single.to_string()
    }
}

/// Appends a JSON string.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
