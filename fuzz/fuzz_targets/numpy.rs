//! NumPy's arrays and archives.
#![no_main]

libfuzzer_sys::fuzz_target!(init: gradstop_fuzz::let_decoders_panic(), |bytes: &[u8]| gradstop_fuzz::read_table(bytes));
