//! Bodies of answers, read within limits.

use reqwest::Response;

use super::error::Fault;

/// Bytes that are read of an error's text.
const MOST_SAID: usize = 16 << 10;

/// What an error's body says, as a registry puts it, else nothing: pages are for browsers.
pub(super) async fn said(mut response: Response) -> String {
    #[derive(serde::Deserialize)]
    struct Envelope {
        errors: Vec<One>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_SAID {
            break;
        }
    }
    let Ok(Envelope { errors }) = serde_json::from_slice(&bytes) else { return String::new() };
    let Some(One { code, message }) = errors.into_iter().next() else { return String::new() };
    let text = if message.is_empty() { code } else { message };
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A whole body within a limit.
pub(super) async fn read_limited(
    mut response: Response,
    host: &str,
    what: &'static str,
    most: u64,
) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(bytes),
            Ok(Some(chunk)) => {
                bytes.extend_from_slice(&chunk);
                if bytes.len() as u64 > most {
                    return Err(Fault::TooLarge { what, most });
                }
            }
            Err(error) => return Err(Fault::of_request(host, &error).0),
        }
    }
}
