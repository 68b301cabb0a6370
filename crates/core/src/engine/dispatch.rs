//! Who goes first, where not all can: what is due is told to the slots, and what they admit is asked and sent.

use super::account::Account;
use super::detection::Need;
use super::slots::{Next, Standing};
use super::{Action, Engine};
use crate::time::Now;

impl Engine {
    /// Gives free slots to what is to be asked or sent now: accounts that are well first, then in turn.
    pub(super) fn dispatch(&mut self, now: Now) {
        if self.context.slots.are_full() {
            return;
        }
        let reserved = self.is_slot_reserved();
        for number in 0..self.web.len() {
            self.ask(self.web[number], now, reserved);
        }
        let (accounts, context) = (&mut self.accounts, &mut self.context);
        self.ready.take(|standing, turn, at| {
            let account = &mut accounts[at];
            if account.turn() != Some(turn) {
                return Next::Out;
            }
            if context.slots.admit(account.standing(), &account.server(), reserved) {
                account.start(now, context);
                return Next::Out;
            }
            let another_may = standing == Standing::Unknown && !reserved && !context.slots.are_full();
            if another_may { Next::Stays } else { Next::Enough }
        });
    }

    /// Asks web detection what this account needs to know now.
    fn ask(&mut self, at: usize, now: Now, reserved: bool) {
        let account = &self.accounts[at];
        for need in account.web_needs() {
            if !self.is_due(&need, now) || !self.may_ask(account, &need, reserved) {
                continue;
            }
            if let Some((ticket, url)) = self.detection.ask(now.monotonic, &need, &mut self.context.tickets) {
                self.context.slots.take(ticket, &account.config.name, account.standing(), page(&need));
                self.context.remember();
                self.context.actions.push_back(Action::Detect {
                    ticket,
                    url,
                    ipv6: need.ipv6,
                    device: need.device.clone(),
                    config: account.config.clone(),
                });
            }
        }
    }

    pub(super) fn is_due(&self, need: &Need, now: Now) -> bool {
        self.detection.due(need).is_some_and(|due| due <= now.monotonic)
    }

    pub(super) fn may_ask(&self, account: &Account, need: &Need, reserved: bool) -> bool {
        self.context.slots.admit(account.standing(), &page(need), reserved)
    }

    /// Whether there is an account that the last slot is kept for.
    pub(super) fn is_slot_reserved(&self) -> bool {
        let may_send = |account: &&Account| account.config.enabled && !account.halted();
        self.accounts.iter().filter(may_send).any(|account| account.standing() == Standing::Well)
    }
}

/// Whom a question to web detection waits for.
fn page(need: &Need) -> String {
    need.urls.first().cloned().unwrap_or_default()
}
