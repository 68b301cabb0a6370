//! What the end of a run means to an account.

use super::Name;
use super::run::{Ending, FamilyEnd};
use crate::protocol::{Code, HostAnswer, Refusal, Reply};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What an end means to an account; the addresses are those that were to be set.
pub(super) fn reply(ending: Ending, host: &Name, ipv4: Option<Ipv4Addr>, ipv6: Option<Ipv6Addr>) -> Reply {
    let refused = |code, message| Reply::Refused(Refusal { code, message, ipv4: None, ipv6: None });
    match ending {
        Ending::Families { ipv4: end4, ipv6: end6 } => families(host, (end4, ipv4), (end6, ipv6)),
        Ending::Refused { code, message } => refused(code, message),
        Ending::Alias => {
            let message = format!("{host} is a CNAME, an alias of another name: servers drop such an update silently");
            refused(Code::Rejected, message)
        }
        Ending::Clock { ahead } => Reply::WrongClock(match ahead {
            Some(seconds @ 0..) => {
                format!("the DNS server's clock is {seconds} seconds ahead of this router's (BADTIME)")
            }
            Some(seconds) => format!("the DNS server's clock is {} seconds behind this router's (BADTIME)", -seconds),
            None => "the DNS server's clock differs from this router's (BADTIME)".into(),
        }),
        Ending::Failed(what) => Reply::Foreign(what),
    }
}

type End<A> = (Option<FamilyEnd>, Option<A>);

fn families(host: &Name, (end4, ipv4): End<Ipv4Addr>, (end6, ipv6): End<Ipv6Addr>) -> Reply {
    let is = |end| end4 == Some(end) || end6 == Some(end);
    let set = |end: Option<FamilyEnd>| matches!(end, Some(FamilyEnd::Good | FamilyEnd::NoChange));
    let (ipv4, ipv6) = (ipv4.filter(|_| set(end4)), ipv6.filter(|_| set(end6)));
    if is(FamilyEnd::Ambiguous) {
        let message = format!("{host} has several records of this type, and none of them is the one set last");
        return Reply::Refused(Refusal { code: Code::Ambiguous, message, ipv4: None, ipv6: None });
    }
    if is(FamilyEnd::Missing) {
        let kind = if end4 == Some(FamilyEnd::Missing) { "A" } else { "AAAA" };
        let message = format!("{host} has no {kind} record: create it once at the server, or write option create '1'");
        return Reply::Refused(Refusal { code: Code::NoHost, message, ipv4, ipv6 });
    }
    let code = if is(FamilyEnd::Good) { Code::Good } else { Code::NoChange };
    Reply::Hosts(vec![HostAnswer { code, ipv4, ipv6 }])
}
