//! Drafts to accounts: the two families of a host together, hosts of one account together.

use super::draft::{Account, Draft, Source, Target};
use super::{Remark, RemarkKind};

/// One `config account` to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) name: String,
    /// The old sections, with their lines.
    pub(super) sections: Vec<(String, usize)>,
    pub(super) enabled: bool,
    pub(super) account: Account,
    /// The account of the IPv6 sections, where it is another URL than that of the IPv4 ones.
    pub(super) account6: Option<Account>,
    pub(super) hosts: Vec<String>,
    pub(super) ipv4: Option<Source>,
    pub(super) ipv6: Option<Source>,
}

/// Puts together what belongs together. Sections that differ in being enabled stay apart.
pub(super) fn merge(drafts: Vec<Draft>, remarks: &mut Vec<Remark>) -> Vec<Merged> {
    let mut single: Vec<Merged> = Vec::new();
    for draft in drafts {
        for host in &draft.hosts {
            one_host(&mut single, &draft, host, remarks);
        }
    }
    let mut merged: Vec<Merged> = Vec::new();
    for one in single {
        let same = merged.iter_mut().find(|it| {
            (it.enabled, &it.account, &it.account6, &it.ipv4, &it.ipv6)
                == (one.enabled, &one.account, &one.account6, &one.ipv4, &one.ipv6)
        });
        match same {
            Some(account) => {
                account.hosts.extend(one.hosts);
                for section in one.sections {
                    if !account.sections.contains(&section) {
                        account.sections.push(section);
                    }
                }
            }
            None => merged.push(one),
        }
    }
    name(&mut merged);
    merged
}

/// Adds one host of one family.
fn one_host(single: &mut Vec<Merged>, draft: &Draft, host: &str, remarks: &mut Vec<Remark>) {
    let section = (draft.section.clone(), draft.line);
    let mut same: Vec<&mut Merged> = single
        .iter_mut()
        .filter(|it| {
            it.enabled == draft.enabled && it.hosts[0].eq_ignore_ascii_case(host) && alike(&it.account, &draft.account)
        })
        .collect();
    let source = |it: &Merged| if draft.ipv6 { it.ipv6.clone() } else { it.ipv4.clone() };
    if let Some(first) = same.iter().find_map(|it| source(it)) {
        let fail_over = match (&first.interface, &draft.source.interface) {
            (Some(first), Some(second)) if first != second => {
                let option = if draft.ipv6 { "interface6" } else { "interface" };
                format!(
                    "; for a fail-over from {first} to {second} write both into its account, a line list {option} \
                     '{first}' \
                     and a line list {option} '{second}'"
                )
            }
            _ => String::new(),
        };
        remarks.push(Remark {
            kind: RemarkKind::LeftOut,
            section: Some(draft.section.clone()),
            line: draft.line,
            message: format!("updates '{host}', which another section updates too: the first one counts{fail_over}"),
        });
        return;
    }
    if let Some(other) = same.first_mut() {
        if draft.ipv6 {
            other.ipv6 = Some(draft.source.clone());
            other.account6 = (other.account != draft.account).then(|| draft.account.clone());
        } else {
            other.ipv4 = Some(draft.source.clone());
            if other.account != draft.account {
                other.account6 = Some(std::mem::replace(&mut other.account, draft.account.clone()));
            }
        }
        if !other.sections.contains(&section) {
            other.sections.push(section);
        }
        return;
    }
    single.push(Merged {
        name: String::new(),
        sections: vec![section],
        enabled: draft.enabled,
        account: draft.account.clone(),
        account6: None,
        hosts: vec![host.to_owned()],
        ipv4: (!draft.ipv6).then(|| draft.source.clone()),
        ipv6: draft.ipv6.then(|| draft.source.clone()),
    });
}

/// The same account but for the name of the address's parameter.
fn alike(one: &Account, other: &Account) -> bool {
    let plain = |account: &Account| {
        let mut account = account.clone();
        if let Target::Url(shape) = &mut account.target {
            shape.address = None;
            shape.tls = true;
        }
        account.plain = false;
        account.bind = false;
        account.force_interval = 0;
        account
    };
    plain(one) == plain(other)
}

/// The first section's name, without its family where both are in it; unique.
fn name(merged: &mut [Merged]) {
    // The one section that is no account has a name, too.
    let mut taken: Vec<String> = vec!["global".to_owned()];
    for (index, account) in merged.iter_mut().enumerate() {
        let old = account.sections[0].0.clone();
        let plain = ["_ipv4", "_ipv6", "ipv4", "ipv6", "_v4", "_v6", "v4", "v6"]
            .iter()
            .find_map(|suffix| old.strip_suffix(suffix))
            .filter(|rest| !rest.is_empty());
        let both = account.ipv4.is_some() && account.ipv6.is_some();
        let base = match plain {
            _ if old.starts_with('@') => format!("account{}", index + 1),
            Some(plain) if both => plain.to_owned(),
            _ => old,
        };
        // A title or a host's name has more in it than a section's name may.
        let base: String = base.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
        let base = if base.chars().all(|it| it == '_') { format!("account{}", index + 1) } else { base };
        let mut name = base.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        taken.push(name.clone());
        account.name = name;
    }
}
