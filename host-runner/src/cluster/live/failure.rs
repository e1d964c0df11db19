//! What the layers below report, in words that name the next step and no credential.

use std::error::Error;

use kube::client::AuthError;

use super::super::ClusterError;

/// Causes that are looked at; no real chain is longer.
const DEPTH: usize = 16;

/// Why a request got no answer.
pub(super) fn of_request(error: &kube::Error) -> ClusterError {
    if let kube::Error::Auth(error) = error {
        return ClusterError::Unauthorized(of_credentials(error));
    }
    let causes = causes(error);
    if let Some(problem) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return ClusterError::Unavailable(of_tls(problem));
    }
    // The innermost cause says what happened, the outer ones who noticed it.
    let last = causes.last().map(|cause| one_line(&cause.to_string())).unwrap_or_default();
    let text = match last.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => last,
    };
    let hint = if causes.iter().any(|cause| cause.downcast_ref::<std::io::Error>().is_some()) {
        "; check the server's address, the network and the proxy settings"
    } else {
        ""
    };
    ClusterError::Unavailable(format!("{text}{hint}"))
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => format!(
            "its certificate is not trusted ({}); `certificate-authority` of the kubeconfig must be the authority of this \
             server",
            one_line(&format!("{reason:?}"))
        ),
        other => format!("no TLS connection: {}", one_line(&other.to_string())),
    }
}

/// Why there is no client.
pub(super) fn of_client(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(error) => of_credentials(error),
        kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
            "the proxy of the kubeconfig or of HTTPS_PROXY must be an http:// or https:// address".to_owned()
        }
        kube::Error::RustlsTls(error) => {
            format!(
                "the client certificate or the authority of the kubeconfig cannot be used: {}",
                one_line(&error.to_string())
            )
        }
        _ => "the kubeconfig's user or cluster cannot be used; `kubectl version` with it says more".to_owned(),
    }
}

/// A problem with credentials.
fn of_credentials(error: &AuthError) -> String {
    match error {
        // Its command line and what it printed may hold a token.
        AuthError::AuthExecRun { out, .. } => {
            format!("the credential plugin of the kubeconfig failed ({}): run it by hand", out.status)
        }
        AuthError::AuthExecStart(error) => {
            let reason = crate::reason::io_reason(error);
            format!("the credential plugin of the kubeconfig cannot be started ({reason}): install it")
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("the token file `{}` cannot be read: {}", path.display(), crate::reason::io_reason(error))
        }
        AuthError::MissingCommand => "the credential plugin of the kubeconfig has no `command`".to_owned(),
        _ => "the credentials of the kubeconfig's user cannot be used: log in anew".to_owned(),
    }
}

/// An error and what lies beneath it, outermost first. An `io::Error` hides its inner error from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut current = error;
    while causes.len() < DEPTH {
        let inside = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let next: Option<&'a (dyn Error + 'static)> = match inside {
            Some(inside) => Some(inside),
            None => current.source(),
        };
        let Some(next) = next else { break };
        causes.push(next);
        current = next;
    }
    causes
}

fn one_line(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
