//! A request in flight: what its answer has brought so far.

use super::super::blob::MAX_BLOB;
use super::super::message::{Attribute, Message, id};
use super::super::value::Table;
use super::api::{ObjectInfo, RequestId};

/// How many objects or data one answer may bring.
const MAX_PARTS: usize = 4096;

/// How much one answer may bring in all: as much as one message could.
pub(super) const MAX_REPLY: usize = MAX_BLOB + 4096;

/// What an answer is collected for.
#[derive(Debug)]
pub(super) enum Purpose {
    Lookup(Vec<ObjectInfo>),
    AddObject(Option<u32>),
    Invoke {
        tables: Vec<Table>,
        by_path: bool,
    },
    /// A lookup that an INVOKE follows.
    Call {
        found: Option<u32>,
        method: String,
        arguments: Table,
        forget: bool,
    },
    Other,
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: RequestId,
    pub(super) purpose: Purpose,
    /// Bytes of DATA so far.
    pub(super) received: usize,
    /// The first thing that was wrong with the answer.
    pub(super) fault: Option<&'static str>,
}

impl Purpose {
    /// Whether the object was asked for by its path.
    pub(super) fn by_path(&self) -> bool {
        matches!(self, Purpose::Call { .. } | Purpose::Invoke { by_path: true, .. })
    }

    /// Takes one DATA in; gives the id of an object that is ours now.
    pub(super) fn collect(&mut self, message: Message) -> Result<Option<u32>, &'static str> {
        match self {
            Purpose::Lookup(objects) => {
                let object = object_info(message).ok_or("an object in the answer has no path or no id")?;
                if objects.len() >= MAX_PARTS {
                    return Err("the answer lists too many objects");
                }
                objects.push(object);
            }
            Purpose::AddObject(object) => {
                *object = message.objid();
                return Ok(*object);
            }
            Purpose::Invoke { tables, .. } => {
                if message.is_broken(id::DATA) {
                    return Err("the data in the answer is malformed");
                }
                if tables.len() >= MAX_PARTS {
                    return Err("the answer has too many parts");
                }
                let data = message.attributes.into_iter().find_map(|a| match a {
                    Attribute::Data(table) => Some(table),
                    _ => None,
                });
                tables.extend(data);
            }
            Purpose::Call { found, .. } => *found = found.or(message.objid()),
            Purpose::Other => {}
        }
        Ok(None)
    }
}

fn object_info(message: Message) -> Option<ObjectInfo> {
    let (path, id) = (message.objpath()?.to_owned(), message.objid()?);
    let signature = message.attributes.into_iter().find_map(|a| match a {
        Attribute::Signature(table) => Some(table),
        _ => None,
    });
    Some(ObjectInfo { path, id, signature: signature.unwrap_or_default() })
}
