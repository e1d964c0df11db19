//! What one guest may use, and how many guests run side by side.

use crate::outcome::Flood;
use std::time::Duration;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter};

/// The limits of an engine; every call has them to itself.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time for one call, instance start-up included. Default 2 s, as Kubewarden's policy-server.
    pub deadline: Duration,
    /// Linear memory of a guest in bytes. Default 256 MiB.
    pub memory: usize,
    /// Elements in a table of a guest. Default 200,000; a large Go policy has some tens of thousands.
    pub table_elements: usize,
    /// Length of an answer in bytes. Default 16 MiB.
    pub output: usize,
    /// Bytes kept of what a guest writes to its console, standard output or standard error. Default 64 KiB.
    pub log: usize,
    /// Size of a module in bytes. Default 64 MiB.
    pub module: usize,
    /// Host calls in one call of a guest. Default 10,000; a policy that asks for each of a thousand containers stays
    /// below.
    pub host_calls: u32,
    /// Bytes of all requests and answers of a guest's host calls together. Default 64 MiB.
    pub host_bytes: usize,
    /// Guests that run at the same time; more calls wait. Address space is reserved for each, memory is not.
    /// Default 4; a server takes its number of worker threads.
    pub slots: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(2),
            memory: 256 << 20,
            table_elements: 200_000,
            output: 16 << 20,
            log: 64 << 10,
            module: 64 << 20,
            host_calls: 10_000,
            host_bytes: 64 << 20,
            slots: 4,
        }
    }
}

/// Tables that one module may declare; compilers emit one, hand-written guests a few.
const TABLES: u32 = 4;

/// Bytes of a linear memory that are cleared by hand when its slot is used again, instead of by a system call.
const KEEP_RESIDENT: usize = 64 << 10;

impl Limits {
    /// Adds the pool to a configuration: slots for this many guests.
    pub(super) fn pool(&self, config: &mut Config) {
        let slots = self.slots.max(1);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(slots)
            .total_memories(slots)
            .total_tables(slots.saturating_mul(TABLES))
            .total_component_instances(0)
            .total_stacks(0)
            .max_memories_per_module(1)
            .max_tables_per_module(TABLES)
            .table_elements(self.table_elements)
            .linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(64 << 10);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }

    /// A fresh account of host calls for one guest.
    pub(super) fn host_quota(&self) -> HostQuota {
        let limits = (self.host_calls, self.host_bytes);
        HostQuota { calls: limits.0, bytes: limits.1, limits }
    }

    /// A fresh account for one guest.
    pub(super) fn quota(&self) -> Quota {
        Quota { memory: self.memory, table_elements: self.table_elements, denied: false }
    }
}

/// What is left to one guest for its host calls.
pub(super) struct HostQuota {
    calls: u32,
    bytes: usize,
    limits: (u32, usize),
}

impl HostQuota {
    /// Counts one more call.
    pub(super) fn call(&mut self) -> Result<(), Flood> {
        self.calls = self.calls.checked_sub(1).ok_or(Flood::Calls { limit: self.limits.0 })?;
        Ok(())
    }

    /// Counts bytes of a request or an answer.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), Flood> {
        self.bytes = self.bytes.checked_sub(count).ok_or(Flood::Bytes { limit: self.limits.1 as u64 })?;
        Ok(())
    }
}

/// Grants or denies growth to one guest and remembers a denial, which tells "out of memory" from other traps.
pub(super) struct Quota {
    memory: usize,
    table_elements: usize,
    denied: bool,
}

impl Quota {
    /// Whether the guest was refused memory or table space.
    pub(super) fn denied(&self) -> bool {
        self.denied
    }

    fn grant(&mut self, desired: usize, limit: usize) -> bool {
        let granted = desired <= limit;
        self.denied |= !granted;
        granted
    }
}

impl ResourceLimiter for Quota {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grant(desired, self.memory))
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grant(desired, self.table_elements))
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }
}
