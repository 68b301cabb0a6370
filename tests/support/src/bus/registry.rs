//! The test bus's clients and objects, and who subscribes to whom.

use ddnsd::ubus::message::{Attribute, Kind, Message};
use ddnsd::ubus::value::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

/// An object on the bus.
#[derive(Debug)]
pub struct Object {
    /// Its id.
    pub id: u32,
    /// Whose it is.
    pub client: u32,
    /// Where it is published, if it is.
    pub path: Option<String>,
    /// The objects that hear its notifications; one may be there twice.
    pub subscribers: Vec<u32>,
    /// The events that it hears.
    pub patterns: Vec<String>,
    /// The number of the last message that the bus itself sent to it.
    pub invoke_seq: u16,
    signature: Option<(u32, Table)>,
    order: u64,
}

impl Object {
    /// The id of its signature.
    pub fn kind(&self) -> Option<u32> {
        self.signature.as_ref().map(|(kind, _)| *kind)
    }

    /// What a lookup says of it: nothing at all, where it has no signature.
    pub fn describe(&self) -> Option<Vec<Attribute>> {
        let (kind, signature) = self.signature.as_ref()?;
        let mut attributes: Vec<_> = self.path.clone().map(Attribute::ObjPath).into_iter().collect();
        attributes.extend([
            Attribute::ObjId(self.id),
            Attribute::ObjType(*kind),
            Attribute::Signature(signature.clone()),
        ]);
        Some(attributes)
    }

    /// What its owner is told when its first subscriber comes or its last goes.
    pub fn subscribers_changed(&mut self) -> (u32, Message) {
        self.invoke_seq = self.invoke_seq.wrapping_add(1);
        let message = Message::new(Kind::Notify, self.invoke_seq, 0)
            .with(Attribute::ObjId(self.id))
            .with(Attribute::Active(!self.subscribers.is_empty()));
        (self.client, message)
    }
}

/// All that is on the bus.
#[derive(Debug, Default)]
pub struct Registry {
    clients: BTreeSet<u32>,
    objects: BTreeMap<u32, Object>,
    paths: BTreeMap<String, u32>,
    orders: u64,
}

impl Registry {
    /// A client with a new id.
    pub fn add_client(&mut self) -> u32 {
        loop {
            let id = random();
            if id != 0 && self.clients.insert(id) {
                return id;
            }
        }
    }

    /// Takes a client and its objects out: those, the newest first.
    pub fn remove_client(&mut self, client: u32) -> Vec<Object> {
        self.clients.remove(&client);
        let mut own: Vec<_> = self.objects.values().filter(|o| o.client == client).map(|o| (o.order, o.id)).collect();
        own.sort_unstable();
        own.into_iter().rev().filter_map(|(_, id)| self.remove_object(id)).collect()
    }

    /// Whether a client is connected.
    pub fn has_client(&self, client: u32) -> bool {
        self.clients.contains(&client)
    }

    /// A new object of `client`, whose path must be free.
    pub fn add_object(&mut self, client: u32, path: Option<String>, signature: Option<Table>) -> &Object {
        let id = self.free_id();
        self.orders += 1;
        if let Some(path) = &path {
            self.paths.insert(path.clone(), id);
        }
        let signature = signature.map(|table| (random(), table));
        let order = self.orders;
        self.objects.entry(id).or_insert(Object {
            id,
            client,
            path,
            subscribers: Vec::new(),
            patterns: Vec::new(),
            invoke_seq: 0,
            signature,
            order,
        })
    }

    fn free_id(&self) -> u32 {
        loop {
            let id = random();
            if id >= super::broker::FIRST_OBJECT && !self.objects.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes an object out.
    pub fn remove_object(&mut self, id: u32) -> Option<Object> {
        let object = self.objects.remove(&id)?;
        if let Some(path) = &object.path {
            self.paths.remove(path);
        }
        Some(object)
    }

    /// The object with this id.
    pub fn object(&self, id: u32) -> Option<&Object> {
        self.objects.get(&id)
    }

    /// The same, to change it.
    pub fn object_mut(&mut self, id: u32) -> Option<&mut Object> {
        self.objects.get_mut(&id)
    }

    /// The object at `path`.
    pub fn at(&self, path: &str) -> Option<&Object> {
        self.objects.get(self.paths.get(path)?)
    }

    /// The objects whose path starts with `prefix`, by path.
    pub fn under(&self, prefix: &str) -> Vec<&Object> {
        let paths = self.paths.iter().filter(|(path, _)| path.starts_with(prefix));
        paths.filter_map(|(_, id)| self.objects.get(id)).collect()
    }

    /// The objects that `subscriber` is subscribed to, once for each time.
    pub fn targets_of(&self, subscriber: u32) -> Vec<u32> {
        let times = |o: &Object| o.subscribers.iter().filter(|s| **s == subscriber).count();
        self.objects.values().flat_map(|o| std::iter::repeat_n(o.id, times(o))).collect()
    }

    /// The objects that hear the event `name`.
    pub fn listeners(&self, name: &str) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(move |o| o.patterns.iter().any(|pattern| matches(pattern, name)))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

/// Random enough that nobody can count on an id: a new random hasher's hash of nothing.
fn random() -> u32 {
    RandomState::new().hash_one(0u8) as u32
}
