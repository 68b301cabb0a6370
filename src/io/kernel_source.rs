//! Which IPv4 address the kernel would send from on a device: asked of a socket that never sends.
//!
//! A UDP socket is bound to the device, connected, and asked for its own name; connecting a UDP socket
//! only looks the route up. Binding to a device needs no privilege since Linux 5.7 (OpenWrt 22.03 has 5.10).
//! Any failure is `None`: the caller then goes by what netifd says.

use socket2::{Domain, Socket, Type};
use std::net::{Ipv4Addr, SocketAddrV4};

/// TEST-NET-1 (RFC 5737): nobody is there, and nothing is sent.
const NOBODY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 9);

/// The source address of an IPv4 packet that leaves through `device` towards the Internet.
pub fn kernel_source(device: &str) -> Option<Ipv4Addr> {
    // An empty name would unbind: the answer would then be that of any device.
    if device.is_empty() {
        return None;
    }
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).ok()?;
    socket.bind_device(Some(device.as_bytes())).ok()?;
    socket.connect(&NOBODY.into()).ok()?;
    let source = *socket.local_addr().ok()?.as_socket_ipv4()?.ip();
    (!source.is_unspecified()).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_gives_nothing() {
        for device in ["", "none0", "a-name-that-is-much-too-long", "with\0zero", "/"] {
            assert_eq!(kernel_source(device), None, "{device:?}");
        }
    }
}
