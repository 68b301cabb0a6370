//! Services with an API of their own, held against a table that has them by the names and options they have there.

use super::*;
use crate::services::Source;

fn table() -> Table {
    let text = r#"[{"name": "cloudflare.com", "aliases": ["cloudflare", "cloudflare.com-v4"], "server": "api.example",
                    "password": "token"}]"#;
    Table::new([Source::new("api.json", text)])
}

fn migrated(text: &str) -> Migration {
    let migration = migrate(text.as_bytes(), &table(), Options { enable: true }).unwrap();
    for remark in &migration.remarks {
        assert!(!remark.to_string().contains("s3cret"), "{remark}");
    }
    migration
}

#[test]
fn a_host_and_its_zone_are_parted() {
    for (domain, host, zone) in [
        ("home@example.com", "home.example.com", "example.com"),
        ("a.b@example.co.uk", "a.b.example.co.uk", "example.co.uk"),
        ("@example.com", "example.com", "example.com"),
        ("example.com@example.com", "example.com", "example.com"),
        ("home.example.com@example.com", "home.example.com", "example.com"),
        ("*@example.com", "*.example.com", "example.com"),
    ] {
        let old = format!(
            "config service 'cf'\n option enabled '1'\n option service_name 'cloudflare.com-v4'\n \
             option domain '{domain}'\n option username 'Bearer'\n option password 's3cret'\n"
        );
        let text = migrated(&old).text;
        let has = |line: &str| text.lines().any(|it| it.trim() == line);
        assert!(has("option service 'cloudflare.com'") && has("option enabled '1'"), "{text}");
        assert!(has(&format!("list hostname '{host}'")) && has(&format!("option zone '{zone}'")), "{text}");
        assert!(!text.contains("username") && has("option password 's3cret'"), "{text}");
    }
}

/// The account is there, and off, since a global key is not what it wants.
#[test]
fn a_global_key_is_no_token_and_how_to_make_one_is_said() {
    let old = "config service 'cf'\n option enabled '1'\n option service_name 'cloudflare.com-v4'\n \
               option domain 'home@example.com'\n option username 'me@example.com'\n option password 's3cret'\n";
    let migration = migrated(old);
    assert!(migration.text.contains("option enabled '0'") && !migration.text.contains("me@example.com"));
    assert!(migration.remarks.iter().any(|it| it.message.contains("Create Token")), "{:?}", migration.remarks);
    let ddclient = "protocol=cloudflare, zone=example.com, login=me@example.com, password=s3cret home.example.com\n";
    let migration = migrated(ddclient);
    assert_eq!(migration.accounts, 0);
    assert!(migration.text.contains("Create Token"), "{}", migration.text);
}

#[test]
fn inadyns_and_ddclients_tokens_become_accounts_with_a_zone() {
    let inadyn =
        "provider cloudflare.com {\n username = example.com\n password = s3cret\n hostname = home.example.com\n}\n";
    let ddclient = "protocol=cloudflare, zone=example.com, ttl=300, password=s3cret home.example.com\n";
    for old in [inadyn, ddclient] {
        let text = migrated(old).text;
        for line in ["service 'cloudflare.com'", "zone 'example.com'", "password 's3cret'"] {
            assert!(text.contains(&format!("option {line}")), "{text}");
        }
        assert!(text.contains("list hostname 'home.example.com'") && !text.contains("username"), "{text}");
    }
    let identifier = inadyn.replace("home.example.com", "fc9f4f7feb9f9ff8710c2b4f3fb6b5a0");
    assert_eq!(migrated(&identifier).accounts, 0, "a record's identifier is no host");
}

/// A file whose account has the name of `config global 'global'` cannot be read.
#[test]
fn no_account_has_the_name_of_another_section() {
    for old in [
        "config service 'global'\n option service_name 'noip.com'\n option domain 'a.example'\n option username 'u'\n \
         option password 's3cret'\n",
        "protocol=noip, login=u, password=s3cret global\n",
    ] {
        let text = migrated(old).text;
        assert!(text.contains("config account 'global_2'"), "{text}");
        assert!(uci::parse(text.as_bytes()).is_ok());
    }
}
