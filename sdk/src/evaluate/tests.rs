//! Tests of one evaluation.
