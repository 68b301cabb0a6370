//! What netifd said and what was chosen, in the words of the log for those who want to know everything.

use super::{Interface, Wanted};
use std::fmt::{Display, Formatter, Result};

impl Display for Interface {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if !self.up {
            return f.write_str(if self.pending { "being set up" } else { "down" });
        }
        f.write_str("up")?;
        if let Some(device) = &self.device {
            write!(f, " on {device}")?;
        }
        let mut separator = " with ";
        for address in &self.ipv4 {
            write!(f, "{separator}{address}")?;
            separator = ", ";
        }
        for address in &self.ipv6 {
            write!(f, "{separator}{}", address.value)?;
            separator = ", ";
        }
        for prefix in &self.prefixes {
            write!(f, "{separator}{}/{}", prefix.value.0, prefix.value.1)?;
            separator = ", ";
        }
        Ok(())
    }
}

impl Display for Wanted {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let interface = match self {
            Wanted::Off => return f.write_str("off"),
            Wanted::Unknown(why) => return write!(f, "none: {why}"),
            Wanted::Known(source) => {
                write!(f, "{}", source.address)?;
                &source.interface
            }
            Wanted::Web { interface, .. } => {
                f.write_str("what web detection finds")?;
                interface
            }
            Wanted::Server { interface, .. } => {
                f.write_str("what the service sees")?;
                interface
            }
        };
        match interface {
            Some(interface) => write!(f, " ({interface})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lifetime, Origin, Source};
    use super::*;

    #[test]
    fn an_interface_reads_like_this() {
        let down = Interface::default();
        let pending = Interface { pending: true, ..Interface::default() };
        let lasting = |value| Lifetime { value, preferred_until: None, valid_until: None, granted: None };
        let up = Interface {
            up: true,
            device: Some("eth0".into()),
            ipv4: vec![[192, 0, 2, 1].into(), [10, 0, 0, 1].into()],
            ipv6: vec![lasting("2001:db8::1".parse().unwrap())],
            ..Interface::default()
        };
        let bare = Interface { up: true, ..Interface::default() };
        let read = [down, pending, up, bare].map(|it| it.to_string());
        assert_eq!(read, ["down", "being set up", "up on eth0 with 192.0.2.1, 10.0.0.1, 2001:db8::1", "up"]);
    }

    #[test]
    fn a_choice_reads_like_this() {
        let wan = || Some("wan".to_owned());
        let address = "192.0.2.1".parse().unwrap();
        let known = Source { address, origin: Origin::Interface, interface: wan(), device: None };
        let server = Wanted::Server { basis: "x".into(), interface: wan(), device: None };
        let read = [
            Wanted::Known(known),
            Wanted::Web { interface: None, device: None, local: None },
            server,
            Wanted::Unknown("wan is down".into()),
            Wanted::Off,
        ]
        .map(|it| it.to_string());
        let expected =
            ["192.0.2.1 (wan)", "what web detection finds", "what the service sees (wan)", "none: wan is down"];
        assert_eq!(read[..4], expected);
        assert_eq!(read[4], "off");
    }
}
