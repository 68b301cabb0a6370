//! The `User-Agent`, in the two forms that No-IP asks for (docs/protocol.md).

/// What the program runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A router: the hardware form.
    OpenWrt {
        /// The distribution (`OpenWrt`): the device's name.
        device: String,
        /// The board's model (`TP-Link Archer C7 v5`).
        model: String,
        /// The firmware's version (`24.10.1`).
        firmware: String,
    },
    /// Anything else: the software form.
    Other {
        /// The system and its version (`Linux 6.12.0`).
        system: String,
    },
}

/// The contact where none is configured: says so, and is nobody's address.
const DEFAULT_CONTACT: &str = "contact-not-set@ddnsd.invalid";
/// A part longer than this is cut: a header stays small whatever the system calls itself.
const PART_LIMIT: usize = 64;

/// `Company DeviceName-Model/Firmware contact` on OpenWrt, `Company NameOfProgram/OSVersion-ReleaseVersion contact`
/// elsewhere: three parts, one space between them, none inside, printable ASCII only.
pub fn user_agent(platform: &Platform, contact: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let contact = contact.map(|it| part(it, DEFAULT_CONTACT)).unwrap_or_else(|| DEFAULT_CONTACT.into());
    match platform {
        Platform::OpenWrt { device, model, firmware } => {
            let (device, model) = (part(device, "OpenWrt"), part(model, "unknown"));
            format!("ddnsd {device}-{model}/{}-ddnsd-{version} {contact}", part(firmware, "unknown"))
        }
        Platform::Other { system } => format!("ddnsd ddnsd/{}-{version} {contact}", part(system, "unknown")),
    }
}

/// A part's text: what is not printable ASCII, a space, or `/` (which separates) becomes `-`, one for many.
fn part(text: &str, otherwise: &str) -> String {
    let mut part = String::new();
    for it in text.trim().chars() {
        match it {
            '!'..='~' if it != '/' => part.push(it),
            _ if part.ends_with('-') || part.is_empty() => {}
            _ => part.push('-'),
        }
        if part.len() == PART_LIMIT {
            break;
        }
    }
    let part = part.trim_end_matches('-');
    if part.is_empty() { otherwise.into() } else { part.into() }
}
