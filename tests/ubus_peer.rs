//! The crate `ubus-rs`, which somebody else wrote, on the same bus: what one sends, the other reads.

use ddnsd_testkit::bus::Bus;
use serde_json::json;
use ubus_rs::{ATTR_OBJID, MsgType, UbusClient, parse_attr_u32};

fn peer(bus: &Bus) -> UbusClient {
    UbusClient::connect(bus.socket().to_str().unwrap()).unwrap()
}

#[test]
fn a_notification_of_the_peer_is_heard() {
    let bus = Bus::start();
    let mut peer = peer(&bus);
    let object = peer.add_object("peer").unwrap();
    let client = bus.client();
    let found = client.wait_for_object("peer");
    assert_eq!((found.path.as_str(), found.id), ("peer", object));
    client.subscribe("peer");
    peer.notify(object, "changed", |blob| {
        blob.blobmsg_add_string("interface", "wän");
        blob.blobmsg_add_string("", "");
        blob.blobmsg_add_u32("count", 4_000_000_000);
    })
    .unwrap();
    // blobmsg's integers of 32 bits are signed.
    assert_eq!(client.wait_for("changed"), json!({"interface": "wän", "": "", "count": 4_000_000_000_u32 as i32}));
}

#[test]
fn the_peer_reads_a_subscription_and_a_call() {
    let bus = Bus::start();
    let mut peer = peer(&bus);
    let object = peer.add_object("peer").unwrap();
    let client = bus.client();
    client.wait_for_object("peer");
    client.subscribe("peer");
    let notice = peer.recv().unwrap();
    assert_eq!(notice.msg_type, MsgType::Notify);
    assert_eq!(parse_attr_u32(&notice.body, ATTR_OBJID), Some(object));
    client.link().with(|client| client.tell("peer", "hello", Vec::new()));
    let call = peer.recv().unwrap();
    assert_eq!(call.msg_type, MsgType::Invoke);
    assert_eq!(parse_attr_u32(&call.body, ATTR_OBJID), Some(object));
}
