//! What no output may show.

use std::fmt;

/// Bytes that no output may show: `Debug` prints `***`, there is no `Display`, and the memory is
/// overwritten when it is dropped.
///
/// Overwritten as well as safe Rust can: the bytes that this value holds, not the copies that moving or growing
/// the `String` left behind before it came here.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret in.
    pub fn new(secret: String) -> Self {
        Secret(secret)
    }

    /// The secret itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Whoever looks at the zeros (for all that the compiler knows) keeps them from being optimised away.
        std::hint::black_box(&bytes);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("Sesame".to_owned());
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "*** Some(\n    ***,\n)");
        assert_eq!(secret.clone().reveal(), "Sesame");
    }
}
