//! The choice where netifd does not answer: there are no interfaces to look at, only the web or the service.

use super::{Selection, Wanted};
use crate::config::{AccountConfig, Ipv4Policy, Ipv6Policy};

/// The choice without netifd. With `patient`, an account that would rather see its interface's address waits
/// for netifd; without, it takes what web detection finds.
pub fn select_alone(config: &AccountConfig, patient: bool) -> Selection {
    let web = || Wanted::Web { interface: None, device: None };
    let unknown = || Wanted::Unknown("netifd does not answer on ubus, so no interface's address is known".into());
    Selection {
        ipv4: match config.ipv4 {
            Ipv4Policy::Web => web(),
            Ipv4Policy::Auto if !patient => web(),
            Ipv4Policy::Auto | Ipv4Policy::Interface => unknown(),
            Ipv4Policy::Server if patient => unknown(),
            Ipv4Policy::Server => Wanted::Server { basis: "no interface".into(), interface: None, device: None },
            Ipv4Policy::Off => Wanted::Off,
        },
        ipv6: match config.ipv6 {
            Ipv6Policy::Web => web(),
            Ipv6Policy::Auto if !patient && config.web_url6_own => web(),
            Ipv6Policy::Auto | Ipv6Policy::Interface => unknown(),
            Ipv6Policy::Off => Wanted::Off,
        },
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
        prefix: None,
        came_up: None,
        expires: None,
    }
}
