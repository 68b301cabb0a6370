//! What the real ubusd passes on, seen through its monitor.
//!
//! A client invokes `add` on object 3, and from then on gets a MONITOR message for every other message: attributes with
//! the client (0), the peer (1), whether ubusd sends it (2), the number (3), the type (4) and the content (5).

use super::Traffic;
use ddnsd::ubus::blob::Attrs;
use ddnsd::ubus::message::{Attribute, Frames, HEADER_SIZE, Kind, Message};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// ubusd's object for monitors.
const MONITOR_OBJECT: u32 = 3;

/// A running monitor.
#[derive(Debug)]
pub struct Monitor {
    stream: UnixStream,
    traffic: Arc<Mutex<Vec<Traffic>>>,
    reader: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Watches from now on: when this returns, ubusd has answered.
    pub fn start(socket: &Path) -> std::io::Result<Monitor> {
        let mut stream = UnixStream::connect(socket)?;
        let add = Message::new(Kind::Invoke, 1, MONITOR_OBJECT)
            .with(Attribute::ObjId(MONITOR_OBJECT))
            .with(Attribute::Method("add".to_owned()))
            .with(Attribute::Data(Vec::new()));
        stream.write_all(&add.encode().map_err(std::io::Error::other)?)?;
        let (mut frames, mut buffer) = (Frames::default(), vec![0; 64 * 1024]);
        while !answered(&mut frames)? {
            match stream.read(&mut buffer)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                n => frames.feed(&buffer[..n]),
            }
        }
        let traffic = Arc::<Mutex<Vec<Traffic>>>::default();
        let reading = stream.try_clone()?;
        let reader = std::thread::spawn({
            let traffic = Arc::clone(&traffic);
            move || read(reading, frames, &traffic)
        });
        Ok(Monitor { stream, traffic, reader: Some(reader) })
    }

    /// All that was seen so far.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.traffic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Whether the STATUS is there already.
fn answered(frames: &mut Frames) -> std::io::Result<bool> {
    while let Some(bytes) = frames.next_frame().map_err(std::io::Error::other)? {
        let message = Message::decode(bytes).map_err(std::io::Error::other)?;
        if message.kind == Kind::Status {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(mut stream: UnixStream, mut frames: Frames, traffic: &Mutex<Vec<Traffic>>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        while let Ok(Some(bytes)) = frames.next_frame() {
            if let Some(seen) = seen(bytes) {
                traffic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(seen);
            }
        }
        match stream.read(&mut buffer) {
            Ok(n @ 1..) => frames.feed(&buffer[..n]),
            _ => return,
        }
    }
}

/// The message inside a MONITOR message.
fn seen(bytes: &[u8]) -> Option<Traffic> {
    if Kind::from_code(bytes[1]) != Kind::Monitor {
        return None;
    }
    let (mut numbers, mut sent, mut content) = ([0u32; 6], false, Vec::new());
    for attr in Attrs::new(&bytes[HEADER_SIZE + 4..]) {
        let attr = attr.ok()?;
        match attr.id {
            2 => sent = attr.data == [1],
            5 => content = attr.data.to_vec(),
            id => *numbers.get_mut(usize::from(id))? = u32::from_be_bytes(attr.data.try_into().ok()?),
        }
    }
    let [client, peer, _, seq, kind, _] = numbers;
    let mut whole = vec![0, kind as u8];
    whole.extend((seq as u16).to_be_bytes());
    whole.extend(peer.to_be_bytes());
    whole.extend((content.len() as u32 + 4).to_be_bytes());
    whole.extend(content);
    Some(Traffic { client, sent, message: Message::decode(&whole).ok()? })
}
