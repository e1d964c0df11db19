//! The waPC face (Kubewarden's `kubewarden-wapc` mode): registers the operations, nothing else happens at start-up.

use kubewarden_policy_sdk::metadata::ProtocolVersion;
use wapc_guest::{CallResult, register_function};

use crate::ops::{self, Operation};
use crate::policy::Policy;

mod host;

use host::Host;

/// Registers every operation of a policy with the host; called by [`export!`](crate::export!). Questions about the cluster
/// go to the host; objects in the payload do not count, for whoever sends an object must not answer for the cluster.
pub fn register<P: Policy>() {
    fn answer<P: Policy>(operation: Operation, payload: &[u8]) -> CallResult {
        Ok(ops::call::<P>(operation, payload, &Host))
    }
    register_function("validate", |payload| answer::<P>(Operation::Validate, payload));
    register_function("validate_settings", |payload| answer::<P>(Operation::ValidateSettings, payload));
    register_function("protocol_version", |payload| {
        // The version of Kubewarden's SDK and not `protocol_version_guest`, which brings a JSON serializer for two letters.
        match ProtocolVersion::default() {
            ProtocolVersion::V1 => answer::<P>(Operation::ProtocolVersion, payload),
            ProtocolVersion::Unknown => Err("this build speaks no version of Kubewarden's protocol".into()),
        }
    });
    register_function("evaluate", |payload| answer::<P>(Operation::Evaluate, payload));
    register_function("describe", |payload| answer::<P>(Operation::Describe, payload));
}

/// Gives a policy crate its waPC entry point.
#[macro_export]
macro_rules! export {
    ($policy:ty) => {
        #[doc = "Called once by the waPC host after instantiation."]
        #[expect(unsafe_code, reason = "the waPC host finds the entry point by this name")]
        #[unsafe(no_mangle)]
        pub extern "C" fn wapc_init() {
            $crate::face::wapc::register::<$policy>();
        }
    };
}
