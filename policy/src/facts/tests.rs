//! Tests of the effective registry table.
