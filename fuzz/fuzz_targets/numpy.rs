//! NumPy's arrays and archives.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gradstop_fuzz::read_table(bytes));
