#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ddnsd_fuzz::api_answers(bytes));
