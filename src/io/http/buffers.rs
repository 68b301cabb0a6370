//! Room for what ureq sends and receives.
//!
//! ureq's own fills its room byte by byte in a build for size: a fifth of all instructions of a plain update. Of memory
//! that comes zeroed from the kernel, only what is used is ever touched.

use ureq::unversioned::transport::Buffers;

/// What is received: the head of a response has to fit into it.
const INPUT: usize = 10 * 1024;

/// What is sent: the longest line of a request has to fit into it, which names twenty hosts of the longest kind.
const OUTPUT: usize = 16 * 1024;

/// ureq's buffers of one connection.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Empty until it is used.
    input: Vec<u8>,
    /// What of the input has come and has not been consumed.
    from: usize,
    to: usize,
    output: Vec<u8>,
    /// The last look at the input consumed something of it.
    progress: bool,
}

fn allocate(room: &mut Vec<u8>, size: usize) {
    if room.is_empty() {
        *room = vec![0; size];
    }
}

impl Buffers for Room {
    fn output(&mut self) -> &mut [u8] {
        allocate(&mut self.output, OUTPUT);
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.from..self.to).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        allocate(&mut self.input, INPUT);
        if self.from > 0 {
            self.input.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        self.input.get_mut(self.to..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.to = self.to.saturating_add(amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.from = self.from.saturating_add(amount).min(self.to);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        allocate(&mut self.output, OUTPUT);
        self.input_append_buf();
        (self.input.get_mut(self.to..).unwrap_or_default(), &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.from < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever comes, however much of it is consumed at once: what was received goes out again, in order.
        #[test]
        fn nothing_is_lost_and_nothing_is_there_twice(steps in proptest::collection::vec((0_usize..6000, 0_usize..6000), 0..60)) {
            let mut room = Room::default();
            let (mut next, mut seen) = (0_u8, 0_u8);
            for (come, consumed) in steps {
                let free = room.input_append_buf();
                let come = come.min(free.len());
                for byte in &mut free[..come] {
                    *byte = next;
                    next = next.wrapping_add(1);
                }
                room.input_appended(come);
                let consumed = consumed.min(room.input().len());
                for byte in &room.input()[..consumed] {
                    prop_assert_eq!(*byte, seen);
                    seen = seen.wrapping_add(1);
                }
                room.input_consume(consumed);
                prop_assert_eq!(room.can_use_input(), consumed > 0 && !room.input().is_empty());
            }
        }
    }

    #[test]
    fn there_is_room_before_anything_was_received() {
        let mut room = Room::default();
        assert!(room.input().is_empty() && !room.can_use_input());
        let (spare, output) = room.tmp_and_output();
        assert_eq!((spare.len(), output.len()), (INPUT, OUTPUT));
        // More than is there is never consumed or appended.
        room.input_consume(1);
        room.input_appended(usize::MAX / 2);
        assert_eq!(room.input().len(), INPUT);
    }
}
