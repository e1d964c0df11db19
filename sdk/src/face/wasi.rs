//! The WASI face (Kubewarden's `wasi` mode, plain `wasmtime run`): operation as argument, stdin to stdout.

use std::io::{Read, Write};
use std::process::ExitCode;

use crate::cluster::NoCluster;
use crate::ops::{self, Operation};
use crate::policy::Policy;

/// What is read of stdin at the most: eight times what etcd stores of one object.
const INPUT: u64 = 16 << 20;

/// The `main` of a WASI command. Exit code 2 with a line on stderr when the call itself is wrong.
pub fn main<P: Policy>() -> ExitCode {
    match answer::<P>() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody is left to tell when stderr is closed.
            let _ = std::io::stderr().write_all(message.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn answer<P: Policy>() -> Result<(), &'static str> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let operation = Operation::by_name(&name)
        .ok_or("usage: validate | validate-settings | protocol-version | evaluate | describe, payload on stdin\n")?;
    let mut payload = Vec::new();
    if !matches!(operation, Operation::ProtocolVersion | Operation::Describe) {
        std::io::stdin().take(INPUT + 1).read_to_end(&mut payload).map_err(|_| "stdin cannot be read\n")?;
        if payload.len() as u64 > INPUT {
            return Err("the payload is larger than 16 MiB\n");
        }
    }
    let answer = ops::call::<P>(operation, &payload, &NoCluster);
    std::io::stdout().write_all(&answer).map_err(|_| "stdout cannot be written\n")
}
