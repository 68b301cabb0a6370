//! Services of ddns-scripts that no table can serve: why, and the nearest thing that works.

const SCRIPTS: &[&str] = &[
    "aliyun.com",
    "beget.com",
    "bind-nsupdate",
    "blazingfast.io",
    "cloud.google.com-v1",
    "cloudflare.com-v1",
    "cloudflare.com-v4",
    "cnkuai.cn",
    "digitalocean.com-v2",
    "dnspod.cn",
    "dnspod.cn-v3",
    "freedns.42.pl",
    "gandi.net",
    "godaddy.com-v1",
    "hetzner.cloud",
    "huaweicloud.com",
    "luadns.com-v1",
    "mythic-beasts.com",
    "mythic-beasts.com (api v2)",
    "namesilo.com-v1",
    "netcup.com",
    "ns1.com",
    "one.com",
    "pdns",
    "powerdns",
    "porkbun.com-v3",
    "route53-v1",
    "scaleway.com",
    "scaleway dns",
    "servercow.de",
    "transip.nl",
];

const WITHOUT_A_WORD: &[&str] = &[
    "ddo.jp",
    "dhis.org",
    "dnsever.com",
    "dnsmax.com",
    "duiadns.net",
    "goip.de",
    "no-ip.pl",
    "system-ns.com",
    "thatip.com",
    "twodns.de",
];

/// Whether ddns-scripts has a script for this service's own API.
pub(super) fn is_api(name: &str) -> bool {
    SCRIPTS.contains(&name)
}

/// Why there is no such service here.
pub(super) fn reason(name: &str) -> String {
    let begins = |it: &&&str| it.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '.']));
    let is_other_api = matches!(name, "cloudxns.net" | "ionos" | "nfsn" | "spaceship" | "dinahosting");
    if SCRIPTS.contains(&name) || SCRIPTS.iter().any(|it| begins(&it)) || is_other_api {
        format!(
            "'{name}' needs a script for the service's own API, and ddnsd runs none: keep ddns-scripts for this \
             section, \
             or update a host of another service and point a CNAME at it"
        )
    } else if WITHOUT_A_WORD.contains(&name) {
        format!(
            "'{name}' does not say in a known word that an update succeeded, so ddnsd could not tell: keep \
             ddns-scripts for \
             this section, or write an entry in /etc/ddnsd/services.d (docs/services.md)"
        )
    } else if matches!(name, "google.com" | "domains.google.com" | "dnsdynamic.org" | "pdd.yandex.ru" | "yandex") {
        format!("'{name}' has closed its dynamic DNS: choose another service")
    } else if name == "emailonly" {
        "it only sends mail: a script in /etc/hotplug.d/ddnsd is run when the address of another account changes".into()
    } else {
        format!(
            "'{name}' is in no table of services: write option service 'custom' with its server and path, or an entry \
             in /etc/ddnsd/services.d (docs/services.md)"
        )
    }
}

/// Why a script of the person's own is not carried over.
pub(super) fn script(script: &str) -> String {
    let file = script.split_whitespace().next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    format!(
        "update_script ({file}) is a script, and ddnsd runs none: if it only asks for a URL, write an entry in \
         /etc/ddnsd/services.d (docs/services.md); otherwise keep ddns-scripts for this section"
    )
}
