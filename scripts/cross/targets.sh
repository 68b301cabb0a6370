# The targets of the cross builds, one a line. Read by the other scripts; runs nothing.
# shellcheck shell=sh disable=SC2034
#
# name       what people call the architecture here and in file names
# triple     Rust's name
# qemu       the user-mode emulator, and the CPU that is the least these routers have
# package    OpenWrt's package architectures that this binary serves: one .ipk each
#
# zig compiles C for armv7 with NEON. CPUs that may lack it (vfpv3-d16, vfpv4), or any FPU (arm_cortex-a9 is bcm53xx), get the
# soft-float binary of ARMv6: it is static, so the image's own float ABI does not matter.
# Left out: MIPS32 release 1 (mips_mips32, mipsel_mips32) and ARMv4 (arm_fa526), older than what these binaries need.

cross_targets='
mips     mips-unknown-linux-musl         qemu-mips-static:24Kc         mips_24kc
mipsel   mipsel-unknown-linux-musl       qemu-mipsel-static:24Kc       mipsel_24kc,mipsel_24kc_24kf,mipsel_74kc
armv7    armv7-unknown-linux-musleabihf  qemu-arm-static:cortex-a7     arm_cortex-a15_neon-vfpv4,arm_cortex-a7_neon-vfpv4,arm_cortex-a8_vfpv3,arm_cortex-a9_neon
arm      arm-unknown-linux-musleabi      qemu-arm-static:arm1176       arm_arm1176jzf-s_vfp,arm_cortex-a5_vfpv4,arm_cortex-a7,arm_cortex-a7_vfpv4,arm_cortex-a9,arm_cortex-a9_vfpv3-d16
armv5te  armv5te-unknown-linux-musleabi  qemu-arm-static:arm926        arm_arm926ej-s,arm_xscale
aarch64  aarch64-unknown-linux-musl      qemu-aarch64-static:cortex-a53 aarch64_cortex-a53,aarch64_cortex-a72,aarch64_cortex-a76,aarch64_generic
x86_64   x86_64-unknown-linux-musl       native:-                      x86_64
'
