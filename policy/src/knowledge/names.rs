//! Names of Kubernetes objects: which are possible, and which somebody has yet to fill in.

/// Can an object have this name? DNS subdomains (`k8s.io/apimachinery/pkg/util/validation`, IsDNS1123Subdomain), as
/// Secrets and ServiceAccounts have.
#[inline(never)]
pub(crate) fn is_possible(name: &str) -> bool {
    // Every label begins and ends with a letter or a digit: no `.` or `-` beside a `.` or an end.
    let mut outside = true;
    for byte in name.bytes() {
        let inner = matches!(byte, b'-' | b'.');
        if !(inner || byte.is_ascii_lowercase() || byte.is_ascii_digit()) || (outside && inner) {
            return false;
        }
        outside = byte == b'.';
    }
    !outside && name.len() <= 253 && !name.ends_with('-') && !regwarden_sdk::text::contains(name, "-.")
}

/// Holds something that a template engine, a shell or a person fills in: `$(x)`, `{{x}}`, `<x>`, `$X`, `%X%`. No name has
/// such characters.
#[inline(never)]
pub(crate) fn is_unresolved(name: &str) -> bool {
    regwarden_sdk::text::any(name, |byte| matches!(byte, b'$' | b'{' | b'<' | b'%' | b'`' | b'#'))
        || regwarden_sdk::text::contains(name, "((")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_dns_subdomain() {
        for name in ["a", "0", "a-b.c-d", "a--b", "harbor-pull", "a.b.c", &"a".repeat(253)] {
            assert!(is_possible(name), "{name}");
        }
        for name in
            ["", "-a", "a-", ".a", "a.", "a..b", "a.-b", "a-.b", "A", "a_b", "a b", "ä", "a/b", &"a".repeat(254)]
        {
            assert!(!is_possible(name), "{name}");
        }
    }

    #[test]
    fn a_hole_is_no_name() {
        for name in [
            "$(params.secret)",
            "{{ .Values.secret }}",
            "{secret}",
            "<secret>",
            "$SECRET",
            "%SECRET%",
            "((secret))",
            "x-${Y}",
        ] {
            assert!(is_unresolved(name), "{name}");
        }
        for name in ["", "regcred", "Reg_Cred", "a b"] {
            assert!(!is_unresolved(name), "{name}");
        }
    }
}
