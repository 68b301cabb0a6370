//! Which addresses an answer of success acknowledges (docs/protocol.md and rule 11).
//!
//! An answer that names no address acknowledges all that were sent. One that names some acknowledges those; of what was
//! sent and not named nothing is known. Another address than the one sent is no acknowledgement at all.

use super::Batch;
use crate::protocol::HostAnswer;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What one host's answer of success says of its addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Confirmed {
    /// The host has this IPv4 address now.
    pub ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub ipv6: Option<Ipv6Addr>,
    /// It was sent, and only the other family's address was named.
    pub unconfirmed: Option<IpAddr>,
    /// What was sent, and what the host has instead (rule 11).
    pub other: Option<(IpAddr, IpAddr)>,
}

impl Confirmed {
    pub fn by(answer: &HostAnswer, batch: &Batch) -> Self {
        // In `server` mode the answer says which address was taken: whatever it is, it is the one that was meant.
        let server = batch.basis.is_some();
        let sent = [batch.sent_ipv4().map(IpAddr::V4), batch.sent_ipv6().map(IpAddr::V6)];
        let named = [answer.ipv4.map(IpAddr::V4), answer.ipv6.map(IpAddr::V6)];
        if named == [None, None] {
            return Self::of(sent, None, None);
        }
        let meant = [sent[0].or(named[0].filter(|_| server)), sent[1]];
        let [differs4, differs6] = [0, 1].map(|at| meant[at].zip(named[at]).filter(|(sent, got)| sent != got));
        let met = (0..2).any(|at| meant[at].is_some() && named[at].is_some());
        // None of what was sent is named: what is named is of the other family.
        let elsewhere = || if met { None } else { meant[0].or(meant[1]).zip(named[0].or(named[1])) };
        let unconfirmed = (0..2).find(|at| meant[*at].is_some() && named[*at].is_none()).and_then(|at| meant[at]);
        let taken = [0, 1].map(|at| named[at].filter(|_| meant[at].is_some()));
        Self::of(taken, unconfirmed.filter(|_| met), differs4.or(differs6).or_else(elsewhere))
    }

    fn of(taken: [Option<IpAddr>; 2], unconfirmed: Option<IpAddr>, other: Option<(IpAddr, IpAddr)>) -> Self {
        let mut confirmed = Confirmed { ipv4: None, ipv6: None, unconfirmed, other };
        for address in taken.into_iter().flatten() {
            match address {
                IpAddr::V4(address) => confirmed.ipv4 = Some(address),
                IpAddr::V6(address) => confirmed.ipv6 = Some(address),
            }
        }
        confirmed
    }

    /// `192.0.2.25 and 2001:db8::25`; nothing where neither is known.
    pub fn words(&self) -> Option<String> {
        match (self.ipv4, self.ipv6) {
            (Some(ipv4), Some(ipv6)) => Some(format!("{ipv4} and {ipv6}")),
            (Some(ipv4), None) => Some(ipv4.to_string()),
            (None, Some(ipv6)) => Some(ipv6.to_string()),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{Origin, Source};
    use crate::protocol::Code;

    /// Sent, named, what it means: `4`, `6` are the very addresses, `x4`, `x6` others, `s` is `server` mode.
    #[test]
    fn r11_only_what_is_named_is_acknowledged() {
        for (sent, named, expected) in [
            ("4", "", "4"),
            ("4 6", "", "4 6"),
            ("4 6", "4 6", "4 6"),
            ("4", "4", "4"),
            ("6", "6", "6"),
            ("4", "4 6", "4"),
            ("4 6", "4", "4, 6 unconfirmed"),
            ("4 6", "6", "6, 4 unconfirmed"),
            ("4 6", "4 x6", "4 x6, x6 for 6"),
            ("4 6", "x4", "x4, 6 unconfirmed, x4 for 4"),
            ("4", "x4", "x4, x4 for 4"),
            ("4", "6", ", 6 for 4"),
            ("4", "x6", ", x6 for 4"),
            ("6", "4", ", 4 for 6"),
            ("s", "x4", "x4"),
            ("s", "", ""),
            ("s 6", "x4", "x4, 6 unconfirmed"),
            ("s 6", "x4 6", "x4 6"),
            ("s 6", "6", "6"),
            ("s 6", "", "6"),
        ] {
            assert_eq!(judged(sent, named), expected, "sent {sent:?}, named {named:?}");
        }
    }

    const FOUR: [&str; 2] = ["192.0.2.25", "203.0.113.9"];
    const SIX: [&str; 2] = ["2001:db8::25", "2001:db8::66"];

    fn judged(sent: &str, named: &str) -> String {
        let has = |text: &str, word: &str| text.split(' ').any(|it| it == word);
        let source = |address: &str| Source {
            address: address.parse().unwrap(),
            origin: Origin::Interface,
            interface: None,
            device: None,
        };
        let batch = Batch {
            hostnames: vec!["a".into()],
            ipv4: has(sent, "4").then(|| source(FOUR[0])),
            ipv6: has(sent, "6").then(|| source(SIX[0])),
            prefix: None,
            offline: false,
            basis: has(sent, "s").then(|| "wan".into()),
            device: None,
            recall: None,
            necessary: vec![false],
        };
        let pick = |plain: &str, other: &str, pair: [&'static str; 2]| {
            if has(named, plain) { Some(pair[0]) } else { has(named, other).then_some(pair[1]) }
        };
        let answer = HostAnswer {
            code: Code::Good,
            ipv4: pick("4", "x4", FOUR).map(|it| it.parse().unwrap()),
            ipv6: pick("6", "x6", SIX).map(|it| it.parse().unwrap()),
        };
        let it = Confirmed::by(&answer, &batch);
        let mut text = it.words().unwrap_or_default().replace(" and ", " ");
        if let Some(address) = it.unconfirmed {
            text += &format!(", {address} unconfirmed");
        }
        if let Some((sent, got)) = it.other {
            text += &format!(", {got} for {sent}");
        }
        for (address, word) in [(FOUR[0], "4"), (FOUR[1], "x4"), (SIX[0], "6"), (SIX[1], "x6")] {
            text = text.replace(address, word);
        }
        text
    }
}
