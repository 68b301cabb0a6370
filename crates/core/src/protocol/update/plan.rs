//! What to change, from what the zone has: one family at a time, then both in one message.

use super::Name;
use super::message::{A, AAAA, CNAME, IN, NONE, Record};
use super::run::FamilyEnd;
use std::net::IpAddr;

/// One family's address, and what the zone has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// The address to set.
    pub wanted: IpAddr,
    /// The address that this host was last acknowledged with.
    pub last: Option<IpAddr>,
    /// The records of the type at the host, once the server has said.
    pub records: Option<Vec<Record>>,
}

/// What is to be done about one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: this is how it ends.
    Ended(FamilyEnd),
    /// The old record goes, and the new one comes with its TTL.
    Replace { old: Record },
    /// There is none: it comes anew.
    Create,
}

impl Family {
    pub fn new(wanted: IpAddr, last: Option<IpAddr>) -> Family {
        Family { wanted, last, records: None }
    }

    pub fn kind(&self) -> u16 {
        if self.wanted.is_ipv4() { A } else { AAAA }
    }

    pub fn step(&self, create: bool) -> Step {
        let records = self.records.as_deref().unwrap_or_default();
        let of = |address: IpAddr| records.iter().find(|record| record.address() == Some(address));
        match records {
            [] if create => Step::Create,
            [] => Step::Ended(FamilyEnd::Missing),
            [single] if single.address() == Some(self.wanted) => Step::Ended(FamilyEnd::NoChange),
            [single] => Step::Replace { old: single.clone() },
            _ => match self.last.and_then(of) {
                Some(own) if self.last != Some(self.wanted) => Step::Replace { old: own.clone() },
                _ if of(self.wanted).is_some() => Step::Ended(FamilyEnd::NoChange),
                _ => Step::Ended(FamilyEnd::Ambiguous),
            },
        }
    }

    /// The prerequisites and the changes of a step: nothing that changed meanwhile is overwritten, nothing that vanished
    /// is made again.
    pub fn update(
        &self,
        host: &Name,
        step: &Step,
        ttl: u32,
        prerequisites: &mut Vec<Record>,
        changes: &mut Vec<Record>,
    ) {
        let record = |kind, class, ttl, data| Record { owner: host.clone(), kind, class, ttl, data };
        let data = match self.wanted {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        match step {
            Step::Ended(_) => {}
            Step::Replace { old } => {
                for there in self.records.as_deref().unwrap_or_default() {
                    prerequisites.push(record(self.kind(), IN, 0, there.data.clone()));
                }
                changes.push(record(self.kind(), NONE, 0, old.data.clone()));
                changes.push(record(self.kind(), IN, old.ttl, data));
            }
            Step::Create => {
                let without_cname = record(CNAME, NONE, 0, Vec::new());
                if !prerequisites.contains(&without_cname) {
                    prerequisites.push(without_cname);
                }
                prerequisites.push(record(self.kind(), NONE, 0, Vec::new()));
                changes.push(record(self.kind(), IN, ttl, data));
            }
        }
    }
}
