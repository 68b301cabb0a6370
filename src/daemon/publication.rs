//! The daemon's own object on one connection: asked for, and asked for again where ubusd refuses it.
//!
//! ```text
//!   Asked ──its id──▶ Published
//!    │ ▲
//!    │ └─ the pause is over ─┐
//!    └─ refused ──────────▶ Refused ──after the last pause──▶ GivenUp
//! ```
//!
//! ubusd refuses a name that is taken, by the daemon before this one for example, and one that its ACL, as far as it has
//! read it, does not grant. Both pass soon or never: after a minute nobody is woken up for it any more. A new connection
//! starts anew.

use crate::time::Instant;
use crate::ubus::client::Method;
use crate::ubus::{Client, Reply, RequestError, RequestId};
use log::Level;
use std::time::Duration;

/// The object's path.
const PATH: &str = "ddnsd";
/// The pauses after the first refusal, the second and so on, in seconds; after the next one no more is tried.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 32];

/// Whether the object is there, or what is done about it.
pub enum Publication {
    /// ubusd has not answered yet.
    Asked {
        /// What it was asked.
        request: RequestId,
        /// How often it has refused so far.
        refusals: usize,
    },
    /// It is asked again.
    Refused {
        /// When.
        again_at: Instant,
        /// How often it has refused so far.
        refusals: usize,
    },
    /// There, under this id.
    Published(u32),
    /// Refused to the last.
    GivenUp,
}

impl Publication {
    /// Asks for it on a new connection.
    pub fn start(client: &mut Client, methods: &[Method<'static>]) -> Self {
        Publication::Asked { request: client.add_object(Some(PATH), methods), refusals: 0 }
    }

    /// Its id, once it is there.
    pub fn object(&self) -> Option<u32> {
        match self {
            Publication::Published(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether this is the request for it.
    pub fn asked(&self, answered: RequestId) -> bool {
        matches!(self, Publication::Asked { request, .. } if *request == answered)
    }

    /// When [`Publication::tend`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Publication::Refused { again_at, .. } => Some(*again_at),
            _ => None,
        }
    }

    /// Asks again where that is due.
    pub fn tend(&mut self, now: Instant, client: &mut Client, methods: &[Method<'static>]) {
        if let Publication::Refused { again_at, refusals } = *self
            && again_at <= now
        {
            *self = Publication::Asked { request: client.add_object(Some(PATH), methods), refusals };
        }
    }

    /// Takes the answer in: the line for the log, where there is something new to say.
    #[must_use]
    pub fn replied(&mut self, now: Instant, result: Result<Reply, RequestError>) -> Option<(Level, String)> {
        let refusals = match self {
            Publication::Asked { refusals, .. } => *refusals,
            _ => return None,
        };
        let error = match result {
            Ok(Reply::Object(id)) => {
                *self = Publication::Published(id);
                return (refusals > 0).then(|| (Level::Info, format!("the object {PATH} is published on ubus now")));
            }
            Ok(_) => "the answer names no object".to_owned(),
            Err(error) => error.to_string(),
        };
        let Some(pause) = PAUSES.get(refusals) else {
            *self = Publication::GivenUp;
            return Some((
                Level::Error,
                format!(
                    "ubusd has refused the object {PATH} {} times, at last: {error}; it is not asked again: LuCI and `ddnsd status` find no daemon until ddnsd or ubusd is restarted (see /usr/share/acl.d/ddnsd.json)",
                    refusals + 1
                ),
            ));
        };
        *self = Publication::Refused { again_at: now + Duration::from_secs(*pause), refusals: refusals + 1 };
        (refusals == 0).then(|| {
            (
                Level::Error,
                format!(
                    "cannot publish the object {PATH} on ubus: {error} (is another ddnsd running? is /usr/share/acl.d/ddnsd.json there, and ubusd restarted since?); trying again for a minute"
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ubus::Status;

    const REFUSAL: Result<Reply, RequestError> = Err(RequestError::Status(Status::INVALID_ARGUMENT));

    fn seconds(secs: u64) -> Instant {
        Instant::from_secs(secs)
    }

    /// Refused at once whenever it asks, until `refusals`: the object, its client, and the seconds when it asked.
    fn refused(refusals: usize) -> (Publication, Client, Vec<u64>, Vec<(Level, String)>) {
        let (mut client, mut lines) = (Client::new(), Vec::new());
        let mut publication = Publication::start(&mut client, &[]);
        let mut asked = vec![0];
        lines.extend(publication.replied(seconds(0), REFUSAL));
        while asked.len() < refusals {
            let Some(at) = publication.deadline() else { break };
            publication.tend(at - Duration::from_millis(1), &mut client, &[]);
            assert_eq!(publication.deadline(), Some(at), "not before its time");
            publication.tend(at, &mut client, &[]);
            assert_eq!(publication.deadline(), None, "it waits for the answer asleep");
            asked.push(at.as_millis() / 1000);
            lines.extend(publication.replied(at, REFUSAL));
        }
        let sent = std::iter::from_fn(|| client.poll_transmit()).count();
        assert_eq!(sent, asked.len());
        (publication, client, asked, lines)
    }

    #[test]
    fn it_is_asked_with_growing_pauses_for_a_minute_and_never_again() {
        let (mut publication, mut client, asked, lines) = refused(100);
        assert_eq!(asked, [0, 1, 3, 7, 15, 31, 63]);
        assert_eq!(publication.deadline(), None);
        publication.tend(seconds(1_000_000), &mut client, &[]);
        assert!(client.poll_transmit().is_none());
        assert_eq!(publication.object(), None);
        assert_eq!(
            lines,
            [
                (
                    Level::Error,
                    "cannot publish the object ddnsd on ubus: invalid argument (is another ddnsd running? is /usr/share/acl.d/ddnsd.json there, and ubusd restarted since?); trying again for a minute".to_owned()
                ),
                (
                    Level::Error,
                    "ubusd has refused the object ddnsd 7 times, at last: invalid argument; it is not asked again: LuCI and `ddnsd status` find no daemon until ddnsd or ubusd is restarted (see /usr/share/acl.d/ddnsd.json)".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn that_it_worked_is_said_where_it_was_refused_before() {
        for refusals in 1..=PAUSES.len() {
            let (mut publication, mut client, _, _) = refused(refusals);
            publication.tend(seconds(1000), &mut client, &[]);
            let line = publication.replied(seconds(1000), Ok(Reply::Object(7)));
            assert_eq!(line, Some((Level::Info, "the object ddnsd is published on ubus now".to_owned())));
            assert_eq!((publication.object(), publication.deadline()), (Some(7), None));
        }
        let mut client = Client::new();
        let mut publication = Publication::start(&mut client, &[]);
        assert_eq!(publication.replied(seconds(0), Ok(Reply::Object(7))), None);
        assert_eq!(publication.object(), Some(7));
    }

    #[test]
    fn only_the_last_request_is_its_own() {
        let mut client = Client::new();
        let other = client.lookup(None);
        let mut publication = Publication::start(&mut client, &[]);
        let Publication::Asked { request, .. } = publication else { panic!() };
        assert!(publication.asked(request) && !publication.asked(other));
        assert!(publication.replied(seconds(0), REFUSAL).is_some());
        assert!(!publication.asked(request));
        publication.tend(seconds(1), &mut client, &[]);
        assert!(!publication.asked(request));
    }
}
