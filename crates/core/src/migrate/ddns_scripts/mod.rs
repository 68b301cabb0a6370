//! ddns-scripts' `/etc/config/ddns`, any version up to 2.8: a section is one host and one family.

mod api;
mod old;
mod section;
mod source;
mod target;

use super::draft::Draft;
use super::{Error, Remark, RemarkKind};
use crate::services::Table;
use uci::Package;

/// The sections as drafts, and what is to be said of each.
///
/// # Errors
/// The text is no UCI file, or has no section of ddns-scripts.
pub(super) fn read(text: &[u8], services: &Table, remarks: &mut Vec<Remark>) -> Result<Vec<Draft>, Error> {
    let package = uci::parse(text)?;
    if !package.sections.iter().any(|section| section.kind == "service") {
        return Err(Error::Nothing(format!("nothing in it is a service of ddns-scripts ({})", kinds(&package))));
    }
    let mut drafts = Vec::new();
    let mut anonymous = 0;
    for section in &package.sections {
        match section.kind.as_str() {
            "service" => {
                let name = section.name.clone().unwrap_or_else(|| {
                    anonymous += 1;
                    format!("@service[{}]", anonymous - 1)
                });
                let mut old = old::Old::new(section, name);
                match section::drafts(&mut old, services) {
                    Ok(mut some) => {
                        drafts.append(&mut some);
                        remarks.append(&mut old.remarks());
                    }
                    Err(why) => remarks.push(old.remark(RemarkKind::LeftOut, why)),
                }
            }
            "ddns" => remarks.extend(old::global(section)),
            kind => remarks.push(Remark {
                kind: RemarkKind::NotNeeded,
                section: section.name.clone(),
                line: section.line,
                message: format!("a section of type '{kind}' is nothing of ddns-scripts'"),
            }),
        }
    }
    Ok(drafts)
}

/// What a file has instead, in words.
fn kinds(package: &Package) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for section in &package.sections {
        let kind = format!("config {}", section.kind.replace(char::is_control, " "));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() { "it is empty".into() } else { format!("it has: {}", kinds.join(", ")) }
}
