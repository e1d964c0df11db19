//! Credential helpers: the programs `docker-credential-NAME`, asked with a deadline and believed within limits.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// Time for one answer; some helpers ask a cloud or a person.
const DEADLINE: Duration = Duration::from_secs(30);

/// Largest answer in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// The user name by which a helper says that its secret is a token.
pub(super) const TOKEN_USER: &str = "<token>";

/// What a helper knows.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    pub(super) username: String,
    pub(super) secret: String,
}

/// Asks a helper about a registry. `None`: it knows nothing about it.
///
/// # Errors
/// When it is not there, fails, is too slow or answers nonsense; never with what it answered.
pub(super) fn ask(name: &str, server: &str) -> Result<Option<Answer>, String> {
    let program = format!("docker-credential-{name}");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(
            "docker config names a credential helper that is no plain word; correct `credsStore` or `credHelpers`"
                .to_owned(),
        );
    }
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| {
            format!(
                "the credential helper `{program}` of docker config cannot be started: install it, or log in without it"
            )
        })?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not listen answers by itself.
        let _ = writeln!(input, "{server}");
    }
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.map(|output| output.take(MOST_BYTES).read_to_end(&mut bytes));
        read.and_then(Result::ok).map(|_| bytes)
    });
    let succeeded = wait(&mut child).ok_or_else(|| {
        format!(
            "the credential helper `{program}` did not answer within {} s: run it by hand, or log in without it",
            DEADLINE.as_secs()
        )
    })?;
    // The helper is gone, so its end of the pipe is closed, unless it left a child behind that holds it.
    let until = Instant::now() + Duration::from_secs(1);
    while !reader.is_finished() && Instant::now() < until {
        thread::sleep(Duration::from_millis(5));
    }
    let bytes = if reader.is_finished() { reader.join().ok().flatten() } else { None };
    let bytes = bytes.unwrap_or_default();
    if !succeeded {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("credentials not found") || text.contains("no credentials") {
            return Ok(None);
        }
        return Err(format!(
            "the credential helper `{program}` failed for `{server}`: run it by hand, or log in without it"
        ));
    }
    let answer = serde_json::from_slice(&bytes).map(Some);
    answer.map_err(|_| {
        format!("the credential helper `{program}` answered something else than credentials: run it by hand")
    })
}

/// Whether the helper succeeded; none when it had to be ended.
fn wait(child: &mut Child) -> Option<bool> {
    let until = Instant::now() + DEADLINE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                // It may have ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}
