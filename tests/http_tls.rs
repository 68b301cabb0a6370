//! TLS against a real server: both versions, every kind of key, and every way in which a certificate can be wrong.

mod http_support;

use ddnsd::failure::ErrorKind;
use ddnsd_testkit::service::{Bundle, Certificate, Key, Script, Tls, Versions};
use http_support::{Exchange, answer, exchange, failure, plain, with_tls};

fn wrong(certificate: Certificate) -> String {
    let service = with_tls(Tls { certificate, ..Tls::default() });
    let message = failure(&exchange(&service), ErrorKind::Tls);
    assert!(service.requests().is_empty(), "credentials went to a server that was not verified");
    message
}

#[test]
fn both_versions_with_every_kind_of_key() {
    for (versions, name) in [(Versions::Tls12, "TLSv1.2"), (Versions::Tls13, "TLSv1.3"), (Versions::Both, "TLSv1.3")] {
        for key in [Key::Ecdsa, Key::EcdsaP384, Key::Rsa] {
            let service = with_tls(Tls { versions, key, ..Tls::default() });
            service.script([Script::answer(200, "good 192.0.2.1\r\n")]);
            let response = answer(&exchange(&service));
            assert_eq!((response.status, response.body.as_slice()), (200, &b"good 192.0.2.1\r\n"[..]));
            assert_eq!(service.requests()[0].tls, Some(name), "{key:?}");
        }
    }
}

#[test]
fn the_root_is_found_among_many() {
    for key in [Key::Ecdsa, Key::Rsa] {
        let service = with_tls(Tls { bundle: Bundle::Full, key, ..Tls::default() });
        answer(&exchange(&service));
    }
}

#[test]
fn a_name_is_verified_as_a_name() {
    let service = with_tls(Tls { names: vec!["localhost".to_owned()], ..Tls::default() });
    let by_name = format!("https://localhost:{}/nic/update", service.port());
    answer(&Exchange { url: by_name, ..exchange(&service) });
    let message = failure(&exchange(&service), ErrorKind::Tls);
    assert_eq!(message, "the certificate of 127.0.0.1 is for another name (localhost)");
}

#[test]
fn an_expired_certificate() {
    let message = wrong(Certificate::Expired);
    assert!(message.starts_with("the certificate of 127.0.0.1 has expired (on 20"), "{message}");
}

#[test]
fn a_certificate_of_the_future() {
    let message = wrong(Certificate::NotYetValid);
    assert!(message.starts_with("the certificate of 127.0.0.1 is not yet valid: is the clock right?"), "{message}");
}

#[test]
fn a_certificate_for_another_name() {
    assert_eq!(wrong(Certificate::WrongName), "the certificate of 127.0.0.1 is for another name (other.example)");
}

#[test]
fn an_unknown_authority() {
    let text = "the certificate of 127.0.0.1 was issued by an unknown authority; a private CA goes into option ca_file";
    assert_eq!(wrong(Certificate::UnknownAuthority), text);
}

/// A root is chosen by its name: one that has the name but not the key must not do.
#[test]
fn an_authority_of_the_same_name_with_another_key() {
    let message = wrong(Certificate::ForgedAuthority);
    assert!(message.starts_with("the certificate of 127.0.0.1 "), "{message}");
}

#[test]
fn a_certificate_for_clients() {
    let message = wrong(Certificate::WrongPurpose);
    let text = "the certificate of 127.0.0.1 is not acceptable: it does not say that it is for servers";
    assert_eq!(message, text);
}

#[test]
fn a_certificate_for_an_address_alone() {
    assert_eq!(wrong(Certificate::WrongAddress), "the certificate of 127.0.0.1 is for another name");
}

/// The story: `openssl req -x509` makes one for an authority, and people give it to their server.
#[test]
fn a_certificate_of_an_authority() {
    let text = "the certificate of 127.0.0.1 is one of an authority: let it sign another one for the server";
    assert_eq!(wrong(Certificate::Authority), text);
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let service = plain();
    let url = service.url("/nic/update").replace("http:", "https:");
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("empty.pem");
    std::fs::write(&ca_file, "").unwrap();
    let exchange = Exchange { url, ca_file: ca_file.display().to_string(), ..exchange(&service) };
    let message = failure(&exchange, ErrorKind::Tls);
    assert_eq!(message, format!("what 127.0.0.1 port {} answers is not TLS: is the port right?", service.port()));
}

#[test]
fn a_ca_file_that_is_not_there_is_said_before_anybody_is_bothered() {
    let service = with_tls(Tls::default());
    let exchange = Exchange { ca_file: "/nowhere/ca.pem".to_owned(), ..exchange(&service) };
    let message = failure(&exchange, ErrorKind::Tls);
    assert_eq!(message, "ca_file /nowhere/ca.pem cannot be read: no such file or directory");
    assert_eq!(service.connections(), 0);
}

#[test]
fn ca_files_that_hold_no_root() {
    let service = with_tls(Tls::default());
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read_to_string(service.ca_file().unwrap()).unwrap();
    let cut = good.replace("-----END CERTIFICATE-----", "");
    let spoiled = good.replacen("\nM", "\n!", 1);
    for bytes in [&b""[..], b"\0\xff\xfe", b"not PEM\n", cut.as_bytes(), spoiled.as_bytes()] {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, bytes).unwrap();
        let path = path.display().to_string();
        let message = failure(&Exchange { ca_file: path.clone(), ..exchange(&service) }, ErrorKind::Tls);
        assert_eq!(message, format!("ca_file {path} holds no certificate (PEM is expected)"));
    }
    let folder = folder.path().display().to_string();
    let message = failure(&Exchange { ca_file: folder.clone(), ..exchange(&service) }, ErrorKind::Tls);
    assert_eq!(message, format!("ca_file {folder} cannot be read: it is not a regular file"));
}

/// The story: opening a pipe waits until somebody writes into it, and nobody ever did.
#[test]
fn a_ca_file_that_would_never_end_is_not_opened() {
    let service = with_tls(Tls::default());
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe").display().to_string();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe, "/dev/zero".to_owned()] {
        let message = failure(&Exchange { ca_file: path.clone(), ..exchange(&service) }, ErrorKind::Tls);
        assert_eq!(message, format!("ca_file {path} cannot be read: it is not a regular file"));
    }
    assert_eq!(service.connections(), 0);
}

/// Each prefix of a bundle either has the root whole or is refused; none panics.
#[test]
fn every_truncated_ca_file() {
    let service = with_tls(Tls::default());
    let good = std::fs::read(service.ca_file().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    // From its last line's beginning on, the root is whole.
    let whole = String::from_utf8_lossy(&good).rfind("-----END").unwrap();
    for cut in (0..=whole).step_by(7).chain([whole]) {
        std::fs::write(&path, &good[..cut]).unwrap();
        failure(&Exchange { ca_file: path.display().to_string(), ..exchange(&service) }, ErrorKind::Tls);
    }
    assert!(service.requests().is_empty());
}
