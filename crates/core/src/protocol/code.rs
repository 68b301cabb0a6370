//! The protocol's words and how far each of them reaches (docs/protocol.md).

/// The protocol's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `good`
    Good,
    /// `nochg`
    NoChange,
    /// `nohost`
    NoHost,
    /// `notfqdn`
    NotFqdn,
    /// `!yours`
    NotYours,
    /// `numhost`
    NumHost,
    /// `badauth`
    BadAuth,
    /// `badsys`
    BadSys,
    /// `badagent`, also `good 127.0.0.1` that nobody asked for
    BadAgent,
    /// `!donator`
    NotDonator,
    /// `abuse`
    Abuse,
    /// `911`
    Fatal,
    /// `dnserr`
    DnsError,
    /// `interval`: asked too often. No word of the protocol: an entry's `words` translate into it.
    TooOften,
    /// `ambiguous`: several records of a zone could be meant. No word of the protocol.
    Ambiguous,
    /// `rejected`: the service refuses this very record, in words of its own. No word of the protocol.
    Rejected,
}

/// How far a [`Code`] reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The host is current.
    Success,
    /// The host needs a person.
    Host,
    /// The account needs a person.
    Account,
    /// The service asks for patience: at least 30 minutes (rule 5).
    Wait,
}

impl Code {
    /// Every code of the protocol, in its order.
    pub const ALL: [Code; 13] = [
        Code::Good,
        Code::NoChange,
        Code::NoHost,
        Code::NotFqdn,
        Code::NumHost,
        Code::NotYours,
        Code::BadAuth,
        Code::BadSys,
        Code::BadAgent,
        Code::NotDonator,
        Code::Abuse,
        Code::Fatal,
        Code::DnsError,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Good => "good",
            Code::NoChange => "nochg",
            Code::NoHost => "nohost",
            Code::NotFqdn => "notfqdn",
            Code::NotYours => "!yours",
            Code::NumHost => "numhost",
            Code::BadAuth => "badauth",
            Code::BadSys => "badsys",
            Code::BadAgent => "badagent",
            Code::NotDonator => "!donator",
            Code::Abuse => "abuse",
            Code::Fatal => "911",
            Code::DnsError => "dnserr",
            Code::TooOften => "interval",
            Code::Ambiguous => "ambiguous",
            Code::Rejected => "rejected",
        }
    }

    /// The code of a word, which has to be exact.
    pub fn from_word(word: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.as_str() == word)
    }

    /// The code of any word: the protocol's, and those that entries and zones add to them.
    pub fn from_any_word(word: &str) -> Option<Code> {
        let own = [Code::TooOften, Code::Ambiguous, Code::Rejected];
        Code::from_word(word).or_else(|| own.into_iter().find(|code| code.as_str() == word))
    }

    /// How far it reaches.
    pub fn class(self) -> Class {
        match self {
            Code::Good | Code::NoChange => Class::Success,
            Code::NoHost | Code::NotFqdn | Code::NotYours | Code::Ambiguous | Code::Rejected => Class::Host,
            Code::NumHost | Code::BadAuth | Code::BadSys | Code::BadAgent | Code::NotDonator | Code::Abuse => {
                Class::Account
            }
            Code::Fatal | Code::DnsError | Code::TooOften => Class::Wait,
        }
    }
}
