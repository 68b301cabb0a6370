//! Many hosts to as few requests as the service allows (docs/protocol.md).

use super::{Dialect, encode};

/// A list of hosts stays under this many characters.
const LIST_LIMIT: usize = 4000;

/// The hosts in groups of what one request carries: as many as the service takes (20 with dyndns2), and a list
/// under 4,000 characters, in the given order. A service that is told no hosts gets one request for all of them; one
/// that wants the hosts of a request in one domain gets a request for each domain.
pub fn batches(dialect: &Dialect, hostnames: &[String]) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut lengths: Vec<usize> = Vec::new();
    let unbounded = dialect.answers_once && dialect.hostname.is_none() && dialect.hosts_per_request > 1;
    let most = dialect.hosts_per_request.max(1);
    for hostname in hostnames {
        let more = encode::name(hostname).len() + 1;
        let fits = |at: &usize| {
            unbounded
                || batches[*at].len() < most
                    && lengths[*at] + more < LIST_LIMIT
                    && (!dialect.one_domain || batches[*at].iter().all(|other| domain(other) == domain(hostname)))
        };
        let earliest = if dialect.one_domain { 0 } else { batches.len().saturating_sub(1) };
        match (earliest..batches.len()).find(fits) {
            Some(at) => {
                batches[at].push(hostname.clone());
                lengths[at] += more;
            }
            None => {
                batches.push(vec![hostname.clone()]);
                lengths.push(more - 1);
            }
        }
    }
    batches
}

/// The domain that a host most likely lies in: where it is not clear, too long a one, so that two domains never share a
/// request and one may need two.
fn domain(hostname: &str) -> String {
    let name = hostname.to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let below = match labels.as_slice() {
        // Each name below it is a domain of somebody's own.
        [.., "dedyn", "io"] => 3,
        // `example.co.uk`
        [.., second, top] if top.len() == 2 && second.len() <= 3 => 3,
        _ => 2,
    };
    labels[labels.len().saturating_sub(below)..].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stays_in_one_domain_where_it_has_to() {
        let dialect = Dialect { one_domain: true, ..Dialect::default() };
        let names = ["a.example.com", "me.dedyn.io", "b.example.com", "you.dedyn.io", "www.me.dedyn.io", "example.com"];
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        let expected: [&[&str]; 3] = [
            &["a.example.com", "b.example.com", "example.com"],
            &["me.dedyn.io", "www.me.dedyn.io"],
            &["you.dedyn.io"],
        ];
        assert_eq!(batches(&dialect, &names), expected);
        assert_eq!(batches(&Dialect::default(), &names), std::slice::from_ref(&names));
    }

    #[test]
    fn a_domain_is_rather_too_long_than_too_short() {
        for (host, expected) in [
            ("home.example.com", "example.com"),
            ("a.b.Example.COM", "example.com"),
            ("home.example.co.uk", "example.co.uk"),
            ("x.ab.de", "x.ab.de"),
            ("home.dedyn.io", "home.dedyn.io"),
            ("dedyn.io", "dedyn.io"),
            ("bare", "bare"),
            ("", ""),
        ] {
            assert_eq!(domain(host), expected);
        }
    }
}
