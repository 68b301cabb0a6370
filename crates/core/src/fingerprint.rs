//! The salted fingerprint of an account's configuration: tells whether it changed, never what it says.

use crate::config::Secret;
use crate::state::hex;
use ring::hmac;

/// HMAC-SHA-256 of the account's identity, as hexadecimal digits.
pub fn fingerprint(salt: &[u8], identity: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    hex(hmac::sign(&key, identity.reveal().as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_the_salt_and_the_text_and_shows_neither() {
        let secret = |text: &str| Secret::new(text.into());
        let one = fingerprint(b"salt", &secret("password=hunter2"));
        assert_eq!(one.len(), 64);
        assert_eq!(one, fingerprint(b"salt", &secret("password=hunter2")));
        assert_ne!(one, fingerprint(b"salt", &secret("password=hunter3")));
        assert_ne!(one, fingerprint(b"tlas", &secret("password=hunter2")));
        assert!(!one.contains("hunter2"));
    }
}
