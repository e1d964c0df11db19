//! What the host of a registry says about where it is.
//!
//! Sources, read 2026-11: RFC 1918; go-containerregistry `pkg/name/registry.go` (Scheme).

use regwarden_sdk::text;

use super::words;

/// The host without its port.
#[inline(never)]
pub(crate) fn without_port(host: &str) -> &str {
    match text::cut(host, b']') {
        Some((address, _)) => words::trim_start(address, b'['),
        None => text::cut(host, b':').map_or(host, |(host, _)| host),
    }
}

/// An IPv4 address in its usual form.
#[inline(never)]
fn address(host: &str) -> Option<[u8; 4]> {
    let mut address = [0; 4];
    let mut parts = words::parts(host, b'.');
    for number in &mut address {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part.starts_with('0')) {
            return None;
        }
        let mut value: u32 = 0;
        for byte in part.bytes() {
            value = value * 10 + u32::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        *number = u8::try_from(value).ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// An address that RFC 1918 reserves for private networks.
pub(crate) fn is_private_address(host: &str) -> bool {
    matches!(address(without_port(host)), Some([10, ..] | [172, 16..=31, ..] | [192, 168, ..]))
}

/// The Pod or its node itself.
pub(crate) fn is_local(host: &str) -> bool {
    let host = without_port(host);
    host == "localhost" || host == "::1" || host.ends_with(".localhost") || matches!(address(host), Some([127, ..]))
}

/// A name or address that means nothing outside the cluster or its network. Registries there often want no credentials.
#[inline(never)]
pub(crate) fn is_internal(host: &str) -> bool {
    let name = without_port(host);
    text::cut(name, b'.').is_none()
        || name.ends_with(".svc")
        || name.ends_with(".local")
        || text::contains(name, ".svc.")
        || is_local(host)
        || is_private_address(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses() {
        for host in ["10.0.0.1", "10.105.237.246:5000", "172.16.0.1", "172.31.255.255", "192.168.1.1:80"] {
            assert!(is_private_address(host) && is_internal(host) && !is_local(host), "{host}");
        }
        for host in [
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "11.0.0.1",
            "10.0.0",
            "10.0.0.1.2",
            "10.0.0.256",
            "010.0.0.1",
            "10.0.0.a",
            "10.example.com",
            "",
        ] {
            assert!(!is_private_address(host), "{host}");
        }
    }

    #[test]
    fn near_and_internal_hosts() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000", "a.localhost:80"] {
            assert!(is_local(host) && is_internal(host), "{host}");
        }
        for host in ["registry", "registry:5000", "registry.kube-system.svc:5000", "r.x.svc.cluster.local", "nas.local"]
        {
            assert!(is_internal(host) && !is_local(host), "{host}");
        }
        for host in ["docker.io", "ghcr.io", "8.8.8.8", "registry.corp.example:5000", "svc.example", "local.example"] {
            assert!(!is_internal(host), "{host}");
        }
    }
}
