//! The `User-Agent`'s two forms.

use super::*;
use proptest::prelude::*;

fn router(model: &str, firmware: &str) -> Platform {
    Platform::OpenWrt { device: "OpenWrt".into(), model: model.into(), firmware: firmware.into() }
}

#[test]
fn the_hardware_form_on_a_router() {
    let platform = router("TP-Link Archer C7 v5", "24.10.1");
    assert_eq!(
        user_agent(&platform, Some("admin@example.com")),
        format!("ddnsd OpenWrt-TP-Link-Archer-C7-v5/24.10.1-ddnsd-{} admin@example.com", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_software_form_elsewhere() {
    let platform = Platform::Other { system: "Linux 6.12.0".into() };
    assert_eq!(
        user_agent(&platform, Some("admin@example.com")),
        format!("ddnsd ddnsd/Linux-6.12.0-{} admin@example.com", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_missing_or_empty_contact_says_so() {
    for contact in [None, Some(""), Some(" \r\n")] {
        let agent = user_agent(&router("x", "y"), contact);
        assert!(agent.ends_with(" contact-not-set@ddnsd.invalid"), "{agent}");
    }
}

proptest! {
    #[test]
    fn three_parts_one_space_between_whatever_the_system_says(model: String, firmware: String, contact: String) {
        for platform in [router(&model, &firmware), Platform::Other { system: model.clone() }] {
            let agent = user_agent(&platform, Some(&contact));
            let parts: Vec<&str> = agent.split(' ').collect();
            prop_assert_eq!(parts.len(), 3);
            prop_assert!(parts.iter().all(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_graphic())));
            prop_assert_eq!(parts[1].matches('/').count(), 1);
            prop_assert!(agent.len() < 300);
        }
    }
}
