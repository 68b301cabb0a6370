//! One connection: a request is read, recorded and answered, as scripted or as the service would.

use super::server::Stop;
use super::{Request, Script, Shared, locked};
use rustls::{ProtocolVersion, ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

const UPDATE: &str = "/nic/update";
const DETECTION: &str = "/ip";

/// Serves one connection. What breaks here is the client's doing, and the client's test will say so.
pub(super) fn serve(shared: &Shared, config: Option<Arc<ServerConfig>>, mut stream: TcpStream, stop: &Stop) {
    let Ok(peer) = stream.peer_addr() else { return };
    let Some(config) = config else {
        loop {
            match Request::read(&mut stream, None, peer) {
                Ok(Some(request)) => {
                    if !answer(shared, request, &mut stream, stop).unwrap_or(false) {
                        return;
                    }
                }
                Ok(None) => return,
                // A TLS client at a plain port, for one.
                Err(_) => {
                    let _ = stream.write_all(&whole(400, &[], b""));
                    return;
                }
            }
        }
    };
    let Ok(mut connection) = ServerConnection::new(config) else { return };
    if connection.complete_io(&mut stream).is_err() {
        return;
    }
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let mut stream = StreamOwned::new(connection, stream);
    while let Ok(Some(request)) = Request::read(&mut stream, Some(version), peer) {
        match answer(shared, request, &mut stream, stop) {
            Ok(true) => {}
            Ok(false) => {
                stream.conn.send_close_notify();
                let _ = stream.flush();
                return;
            }
            Err(_) => return,
        }
    }
}

/// Answers; whether the connection stays open.
fn answer(shared: &Shared, mut request: Request, stream: &mut (impl Read + Write), stop: &Stop) -> io::Result<bool> {
    let scripted = {
        let mut queue = locked(&shared.script);
        match request.path() {
            DETECTION => queue.detections.pop_front(),
            UPDATE => queue.updates.pop_front(),
            _ => None,
        }
    };
    let (status, body) = match &scripted {
        None | Some(Script::Late(_)) => of_itself(shared, &request),
        Some(Script::Answer { status, body, .. }) => (*status, String::from_utf8_lossy(body).into_owned()),
        Some(Script::Redirect(_)) => (302, String::new()),
        Some(_) => (0, String::new()),
    };
    request.status = status;
    request.body.clone_from(&body);
    // Recorded before it is answered: whoever has the answer finds the request.
    shared.log.add(request);
    let keep = matches!(scripted, Some(Script::Keep(_)));
    match scripted {
        None => stream.write_all(&whole(status, &[], body.as_bytes()))?,
        Some(script) => act(script, status, &body, stream, stop)?,
    }
    stream.flush().map(|()| keep)
}

/// What the service answers when nothing is prescribed.
fn of_itself(shared: &Shared, request: &Request) -> (u16, String) {
    match request.path() {
        UPDATE => locked(&shared.table).answer(request),
        DETECTION => {
            let own = || format!("{}\r\n", request.peer.ip());
            (200, locked(&shared.script).detected.clone().unwrap_or_else(own))
        }
        _ => (404, "<html><body><h1>Not Found</h1></body></html>\r\n".to_owned()),
    }
}

fn act(script: Script, status: u16, body: &str, stream: &mut (impl Read + Write), stop: &Stop) -> io::Result<()> {
    match script {
        Script::Answer { status, headers, body } => stream.write_all(&whole(status, &headers, &body)),
        Script::Late(time) => {
            stop.pause(time);
            stream.write_all(&whole(status, &[], body.as_bytes()))
        }
        Script::Drip(pause) => drip(&whole(200, &[], b"good 192.0.2.1\r\n"), pause, stream, stop),
        Script::Truncate => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\ngood 192.0"),
        Script::TruncateChunked => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\ngood 192.0\r\n")
        }
        Script::Hang => wait_for_end(stream),
        Script::Close => Ok(()),
        Script::Redirect(location) => stream.write_all(&whole(302, &[("Location".to_owned(), location)], b"")),
        Script::Huge(size) => stream.write_all(&whole(200, &[], &vec![b'g'; size])),
        Script::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            endlessly(b"good 192.0.2.1\r\n", stream)
        }
        Script::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-More: ")?;
            endlessly(b"and more, ", stream)
        }
        Script::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\x00\x01\xff\xfe garbage\r\n\r\n"),
        Script::Raw(bytes) | Script::Keep(bytes) => stream.write_all(&bytes),
        Script::Abrupt(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            Err(io::Error::from(io::ErrorKind::ConnectionAborted))
        }
    }
}

fn drip(bytes: &[u8], pause: Duration, stream: &mut impl Write, stop: &Stop) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        stream.flush()?;
        if !stop.pause(pause) {
            break;
        }
    }
    Ok(())
}

/// Until the other side closes, or the service does.
fn wait_for_end(stream: &mut impl Read) -> io::Result<()> {
    let mut sink = [0; 64];
    while stream.read(&mut sink)? > 0 {}
    Ok(())
}

/// Until the other side has had enough, which ends in an error.
fn endlessly(bytes: &[u8], stream: &mut impl Write) -> io::Result<()> {
    let block = bytes.repeat(64);
    loop {
        stream.write_all(&block)?;
    }
}

fn whole(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        head.push_str("Content-Type: text/plain\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}
