//! An HTTP proxy that is asked to CONNECT: an honest one, and some that are not.

use crate::service::Stop;
use crate::service::{Server, locked};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the proxy does when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Connects to where it was asked to.
    Honest,
    /// Says this, whole head, and closes.
    Says(Vec<u8>),
    /// Says 200, and connects to somewhere else.
    Elsewhere(SocketAddr),
    /// Never answers.
    Silent,
}

/// The running proxy; dropping it ends every connection and thread.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens on a free port of the loopback address.
    pub fn start(manner: Manner) -> io::Result<Proxy> {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heads = asked.clone();
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), move |stream, _: &Stop| {
            // What breaks here is the client's to notice.
            let _ = serve(stream, &manner, &heads);
        })?;
        Ok(Proxy { server, asked })
    }

    /// Host and port.
    pub fn address(&self) -> (String, u16) {
        (self.server.address().ip().to_string(), self.server.address().port())
    }

    /// The head of every request so far, as it was sent.
    pub fn asked(&self) -> Vec<String> {
        locked(&self.asked).clone()
    }
}

fn serve(mut client: TcpStream, manner: &Manner, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    locked(heads).push(head);
    let mut upstream = match manner {
        Manner::Honest => TcpStream::connect(target)?,
        Manner::Elsewhere(address) => TcpStream::connect(address)?,
        Manner::Says(bytes) => return client.write_all(bytes),
        Manner::Silent => {
            while client.read(&mut [0; 64])? > 0 {}
            return Ok(());
        }
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut back, mut forth) = (upstream.try_clone()?, client.try_clone()?);
    let answers = thread::spawn(move || {
        let _ = io::copy(&mut back, &mut forth);
        let _ = forth.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut client, &mut upstream);
    let _ = upstream.shutdown(Shutdown::Both);
    let _ = answers.join();
    Ok(())
}
