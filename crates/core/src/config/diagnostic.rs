//! What is wrong with a configuration, in a form that `check`, the log, the status and LuCI share.

use std::fmt;
use uci::ParseError;

/// One thing that is wrong, or doubtful, in the configuration. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it keeps something from working.
    pub severity: Severity,
    /// The line, counted from 1, where there is one.
    pub line: Option<usize>,
    /// The section's name, where there is one (`@account[1]` for an anonymous one: UCI's form, the first
    /// of a type is 0).
    pub section: Option<String>,
    /// The option's name, where there is one.
    pub option: Option<String>,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The account (or the file) is left out.
    Error,
    /// It works all the same.
    Warning,
}

impl Diagnostic {
    /// For a person: `/etc/config/ddnsd:7: section 'home', option 'hostname': message`, after the line
    /// `warning: ` where it is only that.
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        InFile { file, diagnostic: self }
    }
}

impl From<&ParseError> for Diagnostic {
    fn from(error: &ParseError) -> Self {
        Diagnostic {
            severity: Severity::Error,
            line: Some(error.line),
            section: None,
            option: None,
            message: format!("column {}: {}", error.column, error.message),
        }
    }
}

struct InFile<'a> {
    file: &'a str,
    diagnostic: &'a Diagnostic,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { severity, line, section, option, message } = self.diagnostic;
        f.write_str(self.file)?;
        if let Some(line) = line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if *severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        match (section, option) {
            (Some(section), Some(option)) => write!(f, "section '{section}', option '{option}': ")?,
            (Some(section), None) => write!(f, "section '{section}': ")?,
            (None, Some(option)) => write!(f, "option '{option}': ")?,
            (None, None) => {}
        }
        f.write_str(message)
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Severity};

    #[test]
    fn a_line_for_a_person() {
        let mut diagnostic = Diagnostic {
            severity: Severity::Error,
            line: Some(7),
            section: Some("home".to_owned()),
            option: Some("hostname".to_owned()),
            message: "is missing".to_owned(),
        };
        let shown = |diagnostic: &Diagnostic| diagnostic.in_file("/etc/config/ddnsd").to_string();
        assert_eq!(shown(&diagnostic), "/etc/config/ddnsd:7: section 'home', option 'hostname': is missing");
        diagnostic.severity = Severity::Warning;
        diagnostic.option = None;
        assert_eq!(shown(&diagnostic), "/etc/config/ddnsd:7: warning: section 'home': is missing");
        let error = uci::parse(b"config").expect_err("incomplete");
        assert_eq!(
            shown(&Diagnostic::from(&error)),
            "/etc/config/ddnsd:1: column 1: 'config' needs a type and a name: config account 'home'"
        );
    }
}
