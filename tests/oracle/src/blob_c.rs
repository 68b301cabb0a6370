//! libubox's blobmsg, behind safe functions.

use crate::ubus::{Value, value::Type};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::ptr;

/// `struct blob_buf` of libubox's blob.h.
#[repr(C)]
struct BlobBuf {
    head: *mut u8,
    grow: Option<unsafe extern "C" fn(*mut BlobBuf, c_int) -> bool>,
    buflen: c_int,
    buf: *mut c_void,
}

/// `struct blobmsg_policy` of blobmsg.h.
#[repr(C)]
struct Policy {
    name: *const c_char,
    kind: c_uint,
}

// libuci-sys links libubox, but only declares libuci's functions. The attributes are passed as the bytes they are.
#[link(name = "ubox")]
unsafe extern "C" {
    fn blob_buf_init(buf: *mut BlobBuf, id: c_int) -> c_int;
    fn blob_buf_free(buf: *mut BlobBuf);
    fn blob_nest_end(buf: *mut BlobBuf, cookie: *mut c_void);
    fn blobmsg_add_field(
        buf: *mut BlobBuf,
        kind: c_int,
        name: *const c_char,
        data: *const c_void,
        len: c_uint,
    ) -> c_int;
    fn blobmsg_open_nested(buf: *mut BlobBuf, name: *const c_char, array: bool) -> *mut c_void;
    fn blobmsg_check_array_len(attr: *const u8, kind: c_int, len: usize) -> c_int;
    fn blobmsg_parse(policy: *const Policy, count: c_int, found: *mut *mut u8, data: *mut u8, len: c_uint) -> c_int;
}

#[link(name = "blobmsg_json")]
unsafe extern "C" {
    fn blobmsg_format_json_with_cb(
        attr: *const u8,
        list: bool,
        cb: *const c_void,
        private: *mut c_void,
        indent: c_int,
    ) -> *mut c_char;
    fn blobmsg_add_json_from_string(buf: *mut BlobBuf, text: *const c_char) -> bool;
}

/// A buffer that is freed whatever happens.
struct Buffer(BlobBuf);

impl Buffer {
    fn new() -> Self {
        let mut buffer = BlobBuf { head: ptr::null_mut(), grow: None, buflen: 0, buf: ptr::null_mut() };
        // SAFETY: a zeroed blob_buf is what libubox asks for; it is freed once, in `drop`.
        assert_eq!(unsafe { blob_buf_init(&mut buffer, Type::Table as c_int) }, 0, "out of memory");
        Buffer(buffer)
    }

    /// What was put in, without the header of the blob around it.
    fn data(&self) -> Vec<u8> {
        // SAFETY: `head` is the outermost blob, whose first four bytes give its length.
        unsafe {
            let head = std::slice::from_raw_parts(self.0.head, 4);
            let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) & 0x00ff_ffff;
            std::slice::from_raw_parts(self.0.head, length as usize)[4..].to_vec()
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, freed nowhere else.
        unsafe { blob_buf_free(&mut self.0) }
    }
}

/// The table as libubox encodes it: the data of a message's attribute. Names and strings must not hold NUL.
pub fn encode(table: &[(String, Value)]) -> Vec<u8> {
    let mut buffer = Buffer::new();
    for (name, value) in table {
        put(&mut buffer.0, name, value);
    }
    buffer.data()
}

fn put(buf: &mut BlobBuf, name: &str, value: &Value) {
    let name = CString::new(name).expect("no NUL in a name");
    let mut field = |kind: Type, data: &[u8]| {
        // SAFETY: libubox copies name and data.
        let status =
            unsafe { blobmsg_add_field(buf, kind as c_int, name.as_ptr(), data.as_ptr().cast(), data.len() as c_uint) };
        assert_eq!(status, 0, "out of memory");
    };
    match value {
        Value::Null => field(Type::Unspec, &[]),
        Value::String(text) => {
            field(Type::String, CString::new(text.as_str()).expect("no NUL in a string").as_bytes_with_nul())
        }
        Value::I64(n) => field(Type::I64, &n.to_be_bytes()),
        Value::I32(n) => field(Type::I32, &n.to_be_bytes()),
        Value::I16(n) => field(Type::I16, &n.to_be_bytes()),
        Value::Bool(b) => field(Type::Bool, &[u8::from(*b)]),
        Value::Double(n) => field(Type::Double, &n.to_be_bytes()),
        Value::Array(values) => nest(buf, &name, true, |buf| values.iter().for_each(|value| put(buf, "", value))),
        Value::Table(table) => {
            nest(buf, &name, false, |buf| table.iter().for_each(|(name, value)| put(buf, name, value)))
        }
    }
}

fn nest(buf: &mut BlobBuf, name: &CStr, array: bool, inside: impl FnOnce(&mut BlobBuf)) {
    // SAFETY: the cookie goes back to the buffer it came from.
    let cookie = unsafe { blobmsg_open_nested(buf, name.as_ptr(), array) };
    inside(buf);
    unsafe { blob_nest_end(buf, cookie) }
}

/// Encoded data with the blob around it that libubox's readers want.
fn wrapped(data: &[u8]) -> Vec<u8> {
    let head = (Type::Table as u32) << 24 | (data.len() as u32 + 4);
    // The room behind it: libubox reads an attribute's header before it looks whether it is still inside.
    [&head.to_be_bytes(), data, &[0; 64]].concat()
}

/// Whether libubox finds every attribute in order, at every depth, and nothing left over.
pub fn is_valid(data: &[u8]) -> bool {
    check(&wrapped(data), 4 + data.len())
}

/// `attr` begins with an array or a table of `length` bytes, header included.
fn check(attr: &[u8], length: usize) -> bool {
    // SAFETY: at most `length` bytes are looked at, and they are there.
    if unsafe { blobmsg_check_array_len(attr.as_ptr(), 0, length) } < 0 {
        return false;
    }
    let head = u32::from_be_bytes([attr[0], attr[1], attr[2], attr[3]]);
    let name = if head >> 31 == 1 {
        (2 + usize::from(u16::from_be_bytes([attr[4], attr[5]])) + 1).next_multiple_of(4)
    } else {
        0
    };
    let mut at = 4 + name;
    // What check_array_len found to be sound, walked once more for what is inside.
    while at + 4 <= length {
        let head = u32::from_be_bytes([attr[at], attr[at + 1], attr[at + 2], attr[at + 3]]);
        let size = (head & 0x00ff_ffff) as usize;
        if size < 4 || at + size.next_multiple_of(4) > length {
            return false;
        }
        if matches!(head >> 24 & 0x7f, 1 | 2) && !check(&attr[at..], size) {
            return false;
        }
        at += size.next_multiple_of(4);
    }
    at >= length
}

/// The data as JSON, as `ubus call` would print it. Only for what [`is_valid`].
pub fn json(data: &[u8]) -> String {
    let blob = wrapped(data);
    // SAFETY: the blob is valid; the text is malloc's and freed here.
    unsafe {
        let text = blobmsg_format_json_with_cb(blob.as_ptr(), true, ptr::null(), ptr::null_mut(), -1);
        assert!(!text.is_null(), "out of memory");
        let json = CStr::from_ptr(text).to_string_lossy().into_owned();
        libc::free(text.cast());
        json
    }
}

/// What libubox makes of a JSON object, encoded.
pub fn from_json(text: &str) -> Option<Vec<u8>> {
    let text = CString::new(text).ok()?;
    let mut buffer = Buffer::new();
    // SAFETY: the text outlives the call.
    unsafe { blobmsg_add_json_from_string(&mut buffer.0, text.as_ptr()) }.then(|| buffer.data())
}

/// Where `blobmsg_parse` finds the attribute of this name, of whatever type, as an offset into the data.
pub fn find(data: &[u8], name: &str) -> Option<usize> {
    let name = CString::new(name).ok()?;
    let policy = Policy { name: name.as_ptr(), kind: 0 };
    let mut found = ptr::null_mut();
    let mut data = [data, &[0; 64]].concat();
    let length = (data.len() - 64) as c_uint;
    // SAFETY: at most `length` bytes are looked at; the result points into `data`.
    unsafe { blobmsg_parse(&policy, 1, &mut found, data.as_mut_ptr(), length) };
    (!found.is_null()).then(|| found as usize - data.as_ptr() as usize)
}
