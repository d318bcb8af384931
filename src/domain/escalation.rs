//! How an incident goes on while nobody has acknowledged it: level after level, the response clock, reminders.

use std::time::Duration;

use super::{
    folding::fold,
    ids::{ChannelId, ContactId, IncidentId, ScheduleId, TeamId},
    on_call::{Contact, Level, OnCallDocument, OnCallSchedule, Target, minutes},
    time::Timestamp,
};

/// Who is reached by *Suspected breach*.
pub const SECURITY: &str = "Security";

/// The policy as it stood when an incident opened, and how far it has gone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Escalation {
    pub incident_id: IncidentId,
    pub team_id: TeamId,
    pub began_at: Timestamp,
    /// The earliest first.
    #[sqlx(json)]
    pub levels: Vec<Level>,
    /// The first that has not been reached.
    pub next_level: i32,
    /// Whether levels are reached by themselves.
    pub escalates: bool,
    /// While it has not been told that the clock ran out.
    pub respond_by: Option<Timestamp>,
    /// 0: never.
    pub remind_minutes: i32,
    pub remind_at: Option<Timestamp>,
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The number of the level, the first being 1.
    Level(usize, Level),
    Overdue,
    Reminder,
}

impl Escalation {
    /// When something is to be done next, unless somebody acknowledges before.
    pub fn due_at(&self) -> Option<Timestamp> {
        let level = self.next().map(|level| self.time_of(level)).filter(|_| self.escalates);
        [level, self.respond_by, self.remind_at].into_iter().flatten().min()
    }

    /// What is to be told by `now`, in order; it is taken as told. A clock that runs out brings the next level on, unless its own time just did.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Step> {
        let mut steps = Vec::new();
        while self.escalates && self.next().is_some_and(|level| self.time_of(level) <= now) {
            steps.extend(self.reach());
        }
        if self.respond_by.is_some_and(|by| by <= now) {
            self.respond_by = None;
            let escalates = self.escalates && steps.is_empty();
            steps.push(Step::Overdue);
            if escalates {
                steps.extend(self.reach());
            }
        }
        let reminds = self.remind_at.is_some_and(|at| at <= now);
        if steps.is_empty() && reminds {
            steps.push(Step::Reminder);
        }
        if !steps.is_empty() {
            self.remind_at = self.reminder_after(now);
        }
        steps
    }

    /// Nothing ran while there was no console: what was to come by then comes as much later.
    pub fn stand_still(&mut self, time: Duration) {
        self.began_at = self.began_at + time;
        self.respond_by = self.respond_by.map(|by| by + time);
        self.remind_at = self.remind_at.map(|at| at + time);
    }

    /// The next level at once; none where all of them were reached.
    pub fn escalate(&mut self, now: Timestamp) -> Option<Step> {
        let step = self.reach()?;
        self.remind_at = self.reminder_after(now);
        Some(step)
    }

    pub fn reminder_after(&self, now: Timestamp) -> Option<Timestamp> {
        u32::try_from(self.remind_minutes).ok().filter(|every| *every > 0).map(|every| now + minutes(every))
    }

    fn next(&self) -> Option<&Level> {
        usize::try_from(self.next_level).ok().and_then(|next| self.levels.get(next))
    }

    fn reach(&mut self) -> Option<Step> {
        let level = self.next()?.clone();
        self.next_level += 1;
        usize::try_from(self.next_level).ok().map(|number| Step::Level(number, level))
    }

    fn time_of(&self, level: &Level) -> Timestamp {
        self.began_at + minutes(level.after_minutes)
    }
}

/// What levels name, as it is now.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    pub contacts: Vec<(ContactId, Contact)>,
    pub schedules: Vec<(ScheduleId, OnCallSchedule)>,
    pub channels: Vec<Reachable>,
}

/// A channel that is enabled.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Reachable {
    pub id: ChannelId,
    pub name: String,
    /// The contact whose own mailbox it is.
    pub contact_id: Option<ContactId>,
}

/// Who a level comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    pub channels: Vec<ChannelId>,
    /// As people call them.
    pub names: Vec<String>,
}

impl Reached {
    /// Whom no way leads to is not reached. Nobody is told twice.
    fn add(&mut self, name: &str, ways: impl IntoIterator<Item = ChannelId>) {
        let mut ways = ways.into_iter().peekable();
        if ways.peek().is_some() {
            self.names.push(name.to_owned());
        }
        for way in ways {
            if !self.channels.contains(&way) {
                self.channels.push(way);
            }
        }
    }
}

impl Roster {
    pub fn reached(&self, level: &Level, now: Timestamp) -> Reached {
        let mut reached = Reached::default();
        let targets = if level.targets.is_empty() { self.called(&level.name) } else { level.targets.clone() };
        for target in targets {
            match target {
                Target::Contact(id) => self.reach(id, &mut reached),
                Target::Schedule(id) => {
                    let schedule = self.schedules.iter().find(|(known, _)| *known == id);
                    if let Some(id) = schedule.and_then(|(_, schedule)| schedule.who(now)) {
                        self.reach(id, &mut reached);
                    }
                }
                Target::Channel(id) => {
                    if let Some(channel) = self.channels.iter().find(|channel| channel.id == id) {
                        reached.add(&channel.name, [id]);
                    }
                }
            }
        }
        reached
    }

    /// Every channel of the team but the mailboxes of contacts.
    pub fn everybody(&self) -> Reached {
        let channels = self.channels.iter().filter(|channel| channel.contact_id.is_none());
        Reached { channels: channels.clone().map(|channel| channel.id).collect(), names: channels.map(|channel| channel.name.clone()).collect() }
    }

    fn reach(&self, id: ContactId, reached: &mut Reached) {
        let Some((_, contact)) = self.contacts.iter().find(|(known, _)| *known == id) else { return };
        let ways = self.channels.iter().filter(|channel| channel.contact_id == Some(id) || contact.channel_ids.contains(&channel.id));
        reached.add(&contact.name, ways.map(|channel| channel.id));
    }

    fn called(&self, name: &str) -> Vec<Target> {
        let wanted = fold(name);
        let schedule = self.schedules.iter().find(|(_, schedule)| fold(schedule.name()) == wanted).map(|(id, _)| Target::Schedule(*id));
        let contact = || self.contacts.iter().find(|(_, contact)| fold(contact.name()) == wanted).map(|(id, _)| Target::Contact(*id));
        let channel = || self.channels.iter().find(|channel| fold(&channel.name) == wanted).map(|channel| Target::Channel(channel.id));
        schedule.or_else(contact).or_else(channel).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{severity::IncidentSeverity, severity_policy::usual_levels};

    const START: i64 = 1_800_000_000_000;

    fn after(minutes: i64) -> Timestamp {
        Timestamp::from_millis(START + minutes * 60_000)
    }

    fn of_p1() -> Escalation {
        Escalation {
            incident_id: IncidentId::new(),
            team_id: TeamId::new(),
            began_at: after(0),
            levels: usual_levels(IncidentSeverity::P1),
            next_level: 0,
            escalates: true,
            respond_by: Some(after(15)),
            remind_minutes: 30,
            remind_at: Some(after(30)),
        }
    }

    /// What was told and after how many minutes, where somebody looks as soon as something is due.
    fn told(mut escalation: Escalation, until: i64) -> Vec<(i64, String)> {
        let mut told = Vec::new();
        while let Some(due) = escalation.due_at().filter(|due| *due <= after(until)) {
            let minute = due.seconds_since(after(0)) / 60;
            told.extend(escalation.advance(due).into_iter().map(|step| match step {
                Step::Level(number, level) => (minute, format!("{number} {}", level.name)),
                Step::Overdue => (minute, "overdue".to_owned()),
                Step::Reminder => (minute, "reminder".to_owned()),
            }));
        }
        told
    }

    #[test]
    fn p1_reaches_level_after_level_then_reminds() {
        let expected = [(0, "1 On call"), (15, "2 Platform"), (15, "overdue"), (30, "3 Leadership"), (60, "reminder"), (90, "reminder")];
        assert_eq!(told(of_p1(), 100), expected.map(|(minute, what)| (minute, what.to_owned())));
    }

    #[test]
    fn a_clock_that_runs_out_brings_the_next_level_on() {
        let mut escalation = of_p1();
        escalation.respond_by = Some(after(5));
        let expected = [(0, "1 On call"), (5, "overdue"), (5, "2 Platform"), (30, "3 Leadership")];
        assert_eq!(told(escalation, 30), expected.map(|(minute, what)| (minute, what.to_owned())));
    }

    #[test]
    fn what_was_slept_through_is_told_once() {
        let mut escalation = of_p1();
        let steps = escalation.advance(after(24 * 60));
        assert_eq!(steps.len(), 4, "three levels, and that it is overdue: {steps:?}");
        assert_eq!(escalation.advance(after(24 * 60)), []);
        assert_eq!(escalation.due_at(), Some(after(24 * 60 + 30)));
    }

    #[test]
    fn a_clock_that_stood_still_has_as_much_before_it_as_it_had() {
        let mut escalation = of_p1();
        escalation.advance(after(10));
        escalation.stand_still(Duration::from_secs(24 * 60 * 60));
        assert_eq!(escalation.due_at(), Some(after(24 * 60 + 15)));
    }

    #[test]
    fn a_person_brings_a_level_on_whatever_its_time() {
        let mut escalation = Escalation { escalates: false, respond_by: None, remind_at: None, remind_minutes: 0, ..of_p1() };
        assert_eq!(escalation.due_at(), None, "nothing by itself");
        for number in 1..=3 {
            assert!(matches!(escalation.escalate(after(1)), Some(Step::Level(reached, _)) if reached == number));
        }
        assert_eq!(escalation.escalate(after(1)), None);
    }

    #[test]
    fn a_level_comes_to_those_it_names_or_to_who_goes_by_its_name() {
        let [ada, bea] = [ContactId::new(), ContactId::new()];
        let channel = |name: &str, contact_id| Reachable { id: ChannelId::new(), name: name.to_owned(), contact_id };
        let (mailbox, chat) = (channel("Ada (on call)", Some(ada)), channel("security", None));
        let contact = |name: &str, channels: &[ChannelId]| Contact { name: name.to_owned(), channel_ids: channels.to_vec(), ..Contact::default() };
        let roster = Roster {
            contacts: vec![(ada, contact("Ada", &[])), (bea, contact("Bea", &[]))],
            schedules: vec![(ScheduleId::new(), OnCallSchedule { name: "On call".into(), contact_ids: vec![ada], ..OnCallSchedule::default() })],
            channels: vec![mailbox.clone(), chat.clone()],
        };
        let level = |name: &str, targets: Vec<Target>| Level { name: name.to_owned(), after_minutes: 0, targets };
        let names = |level: Level| roster.reached(&level, after(0)).names;
        assert_eq!(
            (names(level("on call", vec![])), names(level(SECURITY, vec![])), names(level("Platform", vec![]))),
            (vec!["Ada".to_owned()], vec!["security".to_owned()], vec![])
        );
        assert_eq!(names(level("", vec![Target::Contact(bea)])), Vec::<String>::new(), "there is no way to reach her");
        assert_eq!(roster.reached(&level("", vec![Target::Contact(ada)]), after(0)).channels, [mailbox.id]);
        assert_eq!(roster.everybody().channels, [chat.id]);
    }
}
