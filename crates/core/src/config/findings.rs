//! The diagnostics of one file while it is read, held to a number that a person reads and a router can keep.

use super::{Diagnostic, Severity};

/// How many diagnostics are kept; of more, only their number.
const MOST: usize = 200;

/// What has been found so far, in the order of the lines.
#[derive(Default)]
pub(super) struct Findings {
    kept: Vec<Diagnostic>,
    more: usize,
    /// Whether an error is among those that were not kept.
    error: bool,
}

impl Findings {
    /// Whether what is added now is only counted.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() == MOST
    }

    /// Adds one.
    pub(super) fn add(
        &mut self,
        severity: Severity,
        line: usize,
        section: Option<&str>,
        option: Option<&str>,
        message: &str,
    ) {
        if self.is_full() {
            self.more += 1;
            self.error |= severity == Severity::Error;
            return;
        }
        let diagnostic = Diagnostic {
            severity,
            line: Some(line),
            section: section.map(str::to_owned),
            option: option.map(str::to_owned),
            message: message.to_owned(),
        };
        // After those of the same line: they keep the order in which they were found.
        let at = self.kept.partition_point(|it| it.line <= diagnostic.line);
        self.kept.insert(at, diagnostic);
    }

    /// All of them, in the order of their lines.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let mut kept = self.kept;
        if self.more > 0 {
            kept.push(Diagnostic {
                severity: if self.error { Severity::Error } else { Severity::Warning },
                line: None,
                section: None,
                option: None,
                message: format!("{} more mistakes are not shown: mend these first", self.more),
            });
        }
        kept
    }
}
