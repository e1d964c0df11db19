//! Tests of the places where tools read.
