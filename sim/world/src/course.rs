//! The course of a run: what people want, and what then happens in virtual time, put on a tape.

use super::breaks::Breaks;
use super::build::Builder;
use super::error::SimError;
use super::node::{Event, Node};
use super::tape::{Entry, Tape};
use throng_kernel::entity::{Class, EntityId};
use throng_kernel::windows::{Step, Windows};
use throng_stack::{Input, Peer, Stored};
use throng_workloads::generate::Workload;
use throng_workloads::intent::{Action, ClientId, Intent, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// How long after the last intent a run may still be busy before it is called finished.
const GRACE: SimSpan = SimSpan::from_secs(86_400);
/// No stretch of it is longer than about this: whoever looks in between wants to see it go on.
pub(super) const LONGEST: SimSpan = SimSpan::from_secs(1);

/// All of a run but its record.
pub(super) struct Course {
    pub(super) builder: Builder,
    pub(super) windows: Windows<Node>,
    /// What happened, in order, and was not yet taken.
    pub(super) tape: Tape,
    pub(super) workload: Workload,
    /// Connections that are to break.
    pub(super) breaks: Breaks,
    /// The next intent, taken from the workload but not yet due.
    pub(super) next: Option<Intent>,
    /// When the last intents are.
    pub(super) until: SimTime,
}

impl Course {
    /// Run windows, at least one, until about so many events were handled, or what comes next is not before `until`. False: nothing
    /// is left to happen. What is wanted in the first must have been injected. `meanwhile`: as [`Windows::step_beside`] has it.
    pub(super) fn run(
        &mut self,
        until: SimTime,
        events: u64,
        meanwhile: &mut (impl FnMut() -> bool + Send),
    ) -> Result<bool, SimError> {
        let begun = self.windows.now();
        let enough = self.windows.events_handled() + events;
        loop {
            let tape = &mut self.tape;
            let mut put = |now, entity, happening| tape.happened(now, entity, happening);
            let until = until.min(self.until + GRACE);
            let step = self.windows.step_beside(until, &mut put, meanwhile)?;
            if step == Step::Idle {
                return Ok(false);
            }
            self.inject()?;
            let next = self.windows.next_window();
            let over = next.is_none_or(|(start, _)| start >= until)
                || self.windows.events_handled() >= enough
                || self.windows.now().since(begun) >= LONGEST;
            if over {
                return Ok(true);
            }
        }
    }

    /// What each provider stores now.
    pub(super) fn stored(&self) -> Vec<Stored> {
        (0..self.builder.places.providers)
            .filter_map(|index| self.windows.entity(EntityId::from_index(index)))
            .map(Node::stored)
            .collect()
    }

    /// Inject what is wanted before the end of the next window.
    pub(super) fn inject(&mut self) -> Result<(), SimError> {
        loop {
            let wish = self.next.as_ref().map(|intent| intent.at);
            let breaks = self.breaks.next();
            // Who breaks off at the moment of a wish does so first.
            let first = breaks.filter(|at| wish.is_none_or(|wish| *at <= wish));
            let Some(at) = first.or(wish) else {
                return Ok(());
            };
            let window = self.windows.next_window();
            if window.is_some_and(|(_, end)| at >= end) {
                return Ok(());
            }
            if first.is_some() {
                self.reconnect()?;
            } else if let Some(intent) = self.next.take() {
                self.wish(intent)?;
                self.next = self.workload.next();
            }
        }
    }

    /// A provider goes, or is back: all its clients hear of it.
    fn reconnect(&mut self) -> Result<(), SimError> {
        let Some(moment) = self.breaks.take() else {
            return Ok(());
        };
        if self.builder.pushes() && !moment.is_end() {
            let provider = self.builder.places.entity(Peer::Provider(moment.provider));
            let event = Event::Input(Input::Reconnect);
            self.windows.inject(moment.at, provider, event)?;
        }
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            let Peer::Client(client) = self.builder.places.peer(entity) else {
                continue;
            };
            let known = self.workload.client(client);
            let home = known.map(|known| self.builder.home(known.user));
            if home.transpose()? == Some(moment.provider) {
                let at = self.breaks.heard(&moment, client, &self.builder.streams);
                let event = Event::Input(Input::Reconnect);
                self.windows.inject(at, entity, event)?;
            }
        }
        Ok(())
    }

    /// Everybody comes back; whoever is online takes no notice.
    pub(super) fn bring_back(&mut self) -> Result<(), SimError> {
        let at = self.until.max(self.windows.now());
        for index in 0..self.windows.entities() {
            let entity = EntityId::from_index(index as u32);
            if let Peer::Client(actor) = self.builder.places.peer(entity) {
                let intent = Intent {
                    at,
                    actor,
                    action: Action::Online,
                };
                let input = Input::Intent(Box::new(intent));
                self.windows.inject(at, entity, Event::Input(input))?;
            }
        }
        Ok(())
    }

    fn wish(&mut self, intent: Intent) -> Result<(), SimError> {
        let tape = &mut self.tape;
        tape.put_ahead(intent.at, Entry::Intent(intent.at, intent.action.name()));
        match &intent.action {
            Action::NewClient { user, .. } => self.new_client(&intent, *user)?,
            Action::Lost { removers } => {
                tape.put_ahead(intent.at, Entry::Lost(intent.at, intent.actor));
                let Some(user) = self.workload.client(intent.actor).map(|client| client.user)
                else {
                    return Ok(());
                };
                for (room, remover) in removers {
                    let input = Input::RemoveLost {
                        room: *room,
                        user,
                        client: intent.actor,
                    };
                    self.windows.inject(
                        intent.at,
                        self.builder.places.entity(Peer::Client(*remover)),
                        Event::Input(input),
                    )?;
                }
            }
            Action::DeleteAccount { others } => {
                for lost in std::iter::once(&intent.actor).chain(others) {
                    tape.put_ahead(intent.at, Entry::Lost(intent.at, *lost));
                }
                for other in others {
                    self.goes_with_account(intent.at, *other)?;
                }
            }
            _ => {}
        }
        let actor = self.builder.places.entity(Peer::Client(intent.actor));
        self.windows.inject(
            intent.at,
            actor,
            Event::Input(Input::Intent(Box::new(intent))),
        )?;
        Ok(())
    }

    /// A device goes without a word, and for good.
    fn goes_with_account(&mut self, at: SimTime, actor: ClientId) -> Result<(), SimError> {
        let entity = self.builder.places.entity(Peer::Client(actor));
        for intent in Intent::gone_with_account(at, actor) {
            let input = Input::Intent(Box::new(intent));
            self.windows.inject(at, entity, Event::Input(input))?;
        }
        Ok(())
    }

    fn new_client(&mut self, intent: &Intent, user: UserId) -> Result<(), SimError> {
        let client = intent.actor;
        let connection = self
            .workload
            .client(client)
            .map_or(0, |client| client.connection.into());
        let node = self.builder.new_client(client, user, connection)?;
        let home = self.builder.home(user)?;
        let region = self.builder.region(home);
        self.windows.add_entity_in(region, Class::Edge, node)?;
        let made = Entry::Client(intent.at, client, user);
        self.tape.put_ahead(intent.at, made);
        let link = self.builder.downlink(home, client, connection)?;
        let entity = self.builder.places.entity(Peer::Provider(home));
        if let Some(provider) = self.windows.entity_mut(entity) {
            provider.connect(Peer::Client(client), link);
            if self.builder.wakes(connection) {
                provider.add_wakeable(client);
            }
        }
        let account = Input::OpenAccount { client, user };
        self.windows
            .inject(intent.at, entity, Event::Input(account))?;
        Ok(())
    }
}
