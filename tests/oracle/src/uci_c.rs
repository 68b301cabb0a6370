//! libuci's parser, behind a safe function.

use crate::model::{Content, Section, Sections};
use libuci_sys as c;
use std::ffi::CStr;
use std::os::raw::c_char;
use std::ptr;

/// What `uci_load` makes of a file with this content; `Err` holds libuci's error number.
pub fn parse(text: &[u8]) -> Result<Sections, i32> {
    // SAFETY: the context is freed once, after everything that points into it; the stream reads `text`, which
    // outlives it, and is closed after the import, which is the only one to use it.
    unsafe {
        let stream = open(text);
        assert!(!stream.is_null(), "no stream for {} bytes", text.len());
        let context = c::uci_alloc_context();
        assert!(!context.is_null(), "no uci context");
        let mut package = ptr::null_mut();
        let status = c::uci_import(context, stream.cast(), c"ddnsd".as_ptr(), &mut package, true);
        let result = match status {
            0 if package.is_null() => Ok(Vec::new()),
            0 => Ok(sections(package)),
            error => Err(error),
        };
        c::uci_free_context(context);
        libc::fclose(stream);
        result
    }
}

/// `fmemopen` refuses an empty buffer on some systems: the empty file stands in.
unsafe fn open(text: &[u8]) -> *mut libc::FILE {
    if text.is_empty() {
        return unsafe { libc::fopen(c"/dev/null".as_ptr(), c"r".as_ptr()) };
    }
    unsafe { libc::fmemopen(text.as_ptr().cast_mut().cast(), text.len(), c"r".as_ptr()) }
}

unsafe fn sections(package: *mut c::uci_package) -> Sections {
    unsafe {
        elements(&raw mut (*package).sections)
            .into_iter()
            .map(|element| {
                let section = element.cast::<c::uci_section>();
                Section {
                    kind: bytes((*section).type_),
                    name: (!(*section).anonymous).then(|| bytes((*section).e.name)),
                    options: elements(&raw mut (*section).options).into_iter().map(|option| content(option)).collect(),
                }
            })
            .collect()
    }
}

unsafe fn content(element: *mut c::uci_element) -> (Vec<u8>, Content) {
    unsafe {
        let option = element.cast::<c::uci_option>();
        let content = if (*option).type_ == c::uci_option_type_UCI_TYPE_STRING {
            Content::Single(bytes((*option).v.string))
        } else {
            let items = elements(&raw mut (*option).v.list);
            Content::List(items.into_iter().map(|item| bytes((*item).name)).collect())
        };
        (bytes((*element).name), content)
    }
}

/// The elements of a list, which are linked through their first member.
unsafe fn elements(head: *mut c::uci_list) -> Vec<*mut c::uci_element> {
    let mut found = Vec::new();
    unsafe {
        let mut next = (*head).next;
        while next != head {
            found.push(next.cast::<c::uci_element>());
            next = (*next).next;
        }
    }
    found
}

unsafe fn bytes(text: *const c_char) -> Vec<u8> {
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}
