//! The pages of web detection that an old configuration names.

/// Asked beside a page of the person's own, which may answer with nothing of use.
const DEFAULTS: [&str; 2] = ["http://ip1.dynupdate.no-ip.com/", "http://ip1.dynupdate6.no-ip.com/"];
/// Defaults of the old programs, which nobody chose: ddnsd has a default of its own.
const NOT_CHOSEN: &[&str] = &[
    "checkip.dyndns.com",
    "checkip.dyndns.org",
    "checkipv6.dyndns.com",
    "checkipv6.dyndns.org",
    "ip1.dynupdate.no-ip.com",
    "ip1.dynupdate6.no-ip.com",
];

/// A page of the person's own; with none, ddnsd asks its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages(Option<String>);

impl Pages {
    /// The page, `http://` where no scheme is said. `None`: it is no page that could be asked.
    pub(super) fn new(page: &str) -> Option<Self> {
        let page = page.trim();
        let page = if page.contains("://") { page.to_owned() } else { format!("http://{page}") };
        let rest = page.strip_prefix("http://").or_else(|| page.strip_prefix("https://"))?;
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        if NOT_CHOSEN.contains(&host) {
            return Some(Pages(None));
        }
        crate::config::is_web_url(&page).then_some(Pages(Some(page)))
    }

    pub(super) fn is_default(&self) -> bool {
        self.0.is_none()
    }

    /// What is written into `web_url` or `web_url6`: the page, then the default.
    pub(super) fn urls(&self, ipv6: bool) -> Vec<String> {
        let page = self.0.iter().cloned();
        page.flat_map(|page| [page, DEFAULTS[usize::from(ipv6)].to_owned()]).collect()
    }
}
