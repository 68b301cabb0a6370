//! What reading a configuration costs in memory, whatever is in it.
//!
//! Here, and not among ddnsd's own tests, because counting takes an allocator, and an allocator takes `unsafe`.

use ddnsd_oracle::uci::{MAX_BYTES, parse};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// What malloc really takes: its own header, and everything rounded up to 16.
fn cost(layout: Layout) -> usize {
    (layout.size() + 8).next_multiple_of(16).max(32)
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(cost(layout), Relaxed) + cost(layout);
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(cost(layout), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test only, so that nothing else allocates meanwhile.
#[test]
fn a_mebibyte_of_anything_fits_into_sixteen() {
    let fill = |head: &str, line: &dyn Fn(usize) -> String| {
        let mut text = head.to_owned();
        for number in 0.. {
            let line = line(number);
            if text.len() + line.len() > MAX_BYTES {
                return text;
            }
            text.push_str(&line);
        }
        text
    };
    let short = |number: usize| {
        let digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
        let base = digits.len();
        [number / base / base % base, number / base % base, number % base]
            .map(|digit| char::from(digits[digit]))
            .iter()
            .collect::<String>()
    };
    let shapes = [
        ("list items", fill("c t\n", &|_| "l a b\n".to_owned())),
        ("empty list items", fill("c t\n", &|_| "l a\n".to_owned())),
        ("options", fill("c t\n", &|number| format!("o {} 1\n", short(number)))),
        ("lists of one", fill("c t\n", &|number| format!("l {} 1\n", short(number)))),
        ("anonymous sections", fill("", &|_| "c t\n".to_owned())),
        ("named sections", fill("", &|number| format!("c t {}\n", short(number)))),
        ("sections with an option", fill("", &|_| "c t\no a 1\n".to_owned())),
        ("a section that goes on", fill("", &|_| "c t n\n".to_owned())),
        ("one value", fill("c t\no a '", &|_| "x".to_owned())),
        ("one bare word", fill("", &|_| "x".to_owned())),
    ];
    for (name, text) in shapes {
        let before = NOW.load(Relaxed);
        PEAK.store(before, Relaxed);
        let result = parse(text.as_bytes());
        let peak = PEAK.load(Relaxed) - before;
        println!(
            "{name}: {} bytes of text, {peak} bytes, {}",
            text.len(),
            if result.is_ok() { "read" } else { "refused" }
        );
        // The text itself is held too, and the rest of ddnsd has to fit.
        assert!(peak < 12 << 20, "{name}: {peak}");
    }
}
