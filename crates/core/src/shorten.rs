//! A document that is too long for one message of the bus, made to fit: what nobody has to act on goes first.

use serde_json::Value;

/// What tells a reader that something was left out.
pub const TRUNCATED: &str = "truncated";

/// The states of hosts, in the order in which they are left out: a person misses a halted host last.
const EXPENDABLE: [&str; 4] = ["current", "offline", "stale", "halted"];

/// Leaves out of the document of `status`, where its size is over `limit`, the hosts that are current, and says so. Where
/// that is not enough, then as many others as have to go; then mistakes of the configuration, and whole accounts.
pub fn shorten(document: &mut Value, size: &dyn Fn(&Value) -> usize, limit: usize) {
    if size(document) <= limit {
        return;
    }
    document[TRUNCATED] = true.into();
    let mut excess = size(document).saturating_sub(limit);
    for state in EXPENDABLE {
        // All that are current, so that what is left out does not depend on a byte more or less.
        let mut left = if state == EXPENDABLE[0] { usize::MAX } else { excess };
        for account in list(document, "accounts").into_iter().flatten().rev() {
            drop_last(list(account, "hosts"), &mut left, size, &|host| host["state"] == state);
        }
        excess = size(document).saturating_sub(limit);
    }
    drop_last(list(document, "errors"), &mut excess, size, &|_| true);
    drop_last(list(document, "accounts"), &mut excess, size, &|account| account["state"] == "current");
    drop_last(list(document, "accounts"), &mut excess, size, &|_| true);
}

fn list<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    value.get_mut(name)?.as_array_mut()
}

/// Takes from the end of a list what may go, until it makes up for the excess.
fn drop_last(
    list: Option<&mut Vec<Value>>,
    excess: &mut usize,
    size: &dyn Fn(&Value) -> usize,
    may_go: &dyn Fn(&Value) -> bool,
) {
    let Some(list) = list else { return };
    let mut kept = Vec::new();
    while let Some(item) = list.pop() {
        if *excess > 0 && may_go(&item) {
            *excess = excess.saturating_sub(size(&item));
        } else {
            kept.push(item);
        }
    }
    kept.reverse();
    *list = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn size(value: &Value) -> usize {
        value.to_string().len()
    }

    fn document(states: &[&[&str]]) -> Value {
        let host = |(at, state): (usize, &&str)| json!({"hostname": format!("h{at}"), "state": state});
        let accounts = states.iter().map(|states| {
            let state = if states.iter().all(|it| *it == "current") { "current" } else { "halted" };
            json!({"state": state, "hosts": states.iter().enumerate().map(host).collect::<Value>()})
        });
        json!({"accounts": accounts.collect::<Value>(), "errors": [{"message": "x".repeat(60)}]})
    }

    fn states(document: &Value) -> Vec<Vec<&str>> {
        let hosts = |account: &'_ Value| account["hosts"].as_array().unwrap().clone();
        let word = |host: &Value| EXPENDABLE.into_iter().find(|it| host["state"] == *it).unwrap();
        document["accounts"].as_array().unwrap().iter().map(|it| hosts(it).iter().map(word).collect()).collect()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let whole = document(&[&["current", "stale"], &["halted"]]);
        let mut same = whole.clone();
        shorten(&mut same, &size, size(&whole));
        assert_eq!(same, whole);
        assert!(same.get(TRUNCATED).is_none());
    }

    #[test]
    fn hosts_that_are_current_go_first_and_all_of_them() {
        let mut long = document(&[&["current", "stale", "current"], &["halted", "current"], &["offline"]]);
        let limit = size(&long) - 1;
        shorten(&mut long, &size, limit);
        assert_eq!(long[TRUNCATED], true);
        assert_eq!(states(&long), [vec!["stale"], vec!["halted"], vec!["offline"]]);
        assert_eq!(long["errors"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_document_without_accounts_gets_none() {
        let [one, other] = ["a".repeat(50), "b".repeat(50)];
        let mut long = json!({"errors": [one, other]});
        let short = json!({"errors": [one], "truncated": true});
        // The comma between the two counts for neither.
        shorten(&mut long, &size, size(&short) + 1);
        assert_eq!(long, short);
    }

    #[test]
    fn whatever_the_limit_it_fits_and_a_halted_host_goes_last() {
        let whole = document(&[&["current", "stale", "halted"], &["offline", "stale", "current"], &["current"]]);
        let empty = size(&json!({"accounts": [], "errors": [], "truncated": true}));
        for limit in empty..size(&whole) {
            let mut short = whole.clone();
            shorten(&mut short, &size, limit);
            assert!(size(&short) <= limit, "{limit}: {short}");
            let left = states(&short).concat();
            assert!(!left.contains(&"current"));
            assert!(!left.contains(&"stale") || left.contains(&"halted"), "{left:?}");
            assert!(!left.contains(&"offline") || left.iter().filter(|it| **it == "stale").count() == 2, "{left:?}");
        }
    }
}
