//! Text tables: any delimiter, quotes, a header or none, gzip.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gradstop_fuzz::read_table(bytes));
