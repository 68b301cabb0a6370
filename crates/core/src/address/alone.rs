//! The choice where netifd does not answer: there are no interfaces to look at, only the web or the service.

use super::{Selection, Wanted};
use crate::config::{AccountConfig, Bind, InterfaceChoice, Ipv4Policy, Ipv6Policy};

/// The choice without netifd. With `patient`, an account that would rather see its interface's address waits
/// for netifd; without, it takes what web detection finds.
pub fn select_alone(config: &AccountConfig, patient: bool) -> Selection {
    let unknown = || Wanted::Unknown("netifd does not answer on ubus, so no interface's address is known".into());
    // The way out of a named interface is not known either, and what another one shows is another line's address.
    let open = |choice: &InterfaceChoice| config.bind == Bind::Never || *choice == InterfaceChoice::Auto;
    let (open4, open6) = (open(&config.interface), open(&config.interface6));
    let web = |open: bool| {
        if open { Wanted::Web { interface: None, device: None, local: None } } else { unknown() }
    };
    Selection {
        ipv4: match config.ipv4 {
            Ipv4Policy::Web => web(open4),
            Ipv4Policy::Auto if !patient => web(open4),
            Ipv4Policy::Auto | Ipv4Policy::Interface => unknown(),
            Ipv4Policy::Server if patient || !open4 => unknown(),
            Ipv4Policy::Server => Wanted::Server { basis: "no interface".into(), interface: None, device: None },
            Ipv4Policy::Off => Wanted::Off,
        },
        ipv6: match config.ipv6 {
            Ipv6Policy::Web => web(open6),
            Ipv6Policy::Auto if !patient && config.web_url6_own => web(open6),
            Ipv6Policy::Auto | Ipv6Policy::Interface => unknown(),
            Ipv6Policy::Off => Wanted::Off,
        },
        device: None,
        heard: true,
        settling: None,
        prefix: None,
        came_up: None,
        expires: None,
    }
}

/// The choice while nothing has been heard of the network yet.
pub fn select_nothing_yet(config: &AccountConfig) -> Selection {
    let unknown = || Wanted::Unknown("netifd has not said anything over ubus yet".into());
    Selection {
        ipv4: if config.ipv4 == Ipv4Policy::Off { Wanted::Off } else { unknown() },
        ipv6: if config.ipv6 == Ipv6Policy::Off { Wanted::Off } else { unknown() },
        device: None,
        heard: false,
        settling: None,
        prefix: None,
        came_up: None,
        expires: None,
    }
}
