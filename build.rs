//! Hands the build date to the binary: a clock that shows less is wrong (docs/architecture.md). And refuses to build a
//! program whose waits would be wrong.

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    check_time();
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let date = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse::<u64>().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    println!("cargo:rustc-env=DDNSD_BUILD_DATE={}", date.unwrap_or_else(now));
}

/// rustix calls the C library where it has no system calls of its own, and takes its `timespec` for one of 64 bits; under
/// musl the crate libc gives it the old one of 32 bits. Every deadline has then passed at once: the program spins, and asks
/// a service again and again. rustix converts where `fix_y2038` is set, which it forgets to do by itself on these machines.
fn check_time() {
    let is = |name: &str, values: &[&str]| std::env::var(name).is_ok_and(|value| values.contains(&value.as_str()));
    let affected = is("CARGO_CFG_TARGET_ENV", &["musl"])
        && is("CARGO_CFG_TARGET_POINTER_WIDTH", &["32"])
        && is("CARGO_CFG_TARGET_ARCH", &["mips", "mips32r6", "powerpc"]);
    if affected && std::env::var_os("CARGO_CFG_FIX_Y2038").is_none() {
        println!("cargo::error=for this target, build with RUSTFLAGS='--cfg=fix_y2038': build.rs says why");
    }
}
